//! Reading JSON reports: serde_json, streamed, into objects that take their members one by one, so that no document
//! is ever held as a tree. Wrong types, unknown and repeated keys are passed over; what breaks the syntax becomes a
//! [`Problem`]. What the members mean is left to the readers of the formats.

use super::draft::cut_name;
use super::json_tidy::Tidy;
use super::{Input, Problem};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::marker::PhantomData;

/// Bytes read at once.
const BUFFER_BYTES: usize = 32 << 10;
/// What is kept of a text while reading; the draft cuts it further.
const TEXT_BYTES: usize = 64 << 10;
/// What is kept of a name while reading; a hash of the rest stays, so that long names stay apart.
const NAME_BYTES: usize = 4 << 10;
/// A line of line-delimited JSON that is longer is not read.
const LINE_BYTES: usize = 16 << 20;
/// Elements kept of a list that belongs to one case.
const MOST_ITEMS: usize = 1_000;
/// Levels at which serde_json gives up.
const DEPTH: usize = 128;
/// A hundred years. Longer durations are nonsense.
const MAX_DURATION_MS: f64 = 3.2e12;

/// Something that takes the members of a JSON object.
pub(super) trait Object {
    /// An object begins.
    fn begin(&mut self) {}

    /// Takes a member. A value that is left alone is passed over.
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error>;

    /// An object is whole. Not called where the document breaks off.
    fn end(&mut self) {}

    /// Takes a string, number, boolean or null found where an object was expected.
    fn scalar(&mut self, _scalar: Scalar<'_>) {}
}

/// Anything but an object or an array.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scalar<'a> {
    /// A string.
    Text(&'a str),
    /// A number that is whole and not negative.
    Whole(u64),
    /// Any other number.
    Number(f64),
    /// A boolean.
    Flag(bool),
    /// Null.
    Null,
}

impl Scalar<'_> {
    /// As text: numbers and booleans are written out, null is nothing.
    pub(super) fn text(self) -> Option<String> {
        match self {
            Scalar::Text(text) => Some(text[..text.floor_char_boundary(TEXT_BYTES)].to_owned()),
            Scalar::Whole(number) => Some(number.to_string()),
            Scalar::Number(number) => Some(number.to_string()),
            Scalar::Flag(flag) => Some(flag.to_string()),
            Scalar::Null => None,
        }
    }

    /// As text of which the end is kept.
    pub(super) fn tail(self) -> Option<String> {
        match self {
            Scalar::Text(text) => {
                Some(text[text.ceil_char_boundary(text.len().saturating_sub(TEXT_BYTES))..].to_owned())
            }
            other => other.text(),
        }
    }

    /// As a name.
    pub(super) fn name(self) -> Option<String> {
        let Scalar::Text(text) = self else { return self.text() };
        let mut name = text.to_owned();
        cut_name(&mut name, NAME_BYTES);
        Some(name)
    }

    /// As a number; one in quotes counts.
    pub(super) fn number(self) -> Option<f64> {
        match self {
            Scalar::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            Scalar::Whole(number) => Some(number as f64),
            Scalar::Number(number) => Some(number),
            Scalar::Flag(_) | Scalar::Null => None,
        }
    }

    /// As a count.
    pub(super) fn count(self) -> Option<u64> {
        match self {
            Scalar::Whole(number) => Some(number),
            other => other.number().filter(|number| *number >= 0.0).map(|number| number as u64),
        }
    }

    /// As a boolean; one in quotes counts.
    pub(super) fn flag(self) -> Option<bool> {
        match self {
            Scalar::Flag(flag) => Some(flag),
            Scalar::Text("true") => Some(true),
            Scalar::Text("false") => Some(false),
            _ => None,
        }
    }

    /// As milliseconds since the epoch: a number of them, or an RFC 3339 time.
    pub(super) fn time_ms(self) -> Option<i64> {
        match self {
            Scalar::Text(text) => time_ms(text),
            other => other.number().filter(|ms| ms.abs() < 1e15).map(|ms| ms as i64),
        }
    }
}

/// The value of a member. Each method takes it whole; a value of another type than wanted is nothing.
pub(super) struct Value<'m, A> {
    map: &'m mut A,
    taken: &'m mut bool,
}

impl<'de, A: MapAccess<'de>> Value<'_, A> {
    fn seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        *self.taken = true;
        self.map.next_value_seed(seed)
    }

    /// Whatever `take` makes of a scalar; it is given null for objects and arrays.
    pub(super) fn scalar<T>(self, take: impl FnOnce(Scalar<'_>) -> T) -> Result<T, A::Error> {
        self.seed(TakeScalar(take))
    }

    /// A text, of which the beginning is kept.
    pub(super) fn text(self) -> Result<Option<String>, A::Error> {
        self.scalar(|scalar| scalar.text())
    }

    /// A text, of which the end is kept.
    pub(super) fn tail(self) -> Result<Option<String>, A::Error> {
        self.scalar(|scalar| scalar.tail())
    }

    /// A name.
    pub(super) fn name(self) -> Result<Option<String>, A::Error> {
        self.scalar(|scalar| scalar.name())
    }

    /// A number.
    pub(super) fn number(self) -> Result<Option<f64>, A::Error> {
        self.scalar(|scalar| scalar.number())
    }

    /// A count.
    pub(super) fn count(self) -> Result<Option<u64>, A::Error> {
        self.scalar(|scalar| scalar.count())
    }

    /// A line number.
    pub(super) fn line(self) -> Result<Option<u32>, A::Error> {
        Ok(self.count()?.and_then(|line| u32::try_from(line).ok()).filter(|line| *line > 0))
    }

    /// A boolean.
    pub(super) fn flag(self) -> Result<Option<bool>, A::Error> {
        self.scalar(|scalar| scalar.flag())
    }

    /// A duration in units of `ms` milliseconds.
    pub(super) fn duration(self, ms: f64) -> Result<Option<u64>, A::Error> {
        Ok(self.number()?.and_then(|number| duration_ms(number * ms)))
    }

    /// A time, in milliseconds since the epoch.
    pub(super) fn time_ms(self) -> Result<Option<i64>, A::Error> {
        self.scalar(|scalar| scalar.time_ms())
    }

    /// Fills `object`. A scalar goes to [`Object::scalar`], an array is passed over.
    pub(super) fn object(self, object: &mut impl Object) -> Result<(), A::Error> {
        self.seed(Fill { object, each: false })
    }

    /// Fills `object` with each element of an array in turn, or once with an object that stands alone.
    pub(super) fn each(self, object: &mut impl Object) -> Result<(), A::Error> {
        self.seed(Fill { object, each: true })
    }

    /// The elements of an array. Beyond a thousand the newest takes the place of the last.
    pub(super) fn list<T: Object + Default>(self) -> Result<Vec<T>, A::Error> {
        let mut list = Collect { items: Vec::new(), item: T::default() };
        self.each(&mut list)?;
        Ok(list.items)
    }

    /// The scalars of an array, as names.
    pub(super) fn names(self) -> Result<Vec<String>, A::Error> {
        let mut list = Texts { of: |scalar| scalar.name(), items: Vec::new() };
        self.each(&mut list)?;
        Ok(list.items)
    }

    /// The scalars of an array, as texts.
    pub(super) fn texts(self) -> Result<Vec<String>, A::Error> {
        let mut list = Texts { of: |scalar| scalar.text(), items: Vec::new() };
        self.each(&mut list)?;
        Ok(list.items)
    }

    /// The scalars of the arrays of an array, as texts of which the end is kept.
    pub(super) fn rows(self) -> Result<Vec<Vec<String>>, A::Error> {
        self.seed(Rows)
    }

    /// The members of an object whose values are scalars, as names.
    pub(super) fn pairs(self) -> Result<Vec<(String, String)>, A::Error> {
        let mut pairs = Pairs::default();
        self.object(&mut pairs)?;
        Ok(pairs.0)
    }
}

#[derive(Default)]
struct Pairs(Vec<(String, String)>);

impl Object for Pairs {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        if self.0.len() < MOST_ITEMS
            && let Some(text) = value.name()?
        {
            self.0.push((name.to_owned(), text));
        }
        Ok(())
    }
}

struct Texts {
    of: fn(Scalar<'_>) -> Option<String>,
    items: Vec<String>,
}

impl Object for Texts {
    fn member<'de, A: MapAccess<'de>>(&mut self, _name: &str, _value: Value<'_, A>) -> Result<(), A::Error> {
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar<'_>) {
        if self.items.len() < MOST_ITEMS {
            self.items.extend((self.of)(scalar));
        }
    }
}

struct Collect<T> {
    items: Vec<T>,
    item: T,
}

impl<T: Object + Default> Object for Collect<T> {
    fn begin(&mut self) {
        self.item.begin();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        self.item.member(name, value)
    }

    fn end(&mut self) {
        self.item.end();
        let item = std::mem::take(&mut self.item);
        if self.items.len() == MOST_ITEMS {
            self.items.pop();
        }
        self.items.push(item);
    }

    fn scalar(&mut self, scalar: Scalar<'_>) {
        if self.items.len() < MOST_ITEMS {
            let mut item = T::default();
            item.scalar(scalar);
            self.items.push(item);
        }
    }
}

struct TakeScalar<F>(F);

impl<'de, T, F: FnOnce(Scalar<'_>) -> T> DeserializeSeed<'de> for TakeScalar<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(ScalarVisitor(self.0, PhantomData))
    }
}

struct ScalarVisitor<F, T>(F, PhantomData<T>);

/// The visits of a scalar, each by way of `$give`.
macro_rules! visit_scalars {
    ($give:expr) => {
        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            $give(self, Scalar::Text(text))
        }
        fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
            $give(self, Scalar::Whole(number))
        }
        fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
            $give(self, Scalar::Number(number as f64))
        }
        fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
            $give(self, Scalar::Number(number))
        }
        fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
            $give(self, Scalar::Flag(flag))
        }
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            $give(self, Scalar::Null)
        }
    };
}

impl<'de, T, F: FnOnce(Scalar<'_>) -> T> Visitor<'de> for ScalarVisitor<F, T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a value")
    }

    visit_scalars!(|this: Self, scalar| Ok((this.0)(scalar)));

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<T, A::Error> {
        pass_over_elements(seq)?;
        Ok((self.0)(Scalar::Null))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        pass_over_members(map)?;
        Ok((self.0)(Scalar::Null))
    }
}

fn pass_over_elements<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn pass_over_members<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

struct Rows;

impl<'de> DeserializeSeed<'de> for Rows {
    type Value = Vec<Vec<String>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Rows {
    type Value = Vec<Vec<String>>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a value")
    }

    visit_scalars!(|_, _| Ok(Vec::new()));

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        loop {
            let mut row = Texts { of: |scalar| scalar.tail(), items: Vec::new() };
            if seq.next_element_seed(Fill { object: &mut row, each: true })?.is_none() {
                return Ok(rows);
            }
            if rows.len() < MOST_ITEMS {
                rows.push(row.items);
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        pass_over_members(map)?;
        Ok(Vec::new())
    }
}

/// Fills an object; with `each`, from every element of an array.
struct Fill<'a, O> {
    object: &'a mut O,
    each: bool,
}

impl<'de, O: Object> DeserializeSeed<'de> for Fill<'_, O> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, O: Object> Visitor<'de> for Fill<'_, O> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a value")
    }

    visit_scalars!(|this: Self, scalar| {
        this.object.scalar(scalar);
        Ok(())
    });

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if !self.each {
            return pass_over_elements(seq);
        }
        while seq.next_element_seed(Fill { object: &mut *self.object, each: false })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.object.begin();
        let mut name = String::new();
        while map.next_key_seed(Key(&mut name))?.is_some() {
            let mut taken = false;
            self.object.member(&name, Value { map: &mut map, taken: &mut taken })?;
            if !taken {
                map.next_value::<IgnoredAny>()?;
            }
        }
        self.object.end();
        Ok(())
    }
}

/// Reads a key into a buffer, so that not every key is allocated.
struct Key<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.clear();
        self.0.push_str(&text[..text.floor_char_boundary(NAME_BYTES)]);
        Ok(())
    }
}

/// Reads one document: an object, or an array of objects, each of which fills `object`.
pub(super) fn document(mut input: Input, object: &mut impl Object) -> Result<(), Problem> {
    if is_blank(&mut input)? {
        return Err(Problem::Empty);
    }
    let tidy = BufReader::with_capacity(BUFFER_BYTES, Tidy::document(input));
    let mut deserializer = serde_json::Deserializer::from_reader(tidy);
    Fill { object, each: true }
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|error| problem(&error))
}

/// Reads one small document that is in memory already.
pub(super) fn parse(text: &str, object: &mut impl Object) -> Result<(), Problem> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Fill { object, each: true }
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|error| problem(&error))
}

/// Whether nothing but white space is left; what is there before anything else is consumed.
fn is_blank(input: &mut Input) -> Result<bool, Problem> {
    loop {
        let chunk = input.fill_buf().map_err(|error| Problem::Unreadable { reason: error.to_string() })?;
        if chunk.is_empty() {
            return Ok(true);
        }
        let blank = chunk.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if blank < chunk.len() {
            return Ok(false);
        }
        input.consume(blank);
    }
}

fn problem(error: &serde_json::Error) -> Problem {
    let reason = error.to_string();
    match error.classify() {
        Category::Eof => Problem::Truncated,
        Category::Io => Problem::Unreadable { reason },
        _ if reason.starts_with("recursion limit") => Problem::TooDeep { limit: DEPTH },
        _ => Problem::Malformed { reason },
    }
}

/// Lines of line-delimited JSON. Blank ones are left out.
pub(super) struct Lines<'a> {
    input: BufReader<Tidy<Input<'a>>>,
    line: Vec<u8>,
    number: u64,
    ended: bool,
}

impl<'a> Lines<'a> {
    /// The lines of `input`.
    pub(super) fn new(input: Input<'a>) -> Lines<'a> {
        let input = BufReader::with_capacity(BUFFER_BYTES, Tidy::lines(input));
        Lines { input, line: Vec::new(), number: 0, ended: false }
    }

    /// The next line, not looked into yet, or why there is none. A line that is too long is a problem and passed
    /// over; a file that cannot be read any more ends.
    pub(super) fn next(&mut self) -> Option<Result<Line<'_>, Problem>> {
        loop {
            if self.ended {
                return None;
            }
            self.line.clear();
            self.number += 1;
            match (&mut self.input).take(LINE_BYTES as u64).read_until(b'\n', &mut self.line) {
                Err(error) => {
                    self.ended = true;
                    return Some(Err(Problem::Unreadable { reason: error.to_string() }));
                }
                Ok(0) => return None,
                Ok(LINE_BYTES) if self.line.last() != Some(&b'\n') => return Some(Err(self.pass_over())),
                Ok(_) => self.ended = self.line.last() != Some(&b'\n'),
            }
            if self.line.iter().any(|byte| !byte.is_ascii_whitespace()) {
                break;
            }
        }
        // The input has been decoded, and is only cut between characters by a line that is too long.
        let text = std::str::from_utf8(&self.line).unwrap_or_default().trim();
        Some(Ok(Line { text, number: self.number, is_last: self.ended }))
    }

    fn pass_over(&mut self) -> Problem {
        self.ended = self.input.skip_until(b'\n').is_err();
        Problem::Malformed { reason: format!("line {} is longer than {LINE_BYTES} bytes", self.number) }
    }
}

/// A line of line-delimited JSON.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// The line without white space around it.
    pub(super) text: &'a str,
    /// Its number, from 1.
    pub(super) number: u64,
    /// Whether the file ends without a line break after it: it may be cut.
    pub(super) is_last: bool,
}

impl Line<'_> {
    /// Reads the line into `object`.
    pub(super) fn parse(&self, object: &mut impl Object) -> Result<(), Problem> {
        parse(self.text, object).map_err(|problem| match problem {
            Problem::Truncated if self.is_last => Problem::Truncated,
            Problem::Truncated => Problem::Malformed { reason: format!("line {} ends in the middle", self.number) },
            Problem::Malformed { reason } => Problem::Malformed {
                reason: format!("line {}: {}", self.number, reason.replacen("at line 1 column", "at column", 1)),
            },
            other => other,
        })
    }
}

/// Reads line-delimited JSON: each line fills `object`. A line that cannot be read is a problem, and the next is read.
pub(super) fn lines(input: Input, object: &mut impl Object) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut lines = Lines::new(input);
    let mut count = 0;
    while let Some(line) = lines.next() {
        count += 1;
        // More problems than these say nothing new.
        if let Err(problem) = line.and_then(|line| line.parse(object))
            && problems.len() < 20
        {
            problems.push(problem);
        }
    }
    if count == 0 {
        problems.push(Problem::Empty);
    }
    problems
}

/// A duration in whole milliseconds; absent where it is negative, no number, or longer than a hundred years.
pub(super) fn duration_ms(ms: f64) -> Option<u64> {
    (0.0..MAX_DURATION_MS).contains(&ms).then(|| ms.round() as u64)
}

/// Milliseconds since the epoch of an RFC 3339 time; one without an offset is taken for UTC.
pub(super) fn time_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    let date = text.get(..10)?;
    let time = text.get(11..19)?;
    if !matches!(text.as_bytes()[10], b'T' | b't' | b' ') {
        return None;
    }
    let [year, month, day] = parts(date, '-')?;
    let [hour, minute, second] = parts(time, ':')?;
    // A leap second is the last one of its minute, twice.
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = text.get(19..)?;
    let digits = rest.strip_prefix(['.', ',']).unwrap_or_default();
    let digits = &digits[..digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len())];
    let ms: i64 = format!("{digits:0<3}").get(..3)?.parse().ok()?;
    let zone = &rest[if digits.is_empty() { 0 } else { digits.len() + 1 }..];
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second.min(59) - offset_seconds(zone)?;
    Some(seconds * 1_000 + ms)
}

fn parts(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator).map(|part| part.parse::<u32>().ok().map(i64::from));
    Some([parts.next()??, parts.next()??, parts.next()??])
}

fn offset_seconds(zone: &str) -> Option<i64> {
    let sign = match zone.trim_start().bytes().next() {
        None | Some(b'Z' | b'z') => return Some(0),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let hours: i64 = digits.get(..2)?.parse().ok()?;
    let minutes: i64 = digits.get(2..4).unwrap_or("0").parse().ok()?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Days from the epoch to a date. Years are counted from March, so that the leap day is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

#[cfg(test)]
mod tests;
