//! Positioned reads from an immutable blob. Where a blob is stored is left to its implementors.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Positioned reads from an immutable blob.
pub trait ReadAt: Send + Sync {
    /// Reads up to `buf.len()` bytes at `offset`; 0 means that nothing lies there. May read less than there is.
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Length of the blob in bytes.
    fn len(&self) -> u64;

    /// Whether the blob holds no byte at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ReadAt for [u8] {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|start| self.get(start..)).unwrap_or_default();
        let count = rest.len().min(buf.len());
        buf[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }
}

impl ReadAt for &[u8] {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        ReadAt::read_at(*self, buf, offset)
    }

    fn len(&self) -> u64 {
        ReadAt::len(*self)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.as_slice().read_at(buf, offset)
    }

    fn len(&self) -> u64 {
        ReadAt::len(self.as_slice())
    }
}

/// A file read by position, without a cursor, so that many readers can share it. Its length is taken when it is opened.
#[derive(Debug)]
pub struct FileAt {
    file: File,
    len: u64,
}

impl FileAt {
    /// Reads `file`, which must not change meanwhile.
    pub fn new(file: File) -> io::Result<FileAt> {
        let len = file.metadata()?.len();
        Ok(FileAt { file, len })
    }

    /// The file itself, once more.
    pub fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Opens the file at `path`, which must not change while it is read.
    pub fn open(path: &Path) -> io::Result<FileAt> {
        FileAt::new(File::open(path)?)
    }
}

impl ReadAt for FileAt {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        // The kernel refuses offsets above i64::MAX with an error; beyond the end there is simply nothing.
        let count = self.len.saturating_sub(offset).min(buf.len() as u64) as usize;
        if count == 0 {
            return Ok(0);
        }
        loop {
            match self.file.read_at(&mut buf[..count], offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }

    fn len(&self) -> u64 {
        self.len
    }
}

/// A range of a blob as a stream; it ends early where the blob does.
pub struct Section<'a> {
    blob: &'a dyn ReadAt,
    offset: u64,
    remaining: u64,
}

impl<'a> Section<'a> {
    /// The `len` bytes of `blob` that begin at `offset`.
    pub fn new(blob: &'a dyn ReadAt, offset: u64, len: u64) -> Section<'a> {
        Section { blob, offset, remaining: len.min(blob.len().saturating_sub(offset)) }
    }
}

impl Read for Section<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let wanted = self.remaining.min(buf.len() as u64) as usize;
        if wanted == 0 {
            return Ok(0);
        }
        let count = self.blob.read_at(&mut buf[..wanted], self.offset)?;
        self.offset += count as u64;
        self.remaining -= count as u64;
        Ok(count)
    }
}

/// Fills as much of `buf` as the blob holds at `offset` and says how much that is.
pub(crate) fn read_up_to(blob: &dyn ReadAt, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut section = Section::new(blob, offset, buf.len() as u64);
    let mut filled = 0;
    while filled < buf.len() {
        match section.read(&mut buf[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

/// An error of the system as its words, for errors that are handed from one process to another.
pub(crate) mod as_text {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::io;

    pub(crate) fn serialize<S: Serializer>(error: &io::Error, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(error)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<io::Error, D::Error> {
        String::deserialize(deserializer).map(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_beyond_the_end_find_nothing() {
        let blob = b"abc".to_vec();
        let mut buf = [0; 8];
        assert_eq!(blob.read_at(&mut buf, 1).unwrap(), 2);
        assert_eq!(blob.read_at(&mut buf, 3).unwrap(), 0);
        assert_eq!(blob.read_at(&mut buf, u64::MAX).unwrap(), 0);
    }

    #[test]
    fn a_section_ends_with_its_range_or_with_the_blob() {
        let blob = b"0123456789".to_vec();
        let read = |offset, len| {
            let mut text = String::new();
            Section::new(&blob, offset, len).read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!(read(2, 3), "234");
        assert_eq!(read(8, u64::MAX), "89");
        assert_eq!(read(u64::MAX, 1), "");
    }

    #[test]
    fn a_file_is_read_by_position_and_never_past_its_end() {
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        let file = FileAt::open(path).unwrap();
        let mut head = [0; 9];
        assert_eq!(file.read_at(&mut head, 0).unwrap(), 9);
        assert_eq!(&head, b"[package]");
        assert_eq!(file.read_at(&mut head, file.len()).unwrap(), 0);
        assert_eq!(file.read_at(&mut head, u64::MAX).unwrap(), 0);
    }
}
