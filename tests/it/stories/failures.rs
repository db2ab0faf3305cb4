//! What goes wrong around the server: callers that leave, a database that cannot be written, too much at once. Rules 5,
//! 7, 10 and 12.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{self, Next};
use futures_util::future::join_all;
use leaseline::worker::Worker as _;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::crash::process::WAIT_MAX;
use crate::support::wire::{Listening, raw_post};
use crate::support::{Answer, Gate, KEY, Reply, TestServer, seconds};

/// The database gives up waiting for a lock after 3 s: an answer that comes this early did not wait for it.
const WELL_BEFORE: Duration = Duration::from_millis(1500);

async fn readiness(server: &TestServer) -> Answer {
    let request = axum::http::Request::get("/readyz").body(Body::empty()).unwrap();
    server.ask(request).await
}

async fn get_number(server: &TestServer) -> Answer {
    let body = json!({"action": "GET_NUMBER", "service": "rent", "sum": 320});
    server.post("/getNumberRent", body).await
}

#[tokio::test]
async fn the_admin_cannot_take_the_readers_of_onlinesim_and_the_gateways() {
    let server = TestServer::build().await;
    server.stocked(3).await;
    let database = &server.app().database;
    let held = [
        database.read_for_admin().await.unwrap(),
        database.read_for_admin().await.unwrap(),
    ];
    let one_more = timeout(Duration::from_millis(50), server.admin_get("/v1/numbers")).await;
    assert!(one_more.is_err(), "all readers of the admin are held");
    let promised = timeout(WELL_BEFORE, server.promised()).await;
    assert_eq!(promised.expect("GET_SERVICES has a reader of its own"), 3);
    let unknown = timeout(WELL_BEFORE, server.sms_answer("unknown-token", json!({}))).await;
    unknown.expect("the token is looked up");
    drop(held);
    server.close().await;
}

#[tokio::test]
async fn rule_10_answers_leave_in_time_and_what_was_not_committed_by_then_is_not_committed_after() {
    let server = TestServer::with(&[("ONLINESIM__DEADLINE", "300ms")]).await;
    let gateway = server.stocked(3).await;
    let open = server.rent().await;
    let lock = server.lock_storage().await;
    let started = Instant::now();
    let sms = json!({"id": "a-1", "from": "S", "to": open.number, "text": "code"});
    let (number, finish, message) = tokio::join!(
        get_number(&server),
        server.finish_answer(open.id, 3, "320"),
        server.sms_answer(&gateway.token, sms.clone()),
    );
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(300) && took < WELL_BEFORE, "{took:?}");
    let late = r#"503 {"status":"ERROR","error":"not served in time; nothing was changed"}"#;
    assert_eq!(number.line(), late);
    assert_eq!(finish.line(), late);
    assert_eq!(message.code(), 503);
    // What can be read is still answered.
    assert_eq!(server.promised().await, 2);
    lock.release().await;

    // Requests are served in turn: once these are, what was given up would have been committed long ago.
    let next = server.rent().await;
    assert_eq!(next.id, open.id + 1);
    assert_eq!(server.finish_answer(4711, 3, "320").await.code(), 404);
    assert_eq!(server.fate(open.id).await, "waiting");
    assert_eq!(server.open_operations().await.len(), 2);
    assert!(server.admin_list("/v1/messages").await.is_empty());
    // Onlinesim and the gateway try again, and lose nothing.
    server.finish(open.id, 3, "320").await;
    assert_eq!(server.sms_answer(&gateway.token, sms).await.code(), 200);
    assert_eq!(server.admin_list("/v1/messages").await.len(), 1);
    server.close().await;
}

#[tokio::test]
async fn rule_10_a_body_that_never_ends_is_answered_in_time() {
    let server = TestServer::with(&[("ONLINESIM__DEADLINE", "200ms")]).await;
    let endless = Body::from_stream(futures_util::stream::pending::<Result<axum::body::Bytes, std::io::Error>>());
    let started = Instant::now();
    let answer = server.post_text("/getNumberRent", endless).await;
    assert!(started.elapsed() < WELL_BEFORE);
    assert_eq!(
        answer.line(),
        r#"503 {"status":"ERROR","error":"not served in time; nothing was changed"}"#
    );
    server.close().await;
}

#[tokio::test]
async fn rule_7_while_the_database_is_locked_nothing_is_accepted_and_afterwards_all_is_well() {
    let server = TestServer::build().await;
    let gateway = server.stocked(2).await;
    let rented = server.rent().await;
    assert_eq!(readiness(&server).await.code(), 200);
    let lock = server.lock_storage().await;
    let sms = json!({"from": "S", "to": rented.number, "text": "code"});
    let (number, message) = tokio::join!(get_number(&server), server.sms_answer(&gateway.token, sms.clone()));
    let promise = json!({"action": "GET_SERVICES"});
    let (ready, services) = tokio::join!(readiness(&server), server.post("/getServicesRent", promise));
    assert_eq!(number.code(), 503, "{}", number.text());
    assert_eq!(number.json()["status"], "ERROR");
    assert_eq!(message.code(), 503, "{}", message.text());
    assert_eq!(ready.code(), 503);
    assert_eq!(ready.json()["database"], "not writable");
    // Nothing is promised that could not be kept.
    assert_eq!(services.code(), 503, "{}", services.text());
    lock.release().await;

    assert_eq!(readiness(&server).await.code(), 200);
    assert!(server.admin_list("/v1/messages").await.is_empty());
    assert_eq!(server.rent().await.id, rented.id + 1);
    assert_eq!(server.sms_answer(&gateway.token, sms).await.code(), 200);
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["code"]);
    server.close().await;
}

#[tokio::test]
async fn rule_7_an_acceptance_that_could_not_be_recorded_is_not_forgotten() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    let gate = Gate::default();
    server.onlinesim.answers([Reply::held(&gate, Reply::status("SUCCESS"))]);
    server.sms(&gateway, rented.number, "code").await;
    let deliveries = Arc::clone(&server.app().deliveries);
    let pass = tokio::spawn(async move { deliveries.pass().await });
    server.onlinesim.wait_for(1).await;
    let lock = server.lock_storage().await;
    gate.open();
    assert!(pass.await.unwrap().is_err(), "Onlinesim's answer could not be recorded");
    lock.release().await;
    server.tick().await;
    server.tick_after(seconds(60)).await;
    assert_eq!(server.onlinesim.texts(), ["code"]);
    assert_eq!(server.messages("delivered").await.len(), 1);
    server.close().await;
}

/// How long the database waits for a lock; then a batch of the queue is answered and the next one waits.
const LOCK_TIMEOUT_SECONDS: usize = 3;

#[tokio::test]
async fn rule_12_more_requests_than_the_queue_holds_are_refused_at_once() {
    let server = TestServer::with(&[("ONLINESIM__DEADLINE", "500ms")]).await;
    server.stocked(1).await;
    let lock = server.lock_storage().await;
    let started = Instant::now();
    let answers = join_all((0..5000).map(|_| get_number(&server))).await;
    // On a busy machine the wait for the lock ends before the last requests have come.
    let batches = 1 + usize::try_from(started.elapsed().as_secs()).unwrap() / LOCK_TIMEOUT_SECONDS;
    let count = |word: &str| answers.iter().filter(|answer| answer.text().contains(word)).count();
    assert!(answers.iter().all(|answer| answer.code() == 503));
    let refused = count("too many requests at once; try again");
    let late =
        count("not served in time; nothing was changed") + count("the storage is not available; nothing was changed");
    assert_eq!(refused + late, 5000);
    assert!(late <= 4096 + 256 * batches, "the queue and {batches} batches: {late}");
    lock.release().await;
    // Requests that gave up leave the queue as soon as the database answers again.
    let renting = async {
        while get_number(&server).await.code() == 503 {
            tokio::task::yield_now().await;
        }
    };
    timeout(WAIT_MAX, renting).await.unwrap();
    assert_eq!(server.open_operations().await.len(), 1);
    server.close().await;
}

/// Notifies when the handling of a request is over, be it by an answer or because the client went away.
struct Over(Arc<Notify>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn rule_5_a_client_that_goes_away_before_the_answer_leaves_no_rental_behind() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    let over = Arc::new(Notify::new());
    let begun = Arc::new(Notify::new());
    let watched = {
        let (begun, over) = (Arc::clone(&begun), Arc::clone(&over));
        server
            .onlinesim_router()
            .layer(middleware::from_fn(move |request: Request, next: Next| {
                let over = Over(Arc::clone(&over));
                begun.notify_one();
                async move {
                    let answer = next.run(request).await;
                    drop(over);
                    answer
                }
            }))
    };
    let listening = Listening::start(watched).await;
    let lock = server.lock_storage().await;
    let body = json!({"action": "GET_NUMBER", "key": KEY, "service": "rent", "sum": 320}).to_string();
    let request = raw_post("/getNumberRent", "", &body);
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    begun.notified().await;
    drop(stream);
    over.notified().await;
    lock.release().await;

    // The number is free: either nothing was committed, or what was is released.
    assert_eq!(server.finish_answer(4711, 3, "320").await.code(), 404);
    server.tick().await;
    assert!(server.open_operations().await.is_empty());
    let rented = server.rent().await;
    assert_eq!(server.strikes(rented.number).await, 0);
    listening.stop().await;
    server.close().await;
}
