//! What is inside an artifact: the index of its zip archive, the kind of every file, and job logs and test
//! reports.
//!
//! Hostile bytes meet only this crate. It is pure and synchronous: no network, database, clock or async, and
//! no panic on any input. It reads an archive in place through [`ReadAt`] and never turns a name into a path.
//! Where the bytes live, who may see them and what is remembered is left to the callers.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod archive;
mod blob;
mod content;
mod flag;
pub mod json_page;
mod kind;
pub mod log;
mod name;
pub mod picture;
pub mod report;
pub mod trace;

pub use archive::{Contents, Entry, Limits, Refusal, is_tar, scan, scan_single, scan_tar};
pub use blob::{FileAt, ReadAt, Section};
pub use content::{Damage, EntryReader, GZIP_HEADER, gzip_trailer, open};
pub use flag::{ArchiveFlag, Flag, Unknown};
pub use kind::{FileType, SNIFF_BYTES, classify};
