//! What an order asks for, as JSON in one column: nothing searches in it.

use serde::{Deserialize, Serialize};

use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::order::OrderedNumbers;
use crate::domain::purchase::request::{AreaSelection, FilterPart};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredNumbers {
    Quantity {
        quantity: u32,
        prefix: String,
        external: bool,
    },
    Numbers {
        numbers: Vec<String>,
        external: bool,
    },
    Priced {
        number: String,
        price_uuid: String,
    },
    Random {
        quantity: u32,
    },
    Filter {
        quantity: u32,
        parts: Vec<(String, String)>,
    },
    Area(StoredArea),
    Adopted {
        numbers: Vec<String>,
    },
    Restored {
        numbers: Vec<String>,
    },
}

#[derive(Serialize, Deserialize)]
struct StoredArea {
    quantity: u32,
    range_size: Option<u32>,
    number_type: Option<String>,
    area_code: Option<String>,
    city: Option<String>,
    region: Option<String>,
    comment: Option<String>,
}

/// As the database stores it.
pub(super) fn to_json(numbers: &OrderedNumbers) -> String {
    let digits = |numbers: &[PhoneNumber]| numbers.iter().map(|number| number.digits()).collect();
    super::super::json(&match numbers {
        OrderedNumbers::Quantity {
            quantity,
            prefix,
            external,
        } => StoredNumbers::Quantity {
            quantity: *quantity,
            prefix: prefix.clone(),
            external: *external,
        },
        OrderedNumbers::Numbers { numbers, external } => StoredNumbers::Numbers {
            numbers: digits(numbers),
            external: *external,
        },
        OrderedNumbers::Priced { number, price_uuid } => StoredNumbers::Priced {
            number: number.digits(),
            price_uuid: price_uuid.clone(),
        },
        OrderedNumbers::Random { quantity } => StoredNumbers::Random { quantity: *quantity },
        OrderedNumbers::Filter { quantity, parts } => StoredNumbers::Filter {
            quantity: *quantity,
            parts: parts
                .iter()
                .map(|part| (part.field.to_string(), part.value.clone()))
                .collect(),
        },
        OrderedNumbers::Area(area) => StoredNumbers::Area(stored_area(area.clone())),
        OrderedNumbers::Adopted { numbers } => StoredNumbers::Adopted {
            numbers: digits(numbers),
        },
        OrderedNumbers::Restored { numbers } => StoredNumbers::Restored {
            numbers: digits(numbers),
        },
    })
}

/// `None`: no version of this program writes that.
pub(super) fn parse(json: &str) -> Option<OrderedNumbers> {
    let parsed = |numbers: Vec<String>| numbers.iter().map(|number| number.parse().ok()).collect::<Option<_>>();
    Some(match serde_json::from_str(json).ok()? {
        StoredNumbers::Quantity {
            quantity,
            prefix,
            external,
        } => OrderedNumbers::Quantity {
            quantity,
            prefix,
            external,
        },
        StoredNumbers::Numbers { numbers, external } => OrderedNumbers::Numbers {
            numbers: parsed(numbers)?,
            external,
        },
        StoredNumbers::Priced { number, price_uuid } => OrderedNumbers::Priced {
            number: number.parse().ok()?,
            price_uuid,
        },
        StoredNumbers::Random { quantity } => OrderedNumbers::Random { quantity },
        StoredNumbers::Filter { quantity, parts } => OrderedNumbers::Filter {
            quantity,
            parts: parts.into_iter().map(filter_part).collect::<Option<_>>()?,
        },
        StoredNumbers::Area(area) => OrderedNumbers::Area(parsed_area(area)),
        StoredNumbers::Adopted { numbers } => OrderedNumbers::Adopted {
            numbers: parsed(numbers)?,
        },
        StoredNumbers::Restored { numbers } => OrderedNumbers::Restored {
            numbers: parsed(numbers)?,
        },
    })
}

fn filter_part((field, value): (String, String)) -> Option<FilterPart> {
    Some(FilterPart {
        field: field.parse().ok()?,
        value,
    })
}

fn stored_area(area: AreaSelection) -> StoredArea {
    StoredArea {
        quantity: area.quantity,
        range_size: area.range_size,
        number_type: area.number_type,
        area_code: area.area_code,
        city: area.city,
        region: area.region,
        comment: area.comment,
    }
}

fn parsed_area(area: StoredArea) -> AreaSelection {
    AreaSelection {
        quantity: area.quantity,
        range_size: area.range_size,
        number_type: area.number_type,
        area_code: area.area_code,
        city: area.city,
        region: area.region,
        comment: area.comment,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::purchase::request::FilterField;

    #[test]
    fn what_is_ordered_is_read_as_it_was_written() {
        let number: PhoneNumber = "46701234567".parse().unwrap();
        for numbers in [
            OrderedNumbers::Quantity {
                quantity: 5,
                prefix: "4670".to_owned(),
                external: true,
            },
            OrderedNumbers::Numbers {
                numbers: vec![number],
                external: false,
            },
            OrderedNumbers::Priced {
                number,
                price_uuid: "4f79d0a7".to_owned(),
            },
            OrderedNumbers::Random { quantity: 1000 },
            OrderedNumbers::Filter {
                quantity: 2,
                parts: vec![FilterPart {
                    field: FilterField::NpaNxx,
                    value: "516206".to_owned(),
                }],
            },
            OrderedNumbers::Area(AreaSelection {
                quantity: 3,
                city: Some("AMSTERDAM".to_owned()),
                ..AreaSelection::default()
            }),
            OrderedNumbers::Adopted { numbers: vec![number] },
            OrderedNumbers::Restored { numbers: vec![number] },
        ] {
            assert_eq!(parse(&to_json(&numbers)), Some(numbers));
        }
        assert_eq!(parse("{}"), None);
    }
}
