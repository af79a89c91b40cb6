//! A client that asks the program's API, one request after the other, and notes how long the answers take.

use std::time::{Duration, Instant};

/// Requests before the ones that count.
const WARM_UP: usize = 20;

/// One client of one server.
pub struct Client {
    http: reqwest::Client,
    url: String,
}

impl Client {
    /// A client of the server at an address.
    pub fn new(url: &str) -> Client {
        Client { http: reqwest::Client::builder().no_gzip().build().unwrap(), url: url.to_owned() }
    }

    /// What a path answers.
    pub async fn json(&self, path: &str) -> serde_json::Value {
        let response = self.http.get(format!("{}{path}", self.url)).send().await.unwrap().error_for_status().unwrap();
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    /// Waits until the program has done what it does after a start.
    pub async fn settle(&self) {
        while self.json("/api/sync").await["state"] != "operational" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The cursor after so many pages; `None` where the list ends before.
    pub async fn cursor(&self, path: &str, pages: usize) -> Option<String> {
        let mut cursor = String::new();
        for _ in 0..pages {
            let page = self.json(&format!("{path}{cursor}")).await;
            cursor = format!("&cursor={}", page["nextCursor"].as_str()?);
        }
        cursor.strip_prefix("&cursor=").map(str::to_owned)
    }

    /// How long so many answers take, compressed as browsers ask for them, the whole body read.
    pub async fn times(&self, requests: usize, path: impl Fn(i64) -> String) -> Vec<Duration> {
        let mut times = Vec::with_capacity(requests);
        for n in 0..WARM_UP + requests {
            let request = self.http.get(format!("{}{}", self.url, path(n as i64))).header("accept-encoding", "gzip");
            let started = Instant::now();
            let response = request.send().await.unwrap().error_for_status().unwrap();
            response.bytes().await.unwrap();
            if n >= WARM_UP {
                times.push(started.elapsed());
            }
        }
        times
    }
}
