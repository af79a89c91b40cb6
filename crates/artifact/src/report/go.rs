//! What `go test` tells, whether as text or as JSON: packages, their tests, and what failed around them.
//!
//! The readers of both forms turn what they read into calls of [`Go`]; which line or event says what is theirs.

use super::lines::Tail;
use super::{Case, Detail, Draft, Scope, Status, Try};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Packages of which a build's output is kept.
const MOST_BUILDS: usize = 200;

/// A test that has begun and not ended.
#[derive(Debug, Default)]
struct Open {
    order: u64,
    output: Tail,
}

/// A package of which tests are running.
#[derive(Debug, Default)]
pub(super) struct Package {
    open: HashMap<String, Open>,
    /// Output that belongs to no test.
    output: Tail,
    /// What was written of a line that has not ended.
    partial: String,
    benchmarks: HashSet<String>,
    /// Cases that wait for the name of their package, with what they wrote.
    pending: Vec<(Case, Tail)>,
    has_failed: bool,
    /// Why the package could not be run at all: `[build failed]`.
    reason: Option<String>,
}

/// What is known of a package that has ended, so that a test that is run again is known as such.
#[derive(Debug, Default)]
struct Known {
    /// How often the package has ended.
    rounds: u32,
    /// Failing tests: round and place in the draft.
    failing: HashMap<String, (u32, usize)>,
}

/// How a package ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Its tests passed, or there were none.
    Well,
    /// With a failure.
    Badly,
    /// The report ended before.
    Never,
}

/// Collects what `go test` tells into a draft.
#[derive(Debug)]
pub(super) struct Go<'d> {
    draft: &'d mut Draft,
    known: HashMap<Arc<str>, Known>,
    builds: HashMap<String, Tail>,
    /// Package of the build whose output is being written.
    building: Option<String>,
    order: u64,
    open: usize,
    held_bytes: usize,
}

impl<'d> Go<'d> {
    /// Nothing told yet.
    pub(super) fn new(draft: &'d mut Draft) -> Go<'d> {
        Go { draft, known: HashMap::new(), builds: HashMap::new(), building: None, order: 0, open: 0, held_bytes: 0 }
    }

    /// Whether no package has ended.
    pub(super) fn is_silent(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether a benchmark of this name may still be running: it need not have been announced.
    pub(super) fn may_begin(package: &Package, test: &str) -> bool {
        test.starts_with("Benchmark") && !package.benchmarks.contains(test)
    }

    /// The draft that is filled.
    pub(super) fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    /// A test begins.
    pub(super) fn run(&mut self, package: &mut Package, test: &str) {
        if self.open >= self.draft.limits().cases || package.open.contains_key(test) {
            return;
        }
        self.open += 1;
        self.order += 1;
        package.open.insert(test.to_owned(), Open { order: self.order, output: Tail::default() });
    }

    /// A test, or the package itself, writes something.
    pub(super) fn output(&mut self, package: &mut Package, test: Option<&str>, text: &str) {
        if self.held_bytes > self.draft.limits().all_text_bytes {
            return;
        }
        let most = self.draft.limits().text_bytes;
        let tail = match test.and_then(|test| package.open.get_mut(test)) {
            Some(open) => &mut open.output,
            None => &mut package.output,
        };
        let before = tail.as_str().len();
        tail.push(text, most);
        self.held_bytes = (self.held_bytes + tail.as_str().len()).saturating_sub(before);
    }

    /// A test ends. Of one that passed no output is kept: it would crowd out that of those that failed.
    pub(super) fn end(
        &mut self,
        name: Option<&Arc<str>>,
        package: &mut Package,
        test: &str,
        end: (Status, Option<u64>),
    ) {
        let output = self.take_open(package, test).output;
        let (status, duration_ms) = end;
        package.has_failed |= status.is_failing();
        if test.starts_with("Benchmark") {
            package.benchmarks.insert(test.to_owned());
        }
        let case = Case { name: test.to_owned(), status, duration_ms, ..Case::default() };
        self.give(name, package, case, if status == Status::Passed { Tail::default() } else { output });
    }

    /// Adds to what the test wrote that has ended last. Says whether it is that test, and one to keep output of.
    pub(super) fn add_to_last(&mut self, package: &mut Package, test: &str, text: &str) -> bool {
        let last = package.pending.last_mut();
        let Some((_, output)) = last.filter(|(case, _)| case.name == test && case.status != Status::Passed) else {
            return false;
        };
        if self.held_bytes <= self.draft.limits().all_text_bytes {
            output.push(text, self.draft.limits().text_bytes);
            self.held_bytes += text.len();
        }
        true
    }

    /// A line of a benchmark's result. Says whether it is one.
    pub(super) fn benchmark(&mut self, name: Option<&Arc<str>>, package: &mut Package, line: &str) -> bool {
        let Some((test, per_op)) = benchmark(line) else { return false };
        self.take_open(package, test);
        if package.benchmarks.len() < self.draft.limits().cases && package.benchmarks.insert(test.to_owned()) {
            let properties = vec![("ns/op".to_owned(), per_op.to_owned())];
            let case = Case { name: test.to_owned(), properties, ..Case::default() };
            self.give(name, package, case, Tail::default());
        }
        true
    }

    /// Output of the package as it comes, perhaps in pieces of a line: benchmarks and reasons are found in it.
    pub(super) fn package_output(&mut self, name: &Arc<str>, package: &mut Package, text: &str) {
        if !text.ends_with('\n') && package.partial.len() < 4096 {
            package.partial.push_str(text);
            return;
        }
        let line = std::mem::take(&mut package.partial) + text;
        let line = line.trim_end();
        if self.benchmark(Some(name), package, line) || is_frame(line) {
            return;
        }
        if line.starts_with("FAIL\t") {
            package.reason = reason(line);
            return;
        }
        self.output(package, None, &format!("{line}\n"));
    }

    fn take_open(&mut self, package: &mut Package, test: &str) -> Open {
        let Some(open) = package.open.remove(test) else { return Open::default() };
        self.open -= 1;
        self.held_bytes = self.held_bytes.saturating_sub(open.output.as_str().len());
        open
    }

    /// A line that a compiler may have written: a heading `# package` opens the output of its build.
    pub(super) fn build_line(&mut self, line: &str) {
        if let Some(package) = line.strip_prefix("# ") {
            self.building = Some(package.split(' ').next().unwrap_or(package).to_owned());
        } else if let Some(package) = self.building.clone() {
            self.build_output(&package, &format!("{line}\n"));
        }
    }

    /// The output of a build ends.
    pub(super) fn end_build(&mut self) {
        self.building = None;
    }

    /// A build writes something.
    pub(super) fn build_output(&mut self, package: &str, text: &str) {
        let most = self.draft.limits().text_bytes;
        if self.builds.len() < MOST_BUILDS || self.builds.contains_key(package) {
            self.builds.entry(package.to_owned()).or_default().push(text, most);
        }
    }

    /// Says why a package could not be run.
    pub(super) fn set_reason(&mut self, package: &mut Package, reason: Option<String>) {
        package.reason = reason.or(package.reason.take());
    }

    /// A package ends: tests that have not are its failures, or it is one itself.
    pub(super) fn close(&mut self, name: &Arc<str>, mut package: Package, ended: Ended, build: Option<&str>) {
        for (case, output) in std::mem::take(&mut package.pending) {
            self.held_bytes = self.held_bytes.saturating_sub(output.as_str().len());
            self.push(name, with_detail(case, &output));
        }
        let mut left: Vec<(u64, String)> = package.open.iter().map(|(test, open)| (open.order, test.clone())).collect();
        left.sort_unstable();
        for (_, test) in left {
            let open = self.take_open(&mut package, &test);
            self.push(name, unfinished(test, &open, ended));
            package.has_failed |= ended != Ended::Well;
        }
        if ended == Ended::Badly && !package.has_failed {
            let (built, case) = self.package_failure(name, &package, build);
            self.push(&built, case);
        }
        self.held_bytes = self.held_bytes.saturating_sub(package.output.as_str().len());
        self.known.entry(name.clone()).or_default().rounds += 1;
    }

    /// The failure of a package as a whole, and the package that could not be built: that of the tests beside it, perhaps.
    fn package_failure(&self, name: &Arc<str>, package: &Package, build: Option<&str>) -> (Arc<str>, Case) {
        let key = build.map_or(name.as_ref(), |build| build.split(' ').next().unwrap_or(build));
        let beside = format!("{key}_test");
        let (built, output) = match (self.builds.get(key), self.builds.get(&beside)) {
            (Some(output), _) => (name.clone(), Some(output)),
            (None, Some(output)) => (Arc::from(beside), Some(output)),
            (None, None) => (name.clone(), None),
        };
        let title = if output.is_some() { "[build failed]" } else { "Failure" };
        let case = Case {
            name: package.reason.clone().unwrap_or_else(|| title.to_owned()),
            status: Status::Errored,
            scope: Scope::Suite,
            detail: Some(detail(output.unwrap_or(&package.output).as_str())),
            ..Case::default()
        };
        (built, case)
    }

    /// Gives a case to the draft, or keeps it until its package has a name.
    fn give(&mut self, name: Option<&Arc<str>>, package: &mut Package, case: Case, output: Tail) {
        match name {
            Some(name) => self.push(name, with_detail(case, &output)),
            // Beyond what the draft takes anyway nothing needs to wait for a name.
            None if package.pending.len() >= self.draft.limits().cases => self.draft.push(case),
            None => {
                self.held_bytes += output.as_str().len();
                package.pending.push((case, output));
            }
        }
    }

    /// Pushes a case, unless it is one that failed in an earlier round of its package and was run again.
    fn push(&mut self, name: &Arc<str>, mut case: Case) {
        case.suite = name.clone();
        case.class = Some(name.clone()).filter(|name| !name.is_empty());
        let known = self.known.entry(name.clone()).or_default();
        let place = known.failing.get(&case.name).filter(|(round, _)| *round < known.rounds).map(|(_, place)| *place);
        let (test, fails, is_case) = (case.name.clone(), case.status.is_failing(), case.scope == Scope::Case);
        let place = match place {
            Some(place) => {
                self.draft.amend_one(place, |earlier| {
                    case.tries = earlier_tries(earlier);
                    *earlier = case;
                });
                Some(place)
            }
            None => {
                let place = self.draft.len();
                self.draft.push(case);
                (self.draft.len() > place).then_some(place)
            }
        };
        match place {
            Some(place) if fails && is_case => {
                known.failing.insert(test, (known.rounds, place));
            }
            _ => {
                known.failing.remove(&test);
            }
        }
    }
}

fn earlier_tries(case: &mut Case) -> Vec<Try> {
    let mut tries = std::mem::take(&mut case.tries);
    tries.push(Try { status: case.status, duration_ms: case.duration_ms, detail: case.detail.take() });
    tries
}

fn with_detail(case: Case, output: &Tail) -> Case {
    match case.status {
        Status::Passed => case,
        _ => Case { detail: Some(detail(output.as_str())), ..case },
    }
}

/// A test without an end. A package that ends well has said so for all of them.
fn unfinished(test: String, open: &Open, ended: Ended) -> Case {
    if ended == Ended::Well {
        return Case { name: test, ..Case::default() };
    }
    let mut detail = detail(open.output.as_str());
    if detail.message.is_empty() {
        detail.message = "the test did not end".to_owned();
    }
    Case { name: test, status: Status::Errored, detail: Some(detail), ..Case::default() }
}

/// Name without the number of processors, and nanoseconds per operation.
fn benchmark(line: &str) -> Option<(&str, &str)> {
    let mut words = line.strip_prefix("Benchmark").map(|_| line.split_whitespace())?;
    let name = words.next()?;
    words.next()?.parse::<u64>().ok()?;
    let per_op = words.next()?;
    if words.next()? != "ns/op" {
        return None;
    }
    let bare = match name.rsplit_once('-') {
        Some((bare, processors)) if processors.bytes().all(|byte| byte.is_ascii_digit()) => bare,
        _ => name,
    };
    Some((bare, per_op))
}

/// The words in brackets at the end of `FAIL package [build failed]`.
pub(super) fn reason(line: &str) -> Option<String> {
    let at = line.rfind(" [").or_else(|| line.rfind("\t["))?;
    line.ends_with(']').then(|| line[at + 1..].to_owned())
}

/// Lines of the frame around tests, which say nothing about a failure.
fn is_frame(line: &str) -> bool {
    let line = line.trim_start();
    ["=== ", "--- PASS", "--- FAIL", "--- SKIP", "--- BENCH", "goos: ", "goarch: ", "pkg: ", "cpu: ", "coverage: "]
        .iter()
        .any(|mark| line.starts_with(mark))
        || matches!(line, "PASS" | "FAIL")
        || line.starts_with("exit status ")
        || line.starts_with("ok  ")
}

/// What the output of a failing test or package says.
fn detail(output: &str) -> Detail {
    let mut stack = String::with_capacity(output.len());
    for line in output.lines().filter(|line| !is_frame(line)) {
        stack.push_str(line);
        stack.push('\n');
    }
    let stack = stack.trim_end();
    let (kind, message) = message(stack);
    Detail { kind: kind.map(str::to_owned), message, stack: Some(stack.to_owned()).filter(|stack| !stack.is_empty()) }
}

/// Class of error and message: a panic, else what was said at the first place in a Go file, else the first line.
fn message(output: &str) -> (Option<&'static str>, String) {
    let crash = |line: &str| {
        let crashes = [("panic: ", "panic"), ("fatal error: ", "fatal error")];
        crashes.into_iter().find_map(|(mark, kind)| Some((kind, line.strip_prefix(mark)?.to_owned())))
    };
    if let Some((kind, message)) = output.lines().find_map(crash) {
        return (Some(kind), message.trim_end_matches(" [recovered]").to_owned());
    }
    let label = |line: &str| line.trim_start().strip_prefix("Error:").map(|text| text.trim().to_owned());
    if output.contains("Error Trace:")
        && let Some(message) = output.lines().find_map(label).filter(|message| !message.is_empty())
    {
        return (None, message);
    }
    let located = output.lines().filter_map(after_place).find(|text| !text.is_empty());
    let first = || output.lines().map(str::trim).find(|line| !line.is_empty());
    (None, located.or_else(first).unwrap_or_default().to_owned())
}

/// What follows `file.go:12: `, perhaps with a column or the name of the test before it.
fn after_place(line: &str) -> Option<&str> {
    let (path, rest) = line.trim_start().split_once(".go:")?;
    let (number, rest) = rest.split_once(':')?;
    let is_place = !path.is_empty() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let text = is_place.then(|| rest.trim())?;
    Some(match text.split_once(": ") {
        Some((column, text)) if column.bytes().all(|byte| byte.is_ascii_digit()) => text,
        _ => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_what_was_said_first_in_a_file() {
        let output = "printed\n    cart_test.go:9: no money\n    cart_test.go:12: and no cart\n";
        assert_eq!(message(output), (None, "no money".to_owned()));
        assert_eq!(message("a/b.go:3:7: undefined: x"), (None, "undefined: x".to_owned()));
        assert_eq!(message("x\npanic: boom [recovered]\n\ngoroutine 1"), (Some("panic"), "boom".to_owned()));
        let testify = "    a_test.go:9: \n        \tError Trace:\ta_test.go:9\n        \tError:      \tNot equal: \n";
        assert_eq!(message(testify), (None, "Not equal:".to_owned()));
    }

    #[test]
    fn benchmarks_lose_the_number_of_processors() {
        assert_eq!(benchmark("BenchmarkA/10-8   \t 500\t  4673 ns/op\t 3 B/op"), Some(("BenchmarkA/10", "4673")));
        assert_eq!(benchmark("BenchmarkA"), None);
        assert_eq!(benchmark("Benchmark results follow"), None);
    }
}
