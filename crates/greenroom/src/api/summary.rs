//! A run in a few lines, for curl, chats and issues: verdict, counts, failures by cause, failed jobs, links. What comes
//! from artifacts is hostile and goes through `plain`.

use super::params::{self, JobParams, Params};
use super::plain;
use super::security::Host;
use super::{Answer, Problem, Shared};
use crate::analysis;
use crate::model::results::{LogFailure, TestResult, TestTotals};
use crate::model::testing::{Novelty, TestStatus};
use crate::model::{Job, Run, RunDetail};
use crate::store::ResultQuery;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

/// Failed tests that are told apart.
const MAX_TESTS: i64 = 100;
/// Causes told.
const MAX_CAUSES: usize = 12;
/// Tests named for one cause.
const MAX_NAMED: usize = 6;
/// Failed jobs told.
const MAX_JOBS: usize = 12;
/// Characters of a line of somebody else's text.
const MAX_LINE: usize = 200;

/// How the summary is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Markdown,
}

/// A run in a few lines.
#[utoipa::path(get, path = "/r/{run}", params(("run" = String, Path, description = "GitHub's id of the run, and `.txt` or `.md`: `1234.md`."), JobParams), responses(
    (status = 200, description = "Verdict, counts, failures by cause, failed jobs and links, as text or as Markdown.", body = String, content_type = "text/plain"),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such run or attempt.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_summary(
    State(shared): State<Shared>,
    Path(file): Path<String>,
    Params(values): Params<JobParams>,
    host: Option<Extension<Host>>,
    headers: HeaderMap,
) -> Answer<Response> {
    let (id, form) = match file.rsplit_once('.') {
        Some((id, "txt")) => (id, Form::Text),
        Some((id, "md")) => (id, Form::Markdown),
        _ => return Err(Problem::not_found("summary; its address ends in .txt or .md")),
    };
    let asked = params::positive("attempt", values.attempt.as_deref())?;
    let run_id = params::id(id, "run")?;
    let Some(detail) = shared.store.run(run_id).await? else { return Err(Problem::not_found("run")) };
    let attempt = asked.unwrap_or(detail.run.attempt);
    if attempt > detail.run.attempt {
        return Err(Problem::not_found("attempt of this run"));
    }
    let query = ResultQuery {
        run_id,
        attempt: asked,
        status: Some(TestStatus::Failed),
        limit: MAX_TESTS,
        ..ResultQuery::default()
    };
    let page = shared.store.run_results(&query).await?;
    let totals = shared.store.run_totals(&[run_id]).await?.remove(&run_id).unwrap_or_default();
    let told = Told {
        jobs: shared.store.jobs(run_id, attempt).await?,
        log_failures: shared.store.log_failures(run_id, attempt).await?,
        // Counts are those of the latest attempt.
        totals: (attempt == detail.run.attempt).then_some(totals),
        more_tests: page.next.is_some(),
        tests: page.items,
        base: base(host.as_deref(), &headers),
        attempt,
        detail,
    };
    let (body, media_type) = match form {
        Form::Text => (told.write(form), "text/plain; charset=utf-8"),
        Form::Markdown => (told.write(form), "text/markdown; charset=utf-8"),
    };
    Ok(([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-cache")], body).into_response())
}

/// Where links lead: the host asked for, which has been checked; by TLS where a proxy in front says so.
fn base(host: Option<&Host>, headers: &HeaderMap) -> String {
    let by_tls = headers.get("x-forwarded-proto").is_some_and(|value| value.as_bytes() == b"https");
    let host = host.map_or("localhost", |host| host.0.as_str());
    format!("{}://{host}", if by_tls { "https" } else { "http" })
}

/// Everything a summary tells.
struct Told {
    detail: RunDetail,
    attempt: i64,
    jobs: Vec<Job>,
    tests: Vec<TestResult>,
    more_tests: bool,
    totals: Option<TestTotals>,
    log_failures: Vec<LogFailure>,
    base: String,
}

/// Failed tests with one cause.
struct Cause<'a> {
    message: String,
    place: Option<String>,
    tests: Vec<&'a TestResult>,
}

impl Told {
    fn write(&self, form: Form) -> String {
        let run = &self.detail.run;
        let page = Page { form };
        let mut lines = vec![page.title(&self.headline(), run)];
        lines.push(page.line(&self.facts(form)));
        lines.push(page.line(&self.link("")));
        self.write_causes(&page, &mut lines);
        self.write_jobs(&page, &mut lines);
        lines.join("\n") + "\n"
    }

    /// Status and conclusion of the attempt told of.
    fn ending(&self) -> (&str, Option<&str>) {
        let run = &self.detail.run;
        let own = self.detail.attempts.iter().find(|attempt| attempt.attempt == self.attempt);
        own.map_or((&run.status, run.conclusion.as_deref()), |own| (&own.status, own.conclusion.as_deref()))
    }

    /// What became of the run, in words of ours.
    fn headline(&self) -> String {
        let failed_jobs = self.jobs.iter().filter(|job| is_failed(job)).count();
        let word = match self.ending() {
            (_, Some("success")) => "passed",
            (_, Some("failure")) => "failed",
            (_, Some("timed_out")) => "timed out",
            (_, Some("startup_failure")) => "could not start",
            (_, Some("cancelled")) => "was cancelled",
            (_, Some("skipped")) => "was skipped",
            (_, Some("action_required")) => "waits for approval",
            (_, Some(_)) => "ended",
            ("in_progress", None) => "is running",
            _ => "is waiting",
        };
        let mut parts = Vec::new();
        if let Some(tests) = self.totals.as_ref().filter(|tests| tests.total > 0) {
            parts.push(match tests.failed {
                0 => format!("{} passed", count(tests.passed, "test")),
                failed => format!("{failed} of {} failed", count(tests.total, "test")),
            });
            if tests.flaky > 0 {
                parts.push(format!("{} flaky", tests.flaky));
            }
        }
        if failed_jobs > 0 {
            parts.push(format!("{failed_jobs} of {} failed", count(self.jobs.len() as i64, "job")));
        }
        if parts.is_empty() { word.to_owned() } else { format!("{word}: {}", parts.join(", ")) }
    }

    /// Branch, commit, author, event, duration.
    fn facts(&self, form: Form) -> String {
        let run = &self.detail.run;
        let said = |text: &str| quote(text, form);
        let mut facts = vec![said(&run.title)];
        if !run.branch.is_empty() {
            facts.push(format!("on {}", said(&run.branch)));
        }
        facts.push(format!(
            "commit {}",
            run.head_sha.chars().take(7).filter(char::is_ascii_hexdigit).collect::<String>()
        ));
        if !run.actor.is_empty() {
            facts.push(format!("by {}", said(&run.actor)));
        }
        if run.attempt > 1 {
            facts.push(format!("attempt {} of {}", self.attempt, run.attempt));
        }
        let own = self.detail.attempts.iter().find(|attempt| attempt.attempt == self.attempt);
        if let Some(ms) = own.map_or(run.duration_ms, |own| own.duration_ms) {
            facts.push(format!("took {}", duration(ms)));
        }
        facts.push(format!("created {}", run.created_at));
        facts.retain(|fact| !fact.is_empty());
        facts.join(", ")
    }

    fn link(&self, rest: &str) -> String {
        let attempt = match self.attempt == self.detail.run.attempt {
            true => String::new(),
            false => format!("{}attempt={}", if rest.contains('?') { '&' } else { '?' }, self.attempt),
        };
        format!("{}/runs/{}{rest}{attempt}", self.base, self.detail.run.id)
    }

    /// Failed tests by family, those with most tests first; news goes before what is known.
    fn causes(&self) -> Vec<Cause<'_>> {
        let mut causes: Vec<(Option<i64>, Cause<'_>)> = Vec::new();
        for test in &self.tests {
            let known = causes.iter_mut().find(|(family, _)| family.is_some() && *family == test.family_id);
            match known {
                Some((_, cause)) => cause.tests.push(test),
                None => causes.push((test.family_id, cause(test))),
            }
        }
        let mut causes: Vec<Cause<'_>> = causes.into_iter().map(|(_, cause)| cause).collect();
        let is_news = |cause: &Cause<'_>| cause.tests.iter().any(|test| test.novelty == Some(Novelty::New));
        causes.sort_by_key(|cause| (!is_news(cause), std::cmp::Reverse(cause.tests.len())));
        causes
    }

    fn write_causes(&self, page: &Page, lines: &mut Vec<String>) {
        let causes = self.causes();
        if causes.is_empty() {
            return;
        }
        lines.push(String::new());
        lines.push(page.heading("Failures by cause"));
        for cause in causes.iter().take(MAX_CAUSES) {
            lines.push(page.item(&format!(
                "{}: {}",
                count(cause.tests.len() as i64, "test"),
                quote_or(&cause.message, "no message", page.form)
            )));
            if let Some(place) = &cause.place {
                lines.push(page.below(&format!("at {}", quote(place, page.form))));
            }
            for test in cause.tests.iter().take(MAX_NAMED) {
                lines.push(page.below(&self.test(test, page.form)));
            }
            if cause.tests.len() > MAX_NAMED {
                lines.push(page.below(&format!("and {} more", cause.tests.len() - MAX_NAMED)));
            }
        }
        if causes.len() > MAX_CAUSES {
            lines.push(page.item(&format!("and {}", count((causes.len() - MAX_CAUSES) as i64, "more cause"))));
        }
        if self.more_tests {
            lines.push(page.line(&format!("Only the first {MAX_TESTS} failed tests are told apart here.")));
        }
    }

    fn test(&self, test: &TestResult, form: Form) -> String {
        let word = match test.novelty {
            Some(Novelty::New) => "new: ",
            Some(Novelty::Known) => "known: ",
            Some(Novelty::Flaky) => "flaky: ",
            None => "",
        };
        let around = if test.suite.is_empty() { test.class_name.as_deref().unwrap_or_default() } else { &test.suite };
        let name = if around.is_empty() { test.name.clone() } else { format!("{around} > {}", test.name) };
        let link = self.link(&format!("?tab=tests&result={}", test.id));
        let ran_in = match test.variant.is_empty() {
            true => String::new(),
            false => format!(" in {}", quote(&test.variant, form)),
        };
        format!("{word}{}{ran_in} {link}", quote(&name, form))
    }

    fn write_jobs(&self, page: &Page, lines: &mut Vec<String>) {
        let failed: Vec<&Job> = self.jobs.iter().filter(|job| is_failed(job)).collect();
        if failed.is_empty() {
            return;
        }
        lines.push(String::new());
        lines.push(page.heading("Failed jobs"));
        for job in failed.iter().take(MAX_JOBS) {
            let step = job.steps.iter().find(|step| step.conclusion.as_deref() == Some("failure"));
            let at = step.map_or(String::new(), |step| format!(", at step {}", quote(&step.name, page.form)));
            let link = format!("{}/runs/{}/jobs/{}", self.base, self.detail.run.id, job.id);
            lines.push(page.item(&format!("{}{at} {link}", quote_or(&job.name, "a job", page.form))));
            if let Some(failure) = self.log_failures.iter().find(|failure| failure.job_id == job.id) {
                lines.push(page.below(&format!("line {}: {}", failure.line, quote(&failure.message, page.form))));
            }
        }
        if failed.len() > MAX_JOBS {
            lines.push(page.item(&format!("and {} more", failed.len() - MAX_JOBS)));
        }
    }
}

fn cause(test: &TestResult) -> Cause<'_> {
    let failure = test.failure.as_ref();
    let frame = failure.and_then(|failure| analysis::innermost(failure.stack.as_deref().unwrap_or(&failure.message)));
    let place = frame.and_then(|frame| {
        let file = frame.file?;
        Some(frame.line.map_or(file.clone(), |line| format!("{file}:{line}")))
    });
    Cause { message: failure.map(|failure| failure.message.clone()).unwrap_or_default(), place, tests: vec![test] }
}

fn is_failed(job: &Job) -> bool {
    matches!(job.conclusion.as_deref(), Some("failure" | "timed_out" | "startup_failure"))
}

/// Somebody else's text: one line, harmless; as code in Markdown.
fn quote(text: &str, form: Form) -> String {
    let line = plain::line(text, MAX_LINE);
    match form {
        Form::Text => line,
        Form::Markdown => plain::code(&line),
    }
}

fn quote_or(text: &str, otherwise: &str, form: Form) -> String {
    let quoted = quote(text, form);
    if quoted.is_empty() { otherwise.to_owned() } else { quoted }
}

fn count(number: i64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A duration in its two largest units.
fn duration(ms: i64) -> String {
    let seconds = (ms.max(0) + 500) / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
    }
}

/// The few signs that make text or Markdown of the same lines.
struct Page {
    form: Form,
}

impl Page {
    fn title(&self, headline: &str, run: &Run) -> String {
        let name = quote_or(&run.workflow_name, "workflow", self.form);
        match self.form {
            Form::Text => format!("{name} #{} {headline}", run.run_number),
            // No number behind a hash sign: readers make links to issues of it.
            Form::Markdown => format!("### {name} run {} {headline}\n", run.run_number),
        }
    }

    fn heading(&self, text: &str) -> String {
        match self.form {
            Form::Text => format!("{text}:"),
            Form::Markdown => format!("**{text}**\n"),
        }
    }

    fn line(&self, text: &str) -> String {
        match self.form {
            Form::Text => text.to_owned(),
            Form::Markdown => format!("{text}\n"),
        }
    }

    fn item(&self, text: &str) -> String {
        format!("- {text}")
    }

    fn below(&self, text: &str) -> String {
        match self.form {
            Form::Text => format!("    {text}"),
            Form::Markdown => format!("  - {text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_two_units() {
        for (ms, expected) in [(400, "0s"), (59_400, "59s"), (60_000, "1m 00s"), (5_025_000, "1h 23m")] {
            assert_eq!(duration(ms), expected);
        }
    }

    #[test]
    fn links_lead_where_the_request_came_from() {
        let host = Host("ci.example.org:8443".into());
        let mut headers = HeaderMap::new();
        assert_eq!(base(Some(&host), &headers), "http://ci.example.org:8443");
        headers.insert("x-forwarded-proto", axum::http::HeaderValue::from_static("https"));
        assert_eq!(base(Some(&host), &headers), "https://ci.example.org:8443");
        headers.insert("x-forwarded-proto", axum::http::HeaderValue::from_static("javascript:"));
        assert_eq!(base(Some(&host), &headers), "http://ci.example.org:8443");
    }
}
