//! Checks of what is kept: rows and blobs against each other.

use super::machine::one;
use super::{Found, Patient, Said};
use crate::blobs::BlobKey;
use crate::care::{Condition, DEFAULT_GRACE, Garbage, Mender, belong_together, examine};
use crate::events::Hub;
use crate::model::HOUR_MS;
use crate::tasks::{RetryPolicy, Tasks};
use std::time::Duration;

/// Rows read at a time.
const PAGE: i64 = 1_000;
/// Blobs of each kind whose hashes are compared unless all are.
const SAMPLE: usize = 25;
/// Blobs that are named one by one.
const TOLD: usize = 20;
/// Age from which a spool file is a leftover.
const LEFTOVER: Duration = Duration::from_millis(HOUR_MS as u64);

pub(super) async fn store_id(patient: &Patient) -> Found {
    let refusal = belong_together(&patient.store, &patient.blobs).await.err();
    Ok(refusal.map(|error| Said::from(format!("{error:#}"))).into_iter().collect())
}

/// Keys of all blobs that rows name, with their lengths; artifacts first, newest last.
async fn named(patient: &Patient, is_artifact: bool) -> anyhow::Result<Vec<(BlobKey, i64)>> {
    let mut named = Vec::new();
    let mut after = i64::MIN;
    loop {
        let page = patient.store.blob_records(is_artifact, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(named) };
        after = *last;
        named.extend(page.into_iter().filter_map(|(_, record)| Some((BlobKey::parse(&record.blob)?, record.bytes))));
    }
}

pub(super) async fn rows_without_blobs(patient: &Patient) -> Found {
    let mut wrong = Vec::new();
    for is_artifact in [true, false] {
        for (key, bytes) in named(patient, is_artifact).await? {
            match patient.blobs.size(&key).await? {
                Some(size) if i64::try_from(size).is_ok_and(|size| size == bytes) => {}
                Some(size) => wrong.push((key, format!("has {size} bytes instead of {bytes}"))),
                None => wrong.push((key, "is missing".to_owned())),
            }
        }
    }
    told(patient, wrong).await
}

pub(super) async fn hashes(patient: &Patient) -> Found {
    let mut wrong = Vec::new();
    for is_artifact in [true, false] {
        let keys = named(patient, is_artifact).await?;
        let step = if patient.is_deep { 1 } else { keys.len().div_ceil(SAMPLE).max(1) };
        for (key, _) in keys.into_iter().step_by(step) {
            if let Condition::Damaged(how) = examine(&patient.store, &patient.blobs, &key).await? {
                // Lengths are told by another check.
                if !how.contains("instead of") {
                    wrong.push((key, how));
                }
            }
        }
    }
    told(patient, wrong).await
}

/// Names what is wrong; where repairs are asked for, has it fetched again.
async fn told(patient: &Patient, wrong: Vec<(BlobKey, String)>) -> Found {
    let mut said = Vec::new();
    let more = wrong.len().saturating_sub(TOLD);
    for (at, (key, how)) in wrong.into_iter().enumerate() {
        if patient.repairs {
            mender(patient).look_at(&key).await?;
        }
        if at < TOLD {
            said.push(Said { what: format!("the blob {key}: {how}"), repaired: patient.repairs });
        }
    }
    if more > 0 {
        said.push(Said { what: format!("{more} more blobs like these"), repaired: patient.repairs });
    }
    Ok(said)
}

fn mender(patient: &Patient) -> Mender {
    Mender {
        store: patient.store.clone(),
        blobs: patient.blobs.clone(),
        hub: Hub::new(),
        tasks: Tasks::new(patient.store.clone(), patient.clock.clone(), "doctor", RetryPolicy::default()),
        clock: patient.clock.clone(),
    }
}

pub(super) async fn blobs_without_rows(patient: &Patient) -> Found {
    let garbage = Garbage { store: patient.store.clone(), blobs: patient.blobs.clone(), clock: patient.clock.clone() };
    let swept = garbage.sweep(DEFAULT_GRACE, !patient.repairs).await?;
    if swept.orphans.is_empty() {
        return Ok(Vec::new());
    }
    let what = format!(
        "{} blobs ({} bytes) are named by no row, the first is {}; greenroom gc removes them",
        swept.orphans.len(),
        swept.orphan_bytes,
        swept.orphans[0].key
    );
    Ok(vec![Said { what, repaired: patient.repairs }])
}

pub(super) async fn spool_leftovers(patient: &Patient) -> Found {
    let left = patient.blobs.sweep_spool(LEFTOVER, !patient.repairs).await?;
    let mut said = one(left > 0, || format!("{left} spool files were left behind by processes that were killed"));
    said.iter_mut().for_each(|said| said.repaired = patient.repairs);
    Ok(said)
}
