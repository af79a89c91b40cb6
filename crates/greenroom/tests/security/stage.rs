//! A poll full of hostile content beside good content, and everything that a reader then sees of it.

use crate::mirror::{HOUR, MINUTE, Mirror, past, report};
use crate::support::{Database, Engine};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fakehub::{ArtifactSpec, JobSpec, Listener, TOKEN};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// Stands in a file of the machine that nothing of an artifact may reach.
pub const CANARY: &str = "canary-7f3a-only-on-this-machine";
/// Memory of this process, in which the pretend GitHub and all of these tests run, too.
const MOST_MEMORY_KB: u64 = 512 << 10;
/// How long a good artifact may take beside hostile ones.
const GOOD_WITHIN: Duration = Duration::from_secs(30);
/// How long one answer may take, in builds for tests and on machines that do other things besides. What is to be
/// caught here would take minutes.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Files of an artifact that are read whole; of longer ones the length only.
const READ_FILES: usize = 60;
const READ_BYTES: u64 = 1 << 20;

/// What hostile content may point at: nothing may touch either.
pub struct Bait {
    /// A file that holds [`CANARY`].
    pub file: PathBuf,
    /// `host:port` of a listener nobody should connect to.
    pub address: SocketAddr,
}

/// The content of one run: artifacts, and the log of its job.
pub struct Hostile {
    name: &'static str,
    artifacts: Vec<ArtifactSpec>,
    log: Option<Vec<u8>>,
    ask: Vec<&'static str>,
}

impl Hostile {
    /// A run known by `name`, with these artifacts.
    pub fn new(name: &'static str, artifacts: impl Into<Vec<ArtifactSpec>>) -> Hostile {
        Hostile { name, artifacts: artifacts.into(), log: None, ask: Vec::new() }
    }

    /// A run with one artifact of these bytes.
    pub fn bytes(name: &'static str, bytes: Vec<u8>) -> Hostile {
        Hostile::new(name, [ArtifactSpec::bytes(name, bytes)])
    }

    /// A run with one artifact of these files.
    pub fn files(name: &'static str, files: Vec<(&str, Vec<u8>)>) -> Hostile {
        Hostile::new(name, [ArtifactSpec::zip(name, files)])
    }

    /// A run whose job wrote this.
    pub fn log(name: &'static str, log: impl Into<Vec<u8>>) -> Hostile {
        Hostile { log: Some(log.into()), ..Hostile::new(name, []) }
    }

    /// Asks for this once everything is mirrored; `{run}`, `{job}` and `{artifact}` (its first) are put in.
    pub fn asking(mut self, path: &'static str) -> Hostile {
        self.ask.push(path);
        self
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    /// How long it took.
    pub took: Duration,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A file as the list and its content show it.
pub struct SeenFile {
    pub path: String,
    /// The exact bytes of the name, where `path` is a reading of them.
    pub raw_path: Option<Vec<u8>>,
    pub flags: Vec<String>,
    pub size: u64,
    pub media_type: String,
    /// Status and bytes; of long files, and beyond the first sixty, nothing was asked.
    pub content: Option<(u16, Vec<u8>)>,
}

/// An artifact as the API shows it.
pub struct SeenArtifact {
    pub state: String,
    pub reason: String,
    /// The first files, and how many there are.
    pub files: Vec<SeenFile>,
    pub count: u64,
    /// Whether the archive comes back byte for byte; `None` where there is none.
    pub is_kept_whole: Option<bool>,
}

impl SeenArtifact {
    /// The flags of each file.
    pub fn flags(&self) -> Vec<&[String]> {
        self.files.iter().map(|file| file.flags.as_slice()).collect()
    }

    pub fn paths(&self) -> Vec<&str> {
        self.files.iter().map(|file| file.path.as_str()).collect()
    }
}

/// What was seen of one run.
pub struct SeenRun {
    pub artifacts: Vec<SeenArtifact>,
    /// What its results add up to.
    pub tests: Value,
    answers: BTreeMap<&'static str, Answer>,
}

impl SeenRun {
    /// What was answered to a question of [`Hostile::asking`].
    pub fn answer(&self, path: &str) -> &Answer {
        &self.answers[path]
    }
}

/// Everything that was seen.
pub struct Seen {
    runs: BTreeMap<&'static str, SeenRun>,
    harm: Vec<String>,
}

impl Seen {
    /// The run of a name, once it is certain that nothing else was harmed.
    pub fn run(&self, name: &str) -> &SeenRun {
        assert!(self.harm.is_empty(), "{:#?}", self.harm);
        &self.runs[name]
    }

    /// The first artifact of that run.
    pub fn artifact(&self, name: &str) -> &SeenArtifact {
        &self.run(name).artifacts[0]
    }

    /// Mirrors all of this in one poll and looks at it; takes a thread of its own, for any test may be the first.
    pub fn of(hostile: impl FnOnce(&Bait) -> Vec<Hostile> + Send + 'static) -> Seen {
        let looking = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(look(hostile))
        });
        looking.join().expect("everything can be looked at")
    }
}

/// What one look works with.
struct Look {
    mirror: Mirror,
    server: SocketAddr,
    client: reqwest::Client,
    harm: Vec<String>,
}

async fn look(hostile: impl FnOnce(&Bait) -> Vec<Hostile>) -> Seen {
    let database = Database::new(Engine::Sqlite).await.unwrap();
    let (bait, strangers) = lay_bait(database.folder()).await;
    let before = tree(database.folder());
    let mut hostile = hostile(&bait);
    let mut runs = Vec::new();
    let mut good = Vec::new();
    let mut mirror = Mirror::of(database, |world, place| {
        let mut add = |spec: JobSpec, artifacts: Vec<ArtifactSpec>| {
            let run = world.add_run(place.workflow, past(world, 2 * HOUR).jobs(vec![spec]));
            let at = world.now() - HOUR;
            let ids: Vec<i64> = artifacts.into_iter().map(|one| world.add_artifact(run, one.created_at(at))).collect();
            (run, world.job_ids(run, 1)[0], ids)
        };
        let (_, _, before) = add(JobSpec::named("test"), vec![report("before")]);
        for one in &mut hostile {
            let job = JobSpec::named("test");
            let job = one.log.take().map_or(job.clone(), |log| job.log(log));
            runs.push(add(job, std::mem::take(&mut one.artifacts)));
        }
        let (_, _, after) = add(JobSpec::named("test"), vec![report("after")]);
        good = [before, after].concat();
    })
    .await;
    mirror.config.max_artifact_bytes = 100 << 20;
    let started = Instant::now();
    mirror.start().await;
    let server = mirror.serve().await;
    let mut harm = Vec::new();
    for id in good {
        mirror.until("a good artifact is mirrored", async || mirror.is_complete(id).await).await;
        if started.elapsed() > GOOD_WITHIN {
            harm.push(format!("a good artifact was complete after {:?} only", started.elapsed()));
        }
        mirror.assert_artifact_is_complete(id).await;
    }
    mirror.settled().await;
    // Whatever is tried again three times has been by then.
    for _ in 0..3 {
        mirror.pass(5 * MINUTE);
        mirror.settled().await;
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut look = Look { mirror, server, client, harm };
    let mut seen = BTreeMap::new();
    for (one, (run, job, ids)) in hostile.into_iter().zip(runs) {
        seen.insert(one.name, look.run(&one, run, job, &ids).await);
    }
    look.conclude(&before, strangers.load(Ordering::SeqCst)).await;
    Seen { runs: seen, harm: look.harm }
}

impl Look {
    async fn ask(&mut self, path: &str) -> Answer {
        let started = Instant::now();
        let response = self.client.get(format!("http://{}{path}", self.server)).send().await.unwrap();
        let status = response.status().as_u16();
        let body = response.bytes().await.map(|bytes| bytes.to_vec()).unwrap_or_default();
        let text = String::from_utf8_lossy(&body);
        if text.contains(TOKEN) || text.contains(CANARY) {
            self.harm.push(format!("{path} shows a secret"));
        }
        if status >= 500 {
            self.harm.push(format!("{path} answers {status}: {text}"));
        }
        Answer { status, body, took: started.elapsed() }
    }

    async fn json(&mut self, path: &str) -> Value {
        let answer = self.ask(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    async fn run(&mut self, one: &Hostile, run: i64, job: i64, ids: &[i64]) -> SeenRun {
        let tests = self.json(&format!("/api/runs/{run}")).await["summary"]["tests"].clone();
        let mut artifacts = Vec::new();
        for id in ids {
            artifacts.push(self.artifact(run, *id).await);
        }
        let mut answers = BTreeMap::new();
        for path in &one.ask {
            let first = ids.first().map_or(String::new(), i64::to_string);
            let asked = path.replace("{run}", &run.to_string()).replace("{job}", &job.to_string());
            answers.insert(*path, self.ask(&asked.replace("{artifact}", &first)).await);
        }
        SeenRun { artifacts, tests, answers }
    }

    async fn artifact(&mut self, run: i64, id: i64) -> SeenArtifact {
        let shown = self.json(&format!("/api/artifacts/{id}")).await;
        let list = format!("/api/runs/{run}/files?artifactId={id}&limit=100");
        let page = self.json(&list).await;
        let mut files = Vec::new();
        for (at, file) in page["files"].as_array().unwrap().iter().enumerate() {
            let size = file["sizeBytes"].as_u64().unwrap();
            let content = match at < READ_FILES && size <= READ_BYTES {
                true => Some(self.ask(&format!("/api/files/{}/content", file["id"].as_str().unwrap())).await),
                false => None,
            };
            files.push(SeenFile {
                path: file["path"].as_str().unwrap().to_owned(),
                raw_path: file["pathBase64"].as_str().map(|text| STANDARD.decode(text).unwrap()),
                flags: serde_json::from_value(file["flags"].clone()).unwrap(),
                size,
                media_type: file["mediaType"].as_str().unwrap().to_owned(),
                content: content.map(|answer| (answer.status, answer.body)),
            });
        }
        let zip = self.ask(&format!("/api/artifacts/{id}/zip")).await;
        let truth = self.mirror.hub.world(|world| world.artifact_bytes(id));
        let is_kept_whole = (zip.status == 200).then(|| Some(zip.body) == truth);
        SeenArtifact {
            state: shown["state"].as_str().unwrap().to_owned(),
            reason: shown["reason"].as_str().unwrap_or_default().to_owned(),
            files,
            count: page["total"].as_u64().unwrap(),
            is_kept_whole,
        }
    }

    /// The assertions that hold whatever was done.
    async fn conclude(&mut self, before: &BTreeSet<PathBuf>, strangers: usize) {
        let ready = self.ask("/readyz").await;
        if ready.status != 200 {
            self.harm.push(format!("the service is not ready: {}", ready.text()));
        }
        for path in ["/metrics", "/api/runs", "/api/sync", "/api/sync/queue", "/api/health", "/api/failures"] {
            self.ask(path).await;
        }
        if strangers > 0 {
            self.harm.push(format!("{strangers} connections to where nothing may connect"));
        }
        let requests = self.mirror.hub.requests();
        if requests.iter().any(|request| request.had_authorization != (request.listener == Listener::Api)) {
            self.harm.push("the token went to the blob store".into());
        }
        let created: Vec<PathBuf> = tree(self.mirror.database.folder()).difference(before).cloned().collect();
        if !created.is_empty() {
            self.harm.push(format!("files outside of the data: {created:?}"));
        }
        let peak = peak_memory_kb();
        if peak > MOST_MEMORY_KB {
            self.harm.push(format!("{peak} KB of memory"));
        }
        self.mirror.stop().await;
    }
}

/// A file and a listener that nothing may touch; the number of connections so far.
async fn lay_bait(folder: &Path) -> (Bait, Arc<AtomicUsize>) {
    let outside = folder.join("outside");
    std::fs::create_dir(&outside).unwrap();
    let file = outside.join("secret.txt");
    std::fs::write(&file, CANARY).unwrap();
    let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let strangers = Arc::new(AtomicUsize::new(0));
    let count = strangers.clone();
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (Bait { file, address }, strangers)
}

/// Everything in a folder but what the program keeps there.
fn tree(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(here) = folders.pop() {
        for entry in std::fs::read_dir(here).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            if name == "files" || name.starts_with("greenroom.db") {
                continue;
            }
            if path.is_dir() {
                folders.push(path.clone());
            }
            found.insert(path);
        }
    }
    found
}

/// The most memory that this process ever had, in KB; 0 where the system does not tell.
fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}
