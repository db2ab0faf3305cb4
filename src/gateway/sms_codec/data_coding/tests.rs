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
