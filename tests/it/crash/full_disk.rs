//! A file system on which nothing more can be written, and then again it can: for this one process, by a limit on the
//! size of files.

use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::process::{Place, Server, ServerClient, WAIT_MAX};

/// Limits the files of that process, from now on; the hard limit stays, so that this can be undone.
fn limit(server: &Server, bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    let limit = Rlimit {
        current: bytes.or(maximum),
        maximum,
    };
    prlimit(Some(server.id()), Resource::Fsize, limit).unwrap();
}

async fn services(client: &ServerClient) -> (u16, Value) {
    let body = json!({"action": "GET_SERVICES"});
    client.onlinesim("getServicesRent", body).await.unwrap()
}

fn sms(id: u64, number: &Value) -> Value {
    json!({"id": format!("a-{id}"), "from": "Service", "to": number.to_string(), "text": format!("code {id}")})
}

/// A disk that fails again and again: nothing is accepted meanwhile, nothing of what was refused is kept, and the server
/// recovers by itself. `switch` breaks the disk in that round, or mends it.
pub async fn refuses_and_recovers(place: &Place, server: Server, rounds: u64, switch: impl Fn(&Server, u64, bool)) {
    let client = &server.client;
    let token = client
        .stock(json!({"name": "bank"}), "sweden", "telia", 46_700_000_001, 10)
        .await;
    let any = json!({});
    let rented = client.get_number(&any).await.unwrap().1;
    assert_eq!(rented["status"], "SUCCESS");
    let (id, number) = (rented["activationId"].as_i64().unwrap(), &rented["number"]);
    assert_eq!(client.sms(&token, &sms(0, number)).await.unwrap().0, 200);
    client.nothing_due(&place.onlinesim).await;

    for round in 1..=rounds {
        switch(&server, round, true);
        refuses(client, &token, &rented, round).await;
        switch(&server, round, false);
        let ready = async { while client.readyz().await.0 != 200 {} };
        timeout(WAIT_MAX, ready).await.expect("it recovers by itself");

        // Nothing of what was answered with 503 is there.
        let expected = usize::try_from(round).unwrap();
        assert_eq!(client.list("/v1/operations").await.len(), expected);
        assert_eq!(client.list("/v1/operations?state=open").await.len(), expected);
        assert_eq!(client.list("/v1/messages").await.len(), expected);
        let (status, body) = services(client).await;
        assert_eq!(status, 200);
        let promised = &body["countryList"][0]["operatorMap"]["any"]["rent"];
        assert_eq!(*promised, 10 - round, "{body}");
        // And what is asked again is served.
        assert_eq!(client.get_number(&any).await.unwrap().1["status"], "SUCCESS");
        assert_eq!(client.sms(&token, &sms(round, number)).await.unwrap().0, 200);
        client.nothing_due(&place.onlinesim).await;
    }
    assert_eq!(client.finish(id, 3, &json!(320)).await.unwrap().1["status"], "SUCCESS");
    let texts: Vec<String> = (0..=rounds).map(|round| format!("code {round}")).collect();
    assert_eq!(place.onlinesim.texts(), texts);
    assert_eq!(client.admin_get("/v1/balance").await["posted"], "320.00");
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(0));
}

async fn refuses(client: &ServerClient, token: &str, rented: &Value, round: u64) {
    let id = rented["activationId"].as_i64().unwrap();
    for _ in 0..3 {
        let (status, body) = client.get_number(&json!({})).await.unwrap();
        assert_eq!((status, &body["status"]), (503, &json!("ERROR")), "{body}");
        assert_eq!(client.sms(token, &sms(round, &rented["number"])).await.unwrap().0, 503);
        assert_eq!(client.finish(id, 3, &json!(320)).await.unwrap().0, 503);
        assert_eq!(services(client).await.0, 503, "nothing is promised that cannot be kept");
        let (status, body) = client.readyz().await;
        assert_eq!((status, &body["database"]), (503, &json!("not writable")));
    }
}

#[tokio::test]
async fn a_full_disk_turns_requests_into_503_and_recovers() {
    let place = Place::new().await;
    let server = place.start_without_xfsz().await;
    refuses_and_recovers(&place, server, 3, |server, _, broken| {
        limit(server, broken.then_some(0));
    })
    .await;
}
