//! Durations as the operator writes them: `8s`, `20m`, `90d`, `1h 30m`.

use std::time::Duration;

use serde::Serializer;

pub(super) use humantime_serde::deserialize;

/// Units from the longest to the shortest, in nanoseconds. No months and years: they are not a whole number of days.
const UNITS: [(u128, &str); 7] = [
    (86_400_000_000_000, "d"),
    (3_600_000_000_000, "h"),
    (60_000_000_000, "m"),
    (1_000_000_000, "s"),
    (1_000_000, "ms"),
    (1_000, "us"),
    (1, "ns"),
];

/// The text that is parsed as this duration.
pub(super) fn text(duration: Duration) -> String {
    let mut rest = duration.as_nanos();
    let mut parts = Vec::new();
    for (unit, name) in UNITS {
        if rest >= unit {
            parts.push(format!("{}{name}", rest / unit));
            rest %= unit;
        }
    }
    if parts.is_empty() { "0s".into() } else { parts.join(" ") }
}

/// For `serde(with)`, together with the `deserialize` of humantime.
pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*duration))
}

/// The same for an option that may be missing.
pub(super) mod optional {
    use std::time::Duration;

    use serde::Serializer;

    pub(in crate::config) use humantime_serde::option::deserialize;

    pub(in crate::config) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match duration {
            Some(duration) => super::serialize(duration, serializer),
            None => serializer.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_written_as_it_was_read() {
        for written in [
            "0s",
            "500ms",
            "8s",
            "20m",
            "1h 30m",
            "1d",
            "90d",
            "1d 2h 3m 4s 5ms 6us 7ns",
        ] {
            assert_eq!(text(humantime::parse_duration(written).unwrap()), written);
        }
    }
}
