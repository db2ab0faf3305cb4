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
mod tests;
