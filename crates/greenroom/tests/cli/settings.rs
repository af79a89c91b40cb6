//! Settings: every bad or misspelt one ends the program with code 78 and a message that names it.

use crate::place::{Ended, PROGRAM, settings};
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::process::Command;

/// Checks these settings without asking GitHub, in a folder of its own.
async fn check(folder: &Path, words: &[&str], changes: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(PROGRAM);
    command.args(["check-config", "--offline"]).args(words).env_clear().envs(settings("http://127.0.0.1:1"));
    for (name, value) in changes {
        command.env(name, value);
    }
    Ended::of(command.current_dir(folder).stdin(Stdio::null()).output().await.unwrap())
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("greenroom-cli-").tempdir().unwrap()
}

fn assert_refused(ended: &Ended, name: &str) {
    assert_eq!(ended.code, Some(78), "{name}: {ended:?}");
    assert!(ended.err.contains(name), "{name} is not named: {ended:?}");
}

#[tokio::test]
async fn a_bad_value_is_refused_by_name_as_a_variable_and_as_a_flag() {
    let cases = [
        ("GITHUB_TOKEN", "two words"),
        ("GITHUB_OWNER", "octo/shop"),
        ("GITHUB_REPO", ".."),
        ("GITHUB_REPOSITORIES", "octo"),
        ("GITHUB_API_URL", "github.example"),
        ("GITHUB_API_TIMEOUT", "soon"),
        ("GITHUB_API_TIMEOUT", "1"),
        ("POLL_INTERVAL_MINUTES", "0"),
        ("POLL_INTERVAL_MINUTES", "often"),
        ("INITIAL_SYNC_DAYS", "0"),
        ("MAX_CONCURRENT_DOWNLOADS", "0"),
        ("MAX_CONCURRENT_DOWNLOADS", "1000"),
        ("RETRY_FAILED_RUNS", "maybe"),
        ("MAX_FILE_SIZE_MB", "0"),
        ("MAX_ARTIFACT_SIZE_MB", "2GB"),
        ("CLEANUP_OLD_FILES_DAYS", "x"),
        ("DATABASE_URL", "mysql://u@h/d"),
        ("FILE_STORAGE_PATH", "ftp://h/d"),
        ("HOST", "example.com"),
        ("HOST", "0.0.0.0"),
        ("HOST", "::"),
        ("PORT", "70000"),
        ("ALLOWED_HOSTS", "https://greenroom.example/"),
        ("ALLOW_OPEN_NETWORK", "perhaps"),
        ("LOG_FORMAT", "xml"),
    ];
    let folder = folder();
    for (name, value) in cases {
        assert_refused(&check(folder.path(), &[], &[(name, value)]).await, name);
        let flag = format!("--{}", name.to_lowercase().replace('_', "-"));
        let ended = check(folder.path(), &[&format!("{flag}={value}")], &[]).await;
        assert_eq!(ended.code, Some(78), "{flag}: {ended:?}");
        assert!(ended.err.contains(&flag) || ended.err.contains(name), "{flag} is not named: {ended:?}");
        assert!(!ended.err.contains("environment variable"), "{flag} was a flag: {ended:?}");
    }
    assert_refused(&check(folder.path(), &[], &[("RUST_LOG", "greenroom=loud")]).await, "RUST_LOG");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is written before all is checked");
}

#[tokio::test]
async fn a_missing_setting_is_named() {
    let folder = folder();
    for name in ["GITHUB_TOKEN", "GITHUB_OWNER", "GITHUB_REPO"] {
        assert_refused(&check(folder.path(), &[], &[(name, "")]).await, name);
    }
}

#[tokio::test]
async fn o6_a_misspelt_setting_is_refused_with_the_one_that_was_meant() {
    let folder = folder();
    let cases = [
        ("POLL_INTERVALL_MINUTES", "POLL_INTERVAL_MINUTES"),
        ("GITHUB_TOKN", "GITHUB_TOKEN"),
        ("MAX_CONCURENT_DOWNLOADS", "MAX_CONCURRENT_DOWNLOADS"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("FILE_STORAGE", "FILE_STORAGE_PATH"),
        ("MAX_FILE_SIZE", "MAX_FILE_SIZE_MB"),
    ];
    for (written, meant) in cases {
        let ended = check(folder.path(), &[], &[(written, "1")]).await;
        assert_refused(&ended, written);
        assert!(ended.err.contains(meant), "{ended:?}");
    }
    let ended = check(folder.path(), &["--pol-interval-minutes", "3"], &[]).await;
    assert_refused(&ended, "--pol-interval-minutes");
    assert!(ended.err.contains("--poll-interval-minutes"), "{ended:?}");
    // What other programs are set up with is theirs.
    let ended = check(folder.path(), &[], &[("GITHUB_REPOSITORY", "octo/shop"), ("GITHUB_SHA", "1")]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[tokio::test]
async fn o5_listening_for_others_needs_a_word() {
    let folder = folder();
    let ended = check(folder.path(), &[], &[("HOST", "0.0.0.0")]).await;
    assert_refused(&ended, "ALLOW_OPEN_NETWORK");
    let ended = check(folder.path(), &["--allow-open-network"], &[("HOST", "0.0.0.0")]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[tokio::test]
async fn a_place_that_cannot_be_used_is_named() {
    let folder = folder();
    std::fs::write(folder.path().join("taken"), "a file").unwrap();
    assert_refused(&check(folder.path(), &[], &[("FILE_STORAGE_PATH", "taken")]).await, "FILE_STORAGE_PATH");
    assert_refused(&check(folder.path(), &[], &[("DATABASE_URL", "sqlite://taken/x.db")]).await, "DATABASE_URL");
    let ended = check(folder.path(), &[], &[("DATABASE_URL", "sqlite://taken")]).await;
    assert_refused(&ended, "DATABASE_URL");
    assert!(ended.err.contains("not a database"), "{ended:?}");
}

#[tokio::test]
async fn an_unreachable_postgres_is_refused_with_the_reason_and_without_the_password() {
    let ended = check(folder().path(), &[], &[("DATABASE_URL", "postgres://ann:hunter22@127.0.0.1:1/greenroom")]).await;
    assert_refused(&ended, "DATABASE_URL");
    assert!(ended.err.contains("refused"), "{ended:?}");
    assert!(!ended.err.contains("hunter22"), "{ended:?}");
}

#[tokio::test]
async fn help_names_every_setting_and_version_says_one() {
    let run = async |words: &[&str]| Ended::of(Command::new(PROGRAM).args(words).env_clear().output().await.unwrap());
    let ended = run(&["serve", "--help"]).await;
    assert_eq!(ended.code, Some(0));
    for name in greenroom::config::NAMES.iter().filter(|name| !matches!(**name, "NO_COLOR" | "AWS_ENDPOINT")) {
        assert!(ended.out.contains(name), "{name} is missing");
    }
    for (words, text) in [(["--help"], "check-config"), (["--version"], env!("CARGO_PKG_VERSION"))] {
        let ended = run(&words).await;
        assert_eq!((ended.code, ended.out.contains(text)), (Some(0), true), "{ended:?}");
    }
}
