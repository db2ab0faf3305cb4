//! Queries and forms. Values are bytes: their character set is known only from other fields.

use std::borrow::Cow;

use axum::http::Method;
use percent_encoding::percent_decode;

use super::raw_request::RawRequest;

/// The most fields that are read (rule 12); gateways send some twenty.
const FIELDS_MAX: usize = 500;

/// Bytes that were percent-encoded.
type Decoded<'a> = Cow<'a, [u8]>;

/// The fields of a query or of a form, in their order: each name with its value.
pub(super) struct FormFields<'a>(Vec<(Decoded<'a>, Decoded<'a>)>);

impl<'a> FormFields<'a> {
    /// Never fails: any bytes are a form.
    pub(super) fn parse(form: &'a [u8]) -> Self {
        let pairs = form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
        let fields = pairs.take(FIELDS_MAX).map(|pair| {
            let mut sides = pair.splitn(2, |byte| *byte == b'=');
            let name = sides.next().unwrap_or_default();
            (
                plus_is_blank(name.trim_ascii()),
                plus_is_blank(sides.next().unwrap_or_default()),
            )
        });
        Self(fields.collect())
    }

    /// The fields of a program that sends only forms: the query of a GET, else the body and then the query.
    pub(super) fn of(incoming: &RawRequest<'a>) -> Result<Self, String> {
        let query = Self::parse(incoming.query.as_bytes());
        if is_in_query(incoming.method)? {
            return Ok(query);
        }
        let mut form = Self::parse(incoming.body);
        form.0.extend(query.0);
        Ok(form)
    }

    /// Names and values, in their order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The value of the first field of that name.
    pub(super) fn first(&self, name: &str) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// The value of the first field of that name, as UTF-8 (invalid bytes become U+FFFD). `None`: it is missing or empty.
    pub(super) fn word(&self, name: &str) -> Option<String> {
        let value = self.first(name).filter(|value| !value.is_empty())?;
        Some(String::from_utf8_lossy(value).into_owned())
    }

    /// The values of all fields of that name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let fields = self.0.iter().filter(move |(field, _)| **field == *name.as_bytes());
        fields.map(|(_, value)| &**value)
    }
}

/// Whether requests of that method have their fields in the query only.
pub(super) fn is_in_query(method: &Method) -> Result<bool, String> {
    match *method {
        Method::GET => Ok(true),
        Method::POST | Method::PUT => Ok(false),
        _ => Err("the method must be GET, POST or PUT".to_owned()),
    }
}

/// Decodes percent-encoded bytes, in which a plus is a space; invalid escapes stay as they are.
pub(super) fn plus_is_blank(encoded: &[u8]) -> Cow<'_, [u8]> {
    if !encoded.contains(&b'+') {
        return percent_decode(encoded).into();
    }
    let space = |byte: &u8| if *byte == b'+' { b' ' } else { *byte };
    let encoded: Vec<u8> = encoded.iter().map(space).collect();
    Cow::Owned(percent_decode(&encoded).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_bytes() {
        let form =
            FormFields::parse(b"&from=VK&to=%2B7900+1&a%2Db=1&raw=%00%ff&twice=1&twice=2&empty=&flag&bad=%zz%4&eq=a=b");
        for (name, value) in [
            ("from", &b"VK"[..]),
            ("to", b"+7900 1"),
            ("a-b", b"1"),
            ("raw", b"\x00\xff"),
            ("twice", b"1"),
            ("empty", b""),
            ("flag", b""),
            ("bad", b"%zz%4"),
            ("eq", b"a=b"),
        ] {
            assert_eq!(form.first(name), Some(value), "{name}");
        }
        assert_eq!(form.first("From"), None);
        assert_eq!(form.all("twice").collect::<Vec<_>>(), [b"1", b"2"]);
        assert_eq!(form.word("raw").as_deref(), Some("\0\u{fffd}"));
        assert_eq!(form.word("empty"), None);
    }

    #[test]
    fn rule_12_a_form_has_a_bound() {
        let text = "x=1&".repeat(FIELDS_MAX + 1);
        assert_eq!(FormFields::parse(text.as_bytes()).all("x").count(), FIELDS_MAX);
    }
}
