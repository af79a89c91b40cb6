//! Reading Rust source just closely enough: what is code and what is comment, text or test.

use crate::Violation;

/// Longest file, in lines.
const MOST_LINES: usize = 900;

/// The same text with comments and literals blanked out, line for line and column for column.
pub fn code_only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = end_of_non_code(bytes, at);
        for blank in &mut out[at..end] {
            if *blank != b'\n' {
                *blank = b' ';
            }
        }
        at = end.max(at + 1);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Where the comment or literal that begins here ends; `at` itself when none begins here.
fn end_of_non_code(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let in_a_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    if rest.starts_with(b"//") {
        return at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }
    if rest.starts_with(b"/*") {
        return end_of_block_comment(bytes, at);
    }
    if rest[0] == b'"' {
        return end_of_text(bytes, at + 1);
    }
    if rest[0] == b'\'' {
        return end_of_character(bytes, at);
    }
    let raw = rest.iter().take_while(|byte| matches!(byte, b'b' | b'c' | b'r')).count();
    if !in_a_word && (1..=2).contains(&raw) && rest[raw - 1] == b'r' {
        let hashes = rest[raw..].iter().take_while(|byte| **byte == b'#').count();
        if rest.get(raw + hashes) == Some(&b'"') {
            let close = format!("\"{}", "#".repeat(hashes));
            let begin = raw + hashes + 1;
            let length = rest[begin..].windows(close.len()).position(|window| window == close.as_bytes());
            return at + length.map_or(rest.len(), |length| begin + length + close.len());
        }
    }
    at
}

fn end_of_block_comment(bytes: &[u8], at: usize) -> usize {
    let mut depth = 0;
    let mut here = at;
    while here < bytes.len() {
        if bytes[here..].starts_with(b"/*") {
            depth += 1;
            here += 2;
        } else if bytes[here..].starts_with(b"*/") {
            depth -= 1;
            here += 2;
            if depth == 0 {
                return here;
            }
        } else {
            here += 1;
        }
    }
    here
}

fn end_of_text(bytes: &[u8], begin: usize) -> usize {
    let mut here = begin;
    while here < bytes.len() && bytes[here] != b'"' {
        here += if bytes[here] == b'\\' { 2 } else { 1 };
    }
    (here + 1).min(bytes.len())
}

/// A character literal, as opposed to a lifetime.
fn end_of_character(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at + 1) == Some(&b'\\') {
        return bytes[at + 3..].iter().position(|byte| *byte == b'\'').map_or(at, |length| at + 3 + length + 1);
    }
    let text = &bytes[at + 1..bytes.len().min(at + 6)];
    let width = text.first().map_or(1, |first| if *first < 0x80 { 1 } else { (first.leading_ones() as usize).max(1) });
    if text.get(width) == Some(&b'\'') { at + 1 + width + 1 } else { at }
}

/// The code of a file outside its `#[cfg(test)]` items.
pub fn code_outside_tests(text: &str) -> String {
    let mut code = code_only(text).into_bytes();
    let marker = b"#[cfg(test)]";
    while let Some(begin) = code.windows(marker.len()).position(|window| window == marker) {
        let end = end_of_item(&code, begin + marker.len());
        for blank in &mut code[begin..end] {
            if *blank != b'\n' {
                *blank = b' ';
            }
        }
    }
    String::from_utf8_lossy(&code).into_owned()
}

/// Where an item ends: at its semicolon, or with its outermost braces.
fn end_of_item(code: &[u8], begin: usize) -> usize {
    let mut depth = 0_i32;
    for (at, byte) in code.iter().enumerate().skip(begin) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            b';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// Line of a position, from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Whether the file is a test itself.
pub fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.contains("/benches/") || path.contains("/examples/")
}

/// Paths of the files that a file declares as modules for tests only.
pub fn test_only_modules(path: &str, text: &str) -> Vec<String> {
    let code = code_only(text);
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = match name {
        "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
        name => format!("{folder}/{}", name.trim_end_matches(".rs")),
    };
    code.split("#[cfg(test)]")
        .skip(1)
        .filter_map(|rest| rest.trim_start().strip_prefix("mod ")?.split_once([';', '{']))
        .filter(|(name, _)| !name.contains(char::is_whitespace))
        .map(|(name, _)| format!("{folder}/{}.rs", name.trim()))
        .collect()
}

/// A file has to open with `//!`.
pub fn missing_opening(path: &str, text: &str) -> Vec<Violation> {
    let opens = text.strip_prefix("//! ").is_some_and(|rest| !rest.trim_start().is_empty());
    if opens { vec![] } else { vec![violation(path, 1, "does not open by saying what it is for (`//! …`)".into())] }
}

/// A file may have 900 lines.
pub fn overlong(path: &str, text: &str) -> Vec<Violation> {
    let lines = text.lines().count();
    if lines <= MOST_LINES {
        vec![]
    } else {
        vec![violation(path, MOST_LINES + 1, format!("{lines} lines; at most {MOST_LINES} are allowed"))]
    }
}

/// Product code unwraps nothing.
pub fn unwraps(path: &str, text: &str) -> Vec<Violation> {
    occurrences(path, text, &[".unwrap()"], "unwraps outside tests")
}

/// Only `clock.rs` asks the machine what time it is. How old a file is counts as no decision.
pub fn clock_readings(path: &str, text: &str) -> Vec<Violation> {
    if path.ends_with("src/clock.rs") || path.ends_with("src/blobs/mod.rs") {
        return vec![];
    }
    occurrences(
        path,
        text,
        &["SystemTime::now", "Timestamp::now", "Zoned::now"],
        "asks the machine for the time; `clock.rs` is the only source of it",
    )
}

fn occurrences(path: &str, text: &str, words: &[&str], rule: &str) -> Vec<Violation> {
    let code = code_outside_tests(text);
    words
        .iter()
        .flat_map(|word| code.match_indices(word))
        .map(|(at, _)| violation(path, line_of(&code, at), rule.into()))
        .collect()
}

/// A violation, for short.
pub fn violation(path: &str, line: usize, rule: String) -> Violation {
    Violation { path: path.into(), line, rule }
}

#[test]
fn comments_and_literals_are_not_code() {
    let text = "a /* b /* c */ d */ e // f\n\"g \\\" h\" 'i' '\\'' '\\u{1f600}' 'é' &'k r#\"l \" m\"# br\"n\" for_r\n";
    let code = code_only(text);
    assert_eq!(code.lines().count(), 2);
    assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a", "e", "&'k", "for_r"]);
}

#[test]
fn tests_are_not_product_code() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() { x.unwrap() }\n}\n#[cfg(test)]\nmod more;\nfn c() {}\n";
    let code = code_outside_tests(text);
    assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["fn", "a()", "{}", "fn", "c()", "{}"]);
    assert_eq!(code.lines().count(), text.lines().count());
}

#[test]
fn a_planted_unwrap_is_found_and_one_in_a_test_or_comment_is_not() {
    let text = "//! x\nfn a() {\n    b.unwrap();\n    // c.unwrap()\n    \"d.unwrap()\";\n}\n#[cfg(test)]\nmod tests { fn e() { f.unwrap(); } }\n";
    assert_eq!(unwraps("src/a.rs", text), [violation("src/a.rs", 3, "unwraps outside tests".into())]);
    assert!(is_test("crates/a/tests/a.rs") && !is_test("crates/a/src/a.rs"));
}

#[test]
fn modules_for_tests_only_are_known() {
    let text = "#[cfg(test)]\nmod corpus;\nmod call;\n#[cfg(test)]\nmod tests {\n}\n";
    assert_eq!(test_only_modules("src/forge/mod.rs", text), ["src/forge/corpus.rs"]);
    assert_eq!(test_only_modules("src/forge.rs", text), ["src/forge/corpus.rs"]);
}

#[test]
fn a_planted_clock_reading_is_found() {
    let text = "//! x\nuse std::time::SystemTime;\nfn a() { SystemTime::now(); }\n";
    assert_eq!(clock_readings("src/sync/mod.rs", text).len(), 1);
    assert_eq!(clock_readings("src/sync/mod.rs", text)[0].line, 3);
    assert_eq!(clock_readings("src/clock.rs", text), []);
}

#[test]
fn a_planted_file_without_opening_or_too_long_is_found() {
    assert_eq!(missing_opening("a.rs", "use b;\n").len(), 1);
    assert_eq!(missing_opening("a.rs", "//!\nuse b;\n").len(), 1);
    assert_eq!(missing_opening("a.rs", "//! What it is for.\n").len(), 0);
    assert_eq!(overlong("a.rs", &"x\n".repeat(901))[0].line, 901);
    assert_eq!(overlong("a.rs", &"x\n".repeat(900)), []);
}
