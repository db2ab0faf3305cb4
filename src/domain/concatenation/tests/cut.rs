//! Emoji that were split between two parts.

use super::*;

const EMOJI: [u16; 2] = [0xd83d, 0xde00];

/// The text, after the second surrogate of 😀 or before the first one.
fn cut(text: &str, (before, after): (bool, bool)) -> Utf16Text {
    let before = before.then_some(EMOJI[1]);
    let after = after.then_some(EMOJI[0]);
    before.into_iter().chain(text.encode_utf16()).chain(after).collect()
}

fn split_part(sequence: u8, text: &str, ends: (bool, bool)) -> IncomingPart {
    IncomingPart {
        text: cut(text, ends),
        ..incoming(sequence, "")
    }
}

#[test]
fn an_emoji_is_whole_again_in_any_order() {
    for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        let mut reassembly = reassembly(Vec::new(), START);
        for sequence in order {
            let text = format!("<{sequence}>");
            reassembly.take(key(), split_part(sequence, &text, (sequence > 1, sequence < 3)));
        }
        let long = reassembly.find(ConcatenatedSmsId(1)).unwrap();
        assert_eq!(long.text(), "<1>😀<2>😀<3>", "{order:?}");
    }
}

#[test]
fn a_lone_surrogate_is_replaced() {
    let text = |parts: &[(u8, (bool, bool))]| {
        let mut reassembly = reassembly(Vec::new(), START);
        for (sequence, ends) in parts {
            reassembly.take(key(), split_part(*sequence, "x", *ends));
        }
        reassembly.find(ConcatenatedSmsId(1)).unwrap().text()
    };
    let (begins, ends, whole) = ((true, false), (false, true), (false, false));
    assert_eq!(text(&[(1, ends), (3, begins)]), "x\u{fffd}[…]\u{fffd}x");
    assert_eq!(text(&[(1, ends), (2, whole), (3, begins)]), "x\u{fffd}x\u{fffd}x");
    assert_eq!(text(&[(2, (true, true))]), "[…]\u{fffd}x\u{fffd}[…]");
    assert_eq!(
        text(&[(1, begins), (2, ends), (3, ends)]),
        "\u{fffd}xx\u{fffd}x\u{fffd}"
    );
}

#[test]
fn parts_that_differ_in_a_surrogate_are_not_the_same() {
    let all = [(false, false), (true, false), (false, true), (true, true)];
    for (first, second) in all.iter().flat_map(|first| all.map(|second| (*first, second))) {
        let mut reassembly = reassembly(Vec::new(), START);
        reassembly.take(key(), split_part(2, "x", first));
        let expected = if first == second {
            PartOutcome::Duplicate
        } else {
            PartOutcome::Begins(ConcatenatedSmsId(2))
        };
        assert_eq!(reassembly.take(key(), split_part(2, "x", second)), expected);
    }
}

#[test]
fn rule_12_a_surrogate_pair_is_one_character_of_the_text() {
    for (chars, fits) in [(TEXT_CHARS_MAX - 1, true), (TEXT_CHARS_MAX, false)] {
        let mut reassembly = reassembly(Vec::new(), START);
        let long = "x".repeat(chars);
        let of_two = || ConcatKey { total: 2, ..key() };
        reassembly.take(of_two(), split_part(1, &long, (false, true)));
        let outcome = reassembly.take(of_two(), split_part(2, "", (true, false)));
        assert_eq!(outcome == PartOutcome::Completes(ConcatenatedSmsId(1)), fits, "{chars}");
    }
}
