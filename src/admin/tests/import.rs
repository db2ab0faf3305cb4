use super::*;

#[tokio::test]
async fn an_import_says_what_it_did_and_does_it_once() {
    let house = House::new().await;
    house.gateway("bank1").await;
    house.gateway("bank2").await;
    let csv = "number,country,operator,gateway\n\
               46701234567,,,bank1\n\
               +46 70 123 45 68,Sweden,Telia,bank1\n\
               call me,,,bank1\n\
               46701234569,,,bank3\n\
               46701234567,,,bank2\n";
    let report = house.call("POST", "/v1/numbers", csv_content(csv)).await.expect(200);
    assert_eq!(
        (&report["added"], &report["updated"], &report["unchanged"]),
        (&json!(2), &json!(1), &json!(0))
    );
    let rejected = report["rejected"].as_array().unwrap();
    assert_eq!(rejected.len(), 2);
    assert_eq!(
        (&rejected[0]["line"], &rejected[0]["number"]),
        (&json!(4), &json!("call me"))
    );
    assert!(rejected[0]["reason"].as_str().unwrap().starts_with("number"));
    assert_eq!(rejected[1]["line"], 5);
    assert!(rejected[1]["reason"].as_str().unwrap().starts_with("gateway"));

    let csv = "gateway,number\nbank2,46701234567\n";
    assert_eq!(house.import(csv).await, [0, 0, 1, 0]);
    house.audit().await;
}

#[tokio::test]
async fn json_rows_are_counted_from_1() {
    let house = House::new().await;
    house.gateway("bank1").await;
    let rows = json!([
        { "number": 46_701_234_567_u64, "gateway": "bank1" },
        { "number": "46701234568", "gateway": "bank1", "operator": null },
        { "number": true, "gateway": "bank1" },
    ]);
    let report = house.post("/v1/numbers", rows).await.expect(200);
    assert_eq!(report["added"], 2);
    assert_eq!(report["rejected"].as_array().unwrap().len(), 1);
    assert_eq!(report["rejected"][0]["line"], 3);
    let listed = house.get("/v1/gateways").await.expect(200);
    assert_eq!(listed["items"][0]["numbers"], 2);
    house.audit().await;
}

#[tokio::test]
async fn twenty_thousand_rows_are_imported_and_imported_again() {
    let house = House::new().await;
    house.gateway("bank1").await;
    house.gateway("bank2").await;
    let csv = |gateway: &str| {
        let rows = (0..20_000).map(|index| format!("4670{:07},,telia,{gateway}\n", index * 7919 % 10_000_000));
        std::iter::once("number,country,operator,gateway\n".to_owned())
            .chain(rows)
            .collect::<String>()
    };
    assert_eq!(house.import(&csv("bank1")).await, [20_000, 0, 0, 0]);
    assert_eq!(house.import(&csv("bank1")).await, [0, 0, 20_000, 0]);
    assert_eq!(house.import(&csv("bank2")).await, [0, 20_000, 0, 0]);
    let listed = house.get("/v1/gateways").await.expect(200);
    let counts: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["numbers"])
        .collect();
    assert_eq!(counts, [&json!(0), &json!(20_000)]);
    house.audit().await;
}

#[tokio::test]
async fn what_is_no_import_is_refused_as_a_whole() {
    let house = House::new().await;
    house.gateway("bank1").await;
    let text = |media_type, text: &str| Some((media_type, text.as_bytes().to_vec()));
    for (content, status, word) in [
        (text("text/csv", "number,gatway\n1,2\n"), 400, "gatway"),
        (text("text/csv", ""), 400, "number"),
        (text("application/json", "{}"), 400, "array"),
        (text("application/json", "[1,"), 400, "array"),
        (text("application/x-www-form-urlencoded", "x"), 415, "Content-Type"),
        (None, 415, "Content-Type"),
        (text("text/csv", &"x".repeat(2_000_001)), 413, "body_bytes_max"),
    ] {
        let detail = house.call("POST", "/v1/numbers", content).await.problem(status);
        assert!(detail.contains(word), "{word}: {detail}");
    }
    house.audit().await;
}
