//! Which failures belong together: one key for the same failure wherever it occurs. Families as rows,
//! and merging by hand, are left to `history`.

use super::{digest, frame, mask};
use std::collections::HashMap;

/// Version of the algorithm; stored with every key.
pub const FINGERPRINT_VERSION: i64 = 1;

/// Most characters of a title.
const TITLE_CHARS: usize = 200;
/// Informative lines that count.
const LINES: usize = 3;
/// Characters of a line that count.
const LINE_CHARS: usize = 500;
/// Lines of a message and of a stack that are looked at.
const MOST_LINES: usize = 400;

/// What identifies a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Hash of what remains when everything that varies is masked.
    pub key: [u8; 16],
    /// The first informative line, masked, at most 200 characters.
    pub title: String,
    /// Whether it is trouble around tests (network, browser, memory, disk), for which the place is ignored.
    pub is_global: bool,
}

/// Trouble around tests: its class, and the words that tell it, lower-cased and with spaces for underscores.
const GLOBAL_CLASSES: &[(&str, &[&str])] = &[
    (
        "lost runner",
        &[
            "runner has received a shutdown signal",
            "lost communication with the server",
            "the hosted runner encountered an error",
            "the runner has been lost",
        ],
    ),
    ("disk full", &["no space left on device", "enospc", "disk quota exceeded", "not enough space on the disk"]),
    (
        "out of memory",
        &[
            "out of memory",
            "outofmemoryerror",
            "enomem",
            "cannot allocate memory",
            "oomkilled",
            "std::bad alloc",
            "heap limit allocation failed",
        ],
    ),
    (
        "browser crash",
        &[
            "target crashed",
            "page crashed",
            "page crash",
            "browser has crashed",
            "browser crashed",
            "browser closed unexpectedly",
            "chrome not reachable",
            "not connected to devtools",
            "renderer process crashed",
        ],
    ),
    (
        "name not resolved",
        &[
            "enotfound",
            "eai again",
            "getaddrinfo",
            "name resolution",
            "name not resolved",
            "could not resolve host",
            "no such host",
            "nodename nor servname",
            "unknownhostexception",
            "name or service not known",
        ],
    ),
    ("connection refused", &["econnrefused", "connection refused", "actively refused"]),
    ("connection reset", &["econnreset", "connection reset", "socket hang up", "connection aborted"]),
    ("connection timed out", &["etimedout", "connection timed out", "connect timed out"]),
];
/// Phrases that come with a status of the server's own fault.
const SERVER_ERRORS: &[(&str, &str)] = &[
    ("500", "internal server error"),
    ("502", "bad gateway"),
    ("503", "service unavailable"),
    ("504", "gateway timeout"),
];

/// Tells the family of a failure, from the type of its error, its message and its stack.
pub fn fingerprint(kind: Option<&str>, message: &str, stack: Option<&str>) -> Fingerprint {
    let lines = informative_lines(message, stack);
    let first = lines.first().map_or("", String::as_str);
    let (said_kind, rest) = split_kind(first);
    let kind = kind.and_then(telling_kind).or(said_kind).unwrap_or("").to_owned();
    if let Some(class) = global_class(&kind, &lines) {
        let mut masks = mask::Masks::default();
        let title = if first.is_empty() { class.clone() } else { masks.mask(first) };
        return Fingerprint {
            key: digest(FINGERPRINT_VERSION, &["global", &class]),
            title: cut(&title),
            is_global: true,
        };
    }
    let mut masks = mask::Masks::default();
    let headline = masks.mask(rest);
    let further: Vec<String> = lines.iter().skip(1).map(|line| masks.mask(line)).collect();
    let place = frame::innermost(stack.unwrap_or("")).or_else(|| frame::innermost(message));
    let place = place.map_or(String::new(), |frame| frame.place());
    // Where the place is known one line says enough; further lines often quote data.
    let detail = if place.is_empty() { further.join("\n") } else { String::new() };
    let key = digest(FINGERPRINT_VERSION, &["local", &kind, &place, &headline, &detail]);
    Fingerprint { key, title: title(&kind, &headline, &place), is_global: false }
}

fn title(kind: &str, headline: &str, place: &str) -> String {
    match (kind, headline) {
        ("", "") if place.is_empty() => "no message".to_owned(),
        ("", "") => cut(&format!("no message at {place}")),
        ("", headline) => cut(headline),
        (kind, "") => cut(kind),
        (kind, headline) => cut(&format!("{kind}: {headline}")),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(TITLE_CHARS).collect()
}

/// The first lines that say something: of the message, or else of the stack. Cleaned, and not yet masked.
fn informative_lines(message: &str, stack: Option<&str>) -> Vec<String> {
    let of_message = lines_of(message);
    if !of_message.is_empty() {
        return of_message;
    }
    lines_of(&error_lines(stack.unwrap_or("")))
}

/// The lines of a stack that tell the error: pytest marks them, Python puts them last.
fn error_lines(stack: &str) -> String {
    let marked: Vec<&str> =
        stack.lines().filter_map(|line| line.strip_prefix("E  ").map(str::trim_start)).take(LINES).collect();
    if !marked.is_empty() {
        return marked.join("\n");
    }
    if stack.trim_start().starts_with("Traceback (") {
        let unindented = |line: &&str| !line.is_empty() && !line.starts_with(char::is_whitespace);
        return stack.lines().rev().find(unindented).unwrap_or("").to_owned();
    }
    stack.to_owned()
}

fn lines_of(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let text = mask::strip_ansi(text);
    for line in text.lines().take(MOST_LINES) {
        let line: String = mask::strip_runner_time(line).trim().chars().take(LINE_CHARS).collect();
        if !is_informative(&line) {
            continue;
        }
        let line = mask::strip_workspace(line.strip_prefix("##[error]").unwrap_or(&line)).into_owned();
        if !lines.contains(&line) {
            lines.push(line);
        }
        if lines.len() == LINES {
            break;
        }
    }
    lines
}

fn is_informative(line: &str) -> bool {
    let says_nothing = line.starts_with("Traceback (")
        || line.starts_with("stack backtrace")
        || line.starts_with("note: run with `RUST_BACKTRACE");
    line.chars().any(char::is_alphanumeric) && !says_nothing && !frame::is_frame(line)
}

/// The last part of a type's name; `None` for words that name no type.
fn telling_kind(kind: &str) -> Option<&str> {
    let kind = kind.trim().trim_end_matches(':');
    let kind = kind.rsplit(['.', ':', '\\', '/']).next().unwrap_or(kind);
    let lower = kind.to_ascii_lowercase();
    let is_word = kind.is_empty() || kind.contains(char::is_whitespace);
    (!is_word && !matches!(lower.as_str(), "error" | "failure" | "failed" | "fail" | "broken" | "unknown" | "none"))
        .then_some(kind)
}

/// The type a line begins with, and the rest of the line.
fn split_kind(line: &str) -> (Option<&str>, &str) {
    let line = line.strip_prefix("Uncaught ").unwrap_or(line);
    let name_end =
        line.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '\\'))).unwrap_or(line.len());
    let name = &line[..name_end];
    let is_kind = name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Failure");
    let rest = line[name_end..].trim_start();
    if !is_kind || !(rest.is_empty() || rest.starts_with(':')) {
        return (None, line);
    }
    (telling_kind(name), rest.trim_start_matches(':').trim_start())
}

/// The class of trouble around tests, with what tells one such trouble from another.
fn global_class(kind: &str, lines: &[String]) -> Option<String> {
    let text = format!("{kind}\n{}", lines.join("\n")).to_lowercase().replace('_', " ");
    if is_assertion(&text) {
        return None;
    }
    for (class, words) in GLOBAL_CLASSES {
        if words.iter().any(|word| has_word(&text, word)) {
            return Some(class_with_host(class, lines));
        }
    }
    server_error(&text).map(|status| format!("server error {status}"))
}

/// Whether a word begins somewhere as these do: `FileNotFound` is no `ENOTFOUND`.
fn has_word(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| !text[..at].ends_with(char::is_alphanumeric))
}

/// A test that expects trouble and does not get it has failed by itself.
fn is_assertion(text: &str) -> bool {
    ["assert", "expected", "expect(", "to equal", "comparisonfailure"].iter().any(|word| text.contains(word))
}

/// Trouble with two hosts is two troubles, where the host has a name.
fn class_with_host(class: &str, lines: &[String]) -> String {
    if !matches!(class, "name not resolved" | "connection refused" | "connection reset" | "connection timed out") {
        return class.to_owned();
    }
    let words = || lines.iter().flat_map(|line| line.split([' ', '\'', '"', '(', ')', ',']));
    let host = words().find_map(host_of_url).or_else(|| words().find_map(bare_host));
    host.filter(|host| *host != "localhost").map_or(class.to_owned(), |host| format!("{class} {host}"))
}

fn host_of_url(word: &str) -> Option<&str> {
    let (_, rest) = word.split_once("://")?;
    rest.split(['/', ':', '?']).next().filter(|host| is_host_name(host))
}

/// A host without a scheme: with a port behind it, or with so many dots that it is no member of an object.
fn bare_host(word: &str) -> Option<&str> {
    let (host, after) = word.split_once([':', '/']).unwrap_or((word, ""));
    let host = host.trim_end_matches('.');
    let is_told = after.starts_with(|c: char| c.is_ascii_digit()) || host.matches('.').count() > 1;
    (is_told && is_host_name(host)).then_some(host)
}

fn is_host_name(text: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    text.split('.').all(is_label) && text.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// The status of a server's own fault, with a word beside it that says it is one.
fn server_error(text: &str) -> Option<&'static str> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let told = |status: &str| {
        words.iter().enumerate().any(|(at, word)| {
            *word == status && at > 0 && matches!(words[at - 1], "http" | "status" | "code" | "response" | "error")
        })
    };
    SERVER_ERRORS.iter().find(|(status, phrase)| text.contains(phrase) || told(status)).map(|(status, _)| *status)
}

/// Whether two masked texts are near enough to be shown as related: at most a tenth of their length to edit.
/// Four-letter groups rule out most pairs before any editing is tried.
pub fn similar(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let a: Vec<char> = a.chars().take(LINE_CHARS).collect();
    let b: Vec<char> = b.chars().take(LINE_CHARS).collect();
    let most = (a.len() + b.len()) / 20;
    gram_bound(&a, &b) <= most && edits_within(&a, &b, most)
}

/// The least number of edits the four-letter groups allow: one edit touches at most four of them.
fn gram_bound(a: &[char], b: &[char]) -> usize {
    let mut counts: HashMap<&[char], i32> = HashMap::new();
    for gram in a.windows(4) {
        *counts.entry(gram).or_default() += 1;
    }
    for gram in b.windows(4) {
        *counts.entry(gram).or_default() -= 1;
    }
    let missing = counts.values().filter(|count| **count > 0).map(|count| count.unsigned_abs() as usize).sum::<usize>();
    let surplus = counts.values().filter(|count| **count < 0).map(|count| count.unsigned_abs() as usize).sum::<usize>();
    missing.max(surplus).div_ceil(4)
}

/// Whether the edit distance is at most `most`: only cells within that distance of the diagonal are filled.
fn edits_within(a: &[char], b: &[char], most: usize) -> bool {
    if a.len().abs_diff(b.len()) > most {
        return false;
    }
    let beyond = most + 1;
    let mut row: Vec<usize> = (0..=b.len()).map(|at| at.min(beyond)).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = (i + 1).min(beyond);
        let from = i.saturating_sub(most);
        let to = b.len().min(i + most + 1);
        if from > 0 {
            diagonal = row[from];
            row[from] = beyond;
        }
        for j in from..to {
            let above = if j + 1 > i + most { beyond } else { row[j + 1] };
            let cost = (diagonal + usize::from(*left != b[j])).min(above + 1).min(row[j] + 1);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(beyond);
        }
    }
    row[b.len()] <= most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(text: &str) -> Option<&str> {
        (!text.is_empty()).then_some(text)
    }

    fn key(kind: &str, message: &str, stack: &str) -> [u8; 16] {
        fingerprint(some(kind), message, some(stack)).key
    }

    fn title_of(kind: Option<&str>, message: &str) -> String {
        fingerprint(kind, message, None).title
    }

    #[test]
    fn what_varies_does_not_make_a_family() {
        for (one, other) in [
            ("user 123e4567-e89b-12d3-a456-426614174000 is gone", "user 123e4567-e89b-12d3-a456-426614174999 is gone"),
            ("Timeout 5000ms exceeded", "Timeout 30000ms exceeded"),
            ("\u{1b}[31mboom\u{1b}[0m", "boom"),
            ("2024-05-06T07:08:09.1234567Z boom", "boom"),
            ("no /home/runner/work/a/a/x.txt", "no D:\\a\\a\\a\\x.txt"),
            ("boom\nboom\nboom", "boom"),
            ("java.lang.IllegalStateException: boom", "IllegalStateException: boom"),
        ] {
            assert_eq!(key("", one, ""), key("", other, ""), "{one}");
        }
    }

    #[test]
    fn different_errors_stay_apart() {
        for (one, other) in [
            ("error[E0308]: mismatched types", "error[E0277]: mismatched types"),
            ("exit code 1", "exit code 137"),
            ("expected 5 to be 7", "expected 5 to be 8"),
            ("killed by signal 9", "killed by signal 11"),
            ("0x7ffd3c2a10 != 0x7ffd3c2a20", "0x7ffd3c2a10 != 0x7ffd3c2a10"),
            ("ValueError: boom", "TypeError: boom"),
        ] {
            assert_ne!(key("", one, ""), key("", other, ""), "{one}");
        }
    }

    #[test]
    fn the_type_may_stand_in_either_place() {
        let wanted = key("IllegalStateException", "boom", "");
        assert_eq!(key("java.lang.IllegalStateException", "boom", ""), wanted);
        assert_eq!(key("java.lang.IllegalStateException", "java.lang.IllegalStateException: boom", ""), wanted);
        assert_eq!(key("failure", "java.lang.IllegalStateException: boom", ""), wanted);
    }

    #[test]
    fn the_place_counts_and_small_moves_do_not() {
        let at = |line: u32| key("", "boom", &format!("    at Object.<anonymous> (src/cart.ts:{line}:7)"));
        assert_eq!(at(41), at(48));
        assert_ne!(at(41), at(91));
        let within = |function: &str, line: u32| key("", "boom", &format!("    at {function} (src/cart.ts:{line}:7)"));
        assert_eq!(within("total", 41), within("total", 391));
        assert_ne!(within("total", 41), within("sum", 41));
    }

    #[test]
    fn trouble_around_tests_ignores_the_place() {
        for (one, other) in [
            ("connect ECONNREFUSED 127.0.0.1:5432", "dial tcp [::1]:5432: connect: connection refused"),
            (
                "page.goto: net::ERR_CONNECTION_REFUSED at http://localhost:3000/",
                "fetch http://localhost:3000/a: Connection refused",
            ),
            ("Request failed with status code 503", "HTTP 503 from the shop"),
            ("502 Bad Gateway", "upstream answered: Bad Gateway"),
            ("getaddrinfo ENOTFOUND api.example.org", "Could not resolve host: api.example.org"),
            ("java.lang.OutOfMemoryError: Java heap space", "fork: Cannot allocate memory"),
            ("write: No space left on device", "ENOSPC: cannot write"),
            ("page.click: Target crashed", "Page crashed!"),
            (
                "The runner has received a shutdown signal.",
                "The self-hosted runner lost communication with the server.",
            ),
        ] {
            let print = fingerprint(None, one, Some("    at total (src/cart.ts:1:1)"));
            assert!(print.is_global, "{one}");
            assert_eq!(print.key, fingerprint(None, other, Some("    at sum (src/b.ts:1:1)")).key, "{one}");
        }
        assert_ne!(key("", "HTTP 503", ""), key("", "HTTP 502", ""));
        assert_ne!(
            key("", "getaddrinfo ENOTFOUND a.example.org", ""),
            key("", "getaddrinfo ENOTFOUND b.example.org", "")
        );
    }

    #[test]
    fn an_assertion_about_trouble_is_no_trouble() {
        for message in [
            "expected status 503 to be 200",
            "AssertionError: connection refused != ok",
            "took 503 ms",
            "FileNotFoundException: a",
        ] {
            assert!(!fingerprint(None, message, None).is_global, "{message}");
        }
    }

    #[test]
    fn titles_are_short_masked_and_never_empty() {
        assert_eq!(title_of(Some("a.b.CError"), "took 5 s at 0x7ffd3c2a10"), "CError: took 5 s at <address>");
        assert_eq!(title_of(None, &"x".repeat(900)).len(), 200);
        assert_eq!(title_of(None, " \n--- \n"), "no message");
        assert_eq!(title_of(Some("TimeoutError"), ""), "TimeoutError");
        assert_eq!(
            title_of(Some("failure"), "\n\nTypeError: x is not a function\n  at y"),
            "TypeError: x is not a function"
        );
    }

    #[test]
    fn without_a_message_the_stack_speaks() {
        let pytest = "def test_total():\n>       assert total() == 3\nE       assert 4 == 3\n\ntests/test_cart.py:12: AssertionError";
        assert_eq!(fingerprint(None, "", Some(pytest)).title, "assert 4 == 3");
        let python = "Traceback (most recent call last):\n  File \"a.py\", line 1, in x\n    y()\nValueError: bad";
        assert_eq!(fingerprint(None, "", Some(python)).title, "ValueError: bad");
        assert_eq!(fingerprint(Some("ValueError"), "bad", Some(python)).key, fingerprint(None, "", Some(python)).key);
    }

    #[test]
    fn near_texts_are_similar() {
        let text = "cannot read property total of undefined in the cart of the shop";
        assert!(similar(text, "cannot read property totals of undefined in the cart of the shop"));
        assert!(similar(text, "cannot read property sum of undefined in the cart of the shop"));
        assert!(!similar(text, "cannot open the file of settings in the home of the user today"));
        assert!(!similar("ab", "cd"));
        assert!(similar("", ""));
    }

    /// The distance without shortcuts.
    fn edits(a: &[char], b: &[char]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, left) in a.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, right) in b.iter().enumerate() {
                let cost = (diagonal + usize::from(left != right)).min(row[j] + 1).min(row[j + 1] + 1);
                diagonal = row[j + 1];
                row[j + 1] = cost;
            }
        }
        row[b.len()]
    }

    proptest::proptest! {
        #[test]
        fn the_shortcuts_change_nothing(a in "[ab]{0,30}", b in "[ab]{0,30}", most in 0_usize..12) {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let distance = edits(&a, &b);
            proptest::prop_assert_eq!(edits_within(&a, &b, most), distance <= most);
            proptest::prop_assert!(gram_bound(&a, &b) <= distance);
        }

        #[test]
        fn any_text_has_a_fingerprint(kind in "\\PC{0,20}", message in "\\PC{0,80}(\n\\PC{0,40}){0,3}", stack in "\\PC{0,80}") {
            let print = fingerprint(Some(&kind), &message, Some(&stack));
            proptest::prop_assert!(!print.title.is_empty() && print.title.chars().count() <= 200);
            proptest::prop_assert_eq!(print, fingerprint(Some(&kind), &message, Some(&stack)));
        }
    }
}
