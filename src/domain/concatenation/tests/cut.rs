//! Emoji through which two parts were cut.

use super::*;
use crate::domain::cut::{FirstHalf, SecondHalf};

/// What stands around the text of a part that begins with the second half of 😀, or ends with the first.
fn cut(before: bool, after: bool) -> Cut {
    Cut {
        before: SecondHalf::new(0xde00).filter(|_| before),
        after: FirstHalf::new(0xd83d).filter(|_| after),
    }
}

fn cut_arrival(sequence: u8, text: &str, cut: Cut) -> IncomingPart<'_> {
    let arrival = arrival(sequence, text);
    IncomingPart {
        part: arrival.part.with(cut),
        ..arrival
    }
}

#[test]
fn an_emoji_is_whole_again_in_any_order() {
    for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        let mut gathering = gathering(Vec::new(), START);
        for sequence in order {
            let text = format!("<{sequence}>");
            let cut = cut(sequence > 1, sequence < 3);
            gathering.take(common(), &cut_arrival(sequence, &text, cut));
        }
        let long = gathering.find(ConcatenatedSmsId(1)).unwrap();
        assert_eq!(long.text(), "<1>😀<2>😀<3>", "{order:?}");
    }
}

#[test]
fn a_half_that_meets_nothing_is_replaced() {
    let text = |parts: &[(u8, Cut)]| {
        let mut gathering = gathering(Vec::new(), START);
        for (sequence, cut) in parts {
            gathering.take(common(), &cut_arrival(*sequence, "x", *cut));
        }
        gathering.find(ConcatenatedSmsId(1)).unwrap().text()
    };
    let (begins, ends) = (cut(true, false), cut(false, true));
    assert_eq!(text(&[(1, ends), (3, begins)]), "x\u{fffd}[…]\u{fffd}x");
    assert_eq!(text(&[(1, ends), (2, Cut::NONE), (3, begins)]), "x\u{fffd}x\u{fffd}x");
    assert_eq!(text(&[(2, cut(true, true))]), "[…]\u{fffd}x\u{fffd}[…]");
    assert_eq!(
        text(&[(1, begins), (2, ends), (3, ends)]),
        "\u{fffd}xx\u{fffd}x\u{fffd}"
    );
}

#[test]
fn parts_that_differ_in_a_half_are_not_the_same() {
    let all = [cut(false, false), cut(true, false), cut(false, true), cut(true, true)];
    for (first, second) in all.iter().flat_map(|first| all.map(|second| (*first, second))) {
        let mut gathering = gathering(Vec::new(), START);
        gathering.take(common(), &cut_arrival(2, "x", first));
        let expected = if first == second {
            PartOutcome::Duplicate
        } else {
            PartOutcome::Begins(ConcatenatedSmsId(2))
        };
        assert_eq!(gathering.take(common(), &cut_arrival(2, "x", second)), expected);
    }
}

#[test]
fn what_is_stored_of_a_part_has_its_halves() {
    let mut gathering = gathering(Vec::new(), START);
    gathering.take(common(), &cut_arrival(2, "x", cut(true, true)));
    let added: Vec<_> = gathering
        .added()
        .map(|(_, place, text)| (place, text.piece()))
        .collect();
    assert_eq!(added, [(2, ("x", cut(true, true)))]);
}

#[test]
fn rule_12_two_halves_that_meet_are_one_character_of_the_text() {
    for (chars, fits) in [(TEXT_CHARS_MAX - 1, true), (TEXT_CHARS_MAX, false)] {
        let mut gathering = gathering(Vec::new(), START);
        let long = "x".repeat(chars);
        let of_two = || ConcatKey { total: 2, ..common() };
        gathering.take(of_two(), &cut_arrival(1, &long, cut(false, true)));
        let taken = gathering.take(of_two(), &cut_arrival(2, "", cut(true, false)));
        assert_eq!(taken == PartOutcome::Completes(ConcatenatedSmsId(1)), fits, "{chars}");
    }
}
