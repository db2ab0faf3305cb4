//! The way to Onlinesim at its worst for an hour: connections reset, answers cut off, slow, endless or not HTTP. In the
//! end every SMS was accepted, in its order unless it was declined three times, and none was pushed after its acceptance
//! was received. Rule 7.

use super::bad_network::{HUGE, Mode, Proxy};
use crate::support::{Reply, TestServer, seconds};

/// What Onlinesim itself answers when a push gets through, besides SUCCESS.
fn bad_mood(step: usize) -> Option<Reply> {
    match step % 5 {
        0 => Some(Reply::new(500, "")),
        1 => Some(Reply::new(200, r#"{"status":"ERROR","error":"try later"}"#)),
        2 => Some(Reply::redirect("http://127.0.0.1:1/elsewhere")),
        3 => Some(Reply::new(200, "<html>")),
        _ => None,
    }
}

const MODES: [Mode; 10] = [
    Mode::Reset,
    Mode::AnswerLost,
    Mode::NoHttp,
    Mode::Through,
    Mode::HalfAHead,
    Mode::Reset,
    Mode::HalfABody,
    Mode::AnswerLost,
    Mode::Through,
    Mode::Reset,
];

#[tokio::test]
async fn rule_7_an_hour_of_a_bad_line_loses_no_message_and_repeats_none_that_was_accepted() {
    let (mut server, gateway, rented) = TestServer::with_rentals(6, &[("PUSH__TIMEOUT", "1s")]).await;
    let proxy = Proxy::to(server.onlinesim.address).await;
    let url = format!("http://{}/api", proxy.address);
    server.restart_with(&[("PUSH__URL", &url)]).await;
    let mut texts: Vec<Vec<String>> = vec![Vec::new(); rented.len()];
    for step in 0..60 {
        proxy.set(match step {
            // What costs real time, and a hundred megabytes, once or twice.
            20 | 40 => Mode::Silent,
            25 | 45 => Mode::Stuck,
            30 => Mode::Huge,
            _ => MODES[step % MODES.len()],
        });
        server.onlinesim.answers(bad_mood(step));
        let renter = step % rented.len();
        let text = format!("code {renter}-{step}");
        server.sms(&gateway, rented[renter].number, &text).await;
        texts[renter].push(text);
        server.tick_after(seconds(60)).await;
    }
    assert!(!server.messages("due").await.is_empty(), "too good a line");
    proxy.set(Mode::Through);
    for _ in 0..30 {
        server.tick_after(seconds(10)).await;
    }
    let answered = proxy.answered();
    for of_renter in &texts {
        let accepted = answered
            .iter()
            .filter(|(text, accepted)| *accepted && of_renter.contains(text));
        let accepted: Vec<&String> = accepted.map(|(text, _)| text).collect();
        // What was declined three times makes way for the rest. A huge answer is not among those answered.
        let refusals = |text: &&String| {
            answered
                .iter()
                .filter(|(one, accepted)| one == *text && !accepted)
                .count()
        };
        let in_order = |texts: &[&String]| -> Vec<String> {
            let kept = texts.iter().filter(|text| refusals(text) < 2);
            kept.map(|text| (*text).clone()).collect()
        };
        let all: Vec<&String> = of_renter.iter().collect();
        assert_eq!(in_order(&accepted), in_order(&all), "in order");
        let sorted = |mut texts: Vec<&String>| {
            texts.sort_unstable();
            texts.into_iter().cloned().collect::<Vec<_>>()
        };
        assert_eq!(sorted(accepted), sorted(all), "once each");
        for text in of_renter {
            let last = answered.iter().rfind(|(one, _)| one == text).unwrap();
            assert!(last.1, "{text} was pushed after its acceptance");
        }
    }
    assert_eq!(server.messages("delivered").await.len(), 60);
    let huge_sent = proxy.huge_sent();
    assert!(
        huge_sent < HUGE / 2,
        "of a huge answer only a part is read: {huge_sent}"
    );
    eprintln!(
        "60 SMS in an hour of a bad line: {} pushes spoilt on the way, {} reached Onlinesim; of an answer of {HUGE} bytes \
         {huge_sent} were taken",
        proxy.spoilt(),
        server.onlinesim.pushes().len()
    );
    server.close().await;
}

#[tokio::test]
async fn rule_7_an_hour_without_onlinesim_delays_and_loses_nothing() {
    let (server, gateway, rented) = TestServer::with_rentals(3, &[]).await;
    server.onlinesim.always_answers(Reply::Broken);
    for text in ["one", "two"] {
        for one in &rented {
            server.sms(&gateway, one.number, &format!("{text} {}", one.id)).await;
        }
    }
    server.tick().await;
    for _ in 0..360 {
        server.tick_after(seconds(10)).await;
    }
    // Each first in line, every ten seconds.
    assert_eq!(server.onlinesim.pushes().len(), 361 * 3);
    assert_eq!(server.messages("due").await.len(), 6);
    server.onlinesim.always_answers(Reply::status("SUCCESS"));
    server.tick_after(seconds(10)).await;
    let mut texts = server.onlinesim.texts().split_off(361 * 3);
    texts.sort_unstable();
    let expected = ["one 1", "one 2", "one 3", "two 1", "two 2", "two 3"];
    assert_eq!(texts, expected, "ten seconds after it came back");
    server.tick_after(seconds(60)).await;
    assert_eq!(server.onlinesim.pushes().len(), 361 * 3 + 6);
    for one in &rented {
        assert_eq!(server.fate(one.id).await, "receiving");
    }
    server.close().await;
}
