//! Several SMS in one request: rule 7 for all of them together.

use leaseline::flow::accept_sms::Accepted::{Assigned, Waiting};

use crate::support::inbound::{of_three, plain};
use crate::support::{NUMBER, TestServer, minutes};

#[tokio::test]
async fn rule_7_parts_of_one_request_are_one_message_between_others() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    let batch = [
        plain(NUMBER, "before"),
        of_three(NUMBER, 2),
        of_three(NUMBER, 3),
        of_three(NUMBER, 1),
        plain(NUMBER, "after"),
    ];
    let accepted = server.deliver(&gateway, batch).await;
    assert!(
        matches!(accepted[..], [Assigned(_), Waiting, Waiting, Assigned(_), Assigned(_)]),
        "{accepted:?}"
    );
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["before", "Your code is 4821", "after"]);
    assert_eq!(server.fate(rented.id).await, "receiving");
    server.close().await;
}

/// What cannot be stored takes the rest of its request with it, and nothing of other requests.
#[tokio::test]
async fn rule_7_a_request_is_stored_as_a_whole_or_not_at_all() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    server.rent().await;
    server
        .execute_sql(
            "CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.text = 'poison'
             BEGIN SELECT RAISE(ABORT, 'poison'); END",
        )
        .await;
    let bad = || vec![plain(NUMBER, "good"), of_three(NUMBER, 1), plain(NUMBER, "poison")];
    let (refused, taken) = tokio::join!(
        server.try_deliver(&gateway, bad()),
        server.try_deliver(&gateway, vec![plain(NUMBER, "another")])
    );
    assert!(refused.is_err() && taken.is_ok());
    assert_eq!(server.count("concatenated_messages").await, 0);
    server.execute_sql("DROP TRIGGER poison").await;
    let accepted = server.deliver(&gateway, bad()).await;
    assert!(
        matches!(accepted[..], [Assigned(_), Waiting, Assigned(_)]),
        "{accepted:?}"
    );
    server.tick_after(minutes(3)).await;
    assert_eq!(server.onlinesim.texts(), ["another", "good", "poison", "Your code […]"]);
    assert_eq!(server.deliver(&gateway, []).await, []);
    server.close().await;
}
