//! Error texts in which type, message and stack trace are one, as JavaScript engines write them, taken apart.

use super::Detail;

/// Takes a text apart. Where it holds a stack trace, the whole of it is kept as the stack.
pub(super) fn detail(text: String) -> Detail {
    let kind = kind(&text).map(str::to_owned);
    match trace_begin(&text) {
        Some(at) => Detail { kind, message: text[..at].trim_end().to_owned(), stack: Some(text) },
        None => Detail { kind, message: text, stack: None },
    }
}

/// A detail of separate parts, each of which may be absent. Nothing where nothing is known.
pub(super) fn of_parts(kind: Option<String>, message: Option<String>, stack: Option<String>) -> Option<Detail> {
    let present = |text: &String| !text.trim().is_empty();
    let (message, stack) = (message.filter(present), stack.filter(present));
    let mut detail = match (message, stack) {
        (Some(message), stack) => Detail { kind: self::kind(&message).map(str::to_owned), message, stack },
        (None, Some(stack)) => detail(stack),
        (None, None) => return kind.map(|kind| Detail { kind: Some(kind), ..Detail::default() }),
    };
    if kind.is_some() {
        detail.kind = kind;
    } else if detail.kind.is_none() {
        detail.kind = detail.stack.as_deref().and_then(self::kind).map(str::to_owned);
    }
    Some(detail)
}

/// Several texts about one failure: the first is the message, the others stand in the stack behind it.
pub(super) fn of_texts(texts: Vec<String>) -> Option<Detail> {
    let mut texts = texts.into_iter().filter(|text| !text.trim().is_empty());
    let mut detail = detail(texts.next()?);
    for more in texts {
        let stack = detail.stack.get_or_insert_with(|| detail.message.clone());
        stack.push_str("\n\n");
        stack.push_str(&more);
    }
    Some(detail)
}

/// Where the frames of a stack trace begin.
fn trace_begin(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let frame = line.trim_start();
        if at > 0 && frame.len() < line.len() && frame.starts_with("at ") {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// The type an error text begins with: `TypeError: …`, `AssertionError [ERR_ASSERTION]: …`.
fn kind(text: &str) -> Option<&str> {
    let line = text.lines().next()?;
    let word = line.split([':', ' ']).next()?;
    let is_name = word.len() <= 100
        && word.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '$'))
        && ["Error", "Exception", "Failure", "Timeout"].iter().any(|end| word.ends_with(end));
    let rest = &line[word.len()..];
    let is_marked = rest.is_empty() || rest.starts_with(':') || rest.starts_with(" [");
    (is_name && is_marked).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_message_and_frames_are_told_apart() {
        let text = "TypeError: x is no function\nin a row\n    at f (a.js:1:2)\n    at g (b.js:3:4)";
        let detail = detail(text.into());
        assert_eq!(detail.kind.as_deref(), Some("TypeError"));
        assert_eq!(detail.message, "TypeError: x is no function\nin a row");
        assert_eq!(detail.stack.as_deref(), Some(text));
    }

    #[test]
    fn a_sentence_has_no_type() {
        assert_eq!(detail("Error handling is missing".into()).kind, None);
        assert_eq!(detail("AssertionError [ERR_ASSERTION]: no".into()).kind.as_deref(), Some("AssertionError"));
        assert_eq!(detail(String::new()), Detail::default());
    }

    #[test]
    fn parts_and_several_texts_come_together() {
        assert_eq!(of_parts(None, Some(" ".into()), None), None);
        let detail = of_parts(None, Some("no".into()), Some("RangeError: no\n    at x".into())).unwrap();
        assert_eq!((detail.kind.as_deref(), detail.message.as_str()), (Some("RangeError"), "no"));
        let detail = of_texts(vec!["one".into(), "two".into()]).unwrap();
        assert_eq!((detail.message.as_str(), detail.stack.as_deref()), ("one", Some("one\n\ntwo")));
    }
}
