//! Gateways as the partner sets them up.

use std::fmt;
use std::time::Duration;

use super::stock::GatewayId;
use super::time::{Timestamp, span_ms};

/// The longest name of a gateway.
pub const NAME_CHARACTERS_MAX: usize = 64;

/// The longest heartbeat time-out: ten years.
pub const HEARTBEAT_TIMEOUT_MAX: Duration = Duration::from_secs(3650 * 86_400);

/// What the partner calls a gateway. Told apart by case: it is a name, not a word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GatewayName(String);

/// A text that is no name of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must have 1 to {NAME_CHARACTERS_MAX} characters, of which each is a letter a-z or A-Z, a digit, or one of - _ ."
)]
pub struct InvalidGatewayName;

impl GatewayName {
    /// A name that fits into a URL, a CSV file and a log line as it is.
    pub fn parse(text: &str) -> Result<Self, InvalidGatewayName> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if (1..=NAME_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidGatewayName)
        }
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GatewayName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// After how long without a sign of life a gateway is off line: whole milliseconds, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeartbeatTimeout(Duration);

/// A span that is no time-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be from 1ms to 3650d")]
pub struct InvalidHeartbeatTimeout;

impl HeartbeatTimeout {
    /// A time-out of that span.
    pub fn new(span: Duration) -> Result<Self, InvalidHeartbeatTimeout> {
        if span < Duration::from_millis(1) || span > HEARTBEAT_TIMEOUT_MAX {
            return Err(InvalidHeartbeatTimeout);
        }
        Ok(Self(Duration::from_millis(
            u64::try_from(span.as_millis()).unwrap_or(u64::MAX),
        )))
    }

    /// The span.
    #[must_use]
    pub const fn span(self) -> Duration {
        self.0
    }

    /// The span as the database keeps it.
    #[must_use]
    pub fn as_ms(self) -> i64 {
        span_ms(self.0)
    }
}

/// The most tokens that a gateway had before and that are good at once.
pub const OLD_TOKENS_MAX: usize = 4;

/// The longest time for which such a token stays good: 30 days.
pub const OLD_TOKEN_AGE_MAX: Duration = Duration::from_secs(30 * 86_400);

/// What the partner may change about a gateway. `None`: no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatewaySettings {
    /// How many of its numbers may be rented at once.
    pub capacity: Option<u32>,
    /// When silence means that it is off line.
    pub heartbeat_timeout: Option<HeartbeatTimeout>,
    /// Whether its numbers are issued and its requests taken.
    pub enabled: bool,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            capacity: None,
            heartbeat_timeout: None,
            enabled: true,
        }
    }
}

/// A gateway as the admin reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedGateway {
    /// Its id.
    pub id: GatewayId,
    /// What the partner calls it.
    pub name: GatewayName,
    /// Its bounds.
    pub settings: GatewaySettings,
    /// Its kind, and the settings of that.
    pub adapter: StoredAdapter,
    /// Whether its numbers can be issued now, as far as its signs of life tell.
    pub online: bool,
    /// The last sign of life, where there is a time-out.
    pub heartbeat_at: Option<Timestamp>,
    /// How many numbers belong to it.
    pub numbers: i64,
    /// How many of them are rented.
    pub rented: i64,
    /// How many SMS it sent again.
    pub repetitions: i64,
    /// How often it gave an SMS the id of another one with other content.
    pub reused_ids: i64,
    /// Until when the tokens are good that it had before, those that end first to begin with.
    pub old_tokens: Vec<Timestamp>,
    /// Since when it is known.
    pub created_at: Timestamp,
}

/// Which adapter reads a gateway's requests, and with which settings, as it is stored. What it means only `gateway/` knows.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredAdapter {
    /// The name of the kind.
    pub kind: String,
    /// A JSON object, which may hold secrets.
    pub settings: String,
}

impl fmt::Debug for StoredAdapter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("StoredAdapter");
        shown.field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// An adapter that was checked, and may be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedAdapter {
    /// What to store.
    pub stored: StoredAdapter,
    /// What the audit says of it; without a secret.
    pub summary: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_everywhere() {
        for name in ["a", "SIM-bank_1.east", &"x".repeat(64)] {
            let parsed = GatewayName::parse(name).unwrap();
            assert_eq!((parsed.as_str(), parsed.to_string().as_str()), (name, name));
        }
        for name in ["", "a b", "a/b", "a,b", "банк", "a\n", &"x".repeat(65)] {
            assert_eq!(GatewayName::parse(name), Err(InvalidGatewayName), "{name:?}");
        }
    }

    #[test]
    fn a_time_out_is_a_span_that_the_database_can_keep() {
        let kept = HeartbeatTimeout::new(Duration::from_micros(1_500)).unwrap();
        assert_eq!((kept.span(), kept.as_ms()), (Duration::from_millis(1), 1));
        assert!(HeartbeatTimeout::new(Duration::from_micros(999)).is_err());
        let ten_years = HeartbeatTimeout::new(Duration::from_secs(315_360_000)).unwrap();
        assert_eq!(ten_years.as_ms(), 315_360_000_000);
        assert!(HeartbeatTimeout::new(Duration::from_millis(315_360_000_001)).is_err());
        assert!(HeartbeatTimeout::new(Duration::MAX).is_err());
    }
}
