//! Rule 11: what the server tells about itself never holds a key, a token, the text of an SMS or a whole number.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::house::ADMIN_TOKEN;
use crate::support::{Gate, House, KEY, Reply, hours, minutes, seconds};

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

const NUMBER: u64 = 46_700_000_001;
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

    let mut house = House::with(&[("PUSH__AGE_MAX", "1h"), ("PUSH__TIMEOUT", "2s")]).await;
    let gateway = house.stocked(3).await;
    sieve.look_for(&gateway.token);
    let rotated = house
        .admin_post("/v1/gateways/bank/token", json!({"keep_old": "30d"}))
        .await;
    sieve.look_for(rotated.json()["token"].as_str().unwrap());
    everything_that_works(&house, &gateway).await;
    everything_that_is_refused(&house, &gateway).await;
    everything_that_fails(&mut house, &gateway).await;
    for path in [
        "/v1/numbers",
        "/v1/operations",
        "/v1/messages",
        "/v1/ledger",
        "/v1/bans",
        "/v1/gateways",
        "/v1/troubles",
    ] {
        house.admin_list(path).await;
    }
    house.close().await;

    let found: Vec<String> = sieve
        .found()
        .into_iter()
        .filter(|line| !line.contains(CANARY))
        .collect();
    assert!(found.is_empty(), "rule 11:\n{}", found.join(""));
    // All of that was told about, in other words.
    for word in [
        "answered",
        "a transaction failed",
        "released: their answers",
        "a trouble began",
        "a trouble is over",
    ] {
        assert!(sieve.saw(word), "no line says {word:?}");
    }
}

async fn sms(house: &House, gateway: &crate::support::Gateway, to: u64) -> u16 {
    let sms = json!({"from": SENDER, "to": format!("+{to}"), "text": TEXT});
    house.sms_answer(&gateway.token, sms).await.code()
}

async fn everything_that_works(house: &House, gateway: &crate::support::Gateway) {
    house.heartbeat(gateway).await;
    let rented = house.rent().await;
    sms(house, gateway, rented.number).await;
    house.tick().await;
    house.finish(rented.id, 3, "870").await;
    house.finish(rented.id, 5, "870").await;
    // Strikes, bans, discrepancies.
    for _ in 0..9 {
        let silent = house.rent().await;
        house.tick_after(minutes(21)).await;
        house.finish(silent.id, 3, "320").await;
    }
    house.tick_after(hours(24)).await;
    sms(house, gateway, NUMBER).await;
    house.lose_an_answer().await;
    house.tick().await;
    house.watch().await;
}

async fn everything_that_is_refused(house: &House, gateway: &crate::support::Gateway) {
    for body in [
        format!(r#"{{"action":"GET_NUMBER","key":"wrong-key","service":"rent","sum":"{NUMBER}"}}"#),
        format!(r#"{{"action":"{NUMBER}","key":"{KEY}"}}"#),
        format!(r#"{{"action":"GET_NUMBER","key":"{KEY}","service":"{NUMBER}","sum":1}}"#),
        format!(
            r#"{{"action":"GET_NUMBER","key":"{KEY}","service":"rent","sum":1,"exceptionPhoneSet":["{NUMBER}x"]}}"#
        ),
        format!(r#"{{"key":"{KEY}","#),
    ] {
        let answer = house.post_text("/", body).await;
        for secret in [KEY, "wrong-key", "46700000001"] {
            assert!(!answer.text().contains(secret), "{}", answer.golden());
        }
    }
    let wrong = Request::post("/getNumberRent")
        .header("authorization", "Bearer wrong-key")
        .header("content-type", "application/json");
    house.ask(wrong.body(Body::from("{}")).unwrap()).await;
    house.sms_answer("wrong-key", json!({})).await;
    house
        .sms_answer(&gateway.token, json!({"from": SENDER, "to": NUMBER, "text": [TEXT]}))
        .await;
    house.gateway_post(&format!("/in/{}/nowhere", gateway.token), "").await;
    house.post_text(&format!("/{KEY}/{NUMBER}"), "").await;
    let wrong = Request::get("/v1/numbers").header("authorization", "Bearer wrong-key");
    house.admin_raw(wrong.body(Body::empty()).unwrap()).await;
    house.admin(Method::GET, &format!("/v1/numbers/{NUMBER}9"), None).await;
    house.admin(Method::DELETE, &format!("/v1/bans/{NUMBER}"), None).await;
    house
        .admin_post(
            "/v1/numbers",
            json!([{"number": format!("{NUMBER}x"), "gateway": gateway.token}]),
        )
        .await;
    house.watch().await;
}

async fn everything_that_fails(house: &mut House, gateway: &crate::support::Gateway) {
    let rented = house.rent().await;
    let gate = Gate::default();
    house.onlinesim.answers([
        Reply::new(500, &format!(r#"{{"status":"ERROR","error":"{TEXT}"}}"#)),
        Reply::new(400, &format!(r#"{{"error":"{KEY}","text":"{TEXT}"}}"#)),
        Reply::new(200, TEXT),
        Reply::status(&NUMBER.to_string()),
        Reply::redirect(&format!("http://127.0.0.1:1/{KEY}")),
        Reply::Broken,
        Reply::held(&gate, Reply::Broken),
        Reply::status("BAD_SERVICE"),
    ]);
    sms(house, gateway, rented.number).await;
    house.tick().await;
    for _ in 0..7 {
        house.tick_after(seconds(10)).await;
        house.watch().await;
    }
    house.advance(minutes(5));
    house.watch().await;
    house.restart().await;
    // The database refuses.
    let lock = house.lock_storage().await;
    let body = json!({"action": "GET_NUMBER", "service": "rent", "sum": 1});
    assert_eq!(house.post("/getNumberRent", body).await.code(), 503);
    lock.release().await;
    house.finish(rented.id, 3, "320").await;
}
