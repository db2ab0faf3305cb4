//! Setup instructions: what a partner pastes into the program that receives the SMS. One text per kind of gateway, with the
//! URL filled in and with the settings that keep the program from losing SMS. The adapters expect these settings.
//!
//! gammu-smsd and smstools cannot call a URL. They run our script, which is put together from the files in `handler/`.

use super::kind::GatewayKind;
use super::settings::{AdapterSettings, FieldMap};
use crate::domain::gateway::GatewayName;

#[cfg(test)]
mod tests;

/// The characters of a URL, besides letters and digits, that stay as they are between quotes in a shell and in a
/// configuration file.
const PLAIN: &[u8] = b"-._~:/?[]@!&()*+,;=%";

const SIGNED: &str =
    "Signatures are checked: a request that was not signed with the secret that you gave is refused with 401.\n  ";
const UNSIGNED: &str = "Signatures are not checked: anybody who learns the URL can send SMS. To have them checked give the gateway the\n   \
    secret, as `secrets` with PATCH /v1/gateways/@NAME@.\n  ";

/// A program that runs our script for each SMS, as Debian sets it up.
pub(super) struct Daemon {
    /// Its name.
    pub(super) program: &'static str,
    /// The user that runs it.
    pub(super) user: &'static str,
    /// The part of the script that reads the fields of an SMS.
    pub(super) fields: &'static str,
}

/// The text of a kind, with placeholders for the gateway's name and URL.
pub(super) enum SetupText {
    /// The same for every gateway of the kind.
    Plain(&'static str),
    /// Another one for a gateway with `fields` of its own: the commands would be wrong.
    Fields {
        template: &'static str,
        with_own_fields: &'static str,
    },
    /// With another test where signatures are checked.
    Signed {
        template: &'static str,
        signed_test: &'static str,
        unsigned_test: &'static str,
    },
    /// With the script that the program runs.
    Script { template: &'static str, daemon: Daemon },
}

/// The instructions: what the gateway is, what to paste where, and how to test it. `url` is the gateway's,
/// with the token in it, so the text is as secret as the token.
#[must_use]
pub fn instructions(name: &GatewayName, settings: &AdapterSettings, url: &str) -> String {
    let template = match &settings.kind.setup {
        SetupText::Fields { with_own_fields, .. } if settings.fields != FieldMap::default() => {
            (*with_own_fields).to_owned()
        }
        SetupText::Plain(template) | SetupText::Fields { template, .. } => (*template).to_owned(),
        SetupText::Signed {
            template,
            signed_test,
            unsigned_test,
        } => {
            let (signed, test) = match settings.secrets.as_slice() {
                [] => (UNSIGNED, unsigned_test),
                _ => (SIGNED, signed_test),
            };
            template.replace("@SIGNED@", signed).replace("@TEST@", test.trim_end())
        }
        SetupText::Script { template, daemon } => template
            .replace("@TIMER@", include_str!("timer.txt").trim_end())
            .replace("@USER@", daemon.user)
            .replace("@HANDLER@", &script(daemon)),
    };
    fill(&template, name, url)
}

/// The script that such a program runs for each SMS; `None`: it needs none.
#[must_use]
pub fn handler(name: &GatewayName, kind: &GatewayKind, url: &str) -> Option<String> {
    match &kind.setup {
        SetupText::Script { daemon, .. } => Some(fill(&script(daemon), name, url)),
        _ => None,
    }
}

/// The program's own part of the script between the common ones.
fn script(daemon: &Daemon) -> String {
    let head = include_str!("handler/head.sh").replace("@PROGRAM@", daemon.program);
    [&head, daemon.fields, include_str!("handler/spool.sh")].concat()
}

/// Fills in the name and the URL. The URL is last, so that nothing in it is taken for a placeholder.
fn fill(template: &str, name: &GatewayName, url: &str) -> String {
    let url = plain(url);
    template
        .replace("@NAME@", name.as_str())
        .replace("@KANNEL_URL@", &url.replace('%', "%%"))
        .replace("@URL@", &url)
}

/// The URL, with characters that could end a quoted text percent-encoded.
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
