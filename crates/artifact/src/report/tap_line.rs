//! One line of TAP, and the texts of a YAML diagnostic. How lines belong together is left to `tap`.

use super::Status;
use super::lines::seconds_ms;

/// What a line is, its indentation left out.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Line<'a> {
    /// `TAP version 14`
    Version,
    /// `1..5`, and why there is none where it is `1..0`.
    Plan(u64, Option<&'a str>),
    /// `ok 1 - title`
    Point(Point),
    /// `# Subtest: title`
    Subtest(&'a str),
    /// Any other comment.
    Comment(&'a str),
    /// `---`, which opens a diagnostic.
    Yaml,
    /// `}`, which closes what a point with a brace opened.
    Close,
    /// `Bail out!` and why.
    BailOut(&'a str),
    /// Anything else.
    Other,
}

/// A test point.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Point {
    /// Whether it is `ok`.
    pub(super) is_ok: bool,
    /// Its number, where it has one.
    pub(super) number: Option<u64>,
    /// Its description without directives.
    pub(super) title: String,
    /// Whether it is skipped or to do.
    pub(super) is_excused: bool,
    /// Why.
    pub(super) reason: Option<String>,
    /// Duration of the `time=` directive.
    pub(super) duration_ms: Option<u64>,
    /// Whether it ends with a brace.
    pub(super) opens: bool,
}

impl Point {
    /// Its outcome. What is to do is not counted, whether it passes or not.
    pub(super) fn status(&self) -> Status {
        match (self.is_excused, self.is_ok) {
            (true, _) => Status::Skipped,
            (false, true) => Status::Passed,
            (false, false) => Status::Failed,
        }
    }
}

/// Reads a line without indentation and white space at its end.
pub(super) fn parse(text: &str) -> Line<'_> {
    if let Some(comment) = text.strip_prefix('#') {
        let comment = comment.trim();
        return comment.strip_prefix("Subtest: ").map_or(Line::Comment(comment), Line::Subtest);
    }
    match text {
        "---" => return Line::Yaml,
        "}" => return Line::Close,
        "TAP version 12" | "TAP version 13" | "TAP version 14" => return Line::Version,
        _ => {}
    }
    if let Some(reason) = text.strip_prefix("Bail out!") {
        return Line::BailOut(reason.trim());
    }
    plan(text).or_else(|| point(text).map(Line::Point)).unwrap_or(Line::Other)
}

fn plan(text: &str) -> Option<Line<'_>> {
    let rest = text.strip_prefix("1..")?;
    let (count, reason) = rest.split_once('#').unwrap_or((rest, ""));
    Some(Line::Plan(count.trim().parse().ok()?, Some(reason.trim()).filter(|reason| !reason.is_empty())))
}

/// A point has a number, or a dash before its title: a lone "ok" may be anything.
fn point(text: &str) -> Option<Point> {
    let (is_ok, rest) = match text.strip_prefix("not ok") {
        Some(rest) => (false, rest),
        None => (true, text.strip_prefix("ok")?),
    };
    let rest = rest.strip_prefix(' ')?.trim_start();
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number = rest[..digits].parse().ok();
    let title = rest[digits..].trim_start();
    let has_dash = title == "-" || title.starts_with("- ");
    let follows_number = digits < rest.len() && !rest[digits..].starts_with(' ');
    if number.is_none() && !has_dash || number.is_some() && follows_number {
        return None;
    }
    let title = if has_dash { title[1..].trim_start() } else { title };
    let (title, opens) = match title.strip_suffix('{') {
        Some(title) if title.is_empty() || title.ends_with(' ') => (title.trim_end(), true),
        _ => (title, false),
    };
    let mut point = Point { is_ok, number, opens, ..Point::default() };
    point.take_directives(title);
    Some(point)
}

impl Point {
    /// Takes directives off the end of the description, from behind the first one.
    fn take_directives(&mut self, title: &str) {
        if !title.contains(['#', '\\']) {
            self.title = title.trim().to_owned();
            return;
        }
        let mut parts = title.split(" # ");
        let first = parts.next().unwrap_or_default();
        // A description may be nothing but a directive.
        let first = match first.strip_prefix("# ") {
            Some(directive) if self.take_directive(directive) => "",
            _ => first,
        };
        let mut kept = first.to_owned();
        for part in parts {
            if !self.take_directive(part) {
                kept.push_str(" # ");
                kept.push_str(part);
            }
        }
        self.title = kept.trim().replace("\\#", "#").replace("\\\\", "\\");
    }

    fn take_directive(&mut self, text: &str) -> bool {
        let text = text.trim();
        if let Some(time) = text.strip_prefix("time=") {
            let ms = time.strip_suffix("ms").and_then(|ms| ms.parse::<f64>().ok());
            self.duration_ms = ms.map_or_else(|| seconds_ms(time.trim_end_matches('s')), super::json::duration_ms);
            return true;
        }
        let is_word = |word: &str| text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(word));
        if !is_word("skip") && !is_word("todo") {
            return false;
        }
        let reason = text[4..].trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim_start_matches(':').trim();
        self.is_excused = true;
        self.reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
        true
    }
}

/// The text of the first key of this name in a YAML diagnostic, at whatever depth. Only texts are read: plain,
/// quoted, and in blocks.
pub(super) fn yaml_text(yaml: &str, key: &str) -> Option<String> {
    let mut lines = yaml.lines();
    let (indent, value) = lines.by_ref().find_map(|line| {
        let text = line.trim_start();
        let value = text.strip_prefix(key)?.strip_prefix(':')?;
        let is_key = value.is_empty() || value.starts_with(' ');
        is_key.then(|| (line.len() - text.len(), value.trim()))
    })?;
    let text = match value.chars().next()? {
        '|' | '>' => block(lines, indent),
        '\'' => value.trim_matches('\'').replace("''", "'"),
        '"' => unquoted(value),
        _ => value.to_owned(),
    };
    Some(text).filter(|text| !text.is_empty() && text != "~" && text != "null")
}

/// The lines that stand further right than the key, their own indentation left out.
fn block<'a>(lines: impl Iterator<Item = &'a str>, indent: usize) -> String {
    let is_inside = |line: &&str| line.trim().is_empty() || line.len() - line.trim_start().len() > indent;
    let lines: Vec<&str> = lines.take_while(is_inside).collect();
    let own =
        lines.iter().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len()).min();
    let own = own.unwrap_or(0);
    let text: Vec<&str> = lines.iter().map(|line| line.get(own..).unwrap_or_default()).collect();
    text.join("\n").trim_end().to_owned()
}

fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('"').unwrap_or(value);
    let mut text = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn point_of(text: &str) -> Point {
        match parse(text) {
            Line::Point(point) => point,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn points_are_read_with_their_directives() {
        let point = point_of("not ok 7 - adds # up # TODO later");
        assert_eq!((point.title.as_str(), point.number, point.status()), ("adds # up", Some(7), Status::Skipped));
        assert_eq!(point.reason.as_deref(), Some("later"));
        let point = point_of("ok 1 - a.test.ts # SKIP # time=12.50ms {");
        assert_eq!((point.title.as_str(), point.duration_ms, point.opens), ("a.test.ts", Some(13), true));
        assert_eq!(point_of("ok 3 # skipped: no network").reason.as_deref(), Some("no network"));
        assert_eq!(point_of(r"ok 4 - a \# b").title, "a # b");
        assert_eq!(point_of("ok - no number").number, None);
    }

    #[test]
    fn words_that_begin_alike_are_no_points() {
        for text in ["ok", "okay 1", "ok then", "not ok at all", "ok 3rd"] {
            assert_eq!(parse(text), Line::Other, "{text}");
        }
    }

    #[test]
    fn texts_of_diagnostics_are_read() {
        let yaml = "duration_ms: 1.5\nerror: |-\n  no\n    money\n\nname: 'It''s'\nat: \"a\\\"b\"\nempty: ~\n";
        assert_eq!(yaml_text(yaml, "error").as_deref(), Some("no\n  money"));
        assert_eq!(yaml_text(yaml, "name").as_deref(), Some("It's"));
        assert_eq!(yaml_text(yaml, "at").as_deref(), Some("a\"b"));
        assert_eq!(yaml_text(yaml, "duration_ms").as_deref(), Some("1.5"));
        assert_eq!((yaml_text(yaml, "empty"), yaml_text(yaml, "stack")), (None, None));
    }
}
