//! The gate in front of GitHub: one per token. It remembers the limits GitHub announced, lets no
//! request through while the token is limited, and paces the rest. Documented at
//! <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.
//!
//! Deciding ([`verdict`]) is pure; waiting is only done for pacing, never for a limit: a limited
//! caller is told until when, at once.

use super::ForgeError;
use crate::clock::Clock;
use crate::model::{HOUR_MS, MINUTE_MS, Millis, RateLimit, SECOND_MS};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Requests in flight at once. GitHub budgets about 90 s of its own time per 60 s.
const IN_FLIGHT: usize = 4;
/// Seconds of response time that may be spent in a burst; one second comes back per second.
const BUSY_BURST: f64 = 60.0;
/// Requests that may be spent in a burst; [`REQUESTS_PER_SECOND`] come back per second.
const REQUEST_BURST: f64 = 300.0;
/// GitHub allows 900 points a minute, and a GET is one point.
const REQUESTS_PER_SECOND: f64 = 9.0;
/// A wait told by GitHub is trusted up to here.
const RETRY_AFTER_MAX_MS: i64 = HOUR_MS;
/// The primary limit starts anew every hour.
const RESET_MAX_MS: i64 = 65 * MINUTE_MS;
/// First wait at a secondary limit that names no time; doubles each time in a row.
const SECONDARY_MS: i64 = 60 * SECOND_MS;
/// Longest such wait.
const SECONDARY_MAX_MS: i64 = 15 * MINUTE_MS;
/// A server clock further away than this from ours is not believed.
const SKEW_MAX_MS: i64 = 24 * HOUR_MS;

/// What the headers of an answer say about limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Headers {
    pub limit: Option<i64>,
    pub remaining: Option<i64>,
    /// By the server's clock.
    pub reset: Option<Millis>,
    /// `retry-after`, in milliseconds from the answer.
    pub retry_after_ms: Option<i64>,
    /// The server's clock minus ours.
    pub skew_ms: i64,
    /// `gh-limited-by` is present.
    pub limited_by: bool,
}

impl Headers {
    pub fn read(headers: &reqwest::header::HeaderMap, now: Millis) -> Headers {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let number = |name: &str| text(name).and_then(|value| value.parse::<i64>().ok());
        let server_now = text("date").and_then(http_date);
        let skew_ms = server_now.map_or(0, |server| server.since(now));
        // Half a minute is the coarseness of `date` and of the way; beyond a day it is a fault.
        let skew_ms = if (30 * SECOND_MS..=SKEW_MAX_MS).contains(&skew_ms.abs()) { skew_ms } else { 0 };
        Headers {
            limit: number("x-ratelimit-limit"),
            remaining: number("x-ratelimit-remaining"),
            reset: number("x-ratelimit-reset").and_then(|seconds| seconds.checked_mul(SECOND_MS)).map(Millis),
            retry_after_ms: text("retry-after").and_then(|value| retry_after(value, now.plus(skew_ms))),
            skew_ms,
            limited_by: headers.contains_key("gh-limited-by"),
        }
    }
}

/// Reads `retry-after`: seconds, or an HTTP date.
fn retry_after(value: &str, server_now: Millis) -> Option<i64> {
    if let Ok(seconds) = value.parse::<i64>() {
        return Some(seconds.saturating_mul(SECOND_MS));
    }
    Some(http_date(value)?.since(server_now))
}

pub(super) fn http_date(text: &str) -> Option<Millis> {
    let moment = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Millis(moment.as_millisecond()))
}

/// What an answer means for the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// No limit is involved.
    Pass,
    /// Refused because of a limit, which ends in this many milliseconds.
    Wait { ms: i64 },
}

/// The decision table; the first match wins. `strikes` counts the refusals in a row before this one.
pub(super) fn verdict(status: u16, headers: &Headers, body: &str, now: Millis, strikes: u32) -> Verdict {
    if status != 403 && status != 429 {
        return Verdict::Pass;
    }
    let patience = SECONDARY_MS.saturating_mul(1_i64.checked_shl(strikes.min(20)).unwrap_or(1)).min(SECONDARY_MAX_MS);
    if let Some(ms) = headers.retry_after_ms {
        return Verdict::Wait { ms: ms.clamp(SECOND_MS, RETRY_AFTER_MAX_MS) };
    }
    if headers.remaining == Some(0) {
        let told = headers.reset.map_or(patience, |reset| reset.plus(SECOND_MS).since(now.plus(headers.skew_ms)));
        // Refused again although the reset has passed by our reckoning: do not knock every second.
        let least = if strikes == 0 { SECOND_MS } else { patience };
        return Verdict::Wait { ms: told.clamp(least, RESET_MAX_MS) };
    }
    if status == 429 || headers.limited_by || tells_of_a_limit(body) {
        return Verdict::Wait { ms: patience };
    }
    Verdict::Pass
}

fn tells_of_a_limit(body: &str) -> bool {
    let body = body.to_ascii_lowercase();
    const WORDS: [&str; 6] = [
        "secondary rate limit",
        "secondary-rate-limit",
        "abuse detection",
        "abuse-rate-limit",
        "rate limit exceeded",
        "throttled",
    ];
    WORDS.iter().any(|words| body.contains(words))
}

/// When the next request may be sent, told by an answer that was served: none are left.
fn used_up(headers: &Headers, now: Millis) -> Option<Millis> {
    if headers.remaining != Some(0) {
        return None;
    }
    let wait = headers.reset?.plus(SECOND_MS).since(now.plus(headers.skew_ms));
    (wait > 0).then(|| now.plus(wait.min(RESET_MAX_MS)))
}

/// A bucket that leaks: how much of a budget was used lately.
#[derive(Debug)]
struct Bucket {
    level: f64,
    at: Instant,
    size: f64,
    leak_per_second: f64,
}

impl Bucket {
    fn new(size: f64, leak_per_second: f64) -> Bucket {
        Bucket { level: 0.0, at: Instant::now(), size, leak_per_second }
    }

    /// Adds `amount`, after letting what has passed leak away.
    fn pour(&mut self, amount: f64) {
        let now = Instant::now();
        let leaked = now.duration_since(self.at).as_secs_f64() * self.leak_per_second;
        self.level = (self.level - leaked).max(0.0) + amount;
        self.at = now;
    }

    /// How long until there is room again; zero when there is.
    fn wait(&mut self) -> Duration {
        self.pour(0.0);
        Duration::from_secs_f64((self.level - self.size).max(0.0) / self.leak_per_second)
    }
}

#[derive(Debug)]
struct State {
    rate: RateLimit,
    strikes: u32,
    busy: Bucket,
    sent: Bucket,
}

/// The gate of one token.
#[derive(Debug)]
pub(super) struct Gate {
    clock: Clock,
    slots: Semaphore,
    state: Mutex<State>,
    /// Whether requests are counted as well as response time.
    counted: bool,
}

/// Leave to send one request; holds one of the places in flight until it is dropped.
pub(super) struct Pass<'a> {
    gate: &'a Gate,
    started: Instant,
    _slot: SemaphorePermit<'a>,
}

impl Gate {
    /// A gate that is open. A simulator on loopback has no budget of requests: `counted` is false there.
    pub fn new(clock: Clock, counted: bool) -> Gate {
        let busy = Bucket::new(BUSY_BURST, 1.0);
        let sent = Bucket::new(REQUEST_BURST, REQUESTS_PER_SECOND);
        let state = State { rate: RateLimit::default(), strikes: 0, busy, sent };
        Gate { clock, slots: Semaphore::new(IN_FLIGHT), state: Mutex::new(state), counted }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The limits as last heard.
    pub fn rate_limit(&self) -> RateLimit {
        self.state().rate.clone()
    }

    /// Whether the token is limited now, as the error to give.
    pub fn check(&self) -> Result<(), ForgeError> {
        match self.state().rate.limited_until {
            Some(until) if until > self.clock.now() && !mutant!("asks-inside-limit") => {
                Err(ForgeError::Limited { until })
            }
            _ => Ok(()),
        }
    }

    /// Waits for a place and for the pace; refuses at once while the token is limited.
    pub async fn admit(&self) -> Result<Pass<'_>, ForgeError> {
        self.check()?;
        let slot =
            self.slots.acquire().await.map_err(|_| ForgeError::Transient { reason: "the gate is closed".into() })?;
        loop {
            self.check()?;
            let wait = self.pace();
            if wait.is_zero() {
                break;
            }
            tokio::time::sleep(wait).await;
        }
        Ok(Pass { gate: self, started: Instant::now(), _slot: slot })
    }

    /// Takes one request from the budget, or says how long to wait for it.
    fn pace(&self) -> Duration {
        let mut state = self.state();
        let busy = state.busy.wait();
        let sent = if self.counted { state.sent.wait() } else { Duration::ZERO };
        let wait = busy.max(sent);
        if wait.is_zero() {
            state.sent.pour(1.0);
        }
        wait
    }

    /// Takes note of an answer. `Err` when it was refused because of a limit.
    fn note(&self, status: u16, headers: &Headers, body: &str) -> Result<(), ForgeError> {
        let now = self.clock.now();
        let mut state = self.state();
        state.remember(headers);
        let limited = state.rate.limited_until.is_some_and(|until| until > now);
        // Requests that were in flight together are refused together: one strike, and whoever names
        // the later time is right.
        let strikes = if limited { state.strikes.saturating_sub(1) } else { state.strikes };
        match verdict(status, headers, body, now, strikes) {
            Verdict::Wait { ms } => {
                let mut until = now.plus(ms);
                if limited {
                    until = until.max(state.rate.limited_until.unwrap_or(until));
                } else {
                    state.strikes = state.strikes.saturating_add(1);
                }
                state.rate.limited_until = Some(until);
                Err(ForgeError::Limited { until })
            }
            Verdict::Pass => {
                if status < 400 && !limited {
                    state.strikes = 0;
                    state.rate.limited_until = used_up(headers, now);
                }
                Ok(())
            }
        }
    }
}

impl State {
    fn remember(&mut self, headers: &Headers) {
        let reset_at = headers.reset.map(|reset| reset.plus(-headers.skew_ms));
        if headers.limit.is_some() {
            self.rate.limit = headers.limit;
        }
        if let Some(remaining) = headers.remaining {
            // Answers overtake each other: within one window the smaller count is the later one.
            let same_window = reset_at.is_some() && self.rate.reset_at == reset_at;
            let remaining =
                if same_window { remaining.min(self.rate.remaining.unwrap_or(remaining)) } else { remaining };
            self.rate.remaining = Some(remaining);
            metrics::gauge!("greenroom_github_rate_remaining").set(remaining as f64);
        }
        if reset_at.is_some() {
            self.rate.reset_at = reset_at;
        }
    }
}

impl Pass<'_> {
    /// The headers have arrived: accounts for the time GitHub took.
    pub fn answered(&self) -> Duration {
        let took = self.started.elapsed();
        self.gate.state().busy.pour(took.as_secs_f64());
        took
    }

    /// Takes note of what the answer says about limits. `Err` when it was refused because of one.
    pub fn note(&self, status: u16, headers: &reqwest::header::HeaderMap, body: &str) -> Result<(), ForgeError> {
        let headers = Headers::read(headers, self.gate.clock.now());
        self.gate.note(status, &headers, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    const NOW: Millis = Millis(1_700_000_000_000);
    const DATE: &str = "Tue, 14 Nov 2023 22:13:20 GMT";

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn decide(status: u16, pairs: &[(&str, &str)], body: &str, strikes: u32) -> Verdict {
        verdict(status, &Headers::read(&headers(pairs), NOW), body, NOW, strikes)
    }

    fn seconds(seconds: i64) -> Verdict {
        Verdict::Wait { ms: seconds * 1000 }
    }

    #[test]
    fn g9_the_first_matching_rule_decides() {
        let reset = |ahead: i64| (1_700_000_000 + ahead).to_string();
        let secondary = r#"{"message":"You have exceeded a secondary rate limit. Please wait a few minutes"}"#;
        let by_url =
            r#"{"message":"Forbidden","documentation_url":"https://docs.github.com/x#about-secondary-rate-limits"}"#;
        // 1. retry-after, whatever else is said.
        assert_eq!(decide(403, &[("retry-after", "17"), ("x-ratelimit-remaining", "0")], "", 3), seconds(17));
        assert_eq!(decide(429, &[("retry-after", "0")], "", 0), seconds(1));
        assert_eq!(decide(429, &[("retry-after", "-5")], "", 0), seconds(1));
        assert_eq!(decide(429, &[("retry-after", "999999999999999999")], "", 0), seconds(3600));
        assert_eq!(
            decide(429, &[("date", DATE), ("retry-after", "Tue, 14 Nov 2023 22:14:00 GMT")], "", 0),
            seconds(40)
        );
        // 2. nothing remaining: one second after the reset.
        for status in [403, 429] {
            assert_eq!(
                decide(status, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset(600))], secondary, 0),
                seconds(601)
            );
        }
        assert_eq!(
            decide(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset(86_400))], "", 0),
            seconds(65 * 60)
        );
        assert_eq!(
            decide(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset(-900))], "", 0),
            seconds(1)
        );
        assert_eq!(
            decide(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset(-900))], "", 1),
            seconds(120)
        );
        assert_eq!(decide(403, &[("x-ratelimit-remaining", "0")], "", 0), seconds(60));
        // 3. a secondary limit by text, by URL, by header, or a bare 429: a minute, doubling.
        for (status, pairs, body) in [
            (403, &[("x-ratelimit-remaining", "4000")][..], secondary),
            (403, &[], by_url),
            (403, &[], r#"{"message":"You have triggered an abuse detection mechanism"}"#),
            (403, &[], r#"{"message":"This endpoint is temporarily being throttled"}"#),
            (403, &[("gh-limited-by", "search-elapsed-time-shared-grouped")], ""),
            (429, &[], ""),
        ] {
            let waits: Vec<Verdict> = [0, 1, 2, 3, 4, 40].map(|strikes| decide(status, pairs, body, strikes)).to_vec();
            assert_eq!(waits, [60, 120, 240, 480, 900, 900].map(seconds), "{body}");
        }
        // 4. any other 403 is a matter of permission; other answers are no limit at all.
        assert_eq!(
            decide(
                403,
                &[("x-ratelimit-remaining", "12")],
                r#"{"message":"Must have admin rights to Repository."}"#,
                0
            ),
            Verdict::Pass
        );
        assert_eq!(decide(200, &[("x-ratelimit-remaining", "0"), ("retry-after", "5")], "", 0), Verdict::Pass);
        assert_eq!(decide(502, &[], secondary, 0), Verdict::Pass);
    }

    #[test]
    fn g10_a_server_clock_that_differs_is_taken_into_account() {
        // The server is ten minutes behind us; it resets in a minute by its own clock.
        let behind = [
            ("date", "Tue, 14 Nov 2023 22:03:20 GMT"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1699999460"),
        ];
        assert_eq!(decide(403, &behind, "", 0), seconds(61));
        // A date of another year is a fault, not a skew.
        let absurd = [
            ("date", "Tue, 14 Nov 2017 22:03:20 GMT"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1700000060"),
        ];
        assert_eq!(decide(403, &absurd, "", 0), seconds(61));
    }

    fn told(remaining: i64, reset_in_ms: i64) -> Headers {
        Headers {
            limit: Some(5000),
            remaining: Some(remaining),
            reset: Some(NOW.plus(reset_in_ms)),
            ..Headers::default()
        }
    }

    #[tokio::test]
    async fn nobody_passes_a_limited_gate() {
        let clock = Clock::manual(NOW);
        let gate = Gate::new(clock.clone(), false);
        assert!(gate.admit().await.is_ok());
        let refused = gate.note(429, &Headers { retry_after_ms: Some(5_000), ..Headers::default() }, "");
        assert_eq!(refused, Err(ForgeError::Limited { until: NOW.plus(5_000) }));
        assert!(matches!(gate.admit().await, Err(ForgeError::Limited { until }) if until == NOW.plus(5_000)));
        clock.advance(4_999);
        assert!(gate.admit().await.is_err());
        clock.advance(1);
        assert!(gate.admit().await.is_ok());
    }

    #[test]
    fn the_last_request_of_the_hour_closes_the_gate() {
        let gate = Gate::new(Clock::manual(NOW), false);
        assert_eq!(gate.note(200, &told(1, 60_000), ""), Ok(()));
        assert_eq!(gate.check(), Ok(()));
        assert_eq!(gate.note(304, &told(0, 60_000), ""), Ok(()));
        assert_eq!(gate.check(), Err(ForgeError::Limited { until: NOW.plus(61_000) }));
        let rate = gate.rate_limit();
        assert_eq!((rate.limit, rate.remaining, rate.reset_at), (Some(5000), Some(0), Some(NOW.plus(60_000))));
    }

    #[test]
    fn refusals_of_one_burst_count_once_and_a_success_forgives() {
        let clock = Clock::manual(NOW);
        let gate = Gate::new(clock.clone(), false);
        for _ in 0..4 {
            assert_eq!(
                gate.note(429, &Headers::default(), ""),
                Err(ForgeError::Limited { until: NOW.plus(60_000) }),
                "refused together"
            );
        }
        // An answer to a request that was sent before the limit does not lift it.
        assert_eq!(gate.note(200, &told(10, 60_000), ""), Ok(()));
        assert!(gate.check().is_err());
        clock.advance(60_000);
        assert_eq!(
            gate.note(429, &Headers::default(), ""),
            Err(ForgeError::Limited { until: NOW.plus(60_000 + 120_000) })
        );
        clock.advance(120_000);
        assert_eq!(gate.note(200, &told(9, 60_000), ""), Ok(()));
        assert_eq!(gate.note(429, &Headers::default(), ""), Err(ForgeError::Limited { until: NOW.plus(240_000) }));
    }

    #[test]
    fn counts_that_overtake_each_other_show_the_smaller() {
        let gate = Gate::new(Clock::manual(NOW), false);
        for remaining in [100, 98, 99] {
            assert_eq!(gate.note(200, &told(remaining, 60_000), ""), Ok(()));
        }
        assert_eq!(gate.rate_limit().remaining, Some(98));
        assert_eq!(gate.note(200, &told(4999, 3_660_000), ""), Ok(()));
        assert_eq!(gate.rate_limit().remaining, Some(4999), "a new window");
    }

    #[tokio::test(start_paused = true)]
    async fn slow_answers_slow_us_down_to_their_own_time() {
        let gate = Gate::new(Clock::manual(NOW), false);
        let began = Instant::now();
        for _ in 0..20 {
            let pass = gate.admit().await.ok().unwrap();
            tokio::time::advance(Duration::from_secs(4)).await;
            pass.answered();
        }
        // Taken one after the other, response time comes back as fast as it is spent.
        assert_eq!(began.elapsed().as_secs(), 80);
        gate.state().busy.pour(90.0);
        let began = Instant::now();
        assert!(gate.admit().await.is_ok());
        assert!((33..36).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_real_server_has_its_requests_counted() {
        for (counted, least) in [(false, 0), (true, 30)] {
            let gate = Gate::new(Clock::manual(NOW), counted);
            let began = Instant::now();
            for _ in 0..600 {
                assert!(gate.admit().await.is_ok());
            }
            assert!((least..least + 5).contains(&began.elapsed().as_secs()), "{counted}: {:?}", began.elapsed());
        }
    }
}
