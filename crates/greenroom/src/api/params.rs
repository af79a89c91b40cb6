//! Query parameters: every name known, every value checked before anything else happens, so that a
//! typing error is told and never silently ignored.

use super::problem::{Answer, Problem};
use crate::model::{FileType, Millis};
use crate::store::{FilePosition, RunPosition};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

/// Page size where none is asked for.
const DEFAULT_LIMIT: i64 = 50;
/// Largest page size.
const MAX_LIMIT: i64 = 100;
/// Longest text accepted as a filter.
const MAX_TEXT_CHARS: usize = 256;

/// The query string as `T`, whose fields are all optional texts and which denies unknown fields.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Answer<Self> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(values)) => Ok(Params(values)),
            Err(rejection) => {
                let why = rejection.body_text();
                let name = why.split('`').nth(1).unwrap_or_default();
                let detail = if why.contains("duplicate field") {
                    "is given more than once"
                } else {
                    "is not a parameter of this endpoint"
                };
                Err(Problem::parameter(name, format!("The query parameter {name:?} {detail}.")))
            }
        }
    }
}

/// No query parameters at all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoParams {}

/// Filters and paging of runs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RunParams {
    /// `owner/name`.
    pub repository: Option<String>,
    /// A status, or a conclusion, as GitHub accepts it.
    pub status: Option<String>,
    /// A conclusion.
    pub conclusion: Option<String>,
    /// Head branch, exactly.
    pub branch: Option<String>,
    /// Event, exactly.
    pub event: Option<String>,
    /// Login of whoever caused the run, exactly.
    pub actor: Option<String>,
    /// Head commit: 7 to 64 hexadecimal digits, a prefix is enough.
    pub head_sha: Option<String>,
    /// Created at or after this RFC 3339 time.
    #[param(value_type = Option<Millis>)]
    pub from: Option<String>,
    /// Created at or before this RFC 3339 time.
    #[param(value_type = Option<Millis>)]
    pub to: Option<String>,
    /// Words that must all occur in title, branch, commit, actor, workflow or number.
    pub q: Option<String>,
    /// Page size, 1 to 100; 50 where absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    pub limit: Option<String>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// Filters and paging of the files of a run.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FileParams {
    /// `image`, `json`, `text` or `binary`.
    #[serde(rename = "type")]
    #[param(value_type = Option<FileType>)]
    pub file_type: Option<String>,
    /// Only files of this artifact.
    #[param(value_type = Option<i64>)]
    pub artifact_id: Option<String>,
    /// Part of the file's path, in any case.
    pub q: Option<String>,
    /// Page size, 1 to 100; 50 where absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    pub limit: Option<String>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// Which attempt.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobParams {
    /// Attempt, from 1; the latest where absent.
    #[param(value_type = Option<i64>, minimum = 1)]
    pub attempt: Option<String>,
}

/// How to hand out bytes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ContentParams {
    /// `1` asks for an attachment.
    pub download: Option<String>,
}

impl ContentParams {
    /// Whether an attachment is asked for.
    pub fn is_download(&self) -> Answer<bool> {
        match self.download.as_deref() {
            None | Some("0" | "false") => Ok(false),
            Some("1" | "true") => Ok(true),
            Some(_) => Err(Problem::parameter("download", "download must be 1 or absent.")),
        }
    }
}

/// Page size.
pub fn limit(value: Option<&str>) -> Answer<i64> {
    let Some(text) = value else { return Ok(DEFAULT_LIMIT) };
    match digits(text) {
        Some(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
        _ => Err(Problem::parameter("limit", format!("limit must be a whole number from 1 to {MAX_LIMIT}."))),
    }
}

/// A positive whole number.
pub fn positive(name: &str, value: Option<&str>) -> Answer<Option<i64>> {
    let Some(text) = value else { return Ok(None) };
    match digits(text) {
        Some(number) if number >= 1 => Ok(Some(number)),
        _ => Err(Problem::parameter(name, format!("{name} must be a positive whole number."))),
    }
}

/// An RFC 3339 time.
pub fn time(name: &str, value: Option<&str>) -> Answer<Option<Millis>> {
    let Some(text) = value else { return Ok(None) };
    match Millis::parse(text) {
        Some(time) => Ok(Some(time)),
        None => Err(Problem::parameter(name, format!("{name} must be an RFC 3339 time such as 2026-01-31T12:00:00Z."))),
    }
}

/// A text compared as it is; empty means no filter.
pub fn text(name: &str, value: Option<String>) -> Answer<Option<String>> {
    let Some(text) = value.filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > MAX_TEXT_CHARS || text.contains('\0') {
        return Err(Problem::parameter(
            name,
            format!("{name} must be at most {MAX_TEXT_CHARS} characters, none of them NUL."),
        ));
    }
    Ok(Some(text))
}

/// One of GitHub's own lower-case words; new ones appear without notice, so any word is accepted.
pub fn word(name: &str, value: Option<String>) -> Answer<Option<String>> {
    let Some(word) = value.filter(|word| !word.is_empty()) else { return Ok(None) };
    if word.len() <= 64 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        return Ok(Some(word));
    }
    Err(Problem::parameter(name, format!("{name} must be a word such as in_progress or failure.")))
}

/// `owner/name` of a repository.
pub fn repository(value: Option<String>) -> Answer<Option<(String, String)>> {
    let Some(text) = text("repository", value)? else { return Ok(None) };
    match text.split_once('/') {
        Some((owner, name)) if !owner.is_empty() && !name.is_empty() && !name.contains('/') => {
            Ok(Some((owner.to_owned(), name.to_owned())))
        }
        _ => Err(Problem::parameter("repository", "repository must be of the form owner/name.")),
    }
}

/// A commit hash or the beginning of one, in lower case.
pub fn commit(value: Option<String>) -> Answer<Option<String>> {
    let Some(text) = value.filter(|text| !text.is_empty()) else { return Ok(None) };
    if (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Some(text.to_ascii_lowercase()));
    }
    Err(Problem::parameter("headSha", "headSha must be 7 to 64 hexadecimal digits."))
}

/// A type of file.
pub fn file_type(value: Option<&str>) -> Answer<Option<FileType>> {
    let Some(text) = value.filter(|text| !text.is_empty()) else { return Ok(None) };
    match FileType::from_word(text) {
        Some(file_type) => Ok(Some(file_type)),
        None => Err(Problem::parameter("type", "type must be image, json, text or binary.")),
    }
}

/// An id in a path; anything but a positive number names nothing.
pub fn id(text: &str, what: &str) -> Answer<i64> {
    digits(text).filter(|id| *id > 0).ok_or_else(|| Problem::not_found(what))
}

/// `{artifactId}.{ordinal}` in a path.
pub fn file_id(text: &str) -> Answer<(i64, i64)> {
    let both = text.split_once('.').and_then(|(artifact, ordinal)| Some((digits(artifact)?, digits(ordinal)?)));
    both.ok_or_else(|| Problem::not_found("file"))
}

/// Plain decimal digits and nothing else: no sign, no blank.
fn digits(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > 19 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// What a cursor pages through; keeps one list's cursor out of another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Runs = 1,
    Files = 2,
}

/// Cursor after a run.
pub fn run_cursor(at: RunPosition) -> String {
    encode(List::Runs, at.created_at.0, at.id)
}

/// Reads [`run_cursor`].
pub fn run_position(value: Option<&str>) -> Answer<Option<RunPosition>> {
    let position = decode(List::Runs, value)?;
    Ok(position.map(|(created_at, id)| RunPosition { created_at: Millis(created_at), id }))
}

/// Cursor after a file.
pub fn file_cursor(at: FilePosition) -> String {
    encode(List::Files, at.artifact_id, at.ordinal)
}

/// Reads [`file_cursor`].
pub fn file_position(value: Option<&str>) -> Answer<Option<FilePosition>> {
    let position = decode(List::Files, value)?;
    Ok(position.map(|(artifact_id, ordinal)| FilePosition { artifact_id, ordinal }))
}

/// List, two numbers, and four bytes of their hash: a cursor is not secret, but a mistyped one is told.
fn encode(list: List, first: i64, second: i64) -> String {
    let mut bytes = vec![list as u8];
    bytes.extend(first.to_be_bytes());
    bytes.extend(second.to_be_bytes());
    let check = Sha256::digest(&bytes);
    bytes.extend(&check[..4]);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(list: List, value: Option<&str>) -> Answer<Option<(i64, i64)>> {
    let Some(text) = value.filter(|text| !text.is_empty()) else { return Ok(None) };
    match positions(text) {
        Some((kind, first, second)) if kind == list as u8 => Ok(Some((first, second))),
        _ => Err(Problem::parameter("cursor", "cursor must be a nextCursor of this list.")),
    }
}

fn positions(text: &str) -> Option<(u8, i64, i64)> {
    let bytes: [u8; 21] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    let (body, check) = bytes.split_at(17);
    if Sha256::digest(body)[..4] != *check {
        return None;
    }
    let first = i64::from_be_bytes(body.get(1..9)?.try_into().ok()?);
    let second = i64::from_be_bytes(body.get(9..17)?.try_into().ok()?);
    Some((body[0], first, second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cursors_come_back_as_they_went(created_at: i64, id: i64) {
            let position = RunPosition { created_at: Millis(created_at), id };
            let cursor = run_cursor(position);
            prop_assert_eq!(run_position(Some(&cursor)).unwrap(), Some(position));
            prop_assert!(file_position(Some(&cursor)).is_err());
        }

        #[test]
        fn a_changed_cursor_is_refused(at in 0usize..28, replacement in "[A-Za-z0-9_-]") {
            let cursor = run_cursor(RunPosition { created_at: Millis(1_700_000_000_000), id: 42 });
            let mut changed = cursor.clone();
            changed.replace_range(at..=at, &replacement);
            prop_assume!(changed != cursor);
            let problem = run_position(Some(&changed)).unwrap_err();
            prop_assert_eq!(problem.parameter.as_deref(), Some("cursor"));
        }
    }

    #[test]
    fn limits_are_whole_numbers_from_1_to_100() {
        assert_eq!(limit(None).unwrap(), 50);
        assert_eq!(limit(Some("100")).unwrap(), 100);
        for bad in ["0", "101", "abc", "-1", "+1", "", "1e1", "9223372036854775808"] {
            assert_eq!(limit(Some(bad)).unwrap_err().parameter.as_deref(), Some("limit"), "{bad}");
        }
    }

    #[test]
    fn ids_are_plain_digits() {
        assert_eq!(id("17", "run").unwrap(), 17);
        assert_eq!(file_id("17.0").unwrap(), (17, 0));
        for bad in ["", ":id", "0", "-1", "1.5", "99999999999999999999", "1 "] {
            assert_eq!(id(bad, "run").unwrap_err().status, 404, "{bad}");
        }
        for bad in ["17", "17.", ".1", "17.1.2", "17.-1", "17.x"] {
            assert_eq!(file_id(bad).unwrap_err().status, 404, "{bad}");
        }
    }
}
