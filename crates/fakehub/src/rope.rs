//! A long run of bytes made of shared pieces and of pieces computed on demand, read by range without ever being
//! held in memory as a whole.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::noise::Noise;

const BLOCK_BYTES: u64 = 1 << 20;
/// The largest piece handed to a listener at once.
pub const CHUNK_BYTES: u64 = 256 << 10;

/// One piece of a rope.
#[derive(Clone, Debug)]
pub enum Segment {
    /// Bytes at hand.
    Bytes(Bytes),
    /// Bytes computed from a seed.
    Pattern(Pattern),
    /// Bytes made block by block.
    Blocks(Blocks),
}

impl Segment {
    fn len(&self) -> u64 {
        match self {
            Segment::Bytes(bytes) => bytes.len() as u64,
            Segment::Pattern(pattern) => pattern.len,
            Segment::Blocks(blocks) => blocks.count * blocks.block_bytes,
        }
    }
}

/// A function that makes a block from its number; it must answer the same every time, and always as many bytes.
pub type MakeBlock = Arc<dyn Fn(u64) -> Bytes + Send + Sync>;

/// Blocks of one size, each made when it is read: text of any length that is never held in memory.
#[derive(Clone)]
pub struct Blocks {
    count: u64,
    block_bytes: u64,
    make: MakeBlock,
}

impl std::fmt::Debug for Blocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blocks").field("count", &self.count).field("block_bytes", &self.block_bytes).finish()
    }
}

impl Blocks {
    /// So many blocks, of the size of the first.
    pub fn new(count: u64, make: MakeBlock) -> Blocks {
        let block_bytes = make(0).len() as u64;
        Blocks { count, block_bytes, make }
    }

    /// From `offset` to the end of its block, `len` bytes at most.
    fn slice(&self, offset: u64, len: u64) -> Bytes {
        let block = (self.make)(offset / self.block_bytes);
        let start = (offset % self.block_bytes) as usize;
        block.slice(start..block.len().min(start + len as usize))
    }
}

/// Incompressible bytes of any length: one pseudo-random mebibyte, repeated, with the number of the repetition
/// written over its first eight bytes.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// How long it is, in bytes.
    pub len: u64,
    block: Arc<OnceLock<Bytes>>,
    crc32: Arc<OnceLock<u32>>,
    seed: u64,
}

impl Pattern {
    /// The pattern of a seed.
    pub fn new(seed: u64, len: u64) -> Pattern {
        Pattern { len, block: Arc::default(), crc32: Arc::default(), seed }
    }

    /// Sets the checksum without computing it, which only tests of layouts want.
    #[cfg(test)]
    pub fn with_crc32(self, crc32: u32) -> Pattern {
        let _ = self.crc32.set(crc32);
        self
    }

    /// The checksum of the whole; computed once.
    pub fn crc32(&self) -> u32 {
        *self.crc32.get_or_init(|| {
            let mut hasher = crc32fast::Hasher::new();
            let mut at = 0;
            while at < self.len {
                let chunk = self.slice(at, BLOCK_BYTES.min(self.len - at));
                hasher.update(&chunk);
                at += chunk.len() as u64;
            }
            hasher.finalize()
        })
    }

    fn slice(&self, offset: u64, len: u64) -> Bytes {
        let block = self.block.get_or_init(|| {
            let mut bytes = vec![0; BLOCK_BYTES as usize];
            Noise::keyed(self.seed, 0xb10c).fill(&mut bytes);
            bytes.into()
        });
        let start = offset % BLOCK_BYTES;
        let len = len.min(BLOCK_BYTES - start).min(self.len - offset);
        if start >= 8 {
            return block.slice(start as usize..(start + len) as usize);
        }
        let mut bytes = block[start as usize..(start + len) as usize].to_vec();
        let number = (offset / BLOCK_BYTES).to_le_bytes();
        let visible = (8 - start).min(len) as usize;
        bytes[..visible].copy_from_slice(&number[start as usize..start as usize + visible]);
        bytes.into()
    }
}

/// The pieces in order.
#[derive(Clone, Debug, Default)]
pub struct Rope {
    segments: Vec<(u64, Segment)>,
    len: u64,
}

impl Rope {
    /// Appends a piece.
    pub fn push(&mut self, segment: Segment) {
        let len = segment.len();
        if len > 0 {
            self.segments.push((self.len, segment));
            self.len += len;
        }
    }

    /// Appends the pieces of another.
    pub fn append(&mut self, other: Rope) {
        other.segments.into_iter().for_each(|(_, segment)| self.push(segment));
    }

    /// The whole length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Up to `limit` bytes from `offset`; fewer at the edge of a piece, none at the end.
    pub fn chunk(&self, offset: u64, limit: u64) -> Bytes {
        if offset >= self.len {
            return Bytes::new();
        }
        let index = self.segments.partition_point(|(start, _)| *start <= offset) - 1;
        let (start, segment) = &self.segments[index];
        let inside = offset - start;
        let len = limit.min(segment.len() - inside);
        match segment {
            Segment::Bytes(bytes) => bytes.slice(inside as usize..(inside + len) as usize),
            Segment::Pattern(pattern) => pattern.slice(inside, len),
            Segment::Blocks(blocks) => blocks.slice(inside, len),
        }
    }

    /// Exactly the given range, copied.
    pub fn slice(&self, offset: u64, len: u64) -> Vec<u8> {
        let end = (offset + len).min(self.len);
        let mut bytes = Vec::with_capacity(len as usize);
        let mut at = offset;
        while at < end {
            let chunk = self.chunk(at, end - at);
            at += chunk.len() as u64;
            bytes.extend_from_slice(&chunk);
        }
        bytes
    }

    /// Everything, copied. Not for ropes of gigabytes.
    pub fn to_vec(&self) -> Vec<u8> {
        self.slice(0, self.len)
    }

    /// The SHA-256 of the whole, in hexadecimal.
    pub fn sha256(&self) -> String {
        let mut hasher = Sha256::new();
        let mut at = 0;
        while at < self.len {
            let chunk = self.chunk(at, BLOCK_BYTES);
            hasher.update(&chunk);
            at += chunk.len() as u64;
        }
        hex::encode(hasher.finalize())
    }
}

impl From<Bytes> for Rope {
    fn from(bytes: Bytes) -> Rope {
        let mut rope = Rope::default();
        rope.push(Segment::Bytes(bytes));
        rope
    }
}

impl From<Vec<u8>> for Rope {
    fn from(bytes: Vec<u8>) -> Rope {
        Rope::from(Bytes::from(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_read_the_same_whole_and_in_odd_pieces() {
        let mut rope = Rope::from(Bytes::from_static(b"head"));
        rope.push(Segment::Blocks(Blocks::new(9, Arc::new(|number| format!("block {number:>5}\n").into()))));
        let whole = rope.to_vec();
        assert_eq!(whole.len() as u64, rope.len());
        assert!(whole.ends_with(b"block     8\n"));
        let mut pieces = Vec::new();
        while (pieces.len() as u64) < rope.len() {
            pieces.extend_from_slice(&rope.chunk(pieces.len() as u64, 5));
        }
        assert_eq!(whole, pieces);
    }

    #[test]
    fn a_pattern_reads_the_same_whole_and_in_odd_pieces() {
        let mut rope = Rope::from(Bytes::from_static(b"head"));
        rope.push(Segment::Pattern(Pattern::new(3, (2 << 20) + 77)));
        let whole = rope.to_vec();
        assert_eq!(whole.len() as u64, rope.len());
        let mut pieces = Vec::new();
        while (pieces.len() as u64) < rope.len() {
            pieces.extend_from_slice(&rope.chunk(pieces.len() as u64, 4093));
        }
        assert!(whole == pieces);
        assert_ne!(whole[4..12], whole[4 + (1 << 20)..12 + (1 << 20)]);
        let pattern = Pattern::new(3, (2 << 20) + 77);
        assert_eq!(pattern.crc32(), crc32fast::hash(&whole[4..]));
    }
}
