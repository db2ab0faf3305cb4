//! `[suppliers]`: what is the same for all wholesalers. Each has a section of its own, which is off unless it is written.

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use self::carrierx::CarrierXAccount;
use self::cm::CmAccount;
use self::multitel::MultitelAccount;
use super::checks::{self, CheckResult, InvalidOption};
use super::{Config, ConfigError, duration, options, rates, secret};
use crate::domain::purchase::pause::PausePolicy;

pub mod carrierx;
pub mod cm;
pub mod cm_wire;
pub mod multitel;

/// A shorter secret can be guessed, and with it the tokens of the suppliers' gateways.
const SECRET_CHARACTERS_MIN: usize = 16;

/// The settings of all suppliers.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SuppliersConfig {
    /// Keys the tokens of the suppliers' gateways. Set when a supplier is on.
    #[serde(default, serialize_with = "secret::optional")]
    pub webhook_secret: Option<SecretString>,
    /// How long one call may take.
    #[serde(with = "duration")]
    pub timeout: Duration,
    /// How often it is asked what is not known yet; also the first pause after failures.
    #[serde(with = "duration")]
    pub poll: Duration,
    /// The longest pause after failures.
    #[serde(with = "duration")]
    pub pause_max: Duration,
}

/// The wholesalers that are on.
#[derive(Debug, Clone)]
pub struct SupplierAccounts {
    /// Keys the tokens of their gateways; `None` only when none is on.
    pub webhook_secret: Option<SecretString>,
    /// Multitel's API v3.
    pub multitel_v3: Option<MultitelAccount>,
    /// Multitel's older API.
    pub multitel: Option<MultitelAccount>,
    /// CM.com.
    pub cm: Option<CmAccount>,
    /// CarrierX.
    pub carrierx: Option<CarrierXAccount>,
}

impl SuppliersConfig {
    /// How long a supplier is left alone after failures.
    #[must_use]
    pub const fn pause_policy(&self) -> PausePolicy {
        PausePolicy {
            first: self.poll,
            max: self.pause_max,
        }
    }

    pub(super) fn check(&self) -> CheckResult {
        checks::duration_of_a_second("suppliers.timeout", self.timeout)?;
        checks::duration_of_a_second("suppliers.poll", self.poll)?;
        checks::duration_of_a_second("suppliers.pause_max", self.pause_max)?;
        let Some(secret) = &self.webhook_secret else {
            return Ok(());
        };
        checks::header_secret("suppliers.webhook_secret", secret)?;
        checks::secret_length("suppliers.webhook_secret", secret, SECRET_CHARACTERS_MIN)
    }
}

impl Config {
    /// The wholesalers that are on.
    ///
    /// # Errors
    /// Half a section, which [`Config::load`] refuses.
    pub fn supplier_accounts(&self) -> Result<SupplierAccounts, ConfigError> {
        Ok(checked(self)?)
    }
}

/// The wholesalers that are on, or why the configuration is refused.
pub(super) fn checked(config: &Config) -> Result<SupplierAccounts, InvalidOption> {
    let accounts = SupplierAccounts {
        webhook_secret: config.suppliers.webhook_secret.clone(),
        multitel_v3: config.multitel_v3.checked("multitel_v3")?,
        multitel: config.multitel.checked("multitel")?,
        cm: config.cm.checked()?,
        carrierx: config.carrierx.checked(&rates::checked(&config.rates)?)?,
    };
    match (accounts.first(), &accounts.webhook_secret) {
        (Some(section), None) => Err(InvalidOption::new(
            "suppliers.webhook_secret",
            format!(
                "is missing, but [{section}] is set: set it in the configuration file or as {}",
                options::variable("suppliers.webhook_secret")
            ),
        )),
        (Some(section), Some(_)) if config.gateway.public_url.is_none() && config.onlinesim.public_url.is_none() => {
            Err(InvalidOption::new(
                "onlinesim.public_url",
                format!("is missing, but [{section}] is set: wholesalers send the SMS of their numbers to it"),
            ))
        }
        _ => Ok(accounts),
    }
}

impl SupplierAccounts {
    /// The section of one that is on.
    fn first(&self) -> Option<&'static str> {
        let on = [
            ("multitel_v3", self.multitel_v3.is_some()),
            ("multitel", self.multitel.is_some()),
            ("cm", self.cm.is_some()),
            ("carrierx", self.carrierx.is_some()),
        ];
        on.into_iter().find(|(_, is_on)| *is_on).map(|(section, _)| section)
    }
}
