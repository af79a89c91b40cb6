//! The router over a real store and real blobs, asked without a socket in between, and builders of
//! what it shows.

use crate::build::{self, NOON, OWNER, REPOSITORY};
use crate::support::{Database, reading};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use fakehub::zip::{self, Entry};
use greenroom::api::{self, Api, Settings};
use greenroom::blobs::{BlobKey, Blobs};
use greenroom::clock::Clock;
use greenroom::events::Hub;
use greenroom::model::task::{Lane, TaskKind};
use greenroom::model::{ArtifactState, FileType, LogState, Millis};
use greenroom::reader::Reader;
use greenroom::store::{ArtifactContent, Claimed, EntryRow, JobRecord, NewTask, Store};
use serde_json::Value;
use std::io::Write;
use tower::ServiceExt;

/// When all tests of the API take place: an hour after the runs they show.
pub const NOW: Millis = Millis(NOON.0 + 3_600_000);
/// The host that tests ask for.
pub const HOST: &str = "localhost:3000";

/// A running API without a socket.
pub struct Served {
    pub router: Router,
    pub store: Store,
    pub blobs: Blobs,
    pub hub: Hub,
    pub clock: Clock,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts that this is a problem of this status and gives what it says.
    pub fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:?}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        for field in ["type", "title", "detail"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{field} of {problem}");
        }
        problem
    }
}

impl Served {
    pub async fn new(store: &Store, database: &Database) -> Served {
        let blobs = Blobs::open(database.folder().join("files").to_str().unwrap()).await.unwrap();
        let hub = Hub::new();
        let clock = Clock::manual(NOW);
        let settings = Settings { allowed_hosts: vec!["ci.example.org".into()], ..Settings::default() };
        let router = api::router(Api {
            store: store.clone(),
            blobs: blobs.clone(),
            reader: Reader::new(reading()),
            hub: hub.clone(),
            clock: clock.clone(),
            settings,
        });
        Served { router, store: store.clone(), blobs, hub, clock }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.get_with(path, &[]).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.ask(Method::GET, path, headers).await
    }

    pub async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", HOST);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body =
            axum::body::to_bytes(body, usize::MAX).await.unwrap_or_else(|error| panic!("the body broke off: {error}"));
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// Every item of a paged list.
    pub async fn all(&self, path: &str, key: &str, limit: usize) -> Vec<Value> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let reply = self.get(&format!("{path}{joint}limit={limit}{cursor}")).await;
            assert_eq!(reply.status, 200, "{:?}", reply.body);
            let page = reply.json();
            let found = page[key].as_array().unwrap();
            assert!(found.len() <= limit);
            items.extend(found.iter().cloned());
            match page["nextCursor"].as_str() {
                Some(next) => {
                    assert_eq!(found.len(), limit, "only the last page may be short");
                    cursor = format!("&cursor={next}");
                }
                None => return items,
            }
        }
    }

    /// Lists an artifact of a run, to be fetched.
    pub async fn list_artifact(&self, id: i64, run_id: i64, name: &str) -> Claimed {
        let artifact = greenroom::model::upstream::Artifact { name: name.into(), digest: None, ..build::artifact(id) };
        let task = NewTask { run_id, ..build::task(TaskKind::Artifact, id) };
        self.store.record_artifacts(REPOSITORY, &[(artifact, run_id, Some(1))], &[task]).await.unwrap();
        self.claim(TaskKind::Artifact, id).await
    }

    /// Mirrors an artifact as the collector does.
    pub async fn add_artifact(&self, id: i64, run_id: i64, name: &str, entries: &[Entry]) -> Vec<u8> {
        let bytes = zip::archive(entries).to_vec();
        self.add_archive(id, run_id, name, &bytes).await;
        bytes
    }

    /// Mirrors these bytes as an artifact's archive.
    pub async fn add_archive(&self, id: i64, run_id: i64, name: &str, bytes: &[u8]) {
        let claimed = self.list_artifact(id, run_id, name).await;
        let key = BlobKey::artifact(REPOSITORY, id);
        self.put(&key, bytes).await;
        let contents = artifact::scan(&bytes, &artifact::Limits::default()).unwrap();
        let rows = contents.entries.into_iter().map(row).collect();
        self.store.record_artifact_content(&claimed, OWNER, &content(&key, bytes, "zip", rows)).await.unwrap();
    }

    /// Mirrors an artifact that is one file without an archive.
    pub async fn add_single(&self, id: i64, run_id: i64, name: &str, bytes: &[u8]) {
        let claimed = self.list_artifact(id, run_id, name).await;
        let key = BlobKey::artifact(REPOSITORY, id);
        self.put(&key, bytes).await;
        let (file_type, media_type) = artifact::classify(name, bytes);
        let length = i64::try_from(bytes.len()).unwrap();
        let row = EntryRow {
            ordinal: 0,
            path: name.into(),
            raw_path: None,
            size_bytes: length,
            compressed_bytes: length,
            method: 0,
            data_offset: 0,
            crc32: i64::from(crc(bytes)),
            file_type: FileType::from_word(file_type.as_str()).unwrap(),
            media_type: media_type.to_string(),
            flags: String::new(),
        };
        self.store.record_artifact_content(&claimed, OWNER, &content(&key, bytes, "single", vec![row])).await.unwrap();
    }

    pub async fn put(&self, key: &BlobKey, bytes: &[u8]) {
        let mut file = self.blobs.spool().unwrap();
        file.write_all(bytes).unwrap();
        self.blobs.put(key, file).await.unwrap();
    }

    /// Mirrors a job with its log.
    pub async fn add_log(&self, job_id: i64, run_id: i64, log: &[u8]) {
        self.add_job(job_id, run_id, LogState::Pending).await;
        let task = NewTask { run_id, ..build::task(TaskKind::Log, job_id) };
        self.store.enqueue(&[task]).await.unwrap();
        let claimed = self.claim(TaskKind::Log, job_id).await;
        let key = BlobKey::log(REPOSITORY, job_id);
        self.put(&key, log).await;
        self.store
            .record_log(&claimed, OWNER, key.as_str(), i64::try_from(log.len()).unwrap(), None, NOON)
            .await
            .unwrap();
    }

    /// Mirrors a job whose log stands so.
    pub async fn add_job(&self, job_id: i64, run_id: i64, log_state: LogState) {
        let record = JobRecord { log_state, ..build::job_record(build::job(job_id, run_id)) };
        build::detail(&self.store, run_id, &[record]).await;
    }

    pub async fn claim(&self, kind: TaskKind, subject: i64) -> Claimed {
        let lane = if kind == TaskKind::Log || kind == TaskKind::Artifact { Lane::Download } else { Lane::Metadata };
        let claimed = self.store.claim(lane, OWNER, NOW, NOW.plus(1)).await.unwrap().unwrap();
        assert_eq!((claimed.kind, claimed.subject), (kind, subject));
        claimed
    }
}

fn content(key: &BlobKey, bytes: &[u8], form: &'static str, entries: Vec<EntryRow>) -> ArtifactContent {
    use sha2::Digest;
    ArtifactContent {
        state: ArtifactState::Complete,
        reason: None,
        blob: key.as_str().to_owned(),
        blob_bytes: i64::try_from(bytes.len()).unwrap(),
        sha256: hex::encode(sha2::Sha256::digest(bytes)),
        form,
        entries,
        content_at: NOON,
    }
}

fn row(entry: artifact::Entry) -> EntryRow {
    let flags: Vec<&str> = entry.flags.iter().map(|flag| flag.as_str()).collect();
    EntryRow {
        ordinal: i64::from(entry.ordinal),
        path: entry.name.replace('\0', ""),
        raw_path: std::str::from_utf8(&entry.raw_name).is_err().then_some(entry.raw_name),
        size_bytes: i64::try_from(entry.size_bytes).unwrap(),
        compressed_bytes: i64::try_from(entry.compressed_bytes).unwrap(),
        method: i64::from(entry.method),
        data_offset: i64::try_from(entry.data_offset).unwrap(),
        crc32: i64::from(entry.crc32),
        file_type: FileType::from_word(entry.file_type.as_str()).unwrap(),
        media_type: entry.media_type,
        flags: flags.join(" "),
    }
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Ids of a list, in order.
pub fn ids(items: &[Value]) -> Vec<i64> {
    items.iter().map(|item| item["id"].as_i64().unwrap()).collect()
}
