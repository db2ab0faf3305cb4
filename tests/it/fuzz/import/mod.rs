//! Imports: every row is taken or named with its line, whatever stands beside it, and the inventory is what the rows have.

mod rows;

use axum::body::Body;
use axum::http::Request;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use rows::{COLUMNS, Expected, Inventory};

use super::{Tally, each_in_a_server, input, sentence};
use crate::support::test_server::ADMIN_TOKEN;
use crate::support::{Answer, TestServer};

async fn import(server: &TestServer, media_type: &str, body: Vec<u8>) -> Answer {
    let request = Request::post("/v1/numbers")
        .header("authorization", format!("Bearer {ADMIN_TOKEN}"))
        .header("content-type", media_type);
    server.admin_raw(request.body(Body::from(body)).unwrap()).await
}

async fn inventory(server: &TestServer) -> Inventory {
    let listed = server.admin_list("/v1/numbers").await;
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let place = |one: &Value| {
        COLUMNS[1..]
            .iter()
            .map(|name| text(one, name))
            .collect::<Vec<_>>()
            .try_into()
            .unwrap()
    };
    listed.iter().map(|one| (text(one, "number"), place(one))).collect()
}

/// A number that is rented.
async fn furnish(server: &TestServer) -> String {
    server.stocked(1).await;
    server.gateway("bank2").await;
    server.rent().await.number.to_string()
}

fn report(answer: &Answer) -> Expected {
    let report = answer.json();
    let count = |name: &str| report[name].as_u64().unwrap();
    let lines = |name: &str| -> Vec<u64> {
        let rows = report[name].as_array().unwrap().iter();
        rows.map(|row| row["line"].as_u64().unwrap()).collect()
    };
    let (rejected, warnings) = (lines("rejected"), lines("warnings"));
    assert_eq!(count("rejected_total"), u64::try_from(rejected.len()).unwrap());
    assert_eq!(count("warnings_total"), u64::try_from(warnings.len()).unwrap());
    Expected {
        added: count("added"),
        updated: count("updated"),
        unchanged: count("unchanged"),
        rejected,
        warnings,
    }
}

#[test]
fn every_row_is_taken_or_named_with_its_line() {
    let inputs = (vec(rows::row(), 0..12), rows::style(), any::<bool>());
    let tally = Tally::default();
    each_in_a_server(250, &inputs, furnish, async |server, rented, (list, style, as_json)| {
        let mut expected_inventory = inventory(server).await;
        let (media_type, body, lines) = if as_json {
            (
                "application/json",
                rows::json_text(&list).into_bytes(),
                (1..).take(list.len()).collect(),
            )
        } else {
            let (file, lines) = rows::csv(&list, &style);
            ("text/csv; charset=utf-8", file, lines)
        };
        let shown = String::from_utf8_lossy(&body).into_owned();
        let answer = import(server, media_type, body).await;
        tally.note(&answer);
        assert_eq!(answer.code(), 200, "{}: {shown}", answer.golden());
        let lines = lines.into_iter().zip(&list);
        assert_eq!(
            report(&answer),
            rows::put(&mut expected_inventory, rented, lines),
            "{shown}"
        );
        assert_eq!(inventory(server).await, expected_inventory, "{shown}");
    });
    tally.has(&[200]);
}

#[test]
fn any_file_is_read_or_refused_and_what_is_refused_changes_nothing() {
    let header = select(vec![
        "number,gateway\n",
        "gateway,number,country\r\n",
        "number\n",
        "NUMBER , Gateway\n\n",
        "",
    ]);
    let bytes = prop_oneof![
        vec(any::<u8>(), 0..120),
        "([0-9,;\"\r\n bank]{0,20}46700000001,bank[\r\n\"]{0,3}){0,4}".prop_map(String::into_bytes),
    ];
    let file = (header, bytes).prop_map(|(header, bytes)| ("text/csv", [header.as_bytes(), &bytes].concat()));
    let right =
        [r#"[{"number":"46700000001","gateway":"bank2"},{"number":46700000002,"country":"sweden","gateway":"bank"}]"#];
    let array = input::bytes(right.to_vec().leak()).prop_map(|bytes| ("application/json", bytes));
    let cut = any::<Index>().prop_map(move |index| {
        (
            "application/json",
            right[0].as_bytes()[..index.index(right[0].len())].to_vec(),
        )
    });
    let inputs = prop_oneof![4 => file, 4 => array, 1 => cut];
    let tally = Tally::default();
    each_in_a_server(300, &inputs, furnish, async |server, _, (media_type, body)| {
        let before = inventory(server).await;
        let ends = u64::try_from(body.iter().filter(|byte| **byte == b'\n').count()).unwrap();
        let answer = import(server, media_type, body).await;
        tally.note(&answer);
        if sentence(&answer, "detail").is_some() {
            assert_eq!(inventory(server).await, before);
            return;
        }
        let report = report(&answer);
        let after = u64::try_from(inventory(server).await.len()).unwrap();
        assert_eq!(after - u64::try_from(before.len()).unwrap(), report.added);
        assert!(report.rejected.is_sorted());
        let most = if media_type == "text/csv" { ends + 1 } else { u64::MAX };
        assert!(
            report.rejected.iter().all(|line| (1..=most).contains(line)),
            "{report:?}"
        );
    });
    tally.has(&[200, 400]);
}
