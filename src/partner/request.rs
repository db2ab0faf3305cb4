//! What Onlinesim sends, read strictly: every refusal names the field.
//!
//! All three requests share one JSON object; its known fields are captured as they stand and read one by one, so that
//! a number is exact and a wrong type is named. Unknown fields are accepted.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::domain::exclusion::{Exclusions, Prefix};
use crate::domain::money::Kopecks;
use crate::domain::operation::{Finish, OperationId};
use crate::domain::stock::Filter;
use crate::domain::wire_name::{ANY, CountryName, NameError, OperatorName};
use crate::flow::finish_operation::FinishRequest;
use crate::flow::rent_number::RentRequest;

/// The most entries of `exceptionPhoneSet` (rule 12).
pub const PREFIXES_MAX: usize = 1000;

/// What Onlinesim wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// How much can be rented.
    GetServices,
    /// Rent a number.
    GetNumber,
    /// Close an operation.
    FinishActivation,
}

impl Action {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GetServices => "GET_SERVICES",
            Self::GetNumber => "GET_NUMBER",
            Self::FinishActivation => "FINISH_ACTIVATION",
        }
    }
}

/// A request that is not what the protocol says: a sentence that names the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadRequest(pub String);

fn bad<T>(sentence: impl Into<String>) -> Result<T, BadRequest> {
    Err(BadRequest(sentence.into()))
}

/// The body of any of the requests; each field as it stands, `null` as missing. No `Debug`: it holds the key (rule 11).
#[derive(Deserialize)]
pub struct Fields<'a> {
    #[serde(borrow)]
    action: Option<&'a RawValue>,
    #[serde(borrow)]
    key: Option<&'a RawValue>,
    #[serde(borrow)]
    service: Option<&'a RawValue>,
    #[serde(borrow)]
    sum: Option<&'a RawValue>,
    #[serde(borrow, rename = "exceptionPhoneSet")]
    exception_phone_set: Option<&'a RawValue>,
    #[serde(borrow)]
    country: Option<&'a RawValue>,
    #[serde(borrow)]
    operator: Option<&'a RawValue>,
    #[serde(borrow, rename = "activationId")]
    activation_id: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<&'a RawValue>,
}

impl<'a> Fields<'a> {
    /// Reads a body.
    pub fn parse(body: &'a [u8]) -> Result<Self, BadRequest> {
        match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => {}
            Some(_) => return bad("the body must be a JSON object"),
            None => return bad("the body is empty: it must be a JSON object"),
        }
        serde_json::from_slice(body).or_else(|error| bad(format!("the body is not valid JSON: {error}")))
    }

    /// The key; `None` when it is missing.
    pub fn key(&self) -> Result<Option<String>, BadRequest> {
        self.key.map(|raw| text("key", raw)).transpose()
    }

    /// The action.
    pub fn action(&self) -> Result<Action, BadRequest> {
        let word = required_text("action", self.action)?;
        [Action::GetServices, Action::GetNumber, Action::FinishActivation]
            .into_iter()
            .find(|action| action.as_str() == word)
            .map_or_else(
                || bad("action must be GET_SERVICES, GET_NUMBER or FINISH_ACTIVATION"),
                Ok,
            )
    }

    /// The fields of GET_NUMBER.
    pub fn get_number(&self) -> Result<RentRequest, BadRequest> {
        self.service_is_rent()?;
        let sum = money(required("sum", self.sum)?)?;
        let exclusions = self
            .exception_phone_set
            .map_or_else(|| Ok(Exclusions::default()), prefixes)?;
        let country = filter("country", self.country, CountryName::parse)?;
        let operator = filter("operator", self.operator, OperatorName::parse)?;
        Ok(RentRequest {
            filter: Filter { country, operator },
            exclusions,
            sum,
        })
    }

    /// The fields of FINISH_ACTIVATION. `sum` is needed to credit (status 3); for the others it may be missing.
    pub fn finish_activation(&self) -> Result<FinishRequest, BadRequest> {
        self.service_is_rent()?;
        let activation_id = required("activationId", self.activation_id)?;
        let operation = serde_json::from_str(activation_id.get())
            .ok()
            .and_then(OperationId::new);
        let Some(operation) = operation else {
            return bad("activationId must be an integer of 1 or more");
        };
        let status: Option<i64> = serde_json::from_str(required("status", self.status)?.get()).ok();
        let sum = self.sum.map(money).transpose()?;
        let finish = match (status, sum) {
            (Some(1), _) => Finish::NotOrdered,
            (Some(3), Some(sum)) => Finish::Sold(sum),
            (Some(3), None) => return bad("sum is missing"),
            (Some(4), _) => Finish::Cancelled,
            (Some(5), _) => Finish::Refunded,
            _ => return bad("status must be one of the integers 1, 3, 4 and 5"),
        };
        Ok(FinishRequest { operation, finish })
    }

    fn service_is_rent(&self) -> Result<(), BadRequest> {
        match required_text("service", self.service)?.as_str() {
            "rent" => Ok(()),
            _ => bad("service must be rent"),
        }
    }
}

fn required<'a>(field: &str, raw: Option<&'a RawValue>) -> Result<&'a RawValue, BadRequest> {
    raw.map_or_else(|| bad(format!("{field} is missing")), Ok)
}

fn text(field: &str, raw: &RawValue) -> Result<String, BadRequest> {
    serde_json::from_str(raw.get()).or_else(|_| bad(format!("{field} must be a string")))
}

fn required_text(field: &str, raw: Option<&RawValue>) -> Result<String, BadRequest> {
    text(field, required(field, raw)?)
}

fn money(raw: &RawValue) -> Result<Kopecks, BadRequest> {
    if raw.get().starts_with('"') {
        return bad("sum must be a number, not a string");
    }
    raw.get().parse().or_else(|error| bad(format!("sum {error}")))
}

/// A name to filter by; `any` and an empty one filter nothing.
fn filter<N>(
    field: &str,
    raw: Option<&RawValue>,
    parse: impl Fn(&str) -> Result<N, NameError>,
) -> Result<Option<N>, BadRequest> {
    let Some(raw) = raw else { return Ok(None) };
    let name = text(field, raw)?;
    if name.trim().is_empty() || name.trim().eq_ignore_ascii_case(ANY) {
        return Ok(None);
    }
    parse(&name).map(Some).or_else(|error| bad(format!("{field} {error}")))
}

fn prefixes(raw: &RawValue) -> Result<Exclusions, BadRequest> {
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    deserializer.deserialize_seq(PrefixList).or_else(|error| {
        // serde_json adds where it happened; the position inside a field says nothing to the caller.
        let sentence = error.to_string();
        let sentence = sentence.split(" at line ").next().unwrap_or_default();
        let known = sentence.starts_with("exceptionPhoneSet");
        bad(if known {
            sentence
        } else {
            "exceptionPhoneSet must be a list of prefixes"
        })
    })
}

struct PrefixList;

impl<'de> Visitor<'de> for PrefixList {
    type Value = Exclusions;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of prefixes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Exclusions, A::Error> {
        let mut prefixes = Vec::new();
        let mut count = 0;
        while let Some(Entry(prefix)) = entries.next_element()? {
            count += 1;
            if count > PREFIXES_MAX {
                return Err(de::Error::custom(format!(
                    "exceptionPhoneSet has more than {PREFIXES_MAX} entries"
                )));
            }
            prefixes.extend(prefix);
        }
        Ok(Exclusions::new(prefixes))
    }
}

/// An entry of exceptionPhoneSet: an integer or a digit string. `None`: longer than any number.
struct Entry(Option<Prefix>);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

const NOT_DIGITS: &str =
    "exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)";

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a prefix")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Entry, E> {
        Ok(Entry(Prefix::from_integer(value)))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Entry, E> {
        Prefix::parse(value).map(Entry).map_err(|_| E::custom(NOT_DIGITS))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Entry, E> {
        Err(E::custom(NOT_DIGITS))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Entry, E> {
        Err(E::custom(NOT_DIGITS))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Entry, E> {
        Err(E::custom(NOT_DIGITS))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Entry, E> {
        Err(E::custom(NOT_DIGITS))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Entry, A::Error> {
        Err(de::Error::custom(NOT_DIGITS))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, _: A) -> Result<Entry, A::Error> {
        Err(de::Error::custom(NOT_DIGITS))
    }
}
