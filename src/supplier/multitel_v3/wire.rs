//! JSON of Multitel v3.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::domain::purchase::price::NumberPrice;
use crate::supplier::text_or_number;

/// `{"status":{"code":200,"msg":""},"response":{...}}`. The code is a number on one page of the documentation and a string
/// on another.
#[derive(Debug, Deserialize)]
pub(super) struct RentEnvelope {
    pub status: EnvelopeStatus,
    /// Read only when the code says that it is there: what a failure has in its place is not documented.
    #[serde(default)]
    pub response: Option<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct EnvelopeStatus {
    #[serde(deserialize_with = "text_or_number::required")]
    pub code: String,
    #[serde(default)]
    pub msg: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Rented {
    #[serde(deserialize_with = "text_or_number::required")]
    pub number: String,
    pub price: Option<RentedPrice>,
}

/// Exact decimals as strings. The four others say what calls cost.
#[derive(Debug, Deserialize)]
pub(super) struct RentedPrice {
    #[serde(default, deserialize_with = "text_or_number::optional")]
    setup_price: Option<String>,
    #[serde(default, deserialize_with = "text_or_number::optional")]
    monthly_price: Option<String>,
}

impl RentedPrice {
    /// `None`: one of the two is not an amount.
    pub(super) fn parse(&self) -> Option<NumberPrice> {
        Some(NumberPrice {
            setup: self.setup_price.as_deref()?.parse().ok()?,
            monthly: self.monthly_price.as_deref()?.parse().ok()?,
        })
    }
}

#[derive(Debug, Serialize)]
pub(super) struct BulkRestore {
    pub numbers: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Restored {
    #[serde(default)]
    pub results: Vec<RestoredNumber>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RestoredNumber {
    #[serde(deserialize_with = "text_or_number::required")]
    pub number: String,
    pub status: String,
    #[serde(default)]
    pub message: Option<String>,
    #[serde(default, deserialize_with = "text_or_number::optional")]
    pub status_code: Option<String>,
    #[serde(default)]
    pub requires_identity_update: bool,
}
