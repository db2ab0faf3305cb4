//! GSM 03.38, the default character set of SMS, one septet per byte.

/// Announces a character of the extension table.
const ESCAPE: u8 = 0x1b;

/// GSM 03.38 section 6.2.1; an escape that announces nothing is a space.
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

/// The text of these septets, one in each byte.
pub(super) fn decode(bytes: &[u8]) -> String {
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
            // Two escapes are reserved for another table: they are one space.
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

    /// What a phone sends for that text.
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

    #[test]
    fn the_ten_escapes_and_no_other() {
        let all = b"\x1b\x0a\x1b\x14\x1b\x28\x1b\x29\x1b\x2f\x1b\x3c\x1b\x3d\x1b\x3e\x1b\x40\x1b\x65";
        assert_eq!(decode(all), "\u{c}^{}\\[~]|€");
        assert_eq!(decode(b"10 \x1b\x65 \x1b<x\x1b> \x00\x11\x02"), "10 € [x] @_$");
        assert_eq!(
            decode(b"a\x1bbc"),
            "a bc",
            "an unknown escape is a space, what follows is kept"
        );
        assert_eq!(decode(b"a\x1b\x1bb"), "a b");
        assert_eq!(decode(b"a\x1b"), "a ");
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
        assert_eq!(different.len(), 127, "the escape is a space, too");
    }

    proptest! {
        #[test]
        fn any_text_of_gsm_comes_back(characters in vec(select(BASIC.to_vec()), 0..40), more in vec(select(EXTENSION.to_vec()), 0..9)) {
            let text: String = characters.into_iter().chain(more.into_iter().map(|(_, character)| character)).collect();
            prop_assert_eq!(decode(&encode(&text)), text);
        }
    }
}
