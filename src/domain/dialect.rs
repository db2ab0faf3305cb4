//! How a gateway talks: which program it is, and what the partner set about the way its requests are read and answered.

mod fields;

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

pub use fields::{FIELD_PATH_CHARS_MAX, FieldMap, FieldPath, InvalidFieldPath};

/// Which program hands over the SMS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GatewayKind {
    /// Any that can send a query, a form or JSON.
    #[default]
    Generic,
    /// Kannel's smsbox: GET, POST or XML.
    Kannel,
    /// Jasmin's HTTP connector.
    Jasmin,
    /// gammu-smsd, through our handler script.
    Gammu,
    /// smstools, through our handler script.
    Smstools,
    /// The Android app sms-gate.
    SmsGate,
    /// Twilio and what speaks like it.
    Twilio,
    /// Dinstar's and Ejoin's boxes, which send several messages at once.
    Simbox,
}

/// A text that is no kind of gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be generic, kannel, jasmin, gammu, smstools, sms-gate, twilio or simbox")]
pub struct UnknownKind;

impl GatewayKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Generic,
        Self::Kannel,
        Self::Jasmin,
        Self::Gammu,
        Self::Smstools,
        Self::SmsGate,
        Self::Twilio,
        Self::Simbox,
    ];

    /// The kind of that name.
    pub fn parse(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownKind)
    }

    /// Whether its requests are flat, so that the answer can be set.
    #[must_use]
    pub const fn accepts_custom_reply(self) -> bool {
        matches!(self, Self::Generic | Self::Gammu | Self::Smstools)
    }

    /// Whether its requests can be signed.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::SmsGate | Self::Twilio)
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Kannel => "kannel",
            Self::Jasmin => "jasmin",
            Self::Gammu => "gammu",
            Self::Smstools => "smstools",
            Self::SmsGate => "sms-gate",
            Self::Twilio => "twilio",
            Self::Simbox => "simbox",
        }
    }
}

/// What the generic adapter answers when the message is stored. The status is 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomReply {
    /// Its media type.
    pub content_type: String,
    /// Its text.
    pub text: String,
}

/// What a text of 7-bit characters is written in when nothing says otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DefaultCharacterSet {
    /// GSM 03.38, the alphabet of the network.
    #[default]
    Gsm,
    /// ISO 8859-1: some message centres translate.
    Latin1,
}

impl DefaultCharacterSet {
    /// The alphabet of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Gsm, Self::Latin1].into_iter().find(|one| one.as_str() == text)
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gsm => "gsm",
            Self::Latin1 => "latin1",
        }
    }
}

/// The most secrets that a gateway has: each of its phones signs with its own.
pub const SECRETS_MAX: usize = 64;
/// The most characters of a secret.
pub const SECRET_CHARS_MAX: usize = 200;
/// The most characters of an answer's media type.
pub const CONTENT_TYPE_CHARS_MAX: usize = 100;
/// The most characters of an answer.
pub const ANSWER_CHARS_MAX: usize = 1000;

/// How a gateway's requests are read and answered.
#[derive(Debug, Clone, Default)]
pub struct AdapterSettings {
    /// Which program it is.
    pub kind: GatewayKind,
    /// Where the fields stand; for `generic`.
    pub fields: FieldMap,
    /// What is answered; for the kinds that send flat requests. `None`: an empty text.
    pub answer: Option<CustomReply>,
    /// The keys with which requests may be signed, one of them each; for `sms-gate` and `twilio`. Empty: signatures are not looked at.
    pub secrets: Vec<SecretString>,
    /// Whether the partner asked for that: without secrets, requests of a kind that signs are taken only then.
    pub unsigned: bool,
    /// For `jasmin`.
    pub alphabet: DefaultCharacterSet,
}

/// Why a dialect makes no sense: a sentence that begins with the field on the admin's wire, and holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAdapterSettings {
    /// The kind does not ask for it.
    #[error("{field} is not for the kind {kind}: it is for {kinds}")]
    OtherKind {
        /// What was set.
        field: &'static str,
        /// The gateway's kind.
        kind: GatewayKind,
        /// Those that take it.
        kinds: &'static str,
    },
    /// It breaks a bound.
    #[error("secrets must be at most {SECRETS_MAX} texts of 1 to {SECRET_CHARS_MAX} characters each")]
    Secrets,
    /// A kind that signs, and nothing to check its signatures with.
    #[error(
        "secrets is missing: requests of the kind {0} are signed; without a secret set unsigned to true, and whoever learns the \
         URL can send SMS"
    )]
    SecretsMissing(GatewayKind),
    /// Both cannot be meant.
    #[error("unsigned must not be true where there are secrets")]
    SignedAndUnsigned,
    /// No header can carry it.
    #[error(
        "answer.content_type must be a media type such as text/plain, {CONTENT_TYPE_CHARS_MAX} visible characters at most"
    )]
    ContentType,
    /// It breaks a bound.
    #[error("answer.text must have at most {ANSWER_CHARS_MAX} characters")]
    AnswerText,
}

impl AdapterSettings {
    /// The same dialect, when all of it fits its kind and keeps the bounds of rule 12.
    pub fn validated(self) -> Result<Self, InvalidAdapterSettings> {
        let kind = self.kind;
        let only = |field, is_set, kinds| {
            if is_set {
                Err(InvalidAdapterSettings::OtherKind { field, kind, kinds })
            } else {
                Ok(())
            }
        };
        let flat = "generic, gammu and smstools";
        // The scripts of ours for gammu and smstools name their fields.
        let is_generic = kind == GatewayKind::Generic;
        only("fields", !is_generic && self.fields != FieldMap::default(), "generic")?;
        only("answer", !kind.accepts_custom_reply() && self.answer.is_some(), flat)?;
        let signed = "sms-gate and twilio";
        only("secrets", !kind.is_signed() && !self.secrets.is_empty(), signed)?;
        only("unsigned", !kind.is_signed() && self.unsigned, signed)?;
        let is_jasmin = kind == GatewayKind::Jasmin;
        only(
            "alphabet",
            !is_jasmin && self.alphabet != DefaultCharacterSet::Gsm,
            "jasmin",
        )?;
        let fits = |secret: &SecretString| (1..=SECRET_CHARS_MAX).contains(&secret.expose_secret().chars().count());
        if self.secrets.len() > SECRETS_MAX || !self.secrets.iter().all(fits) {
            return Err(InvalidAdapterSettings::Secrets);
        }
        match (self.secrets.is_empty(), self.unsigned) {
            (true, false) if kind.is_signed() => return Err(InvalidAdapterSettings::SecretsMissing(kind)),
            (false, true) => return Err(InvalidAdapterSettings::SignedAndUnsigned),
            _ => {}
        }
        if let Some(CustomReply { content_type, text }) = &self.answer {
            let printable = |byte: u8| (b' '..=b'~').contains(&byte);
            if !content_type.contains('/')
                || content_type.len() > CONTENT_TYPE_CHARS_MAX
                || !content_type.bytes().all(printable)
            {
                return Err(InvalidAdapterSettings::ContentType);
            }
            if text.chars().count() > ANSWER_CHARS_MAX {
                return Err(InvalidAdapterSettings::AnswerText);
            }
        }
        Ok(self)
    }
}

impl Eq for AdapterSettings {}

impl PartialEq for AdapterSettings {
    fn eq(&self, other: &Self) -> bool {
        let secrets = |one: &Self| -> Vec<String> {
            one.secrets
                .iter()
                .map(|secret| secret.expose_secret().to_owned())
                .collect()
        };
        self.kind == other.kind
            && self.fields == other.fields
            && self.answer == other.answer
            && self.alphabet == other.alphabet
            && self.unsigned == other.unsigned
            && secrets(self) == secrets(other)
    }
}

impl fmt::Display for GatewayKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
