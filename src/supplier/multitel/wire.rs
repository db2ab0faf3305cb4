//! JSON of Multitel's older API: `{"DATA":[...],"return_code":0}`. All members are in capitals, types are mixed.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::outcome::Offer;
use crate::domain::purchase::price::NumberPrice;
use crate::supplier::text_or_number;

/// Every answer. The items are read when it is known whether they are a code.
#[derive(Debug, Deserialize)]
pub(super) struct Data {
    #[serde(rename = "DATA")]
    pub data: Vec<Box<RawValue>>,
}

/// What a purchase and a release answer, and a failed call: the number, or a code.
#[derive(Debug, Deserialize)]
pub(super) struct Return {
    #[serde(rename = "RETURN", deserialize_with = "text_or_number::required")]
    pub code: String,
}

/// A number of ours. That it is there is what counts; these members are seen in code.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DidInfo {
    #[serde(default, deserialize_with = "text_or_number::optional")]
    setup_cost: Option<String>,
    #[serde(deserialize_with = "text_or_number::required")]
    monthly_charges: String,
}

impl DidInfo {
    pub(super) fn price(&self) -> Option<NumberPrice> {
        Some(NumberPrice {
            setup: self.setup_cost.as_deref()?.parse().ok()?,
            monthly: self.monthly_charges.parse().ok()?,
        })
    }
}

/// A number for sale.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Did {
    #[serde(deserialize_with = "text_or_number::required")]
    number: String,
    #[serde(deserialize_with = "text_or_number::required")]
    setup_cost: String,
    #[serde(deserialize_with = "text_or_number::required")]
    monthly_charges: String,
    #[serde(default)]
    area: Option<String>,
    #[serde(rename = "SMS", default, deserialize_with = "text_or_number::optional")]
    sms: Option<String>,
}

impl Did {
    /// `None`: it cannot receive SMS, its price is not an amount, or it is the row `-100` that stands for no number.
    pub(super) fn offer(self) -> Option<Offer> {
        let number: PhoneNumber = self.number.parse().ok()?;
        (self.sms.as_deref() == Some("1")).then_some(())?;
        Some(Offer {
            number,
            area: self.area.filter(|area| !area.is_empty()),
            receives_sms: true,
            price: NumberPrice {
                setup: self.setup_cost.parse().ok()?,
                monthly: self.monthly_charges.parse().ok()?,
            },
            is_external: false,
        })
    }
}

/// A country, for its id.
#[derive(Debug, Deserialize)]
pub(super) struct Country {
    #[serde(rename = "COUNTRYCODE", deserialize_with = "text_or_number::required")]
    pub calling_code: String,
    #[serde(rename = "COUNTRYID", deserialize_with = "text_or_number::required")]
    pub id: String,
}

/// An area, for its prefix.
#[derive(Debug, Deserialize)]
pub(super) struct Area {
    #[serde(rename = "AREACODE", deserialize_with = "text_or_number::required")]
    pub prefix: String,
}
