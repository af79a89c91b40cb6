//! Takes out of a text what differs between executions of the same thing: addresses, times, identifiers
//! and places on a machine. Which text is masked, and what its hash means, is left to the callers.

use std::borrow::Cow;
use std::collections::HashMap;

/// Directories below which the runner checks a repository out, each with the number of further directories
/// that belong to the root.
const WORKSPACES: &[(&str, usize)] =
    &[("/github/workspace/", 0), ("/__w/", 2), ("/runner/work/", 2), ("/_work/", 2), ("\\_work\\", 2)];
/// Directories for temporary files.
const TEMPORARY: &[&str] = &["/tmp/", "/var/tmp/", "/private/tmp/", "/var/folders/", "/private/var/folders/"];
/// Words after which a number says what went wrong.
const CODE_WORDS: &[&str] =
    &["code", "status", "errno", "error", "signal", "http", "exit", "exited", "returned", "hresult", "sqlstate"];
/// Units of time, the longer before their beginnings.
const DURATION_UNITS: &[&str] = &[
    "milliseconds",
    "millisecond",
    "microseconds",
    "nanoseconds",
    "seconds",
    "second",
    "minutes",
    "minute",
    "hours",
    "hour",
    "secs",
    "sec",
    "mins",
    "min",
    "ms",
    "us",
    "µs",
    "ns",
];
/// Units of time that count only directly behind a number.
const CLOSE_DURATION_UNITS: &[&str] = &["s", "m", "h"];
/// Units of size.
const SIZE_UNITS: &[&str] = &["bytes", "byte", "KiB", "MiB", "GiB", "KB", "kB", "MB", "GB"];

/// What a masked part was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    Uuid,
    Time,
    Duration,
    Size,
    Host,
    Port,
    Hash,
    Token,
    Pid,
    Address,
    Temporary,
    Line,
    Number,
}

impl Part {
    fn label(self) -> &'static str {
        match self {
            Part::Uuid => "uuid",
            Part::Time => "time",
            Part::Duration => "duration",
            Part::Size => "size",
            Part::Host => "host",
            Part::Port => "port",
            Part::Hash => "hash",
            Part::Token => "token",
            Part::Pid => "pid",
            Part::Address => "address",
            Part::Temporary => "tmp",
            Part::Line => "line",
            Part::Number => "number",
        }
    }
}

/// The masks of one text. The same part gets the same number throughout, so that what was equal stays equal.
#[derive(Debug, Default)]
pub struct Masks {
    numbers: HashMap<(Part, String), usize>,
    counts: HashMap<Part, usize>,
}

impl Masks {
    /// Masks everything that varies between failures of one kind; error codes stay.
    pub fn mask(&mut self, text: &str) -> String {
        replace(text, failure_part, |part, original| self.name(part, original))
    }

    fn name(&mut self, part: Part, original: &str) -> String {
        let next = self.counts.get(&part).copied().unwrap_or(0) + 1;
        let number = *self.numbers.entry((part, original.to_owned())).or_insert(next);
        if number == next {
            self.counts.insert(part, next);
        }
        match number {
            1 => format!("<{}>", part.label()),
            _ => format!("<{}{number}>", part.label()),
        }
    }
}

/// Masks the few things that vary within the name of one and the same test. Cheap where there are none.
pub fn mask_name(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) && !text.contains("/tmp/") && !text.contains("/var/folders/") {
        return Cow::Borrowed(text);
    }
    let starts = |at: usize| is_start(text.as_bytes(), at) && name_part(text, at).is_some();
    if !(0..text.len()).any(starts) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(replace(text, name_part, |part, _| format!("<{}>", part.label())))
}

/// Whether a number of parts before `at` end there, so that a new one may begin.
fn is_start(bytes: &[u8], at: usize) -> bool {
    at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() && bytes[at].is_ascii_alphanumeric() || bytes[at] >= 0x80)
}

fn replace(
    text: &str,
    find: impl Fn(&str, usize) -> Option<(Part, usize)>,
    mut name: impl FnMut(Part, &str) -> String,
) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut kept = 0;
    let mut at = 0;
    while at < bytes.len() {
        let found = if is_start(bytes, at) { find(text, at).filter(|(_, length)| *length > 0) } else { None };
        let Some((part, length)) = found else {
            at += 1;
            continue;
        };
        out.push_str(&text[kept..at]);
        out.push_str(&name(part, &text[at..at + length]));
        at += length;
        kept = at;
    }
    out.push_str(&text[kept..]);
    out
}

/// What varies in the name of a test.
fn name_part(text: &str, at: usize) -> Option<(Part, usize)> {
    let rest = &text.as_bytes()[at..];
    match rest[0] {
        b'/' => temporary_path(text, at),
        first if first.is_ascii_alphanumeric() => uuid(rest)
            .or_else(|| address(rest, 6))
            .or_else(|| chance_moment(rest))
            .or_else(|| object_address(text, at))
            .or_else(|| temporary_path(text, at))
            .or_else(|| epoch_or_pid(text, at)),
        _ => None,
    }
}

/// What varies between failures of one kind.
fn failure_part(text: &str, at: usize) -> Option<(Part, usize)> {
    let rest = &text.as_bytes()[at..];
    match rest[0] {
        b'/' => temporary_path(text, at),
        first if first.is_ascii_alphanumeric() => uuid(rest)
            .or_else(|| address(rest, 4))
            .or_else(|| date_time(rest))
            .or_else(|| object_address(text, at))
            .or_else(|| temporary_path(text, at))
            .or_else(|| hash(rest))
            .or_else(|| token(rest))
            .or_else(|| number(text, at)),
        _ => None,
    }
}

fn run_of(bytes: &[u8], accept: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| accept(**byte)).count()
}

fn digits(bytes: &[u8]) -> usize {
    run_of(bytes, |byte| byte.is_ascii_digit())
}

fn hex_digits(bytes: &[u8]) -> usize {
    run_of(bytes, |byte| byte.is_ascii_hexdigit())
}

/// Whether a part of this length ends where a word ends.
fn ends(bytes: &[u8], length: usize) -> bool {
    bytes.get(length).is_none_or(|next| !next.is_ascii_alphanumeric())
}

fn uuid(bytes: &[u8]) -> Option<(Part, usize)> {
    let mut at = 0;
    for (group, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if group > 0 {
            if bytes.get(at) != Some(&b'-') {
                return None;
            }
            at += 1;
        }
        if hex_digits(&bytes[at.min(bytes.len())..]) != length {
            return None;
        }
        at += length;
    }
    ends(bytes, at).then_some((Part::Uuid, at))
}

/// `0x7ffd3c2a10`. Eight digits beginning with 8 or C are error codes of Windows and stay.
fn address(bytes: &[u8], least: usize) -> Option<(Part, usize)> {
    if bytes.len() < 2 || bytes[0] != b'0' || !matches!(bytes[1], b'x' | b'X') {
        return None;
    }
    let length = hex_digits(&bytes[2..]);
    let is_error_code = length == 8 && matches!(bytes[2], b'8' | b'c' | b'C');
    (length >= least && !is_error_code && ends(bytes, 2 + length)).then_some((Part::Address, 2 + length))
}

/// `Widget@1b6d3586`: the identity hash of an object.
fn object_address(text: &str, at: usize) -> Option<(Part, usize)> {
    let bytes = text.as_bytes();
    let behind_at = at > 1 && bytes[at - 1] == b'@' && bytes[at - 2].is_ascii_alphanumeric();
    let length = hex_digits(&bytes[at..]);
    let has_digit = bytes[at..at + length].iter().any(u8::is_ascii_digit);
    (behind_at && has_digit && (5..=16).contains(&length) && ends(&bytes[at..], length))
        .then_some((Part::Address, length))
}

/// An ISO date with or without time, or a time of day with seconds.
fn date_time(bytes: &[u8]) -> Option<(Part, usize)> {
    let date = pattern(bytes, "dddd-dd-dd").or_else(|| pattern(bytes, "dddd/dd/dd"));
    let mut at = date.unwrap_or(0);
    if date.is_some() && matches!(bytes.get(at), Some(b'T' | b't' | b' ' | b'_')) {
        let clock = clock_length(&bytes[at + 1..]);
        at += if clock > 0 { 1 + clock } else { 0 };
    } else if date.is_none() {
        at = clock_length(bytes);
    }
    (at > 5 && ends(bytes, at)).then_some((Part::Time, at))
}

/// A date with a time that nobody would write by hand: tests are named after dates and round times as well.
fn chance_moment(bytes: &[u8]) -> Option<(Part, usize)> {
    let (part, length) = date_time(bytes)?;
    let has_both = pattern(bytes, "dddd-dd-ddTdd:dd:dd").or_else(|| pattern(bytes, "dddd-dd-dd dd:dd:dd")).is_some();
    (has_both && &bytes[17..19] != b"00").then_some((part, length))
}

fn clock_length(bytes: &[u8]) -> usize {
    let Some(mut at) = pattern(bytes, "dd:dd:dd").or_else(|| pattern(bytes, "dd:dd")) else { return 0 };
    if matches!(bytes.get(at), Some(b'.' | b',')) {
        let fraction = digits(&bytes[at + 1..]);
        at += if fraction > 0 { 1 + fraction } else { 0 };
    }
    match bytes.get(at) {
        Some(b'Z' | b'z') => at + 1,
        Some(b'+' | b'-') => {
            at + pattern(&bytes[at + 1..], "dd:dd").or_else(|| pattern(&bytes[at + 1..], "dddd")).map_or(0, |n| n + 1)
        }
        _ => at,
    }
}

/// Length of a fixed pattern in which `d` stands for a digit.
fn pattern(bytes: &[u8], pattern: &str) -> Option<usize> {
    let fits = bytes.len() >= pattern.len()
        && pattern
            .bytes()
            .zip(bytes)
            .all(|(want, have)| if want == b'd' { have.is_ascii_digit() } else { want == *have });
    fits.then_some(pattern.len())
}

fn temporary_path(text: &str, at: usize) -> Option<(Part, usize)> {
    let rest = &text[at..];
    let on_unix = TEMPORARY.iter().any(|root| rest.starts_with(root));
    let on_windows = || rest.as_bytes().get(1) == Some(&b':') && matches!(rest.as_bytes().get(2), Some(b'\\' | b'/'));
    if !on_unix && !on_windows() {
        return None;
    }
    let length = path_length(rest);
    let path = &rest[..length];
    let is_temporary = on_unix || path.contains("\\Temp\\") || path.contains("/Temp/");
    is_temporary.then_some((Part::Temporary, length))
}

/// Length of the path a text begins with.
fn path_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ends_path = |at: usize| match bytes[at] {
        b'"' | b'\'' | b'`' | b')' | b']' | b'}' | b'>' | b',' | b';' | b'|' => true,
        b':' => at > 1,
        byte => byte.is_ascii_whitespace(),
    };
    (0..bytes.len()).find(|at| ends_path(*at)).unwrap_or(bytes.len())
}

/// Eight or more hexadecimal digits, a letter and a digit among them.
fn hash(bytes: &[u8]) -> Option<(Part, usize)> {
    let length = hex_digits(bytes);
    let part = &bytes[..length];
    let is_mixed = part.iter().any(u8::is_ascii_digit) && part.iter().any(u8::is_ascii_alphabetic);
    (length >= 8 && is_mixed && ends(bytes, length)).then_some((Part::Hash, length))
}

/// Twenty or more characters that look drawn at random: a token, or base64.
fn token(bytes: &[u8]) -> Option<(Part, usize)> {
    let body = run_of(bytes, |byte| byte.is_ascii_alphanumeric() || byte == b'+');
    if body < 20 {
        return None;
    }
    let class = |byte: u8| (byte.is_ascii_uppercase(), byte.is_ascii_lowercase(), byte.is_ascii_digit());
    let switches = bytes[..body].windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    let has = |is: fn(&u8) -> bool| bytes[..body].iter().any(is);
    // Names in camel case change their class less often than random characters do.
    let is_random = switches * 100 >= (body - 1) * 45
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit);
    is_random.then(|| (Part::Token, body + run_of(&bytes[body..], |byte| byte == b'=')))
}

/// A moment in seconds or milliseconds since the epoch, or the number of a process.
fn epoch_or_pid(text: &str, at: usize) -> Option<(Part, usize)> {
    let rest = &text.as_bytes()[at..];
    let length = digits(rest);
    if length == 0 || !ends(rest, length) {
        return None;
    }
    if matches!(word_before(text, at).as_str(), "pid" | "process") {
        return Some((Part::Pid, length));
    }
    // Between 2017 and 2033.
    let is_round = rest[..length].ends_with(b"000");
    let is_epoch = matches!(length, 10 | 13) && rest[0] == b'1' && (b'5'..=b'9').contains(&rest[1]) && !is_round;
    is_epoch.then_some((Part::Time, length))
}

fn number(text: &str, at: usize) -> Option<(Part, usize)> {
    let rest = &text.as_bytes()[at..];
    let whole = digits(rest);
    if whole == 0 {
        return None;
    }
    if let Some(length) = internet_address(rest) {
        return Some((Part::Host, length));
    }
    let word = word_before(text, at);
    let before = if at > 0 { text.as_bytes()[at - 1] } else { b' ' };
    match word.as_str() {
        "pid" | "process" | "thread" | "goroutine" => return Some((Part::Pid, whole)),
        "port" | "localhost" => return Some((Part::Port, whole)),
        "line" => return Some((Part::Line, whole)),
        word if CODE_WORDS.contains(&word) => return None,
        _ => {}
    }
    if matches!(before, b':' | b'(' | b',') && is_line_number(text.as_bytes(), at) {
        return Some((Part::Line, whole));
    }
    quantity(text, at, whole).or_else(|| (whole >= 7 && ends(rest, whole)).then_some((Part::Number, whole)))
}

fn internet_address(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    for group in 0..4 {
        if group > 0 {
            if bytes.get(at) != Some(&b'.') {
                return None;
            }
            at += 1;
        }
        let length = digits(&bytes[at.min(bytes.len())..]);
        if !(1..=3).contains(&length) {
            return None;
        }
        at += length;
    }
    if bytes.get(at) == Some(&b':') {
        let port = digits(&bytes[at + 1..]);
        at += if port > 0 { 1 + port } else { 0 };
    }
    ends(bytes, at).then_some(at)
}

/// The word before a number, lower-cased, when nothing but separators stands between.
fn word_before(text: &str, at: usize) -> String {
    let bytes = text.as_bytes();
    let gap = bytes[..at].iter().rev().take_while(|byte| matches!(byte, b' ' | b'=' | b':' | b'#' | b'(')).count();
    if gap > 3 {
        return String::new();
    }
    let end = at - gap;
    let length = bytes[..end].iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).take(12).count();
    text[end - length..end].to_ascii_lowercase()
}

/// Whether a number stands behind the name of a file: `login.spec.ts:12:5`, `Login.cs(12,5)`.
fn is_line_number(bytes: &[u8], at: usize) -> bool {
    let mut end = at;
    while end > 0 && (bytes[end - 1].is_ascii_digit() || matches!(bytes[end - 1], b':' | b'(' | b',')) {
        end -= 1;
    }
    let extension = bytes[..end].iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    (1..=5).contains(&extension) && end > extension && bytes[end - extension - 1] == b'.'
}

/// A number with its unit of time or size.
fn quantity(text: &str, at: usize, whole: usize) -> Option<(Part, usize)> {
    let bytes = text.as_bytes();
    let mut end = at + whole;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(&bytes[end + 1..]);
        end += if fraction > 0 { 1 + fraction } else { 0 };
    }
    let spaced = end + usize::from(bytes.get(end) == Some(&b' '));
    let unit = |units: &[&str], begin: usize| {
        units
            .iter()
            .find(|unit| text[begin..].starts_with(**unit) && ends(&bytes[begin..], unit.len()))
            .map(|unit| begin + unit.len() - at)
    };
    if let Some(length) = unit(DURATION_UNITS, spaced).or_else(|| unit(CLOSE_DURATION_UNITS, end)) {
        return Some((Part::Duration, length));
    }
    unit(SIZE_UNITS, spaced).map(|length| (Part::Size, length))
}

/// A text without terminal colours and other control sequences.
pub fn strip_ansi(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        rest = after_sequence(&rest[at + 1..]);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn after_sequence(rest: &str) -> &str {
    if let Some(parameters) = rest.strip_prefix('[') {
        let end = parameters.find(|c: char| ('@'..='~').contains(&c));
        return end.map_or("", |end| &parameters[end + 1..]);
    }
    if rest.starts_with(']') {
        return rest.find('\u{7}').map_or("", |end| &rest[end + 1..]);
    }
    let mut characters = rest.chars();
    characters.next();
    characters.as_str()
}

/// A line without the time the runner writes before each.
pub fn strip_runner_time(line: &str) -> &str {
    let is_stamped = line.len() > 20 && line.as_bytes()[10] == b'T' && pattern(line.as_bytes(), "dddd-dd-dd").is_some();
    let end = if is_stamped { line.find("Z ") } else { None };
    end.filter(|end| *end <= 32).map_or(line, |end| &line[end + 2..])
}

/// A text in which paths begin at the root of the repository rather than of the machine.
pub fn strip_workspace(text: &str) -> Cow<'_, str> {
    if !text.contains(['/', '\\']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((begin, end)) = workspace(rest) {
        out.push_str(&rest[..begin]);
        rest = &rest[end..];
    }
    if rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Where the first root of a workspace begins and ends.
fn workspace(text: &str) -> Option<(usize, usize)> {
    let unix = WORKSPACES.iter().filter_map(|(root, further)| {
        let found = text.find(root)?;
        Some((path_begin(text, found), after_directories(text, found + root.len(), *further)))
    });
    unix.chain(windows_workspace(text)).min()
}

/// `D:\a\repository\repository\`, with slashes of either kind.
fn windows_workspace(text: &str) -> Option<(usize, usize)> {
    let at = text.find(":\\a\\").or_else(|| text.find(":/a/"))?;
    let is_drive = at > 0 && text.as_bytes()[at - 1].is_ascii_uppercase();
    is_drive.then(|| (at - 1, after_directories(text, at + 4, 2)))
}

/// Where the path begins that goes on at `at`.
fn path_begin(text: &str, at: usize) -> usize {
    let is_outside = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | '[' | '<' | '=' | ',');
    text[..at].rfind(is_outside).map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8))
}

fn after_directories(text: &str, mut at: usize, count: usize) -> usize {
    for _ in 0..count {
        let is_end = |c: char| matches!(c, '/' | '\\' | ' ' | '"' | '\'' | ')' | '\n');
        match text[at..].find(is_end) {
            Some(end) if matches!(text.as_bytes()[at + end], b'/' | b'\\') => at += end + 1,
            Some(end) => return at + end,
            None => return text.len(),
        }
    }
    at
}

/// A path relative to the repository, with slashes.
pub fn normalise_path(path: &str) -> String {
    let path = path.trim().strip_prefix("file://").unwrap_or(path.trim());
    let mut slashed = strip_workspace(path).replace('\\', "/");
    while let Some(rest) = slashed.strip_prefix("./") {
        slashed = rest.to_owned();
    }
    slashed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        Masks::default().mask(text)
    }

    #[test]
    fn what_varies_is_masked() {
        for (text, expected) in [
            ("user 123e4567-e89b-12d3-a456-426614174000 is gone", "user <uuid> is gone"),
            ("at 2024-05-06T07:08:09.123Z it broke", "at <time> it broke"),
            ("at 2024-05-06 07:08:09,123 it broke", "at <time> it broke"),
            ("[07:08:09] started", "[<time>] started"),
            ("Timeout 5000ms exceeded", "Timeout <duration> exceeded"),
            ("took 1.5 seconds", "took <duration>"),
            ("after 30s", "after <duration>"),
            ("heap of 512 MB", "heap of <size>"),
            ("connect 127.0.0.1:54321", "connect <host>"),
            ("listening on localhost:54321", "listening on localhost:<port>"),
            ("commit 3f2a9c81d0 is gone", "commit <hash> is gone"),
            ("token eyJhbGciOiJIUzI1NiIsInR5cCI6 is bad", "token <token> is bad"),
            ("pid 4711 died", "pid <pid> died"),
            ("pointer 0x7ffd3c2a10 freed", "pointer <address> freed"),
            ("Widget@1b6d3586 is shut", "Widget@<address> is shut"),
            ("open /tmp/pytest-of-me/x1/f.txt: gone", "open <tmp>: gone"),
            (r"open C:\Users\me\AppData\Local\Temp\x1\f.txt failed", "open <tmp> failed"),
            ("login.spec.ts:12:5 failed", "login.spec.ts:<line>:<line2> failed"),
            ("Login.cs(12,5): error", "Login.cs(<line>,<line2>): error"),
            ("row 1716973200123 is gone", "row <number> is gone"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn codes_and_values_stay() {
        for text in [
            "error[E0308]: mismatched types",
            "TS2345: Argument of type 'A'",
            "HTTP 503 Service Unavailable",
            "exit code 3221225477",
            "errno 111",
            "killed by SIGSEGV, signal 11",
            "HRESULT 0x80004005",
            "status 0xC0000005",
            "expected 5 to be 7",
            "ORA-00942: table does not exist",
            "effaced facade",
            "testUserCanLogInWithValidPasswordTwice",
            "src/components/Button2/index",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn equal_parts_stay_equal() {
        assert_eq!(masked("0x7ffd3c2a10 != 0x7ffd3c2a20"), "<address> != <address2>");
        assert_eq!(masked("0x7ffd3c2a10 != 0x7ffd3c2a10"), "<address> != <address>");
    }

    #[test]
    fn names_are_masked_sparingly() {
        for (name, expected) in [
            ("test_add[1-2-3]", "test_add[1-2-3]"),
            ("handles 5000ms", "handles 5000ms"),
            ("port 8080", "port 8080"),
            ("parses 0x1F", "parses 0x1F"),
            ("renders <Foo object at 0x7f12ab34cd56>", "renders <Foo object at <address>>"),
            ("at 2024-05-06T07:08:09Z", "at <time>"),
            ("at 2020-02-20T00:00:00.000Z", "at 2020-02-20T00:00:00.000Z"),
            ("returns 0 for 00:00:01.5", "returns 0 for 00:00:01.5"),
            ("on 2024-05-06", "on 2024-05-06"),
            ("job 1716973200123", "job <time>"),
            ("job 1716973200000", "job 1716973200000"),
            ("id 123e4567-e89b-12d3-a456-426614174000", "id <uuid>"),
            ("reads /tmp/abc/d", "reads <tmp>"),
            ("worker pid=812", "worker pid=<pid>"),
            ("grüßt 3 Mal", "grüßt 3 Mal"),
        ] {
            assert_eq!(mask_name(name), expected);
        }
    }

    #[test]
    fn workspaces_are_stripped() {
        for (path, expected) in [
            ("/home/runner/work/shop/shop/src/a.ts", "src/a.ts"),
            (r"D:\a\shop\shop\src\a.ts", "src/a.ts"),
            ("D:/a/shop/shop/src/a.ts", "src/a.ts"),
            ("/__w/shop/shop/src/a.ts", "src/a.ts"),
            ("/github/workspace/src/a.ts", "src/a.ts"),
            ("/opt/agents/_work/shop/shop/src/a.ts", "src/a.ts"),
            (r"C:\agent\_work\shop\shop\src\a.ts", "src/a.ts"),
            ("file:///home/runner/work/shop/shop/src/a.ts", "src/a.ts"),
            ("././src/a.ts", "src/a.ts"),
            (r"src\a.ts", "src/a.ts"),
        ] {
            assert_eq!(normalise_path(path), expected);
        }
        assert_eq!(strip_workspace("in /home/runner/work/x/x/a.c and /home/runner/work/x/x/b.c"), "in a.c and b.c");
    }

    #[test]
    fn colours_and_times_of_the_runner_go() {
        assert_eq!(strip_ansi("\u{1b}[31;1mred\u{1b}[0m \u{1b}]0;title\u{7}x"), "red x");
        assert_eq!(strip_ansi("cut \u{1b}["), "cut ");
        assert_eq!(strip_runner_time("2024-05-06T07:08:09.1234567Z hello"), "hello");
        assert_eq!(strip_runner_time("hello"), "hello");
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it_and_the_answer_is_always_the_same(text in "\\PC{0,80}") {
            let once = masked(&text);
            proptest::prop_assert_eq!(masked(&text), once);
            let _ = (mask_name(&text), strip_ansi(&text), normalise_path(&text), strip_runner_time(&text));
        }
    }
}
