//! The file name in `Content-Disposition` (RFC 6266): `filename*` first, then `filename`.
//! The name is hostile text: it is shown, never used as a path.

use percent_encoding::percent_decode_str;

/// The file name, if the header has a usable one.
pub(super) fn file_name(header: &str) -> Option<String> {
    let parameters = parameters(header);
    let value = |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let extended = value("filename*").and_then(extended_value);
    let name = extended.or_else(|| value("filename").map(str::to_owned))?;
    Some(name).filter(|name| !name.is_empty())
}

/// `charset'language'percent-encoded`. Charsets other than UTF-8 and Latin-1 are left to `filename`.
fn extended_value(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes: Vec<u8> = percent_decode_str(encoded).collect();
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => String::from_utf8(bytes).ok(),
        "iso-8859-1" => Some(bytes.into_iter().map(char::from).collect()),
        _ => None,
    }
}

/// Splits into lower-case names and unquoted values.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut characters = header.chars().peekable();
    loop {
        let name: String = std::iter::from_fn(|| characters.next_if(|c| *c != '=' && *c != ';')).collect();
        let mut value = String::new();
        if characters.next_if_eq(&'=').is_some() {
            while characters.next_if(|c| c.is_whitespace()).is_some() {}
            if characters.next_if_eq(&'"').is_some() {
                while let Some(character) = characters.next() {
                    match character {
                        '"' => break,
                        '\\' => value.extend(characters.next()),
                        other => value.push(other),
                    }
                }
            }
            let rest: String = std::iter::from_fn(|| characters.next_if(|c| *c != ';')).collect();
            value.push_str(rest.trim_end());
            found.push((name.trim().to_ascii_lowercase(), value));
        }
        if characters.next().is_none() {
            return found;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_are_read_extended_form_first() {
        for (header, expected) in [
            (r#"attachment; filename="artifact2.zip""#, Some("artifact2.zip")),
            (r#"attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve%20file.txt"#, Some("naïve file.txt")),
            (r#"attachment; filename*=utf-8'en'a%27b.txt; filename=x"#, Some("a'b.txt")),
            (r#"attachment; filename*=iso-8859-1''caf%E9.txt"#, Some("café.txt")),
            (r#"attachment; filename*=utf-8''%FF; filename=fallback.txt"#, Some("fallback.txt")),
            (r#"attachment; filename="a \"quoted\"; b=c.txt"; size=3"#, Some(r#"a "quoted"; b=c.txt"#)),
            ("attachment; FileName = plain.txt ;x=y", Some("plain.txt")),
            (r#"attachment; filename="../../etc/passwd""#, Some("../../etc/passwd")),
            ("attachment", None),
            (r#"attachment; filename="""#, None),
            ("", None),
            (r#"attachment; filename="open"#, Some("open")),
        ] {
            assert_eq!(file_name(header).as_deref(), expected, "{header}");
        }
    }
}
