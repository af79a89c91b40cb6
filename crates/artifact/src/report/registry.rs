//! The registry of formats: one line each, in the order in which they are asked; and the functions over it.

use super::decode::Utf8;
use super::{Draft, Head, Limits, Look, Problem, Report};
use super::{
    allure, boost, clover, cobertura, cppunit, ctest, ctrf, cucumber, cucumber_messages, dart, go_json, go_text,
    istanbul, jacoco, jest, junit, lcov, libtest_json, libtest_text, mocha, mocha_stream, mochawesome, nunit2, nunit3,
    opencover, playwright, playwright_blob, pytest_json, pytest_log, qtest, robot, robot_json, rspec, sarif, tap,
    testng, trx, xunit,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::io::{BufReader, Read};

/// What a reader of a format reads: UTF-8, whatever the file was in, without a byte order mark.
pub type Input<'a> = BufReader<Utf8<'a>>;

/// Bytes read at once.
const BUFFER_BYTES: usize = 64 << 10;

/// What the registry knows of a format.
struct Row {
    format: Format,
    word: &'static str,
    title: &'static str,
    /// Whether the beginning of a file is one of this format.
    detect: fn(&Head) -> bool,
    /// Reads it; problems go into the draft.
    read: fn(Input, &mut Draft),
}

macro_rules! registry {
    ($($module:ident: $format:ident $word:literal $title:literal;)*) => {
        /// A format of reports.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Format {
            $(#[doc = $title] $format,)*
        }

        /// Every format, in the order in which it is asked whether a file is one of its kind.
        static ROWS: &[Row] = &[
            $(Row { format: Format::$format, word: $word, title: $title, detect: $module::detect, read: $module::read },)*
        ];
    };
}

registry! {
    trx: Trx "trx" "Visual Studio TRX";
    xunit: Xunit "xunit" "xUnit.net XML";
    nunit3: Nunit3 "nunit3" "NUnit 3 XML";
    nunit2: Nunit2 "nunit2" "NUnit 2 XML";
    robot: Robot "robot" "Robot Framework output.xml";
    testng: TestNg "testng" "TestNG results XML";
    boost: Boost "boost" "Boost.Test XML";
    cppunit: CppUnit "cppunit" "CppUnit XML";
    ctest: CTest "ctest" "CTest Test.xml";
    qtest: QTest "qtest" "Qt Test XML";
    cobertura: Cobertura "cobertura" "Cobertura coverage";
    jacoco: Jacoco "jacoco" "JaCoCo coverage";
    clover: Clover "clover" "Clover coverage";
    opencover: OpenCover "opencover" "OpenCover or SonarQube coverage";
    junit: Junit "junit" "JUnit XML";
    ctrf: Ctrf "ctrf" "CTRF JSON";
    playwright: Playwright "playwright" "Playwright JSON";
    playwright_blob: PlaywrightBlob "playwright-blob" "Playwright blob report";
    jest: Jest "jest" "Jest or Vitest JSON";
    mochawesome: Mochawesome "mochawesome" "mochawesome JSON";
    mocha: Mocha "mocha" "Mocha JSON";
    mocha_stream: MochaStream "mocha-stream" "Mocha JSON stream";
    cucumber: Cucumber "cucumber" "Cucumber JSON";
    cucumber_messages: CucumberMessages "cucumber-messages" "Cucumber messages";
    robot_json: RobotJson "robot-json" "Robot Framework output.json";
    pytest_json: PytestJson "pytest-json" "pytest-json-report";
    pytest_log: PytestLog "pytest-reportlog" "pytest-reportlog";
    rspec: Rspec "rspec" "RSpec JSON";
    allure: Allure "allure" "Allure results";
    go_json: GoJson "go-json" "go test -json";
    libtest_json: LibtestJson "libtest-json" "Rust libtest JSON";
    dart: Dart "dart" "Dart or Flutter machine JSON";
    sarif: Sarif "sarif" "SARIF";
    istanbul: Istanbul "istanbul" "Istanbul summary";
    tap: Tap "tap" "TAP";
    go_text: GoText "go-text" "go test output";
    libtest_text: LibtestText "libtest-text" "cargo test output";
    lcov: Lcov "lcov" "LCOV coverage";
}

impl Format {
    /// Every format.
    pub fn all() -> impl Iterator<Item = Format> {
        ROWS.iter().map(|row| row.format)
    }

    /// The word used in JSON and in databases.
    pub fn as_str(self) -> &'static str {
        self.row().word
    }

    /// Name for people.
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// Reads [`Format::as_str`].
    pub fn from_word(word: &str) -> Option<Format> {
        ROWS.iter().find(|row| row.word == word).map(|row| row.format)
    }

    /// Whether one report is a folder of files, one case in each, rather than one file.
    pub fn is_folder(self) -> bool {
        self == Format::Allure
    }

    fn row(self) -> &'static Row {
        // The macro writes both in the same order.
        &ROWS[self as usize]
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Format, D::Error> {
        let word = Cow::<str>::deserialize(deserializer)?;
        Format::from_word(&word).ok_or_else(|| D::Error::custom("a format that is not known"))
    }
}

/// Tells what a file is by its beginning (the first [`super::HEAD_BYTES`] or all of it), and by its name only
/// where the content is no report but should be one.
pub fn look(name: &str, head: &[u8]) -> Look {
    let head = Head::new(name, head);
    if let Some(row) = ROWS.iter().find(|row| (row.detect)(&head)) {
        return Look::Report(row.format);
    }
    match is_named_like_a_report(&head.file_name()) {
        true if head.text.is_empty() => Look::Unreadable(Problem::Empty),
        // A JSON or XML file of another kind may well be called "results"; one that is neither may not.
        true if !head.is_json() && !head.is_xml() => Look::Unreadable(Problem::Unknown),
        _ => Look::Other,
    }
}

/// Reads a report. The bytes may be anything: what cannot be read is told in [`Report::problems`].
/// Takes time linear in the bytes and memory bounded by `limits`.
pub fn read(format: Format, bytes: &mut dyn Read, limits: &Limits) -> Report {
    let mut draft = Draft::new(format, limits);
    (format.row().read)(BufReader::with_capacity(BUFFER_BYTES, Utf8::new(bytes)), &mut draft);
    draft.finish()
}

/// Names that test runners and their reporters use, or that people give to reports everywhere.
fn is_named_like_a_report(file_name: &str) -> bool {
    let Some((stem, extension)) = file_name.rsplit_once('.') else { return false };
    match extension {
        "trx" => true,
        "xml" => {
            ["junit", "test-results", "test_results", "testresults", "test-report", "testng-results", "nunit", "xunit"]
                .iter()
                .any(|word| stem.contains(word))
                || stem.starts_with("test-")
                || stem == "results"
                || stem == "report"
        }
        "json" => {
            ["test-results", "test_results", "test-report", "ctrf", "jest-results", "playwright-report"]
                .iter()
                .any(|word| stem.contains(word))
                || stem == "results"
                || stem == "report"
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_lead_back() {
        for format in Format::all() {
            assert_eq!(Format::from_word(format.as_str()), Some(format));
            assert_eq!(format.row().format, format);
        }
    }

    #[test]
    fn an_empty_file_named_like_a_report_is_unreadable() {
        assert_eq!(look("out/junit.xml", b" \n"), Look::Unreadable(Problem::Empty));
        assert_eq!(look("out/results.json", b"no json"), Look::Unreadable(Problem::Unknown));
        assert_eq!(look("out/empty.txt", b""), Look::Other);
    }
}
