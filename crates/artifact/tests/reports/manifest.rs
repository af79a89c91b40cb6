//! The corpus' manifest, as far as it is compared; and the way to the corpus. What it says is believed.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");

#[derive(Deserialize)]
pub struct Manifest {
    pub files: Vec<File>,
    pub sets: Vec<Set>,
}

#[derive(Deserialize)]
pub struct File {
    pub path: String,
    pub format: String,
    pub expect: String,
    pub oracle: Oracle,
    pub second_oracle: Option<Oracle>,
    pub same_run_as: Option<String>,
}

/// What somebody else says of a file. Every field is absent where they do not say.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Oracle {
    pub strength: String,
    pub note: String,
    /// Of a second oracle: whether it says what the first one says. Where it does not, the first one counts.
    pub agrees: Option<bool>,
    pub total: Option<u64>,
    pub assertions: Option<u64>,
    pub passed: Option<u64>,
    pub failed: Option<u64>,
    pub errors: Option<u64>,
    pub failed_or_error: Option<u64>,
    pub skipped: Option<u64>,
    pub pending: Option<u64>,
    pub other: Option<u64>,
    pub failing: Option<Vec<String>>,
    pub flaky: Option<serde_json::Value>,
    pub flaky_names: Vec<String>,
    /// Executions and failures among them, by test.
    pub runs: BTreeMap<String, (u64, u64)>,
    pub reruns: Option<u64>,
    pub attempts: Option<u64>,
    pub scenario_status: Option<BTreeMap<String, u64>>,
    pub run_success: Option<bool>,
    pub suites_failed: Option<u64>,
    pub asserted: BTreeMap<String, serde_json::Value>,
    pub results: Option<u64>,
    pub findings: Option<u64>,
    pub by_status: Option<BTreeMap<String, u64>>,
    pub files: Option<u64>,
    pub lines_found: Option<u64>,
    pub lines_valid: Option<u64>,
    pub lines_total: Option<u64>,
    pub lines_hit: Option<u64>,
    pub lines_covered: Option<u64>,
    /// Missed and covered.
    pub line: Option<(u64, u64)>,
    /// Missed and covered.
    pub branch: Option<(u64, u64)>,
    pub start_ms: Option<i64>,
    pub duration_ms: Option<u64>,
}

/// Files that came out of the same tests.
#[derive(Deserialize)]
pub struct Set {
    pub name: String,
    /// Patterns with a star at the end, separated by commas.
    pub members: String,
    pub oracle: Oracle,
}

impl Set {
    pub fn has(&self, path: &str) -> bool {
        self.members.split(',').any(|pattern| match pattern.trim().strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == pattern.trim(),
        })
    }
}

impl Oracle {
    pub fn is_given(&self) -> bool {
        !matches!(self.strength.as_str(), "none" | "behaviour")
    }

    /// Whether failures and errors are one number here.
    pub fn joins_failures(&self) -> bool {
        self.errors.is_none() || self.note.contains("not told apart") || self.note.contains("one number")
    }

    /// How many tests are said to be flaky, where it is a number.
    pub fn flaky(&self) -> Option<u64> {
        self.flaky.as_ref().and_then(serde_json::Value::as_u64)
    }
}

/// A part of the corpus, such as `reports`.
pub fn folder(part: &str) -> PathBuf {
    PathBuf::from(CORPUS).join(part)
}

/// Manifest of a part of the corpus. `None`, told in one line, where the corpus is not present.
pub fn load<T: DeserializeOwned>(part: &str) -> Option<T> {
    let Ok(text) = fs::read_to_string(folder(part).join("manifest.json")) else {
        println!("skipped: ../shared/corpus is not present");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}
