//! A case of JUnit XML while it is read.

use super::super::xml::{Keep, MOST_ITEMS, Shared, Tag, add_output, add_pair, extend_detail, non_empty, seconds_ms};
use super::super::{Attachment, Case, Detail, Limits, Scope, Status, Try};
use super::suite::{Suite, fill_detail};
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// How files are named in outputs, as Jenkins and Playwright have it.
const ATTACHMENT: &[u8] = b"[[ATTACHMENT|";
static ATTACHMENTS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(ATTACHMENT));

/// What an element within a case tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// An outcome of the only or the first run.
    Outcome(Status),
    /// A later run of a case that kept failing.
    Rerun(Status),
    /// An earlier run of a case that passed in the end.
    Flaky(Status),
}

/// Where the words that an element says are to go.
struct OpenPiece {
    piece: Piece,
    detail: Detail,
    duration_ms: Option<u64>,
}

/// A case that is open.
#[derive(Default)]
pub(super) struct OpenCase {
    pub case: Case,
    /// What the attributes `status` and `result` say, for runners that write no element for it.
    word: Option<Status>,
    open: Option<OpenPiece>,
    property: Option<(String, String)>,
    outcomes: Vec<(Status, Detail)>,
    reruns: Vec<Try>,
}

impl OpenCase {
    /// Begins a new case; the last one was taken with [`OpenCase::close`] or forgotten with [`OpenCase::forget`].
    pub fn open(&mut self, tag: Tag, suite: Option<&Suite>, classes: &mut Shared, files: &mut Shared) {
        let case = &mut self.case;
        if let Some(suite) = suite {
            case.suite.clone_from(&suite.path);
        }
        let word = &mut self.word;
        for (key, value) in tag.attributes() {
            match key {
                "name" => case.name = value.text(),
                "classname" | "class" => case.class = classes.of(&value.cow()).or(case.class.take()),
                "file" | "filepath" => case.file = files.of(&value.cow()),
                "line" | "lineno" => case.line = value.number().and_then(|line| u32::try_from(line).ok()),
                "time" => case.duration_ms = seconds_ms(&value.cow()),
                "status" | "result" => *word = status_word(&value.cow()).or(*word),
                "value_param" | "type_param" => case.parameters.push((key.to_owned(), value.text())),
                "timestamp" | "hostname" | "duration" | "column" | "id" | "failure" => {}
                _ => add_pair(&mut case.properties, key, value.text()),
            }
        }
        if case.file.is_none() {
            case.file = suite.and_then(|suite| suite.file.clone());
        }
    }

    /// Forgets a case that did not come to its end.
    pub fn forget(&mut self) {
        *self = OpenCase::default();
    }

    /// Whether a failure was read already.
    pub fn is_failing(&self) -> bool {
        let is_open = self
            .open
            .as_ref()
            .is_some_and(|open| !matches!(open.piece, Piece::Flaky(_) | Piece::Outcome(Status::Skipped)));
        is_open || self.outcomes.iter().any(|(status, _)| status.is_failing())
    }

    pub fn start(&mut self, tag: Tag, most: &Limits) -> Keep {
        if self.open.is_some() {
            // Inside of a rerun: its stack, and outputs that are not the case's.
            return match tag.name {
                "stackTrace" => Keep::Start,
                "system-out" | "system-err" => Keep::End,
                _ => Keep::Nothing,
            };
        }
        if let Some(piece) = piece(tag.name) {
            self.open_piece(tag, piece, most);
            return Keep::Start;
        }
        match tag.name {
            "system-out" | "system-err" => Keep::End,
            "property" => {
                self.property = Some((tag.text("name"), tag.text("value")));
                Keep::Start
            }
            "attachment" => {
                self.attach(&tag.get("path").or_else(|| tag.get("file")).map(|path| path.text()).unwrap_or_default());
                Keep::Nothing
            }
            "warning" => {
                self.property = Some((tag.name.to_owned(), tag.text("message")));
                Keep::Start
            }
            _ => Keep::Nothing,
        }
    }

    fn open_piece(&mut self, tag: Tag, piece: Piece, most: &Limits) {
        let mut open = OpenPiece { piece, detail: Detail::default(), duration_ms: None };
        let knows_file = self.case.file.is_some();
        for (key, value) in tag.attributes() {
            match key {
                "message" => open.detail.message = value.beginning(most.text_bytes),
                "type" => open.detail.kind = value.some(),
                "time" => open.duration_ms = seconds_ms(&value.cow()),
                "file" if !knows_file => self.case.file = value.some().map(Into::into),
                "line" if !knows_file => self.case.line = value.number().and_then(|line| u32::try_from(line).ok()),
                _ => {}
            }
        }
        self.open = Some(open);
    }

    pub fn end(&mut self, name: &str, text: Option<String>, most: &Limits) {
        match (name, &mut self.open) {
            ("stackTrace", Some(open)) => fill_detail(&mut open.detail, text),
            (_, Some(_)) if piece(name).is_some() => self.close_piece(text, most),
            (_, Some(_)) => {}
            ("system-out", None) => self.output(text, true),
            ("system-err", None) => self.output(text, false),
            ("property" | "warning", None) => self.close_property(text),
            _ => {}
        }
    }

    fn close_piece(&mut self, text: Option<String>, most: &Limits) {
        let Some(OpenPiece { piece, mut detail, duration_ms }) = self.open.take() else { return };
        if detail.stack.is_none() {
            fill_detail(&mut detail, text);
        }
        match piece {
            Piece::Outcome(status) if self.outcomes.len() <= most.items => self.outcomes.push((status, detail)),
            Piece::Outcome(_) => {}
            Piece::Rerun(status) => self.reruns.push(Try { status, duration_ms, detail: Some(detail) }),
            Piece::Flaky(status) => self.case.tries.push(Try { status, duration_ms, detail: Some(detail) }),
        }
        for tries in [&mut self.reruns, &mut self.case.tries] {
            if tries.len() > most.items + 1 {
                // The newest say most, and one more than are kept tells that some were dropped.
                tries.remove(0);
            }
        }
    }

    fn output(&mut self, text: Option<String>, is_stdout: bool) {
        let Some(text) = text.and_then(non_empty) else { return };
        for start in ATTACHMENTS.find_iter(text.as_bytes()) {
            let line = text[start + ATTACHMENT.len()..].lines().next().unwrap_or_default();
            if let Some((path, _)) = line.split_once("]]") {
                self.attach(path);
            }
        }
        match if is_stdout { &mut self.case.stdout } else { &mut self.case.stderr } {
            none @ None => *none = Some(text),
            output => add_output(output, &text),
        }
    }

    fn close_property(&mut self, text: Option<String>) {
        let Some((name, mut value)) = self.property.take() else { return };
        if value.is_empty() {
            value = text.unwrap_or_default().trim().to_owned();
        }
        if name == "attachment" {
            self.attach(&value);
        } else {
            add_pair(&mut self.case.properties, &name, value);
        }
    }

    fn attach(&mut self, path: &str) {
        let path = path.trim();
        let is_known = self.case.attachments.iter().any(|known| known.path == path);
        if path.is_empty() || is_known || self.case.attachments.len() > MOST_ITEMS {
            return;
        }
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
        self.case.attachments.push(Attachment { name, path: path.to_owned(), media_type: None });
    }

    /// The case as it stands at its end.
    pub fn close(&mut self, suite: Option<&Suite>, most: &Limits) -> Case {
        if self.open.is_some() {
            self.close_piece(None, most);
        }
        self.settle(most);
        if !self.reruns.is_empty() {
            self.settle_reruns();
        }
        if let Some(suite) = suite.filter(|suite| self.case.status.is_failing() && is_around_cases(&self.case, suite)) {
            self.case.scope = Scope::Suite;
            if self.case.name.is_empty() {
                self.case.name = suite.name.clone();
            }
        }
        self.word = None;
        self.outcomes.clear();
        std::mem::take(&mut self.case)
    }

    /// The worst outcome counts; what else went wrong is told behind it.
    fn settle(&mut self, most: &Limits) {
        let worst = [Status::Errored, Status::Failed, Status::Skipped];
        let worst = worst.into_iter().find(|status| self.outcomes.iter().any(|(other, _)| other == status));
        let Some(status) = worst else {
            self.case.status = self.word.unwrap_or_default();
            return;
        };
        self.case.status = status;
        let first = self.outcomes.iter().position(|(other, _)| *other == status).unwrap_or_default();
        let mut detail = self.outcomes.remove(first).1;
        for (other, more) in self.outcomes.drain(..) {
            if other.is_failing() {
                extend_detail(&mut detail, more, most.text_bytes);
            }
        }
        self.case.detail = Some(detail);
    }

    /// What the case says is its first run, and the runs behind it failed as well.
    fn settle_reruns(&mut self) {
        let case = &mut self.case;
        if case.status.is_failing() {
            let first = Try { status: case.status, duration_ms: case.duration_ms, detail: case.detail.take() };
            self.reruns.insert(0, first);
        }
        if let Some(last) = self.reruns.pop() {
            case.status = last.status;
            case.duration_ms = last.duration_ms.or(case.duration_ms);
            case.detail = last.detail;
        }
        case.tries.append(&mut self.reruns);
    }
}

fn piece(name: &str) -> Option<Piece> {
    Some(match name {
        "failure" => Piece::Outcome(Status::Failed),
        "error" => Piece::Outcome(Status::Errored),
        "skipped" | "disabled" | "ignored" | "pending" | "incomplete" => Piece::Outcome(Status::Skipped),
        "rerunFailure" => Piece::Rerun(Status::Failed),
        "rerunError" => Piece::Rerun(Status::Errored),
        "flakyFailure" => Piece::Flaky(Status::Failed),
        "flakyError" => Piece::Flaky(Status::Errored),
        _ => return None,
    })
}

fn status_word(word: &str) -> Option<Status> {
    let is = |words: &[&str]| words.iter().any(|other| other.eq_ignore_ascii_case(word.trim()));
    if is(&["notrun", "disabled", "skipped", "suppressed", "ignored", "pending", "inconclusive", "todo"]) {
        Some(Status::Skipped)
    } else if is(&["failed", "fail", "failure"]) {
        Some(Status::Failed)
    } else if is(&["error", "errored", "broken", "timeout", "crashed"]) {
        Some(Status::Errored)
    } else {
        None
    }
}

/// Whether a failing case stands for what is around the cases: a file that could not be loaded or was judged as a
/// whole, hooks, a module that could not be collected, a package that could not be built.
fn is_around_cases(case: &Case, suite: &Suite) -> bool {
    let class = case.class.as_deref().unwrap_or_default();
    let is_the_file = !class.is_empty() && class == case.name && class == suite.name;
    let is_hooks = case.name.contains("Test execution failure: could be caused by test hooks");
    // gotestsum writes a package whose TestMain failed as a case that it does not count.
    let is_main = case.name == "TestMain" && suite.claims_none();
    let message = || case.detail.as_ref().map(|detail| detail.message.as_str());
    let is_collection = class.is_empty() && message() == Some("collection failure");
    // What go-junit-report calls a package that could not be built, or that broke off outside of its tests.
    let is_package = class == suite.name && matches!(&*case.name, "[build failed]" | "[setup failed]" | "Failure");
    // Surefire leaves the name of a class empty that could not be set up.
    case.name.is_empty() || is_the_file || is_hooks || is_main || is_collection || is_package
}
