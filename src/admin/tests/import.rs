use super::*;

#[tokio::test]
async fn an_import_says_what_it_did_and_does_it_once() {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    server.gateway("bank2").await;
    let csv = "number,country,operator,gateway\n\
               46701234567,,,bank1\n\
               +46 70 123 45 68,Sweden,Telia,bank1\n\
               call me,,,bank1\n\
               46701234569,,,bank3\n\
               46701234567,,,bank2\n";
    let report = server.call("POST", "/v1/numbers", csv_content(csv)).await.expect(200);
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
    assert_eq!(server.import(csv).await, [0, 0, 1, 0]);
    server.audit().await;
}

#[tokio::test]
async fn json_rows_are_counted_from_1() {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    let rows = json!([
        { "number": 46_701_234_567_u64, "gateway": "bank1" },
        { "number": "46701234568", "gateway": "bank1", "operator": null },
        { "number": true, "gateway": "bank1" },
    ]);
    let report = server.post("/v1/numbers", rows).await.expect(200);
    assert_eq!(report["added"], 2);
    assert_eq!(report["rejected"].as_array().unwrap().len(), 1);
    assert_eq!(report["rejected"][0]["line"], 3);
    let listed = server.get("/v1/gateways").await.expect(200);
    assert_eq!(listed["items"][0]["numbers"], 2);
    server.audit().await;
}

#[tokio::test]
async fn twenty_thousand_rows_are_imported_and_imported_again() {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    server.gateway("bank2").await;
    let csv = |gateway: &str| {
        let rows = (0..20_000).map(|index| format!("4670{:07},,telia,{gateway}\n", index * 7919 % 10_000_000));
        std::iter::once("number,country,operator,gateway\n".to_owned())
            .chain(rows)
            .collect::<String>()
    };
    assert_eq!(server.import(&csv("bank1")).await, [20_000, 0, 0, 0]);
    assert_eq!(server.import(&csv("bank1")).await, [0, 0, 20_000, 0]);
    assert_eq!(server.import(&csv("bank2")).await, [0, 20_000, 0, 0]);
    let listed = server.get("/v1/gateways").await.expect(200);
    let counts: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["numbers"])
        .collect();
    assert_eq!(counts, [&json!(0), &json!(20_000)]);
    server.audit().await;
}

#[tokio::test]
async fn what_is_no_import_is_refused_as_a_whole() {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
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
        let detail = server.call("POST", "/v1/numbers", content).await.problem(status);
        assert!(detail.contains(word), "{word}: {detail}");
    }
    server.audit().await;
}

#[tokio::test]
async fn a_country_that_nobody_asks_for_is_rejected_and_a_doubtful_one_is_warned_of() {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    let csv = "number,country,gateway\n46701234561,swedn,bank1\n46701234562,SE,bank1\n46701234563,russia,bank1\n\
               46701234564,sweden,bank1\n46701234565,norway,bank9\n";
    let report = server.call("POST", "/v1/numbers", csv_content(csv)).await.expect(200);
    let reasons: Vec<&str> = report["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["reason"].as_str().unwrap())
        .collect();
    assert_eq!(reasons.len(), 3);
    for reason in &reasons[..2] {
        assert_eq!(*reason, "country: no country has that name; did you mean sweden?");
    }
    let warning =
        json!({ "line": 4, "number": "46701234563", "warning": "country: the number begins like those of sweden" });
    assert_eq!(
        (&report["warnings"], &report["warnings_total"]),
        (&json!([warning]), &json!(1))
    );
    assert_eq!((&report["added"], &report["rejected_total"]), (&json!(2), &json!(3)));
    // The same rows as JSON, and again: a doubt stays one.
    let rows = json!([
        { "number": "46701234561", "country": "swedn", "gateway": "bank1" },
        { "number": "46701234563", "country": "russia", "gateway": "bank1" },
    ]);
    let report = server.post("/v1/numbers", rows).await.expect(200);
    assert_eq!(
        (&report["unchanged"], &report["warnings_total"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(report["rejected"][0]["reason"], reasons[0]);
    server.audit().await;
}

#[tokio::test]
async fn rule_12_the_first_thousand_rejected_rows_are_listed_and_all_are_counted() {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    server.gateway("bank2").await;
    server.import("number,gateway\n46701234567,bank1\n").await;
    server.rent("sweden").await;
    let bad = |index: usize| match index % 3 {
        0 => "x,bank1\n".to_owned(),
        1 => "46701234567,bank2\n".to_owned(),
        _ => "46701234567,nobody\n".to_owned(),
    };
    let csv: String = std::iter::once("number,gateway\n".to_owned())
        .chain((0..9000).map(bad))
        .collect();
    let report = server.call("POST", "/v1/numbers", csv_content(&csv)).await.expect(200);
    assert_eq!(report["rejected_total"], 9000);
    let lines: Vec<u64> = report["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, (2..=1001).collect::<Vec<_>>());
    let rows = format!("[{}]", vec!["7"; 2000].join(","));
    let report = server
        .call("POST", "/v1/numbers", Some(("application/json", rows.into_bytes())))
        .await
        .expect(200);
    assert_eq!(
        (&report["rejected_total"], report["rejected"].as_array().unwrap().len()),
        (&json!(2000), 1000)
    );
    server.audit().await;
}

#[tokio::test]
async fn a_file_of_excel_is_read_and_what_excel_broke_is_named() {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    let file = "sep=;\r\nnumber;operator;gateway\r\n46701234567;telia;bank1\r\n4,67E+10;telia;bank1\r\n";
    let file: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(file.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let report = server
        .call("POST", "/v1/numbers", Some(("text/csv", file)))
        .await
        .expect(200);
    assert_eq!(report["added"], 1);
    let rejected = &report["rejected"][0];
    assert_eq!(
        (&rejected["line"], &rejected["number"]),
        (&json!(4), &json!("4,67E+10"))
    );
    let reason = rejected["reason"].as_str().unwrap();
    assert!(reason.starts_with("number: Excel"), "{reason}");
    let damaged = server
        .call("POST", "/v1/numbers", Some(("text/csv", b"\xff\xfen".to_vec())))
        .await
        .problem(400);
    assert!(damaged.contains("UTF-16"), "{damaged}");
    server.audit().await;
}
