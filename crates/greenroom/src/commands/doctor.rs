//! `greenroom doctor`: looks at everything that could be wrong.

use clap::Args;
use greenroom::app::open_blobs;
use greenroom::care::doctor::{Finding, Patient, check_names, examine_all};
use greenroom::clock::Clock;
use greenroom::config::Config;
use greenroom::forge::{Forge, ForgeOptions};
use greenroom::store::Store;
use std::process::ExitCode;

#[derive(Args)]
pub struct Options {
    /// One JSON object instead of lines for people.
    #[arg(long)]
    json: bool,
    /// Read everything, not only a sample.
    #[arg(long)]
    deep: bool,
    /// Do not ask GitHub.
    #[arg(long)]
    offline: bool,
    /// Mend what can be: fetch damaged content again, remove what nothing names, free what nobody holds.
    #[arg(long, requires = "yes")]
    repair: bool,
    /// Yes, change things.
    #[arg(long)]
    yes: bool,
}

pub async fn run(config: &Config, options: &Options) -> anyhow::Result<ExitCode> {
    let findings = findings(config, options).await?;
    if options.json {
        println!("{}", serde_json::json!({ "checks": check_names(), "findings": findings }));
    } else {
        for finding in &findings {
            let end = if finding.repaired { " (repaired)" } else { "" };
            println!("{:<20} {}{end}", finding.check, finding.what);
        }
        println!("{} checks, {} findings", check_names().len(), findings.len());
    }
    Ok(if findings.iter().all(|finding| finding.repaired) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn findings(config: &Config, options: &Options) -> anyhow::Result<Vec<Finding>> {
    let broken = |check, error: anyhow::Error| Ok(vec![Finding { check, what: format!("{error:#}"), repaired: false }]);
    let store = match Store::open_beside(&config.database_url).await {
        Ok(store) => store,
        Err(error) => return broken("database", error.into()),
    };
    let blobs = match open_blobs(config).await {
        Ok(blobs) => blobs,
        Err(error) => return broken("storage", error),
    };
    let forge = match options.offline {
        true => None,
        false => {
            let mut asking = ForgeOptions::new(config.api_url.clone(), config.token.clone(), Clock::System);
            asking.timeout = config.api_timeout;
            Some(Forge::new(asking)?)
        }
    };
    let patient = Patient {
        config: config.clone(),
        store,
        blobs,
        forge,
        clock: Clock::System,
        is_deep: options.deep,
        repairs: options.repair,
    };
    let findings = examine_all(&patient).await;
    patient.store.close().await;
    Ok(findings)
}
