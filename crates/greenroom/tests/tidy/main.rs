//! The house stays in order: rooms import only what the layer table lets them, files say what they
//! are for and stay short, and nothing of a developer's machine gets into the repository. Each check
//! is a function from a file to what is wrong with it, and is shown here to find what is planted.

#![allow(clippy::unwrap_used)]

mod abuse;
mod cases;
mod layers;
mod source;
mod text;

use std::path::{Path, PathBuf};

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Path within the repository.
    pub path: String,
    /// From 1.
    pub line: usize,
    /// Which rule it breaks, in words.
    pub rule: String,
}

/// Fails with every violation on a line of its own, as `path:line: rule`.
fn assert_none(violations: Vec<Violation>) {
    let lines: Vec<String> =
        violations.iter().map(|found| format!("{}:{}: {}", found.path, found.line, found.rule)).collect();
    assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
}

/// A text file of the repository.
struct SourceFile {
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Folders that are made, not written.
const MADE: [&str; 6] = [".git", "target", "node_modules", "dist", "data", "test-results"];

/// Every text file below a folder, in order of path.
fn files_below(folder: &str) -> Vec<SourceFile> {
    let root = root();
    let mut files = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() && !MADE.contains(&name.as_str()) {
                folders.push(entry.path());
            } else if kind.is_file()
                && let Ok(text) = std::fs::read_to_string(entry.path())
            {
                let path = entry.path().strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                files.push(SourceFile { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn rust_files(folder: &str) -> Vec<SourceFile> {
    let files: Vec<SourceFile> = files_below(folder).into_iter().filter(|file| file.path.ends_with(".rs")).collect();
    assert!(files.len() > 3, "{folder} has sources");
    files
}

/// The same without files that are compiled for tests only.
fn product_files(folder: &str) -> Vec<SourceFile> {
    let files = rust_files(folder);
    let test_only: Vec<String> =
        files.iter().flat_map(|file| source::test_only_modules(&file.path, &file.text)).collect();
    files.into_iter().filter(|file| !source::is_test(&file.path) && !test_only.contains(&file.path)).collect()
}

fn check(files: &[SourceFile], rule: impl Fn(&str, &str) -> Vec<Violation>) {
    assert_none(files.iter().flat_map(|file| rule(&file.path, &file.text)).collect());
}

#[test]
fn rooms_import_only_what_the_layer_table_lets_them() {
    check(&product_files("crates/greenroom/src"), layers::violations);
}

#[test]
fn the_layer_table_names_every_room() {
    let lib = std::fs::read_to_string(root().join("crates/greenroom/src/lib.rs")).unwrap();
    let unlisted: Vec<&str> = layers::modules(&lib).into_iter().filter(|room| layers::row_of(room).is_none()).collect();
    assert!(unlisted.is_empty(), "the layer table has no row for {unlisted:?}");
}

#[test]
fn what_reads_hostile_bytes_is_pure_and_synchronous() {
    check(&product_files("crates/artifact/src"), layers::impurities);
}

#[test]
fn the_machines_clock_is_read_in_one_place() {
    check(&product_files("crates/greenroom/src"), source::clock_readings);
}

#[test]
fn every_source_file_says_what_it_is_for() {
    check(&rust_files("crates"), source::missing_opening);
}

#[test]
fn source_files_stay_short() {
    check(&rust_files("crates"), source::overlong);
}

#[test]
fn nothing_is_unwrapped_outside_tests() {
    check(&product_files("crates"), source::unwraps);
}

#[test]
fn nothing_of_a_developers_machine_is_in_the_repository() {
    check(&files_below(""), text::machine_traces);
}

#[test]
fn lock_files_name_no_download_addresses() {
    let locks: Vec<SourceFile> =
        files_below("").into_iter().filter(|file| file.path.ends_with("package-lock.json")).collect();
    assert!(!locks.is_empty());
    check(&locks, text::download_addresses);
}

#[test]
fn planted_faults_are_in_no_program_that_does_not_ask_for_them() {
    let manifest = std::fs::read_to_string(root().join("crates/greenroom/Cargo.toml")).unwrap();
    let features = manifest.split("[features]").nth(1).unwrap().split("\n[").next().unwrap();
    let features: Vec<&str> = features.lines().filter(|line| line.contains('=')).collect();
    assert_eq!(features, ["mutants = []"], "no other feature, `default` least of all, brings them along");
    let around = |file: &SourceFile| !file.path.ends_with("/mutants.rs") && file.text.contains("mutants::");
    let around: Vec<String> =
        rust_files("crates/greenroom/src").into_iter().filter(around).map(|file| file.path).collect();
    assert!(around.is_empty(), "{around:?} go around mutant!");
}
