//! Hostile artifacts of many kinds in one poll: each ends in a state with a reason, the service stays, and the good
//! artifacts beside them are complete within half a minute.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use fakehub::zip::{self, Entry};
use fakehub::{ArtifactSpec, RunSpec};
use serde_json::Value;

use crate::lab::{Lab, Tally};
use crate::product::{Place, Stage};
use crate::scene::{Scene, Size};
use crate::truth::Truth;
use crate::verify::{Findings, secrets, verify};

/// How long good artifacts may be held up.
const GOOD_WITHIN: Duration = Duration::from_secs(30);
/// How long the worst artifact may take to its end.
const ENDS_WITHIN: Duration = Duration::from_secs(120);

fn of(entries: &[Entry]) -> Vec<u8> {
    zip::archive(entries).to_vec()
}

fn one(name: &str, content: &[u8]) -> Vec<u8> {
    of(&[Entry::deflated(name, content)])
}

/// Changes bytes of an archive: `at` counts from the end where negative.
fn bent(mut bytes: Vec<u8>, at: i64, with: &[u8]) -> Vec<u8> {
    let begin = if at < 0 { bytes.len() as i64 + at } else { at } as usize;
    if let Some(place) = bytes.get_mut(begin..begin + with.len()) {
        place.copy_from_slice(with);
    }
    bytes
}

/// Kinds of hostile archives by name.
fn archives() -> Vec<(&'static str, Vec<u8>)> {
    let good = || one("a.txt", &b"content of a file, long enough to be cut\n".repeat(20));
    let half = good().len() / 2;
    let directory = |bytes: &[u8]| bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap_or(0) as i64;
    let at = directory(&good());
    vec![
        ("nothing", Vec::new()),
        ("text", b"this is no archive".to_vec()),
        ("page", b"<!doctype html><h1>502 Bad Gateway</h1>".to_vec()),
        ("half", good()[..half].to_vec()),
        ("no-end", good()[..good().len() - 5].to_vec()),
        ("garbage-behind", [good(), vec![7; 400]].concat()),
        ("garbage-before", [vec![7; 400], good()].concat()),
        ("count-too-high", bent(good(), -14, &[0xff, 0xff, 0xff, 0xff])),
        ("directory-beyond", bent(good(), -6, &[0xff, 0xff, 0xff, 0x7f])),
        ("wrong-crc", bent(good(), at + 16, &[1, 2, 3, 4])),
        ("wrong-size", bent(good(), at + 24, &[0xff, 0xff, 0xff, 0x3f])),
        ("encrypted", bent(good(), at + 8, &[9, 0])),
        ("unknown-method", bent(good(), at + 10, &[99, 0])),
        ("offset-beyond", bent(good(), at + 42, &[0xff, 0xff, 0xff, 0x6f])),
        ("flipped", bent(good(), 45, &[0xaa, 0x55, 0xaa])),
        ("climbs", one("../../../../etc/passwd", b"root::0:0")),
        ("absolute", one("/etc/cron.d/job", b"* * * * *")),
        ("backslashes", one("..\\..\\windows\\system.ini", b"x")),
        ("zero-in-name", one("a\0b.txt", b"x")),
        ("escapes-in-name", one("\u{1b}]0;owned\u{7}\u{202e}gnp.exe", b"x")),
        ("long-name", one(&"n".repeat(60_000), b"x")),
        ("many-files", of(&(0..15_000).map(|n| Entry::stored(format!("f{n}"), &b""[..])).collect::<Vec<_>>())),
        ("bomb", of(&[Entry::repeated("zeros.bin", b"", &vec![0; 1 << 20], 400, b"")])),
        ("zip-in-zip", one("a.zip", &one("b.zip", &one("c.zip", b"x")))),
    ]
}

/// Kinds of hostile reports by name: what a parser would choke on.
fn reports() -> Vec<(&'static str, Vec<u8>)> {
    let suite = |inner: &str| format!("<?xml version=\"1.0\"?><testsuite name=\"s\">{inner}</testsuite>").into_bytes();
    let laughs: String =
        (1..12).map(|n| format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10))).collect();
    let laughs = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE t [<!ENTITY a0 \"ha\">{laughs}]><testsuite><testcase name=\"&a11;\"/></testsuite>"
    );
    let attributes: String = (0..40_000).map(|n| format!(" a{n}=\"1\"")).collect();
    vec![
        ("deep.xml", suite(&"<testsuite>".repeat(200_000))),
        ("laughs.xml", laughs.into_bytes()),
        ("outside.xml", b"<?xml version=\"1.0\"?><!DOCTYPE t SYSTEM \"file:///etc/passwd\"><testsuite><testcase name=\"a\"/></testsuite>".to_vec()),
        ("attributes.xml", suite(&format!("<testcase name=\"a\"{attributes}/>"))),
        ("no-text.xml", [suite("<testcase name=\"a\"/>"), vec![0xff, 0xfe, 0x00, 0xd8]].concat()),
        ("many-cases.xml", suite(&"<testcase name=\"a\" classname=\"b\"/>".repeat(60_000))),
        ("deep.json", [b"[".repeat(1_000_000), b"]".repeat(1_000_000)].concat()),
        ("suites.json", format!("{{\"config\":{{}},\"suites\":{}{}}}", "[{\"title\":\"a\",\"suites\":".repeat(50_000), "[]").into_bytes()),
        ("one-line.json", format!("{{\"stats\":{{}},\"tests\":\"{}\"}}", "x".repeat(8 << 20)).into_bytes()),
        ("endless.tap", b"TAP version 13\n1..999999999999999999\nok 1 - a\n".to_vec()),
        ("image.png", [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff\x08\x06\0\0\0"[..], &[0; 40]].concat()),
    ]
}

/// All kinds in one poll.
///
/// # Errors
/// The pretend GitHub or the product cannot be started.
pub async fn poison(lab: &Lab, goal: u64) -> anyhow::Result<Tally> {
    let mut tally = Tally::new("R8 poison", goal);
    let began = Instant::now();
    let (kinds, findings, note) = episode(lab).await?;
    tally.reached = kinds;
    tally.notes.push(note);
    tally.take(&format!("poison --seed {}", lab.seed), findings);
    tally.seconds = began.elapsed().as_secs_f64();
    Ok(tally)
}

/// How many kinds, what was found, and a note.
///
/// # Errors
/// The pretend GitHub or the product cannot be started.
pub async fn episode(lab: &Lab) -> anyhow::Result<(u64, Findings, String)> {
    let mut scene = Scene::new(lab.seed, Size { rich: 6, bare: 0, noise_bytes: 20_000 });
    let mut odd = BTreeMap::new();
    let inside = reports().into_iter().map(|(name, bytes)| (name, one(name, &bytes)));
    for (n, (name, bytes)) in archives().into_iter().chain(inside).enumerate() {
        let created_at = scene.world.now() - 2 * 3_600_000 - n as i64 * 1000;
        let run = scene.world.add_run(scene.workflows[0], RunSpec::completed("success").created_at(created_at));
        let artifact = scene.world.add_artifact(run, ArtifactSpec::bytes(name, bytes).created_at(created_at + 60_000));
        odd.insert(artifact, ["complete", "rejected", "quarantined"].map(str::to_owned).to_vec());
    }
    let truth = Truth::read(&scene.world, scene.repository, &scene.cases, &odd);
    let stage = Stage::start(scene).await?;
    let place = Place::new(lab, &stage.hub)?;
    let mut serving = place.serve().await?;
    let (api, began, mut findings) = (serving.api(), Instant::now(), Findings::default());
    let (mut good_after, mut all_after) = (None, None);
    while all_after.is_none() && began.elapsed() < ENDS_WITHIN {
        let states = states(&api, &truth).await.unwrap_or_default();
        let is_good = |id: &i64| !odd.contains_key(id);
        let all = truth.artifacts().count();
        let good = states.iter().filter(|(id, state)| is_good(id) && *state == "complete").count();
        let ended = states.iter().filter(|(id, state)| is_good(id) || odd[*id].contains(state)).count();
        good_after = good_after.or((good == all - odd.len()).then(|| began.elapsed()));
        all_after = (ended == all && good_after.is_some()).then(|| began.elapsed());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let ended = serving.child.try_wait()?;
    findings.holds("I10", "the service", ended.is_none(), || ("goes on".into(), format!("ended with {ended:?}")));
    findings.holds("I10", "good artifacts", good_after.is_some_and(|after| after <= GOOD_WITHIN), || {
        ("complete within 30 s".into(), format!("{good_after:?}"))
    });
    findings.holds("I11", "hostile artifacts", all_after.is_some(), || {
        ("each in a state at its end".into(), "not all".into())
    });
    if ended.is_none() {
        let rested = api.settled(&truth, ENDS_WITHIN, false).await?;
        findings.holds("I9", "coming to rest", rested, || ("within 120 s".into(), "not yet".into()));
        findings.merge(verify(&api, &truth, Default::default()).await);
        secrets(&api, place.folder.path(), &mut findings).await?;
    }
    serving.kill().await;
    Ok((
        odd.len() as u64,
        findings,
        format!("good ones complete after {good_after:.1?}, all at their end after {all_after:.1?}"),
    ))
}

/// The state of every artifact that is shown.
async fn states(api: &crate::product::Api, truth: &Truth) -> anyhow::Result<BTreeMap<i64, String>> {
    let mut states = BTreeMap::new();
    for run in truth.runs.keys() {
        let Ok(shown) = api.json(&format!("/api/runs/{run}")).await else { continue };
        for artifact in shown["artifacts"].as_array().into_iter().flatten() {
            let state = |artifact: &Value| artifact["state"].as_str().unwrap_or_default().to_owned();
            states.insert(artifact["id"].as_i64().unwrap_or(-1), state(artifact));
        }
    }
    Ok(states)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_thirty_kinds_and_bending_bends() {
        assert!(archives().len() + reports().len() >= 30);
        assert_eq!(bent(vec![0; 4], -2, &[9]), [0, 0, 9, 0]);
        assert_eq!(bent(vec![0; 4], 9, &[9]), [0; 4]);
    }
}
