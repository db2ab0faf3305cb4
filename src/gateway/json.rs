//! JSON as programs send it: each value knows its place, so that a refusal can name it (rule 11: the place, never the value).

use std::fmt::Display;

use serde_json::Value;

use super::sms_codec::utf16;
use crate::domain::sms::InboundSms;

static NOTHING: Value = Value::Null;

/// The body as an object. The error says where it is none, never what stands there: the body is somebody's message.
pub(super) fn object(body: &[u8]) -> Result<Value, String> {
    parse(body).or_else(|error| {
        // A text that was cut in the middle of an emoji: the half is replaced, the message is not lost.
        let mended = utf16::replace_lone_surrogates(body).ok_or(error)?;
        parse(&mended)
    })
}

fn parse(body: &[u8]) -> Result<Value, String> {
    match serde_json::from_slice(body) {
        Ok(object @ Value::Object(_)) => Ok(object),
        Ok(_) => Err("the body must be a JSON object".to_owned()),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            Err(format!(
                "the body must be a JSON object: it is no JSON at line {line}, column {column}"
            ))
        }
    }
}

/// A string, or a whole number as its digits: ids and phone numbers come as either.
pub(super) fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// A value and its place, such as `sms[2].text`. What is missing is null.
pub(super) struct Node<'a> {
    place: String,
    value: &'a Value,
}

impl<'a> Node<'a> {
    /// The whole body.
    pub(super) const fn root(value: &'a Value) -> Self {
        let place = String::new();
        Self { place, value }
    }

    /// The field of an object.
    pub(super) fn field(&self, name: &str) -> Self {
        let dot = if self.place.is_empty() { "" } else { "." };
        Self {
            place: format!("{}{dot}{name}", self.place),
            value: self.value.get(name).unwrap_or(&NOTHING),
        }
    }

    /// The element of an array.
    pub(super) fn item(&self, index: usize) -> Self {
        Self {
            place: format!("{}[{index}]", self.place),
            value: self.value.get(index).unwrap_or(&NOTHING),
        }
    }

    /// All elements of an array of at most `most`.
    pub(super) fn items(&self, most: usize) -> Result<impl Iterator<Item = Node<'a>>, String> {
        let count = self.value.as_array().ok_or_else(|| self.bad("must be an array"))?.len();
        if count > most {
            return Err(self.bad(format_args!("must not have more than {most} elements")));
        }
        Ok((0..count).map(|index| self.item(index)))
    }

    /// Where it stands.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn is_null(&self) -> bool {
        self.value.is_null()
    }

    pub(super) fn is_object(&self) -> bool {
        self.value.is_object()
    }

    pub(super) fn is_array(&self) -> bool {
        self.value.is_array()
    }

    /// A [`word`]. Empty when there is none.
    pub(super) fn word(&self) -> Result<String, String> {
        match self.value {
            Value::Null => Ok(String::new()),
            value => word(value).ok_or_else(|| self.bad("must be a string")),
        }
    }

    /// A word that has to be there.
    pub(super) fn required(&self) -> Result<String, String> {
        Some(self.word()?)
            .filter(|word| !word.is_empty())
            .ok_or_else(|| self.bad("is missing"))
    }

    /// A text that has to be there and may be empty.
    pub(super) fn text(&self) -> Result<&'a str, String> {
        match self.value {
            Value::String(text) => Ok(text),
            Value::Null => Err(self.bad("is missing")),
            _ => Err(self.bad("must be a string")),
        }
    }

    /// The sentence about this place.
    pub(super) fn bad(&self, what: impl Display) -> String {
        format!("{} {what}", self.place)
    }
}

/// The message, when it keeps its bounds; `place` knows where its `id`, `from` and `text` stand in the program's request.
pub(super) fn bounded(sms: InboundSms, place: impl Fn(&str) -> String) -> Result<InboundSms, String> {
    sms.checked().map_err(|error| {
        let (place, most) = (place(error.field), error.chars_max);
        format!("{place} must not be longer than {most} characters")
    })
}
