//! What an artifact or a log consists of, made on demand and measured once.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::noise::Noise;
use crate::rope::{Pattern, Rope};
use crate::zip::{self, Entry};

/// A function that makes the entries of an archive; it must answer the same every time.
pub type MakeEntries = Arc<dyn Fn() -> Vec<Entry> + Send + Sync>;
/// A function that makes the text of a log; it must answer the same every time.
pub type MakeLog = Arc<dyn Fn() -> Vec<u8> + Send + Sync>;

/// A function that makes a log piece by piece; it must answer the same every time.
pub type MakeRope = Arc<dyn Fn() -> Rope + Send + Sync>;

/// The content of an artifact.
#[derive(Clone)]
pub enum Content {
    /// A zip of these files, deflated.
    Zip(Vec<(String, Vec<u8>)>),
    /// A zip of these files, stored as with compression level 0.
    StoredZip(Vec<(String, Vec<u8>)>),
    /// A zip of entries at hand, shared between artifacts.
    Entries(Vec<Entry>),
    /// A zip whose entries are made when it is first asked for, and not kept.
    Made(MakeEntries),
    /// A file uploaded without an archive around it.
    Raw {
        /// Its name, which is also the artifact's.
        file_name: String,
        /// Its media type.
        mime: String,
        /// The file.
        bytes: Vec<u8>,
    },
    /// Anything, served as it is as `application/zip`: for hostile archives.
    Bytes(Vec<u8>),
    /// A zip with one stored, incompressible file `big.bin` of this size, streamed without being held in memory.
    Generated {
        /// The size of the file inside.
        bytes: u64,
        /// What the bytes depend on.
        seed: u64,
    },
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Content::Zip(_) => "Zip",
            Content::StoredZip(_) => "StoredZip",
            Content::Entries(_) => "Entries",
            Content::Made(_) => "Made",
            Content::Raw { .. } => "Raw",
            Content::Bytes(_) => "Bytes",
            Content::Generated { .. } => "Generated",
        })
    }
}

/// A content that remembers its own size and digest, and its bytes where they are cheap to keep.
#[derive(Debug)]
pub struct Stored {
    content: Content,
    rope: OnceLock<Rope>,
    measure: OnceLock<Measure>,
}

/// Size and SHA-256 of a content.
#[derive(Clone, Debug)]
pub struct Measure {
    /// The length of the blob in bytes.
    pub size_bytes: u64,
    /// The digest in hexadecimal.
    pub sha256: String,
}

impl Stored {
    /// Nothing is computed yet.
    pub fn new(content: Content) -> Stored {
        Stored { content, rope: OnceLock::new(), measure: OnceLock::new() }
    }

    /// The content it was made from.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The bytes as the blob store holds them.
    pub fn rope(&self) -> Rope {
        match &self.content {
            Content::Made(make) => zip::archive(&make()),
            other => self.rope.get_or_init(|| build(other)).clone(),
        }
    }

    /// Size and digest, if they have been measured already.
    pub fn measured(&self) -> Option<&Measure> {
        self.measure.get()
    }

    /// Size and digest; can take seconds the first time for gigabytes.
    pub fn measure(&self) -> &Measure {
        self.measure.get_or_init(|| {
            let rope = self.rope();
            Measure { size_bytes: rope.len(), sha256: rope.sha256() }
        })
    }
}

fn build(content: &Content) -> Rope {
    match content {
        Content::Zip(files) => {
            zip::archive(&files.iter().map(|(name, bytes)| Entry::deflated(name.as_bytes(), bytes)).collect::<Vec<_>>())
        }
        Content::StoredZip(files) => zip::archive(
            &files.iter().map(|(name, bytes)| Entry::stored(name.as_bytes(), bytes.clone())).collect::<Vec<_>>(),
        ),
        Content::Entries(entries) => zip::archive(entries),
        Content::Made(make) => zip::archive(&make()),
        Content::Raw { bytes, .. } | Content::Bytes(bytes) => Rope::from(Bytes::from(bytes.clone())),
        Content::Generated { bytes, seed } => zip::archive([&Entry::generated("big.bin", Pattern::new(*seed, *bytes))]),
    }
}

/// The log of a job.
#[derive(Clone)]
pub enum Log {
    /// There is none: the blob store answers `BlobNotFound`.
    Missing,
    /// A short log derived from the job, made on demand.
    Derived,
    /// Text made on demand; byte order marks are put in as the runner does.
    Made(MakeLog),
    /// Made on demand and served exactly so, without being held in memory: for logs of any length.
    Rope(MakeRope),
    /// Text; byte order marks are put in as the runner does.
    Text(Bytes),
    /// Served exactly so.
    Exact(Bytes),
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Log::Missing => "Missing",
            Log::Derived => "Derived",
            Log::Made(_) => "Made",
            Log::Rope(_) => "Rope",
            Log::Text(_) => "Text",
            Log::Exact(_) => "Exact",
        })
    }
}

/// The byte order mark the runner puts before every block of a log.
pub const BOM: &[u8] = "\u{feff}".as_bytes();
/// How much log the runner writes into one block.
pub const LOG_BLOCK_BYTES: usize = 2 << 20;

/// Marks the blocks of a log as the runner does: a byte order mark at the start and again at the first line after
/// every 2 MiB; with `crlf`, lines end as on a Windows runner.
pub fn as_uploaded(text: &[u8], crlf: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 64);
    out.extend_from_slice(BOM);
    let mut block = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if block >= LOG_BLOCK_BYTES {
            out.extend_from_slice(BOM);
            block = 0;
        }
        let before = out.len();
        match line.strip_suffix(b"\n") {
            Some(body) if crlf && !body.ends_with(b"\r") => {
                out.extend_from_slice(body);
                out.extend_from_slice(b"\r\n");
            }
            _ => out.extend_from_slice(line),
        }
        block += out.len() - before;
    }
    out
}

/// Random-looking but compressible text, for filling.
pub fn filler(seed: u64, len: usize) -> Vec<u8> {
    const WORDS: &[&str] = &[
        "cart", "price", "total", "order", "stock", "button", "locator", "visible", "expect", "retry", "worker",
        "page", "click", "status", "ok", "payment", "token", "address", "coupon", "shipping",
    ];
    let mut noise = Noise::keyed(seed, 0xf111);
    let mut out = Vec::with_capacity(len + 32);
    while out.len() < len {
        out.extend_from_slice(noise.pick(WORDS).as_bytes());
        match noise.below(9) {
            0 => out.push(b'\n'),
            1 => out.extend_from_slice(format!("={} ", noise.below(10_000)).as_bytes()),
            _ => out.push(b' '),
        }
    }
    out.truncate(len);
    out
}
