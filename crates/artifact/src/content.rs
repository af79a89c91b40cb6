//! One entry's content: streamed out with its size and checksum proved, or wrapped as gzip without inflating it.

use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, BufRead, BufReader, Read};

/// The method of an entry that lies in the archive as it is.
pub(crate) const STORED: u16 = 0;
/// The method of an entry that is a raw deflate stream.
pub(crate) const DEFLATED: u16 = 8;

/// What precedes an entry's raw deflate bytes to make them a gzip body: no name, no time, unknown system.
pub const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// What follows an entry's raw deflate bytes to make them a gzip body. The size is taken modulo 2³², as gzip wants.
pub fn gzip_trailer(crc32: u32, size_bytes: u64) -> [u8; 8] {
    let mut trailer = [0; 8];
    trailer[..4].copy_from_slice(&crc32.to_le_bytes());
    trailer[4..].copy_from_slice(&(size_bytes as u32).to_le_bytes());
    trailer
}

/// What is wrong with an entry's content; the cause inside the `InvalidData` error of an [`EntryReader`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The content ends before the declared size.
    #[error("content is shorter than declared")]
    Short,
    /// The content goes on after the declared size.
    #[error("content is longer than declared")]
    Long,
    /// Compressed bytes are left over after the content's end.
    #[error("compressed bytes are left over")]
    Leftover,
    /// The compressed bytes end in the middle.
    #[error("compressed bytes end in the middle")]
    Truncated,
    /// The compressed bytes are no deflate stream.
    #[error("compressed bytes are not a deflate stream")]
    Garbled,
    /// The content's CRC-32 is not the declared one.
    #[error("content does not match its checksum")]
    Checksum,
    /// The entry is neither stored nor deflated.
    #[error("compression method {0} is not supported")]
    Method(u16),
}

impl From<Damage> for io::Error {
    fn from(damage: Damage) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, damage)
    }
}

/// Streams one entry's content out of its compressed bytes in constant memory.
///
/// `compressed` must yield the entry's compressed bytes and no more. The reader never yields more than `size_bytes`,
/// and yields the last byte only once size and checksum are proved; otherwise it fails with `InvalidData` and a [`Damage`].
pub fn open<R: Read>(compressed: R, method: u16, size_bytes: u64, crc32: u32) -> EntryReader<R> {
    let source = BufReader::with_capacity(32 * 1024, compressed);
    let body = match method {
        STORED => Body::Stored(source),
        DEFLATED => Body::Deflated { source, inflate: Box::new(Decompress::new(false)), ended: false },
        other => Body::Unsupported(other),
    };
    EntryReader { body, remaining: size_bytes, crc32, hasher: crc32fast::Hasher::new(), state: State::Reading }
}

/// A stream of one entry's content; see [`open`].
pub struct EntryReader<R> {
    body: Body<R>,
    remaining: u64,
    crc32: u32,
    hasher: crc32fast::Hasher,
    state: State,
}

enum State {
    Reading,
    Finished,
    Failed(Damage),
}

enum Body<R> {
    Stored(BufReader<R>),
    Deflated { source: BufReader<R>, inflate: Box<Decompress>, ended: bool },
    Unsupported(u16),
}

impl<R: Read> Read for EntryReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.state {
            State::Finished => return Ok(0),
            State::Failed(damage) => return Err(damage.into()),
            State::Reading if buf.is_empty() => return Ok(0),
            State::Reading => {}
        }
        self.advance(buf).map_err(|failure| match failure {
            Failure::Io(error) => error,
            Failure::Damage(damage) => {
                self.state = State::Failed(damage);
                damage.into()
            }
        })
    }
}

enum Failure {
    Io(io::Error),
    Damage(Damage),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Io(error)
    }
}

impl From<Damage> for Failure {
    fn from(damage: Damage) -> Failure {
        Failure::Damage(damage)
    }
}

impl<R: Read> EntryReader<R> {
    fn advance(&mut self, buf: &mut [u8]) -> Result<usize, Failure> {
        let wanted = self.remaining.min(buf.len() as u64) as usize;
        let count = if wanted == 0 { 0 } else { self.body.read(&mut buf[..wanted])? };
        if wanted > 0 && count == 0 {
            return Err(Damage::Short.into());
        }
        self.hasher.update(&buf[..count]);
        self.remaining -= count as u64;
        if self.remaining == 0 {
            self.prove_end()?;
        }
        Ok(count)
    }

    fn prove_end(&mut self) -> Result<(), Failure> {
        if self.body.read(&mut [0])? != 0 {
            return Err(Damage::Long.into());
        }
        if self.hasher.clone().finalize() != self.crc32 {
            return Err(Damage::Checksum.into());
        }
        // A gzip body is built around these bytes, where anything after the stream would be taken for the trailer.
        if self.body.has_leftover()? {
            return Err(Damage::Leftover.into());
        }
        self.state = State::Finished;
        Ok(())
    }
}

impl<R: Read> Body<R> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Failure> {
        match self {
            Body::Stored(source) => Ok(retry(|| source.read(buf))?),
            Body::Deflated { ended: true, .. } => Ok(0),
            Body::Deflated { source, inflate, ended } => inflate_some(source, inflate, ended, buf),
            Body::Unsupported(method) => Err(Damage::Method(*method).into()),
        }
    }

    fn has_leftover(&mut self) -> io::Result<bool> {
        match self {
            Body::Deflated { source, .. } => retry(|| source.fill_buf().map(|rest| !rest.is_empty())),
            Body::Stored(_) | Body::Unsupported(_) => Ok(false),
        }
    }
}

/// Inflates until something came out or the stream ended. Every turn consumes or produces a byte, or fails.
fn inflate_some<R: Read>(
    source: &mut BufReader<R>,
    inflate: &mut Decompress,
    ended: &mut bool,
    buf: &mut [u8],
) -> Result<usize, Failure> {
    loop {
        let (consumed, produced, status, exhausted) = {
            let input = match source.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                outcome => outcome?,
            };
            let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
            let status = inflate.decompress(input, buf, FlushDecompress::None).map_err(|_| Damage::Garbled)?;
            (
                (inflate.total_in() - before_in) as usize,
                (inflate.total_out() - before_out) as usize,
                status,
                input.is_empty(),
            )
        };
        source.consume(consumed);
        *ended = status == Status::StreamEnd;
        if *ended || produced > 0 {
            return Ok(produced);
        }
        if exhausted {
            return Err(Damage::Truncated.into());
        }
        if consumed == 0 {
            return Err(Damage::Garbled.into());
        }
    }
}

fn retry<T>(mut read: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match read() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::read::{DeflateEncoder, GzDecoder};

    fn deflate(content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        DeflateEncoder::new(content, Compression::default()).read_to_end(&mut out).unwrap();
        out
    }

    fn read(compressed: &[u8], method: u16, size: u64, crc: u32) -> Result<Vec<u8>, Damage> {
        let mut out = Vec::new();
        match open(compressed, method, size, crc).read_to_end(&mut out) {
            Ok(_) => Ok(out),
            Err(error) => Err(*error.get_ref().unwrap().downcast_ref::<Damage>().unwrap()),
        }
    }

    fn content() -> Vec<u8> {
        (0..200_000u32).flat_map(|n| (n % 977).to_le_bytes()).collect()
    }

    #[test]
    fn sound_entries_come_out_whole() {
        let content = content();
        let (size, crc) = (content.len() as u64, crc32fast::hash(&content));
        assert_eq!(read(&content, STORED, size, crc).unwrap(), content);
        assert_eq!(read(&deflate(&content), DEFLATED, size, crc).unwrap(), content);
        assert_eq!(read(&[], STORED, 0, 0).unwrap(), b"");
        assert_eq!(read(&deflate(b""), DEFLATED, 0, 0).unwrap(), b"");
    }

    #[test]
    fn every_lie_about_an_entry_is_named() {
        let content = content();
        let packed = deflate(&content);
        let (size, crc) = (content.len() as u64, crc32fast::hash(&content));
        for (method, bytes) in [(STORED, &content), (DEFLATED, &packed)] {
            assert_eq!(read(bytes, method, size + 1, crc), Err(Damage::Short));
            assert_eq!(read(bytes, method, u64::MAX, crc), Err(Damage::Short));
            assert_eq!(read(bytes, method, size - 1, crc), Err(Damage::Long));
            assert_eq!(read(bytes, method, 0, crc), Err(Damage::Long));
            assert_eq!(read(bytes, method, size, crc ^ 1), Err(Damage::Checksum));
        }
        assert_eq!(read(&packed[..packed.len() - 1], DEFLATED, size, crc), Err(Damage::Truncated));
        assert_eq!(read(&[packed.as_slice(), b"x"].concat(), DEFLATED, size, crc), Err(Damage::Leftover));
        assert_eq!(read(&[0xff; 100], DEFLATED, size, crc), Err(Damage::Garbled));
        assert_eq!(read(&[], DEFLATED, 0, 0), Err(Damage::Truncated));
        assert_eq!(read(&content, 12, size, crc), Err(Damage::Method(12)));
    }

    #[test]
    fn the_last_byte_is_withheld_until_the_checksum_is_proved() {
        let mut reader = open(&b"abc"[..], STORED, 3, 0);
        let mut byte = [0];
        assert_eq!(reader.read(&mut byte).unwrap(), 1);
        assert_eq!(reader.read(&mut byte).unwrap(), 1);
        assert!(reader.read(&mut byte).is_err());
        assert!(reader.read(&mut byte).is_err(), "a failed reader does not turn into an ended one");
    }

    #[test]
    fn a_deflated_entry_is_a_gzip_body_without_inflating_it() {
        let content = content();
        let trailer = gzip_trailer(crc32fast::hash(&content), content.len() as u64);
        let gzip = [&GZIP_HEADER[..], &deflate(&content), &trailer].concat();
        let mut out = Vec::new();
        GzDecoder::new(gzip.as_slice()).read_to_end(&mut out).unwrap();
        assert_eq!(out, content);
    }

    #[test]
    fn the_gzip_size_wraps_at_four_gibibytes() {
        assert_eq!(gzip_trailer(1, (1 << 32) + 5), [1, 0, 0, 0, 5, 0, 0, 0]);
    }

    #[test]
    fn failures_of_the_source_pass_through() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::from(io::ErrorKind::ConnectionReset))
            }
        }
        for method in [STORED, DEFLATED] {
            let error = open(Broken, method, 3, 0).read(&mut [0; 3]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        }
    }
}
