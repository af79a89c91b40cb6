//! Artifacts, the files inside them, and where their bytes lie.

use super::{Page, containing};
use crate::model::{Artifact, ArtifactState, File, FileType, Millis};
use crate::store::{Result, Store, on};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sqlx::{Database, Encode, QueryBuilder, Type};

/// Position of a file in the list of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilePosition {
    /// Artifact of the last file shown.
    pub artifact_id: i64,
    /// Its ordinal.
    pub ordinal: i64,
}

/// Which files of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileQuery {
    /// The run.
    pub run_id: i64,
    /// Of this type.
    pub file_type: Option<FileType>,
    /// Of this artifact.
    pub artifact_id: Option<i64>,
    /// Part of the path, in any case.
    pub q: Option<String>,
    /// Where to go on.
    pub after: Option<FilePosition>,
    /// Page size.
    pub limit: i64,
}

/// An artifact and where its bytes are.
#[derive(Clone, Debug, PartialEq)]
pub struct ArtifactBlob {
    /// The artifact.
    pub artifact: Artifact,
    /// Key of the blob, while it is ours.
    pub blob: Option<String>,
    /// Length of the blob.
    pub bytes: i64,
    /// SHA-256 of the blob in hexadecimal.
    pub sha256: Option<String>,
    /// Whether the blob is one file uploaded without an archive.
    pub is_single: bool,
}

/// A file and where its bytes lie inside its artifact's blob.
#[derive(Clone, Debug, PartialEq)]
pub struct FileBlob {
    /// The file.
    pub file: File,
    /// State of its artifact.
    pub state: ArtifactState,
    /// Why its artifact is not complete.
    pub reason: Option<String>,
    /// Key of the artifact's blob, while it is ours.
    pub blob: Option<String>,
    /// Whether the blob is this one file, without an archive around it.
    pub is_single: bool,
    /// ZIP compression method.
    pub method: i64,
    /// Where the compressed bytes begin.
    pub data_offset: i64,
    /// CRC-32 of the content.
    pub crc32: i64,
    /// SHA-256 of the artifact's blob in hexadecimal.
    pub blob_sha256: Option<String>,
}

#[derive(sqlx::FromRow)]
pub(super) struct ArtifactRow {
    id: i64,
    run_id: i64,
    attempt: Option<i64>,
    name: String,
    size_bytes: i64,
    digest: Option<String>,
    expired: bool,
    created_at: Option<i64>,
    expires_at: Option<i64>,
    state: String,
    reason: Option<String>,
    blob: Option<String>,
    blob_bytes: Option<i64>,
    blob_sha256: Option<String>,
    form: Option<String>,
    files: i64,
}

pub(super) const ARTIFACT_COLUMNS: &str = "SELECT id, run_id, attempt, name, size_bytes, digest, expired, created_at, expires_at, state, reason, blob, blob_bytes, \
    blob_sha256, form, files FROM artifact";

#[derive(sqlx::FromRow)]
struct FileRow {
    artifact_id: i64,
    ordinal: i64,
    run_id: i64,
    artifact_name: String,
    state: String,
    reason: Option<String>,
    blob: Option<String>,
    form: Option<String>,
    path: String,
    raw_path: Option<Vec<u8>>,
    size_bytes: i64,
    compressed_bytes: i64,
    method: i64,
    data_offset: i64,
    crc32: i64,
    blob_sha256: Option<String>,
    file_type: String,
    media_type: String,
    flags: String,
}

const FILE_COLUMNS: &str = "SELECT f.artifact_id, f.ordinal, f.run_id, a.name AS artifact_name, a.state, a.reason, a.blob, a.form, f.path, f.raw_path, \
    f.size_bytes, f.compressed_bytes, f.method, f.data_offset, f.crc32, a.blob_sha256, f.type AS file_type, f.media_type, f.flags \
    FROM file f JOIN artifact a ON a.id = f.artifact_id";

impl Store {
    /// A page of the files of a run: newest artifact first, inside it in the order of the archive.
    pub async fn files(&self, query: &FileQuery) -> Result<Page<File, FilePosition>> {
        let mut rows: Vec<FileRow> = on!(self, db => {
            let mut list = QueryBuilder::new(FILE_COLUMNS);
            push_file_filters(&mut list, query);
            if let Some(after) = query.after {
                // The first key descends and the second ascends, so a row value cannot compare them.
                list.push(" AND (f.artifact_id < ").push_bind(after.artifact_id).push(" OR (f.artifact_id = ").push_bind(after.artifact_id);
                list.push(" AND f.ordinal > ").push_bind(after.ordinal).push("))");
            }
            list.push(" ORDER BY f.artifact_id DESC, f.ordinal LIMIT ").push_bind(query.limit + 1);
            list.build_query_as().fetch_all(db).await?
        });
        let has_more = rows.len() as i64 > query.limit;
        rows.truncate(query.limit.max(0) as usize);
        let next = rows
            .last()
            .filter(|_| has_more)
            .map(|row| FilePosition { artifact_id: row.artifact_id, ordinal: row.ordinal });
        let total = if query.after.is_none() && !has_more {
            rows.len() as i64
        } else {
            on!(self, db => {
                let mut count = QueryBuilder::new("SELECT count(*) FROM file f");
                push_file_filters(&mut count, query);
                count.build_query_scalar().fetch_one(db).await?
            })
        };
        Ok(Page {
            items: rows.into_iter().map(|row| row.into_model().file).collect(),
            next,
            total,
            total_is_exact: true,
        })
    }

    /// An artifact.
    pub async fn artifact(&self, id: i64) -> Result<Option<Artifact>> {
        Ok(self.artifact_blob(id).await?.map(|found| found.artifact))
    }

    /// An artifact and where its bytes are.
    pub async fn artifact_blob(&self, id: i64) -> Result<Option<ArtifactBlob>> {
        let row: Option<ArtifactRow> = on!(self, db => {
            let mut query = QueryBuilder::new(ARTIFACT_COLUMNS);
            query.push(" WHERE id = ").push_bind(id);
            query.build_query_as().fetch_optional(db).await?
        });
        Ok(row.map(|row| ArtifactBlob {
            blob: row.blob.clone(),
            bytes: row.blob_bytes.unwrap_or(0),
            sha256: row.blob_sha256.clone(),
            is_single: row.form.as_deref() == Some("single"),
            artifact: row.into_model(),
        }))
    }

    /// A file and where its bytes lie.
    pub async fn file(&self, artifact_id: i64, ordinal: i64) -> Result<Option<FileBlob>> {
        let row: Option<FileRow> = on!(self, db => {
            let mut query = QueryBuilder::new(FILE_COLUMNS);
            query.push(" WHERE f.artifact_id = ").push_bind(artifact_id).push(" AND f.ordinal = ").push_bind(ordinal);
            query.build_query_as().fetch_optional(db).await?
        });
        Ok(row.map(FileRow::into_model))
    }

    /// The files of an artifact that have one of these paths, in the order of the archive.
    pub async fn files_by_path(&self, artifact_id: i64, paths: &[&str]) -> Result<Vec<FileBlob>> {
        let rows: Vec<FileRow> = on!(self, db => {
            let mut query = QueryBuilder::new(FILE_COLUMNS);
            query.push(" WHERE f.artifact_id = ").push_bind(artifact_id).push(" AND f.path IN (");
            let mut list = query.separated(", ");
            for path in paths {
                list.push_bind(*path);
            }
            query.push(") ORDER BY f.ordinal");
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(FileRow::into_model).collect())
    }

    /// The files of a run that have one of these paths: newest artifact first, inside it in the order of the archive.
    pub async fn files_of_run_by_path(&self, run_id: i64, paths: &[&str]) -> Result<Vec<FileBlob>> {
        let rows: Vec<FileRow> = on!(self, db => {
            let mut query = QueryBuilder::new(FILE_COLUMNS);
            query.push(" WHERE f.run_id = ").push_bind(run_id).push(" AND f.path IN (");
            let mut list = query.separated(", ");
            for path in paths {
                list.push_bind(*path);
            }
            query.push(") ORDER BY f.artifact_id DESC, f.ordinal LIMIT 50");
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(FileRow::into_model).collect())
    }
}

fn push_file_filters<DB: Database>(list: &mut QueryBuilder<DB>, query: &FileQuery)
where
    i64: for<'q> Encode<'q, DB> + Type<DB>,
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    list.push(" WHERE f.run_id = ").push_bind(query.run_id);
    if let Some(id) = query.artifact_id {
        list.push(" AND f.artifact_id = ").push_bind(id);
    }
    if let Some(file_type) = query.file_type {
        list.push(" AND f.type = ").push_bind(file_type.as_str().to_owned());
    }
    if let Some(part) = &query.q {
        list.push(" AND lower(f.path) LIKE lower(").push_bind(containing(part)).push(") ESCAPE '\\'");
    }
}

impl ArtifactRow {
    pub(super) fn into_model(self) -> Artifact {
        let ours = self.blob_sha256.map(|hash| format!("sha256:{hash}"));
        Artifact {
            id: self.id,
            run_id: self.run_id,
            attempt: self.attempt,
            name: self.name,
            size_bytes: self.blob_bytes.unwrap_or(self.size_bytes),
            digest: self.digest.or(ours),
            expired: self.expired,
            created_at: self.created_at.map(Millis),
            expires_at: self.expires_at.map(Millis),
            file_count: self.files,
            state: ArtifactState::from_word(&self.state),
            reason: self.reason,
        }
    }
}

impl FileRow {
    fn into_model(self) -> FileBlob {
        let id = format!("{}.{}", self.artifact_id, self.ordinal);
        FileBlob {
            state: ArtifactState::from_word(&self.state),
            reason: self.reason,
            blob: self.blob,
            is_single: self.form.as_deref() == Some("single"),
            method: self.method,
            data_offset: self.data_offset,
            crc32: self.crc32,
            blob_sha256: self.blob_sha256,
            file: File {
                url: format!("/api/files/{id}/content"),
                id,
                run_id: self.run_id,
                artifact_id: self.artifact_id,
                artifact_name: self.artifact_name,
                path: self.path,
                path_base64: self.raw_path.map(|raw| STANDARD.encode(raw)),
                size_bytes: self.size_bytes,
                compressed_bytes: self.compressed_bytes,
                file_type: FileType::from_word(&self.file_type).unwrap_or(FileType::Binary),
                media_type: self.media_type,
                flags: self.flags.split_whitespace().map(str::to_owned).collect(),
            },
        }
    }
}
