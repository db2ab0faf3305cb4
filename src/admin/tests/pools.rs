//! Pools: listed, bounded, and gone with their last number.

use super::*;

/// Two gateways and four pools.
async fn stocked() -> AdminServer {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    server.gateway("bank2").await;
    let csv = "number,operator,gateway\n46701234561,telia,bank1\n46701234562,telia,bank1\n46701234563,tele2,bank1\n\
               46701234564,telia,bank2\n4740123456,telia,bank2\n";
    assert_eq!(server.import(csv).await, [5, 0, 0, 0]);
    server
}

impl AdminServer {
    /// Gateway, country, operator and the three counts of each pool.
    async fn pools(&self, filter: &str) -> Vec<String> {
        let text = |item: &Value| {
            let fields = ["gateway", "country", "operator", "available", "rented", "numbers"];
            fields.map(|field| item[field].to_string().replace('"', "")).join(" ")
        };
        self.pages("/v1/pools", filter, 2).await.iter().map(text).collect()
    }
}

#[tokio::test]
async fn pools_are_filtered_and_paged_with_their_counts() {
    let server = stocked().await;
    server
        .patch("/v1/numbers/46701234561", json!({ "enabled": false }))
        .await
        .expect(200);
    server.rent("norway").await;
    let mut pools = server.pools("").await;
    pools.sort();
    assert_eq!(
        pools,
        [
            "bank1 sweden tele2 1 0 1",
            "bank1 sweden telia 1 0 2",
            "bank2 norway telia 0 1 1",
            "bank2 sweden telia 1 0 1",
        ]
    );
    for (filter, count) in [
        ("gateway=bank1", 2),
        ("country=Sweden", 3),
        ("country=sweden&operator=telia", 2),
        ("gateway=bank2&country=norway", 1),
        ("gateway=bank9", 0),
    ] {
        assert_eq!(server.pools(filter).await.len(), count, "{filter}");
    }
    for (query, parameter) in [
        ("country=any", "country"),
        ("cursor=7", "cursor"),
        ("state=free", "state"),
    ] {
        let detail = server.get(&format!("/v1/pools?{query}")).await.problem(400);
        assert!(detail.starts_with(parameter), "{query}: {detail}");
    }
    server.audit().await;
}

#[tokio::test]
async fn a_pool_leaves_with_its_last_number() {
    let server = stocked().await;
    let path = "/v1/numbers/46701234562";
    // Numbers that are not available are numbers of their pool all the same.
    server.patch(path, json!({ "enabled": false })).await.expect(200);
    server.import("number,operator,gateway\n46701234561,new,bank1\n").await;
    assert_eq!(
        server.pools("operator=telia&gateway=bank1").await,
        ["bank1 sweden telia 0 0 1"]
    );
    // The last one by an import; and by a PATCH.
    server.import("number,operator,gateway\n46701234562,new,bank1\n").await;
    assert_eq!(server.pools("operator=telia&gateway=bank1").await, [""; 0]);
    server
        .patch("/v1/numbers/46701234563", json!({ "operator": "new" }))
        .await
        .expect(200);
    assert_eq!(server.pools("gateway=bank1").await, ["bank1 sweden new 2 0 3"]);
    // A row that is not taken leaves none behind, and neither does a number that comes and goes.
    let (_, rented) = server.rent("norway").await;
    let rows = format!("number,operator,gateway\n{rented},x,bank2\n46701234599,y,bank1\n46701234599,new,bank1\n");
    assert_eq!(server.import(&rows).await, [1, 1, 0, 1]);
    assert_eq!(server.pools("").await.len(), 3);
    server.audit().await;
}

/// Numbers with an ICCID each in the column operator.
fn iccids(count: usize) -> String {
    let row = |index: usize| format!("467012{index:05},8946{index:015},bank1\n");
    std::iter::once("number,operator,gateway\n".to_owned())
        .chain((0..count).map(row))
        .collect()
}

#[tokio::test]
async fn rule_12_an_import_that_makes_too_many_pools_is_refused_as_a_whole() {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    let many = |csv: &str, query: &str| {
        let path = format!("/v1/numbers{query}");
        let content = csv_content(csv);
        let server = &server;
        async move { server.call("POST", &path, content).await }
    };
    // The last chunk is the one that has too many.
    let plain = (0..5000).map(|index| format!("467399{index:05},telia,bank1\n"));
    let late = format!(
        "{}{}",
        iccids(0),
        plain.collect::<String>() + &iccids(200)["number,operator,gateway\n".len()..]
    );
    let detail = many(&late, "").await.problem(400);
    for word in [
        "200 new pools",
        "import.new_pools_max",
        "column operator",
        "Row 5201",
        "\"8946000000000000199\"",
        "many_pools=true",
    ] {
        assert!(detail.contains(word), "{word}: {detail}");
    }
    assert_eq!(server.pools("").await, [""; 0]);
    assert_eq!(server.pages("/v1/numbers", "", 1000).await.len(), 0);
    many(&late, "?many_pools=false").await.problem(400);
    many(&late, "?many_pools=perhaps").await.problem(400);
    // As many as are allowed; those that exist do not count, and neither do those of unknown gateways.
    many(&iccids(200), "").await.expect(200);
    many(&iccids(201), "").await.expect(200);
    let strange = iccids(500).replace("bank1", "bank9");
    assert_eq!(many(&strange, "").await.expect(200)["rejected_total"], 500);
    // What is meant is taken; and repaired by the same numbers with the right column.
    many(&iccids(1000), "?many_pools=true").await.expect(200);
    assert_eq!(server.pages("/v1/pools", "", 1000).await.len(), 1000);
    let right: String = iccids(1000)
        .lines()
        .map(|line| match line.split(',').next() {
            Some("number") => format!("{line}\n"),
            number => format!("{},telia,bank1\n", number.unwrap()),
        })
        .collect();
    assert_eq!(server.import(&right).await, [0, 1000, 0, 0]);
    assert_eq!(server.pools("").await, ["bank1 sweden telia 1000 0 1000"]);
    server.audit().await;
}
