//! The API listener: one request through gate, faults, endpoint and headers.

mod created;
mod gate;
mod json;
mod list;
mod mangle;
pub(crate) mod route;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::{Method, Response};
use sha2::{Digest, Sha256};

use crate::access::{Listener, Live};
use crate::clock::http_date;
use crate::content::{Content, Stored};
use crate::faults::{BodyKind, Fault};
use crate::noise::{Noise, mix};
use crate::reply::{Body, Delivery, Ending, Reply, send};
use crate::server::Incomer;
use crate::world::{BlobTarget, Run, TokenKind, World};
use gate::{Caller, Passage};
use list::List;
use route::{Endpoint, Query, RepositoryRef, Target, encode};

const DOCS: &str = "https://docs.github.com/rest";
const EXPOSED: &str = "ETag, Link, Location, Retry-After, X-GitHub-OTP, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, X-RateLimit-Resource, X-RateLimit-Reset, X-OAuth-Scopes, X-Accepted-OAuth-Scopes, X-Poll-Interval, X-GitHub-Media-Type, X-GitHub-SSO, X-GitHub-Request-Id, Deprecation, Sunset";

/// What an endpoint has to say.
pub(crate) enum Answer {
    Ready(Reply),
    /// Ask again when these contents have been measured, which is done without holding the world.
    MeasureFirst(Vec<Arc<Stored>>),
    /// 302 to the blob store.
    Blob(BlobTarget),
}

/// An error as GitHub writes it; `docs` is a path under the REST documentation.
pub(crate) fn problem(status: u16, message: &str, docs: &str) -> Reply {
    with_docs(status, message, &format!("{DOCS}{docs}"))
}

pub(crate) fn with_docs(status: u16, message: &str, docs: &str) -> Reply {
    Reply::json(
        status,
        &serde_json::json!({ "message": message, "documentation_url": docs, "status": status.to_string() }),
    )
}

pub(crate) fn not_found(docs: &str) -> Reply {
    problem(404, "Not Found", docs)
}

/// One request being answered.
struct Call<'a> {
    incomer: &'a Incomer,
    target: &'a Target,
    caller: Caller,
    query: Query,
    live: &'a Live,
}

/// Answers one request.
pub(crate) async fn answer(incomer: Incomer) -> Response<Body> {
    let uri = incomer.request.uri();
    let target = route::parse(uri.path());
    let route = target.endpoint.route();
    let live = incomer.record(Listener::Api, route);
    let gauge = incomer.shared.log.gauge(Listener::Api).clone();
    let in_flight = gauge.enter();
    let head = incomer.request.method() == Method::HEAD;
    let sent = |mut reply: Reply, delivery, in_flight| {
        if let Some(version) = incomer.header("x-github-api-version").filter(|version| gate::VERSIONS.contains(version))
        {
            reply.set_header("x-github-api-version-selected", version);
        }
        let response = send(reply, delivery, head, live.clone(), incomer.cut.clone(), in_flight);
        incomer.shared.log.answered();
        response
    };

    let passage = gate::check(&mut incomer.shared.world(), &incomer, route, gauge.now());
    let caller = match passage {
        Passage::Granted(caller) => caller,
        Passage::Refused(mut reply, caller, violation) => {
            live.violation.store(violation, Ordering::SeqCst);
            common_headers(&mut incomer.shared.world(), &mut reply, caller.as_ref(), live.arrived.order);
            return sent(reply, Delivery::default(), in_flight);
        }
    };
    let call = Call {
        incomer: &incomer,
        target: &target,
        caller,
        query: Query::parse(uri.query().unwrap_or_default()),
        live: &live,
    };
    let path_and_query = uri.path_and_query().map_or("/", |text| text.as_str());
    let fault = incomer.shared.faults.decide(route, path_and_query);
    live.faulted.store(fault.is_some(), Ordering::SeqCst);
    match fault {
        Some(Fault::Reset) => return incomer.reset().await,
        Some(Fault::Stall) => return std::future::pending().await,
        Some(Fault::SlowMs(ms)) => tokio::time::sleep(Duration::from_millis(ms)).await,
        _ => {}
    }
    let reply = match fault.and_then(|fault| call.instead(fault)) {
        Some(reply) => reply,
        None => call.endpoint(fault).await,
    };
    let reply = call.finish(reply, fault);
    incomer.shared.do_hooks(route, path_and_query);
    sent(reply, delivery(fault), in_flight)
}

/// How a fault spoils the sending of a body.
pub(crate) fn delivery(fault: Option<Fault>) -> Delivery {
    match fault {
        Some(Fault::ResetAt(at)) => Delivery { spoilt_at: Some((at, Ending::Reset)), drip: None },
        Some(Fault::Truncate(at)) => Delivery { spoilt_at: Some((at, Ending::Cut)), drip: None },
        Some(Fault::StallAt(at)) => Delivery { spoilt_at: Some((at, Ending::Stall)), drip: None },
        Some(Fault::SlowDrip { chunk_bytes, every_ms }) => {
            Delivery { spoilt_at: None, drip: Some((chunk_bytes, every_ms)) }
        }
        _ => Delivery::default(),
    }
}

/// The body of an injected error.
pub(crate) fn injected(status: u16, kind: BodyKind) -> Reply {
    let message = match status {
        401 => "Bad credentials",
        403 => "Forbidden",
        404 => "Not Found",
        410 => "Gone",
        422 => "Validation Failed",
        _ => "Server Error",
    };
    match kind {
        BodyKind::Json => problem(status, message, ""),
        BodyKind::Html => Reply::new(status, format!("<!DOCTYPE html>\n<html><head><title>{message}</title></head><body><h1>{message}</h1><p>No server is currently available to service your request.</p></body></html>\n")).header("content-type", "text/html; charset=utf-8"),
        BodyKind::Empty => Reply::new(status, ""),
    }
}

impl Call<'_> {
    /// The answer a fault puts in place of the real one.
    fn instead(&self, fault: Fault) -> Option<Reply> {
        let uri = self.incomer.request.uri();
        let path_and_query = uri.path_and_query().map_or("/", |text| text.as_str());
        match fault {
            Fault::Status(status, kind) => Some(injected(status, kind)),
            Fault::NonJson200 => Some(injected(200, BodyKind::Html)),
            Fault::PrimaryLimit => {
                let mut world = self.incomer.shared.world();
                if let Some(account) = self.caller.account_mut(&mut world) {
                    account.quota.remaining = 0;
                }
                Some(gate::primary(&self.caller, 403))
            }
            Fault::SecondaryLimit { retry_after, status, form } => {
                let mut world = self.incomer.shared.world();
                let now = world.now();
                let seconds = retry_after.map(|seconds| seconds as i64);
                if let Some(account) = self.caller.account_mut(&mut world) {
                    account.limited_until = Some(now + seconds.unwrap_or(60) * 1000);
                }
                Some(gate::secondary(seconds, status, form, now))
            }
            Fault::Redirect307 => {
                let world = self.incomer.shared.world();
                let Some(RepositoryRef::Name(owner, name)) = &self.target.repository else { return None };
                let id = find_by_name(&world, owner, name)?;
                let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
                Some(moved(
                    307,
                    "Temporary Redirect",
                    &format!("{}/repositories/{id}{}{query}", world.api_url, self.target.below),
                ))
            }
            Fault::RedirectLoop => {
                Some(moved(302, "Found", &format!("{}{path_and_query}", self.incomer.shared.world().api_url)))
            }
            _ => None,
        }
    }

    /// What the endpoint answers.
    async fn endpoint(&self, fault: Option<Fault>) -> Reply {
        let lag_ms = match fault {
            Some(Fault::LaggingSearch(ms)) => Some(ms),
            _ => None,
        };
        loop {
            let unmeasured = {
                let mut world = self.incomer.shared.world();
                let answer = self.act(&mut world).map(Answer::Ready).unwrap_or_else(|| self.look(&world, lag_ms));
                match answer {
                    Answer::Ready(reply) => return reply,
                    Answer::Blob(target) => return redirect_to_blob(&mut world, target),
                    Answer::MeasureFirst(unmeasured) => unmeasured,
                }
            };
            let measured = tokio::task::spawn_blocking(move || {
                for stored in &unmeasured {
                    stored.measure();
                }
            })
            .await;
            if measured.is_err() {
                return problem(500, "could not measure an artifact", "");
            }
        }
    }

    /// Endpoints that change something.
    fn act(&self, world: &mut World) -> Option<Reply> {
        let method = self.incomer.request.method();
        if method == Method::GET || method == Method::HEAD {
            return None;
        }
        if self.caller == Caller::Anonymous {
            return Some(problem(401, "Requires authentication", ""));
        }
        if let Err(reply) = self.repository(world) {
            return Some(reply);
        }
        let exists = |world: &World, run: i64| world.runs.contains_key(&run);
        let accepted = |status: u16| Some(Reply::json(status, &serde_json::json!({})));
        match (method, &self.target.endpoint) {
            (&Method::POST, Endpoint::Rerun(run)) if exists(world, *run) => {
                world.rerun(*run);
                accepted(201)
            }
            (&Method::POST, Endpoint::RerunFailed(run)) if exists(world, *run) => {
                world.rerun_failed(*run);
                accepted(201)
            }
            (&Method::POST, Endpoint::Approve(run)) if exists(world, *run) => {
                world.approve(*run);
                accepted(201)
            }
            (&Method::POST, Endpoint::Cancel(run)) if exists(world, *run) => {
                world.cancel_run(*run);
                accepted(202)
            }
            (&Method::DELETE, Endpoint::Run(run)) if exists(world, *run) => {
                world.delete_run(*run);
                Some(Reply::new(204, ""))
            }
            (&Method::DELETE, Endpoint::Artifact(artifact)) if world.artifacts.contains_key(artifact) => {
                world.delete_artifact(*artifact);
                Some(Reply::new(204, ""))
            }
            (&Method::DELETE, Endpoint::JobLogs(job)) if world.jobs.contains_key(job) => {
                world.remove_log(*job);
                Some(Reply::new(204, ""))
            }
            _ => Some(not_found("")),
        }
    }

    /// Endpoints that only look.
    fn look(&self, world: &World, lag_ms: Option<i64>) -> Answer {
        if self.target.repository.is_none() {
            return Answer::Ready(self.look_at_globals(world));
        }
        let repository = match self.repository(world) {
            Ok(id) => id,
            Err(reply) => return Answer::Ready(reply),
        };
        let query_text = self.incomer.request.uri().query().unwrap_or_default();
        let list = List { world, repository, below: &self.target.below, query_text, query: &self.query, lag_ms };
        let with_pull_requests = self.query.get("exclude_pull_requests") != Some("true");
        let found = match &self.target.endpoint {
            Endpoint::Repository => world
                .repository(repository)
                .map(|repository| ready(json::full_repository(world, repository).to_string())),
            Endpoint::Workflows => Some(list.workflows()),
            Endpoint::Workflow(key) => self
                .workflow(world, repository, key)
                .and_then(|id| world.workflow(id))
                .map(|found| ready(json::workflow(world, found))),
            Endpoint::WorkflowRuns(key) => self.workflow(world, repository, key).map(|id| list.runs(id)),
            Endpoint::Runs => Some(list.runs(repository)),
            Endpoint::Run(id) => {
                run_of(world, repository, *id).map(|run| ready(json::run(world, run, with_pull_requests)))
            }
            Endpoint::Attempt(id, number) => run_of(world, repository, *id).and_then(|run| {
                let attempt = run.attempts.iter().find(|attempt| attempt.number == *number)?;
                Some(ready(json::attempt(world, run, attempt, with_pull_requests)))
            }),
            Endpoint::AttemptJobs(id, number) => {
                run_of(world, repository, *id).map(|run| list.attempt_jobs(run, *number))
            }
            Endpoint::RunJobs(id) => run_of(world, repository, *id).map(|run| list.run_jobs(run)),
            Endpoint::RunArtifacts(id) => run_of(world, repository, *id).map(|run| list.artifacts(Some(run.id))),
            Endpoint::Artifacts => Some(list.artifacts(None)),
            Endpoint::Job(id) => {
                world.job(*id).and_then(|job| Some(ready(json::job(world, run_of(world, repository, job.run)?, job))))
            }
            Endpoint::JobLogs(id) => world
                .job(*id)
                .and_then(|job| run_of(world, repository, job.run))
                .map(|_| self.download(BlobTarget::JobLog(*id))),
            Endpoint::Artifact(id) => self.artifact(world, repository, *id),
            Endpoint::ArtifactZip(id) => self.artifact_zip(world, repository, *id),
            _ => None,
        };
        found.unwrap_or_else(|| Answer::Ready(not_found("")))
    }

    fn look_at_globals(&self, world: &World) -> Reply {
        match &self.target.endpoint {
            Endpoint::RateLimit if world.behaviour.rate_limits => self.rate_limit(world),
            Endpoint::User => match &self.caller {
                Caller::Anonymous => problem(401, "Requires authentication", "/users/users#get-the-authenticated-user"),
                Caller::Token(_) => {
                    let login = self.caller.account(world).map(|token| token.login.clone()).unwrap_or_default();
                    Reply::json(200, &json::current_user(world, &login))
                }
            },
            Endpoint::Versions => Reply::json(200, &serde_json::json!(gate::VERSIONS)),
            Endpoint::Meta => Reply::json(
                200,
                &serde_json::json!({ "verifiable_password_authentication": false, "actions": ["127.0.0.0/8"], "domains": { "website": ["github.com"] } }),
            ),
            Endpoint::Root => Reply::json(
                200,
                &serde_json::json!({ "current_user_url": format!("{}/user", world.api_url), "rate_limit_url": format!("{}/rate_limit", world.api_url) }),
            ),
            _ => not_found(""),
        }
    }

    fn rate_limit(&self, world: &World) -> Reply {
        let Some(account) = self.caller.account(world) else { return not_found("") };
        let quota = account.quota;
        let core = serde_json::json!({ "limit": quota.limit, "used": quota.limit - quota.remaining, "remaining": quota.remaining, "reset": quota.reset_at / 1000 });
        let search = serde_json::json!({ "limit": 30, "used": 0, "remaining": 30, "reset": world.now() / 1000 + 60 });
        let mut body = serde_json::json!({ "resources": { "core": core, "search": search } });
        if self.incomer.header("x-github-api-version") != Some("2026-03-10") {
            body["rate"] = core;
        }
        Reply::json(200, &body)
    }

    /// The repository's id, if the caller may see it; otherwise the answer.
    fn repository(&self, world: &World) -> Result<i64, Reply> {
        let id = match &self.target.repository {
            None => return Err(not_found("")),
            Some(RepositoryRef::Id(id)) => *id,
            Some(RepositoryRef::Name(owner, name)) => match find_by_name(world, owner, name) {
                Some(id) => id,
                None => {
                    return Err(self
                        .renamed(world, owner, name)
                        .unwrap_or_else(|| not_found("/repos/repos#get-a-repository")));
                }
            },
        };
        let repository =
            world.repository(id).filter(|repository| repository.fork_of.is_none()).ok_or_else(|| not_found(""))?;
        if repository.private && self.caller == Caller::Anonymous {
            return Err(not_found(""));
        }
        let reads_actions = self.target.below.starts_with("/actions");
        if reads_actions && self.caller.account(world).is_some_and(|token| !token.can_read_actions) {
            return Err(problem(403, "Resource not accessible by personal access token", ""));
        }
        Ok(id)
    }

    fn renamed(&self, world: &World, owner: &str, name: &str) -> Option<Reply> {
        let had =
            |former: &(String, String)| former.0.eq_ignore_ascii_case(owner) && former.1.eq_ignore_ascii_case(name);
        let repository = world.repositories.values().find(|repository| repository.former_names.iter().any(had))?;
        let query = self.incomer.request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(moved(
            301,
            "Moved Permanently",
            &format!("{}/repositories/{}{}{query}", world.api_url, repository.id, self.target.below),
        ))
    }

    fn workflow(&self, world: &World, repository: i64, key: &str) -> Option<i64> {
        let matches = |path: &str| path.rsplit('/').next() == Some(key);
        let found = match key.parse::<i64>() {
            Ok(id) => world.workflow(id),
            Err(_) => {
                world.workflows.values().find(|workflow| workflow.repository == repository && matches(&workflow.path))
            }
        };
        found.filter(|workflow| workflow.repository == repository).map(|workflow| workflow.id)
    }

    fn artifact(&self, world: &World, repository: i64, id: i64) -> Option<Answer> {
        let artifact = world.artifact(id)?;
        run_of(world, repository, artifact.run)?;
        Some(match list::artifact_object(world, artifact) {
            Some(object) => ready(object),
            None => Answer::MeasureFirst(vec![artifact.stored.clone()]),
        })
    }

    fn artifact_zip(&self, world: &World, repository: i64, id: i64) -> Option<Answer> {
        let artifact = world.artifact(id)?;
        run_of(world, repository, artifact.run)?;
        let wants_only_zip = self.incomer.header("accept").is_some_and(|accept| accept.trim() == "application/zip");
        Some(if wants_only_zip {
            Answer::Ready(problem(
                415,
                "Unsupported 'Accept' header: 'application/zip'. Must accept 'application/json'.",
                "",
            ))
        } else if world.is_expired(artifact) {
            Answer::Ready(problem(410, "Artifact has expired", "/actions/artifacts#download-an-artifact"))
        } else {
            self.download(BlobTarget::Artifact(id))
        })
    }

    /// Downloads need a token even for public repositories.
    fn download(&self, target: BlobTarget) -> Answer {
        match self.caller {
            Caller::Anonymous => Answer::Ready(problem(403, "Must have admin rights to Repository.", "")),
            Caller::Token(_) => Answer::Blob(target),
        }
    }

    /// Tags, charges, compresses and dresses an answer.
    fn finish(&self, mut reply: Reply, fault: Option<Fault>) -> Reply {
        let is_json =
            reply.headers.iter().any(|(name, value)| name == "content-type" && value.starts_with("application/json"));
        if let (Some(fault), true) = (fault, is_json)
            && let Some(changed) = mangle::mangle(fault, &reply.body.to_vec())
        {
            reply.body = bytes::Bytes::from(changed).into();
        }
        let flapping = fault == Some(Fault::FlappingEtag);
        if reply.status == 200 && is_json {
            reply = self.tag(reply, flapping);
        }
        let mut world = self.incomer.shared.world();
        let free =
            reply.status == 304 && !world.behaviour.not_modified_costs || self.target.endpoint == Endpoint::RateLimit;
        if !free {
            self.live.counted.store(true, Ordering::SeqCst);
            if let Some(account) = self.caller.account_mut(&mut world) {
                account.quota.remaining = (account.quota.remaining - 1).max(0);
            }
        }
        common_headers(&mut world, &mut reply, Some(&self.caller), self.live.arrived.order);
        drop(world);
        let accepts_gzip = self.incomer.header("accept-encoding").is_some_and(|accepted| accepted.contains("gzip"));
        if is_json && reply.status != 304 && (accepts_gzip || fault == Some(Fault::TruncatedGzip)) {
            reply = compressed(reply, fault == Some(Fault::TruncatedGzip));
        }
        reply
    }

    /// Adds the entity tag, or turns the answer into 304. A tag belongs to one token.
    fn tag(&self, mut reply: Reply, flapping: bool) -> Reply {
        let mut hasher = Sha256::new();
        hasher.update(format!("{:?}", self.caller));
        hasher.update(self.incomer.request.uri().to_string());
        if flapping {
            hasher.update(self.live.arrived.order.to_le_bytes());
        }
        hasher.update(reply.body.to_vec());
        let tag = hex::encode(hasher.finalize());
        let quoted = format!("\"{tag}\"");
        let known = self
            .incomer
            .header("if-none-match")
            .is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == quoted));
        if known {
            return Reply::new(304, "").header("etag", quoted).header("cache-control", self.cache_control());
        }
        reply.set_header("etag", format!("W/{quoted}"));
        reply.set_header("cache-control", self.cache_control());
        reply
    }

    fn cache_control(&self) -> &'static str {
        match self.caller {
            Caller::Anonymous => "public, max-age=60, s-maxage=60",
            Caller::Token(_) => "private, max-age=60, s-maxage=60",
        }
    }
}

fn ready(object: String) -> Answer {
    Answer::Ready(Reply::new(200, object).header("content-type", "application/json; charset=utf-8"))
}

fn run_of(world: &World, repository: i64, id: i64) -> Option<&Run> {
    world.run(id).filter(|run| run.repository == repository)
}

fn find_by_name(world: &World, owner: &str, name: &str) -> Option<i64> {
    let is = |repository: &&crate::world::Repository| {
        repository.owner.eq_ignore_ascii_case(owner) && repository.name.eq_ignore_ascii_case(name)
    };
    world.repositories.values().find(is).map(|repository| repository.id)
}

fn moved(status: u16, message: &str, to: &str) -> Reply {
    let docs = format!("{DOCS}/guides/best-practices-for-using-the-rest-api#follow-redirects");
    Reply::json(status, &serde_json::json!({ "message": message, "url": to, "documentation_url": docs }))
        .header("location", to)
}

/// The headers every answer carries.
fn common_headers(world: &mut World, reply: &mut Reply, caller: Option<&Caller>, order: u64) {
    let now = world.now();
    let account = caller.and_then(|caller| caller.account(world));
    let mut add = |name: &str, value: String| reply.set_header(name, value);
    add("server", "github.com".into());
    add("date", http_date(now + world.behaviour.date_skew_ms));
    add("x-github-media-type", "github.v3; format=json".into());
    add("x-github-api-version-selected", "2022-11-28".into());
    let mut noise = Noise::new(mix(world.seed, order));
    add(
        "x-github-request-id",
        format!("{}:{}:{}:{}:{:X}", noise.hex(4), noise.hex(6), noise.hex(7), noise.hex(7), now / 1000).to_uppercase(),
    );
    add("access-control-expose-headers", EXPOSED.into());
    add("access-control-allow-origin", "*".into());
    add("strict-transport-security", "max-age=31536000; includeSubdomains; preload".into());
    add("x-frame-options", "deny".into());
    add("x-content-type-options", "nosniff".into());
    add("x-xss-protection", "0".into());
    add("referrer-policy", "origin-when-cross-origin, strict-origin-when-cross-origin".into());
    add("content-security-policy", "default-src 'none'".into());
    let anonymous = !matches!(caller, Some(Caller::Token(_)));
    let vary = if anonymous {
        "Accept,Accept-Encoding, Accept, X-Requested-With"
    } else {
        "Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With"
    };
    add("vary", vary.into());
    let Some(account) = account else { return };
    if world.behaviour.rate_limits {
        let quota = account.quota;
        add("x-ratelimit-limit", quota.limit.to_string());
        add("x-ratelimit-remaining", quota.remaining.to_string());
        add("x-ratelimit-used", (quota.limit - quota.remaining).to_string());
        add("x-ratelimit-reset", (quota.reset_at / 1000).to_string());
        add("x-ratelimit-resource", "core".into());
    }
    if anonymous {
        return;
    }
    match account.kind {
        TokenKind::Classic => {
            add("x-oauth-scopes", "repo".into());
            add("x-accepted-oauth-scopes", String::new());
        }
        TokenKind::FineGrained | TokenKind::Installation => add("x-accepted-github-permissions", "actions=read".into()),
    }
    if let (Some(at), TokenKind::Classic | TokenKind::FineGrained) = (account.expires_at, account.kind) {
        add("github-authentication-token-expiration", crate::clock::rfc3339(at).replace('T', " ").replace('Z', " UTC"));
    }
}

fn compressed(mut reply: Reply, truncated: bool) -> Reply {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(1));
    let written = encoder.write_all(&reply.body.to_vec());
    if let (Ok(()), Ok(mut packed)) = (written, encoder.finish()) {
        if truncated {
            packed.truncate(packed.len() / 2);
        }
        reply.body = bytes::Bytes::from(packed).into();
        reply.set_header("content-encoding", "gzip");
    }
    reply
}

fn redirect_to_blob(world: &mut World, target: BlobTarget) -> Reply {
    let Some(path) = world.blob_path(target) else { return not_found("") };
    let (file_name, mime) = match target {
        BlobTarget::JobLog(_) => (None, "text/plain".to_owned()),
        BlobTarget::Artifact(id) => match world.artifact(id) {
            None => return not_found(""),
            Some(artifact) => match artifact.stored.content() {
                Content::Raw { file_name, mime, .. } => (Some(file_name.clone()), mime.clone()),
                _ => (Some(format!("{}.zip", artifact.name)), "application/zip".to_owned()),
            },
        },
    };
    let url = crate::blob::signed_url(world, &path, file_name.as_deref(), &mime);
    Reply::new(302, "").header("content-type", "text/html;charset=utf-8").header("location", url)
}

/// A response header value that names a file in both forms.
pub(crate) fn disposition(file_name: &str) -> String {
    let plain: String = file_name.chars().map(|c| if c.is_ascii() && c != '"' { c } else { '_' }).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", encode(file_name))
}
