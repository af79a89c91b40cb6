//! Lists and fields: every run, attempt, job, artifact and test case is there, once, with what the truth says of it;
//! sums equal a recomputation. Bytes are compared elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Findings;
use crate::product::Api;
use crate::truth::{Run, Truth};

/// Page sizes in which every list is read; size 1 only where that is not too many requests.
const PAGES: [usize; 3] = [100, 7, 1];
const MOST_SINGLE: usize = 30;

/// Compares all lists with the truth.
///
/// # Errors
/// The product does not answer.
pub async fn compare(api: &Api, truth: &Truth, findings: &mut Findings) -> anyhow::Result<()> {
    let runs = paged(api, "/api/runs", "runs", truth.runs.len(), findings).await?;
    compare_order("/api/runs", &runs, &truth.order, findings);
    for (workflow, name) in &truth.workflows {
        let path = format!("/api/workflows/{workflow}/runs");
        let of_workflow =
            truth.order.iter().filter(|id| truth.runs.get(id).is_some_and(|run| run.fields["workflowId"] == *workflow));
        let expected: Vec<i64> = of_workflow.copied().collect();
        compare_order(&path, &api.list(&path, "runs", 100).await?, &expected, findings);
        let shown = api.json(&format!("/api/workflows/{workflow}")).await?;
        findings.equal("I1", &format!("name of workflow {workflow}"), &Some(name.as_str()), &shown["name"].as_str());
        compare_rollup(*workflow, &shown["stats"], truth, findings);
    }
    for shown in &runs {
        if let Some(run) = shown["id"].as_i64().and_then(|id| truth.runs.get(&id)) {
            compare_run(api, shown, run, findings).await?;
        }
    }
    Ok(())
}

/// A list with pages of several sizes, which must give the same.
async fn paged(api: &Api, path: &str, key: &str, about: usize, findings: &mut Findings) -> anyhow::Result<Vec<Value>> {
    let whole = api.list(path, key, PAGES[0]).await?;
    for size in PAGES[1..].iter().filter(|size| **size > 1 || about <= MOST_SINGLE) {
        let other = api.list(path, key, *size).await?;
        findings.equal("I3", &format!("{path} in pages of {size}"), &keys(&whole), &keys(&other));
    }
    Ok(whole)
}

fn keys(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["id"].to_string()).collect()
}

fn compare_order(path: &str, shown: &[Value], expected: &[i64], findings: &mut Findings) {
    let ids: Vec<i64> = shown.iter().filter_map(|run| run["id"].as_i64()).collect();
    let (have, want): (BTreeSet<i64>, BTreeSet<i64>) =
        (ids.iter().copied().collect(), expected.iter().copied().collect());
    findings.equal("I3", &format!("{path}: duplicates"), &have.len(), &ids.len());
    let missing: Vec<_> = want.difference(&have).collect();
    let invented: Vec<_> = have.difference(&want).collect();
    findings.holds("I1", path, missing.is_empty(), || (format!("{} runs", want.len()), format!("{missing:?} missing")));
    findings.holds("I4", path, invented.is_empty(), || ("nothing invented".into(), format!("{invented:?}")));
    let created: Vec<&str> = shown.iter().filter_map(|run| run["createdAt"].as_str()).collect();
    findings.holds("I3", &format!("{path}: newest first"), created.is_sorted_by(|a, b| a >= b), || {
        ("newest first".into(), format!("{created:?}"))
    });
}

/// The runs of 30 days by conclusion, which the product keeps as sums. Branches and forks are read as they are.
fn compare_rollup(workflow: i64, stats: &Value, truth: &Truth, findings: &mut Findings) {
    let of_workflow = || truth.runs.values().filter(|run| run.fields["workflowId"] == workflow);
    let ended = |word: &str| of_workflow().filter(|run| run.fields["conclusion"] == word).count() as i64;
    let object = format!("sums of workflow {workflow}");
    findings.equal("I7", &format!("{object}: runs"), &Some(of_workflow().count() as i64), &stats["totalRuns"].as_i64());
    findings.equal("I7", &format!("{object}: succeeded"), &Some(ended("success")), &stats["succeeded"].as_i64());
    findings.equal("I7", &format!("{object}: failed"), &Some(ended("failure")), &stats["failed"].as_i64());
}

async fn compare_run(api: &Api, shown: &Value, run: &Run, findings: &mut Findings) -> anyhow::Result<()> {
    let id = &run.fields["id"];
    let object = format!("run {id}");
    findings.checked.runs += 1;
    for (name, value) in &run.fields {
        findings.equal("I3", &format!("{name} of {object}"), value, &shown[name]);
    }
    findings.equal(
        "I1",
        &format!("processing of {object}"),
        &Some("processed"),
        &shown["processing"]["state"].as_str(),
    );
    let detail = api.json(&format!("/api/runs/{id}")).await?;
    let attempts: Vec<_> = detail["attempts"].as_array().into_iter().flatten().map(attempt).collect();
    let mut expected: Vec<_> = run.attempts.clone();
    expected.sort_by_key(|attempt| std::cmp::Reverse(attempt.0));
    let mut got = attempts;
    got.sort_by_key(|attempt| std::cmp::Reverse(attempt.0));
    findings.equal("I3", &format!("attempts of {object}"), &expected, &got);
    compare_jobs(api, run, findings).await?;
    compare_artifacts(api, run, &detail, findings).await?;
    compare_sums(&object, run, shown, findings);
    compare_tests(api, run, shown, findings).await
}

fn attempt(shown: &Value) -> (i64, String, Option<String>) {
    let text = |name: &str| shown[name].as_str().map(str::to_owned);
    (shown["attempt"].as_i64().unwrap_or(-1), text("status").unwrap_or_default(), text("conclusion"))
}

async fn compare_jobs(api: &Api, run: &Run, findings: &mut Findings) -> anyhow::Result<()> {
    let id = &run.fields["id"];
    let mut shown: BTreeMap<i64, Value> = BTreeMap::new();
    for (number, _, _) in &run.attempts {
        let page = api.json(&format!("/api/runs/{id}/jobs?attempt={number}")).await?;
        for job in page["jobs"].as_array().into_iter().flatten() {
            let twice = shown.insert(job["id"].as_i64().unwrap_or(-1), job.clone()).is_some();
            findings
                .holds("I3", &format!("job {}", job["id"]), !twice, || ("one attempt".into(), "two attempts".into()));
        }
    }
    let expected: BTreeSet<i64> = run.jobs.iter().map(|job| job.id).collect();
    findings.equal("I3", &format!("jobs of run {id}"), &expected, &shown.keys().copied().collect());
    for job in &run.jobs {
        let Some(got) = shown.get(&job.id) else { continue };
        findings.checked.jobs += 1;
        for (name, value) in &job.fields {
            findings.equal("I3", &format!("{name} of job {}", job.id), value, &got[name]);
        }
        let steps: Vec<_> = got["steps"].as_array().into_iter().flatten().map(step).collect();
        findings.equal("I3", &format!("steps of job {}", job.id), &job.steps, &steps);
    }
    Ok(())
}

fn step(shown: &Value) -> (i64, String, String, Option<String>) {
    let text = |name: &str| shown[name].as_str().map(str::to_owned);
    let number = shown["number"].as_i64().unwrap_or(-1);
    (number, text("name").unwrap_or_default(), text("status").unwrap_or_default(), text("conclusion"))
}

async fn compare_artifacts(api: &Api, run: &Run, detail: &Value, findings: &mut Findings) -> anyhow::Result<()> {
    let id = &run.fields["id"];
    let shown: Vec<&Value> = detail["artifacts"].as_array().into_iter().flatten().collect();
    let ids: Vec<i64> = shown.iter().filter_map(|artifact| artifact["id"].as_i64()).collect();
    let set: BTreeSet<i64> = ids.iter().copied().collect();
    findings.equal("I3", &format!("artifacts of run {id}: duplicates"), &set.len(), &ids.len());
    findings.equal("I1", &format!("artifacts of run {id}"), &run.artifacts.iter().map(|one| one.id).collect(), &set);
    for artifact in &run.artifacts {
        let Some(got) = shown.iter().find(|one| one["id"] == artifact.id) else { continue };
        let object = format!("artifact {}", artifact.id);
        findings.checked.artifacts += 1;
        findings.equal("I3", &format!("name of {object}"), &Some(artifact.name.as_str()), &got["name"].as_str());
        let state = got["state"].as_str().unwrap_or_default().to_owned();
        findings.holds("I1", &format!("state of {object}"), artifact.may_be.contains(&state), || {
            (format!("{:?}", artifact.may_be), format!("{state} ({})", got["reason"]))
        });
        let has_reason = state == "complete" || got["reason"].as_str().is_some_and(|reason| !reason.is_empty());
        findings.holds("I11", &format!("reason of {object}"), has_reason, || ("words".into(), got.to_string()));
        let again = api.json(&format!("/api/artifacts/{}", artifact.id)).await?;
        findings.equal("I3", &format!("{object} asked for alone"), got, &&again);
    }
    Ok(())
}

fn compare_sums(object: &str, run: &Run, shown: &Value, findings: &mut Findings) {
    let summary = &shown["summary"];
    let complete = || run.artifacts.iter().filter(|artifact| artifact.may_be == ["complete"]);
    if complete().count() != run.artifacts.len() {
        return;
    }
    let files: usize = complete().map(|artifact| artifact.files.len()).sum();
    let bytes: u64 = complete().flat_map(|artifact| &artifact.files).map(|(_, sum)| sum.len).sum();
    let count = |name: &str| summary[name].as_i64().unwrap_or(-1);
    findings.equal("I7", &format!("artifacts counted of {object}"), &(run.artifacts.len() as i64), &count("artifacts"));
    findings.equal("I7", &format!("files counted of {object}"), &(files as i64), &count("files"));
    findings.equal("I7", &format!("bytes counted of {object}"), &(bytes as i64), &count("sizeBytes"));
    let kinds = count("images") + count("json") + count("text") + count("binary");
    findings.equal("I7", &format!("kinds counted of {object}"), &count("files"), &kinds);
}

async fn compare_tests(api: &Api, run: &Run, shown: &Value, findings: &mut Findings) -> anyhow::Result<()> {
    if run.artifacts.iter().any(|artifact| artifact.may_be != ["complete"]) {
        return Ok(());
    }
    let id = &run.fields["id"];
    let totals = &shown["summary"]["tests"];
    for (name, outcome) in [("passed", "passed"), ("failed", "failed"), ("skipped", "skipped")] {
        let expected = Some(run.cases.count(outcome));
        findings.equal("I7", &format!("tests of run {id} that {name}"), &expected, &totals[name].as_i64());
    }
    let expected_total = Some(run.cases.cases.len() as i64);
    findings.equal("I7", &format!("tests of run {id}"), &expected_total, &totals["total"].as_i64());
    if run.cases.cases.is_empty() {
        return Ok(());
    }
    let path = format!("/api/runs/{id}/tests");
    let tests = paged(api, &path, "tests", run.cases.cases.len(), findings).await?;
    let text = |test: &Value, name: &str| test[name].as_str().unwrap_or_default().to_owned();
    let mut got: Vec<_> = tests.iter().map(|test| (text(test, "name"), text(test, "status"))).collect();
    let mut expected = run.cases.cases.clone();
    got.sort();
    expected.sort();
    findings.equal("I3", &format!("cases of run {id}"), &expected, &got);
    Ok(())
}
