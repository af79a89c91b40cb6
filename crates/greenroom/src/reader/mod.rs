//! Reading apart: what strangers wrote is read in a process of its own, which has no token, no network, no file but the
//! one it reads, and little memory and time. A reader of a format that loops, overflows its stack, aborts or allocates
//! without end costs that process and the item it read; [`ReaderError::Died`] says how it ended.
//!
//! The process is this program again (`greenroom read`, see [`work()`]) and serves many jobs, one at a time; it is thrown
//! away after any failure. Where bytes are kept, who may ask, how often an item is tried and what results mean is left
//! to the callers; what the formats are, to the crate `artifact`.

mod error;
mod job;
#[cfg(debug_assertions)]
mod poison;
mod process;
mod reports;
mod wire;
mod work;

pub use error::{Death, ReaderError};
pub use job::{FileReport, Form, StoredFile, TraceBody};
pub use reports::is_blob_report;
pub use work::{Allowance, work};

use artifact::json_page::NoPage;
use artifact::log::LogReading;
use artifact::picture::{Refused, Thumbnail};
use artifact::report::Problem;
use artifact::trace::NotATrace;
use artifact::{Contents, Entry, Limits, Refusal};
use job::Job;
use process::Worker;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use wire::{Line, Trouble};

/// Jobs that a process is given before a fresh one takes its place.
const JOBS_EACH: u32 = 500;
/// Tries after which an item that ends the process each time is left alone.
pub const TRIES: i64 = 3;
/// Files of one artifact that may end a process each before the rest is left unread.
const MAX_DEATHS: usize = 8;

/// How processes that read are started, and what they may take.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program that is started with the argument `read`: this one, as a rule.
    pub program: PathBuf,
    /// What a process may take.
    pub allowance: Allowance,
    /// How long it may be silent.
    pub wall: Duration,
    /// How many read at a time.
    pub at_once: usize,
    /// Whether files may be poisoned, in builds for tests: see `poison`.
    pub poison: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            program: own_program(),
            allowance: Allowance::default(),
            wall: Duration::from_secs(120),
            at_once: 2,
            poison: cfg!(debug_assertions) && std::env::var_os("GREENROOM_POISON").is_some(),
        }
    }
}

/// This program, also where its file was replaced while it runs.
fn own_program() -> PathBuf {
    let itself = PathBuf::from("/proc/self/exe");
    if itself.exists() { itself } else { std::env::current_exe().unwrap_or(itself) }
}

/// What a job reads.
pub enum Source {
    /// A file, anywhere in it.
    File(File),
    /// Bytes as they come, from the beginning; not all of them need be wanted.
    Stream(Box<dyn Read + Send>),
}

/// Processes that read. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Reader {
    options: Arc<Options>,
    seats: Arc<Semaphore>,
    /// Started and without a job.
    resting: Arc<Mutex<Vec<Worker>>>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

impl Reader {
    /// Starts nothing yet.
    pub fn new(options: Options) -> Reader {
        let seats = Arc::new(Semaphore::new(options.at_once));
        Reader { options: Arc::new(options), seats, resting: Arc::default() }
    }

    /// Lists, checks and classifies everything in an archive.
    ///
    /// # Errors
    /// The process died or could not be started. That the archive is refused is a result.
    pub async fn archive(
        &self,
        archive: File,
        form: Form,
        limits: Limits,
    ) -> Result<Result<Contents, Refusal>, ReaderError> {
        self.ask(Job::Archive { form, limits }, Source::File(archive)).await
    }

    /// What a file is that was uploaded without an archive: the one entry of it, all of the blob.
    ///
    /// # Errors
    /// The process died or could not be started.
    pub async fn alone(&self, file: File, name: String, max_file_bytes: u64) -> Result<Entry, ReaderError> {
        self.ask(Job::Alone { name, max_file_bytes }, Source::File(file)).await
    }

    /// The reports among `files` of the archive that `open` opens, with the position of each in `files`.
    ///
    /// A file that ends the process fails the whole, so that it may be tried again; on the last try it is a report
    /// that could not be read, and the files after it are read all the same.
    ///
    /// # Errors
    /// The process died, could not be started, or the archive could not be opened.
    pub async fn reports(
        &self,
        open: impl Fn() -> io::Result<File>,
        files: &[StoredFile],
        max_file_bytes: u64,
        is_last_try: bool,
    ) -> Result<Vec<(usize, FileReport)>, ReaderError> {
        let (mut found, mut next, mut deaths) = (Vec::new(), 0, 0);
        while next < files.len() {
            let rest = files[next..].to_vec();
            let count = rest.len();
            let source = Source::File(open().map_err(ReaderError::Source)?);
            let hear = move |line: &mut Line, read: &mut Vec<Option<FileReport>>| {
                for _ in 0..count {
                    read.push(line.hear()?);
                }
                Ok(())
            };
            let (read, ended) = self.run(Job::Reports { files: rest, max_file_bytes }, source, hear).await;
            let at = next + read.len();
            found.extend((next..).zip(read).filter_map(|(at, one)| Some((at, one?))));
            let death = match ended {
                Ok(()) => return Ok(found),
                Err(ReaderError::Died(death)) if is_last_try && at < files.len() => death,
                Err(error) => return Err(error),
            };
            deaths += 1;
            found.push((at, quarantined(death.to_string())));
            next = at + 1;
            if deaths == MAX_DEATHS && next < files.len() {
                let reason = format!("not read, for {deaths} files before it ended the process that reads");
                found.push((next, quarantined(reason)));
                break;
            }
        }
        Ok(found)
    }

    /// The failures that the log of a job tells, of its first `max_bytes`.
    ///
    /// # Errors
    /// The process died or could not be started.
    pub async fn log_failures(&self, log: File, max_bytes: u64) -> Result<LogReading, ReaderError> {
        self.ask(Job::LogFailures { max_bytes }, Source::File(log)).await
    }

    /// A thumbnail of a picture, at most `width` pixels wide.
    ///
    /// # Errors
    /// The process died or could not be started, or the source failed.
    pub async fn thumbnail(&self, picture: Source, width: u32) -> Result<Result<Thumbnail, Refused>, ReaderError> {
        self.ask(Job::Thumbnail { width }, picture).await
    }

    /// The trace in an archive that has been listed, as a [`TraceBody`] in JSON.
    ///
    /// # Errors
    /// The process died or could not be started.
    pub async fn trace(&self, archive: File, contents: Contents) -> Result<Result<String, NotATrace>, ReaderError> {
        self.ask(Job::Trace { contents }, Source::File(archive)).await
    }

    /// An [`artifact::json_page::JsonPage`] of a document, in JSON.
    ///
    /// # Errors
    /// The process died or could not be started, or the source failed.
    pub async fn json_page(
        &self,
        document: Source,
        pointer: String,
        offset: u64,
        limit: usize,
    ) -> Result<Result<String, NoPage>, ReaderError> {
        self.ask(Job::JsonPage { pointer, offset, limit }, document).await
    }

    /// Does a job that has one answer.
    async fn ask<T: DeserializeOwned + Send + 'static>(&self, job: Job, source: Source) -> Result<T, ReaderError> {
        let hear = |line: &mut Line, answer: &mut Option<T>| {
            *answer = Some(line.hear()?);
            Ok(())
        };
        let (answer, ended) = self.run(job, source, hear).await;
        ended?;
        answer.ok_or(ReaderError::Died(Death::Garbage))
    }

    /// Does a job; what was heard until a failure is answered beside it.
    async fn run<T: Default + Send + 'static>(
        &self,
        job: Job,
        source: Source,
        hear: impl FnOnce(&mut Line, &mut T) -> Result<(), Trouble> + Send + 'static,
    ) -> (T, Result<(), ReaderError>) {
        let Ok(_seat) = self.seats.acquire().await else { return (T::default(), Err(ReaderError::Stopped)) };
        let worker = match self.worker() {
            Ok(worker) => worker,
            Err(error) => return (T::default(), Err(ReaderError::NotStarted(error))),
        };
        let (heard, done) = worker.run(job, source, hear).await;
        let ended = done.map(|worker| {
            if let Some(worker) = worker.filter(|worker| worker.jobs() < JOBS_EACH) {
                self.resting.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
            }
        });
        if let Err(ReaderError::Died(death)) = &ended {
            metrics::counter!("greenroom_parse_worker_exits_total", "cause" => death.word()).increment(1);
        }
        (heard, ended)
    }

    /// One that rests, or a new one.
    fn worker(&self) -> io::Result<Worker> {
        loop {
            let resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match resting {
                None => return Worker::start(&self.options),
                // One that was ended from outside while it rested is no item's fault.
                Some(mut worker) => {
                    if worker.is_alive() {
                        return Ok(worker);
                    }
                }
            }
        }
    }
}

fn quarantined(reason: String) -> FileReport {
    FileReport::unreadable(Problem::Unreadable { reason: format!("quarantined: {reason}") })
}
