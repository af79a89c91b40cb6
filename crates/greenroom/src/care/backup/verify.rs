//! Verifying a backup without restoring it: every byte is read, and whatever is not as the manifest says is named.

use super::{BackedUpFile, Manifest, measure, place_of};
use std::path::Path;

/// Reads a whole backup; gives what is wrong with it, a line each, and the manifest if that can be read.
pub fn verify(folder: &Path) -> (Vec<String>, Option<Manifest>) {
    let manifest = match Manifest::read(folder) {
        Ok(Some(manifest)) => manifest,
        Ok(None) => return (vec![format!("{} holds no backup: there is no manifest", folder.display())], None),
        Err(error) => return (vec![format!("{error:#}")], None),
    };
    let mut wrong = Vec::new();
    for file in &manifest.database {
        wrong.extend(
            compare(&folder.join(&file.path), file.bytes, &file.sha256).map(|how| format!("{}: {how}", file.path)),
        );
    }
    for blob in &manifest.blobs {
        let how = match place_of(folder, &blob.sha256) {
            Ok(place) => compare(&place, blob.bytes, &blob.sha256),
            Err(error) => Some(error.to_string()),
        };
        wrong.extend(how.map(|how| {
            format!("{} (blobs/{}/{}): {how}", blob.key, &blob.sha256[..2.min(blob.sha256.len())], blob.sha256)
        }));
    }
    for (key, reason) in &manifest.missing {
        wrong.push(format!("{key}: is not in the backup: {reason}"));
    }
    (wrong, Some(manifest))
}

/// What is wrong with a file.
fn compare(path: &Path, bytes: u64, sha256: &str) -> Option<String> {
    match measure(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some("is missing".into()),
        Err(error) => Some(format!("cannot be read: {error}")),
        Ok((found, _)) if found != bytes => Some(format!("has {found} bytes instead of {bytes}")),
        Ok((_, found)) if found != sha256 => Some("has changed: its SHA-256 differs".into()),
        Ok(_) => None,
    }
}

impl BackedUpFile {
    /// Whether it is as the manifest says.
    pub(super) fn check(&self, folder: &Path) -> anyhow::Result<()> {
        match compare(&folder.join(&self.path), self.bytes, &self.sha256) {
            Some(how) => anyhow::bail!("the backup is damaged: {} {how}", self.path),
            None => Ok(()),
        }
    }
}

impl Manifest {
    /// Blobs, and bytes of them, in the backup.
    pub fn content(&self) -> (u64, u64) {
        (self.blobs.len() as u64, self.blobs.iter().map(|blob| blob.bytes).sum())
    }
}
