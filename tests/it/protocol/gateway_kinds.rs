//! SMS in, from programs that sign what they send or send several at once: the whole door, with its exact answers.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use insta::assert_snapshot;
use serde_json::json;
use sha1::Sha1;
use sha2::Sha256;

use crate::support::{Answer, Gateway, TestServer};

const ADDRESS: &str = "https://sms.example.test";
const NUMBER: u64 = 79_001_112_233;

/// A test_server with a gateway of that kind, whose only number is rented. The number sits on that line.
async fn test_server(kind: &str, secrets: &[&str], line: &str) -> (TestServer, Gateway) {
    let test_server = TestServer::with(&[("GATEWAY__PUBLIC_URL", ADDRESS)]).await;
    let gateway = test_server
        .gateway_with("box", json!({"kind": kind, "secrets": secrets}))
        .await;
    let row =
        json!({"number": NUMBER.to_string(), "country": "russia", "operator": "mts", "gateway": "box", "line": line});
    test_server.admin_post("/v1/numbers", json!([row])).await.ok();
    assert_eq!(test_server.rent().await.number, NUMBER);
    (test_server, gateway)
}

async fn post(test_server: &TestServer, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let request = headers.iter().fold(Request::post(path), |request, (name, value)| {
        request.header(*name, *value)
    });
    test_server
        .ask(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

/// What is stored, the oldest first: sender, text, and whether it goes to the renter.
async fn stored(test_server: &TestServer) -> String {
    let messages = test_server.admin_list("/v1/messages").await;
    let mut lines: Vec<(i64, String)> = messages
        .iter()
        .map(|one| {
            let renter = if one["operation"].is_null() {
                "nobody"
            } else {
                "the renter"
            };
            let line = format!("{} {} to {renter}", one["from"], one["text"]);
            (one["id"].as_i64().unwrap(), line)
        })
        .collect();
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("\n")
}

async fn close(test_server: TestServer) {
    test_server.tick().await;
    test_server.close().await;
}

#[tokio::test]
async fn sms_gate_signs_and_repeats() {
    let (test_server, gateway) = test_server("sms-gate", &["old phone", "testkey"], "dev1/1").await;
    let path = format!("/in/{}", gateway.token);
    let body = |id: &str, event: &str| {
        let payload = json!({"messageId": "a1b2", "message": "Код 4821", "sender": "VK", "simNumber": 1});
        json!({"deviceId": "dev1", "event": event, "id": id, "payload": payload}).to_string()
    };
    let signed = async |body: &str| {
        let seconds = (test_server.clock.now().as_ms() / 1000).to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(b"testkey").unwrap();
        mac.update(format!("{body}{seconds}").as_bytes());
        let signature = hex::encode(mac.finalize().into_bytes());
        (seconds, signature)
    };
    let message = body("evt-0001", "sms:received");
    let (seconds, signature) = signed(&message).await;
    let headers = [("x-timestamp", seconds.as_str()), ("x-signature", signature.as_str())];
    let taken = post(&test_server, &path, &headers, &message).await;
    assert_snapshot!(taken.golden(), @"HTTP 200");
    // The phone sends it again, with a new time and another signature.
    test_server.advance(Duration::from_mins(6));
    let late = post(&test_server, &path, &headers, &message).await;
    assert_snapshot!(late.text(), @r#"{"error":"X-Timestamp is more than 300 s away from the server's clock: an old request, or one of the clocks is wrong"}"#);
    let (seconds, signature) = signed(&message).await;
    let headers = [("x-timestamp", seconds.as_str()), ("x-signature", signature.as_str())];
    assert_eq!(
        post(&test_server, &path, &headers, &message).await.golden(),
        taken.golden()
    );
    let forged = post(&test_server, &path, &headers, &body("evt-0002", "sms:received")).await;
    assert_snapshot!(forged.golden(), @r#"
    HTTP 401
    content-type: application/json

    {"error":"X-Signature is not that of the body and X-Timestamp by one of the gateway's keys"}
    "#);
    assert_eq!(post(&test_server, &path, &[], &message).await.code(), 401);
    let other = body("evt-0003", "sms:delivered");
    let (seconds, signature) = signed(&other).await;
    let headers = [("x-timestamp", seconds.as_str()), ("x-signature", signature.as_str())];
    assert_eq!(
        post(&test_server, &path, &headers, &other).await.golden(),
        taken.golden()
    );
    assert_snapshot!(stored(&test_server).await, @r#""VK" "Код 4821" to the renter"#);
    close(test_server).await;
}

#[tokio::test]
async fn twilio_signs_the_address_that_it_called() {
    let (test_server, gateway) = test_server("twilio", &["authtoken"], "").await;
    let path = format!("/in/{}", gateway.token);
    let sign = |signed: String| {
        let mut mac = Hmac::<Sha1>::new_from_slice(b"authtoken").unwrap();
        mac.update(signed.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    };
    let form = "MessageSid=SM0001&From=%2B14155550123&To=%2B79001112233&Body=Your+code+is+482913";
    let values = "BodyYour code is 482913From+14155550123MessageSidSM0001To+79001112233";
    let signature = sign(format!("{ADDRESS}{path}{values}"));
    let headers = |signature| {
        let media_type = "application/x-www-form-urlencoded; charset=UTF-8";
        [("content-type", media_type), ("x-twilio-signature", signature)]
    };
    let taken = post(&test_server, &path, &headers(&signature), form).await;
    assert_snapshot!(taken.golden(), @r#"
    HTTP 200
    content-type: text/xml

    <?xml version="1.0" encoding="UTF-8"?><Response/>
    "#);
    assert_eq!(
        post(&test_server, &path, &headers(&signature), form).await.golden(),
        taken.golden()
    );
    let forged = post(
        &test_server,
        &path,
        &headers(&signature),
        &form.replace("SM0001", "SM0002"),
    )
    .await;
    assert_snapshot!(forged.golden(), @r#"
    HTTP 401
    content-type: application/json

    {"error":"X-Twilio-Signature is not that of this request by one of the gateway's keys; gateway.public_url has to be the URL as it is entered at Twilio"}
    "#);
    let query = form.replace("SM0001", "SM0003");
    let signature = sign(format!("{ADDRESS}{path}?{query}"));
    let get = Request::get(format!("{path}?{query}")).header("x-twilio-signature", signature);
    assert_eq!(
        test_server.ask(get.body(Body::empty()).unwrap()).await.golden(),
        taken.golden()
    );
    let signature = sign(format!("{ADDRESS}{path}MessageSidSM0009MessageStatusdelivered"));
    let status = post(
        &test_server,
        &path,
        &headers(&signature),
        "MessageSid=SM0009&MessageStatus=delivered",
    )
    .await;
    assert_eq!(status.golden(), taken.golden());
    assert_snapshot!(stored(&test_server).await, @r#"
    "+14155550123" "Your code is 482913" to the renter
    "+14155550123" "Your code is 482913" to the renter
    "#);
    close(test_server).await;
}

/// An hour of a busy box, which it hands over at once when the server is there again.
#[tokio::test]
async fn the_backlog_of_a_box_fits() {
    let (test_server, gateway) = test_server("simbox", &[], "da00-1/0").await;
    let text = "Ваш код подтверждения 4821. Никому его не сообщайте.";
    let elements: Vec<_> = (0..300)
        .map(|id| json!({"incoming_sms_id": id, "port": 0, "number": "VK", "text": text}))
        .collect();
    let body = json!({"sn": "da00-1", "sms": elements}).to_string();
    let escaped: String = body
        .chars()
        .map(|one| match one {
            ' '..='~' => one.to_string(),
            _ => format!("\\u{:04x}", u32::from(one)),
        })
        .collect();
    let answer = post(&test_server, &format!("/in/{}", gateway.token), &[], &escaped).await;
    assert_eq!((answer.code(), answer.text()), (200, "OK"));
    assert_eq!(stored(&test_server).await.lines().count(), 300);
    close(test_server).await;
}

#[tokio::test]
async fn dinstar_hands_over_all_or_none() {
    let (test_server, gateway) = test_server("simbox", &[], "da00-1/0").await;
    let path = format!("/in/{}", gateway.token);
    let push = |elements: &str| format!(r#"{{"sn":"da00-1","sms":[{elements}]}}"#);
    let first =
        r#"{"incoming_sms_id":1,"port":0,"number":"VK","smsc":"+7","timestamp":"2026-11-20 12:00:00","text":"Код 1"}"#;
    let second = r#"{"incoming_sms_id":2,"port":0,"number":"VK","text":"Код 2\n\ud83d\ude00"}"#;
    let elsewhere = r#"{"incoming_sms_id":3,"port":1,"number":"VK","text":"Код 3"}"#;
    let refused = post(
        &test_server,
        &path,
        &[],
        &push(&format!("{first},{{\"port\":0,\"number\":\"VK\"}}")),
    )
    .await;
    assert_snapshot!(refused.golden(), @r#"
    HTTP 400
    content-type: application/json

    {"error":"sms[1].text is missing"}
    "#);
    assert_eq!(stored(&test_server).await, "");
    let taken = post(
        &test_server,
        &path,
        &[],
        &push(&format!("{first},{second},{elsewhere}")),
    )
    .await;
    assert_snapshot!(taken.golden(), @r"
    HTTP 200
    content-type: text/plain; charset=utf-8

    OK
    ");
    for body in [
        push(second),
        push(""),
        r#"{"sn":"da00-1","ussd":[{"port":0}]}"#.to_owned(),
    ] {
        assert_eq!(
            post(&test_server, &path, &[], &body).await.golden(),
            taken.golden(),
            "{body}"
        );
    }
    assert_snapshot!(stored(&test_server).await, @r#"
    "VK" "Код 1" to the renter
    "VK" "Код 2\n😀" to the renter
    "VK" "Код 3" to nobody
    "#);
    close(test_server).await;
}

#[tokio::test]
async fn ejoin_hands_over_arrays_and_letters() {
    let (test_server, gateway) = test_server("simbox", &[], "8901").await;
    let path = format!("/in/{}", gateway.token);
    let letter = |receiver: &str, text: &str| {
        format!("Sender: VK\r\nReceiver: \"12.01\"{receiver}\r\nSMSC: 1\r\nSCTS: 250820064536A8\r\n\r\n{text}")
    };
    let named = STANDARD.encode(letter(" 79001112233", "Код 1"));
    let bare = STANDARD.encode("Код 2");
    let body = format!(
        r#"{{"type":"recv-sms","sms_num":3,"sms":[[0,"12.01",1795176000,"VK","","{named}"],[1,"12.01",1795176000,"VK","","0 1"],[0,"1B",1795176001,"VK","","{bare}","8901"]]}}"#
    );
    let taken = post(&test_server, &path, &[], &body).await;
    assert_eq!((taken.code(), taken.text()), (200, "OK"));
    // The whole push again: the same texts, sent at the same times.
    assert_eq!(post(&test_server, &path, &[], &body).await.golden(), taken.golden());
    let octets = [("content-type", "application/octet-stream")];
    let screen = format!("{path}?port=12A&sender=VK&mac=00-30-f1-00-00-01&iccid=8901");
    let answer = post(&test_server, &screen, &octets, &letter("", "Код 3\r\n\r\nдва абзаца")).await;
    assert_eq!(answer.golden(), taken.golden());
    let status = r#"{"type":"port-status","port":"1B","st":3}"#;
    assert_eq!(post(&test_server, &path, &[], status).await.golden(), taken.golden());
    assert_snapshot!(stored(&test_server).await, @r#"
    "VK" "Код 1" to the renter
    "VK" "Код 2" to the renter
    "VK" "Код 3\r\n\r\nдва абзаца" to the renter
    "#);
    close(test_server).await;
}
