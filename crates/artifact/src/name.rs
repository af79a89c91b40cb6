//! Entry names: how raw bytes are shown, and which names would be dangerous if anyone used them as a path.

/// The upper half of code page 437, which zip uses for names without the UTF-8 flag.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// The name to show: UTF-8 where the bytes are that, else code page 437, or lossy UTF-8 where UTF-8 was promised.
/// The second value says whether the bytes were valid UTF-8.
pub(crate) fn decode(raw: &[u8], utf8_flag: bool) -> (String, bool) {
    match std::str::from_utf8(raw) {
        Ok(name) => (name.to_owned(), true),
        Err(_) if utf8_flag => (String::from_utf8_lossy(raw).into_owned(), false),
        Err(_) => (cp437(raw), false),
    }
}

fn cp437(raw: &[u8]) -> String {
    let upper: Vec<char> = CP437.chars().collect();
    raw.iter()
        .map(|&byte| {
            if byte < 0x80 { byte as char } else { upper.get(usize::from(byte) - 0x80).copied().unwrap_or('\u{fffd}') }
        })
        .collect()
}

/// Whether the name is empty, could leave a directory, or holds characters that change how the text around it reads.
pub(crate) fn is_unsafe(name: &str) -> bool {
    let bytes = name.as_bytes();
    let has_drive = bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':';
    name.is_empty()
        || name.starts_with('/')
        || has_drive
        || name.chars().any(|c| c == '\\' || c.is_control() || is_invisible(c))
        || name.split('/').any(|part| part == "..")
}

/// Bidirectional controls, line separators and the zero-width characters that make two names look the same.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_page_is_complete() {
        assert_eq!(CP437.chars().count(), 128);
        assert_eq!(cp437(&[b'a', 0x80, 0x81, 0xe1, 0xff]), "aÇüß\u{a0}");
    }

    #[test]
    fn names_are_shown_as_utf8_where_they_are_that() {
        assert_eq!(decode("é.txt".as_bytes(), false), ("é.txt".into(), true));
        assert_eq!(decode(b"\x82.txt", false), ("é.txt".into(), false));
        assert_eq!(decode(b"\x82.txt", true), ("\u{fffd}.txt".into(), false));
    }

    #[test]
    fn dangerous_names_are_recognised() {
        let dangerous = [
            "",
            "../x",
            "a/../../x",
            "..",
            "..\\x",
            "/etc/passwd",
            "\\x",
            "C:\\x",
            "c:x",
            "a\0b",
            "a\nb",
            "a\u{1b}[31m",
            "a\u{202e}gpj.exe",
            "a\u{85}b",
        ];
        for name in dangerous {
            assert!(is_unsafe(name), "{name:?}");
        }
    }

    #[test]
    fn ordinary_names_are_not_flagged() {
        let ordinary = [
            "a",
            "a/b.txt",
            "./a",
            "..a",
            "a..",
            "a/...",
            "<img onerror=x>",
            "CON",
            "a.",
            "é",
            "e\u{301}",
            "日本語/ファイル",
            "a b",
            "1:2",
        ];
        for name in ordinary {
            assert!(!is_unsafe(name), "{name:?}");
        }
    }
}
