//! Every answer of a rich world against GitHub's published description, and strictly: no field GitHub does not have.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::{Seen, seen};
use fakehub::{DEFAULT_NOW_MS, FakeHub, TOKEN, demo};
use serde_json::{Value, json};

const DESCRIPTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/github-openapi/actions.json");

/// The description, turned from OpenAPI 3.0 into JSON Schema.
struct Description {
    paths: Value,
    components: Value,
}

impl Description {
    fn read() -> Option<Description> {
        let text = std::fs::read_to_string(DESCRIPTION).ok()?;
        let mut value: Value = serde_json::from_str(&text).unwrap();
        let paths = value["paths"].take();
        let mut components = value["components"].take();
        components.as_object_mut().unwrap().retain(|name, _| name == "schemas" || name == "responses");
        Some(Description { paths, components })
    }

    /// The schema of an answer, if the description has one: `None` if it does not know the status.
    fn schema(&self, template: &str, status: u16, strict: bool) -> Option<Value> {
        let mut response = self.paths[template]["get"]["responses"].get(status.to_string())?.clone();
        if let Some(reference) = response["$ref"].as_str() {
            response = self.components["responses"][reference.rsplit('/').next().unwrap()].clone();
        }
        let schema = response["content"]["application/json"]["schema"].clone();
        let mut schema = json!({ "allOf": [schema], "components": { "schemas": self.components["schemas"].clone() } });
        convert(&mut schema, strict);
        Some(schema)
    }

    /// The template a path is an instance of.
    fn template(&self, path: &str) -> String {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |template: &&String| {
            let slots: Vec<&str> = template.split('/').collect();
            slots.len() == parts.len()
                && slots.iter().zip(&parts).all(|(slot, part)| slot.starts_with('{') || slot == part)
        };
        self.paths.as_object().unwrap().keys().find(fits).unwrap_or_else(|| panic!("no template for {path}")).clone()
    }
}

/// `nullable` becomes a union with null; in the strict form, objects allow nothing they do not name.
fn convert(value: &mut Value, strict: bool) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|inner| convert(inner, strict)),
        Value::Object(object) => {
            object.values_mut().for_each(|inner| convert(inner, strict));
            for name in ["example", "examples", "discriminator"] {
                if object
                    .get(name)
                    .is_some_and(|inner| name == "discriminator" || !inner.is_object() || inner.get("type").is_none())
                {
                    object.remove(name);
                }
            }
            let combines = ["allOf", "anyOf", "oneOf"].iter().any(|name| object.contains_key(*name));
            if strict
                && !combines
                && object.get("properties").is_some_and(Value::is_object)
                && object.get("type") == Some(&json!("object"))
            {
                object.entry("additionalProperties").or_insert(json!(false));
            }
            if object.remove("nullable") == Some(json!(true)) {
                if let Some(Value::Array(words)) = object.get_mut("enum") {
                    words.push(Value::Null);
                }
                let plain = object.get("type").filter(|kind| kind.is_string()).cloned();
                match plain {
                    Some(kind) if !combines => drop(object.insert("type".to_owned(), json!([kind, "null"]))),
                    _ => *value = json!({ "anyOf": [value.clone(), { "type": "null" }] }),
                }
            }
        }
        _ => {}
    }
}

/// Everything a client may look at in the demo world, as paths.
fn paths(hub: &FakeHub) -> Vec<String> {
    hub.world(|world| {
        let repository = 718_200_000;
        let id = (repository..repository + 1_000).find(|id| world.repository(*id).is_some()).unwrap();
        let base = format!("/repos/{}/{}", demo::OWNER, demo::NAME);
        let mut paths: Vec<String> = vec!["/rate_limit".into(), "/user".into(), "/meta".into(), base.clone()];
        for below in [
            "workflows",
            "runs?per_page=100",
            "runs?per_page=100&page=3",
            "runs?status=failure",
            "runs?created=2026-02-20..*",
            "artifacts?per_page=100",
            "artifacts?name=coverage",
        ] {
            paths.push(format!("{base}/actions/{below}"));
        }
        let mut kinds: BTreeMap<String, i64> = BTreeMap::new();
        for run in world.run_ids(id) {
            let found = world.run(run).unwrap();
            kinds
                .entry(format!(
                    "{} {} {:?} {}",
                    found.workflow,
                    found.status(),
                    found.conclusion(),
                    found.attempts.len()
                ))
                .or_insert(run);
        }
        for run in kinds.values() {
            let found = world.run(*run).unwrap();
            paths.push(format!("{base}/actions/workflows/{}", found.workflow));
            paths.push(format!("{base}/actions/workflows/{}/runs?per_page=3", found.workflow));
            paths.push(format!("{base}/actions/runs/{run}"));
            paths.push(format!("{base}/actions/runs/{run}/jobs?filter=all&per_page=100"));
            paths.push(format!("{base}/actions/runs/{run}/artifacts"));
            for attempt in &found.attempts {
                paths.push(format!("{base}/actions/runs/{run}/attempts/{}", attempt.number));
                paths.push(format!("{base}/actions/runs/{run}/attempts/{}/jobs", attempt.number));
                paths.extend(attempt.jobs.iter().take(2).map(|job| format!("{base}/actions/jobs/{job}")));
            }
            paths.push(format!("{base}/actions/runs/{run}/attempts/99/jobs"));
            paths.extend(world.artifact_ids(*run).iter().take(2).flat_map(|artifact| {
                [format!("{base}/actions/artifacts/{artifact}"), format!("{base}/actions/artifacts/{artifact}/zip")]
            }));
        }
        paths
    })
}

fn check(description: &Description, path: &str, answer: &Seen, strict: bool) -> Result<(), String> {
    let bare = path.split('?').next().unwrap();
    let template = description.template(bare);
    let Some(schema) = description.schema(&template, answer.status, strict) else {
        return Err(format!("{path}: status {} is not in the description", answer.status));
    };
    if schema["allOf"][0].is_null() {
        return Ok(());
    }
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .map_err(|error| format!("{template}: {error}"))?;
    let body = answer.json();
    let errors: Vec<String> = validator
        .iter_errors(&body)
        .map(|error| format!("{path} (strict: {strict}): {} at {}", error, error.instance_path()))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors[..errors.len().min(3)].join("\n")) }
}

#[tokio::test]
async fn every_answer_validates_against_the_published_description() {
    let Some(description) = Description::read() else {
        println!("skipped: ../shared/corpus is not present");
        return;
    };
    let hub = FakeHub::start(demo::world(7, DEFAULT_NOW_MS)).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let get = |path: &str| {
        http.get(format!("{}{path}", hub.api_url())).header("user-agent", "fakehub-tests").bearer_auth(TOKEN)
    };
    let (mut failures, mut seen_templates, mut count) = (Vec::new(), BTreeMap::new(), 0);
    for path in paths(&hub) {
        let answer = seen(get(&path)).await;
        count += 1;
        let key = (description.template(path.split('?').next().unwrap()), answer.status);
        let strictly = seen_templates.entry(key).or_insert(0);
        *strictly += 1;
        // Building a validator of the whole description takes a while: enough of each kind is enough.
        if *strictly > 4 {
            continue;
        }
        for strict in [false, true] {
            if let Err(problem) = check(&description, &path, &answer, strict) {
                failures.push(problem);
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 100 && seen_templates.len() > 12, "{count} {seen_templates:?}");
}

#[tokio::test]
async fn the_check_notices_invented_fields_and_unknown_words() {
    let Some(description) = Description::read() else {
        println!("skipped: ../shared/corpus is not present");
        return;
    };
    let site = common::Site::start().await;
    let run = site.add_run(fakehub::RunSpec::default());
    let base = "/repos/acme/shop/actions";
    for (fault, path, strict, valid) in [
        (fakehub::Fault::ExtraFields, format!("{base}/runs"), false, true),
        (fakehub::Fault::ExtraFields, format!("{base}/runs"), true, false),
        (fakehub::Fault::ExtraFields, format!("{base}/runs/{run}/jobs"), true, false),
        (fakehub::Fault::UnknownEnumValues, format!("{base}/runs/{run}/jobs"), false, false),
        (fakehub::Fault::AbsentOptional, format!("{base}/runs"), true, true),
        (fakehub::Fault::AbsentOptional, format!("{base}/runs/{run}/jobs"), true, true),
        (fakehub::Fault::OffsetTimestamps, format!("{base}/runs/{run}/jobs"), true, true),
        (fakehub::Fault::NullEverywhereNullable, format!("{base}/runs/{run}/jobs"), true, true),
    ] {
        site.hub.faults().once(fakehub::Route::Any, fault);
        let answer = seen(site.global(&path)).await;
        assert_eq!(
            check(&description, &path, &answer, strict).is_ok(),
            valid,
            "{fault:?} {path} {:?}",
            check(&description, &path, &answer, strict)
        );
    }
}
