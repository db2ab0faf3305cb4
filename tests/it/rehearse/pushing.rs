//! How the stranger's server pushes an SMS: at once, and again until it is accepted.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use serde_json::{Value, json};

use super::bad_server::{BadServer, Fault};
use crate::support::wire::client;

/// Where it pushes to.
#[derive(Debug, Clone)]
pub struct Target(pub String);

/// An SMS from a gateway.
pub async fn accept(State(partner): State<BadServer>, uri: Uri, Json(sms): Json<Value>) -> (StatusCode, String) {
    match partner.fault {
        Fault::TakesNoSms => return (StatusCode::NOT_FOUND, "nothing is here".to_owned()),
        Fault::Echoes => return (StatusCode::INTERNAL_SERVER_ERROR, format!("{uri} broke")),
        _ => {}
    }
    tokio::spawn(push(partner, sms));
    (StatusCode::OK, "{}".to_owned())
}

async fn push(partner: BadServer, sms: Value) {
    let fault = partner.fault;
    if fault == Fault::PushesNothing {
        return;
    }
    let mut body = json!({
        "action": "PUSH_SMS", "key": partner.key, "smsId": 1, "phone": sms["to"], "phoneFrom": sms["from"],
        "text": sms["text"], "service": "rent"});
    if fault == Fault::PushesWithoutService {
        body.as_object_mut().unwrap().remove("service");
    }
    let path = if fault == Fault::PushesToAnotherPath {
        "sms"
    } else {
        "pushSmsRent"
    };
    let url = format!("{}/{path}", partner.target.expect("somebody to push to").0);
    let http = client();
    // A caller that knows no clock repeats at once; how early that may be is up to the rehearsal.
    for _ in 0..3 {
        let request = http
            .post(&url)
            .bearer_auth(partner.key)
            .header("user-agent", "stranger");
        let request = request.header("content-type", "application/json; charset=utf-8");
        let answer = request
            .body(body.to_string())
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let is_accepted = answer.contains("SUCCESS");
        if fault == Fault::PushesOnce || (is_accepted && fault != Fault::PushesOnceMore) {
            return;
        }
        if fault == Fault::PushesOtherSender {
            body["phoneFrom"] = json!("somebody else");
        }
    }
}
