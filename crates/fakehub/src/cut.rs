//! Ends connections on purpose, at exactly the byte asked for: the transport tells when everything handed over has
//! gone out, and only then is the connection ended.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

const NOT_WANTED: u8 = 0;
const CLOSE: u8 = 1;
const RESET: u8 = 2;

/// The scissors of one connection.
#[derive(Debug, Default)]
pub(crate) struct Cut {
    wanted: AtomicU8,
    done: CancellationToken,
}

impl Cut {
    /// Closes the connection once what was handed over so far has gone out.
    pub fn close_after_flush(&self) {
        self.wanted.store(CLOSE, Ordering::SeqCst);
    }

    /// Resets the connection once what was handed over so far has gone out.
    pub fn reset_after_flush(&self) {
        self.wanted.store(RESET, Ordering::SeqCst);
    }

    /// Resets the connection at once.
    pub fn reset_now(&self) {
        self.reset_after_flush();
        self.done.cancel();
    }

    /// Waits until the connection is to be ended; answers whether by a reset.
    pub async fn ended(&self) -> bool {
        self.done.cancelled().await;
        self.wanted.load(Ordering::SeqCst) == RESET
    }

    fn flushed(&self) {
        if self.wanted.load(Ordering::SeqCst) != NOT_WANTED {
            self.done.cancel();
        }
    }
}

/// A connection with scissors.
pub(crate) struct Transport {
    inner: TokioIo<TcpStream>,
    cut: Arc<Cut>,
}

impl Transport {
    pub fn new(stream: TcpStream, cut: Arc<Cut>) -> Transport {
        Transport { inner: TokioIo::new(stream), cut }
    }

    pub fn into_stream(self) -> TcpStream {
        self.inner.into_inner()
    }
}

impl Read for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl Write for Transport {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, buffer)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(context);
        if flushed.is_ready() {
            self.cut.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
