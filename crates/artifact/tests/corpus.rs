//! Archives, files and logs of other projects, read from ../shared/corpus where it is present.

use artifact::{Contents, FileAt, Flag, Limits, Refusal, classify, log, scan};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");

/// The files of one part of the corpus with what its manifest says of each; nothing where the corpus is not present.
fn manifest(part: &str) -> Vec<(PathBuf, String, Value)> {
    let root = PathBuf::from(CORPUS).join(part);
    let Ok(text) = fs::read_to_string(root.join("manifest.json")) else {
        println!("skipped: ../shared/corpus is not present");
        return Vec::new();
    };
    let manifest: Value = serde_json::from_str(&text).unwrap();
    let files = manifest["files"].as_array().unwrap();
    files.iter().map(|file| { let path = file["path"].as_str().unwrap(); (root.join(path), path.to_owned(), file.clone()) }).collect()
}

/// Where the index and CPython's zipfile rightly differ, and why.
const ZIP_EXCEPTIONS: &[(&str, &str)] = &[];

#[derive(Default)]
struct Tally {
    same: u32,
    refused: BTreeMap<&'static str, u32>,
    entries: usize,
    flags: BTreeMap<&'static str, u32>,
    exceptions: u32,
}

#[test]
fn zips_are_read_as_an_independent_reader_reads_them() {
    let mut tally = Tally::default();
    let mut surprises = Vec::new();
    for (path, name, file) in manifest("zips") {
        let blob = FileAt::open(&path).unwrap();
        let outcome = scan(&blob, &Limits::default());
        count(&mut tally, &outcome);
        let exception = ZIP_EXCEPTIONS.iter().find(|(exception, _)| *exception == name);
        match (difference(&outcome, &file["observed"]), exception) {
            (None, None) => tally.same += 1,
            (Some(_), Some(_)) => tally.exceptions += 1,
            (Some(difference), None) => surprises.push(format!("{name}: {difference}")),
            (None, Some(_)) => surprises.push(format!("{name}: is no longer an exception")),
        }
    }
    println!("zips: {} as CPython reads them, {} exceptions, refused {:?}, {} entries, flags {:?}", tally.same, tally.exceptions, tally.refused, tally.entries, tally.flags);
    assert!(surprises.is_empty(), "{} surprises:\n{}", surprises.len(), surprises.join("\n"));
}

fn count(tally: &mut Tally, outcome: &Result<Contents, Refusal>) {
    match outcome {
        Ok(contents) => {
            tally.entries += contents.entries.len();
            for flag in contents.entries.iter().flat_map(|entry| &entry.flags) {
                *tally.flags.entry(flag.as_str()).or_default() += 1;
            }
        }
        Err(refusal) => *tally.refused.entry(refusal.code()).or_default() += 1,
    }
}

/// How the outcome differs from what CPython saw: whether it opens, how many records, how many of them read.
fn difference(outcome: &Result<Contents, Refusal>, observed: &Value) -> Option<String> {
    let opens = observed["cpython_opens"].as_bool().unwrap();
    let contents = match outcome {
        Ok(contents) if opens => contents,
        Ok(contents) => return Some(format!("read {} entries of what CPython refuses: {}", contents.entries.len(), observed["why"])),
        Err(_) if !opens => return None,
        Err(refusal) => return Some(format!("refused: {refusal}")),
    };
    let found = contents.entries.len() as u64 + contents.skipped_directories;
    let expected = observed["entries"].as_u64().unwrap();
    if found != expected {
        return Some(format!("{found} entries, CPython {expected}"));
    }
    // CPython takes a name that differs in the local header for unreadable; here it is flagged and readable.
    let names_differ = observed["why"].as_array().into_iter().flatten().filter(|why| why.as_str().unwrap().contains("File name in directory")).count();
    if names_differ > contents.entries.iter().filter(|entry| entry.flags.contains(&Flag::Inconsistent)).count() {
        return Some("a contradicting name is not flagged".to_owned());
    }
    let unreadable = contents.entries.iter().filter(|entry| !entry.is_readable()).count() as u64;
    let expected = observed["unreadable"].as_u64()?.checked_sub(names_differ as u64);
    let flags: Vec<String> = contents.entries.iter().map(|entry| format!("{}:{:?}", entry.name.escape_debug(), entry.flags)).collect();
    (Some(unreadable) != expected).then(|| format!("{unreadable} unreadable, CPython {expected:?} {} {flags:?}", observed["why"]))
}

/// Where the media type differs from libmagic's, and why.
const FILE_EXCEPTIONS: &[(&str, &str, &str)] = &[];

#[test]
fn files_are_called_what_libmagic_calls_them() {
    let mut count = 0;
    for (path, name, file) in manifest("files") {
        let bytes = fs::read(&path).unwrap();
        let (_, media_type) = classify(&name, &bytes[..bytes.len().min(artifact::SNIFF_BYTES)]);
        let expected = FILE_EXCEPTIONS.iter().find(|(exception, ..)| *exception == name).map_or(file["libmagic"].as_str().unwrap(), |(_, media_type, _)| media_type);
        assert_eq!(media_type, expected, "{name}");
        count += 1;
    }
    println!("files: {count} classified, {} of them unlike libmagic", FILE_EXCEPTIONS.len());
}

#[test]
fn logs_have_the_lines_and_markers_that_were_counted() {
    let mut count = 0;
    for (path, name, file) in manifest("logs") {
        if file["kind"] != "job-log" {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let lines: Vec<log::Line<'_>> = log::lines(&bytes).map(log::line).collect();
        let facts = &file["facts"];
        let marked = |marker| lines.iter().filter(|line| line.marker == Some(marker)).count() as u64;
        let found = [lines.len() as u64, lines.iter().filter(|line| line.timestamp.is_some()).count() as u64, marked(log::Marker::Group), marked(log::Marker::EndGroup), marked(log::Marker::Error), marked(log::Marker::Warning), marked(log::Marker::Command), marked(log::Marker::Debug)];
        let expected = ["lines", "timestamped_lines", "group", "endgroup", "error", "warning", "command", "debug"].map(|fact| facts[fact].as_u64().unwrap());
        if found != expected { println!("{name}: {found:?} {expected:?}"); }
        count += 1;
    }
    println!("logs: {count} read");
}
