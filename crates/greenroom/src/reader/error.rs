//! How reading apart fails: by an item's fault, or by nobody's.

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// Signals that ask a process to end: whoever ends the service ends its readers.
const REQUESTS: [i32; 3] = [1, 2, 15];
const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// The process that read ended by it: the item's fault, as far as anybody can tell.
    #[error("reading it ended the process that reads: {0}")]
    Died(Death),
    /// No process could be started: the machine's fault.
    #[error("could not start a process that reads")]
    NotStarted(#[source] io::Error),
    /// The process was asked to end, as all of the service is when it stops.
    #[error("the process that reads was stopped")]
    Stopped,
    /// The bytes could not be had.
    #[error("could not read the bytes")]
    Source(#[source] io::Error),
}

impl ReaderError {
    /// Whether the item has nothing to do with it: the same again later may well succeed.
    pub fn is_nobodys_fault(&self) -> bool {
        matches!(self, ReaderError::NotStarted(_) | ReaderError::Stopped)
    }
}

/// How a process that read has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Death {
    /// It wanted more memory than it may have.
    OutOfMemory,
    /// It called itself too deeply.
    StackOverflow,
    /// By this signal.
    Signal(i32),
    /// It took more processor time than a job may.
    CpuTime,
    /// It said nothing for too long.
    WallTime,
    /// A panic, with what it said.
    Panic(String),
    /// It ended by itself, with this code.
    Exit(i32),
    /// It said what is no answer.
    Garbage,
    /// Its answer was longer than any may be.
    TooMuch,
}

impl Death {
    /// One stable word, for counting.
    pub fn word(&self) -> &'static str {
        match self {
            Death::OutOfMemory => "out_of_memory",
            Death::StackOverflow => "stack_overflow",
            Death::Signal(_) => "signal",
            Death::CpuTime => "cpu_time",
            Death::WallTime => "wall_time",
            Death::Panic(_) => "panic",
            Death::Exit(_) => "exit",
            Death::Garbage => "garbage",
            Death::TooMuch => "too_much",
        }
    }
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Death::OutOfMemory => f.write_str("out of memory"),
            Death::StackOverflow => f.write_str("stack overflow"),
            Death::Signal(SIGABRT) => f.write_str("ended by signal 6 (abort)"),
            Death::Signal(SIGKILL) => f.write_str("ended by signal 9 (out of memory?)"),
            Death::Signal(signal @ (7 | 11)) => write!(f, "ended by signal {signal} (stack overflow?)"),
            Death::Signal(signal) => write!(f, "ended by signal {signal}"),
            Death::CpuTime => f.write_str("CPU time limit"),
            Death::WallTime => f.write_str("wall time limit"),
            Death::Panic(text) => write!(f, "panic: {text}"),
            Death::Exit(code) => write!(f, "ended by itself with code {code}"),
            Death::Garbage => f.write_str("an answer that cannot be understood"),
            Death::TooMuch => f.write_str("an answer without end"),
        }
    }
}

/// What an exit means, with what was said on standard error before it.
pub(super) fn of_exit(status: ExitStatus, said: &str) -> ReaderError {
    let death = match (status.signal(), status.code()) {
        (Some(signal), _) if REQUESTS.contains(&signal) => return ReaderError::Stopped,
        (Some(SIGXCPU), _) => Death::CpuTime,
        // Both end in an abort of the language's own, which says why.
        (Some(SIGABRT), _) if said.contains("has overflowed its stack") => Death::StackOverflow,
        (Some(SIGABRT), _) if said.contains("memory allocation of") => Death::OutOfMemory,
        (Some(signal), _) => Death::Signal(signal),
        (_, Some(101)) => Death::Panic(panic_text(said)),
        (_, code) => Death::Exit(code.unwrap_or(-1)),
    };
    ReaderError::Died(death)
}

/// What a panic said, without the lines around it.
fn panic_text(said: &str) -> String {
    let line = said.lines().skip_while(|line| !line.contains("panicked at")).nth(1).unwrap_or("no message");
    line.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(wait_status: i32, said: &str) -> String {
        of_exit(ExitStatus::from_raw(wait_status), said).to_string()
    }

    #[test]
    fn an_end_is_told_by_its_cause() {
        let before = "reading it ended the process that reads: ";
        for (status, said, cause) in [
            (11, "", "ended by signal 11 (stack overflow?)"),
            (6, "\nthread 'main' (7) has overflowed its stack\nfatal runtime error", "stack overflow"),
            (6, "memory allocation of 4096 bytes failed\n", "out of memory"),
            (6, "", "ended by signal 6 (abort)"),
            (24, "", "CPU time limit"),
            (
                101 << 8,
                "\nthread 'main' panicked at a.rs:1:2:\nindex out of bounds\nnote: run",
                "panic: index out of bounds",
            ),
            (3 << 8, "", "ended by itself with code 3"),
        ] {
            assert_eq!(told(status, said), format!("{before}{cause}"));
        }
    }

    #[test]
    fn to_be_asked_to_end_is_nobodys_fault() {
        for signal in REQUESTS {
            assert!(of_exit(ExitStatus::from_raw(signal), "").is_nobodys_fault());
        }
        assert!(!of_exit(ExitStatus::from_raw(SIGKILL), "").is_nobodys_fault());
    }
}
