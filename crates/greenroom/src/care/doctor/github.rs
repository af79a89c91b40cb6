//! Checks that ask GitHub.

use super::machine::one;
use super::{Found, Patient, Said};
use crate::forge::TokenFacts;
use crate::model::{DAY_MS, MINUTE_MS};

/// How soon the end of a token is told.
const SOON_MS: i64 = 14 * DAY_MS;
/// How far the clocks may be apart.
const SKEW_MS: i64 = 2 * MINUTE_MS;
/// Scopes of a classic token that let it change things beyond what reading needs. `repo` is what private repositories
/// need, for classic tokens know nothing smaller.
const WRITING_SCOPES: [&str; 8] = [
    "delete_repo",
    "workflow",
    "write:packages",
    "delete:packages",
    "admin:org",
    "write:org",
    "admin:repo_hook",
    "admin:enterprise",
];

pub(super) async fn repository_access(patient: &Patient) -> Found {
    let Some(forge) = &patient.forge else { return Ok(Vec::new()) };
    let mut said = Vec::new();
    for (owner, name) in &patient.config.repositories {
        if let Err(error) = forge.repository(owner, name).await {
            said.push(Said::from(format!("{owner}/{name} cannot be read from {}: {error}", patient.config.api_url)));
        }
    }
    Ok(said)
}

pub(super) async fn token(patient: &Patient) -> Found {
    // That GitHub does not answer is told by another check.
    let Some(facts) = facts(patient).await else { return Ok(Vec::new()) };
    let now = patient.clock.now();
    let mut said = Vec::new();
    if let Some(at) = facts.expires_at {
        said.extend(one(at.since(now) < SOON_MS, || format!("the token ends at {at}; make a new one before that")));
    }
    let writing: Vec<&str> =
        facts.scopes.iter().map(String::as_str).filter(|scope| WRITING_SCOPES.contains(scope)).collect();
    said.extend(one(!writing.is_empty(), || {
        format!(
            "the token may do more than reading needs ({}): use a fine-grained one with Actions: read",
            writing.join(", ")
        )
    }));
    Ok(said)
}

pub(super) async fn clock(patient: &Patient) -> Found {
    let Some(theirs) = facts(patient).await.and_then(|facts| facts.server_time) else { return Ok(Vec::new()) };
    let apart_ms = patient.clock.now().since(theirs);
    Ok(one(apart_ms.abs() > SKEW_MS, || {
        let direction = if apart_ms > 0 { "ahead of" } else { "behind" };
        format!("the clock of this machine is {} s {direction} GitHub's", apart_ms.abs() / 1000)
    }))
}

async fn facts(patient: &Patient) -> Option<TokenFacts> {
    let (forge, (owner, name)) = (patient.forge.as_ref()?, patient.config.repositories.first()?);
    forge.token_facts(owner, name).await.ok()
}
