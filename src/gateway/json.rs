//! JSON requests: each value knows its place, so that an error can name it (rule 11: the place, never the value).

use std::collections::HashMap;
use std::fmt::Display;

use serde_json::value::RawValue;

use super::sms_codec::utf16;
use crate::domain::sms::{InboundSms, Utf16Text};

/// A value and its place, such as `sms[2].text`. What is missing is null.
pub(super) struct Node<'a> {
    place: String,
    value: Json<'a>,
}

/// A value. Nested values are parsed when they are looked up.
enum Json<'a> {
    Null,
    Array(Vec<&'a RawValue>),
    Object(HashMap<String, &'a RawValue>),
    /// A string, a number or a boolean, as it is written.
    Scalar(&'a str),
}

impl<'a> Json<'a> {
    fn parse(raw: &'a RawValue) -> Self {
        let json = raw.get();
        let parsed = match json.as_bytes().first() {
            Some(b'[') => serde_json::from_str(json).map(Self::Array),
            Some(b'{') => serde_json::from_str(json).map(Self::Object),
            Some(b'n') => Ok(Self::Null),
            _ => Ok(Self::Scalar(json)),
        };
        // Only an object can fail: one with a lone surrogate in a name.
        parsed.unwrap_or(Self::Null)
    }
}

impl<'a> Node<'a> {
    /// The body as an object. The error has the position of a syntax error, never the content (rule 11).
    pub(super) fn root(body: &'a [u8]) -> Result<Self, String> {
        let fields = serde_json::from_slice(body).map_err(|error| {
            let wanted = "the body must be a JSON object";
            if error.is_data() {
                return wanted.to_owned();
            }
            let (line, column) = (error.line(), error.column());
            format!("{wanted}: it is not JSON at line {line}, column {column}")
        })?;
        Ok(Self {
            place: String::new(),
            value: Json::Object(fields),
        })
    }

    fn at(place: String, raw: Option<&&'a RawValue>) -> Self {
        Self {
            place,
            value: raw.map_or(Json::Null, |raw| Json::parse(raw)),
        }
    }

    /// The field of an object.
    pub(super) fn field(&self, name: &str) -> Self {
        let dot = if self.place.is_empty() { "" } else { "." };
        let place = format!("{}{dot}{name}", self.place);
        match &self.value {
            Json::Object(fields) => Self::at(place, fields.get(name)),
            _ => Self::at(place, None),
        }
    }

    /// The element of an array.
    pub(super) fn item(&self, index: usize) -> Self {
        let place = format!("{}[{index}]", self.place);
        match &self.value {
            Json::Array(items) => Self::at(place, items.get(index)),
            _ => Self::at(place, None),
        }
    }

    /// The field of that name, or else the value at that path, such as `data.0.text`.
    pub(super) fn at_path(&self, path: &str) -> Self {
        let flat = self.field(path);
        match path.split_once('.') {
            Some((first, rest)) if flat.is_null() => {
                rest.split('.')
                    .fold(self.field(first), |node, name| match name.parse() {
                        Ok(index) if node.is_array() => node.item(index),
                        _ => node.field(name),
                    })
            }
            _ => flat,
        }
    }

    /// All elements of an array of at most `most`.
    pub(super) fn items(&self, most: usize) -> Result<impl Iterator<Item = Node<'a>>, String> {
        let Json::Array(items) = &self.value else {
            return Err(self.bad("must be an array"));
        };
        if items.len() > most {
            return Err(self.bad(format_args!("must not have more than {most} elements")));
        }
        Ok((0..items.len()).map(|index| self.item(index)))
    }

    /// Its place.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.value, Json::Null)
    }

    pub(super) fn is_object(&self) -> bool {
        matches!(self.value, Json::Object(_))
    }

    pub(super) fn is_array(&self) -> bool {
        matches!(self.value, Json::Array(_))
    }

    /// A string, or a whole number as its digits: ids and phone numbers come as either. Empty when it is missing.
    pub(super) fn word(&self) -> Result<String, String> {
        let word = match self.value {
            Json::Null => Some(String::new()),
            Json::Scalar(json) => match utf16::from_json(json) {
                Some(text) => Some(text.to_string_lossy()),
                None => json.parse().ok().map(|number: u64| number.to_string()),
            },
            _ => None,
        };
        word.ok_or_else(|| self.bad("must be a string"))
    }

    /// A word that has to be there.
    pub(super) fn required(&self) -> Result<String, String> {
        Some(self.word()?)
            .filter(|word| !word.is_empty())
            .ok_or_else(|| self.bad("is missing"))
    }

    /// A text that has to be there and may be empty.
    pub(super) fn text(&self) -> Result<Utf16Text, String> {
        let text = match self.value {
            Json::Null => return Err(self.bad("is missing")),
            Json::Scalar(json) => utf16::from_json(json),
            _ => None,
        };
        text.ok_or_else(|| self.bad("must be a string"))
    }

    /// The error about this place.
    pub(super) fn bad(&self, what: impl Display) -> String {
        format!("{} {what}", self.place)
    }
}

/// The message, unless its id, sender or text is too long. For the error, `place` maps `id`, `from` and `text` to their
/// places in the program's request.
pub(super) fn bounded(sms: InboundSms, place: impl Fn(&str) -> String) -> Result<InboundSms, String> {
    sms.checked().map_err(|error| {
        let (place, most) = (place(error.field), error.chars_max);
        format!("{place} must not be longer than {most} characters")
    })
}
