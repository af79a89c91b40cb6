//! The `Link` header, by which GitHub pages (RFC 8288, as far as it is used there).

use reqwest::Url;

/// The URL with relation `next`; `None` at the end.
pub(super) fn next(header: &str) -> Option<String> {
    let mut rest = header;
    while let Some(start) = rest.find('<') {
        let after = rest.get(start + 1..)?;
        let end = after.find('>')?;
        let url = after.get(..end)?;
        rest = after.get(end + 1..)?;
        let parameters = rest.get(..end_of_parameters(rest))?;
        if parameters.split(';').any(is_next) {
            return Some(url.to_owned());
        }
        rest = rest.get(parameters.len()..)?;
    }
    None
}

/// Which page an address of a list is, from 1.
pub(super) fn page_number(url: &Url) -> u64 {
    let number = url.query_pairs().find_map(|(name, value)| if name == "page" { value.parse().ok() } else { None });
    number.unwrap_or(1)
}

/// Where the next link begins: a comma outside of quotes.
fn end_of_parameters(text: &str) -> usize {
    let mut quoted = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    name.trim().eq_ignore_ascii_case("rel")
        && value.trim().trim_matches('"').split_ascii_whitespace().any(|relation| relation.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn the_next_page_is_found_wherever_it_stands() {
        for (header, expected) in [
            (
                r#"<https://a.test/r?page=2>; rel="next", <https://a.test/r?page=9>; rel="last""#,
                Some("https://a.test/r?page=2"),
            ),
            (
                r#"<https://a.test/r?page=1>; rel="prev", <https://a.test/r?q=a,b&page=3>; rel="next""#,
                Some("https://a.test/r?q=a,b&page=3"),
            ),
            (r#"<https://a.test/?page=2>;title="a, b; c"; REL=next"#, Some("https://a.test/?page=2")),
            (r#"<https://a.test/?page=2>; rel="last next""#, Some("https://a.test/?page=2")),
            (r#"<https://a.test/?page=1>; rel="first", <https://a.test/?page=1>; rel="prev""#, None),
            (r#"<https://a.test/?page=2>; rel="nextish""#, None),
            ("", None),
            ("<https://a.test/?page=2", None),
            ("nonsense", None),
        ] {
            assert_eq!(next(header).as_deref(), expected, "{header}");
        }
    }
}
