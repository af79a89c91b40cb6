//! Many viewers, many requests and runs that keep arriving, all at once; then ten times as much. Requests start when
//! they are due, whatever became of those before, so that waiting is measured and not hidden.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use crate::kill::HEALS_WITHIN;
use crate::lab::{Lab, Tally};
use crate::product::{Api, Place, Stage};
use crate::scene::{Scene, Size, add_rich_run};
use crate::verify::Findings;

/// How much.
#[derive(Clone, Copy, Debug)]
pub struct Weight {
    /// Open live connections.
    pub viewers: usize,
    /// Requests a second.
    pub rate: u64,
    /// How long, in seconds.
    pub seconds: u64,
}

/// What came of requests.
#[derive(Clone, Debug, Default)]
struct Came {
    /// Times of those admitted, in microseconds from when each was due.
    micros: Vec<u64>,
    shed: u64,
    wrong: u64,
    first_wrong: Option<String>,
}

impl Came {
    fn at(&self, share: f64) -> Duration {
        let mut sorted = self.micros.clone();
        sorted.sort_unstable();
        let place = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
        Duration::from_micros(sorted.get(place).copied().unwrap_or(0))
    }

    fn line(&self) -> String {
        format!(
            "{} answered, p50 {:.1?}, p99 {:.1?}, p99.9 {:.1?}, {} refused with 429 or 503, {} wrong {}",
            self.micros.len(),
            self.at(0.5),
            self.at(0.99),
            self.at(0.999),
            self.shed,
            self.wrong,
            self.first_wrong.as_deref().unwrap_or("")
        )
    }
}

/// The promised load, then ten times the requests for a while, then the promised load again.
///
/// # Errors
/// The pretend GitHub or the product cannot be started.
pub async fn load(lab: &Lab, weight: Weight) -> anyhow::Result<Tally> {
    let mut tally = Tally::new("L1 L2 load", weight.seconds * weight.rate);
    let began = Instant::now();
    let mut scene = Scene::new(lab.seed, Size { rich: 40, bare: 400, noise_bytes: 20_000 });
    scene.world.follow_real_time(1.0);
    let stage = Arc::new(Stage::start(scene).await?);
    let place = Place::new(lab, &stage.hub)?;
    let serving = place.serve().await?;
    let api = serving.api();
    let rested = api.settled(&stage.truth, HEALS_WITHIN * 2, true).await?;
    let mut findings = Findings::default();
    findings.holds("I9", "the first sync", rested, || ("at rest".into(), "not yet".into()));
    let events = Arc::new(AtomicU64::new(0));
    let mut viewers = JoinSet::new();
    for _ in 0..weight.viewers {
        viewers.spawn(view(api.address.clone(), events.clone()));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let growing = AbortOnDropHandle::new(tokio::spawn(grow(stage.clone(), lab.seed)));
    let paths = Arc::new(paths(&stage));
    let process = serving.process().context("the product has ended")?;
    let held = requests(&api, &paths, weight.rate, weight.seconds).await;
    let memory = memory(process);
    tally.reached = held.micros.len() as u64;
    tally.notes.push(format!(
        "{} viewers, {} requests/s and ingest for {} s: {}",
        weight.viewers,
        weight.rate,
        weight.seconds,
        held.line()
    ));
    tally.notes.push(format!("{} MB resident, {} events told", memory >> 20, events.load(Ordering::Relaxed)));
    findings.holds("L1", "p99", held.at(0.99) <= Duration::from_millis(150), || {
        ("≤ 150 ms".into(), format!("{:.1?}", held.at(0.99)))
    });
    findings.holds("L1", "errors", held.wrong + held.shed == 0, || ("0".into(), held.line()));
    findings.holds("L1", "memory", memory <= 512 << 20, || ("≤ 512 MB".into(), format!("{} MB", memory >> 20)));
    let pressed = requests(&api, &paths, weight.rate * 10, (weight.seconds / 4).max(3)).await;
    tally.notes.push(format!("ten times as many: {}", pressed.line()));
    findings.holds("L2", "answers under overload", pressed.wrong == 0, || ("200, 429 or 503".into(), pressed.line()));
    let recovered = recovers(&api, &paths).await;
    tally.notes.push(format!("calm again after {recovered:.1?}"));
    findings.holds("L2", "recovery", recovered <= Duration::from_secs(10), || {
        ("≤ 10 s".into(), format!("{recovered:.1?}"))
    });
    drop((growing, viewers));
    serving.kill().await;
    tally.take(&format!("load --seed {}", lab.seed), findings);
    tally.seconds = began.elapsed().as_secs_f64();
    Ok(tally)
}

/// A live connection that is read as fast as it tells.
async fn view(address: String, events: Arc<AtomicU64>) -> anyhow::Result<()> {
    let host = address.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host).await?;
    stream
        .write_all(format!("GET /api/events HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n").as_bytes())
        .await?;
    let mut buffer = vec![0; 4096];
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let told = buffer[..read].windows(6).filter(|six| six == b"event:").count();
        events.fetch_add(told as u64, Ordering::Relaxed);
    }
}

/// Runs keep appearing, with archives of a megabyte.
async fn grow(stage: Arc<Stage>, seed: u64) {
    for n in 1_000.. {
        stage.hub.world(|world| add_rich_run(world, stage.workflows[0], seed, n, 15 * 60_000, 1 << 20));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// What readers ask for, mixed.
fn paths(stage: &Stage) -> Vec<String> {
    let mut paths: Vec<String> = [
        "/api/overview",
        "/api/runs?limit=50",
        "/api/workflows",
        "/api/tests?limit=50",
        "/api/search?q=case",
        "/api/sync",
    ]
    .map(str::to_owned)
    .to_vec();
    for (id, run) in stage.truth.runs.iter().filter(|(_, run)| !run.artifacts.is_empty()).take(12) {
        paths.extend([format!("/api/runs/{id}"), format!("/api/runs/{id}/jobs"), format!("/api/runs/{id}/tests")]);
        paths.extend(run.artifacts.iter().map(|artifact| format!("/api/files/{}.0/content", artifact.id)));
        paths.extend(run.jobs.iter().filter(|job| job.log.is_some()).map(|job| format!("/api/jobs/{}/log", job.id)));
    }
    paths
}

async fn requests(api: &Api, paths: &[String], rate: u64, seconds: u64) -> Came {
    let came = Arc::new(Mutex::new(Came::default()));
    let mut flying = JoinSet::new();
    let began = Instant::now();
    for n in 0..rate * seconds {
        let due = began + Duration::from_micros(n * 1_000_000 / rate);
        tokio::time::sleep_until(due.into()).await;
        let (api, path, came) = (api.clone(), paths[(n * 7) as usize % paths.len()].clone(), came.clone());
        flying.spawn(async move {
            let status = match api.get(&path).await {
                Ok(response) => {
                    let status = response.status().as_u16();
                    response.bytes().await.map_or(0, |_| status)
                }
                Err(_) => 0,
            };
            let took = due.elapsed().as_micros() as u64;
            let mut came = came.lock().await;
            match status {
                200 => came.micros.push(took),
                429 | 503 => came.shed += 1,
                _ => {
                    came.wrong += 1;
                    came.first_wrong.get_or_insert(format!("({path}: {status})"));
                }
            }
        });
        while flying.try_join_next().is_some() {}
    }
    while flying.join_next().await.is_some() {}
    let came = came.lock().await;
    came.clone()
}

/// How long until a few requests in a row are quick again.
async fn recovers(api: &Api, paths: &[String]) -> Duration {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60) {
        let since = began.elapsed();
        let calm = requests(api, paths, 50, 1).await;
        if calm.wrong + calm.shed == 0 && calm.at(0.99) <= Duration::from_millis(150) {
            return since;
        }
    }
    began.elapsed()
}

/// Resident bytes of a process and its children.
fn memory(process: u32) -> u64 {
    let resident = |status: &str| {
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) << 10
    };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| std::fs::read_to_string(entry.path().join("status")).ok())
        .filter(|status| {
            let is = |name: &str| status.lines().any(|line| line.split_whitespace().eq([name, &process.to_string()]));
            is("Pid:") || is("PPid:")
        })
        .map(|status| resident(&status))
        .sum()
}
