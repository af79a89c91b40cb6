//! Restoring a backup into an empty database and an empty file storage. The content comes first, the database last and
//! in one step; until then a note in the storage keeps everybody else out. Killed at any point, the next restore of the
//! same backup goes on.

use super::{BackedUpBlob, Manifest, place_of};
use crate::blobs::{BlobKey, Blobs};
use crate::care::identity::{self, RESTORING};
use crate::store::Store;
use anyhow::Context;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::path::Path;

/// What a restore has brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Blobs.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When the backup was made, in milliseconds since the epoch.
    pub created_at: i64,
}

/// Restores the backup in `folder` into the database at `address` and into `blobs`.
///
/// # Errors
/// One of them is not empty, the backup is damaged (which names the file), is of the other engine or of a newer version,
/// or something failed on the way; restoring again then goes on.
pub async fn restore(address: &str, blobs: &Blobs, folder: &Path) -> anyhow::Result<Restored> {
    let manifest = Manifest::read(folder)?.with_context(|| format!("{} holds no backup", folder.display()))?;
    let engine = if address.starts_with("sqlite:") { "sqlite" } else { "postgres" };
    anyhow::ensure!(
        manifest.engine == engine,
        "the backup is one of {}, and DATABASE_URL is {engine}: a backup is restored into the engine it came from",
        manifest.engine
    );
    let known = crate::store::MIGRATIONS.len() as i64;
    anyhow::ensure!(
        manifest.schema <= known,
        "the backup has schema {}, this program knows {known}: use a newer version of greenroom",
        manifest.schema
    );
    let has_database = into_empty(address, blobs, &manifest).await?;
    if !has_database {
        manifest.database.iter().try_for_each(|file| file.check(folder))?;
    }
    blobs.set_note(RESTORING, &manifest.id()?).await?;
    for blob in &manifest.blobs {
        put(blobs, folder, blob).await?;
    }
    identity::mark(blobs, &manifest.store_id).await?;
    if !has_database {
        let first = manifest.database.first().context("the backup has no database")?;
        let copy = folder.join(&first.path);
        let copy = copy.parent().context("the backup has no database")?;
        Store::load(address, copy, manifest.schema).await?;
    }
    blobs.remove_note(RESTORING).await?;
    let (blobs, bytes) = manifest.content();
    Ok(Restored { blobs, bytes, created_at: manifest.created_at })
}

/// Refuses to restore over anything but a restore of the same backup that was broken off; tells whether that had got as
/// far as the database.
async fn into_empty(address: &str, blobs: &Blobs, manifest: &Manifest) -> anyhow::Result<bool> {
    let goes_on = match blobs.note(RESTORING).await? {
        Some(id) => {
            anyhow::ensure!(
                id == manifest.id()?,
                "FILE_STORAGE_PATH holds a restore of another backup that was broken off"
            );
            true
        }
        None => {
            let is_empty = !identity::has_content(blobs).await?;
            anyhow::ensure!(is_empty, "FILE_STORAGE_PATH is not empty: a backup is restored into an empty place only");
            false
        }
    };
    let found = Store::occupancy(address, identity::STORE_ID).await?;
    if goes_on && found.setting.as_ref() == Some(&manifest.store_id) {
        return Ok(true);
    }
    anyhow::ensure!(!found.is_taken, "DATABASE_URL is not empty: a backup is restored into an empty database only");
    Ok(false)
}

async fn put(blobs: &Blobs, folder: &Path, blob: &BackedUpBlob) -> anyhow::Result<()> {
    let key =
        BlobKey::parse(&blob.key).with_context(|| format!("the manifest names an impossible blob {:?}", blob.key))?;
    // A blob is there whole or not at all.
    if blobs.size(&key).await? == Some(blob.bytes) {
        return Ok(());
    }
    let (place, mut file, expected) = (place_of(folder, &blob.sha256)?, blobs.spool()?, blob.sha256.clone());
    let copied = tokio::task::spawn_blocking(move || {
        let mut source = std::fs::File::open(&place)?;
        let (mut hash, mut chunk) = (Sha256::new(), vec![0; 256 * 1024]);
        loop {
            match source.read(&mut chunk)? {
                0 => break,
                count => {
                    hash.update(&chunk[..count]);
                    file.write_all(&chunk[..count])?;
                }
            }
        }
        anyhow::ensure!(hex::encode(hash.finalize()) == expected, "its SHA-256 differs");
        Ok(file)
    });
    let file = copied.await?.with_context(|| format!("the backup is damaged: {} ({})", blob.key, blob.sha256))?;
    blobs.put(&key, file).await
}
