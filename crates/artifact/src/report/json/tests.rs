//! Tests of the JSON plumbing.

use super::*;
use crate::report::decode::Utf8;

#[derive(Debug, Default, PartialEq)]
struct Thing {
    name: Option<String>,
    count: Option<u64>,
    flag: Option<bool>,
    words: Vec<String>,
    things: Vec<Thing>,
}

impl Object for Thing {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "name" => self.name = value.name()?,
            "count" => self.count = value.count()?,
            "flag" => self.flag = value.flag()?,
            "words" => self.words = value.names()?,
            "things" => self.things = value.list()?,
            _ => {}
        }
        Ok(())
    }
}

fn read(text: &str) -> (Thing, Result<(), Problem>) {
    let mut bytes = text.as_bytes();
    let mut thing = Thing::default();
    let result = document(BufReader::with_capacity(7, Utf8::new(&mut bytes)), &mut thing);
    (thing, result)
}

#[test]
fn members_are_taken_and_others_passed_over() {
    let (thing, result) = read(
        r#"{"x": [{"name": 1}, {}], "name": "a", "y": null, "count": 3, "words": ["p", "q"], "things": [{"name": "b"}]}"#,
    );
    assert_eq!(result, Ok(()));
    assert_eq!((thing.name.as_deref(), thing.count, thing.words.len()), (Some("a"), Some(3), 2));
    assert_eq!(thing.things[0].name.as_deref(), Some("b"));
}

#[test]
fn wrong_types_and_repeated_keys_do_no_harm() {
    let (thing, result) = read(
        r#"{"name": 12.5, "count": "7", "flag": "true", "words": [1, null, {}, [2], "x"], "things": {"name": "one"}, "flag": {}}"#,
    );
    assert_eq!(result, Ok(()));
    assert_eq!((thing.name.as_deref(), thing.count, thing.flag), (Some("12.5"), Some(7), None));
    assert_eq!(thing.words, ["1", "x"]);
    assert_eq!(thing.things.len(), 1);
}

#[test]
fn what_is_wrong_with_a_document_is_told() {
    assert_eq!(read(" \n ").1, Err(Problem::Empty));
    let (thing, result) = read(r#"{"name": "a", "things": [{"#);
    assert_eq!((thing.name.as_deref(), result), (Some("a"), Err(Problem::Truncated)));
    let Err(Problem::Malformed { reason }) = read("{\"name\": \"a\",\n \"count\" 5}").1 else { panic!() };
    assert!(reason.contains("line 2 column"), "{reason}");
    assert!(matches!(read("{} x").1, Err(Problem::Malformed { .. })));
}

#[test]
fn nesting_is_bounded_where_it_is_read_and_passed_over_where_not() {
    let deep = format!("{}{}", "{\"things\":[".repeat(100_000), "]}".repeat(100_000));
    assert_eq!(read(&deep).1, Err(Problem::TooDeep { limit: DEPTH }));
    let ignored = format!("{{\"x\": {}{}, \"name\": \"a\"}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(read(&ignored).0.name.as_deref(), Some("a"));
}

#[test]
fn a_broken_line_does_not_stop_the_next() {
    let mut bytes = b"{\"name\": \"a\"}\n\n{\"name\": \n[]\n{\"count\": 4}\n{\"cou".as_slice();
    let mut thing = Thing::default();
    let problems = lines(BufReader::with_capacity(7, Utf8::new(&mut bytes)), &mut thing);
    assert_eq!((thing.name.as_deref(), thing.count), (Some("a"), Some(4)));
    assert_eq!(problems[0], Problem::Malformed { reason: "line 3 ends in the middle".into() });
    assert_eq!(problems[1..], [Problem::Truncated]);
}

#[test]
fn times_are_read() {
    assert_eq!(time_ms("1970-01-01T00:00:00Z"), Some(0));
    assert_eq!(time_ms("2024-02-29T12:00:01.5+02:00"), Some(1_709_200_801_500));
    assert_eq!(time_ms("2021-02-24T20:26:09.2975Z"), Some(1_614_198_369_297));
    assert_eq!(time_ms("2016-12-31T23:59:60Z"), Some(1_483_228_799_000));
    assert_eq!(time_ms("0000-01-01T00:00:00Z"), Some(-62_167_219_200_000));
    for wrong in ["", "2024-02-29", "2024-13-01T00:00:00Z", "x024-02-29T00:00:00Z", "2024-02-29T00:00:00+9"] {
        assert_eq!(time_ms(wrong), None, "{wrong}");
    }
}

#[test]
fn durations_are_clamped() {
    assert_eq!(duration_ms(1.5), Some(2));
    for wrong in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
        assert_eq!(duration_ms(wrong), None);
    }
}
