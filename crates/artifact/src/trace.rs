//! What a Playwright trace says: actions, errors, console, network and screenshots of a `trace.zip`, as one bounded
//! value. Snapshots of the page are passed over: showing them needs a browser's own trust, and screenshots do without.
//!
//! Everything in a trace is text of strangers. A line that does not read costs that line; a trace that is too large is
//! cut, and says so. Which archive it lies in and who may see it is left to the callers.

mod collect;
mod event;
mod merge;

use crate::archive::{Contents, Entry};
use crate::blob::{ReadAt, Section};
use crate::content::open;
use collect::{Context, Places};
use serde::{Deserialize, Serialize};
use std::io::{BufReader, Read};

/// How much of a trace is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceLimits {
    /// Bytes of events read in all; what follows is left out.
    pub max_event_bytes: u64,
    /// A longer line is passed over.
    pub max_line_bytes: usize,
    /// Actions kept; also attachments.
    pub max_actions: usize,
    /// Console messages kept.
    pub max_console: usize,
    /// Requests kept.
    pub max_requests: usize,
    /// Screenshots kept; of more, every second one is left out until they fit.
    pub max_frames: usize,
    /// Bytes of all texts kept.
    pub max_text_bytes: usize,
}

impl Default for TraceLimits {
    fn default() -> TraceLimits {
        TraceLimits {
            max_event_bytes: 512 << 20,
            max_line_bytes: 4 << 20,
            max_actions: 5_000,
            max_console: 5_000,
            max_requests: 5_000,
            max_frames: 1_000,
            max_text_bytes: 8 << 20,
        }
    }
}

/// Why there is no trace in an archive.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
pub enum NotATrace {
    /// No file of events.
    #[error("no file of events (*.trace) is in the archive")]
    NoEvents,
    /// Files of that name, but nothing in them that a trace says.
    #[error("the files named *.trace hold no events of a trace")]
    Foreign,
    /// The blob could not be read.
    #[error("the archive could not be read")]
    Unreadable(
        #[from]
        #[serde(with = "crate::blob::as_text")]
        std::io::Error,
    ),
}

/// A trace. Times are milliseconds since its beginning, with one decimal place.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// Title of the test.
    pub title: Option<String>,
    /// Name of the browser.
    pub browser: Option<String>,
    /// Channel of the browser, such as `chrome-beta`.
    pub channel: Option<String>,
    /// Operating system.
    pub platform: Option<String>,
    /// Version of Playwright.
    pub playwright_version: Option<String>,
    /// Language of the test.
    pub language: Option<String>,
    /// Version of the format.
    pub version: Option<u32>,
    /// Size of the page.
    pub viewport: Option<Size>,
    /// Address that relative ones begin at.
    pub base_url: Option<String>,
    /// When the trace began, milliseconds since the epoch.
    #[serde(skip)]
    pub started_at_ms: Option<i64>,
    /// From the beginning to the last thing that happened.
    pub duration_ms: f64,
    /// What the test did, by time; a parent comes before its children.
    pub actions: Vec<Action>,
    /// Errors of the test itself, besides those of actions.
    pub errors: Vec<Failure>,
    /// What the page and the test wrote, by time.
    pub console: Vec<ConsoleMessage>,
    /// Requests, by time.
    pub requests: Vec<Request>,
    /// Screenshots, by time.
    pub frames: Vec<Screenshot>,
    /// What the test attached.
    pub attachments: Vec<Attachment>,
    /// What could not be read, as sentences' ends.
    pub problems: Vec<String>,
    /// What was more than is kept.
    pub cuts: Vec<Cut>,
}

/// A size in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TraceSize))]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// A place on the page, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TracePoint))]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// Something the test did.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TraceAction))]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// As Playwright calls it for people, or the call where it does not.
    pub title: String,
    /// The call, such as `page.goto`.
    pub call: String,
    /// What it was asked to act on, as Playwright writes selectors.
    pub selector: Option<String>,
    /// Position of the action around it.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub parent: Option<u32>,
    /// When it began.
    pub start_ms: f64,
    /// When it ended; absent where it never did.
    pub end_ms: Option<f64>,
    /// Which page, counted from 0.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub page: Option<u32>,
    /// What it was given, besides the selector.
    pub parameters: Vec<Parameter>,
    /// Where it clicked.
    pub point: Option<Point>,
    /// Why it failed.
    pub error: Option<Failure>,
    /// Where it was called from, innermost first.
    pub stack: Vec<StackFrame>,
    /// What Playwright wrote while doing it.
    pub log: Vec<LogLine>,
    /// Positions of what it attached.
    pub attachments: Vec<u32>,
}

/// A named value, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TraceParameter))]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value; lists and objects are only hinted at.
    pub value: String,
}

/// Why something failed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TraceFailure))]
pub struct Failure {
    /// Name of the error, such as `TimeoutError`.
    pub name: Option<String>,
    /// What it says; may hold terminal colours.
    pub message: String,
    /// Its stack, as the language writes it.
    pub stack: Option<String>,
}

/// A place in the source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TraceStackFrame))]
pub struct StackFrame {
    /// The file, as the machine that ran the test calls it.
    pub file: String,
    /// Line, from 1.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub line: u32,
    /// Column, from 1.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub column: u32,
    /// The function; empty where it has no name.
    pub function: String,
    /// Ordinal of the entry that holds the file, where the trace brought it.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub entry: Option<u32>,
}

/// A line of an action's log.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TraceLogLine))]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// When, in versions that tell.
    pub time_ms: Option<f64>,
    /// The line.
    pub text: String,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TraceConsoleSource))]
#[serde(rename_all = "camelCase")]
pub enum ConsoleSource {
    /// The page, on its console.
    Page,
    /// The page, by an error nothing caught.
    PageError,
    /// The test, on its standard output.
    Stdout,
    /// The test, on its standard error.
    Stderr,
}

/// Something written.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TraceConsoleMessage))]
#[serde(rename_all = "camelCase")]
pub struct ConsoleMessage {
    /// When.
    pub time_ms: f64,
    /// Who wrote it.
    pub source: ConsoleSource,
    /// The console's word for it: `log`, `info`, `warning`, `error`, `debug` and others.
    pub level: String,
    /// What was written.
    pub text: String,
    /// Address of the script, with line and column.
    pub location: Option<String>,
}

/// A request of a page.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TraceRequest))]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// When it was answered, or began where it was not.
    pub start_ms: f64,
    /// How long it took.
    pub duration_ms: Option<f64>,
    /// Method.
    pub method: String,
    /// Address.
    pub url: String,
    /// Status; absent where there was no answer.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub status: Option<u16>,
    /// Text of the status.
    pub status_text: Option<String>,
    /// Why there was no answer.
    pub failure: Option<String>,
    /// Media type of the answer.
    pub media_type: Option<String>,
    /// What the page wanted it for: `document`, `fetch`, `image` and others.
    pub resource_type: Option<String>,
    /// Bytes that went over the wire, else length of the content.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub size_bytes: Option<u64>,
    /// Whether the test answered it itself.
    pub is_fulfilled: bool,
    /// Ordinal of the entry that holds the answer.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub entry: Option<u32>,
}

/// A screenshot taken while the test ran.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TraceScreenshot))]
#[serde(rename_all = "camelCase")]
pub struct Screenshot {
    /// When.
    pub time_ms: f64,
    /// Which page, counted from 0.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub page: u32,
    /// Width of the page.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub width: u32,
    /// Height of the page.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub height: u32,
    /// Ordinal of the entry that holds it.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub entry: u32,
}

/// A file that the test attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TraceAttachment))]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Media type, as the test says.
    pub media_type: String,
    /// Position of the action that attached it.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub action: Option<u32>,
    /// Ordinal of the entry that holds it, where the trace brought it.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub entry: Option<u32>,
    /// Its length.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub size_bytes: Option<u64>,
}

/// Something of which there was more than is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TraceCut))]
pub struct Cut {
    /// What: `actions`, `console`, `requests`, `frames`, `log`, `text` or `events`.
    pub what: String,
    /// How many are kept.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub kept: u64,
    /// How many there were.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub found: u64,
}

/// Whether an archive looks like a trace by the names in it.
pub fn is_trace(contents: &Contents) -> bool {
    contents.entries.iter().any(|entry| is_events(&entry.name))
}

fn is_events(name: &str) -> bool {
    name.ends_with(".trace") && !name.contains('/')
}

/// Reads the trace in an archive that was scanned. Memory is bounded by the limits, whatever the archive holds.
pub fn read(blob: &dyn ReadAt, contents: &Contents, limits: &TraceLimits) -> Result<Trace, NotATrace> {
    let mut files: Vec<&Entry> = contents.entries.iter().filter(|entry| is_events(&entry.name)).collect();
    if files.is_empty() {
        return Err(NotATrace::NoEvents);
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let places = Places::new(contents);
    let mut reading = collect::Reading::new(limits);
    let mut contexts = Vec::new();
    // A trace has one file of events a browser context, and one of the test.
    for file in files.into_iter().take(64) {
        let stem = file.name.trim_end_matches(".trace");
        let mut context = Context::new(stem);
        if let Some(stacks) = places.named(&format!("{stem}.stacks")) {
            reading.stacks(entry_reader(blob, stacks), &mut context);
        }
        reading.events(entry_reader(blob, file), &file.name, &mut context);
        if let Some(network) = places.named(&format!("{stem}.network")) {
            reading.events(entry_reader(blob, network), &network.name, &mut context);
        }
        contexts.push(context);
    }
    if contexts.iter().all(Context::is_empty) {
        return Err(NotATrace::Foreign);
    }
    Ok(merge::merge(contexts, reading, &places))
}

fn entry_reader<'a>(blob: &'a dyn ReadAt, entry: &Entry) -> BufReader<impl Read + 'a> {
    let packed = Section::new(blob, entry.data_offset, entry.compressed_bytes);
    BufReader::with_capacity(64 << 10, open(packed, entry.method, entry.size_bytes, entry.crc32))
}
