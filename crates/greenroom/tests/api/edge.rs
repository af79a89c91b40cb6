//! The edge of the server: hosts, origins, methods, headers on every answer, operations.

use crate::build;
use crate::served::Served;
use crate::support::both_engines;
use axum::http::Method;
use fakehub::zip::Entry;

both_engines! {
    async fn n1_only_known_hosts_are_answered(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        for host in ["localhost:3000", "127.0.0.1:9", "[::1]:3000", "ci.example.org", "CI.example.org:443"] {
            assert_eq!(served.get_with("/api/runs", &[("host", host)]).await.status, 200, "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:3000", "10.1.2.3:3000", "ci.example.org.evil.example", "[fe80::1]:3000"] {
            for path in ["/", "/api/runs", "/metrics", "/healthz", "/_view/1.2.x/index.html"] {
                let reply = served.get_with(path, &[("host", host)]).await;
                reply.problem(421);
            }
        }
        let two = [("host", "localhost:3000"), ("host", "evil.example")];
        served.get_with("/api/runs", &two).await.problem(421);
        let none = axum::http::Request::builder().uri("/api/runs").body(axum::body::Body::empty()).unwrap();
        served.send(none).await.problem(421);
        served.get_with("http://evil.example/api/runs", &[("host", "localhost:3000")]).await.problem(421);
    }

    async fn n2_only_our_own_pages_may_ask_for_changes(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        let mut ear = served.hub.take_ear().unwrap();
        for foreign in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "null")],
            &[("origin", "http://evil.example")],
            &[("origin", "http://localhost:3001")],
            &[("origin", "http://localhost:3000"), ("sec-fetch-site", "cross-site")],
            &[("origin", "http://evil.example"), ("x-http-method-override", "GET")],
        ] {
            served.ask(Method::POST, "/api/refresh", foreign).await.problem(403);
            assert!(ear.try_recv().is_err(), "{foreign:?} must have no effect");
        }
        for own in [&[][..], &[("origin", "http://localhost:3000"), ("sec-fetch-site", "same-origin")], &[("sec-fetch-site", "none")]] {
            let (reply, ()) = tokio::join!(served.ask(Method::POST, "/api/refresh", own), async {
                ear.recv().await.unwrap().answer.send(Ok(Default::default())).unwrap();
            });
            assert_eq!(reply.status, 200, "{own:?}");
        }
        served.ask(Method::POST, "/api/refresh", &[("content-length", "10000000000")]).await.problem(413);
    }

    async fn n4_n22_a_wrong_method_is_405_and_nothing_allows_other_sites(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        for (method, path) in [
            (Method::GET, "/api/refresh"),
            (Method::POST, "/api/runs"),
            (Method::DELETE, "/api/runs/1"),
            (Method::PUT, "/api/files/1.0/content"),
            (Method::OPTIONS, "/api/runs"),
            (Method::POST, "/healthz"),
            (Method::from_bytes(b"BREW").unwrap(), "/api/runs"),
        ] {
            served.ask(method, path, &[]).await.problem(405);
        }
        let preflight = [("origin", "http://evil.example"), ("access-control-request-method", "POST")];
        let reply = served.ask(Method::OPTIONS, "/api/refresh", &preflight).await;
        assert!(reply.headers.get("access-control-allow-origin").is_none());
    }

    async fn every_answer_carries_the_protecting_headers(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        served.add_artifact(5, 1, "a", &[Entry::deflated("a.txt", b"a")]).await;
        for path in [
            "/", "/runs/1", "/assets/missing.js", "/api/runs", "/api/runs/1", "/api/runs?limit=0", "/api/nothing", "/api/sync", "/api/workflows", "/healthz",
            "/readyz", "/metrics", "/api/openapi.json", "/api/files/5.0/content", "/api/files/5.0/content?x=1",
        ] {
            let reply = served.get(path).await;
            assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
            assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
            assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin", "{path}");
            assert!(reply.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
            assert!(!reply.header("content-type").is_empty(), "{path}");
            assert!(!reply.header("cache-control").is_empty(), "{path}");
            let is_sandboxed = reply.header("content-security-policy").contains("sandbox");
            assert_eq!(reply.header("cross-origin-opener-policy"), if is_sandboxed { "" } else { "same-origin" }, "{path}");
            for never in ["server", "x-powered-by", "set-cookie", "access-control-allow-origin"] {
                assert!(reply.headers.get(never).is_none(), "{never} of {path}");
            }
        }
        let page = served.get("/workflows/22?status=failure").await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert_eq!(
            page.header("content-security-policy"),
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; \
             connect-src 'self'; worker-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types default"
        );
    }

    async fn json_is_compressed_and_bytes_are_left_alone(store: Store, database: &Database) {
        let runs: Vec<_> = (1..=50).map(build::run).collect();
        build::with_runs(&store, &runs).await;
        let served = Served::new(&store, database).await;
        let packed = served.get_with("/api/runs", &[("accept-encoding", "gzip")]).await;
        assert_eq!(packed.header("content-encoding"), "gzip");
        served.add_log(31, 1, &b"the same line again\n".repeat(500)).await;
        let log = served.get_with("/api/jobs/31/log", &[("accept-encoding", "gzip")]).await;
        assert!(log.headers.get("content-encoding").is_none() && log.body.len() == 10_000);
    }

    async fn n3_reading_changes_nothing(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        served.add_artifact(5, 1, "a", &[Entry::deflated("a.txt", b"a")]).await;
        served.get("/api/files/5.0/view-url").await;
        let counts = "SELECT CAST((SELECT count(*) FROM task) AS TEXT), CAST((SELECT count(*) FROM setting) AS TEXT), \
            CAST((SELECT sum(updated_at) FROM run) AS TEXT), (SELECT state FROM artifact)";
        let before = database.rows(counts).await;
        for path in ["/api/runs", "/api/runs/1", "/api/runs/1/files", "/api/files/5.0/content", "/api/files/5.0/view-url", "/api/sync", "/api/refresh"] {
            for method in [Method::GET, Method::HEAD] {
                served.ask(method, path, &[]).await;
            }
        }
        assert_eq!(database.rows(counts).await, before);
    }

    async fn operators_are_told_how_it_stands(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        assert_eq!(served.get("/healthz").await.body, "ok\n");
        assert_eq!(served.get("/readyz").await.status, 200);
        served.get("/api/runs/17").await;
        let metrics = served.get("/metrics").await;
        assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
        let text = String::from_utf8(metrics.body.to_vec()).unwrap();
        for line in [
            "greenroom_http_requests_total{route=\"/api/runs/{id}\",method=\"GET\",code=\"404\"}",
            "greenroom_http_request_duration_seconds_bucket{route=\"/healthz\"",
            "greenroom_build_info{version=",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(!text.contains("/api/runs/17"), "paths are no labels");
        let contract = served.get("/api/openapi.json").await.json();
        assert_eq!(contract, serde_json::from_str::<serde_json::Value>(include_str!("../../../../openapi.json")).unwrap());

        store.close().await;
        assert_eq!(served.get("/healthz").await.status, 200, "alive, though the database is not");
        let problem = served.get("/readyz").await.problem(503);
        assert!(problem["detail"].as_str().unwrap().contains("database"), "{problem}");
        let problem = served.get("/api/runs").await;
        assert_eq!(problem.problem(503)["detail"], "The database is not available right now.");
        assert_eq!(problem.header("retry-after"), "5");
    }

    async fn a_storage_that_is_gone_is_not_ready(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        let files = database.folder().join("files");
        std::fs::remove_dir_all(&files).unwrap();
        std::fs::write(&files, "not a folder").unwrap();
        let problem = served.get("/readyz").await.problem(503);
        assert!(problem["detail"].as_str().unwrap().contains("file storage"), "{problem}");
    }
}
