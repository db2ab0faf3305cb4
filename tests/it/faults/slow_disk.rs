//! A disk whose syncs take longer than an answer may. Rules 2, 5, 7 and 10.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::disk::{Disk, Orders};
use crate::crash::process::{Place, ServerAnswer, ServerClient, WAIT_MAX};

/// As in the settings.
const DEADLINE: &str = "300ms";
/// The deadline, the half second that a commit on its way has, and what two cores need for the crowd.
const IN_TIME: Duration = Duration::from_millis(1500);
/// Longer than anybody waits.
const SYNC: Duration = Duration::from_millis(2500);
const CROWD: usize = 20;

/// Asks while the disk is slow; all answers must be 503, in time. Returns how long the slowest one took.
async fn refused<F: Future<Output = reqwest::Result<ServerAnswer>>>(disk: &Disk, asks: Vec<F>) -> Duration {
    disk.does(Orders {
        sync_delay: SYNC,
        ..Orders::default()
    });
    let started = Instant::now();
    let timed = asks
        .into_iter()
        .map(|ask| async move { (ask.await.unwrap(), started.elapsed()) });
    let answers = join_all(timed).await;
    disk.is_well();
    for ((status, body), _) in &answers {
        assert_eq!(*status, 503, "{body}");
    }
    let slowest = answers.iter().map(|(_, took)| *took).max().unwrap();
    assert!(slowest < IN_TIME, "{slowest:?}");
    slowest
}

/// Rents until it succeeds: then all that came before is committed or refused, because requests are served in turn.
async fn next_rental(client: &ServerClient) -> Value {
    let rented = async {
        loop {
            let (status, body) = client.get_number(&json!({})).await.unwrap();
            if status == 200 {
                return body;
            }
        }
    };
    timeout(WAIT_MAX, rented).await.expect("the disk is well again")
}

async fn open(client: &ServerClient) -> usize {
    client.list("/v1/operations?state=open").await.len()
}

#[tokio::test]
async fn rule_10_on_a_slow_disk_answers_leave_in_time_and_what_was_refused_does_not_stay_rented() {
    let mut place = Place::with(&[("LEASELINE_ONLINESIM__DEADLINE", DEADLINE)]).await;
    let disk = Disk::under(&mut place);
    disk.is_well();
    let server = place.start().await;
    let client = &server.client;
    let bank = json!({"name": "bank"});
    let token = client.stock(bank, "sweden", "telia", 46_700_000_001, 100).await;
    let first = next_rental(client).await;
    let (id, number) = (first["activationId"].as_i64().unwrap(), first["number"].to_string());
    let any = json!({});

    let slowest = refused(&disk, (0..CROWD).map(|_| client.get_number(&any)).collect()).await;
    next_rental(client).await;
    let released = async { while open(client).await > 2 {} };
    timeout(WAIT_MAX, released).await.expect("nothing refused stays rented");
    // The commit that was on its way when the deadline came could not be called back; its rentals were released.
    let undelivered = client
        .list("/v1/operations")
        .await
        .into_iter()
        .filter(|one| one["state"] == "closed");
    let undelivered: Vec<Value> = undelivered.collect();
    assert!(!undelivered.is_empty(), "no commit was on its way");
    assert!(
        undelivered.iter().all(|one| one["outcome"] == "undelivered"),
        "{undelivered:?}"
    );

    let sms = |one: usize| json!({"id": format!("a-{one}"), "from": "S", "to": number, "text": format!("code {one}")});
    let all: Vec<Value> = (0..CROWD).map(sms).collect();
    let slowest_sms = refused(&disk, all.iter().map(|one| client.sms(&token, one)).collect()).await;
    next_rental(client).await;
    for one in &all {
        assert_eq!(client.sms(&token, one).await.unwrap().0, 200, "the gateway tries again");
    }
    client.nothing_due(&place.onlinesim).await;
    let mut texts = place.onlinesim.texts();
    texts.sort_unstable();
    let mut expected: Vec<String> = (0..CROWD).map(|one| format!("code {one}")).collect();
    expected.sort_unstable();
    assert_eq!(
        texts, expected,
        "each once, whether its refused attempt was kept or not"
    );

    let sum = json!(320);
    let slowest_finish = refused(&disk, (0..CROWD).map(|_| client.finish(id, 3, &sum)).collect()).await;
    next_rental(client).await;
    assert_eq!(client.finish(id, 3, &sum).await.unwrap().1["status"], "SUCCESS");
    assert_eq!(client.admin_get("/v1/balance").await["posted"], "320.00", "rule 6");
    eprintln!(
        "syncs of {SYNC:?}, deadline {DEADLINE}: the slowest 503 after {slowest:?} (GET_NUMBER), {slowest_sms:?} (SMS), \
         {slowest_finish:?} (FINISH); {} rentals were committed too late and released",
        undelivered.len()
    );
    let noticed = async { while !has_slow_commits(client).await {} };
    timeout(WAIT_MAX, noticed).await.expect("slow commits are a trouble");
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(0));
}

async fn has_slow_commits(client: &ServerClient) -> bool {
    let troubles = client.list("/v1/troubles?state=open").await;
    troubles.iter().any(|one| one["kind"] == "commits_slow")
}
