//! E-mail: one message for all troubles, to all recipients.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{self, AsyncSmtpTransport};
use lettre::{AsyncTransport as _, Tokio1Executor};
use secrecy::ExposeSecret as _;

use super::SEND_TIMEOUT;
use super::message::Message;
use crate::clock::rfc5322;
use crate::config::notify::mail::{MailAccount, MailEncryption};
use crate::domain::notification::SendFailure;
use crate::domain::time::Timestamp;
use crate::http_client::innermost;

/// Characters of a line of base64 (RFC 2045).
const LINE_CHARACTERS: usize = 76;

/// An SMTP server and the addresses. Not `Debug`: it contains the password.
#[derive(Clone)]
pub(super) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    envelope: Envelope,
    /// `From` and `To`.
    addresses: String,
    /// The domain of the sender.
    domain: String,
}

impl Mailer {
    pub(super) fn new(account: MailAccount) -> Result<Self, String> {
        let encrypted = || TlsParameters::new(account.host.clone()).map_err(|error| describe(&error));
        let tls = match account.encryption {
            MailEncryption::Tls => Tls::Wrapper(encrypted()?),
            MailEncryption::StartTls => Tls::Required(encrypted()?),
            MailEncryption::Off => Tls::None,
        };
        // "Dangerous" is the name of the builder whose encryption is not set yet.
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&account.host)
            .port(account.port)
            .tls(tls)
            .timeout(Some(SEND_TIMEOUT));
        if let Some((user, password)) = account.login {
            builder = builder.credentials(Credentials::new(user, password.expose_secret().to_owned()));
        }
        let to: Vec<String> = account.to.iter().map(|to| format!("<{to}>")).collect();
        Ok(Self {
            transport: builder.build(),
            addresses: format!("From: <{}>\r\nTo: {}\r\n", account.from, to.join(",\r\n ")),
            domain: account.from.domain().to_owned(),
            envelope: Envelope::new(Some(account.from), account.to).map_err(|_| "there is no recipient".to_owned())?,
        })
    }

    /// Returns how many recipients were refused; fails when all of them were.
    pub(super) async fn send(&self, message: &Message, now: Timestamp) -> Result<usize, SendFailure> {
        let mail = self.written(message, now);
        match self.transport.send_raw(&self.envelope, mail.as_bytes()).await {
            Ok(_) => Ok(0),
            Err(error) if is_of_a_recipient(&error) && self.envelope.to().len() > 1 => self.send_to_each(&mail).await,
            Err(error) => Err(SendFailure::new(describe(&error))),
        }
    }

    /// To each recipient by itself: one that does not exist any more has the mail to all of them refused. Fails when nobody took
    /// it: else those who did would get it again.
    async fn send_to_each(&self, mail: &str) -> Result<usize, SendFailure> {
        let mut failed = Vec::new();
        for to in self.envelope.to() {
            let envelope = Envelope::new(self.envelope.from().cloned(), vec![to.clone()]);
            let envelope = envelope.map_err(|error| SendFailure::new(error.to_string()))?;
            match self.transport.send_raw(&envelope, mail.as_bytes()).await {
                Ok(_) => {}
                Err(error) => failed.push(describe(&error)),
            }
        }
        let count = failed.len();
        match failed.pop() {
            Some(reason) if count == self.envelope.to().len() => Err(SendFailure::new(reason)),
            _ => Ok(count),
        }
    }

    /// The mail with its headers (RFC 5322). Its text is encoded, because it may have characters beyond ASCII.
    fn written(&self, message: &Message, now: Timestamp) -> String {
        let first = message.events.first().map_or(0, |event| event.id);
        let mut mail = self.addresses.clone();
        for (name, value) in [
            ("Subject", message.subject.clone()),
            ("Date", rfc5322(now)),
            (
                "Message-ID",
                format!("<leaseline.{}.{first}@{}>", now.as_ms(), self.domain),
            ),
            // RFC 3834: nothing answers it by itself.
            ("Auto-Submitted", "auto-generated".to_owned()),
            ("MIME-Version", "1.0".to_owned()),
            ("Content-Type", "text/plain; charset=utf-8".to_owned()),
            ("Content-Transfer-Encoding", "base64".to_owned()),
        ] {
            mail.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut text = BASE64_STANDARD.encode(message.lines.join("\n") + "\n");
        while !text.is_empty() {
            let rest = text.split_off(text.len().min(LINE_CHARACTERS));
            mail.push_str("\r\n");
            mail.push_str(&text);
            text = rest;
        }
        mail + "\r\n"
    }
}

/// Whether a recipient may be why the server refused. A wrong password is not tried once for each of them.
fn is_of_a_recipient(error: &smtp::Error) -> bool {
    let code = error.status().map(|code| code.to_string());
    matches!(code.as_deref(), Some("550" | "551" | "552" | "553" | "554"))
}

/// Why the server did not take a mail. Its own text is left out.
fn describe(error: &smtp::Error) -> String {
    if let Some(code) = error.status() {
        let code = code.to_string();
        let meaning = match code.as_str() {
            "530" | "534" | "535" | "538" => ": notify.mail.user or notify.mail.password is wrong",
            "550" | "551" | "553" => ": it refuses the sender or a recipient",
            _ => "",
        };
        return format!("SMTP {code}{meaning}");
    }
    if error.is_response() {
        return "its answer is not SMTP".to_owned();
    }
    let kind = if error.is_timeout() {
        "timeout"
    } else if error.is_tls() {
        "no TLS"
    } else if error.is_client() {
        "the server does not offer what is configured"
    } else {
        "no connection"
    };
    // Without an answer there is nothing of the server's in the causes.
    innermost(error).map_or_else(|| kind.to_owned(), |cause| format!("{kind}: {cause}"))
}
