//! JSON of CarrierX. Some samples have few members, so that all but the key and the number may be missing.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::outcome::{CallFailure, CallResult, Offer, SuppliedNumber};
use crate::domain::purchase::price::{Millionths, NumberPrice};
use crate::supplier::text_or_number;

/// The bit of `capabilities` for receiving SMS. Others: 2 sends SMS, 4 voice, 8 receives MMS, 16 sends MMS.
const RECEIVES_SMS: u64 = 1;

/// What a purchase sends.
#[derive(Debug, Serialize)]
pub(super) struct RentBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phonenumber: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<&'a str>,
    pub attributes: RentAttributes<'a>,
}

/// A number's `attributes` are free to use: our mark finds it again.
#[derive(Debug, Serialize)]
pub(super) struct RentAttributes<'a> {
    pub leaseline: &'a str,
}

/// What a change of a number sends.
#[derive(Debug, Serialize)]
pub(super) struct ChangeBody<'a> {
    pub callback_url: &'a str,
}

/// What switches a number's SMS on.
#[derive(Debug, Serialize)]
pub(super) struct EnableBody {
    pub enabled: bool,
}

/// A number, rented or for sale.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RentedDid {
    pub did_sid: String,
    #[serde(deserialize_with = "text_or_number::required")]
    phonenumber: String,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    locality: Option<String>,
    #[serde(default)]
    capabilities: Option<u64>,
    #[serde(default)]
    active_capabilities: Option<u64>,
    #[serde(default)]
    pub callback_url: Option<String>,
    #[serde(default)]
    attributes: Value,
    /// A decimal. That it is in US dollars and for a month is inferred.
    #[serde(default, deserialize_with = "text_or_number::optional")]
    price: Option<String>,
    #[serde(default)]
    status: Option<String>,
}

/// What `status` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DidStatus {
    /// Ours; also where the member is missing, as in older samples.
    Assigned,
    /// An order at another provider is open.
    Pending,
    /// For sale, or given back.
    NotRented,
    /// A word that is not documented.
    Unlisted,
}

impl RentedDid {
    pub(super) fn status(&self) -> DidStatus {
        match self.status.as_deref() {
            None | Some("assigned") => DidStatus::Assigned,
            Some("pending_assignment") => DidStatus::Pending,
            Some("available" | "aging") => DidStatus::NotRented,
            Some(_) => DidStatus::Unlisted,
        }
    }

    /// Our mark, or that of another line.
    pub(super) fn mark(&self) -> Option<&str> {
        self.attributes.get("leaseline")?.as_str()
    }

    pub(super) fn is(&self, number: PhoneNumber) -> bool {
        self.phonenumber.parse() == Ok(number)
    }

    /// Whether it could receive SMS, once they are switched on.
    pub(super) fn can_receive_sms(&self) -> bool {
        self.capabilities.is_none_or(|bits| bits & RECEIVES_SMS != 0)
    }

    /// Whether it receives SMS now.
    pub(super) fn receives_sms(&self) -> bool {
        self.active_capabilities.is_some_and(|bits| bits & RECEIVES_SMS != 0)
    }

    /// In the words of the domain. What is not a number is no usable answer: it would be missing from our lists.
    pub(super) fn supplied(&self) -> CallResult<SuppliedNumber> {
        let number = self
            .phonenumber
            .parse()
            .map_err(|_| CallFailure::NoAnswer("phonenumber is not a number".to_owned()))?;
        Ok(SuppliedNumber {
            number,
            reference: Some(self.did_sid.clone()),
            price: self.price(),
        })
    }

    fn price(&self) -> Option<NumberPrice> {
        Some(NumberPrice {
            setup: Millionths::ZERO,
            monthly: self.price.as_deref()?.parse().ok()?,
        })
    }

    /// `None`: it cannot receive SMS, or its price is not an amount. A number of another provider may have any other
    /// status than `available`, which own ones have; that is inferred.
    pub(super) fn offer(&self, with_external: bool) -> Option<Offer> {
        let receives_sms = self.capabilities? & RECEIVES_SMS != 0;
        receives_sms.then_some(())?;
        let area = [&self.locality, &self.state].into_iter().flatten();
        let area: Vec<&str> = area.map(String::as_str).filter(|name| !name.is_empty()).collect();
        Some(Offer {
            number: self.phonenumber.parse().ok()?,
            area: (!area.is_empty()).then(|| area.join(", ")),
            receives_sms,
            price: self.price()?,
            is_external: with_external && self.status.as_deref() != Some("available"),
        })
    }
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct DidPage {
    pub items: Vec<RentedDid>,
    #[serde(default)]
    has_more: Option<bool>,
    #[serde(default)]
    pagination: Option<Pagination>,
    /// `null` for numbers that are for sale.
    #[serde(default)]
    pub total: Option<usize>,
}

/// Where the next page is: `{}` on the last one.
#[derive(Debug, Deserialize)]
struct Pagination {
    #[serde(default)]
    next: Option<String>,
}

impl DidPage {
    /// The URL of the next page; `None`: this is the last one.
    pub(super) fn next(&self) -> CallResult<Option<&str>> {
        let next = self
            .pagination
            .as_ref()
            .and_then(|pagination| pagination.next.as_deref());
        match (self.has_more, next) {
            (Some(false), _) | (None, None) => Ok(None),
            (_, Some(next)) => Ok(Some(next)),
            (Some(true), None) => Err(CallFailure::NoAnswer(
                "the list goes on, but does not say where".to_owned(),
            )),
        }
    }
}

/// Whether a number's SMS are switched on.
#[derive(Debug, Deserialize)]
pub(super) struct Messaging {
    #[serde(default)]
    pub status: Option<String>,
}

/// A refusal. The list `errors` is seen in code for 400 and inferred for all but 404.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorBody {
    message: String,
    #[serde(default)]
    errors: Option<Vec<FieldError>>,
}

#[derive(Debug, Deserialize)]
struct FieldError {
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

impl ErrorBody {
    pub(super) fn text(&self) -> String {
        let errors = self.errors.iter().flatten().map(|error| {
            let words = [&error.field, &error.message].into_iter().flatten();
            words.map(String::as_str).collect::<Vec<_>>().join(" ")
        });
        let errors: Vec<String> = errors.filter(|error| !error.is_empty()).collect();
        match errors.is_empty() {
            true => self.message.clone(),
            false => format!("{}: {}", self.message, errors.join(", ")),
        }
    }
}
