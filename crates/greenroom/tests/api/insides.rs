//! Looking into files: traces, archives inside artifacts, and JSON by pages.

use crate::build;
use crate::served::Served;
use crate::support::both_engines;
use axum::http::Method;
use fakehub::zip::{Entry, archive};
use std::io::Write;

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9";

fn trace_zip() -> Vec<u8> {
    let events = concat!(
        r#"{"version":8,"type":"context-options","browserName":"chromium","title":"cart","wallTime":1700000000000,"options":{}}"#,
        "\n",
        r#"{"type":"before","callId":"c1","startTime":10,"class":"Frame","method":"goto","params":{"url":"http://a/"},"pageId":"p"}"#,
        "\n",
        r#"{"type":"after","callId":"c1","endTime":30,"error":{"message":"no answer"}}"#,
        "\n",
        r#"{"type":"screencast-frame","pageId":"p","sha1":"p.jpeg","width":800,"height":600,"timestamp":20}"#,
        "\n",
    );
    archive(&[Entry::deflated("trace.trace", events.as_bytes()), Entry::stored("resources/p.jpeg", JPEG.to_vec())])
        .to_vec()
}

/// A tar of files, as its oldest tools write it.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in files {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        header[148..156].copy_from_slice(b"        ");
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

both_engines! {
    async fn a_trace_is_told_wherever_it_lies(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let outer = archive(&[Entry::stored("resources/trace.zip", trace_zip())]).to_vec();
        served.add_artifact(5, 1, "results", &[Entry::deflated("t/trace.zip", &trace_zip()), Entry::deflated("blob.zip", &outer)]).await;
        served.add_single(6, 1, "trace.zip", &trace_zip()).await;
        for path in ["/api/files/5.0/trace", "/api/files/6.0/trace", "/api/files/5.1/trace?within=0", "/api/files/5.0/trace"] {
            let reply = served.get(path).await;
            assert_eq!(reply.status, 200, "{path}: {:?}", reply.body);
            let trace = reply.json();
            assert_eq!(trace["title"], "cart");
            assert_eq!(trace["startedAt"], "2023-11-14T22:13:20Z");
            assert_eq!(trace["actions"][0]["error"]["message"], "no answer");
            assert_eq!((&trace["frames"][0]["timeMs"], &trace["frames"][0]["entry"]), (&10.0.into(), &1.into()));
        }
    }

    async fn entries_are_listed_filtered_and_paged(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let inner = archive(&[
            Entry::stored("dir/", b"".to_vec()),
            Entry::deflated("dir/a.TXT", b"one"),
            Entry::stored("../b.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
            Entry::deflated("c.html", b"<!doctype html>"),
        ]).to_vec();
        let files = tar(&[("x/y.json", b"{}"), ("z.log", b"line\n")]);
        served.add_artifact(5, 1, "all", &[
            Entry::deflated("inner.zip", &inner),
            Entry::stored("files.tar", files.clone()),
            Entry::stored("files.tgz", gzip(&files)),
            Entry::stored("server.log.gz", gzip(b"hello\n")),
            Entry::stored("trace.zip", trace_zip()),
        ]).await;
        let page = served.get("/api/files/5.0/entries").await.json();
        assert_eq!((page["format"].as_str(), page["total"].as_i64(), page["isTrace"].as_bool()), (Some("zip"), Some(3), Some(false)));
        let listed = &page["entries"][1];
        assert_eq!((listed["path"].as_str(), listed["type"].as_str(), listed["entry"].as_i64()), (Some("../b.png"), Some("image"), Some(2)));
        assert_eq!(listed["flags"][0], "unsafe-name");
        assert_eq!(listed["url"], "/api/files/5.0/entries/2/content");
        assert_eq!(served.all("/api/files/5.0/entries", "entries", 1).await.len(), 3);
        let found = served.get("/api/files/5.0/entries?q=a.txt").await.json();
        assert_eq!((found["total"].as_i64(), found["entries"][0]["path"].as_str()), (Some(1), Some("dir/a.TXT")));
        for (file, format, names) in [("5.1", "tar", vec!["x/y.json", "z.log"]), ("5.2", "tarGz", vec!["x/y.json", "z.log"]), ("5.3", "gzip", vec!["server.log"])] {
            let page = served.get(&format!("/api/files/{file}/entries")).await.json();
            assert_eq!(page["format"], format);
            let paths: Vec<&str> = page["entries"].as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap()).collect();
            assert_eq!(paths, names);
        }
        assert_eq!(served.get("/api/files/5.4/entries").await.json()["isTrace"], true);
    }

    async fn bytes_of_entries_leave_under_the_rules_of_files(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let long = b"0123456789".repeat(30_000);
        let inner = archive(&[Entry::deflated("a.txt", &long), Entry::stored("p.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()), Entry::deflated("c.html", b"<!doctype html><script>1</script>")]).to_vec();
        let nested = archive(&[Entry::deflated("inner.zip", &inner)]).to_vec();
        served.add_artifact(5, 1, "all", &[Entry::deflated("inner.zip", &inner), Entry::stored("f.tgz", gzip(&tar(&[("t.txt", &long)]))), Entry::stored("n.zip", nested)]).await;
        for path in ["/api/files/5.0/entries/0/content", "/api/files/5.1/entries/0/content", "/api/files/5.2/entries/0/content?within=0"] {
            let whole = served.get(path).await;
            assert_eq!((whole.status.as_u16(), whole.header("content-type")), (200, "text/plain; charset=utf-8"), "{path}");
            assert!(whole.body == long, "{path}");
            assert_eq!(whole.header("content-security-policy"), "default-src 'none'; sandbox");
            assert_eq!(whole.header("x-content-type-options"), "nosniff");
            let part = served.get_with(path, &[("range", "bytes=299990-")]).await;
            assert_eq!((part.status.as_u16(), part.body.as_ref()), (206, &b"0123456789"[..]));
            let same = served.get_with(path, &[("if-none-match", whole.header("etag"))]).await;
            assert_eq!(same.status, 304);
            assert_eq!(served.ask(Method::HEAD, path, &[]).await.header("content-length"), "300000");
        }
        let packed = served.get_with("/api/files/5.0/entries/0/content", &[("accept-encoding", "gzip")]).await;
        assert_eq!(packed.header("content-encoding"), "gzip");
        let picture = served.get("/api/files/5.0/entries/1/content").await;
        assert_eq!((picture.header("content-type"), picture.header("content-disposition").starts_with("inline")), ("image/png", true));
        let page = served.get("/api/files/5.0/entries/2/content").await;
        assert_eq!((page.header("content-type"), page.header("content-disposition").starts_with("attachment")), ("application/octet-stream", true));
        let asked = served.get("/api/files/5.0/entries/1/content?download=1").await;
        assert!(asked.header("content-disposition").starts_with("attachment"));
    }

    async fn what_cannot_be_looked_into_says_why(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let mut damaged = archive(&[Entry::stored("bad.txt", b"some bytes".to_vec())]).to_vec();
        let at = damaged.windows(10).position(|window| window == b"some bytes").unwrap();
        damaged[at] ^= 0x20;
        served.add_artifact(5, 1, "all", &[
            Entry::stored("words.zip", b"not an archive".to_vec()),
            Entry::stored("cut.zip", trace_zip()[..200].to_vec()),
            Entry::stored("cut.gz", gzip(&b"x".repeat(100_000))[..50].to_vec()),
            Entry::stored("damaged.zip", damaged),
            Entry::stored("plain.zip", archive(&[Entry::stored("a", b"b".to_vec())]).to_vec()),
        ]).await;
        for path in ["5.0/entries", "5.0/trace", "5.1/entries", "5.2/entries", "5.3/entries/0/content", "5.4/trace", "5.4/trace?within=0"] {
            served.get(&format!("/api/files/{path}")).await.problem(422);
        }
        for path in ["5.9/entries", "5.9/trace", "5.4/entries/7/content", "5.4/entries/x/content", "5.4/entries?within=3"] {
            served.get(&format!("/api/files/{path}")).await.problem(404);
        }
        for path in ["5.4/entries?limit=0", "5.4/entries?cursor=x", "5.4/trace?within=-1", "5.4/entries?page=2"] {
            served.get(&format!("/api/files/{path}")).await.problem(400);
        }
    }

    async fn a_bomb_is_stopped(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let zeros = vec![0; 1 << 20];
        for _ in 0..520 {
            bomb.write_all(&zeros).unwrap();
        }
        served.add_artifact(5, 1, "bomb", &[Entry::stored("bomb.gz", bomb.finish().unwrap())]).await;
        let problem = served.get("/api/files/5.0/entries").await.problem(413);
        assert!(problem["detail"].as_str().unwrap().contains("inflates"), "{problem}");
    }

    async fn json_comes_by_pages(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let rows: Vec<String> = (0..5_000).map(|n| format!("{{\"id\": {n}, \"name\": \"row {n}\"}}")).collect();
        let document = format!("{{\"a/b\": [{}], \"note\": null}}", rows.join(", "));
        served.add_artifact(5, 1, "data", &[Entry::deflated("big.json", document.as_bytes()), Entry::deflated("bad.json", b"{\"a\": 1,, }")]).await;
        let root = served.get("/api/files/5.0/json").await.json();
        assert_eq!((root["value"]["kind"].as_str(), root["children"][0]["count"].as_i64()), (Some("object"), Some(5_000)));
        let page = served.get("/api/files/5.0/json?pointer=/a~1b&offset=4990&limit=20").await.json();
        assert_eq!((page["children"].as_array().unwrap().len(), page["children"][0]["index"].as_i64()), (10, Some(4_990)));
        assert_eq!(page["children"][0]["text"], "{\"id\": 4990, \"name\": \"row 4990\"}".replace("\"id\"", "id").replace("\"name\"", "name"));
        let leaf = served.get("/api/files/5.0/json?pointer=/a~1b/7/name").await.json();
        assert_eq!(leaf["value"]["text"], "row 7");
        served.get("/api/files/5.0/json?pointer=/none").await.problem(404);
        let wrong = served.get("/api/files/5.0/json?pointer=none").await.problem(400);
        assert_eq!(wrong["parameter"], "pointer");
        served.get("/api/files/5.1/json").await.problem(422);
        served.get("/api/files/5.0/json?limit=1001").await.problem(400);
    }
}
