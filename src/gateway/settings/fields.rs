//! The names of fields in a generic gateway's requests.

use serde::{Deserialize, Serialize};

/// The path of a field in a request: a name, or names with dots between them for nested JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct FieldPath(String);

/// The most characters of a [`FieldPath`].
pub const FIELD_PATH_CHARS_MAX: usize = 200;

/// A text that is not a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a name such as sender, or names with dots between them such as data.payload.text, {FIELD_PATH_CHARS_MAX} characters at most"
)]
pub struct InvalidFieldPath;

impl FieldPath {
    /// Refuses empty names.
    pub fn parse(text: &str) -> Result<Self, InvalidFieldPath> {
        let fits = text.chars().count() <= FIELD_PATH_CHARS_MAX && text.split('.').all(|name| !name.is_empty());
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidFieldPath)
        }
    }

    /// The path as it was given; a form may have a field of just that name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FieldPath {
    type Error = InvalidFieldPath;

    fn try_from(text: String) -> Result<Self, InvalidFieldPath> {
        Self::parse(&text)
    }
}

/// Where the generic adapter looks for each field. `None`: under its default names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldMap {
    /// The gateway's own id of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<FieldPath>,
    /// The sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<FieldPath>,
    /// The number that received it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<FieldPath>,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<FieldPath>,
    /// The modem, port, IMSI, ICCID or device that received it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<FieldPath>,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<FieldPath>,
}

impl FieldMap {
    /// The fields' names, in the order of [`FieldMap::paths`].
    pub const NAMES: [&str; 6] = ["id", "from", "to", "text", "line", "sent_at"];

    /// Each field with its name.
    #[must_use]
    pub fn paths(&self) -> [(&'static str, Option<&FieldPath>); 6] {
        let [id, from, to, text, line, sent_at] = Self::NAMES;
        [
            (id, self.id.as_ref()),
            (from, self.from.as_ref()),
            (to, self.to.as_ref()),
            (text, self.text.as_ref()),
            (line, self.line.as_ref()),
            (sent_at, self.sent_at.as_ref()),
        ]
    }

    /// The path of the field with that name, to be changed.
    pub fn path_mut(&mut self, name: &str) -> Option<&mut Option<FieldPath>> {
        match name {
            "id" => Some(&mut self.id),
            "from" => Some(&mut self.from),
            "to" => Some(&mut self.to),
            "text" => Some(&mut self.text),
            "line" => Some(&mut self.line),
            "sent_at" => Some(&mut self.sent_at),
            _ => None,
        }
    }
}
