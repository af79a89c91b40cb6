//! Live messages: gathered, numbered, and honest about what was missed.

use crate::served::{HOST, Served};
use crate::support::both_engines;
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures::StreamExt;
use greenroom::events::Event;
use greenroom::model::SyncState;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tower::ServiceExt;

/// A connected client.
struct Client {
    stream: BodyDataStream,
    buffer: String,
}

/// One message as a browser would see it.
#[derive(Debug, PartialEq)]
struct Message {
    id: u64,
    name: String,
    data: Value,
}

impl Client {
    async fn connect(served: &Served, headers: &[(&str, &str)]) -> Client {
        let mut request = Request::builder().uri("/api/events").header("host", HOST).header("accept-encoding", "gzip");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = served.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache, no-transform");
        assert!(response.headers().get("content-encoding").is_none());
        Client { stream: response.into_body().into_data_stream(), buffer: String::new() }
    }

    async fn next(&mut self) -> Message {
        loop {
            if let Some((message, rest)) = self.buffer.split_once("\n\n") {
                let message = message.to_owned();
                self.buffer = rest.to_owned();
                let field = |name: &str| {
                    message.lines().find_map(|line| line.strip_prefix(name).map(|value| value.trim_start().to_owned()))
                };
                if let (Some(id), Some(name), Some(data)) = (field("id:"), field("event:"), field("data:")) {
                    return Message { id: id.parse().unwrap(), name, data: serde_json::from_str(&data).unwrap() };
                }
                continue;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(10), self.stream.next())
                .await
                .expect("a message in time")
                .unwrap()
                .unwrap();
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

both_engines! {
    async fn what_happens_at_once_is_told_at_once_and_together(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        let mut client = Client::connect(&served, &[]).await;
        let first = client.next().await;
        assert_eq!((first.name.as_str(), first.data["state"].as_str()), ("sync", Some("empty")));

        for id in (1..=300).rev().chain(1..=300) {
            served.hub.send(Event::Run(id));
        }
        served.hub.send(Event::Artifact(7, 70));
        served.hub.send(Event::Artifact(6, 70));
        served.hub.send(Event::Workflow(9));
        served.hub.update(|activity| activity.state = SyncState::Initial);
        let begin = Instant::now();
        let round = [client.next().await, client.next().await, client.next().await, client.next().await];
        let names: Vec<&str> = round.iter().map(|message| message.name.as_str()).collect();
        assert_eq!(names, ["sync", "workflow", "run", "artifact"]);
        assert_eq!(round[0].data["state"], "initial");
        assert_eq!(round[1].data, json!({"ids": [9]}));
        assert_eq!(round[2].data, json!({"ids": (1..=300).collect::<Vec<i64>>()}));
        assert_eq!(round[3].data, json!({"ids": [6, 7], "runIds": [70]}));

        served.hub.send(Event::Run(1));
        let next = client.next().await;
        assert_eq!((next.name.as_str(), &next.data), ("run", &json!({"ids": [1]})));
        assert!(begin.elapsed() >= Duration::from_millis(500), "not more than two rounds a second: {:?}", begin.elapsed());

        let numbers: Vec<u64> = std::iter::once(first.id).chain(round.iter().map(|message| message.id)).chain([next.id]).collect();
        assert!(numbers.is_sorted_by(|one, other| one < other), "{numbers:?}");
    }

    async fn a_client_that_missed_something_is_told_to_start_afresh(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        let mut client = Client::connect(&served, &[("last-event-id", "1")]).await;
        assert_eq!(client.next().await.name, "sync");
        let resync = client.next().await;
        assert_eq!((resync.name.as_str(), resync.data), ("resync", json!({})));

        for id in 0..5_000 {
            served.hub.send(Event::Run(id));
        }
        assert_eq!(client.next().await.name, "resync", "nobody was listening while too much happened");
        assert_eq!(client.next().await.name, "run");
    }

    async fn n9_live_connections_are_limited_and_free_their_seat(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        let mut clients = Vec::new();
        for _ in 0..256 {
            clients.push(Client::connect(&served, &[]).await);
        }
        let refused = served.get("/api/events").await;
        refused.problem(503);
        assert_eq!(refused.header("retry-after"), "30");
        clients.pop();
        Client::connect(&served, &[]).await;
    }
}
