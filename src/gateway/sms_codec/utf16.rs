//! UTF-16 in JSON: a part that ends inside an emoji has a lone surrogate (`\ud83d`), which no `String` can hold.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{Error, Visitor};

use crate::domain::sms::Utf16Text;

/// The text of a JSON string, given with its quotes and escapes. `None`: it is something else.
pub(in crate::gateway) fn from_json(json: &str) -> Option<Utf16Text> {
    serde_json::Deserializer::from_str(json).deserialize_bytes(Wtf8).ok()
}

/// As bytes, serde_json gives a string in WTF-8: UTF-8 in which surrogates are encoded, too.
struct Wtf8;

impl Visitor<'_> for Wtf8 {
    type Value = Utf16Text;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_bytes<E: Error>(self, wtf8: &[u8]) -> Result<Utf16Text, E> {
        let mut units = Vec::with_capacity(wtf8.len());
        let mut surrogate = Vec::new();
        for chunk in wtf8.utf8_chunks() {
            units.extend(chunk.valid().encode_utf16());
            // Each of the three bytes of a surrogate is invalid by itself.
            surrogate.extend_from_slice(chunk.invalid());
            if let [_, middle, last] = surrogate[..] {
                units.push(0xd000 | u16::from(middle & 0x3f) << 6 | u16::from(last & 0x3f));
                surrogate.clear();
            }
        }
        Ok(units.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_may_have_lone_surrogates() {
        for (json, units) in [
            (r#""A\ud83d""#, &[0x41, 0xd83d][..]),
            (r#""\ude00A""#, &[0xde00, 0x41]),
            (r#""\ud83d\ude00""#, &[0xd83d, 0xde00]),
            (r#""\ud83d\ud83d\ude00\udbff""#, &[0xd83d, 0xd83d, 0xde00, 0xdbff]),
            (r#""\ud83d\\ude00""#, &[0xd83d, 0x5c, 0x75, 0x64, 0x65, 0x30, 0x30]),
            ("\"\\ud800Ж😀\\n\"", &[0xd800, 0x416, 0xd83d, 0xde00, 0xa]),
            (r#""""#, &[]),
        ] {
            assert!(from_json(json) == Some(units.iter().copied().collect()), "{json}");
        }
        for json in ["1", "null", "[65]", "{}"] {
            assert!(from_json(json).is_none(), "{json}");
        }
    }
}
