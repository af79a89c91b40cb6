//! Query parameters: every name known, every value checked before anything else happens, so that a
//! typing error is told and never silently ignored.

use super::problem::{Answer, Problem};
use crate::model::found::FoundType;
use crate::model::task::TaskKind;
use crate::model::testing::{Novelty, TestStatus, Verdict};
use crate::model::{FileType, Millis, QueueState};
use crate::store::{
    FailurePosition, FailureSort, FilePosition, FoundPosition, HistoryPosition, ResultPosition, RunPosition,
    TestPosition, TestSort,
};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

/// Days that figures look back at most, and where nothing is said.
const MAX_WINDOW_DAYS: i64 = 365;
const DEFAULT_WINDOW_DAYS: i64 = 30;

/// Page size where none is asked for.
const DEFAULT_LIMIT: i64 = 50;
/// Largest page size.
const MAX_LIMIT: i64 = 100;
/// Longest text accepted as a filter.
const MAX_TEXT_CHARS: usize = 256;
/// Words looked for at a time.
const MAX_WORDS: usize = 8;

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

/// What a badge is of.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BadgeParams {
    /// `owner/name`, where several repositories have such a workflow.
    pub repository: Option<String>,
    /// Head branch, exactly; the default branch where absent.
    pub branch: Option<String>,
}

/// What the overview is of.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OverviewParams {
    /// `owner/name`; all repositories where absent.
    pub repository: Option<String>,
    /// Head branch, exactly; `*` for all; each repository's default branch where absent.
    pub branch: Option<String>,
    /// `1d`, `7d`, `14d`, `30d` or `90d`; `14d` where absent.
    pub window: Option<String>,
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

/// Filters and paging of the tests of a run.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RunTestParams {
    /// Reports of this attempt, from 1; where absent, of every report its latest attempt.
    #[param(value_type = Option<i64>, minimum = 1)]
    pub attempt: Option<String>,
    /// `failed`, `flaky`, `skipped` or `passed`.
    #[param(value_type = Option<TestStatus>)]
    pub status: Option<String>,
    /// Words that must all occur in suite, class, name or file.
    pub q: Option<String>,
    /// Title of a suite, with those of the suites around it: tests in it and in suites inside it.
    pub suite: Option<String>,
    /// `new`, `known` or `flaky`: failures that are so.
    #[param(value_type = Option<Novelty>)]
    pub novelty: Option<String>,
    /// Only this report.
    #[param(value_type = Option<i64>)]
    pub report_id: Option<String>,
    /// Only this test.
    #[param(value_type = Option<i64>)]
    pub test_id: Option<String>,
    /// Page size, 1 to 100; 50 where absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    pub limit: Option<String>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// Filters and paging of tests.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TestParams {
    /// `owner/name`.
    pub repository: Option<String>,
    /// Words that must all occur in suite, class, name or file.
    pub q: Option<String>,
    /// What is thought of them.
    #[param(value_type = Option<Verdict>)]
    pub verdict: Option<String>,
    /// `failures` (in the last 30 days; where absent), `impact` (durations of the runs that failed with it), `flakiness`,
    /// `flips`, `failRate`, `slowness`, `lastFailure` or `name`.
    pub sort: Option<String>,
    /// Page size, 1 to 100; 50 where absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    pub limit: Option<String>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// Filters and paging of the queue.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QueueParams {
    /// Only items in this state.
    #[param(value_type = Option<QueueState>)]
    pub state: Option<String>,
    /// `run`, `recheck`, `artifact`, `log`, `reports`, `log-failures` or `tests`.
    pub kind: Option<String>,
    /// Page size, 1 to 100; 50 where absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    pub limit: Option<String>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// What to try again; everything that failed where nothing is named.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RetryParams {
    /// Kind of the item; with `id`.
    pub kind: Option<String>,
    /// Id of the item; with `kind`.
    #[param(value_type = Option<i64>)]
    pub id: Option<String>,
}

/// Filters and paging of a test's history.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HistoryParams {
    /// Head branch, exactly.
    pub branch: Option<String>,
    /// Variant, exactly.
    pub variant: Option<String>,
    /// Only runs of this workflow.
    #[param(value_type = Option<i64>)]
    pub workflow_id: Option<String>,
    /// `failed`, `flaky`, `skipped` or `passed`.
    #[param(value_type = Option<TestStatus>)]
    pub status: Option<String>,
    /// Page size, 1 to 100; 50 where absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    pub limit: Option<String>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// What a grid shows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GridParams {
    /// Columns, 1 to 200; 50 where absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    pub runs: Option<String>,
    /// Rows, 1 to 2000; 200 where absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 2000)]
    pub tests: Option<String>,
    /// Head branch, exactly.
    pub branch: Option<String>,
    /// Words that must all occur in suite, class, name or file.
    pub q: Option<String>,
    /// What is thought of the tests.
    #[param(value_type = Option<Verdict>)]
    pub verdict: Option<String>,
    /// `1` leaves out tests that neither failed nor were flaky in these runs.
    pub hide_green: Option<String>,
    /// `nextCursor` of a grid: older runs.
    pub before: Option<String>,
    /// `1` adds the duration of each cell.
    pub durations: Option<String>,
}

/// The time that figures look back, and whose runs they are told from.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrendParams {
    /// Days such as `30d`, from `1d` to `365d`; `30d` where absent.
    pub window: Option<String>,
    /// Head branch, exactly.
    pub branch: Option<String>,
}

/// Filters and paging of families of failures.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FailureParams {
    /// `owner/name`.
    pub repository: Option<String>,
    /// Words that must all occur in the title.
    pub q: Option<String>,
    /// Seen in one of the newest 1,000 runs of this head branch.
    pub branch: Option<String>,
    /// `1`: seen in a run on the default branch, not by a pull request and not from a fork.
    pub on_default: Option<String>,
    /// Seen within so many days.
    #[param(value_type = Option<i64>, minimum = 1)]
    pub since: Option<String>,
    /// `lastSeen` (where absent) or `runs`.
    pub sort: Option<String>,
    /// Page size, 1 to 100; 50 where absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    pub limit: Option<String>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// What to search for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchParams {
    /// Words that must all occur, in any case; or `#123`, a commit, an id, `@actor`, or an address of GitHub.
    pub q: Option<String>,
    /// Which types, separated by commas: `tests`, `failures`, `runs`, `workflows`, `branches`, `files`; all where absent.
    pub types: Option<String>,
    /// Items of each type, 1 to 50; 8 where absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 50)]
    pub limit: Option<String>,
    /// `nextCursor` of a group, with `types` naming that type alone.
    pub cursor: Option<String>,
}

/// What to compare with.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CompareParams {
    /// `lastGreen` (where absent): the newest successful run before it of the same workflow and branch, else of the
    /// default branch. Or GitHub's id of a run.
    pub with: Option<String>,
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
        flag("download", self.download.as_deref())
    }
}

/// How wide a thumbnail is.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ThumbnailParams {
    /// `160`, `320` or `640` pixels; 320 where absent.
    pub width: Option<String>,
}

impl ThumbnailParams {
    /// The width; few are allowed, so that few are made.
    pub fn width(&self) -> Answer<u32> {
        match self.width.as_deref() {
            None | Some("" | "320") => Ok(320),
            Some("160") => Ok(160),
            Some("640") => Ok(640),
            Some(_) => Err(Problem::parameter("width", "width must be 160, 320 or 640.")),
        }
    }
}

/// `1`, or absent.
pub fn flag(name: &str, value: Option<&str>) -> Answer<bool> {
    match value {
        None | Some("" | "0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(_) => Err(Problem::parameter(name, format!("{name} must be 1 or absent."))),
    }
}

/// One word of a list that `read` knows; empty means no filter.
pub fn one_of<T>(name: &str, value: Option<&str>, read: impl Fn(&str) -> Option<T>, words: &str) -> Answer<Option<T>> {
    let Some(text) = value.filter(|text| !text.is_empty()) else { return Ok(None) };
    match read(text) {
        Some(found) => Ok(Some(found)),
        None => Err(Problem::parameter(name, format!("{name} must be {words}."))),
    }
}

/// Outcome of a test.
pub fn test_status(value: Option<&str>) -> Answer<Option<TestStatus>> {
    one_of("status", value, TestStatus::from_word, "failed, flaky, skipped or passed")
}

/// What is thought of a test.
pub fn verdict(value: Option<&str>) -> Answer<Option<Verdict>> {
    let words = "broken, regressed, flaky, suspect, recovering, fixed, notEnoughData or healthy";
    one_of("verdict", value, Verdict::from_word, words)
}

/// Lower-case words that must all occur.
pub fn words(value: Option<String>) -> Answer<Vec<String>> {
    let words: Vec<String> =
        text("q", value)?.unwrap_or_default().to_lowercase().split_whitespace().map(str::to_owned).collect();
    if words.len() > MAX_WORDS {
        return Err(Problem::parameter("q", format!("q must be at most {MAX_WORDS} words.")));
    }
    Ok(words)
}

/// Page size.
pub fn limit(value: Option<&str>) -> Answer<i64> {
    up_to("limit", value, MAX_LIMIT, DEFAULT_LIMIT)
}

/// A whole number from 1 to `most`.
pub fn up_to(name: &str, value: Option<&str>, most: i64, where_absent: i64) -> Answer<i64> {
    let Some(text) = value else { return Ok(where_absent) };
    match digits(text) {
        Some(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(Problem::parameter(name, format!("{name} must be a whole number from 1 to {most}."))),
    }
}

/// A time looked back, in days.
pub fn window(value: Option<&str>) -> Answer<i64> {
    let Some(text) = value.filter(|text| !text.is_empty()) else { return Ok(DEFAULT_WINDOW_DAYS) };
    match text.strip_suffix('d').and_then(digits) {
        Some(days) if (1..=MAX_WINDOW_DAYS).contains(&days) => Ok(days),
        _ => Err(Problem::parameter(
            "window",
            format!("window must be days such as 30d, from 1d to {MAX_WINDOW_DAYS}d."),
        )),
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
    Results = 3,
    History = 4,
    TestsByFailures = 5,
    TestsByFlakiness = 6,
    TestsBySlowness = 7,
    TestsByLastFailure = 8,
    TestsByName = 9,
    FailuresByLastSeen = 10,
    FailuresByRuns = 11,
    Found = 20,
    TestsByImpact = 30,
    TestsByFlips = 31,
    TestsByFailRate = 32,
    Queue = 12,
}

/// Cursor after a run.
pub fn run_cursor(at: RunPosition) -> String {
    encode(List::Runs, [at.created_at.0, at.id])
}

/// Cursor after an item of the queue.
pub fn queue_cursor(row: i64) -> String {
    encode(List::Queue, [row])
}

/// Reads [`queue_cursor`].
pub fn queue_position(value: Option<&str>) -> Answer<Option<i64>> {
    Ok(decode(List::Queue, "cursor", value)?.map(|[row]| row))
}

/// A kind of task by its word.
pub fn task_kind(value: Option<&str>) -> Answer<Option<TaskKind>> {
    one_of("kind", value, TaskKind::from_word, "run, recheck, artifact, log, reports, log-failures or tests")
}

/// Reads [`run_cursor`].
pub fn run_position(value: Option<&str>) -> Answer<Option<RunPosition>> {
    named_run_position("cursor", value)
}

/// Reads [`run_cursor`] from the parameter `name`.
pub fn named_run_position(name: &str, value: Option<&str>) -> Answer<Option<RunPosition>> {
    let position = decode(List::Runs, name, value)?;
    Ok(position.map(|[created_at, id]| RunPosition { created_at: Millis(created_at), id }))
}

/// Cursor after a file.
pub fn file_cursor(at: FilePosition) -> String {
    encode(List::Files, [at.artifact_id, at.ordinal])
}

/// Reads [`file_cursor`].
pub fn file_position(value: Option<&str>) -> Answer<Option<FilePosition>> {
    let position = decode(List::Files, "cursor", value)?;
    Ok(position.map(|[artifact_id, ordinal]| FilePosition { artifact_id, ordinal }))
}

/// Cursor after a result in a run.
pub fn result_cursor(at: ResultPosition) -> String {
    encode(List::Results, [at.status.number(), at.report_id, at.ordinal])
}

/// Reads [`result_cursor`].
pub fn result_position(value: Option<&str>) -> Answer<Option<ResultPosition>> {
    let position = decode(List::Results, "cursor", value)?;
    Ok(position.map(|[status, report_id, ordinal]| ResultPosition {
        status: TestStatus::from_number(status),
        report_id,
        ordinal,
    }))
}

/// Cursor after a result in a test's history.
pub fn history_cursor(at: HistoryPosition) -> String {
    encode(List::History, [at.at.0, at.report_id, at.ordinal])
}

/// Reads [`history_cursor`].
pub fn history_position(value: Option<&str>) -> Answer<Option<HistoryPosition>> {
    let position = decode(List::History, "cursor", value)?;
    Ok(position.map(|[at, report_id, ordinal]| HistoryPosition { at: Millis(at), report_id, ordinal }))
}

fn tests_by(sort: TestSort) -> List {
    match sort {
        TestSort::Failures => List::TestsByFailures,
        TestSort::Flakiness => List::TestsByFlakiness,
        TestSort::Slowness => List::TestsBySlowness,
        TestSort::LastFailure => List::TestsByLastFailure,
        TestSort::Impact => List::TestsByImpact,
        TestSort::Flips => List::TestsByFlips,
        TestSort::FailRate => List::TestsByFailRate,
        TestSort::Name => List::TestsByName,
    }
}

/// Cursor after a test.
pub fn test_cursor(sort: TestSort, at: TestPosition) -> String {
    encode(tests_by(sort), [at.key, at.id])
}

/// Reads [`test_cursor`]; that of another order is refused.
pub fn test_position(sort: TestSort, value: Option<&str>) -> Answer<Option<TestPosition>> {
    Ok(decode(tests_by(sort), "cursor", value)?.map(|[key, id]| TestPosition { key, id }))
}

fn failures_by(sort: FailureSort) -> List {
    match sort {
        FailureSort::LastSeen => List::FailuresByLastSeen,
        FailureSort::Runs => List::FailuresByRuns,
    }
}

/// Cursor after a family of failures.
pub fn failure_cursor(sort: FailureSort, at: FailurePosition) -> String {
    encode(failures_by(sort), [at.key, at.id])
}

/// Reads [`failure_cursor`]; that of another order is refused.
pub fn failure_position(sort: FailureSort, value: Option<&str>) -> Answer<Option<FailurePosition>> {
    Ok(decode(failures_by(sort), "cursor", value)?.map(|[key, id]| FailurePosition { key, id }))
}

/// Cursor after something found.
pub fn found_cursor(found_type: FoundType, at: FoundPosition) -> String {
    encode(List::Found, [found_type as i64, at.rank, at.at, at.id])
}

/// Reads [`found_cursor`].
pub fn found_position(value: Option<&str>) -> Answer<Option<(FoundType, FoundPosition)>> {
    let Some([number, rank, at, id]) = decode(List::Found, "cursor", value)? else { return Ok(None) };
    let found_type = FoundType::ALL.into_iter().find(|found| *found as i64 == number);
    Ok(found_type.map(|found_type| (found_type, FoundPosition { rank, at, id })))
}

/// List, numbers, and four bytes of their hash: a cursor is not secret, but a mistyped one is told.
fn encode<const N: usize>(list: List, numbers: [i64; N]) -> String {
    let mut bytes = vec![list as u8];
    numbers.iter().for_each(|number| bytes.extend(number.to_be_bytes()));
    let check = Sha256::digest(&bytes);
    bytes.extend(&check[..4]);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode<const N: usize>(list: List, name: &str, value: Option<&str>) -> Answer<Option<[i64; N]>> {
    let Some(text) = value.filter(|text| !text.is_empty()) else { return Ok(None) };
    match numbers(text) {
        Some((kind, numbers)) if kind == list as u8 => Ok(Some(numbers)),
        _ => Err(Problem::parameter(name, format!("{name} must be a nextCursor of this list."))),
    }
}

fn numbers<const N: usize>(text: &str) -> Option<(u8, [i64; N])> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (body, check) = bytes.split_at_checked(1 + N * 8)?;
    if Sha256::digest(body)[..4] != *check {
        return None;
    }
    let mut numbers = [0; N];
    for (number, bytes) in numbers.iter_mut().zip(body[1..].chunks_exact(8)) {
        *number = i64::from_be_bytes(bytes.try_into().ok()?);
    }
    Some((body[0], numbers))
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
