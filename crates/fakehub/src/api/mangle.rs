//! Faults that change what a JSON answer says, applied to the finished text.

use serde_json::{Map, Value, json};

use crate::faults::Fault;

/// Fields that may be null in GitHub's description of runs, jobs, steps and artifacts.
const NULLABLE: &[&str] = &[
    "name",
    "head_branch",
    "status",
    "conclusion",
    "referenced_workflows",
    "pull_requests",
    "previous_attempt_url",
    "head_commit",
    "html_url",
    "completed_at",
    "runner_id",
    "runner_name",
    "runner_group_id",
    "runner_group_name",
    "workflow_name",
    "digest",
    "workflow_run",
    "expires_at",
    "updated_at",
    "started_at",
    "head_repository",
];

/// Fields that may be absent.
const OPTIONAL: &[&str] = &[
    "check_suite_id",
    "check_suite_node_id",
    "run_attempt",
    "referenced_workflows",
    "actor",
    "triggering_actor",
    "run_started_at",
    "previous_attempt_url",
    "steps",
    "digest",
    "workflow_run",
    "deleted_at",
];

/// What an object of a list (or the object of an answer) is; decides which of its nullable fields may be null.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Workflow,
    Run,
    Job,
    Artifact,
    Other,
}

/// The changed text; text that is not JSON stays as it is.
pub(crate) fn mangle(fault: Fault, text: &[u8]) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(text).ok()?;
    match fault {
        Fault::WrongDigest => visit(&mut value, &mut |object| {
            if let Some(Value::String(digest)) = object.get_mut("digest") {
                *digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
            }
        }),
        Fault::UnknownEnumValues => visit(&mut value, &mut |object| {
            for name in ["status", "conclusion", "state"] {
                if let Some(Value::String(word)) = object.get_mut(name) {
                    *word = format!("{word}_v2");
                }
            }
        }),
        Fault::ExtraFields => visit(&mut value, &mut |object| {
            object.insert("zz_new_field".to_owned(), json!({ "nested": [1, "two", null] }));
        }),
        Fault::NullEverywhereNullable => items(&mut value, &mut null_out),
        Fault::AbsentOptional => {
            items(&mut value, &mut |object| object.retain(|name, _| !OPTIONAL.contains(&name.as_str())))
        }
        Fault::OffsetTimestamps => visit(&mut value, &mut |object| object.values_mut().for_each(shift_time)),
        Fault::DuplicateItems => each_list(&mut value, |list| {
            if let Some(first) = list.first().cloned() {
                list.insert(1, first);
            }
        }),
        Fault::MissingItems => each_list(&mut value, |list| drop(list.pop())),
        _ => return None,
    }
    serde_json::to_vec(&value).ok()
}

fn visit(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(|inner| visit(inner, change));
            change(object);
        }
        Value::Array(list) => list.iter_mut().for_each(|inner| visit(inner, change)),
        _ => {}
    }
}

fn each_list(value: &mut Value, mut change: impl FnMut(&mut Vec<Value>)) {
    if let Value::Object(object) = value {
        for inner in object.values_mut() {
            if let Value::Array(list) = inner {
                change(list);
            }
        }
    }
}

/// The items of a list answer, or the single object.
fn items(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    let Value::Object(object) = value else { return };
    if object.contains_key("total_count") {
        for list in object.values_mut() {
            if let Value::Array(list) = list {
                for item in list {
                    if let Value::Object(item) = item {
                        change(item);
                    }
                }
            }
        }
    } else {
        change(object);
    }
}

fn null_out(object: &mut Map<String, Value>) {
    let kind = kind_of(object);
    for (name, value) in object.iter_mut() {
        if NULLABLE.contains(&name.as_str()) && may_be_null(kind, name) {
            *value = Value::Null;
        }
    }
    if let (Kind::Job, Some(Value::Array(steps))) = (kind, object.get_mut("steps")) {
        for step in steps {
            for name in ["conclusion", "started_at", "completed_at"] {
                step[name] = Value::Null;
            }
        }
    }
    if kind == Kind::Artifact {
        object.insert("created_at".to_owned(), Value::Null);
    }
}

fn kind_of(object: &Map<String, Value>) -> Kind {
    let has = |name: &str| object.contains_key(name);
    if has("badge_url") {
        Kind::Workflow
    } else if has("run_number") {
        Kind::Run
    } else if has("check_run_url") {
        Kind::Job
    } else if has("archive_download_url") {
        Kind::Artifact
    } else {
        Kind::Other
    }
}

fn may_be_null(kind: Kind, name: &str) -> bool {
    match kind {
        Kind::Run => !matches!(name, "html_url" | "updated_at" | "started_at"),
        Kind::Job => !matches!(name, "name" | "status" | "started_at" | "updated_at"),
        Kind::Artifact => !matches!(name, "name"),
        Kind::Workflow | Kind::Other => false,
    }
}

/// `2024-02-09T10:19:00Z` becomes `2024-02-09T12:19:00.000+02:00`, the same moment.
fn shift_time(value: &mut Value) {
    if let Value::String(text) = value
        && text.len() == 20
        && text.ends_with('Z')
        && let Ok(timestamp) = text.parse::<jiff::Timestamp>()
    {
        let shifted = crate::clock::rfc3339((timestamp.as_second() + 7_200) * 1000);
        *text = format!("{}.000+02:00", &shifted[..19]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifted_times_mean_the_same_moment() {
        let mut value = json!("2024-02-09T23:19:00Z");
        shift_time(&mut value);
        assert_eq!(value, json!("2024-02-10T01:19:00.000+02:00"));
        let same: jiff::Timestamp = value.as_str().unwrap().parse().unwrap();
        assert_eq!(same.to_string(), "2024-02-09T23:19:00Z");
    }
}
