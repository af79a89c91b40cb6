//! Which file of an artifact a report means. A report names files as they were on the runner; an artifact has them
//! below some other folder. Names are compared, never opened: whatever a report says, it finds a file of the same
//! artifact or nothing.

use crate::store::StoredEntry;
use std::collections::HashMap;

/// Images looked at for a failure that names none.
const MAX_IMAGES: usize = 2_000;
/// Shortest name by which an image is taken for a test's.
const MIN_NAME: usize = 8;

/// The files of an artifact by their last name.
pub struct Names<'a> {
    by_last: HashMap<&'a str, Vec<&'a StoredEntry>>,
    /// Images, with the letters and digits of their paths.
    images: Vec<(String, &'a StoredEntry)>,
}

impl<'a> Names<'a> {
    /// The names of `entries`.
    pub fn new(entries: &'a [StoredEntry]) -> Names<'a> {
        let mut by_last: HashMap<&str, Vec<&StoredEntry>> = HashMap::new();
        for entry in entries {
            by_last.entry(last(&entry.path)).or_default().push(entry);
        }
        let images = entries.iter().filter(|entry| entry.media_type.starts_with("image/")).take(MAX_IMAGES);
        Names { by_last, images: images.map(|entry| (letters(&entry.path), entry)).collect() }
    }

    /// The file that a report in `report_path` means by `path`: the one whose path agrees longest from its end, if
    /// there is one alone.
    pub fn find(&self, report_path: &str, path: &str) -> Option<&'a StoredEntry> {
        let path = path.replace('\\', "/");
        if path.starts_with("http:") || path.starts_with("https:") || path.starts_with("data:") {
            return None;
        }
        let candidates = self.by_last.get(last(&path))?;
        let beside = format!("{}/{}", folder(report_path), path.trim_start_matches("./"));
        let rank = |entry: &StoredEntry| {
            let agreeing = agreement(&entry.path, &path).max(agreement(&entry.path, &beside));
            (agreeing, agreement_from_start(&entry.path, report_path))
        };
        let best = candidates.iter().map(|entry| rank(entry)).max()?;
        let mut found = candidates.iter().filter(|entry| rank(entry) == best);
        let first = found.next()?;
        found.next().is_none().then_some(*first)
    }

    /// Images whose path has the test's name in it, at most four: what Cypress and many plugins write without a report
    /// saying so.
    pub fn images_named_after(&self, name: &str) -> Vec<&'a StoredEntry> {
        let wanted = letters(name);
        if wanted.len() < MIN_NAME {
            return Vec::new();
        }
        self.images.iter().filter(|(path, _)| path.contains(&wanted)).map(|(_, entry)| *entry).take(4).collect()
    }
}

/// The folder of a path, empty for none.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn agreement(a: &str, b: &str) -> usize {
    let parts = |path: &'_ str| {
        path.rsplit('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned).collect::<Vec<_>>()
    };
    parts(a).iter().zip(&parts(b)).take_while(|(x, y)| x == y).count()
}

fn agreement_from_start(a: &str, b: &str) -> usize {
    a.split('/').zip(b.split('/')).take_while(|(x, y)| x == y).count()
}

fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(ordinal: i64, path: &str) -> StoredEntry {
        StoredEntry {
            ordinal,
            path: path.into(),
            size_bytes: 1,
            compressed_bytes: 1,
            method: 0,
            data_offset: 0,
            crc32: 0,
            media_type: if path.ends_with("png") { "image/png".into() } else { "text/plain".into() },
            flags: String::new(),
        }
    }

    #[test]
    fn a_path_of_the_runner_is_found_by_its_end() {
        let entries = [entry(0, "test-results/login/shot.png"), entry(1, "test-results/cart/shot.png")];
        let names = Names::new(&entries);
        let found = names.find("results.json", "/home/runner/work/shop/shop/test-results/cart/shot.png");
        assert_eq!(found.map(|entry| entry.ordinal), Some(1));
        assert_eq!(names.find("results.json", "shot.png"), None, "two files fit equally well");
        assert_eq!(names.find("results.json", "C:\\a\\shop\\login\\shot.png").map(|entry| entry.ordinal), Some(0));
    }

    #[test]
    fn a_file_beside_the_report_comes_first() {
        let entries = [entry(0, "a/data/x.txt"), entry(1, "b/data/x.txt")];
        let names = Names::new(&entries);
        assert_eq!(names.find("b/report.json", "data/x.txt").map(|entry| entry.ordinal), Some(1));
    }

    #[test]
    fn nothing_outside_the_artifact_is_meant() {
        let entries = [entry(0, "passwd")];
        let names = Names::new(&entries);
        assert_eq!(names.find("r.xml", "https://evil.example/passwd"), None);
        assert_eq!(names.find("r.xml", "../../other/secret.txt"), None);
    }

    #[test]
    fn screenshots_are_found_by_the_test_they_are_named_after() {
        let entries = [entry(0, "screenshots/cart.cy.ts/Cart -- adds an item (failed).png"), entry(1, "logo.png")];
        let names = Names::new(&entries);
        let found = names.images_named_after("Cart adds an item");
        assert_eq!(found.iter().map(|entry| entry.ordinal).collect::<Vec<_>>(), [0]);
        assert!(names.images_named_after("logo").is_empty());
    }
}
