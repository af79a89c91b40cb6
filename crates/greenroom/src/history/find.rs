//! Which files of an artifact may be reports, and what was read in them put together. The reading itself is done apart,
//! by `reader`.

use super::attachment::{Names, folder};
use super::record;
use crate::analysis::identify;
use crate::model::results::TestsState;
use crate::reader::{FileReport, StoredFile, is_blob_report};
use crate::store::{ReportRecord, StoredEntry};
use artifact::report::{Case, Format, Kind, Problem, Report, Try};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Media types that are never a report, by their beginning.
const NEVER: &[&str] = &[
    "image/",
    "video/",
    "audio/",
    "font/",
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/zip",
    "application/gzip",
    "application/pdf",
    "application/wasm",
    "application/x-tar",
];

/// The files of an artifact.
pub struct Source {
    /// In the order of the archive.
    pub entries: Vec<StoredEntry>,
    /// Whether the blob is one file without an archive around it.
    pub is_single: bool,
}

/// A report with where each of its cases is from.
pub struct Found {
    /// First file.
    pub ordinal: i64,
    /// Path of the file or, where it is several, of their folder.
    pub path: String,
    /// Files it is in.
    pub files: i64,
    /// What was read.
    pub report: Report,
    /// File of each case, and when that file says it was started.
    pub origins: Vec<(i64, i64)>,
    /// Equal for equal bytes.
    pub content_key: i64,
    /// Named like a report, and none that can be read.
    pub unreadable: bool,
}

impl Source {
    /// The files that may be reports, and where among the entries each of them is.
    pub fn candidates(&self) -> (Vec<usize>, Vec<StoredFile>) {
        let entries = self.entries.iter().enumerate().filter(|(_, entry)| may_be_report(entry));
        entries.map(|(at, entry)| (at, self.stored(entry))).unzip()
    }

    fn stored(&self, entry: &StoredEntry) -> StoredFile {
        let bytes = |number: i64| u64::try_from(number).unwrap_or(0);
        StoredFile {
            path: entry.path.clone(),
            size_bytes: bytes(entry.size_bytes),
            compressed_bytes: bytes(entry.compressed_bytes),
            data_offset: bytes(entry.data_offset),
            method: (!self.is_single).then(|| u16::try_from(entry.method).unwrap_or(u16::MAX)),
            crc32: u32::try_from(entry.crc32).unwrap_or(0),
        }
    }
}

fn may_be_report(entry: &StoredEntry) -> bool {
    let readable = !entry
        .flags
        .split(' ')
        .filter(|word| *word != "too-large")
        .any(|word| word.parse().is_ok_and(artifact::Flag::prevents_reading));
    readable && (is_blob_report(&entry.path) || !NEVER.iter().any(|never| entry.media_type.starts_with(never)))
}

/// What was read in the candidates at `places`, ready to be recorded.
pub fn records(source: &Source, places: &[usize], read: Vec<(usize, FileReport)>) -> Vec<ReportRecord> {
    let entry = |at: usize| places.get(at).and_then(|place| source.entries.get(*place));
    let found = read.into_iter().filter_map(|(at, one)| Some(of_file(entry(at)?, one.report, one.unreadable)));
    let found = merge(found.collect());
    let names = Names::new(&source.entries);
    found.into_iter().map(|found| record::report(found, &names)).collect()
}

/// What the first report that was quarantined says.
pub fn quarantined(read: &[(usize, FileReport)]) -> Option<String> {
    read.iter().flat_map(|(_, one)| &one.report.problems).find_map(|problem| match problem {
        Problem::Unreadable { reason } if reason.starts_with("quarantined") => Some(reason.clone()),
        _ => None,
    })
}

fn of_file(entry: &StoredEntry, report: Report, unreadable: bool) -> Found {
    Found {
        ordinal: entry.ordinal,
        path: entry.path.clone(),
        files: 1,
        origins: vec![(entry.ordinal, report.started_at.unwrap_or(0)); report.cases.len()],
        // A single file has no checksum of its own; it is equal to no other.
        content_key: if entry.crc32 == 0 { 0 } else { (entry.size_bytes << 32) ^ entry.crc32 },
        report,
        unreadable,
    }
}

/// Puts together what is one report in several files: a folder of Allure results, or the files that a runner writes
/// one for each suite. Files of one folder and format that share a test stay apart: one may be the sum of the others.
fn merge(found: Vec<Found>) -> Vec<Found> {
    let mut groups: BTreeMap<(String, Format), Vec<Found>> = BTreeMap::new();
    let mut merged = Vec::new();
    for one in found {
        if one.unreadable || (one.report.kind != Kind::Tests && !one.report.format.is_folder()) {
            merged.push(one);
        } else {
            groups.entry((folder(&one.path).to_owned(), one.report.format)).or_default().push(one);
        }
    }
    for ((folder, format), group) in groups {
        let mut rest: Vec<(Found, HashSet<[u8; 16]>)> = Vec::new();
        for one in group {
            let keys: HashSet<[u8; 16]> = one.report.cases.iter().map(|case| identify(case, format).key).collect();
            let home = rest.iter_mut().find(|(_, known)| format.is_folder() || known.is_disjoint(&keys));
            match home {
                Some((into, known)) => {
                    append(into, one, &folder);
                    known.extend(keys);
                }
                None => rest.push((one, keys)),
            }
        }
        merged.extend(rest.into_iter().map(|(mut one, _)| {
            if format == Format::Allure {
                fold_retries(&mut one);
            }
            one
        }));
    }
    merged.sort_by_key(|one| one.ordinal);
    merged
}

fn append(into: &mut Found, one: Found, folder: &str) {
    into.files += 1;
    into.path = if folder.is_empty() { ".".to_owned() } else { folder.to_owned() };
    into.content_key ^= one.content_key;
    into.origins.extend(one.origins);
    let (report, more) = (&mut into.report, one.report);
    report.cases.extend(more.cases);
    report.dropped_cases += more.dropped_cases;
    report.cut_text |= more.cut_text;
    report.tool = report.tool.take().or(more.tool);
    report.duration_ms = match (report.duration_ms, more.duration_ms) {
        (Some(a), Some(b)) => Some(a + b),
        (a, b) => a.or(b),
    };
    report.started_at = report.started_at.into_iter().chain(more.started_at).min();
    for problem in more.problems {
        if report.problems.len() < 16 && !report.problems.contains(&problem) {
            report.problems.push(problem);
        }
    }
}

/// Allure writes one file for each try. Tries of one test share its `historyId`; the last one is the result.
fn fold_retries(found: &mut Found) {
    let cases = std::mem::take(&mut found.report.cases);
    let origins = std::mem::take(&mut found.origins);
    let mut at: HashMap<String, usize> = HashMap::new();
    let mut order: Vec<(Case, (i64, i64))> = Vec::new();
    for (case, origin) in cases.into_iter().zip(origins) {
        let known = case.external_id.as_ref().and_then(|id| at.get(id).copied());
        match known {
            Some(index) => {
                let (last, kept_origin) = &mut order[index];
                let (mut newer, older) = if origin.1 >= kept_origin.1 {
                    *kept_origin = origin;
                    (case, std::mem::take(last))
                } else {
                    (std::mem::take(last), case)
                };
                let earlier = Try { status: older.status, duration_ms: older.duration_ms, detail: older.detail };
                newer.tries = older.tries.into_iter().chain([earlier]).chain(newer.tries).collect();
                *last = newer;
            }
            None => {
                if let Some(id) = &case.external_id {
                    at.insert(id.clone(), order.len());
                }
                order.push((case, origin));
            }
        }
    }
    (found.report.cases, found.origins) = order.into_iter().unzip();
}

/// How much of a report could be read.
pub fn state_of(found: &Found) -> TestsState {
    let report = &found.report;
    let is_blank = report.cases.is_empty() && report.findings == 0 && report.coverage.is_none();
    match (found.unreadable, is_blank, report.problems.is_empty() && report.dropped_cases == 0) {
        (true, _, _) | (_, true, false) => TestsState::Unreadable,
        (_, true, true) => TestsState::Empty,
        (_, _, false) => TestsState::Partial,
        _ => TestsState::Complete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact::report::{self, Limits, Look};

    fn entry(ordinal: i64, path: &str, bytes: &[u8]) -> StoredEntry {
        StoredEntry {
            ordinal,
            path: path.into(),
            size_bytes: bytes.len() as i64,
            compressed_bytes: bytes.len() as i64,
            method: 0,
            data_offset: 0,
            crc32: 1 + ordinal,
            media_type: "application/json".into(),
            flags: String::new(),
        }
    }

    /// What is recorded of files that hold these texts.
    fn found(files: &[(&str, &str)]) -> Vec<ReportRecord> {
        let entries: Vec<StoredEntry> = files
            .iter()
            .enumerate()
            .map(|(ordinal, (path, text))| entry(ordinal as i64, path, text.as_bytes()))
            .collect();
        let read = files.iter().map(|(path, text)| read(path, text)).enumerate().collect();
        let places: Vec<usize> = (0..files.len()).collect();
        records(&Source { entries, is_single: false }, &places, read)
    }

    fn read(path: &str, text: &str) -> FileReport {
        match report::look(path, text.as_bytes()) {
            Look::Report(format) => {
                let report = report::read(format, &mut text.as_bytes(), &Limits::default());
                FileReport { report, unreadable: false }
            }
            Look::Unreadable(problem) => {
                let mut draft = report::Draft::new(Format::Junit, &Limits::default());
                draft.problem(problem);
                FileReport { report: draft.finish(), unreadable: true }
            }
            Look::Other => panic!("{path} is no report"),
        }
    }

    fn allure(id: &str, name: &str, status: &str, start: i64) -> String {
        format!(
            r#"{{"uuid":"{id}-{start}","historyId":"{id}","fullName":"shop.Cart.{name}","name":"{name}","status":"{status}","start":{start},"stop":{}}}"#,
            start + 5
        )
    }

    fn suite(name: &str, case: &str) -> String {
        format!("<testsuite name=\"{name}\"><testcase classname=\"{name}\" name=\"{case}\" time=\"0.5\"/></testsuite>")
    }

    #[test]
    fn tries_of_an_allure_test_are_one_result_of_which_the_last_counts() {
        let (late, early) =
            (allure("h1", "adds", "passed", 2_000_000_000_000), allure("h1", "adds", "failed", 1_900_000_000_000));
        let other = allure("h2", "rounds", "passed", 1_900_000_000_000);
        let records = found(&[
            ("allure-results/a-result.json", &late),
            ("allure-results/b-result.json", &other),
            ("allure-results/c-result.json", &early),
        ]);
        assert_eq!(records.len(), 1);
        let outcomes: Vec<_> =
            records[0].cases.iter().map(|case| (case.name.as_str(), case.status, case.tries)).collect();
        use crate::model::testing::TestStatus::{Flaky, Passed};
        assert_eq!(outcomes, [("adds", Flaky, 2), ("rounds", Passed, 1)]);
        assert_eq!((records[0].path.as_str(), records[0].files), ("allure-results", 3));
    }

    #[test]
    fn files_of_a_folder_are_one_report_unless_one_sums_the_others() {
        let (a, b) = (suite("A", "adds"), suite("B", "rounds"));
        let both = format!("<testsuites>{a}{b}</testsuites>");
        let records = found(&[("out/TEST-A.xml", &a), ("out/TEST-B.xml", &b), ("out/all.xml", &both)]);
        let shape: Vec<_> =
            records.iter().map(|record| (record.path.as_str(), record.files, record.cases.len())).collect();
        assert_eq!(shape, [("out", 2, 2), ("out/all.xml", 1, 2)]);
    }

    #[test]
    fn media_types_that_are_never_reports_and_what_cannot_be_read_are_passed_over() {
        let picture = StoredEntry { media_type: "image/png".into(), ..entry(0, "results.png", b"x") };
        let corrupt = StoredEntry { flags: "corrupt".into(), ..entry(1, "junit.xml", b"x") };
        let blob_report = StoredEntry { media_type: "application/zip".into(), ..entry(2, "a/report-1.zip", b"x") };
        let large = StoredEntry { flags: "too-large".into(), ..entry(3, "junit.xml", b"x") };
        let source = Source { entries: vec![picture, corrupt, blob_report, large], is_single: false };
        assert_eq!(source.candidates().0, [2, 3]);
    }

    #[test]
    fn a_broken_file_does_not_hide_the_others() {
        let good = suite("A", "adds");
        let records = found(&[("out/junit.xml", ""), ("more/junit.xml", &good)]);
        let states: Vec<TestsState> = records.iter().map(|record| record.state).collect();
        assert_eq!(states, [TestsState::Unreadable, TestsState::Complete]);
    }
}
