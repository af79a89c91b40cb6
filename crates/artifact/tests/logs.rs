//! Failures that job logs tell of, over real logs in `../shared/corpus/logs` where that is present.
//!
//! The logs of one source carry marks of the line that its own classifier picked; they are taken out before reading.

#![allow(clippy::unwrap_used)]

use artifact::log::{FailureLimits, LogFailure, failures};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Manifest {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    path: String,
    kind: String,
    #[serde(default)]
    facts: Facts,
    oracle: Option<Oracle>,
}

#[derive(Deserialize, Default)]
struct Facts {
    #[serde(default)]
    error: u64,
}

#[derive(Deserialize)]
struct Oracle {
    #[serde(default)]
    failing_line: Vec<u64>,
}

fn corpus() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/logs"));
    if !folder.is_dir() {
        println!("skipped: ../shared/corpus is not present");
        return None;
    }
    Some(folder)
}

fn text(folder: &Path, file: &File) -> String {
    let bytes = fs::read(folder.join(&file.path)).unwrap();
    String::from_utf8_lossy(&bytes).replace("#=MATCH=# ", "").replace(['‹', '›'], "")
}

/// Whether the failures reach the line: it is within the text of one, or says the same as one.
fn reaches(failures: &[LogFailure], number: u64, line: &str) -> bool {
    failures.iter().any(|failure| {
        let lines = failure.excerpt.lines().count().max(1) as u64;
        let says_the_same =
            line.contains(&failure.message) || failure.test.as_ref().is_some_and(|test| line.contains(test));
        (failure.line..failure.line + lines).contains(&number) || says_the_same
    })
}

#[test]
fn every_job_that_ended_with_an_error_line_tells_a_failure() {
    let Some(folder) = corpus() else { return };
    let manifest: Manifest = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let mut silent = Vec::new();
    let (mut with_line, mut reached, mut first_is, mut tools) = (0, 0, 0, BTreeMap::<String, u32>::new());
    for file in manifest.files.iter().filter(|file| file.path.ends_with(".txt")) {
        let text = text(&folder, file);
        let reading = failures(&mut text.as_bytes(), &FailureLimits::default());
        let (mut hit, expected) = (true, file.oracle.as_ref().map_or(&[][..], |oracle| &oracle.failing_line));
        for line in expected {
            with_line += 1;
            let said = text.lines().nth(*line as usize - 1).unwrap();
            hit = reaches(&reading.failures, *line, said);
            reached += u32::from(hit);
            first_is += u32::from(reaches(&reading.failures[..reading.failures.len().min(1)], *line, said));
        }
        for failure in &reading.failures {
            *tools.entry(failure.tool.as_deref().unwrap_or("annotation or exit").to_owned()).or_default() += 1;
        }
        if (file.facts.error > 0 || !expected.is_empty()) && reading.failures.is_empty() {
            silent.push(file.path.clone());
        }
        let first = reading.failures.first().map_or("", |failure| &failure.message);
        println!(
            "{:52} {:8} errors {:2} found {:2} {} {:.70}",
            file.path,
            file.kind,
            file.facts.error,
            reading.failures.len(),
            if hit { " " } else { "missed" },
            first
        );
    }
    println!(
        "the classifier's line is among the failures in {reached} of {with_line} logs, and the first in {first_is}; rules: {tools:?}"
    );
    silent.retain(|path| !WITHOUT_ERROR_WORDS.contains(&path.as_str()));
    assert_eq!(silent, [] as [String; 0], "logs that say nothing");
    assert!(reached >= 21, "{reached} of {with_line}");
}

/// Cut-outs of logs in which no line says so in words that mean an error anywhere but in that project.
const WITHOUT_ERROR_WORDS: &[&str] = &["pytorch/pr_time_benchmarks_regression.txt"];

#[test]
fn good_jobs_tell_of_no_failure() {
    let Some(folder) = corpus() else { return };
    for path in ["hub4j/job-log-4.txt", "hub4j/job-log-5.txt", "rust/test_missing_line.txt"] {
        let bytes = fs::read(folder.join(path)).unwrap();
        let reading = failures(&mut &bytes[..], &FailureLimits::default());
        assert_eq!(reading.failures, [], "{path}");
        println!("{path}: {} lines, no failure", reading.lines);
    }
}
