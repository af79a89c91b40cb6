//! What the tests share: a client as polite as GitHub wants it, and small worlds.

#![allow(dead_code, clippy::unwrap_used)]

use fakehub::{FakeHub, RunSpec, TOKEN, World};
use serde_json::Value;

/// A hub with a client.
pub struct Site {
    pub hub: FakeHub,
    pub http: reqwest::Client,
    pub repository: i64,
    pub workflow: i64,
}

/// An answer, read to its end.
pub struct Seen {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A world with `acme/shop`, a workflow `CI` and nothing else.
pub fn small_world() -> (World, i64, i64) {
    let mut world = World::new(1);
    let repository = world.add_repository("acme", "shop");
    let workflow = world.add_workflow(repository, "CI", ".github/workflows/ci.yml");
    (world, repository, workflow)
}

impl Site {
    pub async fn start() -> Site {
        let (world, repository, workflow) = small_world();
        Site::of(world, repository, workflow).await
    }

    pub async fn of(world: World, repository: i64, workflow: i64) -> Site {
        let http = reqwest::Client::builder()
            .no_proxy()
            .no_gzip()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Site { hub: FakeHub::start(world).await.unwrap(), http, repository, workflow }
    }

    pub fn add_run(&self, spec: RunSpec) -> i64 {
        self.hub.world(|world| world.add_run(self.workflow, spec))
    }

    /// A request below `/repos/acme/shop` with everything GitHub wants to see.
    pub fn request(&self, path: &str) -> reqwest::RequestBuilder {
        self.global(&format!("/repos/acme/shop{path}"))
    }

    pub fn global(&self, path: &str) -> reqwest::RequestBuilder {
        self.absolute(&format!("{}{path}", self.hub.api_url()))
    }

    pub fn absolute(&self, url: &str) -> reqwest::RequestBuilder {
        self.http
            .get(url)
            .header("user-agent", "fakehub-tests")
            .bearer_auth(TOKEN)
            .header("accept", "application/vnd.github+json")
    }

    pub async fn get(&self, path: &str) -> Seen {
        seen(self.request(path)).await
    }

    /// The signed URL a download redirects to.
    pub async fn location(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 302, "{}", answer.text());
        answer.header("location").unwrap().to_owned()
    }

    /// Fetches from the blob store, without credentials.
    pub async fn blob(&self, url: &str) -> Seen {
        seen(self.http.get(url)).await
    }
}

pub async fn seen(request: reqwest::RequestBuilder) -> Seen {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Seen { status, headers, body: response.bytes().await.unwrap().to_vec() }
}
