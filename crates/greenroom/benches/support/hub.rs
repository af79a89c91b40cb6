//! The pretend GitHub in a process of its own. It is told what to do by lines on its standard input, answers each
//! with one line, and ends with its input.

use fakehub::{FakeHub, Fault, Listener, Route, World, bench};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// First argument of the program when it is to be the pretend GitHub.
const ROLE: &str = "pretend-github";

/// What is in the world.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Content {
    /// Many runs with artifacts.
    Many { workflows: usize, runs: usize, artifacts_per_run: usize, files_per_artifact: usize },
    /// One run with one artifact of so many bytes.
    Big { bytes: u64 },
}

/// What was asked since the last [`Hub::clear`].
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Requests to the API.
    pub api: usize,
    /// How many of them were answered 304.
    pub not_modified: usize,
    /// How many of them cost quota.
    pub counted: usize,
    /// Requests to the blob store.
    pub blob: usize,
    /// Body bytes of the blob store.
    pub blob_bytes: u64,
}

/// What a client can download: paths of the API that redirect to content.
#[derive(Debug, Serialize, Deserialize)]
pub struct Downloads {
    /// Paths below the API's address.
    pub paths: Vec<String>,
}

#[derive(Serialize, Deserialize)]
enum Order {
    Counts,
    Clear,
    Downloads,
    Slow { ms: u64 },
}

/// A handle to the process, which ends with it.
pub struct Hub {
    /// Address of its API.
    pub api_url: String,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Hub {
    /// Starts the process and waits until it listens.
    pub fn start(content: Content) -> Hub {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([ROLE, &serde_json::to_string(&content).unwrap()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, mut output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let api_url = read(&mut output);
        Hub { api_url, child, input, output }
    }

    fn order<T: DeserializeOwned>(&mut self, order: &Order) -> T {
        writeln!(self.input.as_mut().unwrap(), "{}", serde_json::to_string(order).unwrap()).unwrap();
        read(&mut self.output)
    }

    /// What was asked.
    pub fn counts(&mut self) -> Counts {
        self.order(&Order::Counts)
    }

    /// Forgets what was asked.
    pub fn clear(&mut self) {
        self.order(&Order::Clear)
    }

    /// Everything that can be downloaded.
    pub fn downloads(&mut self) -> Downloads {
        self.order(&Order::Downloads)
    }

    /// From now on every answer begins this late.
    pub fn slow(&mut self, ms: u64) {
        self.order(&Order::Slow { ms })
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.input.take();
        let _ = self.child.wait();
    }
}

fn read<T: DeserializeOwned>(output: &mut BufReader<ChildStdout>) -> T {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    serde_json::from_str(&line).expect("the pretend GitHub answers")
}

/// Becomes the pretend GitHub where that is what the program was started for, and does not return then.
pub fn serve_if_asked() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_none_or(|role| role != ROLE) {
        return;
    }
    let content: Content = serde_json::from_str(&arguments[2]).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(serve(content));
    std::process::exit(0);
}

async fn serve(content: Content) {
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    let hub = FakeHub::start(world(content, now_ms)).await.unwrap();
    answer(&hub.api_url());
    let (orders, mut incoming) = tokio::sync::mpsc::channel::<String>(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if orders.blocking_send(line).is_err() {
                return;
            }
        }
    });
    while let Some(line) = incoming.recv().await {
        obey(&hub, &serde_json::from_str(&line).unwrap());
    }
}

fn world(content: Content, now_ms: i64) -> World {
    match content {
        Content::Many { workflows, runs, artifacts_per_run, files_per_artifact } => {
            bench::world(now_ms, bench::Size { workflows, runs, artifacts_per_run, files_per_artifact })
        }
        Content::Big { bytes } => bench::big_artifact_world(now_ms, bytes),
    }
}

fn answer(value: &impl Serialize) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(value).unwrap()).unwrap();
    out.flush().unwrap();
}

fn obey(hub: &FakeHub, order: &Order) {
    match order {
        Order::Counts => answer(&counts(hub)),
        Order::Clear => answer(&hub.clear_requests()),
        Order::Downloads => answer(&hub.world(|world| downloads(world))),
        Order::Slow { ms } => {
            hub.faults().clear();
            if *ms > 0 {
                hub.faults().always(Route::Any, Fault::SlowMs(*ms));
            }
            answer(&());
        }
    }
}

fn counts(hub: &FakeHub) -> Counts {
    let mut counts = Counts::default();
    for request in hub.requests() {
        match request.listener {
            Listener::Api => {
                counts.api += 1;
                counts.not_modified += usize::from(request.status == 304);
                counts.counted += usize::from(request.counted);
            }
            Listener::Blob => {
                counts.blob += 1;
                counts.blob_bytes += request.bytes_sent;
            }
        }
    }
    counts
}

fn downloads(world: &World) -> Downloads {
    let repository = format!("/repos/{}/{}/actions", bench::OWNER, bench::NAME);
    let mut paths = Vec::new();
    for run in bench::runs(world) {
        paths.extend(world.artifact_ids(run).into_iter().map(|id| format!("{repository}/artifacts/{id}/zip")));
        paths.extend(world.job_ids(run, 1).into_iter().map(|id| format!("{repository}/jobs/{id}/logs")));
    }
    Downloads { paths }
}
