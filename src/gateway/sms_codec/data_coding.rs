//! SMPP's data coding, which names the character set of a text. Jasmin passes both on as it received them.

use encoding_rs::{Encoding, ISO_8859_5, ISO_8859_8, UTF_16BE};

use super::{charset, gsm_03_38};
use crate::domain::sms::Utf16Text;
use crate::gateway::settings::DefaultCharacterSet;

/// What the bytes of a text are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) enum CharacterSet {
    /// GSM 03.38, one septet per byte.
    Gsm,
    /// ISO 8859-1; also for binary data, so that no byte is lost.
    Latin1,
    /// Another one.
    Charset(&'static Encoding),
}

impl CharacterSet {
    /// The character set that SMPP's `data_coding` names (SMPP 3.4 section 5.2.19, GSM 03.38 section 4).
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
            // ASCII, Latin-1, binary and rare ones.
            0x01..=0x0f => Self::Latin1,
            // GSM's general group, with a message class: the character set is in bits 2 and 3; with bit 5 it is compressed.
            0x10..=0x7f if coding & 0x20 != 0 => Self::Latin1,
            0x10..=0x7f => match (coding >> 2) & 3 {
                1 => Self::Latin1,
                2 => Self::Charset(UTF_16BE),
                _ => default,
            },
            // A message class, and 8 bits.
            0xf0..=0xff if coding & 0x04 != 0 => Self::Latin1,
            // Message waiting, a message class, and reserved values: the default character set.
            0x80..=0xdf | 0xf0..=0xff => default,
        }
    }

    /// The text of these bytes, which may be that of a part. Never fails.
    pub(in crate::gateway) fn decode(self, bytes: &[u8]) -> Utf16Text {
        match self {
            Self::Gsm if bytes.is_ascii() => gsm_03_38::decode(bytes).as_str().into(),
            // GSM 03.38 has no byte above 0x7f: the SMSC has translated the text into Latin-1.
            Self::Gsm | Self::Latin1 => bytes.iter().copied().map(u16::from).collect(),
            Self::Charset(charset) => charset::decode_units(charset, bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn read(character_set: CharacterSet, bytes: &[u8]) -> String {
        character_set.decode(bytes).to_string_lossy()
    }

    #[test]
    fn bytes_that_gsm_does_not_have_are_latin_1() {
        assert_eq!(read(CharacterSet::Gsm, b"caf\xe9 @"), "café @");
        assert_eq!(read(CharacterSet::Latin1, b"@$_\xa3\x1b"), "@$_£\u{1b}");
    }

    #[test]
    fn a_data_coding_names_a_character_set() {
        let wide = CharacterSet::Charset(UTF_16BE);
        for (codings, character_set) in [
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
                    character_set,
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
        fn any_bytes_are_a_text(bytes in vec(any::<u8>(), 0..40), coding: u8) {
            let text = read(CharacterSet::of_data_coding(coding, DefaultCharacterSet::Gsm), &bytes);
            prop_assert!(text.chars().count() * 4 + 3 >= bytes.len(), "{}", text);
        }
    }
}
