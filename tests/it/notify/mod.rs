//! Troubles are reported to a chat, a webhook and by mail: what, when, how often, and what happens when a channel fails.

mod channels;
mod command;
mod failing;

use std::time::Duration;

use serde_json::json;

use crate::support::receiver::{Encryption, Receiver, SmtpServer, telegram, webhook};
use crate::support::{Gateway, Rented, Reply, TestServer, hours, minutes, seconds};

const TOKEN: &str = "123456789:AAF-token_of-the-bot";
const SECRET: &str = "secret-of-the-webhook";
const PASSWORD: &str = "password-of-mail";

/// What no log, no error and no database may have.
pub const SECRETS: [&str; 3] = [TOKEN, SECRET, PASSWORD];

/// Nobody is silent or overdue, unless a test is about that.
const QUIET: [(&str, &str); 2] = [("TROUBLES__ONLINESIM_SILENT", "30d"), ("TROUBLES__SMS_OVERDUE", "30d")];

/// All three channels.
pub struct Channels {
    pub telegram: Receiver,
    pub webhook: Receiver,
    pub mail: SmtpServer,
}

impl Channels {
    pub async fn start() -> Self {
        Self {
            telegram: telegram().await,
            webhook: webhook().await,
            mail: SmtpServer::start(Encryption::Off).await,
        }
    }

    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let mut settings: Vec<_> = QUIET.map(|(name, value)| (name, value.to_owned())).into();
        settings.extend(telegram_settings(&self.telegram));
        settings.extend(webhook_settings(&self.webhook));
        settings.extend(mail_settings(&self.mail));
        settings
    }

    fn counts(&self) -> [usize; 3] {
        [
            self.telegram.bodies().len(),
            self.webhook.bodies().len(),
            self.mail.mails().len(),
        ]
    }
}

fn telegram_settings(telegram: &Receiver) -> Vec<(&'static str, String)> {
    vec![
        ("NOTIFY__TELEGRAM__URL", telegram.url()),
        ("NOTIFY__TELEGRAM__TOKEN", TOKEN.to_owned()),
        ("NOTIFY__TELEGRAM__CHAT", "-100471147".to_owned()),
    ]
}

fn webhook_settings(webhook: &Receiver) -> Vec<(&'static str, String)> {
    vec![
        ("NOTIFY__WEBHOOK__URL", format!("{}/hook?a=b", webhook.url())),
        ("NOTIFY__WEBHOOK__SECRET", SECRET.to_owned()),
    ]
}

fn mail_settings(mail: &SmtpServer) -> Vec<(&'static str, String)> {
    vec![
        ("NOTIFY__MAIL__HOST", "127.0.0.1".to_owned()),
        ("NOTIFY__MAIL__PORT", mail.port.to_string()),
        ("NOTIFY__MAIL__TLS", "off".to_owned()),
        ("NOTIFY__MAIL__USER", "leaseline".to_owned()),
        ("NOTIFY__MAIL__PASSWORD", PASSWORD.to_owned()),
        ("NOTIFY__MAIL__FROM", "leaseline@n.example".to_owned()),
        ("NOTIFY__MAIL__TO", "one@n.example,two@n.example".to_owned()),
    ]
}

async fn with(settings: &[(&'static str, String)], more: &[(&str, &str)]) -> TestServer {
    let settings = settings.iter().map(|(name, value)| (*name, value.as_str()));
    TestServer::with(&settings.chain(more.iter().copied()).collect::<Vec<_>>()).await
}

/// Everything that is due in that time, second by second where it matters.
async fn after(server: &TestServer, span: Duration) {
    server.tick_after(span).await;
    server.watch().await;
    server.notify().await;
}

/// A server whose pushes have just begun to fail, and are repeated each second.
async fn pushes_fail(channels: &Channels) -> (TestServer, Gateway, Rented) {
    let server = with(&channels.settings(), &[("PUSH__RETRY_EVERY", "1s")]).await;
    let gateway = server.stocked(2).await;
    let rented = server.rent().await;
    server.onlinesim.always_answers(Reply::new(500, ""));
    server.sms(&gateway, rented.number, "code").await;
    after(&server, Duration::ZERO).await;
    (server, gateway, rented)
}

const FAILING: &str = "no answer: HTTP 5xx, a timeout or a broken connection";

#[tokio::test]
async fn pushes_that_fail_for_less_than_a_minute_are_not_reported() {
    let channels = Channels::start().await;
    let (server, ..) = pushes_fail(&channels).await;
    for _ in 0..58 {
        after(&server, seconds(1)).await;
    }
    server.onlinesim.always_answers(Reply::status("SUCCESS"));
    for _ in 0..200 {
        after(&server, seconds(1)).await;
    }
    assert_eq!(
        server.admin_list("/v1/troubles?state=ended").await.len(),
        1,
        "a trouble it was"
    );
    assert_eq!(channels.counts(), [0, 0, 0]);
    server.close().await;
}

#[tokio::test]
async fn a_trouble_is_reported_when_it_began_every_six_hours_and_when_it_is_over() {
    let channels = Channels::start().await;
    let (mut server, ..) = pushes_fail(&channels).await;
    for _ in 0..59 {
        after(&server, seconds(1)).await;
    }
    assert_eq!(channels.counts(), [0, 0, 0]);
    server.restart().await;
    after(&server, seconds(1)).await;
    assert_eq!(
        channels.telegram.texts(),
        [format!("Leaseline:\npushes_failing began: {FAILING} (count 61)")]
    );
    server.restart().await;
    for _ in 0..10 {
        after(&server, seconds(1)).await;
    }
    assert_eq!(channels.counts(), [1, 1, 1], "once");

    after(&server, hours(6) - seconds(11)).await;
    assert_eq!(channels.counts(), [1, 1, 1]);
    after(&server, seconds(1)).await;
    assert_eq!(channels.counts(), [2, 2, 2]);
    after(&server, hours(6)).await;
    let lasts = channels.telegram.texts().pop().unwrap();
    assert_eq!(
        lasts,
        format!("Leaseline:\npushes_failing lasts for 12 h 1 min: {FAILING} (count 74)")
    );

    server.onlinesim.always_answers(Reply::status("SUCCESS"));
    server.restart().await;
    for _ in 0..7 {
        after(&server, seconds(10)).await;
    }
    assert_eq!(
        channels.telegram.texts().last().unwrap(),
        "Leaseline:\npushes_failing recovered after 12 h 1 min"
    );
    assert_eq!(
        channels.webhook.events(),
        [
            format!("1 pushes_failing began: {FAILING}"),
            format!("1 pushes_failing lasts: {FAILING}"),
            format!("1 pushes_failing lasts: {FAILING}"),
            "1 pushes_failing recovered: recovered after 12 h 1 min".to_owned(),
        ]
    );
    let subjects: Vec<String> = channels
        .mail
        .mails()
        .iter()
        .map(|mail| mail.header("Subject"))
        .collect();
    assert_eq!(
        subjects,
        [
            "Leaseline: pushes_failing began",
            "Leaseline: pushes_failing lasts",
            "Leaseline: pushes_failing lasts",
            "Leaseline: pushes_failing recovered",
        ]
    );
    after(&server, hours(24)).await;
    assert_eq!(channels.counts(), [4, 4, 4], "that was the last");
    server.close().await;
}

#[tokio::test]
async fn what_begins_together_is_one_message_but_one_request_each_of_the_webhook() {
    let channels = Channels::start().await;
    let server = with(&channels.settings(), &[]).await;
    let gateway = server
        .gateway_with("46701234567", json!({"heartbeat_timeout": "5m"}))
        .await;
    server
        .import(&gateway, "sweden", "telia", 46_700_000_001..=46_700_000_003)
        .await;
    server.heartbeat(&gateway).await;
    after(&server, Duration::ZERO).await;
    after(&server, minutes(5)).await;
    let offline = "no heartbeat and no SMS within its heartbeat_timeout: its numbers are not promised";
    let stock = "all of its numbers are rented, resting or banned, or their gateways are offline or at capacity";
    let lines = [
        format!("gateway_offline (gateway …567) began: {offline} (count 3)"),
        format!("out_of_stock (country sweden) began: {stock}"),
    ];
    assert_eq!(channels.telegram.texts(), [format!("Leaseline:\n{}", lines.join("\n"))]);
    assert_eq!(
        channels.webhook.events(),
        [
            format!("1 gateway_offline began: gateway …567: {offline}"),
            format!("2 out_of_stock began: country sweden: {stock}"),
        ]
    );
    let [mail] = channels.mail.mails().try_into().unwrap();
    assert_eq!(mail.header("Subject"), "Leaseline: 2 troubles");
    server.heartbeat(&gateway).await;
    after(&server, Duration::ZERO).await;
    after(&server, minutes(1)).await;
    assert_eq!(
        channels.telegram.texts().last().unwrap(),
        "Leaseline:\ngateway_offline (gateway …567) recovered after 0 s\nout_of_stock (country sweden) recovered after 0 s"
    );
    server.close().await;
}

#[tokio::test]
async fn what_is_open_when_a_channel_is_configured_is_reported_there() {
    let channels = Channels::start().await;
    let mut server = TestServer::with(&QUIET).await;
    let gateway = server.stocked(1).await;
    server.rent().await;
    after(&server, Duration::ZERO).await;
    assert_eq!(server.admin_list("/v1/troubles?state=open").await.len(), 1);
    let settings = channels.settings();
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    server.restart_with(&settings).await;
    after(&server, minutes(3)).await;
    let [text] = channels.telegram.texts().try_into().unwrap();
    assert!(
        text.starts_with("Leaseline:\nout_of_stock (country sweden) began 3 min ago: "),
        "{text}"
    );
    assert_eq!(channels.counts(), [1, 1, 1]);
    server
        .import(&gateway, "sweden", "telia", 46_700_000_009..=46_700_000_009)
        .await;
    after(&server, minutes(1)).await;
    after(&server, minutes(1)).await;
    assert_eq!(channels.counts(), [2, 2, 2]);
    server.close().await;
}
