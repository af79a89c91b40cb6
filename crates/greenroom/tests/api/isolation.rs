//! `/_view`: real types into an opaque origin, one artifact a token, half an hour.

use crate::build;
use crate::served::{HOST, NOW, Served};
use crate::support::both_engines;
use axum::http::Method;
use fakehub::zip::Entry;
use greenroom::model::MINUTE_MS;
use greenroom::store::Store;

const PAGE: &[u8] = b"<!doctype html><html><head><title>Report</title></head><body>\xc3\xa4</body></html>";

async fn report(store: &Store, database: &crate::support::Database) -> Served {
    build::with_runs(store, &[build::run(1)]).await;
    let served = Served::new(store, database).await;
    let entries = [
        Entry::deflated("index.html", PAGE),
        Entry::deflated("data/app.js", b"import './x.mjs'"),
        Entry::deflated("data/style.css", b"body{}"),
        Entry::deflated("data/results.json", b"{}"),
        Entry::deflated("docs/index.html", b"<p>docs"),
        Entry::deflated("latin1.html", b"<html><head></head>caf\xe9</html>"),
        Entry::deflated("with space & 100%.html", b"<p>odd name"),
        Entry::deflated("twice.html", b"<p>first"),
        Entry::deflated("twice.html", b"<p>second"),
        Entry::deflated("../outside.html", b"<p>out"),
        Entry::stored("font.woff2", b"wOF2".to_vec()),
    ];
    served.add_artifact(5, 1, "report", &entries).await;
    served.add_artifact(6, 1, "other", &[Entry::deflated("secret.html", b"<p>secret")]).await;
    served
}

async fn url_of(served: &Served, file: &str) -> String {
    let reply = served.get(&format!("/api/files/{file}/view-url")).await;
    assert_eq!(reply.status, 200, "{:?}", reply.body);
    reply.json()["url"].as_str().unwrap().to_owned()
}

both_engines! {
    async fn a_report_is_served_with_the_containing_headers(store: Store, database: &Database) {
        let served = report(&store, database).await;
        let answer = served.get("/api/files/5.0/view-url").await.json();
        assert_eq!(answer["expiresAt"], NOW.plus(30 * MINUTE_MS).to_string());
        let url = answer["url"].as_str().unwrap();
        let root = url.strip_suffix("index.html").unwrap();
        assert!(root.starts_with("/_view/5."), "{root}");

        let page = served.get_with(url, &[("cookie", "session=1")]).await;
        assert_eq!(page.status, 200);
        let own = format!("http://{HOST}{root}");
        assert_eq!(
            page.header("content-security-policy"),
            format!(
                "sandbox allow-scripts allow-popups allow-forms allow-downloads allow-modals; default-src {own} data: blob:; \
                 script-src {own} 'unsafe-inline' 'unsafe-eval' blob:; style-src {own} 'unsafe-inline'; img-src {own} data: blob:; \
                 media-src {own} data: blob:; font-src {own} data: blob:; connect-src {own} data: blob:; worker-src blob:; \
                 frame-src {own} blob: data:; form-action 'none'; base-uri {own}; frame-ancestors http://{HOST}"
            )
        );
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "cross-origin"),
            ("access-control-allow-origin", "*"),
            ("cache-control", "private, max-age=300"),
            ("x-robots-tag", "noindex"),
            ("origin-agent-cluster", "?1"),
        ] {
            assert_eq!(page.header(name), value, "{name}");
        }
        for device in ["camera", "microphone", "geolocation", "payment", "usb", "clipboard-read", "screen-wake-lock"] {
            assert!(page.header("permissions-policy").contains(&format!("{device}=()")), "{device}");
        }
        for never in ["set-cookie", "x-frame-options", "access-control-allow-credentials", "cross-origin-opener-policy"] {
            assert!(page.headers.get(never).is_none(), "{never}");
        }

        for (path, content_type) in [
            ("data/app.js", "text/javascript; charset=utf-8"),
            ("data/style.css", "text/css; charset=utf-8"),
            ("data/results.json", "application/json; charset=utf-8"),
            ("font.woff2", "font/woff2"),
        ] {
            let reply = served.get_with(&format!("{root}{path}"), &[("origin", "null"), ("sec-fetch-site", "cross-site")]).await;
            assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, content_type), "{path}");
            assert_eq!(reply.header("content-security-policy"), page.header("content-security-policy"), "{path}");
            assert_eq!(reply.header("access-control-allow-origin"), "*");
        }
        let elsewhere = served.get_with(url, &[("host", "ci.example.org:8080")]).await;
        assert!(elsewhere.header("content-security-policy").contains("frame-ancestors http://ci.example.org:8080"));
    }

    async fn only_shown_html_gets_the_shim(store: Store, database: &Database) {
        let served = report(&store, database).await;
        let url = url_of(&served, "5.0").await;
        let page = served.get(&url).await;
        let text = String::from_utf8(page.body.to_vec()).unwrap();
        let (before, rest) = text.split_once("<script>").unwrap();
        let (shim, after) = rest.split_once("</script>").unwrap();
        assert_eq!(before, "<!doctype html><html><head>");
        assert_eq!(format!("{before}{after}").as_bytes(), PAGE);
        for word in ["localStorage", "sessionStorage", "cookie", "SecurityError"] {
            assert!(shim.contains(word), "{word}");
        }
        assert_eq!(served.get("/api/files/5.0/content").await.body, PAGE, "a download is never changed");

        let latin = served.get(&url.replace("index.html", "latin1.html")).await;
        assert_eq!(latin.body, &b"<html><head></head>caf\xe9</html>"[..]);
        assert_eq!(latin.header("content-type"), "text/html");
        let script = served.get(&url.replace("index.html", "data/app.js")).await;
        assert_eq!(script.body, "import './x.mjs'");
        let head = served.ask(Method::HEAD, &url, &[]).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), page.body.len().to_string());
    }

    async fn names_lead_to_files_and_folders_to_their_index(store: Store, database: &Database) {
        let served = report(&store, database).await;
        let root = url_of(&served, "5.0").await.replace("index.html", "");
        assert!(served.get(&root).await.body.ends_with(b"</html>"));
        let folder = served.get(&format!("{root}docs")).await;
        assert_eq!((folder.status.as_u16(), folder.header("location")), (302, &*format!("{root}docs/")));
        assert!(served.get(&format!("{root}docs/")).await.body.ends_with(b"<p>docs"));
        for missing in ["nothing.js", "data", "data/", "INDEX.HTML", "secret.html", "..%2f6.0", "%2e%2e/%2e%2e/etc/passwd"] {
            served.get(&format!("{root}{missing}")).await.problem(404);
        }
        let odd = url_of(&served, "5.6").await;
        assert!(odd.ends_with("/with%20space%20%26%20100%25.html"), "{odd}");
        assert!(served.get(&odd).await.body.ends_with(b"<p>odd name"));
        // Of two files with one name the later one counts; the address never shows another file than asked for.
        assert!(served.get(&url_of(&served, "5.8").await).await.body.ends_with(b"<p>second"));
        for unaddressable in ["5.7", "5.9"] {
            served.get(&format!("/api/files/{unaddressable}/view-url")).await.problem(422);
        }
    }

    async fn w21_w22_a_token_opens_one_artifact_for_half_an_hour(store: Store, database: &Database) {
        let served = report(&store, database).await;
        let (one, other) = (url_of(&served, "5.0").await, url_of(&served, "6.0").await);
        let token = one.split('/').nth(2).unwrap().to_owned();
        let [artifact, expiry, tag]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
        let other_tag = other.split('/').nth(2).unwrap().rsplit('.').next().unwrap();
        let later = expiry.parse::<i64>().unwrap() + 1;
        let (first_digit, others) = expiry.split_at(1);
        for bad in [
            format!("6.{expiry}.{tag}"),
            format!("{artifact}.{later}.{tag}"),
            format!("{artifact}.{expiry}.{other_tag}"),
            format!("{artifact}{first_digit}.{others}.{tag}"),
            format!("0{artifact}.{expiry}.{tag}"),
            format!("+{artifact}.{expiry}.{tag}"),
            format!("{artifact}.{expiry}.{tag}="),
            format!("{artifact}.{expiry}.{}", &tag[..42]),
            format!("{artifact}.{expiry}."),
            format!("{artifact}.{expiry}"),
            "x".to_owned(),
        ] {
            let reply = served.get(&format!("/_view/{bad}/index.html")).await;
            assert_eq!(reply.status, 403, "{bad}");
            assert!(reply.header("content-security-policy").starts_with("default-src 'none'; sandbox"));
            assert!(String::from_utf8_lossy(&reply.body).contains("open it again"));
            assert!(!reply.body.windows(6).any(|window| window == b"Report"));
        }
        served.clock.advance(30 * MINUTE_MS - 1);
        assert_eq!(served.get(&one).await.status, 200);
        served.clock.advance(1);
        assert_eq!(served.get(&one).await.status, 403);
    }

    async fn tokens_survive_a_restart_and_are_shared(store: Store, database: &Database) {
        let served = report(&store, database).await;
        let url = url_of(&served, "5.0").await;
        let again = Served::new(&store, database).await;
        assert_eq!(again.get(&url).await.status, 200);
        let key = store.setting("view_key").await.unwrap().unwrap();
        assert_eq!(hex::decode(&key).unwrap().len(), 32);
        assert_eq!(store.set_setting_once("view_key", "00").await.unwrap(), key, "the first one stays");
    }

    async fn only_reading_is_possible_and_no_service_worker(store: Store, database: &Database) {
        let served = report(&store, database).await;
        let url = url_of(&served, "5.0").await;
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            assert_eq!(served.ask(method.clone(), &url, &[]).await.status, 405, "{method}");
        }
        let worker = served.get_with(&url.replace("index.html", "data/app.js"), &[("service-worker", "script")]).await;
        assert_eq!(worker.status, 403);
    }
}
