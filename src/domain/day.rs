//! Days of the calendar, UTC: what a day's budget and a month's bill begin with.

use std::fmt;
use std::str::FromStr;

use super::time::Timestamp;

const DAY_MS: i64 = 86_400_000;
const MONTHS_PER_YEAR: i64 = 12;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_FROM_MARCH_OF_YEAR_0: i64 = 719_468;
/// Days of the 400 years after which the calendar repeats.
const DAYS_PER_ERA: i64 = 146_097;

/// A day of the calendar, UTC. Ordered by time; written as `2026-11-20`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    /// Days since 1970-01-01.
    since_epoch: i64,
}

/// A text that is not a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a day such as 2026-11-20")]
pub struct InvalidDay;

impl Day {
    /// The day of that time.
    #[must_use]
    pub const fn of(time: Timestamp) -> Self {
        Self {
            since_epoch: time.as_ms().div_euclid(DAY_MS),
        }
    }

    /// Its midnight, with which it begins.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp::from_ms(self.since_epoch.saturating_mul(DAY_MS))
    }

    /// The day after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self {
            since_epoch: self.since_epoch.saturating_add(1),
        }
    }

    /// The day so many days before it.
    #[must_use]
    pub fn minus_days(self, days: u32) -> Self {
        Self {
            since_epoch: self.since_epoch.saturating_sub(i64::from(days)),
        }
    }

    /// The same day of the month so many months later; the last day of that month where it is shorter.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        let (year, month, day) = self.civil();
        let months = year * MONTHS_PER_YEAR + (month - 1) + i64::from(months);
        let (year, month) = (
            months.div_euclid(MONTHS_PER_YEAR),
            months.rem_euclid(MONTHS_PER_YEAR) + 1,
        );
        Self::from_civil(year, month, day.min(days_of_month(year, month)))
    }

    /// Its month: `2026-11`.
    #[must_use]
    pub fn month(self) -> String {
        let (year, month, _) = self.civil();
        format!("{year:04}-{month:02}")
    }

    /// Year, month from 1, day from 1. By the algorithm of Howard Hinnant (`civil_from_days`), in years that begin in March.
    const fn civil(self) -> (i64, i64, i64) {
        let days = self.since_epoch + EPOCH_FROM_MARCH_OF_YEAR_0;
        let (era, of_era) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month, day)
    }

    /// The reverse (`days_from_civil`).
    const fn from_civil(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let month_from_march = if month > 2 { month - 3 } else { month + 9 };
        let of_year = (153 * month_from_march + 2) / 5 + day - 1;
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        Self {
            since_epoch: era * DAYS_PER_ERA + of_era - EPOCH_FROM_MARCH_OF_YEAR_0,
        }
    }
}

const fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(formatter, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = InvalidDay;

    fn from_str(text: &str) -> Result<Self, InvalidDay> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return Err(InvalidDay);
        };
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_i64, |number, digit| match digit {
                b'0'..=b'9' => Ok(number * 10 + i64::from(digit - b'0')),
                _ => Err(InvalidDay),
            })
        };
        let (year, month, day) = (
            number(&[*y1, *y2, *y3, *y4])?,
            number(&[*m1, *m2])?,
            number(&[*d1, *d2])?,
        );
        match (1..=MONTHS_PER_YEAR).contains(&month) && (1..=days_of_month(year, month)).contains(&day) {
            true => Ok(Self::from_civil(year, month, day)),
            false => Err(InvalidDay),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (ms, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (DAY_MS - 1, "1970-01-01"),
            (951_782_400_000, "2000-02-29"),
            (1_795_132_800_000, "2026-11-20"),
            (4_107_542_399_999, "2100-02-28"),
        ] {
            let at = Timestamp::from_ms(ms);
            assert_eq!(Day::of(at).to_string(), text);
            assert_eq!(day(text), Day::of(at));
            assert!(Day::of(at).start() <= at && at < Day::of(at).next().start());
        }
        // Each day of 200 years follows the one before it.
        let mut text = "1899-12-31".to_owned();
        for since_epoch in day("1900-01-01").since_epoch..day("2101-01-01").since_epoch {
            let found = Day { since_epoch };
            assert_eq!(found, day(&found.to_string()));
            assert!(found.to_string() > text);
            text = found.to_string();
        }
    }

    #[test]
    fn a_month_later_is_the_same_day_or_the_last_of_the_month() {
        for (from, months, expected) in [
            ("2026-01-31", 0, "2026-01-31"),
            ("2026-01-31", 1, "2026-02-28"),
            ("2026-01-31", 2, "2026-03-31"),
            ("2026-01-31", 3, "2026-04-30"),
            ("2027-11-30", 3, "2028-02-29"),
            ("2026-11-20", 14, "2028-01-20"),
        ] {
            assert_eq!(day(from).plus_months(months), day(expected), "{from} {months}");
        }
        assert_eq!(day("2026-03-01").minus_days(1), day("2026-02-28"));
        assert_eq!(day("2026-03-01").month(), "2026-03");
    }

    #[test]
    fn what_is_not_a_day_is_refused() {
        for text in [
            "",
            "2026-1-01",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "2026-04-31",
            "2026/01/01",
            "20260101",
            "2026-01-01T00:00:00Z",
            "-026-01-01",
            "２026-01-01",
        ] {
            assert_eq!(text.parse::<Day>(), Err(InvalidDay), "{text}");
        }
    }
}
