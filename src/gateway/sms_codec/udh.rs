//! The header that an SMS carries in front of its text: what part of a longer message it is.

use crate::domain::cut::CutText;
use crate::domain::sms::{PART_CHARS_MAX, SmsPart};

/// A part whose reference has 8 bits.
const CONCATENATED_8: u8 = 0x00;
/// A part whose reference has 16 bits.
const CONCATENATED_16: u8 = 0x08;
/// The tables of a national language.
const NATIONAL: [u8; 2] = [0x24, 0x25];

/// The part and its text, unless that is longer than one: then it is whole, and joined already.
pub(in crate::gateway) fn with_text(part: Option<SmsPart>, text: CutText) -> (Option<SmsPart>, String) {
    match part {
        Some(part) if text.chars_count() <= PART_CHARS_MAX => (Some(part.with(text.cut)), text.text),
        _ => (None, text.alone()),
    }
}

/// The part that a user data header (GSM 03.40 section 9.2.3.24) tells of, given as its bytes or as hexadecimal digits.
/// `None`: it tells of none, or is malformed; the message is kept either way.
pub(in crate::gateway) fn part(header: &[u8]) -> Option<SmsPart> {
    // As bytes, digits would tell of a header of 48 bytes or more that has nothing but digits in it.
    let digits = header.trim_ascii();
    let decoded = if digits.iter().all(u8::is_ascii_hexdigit) {
        hex::decode(digits).ok()?
    } else {
        header.to_vec()
    };
    let (length, elements) = decoded.split_first()?;
    let mut rest = elements.get(..usize::from(*length))?;
    while let Some((name, data, after)) = element(rest) {
        let part = part_of(name, data);
        if part.is_some() {
            return part;
        }
        rest = after;
    }
    None
}

/// The part of which a message tells, and its text, when nobody says whether a header stands in front of it. Taken for one is
/// what is well-formed to its last byte and tells of a part or of a national language: no text begins like that.
pub(in crate::gateway) fn strip_header(message: &[u8]) -> (Option<SmsPart>, &[u8]) {
    split_header(message).unwrap_or((None, message))
}

fn split_header(message: &[u8]) -> Option<(Option<SmsPart>, &[u8])> {
    let (length, after) = message.split_first()?;
    let (mut rest, text) = after.split_at_checked(usize::from(*length))?;
    let (mut part, mut is_national) = (None, false);
    while let Some((name, data, after)) = element(rest) {
        part = part.or(part_of(name, data));
        is_national |= NATIONAL.contains(&name) && data.len() == 1;
        rest = after;
    }
    ((part.is_some() || is_national) && rest.is_empty()).then_some((part, text))
}

/// The first element: its name, its data, and what follows it.
fn element(elements: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [name, length, tail @ ..] = elements else {
        return None;
    };
    let (data, after) = tail.split_at_checked(usize::from(*length))?;
    Some((*name, data, after))
}

fn part_of(name: u8, data: &[u8]) -> Option<SmsPart> {
    match (name, data) {
        (CONCATENATED_8, [reference, total, sequence]) => SmsPart::new(u16::from(*reference), *total, *sequence),
        (CONCATENATED_16, [high, low, total, sequence]) => {
            SmsPart::new(u16::from_be_bytes([*high, *low]), *total, *sequence)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cut::{Cut, FirstHalf, SecondHalf};

    #[test]
    fn a_part_is_told_in_bytes_or_digits() {
        let third = SmsPart::new(0x2c, 3, 1);
        assert_eq!(part(b"\x05\x00\x03\x2c\x03\x01"), third);
        assert_eq!(part(b"0500032C0301"), third);
        assert_eq!(part(b"0500032c0301"), third);
        assert_eq!(part(b"\x06\x08\x04\x12\x34\x02\x02"), SmsPart::new(0x1234, 2, 2));
        assert_eq!(part(b"060804123402 02"), None);
    }

    #[test]
    fn other_elements_are_passed_over() {
        assert_eq!(
            part(b"\x0b\x05\x04\x0b\x84\x23\xf0\x00\x03\x07\x02\x01"),
            SmsPart::new(7, 2, 1)
        );
        assert_eq!(part(b"\x06\x05\x04\x0b\x84\x23\xf0"), None);
        // National language tables after the part.
        assert_eq!(part(b"\x08\x00\x03\x07\x02\x01\x24\x01\x01"), SmsPart::new(7, 2, 1));
    }

    #[test]
    fn what_is_malformed_is_no_part() {
        for header in [
            &b""[..],
            b"0",
            b"x",
            b"\x05",
            b"\x06\x00\x03\x2c\x03\x01",
            b"\x05\x00\x04\x2c\x03\x01",
            b"\x05\x00\x03\x2c\x03\x00",
            b"\x05\x00\x03\x2c\x03\x04",
            b"\x05\x00\x03\x2c\x01\x01",
            b"050003",
        ] {
            assert_eq!(part(header), None, "{header:?}");
        }
    }

    #[test]
    fn a_header_in_front_of_a_text_is_taken_off() {
        for (header, part) in [
            (&b"\x05\x00\x03\x2c\x03\x01"[..], SmsPart::new(0x2c, 3, 1)),
            (b"\x06\x08\x04\x12\x34\x02\x02", SmsPart::new(0x1234, 2, 2)),
            (b"\x03\x24\x01\x01", None),
            (b"\x08\x24\x01\x01\x00\x03\x07\x02\x01", SmsPart::new(7, 2, 1)),
            (
                b"\x0b\x05\x04\x0b\x84\x23\xf0\x00\x03\x07\x02\x01",
                SmsPart::new(7, 2, 1),
            ),
        ] {
            for text in [&b"text"[..], b""] {
                assert_eq!(strip_header(&[header, text].concat()), (part, text), "{header:?}");
            }
        }
    }

    #[test]
    fn a_text_is_no_header() {
        for text in [
            &b""[..],
            b"\x00",
            b"\x00text",
            b"text",
            // An e with an accent, an at sign, a yen sign.
            b"\x05\x00\x03",
            b"\x05\x00\x03abc",
            b"\x05\x00\x03\x07\x02\x03text",
            b"\x06\x00\x03\x07\x02\x01text",
            b"\x05\x00\x04\x07\x02\x01text",
            // Ports alone are for programs.
            b"\x06\x05\x04\x0b\x84\x23\xf0text",
            // UTF-16.
            b"\x04\x12\x04\x30\x04\x48",
            b"\x00C\x00o\x00d\x00e",
        ] {
            assert_eq!(strip_header(text), (None, text), "{text:?}");
        }
    }

    #[test]
    fn a_long_text_is_no_part() {
        let part = SmsPart::new(7, 2, 1);
        let read = |count| with_text(part, "я".repeat(count).into()).0;
        assert_eq!(read(PART_CHARS_MAX), part);
        assert_eq!(read(PART_CHARS_MAX + 1), None);
    }

    #[test]
    fn only_a_part_has_halves_of_characters() {
        let cut = Cut {
            before: SecondHalf::new(0xde00),
            after: FirstHalf::new(0xd83d),
        };
        let text = |count| CutText {
            text: "я".repeat(count),
            cut,
        };
        let part = SmsPart::new(7, 2, 1);
        let with_halves = part.map(|part| part.with(cut));
        assert_eq!(with_text(part, text(1)), (with_halves, "я".to_owned()));
        let whole = |count| format!("\u{fffd}{}\u{fffd}", "я".repeat(count));
        assert_eq!(with_text(None, text(1)), (None, whole(1)));
        assert_eq!(with_text(part, text(PART_CHARS_MAX - 2)).0, with_halves);
        assert_eq!(
            with_text(part, text(PART_CHARS_MAX - 1)),
            (None, whole(PART_CHARS_MAX - 1))
        );
    }

    #[test]
    fn bytes_that_read_as_white_space_are_bytes() {
        assert_eq!(part(b"\x05\x00\x03\x20\x0c\x0a"), SmsPart::new(0x20, 12, 10));
        assert_eq!(
            part(b"\x0a\x70\x03\x01\x02\x03\x00\x03\x07\x02\x01"),
            SmsPart::new(7, 2, 1)
        );
    }
}
