//! `leaseline supplier buy`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::gateway_new::stderr;
use super::scripted_admin::{Admin, BUY, PLANNED, order};

/// What a dry run answers.
fn preview(forbidden: Option<&str>) -> Value {
    let mut preview = order("open", &[(0, "planned", None), (0, "planned", None)]);
    preview["id"] = Value::Null;
    preview["forbidden"] = json!(forbidden);
    preview
}

#[tokio::test]
async fn buying_shows_what_it_costs_and_asks() {
    let placed = order("open", &PLANNED);
    let admin = Admin::answering([(200, preview(None)), (202, placed.clone())]).await;
    let output = admin.run(BUY, "y\n").await;
    assert!(output.status.success(), "{}", stderr(&output));
    let asked = "2 numbers from carrierx, for 2.00 USD at most on the day of purchase\nBuy? [y/N] ";
    assert_eq!(stderr(&output), asked);
    assert_snapshot!(String::from_utf8(output.stdout).unwrap(), @r"
    order 7 (may-1) from carrierx: open, 0 of 2 numbers stocked, at most 2.00 USD
    LINE  NUMBER  STATE    ATTEMPTS  CODE  DEVIATION  REASON
    31    -       planned  1         -     -          -
    32    -       planned  1         -     -          -
    ");
    let mut body = json!({
        "supplier": "carrierx", "reference": "may-1", "country": "sweden", "prefix": "4670", "quantity": 2,
        "max_monthly": "1.00",
    });
    let bought = ("POST /v1/orders".to_owned(), body.clone());
    body["dry_run"] = json!(true);
    assert_eq!(admin.calls(), [("POST /v1/orders".to_owned(), body), bought.clone()]);

    for no in ["n\n", "", "yes please\n"] {
        let admin = Admin::answering([(200, preview(None))]).await;
        let output = admin.run(BUY, no).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("nothing was ordered") && output.stdout.is_empty());
    }
    let admin = Admin::answering([(202, placed)]).await;
    admin.prints(&format!("{BUY} --yes")).await;
    assert_eq!(admin.calls(), [bought]);
}

#[tokio::test]
async fn nothing_is_bought_that_is_forbidden_or_only_tried() {
    let forbidden = "the option carrierx.budget_per_day is not set";
    let admin = Admin::answering([(200, preview(Some(forbidden))), (200, preview(None))]).await;
    let output = admin.run(BUY, "y\n").await;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).ends_with(&format!("leaseline: {forbidden}\n")),
        "{}",
        stderr(&output)
    );
    let shown = admin.prints(&format!("{BUY} --dry-run")).await;
    assert_eq!(
        shown,
        "2 numbers from carrierx, for 2.00 USD at most on the day of purchase\n"
    );
    assert!(admin.calls().iter().all(|(_, body)| body["dry_run"] == true));
}

#[tokio::test]
async fn other_forms_have_the_fields_of_the_api() {
    for (arguments, fields) in [
        (
            "multitel --numbers 1,2 --options Channels=2 --options URI=a=b --prove --operator telia",
            json!({"operator": "telia", "prove": true, "numbers": ["1", "2"], "options": {"Channels": "2", "URI": "a=b"}}),
        ),
        (
            "multitel-v3 --number 1 --price-uuid u --expected-monthly 1 --expected-setup 0",
            json!({"number": "1", "price_uuid": "u", "expected_monthly": "1", "expected_setup": "0"}),
        ),
        (
            "cm --area-code 20 --city a --region b --range-size 10 --type t --comment c",
            json!({"area_code": "20", "city": "a", "region": "b", "range_size": 10, "type": "t", "comment": "c"}),
        ),
        (
            "carrierx --random --external --max-setup 1",
            json!({"max_setup": "1", "external": true, "random": true}),
        ),
        (
            "carrierx --filter state=NY --filter npa=516",
            json!({"filter": {"state": "NY", "npa": "516"}}),
        ),
    ] {
        let admin = Admin::answering([(202, order("open", &PLANNED))]).await;
        admin.prints(&format!("buy {arguments} --yes")).await;
        let [(_, mut body)] = admin.calls().try_into().unwrap();
        let supplier = arguments.split(' ').next().unwrap();
        assert_eq!(body["supplier"].take(), supplier);
        let reference = body["reference"].take();
        assert!(
            reference
                .as_str()
                .is_some_and(|name| name.len() == 16 && name.starts_with("cli-")),
            "{reference}"
        );
        body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        assert_eq!(body, fields, "{arguments}");
    }
}

#[tokio::test]
async fn waiting_prints_each_change_and_fails_unless_all_are_stocked() {
    let placed = (202, order("open", &PLANNED));
    let first = [(31, "stocked", Some("46701234567")), (32, "planned", None)];
    let admin = Admin::answering([
        placed.clone(),
        (200, order("open", &first)),
        (200, order("done", &[first[0], (32, "stocked", Some("46701234568"))])),
    ])
    .await;
    let printed = admin.prints(&format!("{BUY} --yes --wait --timeout 1m")).await;
    let changes = printed.lines().skip(4).collect::<Vec<_>>();
    assert_eq!(
        changes,
        ["line 31: stocked, 46701234567", "line 32: stocked, 46701234568"]
    );
    assert_eq!(admin.paths()[1..], ["GET /v1/orders/7"; 2]);

    let admin = Admin::answering([
        placed.clone(),
        (200, order("partial", &[first[0], (32, "refused", None)])),
    ])
    .await;
    let output = admin.run(&format!("{BUY} --yes --wait --json"), "").await;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("order 7 is partial: 1 of 2 numbers are stocked"),
        "{}",
        stderr(&output)
    );
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed["state"], "partial", "one document");

    let admin = Admin::answering([placed]).await;
    let output = admin.run(&format!("{BUY} --yes --wait --timeout 1ms"), "").await;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("order 7 is still open"), "{}", stderr(&output));
}
