//! A report being read: takes cases as they come and holds the [`Limits`], so that a reader of a format need not.

use super::{Attachment, Case, Claim, Coverage, Detail, Format, Kind, Limits, Problem, Report, Try};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Problems kept; more of them say nothing new.
const MAX_PROBLEMS: usize = 16;
/// Placed where text was cut.
const CUT: char = '…';

/// A report being read.
#[derive(Debug)]
pub struct Draft {
    limits: Limits,
    text_left: usize,
    report: Report,
}

impl Draft {
    /// An empty report of `format`.
    pub fn new(format: Format, limits: &Limits) -> Draft {
        let report = Report {
            format,
            kind: Kind::default(),
            tool: None,
            cases: Vec::new(),
            dropped_cases: 0,
            cut_text: false,
            claim: Claim::default(),
            findings: 0,
            coverage: None,
            started_at: None,
            duration_ms: None,
            problems: Vec::new(),
        };
        Draft { limits: *limits, text_left: limits.all_text_bytes, report }
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes a case. Beyond the limit it is counted and dropped; texts and names are cut.
    pub fn push(&mut self, mut case: Case) {
        if self.report.cases.len() >= self.limits.cases {
            self.report.dropped_cases += 1;
            return;
        }
        self.trim(&mut case);
        self.report.cases.push(case);
    }

    /// The cases taken so far, for formats that tell about a case twice (a retry, a later event).
    /// What is changed here is not cut any more: prefer to push a case when it is whole.
    pub fn cases_mut(&mut self) -> &mut Vec<Case> {
        &mut self.report.cases
    }

    /// How many cases were taken.
    pub(super) fn len(&self) -> usize {
        self.report.cases.len()
    }

    /// Changes the cases taken since there were `from` of them, for formats that say the file or the suite after
    /// the cases, or tell about a case twice. What is changed is cut to the limits again.
    pub fn amend(&mut self, from: usize, mut change: impl FnMut(&mut Case)) {
        let mut cases = std::mem::take(&mut self.report.cases);
        for case in cases.iter_mut().skip(from) {
            self.change(case, &mut change);
        }
        self.report.cases = cases;
    }

    /// Changes one case, as [`Draft::amend`] does; nothing happens where there is none at `index`.
    pub fn amend_one(&mut self, index: usize, change: impl FnOnce(&mut Case)) {
        let Some(case) = self.report.cases.get_mut(index) else { return };
        let mut case = std::mem::take(case);
        self.change(&mut case, change);
        self.report.cases[index] = case;
    }

    /// Notes what is wrong.
    pub fn problem(&mut self, problem: Problem) {
        if self.report.problems.len() < MAX_PROBLEMS && !self.report.problems.contains(&problem) {
            self.report.problems.push(problem);
        }
    }

    /// Says what the report is about; tests unless this is called.
    pub fn set_kind(&mut self, kind: Kind) {
        self.report.kind = kind;
    }

    /// Says which tool wrote it; the first word counts.
    pub fn set_tool(&mut self, tool: &str) {
        let tool = tool.trim();
        if self.report.tool.is_none() && !tool.is_empty() {
            self.report.tool = Some(tool.chars().take(100).collect());
        }
    }

    /// Says when it was started, in milliseconds since the epoch; the earliest counts.
    pub fn set_started_at(&mut self, at: i64) {
        let earliest = self.report.started_at.map_or(at, |known| known.min(at));
        self.report.started_at = Some(earliest);
    }

    /// Says how long all of it took.
    pub fn set_duration_ms(&mut self, duration_ms: u64) {
        self.report.duration_ms = Some(duration_ms);
    }

    /// Adds to how long all of it took, for formats that say so for each part.
    pub fn add_duration_ms(&mut self, duration_ms: u64) {
        let known = self.report.duration_ms.unwrap_or(0);
        self.report.duration_ms = Some(known.saturating_add(duration_ms));
    }

    /// What the report claims about itself.
    pub fn claim_mut(&mut self) -> &mut Claim {
        &mut self.report.claim
    }

    /// Counts findings of a linter.
    pub fn add_findings(&mut self, count: u64) {
        self.report.findings = self.report.findings.saturating_add(count);
    }

    /// Sets the coverage totals. No more can be hit than there is, whatever the report states.
    pub fn set_coverage(&mut self, coverage: Coverage) {
        self.report.coverage = Some(Coverage {
            lines_hit: coverage.lines_hit.min(coverage.lines),
            branches_hit: coverage.branches_hit.min(coverage.branches),
            ..coverage
        });
    }

    /// Whether anything at all was read.
    pub fn is_blank(&self) -> bool {
        let report = &self.report;
        report.cases.is_empty() && report.findings == 0 && report.coverage.is_none() && report.problems.is_empty()
    }

    /// The report.
    pub fn finish(self) -> Report {
        self.report
    }

    fn change(&mut self, case: &mut Case, change: impl FnOnce(&mut Case)) {
        // Its texts are counted again below.
        self.text_left = self.text_left.saturating_add(text_bytes(case)).min(self.limits.all_text_bytes);
        change(case);
        self.trim(case);
    }

    fn trim(&mut self, case: &mut Case) {
        let names = self.limits.name_bytes;
        // Some formats write 0 where they know no line.
        case.line = case.line.filter(|line| *line > 0);
        self.report.cut_text |= cut_name(&mut case.name, names);
        cut_shared(&mut case.suite, names * 2);
        for shared in [&mut case.class, &mut case.file].into_iter().flatten() {
            cut_shared(shared, names);
        }
        for pair in case.parameters.iter_mut().chain(&mut case.variant).chain(&mut case.properties) {
            cut_name(&mut pair.0, names);
            cut_name(&mut pair.1, names);
        }
        if let Some(id) = &mut case.external_id {
            cut_name(id, names);
        }
        for attachment in &mut case.attachments {
            trim_attachment(attachment, names);
        }
        self.trim_items(case);
        self.trim_texts(case);
    }

    fn trim_items(&mut self, case: &mut Case) {
        let most = self.limits.items;
        let before = [case.tries.len(), case.attachments.len(), case.properties.len(), case.parameters.len()];
        // The newest tries say most.
        case.tries.drain(..case.tries.len().saturating_sub(most));
        case.attachments.truncate(most);
        case.properties.truncate(most);
        case.parameters.truncate(most);
        case.variant.truncate(most);
        self.report.cut_text |= before.into_iter().any(|count| count > most);
    }

    fn trim_texts(&mut self, case: &mut Case) {
        for detail in case.tries.iter_mut().filter_map(|earlier: &mut Try| earlier.detail.as_mut()) {
            self.trim_detail(detail);
        }
        if let Some(detail) = &mut case.detail {
            self.trim_detail(detail);
        }
        for output in [&mut case.stdout, &mut case.stderr].into_iter().flatten() {
            self.spend(output, cut_to_end);
        }
    }

    fn trim_detail(&mut self, detail: &mut Detail) {
        if let Some(kind) = &mut detail.kind {
            cut_name(kind, self.limits.name_bytes);
        }
        self.spend(&mut detail.message, cut_to_start);
        if let Some(stack) = &mut detail.stack {
            self.spend(stack, cut_to_start);
        }
    }

    fn spend(&mut self, text: &mut String, cut: fn(&mut String, usize)) {
        let most = self.limits.text_bytes.min(self.text_left);
        if text.len() > most {
            cut(text, most);
            self.report.cut_text = true;
        }
        self.text_left -= text.len().min(self.text_left);
    }
}

fn text_bytes(case: &Case) -> usize {
    let of = |detail: &Detail| detail.message.len() + detail.stack.as_ref().map_or(0, String::len);
    let details = case.tries.iter().filter_map(|earlier| earlier.detail.as_ref()).chain(&case.detail).map(of);
    let outputs = [&case.stdout, &case.stderr].into_iter().flatten().map(String::len);
    details.chain(outputs).sum()
}

/// Bytes of text that a reader keeps for tests that have not ended. A draft counts only what it was given, and tests
/// may begin without end.
#[derive(Debug)]
pub(super) struct Held {
    bytes: usize,
    most: usize,
}

impl Held {
    /// Nothing yet, of [`Limits::all_text_bytes`].
    pub(super) fn new(limits: &Limits) -> Held {
        Held { bytes: 0, most: limits.all_text_bytes }
    }

    /// Whether so many bytes more may be kept; if so they count.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let may = self.bytes.saturating_add(bytes) <= self.most;
        self.bytes += if may { bytes } else { 0 };
        may
    }

    /// So many bytes are kept no more.
    pub(super) fn give_back(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// Bytes of the texts of a detail.
pub(super) fn detail_bytes(detail: &Detail) -> usize {
    detail.message.len() + detail.stack.as_ref().map_or(0, String::len)
}

fn trim_attachment(attachment: &mut Attachment, most: usize) {
    cut_name(&mut attachment.name, most);
    // A cut path would match nothing, or the wrong thing.
    if attachment.path.len() > most {
        attachment.path.clear();
    }
    if let Some(media_type) = &mut attachment.media_type {
        cut_name(media_type, 100);
    }
}

/// Cuts a name and puts a hash of the whole behind it: two long names that begin alike stay two.
pub(super) fn cut_name(name: &mut String, most: usize) -> bool {
    if name.len() <= most {
        return false;
    }
    let hash = hex16(name.as_bytes());
    name.truncate(name.floor_char_boundary(most.saturating_sub(hash.len() + CUT.len_utf8())));
    name.push(CUT);
    name.push_str(&hash);
    // What was cut off was large, and a capacity would be kept for it.
    name.shrink_to_fit();
    true
}

fn cut_shared(name: &mut Arc<str>, most: usize) {
    if name.len() > most {
        let mut owned = name.to_string();
        cut_name(&mut owned, most);
        *name = owned.into();
    }
}

fn cut_to_start(text: &mut String, most: usize) {
    text.truncate(text.floor_char_boundary(most.saturating_sub(CUT.len_utf8())));
    if most >= CUT.len_utf8() {
        text.push(CUT);
    }
    text.shrink_to_fit();
}

fn cut_to_end(text: &mut String, most: usize) {
    let from = text.ceil_char_boundary(text.len() - most.saturating_sub(CUT.len_utf8()));
    let mut end = String::with_capacity(most);
    if most >= CUT.len_utf8() {
        end.push(CUT);
    }
    end.push_str(&text[from..]);
    *text = end;
}

fn hex16(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &str) -> Case {
        Case { name: name.into(), ..Case::default() }
    }

    #[test]
    fn cases_beyond_the_limit_are_counted() {
        let mut draft = Draft::new(Format::Junit, &Limits { cases: 2, ..Limits::default() });
        for name in ["a", "b", "c", "d"] {
            draft.push(case(name));
        }
        let report = draft.finish();
        assert_eq!((report.cases.len(), report.dropped_cases), (2, 2));
    }

    #[test]
    fn long_names_that_begin_alike_stay_two() {
        let mut draft = Draft::new(Format::Junit, &Limits::default());
        draft.push(case(&("é".repeat(5000) + "1")));
        draft.push(case(&("é".repeat(5000) + "2")));
        let report = draft.finish();
        assert_ne!(report.cases[0].name, report.cases[1].name);
        assert!(report.cases.iter().all(|case| case.name.len() <= Limits::default().name_bytes));
        assert!(report.cut_text);
    }

    #[test]
    fn amended_cases_are_cut_and_their_texts_counted_once() {
        let limits = Limits { all_text_bytes: 20, ..Limits::default() };
        let mut draft = Draft::new(Format::Junit, &limits);
        draft.push(Case { stdout: Some("0123456789".into()), ..case("a") });
        draft.push(case("b"));
        for _ in 0..5 {
            draft.amend(0, |case| case.file = Some("x".repeat(5000).into()));
        }
        draft.amend_one(1, |case| case.stdout = Some("abcdefghij".into()));
        let report = draft.finish();
        assert_eq!(report.cases[0].stdout.as_deref(), Some("0123456789"));
        assert_eq!(report.cases[1].stdout.as_deref(), Some("abcdefghij"));
        assert!(report.cases[0].file.as_ref().unwrap().len() <= Limits::default().name_bytes);
    }

    #[test]
    fn texts_are_cut_each_and_together() {
        let limits = Limits { text_bytes: 10, all_text_bytes: 15, ..Limits::default() };
        let mut draft = Draft::new(Format::Junit, &limits);
        let detail = Detail { message: "0123456789abcdef".into(), ..Detail::default() };
        draft.push(Case { detail: Some(detail), stdout: Some("0123456789abcdef".into()), ..case("a") });
        let report = draft.finish();
        let kept = &report.cases[0];
        assert_eq!(kept.detail.as_ref().unwrap().message, "0123456…");
        assert_eq!(kept.stdout.as_deref(), Some("…ef"));
    }
}
