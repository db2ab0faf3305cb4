//! Which number sits on which line of its gateway.

use super::*;

const ONE: &str = "46701234561";
const TWO: &str = "46701234562";

/// Two gateways; each import names the rest.
async fn server() -> AdminServer {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    server.gateway("bank2").await;
    server
}

impl AdminServer {
    async fn lines(&self, rows: &str) -> [u64; 4] {
        self.import(&format!("number,gateway,line\n{rows}")).await
    }

    async fn line(&self, number: &str) -> Value {
        self.get(&format!("/v1/numbers/{number}")).await.expect(200)["line"].clone()
    }

    async fn reason(&self, rows: &str) -> String {
        let csv = format!("number,gateway,line\n{rows}");
        let report = self.call("POST", "/v1/numbers", csv_content(&csv)).await.expect(200);
        report["rejected"][0]["reason"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn an_import_puts_numbers_on_lines_and_leaves_them_there() {
    let server = server().await;
    assert_eq!(
        server.lines(&format!("{ONE},bank1,modem 1\n{TWO},bank1,\n")).await,
        [2, 0, 0, 0]
    );
    assert_eq!(
        (server.line(ONE).await, server.line(TWO).await),
        (json!("modem 1"), Value::Null)
    );
    // A missing line and the same line change nothing; case matters.
    assert_eq!(
        server.import(&format!("number,gateway\n{ONE},bank1\n")).await,
        [0, 0, 1, 0]
    );
    assert_eq!(server.lines(&format!("{ONE},bank1, modem 1 \n")).await, [0, 0, 1, 0]);
    assert_eq!(server.lines(&format!("{TWO},bank1,MODEM 1\n")).await, [0, 1, 0, 0]);
    assert_eq!(server.line(TWO).await, "MODEM 1");
    let rows = json!([{ "number": ONE, "gateway": "bank1", "line": 7 }]);
    assert_eq!(server.post("/v1/numbers", rows).await.expect(200)["updated"], 1);
    assert_eq!(server.line(ONE).await, "7");
    let listed = server.pages("/v1/numbers", "", 10).await;
    assert_eq!(listed[0]["line"], "7");
    server.audit().await;
}

#[tokio::test]
async fn a_line_is_one_number_of_its_gateway() {
    let server = server().await;
    server.lines(&format!("{ONE},bank1,A\n{TWO},bank2,A\n")).await;
    assert_eq!(
        (server.line(ONE).await, server.line(TWO).await),
        (json!("A"), json!("A"))
    );
    // Another number on it; a number that brings it along; two rows of one import.
    let taken = "line: another number of the gateway has it";
    assert_eq!(server.reason("46701234563,bank1,A\n").await, taken);
    server.get("/v1/numbers/46701234563").await.problem(404);
    assert_eq!(server.reason(&format!("{TWO},bank1,\n")).await, taken);
    assert_eq!(
        server.get(&format!("/v1/numbers/{TWO}")).await.expect(200)["gateway"],
        "bank2"
    );
    assert_eq!(
        server.lines("46701234564,bank1,B\n46701234565,bank1,B\n").await,
        [1, 0, 0, 1]
    );
    // A line that a row before set free can be taken.
    assert_eq!(
        server.lines(&format!("{ONE},bank1,C\n46701234563,bank1,A\n")).await,
        [1, 1, 0, 0]
    );
    assert!(
        server
            .reason(&format!("{ONE},bank1,{}\n", "x".repeat(101)))
            .await
            .starts_with("line must be")
    );
    server.audit().await;
}

#[tokio::test]
async fn a_line_follows_its_number_to_another_gateway() {
    let server = server().await;
    server.lines(&format!("{ONE},bank1,A\n{TWO},bank2,B\n")).await;
    // Both change places, and one takes another line on the way.
    assert_eq!(
        server.lines(&format!("{ONE},bank2,\n{TWO},bank1,A\n")).await,
        [0, 2, 0, 0]
    );
    assert_eq!(
        (server.line(ONE).await, server.line(TWO).await),
        (json!("A"), json!("A"))
    );
    // What both left is free.
    assert_eq!(
        server.lines("46701234563,bank1,a\n46701234564,bank2,B\n").await,
        [2, 0, 0, 0]
    );
    server.audit().await;
}

#[tokio::test]
async fn the_admin_changes_and_takes_away_a_line() {
    let server = server().await;
    server.lines(&format!("{ONE},bank1,A\n{TWO},bank1,B\n")).await;
    let path = format!("/v1/numbers/{ONE}");
    let clash = server.patch(&path, json!({ "line": "B" })).await.problem(409);
    assert!(clash.starts_with("line"), "{clash}");
    let both = server
        .patch(&path, json!({ "line": "C", "enabled": false }))
        .await
        .expect(200);
    assert_eq!((&both["line"], &both["state"]), (&json!("C"), &json!("disabled")));
    // A clash changes nothing, whatever else is asked.
    server
        .patch(&path, json!({ "line": "B", "enabled": true }))
        .await
        .problem(409);
    assert_eq!(server.get(&path).await.expect(200), both);
    assert_eq!(
        server.patch(&path, json!({ "line": null })).await.expect(200)["line"],
        Value::Null
    );
    assert_eq!(
        server.patch(&path, json!({ "line": null })).await.expect(200)["line"],
        Value::Null
    );
    assert_eq!(server.patch(&path, json!({ "line": 7 })).await.expect(200)["line"], "7");
    for (body, field) in [
        (json!({ "line": "" }), "line must be"),
        (json!({ "line": ["A"] }), "line must be a string"),
        (json!({ "line": "A", "enabled": null }), "enabled"),
    ] {
        let detail = server.patch(&path, body).await.problem(400);
        assert!(detail.starts_with(field), "{detail}");
    }
    server
        .patch("/v1/numbers/46701234569", json!({ "line": "Z" }))
        .await
        .problem(404);
    server.audit().await;
}
