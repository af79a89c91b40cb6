//! Moving a finished file to its place so that it survives a power cut: the content is on the disk
//! before the name points at it, and the name is on the disk before we say so.

use anyhow::Context;
use std::fs::File;
use std::io;
use std::path::Path;
use tempfile::NamedTempFile;

/// Moves `file` to `target`, which is somewhere below the existing directory `root`.
pub(crate) fn move_in(file: NamedTempFile, root: &Path, target: &Path) -> anyhow::Result<()> {
    let parent = target.parent().context("it has no directory")?;
    file.as_file().sync_all()?;
    create_directories(root, parent)?;
    let _shared = lock(root, File::lock_shared);
    file.persist(target).map_err(|failed| failed.error)?;
    sync_directory(parent)?;
    Ok(())
}

/// Keeps [`move_in`] of every process waiting until the answer is dropped. `None` where the file system has no locks.
pub(super) fn lock_out(root: &Path) -> Option<File> {
    lock(root, File::lock)
}

/// A lock on the directory itself: it needs no file of its own, and the system lets go of it with its holder.
fn lock(root: &Path, kind: impl FnOnce(&File) -> io::Result<()>) -> Option<File> {
    let directory = File::open(root).ok()?;
    kind(&directory).ok()?;
    Some(directory)
}

/// Creates what is missing between `root` and `directory`. A new directory is only durable once the
/// one it is in has been synchronised.
fn create_directories(root: &Path, directory: &Path) -> io::Result<()> {
    if directory == root || directory.is_dir() {
        return Ok(());
    }
    let Some(parent) = directory.parent() else { return Ok(()) };
    create_directories(root, parent)?;
    match std::fs::create_dir(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_directory(parent),
    }
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
