//! A workflow's standing as a small picture for other pages. It shows nothing but a name and one of a few words, and
//! is as wide for one word as for another, so that a page that embeds it cannot measure what it says.

use super::headers::CORP;
use super::params::{self, BadgeParams, Params};
use super::{Answer, Problem, Shared};
use crate::analysis::overview as figures;
use crate::model::overview::Branches;
use crate::store::WorkflowHead;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// Characters of a name that are shown.
const MAX_NAME_CHARS: usize = 40;
/// Width of the part with the word, in pixels.
const WORD_WIDTH: usize = 70;
/// Nothing is loaded by a badge, and nothing runs in it.
const POLICY: &str = "default-src 'none'; sandbox";

/// What a badge says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Passing,
    Failing,
    Flaky,
    NoStatus,
    Unknown,
}

impl Word {
    fn text(self) -> &'static str {
        match self {
            Word::Passing => "passing",
            Word::Failing => "failing",
            Word::Flaky => "flaky",
            Word::NoStatus => "no status",
            Word::Unknown => "not found",
        }
    }

    /// White text on it has a contrast of at least 4.5.
    fn colour(self) -> &'static str {
        match self {
            Word::Passing => "#2b7a4f",
            Word::Failing => "#c0292e",
            Word::Flaky => "#8a5d00",
            Word::NoStatus | Word::Unknown => "#5f6977",
        }
    }
}

/// A badge of a workflow.
#[utoipa::path(get, path = "/badge/{workflow}", params(("workflow" = String, Path, description = "Id or file name of the workflow, and `.svg`: `ci.yml.svg`, `ci.svg` or `1234.svg`."), BadgeParams), responses(
    (status = 200, description = "passing, failing, flaky or no status.", body = String, content_type = "image/svg+xml"),
    (status = 404, description = "There is no such workflow, or several repositories have one; a badge that says so.", body = String, content_type = "image/svg+xml"),
))]
pub(super) async fn get_badge(
    State(shared): State<Shared>,
    Path(file): Path<String>,
    Params(values): Params<BadgeParams>,
    headers: HeaderMap,
) -> Answer<Response> {
    let Some(name) = file.strip_suffix(".svg").filter(|name| !name.is_empty()) else {
        return Err(Problem::not_found("badge; its name ends in .svg"));
    };
    let repository = params::repository(values.repository)?;
    let branches = params::text("branch", values.branch)?.map_or(Branches::Default, Branches::Named);
    let heads = shared.store.workflow_heads(repository.as_ref()).await?;
    let Some(head) = find(&heads, name) else {
        return Ok(answer(StatusCode::NOT_FOUND, &draw(name, Word::Unknown), &headers));
    };
    let mut runs = shared.store.strip_runs(head, &branches).await?;
    if runs.is_empty() && branches == Branches::Default {
        runs = shared.store.strip_runs(head, &Branches::All).await?;
    }
    let letters = runs
        .iter()
        .map(|run| figures::letter(&run.status, run.conclusion.as_deref(), run.attempt, run.flaky_tests.unwrap_or(0)));
    Ok(answer(StatusCode::OK, &draw(&head.name, word(letters)), &headers))
}

/// The one workflow of this id, file name, or file name without its ending.
fn find<'a>(heads: &'a [WorkflowHead], name: &str) -> Option<&'a WorkflowHead> {
    let is_meant = |head: &&WorkflowHead| {
        let file = head.path.rsplit('/').next().unwrap_or_default();
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        name == head.id.to_string() || name == file || name == stem
    };
    let mut meant = heads.iter().filter(is_meant);
    meant.next().filter(|_| meant.next().is_none())
}

/// The word for runs, newest first.
fn word(mut letters: impl Iterator<Item = char>) -> Word {
    match letters.find(|letter| matches!(letter, 'P' | 'L' | 'F')) {
        Some('P') => Word::Passing,
        Some('L') => Word::Flaky,
        Some(_) => Word::Failing,
        None => Word::NoStatus,
    }
}

fn draw(name: &str, word: Word) -> String {
    let name = shown(name);
    let name_width = 14 + name.chars().count() * 13 / 2;
    let width = name_width + WORD_WIDTH;
    let (name, text, colour) = (escape(&name), word.text(), word.colour());
    let middle = name_width / 2;
    let text_at = name_width + WORD_WIDTH / 2;
    let name_length = name_width - 14;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"20\" viewBox=\"0 0 {width} 20\" role=\"img\" aria-label=\"{name}: {text}\">\
         <title>{name}: {text}</title><clipPath id=\"r\"><rect width=\"{width}\" height=\"20\" rx=\"4\"/></clipPath>\
         <g clip-path=\"url(#r)\"><rect width=\"{name_width}\" height=\"20\" fill=\"#2b323d\"/>\
         <rect x=\"{name_width}\" width=\"{WORD_WIDTH}\" height=\"20\" fill=\"{colour}\"/></g>\
         <g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">\
         <text x=\"{middle}\" y=\"14\" textLength=\"{name_length}\" lengthAdjust=\"spacingAndGlyphs\">{name}</text>\
         <text x=\"{text_at}\" y=\"14\">{text}</text></g></svg>\n"
    )
}

/// The name without what cannot be seen, and not too long.
fn shown(name: &str) -> String {
    let visible: String = name.chars().filter(|character| !super::plain::is_invisible(*character)).collect();
    if visible.chars().count() <= MAX_NAME_CHARS {
        return visible;
    }
    visible.chars().take(MAX_NAME_CHARS - 1).chain(['…']).collect()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn answer(status: StatusCode, svg: &str, asked: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hex::encode(&Sha256::digest(svg)[..12]));
    let is_known = status == StatusCode::OK
        && asked.get_all(header::IF_NONE_MATCH).iter().any(|tags| tags.to_str().is_ok_and(|tags| tags.contains(&etag)));
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => (status, svg.to_owned()).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(CORP, HeaderValue::from_static("cross-origin"));
    if let Ok(value) = HeaderValue::try_from(etag) {
        headers.insert(header::ETAG, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_the_picture() {
        let svg = draw("<script>\"'&\u{1b}[31m\u{202e}", Word::Failing);
        assert!(!svg.contains("<script") && !svg.contains('\u{1b}') && !svg.contains('\u{202e}'));
        assert!(svg.contains("&lt;script&gt;&quot;&#39;&amp;[31m: failing"));
        assert!(draw(&"x".repeat(500), Word::Passing).len() < 1_400);
    }

    #[test]
    fn every_word_is_as_wide_as_the_others() {
        let width = |word| draw("CI", word).split('"').nth(3).map(str::to_owned);
        for word in [Word::Failing, Word::Flaky, Word::NoStatus, Word::Unknown] {
            assert_eq!(width(word), width(Word::Passing));
        }
    }

    #[test]
    fn the_word_is_of_the_last_run_that_passed_or_failed() {
        for (letters, expected) in [
            ("", Word::NoStatus),
            ("RCS", Word::NoStatus),
            ("RCF", Word::Failing),
            ("QPF", Word::Passing),
            ("LF", Word::Flaky),
        ] {
            assert_eq!(word(letters.chars()), expected, "{letters}");
        }
    }

    #[test]
    fn a_workflow_is_found_by_id_file_or_its_stem_but_not_two() {
        let head = |id: i64, path: &str| WorkflowHead {
            id,
            repository_id: 1,
            owner: "acme".into(),
            repository: "shop".into(),
            default_branch: "main".into(),
            name: "CI".into(),
            path: path.into(),
            state: "active".into(),
        };
        let heads = [head(7, ".github/workflows/ci.yml"), head(8, ".github/workflows/e2e.yaml"), head(9, "x/e2e.yaml")];
        for (name, expected) in
            [("7", Some(7)), ("ci.yml", Some(7)), ("ci", Some(7)), ("e2e.yaml", None), ("8", Some(8)), ("", None)]
        {
            assert_eq!(find(&heads, name).map(|head| head.id), expected, "{name}");
        }
    }
}
