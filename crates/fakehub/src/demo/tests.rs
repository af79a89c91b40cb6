//! What can be seen of the story from the world's own side: states, times, conclusions. What its reports hold is looked
//! at in `reported`.

mod reported;

use std::collections::BTreeMap;

use super::cast::REGRESSION_TITLE;
use super::facts::Flow;
use super::scenes::{HOUR, MINUTE, Stage};
use super::story::tell;
use crate::world::World;

const NOW: i64 = 1_772_551_800_000; // a Tuesday, 15:30 UTC

#[test]
fn the_month_has_hundreds_of_runs_in_every_state() {
    for hours in [0, 17, 41, 70, 99, 130] {
        check_month(NOW + hours * HOUR);
    }
}

fn check_month(now_ms: i64) {
    let world = tell(7, now_ms);
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for run in world.runs.values() {
        let state = run.conclusion().map_or_else(|| run.status().to_owned(), str::to_owned);
        *states.entry(state).or_default() += 1;
    }
    for state in [
        "success",
        "failure",
        "cancelled",
        "skipped",
        "timed_out",
        "action_required",
        "startup_failure",
        "neutral",
        "stale",
        "queued",
        "in_progress",
        "waiting",
    ] {
        assert!(states.contains_key(state), "no {state} in {states:?}");
    }
    assert!((300..600).contains(&world.runs.len()), "{states:?}");
    assert!(world.runs.values().any(|run| run.attempts.len() >= 2));
    assert!(world.runs.values().all(|run| run.created_at <= now_ms && run.updated_at <= now_ms));
    assert!(world.artifacts.len() > 400, "{}", world.artifacts.len());
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let digest = |world: &World| {
        let mut runs: Vec<_> =
            world.runs.values().map(|run| (run.id, run.sha.clone(), run.status().to_owned(), run.updated_at)).collect();
        runs.sort();
        (runs, world.artifacts.keys().copied().collect::<Vec<_>>())
    };
    assert_eq!(digest(&tell(3, NOW)), digest(&tell(3, NOW)));
    assert_ne!(digest(&tell(3, NOW)).0, digest(&tell(4, NOW)).0);
}

#[test]
fn the_world_grows_queued_to_completed_while_time_passes() {
    let mut world = tell(7, NOW);
    let before = world.runs.len();
    let artifacts = world.artifacts.len();
    world.advance(20 * MINUTE);
    let after = world.runs.len();
    assert!((13..=32).contains(&(after - before)), "{}", after - before);
    assert!(world.artifacts.len() > artifacts);
    let newest = world.run_ids(world.repositories.values().next().unwrap().id);
    let finished =
        newest[..after - before].iter().filter(|id| world.run(**id).unwrap().status() == "completed").count();
    assert!(finished >= 8, "{finished} of {}", after - before);
}

#[test]
fn totals_on_main_fail_since_one_commit() {
    let world = tell(7, NOW);
    let stage = Stage::find(&world).unwrap();
    let on_main = |run: &&crate::world::Run| {
        run.workflow == stage.workflow(Flow::E2e)
            && run.branch.as_deref() == Some("main")
            && run.event == "push"
            && run.status() == "completed"
    };
    let after: Vec<_> =
        world.runs.values().filter(on_main).filter(|run| run.created_at >= stage.regression_at).collect();
    assert!(after.len() >= 2 && after.iter().all(|run| run.conclusion() == Some("failure")));
    assert!(world.runs.values().any(|run| run.title == REGRESSION_TITLE));
}
