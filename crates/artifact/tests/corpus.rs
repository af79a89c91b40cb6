//! Archives, files and logs of other projects, read from ../shared/corpus where it is present.
#![allow(clippy::unwrap_used)]

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
    files
        .iter()
        .map(|file| {
            let path = file["path"].as_str().unwrap();
            (root.join(path), path.to_owned(), file.clone())
        })
        .collect()
}

/// Where the index and CPython's zipfile rightly differ, and why.
const ZIP_EXCEPTIONS: &[(&str, &str)] = &[
    (
        "yauzl/failure/compressed_uncompressed_size_mismatch_for_stored_file_2147483647_5.zip",
        "its range reaches past the archive; CPython reads what there is",
    ),
    (
        "yauzl/failure/extra_field_length_exceeds_extra_field_buffer_size.zip",
        "a malformed extra field is no reason to hide two sound files",
    ),
    (
        "yauzl/failure/not_enough_bytes_in_the_stream_expected_2048576_got_only_1000000.zip",
        "shorter than declared; CPython does not notice",
    ),
    (
        "yauzl/failure/zip64_extended_information_extra_field_does_not_include_uncompressed_size.zip",
        "listed as corrupt instead of refused",
    ),
    (
        "yauzl/wrong-entry-sizes/wrong-entry-sizes.zip",
        "every declared size is wrong; CPython only notices the one that is too small",
    ),
    ("libzip/incons-archive-comment-longer.zip", "the comment is cut off, so the archive is not whole"),
    ("libzip/incons-cdoffset.zip", "no directory at its offset; CPython opens it and then reads nothing"),
    ("libzip/incons-central-compsize-larger.zip", "its range reaches into the directory; CPython reads one byte fewer"),
    (
        "libzip/incons-central-file-comment-longer.zip",
        "the record is longer than the directory; CPython ignores the missing comment",
    ),
    (
        "libzip/incons-central-file-comment-shorter.zip",
        "listed with a directory gap; CPython takes the gap for a bad record",
    ),
    (
        "libzip/incons-local-filename-long.zip",
        "the local name's length moves the data out of the archive, so it is corrupt besides",
    ),
    ("libzip/incons-local-filename-short.zip", "the local name's length moves the data, so it is corrupt besides"),
    ("libzip/testbzip2.zip", "bzip2 is not read"),
    (
        "zip2/invalid_cde_number_of_files_allocation_smaller_offset.zip",
        "190 unexplained bytes are not an empty archive",
    ),
    ("commons-compress/COMPRESS-227.zip", "two entries share one body, as bombs do"),
    ("commons-compress/bzip2-zip.zip", "bzip2 is not read"),
    ("libarchive/test_read_format_zip_lzma_stream_end.zipx", "lzma is not read"),
];

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
    println!(
        "zips: {} as CPython reads them, {} exceptions, refused {:?}, {} entries, flags {:?}",
        tally.same, tally.exceptions, tally.refused, tally.entries, tally.flags
    );
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
        Ok(contents) => {
            return Some(format!(
                "read {} entries of what CPython refuses: {}",
                contents.entries.len(),
                observed["why"]
            ));
        }
        Err(_) if !opens => return None,
        Err(refusal) => return Some(format!("refused: {refusal}")),
    };
    let found = contents.entries.len() as u64 + contents.skipped_directories;
    let expected = observed["entries"].as_u64().unwrap();
    if found != expected {
        return Some(format!("{found} entries, CPython {expected}"));
    }
    // CPython takes a name that differs in the local header for unreadable; here it is flagged and readable.
    let names_differ = observed["why"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|why| why.as_str().unwrap().contains("File name in directory"))
        .count();
    if names_differ > contents.entries.iter().filter(|entry| entry.flags.contains(&Flag::Inconsistent)).count() {
        return Some("a contradicting name is not flagged".to_owned());
    }
    let unreadable = contents.entries.iter().filter(|entry| !entry.is_readable()).count() as u64;
    let expected = observed["unreadable"].as_u64()?.checked_sub(names_differ as u64);
    let flags: Vec<String> =
        contents.entries.iter().map(|entry| format!("{}:{:?}", entry.name.escape_debug(), entry.flags)).collect();
    (Some(unreadable) != expected)
        .then(|| format!("{unreadable} unreadable, CPython {expected:?} {} {flags:?}", observed["why"]))
}

/// Where the media type differs from libmagic's, and why.
const FILE_EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("html/playwright-report-blob1.42.html", "text/html", "libmagic takes the inlined script for the document"),
    ("archives/EmptyFile.txt", "text/plain", "an empty file is what its name says"),
];

#[test]
fn files_are_called_what_libmagic_calls_them() {
    let mut count = 0;
    for (path, name, file) in manifest("files") {
        let bytes = fs::read(&path).unwrap();
        let (_, media_type) = classify(&name, &bytes[..bytes.len().min(artifact::SNIFF_BYTES)]);
        let expected = FILE_EXCEPTIONS
            .iter()
            .find(|(exception, ..)| *exception == name)
            .map_or(file["libmagic"].as_str().unwrap(), |(_, media_type, _)| media_type);
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
        let timestamped = lines.iter().filter(|line| line.timestamp.is_some()).count() as u64;
        let marked = |marker| {
            log::lines(&bytes).filter(|raw| log::line(&without_fixture_mark(raw)).marker == Some(marker)).count() as u64
        };
        let found = [
            ("lines", lines.len() as u64),
            ("timestamped_lines", timestamped),
            ("group", marked(log::Marker::Group)),
            ("endgroup", marked(log::Marker::EndGroup)),
            ("error", marked(log::Marker::Error)),
            ("warning", marked(log::Marker::Warning)),
            ("command", marked(log::Marker::Command)),
            ("debug", marked(log::Marker::Debug)),
        ];
        for (fact, value) in found {
            assert_eq!(Some(value), file["facts"][fact].as_u64(), "{fact} of {name}");
        }
        count += 1;
    }
    println!("logs: {count} read");
}

/// One project's fixtures mark the line that its classifier picks, in front of everything else, and the part in ‹ ›.
fn without_fixture_mark(raw: &[u8]) -> Vec<u8> {
    let Some(marked) = raw.strip_prefix(b"#=MATCH=# ") else { return raw.to_vec() };
    String::from_utf8_lossy(marked).replace(['‹', '›'], "").into_bytes()
}

#[test]
fn archives_of_whole_run_logs_are_read() {
    for (path, name, file) in manifest("logs") {
        if file["kind"] == "run-log-archive" {
            let contents = scan(&FileAt::open(&path).unwrap(), &Limits::default()).unwrap();
            let found = contents.entries.len() as u64 + contents.skipped_directories;
            assert_eq!(
                Some(found),
                file["entries"].as_u64().or_else(|| file["entries"].as_array().map(|list| list.len() as u64)),
                "{name}"
            );
            assert!(contents.entries.iter().all(|entry| entry.is_readable()), "{name}");
        }
    }
}
