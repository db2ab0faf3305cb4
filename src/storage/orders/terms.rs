//! What an order asks for, as JSON in one column: nothing searches in it.

use serde::{Deserialize, Serialize};

use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::order::OrderedNumbers;
use crate::domain::purchase::request::{AreaSelection, FilterPart};
use crate::storage::json;

#[derive(Serialize, Deserialize)]
#[serde(remote = "OrderedNumbers", rename_all = "snake_case")]
enum StoredNumbers {
    Quantity {
        quantity: u32,
        prefix: String,
        external: bool,
    },
    Numbers {
        #[serde(with = "numbers")]
        numbers: Vec<PhoneNumber>,
        external: bool,
    },
    Priced {
        #[serde(with = "number")]
        number: PhoneNumber,
        price_uuid: String,
    },
    Random {
        quantity: u32,
    },
    Filter {
        quantity: u32,
        #[serde(with = "filter")]
        parts: Vec<FilterPart>,
    },
    Area(#[serde(with = "StoredArea")] AreaSelection),
    Adopted {
        #[serde(with = "numbers")]
        numbers: Vec<PhoneNumber>,
    },
    Restored {
        #[serde(with = "numbers")]
        numbers: Vec<PhoneNumber>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "AreaSelection")]
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
    #[derive(Serialize)]
    struct Column<'a>(#[serde(with = "StoredNumbers")] &'a OrderedNumbers);
    json(&Column(numbers))
}

/// `None`: no version of this program writes that.
pub(super) fn parse(json: &str) -> Option<OrderedNumbers> {
    #[derive(Deserialize)]
    struct Column(#[serde(with = "StoredNumbers")] OrderedNumbers);
    let Column(numbers) = serde_json::from_str(json).ok()?;
    Some(numbers)
}

/// A number as its digits.
mod number {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::PhoneNumber;

    pub(super) fn serialize<S: Serializer>(number: &PhoneNumber, json: S) -> Result<S::Ok, S::Error> {
        json.serialize_str(&number.digits())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(json: D) -> Result<PhoneNumber, D::Error> {
        String::deserialize(json)?.parse().map_err(D::Error::custom)
    }
}

/// Numbers as their digits.
mod numbers {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::PhoneNumber;

    pub(super) fn serialize<S: Serializer>(numbers: &[PhoneNumber], json: S) -> Result<S::Ok, S::Error> {
        json.collect_seq(numbers.iter().map(|number| number.digits()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<PhoneNumber>, D::Error> {
        let numbers = Vec::<String>::deserialize(json)?;
        let numbers = numbers.iter().map(|number| number.parse());
        numbers.collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}

/// Conditions as pairs of an attribute and its value.
mod filter {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::FilterPart;

    pub(super) fn serialize<S: Serializer>(parts: &[FilterPart], json: S) -> Result<S::Ok, S::Error> {
        json.collect_seq(parts.iter().map(|part| (part.field.to_string(), &part.value)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<FilterPart>, D::Error> {
        let parts = Vec::<(String, String)>::deserialize(json)?.into_iter();
        let part = |(field, value): (String, String)| {
            Ok(FilterPart {
                field: field.parse()?,
                value,
            })
        };
        let parts: Result<_, strum::ParseError> = parts.map(part).collect();
        parts.map_err(D::Error::custom)
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
