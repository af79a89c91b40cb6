//! Files that are no reports, from the other parts of the corpus: none of them is taken for one.

use super::answer::Answer;
use super::exceptions::REPORTS_ELSEWHERE;
use super::manifest;
use artifact::report::{HEAD_BYTES, Look, look};
use artifact::{FileAt, Limits, Section, open, scan};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;

#[derive(Deserialize)]
struct Paths {
    files: Vec<OnlyPath>,
}

#[derive(Deserialize)]
struct OnlyPath {
    path: String,
}

/// Reports found where none was expected, and what was looked at.
#[derive(Default)]
struct Found {
    looked_at: usize,
    reports: Vec<(String, &'static str)>,
    panics: Vec<String>,
}

impl Found {
    fn look(&mut self, path: &str, bytes: &[u8]) {
        self.looked_at += 1;
        if let Look::Report(_) = look(path, &bytes[..bytes.len().min(HEAD_BYTES)]) {
            let answer = Answer::of(path, bytes);
            self.reports.push((path.to_owned(), answer.word()));
            if matches!(answer, Answer::Panicked) {
                self.panics.push(path.to_owned());
            }
        }
    }
}

#[test]
fn other_files_are_not_taken_for_reports() {
    let mut found = Found::default();
    for part in ["files", "logs"] {
        let Some(paths) = manifest::load::<Paths>(part) else { return };
        for file in paths.files {
            found.look(&file.path, &fs::read(manifest::folder(part).join(&file.path)).unwrap());
        }
    }
    let Some(zips) = manifest::load::<Paths>("zips") else { return };
    for file in zips.files {
        look_inside(&file.path, &manifest::folder("zips").join(&file.path), &mut found);
    }
    assert!(found.panics.is_empty(), "{:?}", found.panics);
    expect_listed(&found);
}

/// Looks at the files inside a zip, the smaller ones.
fn look_inside(name: &str, path: &Path, found: &mut Found) {
    let blob = FileAt::open(path).unwrap();
    let Ok(contents) = scan(&blob, &Limits::default()) else { return };
    for entry in contents.entries.iter().filter(|entry| entry.is_readable() && entry.size_bytes < 4 << 20).take(2000) {
        let section = Section::new(&blob, entry.data_offset, entry.compressed_bytes);
        let mut bytes = Vec::new();
        let mut reader = open(section, entry.method, entry.size_bytes, entry.crc32);
        if reader.read_to_end(&mut bytes).is_ok() {
            found.look(&format!("{name}!{}", entry.name), &bytes);
        }
    }
}

fn expect_listed(found: &Found) {
    let is_listed =
        |path: &str, word: &str| REPORTS_ELSEWHERE.iter().any(|(end, format)| path.ends_with(end) && *format == word);
    let surprises: BTreeSet<String> = found
        .reports
        .iter()
        .filter(|(path, word)| !is_listed(path, word))
        .map(|(path, word)| format!("{path} is taken for {word}"))
        .collect();
    println!("{} other files looked at, {} of them are reports as listed", found.looked_at, found.reports.len());
    let stale: Vec<_> = REPORTS_ELSEWHERE
        .iter()
        .filter(|(end, format)| !found.reports.iter().any(|(path, word)| path.ends_with(end) && word == format))
        .collect();
    assert!(surprises.is_empty(), "{} surprises:\n{}", surprises.len(), Vec::from_iter(surprises).join("\n"));
    assert!(stale.is_empty(), "no longer taken for reports: {stale:?}");
}
