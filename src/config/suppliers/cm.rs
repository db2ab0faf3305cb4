//! `[cm]`: CM.com Voice Management.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::config::checks::{self, InvalidOption};
use crate::config::{secret, section, text};
use crate::domain::purchase::price::{Currency, Millionths, NumberPrice};
use crate::domain::purchase::terms::SupplierTerms;

/// An account at CM.com.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CmConfig {
    /// The API.
    pub url: String,
    /// The GUID of the account.
    pub account: Option<String>,
    /// Its product token.
    #[serde(default, serialize_with = "secret::optional")]
    pub token: Option<SecretString>,
    /// The currency of the account.
    #[serde(with = "text")]
    pub currency: Currency,
    /// What may be spent in a day.
    #[serde(default, with = "text::optional")]
    pub budget_per_day: Option<Millionths>,
    /// What each number costs once; set together with `monthly`.
    #[serde(default, with = "text::optional")]
    pub setup: Option<Millionths>,
    /// What each number costs a month.
    #[serde(default, with = "text::optional")]
    pub monthly: Option<Millionths>,
    /// Whether the URL may be plain HTTP beyond this machine.
    pub allow_http: bool,
}

/// An account that numbers can be ordered with.
#[derive(Debug, Clone)]
pub struct CmAccount {
    /// The API.
    pub url: String,
    /// The GUID of the account.
    pub account: String,
    /// Its product token.
    pub token: SecretString,
    /// On which terms.
    pub terms: SupplierTerms,
}

impl CmConfig {
    /// The account; `None`: the section is not written.
    pub(super) fn checked(&self) -> Result<Option<CmAccount>, InvalidOption> {
        if section::is_off("cm", self) {
            return Ok(None);
        }
        section::check_url("cm", &self.url, self.allow_http)?;
        let account = section::required("cm", "account", &self.account)?;
        let token = section::required("cm", "token", &self.token)?;
        checks::header_secret("cm.token", &token)?;
        Ok(Some(CmAccount {
            url: self.url.clone(),
            account,
            token,
            terms: SupplierTerms {
                currency: self.currency,
                budget_per_day: self.budget_per_day,
                fixed_price: self.price()?,
                messaging: Millionths::ZERO,
            },
        }))
    }

    fn price(&self) -> Result<Option<NumberPrice>, InvalidOption> {
        let wrong = |missing, set| {
            let message = format!("is missing, but {set} is set: set both, \"0\" where nothing is charged");
            Err(InvalidOption::new(missing, message))
        };
        match (self.setup, self.monthly) {
            (Some(setup), Some(monthly)) => Ok(Some(NumberPrice { setup, monthly })),
            (None, None) => Ok(None),
            (None, Some(_)) => wrong("cm.setup", "cm.monthly"),
            (Some(_), None) => wrong("cm.monthly", "cm.setup"),
        }
    }
}
