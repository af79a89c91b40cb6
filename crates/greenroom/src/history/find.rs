//! Finds and reads the reports among the files of an artifact. Synchronous: the bytes are in a local file. What one
//! file holds never keeps the others from being read.

use super::attachment::{Names, folder};
use super::record;
use crate::analysis::identify;
use crate::model::results::TestsState;
use crate::store::{ReportRecord, StoredEntry};
use artifact::report::{self, Case, Format, HEAD_BYTES, Kind, Limits, Look, Problem, Report, Try};
use artifact::{FileAt, ReadAt, Section};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Read};
use std::path::Path;

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
    /// Larger files are not looked into.
    pub max_file_bytes: u64,
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
    /// Whether any file may be a report.
    pub fn has_candidates(&self) -> bool {
        self.entries.iter().any(|entry| self.may_be_report(entry))
    }

    fn may_be_report(&self, entry: &StoredEntry) -> bool {
        let readable = !entry
            .flags
            .split(' ')
            .filter(|word| *word != "too-large")
            .any(|word| word.parse().is_ok_and(artifact::Flag::prevents_reading));
        readable && (is_blob_report(entry) || !NEVER.iter().any(|never| entry.media_type.starts_with(never)))
    }

    fn is_too_large(&self, entry: &StoredEntry) -> bool {
        u64::try_from(entry.size_bytes).unwrap_or(0) > self.max_file_bytes
    }

    fn open<'a>(&self, blob: &'a dyn ReadAt, entry: &StoredEntry) -> Box<dyn Read + 'a> {
        let bytes = |number: i64| u64::try_from(number).unwrap_or(0);
        let section = Section::new(blob, bytes(entry.data_offset), bytes(entry.compressed_bytes));
        if self.is_single {
            return Box::new(section);
        }
        let method = u16::try_from(entry.method).unwrap_or(u16::MAX);
        Box::new(artifact::open(section, method, bytes(entry.size_bytes), u32::try_from(entry.crc32).unwrap_or(0)))
    }
}

/// The reports among the files of the artifact whose blob is at `path`, ready to be recorded.
///
/// # Errors
/// The blob cannot be opened. What is wrong with one of its files is told in that file's report.
pub fn reports(path: &Path, source: &Source) -> io::Result<Vec<ReportRecord>> {
    let blob = FileAt::open(path)?;
    let mut found = Vec::new();
    for entry in source.entries.iter().filter(|entry| source.may_be_report(entry)) {
        found.extend(look_into(&blob, source, entry));
    }
    let names = Names::new(&source.entries);
    Ok(merge(found).into_iter().map(|found| record::report(found, &names)).collect())
}

fn look_into(blob: &dyn ReadAt, source: &Source, entry: &StoredEntry) -> Option<Found> {
    if is_blob_report(entry) {
        return blob_report(blob, source, entry);
    }
    if source.is_too_large(entry) {
        let named_like_one = matches!(report::look(&entry.path, b""), Look::Unreadable(_));
        let reason = format!("larger than the limit of {} MiB", source.max_file_bytes >> 20);
        return named_like_one.then(|| unreadable(entry, Problem::Unreadable { reason }));
    }
    let mut head = Vec::new();
    if let Err(error) = source.open(blob, entry).take(HEAD_BYTES as u64).read_to_end(&mut head) {
        let named_like_one = matches!(report::look(&entry.path, b""), Look::Unreadable(_));
        return named_like_one.then(|| unreadable(entry, Problem::Unreadable { reason: error.to_string() }));
    }
    match report::look(&entry.path, &head) {
        Look::Other => None,
        Look::Unreadable(problem) => Some(unreadable(entry, problem)),
        Look::Report(format) => {
            let report = if head.len() < HEAD_BYTES {
                report::read(format, &mut head.as_slice(), &Limits::default())
            } else {
                report::read(format, &mut *source.open(blob, entry), &Limits::default())
            };
            Some(of_file(entry, report, false))
        }
    }
}

/// Whether a file is what Playwright's blob reporter writes for each shard: an archive within the archive.
fn is_blob_report(entry: &StoredEntry) -> bool {
    let name = entry.path.rsplit('/').next().unwrap_or_default();
    name.starts_with("report") && name.ends_with(".zip")
}

/// The report inside a blob report, `report.jsonl`; `None` where there is none, or it is no archive at all.
fn blob_report(blob: &dyn ReadAt, source: &Source, entry: &StoredEntry) -> Option<Found> {
    if source.is_too_large(entry) {
        return None;
    }
    let mut archive = Vec::new();
    source.open(blob, entry).take(source.max_file_bytes).read_to_end(&mut archive).ok()?;
    let limits = artifact::Limits { max_file_bytes: source.max_file_bytes, ..artifact::Limits::default() };
    let contents = artifact::scan(&archive, &limits).ok()?;
    let inner = contents.entries.iter().find(|inner| inner.name == "report.jsonl" && inner.is_readable())?;
    let section = Section::new(&archive, inner.data_offset, inner.compressed_bytes);
    let mut bytes = artifact::open(section, inner.method, inner.size_bytes, inner.crc32).take(source.max_file_bytes);
    let report = report::read(Format::PlaywrightBlob, &mut bytes, &Limits::default());
    Some(of_file(entry, report, false))
}

fn unreadable(entry: &StoredEntry, problem: Problem) -> Found {
    let mut draft = report::Draft::new(Format::Junit, &Limits::default());
    draft.problem(problem);
    of_file(entry, draft.finish(), true)
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
    use std::io::Write;

    fn entry(ordinal: i64, path: &str, offset: usize, bytes: &[u8]) -> StoredEntry {
        StoredEntry {
            ordinal,
            path: path.into(),
            size_bytes: bytes.len() as i64,
            compressed_bytes: bytes.len() as i64,
            method: 0,
            data_offset: offset as i64,
            crc32: i64::from(crc(bytes)),
            media_type: "application/json".into(),
            flags: String::new(),
        }
    }

    /// CRC-32 as zip archives have it.
    fn crc(bytes: &[u8]) -> u32 {
        let step = |crc: u32, byte: &u8| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
        };
        !bytes.iter().fold(!0, step)
    }

    /// What is found among files that lie one behind the other, stored.
    fn found(files: &[(&str, &str)]) -> Vec<ReportRecord> {
        let mut blob = tempfile::NamedTempFile::new().unwrap();
        let (mut entries, mut offset) = (Vec::new(), 0);
        for (ordinal, (path, text)) in files.iter().enumerate() {
            entries.push(entry(ordinal as i64, path, offset, text.as_bytes()));
            blob.write_all(text.as_bytes()).unwrap();
            offset += text.len();
        }
        let source = Source { entries, is_single: false, max_file_bytes: 1 << 20 };
        reports(blob.path(), &source).unwrap()
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
    fn a_blob_report_is_read_inside_its_archive() {
        let lines = [
            r#"{"method":"onBlobReportMetadata","params":{"version":2}}"#,
            r#"{"method":"onConfigure","params":{"config":{"rootDir":"/w"}}}"#,
            r#"{"method":"onProject","params":{"project":{"name":"chromium","suites":[{"title":"cart.spec.ts","entries":[{"testId":"t1","title":"adds","location":{"file":"cart.spec.ts","line":3,"column":1}}]}]}}}"#,
            r#"{"method":"onTestEnd","params":{"test":{"testId":"t1","expectedStatus":"passed"},"result":{"id":"r1","duration":12,"status":"passed","errors":[]}}}"#,
            r#"{"method":"onEnd","params":{"result":{"status":"passed"}}}"#,
        ];
        let archive = fakehub::ArtifactSpec::zip("report", [("report.jsonl", lines.join("\n").into_bytes())]);
        let bytes = fakehub::content::Stored::new(archive.content).rope().to_vec();
        let mut blob = tempfile::NamedTempFile::new().unwrap();
        blob.write_all(&bytes).unwrap();
        let mut one = entry(0, "blob-report/report-1.zip", 0, &bytes);
        one.media_type = "application/zip".into();
        let source = Source { entries: vec![one], is_single: false, max_file_bytes: 1 << 20 };
        let records = reports(blob.path(), &source).unwrap();
        assert_eq!(
            (records.len(), records[0].format, records[0].cases.len()),
            (1, "playwright-blob", 1),
            "{records:?}"
        );
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
    fn a_broken_file_does_not_hide_the_others() {
        let good = suite("A", "adds");
        let records = found(&[("out/junit.xml", ""), ("more/junit.xml", &good)]);
        let states: Vec<TestsState> = records.iter().map(|record| record.state).collect();
        assert_eq!(states, [TestsState::Unreadable, TestsState::Complete]);
    }
}
