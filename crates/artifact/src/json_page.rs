//! Children of a value in a JSON document, some at a time, in memory that does not grow with the document: for
//! documents that are too large to be read whole where they are shown.
//!
//! The document is read from its beginning up to the end of the value asked for, and no further. What is wrong behind
//! it is therefore not told.

use crate::report::json_tidy::Tidy;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{BufReader, Read};

/// Steps of a pointer; the parser gives up at 128 levels anyway.
const MOST_STEPS: usize = 120;
/// Bytes kept of a string, of a key, and of what stands for a value among others.
const STRING_BYTES: usize = 2_000;
const KEY_BYTES: usize = 500;
const PREVIEW_BYTES: usize = 120;
/// What the error that ends an early stop says; it is never shown.
const FOUND: &str = "found";

/// Kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum JsonKind {
    /// Members with names.
    Object,
    /// Elements.
    Array,
    /// Text.
    String,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// Nothing.
    Null,
}

/// A value, and some of its children.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct JsonPage {
    /// What the value is.
    pub value: JsonValue,
    /// Its children, from the offset on.
    pub children: Vec<JsonChild>,
}

/// A value in brief.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct JsonValue {
    /// What it is.
    pub kind: JsonKind,
    /// Number of members or elements.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub count: Option<u64>,
    /// A scalar as JSON would write it, strings without quotes; of objects and arrays, how they begin.
    pub text: String,
    /// Whether the text is not all of it.
    pub cut: bool,
}

/// A child of a value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct JsonChild {
    /// Name of the member; absent in arrays.
    pub key: Option<String>,
    /// Position among its siblings, from 0.
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub index: u64,
    /// The value.
    #[serde(flatten)]
    pub value: JsonValue,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
pub enum NoPage {
    /// The pointer is not one, or has too many steps.
    #[error("the pointer is not a JSON Pointer (RFC 6901) of at most {MOST_STEPS} steps")]
    Pointer,
    /// The document has no such value.
    #[error("the document has no value at this pointer")]
    Missing,
    /// The document is no JSON up to there.
    #[error("the file is not valid JSON: {0}")]
    Malformed(String),
    /// The document could not be read.
    #[error("the file could not be read: {0}")]
    Unreadable(String),
}

/// The value at `pointer` and up to `limit` of its children from the one at `offset` on.
pub fn page(document: impl Read, pointer: &str, offset: u64, limit: usize) -> Result<JsonPage, NoPage> {
    let steps = steps(pointer)?;
    let tidy = BufReader::with_capacity(64 << 10, Tidy::document(BufReader::with_capacity(64 << 10, document)));
    let mut deserializer = serde_json::Deserializer::from_reader(tidy);
    let mut found = None;
    let wanted = Wanted { offset, limit };
    match (Find { steps: &steps, wanted, found: &mut found }).deserialize(&mut deserializer) {
        Ok(()) => found.ok_or(NoPage::Missing),
        // Once the value is found the rest is not read, which to the parser is an error.
        Err(error) => found.ok_or_else(|| match error.classify() {
            serde_json::error::Category::Io => NoPage::Unreadable(error.to_string()),
            _ => NoPage::Malformed(error.to_string()),
        }),
    }
}

fn steps(pointer: &str) -> Result<Vec<String>, NoPage> {
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let steps = pointer.strip_prefix('/').ok_or(NoPage::Pointer)?.split('/');
    let steps: Vec<String> = steps.map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    if steps.len() > MOST_STEPS { Err(NoPage::Pointer) } else { Ok(steps) }
}

#[derive(Clone, Copy)]
struct Wanted {
    offset: u64,
    limit: usize,
}

/// Goes along the steps, and lists the children of what is there.
struct Find<'a> {
    steps: &'a [String],
    wanted: Wanted,
    found: &'a mut Option<JsonPage>,
}

impl<'de> DeserializeSeed<'de> for Find<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.steps {
            [] => {
                *self.found = Some(List(self.wanted).deserialize(deserializer)?);
                Err(D::Error::custom(FOUND))
            }
            _ => deserializer.deserialize_any(self),
        }
    }
}

/// A step that leads nowhere is passed over, so that `page` finds nothing.
macro_rules! nowhere {
    ($($visit:ident($type:ty)),*) => { $(fn $visit<E>(self, _: $type) -> Result<(), E> { Ok(()) })* };
}

impl<'de> Visitor<'de> for Find<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    nowhere!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let index = self.steps[0].parse::<u64>().ok().filter(|index| index.to_string() == self.steps[0]);
        let Find { steps, wanted, found } = self;
        for at in 0.. {
            let is_here = index == Some(at);
            let next = match is_here {
                true => seq.next_element_seed(Find { steps: &steps[1..], wanted, found: &mut *found })?,
                false => seq.next_element::<IgnoredAny>()?.map(|_| ()),
            };
            if next.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Find { steps, wanted, found } = self;
        while let Some(key) = map.next_key::<String>()? {
            match key == steps[0] {
                true => map.next_value_seed(Find { steps: &steps[1..], wanted, found: &mut *found })?,
                false => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// A value with its children.
struct List(Wanted);

impl<'de> DeserializeSeed<'de> for List {
    type Value = JsonPage;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<JsonPage, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl List {
    fn wants(&self, at: u64) -> bool {
        at >= self.0.offset && at - self.0.offset < self.0.limit as u64
    }
}

fn alone<E>(value: Result<JsonValue, E>) -> Result<JsonPage, E> {
    value.map(|value| JsonPage { value, children: Vec::new() })
}

impl<'de> Visitor<'de> for List {
    type Value = JsonPage;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<JsonPage, E> {
        alone(Brief.visit_bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<JsonPage, E> {
        alone(Brief.visit_i64(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<JsonPage, E> {
        alone(Brief.visit_u64(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<JsonPage, E> {
        alone(Brief.visit_f64(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<JsonPage, E> {
        // A value that was asked for alone is shown at length.
        Ok(JsonPage { value: scalar(JsonKind::String, value, 256 << 10), children: Vec::new() })
    }

    fn visit_unit<E: Error>(self) -> Result<JsonPage, E> {
        alone(Brief.visit_unit())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<JsonPage, A::Error> {
        let mut children = Vec::new();
        let mut count = 0;
        loop {
            if self.wants(count) {
                let Some(value) = seq.next_element_seed(Brief)? else { break };
                children.push(JsonChild { key: None, index: count, value });
            } else if seq.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
            count += 1;
        }
        let value = JsonValue { kind: JsonKind::Array, count: Some(count), text: String::new(), cut: count > 0 };
        Ok(JsonPage { value, children })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonPage, A::Error> {
        let mut children = Vec::new();
        let mut count = 0;
        loop {
            if self.wants(count) {
                let Some(key) = map.next_key::<String>()? else { break };
                let value = map.next_value_seed(Brief)?;
                children.push(JsonChild { key: Some(key), index: count, value });
            } else {
                if map.next_key::<IgnoredAny>()?.is_none() {
                    break;
                }
                map.next_value::<IgnoredAny>()?;
            }
            count += 1;
        }
        let value = JsonValue { kind: JsonKind::Object, count: Some(count), text: String::new(), cut: count > 0 };
        Ok(JsonPage { value, children })
    }
}

/// A value in brief: scalars as they are, objects and arrays by how they begin.
struct Brief;

impl<'de> DeserializeSeed<'de> for Brief {
    type Value = JsonValue;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<JsonValue, D::Error> {
        deserializer.deserialize_any(self)
    }
}

fn scalar(kind: JsonKind, text: &str, most: usize) -> JsonValue {
    let end = text.floor_char_boundary(most);
    JsonValue { kind, count: None, text: text[..end].to_owned(), cut: end < text.len() }
}

impl<'de> Visitor<'de> for Brief {
    type Value = JsonValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<JsonValue, E> {
        Ok(scalar(JsonKind::Boolean, if value { "true" } else { "false" }, STRING_BYTES))
    }

    fn visit_i64<E>(self, value: i64) -> Result<JsonValue, E> {
        Ok(scalar(JsonKind::Number, &value.to_string(), STRING_BYTES))
    }

    fn visit_u64<E>(self, value: u64) -> Result<JsonValue, E> {
        Ok(scalar(JsonKind::Number, &value.to_string(), STRING_BYTES))
    }

    fn visit_f64<E>(self, value: f64) -> Result<JsonValue, E> {
        Ok(scalar(JsonKind::Number, &value.to_string(), STRING_BYTES))
    }

    fn visit_str<E>(self, value: &str) -> Result<JsonValue, E> {
        Ok(scalar(JsonKind::String, value, STRING_BYTES))
    }

    fn visit_unit<E>(self) -> Result<JsonValue, E> {
        Ok(scalar(JsonKind::Null, "null", STRING_BYTES))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<JsonValue, A::Error> {
        let mut beginning = Beginning::new('[');
        let mut count = 0;
        while beginning.has_room() {
            let Some(Word(word)) = seq.next_element()? else {
                return Ok(beginning.end(JsonKind::Array, count, false));
            };
            beginning.add(&word);
            count += 1;
        }
        let mut is_cut = false;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            is_cut = true;
            count += 1;
        }
        Ok(beginning.end(JsonKind::Array, count, is_cut))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonValue, A::Error> {
        let mut beginning = Beginning::new('{');
        let mut count = 0;
        while beginning.has_room() {
            let Some(key) = map.next_key::<String>()? else {
                return Ok(beginning.end(JsonKind::Object, count, false));
            };
            let Word(word) = map.next_value()?;
            beginning.add(&format!("{}: {word}", &key[..key.floor_char_boundary(KEY_BYTES.min(40))]));
            count += 1;
        }
        let mut is_cut = false;
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value::<IgnoredAny>()?;
            is_cut = true;
            count += 1;
        }
        Ok(beginning.end(JsonKind::Object, count, is_cut))
    }
}

/// How an object or array begins, as one short line.
struct Beginning(String);

impl Beginning {
    fn new(open: char) -> Beginning {
        Beginning(open.to_string())
    }

    fn has_room(&self) -> bool {
        self.0.len() < PREVIEW_BYTES
    }

    fn add(&mut self, word: &str) {
        if self.0.len() > 1 {
            self.0.push_str(", ");
        }
        self.0.push_str(word);
    }

    fn end(mut self, kind: JsonKind, count: u64, cut: bool) -> JsonValue {
        if cut {
            self.0.push_str(", …");
        }
        self.0.push(if kind == JsonKind::Array { ']' } else { '}' });
        JsonValue { kind, count: Some(count), text: self.0, cut }
    }
}

/// What stands for a value in the line of the one around it.
struct Word(String);

impl<'de> serde::Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
        deserializer.deserialize_any(TakeWord)
    }
}

struct TakeWord;

impl<'de> Visitor<'de> for TakeWord {
    type Value = Word;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Word, E> {
        Ok(Word(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Word, E> {
        Ok(Word(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Word, E> {
        Ok(Word(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Word, E> {
        Ok(Word(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Word, E> {
        let end = value.floor_char_boundary(40);
        Ok(Word(format!("\"{}{}\"", &value[..end], if end < value.len() { "…" } else { "" })))
    }

    fn visit_unit<E>(self) -> Result<Word, E> {
        Ok(Word("null".to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Word, A::Error> {
        let mut word = "[]";
        while seq.next_element::<IgnoredAny>()?.is_some() {
            word = "[…]";
        }
        Ok(Word(word.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Word, A::Error> {
        let mut word = "{}";
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            word = "{…}";
        }
        Ok(Word(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"a/b": [1, -2.5, "x", null, true, {"k": [1]}, []], "long": "LONG", "a~": {"": 7}}"#;

    fn at(pointer: &str) -> JsonPage {
        page(DOCUMENT.as_bytes(), pointer, 0, 100).unwrap()
    }

    #[test]
    fn the_root_lists_its_members_with_what_they_are() {
        let root = at("");
        assert_eq!((root.value.kind, root.value.count), (JsonKind::Object, Some(3)));
        let brief: Vec<_> =
            root.children.iter().map(|child| (child.key.as_deref().unwrap(), child.value.text.as_str())).collect();
        assert_eq!(brief, [("a/b", "[1, -2.5, \"x\", null, true, {…}, []]"), ("long", "LONG"), ("a~", "{: 7}")]);
    }

    #[test]
    fn a_pointer_leads_to_any_value_and_escapes_are_undone() {
        assert_eq!(at("/a~1b").value.count, Some(7));
        assert_eq!(at("/a~1b/1").value.text, "-2.5");
        assert_eq!(at("/a~1b/5/k/0").value.text, "1");
        assert_eq!(at("/a~0/").value.text, "7");
    }

    #[test]
    fn children_come_in_pages() {
        let rows = page(DOCUMENT.as_bytes(), "/a~1b", 2, 2).unwrap();
        let shown: Vec<_> = rows.children.iter().map(|child| (child.index, child.value.text.as_str())).collect();
        assert_eq!(shown, [(2, "x"), (3, "null")]);
        assert_eq!(rows.value.count, Some(7), "all are counted");
        assert!(page(DOCUMENT.as_bytes(), "/a~1b", 9, 2).unwrap().children.is_empty());
    }

    #[test]
    fn what_is_not_there_is_told_apart_from_what_cannot_be_asked() {
        for pointer in ["/nothing", "/a~1b/7", "/a~1b/01", "/a~1b/-", "/long/x"] {
            assert!(matches!(page(DOCUMENT.as_bytes(), pointer, 0, 1), Err(NoPage::Missing)), "{pointer}");
        }
        for pointer in ["a", "x/y", &"/a".repeat(121)] {
            assert!(matches!(page(DOCUMENT.as_bytes(), pointer, 0, 1), Err(NoPage::Pointer)), "{pointer}");
        }
    }

    #[test]
    fn trouble_before_the_value_is_told_and_trouble_behind_it_is_not_reached() {
        assert!(matches!(page(&b"{\"a\": 1,, \"b\": 2}"[..], "/b", 0, 1), Err(NoPage::Malformed(_))));
        assert_eq!(page(&b"{\"a\": 1,, \"b\": 2}"[..], "/a", 0, 1).unwrap().value.text, "1");
        assert!(matches!(page(&b"[1, 2"[..], "", 0, 9), Err(NoPage::Malformed(_))));
        assert!(matches!(page(&b""[..], "", 0, 9), Err(NoPage::Malformed(_))));
    }

    #[test]
    fn deep_documents_end_in_a_problem_not_in_a_full_stack() {
        let deep = "[".repeat(1_000_000);
        assert!(matches!(page(deep.as_bytes(), "", 0, 1), Err(NoPage::Malformed(_))));
        let pointer = "/0".repeat(100);
        assert!(page(deep.as_bytes(), &pointer, 0, 1).is_err());
    }

    #[test]
    fn long_strings_are_cut_in_lists_and_longer_alone() {
        let document = format!("[\"{}\"]", "ä".repeat(100_000));
        let list = page(document.as_bytes(), "", 0, 1).unwrap();
        assert!(list.children[0].value.cut && list.children[0].value.text.len() <= STRING_BYTES);
        let alone = page(document.as_bytes(), "/0", 0, 1).unwrap();
        assert!(!alone.value.cut && alone.value.text.len() == 200_000);
    }
}
