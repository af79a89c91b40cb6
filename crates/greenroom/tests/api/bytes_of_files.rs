//! Exact bytes: whole, in part, as gzip, unchanged; and the headers they leave with.

use crate::build::{self, REPOSITORY};
use crate::served::{Reply, Served};
use crate::support::both_engines;
use axum::http::Method;
use fakehub::zip::Entry;
use greenroom::blobs::BlobKey;
use std::io::Read;

/// Half a megabyte that deflates, but not to nothing.
fn text() -> Vec<u8> {
    (0..60_000_u32).flat_map(|n| format!("{:x}\n", n.wrapping_mul(2_654_435_761)).into_bytes()).collect()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut content).unwrap();
    content
}

fn assert_whole(reply: &Reply, expected: &[u8]) {
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-length"), expected.len().to_string());
    assert_eq!(reply.header("accept-ranges"), "bytes");
    assert!(reply.headers.get("content-encoding").is_none());
    assert!(reply.body == expected, "{} bytes instead of {}", reply.body.len(), expected.len());
}

/// What holds for every source of bytes, compressed inside an archive or not.
async fn assert_serves(served: &Served, path: &str, expected: &[u8]) {
    let whole = served.get(path).await;
    assert_whole(&whole, expected);
    let etag = whole.header("etag").to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 4, "{etag} is strong");

    let head = served.ask(Method::HEAD, path, &[]).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    for name in ["content-length", "content-type", "etag", "content-disposition", "accept-ranges", "cache-control"] {
        assert_eq!(head.header(name), whole.header(name), "{name}");
    }

    for condition in [etag.as_str(), "*", &format!("\"other\", W/{etag}")] {
        let same = served.get_with(path, &[("if-none-match", condition)]).await;
        assert_eq!((same.status.as_u16(), same.body.len()), (304, 0), "{condition}");
        assert_eq!(same.header("etag"), etag);
    }
    assert_eq!(served.get_with(path, &[("if-none-match", "\"other\"")]).await.status, 200);

    let len = expected.len();
    for (range, start, end) in [
        ("bytes=0-0".to_owned(), 0, 1),
        (format!("bytes=1-{}", len - 2), 1, len - 1),
        (format!("bytes={}-", len / 2), len / 2, len),
        (format!("bytes={}-999999999", len - 3), len - 3, len),
        ("bytes=-5".to_owned(), len - 5, len),
        ("bytes=-999999999".to_owned(), 0, len),
    ] {
        // A part is never compressed, whatever the client takes.
        let part = served.get_with(path, &[("range", &range), ("accept-encoding", "gzip")]).await;
        assert_eq!(part.status, 206, "{range}");
        assert_eq!(part.header("content-range"), format!("bytes {start}-{}/{len}", end - 1));
        assert_eq!(part.header("content-length"), (end - start).to_string());
        assert_eq!(part.header("etag"), etag);
        assert!(part.body == expected[start..end], "{range}");
        let kept = served.get_with(path, &[("range", &range), ("if-range", &etag)]).await;
        assert!(kept.status == 206 && kept.body == expected[start..end]);
        assert_whole(&served.get_with(path, &[("range", &range), ("if-range", "\"older\"")]).await, expected);
    }
    for ignored in ["bytes=0-1,4-5", "bytes=5-1", "bytes=x", "items=0-1"] {
        assert_whole(&served.get_with(path, &[("range", ignored)]).await, expected);
    }
    for beyond in [format!("bytes={len}-"), "bytes=-0".to_owned()] {
        let reply = served.get_with(path, &[("range", &beyond)]).await;
        reply.problem(416);
        assert_eq!(reply.header("content-range"), format!("bytes */{len}"));
    }
}

both_engines! {
    async fn bytes_come_back_as_they_were(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let long = text();
        let archive = served.add_artifact(5, 1, "report", &[Entry::deflated("long.txt", &long), Entry::stored("stored.txt", long.clone())]).await;
        assert_serves(&served, "/api/files/5.0/content", &long).await;
        assert_serves(&served, "/api/files/5.1/content", &long).await;
        assert_serves(&served, "/api/artifacts/5/zip", &archive).await;
        served.add_single(6, 1, "one.log", &long).await;
        assert_serves(&served, "/api/files/6.0/content", &long).await;
        assert_serves(&served, "/api/artifacts/6/zip", &long).await;
        let log = b"\xef\xbb\xbf2026-01-01T00:00:00.0000000Z \x1b[31mred\x1b[0m\r\nnot UTF-8: \xff\xfe\n";
        served.add_log(31, 1, log).await;
        assert_serves(&served, "/api/jobs/31/log", log).await;
    }

    async fn a_deflated_file_goes_out_as_gzip_without_being_inflated(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let long = text();
        served.add_artifact(5, 1, "report", &[Entry::deflated("long.txt", &long), Entry::stored("stored.txt", long.clone()), Entry::deflated("empty.txt", b"")]).await;
        let plain = served.get("/api/files/5.0/content").await;
        let packed = served.get_with("/api/files/5.0/content", &[("accept-encoding", "br, gzip")]).await;
        assert_eq!(packed.header("content-encoding"), "gzip");
        assert_eq!(packed.header("content-length"), packed.body.len().to_string());
        assert_eq!((packed.header("vary"), plain.header("vary")), ("accept-encoding", "accept-encoding"));
        assert!(packed.body.len() < long.len() && gunzip(&packed.body) == long);
        let deflated = served.get("/api/files/5.0").await.json()["compressedBytes"].as_u64().unwrap();
        assert_eq!(packed.body.len() as u64, deflated + 18, "the archive's own bytes and nothing else");
        assert_ne!(packed.header("etag"), plain.header("etag"), "each encoding has its own tag");
        let same = served.get_with("/api/files/5.0/content", &[("accept-encoding", "gzip"), ("if-none-match", packed.header("etag"))]).await;
        assert_eq!(same.status, 304);
        let head = served.ask(Method::HEAD, "/api/files/5.0/content", &[("accept-encoding", "gzip")]).await;
        assert_eq!((head.header("content-encoding"), head.header("content-length")), ("gzip", packed.header("content-length")));

        let refused = served.get_with("/api/files/5.0/content", &[("accept-encoding", "gzip;q=0")]).await;
        assert_whole(&refused, &long);
        assert_whole(&served.get_with("/api/files/5.1/content", &[("accept-encoding", "gzip")]).await, &long);
        assert_whole(&served.get_with("/api/files/5.2/content", &[("accept-encoding", "gzip")]).await, b"");
        assert_eq!(served.get_with("/api/files/5.2/content", &[("range", "bytes=0-")]).await.status, 416);
    }

    async fn a_file_that_cannot_be_read_is_refused_and_its_archive_stays(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let mut archive = fakehub::zip::archive(&[Entry::stored("bad.txt", b"some bytes".to_vec()), Entry::deflated("good.txt", b"fine")]).to_vec();
        let at = archive.windows(10).position(|window| window == b"some bytes").unwrap();
        archive[at] ^= 0x20;
        served.add_archive(5, 1, "damaged", &archive).await;
        for path in ["/api/files/5.0/content", "/api/files/5.0/view-url"] {
            let problem = served.get(path).await.problem(422);
            assert!(problem["detail"].as_str().unwrap().contains("corrupt"), "{problem}");
        }
        assert_eq!(served.get("/api/files/5.1/content").await.body, "fine");
        assert_whole(&served.get("/api/artifacts/5/zip").await, &archive);
    }

    async fn bytes_damaged_after_mirroring_break_off_instead_of_passing(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let mut archive = served.add_artifact(5, 1, "a", &[Entry::deflated("long.txt", &text())]).await;
        let middle = archive.len() / 2;
        archive[middle] ^= 1;
        served.put(&BlobKey::artifact(REPOSITORY, 5), &archive).await;
        let request = axum::http::Request::builder().uri("/api/files/5.0/content").header("host", crate::served::HOST);
        let request = request.body(axum::body::Body::empty()).unwrap();
        let response = tower::ServiceExt::oneshot(served.router.clone(), request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(axum::body::to_bytes(response.into_body(), usize::MAX).await.is_err(), "a damaged body must not end well");
    }

    async fn each_type_leaves_with_its_headers(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        const INERT: &str = "default-src 'none'; sandbox";
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
        let html = b"<!doctype html><html><script>alert(1)</script></html>";
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
        let text = "text/plain; charset=utf-8";
        let bytes = "application/octet-stream";
        let cases: &[(&str, &[u8], &str, &str, &str)] = &[
            ("shot.png", png, "image/png", "inline", INERT),
            ("shot.gif", b"GIF89a\x01\0\x01\0/*alert(1)*/", "image/gif", "inline", INERT),
            ("page.html", html, bytes, "attachment", INERT),
            ("page.png", html, bytes, "attachment", INERT),
            ("page", html, bytes, "attachment", INERT),
            ("page.xhtml", b"<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"/>", bytes, "attachment", INERT),
            ("pic.svg", svg, "image/svg+xml", "attachment", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
            ("data.json", b"{\"a\": \"<script>\"}", text, "inline", INERT),
            ("data.xml", b"<?xml version=\"1.0\"?><?xml-stylesheet href=\"x.xsl\"?><a/>", text, "inline", INERT),
            ("data.csv", b"=1+1,2\n", text, "inline", INERT),
            ("notes.md", b"# <script>alert(1)</script>", text, "inline", INERT),
            ("code.js", b"alert(1)", text, "inline", INERT),
            ("style.css", b"a{}", text, "inline", INERT),
            ("run.log", b"line\n", text, "inline", INERT),
            ("paper.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf", "inline", INERT),
            ("clip.webm", b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm", "video/webm", "inline", INERT),
            ("tool.wasm", b"\0asm\x01\0\0\0", bytes, "attachment", INERT),
            ("utf7.txt", b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-", text, "inline", INERT),
        ];
        let entries: Vec<Entry> = cases.iter().map(|(name, content, ..)| Entry::deflated(*name, content)).collect();
        served.add_artifact(5, 1, "all sorts", &entries).await;
        for (ordinal, (name, content, content_type, disposition, policy)) in cases.iter().enumerate() {
            let path = format!("/api/files/5.{ordinal}/content");
            let reply = served.get(&path).await;
            assert_whole(&reply, content);
            let known = served.get(&format!("/api/files/5.{ordinal}")).await.json();
            assert_eq!(reply.header("content-type"), *content_type, "{known}");
            assert!(reply.header("content-disposition").starts_with(&format!("{disposition}; filename=\"{name}\"")), "{name}: {}", reply.header("content-disposition"));
            assert_eq!(reply.header("content-security-policy"), *policy, "{name}");
            assert_eq!(reply.header("x-content-type-options"), "nosniff");
            let frame = if *content_type == "application/pdf" { "SAMEORIGIN" } else { "DENY" };
            assert_eq!(reply.header("x-frame-options"), frame, "{name}");
            assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin");
            assert_eq!(reply.header("cache-control"), "private, max-age=31536000, immutable");
            assert!(reply.headers.get("access-control-allow-origin").is_none());
            assert!(reply.headers.get("set-cookie").is_none());
            let download = served.get(&format!("{path}?download=1")).await;
            assert!(download.header("content-disposition").starts_with("attachment; "), "{name}");
        }
        served.add_log(31, 1, b"<html>").await;
        let log = served.get("/api/jobs/31/log").await;
        assert_eq!((log.header("content-type"), log.header("content-security-policy")), (text, INERT));
        let zip = served.get("/api/artifacts/5/zip").await;
        assert_eq!(zip.header("content-type"), "application/zip");
        assert_eq!(zip.header("content-disposition"), "attachment; filename=\"all sorts.zip\"; filename*=UTF-8''all%20sorts%2Ezip");
    }
}
