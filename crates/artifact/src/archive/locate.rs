//! Finding each entry's bytes through its local header, and refusing entries that share bytes.

use super::directory::Directory;
use super::{Draft, Refusal};
use crate::blob::{ReadAt, read_up_to};
use crate::flag::{Flag, raise};
use std::io;

const HEADER_BYTES: usize = 30;
const SIGNATURE: [u8; 4] = *b"PK\x03\x04";
const ENCRYPTED: u16 = 1;
const DATA_DESCRIPTOR: u16 = 1 << 3;
/// Stands for "see the zip64 field" in a 32-bit size.
const SEE_ZIP64: u32 = u32::MAX;
const ZIP64_FIELD: u16 = 1;

/// Sets every entry's data range. An entry without a sound range is corrupt; two ranges that overlap refuse the archive.
pub(super) fn locate(blob: &dyn ReadAt, directory: &mut Directory) -> Result<(), Refusal> {
    let mut order: Vec<usize> = (0..directory.drafts.len()).collect();
    order.sort_unstable_by_key(|&at| (directory.drafts[at].local_offset, at));
    let mut buffer = Vec::new();
    let mut furthest: Option<(u64, u32)> = None;
    for at in order {
        let draft = &mut directory.drafts[at];
        let local = LocalHeader::read(blob, draft, &mut buffer)?;
        let (Some(local), Some(end)) =
            (&local, local.as_ref().and_then(|local| end_of_data(local, draft, directory.start)))
        else {
            give_up(draft, local.as_ref(), blob.len());
            continue;
        };
        if let Some((reached, first)) = furthest
            && draft.local_offset < reached
        {
            return Err(Refusal::Overlap { first, second: draft.entry.ordinal });
        }
        furthest = Some((end, draft.entry.ordinal));
        draft.entry.data_offset = local.data_offset;
        draft.entry.size_bytes = draft.entry.size_bytes.min(i64::MAX as u64);
        if local.contradicts {
            raise(&mut draft.entry.flags, Flag::Inconsistent);
        }
    }
    Ok(())
}

/// Where the entry's bytes end, unless they would reach into the directory or beyond.
fn end_of_data(local: &LocalHeader, draft: &Draft, directory_start: u64) -> Option<u64> {
    local.data_offset.checked_add(draft.entry.compressed_bytes).filter(|&end| end <= directory_start)
}

/// Keeps the entry listed with a range that lies within the blob, and its claims within what a database can hold.
fn give_up(draft: &mut Draft, local: Option<&LocalHeader>, blob_bytes: u64) {
    let entry = &mut draft.entry;
    raise(&mut entry.flags, Flag::Corrupt);
    if local.is_some_and(|local| local.contradicts) {
        raise(&mut entry.flags, Flag::Inconsistent);
    }
    entry.data_offset = local.map_or(draft.local_offset, |local| local.data_offset).min(blob_bytes);
    entry.compressed_bytes = entry.compressed_bytes.min(blob_bytes - entry.data_offset);
    entry.size_bytes = entry.size_bytes.min(i64::MAX as u64);
}

struct LocalHeader {
    data_offset: u64,
    /// Whether name, method, encryption, sizes or checksum are not those of the central directory.
    contradicts: bool,
}

impl LocalHeader {
    /// Reads the header of an entry, or nothing where there is none.
    fn read(blob: &dyn ReadAt, draft: &Draft, buffer: &mut Vec<u8>) -> io::Result<Option<LocalHeader>> {
        let name_len = draft.entry.raw_name.len();
        buffer.resize(HEADER_BYTES + name_len, 0);
        let count = read_up_to(blob, buffer, draft.local_offset)?;
        let bytes = &buffer[..count];
        if count < HEADER_BYTES || !bytes.starts_with(&SIGNATURE) {
            return Ok(None);
        }
        let (local_name_len, extra_len) = (usize::from(u16_at(bytes, 26)), usize::from(u16_at(bytes, 28)));
        let name_end = draft.local_offset.saturating_add((HEADER_BYTES + local_name_len) as u64);
        let sizes = Sizes { compressed: u32_at(bytes, 18), size: u32_at(bytes, 22) };
        let has_same_name = local_name_len == name_len && bytes.get(HEADER_BYTES..) == Some(&draft.entry.raw_name[..]);
        let contradicts = !has_same_name
            || u16_at(bytes, 8) != draft.entry.method
            || (u16_at(bytes, 6) & ENCRYPTED != 0) != draft.entry.flags.contains(&Flag::Encrypted)
            || contradicts_sizes(blob, draft, u16_at(bytes, 6), u32_at(bytes, 14), &sizes, name_end, extra_len)?;
        Ok(Some(LocalHeader { data_offset: name_end.saturating_add(extra_len as u64), contradicts }))
    }
}

struct Sizes {
    compressed: u32,
    size: u32,
}

fn contradicts_sizes(
    blob: &dyn ReadAt,
    draft: &Draft,
    bits: u16,
    crc: u32,
    sizes: &Sizes,
    extra_offset: u64,
    extra_len: usize,
) -> io::Result<bool> {
    let entry = &draft.entry;
    let is_deferred = bits & DATA_DESCRIPTOR != 0;
    let (compressed, size) = match sizes.compressed == SEE_ZIP64 || sizes.size == SEE_ZIP64 {
        true => zip64_sizes(blob, sizes, extra_offset, extra_len)?,
        false => (u64::from(sizes.compressed), u64::from(sizes.size)),
    };
    // With a descriptor after the data, writers leave these empty, mark them, or fill them in all the same.
    let agrees =
        |local: u64, central: u64| local == central || (is_deferred && (local == 0 || local == u64::from(SEE_ZIP64)));
    Ok(!agrees(u64::from(crc), u64::from(entry.crc32))
        || !agrees(compressed, entry.compressed_bytes)
        || !agrees(size, entry.size_bytes))
}

/// The sizes with their 64-bit values where the extra field holds them: content first, then compressed.
fn zip64_sizes(blob: &dyn ReadAt, sizes: &Sizes, extra_offset: u64, extra_len: usize) -> io::Result<(u64, u64)> {
    let mut extra = vec![0; extra_len];
    let count = read_up_to(blob, &mut extra, extra_offset)?;
    let mut values = zip64_values(&extra[..count]);
    let mut resolve = |short: u32| match short {
        SEE_ZIP64 => values.next().unwrap_or(u64::from(SEE_ZIP64)),
        short => u64::from(short),
    };
    let size = resolve(sizes.size);
    Ok((resolve(sizes.compressed), size))
}

fn zip64_values(extra: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let mut rest = extra;
    let mut field: &[u8] = &[];
    while let [id_low, id_high, len_low, len_high, tail @ ..] = rest {
        let len = usize::from(u16::from_le_bytes([*len_low, *len_high]));
        let Some((body, after)) = tail.split_at_checked(len) else { break };
        if u16::from_le_bytes([*id_low, *id_high]) == ZIP64_FIELD {
            field = body;
            break;
        }
        rest = after;
    }
    field.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes))
}

/// The header is read whole before its fields are, so what is missing reads as zero only in theory.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |chunk| u16::from_le_bytes(*chunk))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |chunk| u32::from_le_bytes(*chunk))
}
