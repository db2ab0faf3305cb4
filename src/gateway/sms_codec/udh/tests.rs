use super::*;

#[test]
fn a_header_is_bytes_or_digits() {
    let third = SmsPart::new(0x2c, 3, 1);
    assert_eq!(part(b"\x05\x00\x03\x2c\x03\x01"), third);
    assert_eq!(part(b"0500032C0301"), third);
    assert_eq!(part(b"0500032c0301"), third);
    assert_eq!(part(b"\x06\x08\x04\x12\x34\x02\x02"), SmsPart::new(0x1234, 2, 2));
    assert_eq!(part(b"060804123402 02"), None);
}

#[test]
fn other_elements_are_skipped() {
    assert_eq!(
        part(b"\x0b\x05\x04\x0b\x84\x23\xf0\x00\x03\x07\x02\x01"),
        SmsPart::new(7, 2, 1)
    );
    assert_eq!(part(b"\x06\x05\x04\x0b\x84\x23\xf0"), None);
    // National language tables after the part.
    assert_eq!(part(b"\x08\x00\x03\x07\x02\x01\x24\x01\x01"), SmsPart::new(7, 2, 1));
}

#[test]
fn a_malformed_header_has_no_part() {
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
fn a_header_in_front_of_a_text_is_stripped() {
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
fn a_text_is_not_a_header() {
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
fn a_long_text_is_not_a_part() {
    let part = SmsPart::new(7, 2, 1);
    let read = |count| unless_joined(part, &Utf16Text::from(&*"😀".repeat(count)));
    assert_eq!(read(PART_CHARS_MAX), part);
    assert_eq!(read(PART_CHARS_MAX + 1), None);
}

#[test]
fn bytes_that_read_as_white_space_are_bytes() {
    assert_eq!(part(b"\x05\x00\x03\x20\x0c\x0a"), SmsPart::new(0x20, 12, 10));
    assert_eq!(
        part(b"\x0a\x70\x03\x01\x02\x03\x00\x03\x07\x02\x01"),
        SmsPart::new(7, 2, 1)
    );
}
