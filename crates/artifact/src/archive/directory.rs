//! Finding and reading the central directory. Local headers and content are left to the next steps.

use super::{Draft, Entry, Limits, Refusal};
use crate::blob::{ReadAt, read_up_to};
use crate::flag::{ArchiveFlag, Flag, raise};
use crate::kind::FileType;
use rawzip::{ErrorKind, ZipArchive, ZipFileHeaderRecord, ZipLocator};
use std::io;

/// The smallest record of a central directory, which bounds how many a blob can hold.
const SMALLEST_RECORD_BYTES: u64 = 46;
/// How many end records are tried, last first, before the archive is given up.
const MAX_END_RECORDS: usize = 8;
/// How much of a body that is no archive is quoted.
const HEAD_BYTES: usize = 64;
/// Where a tar names itself, and how.
const TAR_MAGIC: (u64, &[u8]) = (257, b"ustar");

/// The central directory as it was found.
pub(super) struct Directory {
    pub(super) drafts: Vec<Draft>,
    pub(super) skipped: u64,
    pub(super) flags: Vec<ArchiveFlag>,
    /// Where the directory begins; no entry's bytes reach beyond.
    pub(super) start: u64,
}

/// Lets the zip reader read a blob.
struct Reader<'a>(&'a dyn ReadAt);

impl rawzip::ReaderAt for Reader<'_> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buf, offset)
    }
}

/// Reads the directory of the last end record that reads cleanly. Trailing data and comments can hold false ones.
pub(super) fn read(blob: &dyn ReadAt, limits: &Limits) -> Result<Directory, Refusal> {
    let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
    let mut end = blob.len();
    let mut first_refusal = None;
    for _ in 0..MAX_END_RECORDS {
        match attempt(blob, limits, &mut buffer, end)? {
            Attempt::Read(mut directory) => {
                if first_refusal.is_some() {
                    raise(&mut directory.flags, ArchiveFlag::SeveralEndRecords);
                }
                return Ok(directory);
            }
            Attempt::False(offset, refusal) => {
                end = offset;
                first_refusal.get_or_insert(refusal);
            }
            Attempt::NoneLeft => break,
        }
    }
    match first_refusal {
        Some(refusal) => Err(refusal),
        None => Err(refuse_by_head(head(blob)?)),
    }
}

enum Attempt {
    Read(Directory),
    /// The end record at this offset is not one, or its directory does not read.
    False(u64, Refusal),
    NoneLeft,
}

/// Tries the last end record before `end`. Fails where an earlier one could not help.
fn attempt(blob: &dyn ReadAt, limits: &Limits, buffer: &mut [u8], end: u64) -> Result<Attempt, Refusal> {
    let archive = match ZipLocator::new().locate_in_reader(Reader(blob), buffer, end) {
        Ok(archive) => archive,
        Err((_, error)) => match (error.eocd_offset(), refusal(error)) {
            (_, refusal @ Refusal::Unreadable(_)) => return Err(refusal),
            (Some(offset), refusal) => return Ok(Attempt::False(offset, refusal)),
            (None, _) => return Ok(Attempt::NoneLeft),
        },
    };
    match read_records(&archive, blob, limits, buffer) {
        Ok(directory) => Ok(Attempt::Read(directory)),
        Err(refusal @ Refusal::Corrupt(_)) => Ok(Attempt::False(archive.eocd_offset(), refusal)),
        Err(refusal) => Err(refusal),
    }
}

fn is_io(error: &rawzip::Error) -> bool {
    matches!(error.kind(), ErrorKind::IO(source) if source.kind() != io::ErrorKind::UnexpectedEof)
}

fn refusal(error: rawzip::Error) -> Refusal {
    match error.into_kind() {
        ErrorKind::IO(source) if source.kind() == io::ErrorKind::UnexpectedEof => Refusal::Truncated,
        ErrorKind::IO(source) => Refusal::Unreadable(source),
        ErrorKind::Eof => Refusal::Truncated,
        other => Refusal::Corrupt(other.to_string().to_lowercase()),
    }
}

/// A body without an end record is a truncated archive if it begins like an archive, and none at all otherwise.
fn refuse_by_head(head: Vec<u8>) -> Refusal {
    if begins_like_a_zip(&head) { Refusal::Truncated } else { Refusal::NotAZip { head } }
}

fn head(blob: &dyn ReadAt) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD_BYTES];
    let count = read_up_to(blob, &mut head, 0)?;
    head.truncate(count);
    Ok(head)
}

fn begins_like_a_zip(head: &[u8]) -> bool {
    [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"].iter().any(|signature| head.starts_with(*signature))
}

fn read_records(
    archive: &ZipArchive<Reader<'_>>,
    blob: &dyn ReadAt,
    limits: &Limits,
    buffer: &mut [u8],
) -> Result<Directory, Refusal> {
    let claimed = archive.entries_hint();
    refuse_claim(claimed, blob.len(), limits)?;
    let mut directory =
        Directory { drafts: Vec::new(), skipped: 0, flags: Vec::new(), start: archive.directory_offset() };
    let mut lowest_offset = archive.directory_offset();
    let mut found: u64 = 0;
    let mut name_bytes: u64 = 0;
    let mut records = archive.entries(buffer);
    loop {
        let record = match records.next_entry() {
            Ok(Some(record)) => record,
            Ok(None) => break,
            Err(error) if is_io(&error) => return Err(refusal(error)),
            // Some writers leave a gap before the end record. Nothing is missing where the count is complete.
            Err(_) if found > 0 && found == claimed => {
                raise(&mut directory.flags, ArchiveFlag::DirectoryGap);
                break;
            }
            Err(_) if found == 0 && claimed == 0 && is_empty_zip64(blob, archive)? => break,
            Err(error) => {
                return Err(Refusal::Corrupt(format!(
                    "record {found} of its directory does not read ({})",
                    error.to_string().to_lowercase()
                )));
            }
        };
        if found >= limits.max_entries.min(u64::from(u32::MAX)) {
            return Err(Refusal::TooManyEntries { found: found + 1, limit: limits.max_entries });
        }
        name_bytes += record.file_path().len() as u64;
        if name_bytes > limits.max_total_name_bytes {
            return Err(Refusal::NamesTooLarge { limit: limits.max_total_name_bytes });
        }
        lowest_offset = lowest_offset.min(record.local_header_offset());
        match is_directory(&record) {
            true => directory.skipped += 1,
            false => directory.drafts.push(draft(&record, found as u32)),
        }
        found += 1;
    }
    // Without zip64 the count wraps at 65,536, which many writers rely on.
    if found != claimed && found & 0xffff != claimed {
        raise(&mut directory.flags, ArchiveFlag::CountMismatch);
    }
    flag_surroundings(&mut directory.flags, lowest_offset, archive.end_offset(), blob)?;
    Ok(directory)
}

/// An archive of nothing but its three zip64 end records, whose first the zip reader takes for a directory at offset 0.
fn is_empty_zip64(blob: &dyn ReadAt, archive: &ZipArchive<Reader<'_>>) -> Result<bool, Refusal> {
    const END_BYTES: u64 = 56 + 20;
    let is_alone = archive.directory_offset() == 0 && archive.eocd_offset() == END_BYTES;
    Ok(is_alone && head(blob)?.starts_with(b"PK\x06\x06"))
}

fn refuse_claim(claimed: u64, blob_bytes: u64, limits: &Limits) -> Result<(), Refusal> {
    if claimed > blob_bytes / SMALLEST_RECORD_BYTES && claimed > limits.max_entries {
        return Err(Refusal::Corrupt(format!("its directory claims {claimed} entries, more than could fit")));
    }
    if claimed > limits.max_entries {
        return Err(Refusal::TooManyEntries { found: claimed, limit: limits.max_entries });
    }
    Ok(())
}

fn flag_surroundings(
    flags: &mut Vec<ArchiveFlag>,
    lowest_offset: u64,
    end: u64,
    blob: &dyn ReadAt,
) -> Result<(), Refusal> {
    let has_trailing = end < blob.len();
    if lowest_offset > 0 {
        let head = head(blob)?;
        // A tar that ends with a zip would otherwise be taken for that zip.
        if is_tar(blob)? {
            return Err(Refusal::NotAZip { head });
        }
        // So would a zip that lost its own end but not that of a zip stored inside it.
        if has_trailing && begins_like_a_zip(&head) {
            return Err(Refusal::Truncated);
        }
        raise(flags, ArchiveFlag::LeadingData);
    }
    if has_trailing {
        raise(flags, ArchiveFlag::TrailingData);
    }
    Ok(())
}

fn is_tar(blob: &dyn ReadAt) -> io::Result<bool> {
    let mut magic = [0; TAR_MAGIC.1.len()];
    read_up_to(blob, &mut magic, TAR_MAGIC.0)?;
    Ok(magic == TAR_MAGIC.1)
}

fn is_directory(record: &ZipFileHeaderRecord<'_>) -> bool {
    record.is_dir() && record.uncompressed_size_hint() == 0
}

fn draft(record: &ZipFileHeaderRecord<'_>, ordinal: u32) -> Draft {
    let mut flags = Vec::new();
    let method = record.compression_method().as_u16();
    if record.mode().is_symlink() {
        raise(&mut flags, Flag::Symlink);
    }
    if record.flags().is_encrypted() || record.flags().has_strong_encryption() {
        raise(&mut flags, Flag::Encrypted);
    }
    if !matches!(method, crate::content::STORED | crate::content::DEFLATED) {
        raise(&mut flags, Flag::UnsupportedMethod);
    }
    let entry = Entry {
        ordinal,
        raw_name: record.file_path().as_bytes().to_vec(),
        name: String::new(),
        method,
        data_offset: 0,
        compressed_bytes: record.compressed_size_hint(),
        size_bytes: record.uncompressed_size_hint(),
        crc32: record.crc32(),
        file_type: FileType::Binary,
        media_type: String::new(),
        flags,
    };
    Draft { entry, local_offset: record.local_header_offset(), has_utf8_flag: record.flags().is_utf8() }
}
