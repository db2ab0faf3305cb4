//! What a partner pastes into the program that hands over his SMS: one text per kind of gateway, with the URL filled in and
//! with the settings that keep the program from losing SMS. The adapters next door read what these settings make it send.
//!
//! gammu-smsd and smstools cannot call a URL. They run a script of ours, put together from the files in `handler/`.

use crate::domain::dialect::{AdapterSettings, FieldMap, GatewayKind};
use crate::domain::gateway::GatewayName;

#[cfg(test)]
mod tests;

/// The characters of a URL, besides letters and digits, that stay as they are between quotes in a shell and in a
/// configuration file.
const PLAIN: &[u8] = b"-._~:/?[]@!&()*+,;=%";

/// A program that runs our script for each SMS, as Debian sets it up.
struct Daemon {
    /// What it is called.
    program: &'static str,
    /// Who runs it.
    user: &'static str,
    /// The part of the script that reads what it hands over.
    reads: &'static str,
}

/// The text for a person: what the gateway is, what to paste where, and how to see that it works. `url` is the gateway's,
/// with the token in it, so the text is as secret as the token.
#[must_use]
pub fn recipe(name: &GatewayName, dialect: &AdapterSettings, url: &str) -> String {
    let mut template = template(dialect).to_owned();
    if let Some(daemon) = daemon(dialect.kind) {
        template = template
            .replace("@TIMER@", include_str!("timer.txt").trim_end())
            .replace("@USER@", daemon.user)
            .replace("@HANDLER@", &script(&daemon));
    }
    fill(&signed(&template, dialect), name, url)
}

/// The script that such a program runs for each SMS; `None`: it needs none.
#[must_use]
pub fn handler(name: &GatewayName, kind: GatewayKind, url: &str) -> Option<String> {
    daemon(kind).map(|daemon| fill(&script(&daemon), name, url))
}

fn template(dialect: &AdapterSettings) -> &'static str {
    match dialect.kind {
        GatewayKind::Generic if dialect.fields != FieldMap::default() => include_str!("generic-fields.txt"),
        GatewayKind::Generic => include_str!("generic.txt"),
        GatewayKind::Kannel => include_str!("kannel.txt"),
        GatewayKind::Jasmin => include_str!("jasmin.txt"),
        GatewayKind::Gammu => include_str!("gammu.txt"),
        GatewayKind::Smstools => include_str!("smstools.txt"),
        GatewayKind::SmsGate => include_str!("sms-gate.txt"),
        GatewayKind::Twilio => include_str!("twilio.txt"),
        GatewayKind::Simbox => include_str!("simbox.txt"),
    }
}

const fn daemon(kind: GatewayKind) -> Option<Daemon> {
    match kind {
        GatewayKind::Gammu => Some(Daemon {
            program: "gammu-smsd",
            user: "gammu",
            reads: include_str!("handler/gammu.sh"),
        }),
        GatewayKind::Smstools => Some(Daemon {
            program: "smsd",
            user: "smsd",
            reads: include_str!("handler/smstools.sh"),
        }),
        _ => None,
    }
}

/// What is about the program stands between what all have in common.
fn script(daemon: &Daemon) -> String {
    let head = include_str!("handler/head.sh").replace("@PROGRAM@", daemon.program);
    [&head, daemon.reads, include_str!("handler/spool.sh")].concat()
}

/// Says whether signatures are checked, and how to try it then.
fn signed(template: &str, dialect: &AdapterSettings) -> String {
    let is_signed = !dialect.secrets.is_empty();
    let test = match (dialect.kind, is_signed) {
        (GatewayKind::SmsGate, true) => include_str!("sms-gate-signed.txt"),
        (GatewayKind::SmsGate, false) => include_str!("sms-gate-unsigned.txt"),
        (GatewayKind::Twilio, true) => include_str!("twilio-signed.txt"),
        (GatewayKind::Twilio, false) => include_str!("twilio-unsigned.txt"),
        _ => "",
    };
    let sentence = if is_signed {
        "Signatures are checked: a request that was not signed with the secret that you gave is refused with 401.\n  "
    } else {
        "Signatures are not checked: whoever learns the URL can send SMS. To have them checked give the gateway the\n   \
         secret, as `secrets` with PATCH /v1/gateways/@NAME@.\n  "
    };
    template
        .replace("@SIGNED@", sentence)
        .replace("@TEST@", test.trim_end())
}

/// Puts the name and the URL in their places. The URL is last: nothing in it is taken for a place.
fn fill(template: &str, name: &GatewayName, url: &str) -> String {
    let url = plain(url);
    template
        .replace("@NAME@", name.as_str())
        .replace("@KANNEL_URL@", &url.replace('%', "%%"))
        .replace("@URL@", &url)
}

/// The same URL without a character that ends a quoted text.
fn plain(url: &str) -> String {
    let mut text = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
