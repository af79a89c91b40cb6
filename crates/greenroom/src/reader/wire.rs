//! What goes between the two processes: a job, one open file with it, and answers until an end. Both sides speak
//! MessagePack over a socket. The side that asked believes nothing: an answer is bounded, and waited for in bounded time.

use super::job::Job;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// Longest answer of one piece: what a report at its limits comes to.
const MAX_ANSWER_BYTES: u64 = 128 << 20;

/// What is said in answer to a job.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Said<T> {
    /// A piece of the answer.
    Piece(T),
    /// That was all. Tells whether another job is welcome.
    End { stays: bool },
}

/// Why an answer is not to be had.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The process has gone.
    Gone,
    /// It took too long.
    Late,
    /// What it says is no answer.
    Garbage,
    /// What it says does not end.
    TooMuch,
    /// The bytes to be read could not be had.
    Source(io::Error),
}

/// The line to a process that reads.
pub(super) struct Line {
    stream: BufReader<Patient>,
    wall: Duration,
}

/// A socket that is read until a moment.
struct Patient {
    stream: UnixStream,
    until: Instant,
}

impl Read for Patient {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
            match self.stream.read(buf) {
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                read => return read,
            }
        }
    }
}

impl Line {
    pub(super) fn new(stream: UnixStream, wall: Duration) -> io::Result<Line> {
        stream.set_write_timeout(Some(wall))?;
        Ok(Line { stream: BufReader::new(Patient { stream, until: Instant::now() }), wall })
    }

    /// Hands over a job and what it reads.
    pub(super) fn send(&mut self, job: &Job, file: impl AsFd) -> Result<(), Trouble> {
        let socket = &self.stream.get_ref().stream;
        send_file(socket, file.as_fd()).map_err(|_| Trouble::Gone)?;
        let mut out = BufWriter::with_capacity(64 << 10, socket);
        rmp_serde::encode::write(&mut out, job).map_err(|_| Trouble::Gone)?;
        out.flush().map_err(|_| Trouble::Gone)
    }

    /// The next piece of the answer.
    pub(super) fn hear<T: DeserializeOwned>(&mut self) -> Result<T, Trouble> {
        match self.said()? {
            Said::Piece(piece) => Ok(piece),
            Said::End { .. } => Err(Trouble::Garbage),
        }
    }

    /// That the answer has ended; tells whether another job is welcome.
    pub(super) fn hear_end(&mut self) -> Result<bool, Trouble> {
        match self.said::<()>()? {
            Said::End { stays } if self.stream.buffer().is_empty() => Ok(stays),
            _ => Err(Trouble::Garbage),
        }
    }

    fn said<T: DeserializeOwned>(&mut self) -> Result<Said<T>, Trouble> {
        use rmp_serde::decode::Error;
        self.stream.get_mut().until = Instant::now() + self.wall;
        let mut bounded = (&mut self.stream).take(MAX_ANSWER_BYTES);
        rmp_serde::from_read(&mut bounded).map_err(|error| match error {
            Error::InvalidMarkerRead(error) | Error::InvalidDataRead(error) => match error.kind() {
                io::ErrorKind::TimedOut => Trouble::Late,
                _ if bounded.limit() == 0 => Trouble::TooMuch,
                _ => Trouble::Gone,
            },
            _ => Trouble::Garbage,
        })
    }
}

/// Sends one byte, and an open file with it.
fn send_file(socket: &UnixStream, file: BorrowedFd<'_>) -> io::Result<()> {
    let files = [file];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !control.push(SendAncillaryMessage::ScmRights(&files)) {
        return Err(io::Error::other("no room for an open file"));
    }
    rustix::net::sendmsg(socket, &[IoSlice::new(b"j")], &mut control, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// The line to the process that asked: a socket that is nobody else's.
pub(super) struct Asker<'fd> {
    socket: BorrowedFd<'fd>,
}

impl Read for &Asker<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::retry_on_intr(|| rustix::io::read(self.socket, &mut *buf))?)
    }
}

impl Write for &Asker<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::retry_on_intr(|| rustix::net::send(self.socket, buf, SendFlags::NOSIGNAL))?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'fd> Asker<'fd> {
    pub(super) fn new(socket: BorrowedFd<'fd>) -> Asker<'fd> {
        Asker { socket }
    }

    /// The next job and what it reads; `None` when there are no more.
    pub(super) fn next(&self) -> io::Result<Option<(Job, File)>> {
        let Some(file) = self.receive_file()? else { return Ok(None) };
        let job = rmp_serde::from_read(BufReader::new(self)).map_err(io::Error::other)?;
        Ok(Some((job, file)))
    }

    fn receive_file(&self) -> io::Result<Option<File>> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut byte = [0];
        let mut into = [IoSliceMut::new(&mut byte)];
        let received = rustix::io::retry_on_intr(|| {
            rustix::net::recvmsg(self.socket, &mut into, &mut control, RecvFlags::CMSG_CLOEXEC)
        })?;
        if received.bytes == 0 {
            return Ok(None);
        }
        let file = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut files) => files.next(),
            _ => None,
        });
        Ok(Some(File::from(file.ok_or_else(|| io::Error::other("a job came without a file"))?)))
    }

    /// Says a piece of an answer.
    pub(super) fn say(&self, piece: &impl Serialize) -> io::Result<()> {
        self.tell(&Said::Piece(piece))
    }

    /// Says that the answer has ended.
    pub(super) fn end(&self, stays: bool) -> io::Result<()> {
        self.tell(&Said::<()>::End { stays })
    }

    fn tell(&self, said: &impl Serialize) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(64 << 10, self);
        rmp_serde::encode::write(&mut out, said).map_err(io::Error::other)?;
        out.flush()
    }
}
