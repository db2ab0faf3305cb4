//! GET_NUMBER and GET_SERVICES: rules 1 to 4.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Rented, TestServer};

/// That many GET_NUMBER at the same instant; those that found a number.
async fn rent_at_once(server: &TestServer, count: usize) -> Vec<Rented> {
    let asked = join_all((0..count).map(|_| server.get_number())).await;
    asked.into_iter().flatten().collect()
}

fn numbers(rented: &[Rented]) -> BTreeSet<u64> {
    rented.iter().map(|one| one.number).collect()
}

#[tokio::test]
async fn rule_1_a_crowd_gets_each_number_once() {
    let server = TestServer::build().await;
    server.stocked(20).await;
    let rented = rent_at_once(&server, 64).await;
    assert_eq!(rented.len(), 20);
    assert_eq!(numbers(&rented).len(), 20, "no number twice");
    let ids: BTreeSet<i64> = rented.iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), 20, "no operation twice");
    assert_eq!(server.open_operations().await.len(), 20);

    // What is finished can be rented again, by one.
    server.finish(rented[7].id, 4, "0").await;
    let again = rent_at_once(&server, 5).await;
    assert_eq!(numbers(&again), [rented[7].number].into());
    assert!(!ids.contains(&again[0].id), "an id is never used again");
    server.close().await;
}

#[tokio::test]
async fn rule_2_what_was_answered_is_in_the_file_by_then() {
    let mut server = TestServer::build().await;
    server.stocked(3).await;
    let rented = server.rent().await;
    // As if the power had gone with the answer: what another process reads is what is in the file.
    let lock = server.lock_storage().await;
    let seen = server.operation(rented.id).await;
    assert_eq!(seen["state"], "waiting");
    assert_eq!(seen["number"], rented.number.to_string());
    lock.release().await;

    let copy = tempfile::tempdir().unwrap();
    for ending in ["", "-wal"] {
        let name = format!("leaseline.db{ending}");
        std::fs::copy(server.file().with_file_name(&name), copy.path().join(&name)).unwrap();
    }
    server
        .restart_with(&[(
            "STORAGE__URL",
            &format!("sqlite:{}", copy.path().join("leaseline.db").display()),
        )])
        .await;
    assert_eq!(server.fate(rented.id).await, "waiting");
    assert_eq!(server.number_state(rented.number).await, "rented");
    assert_eq!(
        numbers(&rent_at_once(&server, 5).await).len(),
        2,
        "it is not issued again"
    );
    server.close().await;
}

#[tokio::test]
async fn rule_3_no_number_starts_with_an_excluded_prefix() {
    let server = TestServer::build().await;
    let gateway = server.gateway("bank").await;
    let all = [
        46_695_000_001,
        46_695_000_002,
        46_700_000_001,
        46_950_000_001,
        46_951_000_001,
    ];
    server.import(&gateway, "sweden", "telia", all).await;
    let got = async |prefixes: serde_json::Value| {
        let rented = server.get_number_with(json!({ "exceptionPhoneSet": prefixes })).await;
        if let Some(rented) = rented {
            server.finish(rented.id, 1, "0").await;
        }
        rented.map(|one| one.number)
    };
    // Integers, digit strings, a leading plus or 00, all of them mixed; a prefix of another; the whole number.
    for _ in 0..all.len() {
        let number = got(json!([46695, "4695"])).await.unwrap();
        assert_eq!(number, 46_700_000_001);
    }
    assert_eq!(got(json!(["+4669", 4670, "46950"])).await, Some(46_951_000_001));
    assert_eq!(got(json!(["46695", 466, 4670, 46950, 46951000001_u64])).await, None);
    assert_eq!(got(json!([46])).await, None);
    assert_eq!(got(json!(["4"])).await, None);
    assert_eq!(got(json!(["0046"])).await, None);
    assert!(got(json!([461, 47, "00", "00461", 469500000010_u64])).await.is_some());
    server.close().await;
}

#[tokio::test]
async fn rule_3_prefixes_that_exclude_99_percent_leave_the_rest() {
    let server = TestServer::build().await;
    let gateway = server.gateway("bank").await;
    // 100 blocks of ten numbers; all but one of them are excluded.
    let blocks = (100..200_u64).flat_map(|block| (0..10).map(move |one| 46_000_000_000 + block * 1_000_000 + one));
    server.import(&gateway, "sweden", "telia", blocks).await;
    let excluded: Vec<u64> = (100..200)
        .filter(|block| *block != 157)
        .map(|block| 46_000 + block)
        .collect();
    let mut rented = BTreeSet::new();
    while let Some(one) = server.get_number_with(json!({ "exceptionPhoneSet": excluded })).await {
        assert!(one.number.to_string().starts_with("46157"), "{one:?}");
        assert!(rented.insert(one.number));
    }
    assert_eq!(rented.len(), 10);
    assert_eq!(server.promised().await, 990);
    server.close().await;
}

#[tokio::test]
async fn rule_3_numbers_take_turns() {
    let server = TestServer::build().await;
    server.stocked(5).await;
    let mut seen = Vec::new();
    for _ in 0..10 {
        let rented = server.rent().await;
        server.finish(rented.id, 4, "0").await;
        seen.push(rented.number);
    }
    assert_eq!(seen[..5], seen[5..], "the sixth rental begins the second round");
    assert_eq!(
        seen[..5].iter().collect::<BTreeSet<_>>().len(),
        5,
        "each number once in a round"
    );
    server.close().await;
}

#[tokio::test]
async fn rule_4_what_is_promised_can_be_rented_all_at_once() {
    let server = TestServer::build().await;
    let bank = server.gateway_with("bank", json!({"capacity": 5})).await;
    server
        .import(&bank, "sweden", "telia", 46_700_000_001..=46_700_000_006)
        .await;
    server
        .import(&bank, "sweden", "tele2", 46_720_000_001..=46_720_000_004)
        .await;
    server
        .import(&bank, "germany", "o2", 4_915_100_000_001..=4_915_100_000_003)
        .await;
    let phone = server.gateway("phone").await;
    server
        .import(&phone, "sweden", "telia", [46_730_000_001, 46_730_000_002])
        .await;

    let services = server.services().await;
    assert_eq!(
        server.promised().await,
        7,
        "5 of the bank, 2 of the phone: {services:?}"
    );
    for (country, operators) in &services {
        let sum: u64 = operators
            .iter()
            .filter(|(name, _)| *name != "any")
            .map(|(_, count)| count)
            .sum();
        assert_eq!(operators["any"], sum, "the operators of {country} add up");
    }
    // Every operator's promise is kept, one after another.
    for (country, operators) in &services {
        for (operator, count) in operators.iter().filter(|(name, _)| *name != "any") {
            for _ in 0..*count {
                let rented = server
                    .get_number_with(json!({"country": country, "operator": operator}))
                    .await;
                assert!(rented.is_some(), "{country} {operator} of {services:?}");
            }
        }
    }
    assert_eq!(server.get_number().await, None);
    assert!(server.services().await.is_empty());
    server.audit().await;

    // One ends, one can be rented.
    server.finish(1, 4, "0").await;
    assert_eq!(server.promised().await, 1);
    assert_eq!(rent_at_once(&server, 3).await.len(), 1);
    server.close().await;
}

#[tokio::test]
async fn rule_4_the_promise_holds_for_a_crowd() {
    let server = TestServer::build().await;
    let bank = server.gateway_with("bank", json!({"capacity": 8})).await;
    server
        .import(&bank, "sweden", "telia", 46_700_000_001..=46_700_000_020)
        .await;
    server
        .import(&bank, "germany", "o2", 4_915_100_000_001..=4_915_100_000_020)
        .await;
    assert_eq!(server.promised().await, 8);
    assert_eq!(rent_at_once(&server, 40).await.len(), 8);
    assert_eq!(server.promised().await, 0);
    server.close().await;
}

#[tokio::test]
async fn rule_4_a_gateway_at_its_capacity_promises_nothing() {
    let server = TestServer::build().await;
    let bank = server.gateway_with("bank", json!({"capacity": 0})).await;
    server.import(&bank, "sweden", "telia", [46_700_000_001]).await;
    assert!(server.services().await.is_empty());
    assert_eq!(server.get_number().await, None);
    server.close().await;
}
