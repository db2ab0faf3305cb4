//! The prefixes that a request excludes, and the ranges of numbers that remain.
//!
//! Numbers are compared as text, so that a prefix is a range whatever the length of the number: prefix `4670` is all from
//! `4670` up to, not including, `4670:` (`:` follows `9` in ASCII). N prefixes therefore leave at most N+1 ranges, and each
//! range is one index seek.

use super::phone::{DIGITS_MAX, PhoneNumber};

/// A digit prefix. Ordered as its text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    /// The digits, filled up with zeros on the right to [`DIGITS_MAX`]: the text order, as an integer.
    aligned: u64,
    /// How many of them are the prefix.
    length: u8,
}

/// A power of ten for each number of digits up to [`DIGITS_MAX`].
const POWERS: [u64; DIGITS_MAX + 1] = {
    let mut powers = [1; DIGITS_MAX + 1];
    let mut index = 1;
    while index <= DIGITS_MAX {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// A text that is not a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be all digits (with or without a leading +)")]
pub struct InvalidPrefix;

impl Prefix {
    /// Reads `7918`, `+7918` or `007918`. `None` for a prefix longer than any number: it excludes nothing.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidPrefix> {
        let zeros = || text.strip_prefix("00").filter(|rest| !rest.is_empty());
        let digits = text.strip_prefix('+').or_else(zeros).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidPrefix);
        }
        if digits.len() > DIGITS_MAX {
            return Ok(None);
        }
        let value = digits
            .bytes()
            .fold(0, |value, byte| value * 10 + u64::from(byte - b'0'));
        Ok(Some(Self::of(value, digits.len())))
    }

    /// The prefix with the digits of `value`; `None` when it is longer than any number.
    #[must_use]
    pub fn from_integer(value: u64) -> Option<Self> {
        let length = value
            .checked_ilog10()
            .map_or(1, |log| usize::try_from(log).unwrap_or(DIGITS_MAX) + 1);
        (length <= DIGITS_MAX).then(|| Self::of(value, length))
    }

    fn of(value: u64, length: usize) -> Self {
        let length_byte = u8::try_from(length).expect("a prefix has at most DIGITS_MAX digits");
        Self {
            aligned: value * POWERS[DIGITS_MAX - length],
            length: length_byte,
        }
    }

    fn covers(self, other: Self) -> bool {
        let tail = POWERS[DIGITS_MAX - usize::from(self.length)];
        self.length <= other.length && self.aligned / tail == other.aligned / tail
    }

    /// All numbers that begin with it.
    #[must_use]
    pub fn range(self) -> NumberRange {
        let from = self.digits();
        let to = format!("{from}{END}");
        NumberRange { from, to }
    }

    fn digits(self) -> String {
        let tail = POWERS[DIGITS_MAX - usize::from(self.length)];
        format!("{:0width$}", self.aligned / tail, width = usize::from(self.length))
    }
}

/// A range of numbers in text order: `from` belongs to it, `to` does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberRange {
    /// The first text that belongs to it.
    pub from: String,
    /// The first text after it.
    pub to: String,
}

/// Above all digits in text order.
const END: &str = ":";

impl NumberRange {
    /// All numbers.
    #[must_use]
    pub fn all() -> Self {
        Self {
            from: String::new(),
            to: END.to_owned(),
        }
    }

    /// The part of the range above that number.
    #[must_use]
    pub fn above(self, number: PhoneNumber) -> Self {
        let from = self.from.max(just_above(&number.digits()));
        Self { from, ..self }
    }
}

/// The text that follows a digit string immediately: no digit string lies between them.
fn just_above(digits: &str) -> String {
    format!("{digits}!")
}

/// The prefixes of one request, without repetitions, in text order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Exclusions(Vec<Prefix>);

impl Exclusions {
    /// Sorts the prefixes and drops those that a shorter one covers.
    #[must_use]
    pub fn new(mut prefixes: Vec<Prefix>) -> Self {
        prefixes.sort_unstable();
        prefixes.dedup_by(|later, kept| kept.covers(*later));
        Self(prefixes)
    }

    /// Whether nothing is excluded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the number starts with one of the prefixes (rule 3).
    #[must_use]
    pub fn exclude(&self, number: PhoneNumber) -> bool {
        let whole = Prefix::from_integer(number.as_u64()).expect("a phone number has at most DIGITS_MAX digits");
        let after = self.0.partition_point(|prefix| *prefix <= whole);
        after > 0 && self.0[after - 1].covers(whole)
    }

    /// The allowed ranges, in the order in which to search when `last` was issued last: from just above it to the highest
    /// number, then from the lowest one up to and including it.
    #[must_use]
    pub fn ranges_after(&self, last: Option<PhoneNumber>) -> Vec<NumberRange> {
        let allowed = self.allowed();
        let Some(last) = last else { return allowed };
        let start = just_above(&last.digits());
        let mut above = Vec::with_capacity(allowed.len() + 1);
        let mut below = Vec::new();
        for range in allowed {
            if range.from >= start {
                above.push(range);
            } else if range.to <= start {
                below.push(range);
            } else {
                above.push(NumberRange {
                    from: start.clone(),
                    to: range.to,
                });
                below.push(NumberRange {
                    from: range.from,
                    to: start.clone(),
                });
            }
        }
        above.append(&mut below);
        above
    }

    fn allowed(&self) -> Vec<NumberRange> {
        let mut ranges = Vec::with_capacity(self.0.len() + 1);
        let mut from = String::new();
        for prefix in &self.0 {
            let to = prefix.digits();
            let next = format!("{to}{END}");
            if from < to {
                ranges.push(NumberRange { from, to });
            }
            from = next;
        }
        ranges.push(NumberRange {
            from,
            to: END.to_owned(),
        });
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exclusions(texts: &[String]) -> Exclusions {
        Exclusions::new(texts.iter().filter_map(|text| Prefix::parse(text).unwrap()).collect())
    }

    #[test]
    fn a_range_above_a_number_begins_with_the_next_one() {
        let range = Prefix::parse("467").unwrap().unwrap().range();
        let within = |range: &NumberRange, text: &str| (range.from.as_str()..range.to.as_str()).contains(&text);
        for (text, in_range, above) in [
            ("46699999", false, false),
            ("46701", true, false),
            ("46702", true, false),
            ("467020", true, true),
            ("46799999999", true, true),
            ("46800", false, false),
        ] {
            assert_eq!(within(&range, text), in_range, "{text}");
            let range = range.clone().above("46702".parse().unwrap());
            assert_eq!(within(&range, text), above, "{text}");
        }
        assert!(within(&NumberRange::all(), "999999999999999"));
    }

    #[test]
    fn prefixes_are_read_as_integers_and_as_texts() {
        assert_eq!(Prefix::parse("+7918").unwrap(), Prefix::from_integer(7918));
        assert_eq!(Prefix::parse("007918").unwrap(), Prefix::from_integer(7918));
        assert_eq!(
            Prefix::parse("00123456789012345").unwrap(),
            Prefix::from_integer(123_456_789_012_345)
        );
        for nothing in ["00", "000", "0007"] {
            assert!(
                !exclusions(&[nothing.to_owned()]).exclude("7918000".parse().unwrap()),
                "{nothing}"
            );
        }
        assert_eq!(Prefix::parse("0").unwrap(), Prefix::from_integer(0));
        assert_eq!(
            Prefix::parse("123456789012345").unwrap(),
            Prefix::from_integer(123_456_789_012_345)
        );
        assert!(Prefix::from_integer(123_456_789_012_345).is_some());
        assert_eq!(Prefix::parse("1234567890123456").unwrap(), None);
        assert_eq!(Prefix::from_integer(u64::MAX), None);
        for text in ["", "+", "79a", " 79", "٧"] {
            assert_eq!(Prefix::parse(text), Err(InvalidPrefix), "{text}");
        }
    }

    #[test]
    fn n_prefixes_leave_at_most_n_plus_one_ranges() {
        let ranges = exclusions(&["46950".into(), "469".into(), "7".into()]).ranges_after(None);
        assert!(ranges.len() <= 4, "{ranges:?}");
    }

    #[test]
    fn only_no_prefix_at_all_is_empty() {
        assert!(exclusions(&[]).is_empty() && !exclusions(&["7".into()]).is_empty());
    }

    proptest! {
        /// The ranges are exactly the numbers that no prefix excludes, and each number lies in one of them.
        #[test]
        fn rule_3_ranges_and_prefixes_agree(
            prefixes in prop::collection::vec("0|0?[1-9][0-9]{0,3}", 0..12),
            number in "[1-9][0-9]{4,6}",
            last in prop_oneof![Just(String::new()), "[1-9][0-9]{4,6}"],
        ) {
            let set = exclusions(&prefixes);
            let excluded = prefixes.iter().any(|prefix| number.starts_with(prefix.as_str()));
            prop_assert_eq!(set.exclude(number.parse().unwrap()), excluded);
            let ranges = set.ranges_after(last.parse().ok());
            let hits = ranges.iter().filter(|range| range.from <= number && number < range.to).count();
            prop_assert_eq!(hits, usize::from(!excluded));
            prop_assert!(ranges.len() <= prefixes.len() + 2);
        }

        /// What comes after the last number comes first.
        #[test]
        fn the_search_goes_on_after_the_last_number(last in "[1-9][0-9]{4,6}", next in "[1-9][0-9]{4,6}") {
            let ranges = exclusions(&[]).ranges_after(last.parse().ok());
            let first = ranges[0].from <= next && next < ranges[0].to;
            prop_assert_eq!(first, next > last);
        }
    }
}
