//! The process that reads, from the inside: takes from itself what it does not need, then does one job after another.

use super::job::{Form, Job, TraceBody};
use super::reports;
use super::wire::Asker;
use crate::model::Millis;
use artifact::picture::{self, Refused, Thumbnail};
use artifact::report::Problem;
use artifact::trace::{self, NotATrace, TraceLimits};
use artifact::{Contents, Entry, FileAt, Flag, Limits, Refusal};
use rustix::event::{PollFd, PollFlags};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::FileExt;
use std::process::ExitCode;

/// A process that has come to hold this much ends after its job, so that what one archive took is given back.
const HOLDS_BYTES: u64 = 64 << 20;
/// Bytes of a page of memory, in which the system counts.
const PAGE_BYTES: u64 = 4096;

/// What a process may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Bytes of memory beyond those of the program itself.
    pub memory_bytes: u64,
    /// Seconds of processor time for one job, or one file of a job.
    pub cpu_seconds: u64,
}

impl Default for Allowance {
    fn default() -> Allowance {
        Allowance { memory_bytes: 512 << 20, cpu_seconds: 30 }
    }
}

impl Allowance {
    /// As arguments of `greenroom read`.
    pub(super) fn arguments(&self) -> [String; 2] {
        [format!("--memory-bytes={}", self.memory_bytes), format!("--cpu-seconds={}", self.cpu_seconds)]
    }
}

/// Does jobs that come in over standard input, a socket, until it is closed. Ends the process early in every case that
/// is not foreseen: whoever asked sees how.
///
/// # Errors
/// The process could not take from itself what it is not to have, or the line broke.
pub fn work(allowance: Allowance) -> io::Result<ExitCode> {
    let stdin = io::stdin();
    let socket = stdin.as_fd();
    end_with_asker()?;
    let memory = File::open("/proc/self/statm").ok();
    give_up(allowance, memory.as_ref())?;
    let asker = Asker::new(socket);
    while let Some((job, file)) = asker.next()? {
        allow_time(allowance)?;
        perform(job, file, &asker, allowance)?;
        let stays = held(memory.as_ref(), 1).is_some_and(|bytes| bytes < HOLDS_BYTES);
        asker.end(stays)?;
        if !stays {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Ends this process as soon as the one that asked is gone, whatever this one is doing.
fn end_with_asker() -> io::Result<()> {
    let (ready, is_ready) = std::sync::mpsc::sync_channel(1);
    let watch = move || {
        let stdin = io::stdin();
        let _ = ready.send(());
        // Nothing is waited for: that the other end is closed is always told.
        while rustix::event::poll(&mut [PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::empty())], None).is_err() {}
        std::process::exit(0)
    };
    std::thread::Builder::new().stack_size(64 << 10).spawn(watch)?;
    // What the thread takes belongs to the program, not to the first job.
    is_ready.recv().map_err(io::Error::other)
}

/// Takes from this process, for good, what reading does not need.
fn give_up(allowance: Allowance, memory: Option<&File>) -> io::Result<()> {
    // A limit that was set on us already may be lower, and cannot be raised.
    let limit = |resource, most: u64| {
        let most = getrlimit(resource).maximum.map_or(most, |already| already.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
    };
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Nofile, next_file()? + 1)?;
    rustix::thread::set_no_new_privs(true)?;
    let taken = held(memory, 0).unwrap_or(0);
    limit(Resource::As, taken + allowance.memory_bytes)?;
    Ok(())
}

/// The number that the next open file will have: that of the file to be read, after which there is room for none.
fn next_file() -> io::Result<u64> {
    let next = io::stdin().as_fd().try_clone_to_owned()?;
    u64::try_from(next.as_raw_fd()).map_err(io::Error::other)
}

/// Lets this process have as much processor time again as one job may take.
pub(super) fn allow_time(allowance: Allowance) -> io::Result<()> {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let used = u64::try_from(used.tv_sec).unwrap_or(0);
    let maximum = getrlimit(Resource::Cpu).maximum;
    let most = used.saturating_add(allowance.cpu_seconds).saturating_add(1).min(maximum.unwrap_or(u64::MAX));
    setrlimit(Resource::Cpu, Rlimit { current: Some(most), maximum })?;
    Ok(())
}

/// Memory of this process: 0 for what it has mapped, 1 for what it holds. `None` where the system does not tell.
fn held(memory: Option<&File>, column: usize) -> Option<u64> {
    let mut text = [0; 128];
    let count = memory?.read_at(&mut text, 0).ok()?;
    let pages: u64 = std::str::from_utf8(&text[..count]).ok()?.split(' ').nth(column)?.parse().ok()?;
    Some(pages * PAGE_BYTES)
}

fn perform(job: Job, file: File, asker: &Asker<'_>, allowance: Allowance) -> io::Result<()> {
    #[cfg(debug_assertions)]
    super::poison::taste(&job, &file, asker);
    match job {
        Job::Archive { form, limits } => asker.say(&archive(file, &form, &limits)),
        Job::Alone { name, max_file_bytes } => asker.say(&alone(&file, name, max_file_bytes)?),
        Job::Reports { files, max_file_bytes } => {
            let archive = FileAt::new(file);
            for one in &files {
                allow_time(allowance)?;
                #[cfg(debug_assertions)]
                super::poison::taste_name("reports", &one.path, asker);
                asker.say(&match &archive {
                    Ok(archive) => reports::look_into(archive, one, max_file_bytes),
                    Err(error) => {
                        Some(super::FileReport::unreadable(Problem::Unreadable { reason: error.to_string() }))
                    }
                })?;
            }
            Ok(())
        }
        Job::LogFailures { max_bytes } => {
            let limits = artifact::log::FailureLimits::default();
            asker.say(&artifact::log::failures(&mut file.take(max_bytes), &limits))
        }
        Job::Thumbnail { width } => asker.say(&thumbnail(file, width)),
        Job::Trace { contents } => asker.say(&trace(file, &contents)?),
        Job::JsonPage { pointer, offset, limit } => {
            let page = artifact::json_page::page(file, &pointer, offset, limit);
            asker.say(&match page {
                Ok(page) => Ok(serde_json::to_string(&page)?),
                Err(reason) => Err(reason),
            })
        }
    }
}

fn archive(file: File, form: &Form, limits: &Limits) -> Result<Contents, Refusal> {
    let blob = FileAt::new(file)?;
    match form {
        Form::Zip => artifact::scan(&blob, limits),
        Form::Tar => artifact::scan_tar(&blob, limits),
        Form::Single(name) => artifact::scan_single(&blob, name, limits),
    }
}

/// The one entry of a blob without an archive. Its checksum is that of the blob, and known to others.
fn alone(file: &File, name: String, max_file_bytes: u64) -> io::Result<Entry> {
    let size_bytes = file.metadata()?.len();
    let mut head = Vec::new();
    io::copy(&mut file.take(artifact::SNIFF_BYTES as u64), &mut head)?;
    let (file_type, media_type) = artifact::classify(&name, &head);
    Ok(Entry {
        ordinal: 0,
        raw_name: name.as_bytes().to_vec(),
        name,
        method: 0,
        data_offset: 0,
        compressed_bytes: size_bytes,
        size_bytes,
        crc32: 0,
        file_type,
        media_type: media_type.to_string(),
        flags: if size_bytes > max_file_bytes { vec![Flag::TooLarge] } else { Vec::new() },
    })
}

fn thumbnail(mut file: File, width: u32) -> Result<Thumbnail, Refused> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|_| Refused::Damaged)?;
    picture::thumbnail(&bytes, width)
}

fn trace(file: File, contents: &Contents) -> io::Result<Result<String, NotATrace>> {
    let blob = FileAt::new(file)?;
    Ok(match trace::read(&blob, contents, &TraceLimits::default()) {
        Ok(trace) => Ok(serde_json::to_string(&TraceBody { started_at: trace.started_at_ms.map(Millis), trace })?),
        Err(reason) => Err(reason),
    })
}
