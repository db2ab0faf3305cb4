//! A gateway's settings: how its requests are parsed and answered. Which kinds exist and what each may set is checked here
//! only: the database keeps a name and a JSON object.

mod fields;
mod patch;

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use super::kind::{GatewayKind, listed};
use crate::domain::gateway::{CheckedAdapter, StoredAdapter};

pub use fields::{FIELD_PATH_CHARS_MAX, FieldMap, FieldPath, InvalidFieldPath};
pub use patch::AdapterSettingsPatch;

/// What is answered when an SMS is stored. The status is 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomReply {
    /// Its media type.
    pub content_type: String,
    /// Its text.
    pub text: String,
}

/// The character set of texts whose data coding is the default one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DefaultCharacterSet {
    /// GSM 03.38, the network's default.
    #[default]
    Gsm,
    /// ISO 8859-1: some SMSCs translate into it.
    Latin1,
}

impl DefaultCharacterSet {
    /// The character set of that name.
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

/// How a gateway's requests are read and answered. Stored as JSON, without what has its default value.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdapterSettings {
    /// Which program it is; stored in a column of its own.
    #[serde(skip)]
    pub kind: &'static GatewayKind,
    /// Names of the fields.
    #[serde(skip_serializing_if = "is_default")]
    pub fields: FieldMap,
    /// The answer. `None`: the kind's acknowledgement.
    #[serde(skip_serializing_if = "is_default")]
    pub answer: Option<CustomReply>,
    /// The keys, one of which has to have signed a request. Empty: signatures are not checked.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "exposed")]
    pub secrets: Vec<SecretString>,
    /// Without secrets, requests of a kind that signs are accepted only if this is set.
    #[serde(skip_serializing_if = "is_default")]
    pub unsigned: bool,
    /// The default character set.
    #[serde(skip_serializing_if = "is_default")]
    pub character_set: DefaultCharacterSet,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn exposed<S: Serializer>(secrets: &[SecretString], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(secrets.iter().map(ExposeSecret::expose_secret))
}

/// A setting that some kinds take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// [`AdapterSettings::fields`]
    Fields,
    /// [`AdapterSettings::answer`]
    Answer,
    /// [`AdapterSettings::secrets`]
    Secrets,
    /// [`AdapterSettings::unsigned`]
    Unsigned,
    /// [`AdapterSettings::character_set`]
    CharacterSet,
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Fields => "fields",
            Self::Answer => "answer",
            Self::Secrets => "secrets",
            Self::Unsigned => "unsigned",
            Self::CharacterSet => "character_set",
        })
    }
}

/// Why settings are refused: a message that begins with the field of the admin API, without a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAdapterSettings {
    /// The kind does not take the setting.
    #[error("{setting} is not for the kind {kind}: it is for {}", takers(*.setting))]
    OtherKind {
        /// What was set.
        setting: Setting,
        /// The gateway's kind.
        kind: &'static GatewayKind,
    },
    /// There are too many secrets, or one is empty or too long.
    #[error("secrets must be at most {SECRETS_MAX} texts of 1 to {SECRET_CHARS_MAX} characters each")]
    Secrets,
    /// The kind signs its requests; there are no secrets, and `unsigned` is not set.
    #[error(
        "secrets is missing: requests of the kind {0} are signed; without a secret set unsigned to true, and anybody who learns the \
         URL can send SMS"
    )]
    SecretsMissing(&'static GatewayKind),
    /// There are secrets, and `unsigned` is set.
    #[error("unsigned must not be true where there are secrets")]
    SignedAndUnsigned,
    /// The answer's media type does not fit into a header.
    #[error(
        "answer.content_type must be a media type such as text/plain, {CONTENT_TYPE_CHARS_MAX} visible characters at most"
    )]
    ContentType,
    /// The answer's text is too long.
    #[error("answer.text must have at most {ANSWER_CHARS_MAX} characters")]
    AnswerText,
}

/// The kinds that take the setting: `a, b and c`.
fn takers(setting: Setting) -> String {
    let kinds = GatewayKind::all().iter().copied();
    listed(kinds.filter(|kind| kind.takes(setting)), "and")
}

/// The stored settings are not those of this version. Does not quote them: they may hold secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored kind or settings of a gateway cannot be read")]
pub struct UnreadableSettings;

impl AdapterSettings {
    /// The settings as they were stored.
    pub fn load(stored: &StoredAdapter) -> Result<Self, UnreadableSettings> {
        let settings: Self = serde_json::from_str(&stored.settings).map_err(|_| UnreadableSettings)?;
        let kind = GatewayKind::parse(&stored.kind).map_err(|_| UnreadableSettings)?;
        Ok(Self { kind, ..settings })
    }

    /// What to store: the only way into the database.
    pub fn checked(&self) -> Result<CheckedAdapter, InvalidAdapterSettings> {
        self.check()?;
        let settings = serde_json::to_string(self).expect("texts and flags are JSON");
        let (kind, secrets) = (self.kind, self.secrets.len());
        let unsigned = if self.unsigned { ", unsigned" } else { "" };
        Ok(CheckedAdapter {
            stored: StoredAdapter {
                kind: kind.name.to_owned(),
                settings,
            },
            summary: format!("kind {kind}, secrets {secrets}{unsigned}"),
        })
    }

    /// Whether all settings are for the kind and keep the bounds of rule 12.
    fn check(&self) -> Result<(), InvalidAdapterSettings> {
        let kind = self.kind;
        let set = [
            (Setting::Fields, !is_default(&self.fields)),
            (Setting::Answer, self.answer.is_some()),
            (Setting::Secrets, !self.secrets.is_empty()),
            (Setting::Unsigned, self.unsigned),
            (Setting::CharacterSet, !is_default(&self.character_set)),
        ];
        let of_another_kind = set
            .into_iter()
            .find(|(setting, is_set)| *is_set && !kind.takes(*setting));
        if let Some((setting, _)) = of_another_kind {
            return Err(InvalidAdapterSettings::OtherKind { setting, kind });
        }
        let fits = |secret: &SecretString| (1..=SECRET_CHARS_MAX).contains(&secret.expose_secret().chars().count());
        if self.secrets.len() > SECRETS_MAX || !self.secrets.iter().all(fits) {
            return Err(InvalidAdapterSettings::Secrets);
        }
        match (self.secrets.is_empty(), self.unsigned) {
            (true, false) if kind.is_signed() => return Err(InvalidAdapterSettings::SecretsMissing(kind)),
            (false, true) => return Err(InvalidAdapterSettings::SignedAndUnsigned),
            _ => {}
        }
        self.answer.as_ref().map_or(Ok(()), check_answer)
    }
}

fn check_answer(CustomReply { content_type, text }: &CustomReply) -> Result<(), InvalidAdapterSettings> {
    let visible = |byte: u8| (b' '..=b'~').contains(&byte);
    if !content_type.contains('/') || content_type.len() > CONTENT_TYPE_CHARS_MAX || !content_type.bytes().all(visible)
    {
        return Err(InvalidAdapterSettings::ContentType);
    }
    if text.chars().count() > ANSWER_CHARS_MAX {
        return Err(InvalidAdapterSettings::AnswerText);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
