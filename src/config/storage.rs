//! `[storage]`: the database.

use serde::{Deserialize, Serialize};

use super::checks::{CheckResult, InvalidOption};

/// The database.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StorageConfig {
    /// `sqlite:` and the path of the file, in the form that sqlx reads (`sqlite://` and a query are accepted too).
    pub url: String,
    /// Whether the server checks the file for damage when it starts.
    pub check: StorageCheck,
}

/// The check at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageCheck {
    /// For two seconds at most.
    Quick,
    /// None.
    Off,
}

impl StorageConfig {
    /// Refuses another database, no path, and a database in memory, in which nothing would be durable.
    pub(super) fn check(&self) -> CheckResult {
        let wrong = |message: &str| Err(InvalidOption::new("storage.url", message));
        let Some(rest) = self.url.strip_prefix("sqlite:") else {
            return wrong("does not begin with \"sqlite:\": set one such as sqlite:leaseline.db");
        };
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        if path.contains(":memory:") || query.split('&').any(|pair| pair == "mode=memory") {
            return wrong(
                "is a database in memory, in which nothing would be durable: set a file such as sqlite:leaseline.db",
            );
        }
        if path.trim().is_empty() {
            return wrong("has no path: set one such as sqlite:leaseline.db");
        }
        Ok(())
    }
}
