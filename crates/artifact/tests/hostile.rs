//! Hostile inputs in number: valid archives, reports, logs, pictures, JSON and traces, broken by seeded mutations and
//! built to be wrong. Each must end in a verdict: no panic, no wait, no memory without bound, and whatever is listed as
//! readable reads back exactly as listed.
//!
//! `HOSTILE_INPUTS=10000 HOSTILE_SEED=7 cargo test --workspace --test hostile` for more of them; one line says what came
//! of each kind. An input that fails is named by seed and number, which make it again.
#![allow(clippy::unwrap_used)]

mod samples;
mod support;

use artifact::log::{self, Indexer, Pattern, Search, SearchFrom};
use artifact::report::{self, Format, Look};
use artifact::trace::{self, TraceLimits};
use artifact::{Contents, Flag, Limits, Section, classify, json_page, open, picture, scan, scan_single, scan_tar};
use std::collections::BTreeMap;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use support::{Descriptor, Part, archive, deflated, stored, uploaded};

/// Inputs where nothing is said.
const QUICK: u64 = 600;
/// How long one input may take. Builds for tests are slow, and so are machines that do other things besides.
const PATIENCE: Duration = Duration::from_secs(5);
/// Memory the whole run may take.
const MOST_MEMORY_KB: u64 = 512 << 10;

/// Random numbers that come again with their seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// What an input is made from and read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Zip,
    Tar,
    Report,
    Log,
    Picture,
    Json,
    Trace,
}

/// Valid inputs to start from.
fn seeds() -> Vec<(Kind, Vec<u8>)> {
    let mut seeds: Vec<(Kind, Vec<u8>)> = zips().into_iter().map(|zip| (Kind::Zip, zip)).collect();
    seeds.extend(samples::ALL.iter().map(|sample| (Kind::Report, sample.bytes.to_vec())));
    seeds.extend(logs().into_iter().map(|log| (Kind::Log, log)));
    seeds.extend(pictures().into_iter().map(|picture| (Kind::Picture, picture)));
    seeds.extend(
        ["{\"a\":[1,2,{\"b\":\"c\\u00e9\"}],\"d\":null}", "[[[[1.5e3,true]]],\"x\"]", "\"text\"", "[]"]
            .map(|json| (Kind::Json, json.into())),
    );
    seeds.push((Kind::Trace, trace_zip()));
    seeds.push((Kind::Tar, tar()));
    seeds
}

fn zips() -> Vec<Vec<u8>> {
    let text = "line of text\n".repeat(200);
    let parts = || {
        vec![
            uploaded("a/log.txt", &text),
            stored("b.json", "{\"a\": [1, 2, 3]}"),
            stored("dir/", ""),
            deflated("junit.xml", samples::of(Format::Junit).bytes),
            Part { descriptor: Descriptor::Zip64, ..deflated("c.xml", "<testsuites/>") },
            Part { mode: 0o120_777, ..stored("link", "../x") },
            Part { zip64: true, ..deflated("big", &text) },
        ]
    };
    let inner = support::zip(parts());
    vec![
        support::zip(parts()),
        support::Archive { zip64: true, comment: b"comment".to_vec(), ..archive(parts()) }.build(),
        support::Archive { prefix: b"#!/bin/sh\n".to_vec(), ..archive(parts()) }.build(),
        support::zip([stored("inner.zip", inner)]),
        support::zip((0..200).map(|n| stored(format!("{n}"), "x")).collect::<Vec<_>>()),
        support::zip(Vec::new()),
    ]
}

fn logs() -> Vec<Vec<u8>> {
    let stamped = "2026-01-02T03:04:05.0000000Z ##[group]Run tests\n2026-01-02T03:04:06.0000000Z \x1b[31mFAIL\x1b[0m cart\n\
        2026-01-02T03:04:06.1000000Z ##[error]Process completed with exit code 1.\n2026-01-02T03:04:07.0000000Z ##[endgroup]\n";
    vec![
        stamped.repeat(40).into_bytes(),
        b"error[E0308]: mismatched types\n --> src/lib.rs:3:5\n".repeat(30),
        b"progress 10%\rprogress 20%\r\n\x1b]8;;https://example.org\x07link\x1b]8;;\x07\n".repeat(30),
        [b"\xef\xbb\xbf".as_slice(), &b"no end".repeat(5000)].concat(),
    ]
}

fn pictures() -> Vec<Vec<u8>> {
    let mut bmp = b"BM".to_vec();
    for number in [54_u32 + 48, 0, 54, 40, 4, 4] {
        bmp.extend_from_slice(&number.to_le_bytes());
    }
    bmp.extend_from_slice(&[1, 0, 24, 0]);
    bmp.extend_from_slice(&[0; 24]);
    bmp.extend_from_slice(&[9; 48]);
    let gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b".to_vec();
    let small = picture::thumbnail(&bmp, 4).map(|thumbnail| thumbnail.bytes);
    [vec![bmp, gif], small.into_iter().collect()].concat()
}

fn trace_zip() -> Vec<u8> {
    let events = [
        r#"{"version":8,"type":"context-options","origin":"library","browserName":"chromium","options":{},"wallTime":1700000000000,"monotonicTime":1}"#,
        r#"{"type":"before","callId":"call@1","startTime":2,"class":"Page","method":"goto","params":{"url":"https://example.org"},"pageId":"p"}"#,
        r#"{"type":"after","callId":"call@1","endTime":5,"error":{"name":"Error","message":"no"}}"#,
        r#"{"type":"console","messageType":"log","text":"hello","time":3}"#,
    ];
    support::zip([stored("trace.trace", events.join("\n")), stored("trace.network", ""), stored("trace.stacks", "{}")])
}

fn tar() -> Vec<u8> {
    let mut header = vec![0_u8; 512];
    header[..5].copy_from_slice(b"a.txt");
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(b"00000000005\0");
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut content = b"hello".to_vec();
    content.resize(512 + 1024, 0);
    [header, content].concat()
}

/// Numbers, texts and pieces that readers stumble over.
const SPIKES: &[&[u8]] = &[
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x80\0\0\0",
    b"\0\0\0\0",
    b"\x7f\xff\xff\xff",
    b"PK\x05\x06",
    b"PK\x01\x02",
    b"PK\x03\x04",
    b"PK\x06\x06",
    b"PK\x06\x07",
    b"1e999",
    b"-1",
    b"NaN",
    b"99999999999999999999999",
    b"<!DOCTYPE a [<!ENTITY b \"b\">]>",
    b"&b;",
    b"&#0;",
    b"&#x110000;",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"-->",
    b"<a>",
    b"</a>",
    b"[[[[[[[[",
    b"{\"a\":",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\xed\xa0\x80",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\x1b[",
    b"\x1b]8;;",
    b"\r",
    b"\n",
    b"\0",
    b"##[group]",
    b"##[endgroup]",
    b"../",
];

/// One to six changes at places that the dice choose.
fn mutated(seed: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + dice.below(64)).min(bytes.len());
        match dice.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 if at < bytes.len() => bytes[at] = dice.roll() as u8,
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let piece = bytes[at..end].to_vec();
                let times = 1 + dice.below(200);
                bytes.splice(at..at, piece.repeat(times));
            }
            5 => drop(bytes.splice(at..at, dice.pick(SPIKES).iter().copied())),
            6 => {
                let spike = *dice.pick(SPIKES);
                let end = (at + spike.len()).min(bytes.len());
                bytes.splice(at..end, spike.iter().copied());
            }
            7 => {
                let from = dice.below(other.len() + 1);
                let to = (from + dice.below(400)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            _ => drop(bytes.splice(at..at, dice.pick(SPIKES).repeat(1 + dice.below(5_000)))),
        }
    }
    bytes
}

/// Reads an input as what it was, and as what else it could be taken for; gives the verdict in a word.
fn judge(kind: Kind, bytes: &[u8]) -> &'static str {
    classify("a.bin", bytes);
    report::look("results.xml", bytes);
    match kind {
        Kind::Zip => archive_verdict(bytes, scan(&bytes, &limits())),
        Kind::Tar => archive_verdict(bytes, scan_tar(&bytes, &limits())),
        Kind::Report => report_verdict(bytes),
        Kind::Log => log_verdict(bytes),
        Kind::Picture => {
            if picture::thumbnail(bytes, 160).is_ok() {
                "read"
            } else {
                "refused"
            }
        }
        Kind::Json => json_verdict(bytes),
        Kind::Trace => trace_verdict(bytes),
    }
}

fn limits() -> Limits {
    Limits { max_entries: 1000, max_file_bytes: 1 << 20, ..Limits::default() }
}

fn archive_verdict(bytes: &[u8], read: Result<Contents, artifact::Refusal>) -> &'static str {
    let _ = scan_single(&bytes, "a.gz", &limits());
    let Ok(contents) = read else { return "refused" };
    contents.entries.iter().for_each(|entry| assert_reads_as_listed(bytes, entry));
    if contents.entries.iter().all(|entry| entry.flags.is_empty()) { "read" } else { "flagged" }
}

/// An entry without a flag against it comes back with the length and checksum it is listed with; no other gives more.
fn assert_reads_as_listed(blob: &[u8], entry: &artifact::Entry) {
    let end = entry.data_offset.checked_add(entry.compressed_bytes);
    assert!(end.is_some_and(|end| end <= blob.len() as u64), "{entry:?} lies outside");
    let section = Section::new(&blob, entry.data_offset, entry.compressed_bytes);
    let mut content = Vec::new();
    let reader = open(section, entry.method, entry.size_bytes, entry.crc32);
    let outcome = reader.take(2 << 20).read_to_end(&mut content);
    assert!(content.len() as u64 <= entry.size_bytes, "{entry:?} gives more than it says");
    // Reserved symbols of deflate are proved by one decoder and refused by the other; see `archive::verify`.
    let is_garbled = entry.method == 8 && outcome.is_err();
    if entry.is_readable() && !entry.flags.contains(&Flag::TooLarge) && !is_garbled {
        assert_eq!((content.len() as u64, crc32fast::hash(&content)), (entry.size_bytes, entry.crc32), "{entry:?}");
    }
}

fn report_verdict(bytes: &[u8]) -> &'static str {
    let Look::Report(format) = report::look("results.xml", bytes) else { return "refused" };
    let limits = report::Limits::default();
    let report = report::read(format, &mut { bytes }, &limits);
    samples::invariants::check(&report, &limits);
    if report.problems.is_empty() { "read" } else { "flagged" }
}

fn log_verdict(bytes: &[u8]) -> &'static str {
    let mut indexer = Indexer::new(true);
    bytes.chunks(1000).for_each(|piece| indexer.push(piece));
    let index = indexer.finish();
    let pattern = Pattern::new("(fail|error).*", true, false).unwrap();
    let mut search = Search::new(pattern, true, SearchFrom { start: 1, from: 1, limit: 100 });
    let mut hits = Vec::new();
    bytes.chunks(1000).for_each(|piece| search.push(piece, &mut hits));
    search.finish(&mut hits);
    assert!(hits.len() <= 100 && index.size_bytes == bytes.len() as u64);
    log::failures(&mut { bytes }, &log::FailureLimits::default());
    "read"
}

fn json_verdict(bytes: &[u8]) -> &'static str {
    for pointer in ["", "/a", "/a/2/b", "/0/0"] {
        if json_page::page(bytes, pointer, 0, 100).is_err() && pointer.is_empty() {
            return "refused";
        }
    }
    "read"
}

fn trace_verdict(bytes: &[u8]) -> &'static str {
    let Ok(contents) = scan(&bytes, &limits()) else { return "refused" };
    match trace::read(&bytes, &contents, &TraceLimits::default()) {
        Ok(_) => "read",
        Err(_) => "refused",
    }
}

/// The most memory that this process ever had, in KB; 0 where the system does not tell.
fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect("a number"))
}

#[test]
fn every_hostile_input_ends_in_a_verdict() {
    let (count, seed) = (number("HOSTILE_INPUTS", QUICK), number("HOSTILE_SEED", 1));
    let seeds = seeds();
    let mut verdicts: BTreeMap<(Kind, &str), u64> = BTreeMap::new();
    let mut slowest = Duration::ZERO;
    let mut broken = Vec::new();
    for input in 0..count {
        let mut dice = Dice(seed.wrapping_mul(0x1000_0000_01b3).wrapping_add(input));
        let (kind, valid) = &seeds[input as usize % seeds.len()];
        let other = &seeds[dice.below(seeds.len())].1;
        // The first round is the valid ones as they are.
        let bytes = if input < seeds.len() as u64 { valid.clone() } else { mutated(valid, other, &mut dice) };
        let started = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| judge(*kind, &bytes))) {
            Ok(verdict) => *verdicts.entry((*kind, verdict)).or_default() += 1,
            Err(_) => broken.push(format!("HOSTILE_SEED={seed}, input {input} ({kind:?}) panicked")),
        }
        slowest = slowest.max(started.elapsed());
        if started.elapsed() > PATIENCE {
            broken.push(format!("HOSTILE_SEED={seed}, input {input} ({kind:?}) took {:?}", started.elapsed()));
        }
    }
    let said: Vec<String> =
        verdicts.iter().map(|((kind, verdict), count)| format!("{kind:?} {verdict} {count}")).collect();
    let memory = peak_memory_kb() >> 10;
    eprintln!(
        "hostile inputs: {count}, broken {}, slowest {slowest:?}, {memory} MB; {}",
        broken.len(),
        said.join(", ")
    );
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(peak_memory_kb() <= MOST_MEMORY_KB, "{memory} MB");
    let kinds = [Kind::Zip, Kind::Tar, Kind::Report, Kind::Log, Kind::Picture, Kind::Json, Kind::Trace];
    let untouched: Vec<&Kind> = kinds.iter().filter(|kind| !verdicts.contains_key(&(**kind, "read"))).collect();
    assert!(untouched.is_empty(), "of {untouched:?} not even the valid inputs were read");
}
