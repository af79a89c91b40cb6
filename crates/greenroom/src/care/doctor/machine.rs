//! Checks of the settings and of the machine.

use super::{Found, Patient, Said};
use crate::blobs::{FileSystem, Space, max_open_files};
use std::path::PathBuf;

/// Files that many connections and downloads need.
const LEAST_OPEN_FILES: u64 = 1_024;
/// Free files below which a file system may soon take none.
const LEAST_FREE_FILES: u64 = 10_000;
/// Free bytes below which a file system may soon take none, unless the settings ask for more.
const LEAST_FREE_BYTES: u64 = 500_000_000;

pub(super) async fn open_network(patient: &Patient) -> Found {
    let host = patient.config.host;
    let is_open = !host.is_loopback();
    Ok(one(is_open, || {
        format!(
            "the dashboard listens on {host}, which others can reach, and has no login: put a proxy with one before it"
        )
    }))
}

pub(super) async fn retention(patient: &Patient) -> Found {
    let (keep, window) = (patient.config.keep_days, patient.config.initial_sync_days);
    Ok(one(keep > 0 && keep < window, || {
        format!(
            "CLEANUP_OLD_FILES_DAYS ({keep}) is shorter than INITIAL_SYNC_DAYS ({window}): the oldest content is listed and never fetched"
        )
    }))
}

/// Where content and database are, as far as they are on file systems of this machine.
fn places(patient: &Patient) -> Vec<(&'static str, PathBuf)> {
    let mut places = Vec::new();
    if !patient.config.file_storage.contains("://") {
        places.push(("FILE_STORAGE_PATH", PathBuf::from(&patient.config.file_storage)));
    }
    if let Some(rest) = patient.config.database_url.strip_prefix("sqlite:") {
        places.push(("DATABASE_URL", PathBuf::from(rest.strip_prefix("//").unwrap_or(rest))));
    }
    places
}

pub(super) async fn disk(patient: &Patient) -> Found {
    let mut found = Vec::new();
    let asked = patient.config.room.min_free_bytes.filter(|limit| !limit.is_usual).map(|limit| limit.limit);
    for (setting, place) in places(patient) {
        let space = Space::of(&place)?;
        let least = asked.unwrap_or(LEAST_FREE_BYTES.min(space.total_bytes / 10));
        found.extend(one(space.free_bytes < least, || {
            format!("only {} MB are free at {} ({setting})", space.free_bytes / 1_000_000, place.display())
        }));
        let is_short = space.total_files > 0 && space.free_files < LEAST_FREE_FILES.min(space.total_files / 20);
        found.extend(one(is_short, || {
            format!("only {} more files fit at {} ({setting})", space.free_files, place.display())
        }));
    }
    Ok(found)
}

pub(super) async fn file_system(patient: &Patient) -> Found {
    let mut found = Vec::new();
    for (setting, place) in places(patient) {
        let kind = FileSystem::of(&place)?;
        let words = match kind {
            FileSystem::Nfs => "NFS, whose locks and caches a database cannot rely on",
            FileSystem::Smb => "SMB, whose locks and caches a database cannot rely on",
            FileSystem::Memory => "in memory: it is gone when the machine restarts",
            FileSystem::Overlay => "the upper layer of a container: it is gone with the container; mount a volume",
            FileSystem::Other => continue,
        };
        found.push(Said::from(format!("{} ({setting}) is on a file system that is {words}", place.display())));
    }
    if patient.config.file_storage.contains("://") && FileSystem::of(&std::env::temp_dir())? == FileSystem::Memory {
        found.push(Said::from(format!(
            "downloads for {} are collected in {}, which is in memory: set TMPDIR",
            patient.config.file_storage,
            std::env::temp_dir().display()
        )));
    }
    Ok(found)
}

pub(super) async fn open_files(_patient: &Patient) -> Found {
    let most = max_open_files();
    Ok(one(most.is_some_and(|most| most < LEAST_OPEN_FILES), || {
        format!("this process may open {} files only; raise the limit (ulimit -n) to 8192", most.unwrap_or_default())
    }))
}

/// What is wrong if `is_wrong`.
pub(super) fn one(is_wrong: bool, what: impl FnOnce() -> String) -> Vec<Said> {
    if is_wrong { vec![Said::from(what())] } else { Vec::new() }
}
