//! A process that reads, as the one who started it sees it: started bare, given jobs, ended whenever anything is wrong.

use super::error::{Death, ReaderError, of_exit};
use super::job::Job;
use super::wire::{Line, Trouble};
use super::{Options, Source};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, Command};

/// What is kept of what a process says before it ends.
const LAST_WORDS_BYTES: u64 = 4 << 10;
/// How long a process that has hung up may take to end.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// A process that reads. Killed when dropped.
pub(super) struct Worker {
    child: Child,
    last_words: Option<ChildStderr>,
    line: Option<Line>,
    wall: Duration,
    jobs: u32,
}

impl Worker {
    /// Starts one. It inherits nothing: no environment, hence no token; no file; no terminal and its signals.
    pub(super) fn start(options: &Options) -> io::Result<Worker> {
        let (ours, theirs) = UnixStream::pair()?;
        let mut command = Command::new(&options.program);
        command
            .arg0("greenroom")
            .arg("read")
            .args(options.allowance.arguments())
            .env_clear()
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if cfg!(debug_assertions) && options.poison {
            command.env("GREENROOM_POISON", "1");
        }
        let mut child = command.spawn()?;
        let last_words = child.stderr.take();
        let line = Some(Line::new(ours, options.wall)?);
        Ok(Worker { child, last_words, line, wall: options.wall, jobs: 0 })
    }

    /// Whether it has not ended.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Jobs it was given.
    pub(super) fn jobs(&self) -> u32 {
        self.jobs
    }

    /// Has a job done, and gives the process back if it is fit for another. What was heard is answered either way.
    pub(super) async fn run<T: Default + Send + 'static>(
        mut self,
        job: Job,
        source: Source,
        hear: impl FnOnce(&mut Line, &mut T) -> Result<(), Trouble> + Send + 'static,
    ) -> (T, Result<Option<Worker>, ReaderError>) {
        let Some(mut line) = self.line.take() else { return (T::default(), Err(ReaderError::Stopped)) };
        self.jobs += 1;
        let wall = self.wall;
        // When this future is dropped the process is killed, and the thread sees its line end.
        let talking = tokio::task::spawn_blocking(move || {
            let mut heard = T::default();
            let ended = talk(&mut line, &job, source, wall).and_then(|()| hear(&mut line, &mut heard));
            let ended = ended.and_then(|()| line.hear_end());
            (line, heard, ended)
        });
        let Ok((line, heard, ended)) = talking.await else { return (T::default(), Err(ReaderError::Stopped)) };
        let ended = match ended {
            Ok(stays) => {
                self.line = Some(line);
                Ok(stays.then_some(self))
            }
            Err(trouble) => Err(self.fate(trouble).await),
        };
        (heard, ended)
    }

    /// What became of a process with which something is wrong; it is ended if it has not ended itself.
    async fn fate(mut self, trouble: Trouble) -> ReaderError {
        let death = match trouble {
            Trouble::Late => Death::WallTime,
            Trouble::Garbage => Death::Garbage,
            Trouble::TooMuch => Death::TooMuch,
            Trouble::Source(error) => return ReaderError::Source(error),
            Trouble::Gone => return self.exit().await,
        };
        ReaderError::Died(death)
    }

    async fn exit(&mut self) -> ReaderError {
        let mut said = Vec::new();
        let ending = async {
            if let Some(stderr) = self.last_words.take() {
                let _ = stderr.take(LAST_WORDS_BYTES).read_to_end(&mut said).await;
            }
            self.child.wait().await
        };
        match tokio::time::timeout(ENDS_WITHIN, ending).await {
            Ok(Ok(status)) => of_exit(status, &String::from_utf8_lossy(&said)),
            Ok(Err(error)) => ReaderError::NotStarted(error),
            // It has closed its line and goes on: whatever it does, it is no answer.
            Err(_) => ReaderError::Died(Death::Garbage),
        }
    }
}

/// Hands over a job and what it reads.
fn talk(line: &mut Line, job: &Job, source: Source, wall: Duration) -> Result<(), Trouble> {
    match source {
        Source::File(file) => line.send(job, &file),
        Source::Stream(stream) => {
            let (ours, theirs) = UnixStream::pair().map_err(Trouble::Source)?;
            ours.set_write_timeout(Some(wall)).map_err(Trouble::Source)?;
            line.send(job, &theirs)?;
            drop(theirs);
            feed(stream, ours)
        }
    }
}

/// Hands over bytes as they come, until there are no more or no more are wanted.
fn feed(mut stream: Box<dyn Read + Send>, mut into: UnixStream) -> Result<(), Trouble> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Trouble::Source(error)),
        };
        match into.write_all(&buffer[..count]) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(Trouble::Late),
            // It has read as much as it wants, or has ended: its answer tells.
            Err(_) => return Ok(()),
        }
    }
}
