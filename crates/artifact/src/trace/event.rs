//! The lines of a trace as they are written by all versions of Playwright. Fields that nobody shows are passed over.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Most parameters kept of a call.
const MOST_PARAMETERS: usize = 30;
/// What is kept of one value.
const VALUE_BYTES: usize = 2_000;

/// What kind of line this is.
#[derive(Deserialize)]
pub(super) struct Kind {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
}

/// `context-options`, the first line.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ContextOptions {
    pub(super) version: Option<u32>,
    pub(super) origin: Option<String>,
    pub(super) browser_name: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) platform: Option<String>,
    pub(super) playwright_version: Option<String>,
    pub(super) sdk_language: Option<String>,
    pub(super) title: Option<String>,
    pub(super) wall_time: Option<f64>,
    pub(super) monotonic_time: Option<f64>,
    pub(super) options: BrowserOptions,
}

/// What a browser context was made with.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct BrowserOptions {
    pub(super) viewport: Option<Viewport>,
    #[serde(rename = "baseURL")]
    pub(super) base_url: Option<String>,
}

/// Size of a page.
#[derive(Deserialize)]
pub(super) struct Viewport {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// `before`: a call begins.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Before {
    pub(super) call_id: String,
    pub(super) start_time: f64,
    pub(super) title: Option<String>,
    pub(super) api_name: Option<String>,
    pub(super) class: String,
    pub(super) method: String,
    pub(super) params: Parameters,
    pub(super) page_id: Option<String>,
    pub(super) parent_id: Option<String>,
    pub(super) step_id: Option<String>,
    pub(super) wall_time: Option<f64>,
    pub(super) stack: Option<Vec<Place>>,
}

/// `after`: a call ends.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct After {
    pub(super) call_id: String,
    pub(super) end_time: f64,
    pub(super) error: Option<Thrown>,
    pub(super) log: Option<Vec<String>>,
    pub(super) attachments: Option<Vec<Attached>>,
    pub(super) point: Option<At>,
}

/// An action of version 3: a whole call in one line.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Whole {
    pub(super) metadata: Metadata,
}

/// What version 3 says of a call.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Metadata {
    pub(super) id: String,
    pub(super) start_time: f64,
    pub(super) end_time: f64,
    pub(super) api_name: Option<String>,
    #[serde(rename = "type")]
    pub(super) class: String,
    pub(super) method: String,
    pub(super) params: Parameters,
    pub(super) page_id: Option<String>,
    pub(super) parent_id: Option<String>,
    pub(super) log: Option<Vec<String>>,
    pub(super) error: Option<Thrown>,
    pub(super) stack: Option<Vec<Place>>,
    pub(super) point: Option<At>,
}

/// `input`: where a call acts.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Input {
    pub(super) call_id: String,
    pub(super) point: Option<At>,
}

/// A place on the page.
#[derive(Deserialize)]
pub(super) struct At {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// `log`: a line about a call.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Log {
    pub(super) call_id: String,
    pub(super) time: f64,
    pub(super) message: String,
}

/// An error, alone or within another of the same name.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Thrown {
    pub(super) name: Option<String>,
    pub(super) message: Option<String>,
    pub(super) stack: Option<String>,
    pub(super) error: Option<Inner>,
    pub(super) value: Option<IgnoredAny>,
}

/// The error within.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Inner {
    pub(super) name: Option<String>,
    pub(super) message: Option<String>,
    pub(super) stack: Option<String>,
}

/// A place in the source.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) function: Option<String>,
}

/// Something attached.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Attached {
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) sha1: Option<String>,
    pub(super) file: Option<String>,
}

/// `error`: the test failed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct TestError {
    pub(super) message: String,
    pub(super) stack: Option<Vec<Place>>,
}

/// `console`, since version 6.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Console {
    pub(super) time: f64,
    pub(super) message_type: String,
    pub(super) text: String,
    pub(super) location: Location,
}

/// Where a message comes from.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Location {
    pub(super) url: String,
    pub(super) line_number: u32,
    pub(super) column_number: u32,
}

/// `stdout` and `stderr`: the test wrote something.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Output {
    pub(super) timestamp: f64,
    pub(super) text: Option<String>,
}

/// `event`: something happened in the browser; and `object`, a console message of old versions.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Happened {
    pub(super) time: f64,
    pub(super) method: String,
    pub(super) class: String,
    pub(super) guid: String,
    pub(super) initializer: Option<Message>,
    pub(super) params: EventParameters,
}

/// What is told with an event.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct EventParameters {
    #[serde(rename = "type")]
    pub(super) class: Option<String>,
    pub(super) guid: Option<String>,
    pub(super) initializer: Option<Message>,
    pub(super) message: Option<Named>,
    pub(super) error: Option<Thrown>,
}

/// A reference to an object.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Named {
    pub(super) guid: String,
}

/// A console message of old versions; other objects have none of these fields.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Message {
    #[serde(rename = "type")]
    pub(super) level: String,
    pub(super) text: String,
    pub(super) location: Location,
}

/// `screencast-frame`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Screencast {
    pub(super) page_id: String,
    pub(super) sha1: Option<String>,
    pub(super) file: Option<String>,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) timestamp: f64,
}

/// `resource-snapshot`: a request, as an entry of a HAR file.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Resource {
    pub(super) snapshot: Har,
}

/// A request and its answer.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Har {
    #[serde(rename = "_monotonicTime")]
    pub(super) monotonic_time: Option<f64>,
    pub(super) time: Option<f64>,
    pub(super) request: HarRequest,
    pub(super) response: HarResponse,
    #[serde(rename = "_resourceType")]
    pub(super) resource_type: Option<String>,
    #[serde(rename = "_wasFulfilled")]
    pub(super) was_fulfilled: Option<bool>,
    #[serde(rename = "_wasAborted")]
    pub(super) was_aborted: Option<bool>,
}

/// What was asked.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct HarRequest {
    pub(super) method: String,
    pub(super) url: String,
}

/// What was answered.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct HarResponse {
    pub(super) status: f64,
    pub(super) status_text: String,
    pub(super) content: HarContent,
    #[serde(rename = "_transferSize")]
    pub(super) transfer_size: Option<f64>,
    #[serde(rename = "_failureText")]
    pub(super) failure: Option<String>,
}

/// The body of an answer.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct HarContent {
    pub(super) size: Option<f64>,
    pub(super) mime_type: String,
    #[serde(rename = "_sha1")]
    pub(super) sha1: Option<String>,
    #[serde(rename = "_file")]
    pub(super) file: Option<String>,
}

/// `*.stacks`: where the calls of a context were made.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Stacks {
    pub(super) files: Vec<String>,
    pub(super) stacks: Vec<(CallName, Vec<PackedFrame>)>,
}

/// A frame: position of its file among the files, line, column, function.
pub(super) type PackedFrame = (usize, u32, u32, Option<String>);

/// The name of a call: in older versions its number.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum CallName {
    Number(u64),
    Text(String),
}

/// Parameters of a call: names and short texts, whatever the values are.
#[derive(Default)]
pub(super) struct Parameters(pub(super) Vec<(String, String)>);

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Parameters, D::Error> {
        deserializer.deserialize_any(TakeParameters)
    }
}

struct TakeParameters;

impl<'de> Visitor<'de> for TakeParameters {
    type Value = Parameters;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("parameters")
    }

    fn visit_unit<E>(self) -> Result<Parameters, E> {
        Ok(Parameters::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parameters, A::Error> {
        let mut kept = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let Short(value) = map.next_value()?;
            if kept.len() < MOST_PARAMETERS {
                kept.push((cut(name, 200), value));
            }
        }
        Ok(Parameters(kept))
    }
}

/// Any value as a short text.
struct Short(String);

impl<'de> Deserialize<'de> for Short {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Short, D::Error> {
        deserializer.deserialize_any(TakeShort)
    }
}

struct TakeShort;

impl<'de> Visitor<'de> for TakeShort {
    type Value = Short;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Short, E> {
        Ok(Short(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Short, E> {
        Ok(Short(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Short, E> {
        Ok(Short(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Short, E> {
        Ok(Short(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Short, E> {
        Ok(Short(value[..value.floor_char_boundary(VALUE_BYTES)].to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Short, E> {
        Ok(Short("null".to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Short, A::Error> {
        let mut count = 0_u64;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Short(if count == 0 { "[]".to_owned() } else { format!("[{count} …]") }))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Short, A::Error> {
        let mut is_empty = true;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            is_empty = false;
        }
        Ok(Short(if is_empty { "{}" } else { "{…}" }.to_owned()))
    }
}

/// The beginning of a text, at most `most` bytes.
pub(super) fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
        text.shrink_to_fit();
    }
    text
}
