//! Texts as both databases take them: without U+0000, which PostgreSQL refuses.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, Formatter};

/// The text without U+0000.
pub(super) fn cleaned(text: String) -> String {
    match text.contains('\0') {
        true => text.replace('\0', ""),
        false => text,
    }
}

/// A list as the one JSON parameter of a statement.
pub(in crate::storage) fn json<T: Serialize + ?Sized>(list: &T) -> String {
    let mut bytes = Vec::with_capacity(128);
    let mut serializer = Serializer::with_formatter(&mut bytes, Cleaned);
    let written = list.serialize(&mut serializer);
    written.expect("lists of numbers and texts can always be written as JSON");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// Compact JSON.
struct Cleaned;

impl Formatter for Cleaned {
    fn write_char_escape<W: ?Sized + io::Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        match escape {
            CharEscape::AsciiControl(0) => Ok(()),
            CharEscape::AsciiControl(byte) => write!(writer, "\\u{byte:04x}"),
            CharEscape::Quote => writer.write_all(b"\\\""),
            CharEscape::ReverseSolidus => writer.write_all(b"\\\\"),
            CharEscape::Solidus => writer.write_all(b"\\/"),
            CharEscape::Backspace => writer.write_all(b"\\b"),
            CharEscape::FormFeed => writer.write_all(b"\\f"),
            CharEscape::LineFeed => writer.write_all(b"\\n"),
            CharEscape::CarriageReturn => writer.write_all(b"\\r"),
            CharEscape::Tab => writer.write_all(b"\\t"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_has_u_0000() {
        assert_eq!(cleaned("a\0b".to_owned()), "ab");
        let text = "\0\u{1}\u{8}\t\n\u{c}\r\"\\/\u{7f} \\u0000é😀\0";
        let read: String = serde_json::from_str(&json(text)).unwrap();
        assert_eq!(read, cleaned(text.to_owned()));
        assert_eq!(json("\\u0000"), serde_json::to_string("\\u0000").unwrap());
    }
}
