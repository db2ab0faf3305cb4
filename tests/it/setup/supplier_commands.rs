//! `leaseline supplier`: lists, changes and failures.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::gateway_new::stderr;
use super::scripted_admin::{Admin, BUY, PLANNED, order, run};
use crate::support::test_server::ADMIN_TOKEN;

#[tokio::test]
async fn suppliers_and_orders_are_listed() {
    let supplier = json!({
        "name": "carrierx", "can": ["search", "give_back"], "paused_until": null, "reason": null, "spent_today": "1.20",
        "budget_per_day": "20.00", "currency": "USD", "stocked": 12, "waiting": 0, "unknown": 1,
        "to_rewire": 0,
    });
    let mut stopped = supplier.clone();
    stopped["name"] = json!("multitel");
    stopped["reason"] = json!("the balance is too low");
    let list = json!({"items": [supplier, stopped], "next": null});
    let admin = Admin::answering([(200, list.clone()), (200, list.clone())]).await;
    assert_snapshot!(admin.prints("list").await, @r"
    NAME      STOCKED  WAITING  UNKNOWN  TO REWIRE  SPENT TODAY  BUDGET  CURRENCY  PAUSED UNTIL  REASON                  CAN
    carrierx  12       0        1        0          1.20         20.00   USD       -             -                       search, give_back
    multitel  12       0        1        0          1.20         20.00   USD       resumed       the balance is too low  search, give_back
    ");
    let printed: Value = serde_json::from_str(&admin.prints("list --json").await).unwrap();
    assert_eq!(printed, list);

    let page = |id: i64, next: Value| {
        let mut order = order("open", &PLANNED);
        order["id"] = id.into();
        (200, json!({"items": [order], "next": next}))
    };
    let admin = Admin::answering([page(9, json!("c1")), page(8, Value::Null)]).await;
    assert_snapshot!(admin.prints("orders --state open --supplier carrierx").await, @r"
    ORDER  REFERENCE  SUPPLIER  STATE  WANTED  STOCKED  HIGHEST COST  CURRENCY  CREATED
    9      may-1      carrierx  open   2       0        2.00          USD       2026-11-20T12:00:00Z
    8      may-1      carrierx  open   2       0        2.00          USD       2026-11-20T12:00:00Z
    ");
    let first = "GET /v1/orders?state=open&supplier=carrierx&limit=1000";
    assert_eq!(admin.paths(), [first.to_owned(), format!("{first}&cursor=c1")]);
}

#[tokio::test]
async fn each_list_asks_for_what_its_arguments_name() {
    let cost = json!([{"currency": "USD", "amount": "3.60", "rub": "333.00"}]);
    let items = |item: Value| (200, json!({"items": [item], "next": null}));
    let mut with_history = order("done", &[(31, "stocked", Some("46701234567"))]);
    with_history["history"] = json!([{"at": "2026-11-20T12:00:01Z", "line": 31, "action": "stocked", "detail": null}]);
    let admin = Admin::answering([
        items(json!({"number": "46701234567", "sms": true, "monthly": "0.6", "source": "own"})),
        items(json!({"number": "46701234567", "at_supplier": true, "here": null})),
        items(json!({"number": "46701234567", "income": "0.00", "costs": cost, "margin": "-333.00"})),
        items(json!({"key": "2026-11", "income": "870.00", "costs": cost, "margin": "537.00"})),
        (200, with_history),
    ])
    .await;
    let available = admin
        .prints("available carrierx --country sweden --prefix 4670 --external --limit 5")
        .await;
    assert!(
        available
            .lines()
            .nth(1)
            .unwrap()
            .starts_with("46701234567  -        -     yes"),
        "{available}"
    );
    assert_snapshot!(admin.prints("owned carrierx").await, @r"
    NUMBER       AT SUPPLIER  HERE
    46701234567  yes          -
    ");
    let idle = admin.prints("idle --days 60").await;
    assert!(idle.contains("3.60 USD  -333.00"), "{idle}");
    assert_snapshot!(admin.prints("margin --by month --from 2026-11-01").await, @r"
    KEY      INCOME  COSTS     MARGIN
    2026-11  870.00  3.60 USD  537.00
    ");
    assert_snapshot!(admin.prints("orders 7").await, @r"
    order 7 (may-1) from carrierx: done, 1 of 1 numbers stocked, at most 2.00 USD
    LINE  NUMBER       STATE    ATTEMPTS  CODE  DEVIATION  REASON
    31    46701234567  stocked  1         -     -          -

    AT                    LINE  ACTION   DETAIL
    2026-11-20T12:00:01Z  31    stocked  -
    ");
    assert_eq!(
        admin.paths(),
        [
            "GET /v1/suppliers/carrierx/available?country=sweden&prefix=4670&external=true&limit=5",
            "GET /v1/suppliers/carrierx/owned?limit=1000",
            "GET /v1/idle?days=60&limit=1000",
            "GET /v1/margin?by=month&from=2026-11-01&limit=1000",
            "GET /v1/orders/7",
        ]
    );
}

#[tokio::test]
async fn changes_are_posted_with_their_reason() {
    let placed = order("open", &[(31, "wiring", Some("46701234567"))]);
    let given_back = json!({"number": "46701234567", "state": "giving_back"});
    let admin = Admin::answering([(200, placed.clone()), (202, given_back), (202, placed)]).await;
    admin.prints("cancel 7 --reason late").await;
    let given_back = admin.prints("give-back 46701234567 --reason idle --when-free").await;
    assert_eq!(given_back, "46701234567: giving_back\n");
    assert!(
        admin
            .prints("adopt carrierx 46701234567 46701234568")
            .await
            .contains("wiring")
    );
    let expected = [
        ("POST /v1/orders/7/cancel", json!({"reason": "late"})),
        (
            "POST /v1/numbers/46701234567/give-back",
            json!({"reason": "idle", "when_free": true}),
        ),
        (
            "POST /v1/suppliers/carrierx/adopt",
            json!({"numbers": ["46701234567", "46701234568"]}),
        ),
    ];
    assert_eq!(admin.calls(), expected.map(|(path, body)| (path.to_owned(), body)));
}

#[tokio::test]
async fn failures_are_sentences() {
    let admin = Admin::answering([
        (409, json!({"status": 409, "detail": "carrierx does not offer that"})),
        (502, json!("no problem")),
        (0, Value::Null),
        (503, json!({"status": 503, "detail": "the database is busy"})),
    ])
    .await;
    for (arguments, sentence) in [
        ("owned carrierx", "leaseline: carrierx does not offer that\n"),
        ("list", "leaseline: the server answered HTTP 502\n"),
        (
            &format!("{BUY} --yes"),
            "repeat the command with --reference may-1, which orders it once only\n",
        ),
        (
            &format!("{BUY} --yes"),
            "leaseline: the database is busy; it may have been ordered: repeat the command with --reference may-1, which orders it once \
             only\n",
        ),
    ] {
        let output = admin.run(arguments, "").await;
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{arguments}");
        assert!(stderr(&output).ends_with(sentence), "{}", stderr(&output));
        assert!(!stderr(&output).contains(ADMIN_TOKEN), "rule 11");
    }
    for (address, arguments, code, word) in [
        ("127.0.0.1:1", "list", 1, "http://127.0.0.1:1: no connection"),
        ("127.0.0.1:0", "list", 1, "port 0"),
        (
            "127.0.0.1:1",
            "owned carierx",
            2,
            "must be one of multitel-v3, multitel, cm, carrierx",
        ),
        ("127.0.0.1:1", "give-back 12x --reason a", 2, "NUMBER"),
        (
            "127.0.0.1:1",
            "buy carrierx --filter NY",
            2,
            "must be a name, = and a value",
        ),
        ("127.0.0.1:1", "buy carrierx --wait --timeout soon", 2, "such as 10m"),
        ("127.0.0.1:1", "orders 7 --state open", 2, "--state"),
    ] {
        let output = run(address, arguments, "").await;
        assert_eq!(output.status.code(), Some(code), "{arguments}");
        assert!(stderr(&output).contains(word), "{arguments}: {}", stderr(&output));
    }
}
