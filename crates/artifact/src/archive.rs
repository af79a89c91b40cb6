//! The index of a zip archive: every record of its central directory, located, checked and classified.
//!
//! Real artifacts leave sizes out of their local headers, so the archive is read through the central directory and
//! nothing else. An archive that lies about its structure is refused before anything is inflated; an entry that lies
//! about itself is flagged and costs that entry only.

mod directory;
mod locate;
mod tar;
mod verify;

pub use tar::{is_tar, scan_single, scan_tar};

use crate::blob::ReadAt;
use crate::flag::{ArchiveFlag, Flag, raise};
use crate::kind::FileType;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io;

/// How much of an archive is taken in. A claim above a limit costs nothing, because it is refused before it is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Records in the central directory, directories included; more refuse the archive.
    pub max_entries: u64,
    /// Inflated size of one entry; larger entries are listed but neither checked nor parsed.
    pub max_file_bytes: u64,
    /// Inflated bytes checked in the whole archive; entries beyond are listed as unverified.
    pub max_verified_bytes: u64,
    /// Length of a raw name above which it is flagged; the entry is still listed.
    pub max_name_bytes: usize,
    /// Length of all raw names together, which have to fit into memory; more refuse the archive.
    pub max_total_name_bytes: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_entries: 100_000,
            max_file_bytes: 100 << 20,
            max_verified_bytes: 10 << 30,
            max_name_bytes: 4096,
            max_total_name_bytes: 32 << 20,
        }
    }
}

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Every file, duplicates included, in the order of the central directory.
    pub entries: Vec<Entry>,
    /// How many records were directories, which are counted in the ordinals but not listed.
    pub skipped_directories: u64,
    /// Why other readers might see another archive.
    pub flags: Vec<ArchiveFlag>,
}

/// One file of an archive.
///
/// `data_offset` and `compressed_bytes` always lie within the blob. Unless a flag says otherwise, the content was read,
/// is `size_bytes` long and has the CRC `crc32`. Sizes are never above `i64::MAX`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Position in the central directory, directories counted.
    pub ordinal: u32,
    /// The exact bytes of the name.
    pub raw_name: Vec<u8>,
    /// The name for people: UTF-8 where it is that, else code page 437, or lossy where UTF-8 was promised. Never a path.
    pub name: String,
    /// Compression method; 0 is stored, 8 is deflated, no other can be read.
    pub method: u16,
    /// Offset of the compressed bytes in the blob.
    pub data_offset: u64,
    /// Length of the compressed bytes.
    pub compressed_bytes: u64,
    /// Length of the content.
    pub size_bytes: u64,
    /// CRC-32 of the content.
    pub crc32: u32,
    /// How the content is shown.
    pub file_type: FileType,
    /// Media type of the content.
    pub media_type: String,
    /// What is remarkable about the entry, in order.
    pub flags: Vec<Flag>,
}

impl Entry {
    /// Whether the content can be read to its end, as far as is known.
    pub fn is_readable(&self) -> bool {
        !self.flags.iter().any(|flag| flag.prevents_reading())
    }
}

/// Why an archive is refused as a whole. Reading it again can only help where [`Refusal::is_permanent`] says no.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
pub enum Refusal {
    /// The bytes are no zip archive; `head` is how they begin.
    #[error("not a zip archive: it begins with \"{}\"", .head.escape_ascii())]
    NotAZip {
        /// The first bytes, at most 64.
        head: Vec<u8>,
    },
    /// More records than the limit.
    #[error("too many entries: at least {found}, where {limit} are allowed")]
    TooManyEntries {
        /// Records found or claimed.
        found: u64,
        /// `Limits::max_entries`.
        limit: u64,
    },
    /// The names do not fit into memory.
    #[error("entry names are too long: more than {limit} bytes in total")]
    NamesTooLarge {
        /// `Limits::max_total_name_bytes`.
        limit: u64,
    },
    /// Two entries share bytes, as in a decompression bomb.
    #[error("entries {first} and {second} overlap")]
    Overlap {
        /// Ordinal of the entry that begins first.
        first: u32,
        /// Ordinal of the entry that begins before the other ends.
        second: u32,
    },
    /// The archive ends in the middle.
    #[error("the archive is truncated")]
    Truncated,
    /// The central directory does not read.
    #[error("the archive is corrupt: {0}")]
    Corrupt(String),
    /// The blob could not be read.
    #[error("the archive could not be read")]
    Unreadable(
        #[from]
        #[serde(with = "crate::blob::as_text")]
        io::Error,
    ),
}

impl Refusal {
    /// A stable kebab-case word for the reason.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NotAZip { .. } => "not-a-zip",
            Refusal::TooManyEntries { .. } => "too-many-entries",
            Refusal::NamesTooLarge { .. } => "names-too-large",
            Refusal::Overlap { .. } => "overlap",
            Refusal::Truncated => "truncated",
            Refusal::Corrupt(_) => "corrupt",
            Refusal::Unreadable(_) => "unreadable",
        }
    }

    /// Whether the same bytes would be refused again. Only a failure to read them is not the bytes' own fault.
    pub fn is_permanent(&self) -> bool {
        !matches!(self, Refusal::Unreadable(_))
    }
}

/// An entry on its way into the index, with what only the scan needs to know.
struct Draft {
    entry: Entry,
    local_offset: u64,
    has_utf8_flag: bool,
}

/// Lists, checks and classifies everything in an archive. Fails only where the archive as a whole cannot be trusted.
///
/// Memory is bounded by the limits on entries and names, time by the blob's length and `max_verified_bytes`.
pub fn scan(blob: &dyn ReadAt, limits: &Limits) -> Result<Contents, Refusal> {
    let mut directory = directory::read(blob, limits)?;
    locate::locate(blob, &mut directory)?;
    for draft in &mut directory.drafts {
        name_entry(&mut draft.entry, draft.has_utf8_flag, limits);
    }
    let mut entries: Vec<Entry> = directory.drafts.into_iter().map(|draft| draft.entry).collect();
    flag_duplicates(&mut entries);
    verify::verify(blob, &mut entries, limits)?;
    Ok(Contents { entries, skipped_directories: directory.skipped, flags: directory.flags })
}

fn name_entry(entry: &mut Entry, has_utf8_flag: bool, limits: &Limits) {
    let (name, is_utf8) = crate::name::decode(&entry.raw_name, has_utf8_flag);
    if !is_utf8 {
        raise(&mut entry.flags, Flag::InvalidUtf8Name);
    }
    if crate::name::is_unsafe(&name) {
        raise(&mut entry.flags, Flag::UnsafeName);
    }
    if entry.raw_name.len() > limits.max_name_bytes {
        raise(&mut entry.flags, Flag::LongName);
    }
    entry.name = name;
}

fn flag_duplicates(entries: &mut [Entry]) {
    let mut counts: HashMap<&[u8], u32> = HashMap::with_capacity(entries.len());
    for entry in entries.iter() {
        *counts.entry(&entry.raw_name).or_default() += 1;
    }
    let duplicates: Vec<usize> =
        (0..entries.len()).filter(|&at| counts.get(entries[at].raw_name.as_slice()) > Some(&1)).collect();
    for at in duplicates {
        raise(&mut entries[at].flags, Flag::DuplicateName);
    }
}
