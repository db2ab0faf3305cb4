//! An Onlinesim that takes 100 ms for each push, and knows whether they came in order.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::routing::any;
use serde_json::{Value, json};
use tokio::sync::watch;

/// How long Onlinesim takes to answer a push.
const ONLINESIM_TAKES: Duration = Duration::from_millis(100);

/// An Onlinesim that takes its time and accepts everything.
pub struct Onlinesim {
    pub url: String,
    seen: Arc<Seen>,
}

struct Seen {
    /// The texts of each number in the order in which they came.
    texts: Mutex<HashMap<String, Vec<u64>>>,
    count: watch::Sender<u64>,
}

impl Onlinesim {
    pub fn start() -> Self {
        let seen = Arc::new(Seen {
            texts: Mutex::default(),
            count: watch::Sender::new(0),
        });
        let (sender, address) = std::sync::mpsc::channel::<SocketAddr>();
        let state = Arc::clone(&seen);
        std::thread::spawn(move || {
            block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                sender.send(listener.local_addr().unwrap()).unwrap();
                let router = Router::new().fallback(any(push)).with_state(state);
                axum::serve(listener, router).await.unwrap();
            });
        });
        let url = format!("http://{}", address.recv().unwrap());
        Self { url, seen }
    }

    /// Waits until so many messages came; panics when those of a number did not come once each and in order.
    pub fn drained(&self, count: u64) {
        let mut counted = self.seen.count.subscribe();
        block_on(async move {
            counted.wait_for(|now| *now >= count).await.unwrap();
        });
        for (number, turns) in self.seen.texts.lock().unwrap().iter() {
            assert!(
                turns.windows(2).all(|pair| pair[0] < pair[1]),
                "out of order: {number} {turns:?}"
            );
        }
        assert_eq!(*self.seen.count.borrow(), count, "pushed again after acceptance");
    }
}

async fn push(State(seen): State<Arc<Seen>>, Json(body): Json<Value>) -> Json<Value> {
    let number = body["phone"].to_string();
    let turn = body["text"].as_str().unwrap().parse().unwrap();
    seen.texts.lock().unwrap().entry(number).or_default().push(turn);
    tokio::time::sleep(ONLINESIM_TAKES).await;
    seen.count.send_modify(|count| *count += 1);
    Json(json!({ "status": "SUCCESS" }))
}

pub fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future);
}
