//! `greenroom cleanup`: removes content older than it is to be kept.

use super::{in_words, open};
use greenroom::clock::Clock;
use greenroom::config::Config;
use greenroom::events::Hub;
use greenroom::model::DAY_MS;
use greenroom::retention::Retention;
use std::process::ExitCode;

pub async fn run(config: &Config, is_dry: bool) -> anyhow::Result<ExitCode> {
    if config.keep_days == 0 {
        println!("nothing to remove: CLEANUP_OLD_FILES_DAYS is 0, so that content is kept for ever");
        return Ok(ExitCode::SUCCESS);
    }
    let (store, blobs) = open(config).await?;
    let clock = Clock::System;
    let (artifacts, logs, bytes) = store.count_made_before(clock.now().plus(-config.keep_days * DAY_MS)).await?;
    let bytes = in_words(u64::try_from(bytes).unwrap_or(0));
    if is_dry {
        println!("would remove {artifacts} artifacts and {logs} logs older than {} days ({bytes})", config.keep_days);
    } else {
        let retention = Retention { store: store.clone(), blobs, hub: Hub::new(), clock, keep_days: config.keep_days };
        let removed = retention.sweep().await?;
        println!("removed {removed} artifacts and logs older than {} days ({bytes})", config.keep_days);
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}
