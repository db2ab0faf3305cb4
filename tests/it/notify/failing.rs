//! Channels that fail: each is tried again, later and later, and holds nobody else up.

use std::time::Duration;

use serde_json::json;

use super::{Channels, QUIET, SECRET, TOKEN, after, telegram_settings, with};
use crate::support::receiver::{Receiver, telegram};
use crate::support::suppliers::{ApiAnswer, WholesalerControl as _};
use crate::support::{Gateway, TestServer, minutes, seconds};

/// A gateway that is offline from time to time is a trouble each time, besides the numbers that nobody can rent then.
async fn with_gateway(settings: &[(&'static str, String)]) -> (TestServer, Gateway) {
    let server = with(settings, &[]).await;
    let gateway = server.gateway_with("bank", json!({"heartbeat_timeout": "5m"})).await;
    server
        .import(&gateway, "sweden", "telia", 46_700_000_001..=46_700_000_001)
        .await;
    server.heartbeat(&gateway).await;
    after(&server, Duration::ZERO).await;
    (server, gateway)
}

/// The same, with Telegram alone.
async fn with_telegram() -> (TestServer, Gateway, Receiver) {
    let telegram = telegram().await;
    let mut settings: Vec<_> = QUIET.map(|(name, value)| (name, value.to_owned())).into();
    settings.extend(telegram_settings(&telegram));
    let (server, gateway) = with_gateway(&settings).await;
    (server, gateway, telegram)
}

/// The gateway goes offline; that is sent, and not answered.
async fn begin_without_an_answer(server: &TestServer, telegram: &Receiver) {
    telegram.hangs();
    server.tick_after(minutes(5)).await;
    server.watch().await;
    tokio::select! {
        () = server.notify() => panic!("nothing is answered"),
        () = telegram.wait_for(1) => {}
    }
}

fn no_retry() -> ApiAnswer {
    ApiAnswer::text(500, "text/html", "<h1>secret of the other side</h1>")
}

#[tokio::test]
async fn a_channel_that_fails_is_called_after_growing_pauses_and_the_others_are_not_held_up() {
    let channels = Channels::start().await;
    let (server, _) = with_gateway(&channels.settings()).await;
    channels.telegram.refuses([no_retry(), no_retry(), no_retry()]);
    after(&server, minutes(5)).await;
    assert_eq!(channels.counts(), [1, 2, 1]);
    for (pause, calls) in [(10, 2), (20, 3), (40, 4)] {
        after(&server, seconds(pause - 1)).await;
        assert_eq!(channels.telegram.calls().len(), calls - 1);
        after(&server, seconds(1)).await;
        assert_eq!(channels.telegram.calls().len(), calls);
    }
    let texts = channels.telegram.texts();
    assert_eq!(texts[0], texts[3], "the same again");
    after(&server, minutes(10)).await;
    let events = channels.webhook.events();
    assert_eq!(
        events[2..],
        [
            "3 notifications_failing began: telegram: HTTP 500: the Bot API does not work",
            "3 notifications_failing recovered: recovered after 1 s",
        ]
    );
    assert_eq!(
        channels.counts(),
        [4, 4, 3],
        "it was taken, and its own failures are not reported on it"
    );
    server.close().await;
}

#[tokio::test]
async fn a_channel_decides_how_long_it_is_left_alone() {
    let channels = Channels::start().await;
    let (mut server, _) = with_gateway(&channels.settings()).await;
    let asked = json!({"ok": false, "error_code": 429, "parameters": {"retry_after": 47}});
    channels.telegram.refuses([ApiAnswer::json(429, &asked)]);
    channels
        .webhook
        .refuses([ApiAnswer::empty(503).with_header("retry-after", "33")]);
    after(&server, minutes(5)).await;
    assert_eq!(channels.counts(), [1, 1, 1], "the webhook's second trouble waits, too");
    server.restart().await;
    after(&server, seconds(32)).await;
    assert_eq!(channels.counts(), [1, 1, 1]);
    after(&server, seconds(1)).await;
    assert_eq!(channels.counts(), [1, 3, 1]);
    after(&server, seconds(13)).await;
    assert_eq!(channels.counts(), [1, 3, 1]);
    after(&server, seconds(1)).await;
    assert_eq!(channels.counts(), [2, 3, 1]);
    server.close().await;
}

#[tokio::test]
async fn mail_that_is_refused_is_sent_again() {
    let channels = Channels::start().await;
    let (server, _) = with_gateway(&channels.settings()).await;
    channels.mail.refuses(Some("451 4.7.1 greylisted"));
    after(&server, minutes(5)).await;
    assert_eq!(channels.counts(), [1, 2, 0]);
    channels.mail.refuses(None);
    after(&server, seconds(10)).await;
    assert_eq!(channels.counts(), [1, 2, 1]);
    server.close().await;
}

#[tokio::test]
async fn a_recipient_that_is_refused_does_not_keep_the_mail_from_the_others() {
    let channels = Channels::start().await;
    let (server, _) = with_gateway(&channels.settings()).await;
    channels.mail.refuses_recipient("one@n.example");
    after(&server, minutes(5)).await;
    let mails = channels.mail.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["two@n.example"]);
    after(&server, minutes(10)).await;
    assert_eq!(channels.mail.mails().len(), 1, "it is not sent again");
    server.close().await;
}

/// Nothing waits any more once the notifications were given up; it is broken all the same.
#[tokio::test]
async fn a_channel_that_took_nothing_does_not_recover() {
    let channels = Channels::start().await;
    let (server, gateway) = with_gateway(&channels.settings()).await;
    channels.telegram.refuses(std::iter::repeat_with(no_retry).take(2_000));
    after(&server, minutes(5)).await;
    let failing = || {
        channels
            .webhook
            .events()
            .into_iter()
            .filter(|event| event.contains("notifications_failing"))
    };
    for _ in 0..(25 * 6) {
        server.heartbeat(&gateway).await;
        after(&server, minutes(4)).await;
        server.heartbeat(&gateway).await;
        after(&server, minutes(4)).await;
        after(&server, minutes(2)).await;
    }
    assert!(failing().count() > 1, "it is repeated");
    assert!(
        !failing().any(|event| event.contains("recovered")),
        "{:?}",
        failing().collect::<Vec<_>>()
    );
    server.close().await;
}

#[tokio::test]
async fn what_was_never_tried_is_not_followed_by_its_end() {
    let channels = Channels::start().await;
    let (server, gateway) = with_gateway(&channels.settings()).await;
    // Two troubles are tried and fail; while the channel is paused, a third one begins and ends.
    channels.telegram.refuses([ApiAnswer::json(
        429,
        &json!({"ok": false, "parameters": {"retry_after": 3600}}),
    )]);
    after(&server, minutes(5)).await;
    server.note_trouble();
    after(&server, seconds(10)).await;
    server.heartbeat(&gateway).await;
    for _ in 0..6 {
        after(&server, minutes(1)).await;
        server.heartbeat(&gateway).await;
    }
    assert_eq!(server.admin_list("/v1/troubles?state=open").await.len(), 0);
    after(&server, minutes(60)).await;
    let last = channels.telegram.texts().pop().unwrap();
    assert_eq!(channels.telegram.calls().len(), 2);
    assert!(
        last.contains("gateway_offline (gateway bank) recovered after "),
        "{last}"
    );
    assert!(!last.contains("sms_parked"), "{last}");
    assert!(
        channels
            .webhook
            .events()
            .iter()
            .any(|event| event.contains("sms_parked recovered"))
    );
    server.close().await;
}

#[tokio::test]
async fn what_was_under_way_at_a_crash_is_sent_again() {
    let (mut server, _, telegram) = with_telegram().await;
    begin_without_an_answer(&server, &telegram).await;
    server.restart().await;
    server.notify().await;
    let texts = telegram.texts();
    assert_eq!(texts.len(), 2);
    assert_eq!(texts[0], texts[1]);
    after(&server, minutes(10)).await;
    assert_eq!(telegram.calls().len(), 2);
    server.close().await;
}

#[tokio::test]
async fn a_trouble_that_ends_while_its_beginning_is_under_way_is_followed_by_its_end() {
    let (server, gateway, telegram) = with_telegram().await;
    begin_without_an_answer(&server, &telegram).await;
    server.heartbeat(&gateway).await;
    after(&server, Duration::ZERO).await;
    assert_eq!(telegram.calls().len(), 1, "its lease has not ended");
    after(&server, minutes(1)).await;
    let last = telegram.texts().pop().unwrap();
    assert!(
        last.contains("gateway_offline (gateway bank) recovered after 0 s"),
        "{last}"
    );
    after(&server, minutes(3)).await;
    assert_eq!(telegram.calls().len(), 2);
    server.close().await;
}

#[tokio::test]
async fn what_a_channel_does_not_take_for_a_day_is_given_up() {
    let (server, _, telegram) = with_telegram().await;
    telegram.refuses(std::iter::repeat_n(no_retry(), 1000));
    after(&server, minutes(5)).await;
    for _ in 0..(24 * 6) {
        after(&server, minutes(10)).await;
    }
    let calls = telegram.calls().len();
    assert_eq!(calls, 1 + 24 * 6);
    for _ in 0..35 {
        after(&server, minutes(10)).await;
    }
    assert_eq!(telegram.calls().len(), calls, "nothing for almost six hours");
    telegram.forget_faults();
    after(&server, minutes(10)).await;
    let last = telegram.texts().pop().unwrap();
    assert!(
        last.contains("gateway_offline (gateway bank) lasts for 1 d 6 h: "),
        "{last}"
    );
    server.close().await;
}

#[tokio::test]
async fn no_answer_of_a_channel_and_no_secret_is_stored() {
    let channels = Channels::start().await;
    let (server, _) = with_gateway(&channels.settings()).await;
    channels.telegram.refuses([ApiAnswer::text(500, "text/plain", TOKEN)]);
    channels.webhook.refuses([ApiAnswer::text(500, "text/plain", SECRET)]);
    channels.mail.refuses(Some("550 5.7.1 secret of the other side"));
    after(&server, minutes(5)).await;
    let file = server.file();
    server.close().await;
    for name in [file.clone(), file.with_extension("db-wal")] {
        let bytes = std::fs::read(name).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        for secret in [TOKEN, SECRET, "secret of the other side"] {
            assert!(!text.contains(secret), "{secret}");
        }
    }
}
