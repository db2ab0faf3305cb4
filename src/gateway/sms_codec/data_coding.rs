//! The alphabets of the mobile network, in which Jasmin hands texts over as they came.

use encoding_rs::{Encoding, ISO_8859_5, ISO_8859_8, UTF_16BE};

use super::charset;
use crate::domain::cut::CutText;
use crate::gateway::settings::DefaultCharacterSet;

/// What the bytes of a text are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) enum CharacterSet {
    /// GSM 03.38, one character per byte.
    Gsm,
    /// ISO 8859-1; bytes that are no text are kept as such, too.
    Latin1,
    /// Another one.
    Charset(&'static Encoding),
}

impl CharacterSet {
    /// The alphabet that SMPP's `data_coding` names (SMPP 3.4 section 5.2.19, GSM 03.38 section 4).
    pub(in crate::gateway) fn of_data_coding(coding: u8, default: DefaultCharacterSet) -> Self {
        let default = match default {
            DefaultCharacterSet::Gsm => Self::Gsm,
            DefaultCharacterSet::Latin1 => Self::Latin1,
        };
        match coding {
            0x00 => default,
            0x06 => Self::Charset(ISO_8859_5),
            0x07 => Self::Charset(ISO_8859_8),
            0x08 | 0xe0..=0xef => Self::Charset(UTF_16BE),
            // ASCII and Latin-1; and what is binary or rare: nothing of it is lost.
            0x01..=0x0f => Self::Latin1,
            // GSM's general group, with a message class: the alphabet is in bits 2 and 3; with bit 5 it is compressed.
            0x10..=0x7f if coding & 0x20 != 0 => Self::Latin1,
            0x10..=0x7f => match (coding >> 2) & 3 {
                1 => Self::Latin1,
                2 => Self::Charset(UTF_16BE),
                _ => default,
            },
            // A message class, and 8 bits.
            0xf0..=0xff if coding & 0x04 != 0 => Self::Latin1,
            // Waiting mail, a message class, and what GSM 03.38 reserves: the default alphabet.
            0x80..=0xdf | 0xf0..=0xff => default,
        }
    }

    /// The text of these bytes, which may be a part; any bytes have one.
    pub(in crate::gateway) fn decode(self, bytes: &[u8]) -> CutText {
        match self {
            // A byte that GSM does not have: the message centre has translated the text.
            Self::Gsm if bytes.is_ascii() => gsm(bytes).into(),
            Self::Gsm | Self::Latin1 => bytes.iter().copied().map(char::from).collect::<String>().into(),
            Self::Charset(charset) => charset::decode_cut(charset, bytes),
        }
    }
}

/// Announces a character of the second table.
const ESCAPE: u8 = 0x1b;

/// GSM 03.38 section 6.2.1; the escape reads as a blank where it announces nothing.
#[rustfmt::skip]
const BASIC: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å',
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', ' ', 'Æ', 'æ', 'ß', 'É',
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§',
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// GSM 03.38 section 6.2.1.1: what follows an escape.
const EXTENSION: [(u8, char); 10] = [
    (0x0a, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2f, '\\'),
    (0x3c, '['),
    (0x3d, '~'),
    (0x3e, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

fn gsm(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte == ESCAPE {
            let known = rest.peek().and_then(|next| {
                let mut extension = EXTENSION.iter();
                extension
                    .find(|(code, _)| code == next)
                    .map(|(_, character)| *character)
            });
            // Two escapes announce a table that does not exist yet: they are one blank.
            if known.is_some() || rest.peek() == Some(&ESCAPE) {
                rest.next();
            }
            text.push(known.unwrap_or(' '));
        } else {
            text.push(BASIC.get(usize::from(byte)).copied().unwrap_or(' '));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// The other way round, as a phone does it.
    fn encode(text: &str) -> Vec<u8> {
        text.chars()
            .flat_map(|character| {
                let basic = BASIC
                    .iter()
                    .enumerate()
                    .find(|(place, one)| **one == character && *place != 0x1b);
                let extended = EXTENSION.iter().find(|(_, one)| *one == character);
                match (basic, extended) {
                    (Some((place, _)), _) => vec![u8::try_from(place).unwrap()],
                    (None, Some((code, _))) => vec![ESCAPE, *code],
                    (None, None) => panic!("{character} is not in GSM 03.38"),
                }
            })
            .collect()
    }

    fn read(alphabet: CharacterSet, bytes: &[u8]) -> String {
        alphabet.decode(bytes).alone()
    }

    #[test]
    fn the_ten_escapes_and_no_other() {
        let all = b"\x1b\x0a\x1b\x14\x1b\x28\x1b\x29\x1b\x2f\x1b\x3c\x1b\x3d\x1b\x3e\x1b\x40\x1b\x65";
        assert_eq!(read(CharacterSet::Gsm, all), "\u{c}^{}\\[~]|€");
        assert_eq!(
            read(CharacterSet::Gsm, b"10 \x1b\x65 \x1b<x\x1b> \x00\x11\x02"),
            "10 € [x] @_$"
        );
        assert_eq!(
            read(CharacterSet::Gsm, b"a\x1bbc"),
            "a bc",
            "an unknown escape is a blank, what follows is kept"
        );
        assert_eq!(read(CharacterSet::Gsm, b"a\x1b\x1bb"), "a b");
        assert_eq!(read(CharacterSet::Gsm, b"a\x1b"), "a ");
    }

    #[test]
    fn the_table_is_that_of_the_network() {
        for (byte, character) in [
            (0x00, '@'),
            (0x09, 'Ç'),
            (0x0a, '\n'),
            (0x10, 'Δ'),
            (0x1f, 'É'),
            (0x24, '¤'),
        ] {
            assert_eq!(BASIC[byte], character);
        }
        for (byte, character) in [
            (0x40, '¡'),
            (0x5b, 'Ä'),
            (0x5f, '§'),
            (0x60, '¿'),
            (0x7b, 'ä'),
            (0x7f, 'à'),
        ] {
            assert_eq!(BASIC[byte], character);
        }
        for byte in (b'0'..=b'9').chain(b'A'..=b'Z').chain(b'a'..=b'z') {
            assert_eq!(BASIC[usize::from(byte)], char::from(byte));
        }
        let different: std::collections::HashSet<char> = BASIC.into_iter().collect();
        assert_eq!(different.len(), 127, "only the escape reads as a blank, too");
    }

    #[test]
    fn bytes_that_gsm_does_not_have_are_latin_1() {
        assert_eq!(read(CharacterSet::Gsm, b"caf\xe9 @"), "café @");
        assert_eq!(read(CharacterSet::Latin1, b"@$_\xa3\x1b"), "@$_£\u{1b}");
    }

    #[test]
    fn a_data_coding_names_an_alphabet() {
        let wide = CharacterSet::Charset(UTF_16BE);
        for (codings, alphabet) in [
            (
                &[
                    0x00, 0x10, 0x13, 0x1c, 0x50, 0x80, 0xc0, 0xc8, 0xd0, 0xd8, 0xf0, 0xf1, 0xf3,
                ][..],
                CharacterSet::Gsm,
            ),
            (
                &[0x01, 0x02, 0x03, 0x04, 0x05, 0x09, 0x0e, 0x14, 0x30, 0x74, 0xf4, 0xf6],
                CharacterSet::Latin1,
            ),
            (&[0x08, 0x18, 0x1b, 0x58, 0xe0, 0xe8], wide),
            (&[0x06], CharacterSet::Charset(ISO_8859_5)),
            (&[0x07], CharacterSet::Charset(ISO_8859_8)),
        ] {
            for coding in codings {
                assert_eq!(
                    CharacterSet::of_data_coding(*coding, DefaultCharacterSet::Gsm),
                    alphabet,
                    "{coding:#x}"
                );
            }
        }
        assert_eq!(
            CharacterSet::of_data_coding(0, DefaultCharacterSet::Latin1),
            CharacterSet::Latin1
        );
        assert_eq!(
            CharacterSet::of_data_coding(0xf0, DefaultCharacterSet::Latin1),
            CharacterSet::Latin1
        );
        assert_eq!(CharacterSet::of_data_coding(8, DefaultCharacterSet::Latin1), wide);
    }

    proptest! {
        #[test]
        fn any_text_of_gsm_comes_back(characters in vec(select(BASIC.to_vec()), 0..40), more in vec(select(EXTENSION.to_vec()), 0..9)) {
            let text: String = characters.into_iter().chain(more.into_iter().map(|(_, character)| character)).collect();
            prop_assert_eq!(read(CharacterSet::Gsm, &encode(&text)), text);
        }

        #[test]
        fn any_bytes_are_a_text(bytes in vec(any::<u8>(), 0..40), coding: u8) {
            let text = read(CharacterSet::of_data_coding(coding, DefaultCharacterSet::Gsm), &bytes);
            prop_assert!(text.chars().count() * 4 + 3 >= bytes.len(), "{}", text);
        }
    }
}
