//! The table of rules by which lines of a log are told to begin a failure: compilers, test runners, machines.
//!
//! A rule looks at one cleaned line; `failure` follows the block that the line opens. Rules are asked in order.

/// How much a match says. Smaller is stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// A compiler or a test runner names what failed.
    Named,
    /// The machine, the network or the service gave up.
    Machine,
    /// A program raised an error of some class.
    Raised,
    /// Something that calls itself an error.
    Loose,
}

/// Where a block ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With its first line.
    Here,
    /// Before an empty line.
    Blank,
    /// Before a line that is not indented; empty lines belong to it.
    Dedent,
    /// With the first line that is not indented, which says what happened.
    Traceback,
    /// Before a ruler (`====`, `____ name ____`).
    Ruler,
}

/// What a line that opens a block says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    /// Name of the rule.
    pub(super) tool: &'static str,
    /// How much it says.
    pub(super) rank: Rank,
    /// Code or class of the error.
    pub(super) kind: Option<String>,
    /// Test that failed.
    pub(super) test: Option<String>,
    /// What happened; empty where a later line of the block says it.
    pub(super) message: String,
    /// Where the block ends.
    pub(super) end: End,
}

impl Start {
    fn new(tool: &'static str, rank: Rank, end: End, message: &str) -> Option<Start> {
        Some(Start { tool, rank, kind: None, test: None, message: message.trim().to_owned(), end })
    }

    fn test(tool: &'static str, end: End, test: &str) -> Option<Start> {
        let test = Some(test.trim().to_owned()).filter(|test| !test.is_empty())?;
        Some(Start { tool, rank: Rank::Named, kind: None, test: Some(test), message: String::new(), end })
    }
}

/// Adds the kind to what was found.
fn of_kind(start: Option<Start>, kind: &str) -> Option<Start> {
    start.map(|start| Start { kind: Some(kind.to_owned()), ..start })
}

/// Numbered lists of failures, told by the heading above them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum List {
    /// No such heading yet.
    #[default]
    None,
    /// `Failures:`
    Rspec,
    /// `2 failing`
    Mocha,
    /// `There was 1 failure:`
    Phpunit,
    /// `The following tests FAILED:`
    Ctest,
}

/// The heading that a line is.
pub(super) fn list(line: &str) -> Option<List> {
    let text = line.trim();
    match text {
        "Failures:" => Some(List::Rspec),
        "The following tests FAILED:" => Some(List::Ctest),
        _ if text.starts_with("There was 1 ") || text.starts_with("There were ") => {
            text.ends_with([':']).then_some(List::Phpunit)
        }
        _ => text.strip_suffix(" failing").filter(|count| is_number(count)).map(|_| List::Mocha),
    }
}

type Rule = fn(&str, List) -> Option<Start>;

/// Every rule, in the order in which they are asked.
const RULES: &[Rule] = &[
    rustc,
    panicked,
    located_error,
    coded_error,
    go_compiler,
    eslint,
    ninja,
    pytest,
    pytest_section,
    unittest,
    go_test,
    cargo_test,
    jest,
    vitest,
    surefire,
    gradle,
    dotnet,
    gtest,
    numbered,
    tap,
    machine,
    npm,
    git,
    traceback,
    exception,
    error_word,
];

/// What the line opens, if it opens anything.
pub(super) fn start(line: &str, list: List) -> Option<Start> {
    RULES.iter().find_map(|rule| rule(line, list))
}

fn rustc(line: &str, _: List) -> Option<Start> {
    let (code, message) = line.strip_prefix("error[")?.split_once("]: ")?;
    of_kind(Start::new("rustc", Rank::Named, End::Blank, message), code)
}

/// `thread 'name' panicked at src/lib.rs:1:2:`, with a number behind the name in newer versions.
fn panicked(line: &str, _: List) -> Option<Start> {
    let (name, rest) = line.trim_start().strip_prefix("thread '")?.split_once('\'')?;
    let (_, place) = rest.split_once("panicked at ")?;
    // Older versions have the message, quoted, before the place.
    let message = place.strip_prefix('\'').and_then(|text| text.rsplit_once("', ")).map_or("", |(text, _)| text);
    let start = Start::new("rust panic", Rank::Named, End::Blank, message)?;
    let test = (name != "main" && !name.starts_with('<')).then(|| name.to_owned());
    of_kind(Some(Start { test, ..start }), "panicked")
}

/// `path:12:5: error: message`, as C compilers, Swift and javac write it.
fn located_error(line: &str, _: List) -> Option<Start> {
    if !has(line, "rror") {
        return None;
    }
    let at = [": error: ", ": fatal error: ", ": error:["].into_iter().find_map(|mark| line.find(mark))?;
    let (place, message) = line.split_at(at);
    let (path, number) = place.rsplit_once(':')?;
    if !is_number(number) || path.is_empty() {
        return None;
    }
    let tool = if path.contains(".java") { "javac" } else { "compiler" };
    let message = message.trim_start_matches(": ").trim_start_matches("fatal ").trim_start_matches("error:");
    let end = if tool == "javac" { End::Here } else { End::Dedent };
    let start = Start::new(tool, Rank::Named, end, message);
    // Clang and mypy put the name of the rule in brackets at the end.
    match message.rsplit_once('[').and_then(|(_, code)| code.trim_end().strip_suffix(']')) {
        Some(code) if code.starts_with('-') || !code.contains(' ') => of_kind(start, code),
        _ => start,
    }
}

/// `path(12,5): error TS2304: message` and its relatives of MSBuild and the linker.
fn coded_error(line: &str, _: List) -> Option<Start> {
    if !has(line, "rror") {
        return None;
    }
    let marks = ["): error ", " - error ", " : error ", " : fatal error ", "): fatal error "];
    let rest = marks.into_iter().find_map(|mark| line.split_once(mark))?.1;
    let (code, message) = rest.split_once(':')?;
    let letters = code.trim_start_matches(|c: char| c.is_ascii_uppercase());
    if letters.len() == code.len() || !is_number(letters) {
        return None;
    }
    let tool = if code.starts_with("TS") { "tsc" } else { "msbuild" };
    of_kind(Start::new(tool, Rank::Named, End::Here, message), code)
}

/// `./a.go:12:5: message`; tests log with one number and indented.
fn go_compiler(line: &str, _: List) -> Option<Start> {
    let (path, rest) = if has(line, ".go:") { line.split_once(".go:")? } else { return None };
    let (row, rest) = rest.split_once(':')?;
    let (column, message) = rest.split_once(": ")?;
    let is_place = is_number(row) && is_number(column) && !path.contains(char::is_whitespace);
    is_place.then(|| Start::new("go build", Rank::Named, End::Here, message)).flatten()
}

/// `  12:5  error  message  rule-name`.
fn eslint(line: &str, _: List) -> Option<Start> {
    let (row, rest) = line.strip_prefix("  ")?.trim_start().split_once(':')?;
    let (column, rest) = rest.split_once(' ')?;
    let message = rest.trim_start().strip_prefix("error ")?;
    if !is_number(row) || !is_number(column) {
        return None;
    }
    let start = Start::new("eslint", Rank::Named, End::Here, message);
    match message.rsplit_once("  ") {
        Some((_, rule)) if !rule.is_empty() => of_kind(start, rule),
        _ => start,
    }
}

fn ninja(line: &str, _: List) -> Option<Start> {
    let rest = line.strip_prefix("FAILED: ")?;
    let start = Start::new("ninja", Rank::Named, End::Here, rest);
    match rest.strip_prefix("[code=").and_then(|rest| rest.split_once(']')) {
        Some((code, _)) => of_kind(start, &format!("exit code {code}")),
        None => start,
    }
}

/// `FAILED path::test - Kind: message` of the short summary.
fn pytest(line: &str, _: List) -> Option<Start> {
    let rest = line.strip_prefix("FAILED ").or_else(|| line.strip_prefix("ERROR "))?;
    let rest = match rest.strip_prefix('[') {
        Some(timed) => timed.split_once("] ")?.1,
        None => rest,
    };
    let (test, message) = rest.split_once(" - ").unwrap_or((rest, ""));
    if !test.contains("::") && !test.ends_with(".py") {
        return None;
    }
    let start = Start { message: message.trim().to_owned(), ..Start::test("pytest", End::Here, test)? };
    Some(Start { kind: error_class(message).map(str::to_owned), ..start })
}

/// `____ test_name ____`, which heads the long text of a failure.
fn pytest_section(line: &str, _: List) -> Option<Start> {
    let name = line.strip_prefix("____")?.strip_suffix("_")?.trim_start_matches('_').trim_end_matches('_');
    let name = name.strip_prefix(' ')?.strip_suffix(' ')?;
    let name = name.strip_prefix("ERROR collecting ").unwrap_or(name);
    Start::test("pytest", End::Ruler, name)
}

/// `FAIL: test_name (module.Class)`.
fn unittest(line: &str, _: List) -> Option<Start> {
    let name = line.strip_prefix("FAIL: ").or_else(|| line.strip_prefix("ERROR: "))?;
    (name.ends_with(')') && name.contains(" (") && name.starts_with("test"))
        .then(|| Start::test("unittest", End::Ruler, name))
        .flatten()
}

fn go_test(line: &str, _: List) -> Option<Start> {
    if let Some(rest) = line.trim_start().strip_prefix("--- FAIL: ") {
        return Start::test("go test", End::Dedent, rest.rsplit_once(" (").map_or(rest, |(name, _)| name));
    }
    if let Some(message) = line.strip_prefix("panic: ") {
        return of_kind(Start::new("go panic", Rank::Named, End::Blank, message), "panic");
    }
    let package = line.strip_prefix("FAIL\t")?;
    let (package, why) = package.split_once(" [")?;
    of_kind(Start::new("go build", Rank::Loose, End::Here, package), why.trim_end_matches(']'))
}

fn cargo_test(line: &str, _: List) -> Option<Start> {
    let name = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
    Start::test("rust panic", End::Here, name.strip_suffix(" - should panic").unwrap_or(name))
}

fn jest(line: &str, _: List) -> Option<Start> {
    let name = line.trim_start().strip_prefix("● ")?;
    if name.starts_with("Console") || !line.starts_with(' ') {
        return None;
    }
    Start::test("jest", End::Dedent, name)
}

fn vitest(line: &str, _: List) -> Option<Start> {
    let name = line.trim_start().strip_prefix("FAIL  ")?;
    name.contains(" > ").then(|| Start::test("vitest", End::Ruler, name)).flatten()
}

/// `[ERROR] com.example.ATest.method  Time elapsed: 0.1 s  <<< FAILURE!` and Maven's own errors.
fn surefire(line: &str, _: List) -> Option<Start> {
    let text = line.strip_prefix("[ERROR] ").unwrap_or(line);
    if let Some(rest) = text.strip_suffix("<<< FAILURE!").or_else(|| text.strip_suffix("<<< ERROR!")) {
        let name = rest.split(" Time elapsed").next().unwrap_or(rest).trim().trim_end_matches(" --");
        return if name.starts_with("Tests run:") { None } else { Start::test("surefire", End::Blank, name) };
    }
    let text = line.strip_prefix("[ERROR] ")?;
    if let Some((path, message)) = text.split_once(".java:[").or_else(|| text.split_once(".kt:[")) {
        let message = message.split_once("] ").map_or(path, |(_, message)| message);
        return Start::new("javac", Rank::Named, End::Here, message);
    }
    text.starts_with("Failed to execute goal").then(|| Start::new("maven", Rank::Loose, End::Here, text)).flatten()
}

/// `ATest > method() FAILED`, and what went wrong with a build.
fn gradle(line: &str, _: List) -> Option<Start> {
    if line == "* What went wrong:" {
        return Start::new("gradle", Rank::Loose, End::Blank, "");
    }
    let name = line.strip_suffix(" FAILED")?;
    let is_test = name.contains(" > ") && !name.starts_with("> ");
    is_test.then(|| Start::test("gradle", End::Dedent, name)).flatten()
}

/// `  Failed Namespace.Class.Method [12 ms]` of `dotnet test`.
fn dotnet(line: &str, _: List) -> Option<Start> {
    let (name, time) = line.strip_prefix("  Failed ")?.rsplit_once(" [")?;
    time.ends_with("s]").then(|| Start::test("dotnet test", End::Dedent, name)).flatten()
}

/// `[  FAILED  ] Suite.Test (12 ms)`; the list at the end has no times and repeats the names.
fn gtest(line: &str, _: List) -> Option<Start> {
    let (name, time) = line.strip_prefix("[  FAILED  ] ")?.rsplit_once(" (")?;
    let name = name.split(", where ").next().unwrap_or(name);
    time.ends_with("ms)").then(|| Start::test("gtest", End::Here, name)).flatten()
}

/// `  1) name` below a heading that says whose list it is; Playwright's says so itself.
fn numbered(line: &str, list: List) -> Option<Start> {
    if list == List::Ctest {
        let (number, rest) = line.trim_start().split_once(" - ")?;
        let (name, why) = rest.rsplit_once(" (")?;
        let start = is_number(number).then(|| Start::test("ctest", End::Here, name)).flatten();
        return of_kind(start, why.trim_end_matches(')'));
    }
    let text = line.trim_start();
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (_, name) = text.split_once(") ").filter(|(number, _)| is_number(number))?;
    let name = name.trim_end_matches(['─', ' ']);
    match list {
        _ if name.contains(" › ") => Start::test("playwright", End::Dedent, name),
        List::Rspec => Start::test("rspec", End::Dedent, name),
        List::Mocha if line.starts_with("  ") => Start::test("mocha", End::Dedent, name),
        List::Phpunit if name.contains("::") => Start::test("phpunit", End::Blank, name),
        _ => None,
    }
}

fn tap(line: &str, _: List) -> Option<Start> {
    let rest = line.trim_start().strip_prefix("not ok ")?;
    let name = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().trim_start_matches("- ");
    let is_expected = name.contains("# TODO") || name.contains("# SKIP") || name.contains("# skip");
    if is_expected { None } else { Start::test("tap", End::Dedent, name) }
}

/// What machines, networks and services say, in lower case, and what that is.
const MACHINE: &[(&str, &str)] = &[
    ("the operation was canceled", "canceled"),
    ("lost communication with the server", "runner lost"),
    ("received a shutdown signal", "runner lost"),
    ("exceeded the maximum execution time", "timed out"),
    ("no space left on device", "no space left"),
    ("out of memory", "out of memory"),
    ("outofmemoryerror", "out of memory"),
    ("oom-kill", "out of memory"),
    ("cannot allocate memory", "out of memory"),
    ("segmentation fault", "segmentation fault"),
    ("core dumped", "core dumped"),
    ("connection refused", "connection refused"),
    ("econnrefused", "connection refused"),
    ("connection reset by peer", "connection reset"),
    ("econnreset", "connection reset"),
    ("etimedout", "timed out"),
    ("could not resolve host", "no such host"),
    ("temporary failure in name resolution", "no such host"),
    ("tls handshake timeout", "timed out"),
    ("rate limit exceeded", "rate limit"),
    ("toomanyrequests", "rate limit"),
    ("received sigint", "canceled"),
    ("received sigterm", "canceled"),
    ("command not found", "command not found"),
    ("timed out after", "timed out"),
    (" took >", "timed out"),
    ("read timed out", "timed out"),
    ("connection timed out", "timed out"),
];

/// For each first letter the second letters with which words of [`MACHINE`] begin, whatever their case.
static BEGINNINGS: [u32; 32] = beginnings();

const fn beginnings() -> [u32; 32] {
    let mut seconds = [0; 32];
    let mut at = 0;
    while at < MACHINE.len() {
        let words = MACHINE[at].0.as_bytes();
        seconds[(words[0] & 31) as usize] |= 1 << (words[1] & 31);
        at += 1;
    }
    seconds
}

/// Looks at each place of the line once: logs are long, and nearly no line is one of these.
fn machine(line: &str, _: List) -> Option<Start> {
    let bytes = line.as_bytes();
    let begins = |pair: &[u8]| BEGINNINGS[(pair[0] & 31) as usize] & (1 << (pair[1] & 31)) != 0;
    let says = |at: usize, words: &str| {
        bytes.get(at..at + words.len()).is_some_and(|there| there.eq_ignore_ascii_case(words.as_bytes()))
    };
    let found = bytes.windows(2).enumerate().filter(|(_, pair)| begins(pair));
    let (_, kind) = found.into_iter().find_map(|(at, _)| MACHINE.iter().find(|(words, _)| says(at, words)))?;
    of_kind(Start::new("machine", Rank::Machine, End::Here, line), kind)
}

fn npm(line: &str, _: List) -> Option<Start> {
    let rest = line.strip_prefix("npm ERR! ").or_else(|| line.strip_prefix("npm error "))?;
    let start = Start::new("npm", Rank::Machine, End::Blank, rest);
    match rest.strip_prefix("code ") {
        Some(code) => of_kind(start.map(|start| Start { message: String::new(), ..start }), code),
        None => start,
    }
}

fn git(line: &str, _: List) -> Option<Start> {
    of_kind(Start::new("git", Rank::Machine, End::Here, line.strip_prefix("fatal: ")?), "fatal")
}

fn traceback(line: &str, _: List) -> Option<Start> {
    line.trim_start()
        .starts_with("Traceback (most recent call last):")
        .then(|| Start::new("python", Rank::Raised, End::Traceback, ""))
        .flatten()
}

/// `SomeError: message`, with a stack below it in most languages.
fn exception(line: &str, _: List) -> Option<Start> {
    let text = line.strip_prefix("Uncaught ").unwrap_or(line);
    let text =
        text.strip_prefix("Exception in thread ").and_then(|rest| rest.split_once("\" ")).map_or(text, |(_, t)| t);
    let class = error_class(text)?;
    of_kind(Start::new("exception", Rank::Raised, End::Dedent, text), class)
}

/// Lines that begin with the word. A rustc error without a code turns out to be one by its second line.
fn error_word(line: &str, _: List) -> Option<Start> {
    let words = ["error: ", "Error: ", "ERROR: ", "fatal error: ", "CMake Error", "FATAL: ", "Unhandled exception"];
    if words.iter().any(|word| line.starts_with(word)) {
        return Start::new("error", Rank::Loose, End::Blank, line);
    }
    let is_make = line.starts_with("make") && line.contains(": *** ");
    let is_failed = line.trim_start().starts_with("Error (") || line.ends_with(" failed!") || has(line, " FAIL:");
    (is_make || is_failed).then(|| Start::new("error", Rank::Loose, End::Here, line)).flatten()
}

/// The class in front of `: `, when it is the name of an error: `pkg.SomeError: message`.
pub(super) fn error_class(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$'))).unwrap_or(text.len());
    let class = &text[..end];
    let is_error = ["Error", "Exception", "KeyboardInterrupt", "Timeout"].iter().any(|word| class.ends_with(word));
    let follows = text[end..].starts_with(": ") || text[end..].trim().is_empty() || text[end..].starts_with(" [");
    (is_error && follows && class != "Error" && class.starts_with(|c: char| c.is_alphabetic())).then_some(class)
}

/// Faster than the search of the standard library, which prepares more for a line than a line is long.
pub(super) fn has(line: &str, word: &str) -> bool {
    memchr::memmem::find(line.as_bytes(), word.as_bytes()).is_some()
}

fn is_number(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn finds(line: &str, tool: &str, kind: Option<&str>, test: Option<&str>) {
        let start = start(line, List::None).unwrap_or_else(|| panic!("nothing found in {line:?}"));
        assert_eq!((start.tool, start.kind.as_deref(), start.test.as_deref()), (tool, kind, test), "{line}");
    }

    #[test]
    fn compilers_are_known() {
        finds("error[E0308]: mismatched types", "rustc", Some("E0308"), None);
        finds("src/a.c:3:9: error: 'x' undeclared [-Wfoo]", "compiler", Some("-Wfoo"), None);
        finds("src/a.cpp:1:10: fatal error: no.h: No such file or directory", "compiler", None, None);
        finds("src/a.ts(3,4): error TS2304: Cannot find name 'x'.", "tsc", Some("TS2304"), None);
        finds("src/a.ts:3:4 - error TS2304: Cannot find name 'x'.", "tsc", Some("TS2304"), None);
        finds("LINK : fatal error LNK1104: cannot open file 'a.lib'", "msbuild", Some("LNK1104"), None);
        finds("src/A.java:12: error: cannot find symbol", "javac", None, None);
        finds("./main.go:7:2: undefined: x", "go build", None, None);
        finds("  12:5  error  'x' is defined but never used  no-unused-vars", "eslint", Some("no-unused-vars"), None);
    }

    #[test]
    fn test_runners_are_known() {
        finds("FAILED t/test_a.py::test_x - ValueError: no", "pytest", Some("ValueError"), Some("t/test_a.py::test_x"));
        finds("______ TestA.test_x ______", "pytest", None, Some("TestA.test_x"));
        finds("    --- FAIL: TestA/sub (0.00s)", "go test", None, Some("TestA/sub"));
        finds("thread 'a::b' panicked at src/lib.rs:1:2:", "rust panic", Some("panicked"), Some("a::b"));
        finds("thread 'main' (12) panicked at src/lib.rs:1:2:", "rust panic", Some("panicked"), None);
        finds("  ● suite › adds", "jest", None, Some("suite › adds"));
        finds(
            "  1) [chromium] › a.spec.ts:3:5 › shop › pays ────",
            "playwright",
            None,
            Some("[chromium] › a.spec.ts:3:5 › shop › pays"),
        );
        finds("[ERROR] a.BTest.c -- Time elapsed: 0.1 s <<< FAILURE!", "surefire", None, Some("a.BTest.c"));
        finds("ATest > works() FAILED", "gradle", None, Some("ATest > works()"));
        finds("[  FAILED  ] A.b (3 ms)", "gtest", None, Some("A.b"));
        finds("not ok 3 - adds", "tap", None, Some("adds"));
    }

    #[test]
    fn numbers_count_below_their_heading_only() {
        assert_eq!(start("  1) adds", List::None), None);
        assert_eq!(list("  2 failing"), Some(List::Mocha));
        assert_eq!(start("  1) adds", List::Mocha).map(|start| start.tool), Some("mocha"));
    }

    #[test]
    fn machines_are_known() {
        finds("The operation was canceled.", "machine", Some("canceled"), None);
        finds("cp: write error: No space left on device", "machine", Some("no space left"), None);
        finds("npm ERR! code ERESOLVE", "npm", Some("ERESOLVE"), None);
    }

    #[test]
    fn ordinary_lines_open_nothing() {
        for line in [
            "",
            "  1) first step of the manual",
            "test result: ok. 3 passed; 0 failed; 0 ignored",
            "0 errors, 0 failures",
            "Downloading https://example.org/error/a.tgz",
            "    a_test.go:12: all is well",
            "ok 3 - handles errors",
            "not ok 3 - later # TODO",
            "Compiling thiserror v2.0.0",
            "INFO: retrying failed request: 0 left",
        ] {
            assert_eq!(start(line, List::None), None, "{line}");
        }
    }
}
