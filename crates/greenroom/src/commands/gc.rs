//! `greenroom gc`: removes content that no row names.

use super::{in_words, open};
use clap::Args;
use greenroom::care::Garbage;
use greenroom::clock::Clock;
use greenroom::config::Config;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Args)]
pub struct Options {
    /// Only tell what would be removed.
    #[arg(long)]
    dry_run: bool,
    /// Hours for which content without a row is let be.
    #[arg(long, default_value_t = 24.0, value_name = "HOURS", value_parser = hours)]
    grace_hours: f64,
}

fn hours(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(hours) if (0.0..=100_000.0).contains(&hours) => Ok(hours),
        _ => Err("it is not a number of hours between 0 and 100000".into()),
    }
}

pub async fn run(config: &Config, options: &Options) -> anyhow::Result<ExitCode> {
    let (store, blobs) = open(config).await?;
    let garbage = Garbage { store: store.clone(), blobs, clock: Clock::System };
    let swept = garbage.sweep(Duration::from_secs_f64(options.grace_hours * 3600.0), options.dry_run).await?;
    store.close().await;
    let verb = if options.dry_run { "would remove" } else { "removed" };
    println!("looked at {} blobs", swept.blobs);
    println!(
        "{verb} {} blobs that nothing names ({}) and {} spool files",
        swept.orphans.len(),
        in_words(swept.orphan_bytes),
        swept.spool_files
    );
    for orphan in swept.orphans.iter().take(100) {
        println!("  {} ({})", orphan.key, in_words(orphan.bytes));
    }
    if swept.young > 0 {
        println!("{} more blobs that nothing names are younger than {} h", swept.young, options.grace_hours);
    }
    Ok(ExitCode::SUCCESS)
}
