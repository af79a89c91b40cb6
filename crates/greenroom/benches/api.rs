//! How fast the API answers over a short and over a long history of runs and of test results, on both engines, and
//! how soon the program listens.

#![allow(clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod databases;
#[path = "support/history.rs"]
mod history;
mod support;
#[path = "support/tested.rs"]
mod tested;

use databases::{Database, Engine};
use greenroom::clock::Clock;
use history::History;
use std::time::Duration;
use support::client::Client;
use support::hub::Content;
use support::{Hub, Program, Table, median, percentile};
use tested::Tested;

const SHORT: Size = Size { runs: 1_000, tested_runs: 250 };
const LONG: Size = Size { runs: 100_000, tested_runs: 2_500 };
/// How long the slowest of a hundred answers about runs may take, and about tests.
const AIMS: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(50)];
const REQUESTS: usize = 300;
const STARTS: usize = 5;
/// Pages walked to get to the deep ones.
const DEEP: usize = 50;

/// How long each request of an endpoint took.
type Times = Vec<Duration>;

/// Endpoints and their times: those about runs, and those about tests.
type Answers = [Vec<(&'static str, Times)>; 2];

/// Length of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Size {
    runs: i64,
    /// Of those, the newest, each with 2,000 results.
    tested_runs: i64,
}

fn main() {
    support::serve_if_asked();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let hub = Hub::start(Content::Many { workflows: 1, runs: 0, artifacts_per_run: 0, files_per_artifact: 0 });
    let mut starts = Table::new(["database", "runs", "start to listening, median", "worst", "aim"]);
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(short) = measure(&runtime, engine, SHORT, &hub, &mut starts) else {
            println!("not measured: PostgreSQL, because none is installed");
            continue;
        };
        let long = measure(&runtime, engine, LONG, &hub, &mut starts).unwrap();
        print(
            &format!("API on {}, {REQUESTS} requests each", name(engine)),
            ["1,000 runs", "100,000 runs"],
            &short[0],
            &long[0],
            AIMS[0],
        );
        let title = format!("Tests on {}, {REQUESTS} requests each", name(engine));
        let sizes = [SHORT, LONG].map(|size| format!("{} results", size.tested_runs * tested::CASES));
        print(&title, [&sizes[0], &sizes[1]], &short[1], &long[1], AIMS[1]);
    }
    starts.print(&format!("Start, {STARTS} times each"));
}

fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    }
}

fn print(
    title: &str,
    sizes: [&str; 2],
    short: &[(&'static str, Times)],
    long: &[(&'static str, Times)],
    aim: Duration,
) {
    let [short_p50, long_p50] = sizes.map(|size| format!("{size}: p50"));
    let aim_title = format!("p99 ≤ {} ms", aim.as_millis());
    let mut table = Table::new(["endpoint", &short_p50, "p99", &long_p50, "p99", "p50 ratio", &aim_title]);
    let ms = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
    for (endpoint, times) in long {
        let before = short.iter().find(|(name, _)| name == endpoint).map(|(_, times)| times);
        let p99 = percentile(times, 99);
        table.row([
            (*endpoint).to_owned(),
            before.map_or("–".into(), |times| ms(median(times))),
            before.map_or("–".into(), |times| ms(percentile(times, 99))),
            ms(median(times)),
            ms(p99),
            before.map_or("–".into(), |before| support::ratio(median(times), median(before))),
            if p99 <= aim { "yes" } else { "NO" }.to_owned(),
        ]);
    }
    table.print(title);
}

/// Writes a history, starts the program over it, and asks. `None` where the engine is not installed.
fn measure(
    runtime: &tokio::runtime::Runtime,
    engine: Engine,
    size: Size,
    hub: &Hub,
    starts: &mut Table,
) -> Option<Answers> {
    let database = runtime.block_on(Database::new(engine))?;
    let program = || Program::new("serve", database.folder(), &database.address, &hub.api_url);
    if size == SHORT {
        time_starts(engine, 0, starts, program);
    }
    let now = Clock::System.now();
    let history = runtime.block_on(History::write(&database, size.runs, now));
    let tested = runtime.block_on(Tested::write(&database, &history, size.tested_runs, now));
    time_starts(engine, size.runs, starts, program);
    let (server, _) = program().listen();
    Some(runtime.block_on(ask_everything(&server.url, &history, &tested)))
}

fn time_starts(engine: Engine, runs: i64, starts: &mut Table, program: impl Fn() -> Program) {
    let times: Times = (0..STARTS).map(|_| program().listen().1).collect();
    let ms = |time: &Duration| format!("{:.0} ms", time.as_secs_f64() * 1e3);
    starts.row([
        name(engine).to_owned(),
        runs.to_string(),
        ms(&median(&times)),
        ms(times.iter().max().unwrap()),
        "≤ 1000 ms".to_owned(),
    ]);
}

async fn ask_everything(url: &str, history: &History, tested: &Tested) -> Answers {
    let client = Client::new(url);
    client.settle().await;
    [ask_of_runs(&client, history).await, ask_of_tests(&client, history, tested).await]
}

async fn ask_of_runs(client: &Client, h: &History) -> Vec<(&'static str, Times)> {
    let deep_all = client.cursor("/api/runs?limit=20", DEEP - 1).await;
    let deep_workflow = client.cursor(&format!("/api/workflows/{}/runs?limit=50", h.workflow(3)), DEEP - 1).await;
    let mut asked = Vec::new();
    macro_rules! ask {
        ($name:literal, $n:ident => $path:expr) => {
            asked.push(($name, client.times(REQUESTS, |$n: i64| $path).await))
        };
    }
    ask!("workflows", _n => "/api/workflows".to_owned());
    ask!("workflow", n => format!("/api/workflows/{}", h.workflow(n)));
    ask!("workflow's runs, 1st page of 50", n => format!("/api/workflows/{}/runs?limit=50", h.workflow(n)));
    if let Some(cursor) = deep_workflow {
        ask!("workflow's runs, 50th page of 50", _n => format!("/api/workflows/{}/runs?limit=50&cursor={cursor}", h.workflow(3)));
    }
    ask!("all runs, 1st page of 50", _n => "/api/runs?limit=50".to_owned());
    if let Some(cursor) = deep_all {
        ask!("all runs, 50th page of 20", _n => format!("/api/runs?limit=20&cursor={cursor}"));
    }
    ask!("workflow's runs, status=failure", n => format!("/api/workflows/{}/runs?status=failure", h.workflow(n)));
    ask!("all runs, status=failure", _n => "/api/runs?status=failure".to_owned());
    ask!("all runs, status=in_progress", _n => "/api/runs?status=in_progress".to_owned());
    ask!("all runs, branch=main", _n => "/api/runs?branch=main".to_owned());
    ask!("all runs, branch of few", n => format!("/api/runs?branch=topic/{}", 20 + n % 40));
    ask!("workflow's runs, branch and status", n => format!("/api/workflows/{}/runs?branch=main&status=failure", h.workflow(n)));
    ask!("all runs, event and actor", n => format!("/api/runs?event=pull_request&actor=dev-{}", n % 25));
    ask!("all runs, q in many", _n => "/api/runs?q=checkout".to_owned());
    ask!("all runs, q of two words", _n => "/api/runs?q=cart+topic/31".to_owned());
    ask!("all runs, q in none", n => format!("/api/runs?q=zebra{n}"));
    ask!("workflow's runs, q in many", n => format!("/api/workflows/{}/runs?q=checkout", h.workflow(n)));
    ask!("workflow's runs, q in none", n => format!("/api/workflows/{}/runs?q=zebra{n}", h.workflow(n)));
    ask!("run", n => format!("/api/runs/{}", h.run(n * 331)));
    ask!("run's jobs", n => format!("/api/runs/{}/jobs", h.run(n * 331)));
    ask!("run's files", n => format!("/api/runs/{}/files", h.run(n * 331)));
    ask!("run's files, type and q", n => format!("/api/runs/{}/files?type=json&q=part-3", h.run(n * 331)));
    ask!("sync", _n => "/api/sync".to_owned());
    // What HTTP and the machine cost by themselves.
    ask!("healthz, for comparison", _n => "/healthz".to_owned());
    asked
}

async fn ask_of_tests(client: &Client, h: &History, t: &Tested) -> Vec<(&'static str, Times)> {
    let newest = |n: i64| h.run(h.runs - 1 - n.rem_euclid(t.runs));
    let deep_run = client.cursor(&format!("/api/runs/{}/tests?limit=50", newest(3)), 30).await;
    let deep_tests = client.cursor("/api/tests?sort=name&limit=100", DEEP - 1).await;
    let deep_history = client.cursor(&format!("/api/tests/{}?limit=20", t.test(7)), 5).await;
    let mut asked = Vec::new();
    macro_rules! ask {
        ($name:literal, $n:ident => $path:expr) => {
            asked.push(($name, client.times(REQUESTS, |$n: i64| $path).await))
        };
    }
    ask!("run's tests, 1st page of 50", n => format!("/api/runs/{}/tests", newest(n * 31)));
    if let Some(cursor) = deep_run {
        ask!("run's tests, 31st page of 50", _n => format!("/api/runs/{}/tests?cursor={cursor}", newest(3)));
    }
    ask!("run's tests, failed", n => format!("/api/runs/{}/tests?status=failed", newest(n * 31)));
    ask!("run's tests, q in many", n => format!("/api/runs/{}/tests?q=does", newest(n * 31)));
    ask!("run's tests, q in none", n => format!("/api/runs/{}/tests?q=zebra", newest(n * 31)));
    ask!("run's tests, suite", n => format!("/api/runs/{}/tests?suite=suite+{}", newest(n * 31), n % 100));
    ask!("tests, most failures", _n => "/api/tests?limit=100".to_owned());
    ask!("tests, flakiest", _n => "/api/tests?sort=flakiness".to_owned());
    if let Some(cursor) = deep_tests {
        ask!("tests by name, 50th page of 100", _n => format!("/api/tests?sort=name&limit=100&cursor={cursor}"));
    }
    ask!("tests, verdict=flaky", _n => "/api/tests?verdict=flaky&sort=flakiness".to_owned());
    ask!("tests, q in many", _n => "/api/tests?q=does".to_owned());
    ask!("tests, q in few", n => format!("/api/tests?q=test+{}", n * 7));
    ask!("tests, q in none", n => format!("/api/tests?q=zebra{n}"));
    ask!("test with its history", n => format!("/api/tests/{}", t.test(n * 13)));
    if let Some(cursor) = deep_history {
        ask!("test, 6th page of 20", _n => format!("/api/tests/{}?limit=20&cursor={cursor}", t.test(7)));
    }
    ask!("test, failed on main", n => format!("/api/tests/{}?status=failed&branch=main", t.test(n * 13)));
    ask!("grid, 200 × 50", n => format!("/api/workflows/{}/grid", h.workflow(n)));
    ask!("grid, 2,000 × 100", n => format!("/api/workflows/{}/grid?runs=100&tests=2000", h.workflow(n)));
    ask!("grid, q and no green", n => format!("/api/workflows/{}/grid?runs=100&tests=2000&q=test+1&hideGreen=1", h.workflow(n)));
    ask!("failures", _n => "/api/failures".to_owned());
    ask!("failures on the default branch", _n => "/api/failures?onDefault=1&sort=runs".to_owned());
    ask!("failures, q in none", n => format!("/api/failures?q=zebra{n}"));
    ask!("failure", n => format!("/api/failures/{}", t.family(n * 17)));
    ask!("comparison", n => format!("/api/runs/{}/compare?with={}", newest(n), newest(n + 20)));
    ask!("comparison with the last green", n => format!("/api/runs/{}/compare", newest(n)));
    asked
}
