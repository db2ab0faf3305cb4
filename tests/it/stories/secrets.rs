//! Rule 11: what the server reports about itself never contains a key, a token, the text of an SMS or a whole number.

mod notifications;
mod purchases;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use self::purchases::Wholesalers;
use crate::notify::{self, Channels};
use crate::support::test_server::ADMIN_TOKEN;
use crate::support::{Gate, KEY, NUMBER, Reply, TestServer, hours, minutes, seconds};

/// Takes every line that is logged in this process, and keeps those that hold one of the needles.
#[derive(Clone, Default)]
struct Sieve {
    needles: Arc<Mutex<Vec<String>>>,
    found: Arc<Mutex<Vec<String>>>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Sieve {
    fn look_for(&self, needle: &str) {
        // A clock prints up to nine digits in a row: 0.000471147 seconds.
        let is_printed_by_clocks = needle.len() < 11 && needle.bytes().all(|byte| byte.is_ascii_digit());
        assert!(
            needle.len() > 5 && !is_printed_by_clocks,
            "{needle:?} may stand in any line"
        );
        self.needles.lock().unwrap().push(needle.to_owned());
    }

    fn found(&self) -> Vec<String> {
        self.found.lock().unwrap().clone()
    }

    /// Whether a line with that word went by.
    fn saw(&self, word: &str) -> bool {
        self.lines.lock().unwrap().iter().any(|line| line.contains(word))
    }
}

impl Write for Sieve {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        let needles = self.needles.lock().unwrap();
        if needles.iter().any(|needle| line.contains(needle.as_str())) {
            self.found.lock().unwrap().push(line.clone().into_owned());
        }
        if line.contains(" leaseline::") {
            self.lines.lock().unwrap().push(line.into_owned());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Sieve {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

const TEXT: &str = "Ваш код VK-471147";
const SENDER: &str = "79995550123";
const CANARY: &str = "canary of the test";

/// The one test that listens to the whole process: libraries and other threads included.
#[tokio::test]
async fn rule_11_nothing_secret_is_logged_at_any_level() {
    let sieve = Sieve::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(sieve.clone())
        .init();
    sieve.look_for(CANARY);
    tracing::trace!("the {CANARY}");
    assert_eq!(sieve.found().len(), 1, "the sieve works");
    for needle in [
        KEY,
        ADMIN_TOKEN,
        TEXT,
        "VK-471147",
        SENDER,
        &NUMBER.to_string(),
        "wrong-key",
    ] {
        sieve.look_for(needle);
    }

    let (wholesalers, channels) = (Wholesalers::start().await, Channels::start().await);
    let mut settings = wholesalers.settings();
    settings.extend(channels.settings());
    settings.extend([("PUSH__AGE_MAX", "1h".to_owned()), ("PUSH__TIMEOUT", "2s".to_owned())]);
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut server = TestServer::with(&settings).await;
    for secret in purchases::secrets(&server) {
        sieve.look_for(&secret);
    }
    for secret in notify::SECRETS {
        sieve.look_for(secret);
    }
    let gateway = server.stocked(3).await;
    sieve.look_for(&gateway.token);
    let rotated = server
        .admin_post("/v1/gateways/bank/token", json!({"keep_old": "30d"}))
        .await;
    sieve.look_for(rotated.json()["token"].as_str().unwrap());
    everything_that_works(&server, &gateway).await;
    everything_that_is_refused(&server, &gateway).await;
    wholesalers.everything(&server).await;
    everything_that_fails(&mut server, &gateway).await;
    notifications::everything(&server, &channels).await;
    for path in [
        "/v1/numbers",
        "/v1/operations",
        "/v1/messages",
        "/v1/ledger",
        "/v1/bans",
        "/v1/gateways",
        "/v1/troubles",
        "/v1/suppliers",
        "/v1/orders",
        "/v1/costs",
    ] {
        server.admin_list(path).await;
    }
    server.admin_get("/v1/suppliers/multitel/setup").await;
    server.close().await;

    let found: Vec<String> = sieve
        .found()
        .into_iter()
        .filter(|line| !line.contains(CANARY))
        .collect();
    assert!(found.is_empty(), "rule 11:\n{}", found.join(""));
    // All of that was logged, in other words.
    for word in [
        "answered",
        "a transaction failed",
        "closed operations whose answers could not be sent",
        "a trouble began",
        "a trouble is over",
        "troubles could not be reported",
    ] {
        assert!(sieve.saw(word), "no line has {word:?}");
    }
}

async fn sms(server: &TestServer, gateway: &crate::support::Gateway, to: u64) -> u16 {
    let sms = json!({"from": SENDER, "to": format!("+{to}"), "text": TEXT});
    server.sms_answer(&gateway.token, sms).await.code()
}

async fn everything_that_works(server: &TestServer, gateway: &crate::support::Gateway) {
    server.heartbeat(gateway).await;
    let rented = server.rent().await;
    sms(server, gateway, rented.number).await;
    server.tick().await;
    server.finish(rented.id, 3, "870").await;
    server.finish(rented.id, 5, "870").await;
    // Strikes, bans, discrepancies.
    for _ in 0..9 {
        let silent = server.rent().await;
        server.tick_after(minutes(21)).await;
        server.finish(silent.id, 3, "320").await;
    }
    server.tick_after(hours(24)).await;
    sms(server, gateway, NUMBER).await;
    server.lose_an_answer().await;
    server.tick().await;
    server.watch().await;
}

async fn everything_that_is_refused(server: &TestServer, gateway: &crate::support::Gateway) {
    for body in [
        format!(r#"{{"action":"GET_NUMBER","key":"wrong-key","service":"rent","sum":"{NUMBER}"}}"#),
        format!(r#"{{"action":"{NUMBER}","key":"{KEY}"}}"#),
        format!(r#"{{"action":"GET_NUMBER","key":"{KEY}","service":"{NUMBER}","sum":1}}"#),
        format!(
            r#"{{"action":"GET_NUMBER","key":"{KEY}","service":"rent","sum":1,"exceptionPhoneSet":["{NUMBER}x"]}}"#
        ),
        format!(r#"{{"key":"{KEY}","#),
    ] {
        let answer = server.post_text("/", body).await;
        for secret in [KEY, "wrong-key", "46700000001"] {
            assert!(!answer.text().contains(secret), "{}", answer.golden());
        }
    }
    let wrong = Request::post("/getNumberRent")
        .header("authorization", "Bearer wrong-key")
        .header("content-type", "application/json");
    server.ask(wrong.body(Body::from("{}")).unwrap()).await;
    server.sms_answer("wrong-key", json!({})).await;
    server
        .sms_answer(&gateway.token, json!({"from": SENDER, "to": NUMBER, "text": [TEXT]}))
        .await;
    server.gateway_post(&format!("/in/{}/nowhere", gateway.token), "").await;
    server.post_text(&format!("/{KEY}/{NUMBER}"), "").await;
    let wrong = Request::get("/v1/numbers").header("authorization", "Bearer wrong-key");
    server.admin_raw(wrong.body(Body::empty()).unwrap()).await;
    server.admin(Method::GET, &format!("/v1/numbers/{NUMBER}9"), None).await;
    server.admin(Method::DELETE, &format!("/v1/bans/{NUMBER}"), None).await;
    server
        .admin_post(
            "/v1/numbers",
            json!([{"number": format!("{NUMBER}x"), "gateway": gateway.token}]),
        )
        .await;
    server.watch().await;
}

async fn everything_that_fails(server: &mut TestServer, gateway: &crate::support::Gateway) {
    let rented = server.rent().await;
    let gate = Gate::default();
    server.onlinesim.answers([
        Reply::new(500, &format!(r#"{{"status":"ERROR","error":"{TEXT}"}}"#)),
        Reply::new(400, &format!(r#"{{"error":"{KEY}","text":"{TEXT}"}}"#)),
        Reply::new(200, TEXT),
        Reply::status(&NUMBER.to_string()),
        Reply::redirect(&format!("http://127.0.0.1:1/{KEY}")),
        Reply::Broken,
        Reply::held(&gate, Reply::Broken),
        Reply::status("BAD_SERVICE"),
    ]);
    sms(server, gateway, rented.number).await;
    server.tick().await;
    for _ in 0..7 {
        server.tick_after(seconds(10)).await;
        server.watch().await;
    }
    server.advance(minutes(5));
    server.watch().await;
    server.restart().await;
    // The database refuses.
    let lock = server.lock_storage().await;
    let body = json!({"action": "GET_NUMBER", "service": "rent", "sum": 1});
    assert_eq!(server.post("/getNumberRent", body).await.code(), 503);
    lock.release().await;
    server.finish(rented.id, 3, "320").await;
}
