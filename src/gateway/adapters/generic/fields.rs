//! Where the generic adapter looks for a field: the body first, then the query; under the names that the partner set,
//! or else under those that programs use.

use std::borrow::Cow;

use encoding_rs::Encoding;
use serde_json::Value;

use crate::domain::cut::CutText;
use crate::gateway::form::{FormFields, is_in_query};
use crate::gateway::json;
use crate::gateway::raw_request::RawRequest;
use crate::gateway::settings::FieldPath;
use crate::gateway::sms_codec::charset;
use crate::gateway::sms_codec::utf16;
use crate::http::media_type;

/// The names of a field.
#[derive(Clone, Copy)]
pub(super) enum Names<'a> {
    /// Those that programs use; the first one that is there wins.
    Default(&'static [&'static str]),
    /// The one that the partner set.
    Set(&'a FieldPath),
}

impl<'a> Names<'a> {
    pub(super) fn new(set: Option<&'a FieldPath>, default: &'static [&'static str]) -> Self {
        set.map_or(Self::Default(default), Self::Set)
    }

    fn iter(self) -> impl Iterator<Item = &'a str> {
        let (default, set): (&[&str], _) = match self {
            Self::Default(names) => (names, None),
            Self::Set(path) => (&[], Some(path.as_str())),
        };
        default.iter().copied().chain(set)
    }

    /// What the field is called where it is missing.
    pub(super) fn first(self) -> &'a str {
        self.iter().next().unwrap_or_default()
    }
}

/// A field as it came.
#[derive(Clone, Copy)]
pub(super) enum Field<'a> {
    /// In a query or a form.
    Bytes(&'a [u8]),
    /// In JSON; not null. With its path and the body, which knows what of it was cut.
    Json(&'a Value, &'a str, &'a str),
}

/// What came of looking for a field.
pub(super) enum Found<'a, Text = String> {
    Missing,
    /// It is there, and cannot be read: its name.
    Unreadable(&'a str),
    Text(Text),
}

/// The fields of a request.
pub(super) struct GenericFields<'a> {
    body: Option<GenericBody<'a>>,
    query: FormFields<'a>,
    /// What its bytes are written in where they are no UTF-8.
    charset: Option<&'static Encoding>,
}

enum GenericBody<'a> {
    Form(FormFields<'a>),
    /// An object, and what it was read from.
    Json(Value, Cow<'a, str>),
}

impl<'a> GenericFields<'a> {
    pub(super) fn of(incoming: &RawRequest<'a>) -> Result<Self, String> {
        let query = FormFields::parse(incoming.query.as_bytes());
        let body = if is_in_query(incoming.method)? || (incoming.body.is_empty() && !incoming.query.is_empty()) {
            None
        } else if is_json(incoming) {
            let body = utf8(incoming);
            Some(GenericBody::Json(json::object(body.as_bytes())?, body))
        } else {
            Some(GenericBody::Form(FormFields::parse(incoming.body)))
        };
        let mut fields = Self {
            body,
            query,
            charset: charset::of_body(incoming.headers),
        };
        let label = fields.pick(Names::Default(&["charset"]), |field| fields.word(field));
        if let Found::Text(label) = label {
            fields.charset = charset::named(&label).or(fields.charset);
        }
        Ok(fields)
    }

    /// The first of these fields that `read` makes something of; one that is not empty rather than an empty one.
    pub(super) fn pick<Text: Default + PartialEq>(
        &self,
        names: Names<'a>,
        read: impl Fn(Field<'_>) -> Option<Text>,
    ) -> Found<'a, Text> {
        let mut found = Found::Missing;
        for (name, field) in self.all(names) {
            match (read(field), &found) {
                (Some(text), _) if text != Text::default() => return Found::Text(text),
                (Some(text), Found::Missing | Found::Unreadable(_)) => found = Found::Text(text),
                (None, Found::Missing) => found = Found::Unreadable(name),
                _ => {}
            }
        }
        found
    }

    /// All of these fields with their names: those of the body by the order of the names, then those of the query.
    pub(super) fn all(&self, names: Names<'a>) -> Vec<(&'a str, Field<'_>)> {
        let mut fields = Vec::new();
        for name in names.iter() {
            match &self.body {
                Some(GenericBody::Json(object, body)) => {
                    fields.extend(in_json(object, name).map(|value| (name, Field::Json(value, name, body))));
                }
                Some(GenericBody::Form(form)) => fields.extend(form.all(name).map(|bytes| (name, Field::Bytes(bytes)))),
                None => {}
            }
        }
        for name in names.iter() {
            fields.extend(self.query.all(name).map(|bytes| (name, Field::Bytes(bytes))));
        }
        fields
    }

    /// A word: a string, or a whole number as its digits: ids and phone numbers come as either.
    pub(super) fn word(&self, field: Field<'_>) -> Option<String> {
        match field {
            Field::Json(value, ..) => json::word(value),
            Field::Bytes(bytes) => Some(charset::utf8_or(self.charset, bytes).into_owned()),
        }
    }

    /// The text of a message: a string, in a form maybe of a charset that ASCII is not part of.
    pub(super) fn text(&self, field: Field<'_>) -> Option<CutText> {
        match (field, self.charset) {
            (Field::Json(value, path, body), _) => Some(utf16::cut(value.as_str()?, body, path)),
            (Field::Bytes(bytes), Some(charset)) if charset::is_wide(charset) => {
                Some(charset::decode_cut(charset, bytes))
            }
            (Field::Bytes(_), _) => self.word(field).map(CutText::from),
        }
    }
}

/// JSON is what says so, and what looks so: scripts post it as anything.
fn is_json(incoming: &RawRequest<'_>) -> bool {
    let media_type = media_type(incoming.headers);
    let is_named = media_type.ends_with("/json") || media_type.ends_with("+json");
    is_named || incoming.body.trim_ascii_start().starts_with(b"{")
}

/// The value at that path, unless it is null. [`utf16::cut`] goes the same way.
fn in_json<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    let flat = object.get(path);
    let deep = || {
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(object.get(first)?, |value, name| match value {
            Value::Array(list) => list.get(name.parse::<usize>().ok()?),
            _ => value.get(name),
        })
    };
    flat.or_else(deep).filter(|value| !value.is_null())
}

/// The body; what is no UTF-8 is read by its charset.
fn utf8<'a>(incoming: &RawRequest<'a>) -> Cow<'a, str> {
    charset::utf8_or(charset::of_body(incoming.headers), incoming.body)
}
