//! G: what may answer in GitHub's place. A server that says anything on one side, the client of GitHub on the other.

use crate::mirror::{HOUR, MINUTE, Mirror, past, report};
use crate::support::{Database, Engine};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Response};
use fakehub::{ArtifactSpec, RunSpec, TOKEN};
use futures::StreamExt;
use greenroom::clock::Clock;
use greenroom::forge::{Answer, At, Forge, ForgeError, ForgeOptions, Page, RepoRef, RunFilter};
use greenroom::model::secret::Secret;
use greenroom::model::{Millis, upstream};
use serde_json::{Value, json};
use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tempfile::NamedTempFile;
use tokio::net::TcpListener;

const NOW: Millis = Millis(1_770_000_000_000);

/// A server that answers as it is told, and what it was asked: path with query, and whether a token came along.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<(String, bool)>>>,
}

impl Server {
    async fn start(answer: impl Fn(&str) -> Response<Body> + Clone + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        let router = Router::new().fallback(move |request: Request| {
            let path = request.uri().path_and_query().map_or("", |path| path.as_str()).to_owned();
            log.lock().unwrap().push((path.clone(), request.headers().contains_key("authorization")));
            std::future::ready(answer(&path))
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Server { address, asked }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// A client that takes this server for GitHub.
    fn client(&self) -> Forge {
        let options = ForgeOptions::new(self.url(""), Secret::new(TOKEN), Clock::manual(NOW));
        let timeout = Duration::from_secs(5);
        Forge::new(ForgeOptions { timeout, backoff_base: Duration::from_millis(1), ..options }).unwrap()
    }
}

fn octo() -> RepoRef {
    RepoRef { id: 1, owner: "octo".into(), name: "shop".into() }
}

fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).unwrap()
}

fn redirect(location: &str) -> Response<Body> {
    let mut response = answer(302, &[], "");
    response.headers_mut().insert("location", axum::http::HeaderValue::from_bytes(location.as_bytes()).unwrap());
    response
}

async fn runs(forge: &Forge, at: At) -> Result<Page<upstream::Run>, ForgeError> {
    match forge.runs(&octo(), RunFilter::All, at, None).await? {
        Answer::Fresh(page) => Ok(page),
        Answer::NotModified => panic!("nothing was asked conditionally"),
    }
}

/// A listener on every address of this machine, and how many came.
async fn canary() -> (u16, Arc<AtomicUsize>) {
    let listener = match TcpListener::bind("[::]:0").await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind("0.0.0.0:0").await.unwrap(),
    };
    let (port, count) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let came = count.clone();
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            came.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, count)
}

/// Ways to name this machine, its neighbours and a cloud's metadata.
const HOSTS: &[&str] = &[
    "127.0.0.2",
    "127.2",
    "127.0.2.2",
    "2130706434",
    "0x7f000002",
    "0x7f.0.0.2",
    "0x7F.2",
    "017700000002",
    "0177.0.0.2",
    "127.000.000.002",
    "127.255.255.254",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.2]",
    "[::ffff:7f00:2]",
    "[::127.0.0.2]",
    "[::]",
    "0.0.0.0",
    "0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "[64:ff9b::7f00:2]",
    "[2002:7f00:2::1]",
    "127\u{3002}0\u{3002}0\u{3002}2",
    "\u{2460}\u{2461}\u{2466}.0.0.2",
    "%31%32%37.0.0.2",
    "user@127.0.0.2",
    "127.0.0.1@127.0.0.2",
    "github.com:x@127.0.0.2",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "169.254.43518",
    "[::ffff:169.254.169.254]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.100.100.200",
    "192.0.0.192",
    "198.18.0.1",
    "255.255.255.255",
    "224.0.0.1",
    "240.0.0.1",
    "[ff02::1]",
    "[fc00::1]",
];

/// The same in other shapes than `http://host:port/x`.
const SHAPES: &[&str] = &[
    "//127.0.0.2:{port}/x",
    "\\\\127.0.0.2:{port}\\x",
    "http:\\\\127.0.0.2:{port}\\x",
    "http:127.0.0.2:{port}/x",
    "https://127.0.0.2:{port}/x",
    "ftp://127.0.0.2:{port}/x",
    "gopher://127.0.0.2:{port}/x",
    "file:///etc/passwd",
    "data:text/plain,x",
    "javascript:alert(1)",
    "http://",
    "",
    "http://[",
    "ws://127.0.0.2:{port}/x",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g2_content_is_fetched_from_nowhere_that_only_this_machine_reaches() {
    let (port, came) = canary().await;
    let target = Arc::new(Mutex::new(String::new()));
    let (first, second) = (target.clone(), target.clone());
    let blob = Server::start(move |_| redirect(&second.lock().unwrap())).await;
    let hop = blob.url("/content.zip");
    let api = Server::start(move |path| match path.contains("/artifacts/1/") {
        true => redirect(&first.lock().unwrap()),
        false => redirect(&hop),
    })
    .await;
    let forge = api.client();
    let hosts = HOSTS.iter().map(|host| format!("http://{host}:{port}/x"));
    let shapes = SHAPES.iter().map(|shape| shape.replace("{port}", &port.to_string()));
    let targets: Vec<String> = hosts.chain(shapes).collect();
    for location in &targets {
        target.lock().unwrap().clone_from(location);
        for artifact in [1, 2] {
            let file = NamedTempFile::new().unwrap();
            let refused = forge.download_artifact(&octo(), artifact, file, 1 << 20, None).await;
            assert!(refused.is_err(), "{location} by way {artifact}");
            assert_eq!(came.load(Ordering::SeqCst), 0, "a connection to {location} by way {artifact}");
        }
    }
    assert!(targets.len() * 2 >= 80, "{}", targets.len());
    assert!(blob.asked.lock().unwrap().iter().all(|(_, had_token)| !had_token), "the token left the API");
    assert!(blob.count() >= targets.len());
}

#[tokio::test]
async fn g3_addresses_on_other_hosts_get_no_token() {
    let other = Server::start(|_| answer(200, &[], r#"{"total_count":0,"workflow_runs":[]}"#)).await;
    let (next, away) = (format!("<{}>; rel=\"next\"", other.url("/x?page=2")), other.url("/repos/octo/shop"));
    let api = Server::start(move |path| match path.contains("/actions/runs") {
        true => answer(200, &[("link", &next)], run_list(&[run(1)])),
        false => redirect(&away),
    })
    .await;
    let forge = api.client();
    let page = runs(&forge, At::First).await.unwrap();
    assert!(matches!(runs(&forge, At::Next(page.next.unwrap())).await, Err(ForgeError::Invalid { .. })));
    assert!(forge.repository("octo", "shop").await.is_err());
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn g4_a_list_that_leads_nowhere_ends() {
    let link = Arc::new(Mutex::new(String::new()));
    let told = link.clone();
    let api = Server::start(move |_| answer(200, &[("link", &told.lock().unwrap())], run_list(&[run(1)]))).await;
    let forge = api.client();
    let next = |query: &str| format!("<{}>; rel=\"next\"", api.url(&format!("/repos/octo/shop/actions/runs{query}")));
    for query in
        ["?page=1", "", "?page=0", "?page=-1", "?page=1001", "?page=99999999999999999999", "?page=x", "?after=abc"]
    {
        *link.lock().unwrap() = next(query);
        let refused = runs(&forge, At::First).await;
        assert!(matches!(refused, Err(ForgeError::Invalid { .. })), "{query}: {refused:?}");
    }
    for odd in ["<", "<>", "<x", ">;rel=next", "rel=next", "<x>; rel=\"", ",,,;;;", "<a>;rel=next;", "\"<\">"] {
        *link.lock().unwrap() = odd.into();
        let page = runs(&forge, At::First).await;
        assert!(page.is_ok(), "{odd}: {page:?}");
    }
    *link.lock().unwrap() = format!("{}{}", "<x>; rel=\"prev\", ".repeat(60_000), next("?page=2"));
    let started = Instant::now();
    assert!(runs(&forge, At::First).await.is_err(), "headers of a megabyte");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn g4_a_list_that_grows_for_ever_ends() {
    let own = Arc::new(OnceLock::<String>::new());
    let base = own.clone();
    let api = Server::start(move |path| {
        let page: u64 = path.rsplit_once("&page=").map_or(1, |(_, number)| number.parse().unwrap());
        let (base, next) = (base.get().unwrap(), page + 1);
        answer(200, &[("link", &format!("<{base}?per_page=100&page={next}>; rel=\"next\""))], run_list(&[]))
    })
    .await;
    own.set(api.url("/repos/octo/shop/actions/runs")).unwrap();
    let forge = api.client();
    let mut at = At::First;
    let mut ended = None;
    while ended.is_none() && api.count() <= 1000 {
        match runs(&forge, at).await {
            Ok(page) => at = At::Next(page.next.unwrap()),
            Err(error) => {
                at = At::First;
                ended = Some(error);
            }
        }
    }
    assert!(matches!(&ended, Some(ForgeError::Invalid { reason }) if reason.contains("no end")), "{ended:?}");
    assert_eq!(api.count(), 1000);
}

fn run(id: u64) -> Value {
    json!({"id": id, "workflow_id": 5, "name": "CI", "run_number": id, "event": "push", "status": "completed",
        "conclusion": "success", "head_branch": "main", "head_sha": "a", "created_at": "2026-01-22T19:33:08Z"})
}

fn run_list(runs: &[Value]) -> String {
    json!({"total_count": runs.len(), "workflow_runs": runs}).to_string()
}

/// What a client makes of these bytes as a list of runs.
async fn read(
    headers: &'static [(&'static str, &'static str)],
    body: Vec<u8>,
) -> Result<Page<upstream::Run>, ForgeError> {
    let api = Server::start(move |_| answer(200, headers, body.clone())).await;
    runs(&api.client(), At::First).await
}

#[tokio::test]
async fn g5_bad_items_are_counted_and_good_ones_kept() {
    let mut odd = run(2);
    odd["status"] = json!("levitating");
    odd["conclusion"] = json!("enchanted");
    odd["brand_new"] = json!({"deep": [[[[1]]]]});
    odd["head_commit"] = json!(null);
    odd["pull_requests"] = json!("none");
    let mut huge = run(3);
    huge["id"] = json!(1_u64 << 63);
    let mut text = run(4);
    text["id"] = json!("4");
    let items = [run(1), run(1), odd, huge, text, json!(null), json!(5), json!("x"), json!([]), json!({})];
    let page = read(&[], run_list(&items).into_bytes()).await.unwrap();
    assert_eq!(page.items.iter().map(|run| run.id).collect::<Vec<_>>(), [1, 1, 2]);
    assert_eq!(page.skipped.len(), 7, "{:?}", page.skipped);
    assert_eq!((page.items[2].status.as_str(), page.items[2].conclusion.as_deref()), ("levitating", Some("enchanted")));
}

#[tokio::test]
async fn g5_bodies_without_end_or_sense_are_refused() {
    let bodies = [
        "",
        "null",
        "[]",
        "{}",
        "<html>",
        "{\"workflow_runs\":{}}",
        "{\"workflow_runs\":[",
        "\u{feff}{}",
        "NaN",
        "\"x\"",
        "{\"total_count\":1}",
        "{\"workflow_runs\":5}",
    ];
    for body in bodies {
        let read = read(&[], body.as_bytes().to_vec()).await;
        assert!(read.is_err(), "{body:?}: {read:?}");
    }
    let nested = format!("{{\"workflow_runs\":[{}", "[".repeat(1_000_000));
    assert!(read(&[], nested.into_bytes()).await.is_err());
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    (0..80).for_each(|_| bomb.write_all(&[b' '; 1 << 20]).unwrap());
    let bomb = bomb.finish().unwrap();
    let started = Instant::now();
    let refused = read(&[("content-encoding", "gzip")], bomb).await;
    assert!(matches!(&refused, Err(ForgeError::Invalid { reason }) if reason.contains("too long")), "{refused:?}");
    assert!(started.elapsed() < Duration::from_secs(20));
    let endless = Server::start(|_| {
        let spaces = bytes::Bytes::from(vec![b' '; 1 << 20]);
        answer(200, &[], Body::from_stream(futures::stream::repeat(spaces).map(Ok::<_, std::io::Error>)))
    })
    .await;
    let refused = runs(&endless.client(), At::First).await;
    assert!(matches!(&refused, Err(ForgeError::Invalid { reason }) if reason.contains("too long")), "{refused:?}");
}

/// Headers of a refusal, and the least that must be waited.
const WAITS: &[(&[(&str, &str)], i64)] = &[
    (&[("retry-after", "0")], 1_000),
    (&[("retry-after", "-5")], 1_000),
    (&[("retry-after", "1000000000")], 60_000),
    (&[("retry-after", "99999999999999999999")], 60_000),
    (&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")], 1_000),
    (&[("retry-after", "Fri, 31 Dec 2100 23:59:59 GMT")], 60_000),
    (&[("retry-after", "soon")], 60_000),
    (&[("retry-after", "")], 60_000),
    (&[], 60_000),
    (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")], 1_000),
    (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "4133980800")], 60_000),
    (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "9223372036854775807")], 60_000),
    (&[("x-ratelimit-remaining", "-1"), ("x-ratelimit-reset", "x")], 60_000),
];

#[tokio::test]
async fn g9_absurd_waits_are_kept_within_reason() {
    for (headers, least) in WAITS {
        let api = Server::start(move |_| answer(429, headers, "{}")).await;
        let forge = api.client();
        let Err(ForgeError::Limited { until }) = runs(&forge, At::First).await else { panic!("{headers:?}") };
        let wait = until.since(NOW);
        assert!((*least..=65 * 60_000).contains(&wait), "{headers:?}: {wait} ms");
        for _ in 0..3 {
            assert!(matches!(runs(&forge, At::First).await, Err(ForgeError::Limited { .. })), "{headers:?}");
        }
        assert_eq!(api.count(), 1, "{headers:?}: asked inside the window");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g11_a_repository_made_anew_under_its_name_begins_its_own_history() {
    let database = Database::new(Engine::Sqlite).await.unwrap();
    let mut old = 0;
    let mut mirror = Mirror::of(database, |world, place| {
        old = world.add_run(place.workflow, past(world, 2 * HOUR));
        world.add_artifact(old, report("old"));
    })
    .await;
    mirror.sync().await;
    let new = mirror.hub.world(|world| {
        world.delete_repository(mirror.place.repository);
        let repository = world.add_repository("octo", "shop");
        let workflow = world.add_workflow(repository, "CI", ".github/workflows/ci.yml");
        world.add_run(workflow, past(world, HOUR))
    });
    for _ in 0..3 {
        let _ = mirror.try_refresh().await;
        mirror.pass(10 * MINUTE);
    }
    mirror.settled().await;
    let runs: Vec<i64> = mirror.runs().await.iter().map(|run| run.id).collect();
    assert!(runs.contains(&old), "what was mirrored is kept");
    assert!(runs.contains(&new), "the new repository is mirrored: {:?}", mirror.activity());
    let ids = mirror.database.rows("SELECT CAST(count(DISTINCT repository_id) AS TEXT) FROM run").await;
    assert_eq!(ids[0][0].as_deref(), Some("2"), "the two are not one history");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g16_a_fork_changes_no_badge_and_no_overview() {
    let database = Database::new(Engine::Sqlite).await.unwrap();
    let mut workflow = 0;
    let junit = |ok: bool| {
        let inside = if ok { "" } else { "<failure message=\"no\"/>" };
        let xml = format!("<testsuite name=\"s\"><testcase name=\"adds\">{inside}</testcase></testsuite>");
        ArtifactSpec::zip("results", [("junit.xml", xml.into_bytes())])
    };
    let mut forked = 0;
    let mut mirror = Mirror::of(database, |world, place| {
        workflow = place.workflow;
        let good = world.add_run(place.workflow, past(world, 3 * HOUR));
        world.add_artifact(good, junit(true));
        let created = world.now() - HOUR;
        let spec =
            RunSpec::completed("failure").created_at(created).branch("main").fork("stranger").event("pull_request");
        forked = world.add_run(place.workflow, spec);
        world.add_artifact(forked, junit(false).created_at(created + MINUTE));
    })
    .await;
    mirror.sync().await;
    let server = mirror.serve().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |path: &str| {
        let response = client.get(format!("http://{server}{path}")).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        String::from_utf8(response.bytes().await.unwrap().to_vec()).unwrap()
    };
    let run: Value = serde_json::from_str(&get(&format!("/api/runs/{forked}")).await).unwrap();
    assert_eq!((&run["fork"], &run["conclusion"]), (&json!(true), &json!("failure")), "its own run shows it");
    assert!(get(&format!("/badge/{workflow}.svg")).await.contains("passing"));
    let tests: Value = serde_json::from_str(&get("/api/tests").await).unwrap();
    assert_ne!(tests["tests"][0]["judgement"]["verdict"], "flaky", "{tests}");
    let overview: Value = serde_json::from_str(&get("/api/overview").await).unwrap();
    let metric =
        |key: &str| overview["metrics"].as_array().unwrap().iter().find(|one| one["key"] == key).unwrap().clone();
    assert_eq!((&metric("failingWorkflows")["value"], &metric("executions")["value"]), (&json!(0.0), &json!(1.0)));
    assert_eq!((&overview["newFailures"], &overview["flakiest"]), (&json!([]), &json!([])));
}

/// Headers that must not matter are still headers: the client reads what it knows and ignores the rest.
#[tokio::test]
async fn g5_a_flood_of_headers_is_survived() {
    let api = Server::start(|_| {
        let mut response = answer(200, &[], run_list(&[run(1)]));
        let headers: &mut HeaderMap = response.headers_mut();
        for n in 0..60 {
            headers.append("x-flood", format!("{n}-{}", "v".repeat(1000)).parse().unwrap());
        }
        response
    })
    .await;
    assert!(runs(&api.client(), At::First).await.is_ok_and(|page| page.items.len() == 1));
}
