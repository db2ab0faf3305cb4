//! `leaseline notify test`: the program itself.

use std::process::{Command, Output};

use super::{Channels, PASSWORD, SECRET, TOKEN, mail_settings, telegram_settings, webhook_settings};
use crate::support::postgres;
use crate::support::receiver::{AUTHORITY, Encryption, SmtpServer};
use crate::support::suppliers::ApiAnswer;

async fn test_with(settings: Vec<(&'static str, String)>) -> (bool, String) {
    test_trusting(Some(AUTHORITY), settings).await
}

/// Trusts the certificates of that authority; `None`: those of the system.
async fn test_trusting(authority: Option<&str>, settings: Vec<(&'static str, String)>) -> (bool, String) {
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_leaseline"));
    command.env_remove(postgres::REQUIRED);
    command.args(["notify", "test"]).current_dir(directory.path());
    if let Some(authority) = authority {
        command.env("SSL_CERT_FILE", authority);
    }
    for (name, value) in settings {
        command.env(format!("LEASELINE_{name}"), value);
    }
    let output = tokio::task::spawn_blocking(move || command.output());
    let Output { status, stdout, stderr } = output.await.unwrap().unwrap();
    let text = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    for secret in [TOKEN, SECRET, PASSWORD] {
        assert!(!text.contains(secret), "{text}");
    }
    assert_eq!(directory.path().read_dir().unwrap().count(), 0, "it needs no database");
    (status.success(), text)
}

#[tokio::test]
async fn every_channel_gets_a_message_that_says_what_it_is() {
    let channels = Channels::start().await;
    let (succeeded, text) = test_with(channels.settings()).await;
    assert_eq!(
        text,
        "telegram: the test message was sent\nwebhook: the test message was sent\nmail: the test message was sent\n"
    );
    assert!(succeeded);
    let line = "this is a test: leaseline notify test";
    assert_eq!(channels.telegram.texts(), [format!("Leaseline:\n{line}")]);
    assert_eq!(channels.webhook.events(), [format!("0 test began: {line}")]);
    let [mail] = channels.mail.mails().try_into().unwrap();
    assert_eq!(mail.header("Subject"), "Leaseline: test");
}

#[tokio::test]
async fn a_channel_that_fails_is_named_with_what_is_wrong() {
    let channels = Channels::start().await;
    channels.telegram.refuses([ApiAnswer::text(401, "text/plain", TOKEN)]);
    channels.mail.refuses(Some("550 no such sender"));
    let (succeeded, text) = test_with(channels.settings()).await;
    assert_eq!(
        text,
        "telegram: failed: HTTP 401: notify.telegram.token is wrong\n\
         webhook: the test message was sent\n\
         mail: failed: SMTP 550: it refuses the sender or a recipient\n\
         leaseline: channels that failed: telegram, mail\n"
    );
    assert!(!succeeded);
}

#[tokio::test]
async fn a_channel_that_is_not_there_is_named() {
    let channels = Channels::start().await;
    let mut settings = telegram_settings(&channels.telegram);
    settings.extend(webhook_settings(&channels.webhook));
    settings.extend(mail_settings(&channels.mail));
    drop(channels);
    let (succeeded, text) = test_with(settings).await;
    let refused = "no connection: Connection refused (os error 111)";
    for channel in ["telegram", "webhook", "mail"] {
        assert!(text.contains(&format!("{channel}: failed: {refused}\n")), "{text}");
    }
    assert!(!succeeded);
}

#[tokio::test]
async fn nothing_to_test_is_a_failure() {
    let (succeeded, text) = test_with(Vec::new()).await;
    assert_eq!(
        text,
        "leaseline: no channel is configured: write [notify.telegram], [notify.webhook] or [notify.mail]\n"
    );
    assert!(!succeeded);
}

#[tokio::test]
async fn mail_is_encrypted_as_configured_and_its_server_is_verified() {
    for (encryption, tls) in [(Encryption::Tls, "tls"), (Encryption::StartTls, "starttls")] {
        let server = SmtpServer::start(encryption).await;
        let mut settings = mail_settings(&server);
        settings.push(("NOTIFY__MAIL__TLS", tls.to_owned()));
        let (succeeded, text) = test_with(settings.clone()).await;
        assert!(succeeded, "{tls}: {text}");
        let [mail] = server.mails().try_into().unwrap();
        assert!(mail.is_encrypted && mail.login.is_some(), "{tls}");
        let (succeeded, text) = test_trusting(None, settings).await;
        assert!(!succeeded, "{text}");
        assert_eq!(server.mails().len(), 1);
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    let server = SmtpServer::start(Encryption::Off).await;
    let mut settings = mail_settings(&server);
    settings.push(("NOTIFY__MAIL__TLS", "starttls".to_owned()));
    let (succeeded, text) = test_with(settings).await;
    assert!(
        text.contains("mail: failed: the server does not offer what is configured"),
        "{text}"
    );
    assert!(!succeeded);
    assert!(server.mails().is_empty());
}
