//! One small report in every format, written for these tests, with what it holds; and the same report with as many
//! cases as wanted. Shared by the property tests and the benchmarks; the fuzz targets start from the same files.
#![allow(dead_code)]

pub mod invariants;

use artifact::report::{Format, Format::*};
use std::cmp::Ordering;
use std::fmt;
use std::io::{self, Read};

/// A small report.
#[derive(Clone, Copy)]
pub struct Sample {
    pub format: Format,
    pub file: &'static str,
    pub bytes: &'static [u8],
    /// Cases that passed, failed or erred, and were skipped.
    pub counts: (usize, usize, usize),
    /// How it is made longer; absent where a report is no list of cases.
    pub part: Option<Part>,
}

/// The part of a sample that can be repeated: from one text up to another, and the texts within it that number it.
#[derive(Clone, Copy)]
pub struct Part {
    from: &'static str,
    to: &'static str,
    numbered: &'static [&'static str],
    /// How many cases are in it.
    pub cases: usize,
}

impl fmt::Debug for Sample {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.file)
    }
}

macro_rules! sample {
    ($format:ident $file:literal $counts:expr) => {
        Sample { format: $format, file: $file, bytes: include_bytes!($file), counts: $counts, part: None }
    };
    ($format:ident $file:literal $counts:expr, $from:literal .. $to:literal, $numbered:expr) => {
        Sample {
            part: Some(Part { from: $from, to: $to, numbered: &$numbered, cases: 2 }),
            ..sample!($format $file $counts)
        }
    };
}

/// Every format once.
pub const ALL: &[Sample] = &[
    sample!(Junit "junit.xml" (2, 2, 1), "    <testcase classname=\"shop.cart\" name=\"adds" .. "    <testcase classname=\"shop.cart\" name=\"connects", ["adds", "rounds"]),
    sample!(Trx "trx.trx" (1, 1, 1), "    <UnitTestResult executionId=\"e1" .. "    <UnitTestResult executionId=\"e3", ["Adds", "Rounds", "e1", "e2"]),
    sample!(Xunit "xunit.xml" (1, 1, 1), "      <test name=\"Shop.CartTest.Adds" .. "      <test name=\"Shop.CartTest.PaysLater", ["Adds", "Rounds"]),
    sample!(Nunit3 "nunit3.xml" (1, 1, 1), "      <test-case id=\"0-1002" .. "      <test-case id=\"0-1004", ["Adds", "Rounds"]),
    sample!(Nunit2 "nunit2.xml" (1, 1, 1), "          <test-case name=\"Shop.CartTest.Adds" .. "          <test-case name=\"Shop.CartTest.PaysLater", ["Adds", "Rounds"]),
    sample!(Robot "robot.xml" (1, 1, 1), "<test id=\"s1-s1-t1" .. "<test id=\"s1-s1-t3", ["Adds", "Rounds"]),
    sample!(TestNg "testng.xml" (1, 1, 1), "        <test-method signature=\"adds" .. "        <test-method signature=\"paysLater", ["adds", "rounds"]),
    sample!(Boost "boost.xml" (1, 1, 1), "<TestCase name=\"adds" .. "<TestCase name=\"pays", ["adds", "rounds"]),
    sample!(CppUnit "cppunit.xml" (1, 1, 0)),
    sample!(CTest "ctest.xml" (1, 1, 1), "    <Test Status=\"passed" .. "    <Test Status=\"notrun", ["adds", "rounds"]),
    sample!(QTest "qtest.xml" (1, 1, 1), "  <TestFunction name=\"adds" .. "  <TestFunction name=\"pays", ["adds", "rounds"]),
    sample!(Cobertura "cobertura.xml" (0, 0, 0)),
    sample!(Jacoco "jacoco.xml" (0, 0, 0)),
    sample!(Clover "clover.xml" (0, 0, 0)),
    sample!(OpenCover "opencover.xml" (0, 0, 0)),
    sample!(Ctrf "ctrf.json" (2, 1, 1), "{\"name\":\"adds" .. "{\"name\":\"pays later", ["adds", "rounds"]),
    sample!(Playwright "playwright.json" (2, 1, 1), "{\"title\":\"adds" .. "{\"title\":\"pays later", ["adds", "rounds", "aa-1", "aa-2"]),
    sample!(PlaywrightBlob "playwright-blob.jsonl" (1, 1, 0)),
    sample!(Jest "jest.json" (1, 2, 1), "{\"ancestorTitles\":[\"shop\",\"cart\"],\"duration\":500" .. "{\"ancestorTitles\":[\"shop\",\"cart\"],\"duration\":null", ["adds", "rounds"]),
    sample!(Mochawesome "mochawesome.json" (1, 1, 1), "{\"title\":\"adds" .. "{\"title\":\"pays later", ["adds", "rounds", "t1", "t2"]),
    sample!(Mocha "mocha.json" (1, 1, 1), "{\"title\":\"adds" .. "{\"title\":\"pays later", ["adds", "rounds"]),
    sample!(MochaStream "mocha-stream.json" (1, 1, 0), "[\"pass" .. "[\"end", ["adds", "rounds"]),
    sample!(Cucumber "cucumber.json" (1, 1, 1), "{\"id\":\"cart;adds" .. "{\"id\":\"cart;pays-later", ["adds", "rounds", "Adds", "Rounds"]),
    sample!(CucumberMessages "cucumber-messages.ndjson" (1, 1, 0), "{\"pickle\":{\"id\":\"5" .. "{\"testRunFinished", ["\"5", "\"6", "\"7", "\"8", "\"9", "\"10", "\"11", "\"12", "\"13", "\"14"]),
    sample!(RobotJson "robot-json.json" (1, 1, 1), "{\"name\":\"Adds" .. "{\"name\":\"Pays Later", ["Adds", "Rounds"]),
    sample!(PytestJson "pytest-json.json" (1, 1, 1), "{\"nodeid\": \"test_cart.py::TestCart::test_adds" .. "{\"nodeid\": \"test_cart.py::test_pays_later", ["test_adds", "test_rounds"]),
    sample!(PytestLog "pytest-reportlog.jsonl" (1, 1, 1), "{\"nodeid\": \"test_cart.py::test_adds" .. "{\"nodeid\": \"test_cart.py::test_pays_later", ["test_adds", "test_rounds"]),
    sample!(Rspec "rspec.json" (1, 1, 1), "{\"id\":\"./spec/cart_spec.rb[1:1]" .. "{\"id\":\"./spec/cart_spec.rb[1:3]", ["adds", "rounds", "1:1", "1:2"]),
    sample!(Allure "allure-result.json" (0, 1, 0)),
    sample!(GoJson "go-json.jsonl" (1, 1, 1), "{\"Time\":\"2026-01-02T03:04:05Z\",\"Action\":\"run\",\"Package\":\"shop/cart\",\"Test\":\"TestAdds" .. "{\"Time\":\"2026-01-02T03:04:05Z\",\"Action\":\"run\",\"Package\":\"shop/cart\",\"Test\":\"TestPaysLater", ["TestAdds", "TestRounds"]),
    sample!(LibtestJson "libtest-json.jsonl" (1, 1, 1), "{ \"type\": \"test\", \"event\": \"started\", \"name\": \"cart::adds" .. "{ \"type\": \"test\", \"event\": \"started\", \"name\": \"cart::pays", ["adds", "rounds"]),
    sample!(Dart "dart.jsonl" (1, 1, 1), "{\"test\":{\"id\":4" .. "{\"test\":{\"id\":6", ["\"id\":4", "\"testID\":4", "\"id\":5", "\"testID\":5", "cart adds", "cart rounds"]),
    sample!(Sarif "sarif.json" (0, 0, 0), "{\"ruleId\":\"F401\",\"level\":\"error\",\"message\":{\"text\":\"unused\"},\"locations" .. "{\"ruleId\":\"F401\",\"level\":\"error\",\"message\":{\"text\":\"unused\"}}", []),
    sample!(Istanbul "istanbul.json" (0, 0, 0)),
    sample!(Tap "tap.tap" (1, 1, 1), "    ok 1 - adds" .. "    ok 3 - pays", ["adds", "rounds"]),
    sample!(GoText "go-text.txt" (1, 1, 1), "=== RUN   TestAdds" .. "=== RUN   TestPaysLater", ["TestAdds", "TestRounds"]),
    sample!(LibtestText "libtest-text.txt" (1, 1, 1), "test cart::adds" .. "test cart::pays_later", ["adds", "rounds"]),
    sample!(Lcov "lcov.info" (0, 0, 0), "TN:" .. "", ["cart"]),
];

/// Pieces that make a reader remember something and never let go of it: tests that begin and do not end, definitions
/// without results, output without a test. `OUTPUT` stands for some kilobytes of text.
const UNENDING: &[(Format, &str, &[&str])] = &[
    (Junit, "<property name=\"adds\" value=\"OUTPUT\"/>", &["adds"]),
    (Trx, "<UnitTest name=\"adds\" id=\"adds\"><TestMethod className=\"OUTPUT\" name=\"adds\"/></UnitTest>", &["adds"]),
    (PlaywrightBlob, PLAYWRIGHT_TEST, &["adds"]),
    (CucumberMessages, CUCUMBER_TEST, &["adds"]),
    (PytestLog, PYTEST_TEST, &["adds"]),
    (GoJson, GO_TEST, &["adds"]),
    (LibtestJson, "{\"type\":\"test\",\"event\":\"started\",\"name\":\"adds OUTPUT\"}\n", &["adds"]),
    (Dart, DART_TEST, &["\"id\":4", "\"testID\":4", "adds"]),
    (GoText, "=== RUN   adds\nOUTPUT\n", &["adds"]),
    (LibtestText, "---- adds stdout ----\nOUTPUT\n", &["adds"]),
    (Tap, "not ok 1 - adds\n  ---\n  message: OUTPUT\n", &["adds"]),
];
const PLAYWRIGHT_TEST: &str = concat!(
    "{\"method\":\"onTestBegin\",\"params\":{\"testId\":\"adds\",\"result\":{\"id\":\"adds\",\"retry\":0}}}\n",
    "{\"method\":\"onTestEnd\",\"params\":{\"test\":{\"testId\":\"adds\"},\"result\":{\"id\":\"adds\",",
    "\"status\":\"failed\",\"errors\":[{\"message\":\"OUTPUT\"}]}}}\n",
);
const CUCUMBER_TEST: &str = concat!(
    "{\"pickle\":{\"id\":\"p-adds\",\"uri\":\"a\",\"astNodeIds\":[],\"tags\":[],\"name\":\"adds OUTPUT\",\"steps\":[]}}\n",
    "{\"testCase\":{\"id\":\"c-adds\",\"pickleId\":\"p-adds\",\"testSteps\":[]}}\n",
    "{\"testCaseStarted\":{\"id\":\"s-adds\",\"testCaseId\":\"c-adds\",\"attempt\":0}}\n",
    "{\"testStepFinished\":{\"testCaseStartedId\":\"s-adds\",\"testStepId\":\"x\",",
    "\"testStepResult\":{\"status\":\"FAILED\",\"message\":\"OUTPUT\"}}}\n",
);
const PYTEST_TEST: &str = concat!(
    "{\"nodeid\":\"a.py::adds\",\"location\":[\"a.py\",1,\"adds\"],\"outcome\":\"failed\",\"longrepr\":\"OUTPUT\",",
    "\"when\":\"call\",\"sections\":[[\"Captured stdout call\",\"OUTPUT\"]],\"$report_type\":\"TestReport\"}\n",
);
const GO_TEST: &str = concat!(
    "{\"Action\":\"run\",\"Package\":\"p-adds\",\"Test\":\"adds\"}\n",
    "{\"Action\":\"output\",\"Package\":\"p-adds\",\"Test\":\"adds\",\"Output\":\"OUTPUT\\n\"}\n",
);
const DART_TEST: &str = concat!(
    "{\"test\":{\"id\":4,\"name\":\"adds\",\"suiteID\":0,\"groupIDs\":[]},\"type\":\"testStart\",\"time\":1}\n",
    "{\"testID\":4,\"message\":\"OUTPUT\",\"type\":\"print\",\"time\":2}\n",
);

/// Reports with so many bytes of pieces that never end, behind the first half of a sample.
pub fn unending(bytes: usize) -> impl Iterator<Item = Endless> {
    UNENDING.iter().map(move |(format, piece, numbered)| {
        let sample = of(*format);
        let text = piece.replace("OUTPUT", &"some output ".repeat(700));
        let (times, written) = (bytes / text.len(), begin(&sample));
        let part = Part { from: "", to: "", numbered, cases: 0 };
        Endless { sample, part, text, times, at: 0, rest: sample.bytes.len(), written, given: 0 }
    })
}

/// The sample up to where such a piece may stand.
fn begin(sample: &Sample) -> Vec<u8> {
    let text = std::str::from_utf8(sample.bytes).unwrap();
    let end = match sample.format {
        Junit => text.find("</properties>").unwrap(),
        Trx => text.find("<UnitTest ").unwrap(),
        _ => text.find("rounds").and_then(|at| text[..at].rfind('\n')).map_or(0, |at| at + 1),
    };
    sample.bytes[..end].to_vec()
}

/// The sample of a format.
pub fn of(format: Format) -> Sample {
    *ALL.iter().find(|sample| sample.format == format).unwrap()
}

/// Where the bytes to be repeated begin and end.
fn bounds(sample: &Sample, part: &Part) -> (usize, usize) {
    let text = std::str::from_utf8(sample.bytes).unwrap();
    let from = text.find(part.from).unwrap();
    let to = if part.to.is_empty() { text.len() } else { from + 1 + text[from + 1..].find(part.to).unwrap() };
    (from, to)
}

/// The sample with its part repeated so often, each time with other names, and messages longer by so many bytes.
pub fn longer(sample: &Sample, times: usize, message_bytes: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    Endless::new(sample, times, message_bytes).read_to_end(&mut bytes).unwrap();
    bytes
}

/// A long report that is written while it is read.
pub struct Endless {
    sample: Sample,
    part: Part,
    /// The part to be repeated.
    text: String,
    times: usize,
    at: usize,
    /// Where the sample goes on behind the part.
    rest: usize,
    written: Vec<u8>,
    given: usize,
}

impl Endless {
    /// Its format.
    pub fn format(&self) -> Format {
        self.sample.format
    }

    fn new(sample: &Sample, times: usize, message_bytes: usize) -> Endless {
        let part = sample.part.unwrap();
        let (from, rest) = bounds(sample, &part);
        let text = std::str::from_utf8(&sample.bytes[from..rest]).unwrap();
        let text = text.replacen("2.99", &format!("2.99{}", " and more".repeat(message_bytes / 9)), 1);
        let written = sample.bytes[..from].to_vec();
        Endless { sample: *sample, part, text, times, at: 0, rest, written, given: 0 }
    }

    /// So many bytes or a few more, with messages of this length.
    pub fn of_bytes(sample: &Sample, bytes: usize, message_bytes: usize) -> Endless {
        let one = Endless::new(sample, 1, message_bytes).text.len();
        Endless::new(sample, bytes.div_ceil(one), message_bytes)
    }

    /// So many cases.
    pub fn of_cases(sample: &Sample, cases: usize) -> Endless {
        Endless::new(sample, cases / sample.part.unwrap().cases, 0)
    }

    /// Writes what comes next, if anything does.
    fn write(&mut self) {
        self.written.clear();
        self.given = 0;
        match self.at.cmp(&self.times) {
            Ordering::Less => push_numbered(&mut self.written, &self.text, self.part.numbered, self.at),
            Ordering::Equal => self.written.extend_from_slice(&self.sample.bytes[self.rest..]),
            Ordering::Greater => return,
        }
        self.at += 1;
    }
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // The part behind the last one may be empty.
        while self.given == self.written.len() && self.at <= self.times {
            self.write();
        }
        let count = (&self.written[self.given..]).read(into)?;
        self.given += count;
        Ok(count)
    }
}

/// Writes the text with the number behind each of the words.
fn push_numbered(bytes: &mut Vec<u8>, text: &str, words: &[&str], number: usize) {
    let mut rest = text;
    let first = |rest: &str| words.iter().filter_map(|word| rest.find(word).map(|at| at + word.len())).min();
    while let Some(end) = first(rest) {
        bytes.extend_from_slice(&rest.as_bytes()[..end]);
        if number > 0 {
            bytes.extend_from_slice(format!("0{number}").as_bytes());
        }
        rest = &rest[end..];
    }
    bytes.extend_from_slice(rest.as_bytes());
}
