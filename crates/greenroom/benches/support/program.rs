//! The product's program as a user runs it, and what it costs.

use super::Hub;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How often the memory of a running program is looked at; its peak is kept by the system.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// `greenroom` with everything it needs to be told.
pub struct Program {
    command: Command,
}

/// What a run of the program took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measured {
    /// From start to exit.
    pub took: Duration,
    /// Processor time.
    pub processor: Duration,
    /// Highest resident memory, in bytes; 0 where the system does not tell.
    pub peak_bytes: u64,
}

impl Program {
    /// The program, keeping its data in `folder`, mirroring the benchmark repository of a hub.
    pub fn new(command: &str, folder: &Path, database: &str, api_url: &str) -> Program {
        let mut program = Command::new(env!("CARGO_BIN_EXE_greenroom"));
        program
            .env_clear()
            .arg(command)
            .env("GITHUB_TOKEN", fakehub::TOKEN)
            .env("GITHUB_OWNER", fakehub::bench::OWNER)
            .env("GITHUB_REPO", fakehub::bench::NAME)
            .env("GITHUB_API_URL", api_url)
            .env("POLL_INTERVAL_MINUTES", "60")
            .env("MIN_FREE_DISK_GB", "0")
            .env("MAX_DISK_PERCENT", "100")
            .env("MAX_CONCURRENT_DOWNLOADS", "3")
            .env("DATABASE_URL", database)
            .env("FILE_STORAGE_PATH", folder.join("files"))
            .env("PORT", "0")
            .env("RUST_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        Program { command: program }
    }

    /// `greenroom sync` from nothing, in an SQLite database in `folder`.
    pub fn sync(folder: &Path, hub: &Hub) -> Program {
        Program::new("sync", folder, &format!("sqlite://{}", folder.join("greenroom.db").display()), &hub.api_url)
    }

    /// Runs it to its end, which must be a good one; gives what it printed last as well.
    pub fn run(mut self) -> (Measured, String) {
        let started = Instant::now();
        let mut child = self.command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let reader = std::thread::spawn(move || output.lines().map_while(Result::ok).last().unwrap_or_default());
        let mut measured = Measured::default();
        let status = loop {
            if let Some((processor, peak_bytes)) = look(child.id()) {
                measured = Measured { processor, peak_bytes, ..measured };
            }
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None => std::thread::sleep(LOOK_EVERY),
            }
        };
        measured.took = started.elapsed();
        let last = reader.join().unwrap();
        assert!(status.success(), "greenroom ended with {status}: {last}");
        (measured, last)
    }

    /// Starts `greenroom serve`; gives it with its address once it says that it listens.
    pub fn listen(mut self) -> (Server, Duration) {
        let started = Instant::now();
        let mut child = self.command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let took = started.elapsed();
        let url =
            line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("greenroom said {line:?}")).to_owned();
        (Server { child, url }, took)
    }
}

/// A running `greenroom serve`.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub url: String,
}

impl Server {
    /// Highest resident memory so far, in bytes.
    pub fn peak_bytes(&self) -> u64 {
        look(self.child.id()).map_or(0, |(_, peak_bytes)| peak_bytes)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let _ = self.child.wait();
    }
}

/// Processor time and peak memory of a process, as Linux tells them.
fn look(process: u32) -> Option<(Duration, u64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let peak_kib: u64 = peak.trim().strip_suffix("kB")?.trim().parse().ok()?;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in brackets may hold blanks; user and system time are the 12th and 13th field after it.
    let fields: Vec<u64> =
        stat.rsplit_once(')')?.1.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect();
    // A clock tick is 10 ms on every Linux there is.
    Some((Duration::from_millis((fields.get(11)? + fields.get(12)?) * 10), peak_kib << 10))
}
