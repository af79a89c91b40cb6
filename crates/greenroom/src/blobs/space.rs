//! How much room a file system has, and what kind it is.

use anyhow::Context;
use std::path::Path;

/// Room on a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// What is used of it, and what this user may still write.
    pub total_bytes: u64,
    /// What this user may still write.
    pub free_bytes: u64,
    /// Files it can hold; 0 where it does not count them.
    pub total_files: u64,
    /// Files it can still take.
    pub free_files: u64,
}

/// Kinds of file systems that deserve a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileSystem {
    /// NFS.
    Nfs,
    /// SMB or CIFS.
    Smb,
    /// In memory: it is gone with the machine.
    Memory,
    /// The upper layer of a container: it is gone with the container.
    Overlay,
    /// Any other.
    Other,
}

impl Space {
    /// The room where `path` is.
    ///
    /// # Errors
    /// The system does not say.
    pub fn of(path: &Path) -> anyhow::Result<Space> {
        let found = rustix::fs::statvfs(path).with_context(|| format!("could not ask for the room at {path:?}"))?;
        Ok(Space {
            // As `df` counts: what only others may write is not there for us.
            total_bytes: (found.f_blocks.saturating_sub(found.f_bfree) + found.f_bavail).saturating_mul(found.f_frsize),
            free_bytes: found.f_bavail.saturating_mul(found.f_frsize),
            total_files: found.f_files,
            free_files: found.f_favail,
        })
    }

    /// Share that is used, in percent, of what this user could use.
    pub fn used_percent(&self) -> f64 {
        if self.total_bytes == 0 {
            return 0.0;
        }
        100.0 * (1.0 - self.free_bytes as f64 / self.total_bytes as f64)
    }
}

impl FileSystem {
    /// The kind of file system where `path` is.
    ///
    /// # Errors
    /// The system does not say.
    #[cfg(target_os = "linux")]
    pub fn of(path: &Path) -> anyhow::Result<FileSystem> {
        let found =
            rustix::fs::statfs(path).with_context(|| format!("could not ask for the file system of {path:?}"))?;
        Ok(FileSystem::from_magic(found.f_type as u32))
    }

    /// The kind of file system where `path` is; only Linux is asked.
    ///
    /// # Errors
    /// None.
    #[cfg(not(target_os = "linux"))]
    pub fn of(_path: &Path) -> anyhow::Result<FileSystem> {
        Ok(FileSystem::Other)
    }

    /// Numbers of `linux/magic.h`.
    fn from_magic(magic: u32) -> FileSystem {
        match magic {
            0x6969 => FileSystem::Nfs,
            0x517b | 0xff53_4d42 | 0xfe53_4d42 => FileSystem::Smb,
            0x0102_1994 | 0x8584_58f6 => FileSystem::Memory,
            0x794c_7630 => FileSystem::Overlay,
            _ => FileSystem::Other,
        }
    }
}

/// How many files this process may have open; `None` for no limit.
pub fn max_open_files() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_told() {
        let space = Space::of(&std::env::temp_dir()).unwrap();
        assert!(space.total_bytes >= space.free_bytes && space.total_bytes > 0, "{space:?}");
        assert!(Space::of(Path::new("/nowhere/at/all")).is_err());
        let half = Space { total_bytes: 200, free_bytes: 100, total_files: 0, free_files: 0 };
        assert_eq!(half.used_percent(), 50.0);
    }

    #[test]
    fn o15_network_and_passing_file_systems_are_known_by_their_numbers() {
        let known = [
            (0x6969, FileSystem::Nfs),
            (0xff53_4d42, FileSystem::Smb),
            (0x0102_1994, FileSystem::Memory),
            (0x794c_7630, FileSystem::Overlay),
            (0xef53, FileSystem::Other),
        ];
        for (magic, kind) in known {
            assert_eq!(FileSystem::from_magic(magic), kind, "{magic:x}");
        }
    }
}
