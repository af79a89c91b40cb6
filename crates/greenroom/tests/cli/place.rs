//! A pretend GitHub and a folder in which the program runs as a process, and what a test asks it.

use fakehub::noise::Noise;
use fakehub::{ArtifactSpec, FakeHub, JobSpec, RunSpec, TOKEN, World};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_greenroom");
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// How long a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(50);

/// What GitHub has.
pub struct Scene {
    pub world: World,
    /// `octo/shop`.
    pub repository: i64,
}

impl Scene {
    /// The runs, newest first.
    pub fn runs(&self) -> Vec<i64> {
        self.world.run_ids(self.repository)
    }
}

/// A world of this moment with `octo/shop` and `runs` completed runs, each of two jobs and an
/// artifact. Rate limits are off.
pub fn scene(runs: i64) -> Scene {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64 / 1000 * 1000;
    let mut world = World::at(5, now);
    world.behaviour.rate_limits = false;
    let repository = world.add_repository("octo", "shop");
    let workflow = world.add_workflow(repository, "CI", ".github/workflows/ci.yml");
    for n in 0..runs {
        let conclusion = if n % 5 == 3 { "failure" } else { "success" };
        let jobs = ["build", "test"].map(|name| JobSpec::named(name).log(format!("{name} of run {n}\n").repeat(300)));
        let created_at = now - (n + 3) * HOUR;
        let spec = RunSpec::completed(conclusion).created_at(created_at).duration_ms(3 * MINUTE).jobs(jobs.to_vec());
        let run = world.add_run(workflow, spec);
        world.add_artifact(run, report(n).created_at(created_at + 2 * MINUTE));
    }
    Scene { world, repository }
}

/// An artifact of 30 KB that does not compress.
pub fn report(n: i64) -> ArtifactSpec {
    let json = format!("{{\"suite\":{n},\"passed\":12}}");
    let mut noise = vec![0; 30_000];
    Noise::new(n as u64).fill(&mut noise);
    let files = [("report.json", json.into_bytes()), ("core/dump.bin", noise), ("empty.txt", Vec::new())];
    ArtifactSpec::zip(format!("report-{n}"), files)
}

/// A pretend GitHub and a folder for everything the program writes.
pub struct Place {
    pub hub: FakeHub,
    repository: i64,
    folder: TempDir,
}

impl Place {
    pub async fn of(scene: Scene) -> Place {
        let folder = tempfile::Builder::new().prefix("greenroom-cli-").tempdir().unwrap();
        Place { hub: FakeHub::start(scene.world).await.unwrap(), repository: scene.repository, folder }
    }

    /// The runs that GitHub has, newest first.
    pub fn runs(&self) -> Vec<i64> {
        self.hub.world(|world| world.run_ids(self.repository))
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where content is kept.
    pub fn files(&self) -> PathBuf {
        self.path().join("data/files")
    }

    /// The settings that lead into this place.
    pub fn settings(&self) -> BTreeMap<&'static str, String> {
        let mut settings = settings(&self.hub.api_url());
        settings.insert("TMPDIR", self.path().display().to_string());
        settings
    }

    /// The program with these settings changed; an empty value takes one away.
    pub fn command(&self, words: &[&str], changes: &[(&'static str, &str)]) -> Command {
        let mut settings = self.settings();
        for (name, value) in changes {
            settings.insert(name, (*value).to_owned());
        }
        settings.retain(|_, value| !value.is_empty());
        let mut command = Command::new(PROGRAM);
        command.args(words).env_clear().envs(settings).current_dir(self.path()).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs the program to its end.
    pub async fn run(&self, words: &[&str], changes: &[(&'static str, &str)]) -> Ended {
        let output = self.command(words, changes).output();
        Ended::of(tokio::time::timeout(PATIENCE, output).await.expect("it ends").unwrap())
    }

    /// Starts `serve` and waits until it listens.
    pub async fn serve(&self, changes: &[(&'static str, &str)]) -> Serving {
        let mut command = self.command(&["serve"], changes);
        command.stderr(Stdio::null());
        Serving::start(command).await
    }
}

/// Settings for a GitHub at this address; all else is the default, in the present folder.
pub fn settings(api_url: &str) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("GITHUB_TOKEN", TOKEN.to_owned()),
        ("GITHUB_OWNER", "octo".to_owned()),
        ("GITHUB_REPO", "shop".to_owned()),
        ("GITHUB_API_URL", api_url.to_owned()),
        ("PORT", "0".to_owned()),
        // Tests run on disks that are as full as they are.
        ("MIN_FREE_DISK_GB", "0".to_owned()),
        ("MAX_DISK_PERCENT", "100".to_owned()),
    ])
}

/// A process that has ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn of(output: Output) -> Ended {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// A process that serves.
pub struct Serving {
    pub child: Child,
    pub address: String,
    client: reqwest::Client,
}

impl Serving {
    /// Starts a command that ends up serving.
    pub async fn start(mut command: Command) -> Serving {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("it listens").unwrap();
        let line = first.expect("it listens instead of ending");
        let address = line.strip_prefix("listening on ").expect("it says where it listens").to_owned();
        Serving { child, address, client: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    pub fn process(&self) -> u32 {
        self.child.id().unwrap()
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.address)).send().await.unwrap()
    }

    pub async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    pub async fn bytes(&self, path: &str) -> Vec<u8> {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.bytes().await.unwrap().to_vec()
    }

    /// Asks for a refresh; the status and what was said.
    pub async fn refresh(&self) -> (u16, Value) {
        let response = self.client.post(format!("{}/api/refresh", self.address)).send().await.unwrap();
        (response.status().as_u16(), serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
    }

    /// All items of a paged list.
    pub async fn list(&self, path: &str, key: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let mut page = self.json(&format!("{path}{joint}limit=100{cursor}")).await;
            items.append(page[key].as_array_mut().unwrap());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// Every artifact as the pages of the runs show it.
    pub async fn artifacts(&self) -> Vec<Value> {
        let mut artifacts = Vec::new();
        for run in self.list("/api/runs", "runs").await {
            artifacts.append(self.json(&format!("/api/runs/{}", run["id"])).await["artifacts"].as_array_mut().unwrap());
        }
        artifacts
    }

    /// Waits until the state of collection satisfies this.
    pub async fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let mut seen = Value::Null;
        let looking = async {
            loop {
                seen = self.json("/api/sync").await;
                if holds(&seen) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, looking).await.is_ok();
        assert!(found, "waited in vain until {what}: {seen:#}");
        seen
    }

    /// Waits until everything has been mirrored.
    pub async fn settled(&self) -> Value {
        let is_done =
            |sync: &Value| sync["state"] == "operational" && sync["pending"] == 0 && !sync["nextPollAt"].is_null();
        self.until("everything is mirrored", is_done).await
    }

    /// Sends a signal by its name.
    pub async fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.process().to_string()]).status().await.unwrap();
        assert!(sent.success());
    }

    /// The exit code, once there is one.
    pub async fn code(&mut self) -> Option<i32> {
        tokio::time::timeout(Duration::from_secs(15), self.child.wait())
            .await
            .expect("it ends within 15 s")
            .unwrap()
            .code()
    }
}
