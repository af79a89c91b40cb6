//! Reading every entry once: its checksum and size are proved and its first bytes decide its kind, in one pass.

use super::{Entry, Limits};
use crate::blob::{ReadAt, Section, read_up_to};
use crate::content::{DEFLATED, Damage, EntryReader, GZIP_HEADER, STORED, gzip_trailer, open};
use crate::flag::{Flag, raise};
use crate::kind::{FileType, SNIFF_BYTES, classify};
use libdeflater::Decompressor;
use std::io::{self, Read};

/// Entries up to this size are inflated in memory at a stroke, which is nearly twice as fast as streaming them.
const WHOLE_BYTES: u64 = 4 << 20;
/// Deflate's best case; a size beyond is a lie that need not be inflated to be seen.
const MAX_DEFLATE_RATIO: u64 = 1032;

/// Checks the entries in the order in which they lie in the blob, and sets their kinds and flags.
pub(super) fn verify(blob: &dyn ReadAt, entries: &mut [Entry], limits: &Limits) -> io::Result<()> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_unstable_by_key(|&at| entries[at].data_offset);
    let mut verifier = Verifier {
        blob,
        inflate: Decompressor::new(),
        packed: Vec::new(),
        whole: Vec::new(),
        head: Vec::new(),
        budget: limits.max_verified_bytes,
    };
    for at in order {
        let entry = &mut entries[at];
        verifier.head.clear();
        verifier.check(entry, limits)?;
        (entry.file_type, entry.media_type) = match entry.flags.contains(&Flag::Symlink) {
            true => (FileType::Text, "text/plain".to_owned()),
            false => {
                let (file_type, media_type) = classify(&entry.name, &verifier.head);
                (file_type, media_type.to_owned())
            }
        };
    }
    Ok(())
}

struct Verifier<'a> {
    blob: &'a dyn ReadAt,
    inflate: Decompressor,
    packed: Vec<u8>,
    whole: Vec<u8>,
    /// The first bytes of the entry at hand.
    head: Vec<u8>,
    budget: u64,
}

impl<'a> Verifier<'a> {
    fn check(&mut self, entry: &mut Entry, limits: &Limits) -> io::Result<()> {
        if declares_impossible_size(entry) {
            raise(&mut entry.flags, Flag::SizeMismatch);
        }
        if entry.size_bytes > limits.max_file_bytes {
            raise(&mut entry.flags, Flag::TooLarge);
        }
        if entry.flags.iter().any(|flag| matches!(flag, Flag::Encrypted | Flag::UnsupportedMethod | Flag::Corrupt)) {
            return Ok(());
        }
        if entry.flags.iter().any(|flag| matches!(flag, Flag::TooLarge | Flag::SizeMismatch)) {
            return self.sniff(entry);
        }
        if entry.size_bytes > self.budget {
            raise(&mut entry.flags, Flag::Unverified);
            return self.sniff(entry);
        }
        self.budget -= entry.size_bytes;
        let is_small = entry.size_bytes <= WHOLE_BYTES && entry.compressed_bytes <= WHOLE_BYTES;
        if entry.method == DEFLATED && is_small && self.inflate_whole(entry)? {
            return Ok(());
        }
        self.stream(entry)
    }

    /// Inflates a small entry exactly as it will be served, as a gzip body. False where that fails, without saying why.
    ///
    /// This decoder also gives a meaning to deflate's reserved symbols, which no compressor writes and which zlib, and so
    /// a browser, rejects. Such content is proved like any other, but [`open`] then fails with [`Damage::Garbled`].
    fn inflate_whole(&mut self, entry: &Entry) -> io::Result<bool> {
        let (packed_len, size) = (entry.compressed_bytes as usize, entry.size_bytes as usize);
        self.packed.clear();
        self.packed.extend_from_slice(&GZIP_HEADER);
        self.packed.resize(GZIP_HEADER.len() + packed_len, 0);
        let count = read_up_to(self.blob, &mut self.packed[GZIP_HEADER.len()..], entry.data_offset)?;
        if count < packed_len {
            return Ok(false);
        }
        self.packed.extend_from_slice(&gzip_trailer(entry.crc32, entry.size_bytes));
        if self.whole.len() < size {
            self.whole.resize(size, 0);
        }
        let is_sound = self.inflate.gzip_decompress(&self.packed, &mut self.whole[..size]) == Ok(size);
        if is_sound {
            self.head.extend_from_slice(&self.whole[..size.min(SNIFF_BYTES)]);
        }
        Ok(is_sound)
    }

    /// Reads an entry of any size to its end in constant memory, and flags what is wrong with it.
    fn stream(&mut self, entry: &mut Entry) -> io::Result<()> {
        let mut reader = self.open(entry);
        if self.whole.len() < 64 * 1024 {
            self.whole.resize(64 * 1024, 0);
        }
        loop {
            match reader.read(&mut self.whole) {
                Ok(0) => return Ok(()),
                Ok(count) => extend_head(&mut self.head, &self.whole[..count]),
                Err(error) => return flag_damage(entry, error),
            }
        }
    }

    /// Reads no more than an entry's first bytes, which say nothing about the rest.
    fn sniff(&mut self, entry: &mut Entry) -> io::Result<()> {
        let mut reader = self.open(entry).take(SNIFF_BYTES as u64);
        match reader.read_to_end(&mut self.head) {
            Ok(_) => Ok(()),
            Err(error) => flag_damage(entry, error),
        }
    }

    fn open(&self, entry: &Entry) -> EntryReader<Section<'a>> {
        open(
            Section::new(self.blob, entry.data_offset, entry.compressed_bytes),
            entry.method,
            entry.size_bytes,
            entry.crc32,
        )
    }
}

fn extend_head(head: &mut Vec<u8>, bytes: &[u8]) {
    let missing = SNIFF_BYTES.saturating_sub(head.len());
    head.extend_from_slice(&bytes[..bytes.len().min(missing)]);
}

fn declares_impossible_size(entry: &Entry) -> bool {
    match entry.method {
        STORED => entry.size_bytes != entry.compressed_bytes,
        DEFLATED => entry.size_bytes > entry.compressed_bytes.saturating_mul(MAX_DEFLATE_RATIO),
        _ => false,
    }
}

/// Turns damage into a flag. An error of the blob itself is passed on, for it says nothing about the entry.
fn flag_damage(entry: &mut Entry, error: io::Error) -> io::Result<()> {
    let damage = error.get_ref().and_then(|source| source.downcast_ref::<Damage>()).copied();
    let flag = match damage {
        Some(Damage::Short | Damage::Long | Damage::Leftover) => Flag::SizeMismatch,
        Some(Damage::Truncated | Damage::Garbled | Damage::Checksum) => Flag::Corrupt,
        Some(Damage::Method(_)) => Flag::UnsupportedMethod,
        None => return Err(error),
    };
    raise(&mut entry.flags, flag);
    Ok(())
}
