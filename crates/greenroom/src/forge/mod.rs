//! The GitHub REST client of one token: the only room that speaks HTTP to GitHub. It asks, pages,
//! retries, respects limits and downloads; what to ask, when, and what becomes of the answers is
//! left to others. Everything it gives back is a noun of [`crate::model::upstream`].
//!
//! - [`gate`]: limits and pacing, shared by all calls of the token
//! - [`call`]: one question to the API, with its redirects and retries
//! - [`download`]: content from the blob store, which never sees the token
//! - [`wire`]: GitHub's JSON, read tolerantly

mod call;
mod disposition;
mod download;
mod error;
mod gate;
mod link;
mod reach;
mod wire;

#[cfg(test)]
mod corpus;

pub use download::Download;
pub use error::ForgeError;

use crate::clock::Clock;
use crate::model::secret::Secret;
use crate::model::{EndpointRequests, Millis, RateLimit, SECOND_MS, upstream};
use call::{Ask, Client, Reply};
use reqwest::Url;
use std::sync::Arc;
use std::time::Duration;
use tempfile::NamedTempFile;
use wire::Wire;

/// How many items a page is asked to have; GitHub's maximum.
const PER_PAGE: u32 = 100;
/// Pages of a list; GitHub ends its longest at 40,000 items.
const MOST_PAGES: u64 = 1_000;
/// What is asked for instead when GitHub cannot make a page that long in its ten seconds.
const SMALLER_PAGES: [u32; 2] = [50, 30];

/// What a [`Forge`] needs to know.
#[derive(Clone, Debug)]
pub struct ForgeOptions {
    /// Where the REST API is, without a slash at the end; `https://api.github.com` for GitHub itself.
    pub api_url: String,
    /// Token sent with every API request, and nowhere else.
    pub token: Secret,
    /// How long an API answer may take, and how long a download may stand still.
    pub timeout: Duration,
    /// Tells until when limits last.
    pub clock: Clock,
    /// Pause before the first retry within a call; doubles with each further one.
    pub backoff_base: Duration,
}

impl ForgeOptions {
    /// The usual timeout (30 s) and retry pauses (0.5, 1, 2, 4 s).
    pub fn new(api_url: impl Into<String>, token: Secret, clock: Clock) -> ForgeOptions {
        ForgeOptions {
            api_url: api_url.into(),
            token,
            timeout: Duration::from_secs(30),
            clock,
            backoff_base: Duration::from_millis(500),
        }
    }
}

/// What GitHub's headers say about a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFacts {
    /// Scopes of a classic token; none for others.
    pub scopes: Vec<String>,
    /// When it ends, if ever.
    pub expires_at: Option<Millis>,
    /// What time it is at GitHub.
    pub server_time: Option<Millis>,
}

/// A repository to ask about. The id is what counts; owner and name make the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoRef {
    /// GitHub's numeric id.
    pub id: i64,
    /// Login of the owner.
    pub owner: String,
    /// Name without the owner.
    pub name: String,
}

/// Which page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// The first, 100 items long; shorter where GitHub fails to serve that many.
    First,
    /// The n-th of 100 items, from 1.
    Page(u32),
    /// The one a [`Page::next`] names; only followed on the configured API host.
    Next(String),
}

/// Which runs of a repository. Filtered lists are answered by GitHub's search index, which lags and
/// ends at 1,000; only the unfiltered one is a truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunFilter<'a> {
    /// All of them, newest first.
    All,
    /// Those with this status or conclusion.
    Status(&'a str),
    /// Those created from `from` to `to`, both included, in whole seconds.
    Created {
        /// Earliest creation.
        from: Millis,
        /// Latest creation.
        to: Millis,
    },
}

/// An answer to a question that may have named an ETag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// Nothing has changed since the answer with that ETag; the question was free.
    NotModified,
    /// The present state.
    Fresh(T),
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Items that could be read, in GitHub's order.
    pub items: Vec<T>,
    /// How many items GitHub says the whole list has; clamped by it at 40,000.
    pub total: i64,
    /// Where the next page is; `None` at the end. A short page is not the end.
    pub next: Option<String>,
    /// To ask again conditionally at the same place, with the same token.
    pub etag: Option<String>,
    /// Items that could not be read, with the reason.
    pub skipped: Vec<String>,
    /// The repository that its items say they are of; `None` where they do not say.
    pub home: Option<i64>,
}

/// A single object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct One<T> {
    /// The object.
    pub item: T,
    /// To ask again conditionally, with the same token.
    pub etag: Option<String>,
}

/// GitHub REST client of one token. Clones share the limits, the pace and the connections.
#[derive(Clone, Debug)]
pub struct Forge {
    client: Arc<Client>,
}

impl Forge {
    /// Makes a client; sends nothing. Fails on an address that is no http(s) URL and on a token that
    /// cannot be sent in a header.
    pub fn new(options: ForgeOptions) -> anyhow::Result<Forge> {
        Ok(Forge { client: Arc::new(Client::new(options)?) })
    }

    /// First 16 hex digits of SHA-256 over API address and token: ETags are only good for the token
    /// that got them, so they are stored under this.
    pub fn token_fingerprint(&self) -> &str {
        &self.client.fingerprint
    }

    /// The limits as GitHub last told, with the moment until which nothing is sent.
    pub fn rate_limit(&self) -> RateLimit {
        self.client.gate.rate_limit()
    }

    /// What was asked so far, most first.
    pub fn requests(&self) -> Vec<EndpointRequests> {
        self.client.asked()
    }

    /// API requests sent so far, retries and redirects included, downloads from the blob store not.
    pub fn requests_sent(&self) -> u64 {
        self.client.sent()
    }

    /// The repository of that name, under its present name if it was renamed.
    pub async fn repository(&self, owner: &str, name: &str) -> Result<upstream::Repository, ForgeError> {
        let url = self.client.url(["repos", owner, name]);
        self.one::<wire::RepositoryObject>("repository", url).await
    }

    /// What GitHub says about the token, and what time it is there, asked by way of a repository.
    pub async fn token_facts(&self, owner: &str, name: &str) -> Result<TokenFacts, ForgeError> {
        let url = self.client.url(["repos", owner, name]);
        let ask = Ask { endpoint: "repository", url, smaller: Vec::new(), etag: None };
        let facts = |reply: &Reply| {
            let list = |text: &str| {
                text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
            };
            let ends = reply.header("github-authentication-token-expiration");
            Ok(TokenFacts {
                scopes: reply.header("x-oauth-scopes").map(list).unwrap_or_default(),
                expires_at: ends.and_then(|text| Millis::parse(&text.replacen(' ', "T", 1).replace(" UTC", "Z"))),
                server_time: reply.header("date").and_then(gate::http_date),
            })
        };
        self.client.call(ask, facts).await
    }

    /// A page of the workflows of a repository.
    pub async fn workflows(
        &self,
        repository: &RepoRef,
        at: At,
        etag: Option<&str>,
    ) -> Result<Answer<Page<upstream::Workflow>>, ForgeError> {
        let url = self.actions(repository, &["workflows"]);
        self.list::<wire::WorkflowObject>("workflows", "workflows", url, at, etag).await
    }

    /// One workflow; also those that a list leaves out.
    pub async fn workflow(&self, repository: &RepoRef, id: i64) -> Result<upstream::Workflow, ForgeError> {
        self.one::<wire::WorkflowObject>("workflow", self.actions(repository, &["workflows", &id.to_string()])).await
    }

    /// A page of the runs of a repository, newest first; [`ForgeError::Replaced`] where they are another's.
    pub async fn runs(
        &self,
        repository: &RepoRef,
        filter: RunFilter<'_>,
        at: At,
        etag: Option<&str>,
    ) -> Result<Answer<Page<upstream::Run>>, ForgeError> {
        let mut url = self.actions(repository, &["runs"]);
        match filter {
            RunFilter::All => {}
            RunFilter::Status(status) => drop(url.query_pairs_mut().append_pair("status", status)),
            RunFilter::Created { from, to } => drop(url.query_pairs_mut().append_pair("created", &span(from, to))),
        }
        let runs = self.list::<wire::RunObject>("runs", "workflow_runs", url, at, etag).await?;
        match &runs {
            Answer::Fresh(page) if page.home.is_some_and(|home| home != repository.id) => Err(ForgeError::Replaced),
            _ => Ok(runs),
        }
    }

    /// One run at its latest attempt.
    pub async fn run(
        &self,
        repository: &RepoRef,
        id: i64,
        etag: Option<&str>,
    ) -> Result<Answer<One<upstream::Run>>, ForgeError> {
        let url = self.actions(repository, &["runs", &id.to_string()]);
        let ask = Ask { endpoint: "run", url, smaller: Vec::new(), etag };
        self.client
            .call(ask, |reply| {
                answer(reply, |reply| {
                    Ok(One { item: wire::one::<wire::RunObject>(reply.body()?)?, etag: reply.etag() })
                })
            })
            .await
    }

    /// One attempt of a run, from 1.
    pub async fn attempt(
        &self,
        repository: &RepoRef,
        run_id: i64,
        attempt: i64,
    ) -> Result<upstream::Attempt, ForgeError> {
        let url = self.actions(repository, &["runs", &run_id.to_string(), "attempts", &attempt.to_string()]);
        self.one::<wire::AttemptObject>("attempt", url).await
    }

    /// A page of the jobs of a run, of all its attempts.
    pub async fn jobs(
        &self,
        repository: &RepoRef,
        run_id: i64,
        at: At,
        etag: Option<&str>,
    ) -> Result<Answer<Page<upstream::Job>>, ForgeError> {
        let mut url = self.actions(repository, &["runs", &run_id.to_string(), "jobs"]);
        // The default, `latest`, has changed its meaning before.
        url.query_pairs_mut().append_pair("filter", "all");
        self.list::<wire::JobObject>("jobs", "jobs", url, at, etag).await
    }

    /// A page of the artifacts of a repository, newest id first.
    pub async fn artifacts(
        &self,
        repository: &RepoRef,
        at: At,
        etag: Option<&str>,
    ) -> Result<Answer<Page<upstream::Artifact>>, ForgeError> {
        let url = self.actions(repository, &["artifacts"]);
        self.list::<wire::ArtifactObject>("artifacts", "artifacts", url, at, etag).await
    }

    /// A page of the artifacts of a run, in no promised order.
    pub async fn run_artifacts(
        &self,
        repository: &RepoRef,
        run_id: i64,
        at: At,
        etag: Option<&str>,
    ) -> Result<Answer<Page<upstream::Artifact>>, ForgeError> {
        let url = self.actions(repository, &["runs", &run_id.to_string(), "artifacts"]);
        self.list::<wire::ArtifactObject>("run_artifacts", "artifacts", url, at, etag).await
    }

    /// Downloads an artifact into `into`, checked against its length and, if given, its SHA-256
    /// (hex, with or without `sha256:`).
    pub async fn download_artifact(
        &self,
        repository: &RepoRef,
        id: i64,
        into: NamedTempFile,
        cap_bytes: u64,
        expected_sha256: Option<&str>,
    ) -> Result<Download, ForgeError> {
        let url = self.actions(repository, &["artifacts", &id.to_string(), "zip"]);
        download::download(&self.client, "artifact_content", url, into, cap_bytes, expected_sha256).await
    }

    /// Downloads the log of a job into `into`. `NotFound` for jobs that never started, and for a
    /// while after a job has ended.
    pub async fn download_log(
        &self,
        repository: &RepoRef,
        job_id: i64,
        into: NamedTempFile,
        cap_bytes: u64,
    ) -> Result<Download, ForgeError> {
        let url = self.actions(repository, &["jobs", &job_id.to_string(), "logs"]);
        download::download(&self.client, "job_log", url, into, cap_bytes, None).await
    }

    fn actions(&self, repository: &RepoRef, path: &[&str]) -> Url {
        let start = ["repos", &repository.owner, &repository.name, "actions"];
        self.client.url(start.into_iter().chain(path.iter().copied()))
    }

    async fn one<W: Wire>(&self, endpoint: &'static str, url: Url) -> Result<W::Noun, ForgeError> {
        let ask = Ask { endpoint, url, smaller: Vec::new(), etag: None };
        self.client.call(ask, |reply| wire::one::<W>(reply.body()?)).await
    }

    async fn list<W: Wire>(
        &self,
        endpoint: &'static str,
        list: &str,
        url: Url,
        at: At,
        etag: Option<&str>,
    ) -> Result<Answer<Page<W::Noun>>, ForgeError> {
        let (url, smaller) = match at {
            At::First => (sized(&url, PER_PAGE), SMALLER_PAGES.map(|per_page| sized(&url, per_page)).to_vec()),
            At::Page(page) => {
                let mut url = sized(&url, PER_PAGE);
                url.query_pairs_mut().append_pair("page", &page.to_string());
                (url, Vec::new())
            }
            At::Next(next) => (self.client.own_url(&next)?, Vec::new()),
        };
        let number = link::page_number(&url);
        let ask = Ask { endpoint, url, smaller, etag };
        let read = self.client.call(ask, |reply| answer(reply, |reply| page::<W>(reply, list))).await?;
        if let Answer::Fresh(Page { next: Some(next), .. }) = &read {
            self.check_order(number, next)?;
        }
        Ok(read)
    }

    /// Refuses a list that leads back to where it was, or on for ever: whoever walks it would never arrive.
    fn check_order(&self, number: u64, next: &str) -> Result<(), ForgeError> {
        // One on another host is refused when it is followed.
        let Ok(next) = self.client.own_url(next) else { return Ok(()) };
        let after = link::page_number(&next);
        let reason = match after {
            _ if after <= number => "the next page of a list is not a later one",
            _ if after > MOST_PAGES => "a list has no end",
            _ => return Ok(()),
        };
        Err(ForgeError::Invalid { reason: reason.into() })
    }
}

fn answer<T>(reply: &Reply, read: impl Fn(&Reply) -> Result<T, String>) -> Result<Answer<T>, String> {
    if reply.not_modified() { Ok(Answer::NotModified) } else { read(reply).map(Answer::Fresh) }
}

fn page<W: Wire>(reply: &Reply, list: &str) -> Result<Page<W::Noun>, String> {
    let listing = wire::listing::<W>(reply.body()?, list)?;
    let next = reply.header("link").and_then(link::next);
    let wire::Listing { items, total, skipped, home } = listing;
    Ok(Page { items, total, next, etag: reply.etag(), skipped, home })
}

fn sized(url: &Url, per_page: u32) -> Url {
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("per_page", &per_page.to_string());
    url
}

/// GitHub's search syntax for a span of time: whole seconds, in UTC.
fn span(from: Millis, to: Millis) -> String {
    let whole = |moment: Millis| Millis(moment.0.div_euclid(SECOND_MS) * SECOND_MS);
    format!("{}..{}", whole(from), whole(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forge(api_url: &str) -> anyhow::Result<Forge> {
        Forge::new(ForgeOptions::new(api_url, Secret::new("ghp_secret"), Clock::manual(Millis(0))))
    }

    #[test]
    fn a_span_is_in_whole_seconds_of_utc() {
        assert_eq!(
            span(Millis(1_672_628_645_999), Millis(1_672_628_646_001)),
            "2023-01-02T03:04:05Z..2023-01-02T03:04:06Z"
        );
    }

    #[test]
    fn names_are_encoded_into_the_path_and_the_base_path_is_kept() {
        let forge = forge("https://github.example/api/v3/").unwrap();
        let repository = RepoRef { id: 1, owner: "o wner".into(), name: "a/b?c".into() };
        assert_eq!(
            forge.actions(&repository, &["runs"]).as_str(),
            "https://github.example/api/v3/repos/o%20wner/a%2Fb%3Fc/actions/runs"
        );
    }

    #[test]
    fn the_token_is_neither_in_the_fingerprint_nor_in_the_debug_text() {
        let one = forge("https://api.github.com").unwrap();
        assert_eq!(one.token_fingerprint().len(), 16);
        assert_ne!(one.token_fingerprint(), forge("https://github.example/api/v3").unwrap().token_fingerprint());
        assert!(!format!("{one:?}").contains("ghp_secret"), "{one:?}");
    }

    #[test]
    fn an_address_that_is_no_url_is_refused() {
        for address in ["api.github.com", "ftp://api.github.com", "", "https://user:pass@github.example"] {
            assert!(forge(address).is_err(), "{address}");
        }
        let bad_token = ForgeOptions::new("https://api.github.com", Secret::new("line\nbreak"), Clock::System);
        let error = format!("{:#}", Forge::new(bad_token).unwrap_err());
        assert!(!error.contains("break"), "{error}");
    }

    #[tokio::test]
    async fn g3_a_next_page_on_another_host_is_not_followed() {
        let forge = forge("https://github.example/api/v3").unwrap();
        let repository = RepoRef { id: 1, owner: "o".into(), name: "r".into() };
        for next in [
            "https://evil.example/api/v3/x?page=2",
            "http://github.example/api/v3/x",
            "https://github.example/other",
            "nonsense",
        ] {
            let refused = forge.runs(&repository, RunFilter::All, At::Next(next.into()), None).await;
            assert!(matches!(refused, Err(ForgeError::Invalid { .. })), "{next}: {refused:?}");
        }
        assert_eq!(forge.requests_sent(), 0);
    }
}
