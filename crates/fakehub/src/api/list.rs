//! Listings: paging with its caps and links, filters, and the lagging index behind filtered ones.

use std::sync::Arc;

use super::created::{self, Created};
use super::route::Query;
use super::{Answer, json, not_found, problem};
use crate::content::Stored;
use crate::noise::Noise;
use crate::reply::Reply;
use crate::world::behaviour::LatestJobs;
use crate::world::{Artifact, Job, Run, World};

/// Which page of how many.
struct Paging {
    per_page: usize,
    page: usize,
}

impl Paging {
    fn of(query: &Query) -> Paging {
        let number = |name| query.get(name).and_then(|value| value.parse::<usize>().ok()).filter(|number| *number > 0);
        Paging { per_page: number("per_page").unwrap_or(30).min(100), page: number("page").unwrap_or(1) }
    }

    fn skip(&self) -> usize {
        (self.page - 1).saturating_mul(self.per_page)
    }

    fn take<T>(&self, items: impl Iterator<Item = T>) -> Vec<T> {
        items.skip(self.skip()).take(self.per_page).collect()
    }
}

/// A list being answered: where it is, and how long it is.
pub(crate) struct List<'a> {
    pub world: &'a World,
    pub repository: i64,
    pub below: &'a str,
    pub query_text: &'a str,
    pub query: &'a Query,
    /// Overrides the behaviour's lag.
    pub lag_ms: Option<i64>,
}

impl List<'_> {
    /// `{total_count, <name>: […]}` with its links.
    fn reply(&self, name: &str, total_count: usize, reachable: usize, items: &[String]) -> Answer {
        let body = format!("{{\"total_count\":{total_count},\"{name}\":[{}]}}", items.join(","));
        let mut reply = Reply::new(200, body).header("content-type", "application/json; charset=utf-8");
        if let Some(link) = self.link(reachable) {
            reply.set_header("link", link);
        }
        Answer::Ready(reply)
    }

    fn link(&self, reachable: usize) -> Option<String> {
        let paging = Paging::of(self.query);
        let last = reachable.div_ceil(paging.per_page).max(1);
        if last == 1 && paging.page == 1 {
            return None;
        }
        let mut links = Vec::new();
        let mut add = |page: usize, rel: &str| links.push(format!("<{}>; rel=\"{rel}\"", self.page_url(page)));
        if paging.page > 1 {
            add((paging.page - 1).min(last), "prev");
        }
        if paging.page < last {
            add(paging.page + 1, "next");
            add(last, "last");
        }
        if paging.page > 1 {
            add(1, "first");
        }
        Some(links.join(", "))
    }

    fn page_url(&self, page: usize) -> String {
        let mut pairs: Vec<String> =
            self.query_text.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
        match pairs.iter_mut().find(|pair| pair.starts_with("page=")) {
            Some(pair) => *pair = format!("page={page}"),
            None => pairs.push(format!("page={page}")),
        }
        format!("{}/repositories/{}{}?{}", self.world.api_url, self.repository, self.below, pairs.join("&"))
    }

    pub fn workflows(&self) -> Answer {
        let all: Vec<_> =
            self.world.workflows.values().filter(|workflow| workflow.repository == self.repository).collect();
        let page: Vec<_> = Paging::of(self.query)
            .take(all.iter())
            .into_iter()
            .map(|workflow| json::workflow(self.world, workflow))
            .collect();
        self.reply("workflows", all.len(), all.len(), &page)
    }

    /// Runs of a repository or of a workflow, given as the scope.
    pub fn runs(&self, scope: i64) -> Answer {
        let paging = Paging::of(self.query);
        if self.world.behaviour.large_pages_fail && paging.per_page > 50 {
            return Answer::Ready(problem(502, "Server Error", ""));
        }
        let filter = Filter::of(self.query);
        let with_pull_requests = self.query.get("exclude_pull_requests") != Some("true");
        let order = self.world.order.get(&scope).map(Vec::as_slice).unwrap_or_default();
        let runs = order.iter().rev().filter_map(|(_, _, id)| self.world.runs.get(id));
        if let Some(filter) = filter {
            let cap = self.world.behaviour.search_cap;
            let lag_ms = self.lag_ms.unwrap_or(self.world.behaviour.search_lag_ms);
            let found: Vec<&Run> = runs.filter(|run| filter.matches(self.world, run, lag_ms)).collect();
            let page: Vec<_> = paging
                .take(found.iter().take(cap))
                .into_iter()
                .map(|run| json::run(self.world, run, with_pull_requests))
                .collect();
            let mut total = if self.world.behaviour.search_total_clamped { found.len().min(cap) } else { found.len() };
            if lag_ms > 0 {
                total += Noise::keyed(self.world.seed, self.world.now() as u64).below(3) as usize;
            }
            return self.reply("workflow_runs", total, found.len().min(cap), &page);
        }
        let cap = self.world.behaviour.listing_cap;
        if paging.skip() >= cap {
            return Answer::Ready(problem(
                422,
                "In order to keep the API fast for everyone, pagination is limited for this resource.",
                "#list-workflow-runs-for-a-repository",
            ));
        }
        let total = order.len().min(cap);
        let page: Vec<_> =
            paging.take(runs.take(cap)).into_iter().map(|run| json::run(self.world, run, with_pull_requests)).collect();
        self.reply("workflow_runs", total, total, &page)
    }

    pub fn attempt_jobs(&self, run: &Run, attempt: i64) -> Answer {
        match run.attempts.iter().find(|one| one.number == attempt) {
            Some(attempt) => self.jobs(run, attempt.jobs.iter().filter_map(|id| self.world.jobs.get(id)).collect()),
            None => Answer::Ready(not_found("/actions/workflow-jobs#list-jobs-for-a-workflow-run-attempt")),
        }
    }

    pub fn run_jobs(&self, run: &Run) -> Answer {
        let everything = || {
            let mut ids: Vec<i64> = run.attempts.iter().flat_map(|attempt| attempt.jobs.iter().copied()).collect();
            ids.dedup();
            ids
        };
        let ids = match (self.query.get("filter"), self.world.behaviour.latest_jobs) {
            (Some("all"), _) => everything(),
            (_, LatestJobs::LastAttempt) => run.latest().jobs.clone(),
            (_, LatestJobs::LatestPerJob) => self.latest_per_name(everything()),
        };
        self.jobs(run, ids.iter().filter_map(|id| self.world.jobs.get(id)).collect())
    }

    fn latest_per_name(&self, ids: Vec<i64>) -> Vec<i64> {
        let name = |id: &i64| self.world.jobs.get(id).map(|job| job.name.as_str());
        ids.iter()
            .enumerate()
            .filter(|(index, id)| !ids[index + 1..].iter().any(|later| name(later) == name(id)))
            .map(|(_, id)| *id)
            .collect()
    }

    fn jobs(&self, run: &Run, jobs: Vec<&Job>) -> Answer {
        let page: Vec<_> =
            Paging::of(self.query).take(jobs.iter()).into_iter().map(|job| json::job(self.world, run, job)).collect();
        self.reply("jobs", jobs.len(), jobs.len(), &page)
    }

    /// Artifacts of the repository, or of one run.
    pub fn artifacts(&self, run: Option<i64>) -> Answer {
        let name = self.query.get("name");
        let of_repository = |artifact: &&Artifact| {
            self.world.runs.get(&artifact.run).is_some_and(|run| run.repository == self.repository)
        };
        let mut all: Vec<&Artifact> = match run {
            Some(run) => {
                self.world.artifact_ids(run).iter().rev().filter_map(|id| self.world.artifacts.get(id)).collect()
            }
            None => self.world.artifacts.values().rev().filter(of_repository).collect(),
        };
        all.retain(|artifact| name.is_none_or(|name| artifact.name == name));
        if run.is_some() && self.query.get("direction") == Some("asc") {
            all.reverse();
        }
        let total = all.len();
        let page = Paging::of(self.query).take(all.into_iter());
        let unmeasured: Vec<Arc<Stored>> = page
            .iter()
            .filter(|artifact| artifact.stored.measured().is_none())
            .map(|artifact| artifact.stored.clone())
            .collect();
        if !unmeasured.is_empty() {
            return Answer::MeasureFirst(unmeasured);
        }
        let objects: Vec<_> = page.iter().filter_map(|artifact| artifact_object(self.world, artifact)).collect();
        self.reply("artifacts", total, total, &objects)
    }
}

/// An artifact's object; `None` while its content is unmeasured.
pub(crate) fn artifact_object(world: &World, artifact: &Artifact) -> Option<String> {
    let run = world.runs.get(&artifact.run)?;
    Some(json::artifact(world, artifact, run, artifact.stored.measured()?))
}

/// The parameters that select the search path.
struct Filter<'a> {
    actor: Option<&'a str>,
    branch: Option<&'a str>,
    event: Option<&'a str>,
    head_sha: Option<&'a str>,
    status: Option<&'a str>,
    check_suite: Option<i64>,
    created: Option<Option<Created>>,
}

impl<'a> Filter<'a> {
    fn of(query: &'a Query) -> Option<Filter<'a>> {
        const SELECTING: [&str; 7] = ["actor", "branch", "check_suite_id", "created", "event", "head_sha", "status"];
        SELECTING.iter().any(|name| query.get(name).is_some()).then(|| Filter {
            actor: query.get("actor"),
            branch: query.get("branch"),
            event: query.get("event"),
            head_sha: query.get("head_sha"),
            status: query.get("status"),
            check_suite: query.get("check_suite_id").map(|id| id.parse().unwrap_or(0)),
            created: query.get("created").map(created::parse),
        })
    }

    fn matches(&self, world: &World, run: &Run, lag_ms: i64) -> bool {
        let indexed = world.now() - lag_ms;
        if lag_ms > 0 && run.created_at > indexed {
            return false;
        }
        let (status, conclusion) = state_as_indexed(run, world.now(), lag_ms);
        let wanted = |wanted: Option<&str>, actual: Option<&str>| wanted.is_none_or(|wanted| actual == Some(wanted));
        wanted(self.actor, Some(&run.actor))
            && wanted(self.branch, run.branch.as_deref())
            && wanted(self.event, Some(&run.event))
            && wanted(self.head_sha, Some(&run.sha))
            && self.status.is_none_or(|wanted| status == wanted || conclusion == Some(wanted))
            && self.check_suite.is_none_or(|suite| run.check_suite == suite)
            && self.created.is_none_or(|created| created.is_some_and(|created| created.contains(run.created_at)))
    }
}

/// What the index behind filters still believes about a run.
fn state_as_indexed(run: &Run, now: i64, lag_ms: i64) -> (&str, Option<&str>) {
    match &run.before_change {
        Some((changed_at, status, conclusion)) if lag_ms > 0 && now < changed_at + lag_ms => {
            (status, conclusion.as_deref())
        }
        _ => (run.status(), run.conclusion()),
    }
}
