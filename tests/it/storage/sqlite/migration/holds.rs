//! Numbers and troubles from before the server bought numbers.

use leaseline::domain::listed::NumberFilter;
use leaseline::domain::number::NumberState;
use leaseline::domain::time::Timestamp;
use leaseline::storage::{inventory, troubles};

use super::{migrated, old_file};

/// An available number, a disabled one, and a trouble, as they were before the twenty-second.
const BEFORE_THE_TWENTY_SECOND: &str = "
    INSERT INTO gateways (name, token_hash, created_at) VALUES ('bank1', zeroblob(32), 1);
    INSERT INTO pools (gateway_id, country, operator, free) VALUES (1, 'sweden', 'telia', 1);
    INSERT INTO numbers (number, pool_id, enabled, created_at) VALUES ('46701', 1, 1, 1), ('46702', 1, 0, 1);
    INSERT INTO available_numbers (pool_id, number) VALUES (1, '46701');
    INSERT INTO troubles (kind, gateway_id, country, began_at, ended_at, count, detail)
        VALUES ('disk_low', NULL, NULL, 1, 2, 1, 'full'), ('gateway_offline', 1, NULL, 3, NULL, 2, 'off'),
               ('out_of_stock', NULL, 'sweden', 4, NULL, 1, 'none');";

#[tokio::test]
async fn rule_15_nothing_holds_the_numbers_of_an_older_server() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.db");
    old_file(&path, 21, BEFORE_THE_TWENTY_SECOND).await;
    let database = migrated(&path).await;
    let mut session = database.read().await.unwrap();
    for (state, number) in [(NumberState::Available, "46701"), (NumberState::Disabled, "46702")] {
        let filter = NumberFilter {
            state: Some(state),
            ..NumberFilter::default()
        };
        let listed = inventory::list(&mut session, &filter, None, 9).await.unwrap();
        let listed: Vec<_> = listed.iter().map(|one| &one.number).collect();
        assert_eq!(listed.len(), 1);
        let shown = (listed[0].number.digits(), listed[0].state(), listed[0].hold);
        assert_eq!(shown, (number.to_owned(), state, None));
    }
    let listed = troubles::list(&mut session, None, Timestamp::from_ms(0), None, 9)
        .await
        .unwrap();
    let shown: Vec<_> = listed
        .iter()
        .map(|one| {
            (
                one.trouble.id.0,
                one.trouble.trouble.kind(),
                one.trouble.count,
                one.ended_at,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (3, "out_of_stock", 1, None),
            (2, "gateway_offline", 2, None),
            (1, "disk_low", 1, Some(Timestamp::from_ms(2)))
        ]
    );
}
