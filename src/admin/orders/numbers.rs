//! The numbers of an order, from the fields of its request.

use std::collections::{BTreeMap, HashSet};

use strum::VariantNames as _;

use super::fields::{PhoneNumberField, Place, missing};
use super::form::OrderForm;
use super::request::OrderRequest;
use crate::admin::body::{Count, TextOrInteger};
use crate::admin::problem::Problem;
use crate::domain::country::CountryNames;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::order::{OrderedNumbers, QUANTITY_MAX};
use crate::domain::purchase::request::{AreaSelection, FilterField, FilterPart};
use crate::domain::wire_name::CountryName;

/// The numbers that a request orders.
pub(super) fn ordered_numbers(
    request: OrderRequest,
    form: OrderForm,
    country: Option<&CountryName>,
    countries: &CountryNames,
) -> Result<OrderedNumbers, Problem> {
    let external = request.external.unwrap_or(false);
    let quantity = request.quantity.map(|Count(quantity)| quantity);
    Ok(match form {
        OrderForm::Quantity => {
            let country = country.ok_or_else(|| missing("country"))?;
            let prefix = countries.prefix(country, request.prefix.as_deref());
            OrderedNumbers::Quantity {
                quantity: quantity.ok_or_else(|| missing("quantity"))?,
                prefix: prefix.map_err(|invalid| Problem::bad(format!("prefix {invalid}")))?,
                external,
            }
        }
        OrderForm::Numbers => OrderedNumbers::Numbers {
            numbers: distinct(request.numbers.unwrap_or_default())?,
            external,
        },
        OrderForm::Random => OrderedNumbers::Random {
            quantity: quantity.unwrap_or(1),
        },
        OrderForm::Filter => OrderedNumbers::Filter {
            quantity: quantity.unwrap_or(1),
            parts: filter_parts(request.filter.unwrap_or_default())?,
        },
        OrderForm::Priced => OrderedNumbers::Priced {
            number: request.number.ok_or_else(|| missing("number"))?.0,
            price_uuid: request.price_uuid.ok_or_else(|| missing("price_uuid"))?,
        },
        OrderForm::Area => OrderedNumbers::Area(area(request)?),
    })
}

fn area(request: OrderRequest) -> Result<AreaSelection, Problem> {
    let text = |place: Place| place.map(|text| text.0);
    if request.area_code.is_none() && request.city.is_none() {
        return Err(Problem::bad(
            "area_code or city is missing: a cm order needs one of them",
        ));
    }
    Ok(AreaSelection {
        quantity: request.quantity.map_or(1, |Count(quantity)| quantity),
        range_size: request.range_size.map(|Count(size)| size),
        number_type: text(request.r#type),
        area_code: text(request.area_code),
        city: text(request.city),
        region: text(request.region),
        comment: request.comment.map(|text| text.0),
    })
}

/// 1 to [`QUANTITY_MAX`] numbers, none of them twice.
pub(in crate::admin) fn distinct(fields: Vec<PhoneNumberField>) -> Result<Vec<PhoneNumber>, Problem> {
    let numbers: Vec<PhoneNumber> = fields.into_iter().map(|field| field.0).collect();
    if !u32::try_from(numbers.len()).is_ok_and(|count| (1..=QUANTITY_MAX).contains(&count)) {
        return Err(Problem::bad(format!("numbers must have 1 to {QUANTITY_MAX} numbers")));
    }
    let mut seen = HashSet::new();
    match numbers.iter().position(|number| !seen.insert(*number)) {
        Some(index) => Err(Problem::bad(format!("numbers[{index}] is in the list twice"))),
        None => Ok(numbers),
    }
}

fn filter_parts(fields: BTreeMap<String, TextOrInteger>) -> Result<Vec<FilterPart>, Problem> {
    if fields.is_empty() {
        return Err(Problem::bad("filter must have at least one condition"));
    }
    let part = |(name, value): (String, TextOrInteger)| {
        let field: FilterField = name.parse().map_err(|_| {
            let names = FilterField::VARIANTS.join(", ");
            Problem::bad(format!("filter has a field that is not one of {names}"))
        })?;
        let value = value.into_text();
        match field.check(&value) {
            Ok(()) => Ok(FilterPart { field, value }),
            Err(invalid) => Err(Problem::bad(format!("filter.{invalid}"))),
        }
    };
    fields.into_iter().map(part).collect()
}

/// Chosen numbers belong to the country, or to any where none is given.
pub(super) fn check_countries(
    numbers: &OrderedNumbers,
    country: Option<&CountryName>,
    countries: &CountryNames,
) -> Result<(), Problem> {
    let field = |index: usize| match numbers {
        OrderedNumbers::Priced { .. } => "number".to_owned(),
        _ => format!("numbers[{index}]"),
    };
    for (index, number) in numbers.chosen().iter().enumerate() {
        let digits = number.digits();
        match country {
            None if countries.of_number(&digits).is_none() => {
                let detail = format!(
                    "country is missing, and the calling code of {} belongs to none",
                    field(index)
                );
                return Err(Problem::bad(detail));
            }
            None => {}
            Some(country) => {
                if let Some(other) = countries.contradiction(&digits, country) {
                    let detail = format!("country: {} belongs to {other}, not to {country}", field(index));
                    return Err(Problem::bad(detail));
                }
            }
        }
    }
    Ok(())
}
