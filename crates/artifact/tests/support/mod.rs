//! A small zip writer for tests that need archives no honest tool would write: every field can be made to lie.
#![allow(dead_code)]

use flate2::Compression;
use flate2::read::DeflateEncoder;
use std::io::Read;

/// How an entry's sizes and checksum are written around its data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Descriptor {
    /// In the local header, as seekable writers do.
    None,
    /// After the data in 16 bytes, as real artifacts have it.
    Short,
    /// After the data in 24 bytes, as real artifacts have it above 4 GiB.
    Zip64,
}

/// One entry to write. Whatever is `None` is told truthfully.
#[derive(Clone)]
pub struct Part {
    pub name: Vec<u8>,
    pub local_name: Option<Vec<u8>>,
    pub method: u16,
    pub bits: u16,
    pub packed: Vec<u8>,
    pub size: u64,
    pub crc: u32,
    pub mode: u32,
    pub descriptor: Descriptor,
    pub zip64: bool,
    pub extra: Vec<u8>,
    pub dos_date: u16,
    pub central_offset: Option<u64>,
    pub central_packed: Option<u64>,
}

pub fn deflate(content: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    DeflateEncoder::new(content, Compression::default()).read_to_end(&mut packed).unwrap();
    packed
}

pub fn stored(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Part {
    let content = content.as_ref();
    Part {
        name: name.as_ref().to_vec(),
        local_name: None,
        method: 0,
        bits: 0,
        packed: content.to_vec(),
        size: content.len() as u64,
        crc: crc32fast::hash(content),
        mode: 0o100644,
        descriptor: Descriptor::None,
        zip64: false,
        extra: Vec::new(),
        dos_date: 0x5a21,
        central_offset: None,
        central_packed: None,
    }
}

pub fn deflated(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Part {
    Part { method: 8, packed: deflate(content.as_ref()), ..stored(name, content) }
}

/// An entry exactly as upload-artifact writes it: sizes after the data only, no extra fields.
pub fn uploaded(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Part {
    Part { descriptor: Descriptor::Short, ..deflated(name, content) }
}

pub struct Archive {
    pub parts: Vec<Part>,
    pub prefix: Vec<u8>,
    pub suffix: Vec<u8>,
    pub comment: Vec<u8>,
    pub gap: Vec<u8>,
    pub zip64: bool,
    pub claimed_entries: Option<u64>,
    pub claimed_offset: Option<u64>,
}

pub fn archive(parts: impl Into<Vec<Part>>) -> Archive {
    Archive {
        parts: parts.into(),
        prefix: vec![],
        suffix: vec![],
        comment: vec![],
        gap: vec![],
        zip64: false,
        claimed_entries: None,
        claimed_offset: None,
    }
}

pub fn zip(parts: impl Into<Vec<Part>>) -> Vec<u8> {
    archive(parts).build()
}

impl Archive {
    pub fn build(&self) -> Vec<u8> {
        let mut out = self.prefix.clone();
        let mut central = Vec::new();
        for part in &self.parts {
            let offset = out.len() as u64;
            local(&mut out, part);
            record(&mut central, part, part.central_offset.unwrap_or(offset));
        }
        let start = out.len() as u64;
        out.extend_from_slice(&central);
        out.extend_from_slice(&self.gap);
        self.end(&mut out, start, central.len() as u64);
        out.extend_from_slice(&self.comment);
        out.extend_from_slice(&self.suffix);
        out
    }

    fn end(&self, out: &mut Vec<u8>, start: u64, size: u64) {
        let entries = self.claimed_entries.unwrap_or(self.parts.len() as u64);
        let offset = self.claimed_offset.unwrap_or(start);
        if self.zip64 {
            let at = out.len() as u64;
            out.extend_from_slice(b"PK\x06\x06");
            out.extend_from_slice(&44u64.to_le_bytes());
            out.extend_from_slice(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            for value in [entries, entries, size, offset] {
                out.extend_from_slice(&value.to_le_bytes());
            }
            out.extend_from_slice(b"PK\x06\x07\0\0\0\0");
            out.extend_from_slice(&at.to_le_bytes());
            out.extend_from_slice(&1u32.to_le_bytes());
        }
        let short = |value: u64, limit: u64| if self.zip64 { limit } else { value.min(limit) };
        out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        for _ in 0..2 {
            let count = if self.zip64 { 0xffff } else { (entries & 0xffff) as u16 };
            out.extend_from_slice(&count.to_le_bytes());
        }
        out.extend_from_slice(&(short(size, 0xffff_ffff) as u32).to_le_bytes());
        out.extend_from_slice(&(short(offset, 0xffff_ffff) as u32).to_le_bytes());
        out.extend_from_slice(&(self.comment.len() as u16).to_le_bytes());
    }
}

fn bits(part: &Part) -> u16 {
    part.bits | if part.descriptor == Descriptor::None { 0 } else { 8 }
}

fn local(out: &mut Vec<u8>, part: &Part) {
    let name = part.local_name.as_ref().unwrap_or(&part.name);
    let has_sizes = part.descriptor == Descriptor::None;
    out.extend_from_slice(b"PK\x03\x04\x14\0");
    for field in [bits(part), part.method, 0, part.dos_date] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    let (crc, packed, size) = if has_sizes { (part.crc, part.packed.len() as u64, part.size) } else { (0, 0, 0) };
    let in_extra = has_sizes && part.zip64;
    let mut extra = part.extra.clone();
    if in_extra {
        extra.extend_from_slice(&[1, 0, 16, 0]);
        extra.extend_from_slice(&size.to_le_bytes());
        extra.extend_from_slice(&packed.to_le_bytes());
    }
    out.extend_from_slice(&crc.to_le_bytes());
    for value in [packed, size] {
        out.extend_from_slice(&(if in_extra { u32::MAX } else { value as u32 }).to_le_bytes());
    }
    out.extend_from_slice(&(name.len() as u16).to_le_bytes());
    out.extend_from_slice(&(extra.len() as u16).to_le_bytes());
    out.extend_from_slice(name);
    out.extend_from_slice(&extra);
    out.extend_from_slice(&part.packed);
    descriptor(out, part);
}

fn descriptor(out: &mut Vec<u8>, part: &Part) {
    if part.descriptor == Descriptor::None {
        return;
    }
    out.extend_from_slice(b"PK\x07\x08");
    out.extend_from_slice(&part.crc.to_le_bytes());
    for value in [part.packed.len() as u64, part.size] {
        match part.descriptor {
            Descriptor::Zip64 => out.extend_from_slice(&value.to_le_bytes()),
            _ => out.extend_from_slice(&(value as u32).to_le_bytes()),
        }
    }
}

fn record(out: &mut Vec<u8>, part: &Part, offset: u64) {
    let packed = part.central_packed.unwrap_or(part.packed.len() as u64);
    let needs_zip64 = part.zip64
        || part.descriptor == Descriptor::Zip64
        || [packed, part.size, offset].iter().any(|&value| value >= u64::from(u32::MAX));
    let mut extra = part.extra.clone();
    if needs_zip64 {
        extra.extend_from_slice(&[1, 0, 24, 0]);
        for value in [part.size, packed, offset] {
            extra.extend_from_slice(&value.to_le_bytes());
        }
    }
    let short = |value: u64| if needs_zip64 { u32::MAX } else { value as u32 };
    out.extend_from_slice(b"PK\x01\x02\x2d\x03\x14\0");
    for field in [bits(part), part.method, 0, part.dos_date] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    out.extend_from_slice(&part.crc.to_le_bytes());
    out.extend_from_slice(&short(packed).to_le_bytes());
    out.extend_from_slice(&short(part.size).to_le_bytes());
    out.extend_from_slice(&(part.name.len() as u16).to_le_bytes());
    out.extend_from_slice(&(extra.len() as u16).to_le_bytes());
    out.extend_from_slice(&[0; 6]);
    out.extend_from_slice(&(part.mode << 16).to_le_bytes());
    out.extend_from_slice(&short(offset).to_le_bytes());
    out.extend_from_slice(&part.name);
    out.extend_from_slice(&extra);
}
