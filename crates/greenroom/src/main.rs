//! The command line: `serve`, `sync`, `demo`, `check-config`, `openapi`; those that look after what is kept are in
//! `commands`.

use anyhow::Context;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, Subcommand};
use greenroom::app::{self, App, Tuning};
use greenroom::clock::Clock;
use greenroom::config::{self, Config, ConfigError, Settings};
use greenroom::events::RefreshError;
use greenroom::forge::{Forge, ForgeOptions};
use greenroom::model::HOUR_MS;
use greenroom::reader;
use greenroom::store::{Store, StoreError, StoreOptions};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use tracing::info;
use tracing_subscriber::EnvFilter;

mod commands;
mod progress;

/// Exit code for bad configuration, as sysexits.h has it.
const EX_CONFIG: u8 = 78;

/// A self-hosted GitHub Actions test dashboard.
#[derive(Parser)]
#[command(name = "greenroom", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Mirror the configured repositories and serve the dashboard.
    Serve {
        #[command(flatten)]
        settings: Box<Settings>,
    },
    /// Mirror once, showing progress, then exit; exit code 0 when everything was mirrored.
    Sync {
        #[command(flatten)]
        settings: Box<Settings>,
    },
    /// Serve the dashboard over a simulated GitHub with a rich, growing repository. Needs nothing else.
    Demo {
        #[command(flatten)]
        settings: Box<Settings>,
        /// What the repository is made from; the same number makes the same one.
        #[arg(long, default_value_t = 7)]
        seed: u64,
        /// Where the demo keeps its data; default: a new temporary folder, removed at the end.
        #[arg(long)]
        folder: Option<std::path::PathBuf>,
    },
    /// Check the configuration, the database, the place for files and the access to GitHub.
    CheckConfig {
        #[command(flatten)]
        settings: Box<Settings>,
        /// Do not ask GitHub.
        #[arg(long)]
        offline: bool,
    },
    /// Commands that look after what is kept.
    #[command(flatten)]
    Care(commands::Command),
    /// Read what strangers wrote, for the process that started this one. Not for people.
    #[command(hide = true)]
    Read {
        #[arg(long)]
        memory_bytes: u64,
        #[arg(long)]
        cpu_seconds: u64,
    },
    /// Print the description of the HTTP API.
    Openapi,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            if let Some(variable) = variable_at_fault(&error) {
                eprintln!("\nThe value is that of the environment variable {variable}.");
            }
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => ExitCode::from(2),
                _ => ExitCode::from(EX_CONFIG),
            };
        }
    };
    if let Command::Read { memory_bytes, cpu_seconds } = arguments.command {
        let read = reader::work(reader::Allowance { memory_bytes, cpu_seconds });
        return read.unwrap_or_else(|error| complain(&error.into()));
    }
    if !matches!(arguments.command, Command::Openapi) {
        let variables: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
        if let Some(error) = config::misspelt(variables.iter().map(String::as_str)) {
            return complain(&error.into());
        }
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("greenroom: could not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments.command)) {
        Ok(code) => code,
        Err(error) => complain(&error),
    }
}

/// The environment variable a refused value came from, if it was none of the flags given.
fn variable_at_fault(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
    let flag = argument.split([' ', '[', '<']).next()?.trim_end_matches('=');
    let variable = flag.strip_prefix("--")?.replace('-', "_").to_uppercase();
    let is_given = std::env::args().any(|given| given == flag || given.starts_with(&format!("{flag}=")));
    (!is_given && std::env::var_os(&variable).is_some()).then_some(variable)
}

fn complain(error: &anyhow::Error) -> ExitCode {
    eprintln!("greenroom: {error:#}");
    let configuration = error.is::<ConfigError>() || matches!(error.downcast_ref(), Some(StoreError::Address { .. }));
    if configuration { ExitCode::from(EX_CONFIG) } else { ExitCode::FAILURE }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve { settings } => {
            start_logging(settings.log_format(), "info")?;
            serve(settings.check()?).await
        }
        Command::Sync { settings } => {
            start_logging(settings.log_format(), "warn")?;
            sync(settings.check()?).await
        }
        Command::Demo { settings, seed, folder } => {
            start_logging(settings.log_format(), "info,fakehub=warn")?;
            demo(*settings, seed, folder).await
        }
        Command::CheckConfig { settings, offline } => {
            start_logging(settings.log_format(), "error")?;
            check_config(settings.check()?, offline).await
        }
        Command::Care(command) => {
            start_logging(command.log_format(), "error")?;
            command.run().await
        }
        Command::Read { .. } | Command::Openapi => {
            println!("{}", greenroom::api::openapi().to_pretty_json()?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Text on a terminal, else one JSON object a line. Control characters in fields are escaped by both.
fn start_logging(format: Option<&str>, default_level: &str) -> Result<(), ConfigError> {
    let level = std::env::var("RUST_LOG").ok().filter(|level| !level.is_empty());
    let filter = EnvFilter::try_new(level.as_deref().unwrap_or(default_level))
        .map_err(|error| ConfigError { setting: "RUST_LOG".into(), problem: error.to_string() })?;
    let terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if format.map_or(terminal, |format| format == "text") {
        lines.with_ansi(terminal && std::env::var_os("NO_COLOR").is_none()).init();
    } else {
        lines.json().flatten_event(true).init();
    }
    Ok(())
}

async fn serve(config: Config) -> anyhow::Result<ExitCode> {
    let names: Vec<String> = config.repositories.iter().map(|(owner, name)| format!("{owner}/{name}")).collect();
    let listener = app::bind(&config).await?;
    let mut app = App::start(&config, Tuning::default()).await?;
    let address = app.answer(listener, &config, Clock::System)?;
    info!(%address, repositories = names.join(","), database = app.store.engine_name(), "listening on http://{address}");
    println!("listening on http://{address}");
    stop_signal().await;
    info!("stopping");
    app.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Returns at the first SIGTERM or SIGINT; a second one ends the process at once.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(130);
    });
}

async fn sync(config: Config) -> anyhow::Result<ExitCode> {
    let app = App::start(&config, Tuning::default()).await?;
    let showing = tokio::spawn(progress::show(app.hub.clone()));
    let outcome = tokio::select! {
        outcome = app.hub.refresh() => Some(outcome),
        () = stop_signal() => None,
    };
    showing.abort();
    let _ = showing.await;
    let failed = app.store.failed_items(20).await.unwrap_or_default();
    app.stop().await;
    let mut out = std::io::stdout();
    match outcome {
        None => {
            writeln!(out, "interrupted; the next sync goes on from here")?;
            Ok(ExitCode::from(130))
        }
        Some(Err(RefreshError::Limited { until })) => {
            eprintln!(
                "greenroom: could not sync: GitHub's rate limit is used up until {until}; a sync after that goes on from here"
            );
            Ok(ExitCode::FAILURE)
        }
        Some(Err(error)) => {
            eprintln!("greenroom: could not sync: {error}");
            Ok(ExitCode::FAILURE)
        }
        Some(Ok(summary)) => {
            writeln!(
                out,
                "synced: {} new runs, {} updated runs, {} new files, {} updated workflows",
                summary.new_runs, summary.updated_runs, summary.new_files, summary.updated_workflows
            )?;
            for item in &failed {
                writeln!(out, "failed: {} {}: {} (tries: {})", item.kind, item.id, item.reason, item.attempts)?;
            }
            Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

async fn demo(settings: Settings, seed: u64, folder: Option<std::path::PathBuf>) -> anyhow::Result<ExitCode> {
    let now = Clock::System.now();
    let mut world = fakehub::demo::world(seed, now.0);
    // The quota of an organisation: a demo polls every few seconds, and is meant to run for hours.
    world.set_quota(15_000, 15_000, now.plus(HOUR_MS).0);
    world.follow_real_time(1.0);
    let hub = fakehub::FakeHub::start(world).await.context("could not start the simulated GitHub")?;
    let temporary =
        tempfile::Builder::new().prefix("greenroom-demo-").tempdir().context("could not make a temporary folder")?;
    let folder = folder.unwrap_or_else(|| temporary.path().to_owned());
    let settings = settings.for_demo(hub.api_url(), fakehub::TOKEN, fakehub::demo::OWNER, fakehub::demo::NAME, &folder);
    let code = serve(settings.check()?).await?;
    hub.stop().await;
    Ok(code)
}

async fn check_config(config: Config, offline: bool) -> anyhow::Result<ExitCode> {
    println!("configuration  ok");
    let store = Store::open(&config.database_url, StoreOptions::default()).await?;
    println!("database       ok ({}, schema {})", store.engine_name(), store.schema_version().await?);
    let blobs = app::open_blobs(&config).await?;
    blobs.usable().await.with_context(|| format!("FILE_STORAGE_PATH: {} cannot be used", config.file_storage))?;
    greenroom::care::agree(&store, &blobs, config.adopt_storage).await?;
    store.close().await;
    println!("file storage   ok ({})", config.file_storage);
    if config.keep_days > 0 && config.keep_days < config.initial_sync_days {
        println!(
            "warning        CLEANUP_OLD_FILES_DAYS is shorter than INITIAL_SYNC_DAYS: the oldest content is listed but not fetched"
        );
    }
    if offline {
        return Ok(ExitCode::SUCCESS);
    }
    let mut options = ForgeOptions::new(config.api_url.clone(), config.token.clone(), Clock::System);
    options.timeout = config.api_timeout;
    let forge = Forge::new(options)?;
    for (owner, name) in &config.repositories {
        let repository = forge
            .repository(owner, name)
            .await
            .with_context(|| format!("could not read {owner}/{name} from {}", config.api_url))?;
        println!("repository     ok ({}/{}, id {})", repository.owner, repository.name, repository.id);
    }
    if let (Some(limit), Some(remaining)) = (forge.rate_limit().limit, forge.rate_limit().remaining) {
        println!("rate limit     {remaining} of {limit} requests left this hour");
    }
    Ok(ExitCode::SUCCESS)
}
