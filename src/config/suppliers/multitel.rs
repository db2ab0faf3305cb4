//! `[multitel_v3]` and `[multitel]`: Multitel's two APIs.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::config::checks::InvalidOption;
use crate::config::{secret, section, text};
use crate::domain::purchase::price::{Currency, Millionths};
use crate::domain::purchase::terms::SupplierTerms;

/// An account at Multitel; which of its APIs, the section says.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MultitelConfig {
    /// The API.
    pub url: String,
    /// The name of the API's user.
    pub user: Option<String>,
    /// Its password.
    #[serde(default, serialize_with = "secret::optional")]
    pub password: Option<SecretString>,
    /// The sub-account that buys; the older API alone has the option.
    pub sid: Option<String>,
    /// The currency of the account.
    #[serde(with = "text")]
    pub currency: Currency,
    /// What may be spent in a day.
    #[serde(default, with = "text::optional")]
    pub budget_per_day: Option<Millionths>,
    /// Whether the URL may be plain HTTP beyond this machine.
    pub allow_http: bool,
}

/// An account that numbers can be bought with.
#[derive(Debug, Clone)]
pub struct MultitelAccount {
    /// The API.
    pub url: String,
    /// The name of the API's user.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// The sub-account that buys, at the older API.
    pub sid: Option<String>,
    /// On which terms.
    pub terms: SupplierTerms,
}

impl MultitelConfig {
    /// The account; `None`: the section is not written.
    pub(super) fn checked(&self, section: &str) -> Result<Option<MultitelAccount>, InvalidOption> {
        if section::is_off(section, self) {
            return Ok(None);
        }
        section::check_url(section, &self.url, self.allow_http)?;
        Ok(Some(MultitelAccount {
            url: self.url.clone(),
            user: section::required(section, "user", &self.user)?,
            password: section::required(section, "password", &self.password)?,
            sid: self.sid.clone(),
            terms: SupplierTerms {
                currency: self.currency,
                budget_per_day: self.budget_per_day,
                fixed_price: None,
                messaging: Millionths::ZERO,
            },
        }))
    }
}
