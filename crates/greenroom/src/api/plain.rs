//! Artifact text for terminals and chats. It is hostile: nothing of it may move a cursor, hide or reorder text, end a
//! code block, or call for somebody's attention.

use std::borrow::Cow;

/// Whether a character cannot be seen, or changes how others are shown: controls, and the marks that reorder, join
/// or hide text.
pub(super) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The first line that says something, without escape sequences and invisible characters, cut after `most` characters.
pub(super) fn line(text: &str, most: usize) -> String {
    let text = without_sequences(text);
    let said = text.lines().map(str::trim).find(|line| line.chars().any(|character| !is_invisible(character)));
    let mut line = String::new();
    let mut count = 0;
    for character in said.unwrap_or_default().chars() {
        let shown = if character == '\t' { ' ' } else { character };
        if is_invisible(shown) {
            continue;
        }
        if count == most {
            line.push('…');
            break;
        }
        line.push(shown);
        count += 1;
    }
    line
}

/// The text without sequences for terminals: CSI, OSC and the like, in both their spellings.
fn without_sequences(text: &str) -> Cow<'_, str> {
    if !text.contains(['\u{1b}', '\u{9b}', '\u{9d}', '\u{90}', '\u{98}', '\u{9e}', '\u{9f}']) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let kind = match character {
            '\u{1b}' => rest.next(),
            '\u{9b}' => Some('['),
            '\u{9d}' | '\u{90}' | '\u{98}' | '\u{9e}' | '\u{9f}' => Some(']'),
            _ => {
                kept.push(character);
                continue;
            }
        };
        match kind {
            Some('[') => while rest.next_if(|next| !matches!(next, '\u{40}'..='\u{7e}' | '\n')).is_some() {},
            Some(']' | 'P' | 'X' | '^' | '_') => {
                while rest.next_if(|next| !matches!(next, '\u{7}' | '\u{9c}' | '\u{1b}' | '\n')).is_some() {}
            }
            Some('\n') => kept.push('\n'),
            _ => {}
        }
        if kind == Some('[') {
            rest.next_if(|next| *next != '\n');
        }
    }
    Cow::Owned(kept)
}

/// A line as a code span of Markdown: nothing in it is markup, and nobody is mentioned. Backticks become apostrophes,
/// because no two readers of Markdown agree on how to end a span with backticks in it.
pub(super) fn code(line: &str) -> String {
    let inside = line.replace('`', "'").replace('@', "@\u{200b}");
    let inside = inside.trim();
    if inside.is_empty() { String::new() } else { format!("`{inside}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_a_terminals_cursor() {
        for (text, expected) in [
            ("plain", "plain"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}]8;;http://evil.example\u{7}link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{9b}2Jgone", "gone"),
            ("\u{1b}Phidden\u{9c}shown", "shown"),
            ("a\rb\u{8}c", "abc"),
            ("\u{202e}txt\u{2066}", "txt"),
            ("\n  \u{1b}[1m\n  second\nthird", "second"),
            ("tab\there", "tab here"),
            ("\u{1b}", ""),
            ("\u{1b}[", ""),
            ("", ""),
        ] {
            assert_eq!(line(text, 100), expected, "{text:?}");
        }
    }

    #[test]
    fn a_long_line_is_cut_and_says_so() {
        assert_eq!(line("abcdef", 3), "abc…");
        assert_eq!(line("abc", 3), "abc");
    }

    #[test]
    fn no_text_ends_its_span_or_mentions_anybody() {
        for text in ["`` ` ```\n", "@everyone", "a@b.example", "``", " ` @team/a ` "] {
            let span = code(&line(text, 100));
            let inside = span.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).unwrap_or("");
            assert!(!inside.contains('`') && !inside.contains('\n'), "{span}");
            assert!(!inside.contains("@e") && !inside.contains("@b") && !inside.contains("@t"), "{span}");
        }
        assert_eq!(code(""), "");
    }
}
