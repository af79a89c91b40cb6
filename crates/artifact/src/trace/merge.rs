//! Several files of events as one trace: the steps of the test, with the calls of the browser that they led to, on one
//! clock that begins with the trace.

use super::collect::{Call, Context, Places, Reading, size, time};
use super::{Action, Attachment, ConsoleMessage, Failure, Request, Screenshot, Trace};
use std::collections::HashMap;

/// Clocks of one machine agree to less than this; more is another machine's.
const SAME_CLOCK_MS: f64 = 1_000.0;

/// Puts what was read together.
pub(super) fn merge(mut contexts: Vec<Context>, mut reading: Reading<'_>, places: &Places<'_>) -> Trace {
    reading.finish();
    let mut trace = Trace::default();
    describe(&contexts, &mut trace);
    // The test comes first, so that browser contexts find the steps they belong to.
    contexts.sort_by_key(|context| !context.is_test());
    let mut merged = Merged::default();
    let mut rest = Rest::default();
    for (number, mut context) in contexts.into_iter().enumerate() {
        let shift_ms = merged.shift_ms(&context);
        merged.add(number, std::mem::take(&mut context.calls), shift_ms);
        rest.add(context, shift_ms);
    }
    let started = merged.earliest().into_iter().chain(rest.earliest()).reduce(f64::min).unwrap_or(0.0);
    merged.into_trace(started, places, &mut trace);
    let missing = rest.into_trace(started, places, &mut reading, &mut trace);
    trace.duration_ms = duration(&trace);
    trace.cuts = reading.cuts(trace.frames.len(), missing);
    trace.problems = reading.problems;
    trace
}

/// What the first lines of the files say of the whole.
fn describe(contexts: &[Context], trace: &mut Trace) {
    let all = || contexts.iter().filter_map(|context| context.options.as_ref());
    let short = |text: &String| !text.is_empty() && text.len() <= 1_000;
    let first = |text: fn(&super::event::ContextOptions) -> Option<&String>| {
        all().filter_map(text).find(|text| short(text)).cloned()
    };
    trace.title = first(|options| options.title.as_ref());
    trace.browser = first(|options| options.browser_name.as_ref());
    trace.channel = first(|options| options.channel.as_ref());
    trace.platform = first(|options| options.platform.as_ref());
    trace.playwright_version = first(|options| options.playwright_version.as_ref());
    trace.language = first(|options| options.sdk_language.as_ref());
    trace.base_url = first(|options| options.options.base_url.as_ref());
    trace.version = all().find_map(|options| options.version);
    trace.viewport = all().find_map(|options| options.options.viewport.as_ref()).map(|it| size(it.width, it.height));
    let wall_times = all().filter_map(|options| options.wall_time).filter(|ms| (1.0..1e14).contains(ms));
    trace.started_at_ms = wall_times.reduce(f64::min).map(|ms| ms as i64);
}

/// An attachment, and the name of the entry that holds it.
type PlacedAttachment = (Attachment, Option<String>);

/// The calls of all files. Parents are kept by file and name until all are known.
#[derive(Default)]
struct Merged {
    actions: Vec<(Action, Vec<PlacedAttachment>)>,
    /// Position by file and name of the call.
    positions: HashMap<(usize, String), usize>,
    parents: Vec<Option<(usize, String)>>,
    /// Steps of the test, by what a browser's call says of its step.
    steps: HashMap<String, usize>,
    has_test: bool,
}

impl Merged {
    /// What to add to times of a file, where its clock is another one.
    fn shift_ms(&self, context: &Context) -> f64 {
        let found = context.calls.iter().find_map(|call| Some((self.step_of(call)?, call)));
        let Some((at, call)) = found else { return 0.0 };
        let shift_ms = self.actions[at].0.start_ms - call.action.start_ms;
        if shift_ms.abs() > SAME_CLOCK_MS { shift_ms } else { 0.0 }
    }

    /// The step of the test that a browser's call carries out.
    fn step_of(&self, call: &Call) -> Option<usize> {
        let named = call.step.as_ref().and_then(|step| self.steps.get(step));
        named.or_else(|| self.steps.get(&by_wall_time(call)?)).copied()
    }

    fn add(&mut self, number: usize, calls: Vec<Call>, shift_ms: f64) {
        let is_test = number == 0 && calls.first().is_some_and(|call| call.action.call.starts_with("Test."));
        self.has_test |= is_test;
        for mut call in calls {
            call.action.start_ms += shift_ms;
            call.action.end_ms = call.action.end_ms.map(|end| end + shift_ms);
            call.action.log.iter_mut().for_each(|line| line.time_ms = line.time_ms.map(|at| at + shift_ms));
            let key = (number, std::mem::take(&mut call.id));
            match self.step_of(&call).filter(|_| !is_test) {
                Some(at) => {
                    enrich(&mut self.actions[at].0, call.action);
                    self.actions[at].1.append(&mut call.attached);
                    self.positions.insert(key, at);
                }
                None => {
                    let at = self.actions.len();
                    if is_test {
                        self.steps.insert(key.1.clone(), at);
                        self.steps.extend(by_wall_time(&call).map(|name| (name, at)));
                    }
                    self.positions.insert(key, at);
                    self.parents.push(call.parent.map(|parent| (number, parent)));
                    self.actions.push((call.action, call.attached));
                }
            }
        }
    }

    fn earliest(&self) -> Option<f64> {
        self.actions.iter().map(|(action, _)| action.start_ms).reduce(f64::min)
    }

    fn into_trace(mut self, started: f64, places: &Places<'_>, trace: &mut Trace) {
        let parents: Vec<Option<usize>> =
            self.parents.iter().map(|key| self.positions.get(key.as_ref()?).copied()).collect();
        let order = family_order(&self.actions, &parents);
        let mut new_positions = vec![0_u32; order.len()];
        for (new, &(old, _)) in order.iter().enumerate() {
            new_positions[old] = new as u32;
        }
        for (old, parent) in order {
            let (mut action, attached) = std::mem::take(&mut self.actions[old]);
            let since = |ms: f64| tenth(ms - started);
            action.start_ms = tenth(action.start_ms - started);
            action.end_ms = action.end_ms.map(since).map(|end| end.max(action.start_ms));
            action.log.iter_mut().for_each(|line| line.time_ms = line.time_ms.map(since));
            action.parent = parent.map(|parent| new_positions[parent]);
            for frame in &mut action.stack {
                frame.entry = places.source(&frame.file);
            }
            for (mut attachment, place) in attached {
                let entry = place.and_then(|place| places.named(&place));
                attachment.action = Some(trace.actions.len() as u32);
                attachment.entry = entry.map(|entry| entry.ordinal);
                attachment.size_bytes = entry.map(|entry| entry.size_bytes);
                action.attachments.push(trace.attachments.len() as u32);
                trace.attachments.push(attachment);
            }
            trace.actions.push(action);
        }
    }
}

/// How versions before 7 tell which step a call belongs to: the same method at the same moment.
fn by_wall_time(call: &Call) -> Option<String> {
    Some(format!("{} at {}", call.action.title, call.wall_time?))
}

/// What the browser knows of a step that the test does not.
fn enrich(step: &mut Action, call: Action) {
    step.call = call.call;
    step.selector = call.selector.or(step.selector.take());
    step.page = call.page.or(step.page);
    step.point = call.point.or(step.point);
    step.log.extend(call.log);
    if step.error.is_none() {
        step.error = call.error;
    }
    if step.stack.is_empty() {
        step.stack = call.stack;
    }
    if !call.parameters.is_empty() {
        step.parameters = call.parameters;
    }
}

/// Positions by time, each with its parent, parents first. A parent that is its own descendant is none.
fn family_order<T>(actions: &[(Action, T)], parents: &[Option<usize>]) -> Vec<(usize, Option<usize>)> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); actions.len()];
    let mut roots = Vec::new();
    for (at, parent) in parents.iter().enumerate() {
        match parent {
            Some(parent) if *parent != at => children[*parent].push(at),
            _ => roots.push(at),
        }
    }
    let by_time = |list: &mut Vec<usize>| {
        // From the end, as the last one pushed is the next one taken.
        list.sort_by(|&a, &b| actions[b].0.start_ms.total_cmp(&actions[a].0.start_ms).then(b.cmp(&a)));
    };
    by_time(&mut roots);
    children.iter_mut().for_each(by_time);
    let mut order = Vec::with_capacity(actions.len());
    let mut is_placed = vec![false; actions.len()];
    let mut open: Vec<(usize, Option<usize>)> = roots.into_iter().map(|root| (root, None)).collect();
    loop {
        while let Some((at, parent)) = open.pop() {
            if !std::mem::replace(&mut is_placed[at], true) {
                order.push((at, parent));
                open.extend(children[at].iter().map(|&child| (child, Some(at))));
            }
        }
        // What is left goes round in a circle: begin anywhere.
        match is_placed.iter().position(|placed| !placed) {
            Some(at) => open.push((at, None)),
            None => return order,
        }
    }
}

/// What happened beside the calls, on one clock.
#[derive(Default)]
struct Rest {
    errors: Vec<Failure>,
    console: Vec<ConsoleMessage>,
    requests: Vec<(Request, Option<String>)>,
    frames: Vec<(Screenshot, String)>,
}

impl Rest {
    fn add(&mut self, mut context: Context, shift_ms: f64) {
        context.console.iter_mut().for_each(|message| message.time_ms += shift_ms);
        context.requests.iter_mut().for_each(|(request, _)| request.start_ms += shift_ms);
        context.frames.iter_mut().for_each(|(frame, _)| frame.time_ms += shift_ms);
        self.errors.append(&mut context.errors);
        self.console.append(&mut context.console);
        self.requests.append(&mut context.requests);
        self.frames.append(&mut context.frames);
    }

    /// Requests of old versions may have no time, so they do not say when the trace began.
    fn earliest(&self) -> Option<f64> {
        self.frames.iter().map(|(frame, _)| frame.time_ms).reduce(f64::min)
    }

    /// Says how many screenshots are missing.
    fn into_trace(self, started: f64, places: &Places<'_>, reading: &mut Reading<'_>, trace: &mut Trace) -> u64 {
        let since = |ms: f64| tenth((ms - started).max(0.0));
        trace.errors = self.errors;
        trace.console = self.console;
        trace.console.iter_mut().for_each(|message| message.time_ms = since(message.time_ms));
        trace.console.sort_by(|a, b| a.time_ms.total_cmp(&b.time_ms));
        for (mut request, place) in self.requests {
            request.start_ms = since(request.start_ms);
            request.duration_ms = request.duration_ms.map(tenth);
            request.entry = place.and_then(|place| places.named(&place)).map(|entry| entry.ordinal);
            trace.requests.push(request);
        }
        trace.requests.sort_by(|a, b| a.start_ms.total_cmp(&b.start_ms));
        let mut missing = 0_u64;
        for (mut frame, place) in self.frames {
            match places.named(&place).filter(|entry| entry.file_type == crate::FileType::Image) {
                Some(entry) => {
                    frame.entry = entry.ordinal;
                    frame.time_ms = since(frame.time_ms);
                    trace.frames.push(frame);
                }
                None => missing += 1,
            }
        }
        trace.frames.sort_by(|a, b| a.time_ms.total_cmp(&b.time_ms));
        thin_out(&mut trace.frames, reading.max_frames());
        if missing > 0 {
            reading.problem(format!("{missing} screenshots that the trace names are not in it"));
        }
        missing
    }
}

/// Leaves every second one out until no more than `most` are left.
fn thin_out<T>(list: &mut Vec<T>, most: usize) {
    while list.len() > most.max(1) {
        let mut number = 0;
        list.retain(|_| {
            number += 1;
            number % 2 == 1
        });
    }
}

fn duration(trace: &Trace) -> f64 {
    let ends = trace.actions.iter().map(|action| action.end_ms.unwrap_or(action.start_ms));
    let frames = trace.frames.iter().map(|frame| frame.time_ms);
    let requests = trace.requests.iter().map(|request| request.start_ms + request.duration_ms.unwrap_or(0.0));
    let console = trace.console.iter().map(|message| message.time_ms);
    tenth(ends.chain(frames).chain(requests).chain(console).fold(0.0, f64::max))
}

/// One decimal place.
fn tenth(ms: f64) -> f64 {
    (time(ms) * 10.0).round() / 10.0
}
