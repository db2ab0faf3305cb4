//! What each channel gets, field by field.

use hmac::{Hmac, Mac as _};
use serde_json::json;
use sha2::Sha256;

use super::{Channels, PASSWORD, SECRET, TOKEN, after, with};
use crate::support::suppliers::WholesalerControl as _;
use crate::support::{TestServer, seconds};

/// A server without numbers that can be rented, which is reported.
async fn out_of_stock(channels: &Channels) -> TestServer {
    let server = with(&channels.settings(), &[]).await;
    server.stocked(1).await;
    server.rent().await;
    after(&server, seconds(0)).await;
    server
}

const DETAIL: &str = "all of its numbers are rented, resting or banned, or their gateways are offline or at capacity";

#[tokio::test]
async fn telegram_gets_a_plain_text_for_its_chat() {
    let channels = Channels::start().await;
    let server = out_of_stock(&channels).await;
    let [call] = channels.telegram.calls().try_into().unwrap();
    assert_eq!(call.method, "POST");
    assert_eq!(call.path(), [&format!("bot{TOKEN}"), "sendMessage"]);
    assert_eq!(call.header("content-type"), Some("application/json"));
    assert_eq!(
        channels.telegram.bodies(),
        [json!({
            "chat_id": "-100471147",
            "text": format!("Leaseline:\nout_of_stock (country sweden) began: {DETAIL}"),
            "disable_web_page_preview": true,
        })]
    );
    server.close().await;
}

#[tokio::test]
async fn the_webhook_gets_a_signed_json() {
    let channels = Channels::start().await;
    let server = out_of_stock(&channels).await;
    let [call] = channels.webhook.calls().try_into().unwrap();
    assert_eq!(call.method, "POST");
    assert_eq!(call.path(), ["hook"]);
    assert_eq!(call.parameter("a"), Some("b"));
    assert_eq!(call.header("content-type"), Some("application/json"));
    let body = call.text();
    assert_eq!(
        body,
        format!(
            r#"{{"id":1,"trouble":"out_of_stock","state":"began","since":"2026-11-20T12:00:00.000Z","detail":"country sweden: {DETAIL}"}}"#
        )
    );
    let timestamp = call.header("leaseline-timestamp").unwrap();
    assert_eq!(timestamp, "1795176000", "seconds");
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{timestamp}.{body}").as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    assert_eq!(call.header("leaseline-signature"), Some(signature.as_str()));
    server.close().await;
}

#[tokio::test]
async fn mail_goes_to_all_recipients_with_its_headers() {
    let channels = Channels::start().await;
    let server = out_of_stock(&channels).await;
    let [mail] = channels.mail.mails().try_into().unwrap();
    assert_eq!(mail.from, "leaseline@n.example");
    assert_eq!(mail.to, ["one@n.example", "two@n.example"]);
    assert_eq!(mail.login, Some(format!("leaseline {PASSWORD}")));
    let expected = [
        ("From", "<leaseline@n.example>"),
        ("Subject", "Leaseline: out_of_stock began"),
        ("Date", "Fri, 20 Nov 2026 12:00:00 +0000"),
        ("Message-ID", "<leaseline.1795176000000.1@n.example>"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Auto-Submitted", "auto-generated"),
    ];
    for (name, value) in expected {
        assert_eq!(mail.header(name), value, "{name}");
    }
    assert_eq!(mail.lines[1..3], ["To: <one@n.example>,", " <two@n.example>"]);
    assert!(mail.lines.iter().all(|line| line.len() <= 78), "{:?}", mail.lines);
    assert_eq!(mail.text(), format!("out_of_stock (country sweden) began: {DETAIL}\n"));
    server.close().await;
}
