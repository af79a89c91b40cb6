//! The names of a large repository, over a history of runs: distinct tests, paths of files and families of failures,
//! written as rows of what they name, and made findable by the store itself, as for a database from before there was a
//! search.
//!
//! What can be found grows with names and not with results: 150,000 tests are as many rows after their first result as
//! after their five-millionth. So no results are written.

use crate::databases::{Database, Engine};
use crate::history::{History, REPOSITORY};
use greenroom::model::Millis;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// How many distinct tests, paths and families.
pub const TESTS: i64 = 150_000;
pub const FILES: i64 = 300_000;
pub const FAMILIES: i64 = 20_000;
/// Tests that share a made-up word.
const SHARING: i64 = 15;
/// Rows of one statement, and of one message.
const ROWS: i64 = 500;
const BATCH: i64 = 20_000;

const NOUNS: [&str; 40] = [
    "cart",
    "checkout",
    "payment",
    "invoice",
    "coupon",
    "discount",
    "address",
    "session",
    "login",
    "password",
    "account",
    "profile",
    "basket",
    "product",
    "catalog",
    "category",
    "filter",
    "sidebar",
    "dialog",
    "button",
    "counter",
    "header",
    "footer",
    "table",
    "column",
    "export",
    "import",
    "upload",
    "download",
    "thumbnail",
    "gallery",
    "comment",
    "review",
    "rating",
    "message",
    "channel",
    "webhook",
    "scheduler",
    "worker",
    "queue",
];
const VERBS: [&str; 24] = [
    "render", "return", "reject", "accept", "update", "remove", "restore", "refresh", "validate", "escape", "open",
    "close", "show", "hide", "keep", "store", "load", "merge", "split", "send", "retry", "throw", "resolve", "parse",
];
const STATES: [&str; 20] = [
    "empty",
    "missing",
    "invalid",
    "expired",
    "disabled",
    "selected",
    "loading",
    "offline",
    "cached",
    "stale",
    "hidden",
    "visible",
    "locked",
    "shared",
    "archived",
    "undefined",
    "duplicated",
    "truncated",
    "negative",
    "zero",
];
const ENDS: [&str; 6] = ["json", "log", "html", "png", "xml", "trace.zip"];
const SYLLABLES: [&str; 24] = [
    "ka", "lor", "mi", "ten", "ra", "vis", "co", "del", "ne", "sar", "to", "pin", "ga", "rel", "mu", "dor", "fi",
    "lan", "be", "nor", "sha", "tik", "wo", "zen",
];

/// A word that few names have, different for every number below 300,000.
pub fn rare(n: i64) -> String {
    // A step without a common divisor spreads neighbours.
    let mut rest = (n * 7_919).rem_euclid(24 * 24 * 24 * 24) as usize;
    let mut word = String::new();
    for _ in 0..4 {
        word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
        rest /= SYLLABLES.len();
    }
    word
}

/// The rare word of the `n`th test.
pub fn rare_of_test(n: i64) -> String {
    rare(n.rem_euclid(TESTS) / SHARING)
}

/// The last part of the `n`th path.
pub fn file_name(n: i64) -> String {
    let n = n.rem_euclid(FILES);
    format!("{}-{n}.{}", of(&NOUNS, n * 31), of(&ENDS, n))
}

/// The value that the `n`th family of failures received.
pub fn received(n: i64) -> String {
    format!("{}{}", rare(n.rem_euclid(FAMILIES)), n % 100)
}

fn of<'a>(words: &[&'a str], n: i64) -> &'a str {
    words[n.rem_euclid(words.len() as i64) as usize]
}

/// Writes all of it over a history whose artifacts hold it, and makes it findable.
pub async fn write(database: &Database, history: &History, now: Millis) {
    database.execute("DELETE FROM file").await;
    let mut random = StdRng::seed_from_u64(11);
    let head = "INSERT INTO test (id, repository_id, key, version, suite, name, file, search, first_seen_at, last_seen_at, last_failure_at, results, failures, \
        flaky_results, timed, duration_ms, average_ms, reason, flake_rate, score, recent_failures, judged_at, algorithm) VALUES ";
    insert(database, head, TESTS, |n| test(database.engine, n, now, &mut random)).await;
    let head = "INSERT INTO family (id, repository_id, key, version, title, kind, is_global, message, first_seen_at, first_run_id, last_seen_at, last_run_id, runs, \
        tests) VALUES ";
    insert(database, head, FAMILIES, |n| family(database.engine, n, now, &mut random)).await;
    let head = "INSERT INTO file (artifact_id, ordinal, run_id, path, size_bytes, compressed_bytes, method, data_offset, crc32, type, media_type, flags) VALUES ";
    insert(database, head, FILES, |n| file(history, n, &mut random)).await;
    database.execute("DELETE FROM setting WHERE key = 'search-filled'").await;
    history.settle(database).await;
    // Once more: the statistics are to be of the tables that were filled just now.
    history.settle(database).await;
}

async fn insert(database: &Database, head: &str, rows: i64, mut row: impl FnMut(i64) -> String) {
    for first in (0..rows).step_by(BATCH as usize) {
        let last = (first + BATCH).min(rows);
        let statements: Vec<String> = (first..last)
            .step_by(ROWS as usize)
            .map(|from| {
                let rows: Vec<String> = (from..(from + ROWS).min(last)).map(&mut row).collect();
                format!("{head}{}", rows.join(", "))
            })
            .collect();
        database.execute(&format!("BEGIN; {}; COMMIT", statements.join(";\n"))).await;
    }
}

fn key(engine: Engine, n: i64) -> String {
    match engine {
        Engine::Sqlite => format!("X'{n:016x}'"),
        Engine::Postgres => format!("'\\x{n:016x}'"),
    }
}

fn test(engine: Engine, n: i64, now: Millis, random: &mut StdRng) -> String {
    let mut any = |words: &[&'static str]| of(words, random.random_range(0..1_000_000));
    let (verb, noun, other, state) = (any(&VERBS), any(&NOUNS), any(&NOUNS), any(&STATES));
    let rare = rare_of_test(n);
    let name = match n % 4 {
        0 | 1 => format!("should {verb} the {noun} when the {rare} is {state}"),
        2 => format!("{noun} {rare} {verb}s {state} {other}"),
        _ => format!("test_{verb}_{noun}_{rare}_{state}"),
    };
    let suite = format!("{other} {}", any(&NOUNS));
    let file = format!("packages/{other}/src/{noun}/{noun}-{}.test.ts", n % 700);
    format!(
        "({id}, {REPOSITORY}, {key}, 1, '{suite}', '{name}', '{file}', '{suite} {name} {file}', 0, {seen}, {failed}, 33, 1, 0, 33, 3300, 100, '', 0, 0, 0, 0, 0)",
        id = n + 1,
        key = key(engine, n),
        seen = now.0,
        failed = if n % 5 == 0 { now.0 - n * 1_000 } else { 0 },
    )
}

fn family(engine: Engine, n: i64, now: Millis, random: &mut StdRng) -> String {
    let mut any = |words: &[&'static str]| of(words, random.random_range(0..1_000_000));
    let title = format!("expected {} to be {}, received {}", any(&NOUNS), any(&STATES), received(n));
    let (noun, verb) = (any(&NOUNS), any(&VERBS));
    let message = format!(
        "{title}\n  at {verb}{noun} (src/{noun}/{verb}.ts:{}:7)\n  at async Runner.run (node_modules/runner/dist/index.js:120:9)\n  while waiting for the {noun} to {verb}",
        n % 300
    );
    format!(
        "({id}, {REPOSITORY}, {key}, 1, '{title}', 'AssertionError', FALSE, '{message}', 0, 0, {at}, 0, {runs}, 1)",
        id = n + 1,
        key = key(engine, n),
        at = now.0 - n * 60_000,
        runs = 1 + n % 100,
    )
}

/// Three files in each of the history's artifacts, two a run.
fn file(history: &History, n: i64, random: &mut StdRng) -> String {
    let mut any = |words: &[&'static str]| of(words, random.random_range(0..1_000_000));
    let artifact = n / 3;
    let run_id = history.run(artifact / 2);
    let path = format!("reports/{}/{}-{}/shard-{}/{}", any(&NOUNS), any(&NOUNS), any(&STATES), n % 16, file_name(n));
    format!(
        "({}, {}, {run_id}, '{path}', 20000, 4000, 8, {}, 1, 'text', 'text/plain', '')",
        run_id * 2 + artifact % 2,
        n % 3,
        100 + n % 3 * 5_000
    )
}
