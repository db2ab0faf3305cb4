//! A log that cannot be written: the collector died, its disk is full, nobody opened one. The server goes on.

use std::process::Command;

use serde_json::json;

use crate::crash::process::{BINARY, Place, Server};

/// Does something that is logged, once at each end of the server, and sees that all goes on.
async fn still_serves(place: &Place, server: Server) {
    let client = &server.client;
    let token = client
        .stock(json!({"name": "bank"}), "sweden", "telia", 46_700_000_001, 10)
        .await;
    for round in 0..5 {
        let rented = client.get_number(&json!({})).await.unwrap().1;
        assert_eq!(rented["status"], "SUCCESS", "{rented}");
        let number = rented["number"].to_string();
        let sms = json!({"from": "Service", "to": number, "text": format!("code {round}")});
        assert_eq!(client.sms(&token, &sms).await.unwrap().0, 200);
        let id = rented["activationId"].as_i64().unwrap();
        assert_eq!(client.finish(id, 3, &json!(320)).await.unwrap().0, 200);
    }
    client.nothing_due(&place.onlinesim).await;
    let (status, body) = client.readyz().await;
    assert_eq!((status, &body["stopped_workers"]), (200, &json!([])));
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(0));
}

async fn place() -> Place {
    Place::with(&[("LEASELINE_TELEMETRY__LEVEL", "debug")]).await
}

#[tokio::test]
async fn a_server_without_standard_error_still_serves() {
    let place = place().await;
    let server = place.start_by("exec \"$0\" serve 2>&-").await;
    still_serves(&place, server).await;
}

#[tokio::test]
async fn a_server_whose_log_is_on_a_full_disk_still_serves() {
    let place = place().await;
    let server = place.start_by("exec \"$0\" serve 2>/dev/full").await;
    still_serves(&place, server).await;
}

#[tokio::test]
async fn a_server_whose_log_collector_died_still_serves() {
    let place = place().await;
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command: Command = place.command(BINARY, &["serve"]);
    command.stderr(writer);
    drop(reader);
    let server = Server::start(command).await;
    still_serves(&place, server).await;
}
