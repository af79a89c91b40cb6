//! What can be asked of a process that reads, and what it answers.

use crate::model::Millis;
use artifact::report::{Draft, Format, Limits, Problem, Report};
use artifact::trace::Trace;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is to be read, and how.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Job {
    /// Answered by `Result<Contents, Refusal>`.
    Archive { form: Form, limits: artifact::Limits },
    /// Answered by an `Entry`.
    Alone { name: String, max_file_bytes: u64 },
    /// Answered by an `Option<FileReport>` for each of the files.
    Reports { files: Vec<StoredFile>, max_file_bytes: u64 },
    /// Answered by a `LogReading`.
    LogFailures { max_bytes: u64 },
    /// Answered by `Result<Thumbnail, Refused>`.
    Thumbnail { width: u32 },
    /// Answered by `Result<String, NotATrace>`.
    Trace { contents: artifact::Contents },
    /// Answered by `Result<String, NoPage>`.
    JsonPage { pointer: String, offset: u64, limit: usize },
}

/// How an archive is put together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// Zip.
    Zip,
    /// Tar, not compressed.
    Tar,
    /// One file of this name, which is the whole.
    Single(String),
}

/// A file of an archive that has been listed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredFile {
    /// Its path in the archive.
    pub path: String,
    /// Length of the content.
    pub size_bytes: u64,
    /// Length of the compressed bytes.
    pub compressed_bytes: u64,
    /// Where they begin.
    pub data_offset: u64,
    /// Compression method; `None` where the blob is this file, without an archive and a checksum.
    pub method: Option<u16>,
    /// CRC-32 of the content.
    pub crc32: u32,
}

/// What a file says as a report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileReport {
    /// What was read.
    pub report: Report,
    /// Named like a report, and none that can be read.
    pub unreadable: bool,
}

impl FileReport {
    /// One that cannot be read.
    pub(super) fn unreadable(problem: Problem) -> FileReport {
        let mut draft = Draft::new(Format::Junit, &Limits::default());
        draft.problem(problem);
        FileReport { report: draft.finish(), unreadable: true }
    }
}

/// A trace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TraceBody {
    /// When it began.
    pub(super) started_at: Option<Millis>,
    /// What it says.
    #[serde(flatten)]
    pub(super) trace: Trace,
}
