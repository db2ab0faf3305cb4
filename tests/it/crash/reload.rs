//! SIGHUP: keys and the admin's token are exchanged while the server runs.

use std::fs::{self, File};

use rustix::process::{Signal, kill_process};
use serde_json::json;
use tokio::time::timeout;

use super::process::{BINARY, Place, Server, WAIT_MAX};
use crate::support::{NUMBER, Reply, wire};

/// What the server logs.
const LOG: &str = "log";

/// A configuration with these secrets.
fn configuration(key: &str, token: &str) -> String {
    format!("onlinesim.keys = [\"{key}\"]\nadmin.token = \"{token}\"\n")
}

async fn start(place: &Place) -> Server {
    let mut command = place.command(BINARY, &["serve", "--config", "leaseline.toml"]);
    command
        .stderr(File::create(place.path(LOG)).unwrap())
        .env_remove("LEASELINE_ONLINESIM__KEYS")
        .env_remove("LEASELINE_ADMIN__TOKEN");
    Server::start(command).await
}

/// The status of GET_SERVICES with that key.
async fn asked_with(server: &Server, key: &str) -> u16 {
    let body = json!({"action": "GET_SERVICES", "key": key}).to_string();
    let request = wire::client().post(format!("{}/getServicesRent", server.client.partner));
    let request = request.bearer_auth(key).header("content-type", "application/json");
    request.body(body).send().await.unwrap().status().as_u16()
}

/// The status of the balance with that token.
async fn administered_with(server: &Server, token: &str) -> u16 {
    let request = wire::client().get(format!("{}/v1/balance", server.client.admin));
    request.bearer_auth(token).send().await.unwrap().status().as_u16()
}

/// Has the server read the file again; returns when it takes that key.
async fn reload(server: &Server, key: &str) {
    kill_process(server.id(), Signal::HUP).expect("it runs");
    let taken = async { while asked_with(server, key).await != 200 {} };
    timeout(WAIT_MAX, taken).await.expect("the key is taken");
}

#[tokio::test]
async fn sighup_exchanges_keys_and_the_admins_token_without_a_restart() {
    let (first, second) = ("first-key-of-onlinesim", "second-key-of-onlinesim");
    let (token, new_token) = (crate::support::test_server::ADMIN_TOKEN, "the-next-token-of-the-admin");
    let place = Place::new().await;
    let file = place.path("leaseline.toml");
    fs::write(&file, configuration(first, token)).unwrap();
    let server = start(&place).await;
    let gateway = json!({"name": "bank"});
    let gateway = server.client.stock(gateway, "sweden", "telia", NUMBER, 1).await;
    assert_eq!(asked_with(&server, first).await, 200);
    assert_eq!(asked_with(&server, second).await, 401);

    // A file that is wrong changes nothing.
    fs::write(&file, "onlinesim.keys = \"\"").unwrap();
    kill_process(server.id(), Signal::HUP).expect("it runs");
    let is_refused = || {
        fs::read_to_string(place.path(LOG))
            .unwrap()
            .contains("was not read again")
    };
    let refused = async {
        while !is_refused() {
            tokio::task::yield_now().await
        }
    };
    timeout(WAIT_MAX, refused).await.expect("the file is read");
    assert_eq!(asked_with(&server, first).await, 200);
    assert_eq!(administered_with(&server, token).await, 200);

    fs::write(&file, configuration(second, new_token)).unwrap();
    reload(&server, second).await;
    // Those that are wrong may have been too many by now: 401 or 429.
    assert_ne!(asked_with(&server, first).await, 200);
    assert_ne!(administered_with(&server, token).await, 200);
    assert_eq!(administered_with(&server, new_token).await, 200);

    // Pushes carry the new key, too.
    let rent = json!({"action": "GET_NUMBER", "key": second, "service": "rent", "sum": 320}).to_string();
    let request = wire::client().post(format!("{}/getNumberRent", server.client.partner));
    let request = request.bearer_auth(second).header("content-type", "application/json");
    assert_eq!(request.body(rent).send().await.unwrap().status().as_u16(), 200);
    place.onlinesim.answers([Reply::status("SUCCESS")]);
    let sms = json!({"id": "a", "from": "Service", "to": NUMBER.to_string(), "text": "code"});
    assert_eq!(server.client.sms(&gateway, &sms).await.unwrap().0, 200);
    place.onlinesim.wait_for(1).await;
    let pushed = place.onlinesim.pushes().remove(0);
    assert_eq!(pushed.body["key"], second);
    assert_eq!(pushed.headers["authorization"], format!("Bearer {second}"));
}
