//! `[filter]`: the SMS that are withheld from renters.

use serde::{Deserialize, Serialize};

use super::ConfigError;
use super::checks::{CheckResult, InvalidOption};
use crate::domain::sms_filter::{ExpressionList, SmsFilter};

/// The partner's regular expressions.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FilterConfig {
    /// The SMS whose senders they match are withheld.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withhold_senders: Vec<String>,
    /// The SMS whose texts they match are withheld.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withhold_texts: Vec<String>,
}

impl FilterConfig {
    pub(super) fn check(&self) -> CheckResult {
        self.compiled().map(drop)
    }

    /// The filter.
    ///
    /// # Errors
    /// An expression is wrong, which [`super::Config::load`] refuses.
    pub fn filter(&self) -> Result<SmsFilter, ConfigError> {
        Ok(self.compiled()?)
    }

    fn compiled(&self) -> Result<SmsFilter, InvalidOption> {
        let list = |key, expressions: &[String]| {
            ExpressionList::parse(expressions).map_err(|error| InvalidOption::new(key, error.to_string()))
        };
        Ok(SmsFilter {
            senders: list("filter.withhold_senders", &self.withhold_senders)?,
            texts: list("filter.withhold_texts", &self.withhold_texts)?,
        })
    }
}
