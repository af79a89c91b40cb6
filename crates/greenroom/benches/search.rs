//! How fast names, paths and failure messages are found in a repository of five million results, on both engines.

#![allow(clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod databases;
#[path = "support/history.rs"]
mod history;
#[path = "support/names.rs"]
mod names;
mod support;

use databases::{Database, Engine};
use greenroom::clock::Clock;
use history::History;
use std::time::{Duration, Instant};
use support::hub::Content;
use support::{Client, Hub, Program, Table, median, percentile};

const RUNS: i64 = 50_000;
/// How long nineteen of twenty answers may take.
const AIM: Duration = Duration::from_millis(100);
const REQUESTS: usize = 100;

/// A query, in words, how long each of its requests took, and how many items the last one found.
type Asked = Vec<(&'static str, Vec<Duration>, usize)>;

fn main() {
    support::serve_if_asked();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let hub = Hub::start(Content::Many { workflows: 1, runs: 0, artifacts_per_run: 0, files_per_artifact: 0 });
    // `cargo bench --bench search -- postgres` measures that one alone.
    let only = std::env::args().nth(1).filter(|word| !word.starts_with('-'));
    let is_asked = |engine: Engine| only.as_ref().is_none_or(|only| format!("{engine:?}").eq_ignore_ascii_case(only));
    let asked = [Engine::Sqlite, Engine::Postgres]
        .map(|engine| is_asked(engine).then(|| measure(&runtime, engine, &hub)).flatten());
    print(&asked);
}

/// Writes the names, starts the program over them, and asks. `None` where the engine is not installed.
fn measure(runtime: &tokio::runtime::Runtime, engine: Engine, hub: &Hub) -> Option<Asked> {
    let database = runtime.block_on(Database::new(engine))?;
    let started = Instant::now();
    let now = Clock::System.now();
    let history = runtime.block_on(History::write(&database, RUNS, now));
    runtime.block_on(names::write(&database, &history, now));
    let rows = runtime.block_on(database.number("SELECT count(*) FROM search"));
    println!("{engine:?}: {rows} rows to be found, written in {:.0} s", started.elapsed().as_secs_f64());
    let commits = runtime.block_on(database.rows("SELECT head_sha FROM run ORDER BY id LIMIT 1000"));
    let commits: Vec<String> = commits.into_iter().map(|mut row| row.remove(0).unwrap()).collect();
    let (server, _) = Program::new("serve", database.folder(), &database.address, &hub.api_url).listen();
    Some(runtime.block_on(ask(&server.url, &commits)))
}

async fn ask(url: &str, commits: &[String]) -> Asked {
    let client = Client::new(url);
    client.settle().await;
    let all = "/api/search?q=";
    let tests = "/api/search?types=tests&limit=50&q=";
    let cursor = client.json(&format!("{tests}should")).await["groups"][0]["nextCursor"].as_str().unwrap().to_owned();
    let commit = |n: i64, digits: usize| commits[n as usize % commits.len()][..digits].to_owned();
    let mut asked = Vec::new();
    macro_rules! ask {
        ($name:literal, $n:ident => $path:expr) => {
            let items = count(&client.json(&(|$n: i64| $path)(1)).await);
            asked.push(($name, client.times(REQUESTS, |$n: i64| $path).await, items));
        };
    }
    ask!("word of 15 tests", n => format!("{all}{}", names::rare_of_test(n * 751)));
    ask!("word of many: cart", _n => format!("{all}cart"));
    ask!("word of most tests: should", _n => format!("{all}should"));
    ask!("two words of many: cart expired", _n => format!("{all}cart+expired"));
    ask!("a word of many and one of 15", n => format!("{all}should+{}", names::rare_of_test(n * 751)));
    ask!("beginning of names: should rej", _n => format!("{all}should+rej"));
    ask!("beginning of a word: webho", _n => format!("{all}webho"));
    ask!("three letters: log", _n => format!("{all}log"));
    ask!("three letters inside words: ess", _n => format!("{all}ess"));
    ask!("two letters: ca", _n => format!("{all}ca"));
    ask!("two letters of none: qx", _n => format!("{all}qx"));
    ask!("name of a file", n => format!("{all}{}", names::file_name(n * 1_409)));
    ask!("folder and end of files", n => format!("{all}reports/gallery+{}.png", 100_000 + n * 7));
    ask!("words of a failure's message", n => format!("{all}expected+received+{}", names::received(n * 97)));
    ask!("a pasted message", n => format!("{all}expected+payment+to+be+empty,+received+{}", names::received(n * 97)));
    ask!("7 digits of a commit", n => format!("{all}{}", commit(n * 3, 7)));
    ask!("a whole commit", n => format!("{all}{}", commit(n * 3, 40)));
    ask!("number of a run: #1234", n => format!("{all}%23{}", 1_000 + n));
    ask!("nothing", n => format!("{all}zebra{n}"));
    ask!("nothing, of common parts: discounter", _n => format!("{all}discounter"));
    ask!("nothing, of two words of many", _n => format!("{all}test_accept+whenever"));
    ask!("tests only, 50: should", _n => format!("{tests}should"));
    ask!("tests only, 2nd page of 50: should", _n => format!("{tests}should&cursor={cursor}"));
    asked
}

/// Items in all groups of an answer.
fn count(answer: &serde_json::Value) -> usize {
    answer["groups"].as_array().unwrap().iter().map(|group| group["items"].as_array().unwrap().len()).sum()
}

fn print(asked: &[Option<Asked>; 2]) {
    let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let mut table = Table::new(["search for", "items", "SQLite: p50", "p95", "PostgreSQL: p50", "p95", "p95 ≤ 100 ms"]);
    for (at, (name, _, items)) in asked.iter().flatten().next().into_iter().flatten().enumerate() {
        let times = [0, 1].map(|engine| asked[engine].as_ref().map(|asked: &Asked| &asked[at].1));
        let figures = |engine: usize| {
            times[engine].map_or(["–".into(), "–".into()], |t| [ms(median(t)), ms(percentile(t, 95))])
        };
        let is_met = times.iter().flatten().all(|times| percentile(times, 95) <= AIM);
        let ([sqlite_p50, sqlite_p95], [postgres_p50, postgres_p95]) = (figures(0), figures(1));
        let is_met = if is_met { "yes" } else { "NO" }.to_owned();
        table.row([(*name).to_owned(), items.to_string(), sqlite_p50, sqlite_p95, postgres_p50, postgres_p95, is_met]);
    }
    table.print(&format!("Search, {REQUESTS} requests each"));
}
