//! The same SMS again from gateways that give no ids: rule 7 for a short time, because services repeat themselves on purpose.

use leaseline::domain::sms::{InboundSms, Receiver, Recipient};
use leaseline::flow::accept_sms::Accepted::{Assigned, Duplicate};

use crate::support::inbound::{of_three, on_lines, plain, with_id};
use crate::support::{Gateway, MILLISECOND, NUMBER, TestServer, minutes, seconds};

async fn is_new(server: &TestServer, gateway: &Gateway, sms: InboundSms) -> bool {
    server.deliver(gateway, [sms]).await != [Duplicate]
}

#[tokio::test]
async fn rule_7_without_an_id_the_same_again_is_a_repetition_for_a_minute() {
    let mut server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    server.rent().await;
    let code = || plain(NUMBER, "code");
    assert!(is_new(&server, &gateway, code()).await);
    assert!(!is_new(&server, &gateway, code()).await);
    server.restart().await;
    server.advance(seconds(60));
    assert!(!is_new(&server, &gateway, code()).await);
    // Counted from the one that was stored.
    server.advance(MILLISECOND);
    assert!(is_new(&server, &gateway, code()).await);
    let accepted = server
        .deliver(&gateway, [plain(NUMBER, "two"), plain(NUMBER, "two"), code()])
        .await;
    assert!(
        matches!(accepted[..], [Assigned(_), Duplicate, Duplicate]),
        "{accepted:?}"
    );
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["code", "code", "two"]);
    server.close().await;
}

#[tokio::test]
async fn rule_7_what_differs_in_one_thing_is_another_message() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let other = server.gateway("other").await;
    let first = plain(NUMBER, "code");
    let sent_at = |at| InboundSms {
        sent_at: Some(server.clock.now() + seconds(at)),
        ..plain(NUMBER, "code")
    };
    assert!(is_new(&server, &gateway, first.clone()).await);
    assert!(is_new(&server, &other, first.clone()).await);
    let to = Receiver::Number(Recipient::parse("46700000002").unwrap());
    for different in [
        InboundSms {
            receiver: to,
            ..first.clone()
        },
        InboundSms {
            sender: "service".to_owned(),
            ..first.clone()
        },
        plain(NUMBER, "Code"),
        with_id("7", first.clone()),
        on_lines(&["A"], "code"),
        on_lines(&["B"], "code"),
    ] {
        assert!(is_new(&server, &gateway, different.clone()).await);
        assert!(!is_new(&server, &gateway, different).await);
    }
    // The sending time counts where both have one.
    assert!(!is_new(&server, &gateway, sent_at(1)).await);
    server.advance(minutes(2));
    let both = server
        .deliver(&gateway, [sent_at(1), sent_at(2), sent_at(1), first])
        .await;
    assert_eq!(both.iter().filter(|one| **one == Duplicate).count(), 2, "{both:?}");
    assert!(is_new(&server, &gateway, sent_at(3)).await);
    assert!(!is_new(&server, &gateway, sent_at(2)).await);
    server.close().await;
}

/// A new renter who is sent the same text within the window gets it.
#[tokio::test]
async fn rule_7_without_an_id_the_same_again_to_another_renter_is_another_message() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let parts = || [1, 2, 3].map(|sequence| of_three(NUMBER, sequence));
    for _ in 0..2 {
        let rented = server.rent().await;
        for _ in 0..2 {
            server.deliver(&gateway, [plain(NUMBER, "code")]).await;
            server.deliver(&gateway, parts()).await;
        }
        server.tick().await;
        server.finish(rented.id, 3, "320").await;
    }
    let texts = ["code", "Your code is 4821"];
    assert_eq!(server.onlinesim.texts(), [texts, texts].concat());
    server.close().await;
}

/// An SMS that was sent at the same time is the same one, even if the number has another renter by then.
#[tokio::test]
async fn rule_8_without_an_id_a_repetition_does_not_reach_the_next_renter() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let code = InboundSms {
        sent_at: Some(server.clock.now()),
        ..plain(NUMBER, "code")
    };
    let first = server.rent().await;
    assert!(is_new(&server, &gateway, code.clone()).await);
    server.tick().await;
    server.finish(first.id, 3, "320").await;
    server.rent().await;
    assert!(!is_new(&server, &gateway, code).await);
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["code"]);
    let listed = server.admin_list("/v1/gateways").await;
    assert_eq!(listed[0]["repetitions"], 1);
    server.close().await;
}

#[tokio::test]
async fn the_window_is_the_operators() {
    let mut server = TestServer::with(&[("GATEWAY__DUPLICATE_WINDOW", "0s")]).await;
    let gateway = server.stocked(1).await;
    let code = || plain(NUMBER, "code");
    for _ in 0..2 {
        assert!(is_new(&server, &gateway, code()).await);
    }
    server.deliver(&gateway, [code(), code()]).await;
    assert_eq!(server.admin_list("/v1/messages").await.len(), 4);
    server.restart_with(&[("GATEWAY__DUPLICATE_WINDOW", "1h")]).await;
    server.advance(minutes(60));
    assert!(!is_new(&server, &gateway, code()).await);
    server.close().await;
}
