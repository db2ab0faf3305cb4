//! What has a bound however long the server runs (rule 12): the totals of the ledger, and the batches of retention.

use std::time::Duration;

use leaseline::worker::Worker as _;

use crate::support::TestServer;

/// Lines of the ledger that are not in the totals.
const UNFOLDED: &str = "ledger WHERE id > (SELECT folded_to FROM ledger_totals)";

#[tokio::test]
async fn rule_12_the_ledger_is_folded_when_there_is_enough_of_it() {
    let server = TestServer::build().await;
    server.stocked(2).await;
    server.rent().await;
    let worker = &server.app().ledger_totals;
    let pause = worker.pass().await.unwrap();
    assert_eq!(pause, Some(Duration::from_secs(1)));
    assert_eq!(server.count(UNFOLDED).await, 1, "one line is not worth a commit");
    server
        .execute_sql(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
             INSERT INTO ledger (operation_id, kind, kopecks, booked_at) SELECT 1, 'reserve', 1, 0 FROM n",
        )
        .await;
    server
        .execute_sql("INSERT INTO ledger (operation_id, kind, kopecks, booked_at) VALUES (1, 'void', 60000, 0)")
        .await;
    worker.pass().await.unwrap();
    assert_eq!(server.count(UNFOLDED).await, 0, "in as many steps as it takes");
    server.rent().await;
    // The audit at the end compares the balance with the lines.
    server.close().await;
}

#[tokio::test]
async fn rule_12_retention_pauses_between_small_batches() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    server
        .execute_sql(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
             INSERT INTO messages (gateway_id, number, unassigned_reason, sender, text, received_at)
             SELECT 1, '46700000001', 'not_rented', 'VK', 'old', 0 FROM n",
        )
        .await;
    let mut kept = vec![server.count("messages").await];
    let (mut pauses, mut blanked) = (Vec::new(), Vec::new());
    for _ in 0..6 {
        pauses.push(server.app().retention.pass().await.unwrap().unwrap());
        kept.push(server.count("messages").await);
        blanked.push(server.count("messages WHERE text = '' AND sender = ''").await);
    }
    assert_eq!(
        blanked[0], 100,
        "blanking does not wait until nothing is left to delete"
    );
    assert_eq!(kept, [250, 150, 50, 1, 1, 1, 1], "the newest stays");
    assert_eq!(blanked[5], 1);
    let hour = Duration::from_secs(3600);
    assert_eq!(pauses[5], hour);
    assert!(
        pauses[..3]
            .iter()
            .all(|pause| *pause >= Duration::from_millis(20) && *pause < hour),
        "{pauses:?}"
    );
    server.close().await;
}
