//! Backups: a copy of the database as of one moment, then every blob that it names, in a folder that proves itself. Blobs
//! never change, so a further backup into the same folder copies what is new and nothing else.
//!
//! ```text
//! FOLDER/manifest            its own SHA-256, then JSON: what belongs to the backup, with hashes
//! FOLDER/database-<time>/    the copy of the database
//! FOLDER/blobs/ab/abcd…      content, named by its SHA-256
//! ```
//!
//! The manifest is written last and in one step: until then the folder holds the backup before.

mod make;
mod restore;
mod verify;

pub use make::{Made, make};
pub use restore::{Restored, restore};
pub use verify::verify;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Name of the manifest.
const MANIFEST: &str = "manifest";
/// Folder of the content.
const BLOBS: &str = "blobs";
/// What the folder of a copied database begins with.
const DATABASE: &str = "database-";
/// Version of the format.
const FORMAT: u32 = 1;

/// What belongs to a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Version of this format.
    format: u32,
    /// Program that wrote it.
    version: String,
    /// When the database was copied, in milliseconds since the epoch.
    created_at: i64,
    /// `sqlite` or `postgres`.
    engine: String,
    /// Version of the schema.
    schema: i64,
    /// Id that database and file storage share.
    store_id: String,
    /// Files of the database, in the order of their names.
    database: Vec<BackedUpFile>,
    /// Content, in the order of the keys.
    blobs: Vec<BackedUpBlob>,
    /// Keys that the database names and that could not be copied, with the reason.
    missing: Vec<(String, String)>,
}

/// A file of the backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct BackedUpFile {
    /// Path within the backup.
    path: String,
    bytes: u64,
    sha256: String,
}

/// A blob of the backup; its place follows from its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct BackedUpBlob {
    key: String,
    bytes: u64,
    sha256: String,
}

impl Manifest {
    /// Reads the manifest of a backup; `None` where there is none.
    fn read(folder: &Path) -> anyhow::Result<Option<Manifest>> {
        let text = match std::fs::read_to_string(folder.join(MANIFEST)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.context("could not read the manifest")?,
        };
        let (hash, json) = text.split_once('\n').context("the manifest is damaged: it has no hash")?;
        anyhow::ensure!(hash == hex::encode(Sha256::digest(json)), "the manifest is damaged: its hash differs");
        let manifest: Manifest = serde_json::from_str(json).context("the manifest cannot be read")?;
        anyhow::ensure!(
            manifest.format == FORMAT,
            "the backup has format {}, this program knows {FORMAT}",
            manifest.format
        );
        Ok(Some(manifest))
    }

    /// As it is written.
    fn text(&self) -> anyhow::Result<String> {
        let json = serde_json::to_string(self)?;
        Ok(format!("{}\n{json}", hex::encode(Sha256::digest(&json))))
    }

    /// What tells this backup from every other.
    fn id(&self) -> anyhow::Result<String> {
        Ok(self.text()?.chars().take(64).collect())
    }
}

/// Where content with this hash is, within a backup. Hashes come out of a file: anything else is refused.
fn place_of(folder: &Path, sha256: &str) -> anyhow::Result<PathBuf> {
    let is_hash = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
    anyhow::ensure!(is_hash, "the manifest names an impossible hash {sha256:?}");
    Ok(folder.join(BLOBS).join(&sha256[..2]).join(sha256))
}

/// Length and SHA-256 of a file.
fn measure(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = std::fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok((bytes, hex::encode(hash.finalize()))),
            count => {
                hash.update(&chunk[..count]);
                bytes += count as u64;
            }
        }
    }
}
