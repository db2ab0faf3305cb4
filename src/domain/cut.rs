//! Characters that were cut in two. A long SMS in UTF-16 may be cut into parts after any unit, and an emoji has two of
//! them: one part ends with its first half then, and the next one begins with its second half. No text can hold a half.

use std::fmt;

/// The first half of a character: a high surrogate.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FirstHalf(u16);

/// The second half of a character: a low surrogate.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecondHalf(u16);

impl FirstHalf {
    /// `None`: the unit of UTF-16 is no such half.
    #[must_use]
    pub const fn new(unit: u16) -> Option<Self> {
        if matches!(unit, 0xd800..=0xdbff) {
            Some(Self(unit))
        } else {
            None
        }
    }

    /// The unit of UTF-16.
    #[must_use]
    pub const fn unit(self) -> u16 {
        self.0
    }
}

impl SecondHalf {
    /// `None`: the unit of UTF-16 is no such half.
    #[must_use]
    pub const fn new(unit: u16) -> Option<Self> {
        if matches!(unit, 0xdc00..=0xdfff) {
            Some(Self(unit))
        } else {
            None
        }
    }

    /// The unit of UTF-16.
    #[must_use]
    pub const fn unit(self) -> u16 {
        self.0
    }
}

/// What two cuts left of the characters at both ends of a text: the one before it a second half, the one after it a first
/// half.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Cut {
    /// It stands before the text.
    pub before: Option<SecondHalf>,
    /// It stands after the text.
    pub after: Option<FirstHalf>,
}

impl Cut {
    /// No character was cut.
    pub const NONE: Self = Self {
        before: None,
        after: None,
    };

    fn halves(self) -> usize {
        usize::from(self.before.is_some()) + usize::from(self.after.is_some())
    }
}

/// A text, and what was cut at its ends. No `Debug`: it is somebody's text (rule 11).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CutText {
    /// The whole characters.
    pub text: String,
    /// The halves around them.
    pub cut: Cut,
}

impl CutText {
    /// The text for itself: a half that meets no other is the replacement character.
    #[must_use]
    pub fn alone(self) -> String {
        if self.cut == Cut::NONE {
            return self.text;
        }
        join([self.piece()])
    }

    /// How many characters it has; a half is one, too.
    #[must_use]
    pub fn chars_count(&self) -> usize {
        self.text.chars().count() + self.cut.halves()
    }

    /// The same, to be joined.
    #[must_use]
    pub fn piece(&self) -> (&str, Cut) {
        (&self.text, self.cut)
    }
}

impl From<String> for CutText {
    /// No character of it was cut.
    fn from(text: String) -> Self {
        Self { text, cut: Cut::NONE }
    }
}

/// The texts one after another. Two halves that meet are the character; one that meets none is the replacement character.
pub fn join<'a>(pieces: impl IntoIterator<Item = (&'a str, Cut)>) -> String {
    let mut joined = String::new();
    let mut waiting = None;
    for (text, cut) in pieces {
        if cut.before.is_some() || cut.after.is_some() || !text.is_empty() {
            push_character(&mut joined, waiting.take(), cut.before);
            waiting = cut.after;
        }
        joined.push_str(text);
    }
    push_character(&mut joined, waiting, None);
    joined
}

fn push_character(text: &mut String, first: Option<FirstHalf>, second: Option<SecondHalf>) {
    let units = [first.map(FirstHalf::unit), second.map(SecondHalf::unit)];
    let characters = char::decode_utf16(units.into_iter().flatten());
    text.extend(characters.map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

impl fmt::Debug for FirstHalf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A bit of somebody's text (rule 11).
        formatter.write_str("…")
    }
}

impl fmt::Debug for SecondHalf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Units of UTF-16 as a part.
    fn cut(units: &[u16]) -> CutText {
        let (before, rest) = match units {
            [first, rest @ ..] if SecondHalf::new(*first).is_some() => (SecondHalf::new(*first), rest),
            all => (None, all),
        };
        let (after, rest) = match rest {
            [rest @ .., last] if FirstHalf::new(*last).is_some() => (FirstHalf::new(*last), rest),
            all => (None, all),
        };
        CutText {
            text: String::from_utf16_lossy(rest),
            cut: Cut { before, after },
        }
    }

    #[test]
    fn halves_that_meet_are_a_character_and_others_are_replaced() {
        for (parts, joined) in [
            (&[&[0x41, 0xd83d][..], &[0xde00, 0x42]][..], "A😀B"),
            (&[&[0xd83d], &[0xde00, 0xd83d], &[0xde01]], "😀😁"),
            (&[&[0xd83d], &[], &[0xde00]], "😀"),
            (&[&[0xd83d], &[0x41], &[0xde00]], "\u{fffd}A\u{fffd}"),
            (&[&[0xd83d], &[0xd83d], &[0xde00]], "\u{fffd}😀"),
            (&[&[0xd83d], &[0xde00], &[0xde00]], "😀\u{fffd}"),
            (&[&[0xde00], &[0xd83d]], "\u{fffd}\u{fffd}"),
            (&[&[0x41, 0xd83d], &[0x42]], "A\u{fffd}B"),
            (&[&[], &[]], ""),
        ] {
            let parts: Vec<CutText> = parts.iter().map(|units| cut(units)).collect();
            assert_eq!(join(parts.iter().map(CutText::piece)), joined);
        }
        let alone = cut(&[0xde00, 0x41, 0xd83d]);
        assert_eq!(alone.chars_count(), 3);
        assert_eq!(alone.alone(), "\u{fffd}A\u{fffd}");
    }

    #[test]
    fn a_half_is_one_of_two_kinds() {
        let kinds = |unit| (FirstHalf::new(unit).is_some(), SecondHalf::new(unit).is_some());
        for (unit, expected) in [
            (0xd7ff, (false, false)),
            (0xd800, (true, false)),
            (0xdbff, (true, false)),
            (0xdc00, (false, true)),
            (0xdfff, (false, true)),
            (0xe000, (false, false)),
        ] {
            assert_eq!(kinds(unit), expected, "{unit:x}");
        }
    }

    #[test]
    fn rule_11_a_half_is_not_shown() {
        assert_eq!(
            format!("{:?}", cut(&[0xde00, 0xd83d]).cut),
            "Cut { before: Some(…), after: Some(…) }"
        );
    }

    proptest! {
        #[test]
        fn wherever_it_is_cut_the_text_is_the_same(
            units in vec(prop_oneof![Just(0x41), Just(0xd83d), Just(0xde00)], 0..12),
            places in vec(0..12_usize, 0..5),
        ) {
            let mut places: Vec<usize> = places.into_iter().map(|place| place.min(units.len())).collect();
            places.extend([0, units.len()]);
            places.sort_unstable();
            let parts: Vec<CutText> = places.windows(2).map(|ends| cut(&units[ends[0]..ends[1]])).collect();
            prop_assert_eq!(join(parts.iter().map(CutText::piece)), String::from_utf16_lossy(&units));
        }
    }
}
