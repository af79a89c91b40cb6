//! One question to the API: sent through the gate with the token, redirects followed by hand on the
//! same host only, passing faults retried, every final answer turned into a value or a [`ForgeError`].

use super::gate::Gate;
use super::reach::Reach;
use super::{ForgeError, ForgeOptions};
use crate::model::EndpointRequests;
use crate::model::secret::Secret;
use anyhow::Context;
use bytes::{Bytes, BytesMut};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode, Url};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often one call tries.
pub(super) const TRIES: u32 = 5;
/// Redirects followed within one try.
pub(super) const HOPS: usize = 5;
/// Longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// No JSON answer is this long; a hundred runs have about 1.2 MB.
const BODY_MAX: usize = 64 << 20;
const USER_AGENT: &str = concat!("greenroom/", env!("CARGO_PKG_VERSION"));
/// <https://docs.github.com/en/rest/about-the-rest-api/api-versions>
const API_VERSION: &str = "2022-11-28";

/// Connections, token and gate.
#[derive(Debug)]
pub(super) struct Client {
    base: Url,
    api: reqwest::Client,
    /// Without token and GitHub headers, for what other hosts serve.
    pub blob: reqwest::Client,
    /// Where that may be.
    pub reach: Reach,
    pub authorization: HeaderValue,
    token: Secret,
    pub gate: Gate,
    pub timeout: Duration,
    backoff_base: Duration,
    pub fingerprint: String,
    /// Requests sent, and how many of them were answered with 304, by endpoint.
    asked: Mutex<BTreeMap<&'static str, (i64, i64)>>,
}

/// A question.
pub(super) struct Ask<'a> {
    /// Label of the metrics.
    pub endpoint: &'static str,
    pub url: Url,
    /// The same question for less, tried in turn when GitHub answers 502.
    pub smaller: Vec<Url>,
    pub etag: Option<&'a str>,
}

/// An answer that was served: 2xx, 304, or a redirect to another host.
#[derive(Debug)]
pub(super) struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    away: Option<Url>,
    /// Whether this answers one of [`Ask::smaller`].
    smaller: bool,
}

impl Reply {
    pub fn not_modified(&self) -> bool {
        self.status == StatusCode::NOT_MODIFIED
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The ETag to ask with next time. The one of a smaller page belongs to another URL.
    pub fn etag(&self) -> Option<String> {
        if self.smaller { None } else { self.header("etag").map(str::to_owned) }
    }

    /// The body of an answer that should have one.
    pub fn body(&self) -> Result<&[u8], String> {
        match &self.away {
            Some(_) => Err("it redirects to another host".into()),
            None => Ok(&self.body),
        }
    }

    /// Where on another host the content is.
    pub fn away(&self) -> Result<Url, String> {
        self.away.clone().ok_or_else(|| format!("status {} instead of a redirect to the content", self.status.as_u16()))
    }
}

/// Why a try failed.
enum Fault {
    /// Trying again within this call does not help.
    Final(ForgeError),
    /// It may pass.
    Passing { reason: String, status: Option<StatusCode> },
}

impl From<ForgeError> for Fault {
    fn from(error: ForgeError) -> Fault {
        Fault::Final(error)
    }
}

fn passing(reason: impl Into<String>) -> Fault {
    Fault::Passing { reason: reason.into(), status: None }
}

impl Client {
    pub fn new(options: ForgeOptions) -> anyhow::Result<Client> {
        let base = Url::parse(&options.api_url)
            .with_context(|| format!("could not read the API address {:?}", options.api_url))?;
        anyhow::ensure!(
            matches!(base.scheme(), "http" | "https") && base.has_host(),
            "the API address {:?} is no http(s) URL",
            options.api_url
        );
        anyhow::ensure!(
            base.username().is_empty() && base.password().is_none(),
            "the API address must not contain a user or password"
        );
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", options.token.expose()))
            .map_err(|_| anyhow::anyhow!("the GitHub token contains characters that cannot be sent"))?;
        authorization.set_sensitive(true);
        let loopback = is_loopback(&base);
        let api = builder(&options, loopback)
            .default_headers(api_headers())
            .gzip(true)
            .build()
            .context("could not set up the connection to GitHub")?;
        let reach = Reach::of(&base);
        let blob = builder(&options, loopback).no_gzip();
        // A proxy resolves names itself, and is itself likely to be next door.
        let blob = if has_proxy() { blob } else { blob.dns_resolver(reach.clone()) };
        let blob = blob.build().context("could not set up the connection to the blob store")?;
        let fingerprint = fingerprint(&options);
        Ok(Client {
            base,
            api,
            blob,
            reach,
            authorization,
            gate: Gate::new(options.clock, !loopback),
            timeout: options.timeout,
            backoff_base: options.backoff_base,
            token: options.token,
            fingerprint,
            asked: Mutex::default(),
        })
    }

    pub fn sent(&self) -> u64 {
        self.counts().values().map(|(requests, _)| requests.unsigned_abs()).sum()
    }

    /// What was asked so far, most first.
    pub fn asked(&self) -> Vec<EndpointRequests> {
        let mut asked: Vec<EndpointRequests> = self
            .counts()
            .iter()
            .map(|(endpoint, &(requests, unchanged))| EndpointRequests {
                endpoint: (*endpoint).to_owned(),
                requests,
                unchanged,
            })
            .collect();
        asked.sort_by_key(|one| std::cmp::Reverse(one.requests));
        asked
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<&'static str, (i64, i64)>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An address below the API's, each segment percent-encoded.
    pub fn url<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.base.clone();
        url.set_query(None);
        url.set_fragment(None);
        // Cannot fail: the constructor made sure of http or https, which have a path.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Reads an address that GitHub sent and that must be one of the API's.
    pub fn own_url(&self, text: &str) -> Result<Url, ForgeError> {
        let url = Url::parse(text)
            .map_err(|_| ForgeError::Invalid { reason: "the address of the next page is no URL".into() })?;
        if self.is_own(&url) {
            Ok(url)
        } else {
            Err(ForgeError::Invalid { reason: "the next page is on another host".into() })
        }
    }

    /// Whether the token may be sent there: same scheme, host and port, and below the base path.
    fn is_own(&self, url: &Url) -> bool {
        let base = self.base.path().trim_end_matches('/');
        let below = url.path().strip_prefix(base).is_some_and(|rest| rest.starts_with('/'));
        url.origin() == self.base.origin() && below
    }

    /// Asks until `read` can make something of the answer, up to [`TRIES`] times.
    pub async fn call<T>(&self, ask: Ask<'_>, read: impl Fn(&Reply) -> Result<T, String>) -> Result<T, ForgeError> {
        let Ask { endpoint, mut url, smaller, mut etag } = ask;
        let mut smaller = smaller.into_iter();
        let mut is_smaller = false;
        let mut tries = 0;
        loop {
            let fault = match self.ask_once(endpoint, &url, etag).await {
                Ok(reply) => match read(&Reply { smaller: is_smaller, ..reply }) {
                    Ok(value) => return Ok(value),
                    Err(reason) => passing(format!("unreadable answer: {reason}")),
                },
                Err(fault) => fault,
            };
            let (reason, status) = match fault {
                Fault::Final(error) => return Err(error),
                Fault::Passing { reason, status } => (self.scrub(&reason), status),
            };
            tries += 1;
            if tries == TRIES {
                return Err(ForgeError::Transient { reason });
            }
            if status == Some(StatusCode::BAD_GATEWAY)
                && let Some(next) = smaller.next()
            {
                (url, etag, is_smaller) = (next, None, true);
            }
            self.pause(endpoint, tries, &reason).await;
        }
    }

    /// Waits before try number `tries` + 1.
    pub async fn pause(&self, endpoint: &'static str, tries: u32, reason: &str) {
        let doubled = self.backoff_base.saturating_mul(1 << (tries - 1).min(10)).min(PAUSE_MAX);
        let pause = doubled.mul_f64(rand::random_range(0.75..1.25));
        tracing::debug!(endpoint, tries, reason, pause_ms = pause.as_millis() as u64, "retrying a request to GitHub");
        tokio::time::sleep(pause).await;
    }

    /// Words that may be shown: without the token.
    fn scrub(&self, words: &str) -> String {
        if mutant!("secret-in-error") {
            return format!("{words} for {}", self.token.expose());
        }
        self.token.scrub(words)
    }

    /// One try, with the redirects that stay on the API's host.
    async fn ask_once(&self, endpoint: &'static str, url: &Url, etag: Option<&str>) -> Result<Reply, Fault> {
        let mut url = url.clone();
        let mut visited = HashSet::new();
        while visited.len() <= HOPS {
            if !visited.insert(url.clone()) {
                return Err(ForgeError::Invalid { reason: "it redirects in a circle".into() }.into());
            }
            let reply = self.exchange(endpoint, &url, etag).await?;
            if !reply.status.is_redirection() || reply.not_modified() {
                return self.judge(reply, etag.is_some());
            }
            let target = reply.header("location").and_then(|location| url.join(location).ok());
            let target = target.ok_or_else(|| passing("a redirect without a target"))?;
            if !self.is_own(&target) {
                return Ok(Reply { away: Some(target), ..reply });
            }
            url = target;
        }
        Err(ForgeError::Invalid { reason: format!("it redirects more than {HOPS} times") }.into())
    }

    /// Sends one request and reads the whole answer.
    async fn exchange(&self, endpoint: &'static str, url: &Url, etag: Option<&str>) -> Result<Reply, Fault> {
        let pass = self.gate.admit().await?;
        let mut request = self.api.get(url.clone()).header(header::AUTHORIZATION, self.authorization.clone());
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        self.counts().entry(endpoint).or_default().0 += 1;
        let answered = tokio::time::timeout(self.timeout, request.send()).await;
        let took = pass.answered();
        metrics::histogram!("greenroom_github_request_duration_seconds").record(took.as_secs_f64());
        let code = match &answered {
            Ok(Ok(response)) => response.status().as_str().to_owned(),
            _ => "error".to_owned(),
        };
        if code == "304" {
            self.counts().entry(endpoint).or_default().1 += 1;
        }
        metrics::counter!("greenroom_github_requests_total", "endpoint" => endpoint, "code" => code).increment(1);
        let response = answered.map_err(|_| passing("no answer in time"))?.map_err(|error| passing(words(error)))?;

        let (status, headers) = (response.status(), response.headers().clone());
        let may_be_limited = matches!(status.as_u16(), 403 | 429);
        if !may_be_limited {
            pass.note(status.as_u16(), &headers, "")?;
        }
        let left = self.timeout.saturating_sub(took).max(Duration::from_millis(1));
        let body = tokio::time::timeout(left, read_body(response))
            .await
            .unwrap_or_else(|_| Err(passing("the answer stalled")));
        if may_be_limited {
            let body = body.as_deref().unwrap_or_default();
            pass.note(status.as_u16(), &headers, &String::from_utf8_lossy(body))?;
        }
        // Of a refusal the status matters, even if its explanation was cut off.
        let body = if status.is_success() { body? } else { body.unwrap_or_default() };
        Ok(Reply { status, headers, body, away: None, smaller: false })
    }

    /// Turns a status into success or the error that it means.
    fn judge(&self, reply: Reply, conditional: bool) -> Result<Reply, Fault> {
        let status = reply.status;
        Err(match status.as_u16() {
            200..=299 => return Ok(reply),
            304 if conditional => return Ok(reply),
            401 => ForgeError::Unauthorized.into(),
            403 | 451 => ForgeError::Forbidden { detail: self.detail(&reply) }.into(),
            404 => ForgeError::NotFound.into(),
            410 => ForgeError::Gone.into(),
            422 => ForgeError::PageLimit.into(),
            304 | 408 | 425 | 500..=599 => {
                Fault::Passing { reason: format!("status {}", status.as_u16()), status: Some(status) }
            }
            _ => ForgeError::Invalid { reason: format!("status {}: {}", status.as_u16(), self.detail(&reply)) }.into(),
        })
    }

    /// GitHub's own words about a refusal, and what it would have wanted.
    fn detail(&self, reply: &Reply) -> String {
        #[derive(serde::Deserialize)]
        struct Message {
            message: String,
        }
        let message = serde_json::from_slice::<Message>(&reply.body)
            .map(|body| body.message)
            .unwrap_or_else(|_| "no reason given".into());
        let message: String = message.chars().filter(|character| !character.is_control()).take(300).collect();
        let detail = match reply.header("x-accepted-github-permissions") {
            Some(wanted) if !wanted.is_empty() => format!("{message} (needs {wanted})"),
            _ => message,
        };
        self.token.scrub(&detail)
    }
}

async fn read_body(mut response: Response) -> Result<Bytes, Fault> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| passing(words(error)))? {
        if body.len() + chunk.len() > BODY_MAX {
            return Err(ForgeError::Invalid { reason: "the answer is too long".into() }.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// What went wrong on the way, without the address: it can carry a signature.
pub(super) fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        words = deeper.to_string();
        cause = deeper.source();
    }
    words
}

fn builder(options: &ForgeOptions, loopback: bool) -> reqwest::ClientBuilder {
    // An image without a certificate store must work, and a company's own authority must too.
    let roots =
        webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|root| reqwest::Certificate::from_der(root).ok());
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.timeout.min(Duration::from_secs(10)))
        .pool_idle_timeout(Duration::from_secs(60))
        .tls_certs_merge(roots);
    if loopback { builder.no_proxy() } else { builder }
}

/// Whether the environment names a proxy, which is then asked for everything.
fn has_proxy() -> bool {
    let names = ["https_proxy", "http_proxy", "all_proxy"];
    names.iter().any(|name| {
        [(*name).to_owned(), name.to_uppercase()]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()))
    })
}

fn api_headers() -> HeaderMap {
    HeaderMap::from_iter([
        (header::ACCEPT, HeaderValue::from_static("application/vnd.github+json")),
        (header::HeaderName::from_static("x-github-api-version"), HeaderValue::from_static(API_VERSION)),
    ])
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn fingerprint(options: &ForgeOptions) -> String {
    let digest =
        Sha256::new().chain_update(&options.api_url).chain_update([0]).chain_update(options.token.expose()).finalize();
    hex::encode(digest.get(..8).unwrap_or_default())
}
