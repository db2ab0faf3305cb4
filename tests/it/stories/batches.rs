//! Several SMS in one request: rule 7 for all of them together.

use leaseline::flow::accept_sms::Accepted::{Assigned, Waiting};

use crate::support::handover::{of_three, plain};
use crate::support::{House, minutes};

const NUMBER: u64 = 46_700_000_001;

#[tokio::test]
async fn rule_7_parts_of_one_request_are_one_message_between_others() {
    let house = House::build().await;
    let gateway = house.stocked(1).await;
    let rented = house.rent().await;
    let batch = [
        plain(NUMBER, "before"),
        of_three(NUMBER, 2),
        of_three(NUMBER, 3),
        of_three(NUMBER, 1),
        plain(NUMBER, "after"),
    ];
    let accepted = house.hand_over(&gateway, batch).await;
    assert!(
        matches!(accepted[..], [Assigned(_), Waiting, Waiting, Assigned(_), Assigned(_)]),
        "{accepted:?}"
    );
    house.tick().await;
    assert_eq!(house.onlinesim.texts(), ["before", "Your code is 4821", "after"]);
    assert_eq!(house.fate(rented.id).await, "receiving");
    house.close().await;
}

/// What cannot be stored takes the rest of its request with it, and nothing of other requests.
#[tokio::test]
async fn rule_7_a_request_is_stored_as_a_whole_or_not_at_all() {
    let house = House::build().await;
    let gateway = house.stocked(1).await;
    house.rent().await;
    house
        .meddle(
            "CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.text = 'poison'
             BEGIN SELECT RAISE(ABORT, 'poison'); END",
        )
        .await;
    let bad = || vec![plain(NUMBER, "good"), of_three(NUMBER, 1), plain(NUMBER, "poison")];
    let (refused, taken) = tokio::join!(
        house.try_hand_over(&gateway, bad()),
        house.try_hand_over(&gateway, vec![plain(NUMBER, "another")])
    );
    assert!(refused.is_err() && taken.is_ok());
    assert_eq!(house.count("long_messages").await, 0);
    house.meddle("DROP TRIGGER poison").await;
    let accepted = house.hand_over(&gateway, bad()).await;
    assert!(
        matches!(accepted[..], [Assigned(_), Waiting, Assigned(_)]),
        "{accepted:?}"
    );
    house.tick_after(minutes(3)).await;
    assert_eq!(house.onlinesim.texts(), ["another", "good", "poison", "Your code […]"]);
    assert_eq!(house.hand_over(&gateway, []).await, []);
    house.close().await;
}
