//! Faults to inject, as rules in one table: where, when, how often, and what. Rules are looked at in the order they
//! were added; the first that applies wins.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::noise::Noise;

/// Kinds of requests, for rules and for the access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// The list of workflows.
    Workflows,
    /// One workflow.
    Workflow,
    /// A list of runs, of a repository or of a workflow.
    Runs,
    /// One run.
    Run,
    /// One attempt of a run.
    Attempt,
    /// Jobs of a run or of an attempt.
    Jobs,
    /// One job.
    Job,
    /// The redirect to a job's log.
    Logs,
    /// Artifacts of a repository.
    Artifacts,
    /// Artifacts of a run.
    RunArtifacts,
    /// One artifact.
    Artifact,
    /// The redirect to an artifact's content.
    ArtifactZip,
    /// The blob store.
    Blob,
    /// The rate limit status.
    RateLimit,
    /// A repository itself.
    Repository,
    /// Anything else.
    Other,
    /// In rules: every one of the above.
    Any,
}

/// What an injected error answer consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// GitHub's `{message, documentation_url, status}`.
    Json,
    /// A page for people.
    Html,
    /// Nothing.
    Empty,
}

/// The forms in which a secondary limit was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitForm {
    /// Message and documentation URL name the secondary limit.
    Current,
    /// The older wording and anchor.
    Abuse,
    /// As `Current`, with `retry-after` as an HTTP date.
    HttpDate,
    /// As `Current`, with a `gh-limited-by` header.
    LimitedBy,
    /// Only a message that the endpoint is throttled.
    Throttled,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// An error answer instead.
    Status(u16, BodyKind),
    /// The connection is reset before any answer.
    Reset,
    /// The connection is reset after so many bytes of the body.
    ResetAt(u64),
    /// The body ends after so many bytes although its announced length is more.
    Truncate(u64),
    /// The answer comes this much later, in real ms.
    SlowMs(u64),
    /// The body comes in pieces of so many bytes, each so many real ms after the other.
    SlowDrip {
        /// Bytes per piece.
        chunk_bytes: u64,
        /// Real ms between pieces.
        every_ms: u64,
    },
    /// No answer ever, on an open connection.
    Stall,
    /// Headers and so many bytes, then nothing ever, on an open connection.
    StallAt(u64),
    /// The secondary limit answers, and binds until it is over on the virtual clock.
    SecondaryLimit {
        /// `retry-after` in seconds; 60 s are meant if absent.
        retry_after: Option<u64>,
        /// 403 or 429.
        status: u16,
        /// How it is said.
        form: LimitForm,
    },
    /// The primary quota is used up, until its reset.
    PrimaryLimit,
    /// 200 with a page for people.
    NonJson200,
    /// A gzip body cut in the middle, with a matching length.
    TruncatedGzip,
    /// Digests in the JSON do not match the blobs.
    WrongDigest,
    /// The byte at this offset of a blob is flipped.
    FlipByte(u64),
    /// Every state is a word never seen before.
    UnknownEnumValues,
    /// Every object has fields never seen before.
    ExtraFields,
    /// Everything that may be null is null.
    NullEverywhereNullable,
    /// Everything that may be absent is absent.
    AbsentOptional,
    /// Times have milliseconds and an offset.
    OffsetTimestamps,
    /// 307 to the same thing by repository id.
    Redirect307,
    /// 302 to itself.
    RedirectLoop,
    /// Filtered listings answer from an index this many ms old.
    LaggingSearch(i64),
    /// The first item of a page comes twice.
    DuplicateItems,
    /// The last item of a page is missing.
    MissingItems,
    /// The entity tag differs every time.
    FlappingEtag,
}

/// Where, when and how often a fault happens.
#[derive(Clone, Debug)]
pub struct Rule {
    route: Route,
    path_contains: Option<String>,
    skip: u64,
    count: Option<u64>,
    probability: Option<(f64, Noise)>,
    fault: Fault,
    seen: u64,
    fired: u64,
}

impl Rule {
    /// The fault, on every request of this kind.
    pub fn new(route: Route, fault: Fault) -> Rule {
        Rule { route, path_contains: None, skip: 0, count: None, probability: None, fault, seen: 0, fired: 0 }
    }

    /// Only where path and query contain this text.
    pub fn path(mut self, part: impl Into<String>) -> Rule {
        self.path_contains = Some(part.into());
        self
    }

    /// Only from the nth matching request on, counted from 1.
    pub fn nth(mut self, n: u64) -> Rule {
        self.skip = n.saturating_sub(1);
        self
    }

    /// At most so many times.
    pub fn times(mut self, count: u64) -> Rule {
        self.count = Some(count);
        self
    }

    /// Only with this probability, decided by the seed.
    pub fn probability(mut self, probability: f64, seed: u64) -> Rule {
        self.probability = Some((probability, Noise::keyed(seed, 0xfa17)));
        self
    }

    fn fires(&mut self, route: Route, path_and_query: &str) -> bool {
        if self.route != Route::Any && self.route != route {
            return false;
        }
        if self.path_contains.as_ref().is_some_and(|part| !path_and_query.contains(part.as_str())) {
            return false;
        }
        self.seen += 1;
        if self.seen <= self.skip || self.count.is_some_and(|count| self.fired >= count) {
            return false;
        }
        if let Some((probability, noise)) = &mut self.probability
            && !noise.chance(*probability)
        {
            return false;
        }
        self.fired += 1;
        true
    }
}

/// The handle to the table of rules; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    rules: Arc<Mutex<Vec<(u64, Rule)>>>,
}

impl Faults {
    /// Adds a rule and answers its number.
    pub fn add(&self, rule: Rule) -> u64 {
        let mut rules = self.lock();
        let id = rules.last().map_or(1, |(id, _)| id + 1);
        rules.push((id, rule));
        id
    }

    /// The fault on every request of this kind.
    pub fn always(&self, route: Route, fault: Fault) -> u64 {
        self.add(Rule::new(route, fault))
    }

    /// The fault on the next request of this kind.
    pub fn once(&self, route: Route, fault: Fault) -> u64 {
        self.add(Rule::new(route, fault).times(1))
    }

    /// The fault on the next so many requests of this kind.
    pub fn times(&self, route: Route, fault: Fault, count: u64) -> u64 {
        self.add(Rule::new(route, fault).times(count))
    }

    /// Takes a rule away.
    pub fn remove(&self, id: u64) {
        self.lock().retain(|(other, _)| *other != id);
    }

    /// Takes all rules away.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// How often a rule has fired.
    pub fn fired(&self, id: u64) -> u64 {
        self.lock().iter().find(|(other, _)| *other == id).map_or(0, |(_, rule)| rule.fired)
    }

    pub(crate) fn decide(&self, route: Route, path_and_query: &str) -> Option<Fault> {
        self.lock().iter_mut().find_map(|(_, rule)| rule.fires(route, path_and_query).then_some(rule.fault))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(u64, Rule)>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_count_skip_and_match_paths() {
        let faults = Faults::default();
        let id = faults.add(Rule::new(Route::Runs, Fault::Reset).path("page=2").nth(2).times(1));
        assert_eq!(faults.decide(Route::Runs, "/x?page=1"), None);
        assert_eq!(faults.decide(Route::Jobs, "/x?page=2"), None);
        assert_eq!(faults.decide(Route::Runs, "/x?page=2"), None);
        assert_eq!(faults.decide(Route::Runs, "/x?page=2"), Some(Fault::Reset));
        assert_eq!(faults.decide(Route::Runs, "/x?page=2"), None);
        assert_eq!(faults.fired(id), 1);
    }

    #[test]
    fn probability_is_decided_by_the_seed() {
        let draw = |seed| {
            let faults = Faults::default();
            faults.add(Rule::new(Route::Any, Fault::Reset).probability(0.5, seed));
            (0..64).map(|_| faults.decide(Route::Run, "/").is_some()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert!(draw(1).iter().any(|fired| *fired) && draw(1).iter().any(|fired| !fired));
    }
}
