//! The time at which a message was sent.

use crate::clock::parse_rfc3339;
use crate::domain::time::Timestamp;

/// From here on an integer is in milliseconds, not seconds: as milliseconds it is the year 1973, as seconds 5138.
const MS_MIN: i64 = 100_000_000_000;
/// The end of the year 9999, the last one in RFC 3339.
const MS_MAX: i64 = 253_402_300_800_000;

/// RFC 3339, or seconds or milliseconds since 1970. `None`: it is empty, invalid or has no time zone; then the
/// time of arrival counts.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        let ms = if number < MS_MIN {
            number.checked_mul(1_000)?
        } else {
            number
        };
        return (1..MS_MAX).contains(&ms).then(|| Timestamp::from_ms(ms));
    }
    // A plus that was not percent-encoded is a space in a form.
    parse_rfc3339(text).or_else(|| {
        let (time, zone) = text.rsplit_once(' ')?;
        parse_rfc3339(&format!("{time}+{zone}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_has_many_formats() {
        let expected = parse_rfc3339("2026-11-20T22:00:00Z");
        for text in [
            "2026-11-20T22:00:00Z",
            "2026-11-21T01:00:00+03:00",
            "2026-11-21T01:00:00.000 03:00",
            " 1795212000 ",
            "1795212000000",
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn without_a_time_zone_there_is_no_timestamp() {
        for text in [
            "",
            "0",
            "-1",
            "yesterday",
            "2026-11-20 22:00:00",
            "26-11-20 22:34:20",
            "2026-11-20T22:00:00",
            "9223372036854775807",
            "99999999999999999999",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
