//! Long SMS whose parts were cut in the middle of an emoji: the renter reads the emoji (rule 7).

use axum::body::Body;
use axum::http::Request;
use leaseline::domain::cut::{Cut, FirstHalf, SecondHalf};
use leaseline::domain::sms::InboundSms;
use leaseline::flow::accept_sms::Accepted::{Assigned, Duplicate, Waiting};
use serde_json::json;

use crate::support::handover::part;
use crate::support::{Gateway, House, minutes, seconds};

const NUMBER: u64 = 46_700_000_001;

async fn rented() -> (House, Gateway) {
    let house = House::build().await;
    let gateway = house.stocked(1).await;
    house.rent().await;
    (house, gateway)
}

/// Part `sequence` of "Code 😀4821😀!", each cut in the middle of an emoji.
fn of_three(sequence: u8) -> InboundSms {
    let text = ["Code ", "4821", "!"][usize::from(sequence) - 1];
    cut(sequence, text, (sequence > 1, sequence < 3))
}

fn cut(sequence: u8, text: &str, (before, after): (bool, bool)) -> InboundSms {
    let cut = Cut {
        before: SecondHalf::new(0xde00).filter(|_| before),
        after: FirstHalf::new(0xd83d).filter(|_| after),
    };
    let sms = part(NUMBER, 3, sequence, text);
    InboundSms {
        part: sms.part.map(|part| part.with(cut)),
        ..sms
    }
}

#[tokio::test]
async fn rule_7_an_emoji_is_whole_again_in_any_order_whatever_happens_in_between() {
    for order in [[3, 2, 1], [2, 3, 1], [1, 3, 2]] {
        let (mut house, gateway) = rented().await;
        for sequence in &order[..2] {
            assert_eq!(house.hand_over(&gateway, [of_three(*sequence)]).await, [Waiting]);
            house.restart().await;
            house.tick_after(seconds(10)).await;
            // What is known of it says the same after the restart, too.
            assert_eq!(house.hand_over(&gateway, [of_three(*sequence)]).await, [Duplicate]);
        }
        let last = house.hand_over(&gateway, [of_three(order[2])]).await;
        assert!(matches!(last[..], [Assigned(_)]), "{last:?}");
        house.restart().await;
        assert_eq!(house.hand_over(&gateway, [of_three(1)]).await, [Duplicate]);
        house.tick().await;
        assert_eq!(house.onlinesim.texts(), ["Code 😀4821😀!"], "{order:?}");
        house.close().await;
    }
}

#[tokio::test]
async fn rule_12_halves_that_meet_nothing_are_replaced_when_the_rest_does_not_come() {
    for (parts, text) in [
        (&[2, 1][..], "Code 😀4821\u{fffd}[…]"),
        (&[3, 1], "Code \u{fffd}[…]\u{fffd}!"),
        (&[2], "[…]\u{fffd}4821\u{fffd}[…]"),
    ] {
        let (mut house, gateway) = rented().await;
        for sequence in parts {
            house.hand_over(&gateway, [of_three(*sequence)]).await;
            house.restart().await;
        }
        house.tick_after(minutes(3)).await;
        assert_eq!(house.onlinesim.texts(), [text]);
        house.close().await;
    }
}

/// The same text with other halves around it is another part, of another message.
#[tokio::test]
async fn rule_7_a_part_that_was_cut_otherwise_is_no_repetition() {
    let (mut house, gateway) = rented().await;
    house.hand_over(&gateway, [of_three(2)]).await;
    house.restart().await;
    let otherwise = [(false, true), (true, false), (false, false)].map(|halves| cut(2, "4821", halves));
    assert_eq!(house.hand_over(&gateway, otherwise.clone()).await, [Waiting; 3]);
    house.restart().await;
    assert_eq!(house.hand_over(&gateway, otherwise).await, [Duplicate; 3]);
    house.tick_after(minutes(3)).await;
    let texts = [
        "[…]\u{fffd}4821\u{fffd}[…]",
        "[…]4821\u{fffd}[…]",
        "[…]\u{fffd}4821[…]",
        "[…]4821[…]",
    ];
    assert_eq!(house.onlinesim.texts(), texts);
    house.close().await;
}

/// Each door reads the halves: bytes of UTF-16, and escapes in JSON.
#[tokio::test]
async fn rule_7_an_emoji_comes_through_the_door_of_each_program_that_leaves_parts_alone() {
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
        let mut house = House::build().await;
        let gateway = house.gateway_with("bank", json!({ "kind": kind })).await;
        house.import(&gateway, "sweden", "telia", [NUMBER]).await;
        house.rent().await;
        for (query, body) in parts.iter().rev() {
            let path = format!("/in/{}?{query}", gateway.token);
            let request = if body.is_empty() {
                Request::get(path)
            } else {
                Request::post(path)
            };
            let request = request.body(Body::from(body.clone())).unwrap();
            assert_eq!(house.ask(request).await.code(), 200, "{kind}");
            house.restart().await;
        }
        house.tick().await;
        assert_eq!(house.onlinesim.texts(), ["К😀!"], "{kind}");
        house.close().await;
    }
}
