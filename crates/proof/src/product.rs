//! The product as a process: a folder it writes into, the program by its path, and the little HTTP a check needs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use fakehub::{FakeHub, TOKEN};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::lab::Lab;
use crate::scene::{REPOSITORY, Scene};
use crate::truth::Truth;

/// How long a start may take.
const START_WITHIN: Duration = Duration::from_secs(30);

/// Where the product runs: a folder of its own and its settings.
#[derive(Debug)]
pub struct Place {
    /// Everything the product writes.
    pub folder: TempDir,
    /// Settings by the names of environment variables.
    pub settings: BTreeMap<String, String>,
    program: PathBuf,
}

impl Place {
    /// A fresh folder for the program, over this pretend GitHub.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new(lab: &Lab, hub: &FakeHub) -> anyhow::Result<Place> {
        let folder =
            tempfile::Builder::new().prefix("place-").tempdir_in(&lab.root).context("could not make a folder")?;
        let settings = [
            ("GITHUB_TOKEN", TOKEN),
            ("GITHUB_OWNER", REPOSITORY.0),
            ("GITHUB_REPO", REPOSITORY.1),
            ("GITHUB_API_URL", &hub.api_url()),
            ("GITHUB_API_TIMEOUT", "1500"),
            ("POLL_INTERVAL_MINUTES", "0.02"),
            ("PORT", "0"),
            // How full this machine is must not matter.
            ("MIN_FREE_DISK_GB", "0"),
            ("MAX_DISK_PERCENT", "100"),
            ("TMPDIR", &folder.path().display().to_string()),
            ("RUST_LOG", "warn"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut settings = BTreeMap::from(settings);
        settings.extend(lab.mutant.iter().map(|name| ("GREENROOM_MUTANT".to_owned(), name.clone())));
        Ok(Place { folder, settings, program: lab.program.clone() })
    }

    /// Sets a setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Place {
        self.settings.insert(name.to_owned(), value.into());
        self
    }

    /// Where content is kept.
    pub fn files(&self) -> PathBuf {
        self.folder.path().join("data/files")
    }

    /// The program with these words, behind a wrapper such as `strace …` where one is given.
    pub fn command(&self, wrapper: &[String], words: &[&str]) -> Command {
        let program = self.program.display().to_string();
        let mut line: Vec<&str> = wrapper.iter().map(String::as_str).collect();
        line.push(&program);
        line.extend(words);
        let mut command = Command::new(line[0]);
        command.args(&line[1..]).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(&self.settings).current_dir(self.folder.path()).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs to the end; gives the exit code, or `None` where a signal ended it, and what it said.
    ///
    /// # Errors
    /// It cannot be started, or does not end in time.
    pub async fn run(&self, wrapper: &[String], words: &[&str], within: Duration) -> anyhow::Result<Ended> {
        let child = self.command(wrapper, words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let output = tokio::time::timeout(within, child.wait_with_output())
            .await
            .with_context(|| format!("{words:?} did not end within {within:?}"))??;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Ended { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) })
    }

    /// Starts `serve` and waits until it listens.
    ///
    /// # Errors
    /// It does not come up.
    pub async fn serve(&self) -> anyhow::Result<Serving> {
        self.serve_behind(&[]).await
    }

    /// Starts `serve` behind a wrapper and waits until it listens.
    ///
    /// # Errors
    /// It does not come up.
    pub async fn serve_behind(&self, wrapper: &[String]) -> anyhow::Result<Serving> {
        let said = self.folder.path().join("stderr.log");
        let stderr = std::fs::OpenOptions::new().create(true).append(true).open(&said)?;
        let began = Instant::now();
        let mut child = self.command(wrapper, &["serve"]).stdout(Stdio::piped()).stderr(stderr).spawn()?;
        let stdout = child.stdout.take().context("no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let first = tokio::time::timeout(START_WITHIN, lines.next_line()).await.context("it does not listen")??;
        let Some(address) = first.as_deref().and_then(|line| line.strip_prefix("listening on ")) else {
            let tail = std::fs::read_to_string(&said).unwrap_or_default();
            bail!("it ended instead of listening: {}", tail.lines().last().unwrap_or_default());
        };
        Ok(Serving { address: address.to_owned(), child, took: began.elapsed(), client: client()? })
    }
}

/// A process that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

fn client() -> anyhow::Result<reqwest::Client> {
    let builder = reqwest::Client::builder().no_proxy().no_gzip().timeout(Duration::from_secs(20));
    builder.build().context("could not make an HTTP client")
}

/// A product that answers.
#[derive(Debug)]
pub struct Serving {
    /// `http://127.0.0.1:port`.
    pub address: String,
    /// The process, or its wrapper.
    pub child: Child,
    /// How long it took to listen.
    pub took: Duration,
    /// For requests to it.
    pub client: reqwest::Client,
}

impl Serving {
    /// One that somebody else has started.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn at(address: &str) -> anyhow::Result<Api> {
        Ok(Api { address: address.trim_end_matches('/').to_owned(), client: client()? })
    }

    /// For requests.
    pub fn api(&self) -> Api {
        Api { address: self.address.clone(), client: self.client.clone() }
    }

    /// Its process id.
    pub fn process(&self) -> Option<u32> {
        self.child.id()
    }

    /// Sends a signal by its name.
    ///
    /// # Errors
    /// `kill` cannot be run.
    pub async fn signal(&self, name: &str) -> anyhow::Result<()> {
        let id = self.process().context("the process has ended")?;
        let sent = Command::new("kill").args(["-s", name, &id.to_string()]).status().await?;
        ensure!(sent.success(), "could not send {name} to {id}");
        Ok(())
    }

    /// Kills it at once and waits for its end.
    pub async fn kill(mut self) {
        // A process that has ended already is as good.
        let _ = self.child.kill().await;
    }
}

/// The HTTP interface.
#[derive(Clone, Debug)]
pub struct Api {
    /// `http://127.0.0.1:port`.
    pub address: String,
    client: reqwest::Client,
}

impl Api {
    /// Asks for a path.
    ///
    /// # Errors
    /// No answer.
    pub async fn get(&self, path: &str) -> anyhow::Result<reqwest::Response> {
        self.ask(reqwest::Method::GET, path, &[]).await
    }

    /// Asks with a method and headers.
    ///
    /// # Errors
    /// No answer.
    pub async fn ask(
        &self,
        method: reqwest::Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<reqwest::Response> {
        let mut request = self.client.request(method, format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.with_context(|| format!("no answer to {path}"))
    }

    /// The JSON at a path.
    ///
    /// # Errors
    /// No answer, another status than 200, or no JSON.
    pub async fn json(&self, path: &str) -> anyhow::Result<Value> {
        let response = self.get(path).await?;
        ensure!(response.status() == 200, "{path} answers {}", response.status());
        Ok(serde_json::from_slice(&response.bytes().await?)?)
    }

    /// All items of a paged list, in order, with pages of this size.
    ///
    /// # Errors
    /// As [`Api::json`], or a list that does not end.
    pub async fn list(&self, path: &str, key: &str, limit: usize) -> anyhow::Result<Vec<Value>> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        for _ in 0..10_000 {
            let joint = if path.contains('?') { '&' } else { '?' };
            let mut page = self.json(&format!("{path}{joint}limit={limit}{cursor}")).await?;
            items.append(page[key].as_array_mut().with_context(|| format!("{path} has no {key}"))?);
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(items),
            }
        }
        bail!("{path} never ends")
    }

    /// Asks for a refresh; the status.
    ///
    /// # Errors
    /// No answer.
    pub async fn refresh(&self) -> anyhow::Result<u16> {
        Ok(self.ask(reqwest::Method::POST, "/api/refresh", &[]).await?.status().as_u16())
    }

    /// Waits until everything is mirrored and nothing is left to do; false when that takes longer. `is_nudged` asks for
    /// refreshes meanwhile, as a person would; else the product has to find its way alone.
    ///
    /// # Errors
    /// The product does not answer.
    pub async fn settled(&self, truth: &Truth, within: Duration, is_nudged: bool) -> anyhow::Result<bool> {
        let began = Instant::now();
        let mut nudge = Duration::from_millis(1500);
        while began.elapsed() < within {
            if let Ok(sync) = self.json("/api/sync").await
                && is_idle(&sync)
                && self.knows_all(truth).await?
            {
                return Ok(true);
            }
            if is_nudged && began.elapsed() > nudge {
                let _ = self.refresh().await;
                nudge = began.elapsed() + Duration::from_secs(2);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Ok(false)
    }

    /// Whether every run and artifact is shown at all, and no artifact is on its way.
    async fn knows_all(&self, truth: &Truth) -> anyhow::Result<bool> {
        let Ok(runs) = self.list("/api/runs", "runs", 100).await else { return Ok(false) };
        let is_done = |run: &Value| run["processing"]["state"] == "processed";
        let artifacts: i64 = runs.iter().filter_map(|run| run["summary"]["artifacts"].as_i64()).sum();
        Ok(runs.len() >= truth.runs.len()
            && artifacts as usize >= truth.artifacts().count()
            && runs.iter().all(|run| is_done(run) || run["processing"]["state"] == "failed"))
    }
}

fn is_idle(sync: &Value) -> bool {
    sync["state"] == "operational" && sync["pending"] == 0 && !sync["nextPollAt"].is_null()
}

/// A pretend GitHub with a scene, and its truth.
#[derive(Debug)]
pub struct Stage {
    /// The pretend GitHub.
    pub hub: FakeHub,
    /// What it had when it started.
    pub truth: Truth,
    /// Its repository.
    pub repository: i64,
    /// Its workflows.
    pub workflows: Vec<i64>,
}

impl Stage {
    /// Starts the pretend GitHub.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(scene: Scene) -> anyhow::Result<Stage> {
        let truth = Truth::read(&scene.world, scene.repository, &scene.cases, &BTreeMap::new());
        let (repository, workflows) = (scene.repository, scene.workflows.clone());
        Ok(Stage { hub: FakeHub::start(scene.world).await?, truth, repository, workflows })
    }
}
