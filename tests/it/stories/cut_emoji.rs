//! Concatenated SMS whose parts were cut inside an emoji: the renter reads the emoji (rule 7).

use axum::body::Body;
use axum::http::Request;
use leaseline::domain::sms::InboundSms;
use leaseline::flow::accept_sms::Accepted::{Assigned, Duplicate, Waiting};
use serde_json::json;

use crate::support::inbound::part;
use crate::support::{Gateway, TestServer, minutes, seconds};

const NUMBER: u64 = 46_700_000_001;

async fn rented() -> (TestServer, Gateway) {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    server.rent().await;
    (server, gateway)
}

/// Part `sequence` of "Code 😀4821😀!", each cut inside an emoji.
fn of_three(sequence: u8) -> InboundSms {
    let text = ["Code ", "4821", "!"][usize::from(sequence) - 1];
    cut(sequence, text, (sequence > 1, sequence < 3))
}

fn cut(sequence: u8, text: &str, (before, after): (bool, bool)) -> InboundSms {
    let (before, after) = (before.then_some(0xde00), after.then_some(0xd83d));
    InboundSms {
        text: before.into_iter().chain(text.encode_utf16()).chain(after).collect(),
        ..part(NUMBER, 3, sequence, "")
    }
}

#[tokio::test]
async fn rule_7_an_emoji_is_whole_again_in_any_order_whatever_happens_in_between() {
    for order in [[3, 2, 1], [2, 3, 1], [1, 3, 2]] {
        let (mut server, gateway) = rented().await;
        for sequence in &order[..2] {
            assert_eq!(server.deliver(&gateway, [of_three(*sequence)]).await, [Waiting]);
            server.restart().await;
            server.tick_after(seconds(10)).await;
            // What is known of it says the same after the restart, too.
            assert_eq!(server.deliver(&gateway, [of_three(*sequence)]).await, [Duplicate]);
        }
        let last = server.deliver(&gateway, [of_three(order[2])]).await;
        assert!(matches!(last[..], [Assigned(_)]), "{last:?}");
        server.restart().await;
        assert_eq!(server.deliver(&gateway, [of_three(1)]).await, [Duplicate]);
        server.tick().await;
        assert_eq!(server.onlinesim.texts(), ["Code 😀4821😀!"], "{order:?}");
        server.close().await;
    }
}

#[tokio::test]
async fn rule_12_lone_surrogates_are_replaced_when_the_rest_does_not_come() {
    for (parts, text) in [
        (&[2, 1][..], "Code 😀4821\u{fffd}[…]"),
        (&[3, 1], "Code \u{fffd}[…]\u{fffd}!"),
        (&[2], "[…]\u{fffd}4821\u{fffd}[…]"),
    ] {
        let (mut server, gateway) = rented().await;
        for sequence in parts {
            server.deliver(&gateway, [of_three(*sequence)]).await;
            server.restart().await;
        }
        server.tick_after(minutes(3)).await;
        assert_eq!(server.onlinesim.texts(), [text]);
        server.close().await;
    }
}

/// The same text with other surrogates around it is another part, of another message.
#[tokio::test]
async fn rule_7_a_part_that_was_cut_elsewhere_is_not_a_repetition() {
    let (mut server, gateway) = rented().await;
    server.deliver(&gateway, [of_three(2)]).await;
    server.restart().await;
    let otherwise = [(false, true), (true, false), (false, false)].map(|ends| cut(2, "4821", ends));
    assert_eq!(server.deliver(&gateway, otherwise.clone()).await, [Waiting; 3]);
    server.restart().await;
    assert_eq!(server.deliver(&gateway, otherwise).await, [Duplicate; 3]);
    server.tick_after(minutes(3)).await;
    let texts = [
        "[…]\u{fffd}4821\u{fffd}[…]",
        "[…]4821\u{fffd}[…]",
        "[…]\u{fffd}4821[…]",
        "[…]4821[…]",
    ];
    assert_eq!(server.onlinesim.texts(), texts);
    server.close().await;
}

/// Lone surrogates in bytes of UTF-16, and as escapes in JSON.
#[tokio::test]
async fn rule_7_an_emoji_comes_through_each_adapter_that_receives_parts() {
    let kannel = |udh: &str, text: &str| {
        let fields = "from=VK&to=%2B46700000001&coding=2&charset=UTF-16BE";
        (format!("{fields}&udh={udh}&text={text}"), String::new())
    };
    let jasmin = |binary: &str| {
        let fields = "from=VK&to=46700000001&coding=%08";
        (String::new(), format!("{fields}&binary={binary}"))
    };
    let json = |sequence: u8, text: &str| {
        let body = r#""from":"VK","to":"46700000001","reference":7,"total":2"#;
        (
            String::new(),
            format!(r#"{{{body},"sequence":{sequence},"text":"{text}"}}"#),
        )
    };
    for (kind, parts) in [
        (
            "kannel",
            [
                kannel("%05%00%03%07%02%01", "%04%1A%D8%3D"),
                kannel("%05%00%03%07%02%02", "%DE%00%00%21"),
            ],
        ),
        (
            "jasmin",
            [jasmin("06080412070201041ad83d"), jasmin("06080412070202de000021")],
        ),
        ("generic", [json(1, r"К\ud83d"), json(2, r"\ude00!")]),
    ] {
        let mut server = TestServer::build().await;
        let gateway = server.gateway_with("bank", json!({ "kind": kind })).await;
        server.import(&gateway, "sweden", "telia", [NUMBER]).await;
        server.rent().await;
        for (query, body) in parts.iter().rev() {
            let path = format!("/in/{}?{query}", gateway.token);
            let request = if body.is_empty() {
                Request::get(path)
            } else {
                Request::post(path)
            };
            let request = request.body(Body::from(body.clone())).unwrap();
            assert_eq!(server.ask(request).await.code(), 200, "{kind}");
            server.restart().await;
        }
        server.tick().await;
        assert_eq!(server.onlinesim.texts(), ["К😀!"], "{kind}");
        server.close().await;
    }
}
