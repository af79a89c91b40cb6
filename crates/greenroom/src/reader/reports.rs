//! Looks into one file of an archive for a report. Runs in the process that reads.

use super::job::{FileReport, StoredFile};
use artifact::report::{self, Format, HEAD_BYTES, Limits, Look, Problem};
use artifact::{ReadAt, Section};
use std::io::Read;

impl StoredFile {
    fn open<'a>(&self, blob: &'a dyn ReadAt) -> Box<dyn Read + 'a> {
        let section = Section::new(blob, self.data_offset, self.compressed_bytes);
        match self.method {
            None => Box::new(section),
            Some(method) => Box::new(artifact::open(section, method, self.size_bytes, self.crc32)),
        }
    }
}

/// Whether a file of this name is what Playwright's blob reporter writes for each shard: an archive within the archive.
pub fn is_blob_report(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.starts_with("report") && name.ends_with(".zip")
}

/// What the file says as a report; `None` where it is something else.
pub(super) fn look_into(blob: &dyn ReadAt, file: &StoredFile, max_file_bytes: u64) -> Option<FileReport> {
    if is_blob_report(&file.path) {
        return blob_report(blob, file, max_file_bytes);
    }
    let unreadable = |reason| {
        let named_like_one = matches!(report::look(&file.path, b""), Look::Unreadable(_));
        named_like_one.then(|| FileReport::unreadable(Problem::Unreadable { reason }))
    };
    if file.size_bytes > max_file_bytes {
        return unreadable(format!("larger than the limit of {} MiB", max_file_bytes >> 20));
    }
    let mut head = Vec::new();
    if let Err(error) = file.open(blob).take(HEAD_BYTES as u64).read_to_end(&mut head) {
        return unreadable(error.to_string());
    }
    match report::look(&file.path, &head) {
        Look::Other => None,
        Look::Unreadable(problem) => Some(FileReport::unreadable(problem)),
        Look::Report(format) => {
            let report = if head.len() < HEAD_BYTES {
                report::read(format, &mut head.as_slice(), &Limits::default())
            } else {
                report::read(format, &mut *file.open(blob), &Limits::default())
            };
            Some(FileReport { report, unreadable: false })
        }
    }
}

/// The report inside a blob report, `report.jsonl`; `None` where there is none, or it is no archive at all.
fn blob_report(blob: &dyn ReadAt, file: &StoredFile, max_file_bytes: u64) -> Option<FileReport> {
    if file.size_bytes > max_file_bytes {
        return None;
    }
    let mut archive = Vec::new();
    file.open(blob).take(max_file_bytes).read_to_end(&mut archive).ok()?;
    let limits = artifact::Limits { max_file_bytes, ..artifact::Limits::default() };
    let contents = artifact::scan(&archive, &limits).ok()?;
    let inner = contents.entries.iter().find(|inner| inner.name == "report.jsonl" && inner.is_readable())?;
    let section = Section::new(&archive, inner.data_offset, inner.compressed_bytes);
    let mut bytes = artifact::open(section, inner.method, inner.size_bytes, inner.crc32).take(max_file_bytes);
    let report = report::read(Format::PlaywrightBlob, &mut bytes, &Limits::default());
    Some(FileReport { report, unreadable: false })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let blob = fakehub::content::Stored::new(archive.content).rope().to_vec();
        let file = StoredFile {
            path: "blob-report/report-1.zip".into(),
            size_bytes: blob.len() as u64,
            compressed_bytes: blob.len() as u64,
            data_offset: 0,
            method: None,
            crc32: 0,
        };
        let found = look_into(&blob, &file, 1 << 20).unwrap();
        assert_eq!((found.report.format, found.report.cases.len()), (Format::PlaywrightBlob, 1), "{found:?}");
        assert!(look_into(&blob, &file, 100).is_none(), "too large to be looked into");
    }
}
