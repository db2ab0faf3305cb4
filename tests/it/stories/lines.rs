//! SMS that name the line where they came in and not the number: rule 8 through the table of lines.

use leaseline::domain::assignment::UnassignedReason::UnknownLine;
use leaseline::flow::accept_sms::Accepted::{Assigned, Unassigned};
use serde_json::{Value, json};

use crate::support::inbound::{on_lines, part, plain};
use crate::support::{Gateway, NUMBER, TestServer};

async fn put(server: &TestServer, gateway: &Gateway, number: u64, line: &str) {
    let rows = json!([{ "number": number, "gateway": gateway.name, "operator": "telia", "line": line }]);
    let report = server.admin_post("/v1/numbers", rows).await;
    assert_eq!(report.json()["rejected"], json!([]), "{}", report.golden());
}

/// Number, line and operation of the newest message.
async fn newest(server: &TestServer) -> [Value; 3] {
    let list = server.admin_list("/v1/messages").await;
    ["number", "line", "operation"].map(|field| list[0][field].clone())
}

#[tokio::test]
async fn rule_8_an_sms_belongs_to_the_number_of_the_first_known_line() {
    let mut server = TestServer::build().await;
    let gateway = server.stocked(2).await;
    put(&server, &gateway, NUMBER, "modem1").await;
    put(&server, &gateway, NUMBER + 1, "25001").await;
    let (one, two) = (server.rent().await, server.rent().await);
    let of = |number| if one.number == number { one } else { two };
    server.restart().await;
    for (lines, number, line) in [
        (&["modem1"][..], NUMBER, "modem1"),
        (&["port 9", "25001", "modem1"], NUMBER + 1, "25001"),
        (&["modem1", "25001"], NUMBER, "modem1"),
    ] {
        let accepted = server.deliver(&gateway, [on_lines(lines, &lines.join("+"))]).await;
        assert!(matches!(accepted[..], [Assigned(_)]), "{lines:?}");
        let expected = [json!(number.to_string()), json!(line), json!(of(number).id)];
        assert_eq!(newest(&server).await, expected, "{lines:?}");
    }
    server.tick().await;
    assert_eq!(server.onlinesim.pushes().len(), 3);
    server.close().await;
}

#[tokio::test]
async fn rule_7_an_sms_of_a_line_that_nobody_knows_is_kept_and_shown() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let other = server.gateway("other").await;
    put(&server, &gateway, NUMBER, "modem1").await;
    server.rent().await;
    // Another gateway's line, another case, several at once.
    for (gateway, lines) in [
        (&other, &["modem1"][..]),
        (&gateway, &["Modem1"]),
        (&gateway, &["x", "y, z"]),
    ] {
        assert_eq!(
            server.deliver(gateway, [on_lines(lines, "lost")]).await,
            [Unassigned(UnknownLine)]
        );
        assert_eq!(
            newest(&server).await,
            [Value::Null, json!(lines.join(", ")), Value::Null]
        );
    }
    // A number that is named has no line.
    server.deliver(&gateway, [plain(1234, "named")]).await;
    assert_eq!(newest(&server).await, [json!("1234"), Value::Null, Value::Null]);
    server.close().await;
}

#[tokio::test]
async fn rule_8_a_line_goes_where_its_number_goes() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let other = server.gateway("other").await;
    put(&server, &gateway, NUMBER, "modem1").await;
    put(&server, &other, NUMBER, "").await;
    let rented = server.rent().await;
    let sms = || [on_lines(&["modem1"], "code")];
    assert_eq!(server.deliver(&gateway, sms()).await, [Unassigned(UnknownLine)]);
    server.deliver(&other, sms()).await;
    assert_eq!(newest(&server).await[2], json!(rented.id));
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["code"]);
    server.close().await;
}

/// Of two rows for one number the second one may take the line to another gateway that the first one gave to it.
#[tokio::test]
async fn rule_8_a_line_that_is_taken_is_seen_also_when_a_row_before_gave_it() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let other = server.gateway("other").await;
    put(&server, &gateway, NUMBER, "modem1").await;
    put(&server, &other, NUMBER + 1, "modem2").await;
    let rows = json!([
        { "number": NUMBER, "gateway": gateway.name, "operator": "telia", "line": "modem2" },
        { "number": NUMBER, "gateway": other.name, "operator": "telia" },
    ]);
    let report = server.admin_post("/v1/numbers", rows).await.ok().json();
    let reason = "line: another number of the gateway has it";
    assert_eq!(
        report["rejected"],
        json!([{ "line": 2, "number": NUMBER.to_string(), "reason": reason }])
    );
    let number = server.number(NUMBER).await;
    assert_eq!(
        [&number["gateway"], &number["line"]],
        [&json!(gateway.name), &json!("modem2")]
    );
    server.close().await;
}

/// Rows are sorted by their numbers before they are stored, but not where a later row needs what an earlier one did.
#[tokio::test]
async fn rule_8_rows_that_take_lines_count_in_the_order_of_the_file() {
    let server = TestServer::build().await;
    let (one, two) = (server.gateway("one").await, server.gateway("two").await);
    let three = server.gateway("three").await;
    put(&server, &one, NUMBER, "5").await;
    put(&server, &two, NUMBER + 1, "5").await;
    // The second number leaves the line that the first one takes along.
    let row =
        |number: u64, gateway: &Gateway| json!({ "number": number, "gateway": gateway.name, "operator": "telia" });
    let rows = json!([row(NUMBER + 1, &three), row(NUMBER, &two)]);
    let report = server.admin_post("/v1/numbers", rows).await.ok().json();
    assert_eq!((&report["updated"], &report["rejected"]), (&json!(2), &json!([])));

    let row = |number: u64| json!({ "number": number, "gateway": one.name, "operator": "telia", "line": "7" });
    let rows = json!([row(NUMBER + 3), row(NUMBER + 2)]);
    let report = server.admin_post("/v1/numbers", rows).await.ok().json();
    assert_eq!(report["rejected"][0]["line"], 2, "{report}");
    assert_eq!(server.number(NUMBER + 3).await["line"], "7");
    server.close().await;
}

/// Parts are joined by the number, or by the line that nobody knows.
#[tokio::test]
async fn rule_8_parts_come_by_lines_too() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    put(&server, &gateway, NUMBER, "modem1").await;
    let rented = server.rent().await;
    let by = |line: &str, sequence, text| {
        let receiver = on_lines(&[line], "").receiver;
        leaseline::domain::sms::InboundSms {
            receiver,
            ..part(1, 2, sequence, text)
        }
    };
    for line in ["modem1", "modem2"] {
        server
            .deliver(&gateway, [by(line, 2, "two"), by(line, 1, "one ")])
            .await;
        let operation = if line == "modem1" {
            json!(rented.id)
        } else {
            Value::Null
        };
        assert_eq!(newest(&server).await[1..], [json!(line), operation]);
    }
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["one two"]);
    server.close().await;
}
