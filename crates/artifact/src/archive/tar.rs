//! The index of a tar archive, in the same terms as that of a zip: every file, located, summed and classified.
//!
//! A tar has no directory, so it is read from its beginning. Long names and paths of later dialects are taken; sparse
//! files are listed and cannot be read.

use super::{Contents, Entry, Limits, Refusal, flag_duplicates, name_entry};
use crate::blob::{ReadAt, Section};
use crate::content::STORED;
use crate::flag::{ArchiveFlag, Flag, raise};
use crate::kind::{FileType, SNIFF_BYTES, classify};
use std::io::Read;
use tar::EntryType;

/// A longer name or header of names is not read.
const NAME_HEADER_BYTES: u64 = 64 << 10;

/// Lists, sums and classifies everything in a tar archive. One that breaks off is listed up to there, and flagged.
pub fn scan_tar(blob: &dyn ReadAt, limits: &Limits) -> Result<Contents, Refusal> {
    let mut listing = Listing {
        limits,
        contents: Contents { entries: Vec::new(), skipped_directories: 0, flags: Vec::new() },
        budget: limits.max_verified_bytes,
        name_bytes: 0,
        ordinal: 0,
    };
    let mut archive = tar::Archive::new(Section::new(blob, 0, blob.len()));
    let entries = archive.entries().map_err(Refusal::Unreadable)?;
    let mut next_name = None;
    for entry in entries.raw(true) {
        let taken = entry.and_then(|mut entry| match entry.header().entry_type() {
            EntryType::GNULongName => long_name(&mut entry).map(|name| next_name = name),
            EntryType::XHeader => path_in(&mut entry).map(|name| next_name = name.or(next_name.take())),
            EntryType::GNULongLink | EntryType::XGlobalHeader => Ok(()),
            _ => listing.add(&mut entry, next_name.take()),
        });
        if let Err(error) = taken {
            if listing.contents.entries.is_empty() {
                return Err(Refusal::Corrupt(error.to_string()));
            }
            raise(&mut listing.contents.flags, ArchiveFlag::TrailingData);
            break;
        }
        listing.check()?;
    }
    flag_duplicates(&mut listing.contents.entries);
    Ok(listing.contents)
}

type TarEntry<'a, 'b> = tar::Entry<'a, Section<'b>>;

fn long_name(entry: &mut TarEntry<'_, '_>) -> std::io::Result<Option<Vec<u8>>> {
    let mut name = Vec::new();
    entry.take(NAME_HEADER_BYTES).read_to_end(&mut name)?;
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
    name.truncate(end);
    Ok(Some(name))
}

fn path_in(entry: &mut TarEntry<'_, '_>) -> std::io::Result<Option<Vec<u8>>> {
    let mut header = Vec::new();
    entry.take(NAME_HEADER_BYTES).read_to_end(&mut header)?;
    let path = tar::PaxExtensions::new(&header).flatten().filter(|extension| extension.key_bytes() == b"path").last();
    Ok(path.map(|extension| extension.value_bytes().to_vec()))
}

struct Listing<'a> {
    limits: &'a Limits,
    contents: Contents,
    budget: u64,
    name_bytes: u64,
    ordinal: u32,
}

impl Listing<'_> {
    fn add(&mut self, tar_entry: &mut TarEntry<'_, '_>, name: Option<Vec<u8>>) -> std::io::Result<()> {
        let ordinal = self.ordinal;
        self.ordinal += 1;
        let kind = tar_entry.header().entry_type();
        if kind.is_dir() {
            self.contents.skipped_directories += 1;
            return Ok(());
        }
        let raw_name = name.unwrap_or_else(|| tar_entry.path_bytes().into_owned());
        self.name_bytes += raw_name.len() as u64;
        let size_bytes = tar_entry.header().entry_size()?;
        let mut entry = Entry {
            ordinal,
            raw_name,
            name: String::new(),
            method: STORED,
            data_offset: tar_entry.raw_file_position(),
            compressed_bytes: size_bytes,
            size_bytes,
            crc32: 0,
            file_type: FileType::Binary,
            media_type: String::new(),
            flags: Vec::new(),
        };
        name_entry(&mut entry, true, self.limits);
        self.sum(tar_entry, kind, &mut entry)?;
        self.contents.entries.push(entry);
        Ok(())
    }

    /// Reads the content once, for its checksum and its kind.
    fn sum(&mut self, tar_entry: &mut TarEntry<'_, '_>, kind: EntryType, entry: &mut Entry) -> std::io::Result<()> {
        match kind {
            EntryType::Symlink | EntryType::Link => raise(&mut entry.flags, Flag::Symlink),
            EntryType::Regular | EntryType::Continuous => {}
            _ => raise(&mut entry.flags, Flag::UnsupportedMethod),
        }
        if entry.size_bytes > self.limits.max_file_bytes || entry.size_bytes > self.budget {
            // Its checksum is not known, so it cannot be proved either.
            raise(&mut entry.flags, Flag::TooLarge);
            raise(&mut entry.flags, Flag::UnsupportedMethod);
        }
        let mut head = Vec::new();
        tar_entry.take(SNIFF_BYTES as u64).read_to_end(&mut head)?;
        let (file_type, media_type) = classify(&entry.name, &head);
        (entry.file_type, entry.media_type) = (file_type, media_type.to_owned());
        if entry.is_readable() {
            self.budget -= entry.size_bytes;
            let mut hasher = crc32fast::Hasher::new();
            hasher.update(&head);
            let mut count = head.len() as u64;
            let mut buffer = vec![0; 64 << 10];
            loop {
                match tar_entry.read(&mut buffer)? {
                    0 => break,
                    read => {
                        hasher.update(&buffer[..read]);
                        count += read as u64;
                    }
                }
            }
            entry.crc32 = hasher.finalize();
            if count != entry.size_bytes {
                raise(&mut entry.flags, Flag::SizeMismatch);
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Refusal> {
        if u64::from(self.ordinal) > self.limits.max_entries {
            return Err(Refusal::TooManyEntries { found: u64::from(self.ordinal), limit: self.limits.max_entries });
        }
        if self.name_bytes > self.limits.max_total_name_bytes {
            return Err(Refusal::NamesTooLarge { limit: self.limits.max_total_name_bytes });
        }
        Ok(())
    }
}

/// Whether these first bytes are those of a tar archive.
pub fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

/// A blob that is one file, as the index of an archive that holds only that: what a `.gz` comes down to.
pub fn scan_single(blob: &dyn ReadAt, name: &str, limits: &Limits) -> Result<Contents, Refusal> {
    let size_bytes = blob.len();
    let mut head = Vec::new();
    Section::new(blob, 0, SNIFF_BYTES as u64).read_to_end(&mut head)?;
    let mut hasher = crc32fast::Hasher::new();
    let mut section = Section::new(blob, 0, size_bytes);
    let mut buffer = vec![0; 64 << 10];
    loop {
        match section.read(&mut buffer)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    let (file_type, media_type) = classify(name, &head);
    let mut entry = Entry {
        ordinal: 0,
        raw_name: name.as_bytes().to_vec(),
        name: String::new(),
        method: STORED,
        data_offset: 0,
        compressed_bytes: size_bytes,
        size_bytes,
        crc32: hasher.finalize(),
        file_type,
        media_type: media_type.to_owned(),
        flags: Vec::new(),
    };
    name_entry(&mut entry, true, limits);
    Ok(Contents { entries: vec![entry], skipped_directories: 0, flags: Vec::new() })
}
