//! Gateways as the partner sets them up.

use std::fmt;
use std::time::Duration;

pub mod token;

use super::network::Networks;
use super::stock::GatewayId;
use super::time::{Timestamp, duration_ms};

/// The longest name of a gateway.
pub const NAME_CHARACTERS_MAX: usize = 64;

/// The longest heartbeat timeout: ten years.
pub const HEARTBEAT_TIMEOUT_MAX: Duration = Duration::from_secs(3650 * 86_400);

/// The partner's name for a gateway. Case matters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GatewayName(String);

/// A text that is not a valid name of a gateway.
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

/// After how long without a heartbeat or an SMS a gateway is offline: whole milliseconds, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeartbeatTimeout(Duration);

/// A duration that is not a valid heartbeat timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be from 1ms to 3650d")]
pub struct InvalidHeartbeatTimeout;

impl HeartbeatTimeout {
    /// A timeout of that duration, in whole milliseconds.
    pub fn new(duration: Duration) -> Result<Self, InvalidHeartbeatTimeout> {
        if duration < Duration::from_millis(1) || duration > HEARTBEAT_TIMEOUT_MAX {
            return Err(InvalidHeartbeatTimeout);
        }
        Ok(Self(Duration::from_millis(
            u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        )))
    }

    /// The duration.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }

    /// The duration as the database stores it.
    #[must_use]
    pub fn as_ms(self) -> i64 {
        duration_ms(self.0)
    }
}

/// The most older tokens of a gateway that are valid at the same time.
pub const OLD_TOKENS_MAX: usize = 4;

/// How long an older token stays valid at most: 30 days.
pub const OLD_TOKEN_AGE_MAX: Duration = Duration::from_secs(30 * 86_400);

/// What the partner may change about a gateway. `None`: no bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewaySettings {
    /// How many of its numbers may be rented at once.
    pub capacity: Option<u32>,
    /// After how long without a heartbeat or an SMS it is offline.
    pub heartbeat_timeout: Option<HeartbeatTimeout>,
    /// Whether its numbers are issued and its requests accepted.
    pub enabled: bool,
    /// The networks that its requests come from; none: from everywhere.
    pub allow: Networks,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            capacity: None,
            heartbeat_timeout: None,
            enabled: true,
            allow: Networks::default(),
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
    /// What the partner set.
    pub settings: GatewaySettings,
    /// Its kind, and the settings of that.
    pub adapter: StoredAdapter,
    /// Whether a heartbeat or an SMS came within its timeout; true if it has none.
    pub online: bool,
    /// The last heartbeat or SMS; only recorded when there is a timeout.
    pub heartbeat_at: Option<Timestamp>,
    /// How many numbers belong to it.
    pub numbers: i64,
    /// How many of them are rented.
    pub rented: i64,
    /// How many SMS it sent again.
    pub repetitions: i64,
    /// How often it gave an SMS the id of another one with other content.
    pub reused_ids: i64,
    /// When its older tokens expire, the first one first.
    pub old_tokens: Vec<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Which adapter parses a gateway's requests, and with which settings, as they are stored. Only `gateway` interprets them.
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
    /// A summary for the audit, without secrets.
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
    fn a_timeout_is_a_duration_that_the_database_can_store() {
        let kept = HeartbeatTimeout::new(Duration::from_micros(1_500)).unwrap();
        assert_eq!((kept.duration(), kept.as_ms()), (Duration::from_millis(1), 1));
        assert!(HeartbeatTimeout::new(Duration::from_micros(999)).is_err());
        let ten_years = HeartbeatTimeout::new(Duration::from_secs(315_360_000)).unwrap();
        assert_eq!(ten_years.as_ms(), 315_360_000_000);
        assert!(HeartbeatTimeout::new(Duration::from_millis(315_360_000_001)).is_err());
        assert!(HeartbeatTimeout::new(Duration::MAX).is_err());
    }
}
