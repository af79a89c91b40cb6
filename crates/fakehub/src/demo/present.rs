//! What goes on while someone watches: runs that are under way when the story ends, and new ones for ever.

use super::cast::{CHANGES, TEAM};
use super::facts::{Flow, Trouble};
use super::scenes::{Change, Scene, Stage, launch, main_at};
use crate::noise::{Noise, mix};
use crate::world::World;

/// How much faster the jobs of the present are than real ones: someone is waiting.
const LIVE_PACE: f64 = 0.3;
/// Every so many events the browser tests run and the flaky test shows itself.
const SHOW_EVERY: u64 = 4;

/// What is going on right now: two commits, the second that of a pull request.
pub(super) fn begin(world: &mut World, stage: Stage, merged: &Change, pushed: &Change) {
    for (ago, flow, change) in [
        (215_000, Flow::E2e, merged),
        (170_000, Flow::Ci, merged),
        (75_000, Flow::E2e, pushed),
        (70_000, Flow::Ci, pushed),
        (3_000, Flow::Lint, pushed),
    ] {
        let mut scene = Scene::new(flow, change);
        scene.queue_ms = if ago == 3_000 { 40_000 } else { 6_000 };
        world.schedule(stage.now_ms - ago, move |world| launch(world, stage, &scene));
    }
}

/// Starts the endless present.
pub(super) fn go_on(world: &mut World) {
    if std::mem::replace(&mut world.growing, true) {
        return;
    }
    if let Some(stage) = Stage::find(world) {
        let first = world.now() + scaled(world, 12_000);
        world.schedule(first, move |world| next_event(world, stage, 0));
    }
}

/// Wall-clock ms as virtual ms at the world's speed.
fn scaled(world: &World, wall_ms: i64) -> i64 {
    let speed = world.speed();
    if speed > 0.0 { (wall_ms as f64 * speed) as i64 } else { wall_ms }
}

/// One more run, and the appointment for the one after.
fn next_event(world: &mut World, stage: Stage, count: u64) {
    let mut noise = Noise::keyed(mix(stage.seed, 0x9e0), count);
    let shows = count.is_multiple_of(SHOW_EVERY);
    let flow = match noise.below(20) {
        _ if shows => Flow::E2e,
        0..=7 => Flow::Ci,
        8..=9 => Flow::E2e,
        10..=13 => Flow::Lint,
        14..=16 => Flow::Backend,
        17 => Flow::Visual,
        18 => Flow::Android,
        _ => Flow::CodeQl,
    };
    let on_main = flow == Flow::CodeQl || !shows && noise.chance(0.3);
    let change = change(on_main, count, &mut noise);
    let mut scene = Scene::new(flow, &change);
    let speed = world.speed();
    scene.pace = LIVE_PACE * if speed > 0.0 { speed } else { 1.0 };
    scene.queue_ms = scaled(world, noise.between(3_000, 12_000));
    if shows {
        scene.trouble = Trouble::Wobble;
    } else if flow == Flow::E2e || flow == Flow::Backend && noise.chance(0.3) {
        scene.trouble = Trouble::Flaky;
        scene.rerun_after_ms = Some(scaled(world, noise.between(10_000, 40_000)));
    } else if !on_main && noise.chance(0.15) {
        scene.trouble = Trouble::Broken;
    }
    // What began long ago must not make the present look like history.
    let present = Stage { now_ms: world.now(), ..stage };
    launch(world, present, &scene);
    let next = world.now() + scaled(world, noise.between(40_000, 90_000));
    world.schedule(next, move |world| next_event(world, stage, count + 1));
}

fn change(on_main: bool, count: u64, noise: &mut Noise) -> Change {
    let (title, branch) = *noise.pick(&CHANGES);
    let author = *noise.pick(&TEAM);
    let number = 1_530 + count as i64;
    if on_main {
        return Change { regressed: true, ..main_at(&format!("{title} (#{number})"), noise, author) };
    }
    let sha = noise.hex(40);
    // Every other pull request was begun before the commit that broke the totals.
    let regressed = count % 2 == 1;
    Change { title: title.to_owned(), branch: branch.to_owned(), sha, author, pull_request: Some(number), regressed }
}
