//! Lookup of fields for the generic adapter: in the body first, then in the query; under the names that the partner set, or
//! else under those that programs use.

use std::borrow::Cow;

use encoding_rs::Encoding;

use crate::domain::sms::Utf16Text;
use crate::gateway::form::{FormFields, is_in_query};
use crate::gateway::json::Node;
use crate::gateway::raw_request::RawRequest;
use crate::gateway::settings::FieldPath;
use crate::gateway::sms_codec::charset;
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

    /// The name for errors about a missing field.
    pub(super) fn first(self) -> &'a str {
        self.iter().next().unwrap_or_default()
    }
}

/// A field as it came.
pub(super) enum Field<'a> {
    /// In a query or a form.
    Bytes(&'a [u8]),
    /// In JSON; not null.
    Json(Node<'a>),
}

/// The result of a lookup.
pub(super) enum Found<'a, Text = String> {
    Missing,
    /// Its value has the wrong type; this is the field's name.
    Unreadable(&'a str),
    Text(Text),
}

/// The fields of a request.
pub(super) struct GenericFields<'a> {
    body: Option<GenericBody<'a>>,
    query: FormFields<'a>,
    /// The character set of bytes that are not UTF-8.
    charset: Option<&'static Encoding>,
}

enum GenericBody<'a> {
    Form(FormFields<'a>),
    Json(Node<'a>),
}

impl<'a> GenericFields<'a> {
    /// `body` is [`decoded_body`].
    pub(super) fn of(incoming: &RawRequest<'a>, body: &'a str) -> Result<Self, String> {
        let query = FormFields::parse(incoming.query.as_bytes());
        let body = if is_in_query(incoming.method)? || (incoming.body.is_empty() && !incoming.query.is_empty()) {
            None
        } else if is_json(incoming) {
            Some(GenericBody::Json(Node::root(body.as_bytes())?))
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

    /// The first of these fields that `read` can read; preferably one that is not empty.
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
                Some(GenericBody::Json(object)) => {
                    let value = Some(object.at_path(name)).filter(|value| !value.is_null());
                    fields.extend(value.map(|value| (name, Field::Json(value))));
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
            Field::Json(value) => value.word().ok(),
            Field::Bytes(bytes) => Some(charset::utf8_or(self.charset, bytes).into_owned()),
        }
    }

    /// The text of a message: a string, in a form maybe UTF-16.
    pub(super) fn text(&self, field: Field<'_>) -> Option<Utf16Text> {
        match (&field, self.charset) {
            (Field::Json(value), _) => value.text().ok(),
            (Field::Bytes(bytes), Some(charset)) if charset::is_wide(charset) => {
                Some(charset::decode_units(charset, bytes))
            }
            (Field::Bytes(_), _) => self.word(field).as_deref().map(Utf16Text::from),
        }
    }
}

/// By its media type or by its first character: scripts post JSON with any media type.
fn is_json(incoming: &RawRequest<'_>) -> bool {
    let media_type = media_type(incoming.headers);
    let is_named = media_type.ends_with("/json") || media_type.ends_with("+json");
    is_named || incoming.body.trim_ascii_start().starts_with(b"{")
}

/// The body as text; what is not UTF-8 is decoded by its character set.
pub(super) fn decoded_body<'a>(incoming: &RawRequest<'a>) -> Cow<'a, str> {
    charset::utf8_or(charset::of_body(incoming.headers), incoming.body)
}
