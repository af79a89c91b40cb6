//! How fast reports are read, beside the bare parser over the same bytes in the same run, and how much memory that
//! takes at its peak. What the readers read is checked in the tests.
#![allow(clippy::unwrap_used)]

#[path = "../tests/samples/mod.rs"]
mod samples;
#[path = "../../greenroom/benches/support/table.rs"]
#[allow(dead_code)]
mod table;

use artifact::report::{self, Limits, Report};
use samples::{ALL, Endless, Sample, longer, unending};
use serde::de::IgnoredAny;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::process::Command;
use std::time::{Duration, Instant};
use table::{Table, median, ratio};

/// The buffer that the readers read through.
const BUFFER_BYTES: usize = 64 << 10;
const CASES: usize = 100_000;
const BYTES: usize = 20 << 20;
const ROUNDS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--peak") {
        return print_peak(&arguments[at + 1], &arguments[at + 2]);
    }
    // Words after `--` choose formats: `cargo bench -p artifact -- junit jest`.
    let wanted: Vec<&String> = arguments[1..].iter().filter(|argument| !argument.starts_with("--")).collect();
    let is_wanted = |sample: &Sample| {
        wanted.is_empty() || wanted.iter().any(|word| sample.format.as_str().starts_with(word.as_str()))
    };
    let samples: Vec<&Sample> = ALL.iter().filter(|sample| is_wanted(sample)).collect();
    speed(&samples);
    memory(&samples);
}

fn speed(samples: &[&Sample]) {
    let mut table =
        Table::new(["format", "MB", "cases", "MB/s", "cases/s", "bare MB/s", "ratio", "4× the bytes", "aim"]);
    for sample in samples.iter().filter(|sample| sample.part.is_some()) {
        let (bytes, quarter) = (report_of(sample, CASES / 2), report_of(sample, CASES / 8));
        let (read_took, bare_took, quarter_took) = measure(sample, &bytes, &quarter);
        let megabytes = bytes.len() as f64 / 1e6;
        let rate = |took: Duration| format!("{:.0}", megabytes / took.as_secs_f64());
        table.row([
            sample.format.as_str().to_owned(),
            format!("{megabytes:.0}"),
            CASES.to_string(),
            rate(read_took),
            format!("{:.0}", CASES as f64 / read_took.as_secs_f64()),
            rate(bare_took),
            ratio(read_took, bare_took),
            ratio(read_took, quarter_took),
            if floor(sample) == Floor::Lines { "none" } else { "≤ 2.00×" }.to_owned(),
        ]);
    }
    table.print("Reading reports of 100,000 cases");
}

/// A report of so many times the part, with messages that bring the whole one to 20 MB.
fn report_of(sample: &Sample, times: usize) -> Vec<u8> {
    let short = longer(sample, 100, 0).len() / 100;
    longer(sample, times, (BYTES / (CASES / 2)).saturating_sub(short))
}

/// How long reading takes, the bare parser, and reading a quarter: the middle of some rounds, one after the other so
/// that a busy machine slows all of them.
fn measure(sample: &Sample, bytes: &[u8], quarter: &[u8]) -> (Duration, Duration, Duration) {
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        times[0].push(timed(|| read(sample, bytes)));
        times[1].push(timed(|| bare(sample, bytes)));
        times[2].push(timed(|| read(sample, quarter)));
    }
    (median(&times[0]), median(&times[1]), median(&times[2]))
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

fn read(sample: &Sample, mut bytes: &[u8]) -> Report {
    report::read(sample.format, &mut bytes, &Limits::default())
}

/// What a reader of a format stands on.
#[derive(Clone, Copy, PartialEq)]
enum Floor {
    Xml,
    Json,
    /// Nothing but lines: no parser to be compared with, so that no ratio is aimed at.
    Lines,
}

fn floor(sample: &Sample) -> Floor {
    match sample.bytes {
        [b'<', ..] => Floor::Xml,
        [b'{' | b'[', ..] => Floor::Json,
        _ => Floor::Lines,
    }
}

/// Goes over the bytes with the bare parser, through a buffer like that of the readers.
fn bare(sample: &Sample, bytes: &[u8]) -> usize {
    let reader = BufReader::with_capacity(BUFFER_BYTES, bytes);
    match floor(sample) {
        Floor::Xml => bare_xml(reader),
        // One document or one after the other, a line each.
        Floor::Json => serde_json::Deserializer::from_reader(reader).into_iter::<IgnoredAny>().count(),
        Floor::Lines => bare_lines(reader),
    }
}

fn bare_xml(reader: impl BufRead) -> usize {
    let mut reader = quick_xml::Reader::from_reader(reader);
    let (mut buffer, mut events) = (Vec::new(), 0);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).unwrap() {
            quick_xml::events::Event::Eof => return events,
            event => events += usize::from(!black_box(event).is_empty()),
        }
    }
}

fn bare_lines(mut reader: impl BufRead) -> usize {
    let (mut line, mut count) = (Vec::new(), 0);
    while reader.read_until(b'\n', &mut line).unwrap() > 0 {
        count += 1;
        line.clear();
    }
    count
}

/// Peak memory of a process that reads one report which is never in memory as a whole.
fn memory(samples: &[&Sample]) {
    let mut table = Table::new(["format", "64 MB of cases with long messages", "a million cases", "aim"]);
    for sample in samples.iter().filter(|sample| sample.part.is_some()) {
        table.row([
            sample.format.as_str().to_owned(),
            peak_of(sample, "bytes"),
            peak_of(sample, "cases"),
            "≤ 256 MB".to_owned(),
        ]);
    }
    table.print("Peak resident memory of reading one report");
    let mut table = Table::new(["format", "256 MB of tests that never end", "aim"]);
    for endless in unending(0).filter(|endless| samples.iter().any(|sample| sample.format == endless.format())) {
        let sample = samples::of(endless.format());
        table.row([sample.format.as_str().to_owned(), peak_of(&sample, "unending"), "≤ 256 MB".to_owned()]);
    }
    table.print("Peak resident memory of reading what makes a reader remember");
}

fn peak_of(sample: &Sample, what: &str) -> String {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).args(["--peak", sample.format.as_str(), what]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn print_peak(format: &str, what: &str) {
    let sample = ALL.iter().find(|sample| sample.format.as_str() == format).unwrap();
    let mut endless = match what {
        "bytes" => Endless::of_bytes(sample, 64 << 20, 40_000),
        "unending" => unending(256 << 20).find(|endless| endless.format() == sample.format).unwrap(),
        _ => Endless::of_cases(sample, 1_000_000),
    };
    let report = report::read(sample.format, &mut endless, &Limits::default());
    let cases = report.cases.len() as u64 + report.dropped_cases;
    match peak_bytes() {
        Some(peak) => print!("{:.0} MB ({cases} cases)", peak as f64 / 1e6),
        None => print!("not told by this system"),
    }
}

/// The most memory this process ever had, where the system tells.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}
