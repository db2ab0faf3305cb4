//! Notifications in words.

use std::time::Duration;

use super::{NotificationClaim, NotificationState};
use crate::domain::time::Timestamp;
use crate::domain::wire_name::CountryName;

/// So many digits in a row may be a phone number (rule 11).
const DIGITS_OF_A_NUMBER: usize = 7;
/// How many of them are shown.
const DIGITS_SHOWN: usize = 3;
/// The most characters of a detail.
const DETAIL_CHARACTERS_MAX: usize = 300;
/// From this age on it is reported how long ago a trouble began.
const RECENT: Duration = Duration::from_mins(2);

impl NotificationClaim {
    /// One line: `gateway_offline (gateway bank1) began: no heartbeat`.
    #[must_use]
    pub fn sentence(&self, now: Timestamp) -> String {
        let open = &self.about.trouble;
        let kind = open.trouble.kind();
        let subject = self
            .subject()
            .map(|subject| format!(" ({subject})"))
            .unwrap_or_default();
        let count = if open.count > 1 {
            format!(" (count {})", open.count)
        } else {
            String::new()
        };
        let (lasts, detail) = (now.since(open.began_at), without_numbers(&open.detail));
        let what = match self.state {
            NotificationState::Began if lasts < RECENT => format!("began: {detail}{count}"),
            NotificationState::Began => format!("began {} ago: {detail}{count}", rounded(lasts)),
            NotificationState::Lasts => format!("lasts for {}: {detail}{count}", rounded(lasts)),
            NotificationState::Recovered => self.recovered(),
        };
        format!("{kind}{subject} {what}")
    }

    /// What a program shows beside the kind and the state: `gateway bank1: no heartbeat`.
    #[must_use]
    pub fn detail(&self) -> String {
        let detail = match self.state {
            NotificationState::Began | NotificationState::Lasts => without_numbers(&self.about.trouble.detail),
            NotificationState::Recovered => self.recovered(),
        };
        self.subject()
            .map_or(detail.clone(), |subject| format!("{subject}: {detail}"))
    }

    fn recovered(&self) -> String {
        let began_at = self.about.trouble.began_at;
        let lasted = self
            .about
            .ended_at
            .map_or(Duration::ZERO, |ended_at| ended_at.since(began_at));
        format!("recovered after {}", rounded(lasted))
    }

    /// What the trouble is about.
    fn subject(&self) -> Option<String> {
        let trouble = &self.about.trouble.trouble;
        let gateway = self
            .about
            .gateway
            .as_deref()
            .map(|name| format!("gateway {}", shown_name(name)));
        let country = || {
            trouble
                .country()
                .map(|country| format!("country {}", CountryName::as_str(country)))
        };
        let supplier = || {
            trouble
                .supplier()
                .map(|supplier| format!("supplier {}", <&str>::from(supplier)))
        };
        gateway.or_else(country).or_else(supplier)
    }
}

/// A name as it is; if it may be a phone number, however its digits are grouped, with the last of them only.
fn shown_name(name: &str) -> String {
    let digits: Vec<usize> = name
        .match_indices(|one: char| one.is_ascii_digit())
        .map(|(index, _)| index)
        .collect();
    match (digits.first(), digits.iter().nth_back(DIGITS_SHOWN - 1)) {
        (Some(first), Some(last)) if digits.len() >= DIGITS_OF_A_NUMBER => {
            format!("{}…{}", &name[..*first], &name[*last..])
        }
        _ => name.to_owned(),
    }
}

/// The text without whole phone numbers and on one line: a gateway may be called by its number.
fn without_numbers(text: &str) -> String {
    let mut shown = String::new();
    let mut digits = String::new();
    for character in text.chars().take(DETAIL_CHARACTERS_MAX).chain(['\n']) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        if digits.len() >= DIGITS_OF_A_NUMBER {
            digits.replace_range(..digits.len() - DIGITS_SHOWN, "…");
        }
        shown.push_str(&digits);
        digits.clear();
        shown.push(if character.is_control() { ' ' } else { character });
    }
    shown.truncate(shown.trim_end().len());
    shown
}

/// A duration for people, in its largest units, rounded down: `50 s`, `14 min`, `6 h 5 min`, `2 d 3 h`.
fn rounded(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (large, small) = match seconds {
        0..60 => return format!("{seconds} s"),
        60..3_600 => return format!("{} min", seconds / 60),
        3_600..86_400 => ((seconds / 3_600, "h"), (seconds % 3_600 / 60, "min")),
        _ => ((seconds / 86_400, "d"), (seconds % 86_400 / 3_600, "h")),
    };
    match small.0 {
        0 => format!("{} {}", large.0, large.1),
        rest => format!("{} {} {rest} {}", large.0, large.1, small.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_shown_in_their_largest_units() {
        for (seconds, shown) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (890, "14 min"),
            (3_600, "1 h"),
            (21_600, "6 h"),
            (21_900, "6 h 5 min"),
            (86_400, "1 d"),
            (183_600, "2 d 3 h"),
        ] {
            assert_eq!(rounded(Duration::from_secs(seconds)), shown);
        }
    }

    #[test]
    fn rule_11_no_whole_number_is_shown() {
        assert_eq!(without_numbers("46701234567"), "…567");
        assert_eq!(
            without_numbers("phone-46701234567\nand +7 701 1234567, 123456 and 10.0.0.1"),
            "phone-…567 and +7 701 …567, 123456 and 10.0.0.1"
        );
        assert_eq!(without_numbers(&"a".repeat(1000)).len(), 300);
        for (name, shown) in [
            ("bank-2", "bank-2"),
            ("sim-46701234567", "sim-…567"),
            ("46-70-123-45-67", "…5-67"),
        ] {
            assert_eq!(shown_name(name), shown);
        }
    }
}
