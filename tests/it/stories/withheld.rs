//! SMS that the partner's filter withholds: stored and shown, never pushed, and no SMS for the watchdog.

use axum::http::Method;
use leaseline::domain::assignment::UnassignedReason::NotRented;
use leaseline::domain::operation::OperationId;
use leaseline::domain::sms::InboundSms;
use leaseline::flow::accept_sms::Accepted::{self, Assigned, Duplicate, Waiting, Withheld};
use serde_json::{Value, json};

use crate::support::inbound::{part, plain, with_id};
use crate::support::{NUMBER, Rented, TestServer, minutes, seconds};

const FILTER: [(&str, &str); 2] = [
    ("FILTER__WITHHOLD_SENDERS", r#"["^bank$", "^оператор$"]"#),
    ("FILTER__WITHHOLD_TEXTS", r#"["^your balance", "баланс \\d{1,5} руб"]"#),
];

fn from(sender: &str, sms: InboundSms) -> InboundSms {
    InboundSms {
        sender: sender.to_owned(),
        ..sms
    }
}

/// What becomes of a withheld SMS of that rental.
fn withheld(rented: &Rented) -> Accepted {
    Withheld(Ok(OperationId::new(rented.id).unwrap()))
}

/// The texts of the messages of a filter, the newest first.
async fn texts(server: &TestServer, filter: &str) -> Vec<String> {
    let list = server.admin_list(&format!("/v1/messages?{filter}")).await;
    let text = |one: &Value| one["text"].as_str().unwrap().to_owned();
    list.iter().map(text).collect()
}

#[tokio::test]
async fn rule_5_a_withheld_sms_is_shown_and_never_pushed_and_its_rental_is_a_silent_one() {
    let (mut server, gateway, rented) = TestServer::with_rental(&FILTER).await;
    let batch = [
        from("BANK", plain(NUMBER, "code 1")),
        from("Оператор", plain(NUMBER, "code 2")),
        plain(NUMBER, "YOUR balance is 5"),
        plain(NUMBER, "Ваш БАЛАНС 12 Руб."),
    ];
    assert_eq!(server.deliver(&gateway, batch.clone()).await, [withheld(&rented); 4]);
    let again = [
        batch[0].clone(),
        with_id("7", batch[0].clone()),
        with_id("7", batch[0].clone()),
    ];
    let again = server.deliver(&gateway, again).await;
    assert_eq!(again, [Duplicate, withheld(&rented), Duplicate]);
    server.sms(&gateway, NUMBER, "Your balance once more").await;
    assert_eq!(server.fate(rented.id).await, "waiting");

    let shown = server.admin_list("/v1/messages?withheld=true").await;
    assert_eq!(shown.len(), 6);
    for one in &shown {
        assert_eq!((&one["withheld"], &one["operation"]), (&json!(true), &json!(rented.id)));
        assert_eq!(
            (&one["delivery"], &one["unassigned_reason"]),
            (&Value::Null, &Value::Null)
        );
    }
    assert_eq!(
        server.operation(rented.id).await["messages"].as_array().unwrap().len(),
        6
    );
    let metrics = server.admin(Method::GET, "/metrics", None).await.ok();
    for line in [
        "leaseline_sms_received_total{gateway=\"bank\",result=\"withheld\"} 1\n",
        "leaseline_first_sms_seconds_count 0\n",
    ] {
        assert!(metrics.text().contains(line), "{line}{}", metrics.text());
    }

    server.tick().await;
    server.restart_without("FILTER__WITHHOLD_TEXTS").await;
    server.tick().await;
    for id in 1..=6 {
        let answer = server
            .admin(Method::POST, &format!("/v1/messages/{id}/resend"), None)
            .await;
        assert_eq!(answer.code(), 409, "{}", answer.text());
        assert!(answer.text().contains("the message is withheld"), "{}", answer.text());
    }
    server.tick_after(minutes(21)).await;
    assert_eq!(server.fate(rented.id).await, "no_sms");
    assert_eq!(
        (server.strikes(NUMBER).await, server.balance().await),
        (1, "voided 320.00".to_owned())
    );
    assert!(server.onlinesim.pushes().is_empty());
    server.close().await;
}

#[tokio::test]
async fn what_is_withheld_takes_nothing_from_the_others() {
    let settings = [&FILTER[..], &[("GATEWAY__SMS_PER_NUMBER_MAX", "1")]].concat();
    let (server, gateway, rented) = TestServer::with_rental(&settings).await;
    let before = [1, 2, 3].map(|count| from("bank", plain(NUMBER, &format!("{count}"))));
    assert_eq!(server.deliver(&gateway, before).await, [withheld(&rented); 3]);
    server.advance(minutes(1));
    let own = server.deliver(&gateway, [plain(NUMBER, "the code")]).await;
    assert!(matches!(own[..], [Assigned(_)]), "{own:?}");
    let after = [from("bank", plain(NUMBER, "4")), part(NUMBER, 2, 1, "the balance of")];
    assert_eq!(server.deliver(&gateway, after).await, [withheld(&rented), Waiting]);
    server.tick_after(minutes(3)).await;
    assert_eq!(server.onlinesim.texts(), ["the code"]);
    assert_eq!(server.fate(rented.id).await, "receiving");
    for (filter, expected) in [
        ("withheld=true", vec!["4", "3", "2", "1"]),
        ("withheld=true&delivery=none&number=46799999999", vec![]),
        ("withheld=true&delivery=delivered", vec![]),
        ("withheld=false", vec!["the balance of[…]", "the code"]),
        ("withheld=false&delivery=delivered", vec!["the code"]),
        ("withheld=false&delivery=none", vec!["the balance of[…]"]),
        ("delivery=none", vec!["the balance of[…]", "4", "3", "2", "1"]),
    ] {
        assert_eq!(texts(&server, filter).await, expected, "{filter}");
    }
    let own = format!("withheld=true&delivery=none&number={NUMBER}");
    assert_eq!(texts(&server, &own).await.len(), 4);
    server.close().await;
}

#[tokio::test]
async fn the_parts_of_an_sms_are_decided_about_when_they_are_joined() {
    let (server, gateway, rented) = TestServer::with_rental(&FILTER).await;
    let joined = [part(NUMBER, 2, 1, "Your bal"), part(NUMBER, 2, 2, "ance is 5")];
    assert_eq!(server.deliver(&gateway, joined).await, [Waiting, withheld(&rented)]);
    let sender = [2, 3, 1].map(|sequence| from("Bank", part(NUMBER, 3, sequence, "code")));
    assert_eq!(
        server.deliver(&gateway, sender).await,
        [Waiting, Waiting, withheld(&rented)]
    );
    // It looks as if it began the text, but does not.
    let passes = [part(NUMBER, 4, 2, "your balance "), part(NUMBER, 4, 1, "Code 1, ")];
    assert_eq!(server.deliver(&gateway, passes).await, [Waiting, Waiting]);
    server.tick_after(minutes(3)).await;
    assert_eq!(server.onlinesim.texts(), ["Code 1, your balance […]"]);
    assert_eq!(
        texts(&server, "withheld=true").await,
        ["codecodecode", "Your balance is 5"]
    );
    server.close().await;
}

/// As long as its parts are not all there, nobody knows its text: it is flushed before a rental is closed, and then decided
/// about.
#[tokio::test]
async fn rule_9_a_withheld_sms_in_parts_does_not_keep_a_rental_open() {
    let (mut server, gateway, silent) = TestServer::with_rental(&FILTER).await;
    server.advance(minutes(20));
    server.deliver(&gateway, [part(NUMBER, 2, 1, "Your balance ")]).await;
    server.restart().await;
    server.tick().await;
    assert_eq!(server.fate(silent.id).await, "waiting");
    server.tick_after(minutes(1)).await;
    assert_eq!(
        (server.fate(silent.id).await.as_str(), server.strikes(NUMBER).await),
        ("no_sms", 1)
    );

    let finished = server.rent().await;
    server
        .deliver(&gateway, [from("bank", part(NUMBER, 3, 1, "one"))])
        .await;
    server.advance(minutes(20));
    server.finish(finished.id, 4, "0").await;
    assert_eq!(server.strikes(NUMBER).await, 2);
    let forced = server.rent().await;
    server
        .deliver(&gateway, [from("bank", part(NUMBER, 4, 1, "two"))])
        .await;
    server.force(forced.id).await.ok();
    server.tick().await;
    assert_eq!(
        texts(&server, "withheld=true").await,
        ["two[…]", "one[…]", "Your balance […]"]
    );
    assert!(server.onlinesim.pushes().is_empty());
    server.close().await;
}

#[tokio::test]
async fn sms_of_nobody_are_withheld_too_and_a_filter_holds_for_what_comes_after_it() {
    let mut server = TestServer::with(&FILTER).await;
    let gateway = server.stocked(1).await;
    let accepted = server.deliver(&gateway, [from("bank", plain(NUMBER, "early"))]).await;
    assert_eq!(accepted, [Withheld(Err(NotRented))]);
    assert_eq!(
        texts(&server, "withheld=true&unassigned_reason=not_rented").await,
        ["early"]
    );
    server.rent().await;
    server.restart_without("FILTER__WITHHOLD_SENDERS").await;
    let accepted = server.deliver(&gateway, [from("bank", plain(NUMBER, "late"))]).await;
    assert!(matches!(accepted[..], [Assigned(_)]), "{accepted:?}");
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["late"]);
    assert_eq!(texts(&server, "withheld=true").await, ["early"]);
    server.close().await;
}

/// The gateway delivers, so it is not what is wrong when a rental has no SMS.
#[tokio::test]
async fn a_gateway_whose_sms_are_withheld_is_not_silent() {
    let server = TestServer::with(&FILTER).await;
    let gateway = server.stocked(3).await;
    server.advance(seconds(1));
    let rented = server.rent().await;
    server.rent().await;
    server.rent().await;
    let is_silent = async || {
        server.watch().await;
        let open = server.admin_list("/v1/troubles?state=open").await;
        open.iter().any(|one| one["kind"] == "gateway_silent")
    };
    server.advance(minutes(15));
    assert!(is_silent().await);
    let sms = from("bank", plain(rented.number, "code"));
    server.deliver(&gateway, [sms]).await;
    is_silent().await;
    server.advance(minutes(1));
    assert!(!is_silent().await);
    server.close().await;
}
