//! Commands that look after what is kept, a file each. They work beside the process that serves: through the database
//! and the place for content, never through its lock.

mod backup;
mod cleanup;
mod doctor;
mod gc;
mod purge;

use clap::Subcommand;
use greenroom::app::open_blobs;
use greenroom::blobs::Blobs;
use greenroom::care::belong_together;
use greenroom::config::{Config, Settings};
use greenroom::store::Store;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Command {
    /// Remove content older than CLEANUP_OLD_FILES_DAYS; `serve` does so once an hour.
    Cleanup {
        #[command(flatten)]
        settings: Box<Settings>,
        /// Only tell what would be removed.
        #[arg(long)]
        dry_run: bool,
    },
    /// Remove content that no row names, and spool files left behind; `serve` does so once a day.
    Gc {
        #[command(flatten)]
        settings: Box<Settings>,
        #[command(flatten)]
        options: gc::Options,
    },
    /// Copy the database and all content into a folder, also while `serve` runs; what is there already is not copied again.
    Backup {
        #[command(flatten)]
        settings: Box<Settings>,
        /// Where to: empty, not there yet, or an earlier backup.
        folder: PathBuf,
    },
    /// Read a whole backup and name everything that is not as it was.
    Verify {
        /// Where the backup is.
        folder: PathBuf,
    },
    /// Bring a backup back, into an empty database and an empty file storage only.
    Restore {
        #[command(flatten)]
        settings: Box<Settings>,
        /// Where the backup is.
        folder: PathBuf,
    },
    /// Remove content that leaked something, and all that was read out of it, for good.
    Purge {
        #[command(flatten)]
        settings: Box<Settings>,
        /// What the id is of.
        #[arg(value_enum)]
        what: purge::What,
        /// GitHub's id: of the artifact, of the run, or of the job whose log it is.
        id: i64,
    },
    /// Look at everything that could be wrong: settings, token, database, storage. Exit code 1 with findings.
    Doctor {
        #[command(flatten)]
        settings: Box<Settings>,
        #[command(flatten)]
        options: doctor::Options,
    },
}

impl Command {
    /// Format of log lines, if one was asked for.
    pub fn log_format(&self) -> Option<&str> {
        match self {
            Command::Verify { .. } => None,
            Command::Cleanup { settings, .. }
            | Command::Gc { settings, .. }
            | Command::Backup { settings, .. }
            | Command::Restore { settings, .. }
            | Command::Purge { settings, .. }
            | Command::Doctor { settings, .. } => settings.log_format(),
        }
    }

    /// Does it.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Command::Cleanup { settings, dry_run } => cleanup::run(&settings.check()?, dry_run).await,
            Command::Gc { settings, options } => gc::run(&settings.check()?, &options).await,
            Command::Backup { settings, folder } => backup::make(&settings.check()?, &folder).await,
            Command::Verify { folder } => Ok(backup::verify(&folder)),
            Command::Restore { settings, folder } => backup::restore(&settings.check()?, &folder).await,
            Command::Purge { settings, what, id } => purge::run(&settings.check()?, what, id).await,
            Command::Doctor { settings, options } => doctor::run(&settings.check()?, &options).await,
        }
    }
}

/// The database and the place for content, beside whoever serves them; only if they belong together.
async fn open(config: &Config) -> anyhow::Result<(Store, Blobs)> {
    let store = Store::open_beside(&config.database_url).await?;
    let blobs = open_blobs(config).await?;
    belong_together(&store, &blobs).await?;
    Ok((store, blobs))
}

/// A number of bytes for people.
fn in_words(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KB", "MB", "GB", "TB"];
    let mut unit = 0;
    let mut amount = bytes as f64;
    while amount >= 1000.0 && unit + 1 < UNITS.len() {
        amount /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} bytes") } else { format!("{amount:.1} {}", UNITS[unit]) }
}
