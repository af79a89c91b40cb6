//! `greenroom purge`: removes what leaked something.

use super::open;
use clap::ValueEnum;
use greenroom::care::{Leak, purge};
use greenroom::clock::Clock;
use greenroom::config::Config;
use std::process::ExitCode;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum What {
    /// An artifact.
    Artifact,
    /// All artifacts and logs of a run.
    Run,
    /// The log of a job.
    Log,
}

pub async fn run(config: &Config, what: What, id: i64) -> anyhow::Result<ExitCode> {
    let leak = match what {
        What::Artifact => Leak::Artifact(id),
        What::Run => Leak::Run(id),
        What::Log => Leak::Log(id),
    };
    let (store, blobs) = open(config).await?;
    let clock = Clock::System;
    let purged = purge(&store, &blobs, &clock, leak).await?;
    let in_backup = store.backup_is_running(clock.now()).await?;
    let is_shared = store.is_shared();
    store.close().await;
    let Some(purged) = purged else {
        eprintln!("greenroom: there is no {} {id}", format!("{what:?}").to_lowercase());
        return Ok(ExitCode::FAILURE);
    };
    println!("purged {} artifacts and {} logs", purged.artifacts, purged.logs);
    if !purged.is_scrubbed {
        println!(
            "somebody is reading the database: its write-ahead log is emptied a little later; purge again to be sure"
        );
    }
    if is_shared {
        println!("PostgreSQL's own log and backups may hold it until they are recycled");
    }
    if in_backup {
        println!("a backup is being made, and may hold it: make it again afterwards");
    }
    println!("earlier backups still hold it; a new backup into the same folder removes it from there");
    Ok(ExitCode::SUCCESS)
}
