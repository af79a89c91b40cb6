//! Stored bytes that prove themselves while they are sent: the last piece is held back until checksum or hash have been
//! compared, so that a client either gets all that was mirrored, or a body that is plainly cut short.

use bytes::Bytes;
use flate2::{Crc, Decompress, FlushDecompress, Status};
use futures::stream::{self, BoxStream, Stream, StreamExt};
use sha2::{Digest, Sha256};
use std::io;

/// Bytes inflated at a time, and thrown away.
const SCRATCH_BYTES: usize = 64 * 1024;

/// What bytes are proved by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Nothing is known.
    None,
    /// Their CRC-32.
    Crc32(u32),
    /// CRC-32 and length of what they inflate to.
    Deflated {
        /// CRC-32 of the content.
        crc32: u32,
        /// Length of the content.
        size: u64,
    },
    /// Their SHA-256 in hexadecimal.
    Sha256(String),
}

impl Proof {
    /// By a hash, where one is known.
    pub(super) fn sha256(hash: Option<&str>) -> Proof {
        hash.map_or(Proof::None, |hash| Proof::Sha256(hash.to_owned()))
    }
}

/// What has been seen so far.
enum Checking {
    Nothing,
    Crc32(Crc, u32),
    Deflated { inflating: Box<Decompress>, is_over: bool, crc: Crc, crc32: u32, size: u64 },
    Sha256(Box<Sha256>, String),
}

impl Checking {
    fn of(proof: Proof) -> Checking {
        match proof {
            Proof::None => Checking::Nothing,
            Proof::Crc32(crc32) => Checking::Crc32(Crc::new(), crc32),
            Proof::Deflated { crc32, size } => {
                let inflating = Box::new(Decompress::new(false));
                Checking::Deflated { inflating, is_over: false, crc: Crc::new(), crc32, size }
            }
            Proof::Sha256(hash) => Checking::Sha256(Box::new(Sha256::new()), hash),
        }
    }

    fn see(&mut self, piece: &[u8]) -> io::Result<()> {
        match self {
            Checking::Nothing => {}
            Checking::Crc32(crc, _) => crc.update(piece),
            Checking::Sha256(hash, _) => hash.update(piece),
            // What an archive has behind the end of the deflated bytes belongs to nobody.
            Checking::Deflated { is_over: true, .. } => {}
            Checking::Deflated { inflating, is_over, crc, size, .. } => {
                *is_over = inflate(inflating, crc, piece, *size)?
            }
        }
        Ok(())
    }

    fn end(self) -> io::Result<()> {
        let is_proved = match self {
            Checking::Nothing => true,
            Checking::Crc32(crc, expected) => crc.sum() == expected,
            Checking::Sha256(hash, expected) => hex::encode(hash.finalize()) == expected,
            Checking::Deflated { inflating, crc, crc32, size, .. } => {
                inflating.total_out() == size && crc.sum() == crc32
            }
        };
        if is_proved { Ok(()) } else { Err(damaged()) }
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the stored bytes are not those that were mirrored")
}

/// Inflates a piece for its checksum; stops beyond the `size` that is promised. Tells whether that was the end.
fn inflate(inflating: &mut Decompress, crc: &mut Crc, mut piece: &[u8], size: u64) -> io::Result<bool> {
    let mut scratch = vec![0; SCRATCH_BYTES];
    loop {
        let (taken, made) = (inflating.total_in(), inflating.total_out());
        let status = inflating.decompress(piece, &mut scratch, FlushDecompress::None).map_err(|_| damaged())?;
        let taken = (inflating.total_in() - taken) as usize;
        let made = (inflating.total_out() - made) as usize;
        crc.update(&scratch[..made]);
        piece = &piece[taken..];
        if inflating.total_out() > size {
            return Err(damaged());
        }
        let is_stuck = taken == 0 && made == 0;
        if status == Status::StreamEnd || is_stuck || (piece.is_empty() && made < SCRATCH_BYTES) {
            return Ok(status == Status::StreamEnd);
        }
    }
}

/// Passes `stored` on, and fails instead of its last piece where it is not what `proof` says.
pub(super) fn proved(
    stored: BoxStream<'static, io::Result<Bytes>>,
    proof: Proof,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let start = (stored, Checking::of(proof), None::<Bytes>);
    stream::try_unfold(Some(start), |state| async move {
        let Some((mut stored, mut checking, mut held)) = state else { return Ok(None) };
        loop {
            let Some(piece) = stored.next().await.transpose()? else {
                checking.end()?;
                return Ok(held.map(|last| (last, None)));
            };
            let seen = piece.clone();
            checking = tokio::task::spawn_blocking(move || checking.see(&seen).map(|()| checking))
                .await
                .map_err(io::Error::other)??;
            if let Some(earlier) = held.replace(piece) {
                return Ok(Some((earlier, Some((stored, checking, held)))));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::TryStreamExt;
    use std::io::Write;

    async fn sent(pieces: &[&[u8]], proof: Proof) -> (Vec<u8>, bool) {
        let pieces: Vec<io::Result<Bytes>> = pieces.iter().map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let mut stream = Box::pin(proved(stream::iter(pieces).boxed(), proof));
        let mut all = Vec::new();
        loop {
            match stream.try_next().await {
                Ok(Some(piece)) => all.extend_from_slice(&piece),
                Ok(None) => return (all, true),
                Err(_) => return (all, false),
            }
        }
    }

    fn crc(bytes: &[u8]) -> u32 {
        let mut crc = Crc::new();
        crc.update(bytes);
        crc.sum()
    }

    #[tokio::test]
    async fn what_is_right_passes_whole_and_what_is_not_lacks_its_end() {
        let hash = hex::encode(Sha256::digest(b"abcdef"));
        for proof in [Proof::None, Proof::Crc32(crc(b"abcdef")), Proof::Sha256(hash.clone())] {
            assert_eq!(sent(&[b"abc", b"def"], proof).await, (b"abcdef".to_vec(), true));
        }
        for proof in [Proof::Crc32(crc(b"abcdef")), Proof::Sha256(hash)] {
            assert_eq!(sent(&[b"abc", b"deF"], proof.clone()).await, (b"abc".to_vec(), false));
            assert_eq!(sent(&[b"abc"], proof.clone()).await, (Vec::new(), false), "cut short");
            assert_eq!(sent(&[], proof).await, (Vec::new(), false), "nothing at all");
        }
    }

    #[tokio::test]
    async fn deflated_bytes_are_proved_by_what_they_inflate_to() {
        let content: Vec<u8> = (0..600_000_u32).flat_map(|n| (n / 7).to_be_bytes()).collect();
        let mut packing = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        packing.write_all(&content).unwrap();
        let packed = packing.finish().unwrap();
        let proof = Proof::Deflated { crc32: crc(&content), size: content.len() as u64 };
        let pieces: Vec<&[u8]> = packed.chunks(1_000).collect();
        assert_eq!(sent(&pieces, proof.clone()).await, (packed.clone(), true));
        // Not the very last byte, whose last bits mean nothing.
        for at in [0, packed.len() / 2, packed.len() - 100] {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x10;
            let pieces: Vec<&[u8]> = damaged.chunks(1_000).collect();
            assert!(!sent(&pieces, proof.clone()).await.1, "byte {at}");
        }
        let size = content.len() as u64 - 1;
        assert!(!sent(&pieces, Proof::Deflated { crc32: crc(&content), size }).await.1, "longer than promised");
    }
}
