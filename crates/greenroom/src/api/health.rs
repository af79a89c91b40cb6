//! How the installation is, for people who look after it. `/readyz` says the same to machines, in one word.

use super::bodies::{Check, CheckState, Health};
use super::params::{NoParams, Params};
use super::{Answer, MAX_LIVE_CLIENTS, Shared};
use crate::model::{MINUTE_MS, Millis};
use axum::Json;
use axum::extract::State;

/// Work that is due longer than this deserves a look.
const LATE_MS: i64 = 30 * MINUTE_MS;

/// How the installation is.
#[utoipa::path(get, path = "/api/health", responses(
    (status = 200, description = "The parts of the installation and whether they work. GitHub is not asked.", body = Health),
))]
pub(super) async fn get_health(State(shared): State<Shared>, _: Params<NoParams>) -> Answer<Json<Health>> {
    let now = shared.clock.now();
    let checks =
        vec![database(&shared).await, storage(&shared).await, collection(&shared).await, queue(&shared, now).await];
    Ok(Json(Health {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        state: checks.iter().map(|check| check.state).max().unwrap_or(CheckState::Ok),
        database: if shared.store.is_shared() { "postgres" } else { "sqlite" }.to_owned(),
        database_bytes: shared.store.size_bytes().await.unwrap_or_default(),
        live_clients: MAX_LIVE_CLIENTS - shared.live.available_permits(),
        checks,
        at: now,
    }))
}

fn check(name: &str, state: CheckState, detail: impl Into<String>) -> Check {
    Check { name: name.to_owned(), state, detail: detail.into() }
}

async fn database(shared: &Shared) -> Check {
    match shared.store.ping().await {
        Ok(()) => check("database", CheckState::Ok, "The database answers."),
        Err(_) => check("database", CheckState::Failing, "The database does not answer; the log says why."),
    }
}

async fn storage(shared: &Shared) -> Check {
    match shared.blobs.usable().await {
        Ok(()) => check("storage", CheckState::Ok, "Archives and logs can be read and written."),
        Err(_) => check("storage", CheckState::Failing, "The file storage takes no content; the log says why."),
    }
}

async fn collection(shared: &Shared) -> Check {
    let activity = shared.hub.activity();
    if !shared.settings.collecting {
        return check("collection", CheckState::Warning, "This process shows what is mirrored and collects nothing.");
    }
    match activity.storage_error.or(activity.last_error) {
        Some(error) => check("collection", CheckState::Failing, error),
        None if activity.rate_limit.limited_until.is_some_and(|until| until > shared.clock.now()) => {
            check("collection", CheckState::Warning, "GitHub limits us; collection goes on by itself.")
        }
        None => check("collection", CheckState::Ok, "The last check of GitHub went well."),
    }
}

async fn queue(shared: &Shared, now: Millis) -> Check {
    match shared.store.oldest_due(now).await {
        Err(_) => check("queue", CheckState::Failing, "The queue cannot be read."),
        Ok(None) => check("queue", CheckState::Ok, "Nothing is due."),
        Ok(Some(since)) => {
            let minutes = now.since(since) / MINUTE_MS;
            let state = if now.since(since) > LATE_MS { CheckState::Warning } else { CheckState::Ok };
            check("queue", state, format!("The oldest work that is due has waited for {minutes} min."))
        }
    }
}
