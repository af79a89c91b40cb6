//! `greenroom backup`, `verify` and `restore`.

use super::{in_words, open};
use greenroom::app::open_blobs;
use greenroom::care::{make_backup, restore_backup, verify_backup};
use greenroom::clock::Clock;
use greenroom::config::Config;
use greenroom::model::Millis;
use std::path::Path;
use std::process::ExitCode;

/// Makes a backup; exit code 1 where something is not in it.
pub async fn make(config: &Config, folder: &Path) -> anyhow::Result<ExitCode> {
    let (store, blobs) = open(config).await?;
    let made = make_backup(&store, &blobs, &Clock::System, folder).await;
    store.close().await;
    let made = made?;
    println!(
        "backed up the database and {} blobs ({}), {} of them new, into {}",
        made.blobs,
        in_words(made.bytes),
        made.copied,
        folder.display()
    );
    for (key, reason) in &made.missing {
        println!("not in the backup: {key}: {reason}");
    }
    Ok(if made.missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads a backup; exit code 1 where something is wrong with it.
pub fn verify(folder: &Path) -> ExitCode {
    let (wrong, manifest) = verify_backup(folder);
    for line in &wrong {
        println!("wrong: {line}");
    }
    if let Some(manifest) = manifest {
        let (blobs, bytes) = manifest.content();
        println!("read the database and {blobs} blobs ({}): {} wrong", in_words(bytes), wrong.len());
    }
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Brings a backup back.
pub async fn restore(config: &Config, folder: &Path) -> anyhow::Result<ExitCode> {
    let blobs = open_blobs(config).await?;
    let restored = restore_backup(&config.database_url, &blobs, folder).await?;
    println!(
        "restored the database and {} blobs ({}) as they were at {}",
        restored.blobs,
        in_words(restored.bytes),
        Millis(restored.created_at)
    );
    Ok(ExitCode::SUCCESS)
}
