//! Kills and errors at a chosen system call of a chosen kind, by `strace` from outside: the product is not changed for
//! it. Calls are counted for each thread by itself, as strace does: a point is (call, n), and the first thread that
//! makes its n-th such call gets there.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use crate::product::Place;

/// System calls that change something outside the process.
pub const WRITES: [&str; 17] = [
    "write",
    "writev",
    "pwrite64",
    "pwritev",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "ftruncate",
    "fallocate",
    "linkat",
    "mkdir",
    "openat",
    "sendto",
];

/// The n-th call of a kind in a thread.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The system call.
    pub call: String,
    /// Counted from 1.
    pub n: u32,
    /// The error it is to answer; killed where there is none.
    pub error: Option<String>,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.call, self.n)?;
        self.error.iter().try_for_each(|error| write!(f, ":{error}"))
    }
}

impl FromStr for Point {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Point> {
        let mut parts = text.split(':');
        let (Some(call), Some(n)) = (parts.next(), parts.next()) else {
            bail!("{text:?} is not call:n or call:n:ERROR")
        };
        let n = n.trim_end_matches('+').parse().with_context(|| format!("{n:?} is no number"))?;
        Ok(Point { call: call.to_owned(), n, error: parts.next().map(str::to_owned) })
    }
}

impl Point {
    /// The words before the program's own.
    pub fn wrapper(&self) -> Vec<String> {
        let deed = match self.error.as_deref() {
            None => "signal=KILL".to_owned(),
            // Nothing was written, and no error tells why.
            Some("SHORT") => "retval=0".to_owned(),
            Some(error) => format!("error={error}"),
        };
        let inject = format!("inject={}:{deed}:when={}", self.call, self.n);
        let mut words = vec!["strace", "-f", "-qq", "-y", "-s", "0", "-o", TRACE];
        // With the filter strace stops fewer calls, but sends no signals.
        words.extend(self.error.as_ref().map(|_| "--seccomp-bpf"));
        let trace = format!("trace={}", self.call);
        words.extend(["-e", &trace, "-e", &inject]);
        words.into_iter().map(str::to_owned).collect()
    }
}

/// The file, in the place of the run, that tells which calls were struck.
pub const TRACE: &str = "trace";

/// Whether an error struck a call on a file, as it can in nature: an internal signal between threads never meets a full
/// disk.
pub fn struck_a_file(trace: &Path) -> bool {
    let text = std::fs::read(trace).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let struck = text.lines().filter(|line| line.contains("(INJECTED)"));
    // `-y` writes what a descriptor is behind its number: a path, or a word such as `anon_inode`.
    struck.clone().count() > 0 && struck.into_iter().all(|line| line.contains("</") || !line.contains('<'))
}

/// Whether strace is here and may trace.
pub fn missing() -> Option<String> {
    let trial = std::process::Command::new("strace")
        .args(["-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=openat", "true"])
        .stderr(std::process::Stdio::null())
        .status();
    match trial {
        Ok(status) if status.success() => None,
        Ok(_) => Some("strace may not trace here (ptrace is forbidden)".into()),
        Err(_) => Some("strace is not installed".into()),
    }
}

/// Runs the program once and tells all points it passes, in order of calls and numbers.
///
/// # Errors
/// It does not end well.
pub async fn points(place: &Place, words: &[&str], calls: &[&str]) -> anyhow::Result<Vec<Point>> {
    let trace = place.folder.path().join("trace");
    let wrapper = ["strace", "-f", "-qq", "--seccomp-bpf", "-s", "0", "-o", &trace.display().to_string(), "-e"];
    let mut wrapper: Vec<String> = wrapper.map(str::to_owned).to_vec();
    wrapper.push(format!("trace={}", calls.join(",")));
    let ended = place.run(&wrapper, words, Duration::from_secs(120)).await?;
    ensure!(ended.code == Some(0), "a run without faults ends with {:?}: {}", ended.code, ended.err);
    read(&trace)
}

fn read(trace: &Path) -> anyhow::Result<Vec<Point>> {
    let text = String::from_utf8_lossy(&std::fs::read(trace).context("strace left no trace")?).into_owned();
    let mut seen: HashMap<(String, String), u32> = HashMap::new();
    let mut points: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for line in text.lines() {
        let Some((thread, rest)) = line.trim_start().split_once(' ') else { continue };
        let Some((call, arguments)) = rest.trim_start().split_once('(') else { continue };
        if !call.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let n = seen.entry((thread.to_owned(), call.to_owned())).or_default();
        *n += 1;
        if call != "openat" || arguments.contains("O_CREAT") {
            points.entry(call.to_owned()).or_default().insert(*n);
        }
    }
    let all = points
        .into_iter()
        .flat_map(|(call, numbers)| numbers.into_iter().map(move |n| Point { call: call.clone(), n, error: None }));
    Ok(all.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_counted_by_thread_and_files_only_where_they_are_made() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let trace = "7 openat(AT_FDCWD, \"\"..., O_RDONLY) = 3\n8 write(1, \"\"..., 4 <unfinished ...>\n7 write(1, \"\"..., 9) = 9\n8 <... write resumed>) = 4\n8 write(1, \"\"..., 4) = 4\n7 openat(3, \"\"..., O_RDWR|O_CREAT, 0600) = 4\n";
        std::fs::write(file.path(), trace).unwrap();
        let points: Vec<String> = read(file.path()).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(points, ["openat:2", "write:1", "write:2"]);
    }

    #[test]
    fn a_point_is_read_as_it_is_written() {
        for text in ["write:3", "fsync:12:EIO"] {
            assert_eq!(text.parse::<Point>().unwrap().to_string(), text);
        }
        assert!("write".parse::<Point>().is_err());
        assert!(
            "write:3:SHORT".parse::<Point>().unwrap().wrapper().join(" ").ends_with("inject=write:retval=0:when=3")
        );
    }
}
