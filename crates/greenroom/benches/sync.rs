//! How fast and how frugally a repository is mirrored: the first sync against merely downloading the same bytes, and
//! what a poll costs that finds nothing.

#![allow(clippy::unwrap_used)]

mod support;

use futures::StreamExt;
use greenroom::app::{App, Tuning};
use greenroom::clock::Clock;
use greenroom::config::Settings;
use greenroom::model::MINUTE_MS;
use greenroom::reader;
use std::path::Path;
use std::time::{Duration, Instant};
use support::hub::{Content, Counts, Downloads};
use support::{Hub, Measured, Program, Table, median, ratio};

const RUNS: usize = 200;
const ARTIFACTS_PER_RUN: usize = 2;
const FILES_PER_ARTIFACT: usize = 40;
const AT_ONCE: usize = 3;
const ROUNDS: usize = 3;
/// A delay before every answer that is mild for GitHub.
const NETWORK_MS: u64 = 20;

fn main() {
    support::serve_if_asked();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    first_sync(&runtime);
    quiet_polls(&runtime);
}

fn world(workflows: usize) -> Content {
    Content::Many {
        workflows,
        runs: RUNS,
        artifacts_per_run: ARTIFACTS_PER_RUN,
        files_per_artifact: FILES_PER_ARTIFACT,
    }
}

fn first_sync(runtime: &tokio::runtime::Runtime) {
    let mut hub = Hub::start(world(3));
    let downloads = hub.downloads();
    let mut table = Table::new([
        "network",
        "floor: download only",
        "greenroom sync",
        "ratio",
        "best ratio",
        "processor time",
        "aim",
    ]);
    let mut asked = Counts::default();
    for delay_ms in [0, NETWORK_MS] {
        hub.slow(delay_ms);
        let (mut floors, mut syncs) = (Vec::new(), Vec::<Measured>::new());
        for _ in 0..ROUNDS {
            hub.clear();
            floors.push(runtime.block_on(floor(&hub.api_url, &downloads)));
            let floor_bytes = hub.counts().blob_bytes;
            hub.clear();
            syncs.push(sync(&hub));
            asked = hub.counts();
            assert_eq!(asked.blob_bytes, floor_bytes, "the floor downloads what the sync does");
        }
        let times: Vec<Duration> = syncs.iter().map(|sync| sync.took).collect();
        let best = times.iter().min().unwrap();
        table.row([
            if delay_ms == 0 { "loopback".to_owned() } else { format!("{delay_ms} ms to every answer") },
            format!("{:.2} s", median(&floors).as_secs_f64()),
            format!("{:.2} s", median(&times).as_secs_f64()),
            ratio(median(&times), median(&floors)),
            ratio(*best, *floors.iter().min().unwrap()),
            format!("{:.2} s", syncs[ROUNDS / 2].processor.as_secs_f64()),
            "≤ 1.50×".to_owned(),
        ]);
    }
    table.print(&format!(
        "First sync: {RUNS} runs × {ARTIFACTS_PER_RUN} artifacts × {FILES_PER_ARTIFACT} files, {} MB, {AT_ONCE} downloads at once, median of {ROUNDS}",
        asked.blob_bytes / 1_000_000
    ));
    let mut table = Table::new(["requests of the first sync", "in all", "per run", "floor per run"]);
    let per_run = |count: usize| format!("{:.2}", count as f64 / RUNS as f64);
    let least = ARTIFACTS_PER_RUN + 1;
    table.row(["API".into(), asked.api.to_string(), per_run(asked.api), format!("{}.00 and one for the jobs", least)]);
    table.row(["blob store".into(), asked.blob.to_string(), per_run(asked.blob), format!("{least}.00")]);
    table.print("Requests per run mirrored");
}

/// Downloads everything as the API redirects, and does nothing with it.
async fn floor(api_url: &str, downloads: &Downloads) -> Duration {
    let client = reqwest::Client::builder().no_gzip().user_agent("floor").build().unwrap();
    let started = Instant::now();
    futures::stream::iter(&downloads.paths)
        .for_each_concurrent(AT_ONCE, |path| {
            let request = client.get(format!("{api_url}{path}")).bearer_auth(fakehub::TOKEN);
            async move {
                let mut response = request.send().await.unwrap().error_for_status().unwrap();
                while response.chunk().await.unwrap().is_some() {}
            }
        })
        .await;
    started.elapsed()
}

/// `greenroom sync` from nothing.
fn sync(hub: &Hub) -> Measured {
    let folder = folder();
    let (measured, said) = Program::sync(folder.path(), hub).run();
    let files = RUNS * ARTIFACTS_PER_RUN * FILES_PER_ARTIFACT;
    assert!(said.contains(&format!("{RUNS} new runs")) && said.contains(&format!("{files} new files")), "{said}");
    measured
}

fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("greenroom-bench-").tempdir().unwrap()
}

fn quiet_polls(runtime: &tokio::runtime::Runtime) {
    let mut table = Table::new(["workflows", "requests of a quiet poll", "answered 304", "costing quota", "aim"]);
    for workflows in [3, 60] {
        let mut hub = Hub::start(Content::Many { workflows, runs: RUNS, artifacts_per_run: 1, files_per_artifact: 1 });
        let asked = runtime.block_on(quiet_poll(&mut hub));
        table.row([
            workflows.to_string(),
            asked.api.to_string(),
            asked.not_modified.to_string(),
            asked.counted.to_string(),
            "304 only, 0 of quota".to_owned(),
        ]);
    }
    table.print(&format!("A poll that finds nothing, {RUNS} runs mirrored"));
}

/// What the second poll after everything was mirrored asks for; the first may still learn validators.
async fn quiet_poll(hub: &mut Hub) -> Counts {
    let folder = folder();
    let clock = Clock::manual(Clock::System.now());
    let reader = reader::Options { program: env!("CARGO_BIN_EXE_greenroom").into(), ..reader::Options::default() };
    let tuning = Tuning { clock: clock.clone(), reader, ..Tuning::default() };
    let app = App::start(&config(folder.path(), hub), tuning).await.unwrap();
    app.hub.refresh().await.unwrap();
    let mut asked = Counts::default();
    for _ in 0..2 {
        hub.clear();
        let before = app.hub.activity().next_poll_at;
        clock.advance(5 * MINUTE_MS);
        let mut activity = app.hub.watch_activity();
        activity.wait_for(|now| now.next_poll_at.is_some() && now.next_poll_at != before).await.unwrap();
        asked = hub.counts();
    }
    app.stop().await;
    asked
}

fn config(folder: &Path, hub: &Hub) -> greenroom::config::Config {
    #[derive(clap::Parser)]
    struct Arguments {
        #[command(flatten)]
        settings: Settings,
    }
    let database = format!("sqlite://{}", folder.join("greenroom.db").display());
    let files = folder.join("files").display().to_string();
    let arguments = [
        "bench",
        "--github-token",
        fakehub::TOKEN,
        "--github-owner",
        fakehub::bench::OWNER,
        "--github-repo",
        fakehub::bench::NAME,
    ];
    let more = [
        "--github-api-url",
        &hub.api_url,
        "--database-url",
        &database,
        "--file-storage-path",
        &files,
        "--poll-interval-minutes",
        "5",
    ];
    <Arguments as clap::Parser>::parse_from(arguments.iter().chain(&more)).settings.check().unwrap()
}
