//! Checks of the database.

use super::machine::one;
use super::{Found, Patient, Said};
use crate::model::{DAY_MS, MINUTE_MS};

/// How long after its end a lease that nobody took over is stuck.
const STUCK_MS: i64 = 30 * MINUTE_MS;
/// Age from which a backup is old.
const OLD_BACKUP_MS: i64 = 7 * DAY_MS;
/// Problems of one kind that are told.
const TOLD: usize = 20;

pub(super) async fn integrity(patient: &Patient) -> Found {
    let wrong = patient.store.integrity(patient.is_deep).await?;
    Ok(wrong.into_iter().take(TOLD).map(|line| Said::from(format!("the database is damaged: {line}"))).collect())
}

pub(super) async fn engine(patient: &Patient) -> Found {
    Ok(patient.store.engine_problems().await?.into_iter().map(Said::from).collect())
}

pub(super) async fn indexes(patient: &Patient) -> Found {
    let missing = patient.store.missing_indexes().await?;
    Ok(one(!missing.is_empty(), || format!("indexes are missing, so that pages are slow: {}", missing.join(", "))))
}

pub(super) async fn stuck_leases(patient: &Patient) -> Found {
    let before = patient.clock.now().plus(-STUCK_MS);
    let stuck = patient.store.stuck_leases(before).await?;
    if stuck == 0 {
        return Ok(Vec::new());
    }
    if patient.repairs {
        patient.store.free_stuck_leases(before).await?;
    }
    let what =
        format!("{stuck} tasks are held by a process that is gone, and nobody takes them over: is `serve` running?");
    Ok(vec![Said { what, repaired: patient.repairs }])
}

pub(super) async fn given_up(patient: &Patient) -> Found {
    let given_up = patient.store.given_up().await?;
    Ok(one(given_up > 0, || format!("{given_up} items were given up; /sync in the UI says why and tries them again")))
}

/// Whoever has never made a backup has decided so; an old one was meant to be a new one.
pub(super) async fn backup_age(patient: &Patient) -> Found {
    let Some(at) = patient.store.last_backup().await? else { return Ok(Vec::new()) };
    let age_ms = patient.clock.now().since(at);
    Ok(one(age_ms > OLD_BACKUP_MS, || format!("the last backup was made {} days ago, at {at}", age_ms / DAY_MS)))
}
