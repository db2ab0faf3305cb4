//! Texts in the charset that the request names. Charset first: Cyrillic UTF-16 passes as valid UTF-8 full of control
//! characters.

use std::borrow::Cow;

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::domain::cut::{Cut, CutText, FirstHalf, SecondHalf};

/// What the world of SMS calls UTF-16 is big-endian, whatever the web says of the same labels.
const BIG_ENDIAN: [&str; 6] = ["utf-16", "utf16", "utf16be", "ucs-2", "ucs2", "iso-10646-ucs-2"];

/// The charset of that label; `None` when nobody knows it.
pub(in crate::gateway) fn named(label: &str) -> Option<&'static Encoding> {
    let label = label.trim();
    if BIG_ENDIAN.iter().any(|wide| label.eq_ignore_ascii_case(wide)) {
        return Some(UTF_16BE);
    }
    Encoding::for_label_no_replacement(label.as_bytes())
}

/// The charset that `Content-Type` names, quoted or not.
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

/// Whether ASCII is written in more than one byte per character, so that bytes cannot be taken for UTF-8 first.
pub(in crate::gateway) fn is_wide(charset: &'static Encoding) -> bool {
    !charset.is_ascii_compatible()
}

/// The text in that charset; what is none in it is U+FFFD.
fn decode(charset: &'static Encoding, bytes: &[u8]) -> String {
    charset.decode_without_bom_handling(bytes).0.into_owned()
}

/// The text in that charset of what may be a part. UTF-16 may begin and end with half a character; what else is no text is
/// U+FFFD.
pub(in crate::gateway) fn decode_cut(charset: &'static Encoding, bytes: &[u8]) -> CutText {
    let unit = if charset == UTF_16BE {
        u16::from_be_bytes
    } else if charset == UTF_16LE {
        u16::from_le_bytes
    } else {
        return decode(charset, bytes).into();
    };
    let mut rest = bytes;
    let mut cut = Cut::NONE;
    if let Some((first, after)) = rest.split_first_chunk()
        && let Some(half) = SecondHalf::new(unit(*first))
    {
        (cut.before, rest) = (Some(half), after);
    }
    // With a byte too many the last two are no unit.
    if let Some((before, last)) = rest.split_last_chunk()
        && rest.len().is_multiple_of(2)
        && let Some(half) = FirstHalf::new(unit(*last))
    {
        (cut.after, rest) = (Some(half), before);
    }
    let text = decode(charset, rest);
    CutText { text, cut }
}

/// UTF-8 where the bytes are that, else the charset that was named, else what of UTF-8 can be read.
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
    use proptest::prelude::*;

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
    fn utf_16_may_begin_and_end_with_half_a_character() {
        let read = |charset, bytes: &[u8]| {
            let CutText { text, cut } = decode_cut(charset, bytes);
            (cut.before.map(SecondHalf::unit), text, cut.after.map(FirstHalf::unit))
        };
        let (first, second) = (Some(0xd83d), Some(0xde00));
        for (bytes, before, text, after) in [
            (&b"\0A\xd8\x3d"[..], None, "A", first),
            (b"\xde\x00\0A", second, "A", None),
            (b"\xde\x00\xd8\x3d", second, "", first),
            (b"\xde\x00", second, "", None),
            (b"\xd8\x3d", None, "", first),
            (b"\xd8\x3d\xde\x00", None, "😀", None),
            (b"\xde\x00\xde\x00\xd8\x3d\xd8\x3d", second, "\u{fffd}\u{fffd}", first),
            (b"\xde\x00\0A\xd8\x3d\0", second, "A\u{fffd}", None),
            (b"\xde", None, "\u{fffd}", None),
            (b"", None, "", None),
        ] {
            assert_eq!(read(UTF_16BE, bytes), (before, text.to_owned(), after), "{bytes:x?}");
        }
        assert_eq!(read(UTF_16LE, b"\0\xdeA\0\x3d\xd8"), (second, "A".to_owned(), first));
        assert_eq!(read(WINDOWS_1252, b"\xde\x00A"), (None, "Þ\0A".to_owned(), None));
    }

    #[test]
    fn what_was_cut_is_a_replacement_character() {
        assert_eq!(decode(UTF_16BE, b"\0A\xd8\x3d"), "A\u{fffd}");
        assert_eq!(decode(UTF_16BE, b"\xde\x00\0A"), "\u{fffd}A");
        assert_eq!(decode(UTF_16BE, b"\0A\x04"), "A\u{fffd}");
        assert_eq!(decode(UTF_16BE, b"\xfe\xff\0A"), "\u{feff}A", "a text is what it is");
        assert_eq!(utf8_or(None, b"A\xff"), "A\u{fffd}");
        assert_eq!(utf8_or(Some(WINDOWS_1252), b"A\x80"), "A€");
        assert_eq!(utf8_or(Some(WINDOWS_1252), "€".as_bytes()), "€");
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_utf_16(text in any::<String>()) {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            prop_assert_eq!(decode(UTF_16BE, &bytes), text);
        }

        #[test]
        fn by_themselves_any_bytes_are_the_text_that_they_always_were(bytes: Vec<u8>, little: bool) {
            let charset = if little { UTF_16LE } else { UTF_16BE };
            prop_assert_eq!(decode_cut(charset, &bytes).alone(), decode(charset, &bytes));
        }
    }
}
