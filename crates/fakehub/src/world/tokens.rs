//! Tokens, their quotas and the windows in which they may not be used.

use super::World;

const HOUR_MS: i64 = 3_600_000;

/// What kind of credential a token is, which shows in some headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A fine-grained personal access token.
    FineGrained,
    /// A classic personal access token.
    Classic,
    /// The token of an App installation.
    Installation,
}

/// A primary quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests per hour.
    pub limit: i64,
    /// Requests left.
    pub remaining: i64,
    /// When it fills up again, in ms.
    pub reset_at: i64,
}

/// A credential and what it has used up.
#[derive(Clone, Debug)]
pub struct Token {
    /// Whose it is.
    pub login: String,
    /// What it is.
    pub kind: TokenKind,
    /// When it stops working.
    pub expires_at: Option<i64>,
    /// Whether it may read Actions.
    pub can_read_actions: bool,
    /// Whether it works at all.
    pub valid: bool,
    /// Its primary quota.
    pub quota: Quota,
    /// Until when the secondary limit binds.
    pub limited_until: Option<i64>,
    /// Requests in the current minute: (minute, points).
    pub(crate) points: (i64, u32),
}

impl Token {
    fn new(login: &str, now_ms: i64) -> Token {
        Token {
            login: login.to_owned(),
            kind: TokenKind::FineGrained,
            expires_at: Some(now_ms + 45 * 24 * HOUR_MS),
            can_read_actions: true,
            valid: true,
            quota: Quota { limit: 5_000, remaining: 5_000, reset_at: now_ms + HOUR_MS },
            limited_until: None,
            points: (0, 0),
        }
    }

    pub(crate) fn anonymous(now_ms: i64) -> Token {
        let quota = Quota { limit: 60, remaining: 60, reset_at: now_ms + HOUR_MS };
        Token { quota, expires_at: None, ..Token::new("", now_ms) }
    }

    /// Fills the quota up if its hour has passed.
    pub(crate) fn refill(&mut self, now_ms: i64) {
        if now_ms >= self.quota.reset_at {
            self.quota.remaining = self.quota.limit;
            let hours = (now_ms - self.quota.reset_at) / HOUR_MS + 1;
            self.quota.reset_at += hours * HOUR_MS;
        }
        if self.limited_until.is_some_and(|until| until <= now_ms) {
            self.limited_until = None;
        }
    }

    /// Whether no request may be sent now.
    pub fn is_limited(&self, now_ms: i64) -> bool {
        self.quota.remaining <= 0 && now_ms < self.quota.reset_at
            || self.limited_until.is_some_and(|until| now_ms < until)
    }
}

impl World {
    /// Adds a fine-grained token with 5,000 requests an hour that may read Actions.
    pub fn add_token(&mut self, token: &str) {
        let now = self.now();
        self.tokens.insert(token.to_owned(), Token::new("greenroom-reader", now));
    }

    /// Makes a token answer 401 from now on.
    pub fn revoke_token(&mut self, token: &str) {
        if let Some(token) = self.tokens.get_mut(token) {
            token.valid = false;
        }
    }

    /// A token.
    pub fn token(&self, token: &str) -> Option<&Token> {
        self.tokens.get(token)
    }

    /// A token, to be changed freely.
    pub fn token_mut(&mut self, token: &str) -> Option<&mut Token> {
        self.tokens.get_mut(token)
    }

    /// Sets the primary quota of every token; `reset_at` in ms.
    pub fn set_quota(&mut self, limit: i64, remaining: i64, reset_at: i64) {
        for token in self.tokens.values_mut() {
            token.quota = Quota { limit, remaining, reset_at };
        }
    }

    /// Makes the secondary limit bind for every token until the given moment.
    pub fn limit_until(&mut self, until_ms: i64) {
        for token in self.tokens.values_mut() {
            token.limited_until = Some(until_ms);
        }
    }

    /// Ends all limit windows.
    pub fn lift_limits(&mut self) {
        let now = self.now();
        for token in self.tokens.values_mut() {
            token.limited_until = None;
            token.quota = Quota { limit: 5_000, remaining: 5_000, reset_at: now + HOUR_MS };
        }
    }
}
