//! Writes zips exactly as the artifact uploader does: every entry with bit 3 set, zero sizes in the local header and
//! a data descriptor (also when stored), made-by Unix 4.5, the UTF-8 flag only for names that need it, no extra
//! fields except the zip64 one in the central directory when sizes demand it. Deterministic: same input, same bytes.

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress};

use crate::rope::{Pattern, Rope, Segment};

/// 2024-02-13 20:55:58, the fixed time stamp of every entry: zips must not change with the clock.
const DOS_TIME: u16 = 0xa6fd;
const DOS_DATE: u16 = 0x584d;
const SIZES_AFTER_DATA: u16 = 0x0008;
const NAME_IS_UTF8: u16 = 0x0800;
const MADE_BY_UNIX_45: u16 = 0x032d;
/// A regular file, rw-r--r--, with the DOS archive bit, as recorded from the uploader.
const FILE_ATTRIBUTES: u32 = 0x81a4_0020;

/// One entry, compressed and ready to be placed in any number of zips.
#[derive(Clone, Debug)]
pub struct Entry {
    name: Vec<u8>,
    method: u16,
    crc32: u32,
    size: u64,
    packed: Packed,
}

#[derive(Clone, Debug)]
enum Packed {
    Bytes(Bytes),
    Pattern(Pattern),
    /// One after the other.
    Pieces(Vec<Bytes>),
}

impl Packed {
    fn len(&self) -> u64 {
        match self {
            Packed::Bytes(bytes) => bytes.len() as u64,
            Packed::Pattern(pattern) => pattern.len,
            Packed::Pieces(pieces) => pieces.iter().map(|piece| piece.len() as u64).sum(),
        }
    }
}

impl Entry {
    /// An entry compressed with deflate, as the uploader's default does with every file.
    pub fn deflated(name: impl Into<Vec<u8>>, content: &[u8]) -> Entry {
        Entry {
            name: name.into(),
            method: 8,
            crc32: crc32fast::hash(content),
            size: content.len() as u64,
            packed: Packed::Bytes(deflate(content).into()),
        }
    }

    /// An entry stored as it is, as the uploader does with compression level 0.
    pub fn stored(name: impl Into<Vec<u8>>, content: impl Into<Bytes>) -> Entry {
        let content = content.into();
        Entry {
            name: name.into(),
            method: 0,
            crc32: crc32fast::hash(&content),
            size: content.len() as u64,
            packed: Packed::Bytes(content),
        }
    }

    /// A stored entry of any size that is never held in memory.
    pub fn generated(name: impl Into<Vec<u8>>, pattern: Pattern) -> Entry {
        Entry {
            name: name.into(),
            method: 0,
            crc32: pattern.crc32(),
            size: pattern.len,
            packed: Packed::Pattern(pattern),
        }
    }

    /// An entry whose content is `head`, `body` so many `times`, and `tail`: the body is compressed and held once.
    pub fn repeated(name: impl Into<Vec<u8>>, head: &[u8], body: &[u8], times: usize, tail: &[u8]) -> Entry {
        let mut crc32 = crc32fast::Hasher::new();
        crc32.update(head);
        (0..times).for_each(|_| crc32.update(body));
        crc32.update(tail);
        let body_packed = Bytes::from(deflate_to(body, FlushCompress::Full));
        let mut pieces = vec![Bytes::from(deflate_to(head, FlushCompress::Full))];
        pieces.extend(std::iter::repeat_n(body_packed, times));
        pieces.push(deflate(tail).into());
        Entry {
            name: name.into(),
            method: 8,
            crc32: crc32.finalize(),
            size: (head.len() + body.len() * times + tail.len()) as u64,
            packed: Packed::Pieces(pieces),
        }
    }

    /// The same content under another name.
    pub fn renamed(&self, name: impl Into<Vec<u8>>) -> Entry {
        Entry { name: name.into(), ..self.clone() }
    }

    /// The uncompressed size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    fn flags(&self) -> u16 {
        if self.name.is_ascii() { SIZES_AFTER_DATA } else { SIZES_AFTER_DATA | NAME_IS_UTF8 }
    }

    fn is_large(&self) -> bool {
        self.size >= u64::from(u32::MAX) || self.packed.len() >= u64::from(u32::MAX)
    }
}

/// Raw deflate at level 6, the uploader's default.
pub fn deflate(content: &[u8]) -> Vec<u8> {
    deflate_to(content, FlushCompress::Finish)
}

/// Raw deflate up to an end of this kind: after a full flush, more may follow that knows nothing of what came before.
fn deflate_to(content: &[u8], end: FlushCompress) -> Vec<u8> {
    let mut compress = Compress::new(Compression::new(6), false);
    let mut packed = Vec::with_capacity(content.len() / 2 + 64);
    loop {
        let read = compress.total_in() as usize;
        // Compressing from memory into a growing buffer has no failure to report.
        let status = compress.compress_vec(&content[read..], &mut packed, end);
        let is_flushed = compress.total_in() as usize == content.len() && packed.len() < packed.capacity();
        if matches!(status, Ok(flate2::Status::StreamEnd) | Err(_)) || end == FlushCompress::Full && is_flushed {
            return packed;
        }
        packed.reserve(packed.len().max(64));
    }
}

/// Puts the entries together, in the order given.
pub fn archive<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Rope {
    let mut rope = Rope::default();
    let mut central = Vec::new();
    let mut count = 0u64;
    for entry in entries {
        let offset = rope.len();
        rope.push(Segment::Bytes(local_header(entry).into()));
        match &entry.packed {
            Packed::Bytes(bytes) => rope.push(Segment::Bytes(bytes.clone())),
            Packed::Pattern(pattern) => rope.push(Segment::Pattern(pattern.clone())),
            Packed::Pieces(pieces) => pieces.iter().for_each(|piece| rope.push(Segment::Bytes(piece.clone()))),
        }
        rope.push(Segment::Bytes(descriptor(entry).into()));
        write_central_header(&mut central, entry, offset);
        count += 1;
    }
    let end = end_of_directory(rope.len(), central.len() as u64, count);
    rope.push(Segment::Bytes(central.into()));
    rope.push(Segment::Bytes(end.into()));
    rope
}

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn local_header(entry: &Entry) -> Vec<u8> {
    let mut out = Vec::with_capacity(30 + entry.name.len());
    put32(&mut out, 0x0403_4b50);
    put16(&mut out, 20);
    put16(&mut out, entry.flags());
    put16(&mut out, entry.method);
    put16(&mut out, DOS_TIME);
    put16(&mut out, DOS_DATE);
    put32(&mut out, 0);
    put32(&mut out, 0);
    put32(&mut out, 0);
    put16(&mut out, entry.name.len() as u16);
    put16(&mut out, 0);
    out.extend_from_slice(&entry.name);
    out
}

fn descriptor(entry: &Entry) -> Vec<u8> {
    let mut out = Vec::with_capacity(24);
    put32(&mut out, 0x0807_4b50);
    put32(&mut out, entry.crc32);
    if entry.is_large() {
        put64(&mut out, entry.packed.len());
        put64(&mut out, entry.size);
    } else {
        put32(&mut out, entry.packed.len() as u32);
        put32(&mut out, entry.size as u32);
    }
    out
}

fn write_central_header(out: &mut Vec<u8>, entry: &Entry, offset: u64) {
    let large = entry.is_large() || offset >= u64::from(u32::MAX);
    let narrow = |value: u64| if large { u32::MAX } else { value as u32 };
    put32(out, 0x0201_4b50);
    put16(out, MADE_BY_UNIX_45);
    put16(out, if large { 45 } else { 20 });
    put16(out, entry.flags());
    put16(out, entry.method);
    put16(out, DOS_TIME);
    put16(out, DOS_DATE);
    put32(out, entry.crc32);
    put32(out, narrow(entry.packed.len()));
    put32(out, narrow(entry.size));
    put16(out, entry.name.len() as u16);
    put16(out, if large { 28 } else { 0 });
    put16(out, 0);
    put16(out, 0);
    put16(out, 0);
    put32(out, FILE_ATTRIBUTES);
    put32(out, narrow(offset));
    out.extend_from_slice(&entry.name);
    if large {
        put16(out, 0x0001);
        put16(out, 24);
        put64(out, entry.size);
        put64(out, entry.packed.len());
        put64(out, offset);
    }
}

fn end_of_directory(offset: u64, size: u64, count: u64) -> Vec<u8> {
    let large = count > 0xffff || offset >= u64::from(u32::MAX) || size >= u64::from(u32::MAX);
    let mut out = Vec::with_capacity(98);
    if large {
        put32(&mut out, 0x0606_4b50);
        put64(&mut out, 44);
        put16(&mut out, 45);
        put16(&mut out, 45);
        put32(&mut out, 0);
        put32(&mut out, 0);
        put64(&mut out, count);
        put64(&mut out, count);
        put64(&mut out, size);
        put64(&mut out, offset);
        put32(&mut out, 0x0706_4b50);
        put32(&mut out, 0);
        put64(&mut out, offset + size);
        put32(&mut out, 1);
    }
    put32(&mut out, 0x0605_4b50);
    put16(&mut out, 0);
    put16(&mut out, 0);
    put16(&mut out, if large { u16::MAX } else { count as u16 });
    put16(&mut out, if large { u16::MAX } else { count as u16 });
    put32(&mut out, if large { u32::MAX } else { size as u32 });
    put32(&mut out, if large { u32::MAX } else { offset as u32 });
    put16(&mut out, 0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_deflated_entry_has_the_recorded_header_bytes() {
        let zip = archive([&Entry::deflated("artifact2.txt", b"artifact2\n")]).to_vec();
        let local = "504b030414000800080 0fda64d58000000000000000000000000 0d000000".replace(' ', "");
        assert_eq!(hex::encode(&zip[..30]), local);
        assert_eq!(&zip[30..43], b"artifact2.txt");
        let packed = deflate(b"artifact2\n");
        let descriptor = &zip[43 + packed.len()..][..16];
        assert_eq!(hex::encode(&descriptor[..4]), "504b0708");
        assert_eq!(descriptor[8..12], (packed.len() as u32).to_le_bytes());
        assert_eq!(descriptor[12..16], 10u32.to_le_bytes());
        let central = &zip[43 + packed.len() + 16..];
        let head = "504b01022d031400080008 00fda64d58".replace(' ', "");
        assert_eq!(hex::encode(&central[..16]), head);
        assert_eq!(hex::encode(&central[38..42]), "2000a481");
        assert_eq!(hex::encode(&zip[zip.len() - 22..][..12]), "504b05060000000001000100");
    }

    #[test]
    fn a_stored_entry_has_a_descriptor_too_and_only_foreign_names_carry_the_utf8_flag() {
        let zip = archive([&Entry::stored("a.txt", &b"hello"[..]), &Entry::stored("größe.txt", &b"x"[..])]).to_vec();
        assert_eq!(zip[6..10], [0x08, 0x00, 0x00, 0x00]);
        assert_eq!(zip[14..26], [0; 12]);
        assert_eq!(&zip[35..40], b"hello");
        assert_eq!(hex::encode(&zip[40..44]), "504b0708");
        let second = &zip[56..];
        assert_eq!(second[6..8], [0x08, 0x08]);
    }

    #[test]
    fn a_repeated_entry_inflates_to_all_of_it() {
        let body = crate::content::filler(3, 70_000);
        let entry = Entry::repeated("big.txt", b"[", &body, 5, b"]");
        let whole = [b"[".as_slice(), &body.repeat(5), b"]"].concat();
        let zip = archive([&entry]).to_vec();
        let mut inflated = Vec::new();
        let packed = &zip[30 + "big.txt".len()..];
        std::io::Read::read_to_end(&mut flate2::read::DeflateDecoder::new(packed), &mut inflated).unwrap();
        assert!(inflated == whole);
        assert_eq!((entry.size(), entry.crc32), (whole.len() as u64, crc32fast::hash(&whole)));
    }

    #[test]
    fn an_entry_beyond_4_gib_has_a_long_descriptor_and_a_short_local_header() {
        let pattern = Pattern::new(9, 5 << 30).with_crc32(0x1234_5678);
        let zip = archive([&Entry::generated("big.bin", pattern)]);
        let local = zip.slice(0, 30);
        assert_eq!(local[4..6], [20, 0]);
        assert_eq!(local[28..30], [0, 0]);
        let descriptor = zip.slice(37 + (5u64 << 30), 24);
        assert_eq!(hex::encode(&descriptor[..8]), "504b070878563412");
        assert_eq!(descriptor[8..16], (5u64 << 30).to_le_bytes());
        let central = zip.slice(37 + (5u64 << 30) + 24, 46 + 7 + 28);
        assert_eq!(central[6..8], [45, 0]);
        assert_eq!(central[20..28], [0xff; 8]);
        assert_eq!(central[53..57], [1, 0, 24, 0]);
        let tail = zip.slice(zip.len() - 22, 22);
        assert_eq!(tail[16..20], [0xff; 4]);
    }
}
