//! What the soak leaves behind, in the many forms that tools choose: tables, events, notes, drawings, a printed page,
//! memory, an archive inside the archive.

use super::facts::{Facts, Trouble};
use crate::noise::Noise;
use crate::zip::{Entry, archive};

fn text(name: impl Into<Vec<u8>>, content: impl AsRef<[u8]>) -> Entry {
    Entry::deflated(name, content.as_ref())
}

/// All of them. Where every query is told, the samples are more than a browser should read at once.
pub fn all(facts: &Facts) -> Vec<Entry> {
    let mut noise = facts.noise("measurements");
    let is_long = facts.era.soaks_long || facts.trouble == Trouble::Verbose;
    let mut heap = vec![0; 24_000];
    noise.fill(&mut heap[4_096..]);
    heap[..16].copy_from_slice(b"HEAPDUMP\x00\x01\x00\x02\xca\xfe\xba\xbe");
    let latency = latency(&mut noise, if is_long { 20_000 } else { 600 });
    let mut entries = vec![
        text("summary.md", summary(facts)),
        text("latency.csv", &latency),
        text("requests.ndjson", requests(&mut noise, if is_long { 6_000 } else { 300 })),
        text("load.xml", LOAD),
        text("limits.patch", LIMITS),
        text("flame.svg", flame(&mut noise)),
        text("report.pdf", pdf(&["Soak report", "Half an hour, 40 workers", "p50 18 ms, p95 96 ms, p99 412 ms"])),
        Entry::stored("heap.bin", heap),
        Entry::stored("raw.zip", raw(&latency)),
    ];
    if facts.trouble == Trouble::Verbose {
        entries.push(samples(&mut noise));
    }
    entries
}

fn summary(facts: &Facts) -> String {
    format!(
        "# Soak of `{}`\n\nHalf an hour, 40 workers, [how to read this](https://checkout.acme.example/docs/soak).\n\n\
         | percentile | now | limit | |\n|---|---:|---:|---|\n| p50 | 18 ms | 40 ms | ✓ |\n| p95 | 96 ms | 250 ms | ✓ |\n| p99 | 412 ms | 900 ms | ✓ |\n\n\
         ## To do\n\n- [x] warm the cache before measuring\n- [x] count 503 answers\n- [ ] run against PostgreSQL 18\n\n\
         > Memory settles at **212 MB** after ten minutes.\n\n```sh\nnpm run soak -- --minutes 30 --verbose\n```\n",
        &facts.sha[..7]
    )
}

fn latency(noise: &mut Noise, rows: usize) -> String {
    const PATHS: [&str; 4] = ["/api/cart", "/api/prices", "/api/orders", "/api/payment/intents"];
    let mut out = String::from("second,path,requests,p50_ms,p95_ms,p99_ms,errors,note\n");
    for row in 0..rows {
        let p50 = 9 + noise.below(20);
        let note = if row % 97 == 0 { "\"pause, \"\"stop the world\"\"\"" } else { "" };
        out.push_str(&format!(
            "{},{},{},{p50},{},{},{},{note}\n",
            row / PATHS.len(),
            PATHS[row % PATHS.len()],
            180 + noise.below(90),
            p50 * 4 + noise.below(30),
            p50 * 9 + noise.below(200),
            noise.below(40) / 39
        ));
    }
    out
}

fn requests(noise: &mut Noise, lines: usize) -> String {
    let mut out = String::new();
    for line in 0..lines {
        let status = if noise.below(300) == 0 { 503 } else { 200 };
        out.push_str(&format!(
            "{{\"n\":{line},\"method\":\"GET\",\"path\":\"/api/cart/{:04}\",\"status\":{status},\"ms\":{},\"worker\":{},\"cache\":{{\"hit\":{},\"key\":\"cart:{}\"}}}}\n",
            noise.below(10_000),
            4 + noise.below(90),
            line % 12,
            noise.chance(0.7),
            noise.hex(8)
        ));
    }
    out
}

/// More than 32 MiB of JSON: one round of samples, told again and again.
fn samples(noise: &mut Noise) -> Entry {
    let rows: Vec<String> = (0..6_000)
        .map(|at| {
            format!(
                "{{\"at\":{at},\"ms\":{},\"ok\":{},\"worker\":{}}}",
                4 + noise.below(90),
                noise.below(300) > 0,
                at % 12
            )
        })
        .collect();
    let round = format!("{{\"workers\":12,\"samples\":[{}]}},\n", rows.join(","));
    let times = (34 << 20) / round.len() + 1;
    Entry::repeated("samples.json", b"{\"tool\":\"soak\",\"rounds\":[\n", round.as_bytes(), times, b"null]}\n")
}

fn flame(noise: &mut Noise) -> String {
    let mut out = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 180\" font-family=\"sans-serif\" font-size=\"10\">\n",
    );
    for level in 0..8u64 {
        let (mut x, width) = (0, 800 - level * 60);
        while x < width {
            let part = (40 + noise.below(180)).min(width - x);
            let shade = 90 + noise.below(110);
            out.push_str(&format!(
                "<rect x=\"{x}\" y=\"{}\" width=\"{part}\" height=\"18\" fill=\"rgb(224,{shade},32)\"/>\n",
                160 - level * 20
            ));
            x += part + 1;
        }
    }
    out.push_str("</svg>\n");
    out
}

/// An archive inside the archive, with another inside.
fn raw(latency: &str) -> Vec<u8> {
    let inner = archive(&[
        text("gc.log", "[0.112s][info][gc] Using G1\n".repeat(400)),
        text("notes/readme.txt", "Raw numbers of one worker.\n"),
    ]);
    archive(&[
        text("latency-raw.csv", latency),
        text("workers/01.json", "{\"worker\":1,\"requests\":33120,\"errors\":2}\n"),
        text("workers/02.json", "{\"worker\":2,\"requests\":33044,\"errors\":0}\n"),
        Entry::stored("gc-logs.zip", inner.to_vec()),
    ])
    .to_vec()
}

/// One printed page with these lines.
fn pdf(lines: &[&str]) -> Vec<u8> {
    let shown: String = lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            format!("BT /F1 {} Tf 56 {} Td ({line}) Tj ET\n", if index == 0 { 24 } else { 12 }, 760 - index * 32)
        })
        .collect();
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{shown}endstream", shown.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", index + 1).as_bytes());
    }
    let start = out.len();
    out.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).as_bytes());
    for offset in &offsets {
        out.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    out.extend_from_slice(
        format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", offsets.len() + 1).as_bytes(),
    );
    out
}

const LOAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<load minutes=\"30\">\n  <target>http://localhost:8080</target>\n  <workers count=\"40\" ramp=\"PT2M\">\n    <step weight=\"60\">browse</step>\n    <step weight=\"30\">add to cart</step>\n    <step weight=\"10\">pay</step>\n  </workers>\n  <!-- the sandbox of the payment provider takes no more -->\n  <limit path=\"/api/payment/intents\" perSecond=\"25\"/>\n</load>\n";
const LIMITS: &str = "diff --git a/soak/limits.json b/soak/limits.json\nindex 3f1c2aa..9d0b71e 100644\n--- a/soak/limits.json\n+++ b/soak/limits.json\n@@ -1,6 +1,6 @@\n {\n   \"p50\": 40,\n-  \"p95\": 200,\n-  \"p99\": 700,\n+  \"p95\": 250,\n+  \"p99\": 900,\n   \"errors\": 0.001\n }\n";
