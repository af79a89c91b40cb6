//! Names of blobs. They are made of GitHub's ids alone, never of a name anybody chose.

use std::fmt;

/// The name of one blob: what the database keeps, and where it is below the storage root.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobKey(String);

/// What a blob is the content of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An artifact, by GitHub's id.
    Artifact(i64),
    /// The log of a job, by the job's id.
    Log(i64),
}

/// Directories an id is spread over, so that none grows without end.
const SHARDS: i64 = 256;

impl BlobKey {
    /// The archive (or single file) of an artifact, as GitHub served it.
    pub fn artifact(repository_id: i64, artifact_id: i64) -> BlobKey {
        BlobKey::of("artifacts", repository_id, artifact_id)
    }

    /// The log of a job, as GitHub served it.
    pub fn log(repository_id: i64, job_id: i64) -> BlobKey {
        BlobKey::of("logs", repository_id, job_id)
    }

    fn of(kind: &str, repository_id: i64, id: i64) -> BlobKey {
        BlobKey(format!("{kind}/{repository_id}/{:02x}/{id}", id.rem_euclid(SHARDS)))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it is the content of.
    pub fn subject(&self) -> Subject {
        let id = self.0.rsplit('/').next().and_then(|id| id.parse().ok()).unwrap_or_default();
        if self.0.starts_with("logs/") { Subject::Log(id) } else { Subject::Artifact(id) }
    }

    /// Reads [`BlobKey::as_str`]; `None` for anything that no constructor makes.
    pub fn parse(text: &str) -> Option<BlobKey> {
        let mut parts = text.split('/');
        let (kind, repository_id, _, id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let (repository_id, id) = (repository_id.parse().ok()?, id.parse().ok()?);
        let key = match kind {
            "artifacts" => BlobKey::artifact(repository_id, id),
            "logs" => BlobKey::log(repository_id, id),
            _ => return None,
        };
        (key.0 == text).then_some(key)
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{BlobKey, Subject};

    #[test]
    fn a_key_is_read_back_and_nothing_else_is() {
        for key in [BlobKey::artifact(7, 2_000_000_511), BlobKey::log(7, 0), BlobKey::artifact(1, i64::MAX)] {
            assert_eq!(BlobKey::parse(key.as_str()), Some(key));
        }
        assert_eq!(BlobKey::artifact(7, 511).as_str(), "artifacts/7/ff/511");
        assert_eq!(BlobKey::artifact(7, 511).subject(), Subject::Artifact(511));
        assert_eq!(BlobKey::log(7, 12).subject(), Subject::Log(12));
        for text in [
            "",
            "artifacts/7/fe/511",
            "artifacts/7/ff/511/x",
            "artifacts/../ff/511",
            "secrets/7/ff/511",
            "/artifacts/7/ff/511",
            "artifacts/07/ff/511",
            "artifacts/7/ff/+511",
        ] {
            assert_eq!(BlobKey::parse(text), None, "{text}");
        }
    }
}
