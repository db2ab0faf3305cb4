//! The request that orders numbers. Which fields it may have depends on what is ordered, and from whom.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::fields::{PhoneNumberField, Place, amount, missing, price_uuid, reference, supplier};
use super::form::OrderForm;
use super::numbers::{check_countries, ordered_numbers};
use crate::admin::body::{Count, Text, TextOrInteger};
use crate::admin::problem::Problem;
use crate::domain::country::CountryNames;
use crate::domain::inventory::{OPERATOR_UNKNOWN, parse_country, parse_operator};
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::options::{InvalidPurchaseOption, check};
use crate::domain::purchase::order::{OrderReference, OrderTerms, QUANTITY_MAX};
use crate::domain::purchase::price::{Millionths, NumberPrice};

/// The longest text for a supplier's staff.
const COMMENT_CHARACTERS_MAX: usize = 500;
/// Documented as an integer of 32 bits.
const RANGE_SIZE_MAX: u32 = 1_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct OrderRequest {
    #[serde(deserialize_with = "supplier")]
    pub(super) supplier: SupplierName,
    #[serde(default, deserialize_with = "reference")]
    pub(super) reference: Option<OrderReference>,
    pub(super) country: Option<String>,
    pub(super) operator: Option<String>,
    #[serde(default)]
    pub(super) prove: bool,
    /// Nothing is stored.
    #[serde(default)]
    pub(super) dry_run: bool,
    #[serde(default)]
    pub(super) options: BTreeMap<String, TextOrInteger>,
    pub(super) quantity: Option<Count<QUANTITY_MAX>>,
    pub(super) prefix: Option<String>,
    pub(super) external: Option<bool>,
    #[serde(default, deserialize_with = "amount")]
    pub(super) max_monthly: Option<Millionths>,
    #[serde(default, deserialize_with = "amount")]
    pub(super) max_setup: Option<Millionths>,
    pub(super) numbers: Option<Vec<PhoneNumberField>>,
    pub(super) random: Option<bool>,
    pub(super) filter: Option<BTreeMap<String, TextOrInteger>>,
    pub(super) number: Option<PhoneNumberField>,
    #[serde(default, deserialize_with = "price_uuid")]
    pub(super) price_uuid: Option<String>,
    #[serde(default, deserialize_with = "amount")]
    pub(super) expected_monthly: Option<Millionths>,
    #[serde(default, deserialize_with = "amount")]
    pub(super) expected_setup: Option<Millionths>,
    pub(super) area_code: Place,
    pub(super) city: Place,
    pub(super) region: Place,
    pub(super) range_size: Option<Count<RANGE_SIZE_MAX>>,
    pub(super) r#type: Place,
    pub(super) comment: Option<Text<COMMENT_CHARACTERS_MAX>>,
}

impl OrderRequest {
    /// What is ordered, or the field that is wrong.
    pub(super) fn terms(mut self, countries: &CountryNames) -> Result<OrderTerms, Problem> {
        let supplier = self.supplier;
        let form = OrderForm::of(&self);
        form.refuse_other_fields(&self)?;
        let options = self.checked_options()?;
        let country = self
            .country
            .as_deref()
            .map(|text| parse_country(text, countries))
            .transpose();
        let country = country.map_err(|invalid| Problem::bad(invalid.message(countries)))?;
        let operator = parse_operator(self.operator.as_deref().unwrap_or(OPERATOR_UNKNOWN));
        let operator = operator.map_err(|invalid| Problem::bad(invalid.to_string()))?;
        let highest = self.highest(form)?;
        let (reference, prove) = (self.reference.take(), self.prove);
        let numbers = ordered_numbers(self, form, country.as_ref(), countries)?;
        check_countries(&numbers, country.as_ref(), countries)?;
        Ok(OrderTerms {
            supplier,
            reference,
            numbers,
            country,
            operator,
            highest,
            prove,
            options,
        })
    }

    fn checked_options(&mut self) -> Result<Vec<(String, String)>, Problem> {
        let supplier = self.supplier;
        let given = std::mem::take(&mut self.options).into_iter();
        let checked = given.map(|(name, value)| {
            let value = value.into_text();
            match check(supplier, &name, &value) {
                Ok(()) => Ok((name, value)),
                // A name is repeated only when it is one of the documented ones.
                Err(invalid @ InvalidPurchaseOption::Unknown { .. }) => {
                    Err(Problem::bad(format!("options: {invalid}")))
                }
                Err(invalid) => Err(Problem::bad(format!("options.{name} {invalid}"))),
            }
        });
        checked.collect()
    }

    /// The most that each number may cost. For a place it is in the configuration.
    fn highest(&self, form: OrderForm) -> Result<NumberPrice, Problem> {
        let (setup, monthly) = match form {
            OrderForm::Area => return Ok(NumberPrice::default()),
            OrderForm::Priced => (
                self.expected_setup.ok_or_else(|| missing("expected_setup"))?,
                self.expected_monthly.ok_or_else(|| missing("expected_monthly"))?,
            ),
            OrderForm::Quantity | OrderForm::Numbers | OrderForm::Random | OrderForm::Filter => (
                self.max_setup.unwrap_or_default(),
                self.max_monthly.ok_or_else(|| missing("max_monthly"))?,
            ),
        };
        Ok(NumberPrice { setup, monthly })
    }
}
