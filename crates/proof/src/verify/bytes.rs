//! Bytes: every file, archive and log answers with the right length, digest, headers and parts.

use reqwest::{Method, Response};
use serde_json::Value;

use super::Findings;
use crate::product::Api;
use crate::truth::{Artifact, Sum, Truth};

/// Compares all content with the truth.
///
/// # Errors
/// The product does not answer.
pub async fn compare(api: &Api, truth: &Truth, findings: &mut Findings) -> anyhow::Result<()> {
    for (run, artifact) in truth.artifacts() {
        compare_artifact(api, run, artifact, findings).await?;
    }
    for job in truth.runs.values().flat_map(|run| &run.jobs) {
        let path = format!("/api/jobs/{}/log", job.id);
        match &job.log {
            Some(sum) => {
                compare_content(api, &path, sum, "text/plain; charset=utf-8", findings).await?;
                findings.checked.logs += 1;
            }
            None => {
                let status = api.get(&path).await?.status().as_u16();
                findings.equal("I4", &format!("{path}, which GitHub does not have"), &404, &status);
            }
        }
    }
    Ok(())
}

async fn compare_artifact(api: &Api, run: i64, artifact: &Artifact, findings: &mut Findings) -> anyhow::Result<()> {
    if artifact.may_be != ["complete"] {
        return Ok(());
    }
    compare_content(api, &format!("/api/artifacts/{}/zip", artifact.id), &artifact.sum, "", findings).await?;
    let path = format!("/api/runs/{run}/files?artifactId={}", artifact.id);
    let files = api.list(&path, "files", 100).await?;
    for size in [7, 1] {
        let other = api.list(&path, "files", size).await?;
        findings.holds("I3", &format!("{path} in pages of {size}"), files == other, || {
            (format!("{} files", files.len()), format!("{} files", other.len()))
        });
    }
    let names: Vec<String> = artifact.files.iter().map(|(name, _)| name.clone()).collect();
    findings.equal("I3", &format!("names in artifact {}", artifact.id), &names, &files.iter().map(name).collect());
    for (ordinal, (file, (_, sum))) in files.iter().zip(&artifact.files).enumerate() {
        let id = format!("{}.{ordinal}", artifact.id);
        findings.equal("I3", "id of a file", &Some(id.as_str()), &file["id"].as_str());
        findings.equal("I2", &format!("size of file {id}"), &Some(sum.len as i64), &file["sizeBytes"].as_i64());
        let expected = media_type(&names[ordinal]);
        compare_content(api, &format!("/api/files/{id}/content"), sum, expected, findings).await?;
        findings.checked.files += 1;
    }
    Ok(())
}

fn name(file: &Value) -> String {
    file["path"].as_str().unwrap_or_default().to_owned()
}

/// What the bytes must be announced as; active content never as what a browser would run.
fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("txt") => "text/plain; charset=utf-8",
        Some("html" | "xml") => "!text/html",
        Some("bin") => "application/octet-stream",
        _ => "",
    }
}

async fn compare_content(
    api: &Api,
    path: &str,
    expected: &Sum,
    media_type: &str,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let response = api.get(path).await?;
    let status = response.status().as_u16();
    if status != 200 {
        let words = response.text().await.unwrap_or_default();
        findings.fail("I2", path, "200", format!("{status}: {words}"));
        return Ok(());
    }
    compare_headers(path, &response, media_type, findings);
    let tag = header(&response, "etag");
    let length = response.content_length();
    let bytes = match response.bytes().await {
        Ok(bytes) => bytes,
        Err(error) => {
            findings.fail("I2", path, format!("{} bytes", expected.len), format!("an answer that breaks off: {error}"));
            return Ok(());
        }
    };
    findings.checked.bytes += bytes.len() as u64;
    findings.equal("I2", path, expected, &Sum::of(&bytes));
    findings.equal("I2", &format!("announced length of {path}"), &Some(expected.len), &length);
    let head = api.ask(Method::HEAD, path, &[]).await?;
    findings.equal(
        "I2",
        &format!("HEAD {path}"),
        &(200, expected.len.to_string()),
        &(head.status().as_u16(), header(&head, "content-length")),
    );
    findings.holds("I2", &format!("tag of {path}"), !tag.is_empty(), || ("a tag".into(), "none".into()));
    let same = api.ask(Method::GET, path, &[("if-none-match", &tag)]).await?;
    findings.equal("I2", &format!("If-None-Match {path}"), &304, &same.status().as_u16());
    let other = api.ask(Method::HEAD, path, &[("if-none-match", "\"all\"")]).await?;
    findings.equal("I2", &format!("If-None-Match of something else, {path}"), &200, &other.status().as_u16());
    compare_ranges(api, path, &bytes, findings).await
}

fn compare_headers(path: &str, response: &Response, media_type: &str, findings: &mut Findings) {
    findings.equal(
        "I2",
        &format!("nosniff of {path}"),
        &"nosniff".to_owned(),
        &header(response, "x-content-type-options"),
    );
    let policy = header(response, "content-security-policy");
    findings.holds("I2", &format!("policy of {path}"), policy.contains("default-src 'none'"), || {
        ("default-src 'none'".into(), policy.clone())
    });
    let got = header(response, "content-type");
    match media_type.strip_prefix('!') {
        Some(never) => findings
            .holds("I2", &format!("type of {path}"), !got.starts_with(never), || (format!("not {never}"), got.clone())),
        None if media_type.is_empty() => {}
        None => findings.equal("I2", &format!("type of {path}"), &media_type.to_owned(), &got),
    }
}

/// The beginning, the end, something in the middle, and beyond.
async fn compare_ranges(api: &Api, path: &str, whole: &[u8], findings: &mut Findings) -> anyhow::Result<()> {
    let len = whole.len();
    if len == 0 {
        return Ok(());
    }
    let (third, half) = (len / 3, len / 2);
    let ranges = [
        (format!("bytes=0-{}", third), 0..third + 1),
        (format!("bytes={third}-{half}"), third..half + 1),
        (format!("bytes={}-", len - 1), len - 1..len),
        (format!("bytes=-{}", third.max(1)), len - third.max(1)..len),
    ];
    for (range, part) in ranges {
        let response = api.ask(Method::GET, path, &[("range", &range)]).await?;
        let expected = format!("bytes {}-{}/{len}", part.start, part.end - 1);
        let got = (response.status().as_u16(), header(&response, "content-range"));
        findings.equal("I2", &format!("{range} of {path}"), &(206, expected), &got);
        let bytes = response.bytes().await.unwrap_or_default();
        findings.holds("I2", &format!("bytes of {range} of {path}"), bytes == whole[part.clone()], || {
            (format!("{:?}", Sum::of(&whole[part.clone()])), format!("{:?}", Sum::of(&bytes)))
        });
    }
    let beyond = api.ask(Method::GET, path, &[("range", &format!("bytes={len}-"))]).await?;
    findings.equal("I2", &format!("a range beyond the end of {path}"), &416, &beyond.status().as_u16());
    Ok(())
}

fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}
