//! Emoji that were split between two parts.

use super::*;

const EMOJI: [u16; 2] = [0xd83d, 0xde00];

/// The text, after the second surrogate of 😀 or before the first one.
fn cut(text: &str, (before, after): (bool, bool)) -> Utf16Text {
    let before = before.then_some(EMOJI[1]);
    let after = after.then_some(EMOJI[0]);
    before.into_iter().chain(text.encode_utf16()).chain(after).collect()
}

fn cut_arrival(sequence: u8, text: &str, ends: (bool, bool)) -> IncomingPart {
    IncomingPart {
        text: cut(text, ends),
        ..arrival(sequence, "")
    }
}

#[test]
fn an_emoji_is_whole_again_in_any_order() {
    for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        let mut gathering = gathering(Vec::new(), START);
        for sequence in order {
            let text = format!("<{sequence}>");
            gathering.take(common(), cut_arrival(sequence, &text, (sequence > 1, sequence < 3)));
        }
        let long = gathering.find(ConcatenatedSmsId(1)).unwrap();
        assert_eq!(long.text(), "<1>😀<2>😀<3>", "{order:?}");
    }
}

#[test]
fn a_lone_surrogate_is_replaced() {
    let text = |parts: &[(u8, (bool, bool))]| {
        let mut gathering = gathering(Vec::new(), START);
        for (sequence, ends) in parts {
            gathering.take(common(), cut_arrival(*sequence, "x", *ends));
        }
        gathering.find(ConcatenatedSmsId(1)).unwrap().text()
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
        let mut gathering = gathering(Vec::new(), START);
        gathering.take(common(), cut_arrival(2, "x", first));
        let expected = if first == second {
            PartOutcome::Duplicate
        } else {
            PartOutcome::Begins(ConcatenatedSmsId(2))
        };
        assert_eq!(gathering.take(common(), cut_arrival(2, "x", second)), expected);
    }
}

#[test]
fn rule_12_a_surrogate_pair_is_one_character_of_the_text() {
    for (chars, fits) in [(TEXT_CHARS_MAX - 1, true), (TEXT_CHARS_MAX, false)] {
        let mut gathering = gathering(Vec::new(), START);
        let long = "x".repeat(chars);
        let of_two = || ConcatKey { total: 2, ..common() };
        gathering.take(of_two(), cut_arrival(1, &long, (false, true)));
        let taken = gathering.take(of_two(), cut_arrival(2, "", (true, false)));
        assert_eq!(taken == PartOutcome::Completes(ConcatenatedSmsId(1)), fits, "{chars}");
    }
}
