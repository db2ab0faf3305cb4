//! Fields of the requests about orders.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use strum::IntoEnumIterator as _;

use crate::admin::body::{Text, TextOrInteger, nullable, parsed};
use crate::admin::problem::Problem;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::order::OrderReference;
use crate::domain::purchase::price::{InvalidAmount, Millionths};

/// The longest text that names a place.
const PLACE_CHARACTERS_MAX: usize = 64;
/// The longest key of a price at Multitel.
const PRICE_UUID_CHARACTERS_MAX: usize = 64;

/// A text that names a place, or a type of number.
pub(super) type Place = Option<Text<PLACE_CHARACTERS_MAX>>;

/// A phone number: a string, or an integer.
pub(in crate::admin) struct PhoneNumberField(pub(super) PhoneNumber);

impl<'de> Deserialize<'de> for PhoneNumberField {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        parsed(value, |text| text.parse().map(Self))
    }
}

pub(super) fn supplier<'de, D: Deserializer<'de>>(value: D) -> Result<SupplierName, D::Error> {
    let names = || SupplierName::iter().map(Into::into).collect::<Vec<&str>>().join(", ");
    parsed(value, |text| {
        text.parse().map_err(|_| format!("must be one of {}", names()))
    })
}

pub(super) fn reference<'de, D: Deserializer<'de>>(value: D) -> Result<Option<OrderReference>, D::Error> {
    nullable(value, OrderReference::parse)
}

pub(in crate::admin) fn amount<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Millionths>, D::Error> {
    let text = Option::<TextOrInteger>::deserialize(value).map_err(|_| D::Error::custom(InvalidAmount::NotDecimal))?;
    let amount = text.map(|text| text.into_text().parse()).transpose();
    amount.map_err(D::Error::custom)
}

pub(super) fn price_uuid<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    nullable(value, |text| {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        match is_visible && (1..=PRICE_UUID_CHARACTERS_MAX).contains(&text.len()) {
            true => Ok(text.to_owned()),
            false => Err(format!(
                "must have 1 to {PRICE_UUID_CHARACTERS_MAX} visible ASCII characters"
            )),
        }
    })
}

pub(in crate::admin) fn missing(field: &str) -> Problem {
    Problem::bad(format!("{field} is missing"))
}
