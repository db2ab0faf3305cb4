//! `[carrierx]`: CarrierX Core v2.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::config::checks::{self, InvalidOption};
use crate::config::{secret, section, text};
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::price::{Currency, Millionths};
use crate::domain::purchase::rates::ExchangeRates;
use crate::domain::purchase::terms::SupplierTerms;

/// An account at CarrierX.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CarrierXConfig {
    /// The API.
    pub url: String,
    /// The Bearer token of the account.
    #[serde(default, serialize_with = "secret::optional")]
    pub token: Option<SecretString>,
    /// The currency of its prices.
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
pub struct CarrierXAccount {
    /// The API.
    pub url: String,
    /// The Bearer token of the account.
    pub token: SecretString,
    /// On which terms.
    pub terms: SupplierTerms,
}

impl CarrierXConfig {
    /// The account; `None`: the section is not written.
    pub(super) fn checked(&self, rates: &ExchangeRates) -> Result<Option<CarrierXAccount>, InvalidOption> {
        if section::is_off("carrierx", self) {
            return Ok(None);
        }
        section::check_url("carrierx", &self.url, self.allow_http)?;
        let token = section::required("carrierx", "token", &self.token)?;
        checks::header_secret("carrierx.token", &token)?;
        Ok(Some(CarrierXAccount {
            url: self.url.clone(),
            token,
            terms: SupplierTerms {
                currency: self.currency,
                budget_per_day: self.budget_per_day,
                fixed_price: None,
                messaging: self.messaging(rates)?,
            },
        }))
    }

    /// What CarrierX charges for SMS, in the currency of its prices, so that the budget covers both.
    fn messaging(&self, rates: &ExchangeRates) -> Result<Millionths, InvalidOption> {
        let fee = SupplierName::CarrierX.messaging().unwrap_or(Millionths::ZERO);
        rates.convert(fee, Currency::USD, self.currency).ok_or_else(|| {
            let currencies = [Currency::USD, self.currency].into_iter();
            let missing = currencies.filter(|currency| !rates.knows(*currency));
            let missing: Vec<String> = missing.map(|currency| format!("rates.{currency}")).collect();
            let message = format!(
                "is {}, but CarrierX charges SMS in USD, which the budget counts: set {}, or this to USD",
                self.currency,
                missing.join(" and ")
            );
            InvalidOption::new("carrierx.currency", message)
        })
    }
}
