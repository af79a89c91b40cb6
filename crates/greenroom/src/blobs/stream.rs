//! Turns what the store found into pieces of bounded size.

use bytes::{Bytes, BytesMut};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::{GetResult, GetResultPayload};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

/// Largest piece. The store's own pieces of a file have 8 KiB, and each is a hop between threads.
const PIECE_BYTES: usize = 256 << 10;
/// First piece: a small file, or the start of a large one, should not wait for more.
const FIRST_BYTES: usize = 64 << 10;

/// The content of `found`, in order.
pub(super) fn pieces(found: GetResult) -> BoxStream<'static, anyhow::Result<Bytes>> {
    let range = found.range.clone();
    match found.payload {
        GetResultPayload::File(file, _) => of_file(file, range).map_err(anyhow::Error::from).boxed(),
        GetResultPayload::Stream(stream) => stream.map_err(anyhow::Error::from).map_ok(cut).try_flatten().boxed(),
    }
}

/// Reads a file piece by piece on the blocking threads. A file that ends early is an error.
fn of_file(file: File, range: Range<u64>) -> impl Stream<Item = io::Result<Bytes>> {
    futures::stream::try_unfold((file, range, FIRST_BYTES), |(file, range, length)| async move {
        if range.is_empty() {
            return Ok(None);
        }
        let read =
            tokio::task::spawn_blocking(move || read_piece(&file, &range, length).map(|piece| (piece, file, range)));
        let (piece, file, range) = read.await.map_err(io::Error::other)??;
        let rest = range.start + piece.len() as u64..range.end;
        Ok(Some((piece, (file, rest, PIECE_BYTES))))
    })
}

fn read_piece(mut file: &File, range: &Range<u64>, length: usize) -> io::Result<Bytes> {
    let length = usize::try_from(range.end - range.start).unwrap_or(length).min(length);
    let mut piece = BytesMut::zeroed(length);
    file.seek(SeekFrom::Start(range.start))?;
    file.read_exact(&mut piece)?;
    Ok(piece.freeze())
}

/// Cuts a piece that is too long.
fn cut(mut piece: Bytes) -> impl Stream<Item = anyhow::Result<Bytes>> {
    futures::stream::iter(std::iter::from_fn(move || {
        let length = piece.len().min(PIECE_BYTES);
        (length > 0).then(|| Ok(piece.split_to(length)))
    }))
}
