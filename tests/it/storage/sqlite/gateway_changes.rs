//! What a change of a gateway costs inside its write transaction, which every rental waits for: it does not grow with the
//! inventory, nor with the unavailable numbers.

use super::super::statements;
use super::super::store::sqlite;
use super::plans::plan;

/// The use cases that change one gateway.
const CHANGES: [&str; 3] = [
    include_str!("../../../../src/flow/change_gateway.rs"),
    include_str!("../../../../src/flow/delete_gateway.rs"),
    include_str!("../../../../src/flow/rotate_token.rs"),
];

/// The functions of the storage that read all unavailable numbers.
const VIEWS: [&str; 3] = ["gateways::by_name", "gateways::list", "views::"];

/// What belongs to the numbers: indexes of those that rest, are banned or disabled are not an exception here.
const NUMBERS: [&str; 3] = ["numbers", "n", "available_numbers"];

#[tokio::test]
async fn rule_12_a_change_of_a_gateway_walks_through_no_numbers() {
    let store = sqlite().await;
    let mut connection = store.raw().await;
    let files = ["gateways.rs", "tokens.rs", "audit.rs"];
    let all = statements::all("sqlite");
    let of_changes: Vec<_> = all
        .iter()
        .filter(|(file, sql)| files.contains(&file.as_str()) && !sql.contains("WITH unavailable"))
        .collect();
    assert!(of_changes.len() > 15, "{}", of_changes.len());
    for (file, sql) in of_changes {
        let plan = plan(&mut connection, sql).await;
        let walks = |step: &String| {
            let walked = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
            walked.is_some_and(|table| NUMBERS.contains(&table)) || step.contains(" AUTOMATIC ")
        };
        assert!(!plan.iter().any(walks), "{file}: {sql}\n{plan:#?}");
    }
    for source in CHANGES {
        assert!(source.contains("gateways::load("));
        let walks: Vec<_> = VIEWS.iter().filter(|view| source.contains(**view)).collect();
        assert!(walks.is_empty(), "{walks:?} in a write transaction:\n{source}");
    }
}

#[tokio::test]
async fn rule_12_a_gateways_first_number_is_found_by_its_pools() {
    let store = sqlite().await;
    let mut connection = store.raw().await;
    let all = statements::all("sqlite");
    let (_, sql) = all.iter().find(|(_, sql)| sql.contains("AS has_numbers")).unwrap();
    let plan = plan(&mut connection, sql).await;
    for step in [
        "SEARCH p USING COVERING INDEX sqlite_autoindex_pools_1 (gateway_id=?)",
        "SEARCH n USING COVERING INDEX numbers_by_pool (pool_id=?)",
    ] {
        assert!(plan.iter().any(|one| one == step), "{step}: {plan:#?}");
    }
}
