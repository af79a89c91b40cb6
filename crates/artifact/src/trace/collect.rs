//! Reading the lines of a trace, one file after the other, into calls and what happened beside them. How calls of
//! several files become one list is left to `merge`.

use super::event::{self, cut};
use super::{
    Action, Attachment, ConsoleMessage, ConsoleSource, Cut, Failure, LogLine, Parameter, Point, Request, Screenshot,
    Size, StackFrame, TraceLimits,
};
use crate::archive::{Contents, Entry};
use serde::Deserialize;
use std::collections::HashMap;
use std::io::{BufRead, Read};

/// A file of call stacks is read up to here.
const STACKS_BYTES: u64 = 16 << 20;
/// Lines kept of one action's log.
const MOST_LOG: usize = 500;
/// Frames kept of one stack.
const MOST_STACK: usize = 20;
/// Screenshots looked at before they are thinned out.
const MOST_FRAMES_SEEN: usize = 50_000;
/// Problems told.
const MOST_PROBLEMS: usize = 20;
/// Bytes kept of a name, an address, and a text.
const NAME_BYTES: usize = 500;
const ADDRESS_BYTES: usize = 2_000;
const TEXT_BYTES: usize = 16_000;
/// Later times are nonsense: thirty years.
const MAX_TIME_MS: f64 = 1e12;

/// Where entries of the archive are found by name.
pub(super) struct Places<'a> {
    by_name: HashMap<&'a str, &'a Entry>,
}

impl<'a> Places<'a> {
    pub(super) fn new(contents: &'a Contents) -> Places<'a> {
        // The last of several with one name wins, as in most readers.
        Places { by_name: contents.entries.iter().map(|entry| (entry.name.as_str(), entry)).collect() }
    }

    /// The entry of this name, if it can be read.
    pub(super) fn named(&self, name: &str) -> Option<&'a Entry> {
        self.by_name.get(name).copied().filter(|entry| entry.is_readable())
    }

    /// The source file of this path. Entries are named by the path's hash.
    pub(super) fn source(&self, path: &str) -> Option<u32> {
        let hash = sha1_hex(path.as_bytes());
        let old = self.named(&format!("resources/src@{hash}.txt"));
        let extension = path.rsplit('/').next()?.rsplit_once('.').map(|(_, extension)| extension);
        let new = || self.named(&format!("src/{hash}.{}", extension.unwrap_or("txt")));
        old.or_else(new).or_else(|| self.named(&format!("src/{hash}.txt"))).map(|entry| entry.ordinal)
    }
}

fn sha1_hex(bytes: &[u8]) -> String {
    use sha1::Digest;
    sha1::Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A call, before calls of several files are put together. Times are those of its file.
pub(super) struct Call {
    pub(super) id: String,
    pub(super) parent: Option<String>,
    /// The step of the test that it is part of.
    pub(super) step: Option<String>,
    pub(super) wall_time: Option<f64>,
    pub(super) action: Action,
    /// What was attached, and the name of the entry that holds it.
    pub(super) attached: Vec<(Attachment, Option<String>)>,
}

/// What one file of events says. Times are its own.
#[derive(Default)]
pub(super) struct Context {
    stem: String,
    pub(super) options: Option<event::ContextOptions>,
    pub(super) calls: Vec<Call>,
    by_id: HashMap<String, usize>,
    stacks: HashMap<String, Vec<StackFrame>>,
    pub(super) errors: Vec<Failure>,
    pub(super) console: Vec<ConsoleMessage>,
    pub(super) requests: Vec<(Request, Option<String>)>,
    pub(super) frames: Vec<(Screenshot, String)>,
    /// Console messages of old versions, told before they happen.
    messages: HashMap<String, event::Message>,
}

impl Context {
    pub(super) fn new(stem: &str) -> Context {
        Context { stem: stem.to_owned(), ..Context::default() }
    }

    /// Whether nothing was read that a trace says.
    pub(super) fn is_empty(&self) -> bool {
        self.options.is_none() && self.calls.is_empty() && self.frames.is_empty() && self.errors.is_empty()
    }

    /// Whether this is the test's own file, not that of a browser context.
    pub(super) fn is_test(&self) -> bool {
        let origin = self.options.as_ref().and_then(|options| options.origin.as_deref());
        origin == Some("testRunner")
            || self.stem == "test"
            || origin.is_none() && self.calls.first().is_some_and(|call| call.action.call.starts_with("Test."))
    }
}

/// The state of reading: limits and what they left out.
pub(super) struct Reading<'a> {
    limits: &'a TraceLimits,
    event_bytes: u64,
    text_bytes: usize,
    is_text_cut: bool,
    pub(super) pages: Vec<String>,
    pub(super) problems: Vec<String>,
    bad_lines: u64,
    actions: Count,
    console: Count,
    requests: Count,
    frames: Count,
    log: Count,
}

#[derive(Default)]
struct Count {
    kept: u64,
    found: u64,
}

impl Count {
    /// Counts one more, and says whether it is kept.
    fn take(&mut self, most: usize) -> bool {
        self.found += 1;
        let is_kept = self.kept < most as u64;
        self.kept += u64::from(is_kept);
        is_kept
    }
}

impl<'a> Reading<'a> {
    pub(super) fn new(limits: &'a TraceLimits) -> Reading<'a> {
        Reading {
            limits,
            event_bytes: 0,
            text_bytes: 0,
            is_text_cut: false,
            pages: Vec::new(),
            problems: Vec::new(),
            bad_lines: 0,
            actions: Count::default(),
            console: Count::default(),
            requests: Count::default(),
            frames: Count::default(),
            log: Count::default(),
        }
    }

    /// Most screenshots that are kept.
    pub(super) fn max_frames(&self) -> usize {
        self.limits.max_frames
    }

    /// Tells a problem, unless many were told.
    pub(super) fn problem(&mut self, text: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(text);
        }
    }

    /// What was left out.
    pub(super) fn cuts(&self, frames_kept: usize, frames_missing: u64) -> Vec<Cut> {
        let lists = [("actions", &self.actions), ("console", &self.console), ("requests", &self.requests)];
        let mut cuts: Vec<Cut> = lists
            .into_iter()
            .chain([("log", &self.log)])
            .map(|(what, count)| Cut { what: what.to_owned(), kept: count.kept, found: count.found })
            .collect();
        cuts.push(Cut {
            what: "frames".to_owned(),
            kept: frames_kept as u64,
            found: self.frames.found.saturating_sub(frames_missing),
        });
        cuts.retain(|cut| cut.found > cut.kept);
        if self.is_text_cut {
            let most = self.limits.max_text_bytes as u64;
            cuts.push(Cut { what: "text".to_owned(), kept: most, found: most });
        }
        if self.event_bytes > self.limits.max_event_bytes {
            let kept = self.limits.max_event_bytes;
            cuts.push(Cut { what: "events".to_owned(), kept, found: self.event_bytes });
        }
        cuts
    }

    /// Ends the reading: tells how many lines made no sense.
    pub(super) fn finish(&mut self) {
        if self.bad_lines > 0 {
            let lines = if self.bad_lines == 1 { "1 line".to_owned() } else { format!("{} lines", self.bad_lines) };
            self.problem(format!("{lines} of the trace could not be understood"));
        }
    }

    /// A text cut to `most` bytes, or to nothing once the trace has no more room for texts.
    fn keep(&mut self, text: String, most: usize) -> String {
        let room = self.limits.max_text_bytes.saturating_sub(self.text_bytes);
        self.is_text_cut |= text.len().min(most) > room;
        let kept = cut(text, most.min(room));
        self.text_bytes += kept.len();
        kept
    }

    /// Reads where the calls of a context were made. It only adds to what is shown, so trouble with it is passed over.
    pub(super) fn stacks(&mut self, input: impl Read, context: &mut Context) {
        let Ok(stacks) = serde_json::from_reader::<_, event::Stacks>(input.take(STACKS_BYTES)) else {
            self.problem(format!("{}.stacks could not be understood", context.stem));
            return;
        };
        for (name, frames) in stacks.stacks.into_iter().take(self.limits.max_actions) {
            let id = match name {
                event::CallName::Number(number) => format!("call@{number}"),
                event::CallName::Text(text) => text,
            };
            let frames = frames.into_iter().take(MOST_STACK).filter_map(|(file, line, column, function)| {
                let file = stacks.files.get(file)?;
                Some(event::Place { file: file.clone(), line, column, function })
            });
            let frames = self.stack(frames.collect());
            context.stacks.insert(id, frames);
        }
    }

    fn stack(&mut self, places: Vec<event::Place>) -> Vec<StackFrame> {
        places
            .into_iter()
            .take(MOST_STACK)
            .map(|place| StackFrame {
                file: self.keep(place.file, ADDRESS_BYTES),
                line: place.line,
                column: place.column,
                function: self.keep(place.function.unwrap_or_default(), NAME_BYTES),
                entry: None,
            })
            .collect()
    }

    /// Reads the lines of a file of events or requests.
    pub(super) fn events(&mut self, mut input: impl BufRead, name: &str, context: &mut Context) {
        let mut line = Vec::new();
        while self.event_bytes <= self.limits.max_event_bytes {
            line.clear();
            let most = self.limits.max_line_bytes;
            match (&mut input).take(most as u64).read_until(b'\n', &mut line) {
                Err(error) => return self.problem(format!("{name} breaks off: {error}")),
                Ok(0) => return,
                Ok(count) => self.event_bytes += count as u64,
            }
            let is_whole = line.last() == Some(&b'\n') || line.len() < most;
            if is_whole {
                self.line(&line, context);
            } else {
                self.pass_over(&line);
                match input.skip_until(b'\n') {
                    Ok(count) => self.event_bytes += count as u64,
                    Err(error) => return self.problem(format!("{name} breaks off: {error}")),
                }
            }
        }
    }

    /// A long line is a snapshot nearly always, which is not shown anyway.
    fn pass_over(&mut self, line: &[u8]) {
        if !line.starts_with(br#"{"type":"frame-snapshot""#) {
            self.bad_lines += 1;
        }
    }

    fn line(&mut self, line: &[u8], context: &mut Context) {
        let is_blank = line.iter().all(u8::is_ascii_whitespace);
        if is_blank || line.starts_with(br#"{"type":"frame-snapshot""#) {
            return;
        }
        let understood = serde_json::from_slice::<event::Kind>(line).is_ok_and(|kind| match kind.kind.as_str() {
            "before" => self.with(line, context, Self::before),
            "after" => self.with(line, context, Self::after),
            "log" => self.with(line, context, Self::log),
            "input" => self.with(line, context, Self::input),
            "action" => self.with(line, context, Self::whole),
            "screencast-frame" => self.with(line, context, Self::frame),
            "resource-snapshot" => self.with(line, context, Self::resource),
            "console" => self.with(line, context, Self::console),
            "error" => self.with(line, context, Self::error),
            "stdout" => self.with(line, context, |reading, output, context| {
                reading.output(output, ConsoleSource::Stdout, context);
            }),
            "stderr" => self.with(line, context, |reading, output, context| {
                reading.output(output, ConsoleSource::Stderr, context);
            }),
            "context-options" => self.with(line, context, |_, options: event::ContextOptions, context| {
                context.options.get_or_insert(options);
            }),
            // Of the many kinds of events two are shown; what the others hold does not matter.
            "event" | "object" => {
                self.with(line, context, Self::happened);
                true
            }
            _ => true,
        });
        self.bad_lines += u64::from(!understood);
    }

    /// Hands a line on as what it should be; false where it is not that.
    fn with<'l, T: Deserialize<'l>>(
        &mut self,
        line: &'l [u8],
        context: &mut Context,
        take: impl FnOnce(&mut Self, T, &mut Context),
    ) -> bool {
        let event = serde_json::from_slice::<T>(line);
        event.map(|event| take(self, event, context)).is_ok()
    }

    fn before(&mut self, before: event::Before, context: &mut Context) {
        if !self.actions.take(self.limits.max_actions) || context.by_id.contains_key(&before.call_id) {
            return;
        }
        let call = call_of(before.api_name.as_deref(), &before.class, &before.method);
        let mut action = Action {
            title: self.keep(before.title.unwrap_or_else(|| title_of(&before.api_name, &call)), NAME_BYTES),
            call: self.keep(call, NAME_BYTES),
            start_ms: time(before.start_time),
            page: before.page_id.and_then(|page| self.page(&page)),
            ..Action::default()
        };
        self.parameters(before.params, &mut action);
        action.stack = match before.stack.filter(|stack| !stack.is_empty()) {
            Some(stack) => self.stack(stack),
            None => context.stacks.remove(&before.call_id).unwrap_or_default(),
        };
        context.by_id.insert(before.call_id.clone(), context.calls.len());
        context.calls.push(Call {
            id: before.call_id,
            parent: before.parent_id,
            step: before.step_id,
            wall_time: before.wall_time,
            action,
            attached: Vec::new(),
        });
    }

    fn parameters(&mut self, parameters: event::Parameters, action: &mut Action) {
        for (name, value) in parameters.0 {
            let value = self.keep(value, ADDRESS_BYTES);
            match name.as_str() {
                "selector" => action.selector = Some(value),
                _ if value == "undefined" => {}
                _ => action.parameters.push(Parameter { name, value }),
            }
        }
    }

    fn after(&mut self, after: event::After, context: &mut Context) {
        let Some(&at) = context.by_id.get(&after.call_id) else { return };
        let call = &mut context.calls[at];
        call.action.end_ms = Some(time(after.end_time));
        call.action.point = call.action.point.or(after.point.map(point));
        if let Some(error) = after.error.and_then(|thrown| self.failure(thrown)) {
            call.action.error = Some(error);
        }
        for text in after.log.unwrap_or_default() {
            self.log_line(None, text, &mut call.action);
        }
        for attached in after.attachments.unwrap_or_default() {
            self.attach(attached, call);
        }
    }

    fn attach(&mut self, attached: event::Attached, call: &mut Call) {
        if call.attached.len() >= MOST_LOG {
            return;
        }
        let place = attached.file.or(attached.sha1.map(|sha1| format!("resources/{sha1}")));
        let attachment = Attachment {
            name: self.keep(attached.name, NAME_BYTES),
            media_type: self.keep(attached.content_type, NAME_BYTES),
            action: None,
            entry: None,
            size_bytes: None,
        };
        call.attached.push((attachment, place));
    }

    fn log(&mut self, log: event::Log, context: &mut Context) {
        if let Some(&at) = context.by_id.get(&log.call_id) {
            self.log_line(Some(time(log.time)), log.message, &mut context.calls[at].action);
        }
    }

    fn log_line(&mut self, time_ms: Option<f64>, text: String, action: &mut Action) {
        let most = if action.log.len() < MOST_LOG { usize::MAX } else { 0 };
        if self.log.take(most) {
            let text = self.keep(text, ADDRESS_BYTES);
            action.log.push(LogLine { time_ms, text });
        }
    }

    fn input(&mut self, input: event::Input, context: &mut Context) {
        if let (Some(&at), Some(found)) = (context.by_id.get(&input.call_id), input.point) {
            context.calls[at].action.point = Some(point(found));
        }
    }
}

impl Reading<'_> {
    /// An action of version 3.
    fn whole(&mut self, whole: event::Whole, context: &mut Context) {
        let event::Metadata { id, start_time, end_time, error, log, point, .. } = whole.metadata;
        let before = event::Before {
            call_id: id.clone(),
            start_time,
            api_name: whole.metadata.api_name,
            class: whole.metadata.class,
            method: whole.metadata.method,
            params: whole.metadata.params,
            page_id: whole.metadata.page_id,
            parent_id: whole.metadata.parent_id,
            stack: whole.metadata.stack,
            ..event::Before::default()
        };
        self.before(before, context);
        self.after(event::After { call_id: id, end_time, error, log, point, attachments: None }, context);
    }

    fn frame(&mut self, frame: event::Screencast, context: &mut Context) {
        if !self.frames.take(MOST_FRAMES_SEEN) {
            return;
        }
        let Some(page) = self.page(&frame.page_id) else { return };
        let place = frame.file.unwrap_or_else(|| format!("resources/{}", frame.sha1.unwrap_or_default()));
        let size = size(frame.width, frame.height);
        let (width, height, time_ms) = (size.width, size.height, time(frame.timestamp));
        context.frames.push((Screenshot { time_ms, page, width, height, entry: 0 }, cut(place, NAME_BYTES)));
    }

    fn resource(&mut self, resource: event::Resource, context: &mut Context) {
        if !self.requests.take(self.limits.max_requests) {
            return;
        }
        let event::Har { monotonic_time, time: took, request, response, resource_type, was_fulfilled, was_aborted } =
            resource.snapshot;
        let content = response.content;
        let place = content.file.or(content.sha1.map(|sha1| format!("resources/{sha1}")));
        // Minus one stands for no answer.
        let status = (100.0..1000.0).contains(&response.status).then_some(response.status as u16);
        let aborted = was_aborted.unwrap_or(false).then(|| "aborted".to_owned());
        let count = |bytes: Option<f64>| bytes.filter(|bytes| (0.0..1e15).contains(bytes)).map(|bytes| bytes as u64);
        let name =
            |reading: &mut Self, text: String| Some(reading.keep(text, NAME_BYTES)).filter(|text| !text.is_empty());
        let request = Request {
            start_ms: time(monotonic_time.unwrap_or(f64::MIN)),
            duration_ms: took.map(time).filter(|took| *took >= 0.0),
            method: self.keep(request.method, NAME_BYTES),
            url: self.keep(request.url, ADDRESS_BYTES),
            status,
            status_text: name(self, response.status_text),
            failure: response.failure.or(aborted).and_then(|failure| name(self, failure)),
            media_type: name(self, content.mime_type).filter(|media_type| media_type != "x-unknown"),
            resource_type: resource_type.and_then(|kind| name(self, kind)),
            size_bytes: count(response.transfer_size).or(count(content.size)),
            is_fulfilled: was_fulfilled.unwrap_or(false),
            entry: None,
        };
        context.requests.push((request, place.map(|place| cut(place, NAME_BYTES))));
    }

    fn console(&mut self, console: event::Console, context: &mut Context) {
        let message = event::Message { level: console.message_type, text: console.text, location: console.location };
        self.message(message, console.time, context);
    }

    fn message(&mut self, message: event::Message, at: f64, context: &mut Context) {
        if !self.console.take(self.limits.max_console) {
            return;
        }
        let location = place(&message.location.url, message.location.line_number, message.location.column_number);
        let message = ConsoleMessage {
            time_ms: time(at),
            source: ConsoleSource::Page,
            level: self.keep(message.level, NAME_BYTES),
            text: self.keep(message.text, TEXT_BYTES),
            location: location.map(|location| self.keep(location, ADDRESS_BYTES)),
        };
        context.console.push(message);
    }

    fn output(&mut self, output: event::Output, source: ConsoleSource, context: &mut Context) {
        let Some(text) = output.text.filter(|text| !text.is_empty()) else { return };
        if self.console.take(self.limits.max_console) {
            let level = if source == ConsoleSource::Stderr { "error" } else { "log" }.to_owned();
            let text = self.keep(text, TEXT_BYTES);
            context.console.push(ConsoleMessage {
                time_ms: time(output.timestamp),
                source,
                level,
                text,
                location: None,
            });
        }
    }

    fn error(&mut self, error: event::TestError, context: &mut Context) {
        if context.errors.len() >= MOST_LOG {
            return;
        }
        let stack = error.stack.unwrap_or_default();
        let lines =
            stack.iter().take(MOST_STACK).map(|place| format!("at {}:{}:{}", place.file, place.line, place.column));
        let stack = Some(lines.collect::<Vec<_>>().join("\n")).filter(|stack| !stack.is_empty());
        let thrown = event::Thrown { message: Some(error.message), stack, ..event::Thrown::default() };
        context.errors.extend(self.failure(thrown));
    }

    /// Events of the browser: messages of old versions, and errors of the page.
    fn happened(&mut self, happened: event::Happened, context: &mut Context) {
        let event::Happened { time: at, method, class, guid, initializer, params } = happened;
        let (class, guid, initializer) = match method.as_str() {
            "__create__" => {
                (params.class.clone().unwrap_or_default(), params.guid.clone().unwrap_or_default(), params.initializer)
            }
            _ => (class, guid, initializer),
        };
        match (initializer, params.error) {
            (Some(message), _) if class == "ConsoleMessage" && context.messages.len() < self.limits.max_console => {
                context.messages.insert(guid, message);
            }
            // One message more than are kept.
            (Some(_), _) if class == "ConsoleMessage" => {}
            (_, Some(thrown)) if method == "pageError" => self.page_error(thrown, at, context),
            _ if method == "console" => {
                let found = params.message.and_then(|named| context.messages.remove(&named.guid));
                if let Some(message) = found {
                    self.message(message, at, context);
                }
            }
            _ => {}
        }
    }

    fn page_error(&mut self, thrown: event::Thrown, at: f64, context: &mut Context) {
        let Some(failure) = self.failure(thrown) else { return };
        if self.console.take(self.limits.max_console) {
            let text = failure.stack.filter(|stack| stack.contains(&failure.message)).unwrap_or(failure.message);
            let level = "error".to_owned();
            let source = ConsoleSource::PageError;
            context.console.push(ConsoleMessage { time_ms: time(at), source, level, text, location: None });
        }
    }

    fn failure(&mut self, thrown: event::Thrown) -> Option<Failure> {
        let inner = thrown.error.unwrap_or_default();
        let message = thrown.message.or(inner.message);
        let is_value = thrown.value.is_some();
        let message = message.or_else(|| is_value.then(|| "something that is no error was thrown".to_owned()))?;
        Some(Failure {
            name: thrown.name.or(inner.name).map(|name| self.keep(name, NAME_BYTES)),
            message: self.keep(message, TEXT_BYTES),
            stack: thrown.stack.or(inner.stack).map(|stack| self.keep(stack, TEXT_BYTES)),
        })
    }

    /// The number of a page; none for the thousandth and later ones.
    fn page(&mut self, id: &str) -> Option<u32> {
        let known = self.pages.iter().position(|page| page == id);
        let at = known.or_else(|| {
            let is_new = self.pages.len() < 1_000 && id.len() <= NAME_BYTES;
            is_new.then(|| {
                self.pages.push(id.to_owned());
                self.pages.len() - 1
            })
        });
        at.map(|at| at as u32)
    }
}

/// The call as people know it: a frame's methods are called on the page.
fn call_of(api_name: Option<&str>, class: &str, method: &str) -> String {
    if let Some(name) = api_name.filter(|name| !name.is_empty() && class != "Test") {
        return name.to_owned();
    }
    let class = match class {
        "Frame" => "page".to_owned(),
        "Test" => "Test".to_owned(),
        other => {
            let mut letters = other.chars();
            letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
        }
    };
    format!("{class}.{method}")
}

fn title_of(api_name: &Option<String>, call: &str) -> String {
    api_name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| call.to_owned())
}

/// A time that can be reckoned with: finite and not absurd, with one decimal place once it is shown.
pub(super) fn time(ms: f64) -> f64 {
    if ms.is_finite() { ms.clamp(-MAX_TIME_MS, MAX_TIME_MS) } else { 0.0 }
}

fn point(at: event::At) -> Point {
    let coordinate = |value: f64| if value.is_finite() { value.clamp(-1e6, 1e6) } else { 0.0 };
    Point { x: coordinate(at.x), y: coordinate(at.y) }
}

/// Pixels of a page; `as` clamps.
pub(super) fn size(width: f64, height: f64) -> Size {
    Size { width: width.clamp(0.0, 1e6) as u32, height: height.clamp(0.0, 1e6) as u32 }
}

/// Address, line and column, counted from 1.
fn place(url: &str, line: u32, column: u32) -> Option<String> {
    let place = || format!("{url}:{}:{}", line.saturating_add(1), column.saturating_add(1));
    (!url.is_empty()).then(place)
}
