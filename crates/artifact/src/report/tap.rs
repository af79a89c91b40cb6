//! TAP 12 to 14: numbered points, subtests in the styles of Perl, Node and Vitest, YAML diagnostics, directives.
//!
//! A case is a point without points below it. What the lines mean is in `tap_line`.

use super::draft::cut_name;
use super::lines::{Lines, Tail, head_lines};
use super::tap_line::{Line, Point, parse, yaml_text};
use super::{Case, Detail, Draft, Head, Input, Problem, Scope, Status};
use std::sync::Arc;

/// Whether this is one: a version with a plan or a point, or points counted from 1.
pub(super) fn detect(head: &Head) -> bool {
    let lines = || head_lines(head, 5_000).map(str::trim_start);
    let says = |line: &str| matches!(parse(line), Line::Plan(..) | Line::Point(_));
    if lines().take(20).any(|line| matches!(parse(line), Line::Version)) {
        return lines().any(says);
    }
    let mut marks = lines().filter(|line| !line.starts_with('#'));
    match marks.next().map(parse) {
        Some(Line::Plan(count, _)) => count == 0 || marks.any(|line| matches!(parse(line), Line::Point(_))),
        Some(Line::Point(first)) if first.number == Some(1) => marks.any(|line| match parse(line) {
            Line::Plan(..) => true,
            Line::Point(point) => point.number == Some(2),
            _ => false,
        }),
        _ => false,
    }
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let mut lines = Lines::new(input, draft);
    let mut tap = Tap::new(draft);
    while let Some(line) = lines.next(tap.draft) {
        tap.take(line);
    }
    tap.end_document();
}

/// A list of points at one depth.
#[derive(Default)]
struct Level {
    indent: usize,
    /// Titles of the points they are below, as far as they are known before them.
    suite: Arc<str>,
    is_named: bool,
    plan: Option<u64>,
    points: u64,
    has_failed: bool,
    /// Cases before the first one of this level.
    start: usize,
    /// The point that opened it with a brace.
    brace: Option<Brace>,
}

/// A point that ends with a brace: its points follow.
struct Brace {
    point: Point,
    indent: usize,
}

/// A diagnostic that is being read.
struct Yaml {
    indent: usize,
    text: Tail,
}

struct Tap<'d> {
    draft: &'d mut Draft,
    levels: Vec<Level>,
    /// The point before, which diagnostics may follow.
    last: Option<Case>,
    /// What was written below it.
    below: Tail,
    yaml: Option<Yaml>,
    /// Title announced by `# Subtest:`, and how far that was indented.
    announced: Option<(usize, String)>,
    /// Whether comments head groups of points, as tape writes them.
    has_groups: bool,
    after_version: bool,
    has_bailed: bool,
}

impl<'d> Tap<'d> {
    fn new(draft: &'d mut Draft) -> Tap<'d> {
        Tap {
            draft,
            levels: vec![Level::default()],
            last: None,
            below: Tail::default(),
            yaml: None,
            announced: None,
            has_groups: false,
            after_version: false,
            has_bailed: false,
        }
    }

    fn take(&mut self, line: &str) {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if self.takes_yaml(line, text, indent) || text.is_empty() {
            return;
        }
        let parsed = parse(text.trim_end());
        self.settle_brace(&parsed, indent);
        match parsed {
            Line::Version => self.begin(),
            Line::Plan(count, _) => {
                self.enter(indent);
                self.top().plan = Some(count);
                self.after_version = false;
            }
            Line::Point(point) => self.point(point, indent),
            Line::Subtest(title) => {
                self.enter(indent);
                self.announced = Some((indent, title.to_owned()));
            }
            Line::Comment(comment) => self.comment(comment, line),
            Line::Close => self.close_brace(indent),
            Line::BailOut(reason) => {
                self.has_bailed = true;
                let reason = if reason.is_empty() { "bail out" } else { reason }.to_owned();
                self.draft.problem(Problem::Interrupted { reason });
            }
            Line::Yaml if self.levels.last().is_some_and(|level| indent > level.indent) => {
                self.yaml = Some(Yaml { indent, text: Tail::default() });
            }
            Line::Yaml | Line::Other => self.note(line),
        }
    }

    /// Takes a line of an open diagnostic.
    fn takes_yaml(&mut self, line: &str, text: &str, indent: usize) -> bool {
        let Some(yaml) = &mut self.yaml else { return false };
        if text.trim_end() == "..." {
            let yaml = self.yaml.take().map(|yaml| yaml.text).unwrap_or_default();
            self.diagnose(yaml.as_str());
            return true;
        }
        // A diagnostic without an end is over where a point is that stands further left.
        if indent < yaml.indent && matches!(parse(text.trim_end()), Line::Point(_)) {
            let yaml = self.yaml.take().map(|yaml| yaml.text).unwrap_or_default();
            self.diagnose(yaml.as_str());
            return false;
        }
        yaml.text.push_line(line.get(yaml.indent.min(indent)..).unwrap_or(text), self.draft.limits().text_bytes);
        true
    }

    /// A document begins; an earlier one in the same file ends.
    fn begin(&mut self) {
        if self.levels.iter().any(|level| level.points > 0 || level.plan.is_some()) {
            self.end_document();
        }
        self.after_version = true;
    }

    fn top(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let at = self.levels.len() - 1;
        &mut self.levels[at]
    }

    /// Goes to the level of this indentation. Gives the level below it that ended thereby.
    fn enter(&mut self, indent: usize) -> Option<Level> {
        let mut ended = None;
        while self.levels.len() > 1 && self.levels.last().is_some_and(|level| level.indent > indent) {
            self.flush();
            ended = self.levels.pop();
            if let Some(level) = &ended {
                self.check_plan(level);
                let has_failed = level.has_failed;
                self.top().has_failed |= has_failed;
            }
        }
        if self.top().indent < indent {
            self.flush();
            if self.top().brace.is_some() && self.top().points == 0 && self.top().plan.is_none() {
                self.top().indent = indent;
            } else if self.levels.len() > self.draft.limits().depth {
                self.draft.problem(Problem::TooDeep { limit: self.draft.limits().depth });
            } else {
                let title = self.announced.take().filter(|(at, _)| *at < indent).map(|(_, title)| title);
                self.push_level(indent, title.as_deref(), None);
            }
        }
        ended
    }

    fn point(&mut self, point: Point, indent: usize) {
        let below = self.enter(indent);
        self.flush();
        self.after_version = false;
        self.announced = None;
        self.top().points += 1;
        let fails = point.status() == Status::Failed;
        self.top().has_failed |= fails;
        if point.opens {
            let title = point.title.clone();
            self.push_level(indent + 1, Some(&title), Some(Brace { indent, point }));
            return;
        }
        match below.filter(|level| level.points > 0) {
            Some(level) => self.parent(&point, level),
            None => self.last = Some(self.case(&point, Scope::Case)),
        }
    }

    /// A suite is cut as it grows: however deep the nesting, a level costs no more than that.
    fn push_level(&mut self, indent: usize, title: Option<&str>, brace: Option<Brace>) {
        let most = self.draft.limits().name_bytes * 2;
        let outer = self.top().suite.clone();
        let suite = title.map_or(outer.clone(), |title| insert_title(&outer, outer.len(), title, most));
        let start = self.draft.len();
        self.levels.push(Level { indent, suite, is_named: title.is_some(), start, brace, ..Level::default() });
    }

    /// A point whose own points came before it: it is no case, unless it fails though none of them does.
    fn parent(&mut self, point: &Point, level: Level) {
        if !level.is_named && !point.title.is_empty() {
            let most = self.draft.limits().name_bytes * 2;
            let depth = self.top().suite.len();
            let mut known: Option<(Arc<str>, Arc<str>)> = None;
            self.draft.amend(level.start, |case| {
                let named = match &known {
                    Some((before, after)) if *before == case.suite => after.clone(),
                    _ => insert_title(&case.suite, depth, &point.title, most),
                };
                known = Some((std::mem::replace(&mut case.suite, named.clone()), named));
            });
        }
        if point.status() == Status::Failed && !level.has_failed {
            self.last = Some(self.case(point, Scope::Suite));
        }
    }

    fn case(&self, point: &Point, scope: Scope) -> Case {
        let name = match point.title.is_empty() {
            true => format!("#{}", point.number.unwrap_or(self.levels.last().map_or(0, |level| level.points))),
            false => point.title.clone(),
        };
        let detail = point.reason.clone().map(|message| Detail { message, ..Detail::default() });
        let suite = self.levels.last().map(|level| level.suite.clone()).unwrap_or_default();
        Case { suite, name, scope, status: point.status(), duration_ms: point.duration_ms, detail, ..Case::default() }
    }

    /// A line that opens with a brace and has nothing below it is a point whose title ends so.
    fn settle_brace(&mut self, parsed: &Line, indent: usize) {
        let Some(Level { brace: Some(brace), points: 0, plan: None, .. }) = self.levels.last() else { return };
        if indent > brace.indent || matches!(parsed, Line::Close) {
            return;
        }
        let level = self.levels.pop();
        if let Some(Brace { mut point, .. }) = level.and_then(|level| level.brace) {
            point.title.push_str(" {");
            self.last = Some(self.case(&point, Scope::Case));
        }
    }

    fn close_brace(&mut self, indent: usize) {
        let Some(at) = self.levels.iter().rposition(|level| level.brace.as_ref().is_some_and(|b| b.indent == indent))
        else {
            return;
        };
        while self.levels.len() > at {
            self.flush();
            let Some(level) = self.levels.pop() else { return };
            self.check_plan(&level);
            self.top().has_failed |= level.has_failed;
            let Some(Brace { point, .. }) = level.brace else { continue };
            if point.status() == Status::Failed && !level.has_failed {
                self.last = Some(self.case(&point, Scope::Suite));
            }
        }
    }

    fn comment(&mut self, comment: &str, line: &str) {
        if self.after_version && !comment.is_empty() {
            self.has_groups = true;
        }
        if self.has_groups && self.levels.len() == 1 {
            self.flush();
            self.top().suite = Arc::from(comment);
        } else {
            self.note(line.trim_start().trim_start_matches("# "));
        }
    }

    /// A line that is nothing of TAP: what a failing point says.
    fn note(&mut self, line: &str) {
        if self.last.as_ref().is_some_and(|case| case.status == Status::Failed) {
            let most = self.draft.limits().text_bytes;
            self.below.push_line(line, most);
        }
    }

    /// Adds a diagnostic to the point before.
    fn diagnose(&mut self, yaml: &str) {
        let Some(case) = &mut self.last else { return };
        let get = |key: &str| yaml_text(yaml, key);
        let seconds = || get("duration").and_then(|text| super::lines::seconds_ms(&text));
        let ms = || get("duration_ms").and_then(|text| super::json::duration_ms(text.parse().ok()?));
        case.duration_ms = case.duration_ms.or_else(ms).or_else(seconds);
        if let Some((file, line)) = get("location").or_else(|| get("at")).as_deref().and_then(place) {
            (case.file, case.line) = (Some(file.into()), line);
        }
        if case.status == Status::Failed {
            let message = get("message").or_else(|| get("error")).unwrap_or_default();
            let kind = get("name").or_else(|| get("code")).filter(|kind| !kind.contains(' '));
            let stack = get("stack").unwrap_or_else(|| yaml.trim_end().to_owned());
            case.detail = Some(Detail { kind, message, stack: Some(stack) });
        }
    }

    /// Gives the point before to the draft.
    fn flush(&mut self) {
        let Some(mut case) = self.last.take() else { return };
        if let Some(text) = std::mem::take(&mut self.below).text()
            && case.detail.is_none()
        {
            let message = text.lines().next().unwrap_or_default().trim().to_owned();
            case.detail = Some(Detail { kind: None, message, stack: Some(text) });
        }
        self.draft.push(case);
    }

    fn check_plan(&mut self, level: &Level) {
        let reason = match level.plan {
            _ if self.has_bailed => return,
            Some(plan) if plan != level.points => format!("planned {plan}, saw {}", level.points),
            None if level.indent == 0 => "no plan: the output may have ended early".to_owned(),
            _ => return,
        };
        self.draft.problem(Problem::Interrupted { reason });
    }

    fn end_document(&mut self) {
        if let Some(yaml) = self.yaml.take() {
            self.diagnose(yaml.text.as_str());
        }
        self.settle_brace(&Line::Version, 0);
        self.enter(0);
        self.flush();
        let level = std::mem::take(self.top());
        self.check_plan(&level);
        self.levels = vec![Level::default()];
        self.announced = None;
    }
}

/// File and line of `file:12:5`, perhaps with the scheme of a URL.
fn place(text: &str) -> Option<(&str, Option<u32>)> {
    let (rest, _column) = text.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    Some((file.strip_prefix("file://").unwrap_or(file), line.parse().ok()))
}

/// Puts a title behind the beginning of a suite's path that is `at` bytes long.
fn insert_title(suite: &str, at: usize, title: &str, most: usize) -> Arc<str> {
    let (before, after) = suite.split_at_checked(at).unwrap_or((suite, ""));
    let after = after.strip_prefix(" > ").unwrap_or(after);
    let parts: Vec<&str> = [before, title, after].into_iter().filter(|part| !part.is_empty()).collect();
    let mut path = parts.join(" > ");
    cut_name(&mut path, most);
    Arc::from(path)
}

#[cfg(test)]
mod tests;
