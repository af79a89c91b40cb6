//! No bytes make a reader of reports panic, recurse, keep more than its limits or invent a failure; and the sample of
//! every format is read as what it is. Speed is left to the benchmark.
#![allow(clippy::unwrap_used)]

mod samples;

use artifact::report::{self, Case, Format, Kind, Limits, Look, Report, Scope, Status};
use proptest::prelude::*;
use samples::invariants::{SMALL, check};
use samples::{ALL, Sample, longer};
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn read(format: Format, mut bytes: &[u8]) -> Report {
    report::read(format, &mut bytes, &Limits::default())
}

/// Holds the fact against every sample that is wanted, and tells of all that do not keep it.
/// `REPORT_FORMAT=jest` looks only at the formats whose words begin so.
fn each(is_wanted: fn(&Sample) -> bool, fact: impl Fn(&Sample)) {
    let prefix = std::env::var("REPORT_FORMAT").unwrap_or_default();
    let wanted = ALL.iter().filter(|sample| is_wanted(sample) && sample.format.as_str().starts_with(&prefix));
    let broken: Vec<&str> = wanted
        .filter(|sample| catch_unwind(AssertUnwindSafe(|| fact(sample))).is_err())
        .map(|sample| sample.file)
        .collect();
    assert!(broken.is_empty(), "not so for {broken:?}");
}

/// How many cases passed, failed or erred, and were skipped.
fn counts(report: &Report) -> (usize, usize, usize) {
    let count = |is_it: fn(&Case) -> bool| report.cases.iter().filter(|case| is_it(case)).count();
    (
        count(|case| case.status == Status::Passed),
        count(|case| case.status.is_failing()),
        count(|case| case.status == Status::Skipped),
    )
}

/// Reads the bytes as every format, with room and without.
fn read_as_every_format(bytes: &[u8]) {
    report::look("results.xml", bytes);
    for format in Format::all() {
        read_as(format, bytes);
    }
}

fn read_as(format: Format, bytes: &[u8]) {
    for limits in [Limits::default(), SMALL] {
        check(&report::read(format, &mut { bytes }, &limits), &limits);
    }
}

#[test]
fn every_format_has_a_sample() {
    assert_eq!(Format::all().map(samples::of).count(), ALL.len());
}

#[test]
fn the_sample_of_every_format_is_read_as_what_it_is() {
    each(any_sample, |sample| {
        assert_eq!(report::look(sample.file, sample.bytes), Look::Report(sample.format), "{}", sample.file);
        let report = read(sample.format, sample.bytes);
        assert_eq!((counts(&report), report.problems.as_slice()), (sample.counts, &[][..]), "{}", sample.file);
    });
}

fn any_sample(_sample: &Sample) -> bool {
    true
}

fn is_long(sample: &Sample) -> bool {
    sample.part.is_some()
}

#[test]
fn samples_are_told_by_content_whatever_they_are_called() {
    each(
        |sample| !sample.format.is_folder(),
        |sample| {
            for name in ["a", "a.txt", "junit.xml", "results.json"] {
                assert_eq!(report::look(name, sample.bytes), Look::Report(sample.format), "{}", sample.file);
            }
        },
    );
}

#[test]
fn lint_and_coverage_are_no_tests() {
    each(
        |sample| sample.counts == (0, 0, 0),
        |sample| {
            let report = read(sample.format, sample.bytes);
            match report.kind {
                Kind::Lint => assert_eq!(report.findings, 2, "{}", sample.file),
                Kind::Coverage => {
                    let coverage = report.coverage.unwrap();
                    assert_eq!((coverage.files, coverage.lines_hit), (1, 3), "{}", sample.file);
                    assert_eq!((coverage.branches, coverage.branches_hit), (2, 1), "{}", sample.file);
                }
                Kind::Tests => panic!("{} is taken for tests", sample.file),
            }
        },
    );
}

/// Whether a format is one document, so that a missing end can be told.
fn is_document(sample: &Sample) -> bool {
    let is_lines = sample.file == "mocha-stream.json";
    (sample.file.ends_with(".xml") || sample.file.ends_with(".trx") || sample.file.ends_with(".json")) && !is_lines
}

#[test]
fn a_cut_report_says_so_and_invents_no_failure() {
    each(any_sample, |sample| {
        let whole = read(sample.format, sample.bytes);
        let end = sample.bytes.trim_ascii_end().len();
        for length in 0..end {
            let cut = read(sample.format, &sample.bytes[..length]);
            check(&cut, &Limits::default());
            let place = format!("{} cut at {length}", sample.file);
            assert!(!is_document(sample) || !cut.problems.is_empty(), "{place}: no problem");
            assert!(cut.cases.len() <= whole.cases.len() + 1, "{place}: more cases than the whole");
            for (at, case) in cut.cases.iter().enumerate().filter(|(_, case)| case.status.is_failing()) {
                // The last name may be cut as well.
                let fails_in_whole = whole.cases.get(at).is_some_and(|other| other.status.is_failing())
                    || whole.cases.iter().any(|other| other.name == case.name && other.status.is_failing());
                // A case that was running when the report ended broke off.
                let broke_off =
                    case.status == Status::Errored && (case.scope == Scope::Suite || !cut.problems.is_empty());
                assert!(fails_in_whole || broke_off, "{place}: {} is said to fail", case.name);
            }
        }
    });
}

#[test]
fn cut_reports_are_still_taken_for_what_they_are() {
    each(
        |sample| sample.file.ends_with(".xml"),
        |sample| {
            let look = report::look(sample.file, &sample.bytes[..sample.bytes.len() * 9 / 10]);
            assert_eq!(look, Look::Report(sample.format), "{}", sample.file);
        },
    );
}

/// Runs with a stack so small that recursion over the input would overflow it.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(640 << 10).spawn(work).unwrap().join().unwrap();
}

/// Places in a sample behind one of the characters, five at most.
fn places(sample: &Sample, characters: &[u8]) -> Vec<usize> {
    let all: Vec<usize> =
        (0..sample.bytes.len()).filter(|at| characters.contains(&sample.bytes[*at])).map(|at| at + 1).collect();
    let step = all.len().div_ceil(5).max(1);
    all.into_iter().step_by(step).collect()
}

fn with_inserted(sample: &Sample, at: usize, inserted: &str) -> Vec<u8> {
    [&sample.bytes[..at], inserted.as_bytes(), &sample.bytes[at..]].concat()
}

#[test]
fn x4_deep_json_ends_in_a_problem_not_in_the_stack() {
    on_a_small_stack(|| {
        let openings = ["[".repeat(100_000), "{\"suites\":[".repeat(20_000), "{\"a\":".repeat(20_000)];
        each(
            |sample| sample.bytes.starts_with(b"{") || sample.bytes.starts_with(b"["),
            |sample| {
                for opening in &openings {
                    for at in places(sample, b":[") {
                        check(&read(sample.format, &with_inserted(sample, at, opening)), &Limits::default());
                    }
                }
            },
        );
    });
}

#[test]
fn x4_deep_xml_ends_in_a_problem_not_in_the_stack() {
    on_a_small_stack(|| {
        each(
            |sample| sample.bytes.starts_with(b"<"),
            |sample| {
                for element in suite_elements(sample) {
                    let deep = format!("<{element} name=\"a\">").repeat(100_000);
                    let at = places(sample, b">")[2];
                    let report = read(sample.format, &with_inserted(sample, at, &deep));
                    assert!(!report.problems.is_empty(), "{} {element}", sample.file);
                    check(&report, &Limits::default());
                }
            },
        );
    });
}

/// The elements that may hold each other, in one format or another, and one that none of them knows.
fn suite_elements(sample: &Sample) -> Vec<&'static str> {
    let known = ["testsuite", "testcase", "test-suite", "suite", "kw", "TestSuite", "package", "class", "test"];
    let text = String::from_utf8_lossy(sample.bytes);
    let is_used = |element: &&str| text.contains(&format!("<{element} "));
    known.into_iter().filter(is_used).chain(["unknown"]).collect()
}

#[test]
fn deep_subtests_are_read_without_recursion() {
    on_a_small_stack(|| {
        let mut text = String::from("TAP version 14\n");
        for level in 0..1500 {
            text.push_str(&format!("{0}# Subtest: a\n{0}    ok 1 - b\n", " ".repeat(level * 4)));
        }
        check(&read(Format::Tap, text.as_bytes()), &Limits::default());
        let names = (0..1500).map(|_| "Test/").collect::<String>();
        let text = format!("=== RUN   {names}\n--- FAIL: {names} (0.00s)\nFAIL\n");
        check(&read(Format::GoText, text.as_bytes()), &Limits::default());
    });
}

#[test]
fn x10_huge_texts_and_names_are_cut_and_change_no_count() {
    each(any_sample, |sample| {
        let text = std::str::from_utf8(sample.bytes).unwrap();
        let huge = [
            text.replace("2.99", &format!("2.99{}", "x".repeat(1 << 20))),
            text.replacen("not yet", &format!("not yet{}", "é".repeat(1 << 19)), 1),
            text.replace("adds", &format!("adds{}", "y".repeat(60_000))),
        ];
        for text in &huge {
            let report = read(sample.format, text.as_bytes());
            check(&report, &Limits::default());
            assert_eq!(counts(&report), sample.counts, "{} with {} bytes", sample.file, text.len());
        }
    });
}

#[test]
fn x10_ten_megabytes_of_message_are_cut() {
    each(any_sample, |sample| {
        let text = std::str::from_utf8(sample.bytes).unwrap();
        let Some(at) = text.rfind("2.99") else { return };
        let report = read(sample.format, &with_inserted(sample, at, &"z".repeat(10 << 20)));
        check(&report, &Limits::default());
        assert_eq!(counts(&report), sample.counts, "{}", sample.file);
    });
}

#[test]
fn x3_a_hundred_thousand_attributes_or_members_are_read() {
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=\"{n}\"")).collect();
    let members: String = (0..100_000).map(|n| format!("\"a{n}\":{n},")).collect();
    each(any_sample, |sample| {
        let text = std::str::from_utf8(sample.bytes).unwrap();
        let many = match text.find("adds\"").filter(|_| text.starts_with('<')) {
            Some(at) => format!("{}{attributes}{}", &text[..at + 5], &text[at + 5..]),
            None if text.starts_with('{') => text.replacen('{', &format!("{{{members}"), 1),
            None => return,
        };
        let report = read(sample.format, many.as_bytes());
        check(&report, &Limits::default());
        assert_eq!(counts(&report), sample.counts, "{}", sample.file);
    });
}

#[test]
fn x8_every_case_of_a_long_report_is_counted() {
    each(
        |sample| sample.part.is_some() && sample.counts != (0, 0, 0),
        |sample| {
            let times = 300;
            let report = read(sample.format, &longer(sample, times, 0));
            let (passed, failing, skipped) = sample.counts;
            let expected = (passed + times - 1, failing + times - 1, skipped);
            assert_eq!(counts(&report), expected, "{} {:?}", sample.file, report.problems);
            let few = report::read(sample.format, &mut &longer(sample, times, 0)[..], &SMALL);
            let total = passed + failing + skipped + 2 * (times - 1);
            assert_eq!(
                few.cases.len() as u64 + few.dropped_cases,
                total as u64,
                "{}: dropped ones are counted",
                sample.file
            );
            check(&few, &SMALL);
        },
    );
}

#[test]
fn x1_x2_entities_are_neither_fetched_nor_expanded() {
    let canary = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let laughs: String =
        (1..10).map(|n| format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10))).collect();
    let doctype = format!("<!DOCTYPE r [<!ENTITY x SYSTEM \"file://{canary}\"><!ENTITY a0 \"laughter\">{laughs}]>");
    each(
        |sample| sample.bytes.starts_with(b"<") && sample.counts.1 > 0,
        |sample| {
            let text = std::str::from_utf8(sample.bytes).unwrap();
            let body = text.find("?>").map_or(text, |at| &text[at + 2..]);
            let hostile = format!("{doctype}{}", body.replace("2.99", "2.99 &x; &a9;").replace("adds", "adds&x;&a9;"));
            assert_eq!(report::look(sample.file, hostile.as_bytes()), Look::Report(sample.format), "{}", sample.file);
            let report = read(sample.format, hostile.as_bytes());
            assert_eq!(counts(&report), sample.counts, "{} {:?}", sample.file, report.problems);
            let shown = format!("{report:?}");
            assert!(!shown.contains("[package]") && !shown.contains("laughter") && shown.len() < 20_000, "{shown}");
        },
    );
}

#[test]
fn x5_encodings_and_line_ends_change_nothing() {
    each(any_sample, |sample| {
        let text = std::str::from_utf8(sample.bytes).unwrap();
        let whole = read(sample.format, sample.bytes);
        let marked: Vec<u16> = format!("\u{feff}{text}").encode_utf16().collect();
        let encoded = [
            format!("\u{feff}{text}").into_bytes(),
            marked.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
            marked.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        ];
        for bytes in &encoded {
            assert_eq!(report::look(sample.file, bytes), Look::Report(sample.format), "{}", sample.file);
            assert_eq!(read(sample.format, bytes), whole, "{} in {:x?}", sample.file, &bytes[..2]);
        }
        let windows = text.replace('\n', "\r\n");
        assert_eq!(counts(&read(sample.format, windows.as_bytes())), sample.counts, "{} with CRLF", sample.file);
    });
}

#[test]
fn x5_bytes_that_are_no_text_are_shown_and_change_no_count() {
    each(
        |sample| sample.counts != (0, 0, 0),
        |sample| {
            let text = std::str::from_utf8(sample.bytes).unwrap();
            for at in text.match_indices("2.99").map(|(at, _)| at) {
                let bytes = [&sample.bytes[..at], b"\xff\xfe\xc3", &sample.bytes[at..]].concat();
                assert_eq!(counts(&read(sample.format, &bytes)), sample.counts, "{} at {at}", sample.file);
            }
        },
    );
}

/// Counts what is read of it.
struct Counted<'a> {
    bytes: &'a [u8],
    given: usize,
    calls: usize,
}

impl Read for Counted<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        let count = self.bytes.read(into)?;
        self.given += count;
        Ok(count)
    }
}

#[test]
fn every_byte_is_read_once_and_in_large_pieces() {
    each(is_long, |sample| {
        let bytes = longer(sample, 2000, 0);
        let mut counted = Counted { bytes: &bytes, given: 0, calls: 0 };
        report::read(sample.format, &mut counted, &Limits::default());
        assert_eq!(counted.given, bytes.len(), "{}", sample.file);
        assert!(counted.calls <= 8 + bytes.len() / 8192, "{} calls for {}", counted.calls, sample.file);
    });
}

/// Fails in the middle.
struct Broken<'a>(&'a [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(io::Error::other("the disk is gone")),
            count => Ok(count),
        }
    }
}

#[test]
fn a_broken_source_is_a_problem_beside_what_was_read() {
    each(any_sample, |sample| {
        let half = &sample.bytes[..sample.bytes.len() * 2 / 3];
        let report = report::read(sample.format, &mut Broken(half), &Limits::default());
        let tells = |problem: &report::Problem| problem.to_string().contains("the disk is gone");
        assert!(report.problems.iter().any(tells), "{}: {:?}", sample.file, report.problems);
    });
}

fn sample() -> impl Strategy<Value = Sample> {
    prop::sample::select(ALL)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_as_every_format(&bytes);
    }

    #[test]
    fn arbitrary_markup_is_read_or_refused(text in "([<>/\"'=&;!?:{}\\[\\],\\\\0-9 \\n-]|CDATA|test|suite|case|name|status|ok|not ok|TAP|--|\\.\\.){0,80}") {
        read_as_every_format(text.as_bytes());
    }

    #[test]
    fn mutated_samples_are_read_or_refused(
        sample in sample(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), prop::sample::select(&b"<>/\"'&{}[],:\n -0\\"[..])]), 1..10),
    ) {
        let mut bytes = sample.bytes.to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        report::look(sample.file, &bytes);
        read_as(sample.format, &bytes);
    }

    #[test]
    fn spliced_samples_are_read_or_refused(one in sample(), other in sample(), from: prop::sample::Index, len: prop::sample::Index, to: prop::sample::Index, times in 1usize..4) {
        let piece = &other.bytes[from.index(other.bytes.len())..];
        let piece = piece[..len.index(piece.len() + 1)].repeat(times);
        let mut bytes = one.bytes.to_vec();
        let to = to.index(bytes.len() + 1);
        bytes.splice(to..to, piece);
        read_as(one.format, &bytes);
        read_as(other.format, &bytes);
    }

    #[test]
    fn pieces_of_samples_left_out_are_read_or_refused(sample in sample(), from: prop::sample::Index, len: prop::sample::Index) {
        let mut bytes = sample.bytes.to_vec();
        let from = from.index(bytes.len());
        let len = len.index(bytes.len() - from + 1);
        bytes.drain(from..from + len);
        report::look(sample.file, &bytes);
        read_as(sample.format, &bytes);
    }

    #[test]
    fn x7_numbers_of_any_size_are_read_or_left_out(sample in sample(), number in prop_oneof![Just("1e999"), Just("-1"), Just("NaN"), Just("99999999999999999999999999999"), Just("-0.0"), Just("1e-400"), Just("0001"), Just("9223372036854775808"), Just("\"\""), Just("null")]) {
        let text = String::from_utf8_lossy(sample.bytes);
        for old in ["0.5", "500", "0.25", "250", "1767323045", "31", "2026"] {
            read_as(sample.format, text.replace(old, number).as_bytes());
        }
    }

    #[test]
    fn names_come_back_as_they_were_written(name in "[a-zA-Zé漢 ._:()-]{1,30}") {
        let name = format!("x{name}y");
        let readers = [
            (Format::Junit, format!("<testsuite name='s'><testcase name='{name}' classname='c'/></testsuite>")),
            (Format::Rspec, format!("{{\"version\":\"3\",\"examples\":[{{\"id\":\"1\",\"description\":\"{name}\",\"full_description\":\"{name}\",\"status\":\"passed\"}}],\"summary\":{{}}}}")),
            (Format::GoJson, format!("{{\"Action\":\"pass\",\"Package\":\"p\",\"Test\":\"{name}\",\"Elapsed\":1}}\n")),
        ];
        for (format, text) in readers {
            let report = read(format, text.as_bytes());
            prop_assert_eq!(report.cases.len(), 1, "{:?}", format);
            prop_assert_eq!(&report.cases[0].name, &name);
        }
    }
}
