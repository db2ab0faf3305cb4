//! Texts in the character set that the request names. UTF-16 must be decoded without a try at UTF-8 before: Cyrillic in
//! UTF-16 is valid UTF-8, too, full of control characters.

use std::borrow::Cow;

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::domain::sms::Utf16Text;

/// In SMS these labels mean big-endian; on the web they mean little-endian.
const BIG_ENDIAN: [&str; 6] = ["utf-16", "utf16", "utf16be", "ucs-2", "ucs2", "iso-10646-ucs-2"];

/// The character set of that label; `None` when it is unknown.
pub(in crate::gateway) fn named(label: &str) -> Option<&'static Encoding> {
    let label = label.trim();
    if BIG_ENDIAN.iter().any(|wide| label.eq_ignore_ascii_case(wide)) {
        return Some(UTF_16BE);
    }
    Encoding::for_label_no_replacement(label.as_bytes())
}

/// The character set that `Content-Type` names, quoted or not.
pub(in crate::gateway) fn of_body(headers: &HeaderMap) -> Option<&'static Encoding> {
    let header = headers.get(CONTENT_TYPE)?.as_bytes();
    let header = String::from_utf8_lossy(header);
    header.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("charset") {
            named(value.trim().trim_matches(['"', '\'']))
        } else {
            None
        }
    })
}

/// Whether ASCII characters have more than one byte, as in UTF-16: then the bytes must not be tried as UTF-8 first.
pub(in crate::gateway) fn is_wide(charset: &'static Encoding) -> bool {
    !charset.is_ascii_compatible()
}

/// The text in that character set; invalid bytes become U+FFFD.
fn decode(charset: &'static Encoding, bytes: &[u8]) -> String {
    charset.decode_without_bom_handling(bytes).0.into_owned()
}

/// The text in that character set. It may be that of a part, so UTF-16 keeps its lone surrogates.
pub(in crate::gateway) fn decode_units(charset: &'static Encoding, bytes: &[u8]) -> Utf16Text {
    let unit = if charset == UTF_16BE {
        u16::from_be_bytes
    } else if charset == UTF_16LE {
        u16::from_le_bytes
    } else {
        return decode(charset, bytes).as_str().into();
    };
    let pairs = bytes.chunks_exact(2);
    let odd = (!pairs.remainder().is_empty()).then_some(0xfffd);
    pairs.map(|pair| unit([pair[0], pair[1]])).chain(odd).collect()
}

/// UTF-8 where the bytes are valid, else the character set that was named, else UTF-8 with U+FFFD for invalid bytes.
pub(in crate::gateway) fn utf8_or<'a>(charset: Option<&'static Encoding>, bytes: &'a [u8]) -> Cow<'a, str> {
    match (std::str::from_utf8(bytes), charset) {
        (Ok(text), _) => Cow::Borrowed(text),
        (Err(_), Some(charset)) if !is_wide(charset) => Cow::Owned(decode(charset, bytes)),
        (Err(_), _) => String::from_utf8_lossy(bytes),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use encoding_rs::{UTF_8, WINDOWS_1252};

    use super::*;

    fn content_type(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_charset_may_be_quoted() {
        for (header, charset) in [
            ("text/plain; charset=\"UTF-16BE\"", Some(UTF_16BE)),
            ("text/plain;charset=utf-8", Some(UTF_8)),
            ("text/plain; format=flowed; Charset='WINDOWS-1252'", Some(WINDOWS_1252)),
            ("text/plain; charset=ISO-8859-1", Some(WINDOWS_1252)),
            ("text/plain; charset=nonsense", None),
            ("text/plain; charset", None),
            ("text/plain", None),
        ] {
            assert_eq!(of_body(&content_type(header)), charset, "{header}");
        }
        assert_eq!(of_body(&HeaderMap::new()), None);
    }

    #[test]
    fn utf_16_without_an_end_is_big_endian() {
        for label in ["UTF-16BE", "utf-16", " UCS-2 ", "ucs2", "ISO-10646-UCS-2"] {
            assert_eq!(named(label), Some(UTF_16BE), "{label}");
        }
        assert_eq!(named("hz-gb-2312"), None, "a charset of the web that is never decoded");
    }

    #[test]
    fn utf_16_keeps_lone_surrogates() {
        for (charset, bytes, units) in [
            (UTF_16BE, &b"\xde\x00\0A\xd8\x3d"[..], &[0xde00, 0x41, 0xd83d][..]),
            (UTF_16BE, b"\xd8\x3d\xde\x00", &[0xd83d, 0xde00]),
            (UTF_16BE, b"\0A\x04", &[0x41, 0xfffd]),
            (UTF_16BE, b"\xfe\xff\0A", &[0xfeff, 0x41]),
            (UTF_16BE, b"", &[]),
            (UTF_16LE, b"\0\xdeA\0\x3d\xd8", &[0xde00, 0x41, 0xd83d]),
            (WINDOWS_1252, b"\xde\x00A", &[0xde, 0, 0x41]),
        ] {
            let expected: Utf16Text = units.iter().copied().collect();
            assert!(decode_units(charset, bytes) == expected, "{bytes:x?}");
        }
    }

    #[test]
    fn utf_8_goes_before_the_charset() {
        assert_eq!(utf8_or(None, b"A\xff"), "A\u{fffd}");
        assert_eq!(utf8_or(Some(WINDOWS_1252), b"A\x80"), "A€");
        assert_eq!(utf8_or(Some(WINDOWS_1252), "€".as_bytes()), "€");
    }
}
