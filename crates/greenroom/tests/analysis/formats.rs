//! One run of real tools, written in several formats: it counts once, whichever formats there are. What each
//! reader makes of each file is tested in `artifact`.

use artifact::report::{Format, HEAD_BYTES, Limits, Look, Report, look, read};
use greenroom::analysis::{Candidate, reconcile, sketch};
use greenroom::model::results::Standing;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/reports/run");

/// Files that tell of one run: what their paths have in common, their endings, and how many of them count when
/// they lie in one artifact and when each has an artifact of its own.
const RUNS: &[(&str, &[&str], usize, usize)] = &[
    (
        "pytest-failure-demo/pytest-failure-demo.",
        &["ctrf.json", "json-report.json", "reportlog.jsonl", "xunit2.xml"],
        1,
        1,
    ),
    ("vitest4-on-dorny.", &["json", "junit.xml"], 1, 1),
    ("vitest4-actions-log-parser.", &["json", "junit.xml"], 1, 1),
    ("jest29-actions-log-parser.", &["json", "junit.xml", "ctrf.json"], 1, 1),
    ("jest30-dorny.", &["json", "junit.xml"], 1, 1),
    // TAP of Mocha has no durations: with an artifact of its own it may tell of another job.
    ("mocha11-alp.", &["json", "json-stream", "xunit.xml", "tap"], 1, 2),
    ("robot75/", &["output.json", "output.xml", "xunit.xml"], 1, 1),
    ("node-test-light-my-request-6.8.1.", &["junit.xml", "tap"], 1, 1),
    ("node-test-process-warning-5.1.1.", &["junit.xml", "tap"], 1, 1),
    // Tests that turn the clock have durations of decades in one of the two.
    ("pytest-itsdangerous.", &["json-report.json", "xml"], 1, 1),
    ("libtest/semver-1.0.28.", &["junit.txt", "jsonl"], 1, 1),
    ("playwright/todomvc-no-browser.", &["json", "junit.xml"], 1, 1),
    ("cucumber-js/all-statuses.", &["json", "ndjson", "junit.xml"], 1, 1),
];

/// Reports of different runs of different tests.
const STRANGERS: &[&str] = &[
    "pytest-failure-demo/pytest-failure-demo.xunit2.xml",
    "vitest4-on-dorny.json",
    "jest29-actions-log-parser.ctrf.json",
    "robot75/output.xml",
    "node-test-light-my-request-6.8.1.tap",
    "node-test-process-warning-5.1.1.junit.xml",
    "pytest-itsdangerous.xml",
    "pytest-click.xml",
    "libtest/semver-1.0.28.jsonl",
    "playwright/todomvc-no-browser.json",
    "cucumber-js/all-statuses.ndjson",
    "cucumber-js/minimal.junit.xml",
];

fn is_present() -> bool {
    let is_present = Path::new(CORPUS).is_dir();
    if !is_present {
        println!("skipped: ../shared/corpus is not present");
    }
    is_present
}

fn report(path: &Path) -> Option<Report> {
    let bytes = std::fs::read(path).unwrap();
    match look(path.to_str().unwrap(), &bytes[..bytes.len().min(HEAD_BYTES)]) {
        Look::Report(format) => Some(read(format, &mut bytes.as_slice(), &Limits::default())),
        _ => None,
    }
}

/// The reports as if each were in the artifact that `artifact` gives to its position.
fn candidates(paths: &[PathBuf], artifact: impl Fn(i64) -> i64) -> Vec<Candidate> {
    let one = |(at, path): (i64, &PathBuf)| {
        let report = report(path).unwrap_or_else(|| panic!("{} is no report", path.display()));
        Candidate {
            report_id: at,
            artifact_id: artifact(at),
            artifact_name: format!("artifact {}", artifact(at)),
            path: path.display().to_string(),
            attempt: Some(1),
            format: report.format.as_str().to_owned(),
            total: report.cases.len() as i64,
            failed: report.cases.iter().filter(|case| case.status.is_failing()).count() as i64,
            sketch: sketch(&report),
            rank: Format::all().position(|format| format == report.format).unwrap() as i64,
            content_key: at,
        }
    };
    (0..).zip(paths).map(one).collect()
}

fn counted(candidates: &[Candidate]) -> usize {
    reconcile(candidates).iter().filter(|(standing, _)| *standing == Standing::Counted).count()
}

#[test]
fn one_run_in_several_formats_counts_once() {
    if !is_present() {
        return;
    }
    println!("{:42} {:>7} {:>6} {:>14} {:>6}", "run", "formats", "cases", "one artifact", "apart");
    for (common, endings, together, apart) in RUNS {
        let paths: Vec<PathBuf> =
            endings.iter().map(|ending| Path::new(CORPUS).join(format!("{common}{ending}"))).collect();
        let in_one = candidates(&paths, |_| 1);
        let found = (counted(&in_one), counted(&candidates(&paths, |at| at)));
        println!("{common:42} {:>7} {:>6} {:>14} {:>6}", endings.len(), in_one[0].total, found.0, found.1);
        assert_eq!(found, (*together, *apart), "{common}");
    }
}

#[test]
fn different_tests_all_count() {
    if !is_present() {
        return;
    }
    let paths: Vec<PathBuf> = STRANGERS.iter().map(|path| Path::new(CORPUS).join(path)).collect();
    assert_eq!(counted(&candidates(&paths, |_| 1)), STRANGERS.len());
    assert_eq!(counted(&candidates(&paths, |at| at)), STRANGERS.len());
}

/// Playwright's own tests, each with JSON and JUnit of one run: many tiny reports, with retries, hooks and errors.
#[test]
fn tiny_runs_in_two_formats_count_once_as_a_rule() {
    if !is_present() {
        return;
    }
    let mut pairs: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for entry in std::fs::read_dir(Path::new(CORPUS).join("playwright/spec")).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_name().unwrap().to_str().unwrap().split('.').next().unwrap().to_owned();
        if report(&path).is_some_and(|report| !report.cases.is_empty()) {
            pairs.entry(stem).or_default().push(path);
        }
    }
    pairs.retain(|_, paths| paths.len() == 2);
    let twice: Vec<&str> = pairs
        .iter()
        .filter(|(_, paths)| counted(&candidates(paths, |_| 1)) != 1)
        .map(|(stem, _)| stem.as_str())
        .collect();
    println!("{} of {} tiny runs count twice: {}", twice.len(), pairs.len(), twice.join(", "));
    assert!(pairs.len() > 50 && twice.len() * 20 <= pairs.len());
}
