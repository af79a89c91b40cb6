//! Who is asking, and whether they may ask now: user agent, API version, credentials, rate limits.

use super::{problem, with_docs};
use crate::clock::http_date;
use crate::faults::{LimitForm, Route};
use crate::reply::Reply;
use crate::server::Incomer;
use crate::world::{Token, World};

/// API versions that are answered.
pub(crate) const VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

/// Whose request it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    Anonymous,
    Token(String),
}

impl Caller {
    pub fn account<'w>(&self, world: &'w World) -> Option<&'w Token> {
        match self {
            Caller::Anonymous => Some(&world.anonymous),
            Caller::Token(token) => world.tokens.get(token),
        }
    }

    pub fn account_mut<'w>(&self, world: &'w mut World) -> Option<&'w mut Token> {
        match self {
            Caller::Anonymous => Some(&mut world.anonymous),
            Caller::Token(token) => world.tokens.get_mut(token),
        }
    }
}

/// What the gate decided.
pub(crate) enum Passage {
    Granted(Caller),
    /// The answer, who it was (if known), and whether it came inside a limit window.
    Refused(Reply, Option<Caller>, bool),
}

/// Checks everything that does not depend on what is asked for.
pub(crate) fn check(world: &mut World, incomer: &Incomer, route: Route, in_flight: usize) -> Passage {
    if incomer.header("user-agent").is_none_or(str::is_empty) {
        let text =
            "\r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header.\r\n";
        return Passage::Refused(Reply::new(403, text).header("content-type", "text/html; charset=utf-8"), None, false);
    }
    if let Some(version) = incomer.header("x-github-api-version")
        && !VERSIONS.contains(&version)
    {
        return Passage::Refused(
            problem(400, &format!("The API version {version} is not supported."), "/about-the-rest-api/api-versions"),
            None,
            false,
        );
    }
    let Some(caller) = identify(world, incomer) else {
        return Passage::Refused(problem(401, "Bad credentials", ""), None, false);
    };
    check_limits(world, caller, route, in_flight)
}

/// The caller, or `None` for credentials that do not work.
fn identify(world: &World, incomer: &Incomer) -> Option<Caller> {
    let Some(header) = incomer.header("authorization") else { return Some(Caller::Anonymous) };
    let (scheme, secret) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") && !scheme.eq_ignore_ascii_case("token") {
        return None;
    }
    let token = world.tokens.get(secret)?;
    let works = token.valid && token.expires_at.is_none_or(|at| world.now() < at);
    works.then(|| Caller::Token(secret.to_owned()))
}

fn check_limits(world: &mut World, caller: Caller, route: Route, in_flight: usize) -> Passage {
    if !world.behaviour.rate_limits {
        return Passage::Granted(caller);
    }
    let (now, behaviour) = (world.now(), world.behaviour.clone());
    let Some(account) = caller.account_mut(world) else { return Passage::Granted(caller) };
    account.refill(now);
    let exhausted = account.quota.remaining <= 0;
    let asks_only_for_limits = route == Route::RateLimit && account.limited_until.is_none();
    if account.is_limited(now) && !asks_only_for_limits {
        if behaviour.ban_on_violation {
            account.limited_until = Some(now + 3_600_000);
        }
        let reply = match account.limited_until {
            Some(until) if !exhausted || behaviour.ban_on_violation => {
                secondary(Some((until - now + 999) / 1000), 403, LimitForm::Current, now)
            }
            _ => primary(&caller, 403),
        };
        world.violations += 1;
        return Passage::Refused(reply, Some(caller), true);
    }
    let minute = now / 60_000;
    account.points = if account.points.0 == minute { (minute, account.points.1 + 1) } else { (minute, 1) };
    let too_many = behaviour.points_per_minute.is_some_and(|limit| account.points.1 > limit);
    if too_many || in_flight > behaviour.max_in_flight {
        account.limited_until = Some(now + 60_000);
        return Passage::Refused(secondary(Some(60), 403, LimitForm::Current, now), Some(caller), false);
    }
    Passage::Granted(caller)
}

/// The answer when the primary quota is used up.
pub(crate) fn primary(caller: &Caller, status: u16) -> Reply {
    let message = match caller {
        Caller::Anonymous => {
            "API rate limit exceeded for 127.0.0.1. (But here's the good news: Authenticated requests get a higher rate limit.)"
        }
        Caller::Token(_) => {
            "API rate limit exceeded for user ID 4101172. If you reach out for help, please include the request ID."
        }
    };
    with_docs(status, message, "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api")
}

/// The answer when the secondary limit binds, in one of its forms.
pub(crate) fn secondary(retry_after: Option<i64>, status: u16, form: LimitForm, now_ms: i64) -> Reply {
    const CURRENT: &str = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    const DOCS: &str = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits";
    let mut reply = match form {
        LimitForm::Current | LimitForm::HttpDate => with_docs(status, CURRENT, DOCS),
        LimitForm::LimitedBy => with_docs(status, CURRENT, DOCS).header("gh-limited-by", "actions-runs-list"),
        LimitForm::Abuse => with_docs(
            status,
            "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.",
            "https://docs.github.com/rest/overview/resources-in-the-rest-api#abuse-rate-limits",
        ),
        LimitForm::Throttled => with_docs(
            status,
            "This endpoint is temporarily being throttled. Please try again later.",
            "https://docs.github.com/rest",
        ),
    };
    if let Some(seconds) = retry_after {
        let value = match form {
            LimitForm::HttpDate => http_date(now_ms + seconds * 1000),
            _ => seconds.to_string(),
        };
        reply.set_header("retry-after", value);
    }
    reply
}
