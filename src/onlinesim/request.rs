//! Onlinesim's requests, parsed strictly: every refusal names the field.
//!
//! All three requests share one JSON object. Its known fields are kept as raw JSON and parsed one by one, so that numbers
//! are exact and an error names the field. Unknown fields are accepted.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::domain::exclusion::{Exclusions, Prefix};
use crate::domain::money::Kopecks;
use crate::domain::operation::{Finish, OperationId};
use crate::domain::stock::StockFilter;
use crate::domain::wire_name::{ANY, CountryName, InvalidName, OperatorName};
use crate::flow::finish_operation::FinishRequest;
use crate::flow::rent_number::RentRequest;

/// The action of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// How many numbers can be rented.
    GetServices,
    /// Rent a number.
    GetNumber,
    /// Close an operation.
    FinishActivation,
}

impl Action {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GetServices => "GET_SERVICES",
            Self::GetNumber => "GET_NUMBER",
            Self::FinishActivation => "FINISH_ACTIVATION",
        }
    }
}

/// A request that violates the protocol; the message names the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidField(pub String);

fn bad<T>(message: impl Into<String>) -> Result<T, InvalidField> {
    Err(InvalidField(message.into()))
}

/// The body of any of the requests; fields are raw JSON, `null` counts as missing. No `Debug`: it holds the key (rule 11).
#[derive(Deserialize)]
pub struct RequestFields<'a> {
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

impl<'a> RequestFields<'a> {
    /// Parses a body, without a byte order mark.
    pub fn parse(body: &'a [u8]) -> Result<Self, InvalidField> {
        let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => {}
            Some(_) => return bad("the body must be a JSON object"),
            None => return bad("the body is empty: it must be a JSON object"),
        }
        serde_json::from_slice(body).or_else(|error| bad(format!("the body is not valid JSON: {error}")))
    }

    /// The key; `None` when it is missing.
    pub fn key(&self) -> Result<Option<String>, InvalidField> {
        self.key.map(|raw| text("key", raw)).transpose()
    }

    /// The action.
    pub fn action(&self) -> Result<Action, InvalidField> {
        let name = required_text("action", self.action)?;
        [Action::GetServices, Action::GetNumber, Action::FinishActivation]
            .into_iter()
            .find(|action| action.as_str() == name)
            .map_or_else(
                || bad("action must be GET_SERVICES, GET_NUMBER or FINISH_ACTIVATION"),
                Ok,
            )
    }

    /// The fields of GET_NUMBER; `prefixes_max` bounds `exceptionPhoneSet` (rule 12).
    pub fn get_number(&self, prefixes_max: usize) -> Result<RentRequest, InvalidField> {
        self.service_is_rent()?;
        let price = money(required("sum", self.sum)?)?;
        let exclusions = self
            .exception_phone_set
            .map_or_else(|| Ok(Exclusions::default()), |raw| prefixes(raw, prefixes_max))?;
        let country = filter("country", self.country, CountryName::parse)?;
        let operator = filter("operator", self.operator, OperatorName::parse)?;
        Ok(RentRequest {
            filter: StockFilter { country, operator },
            exclusions,
            price,
        })
    }

    /// The fields of FINISH_ACTIVATION. `sum` is the amount that is credited (status 3); with other statuses it is ignored.
    pub fn finish_activation(&self) -> Result<FinishRequest, InvalidField> {
        self.service_is_rent()?;
        let activation_id = required("activationId", self.activation_id)?;
        let operation = serde_json::from_str(activation_id.get())
            .ok()
            .and_then(OperationId::new);
        let Some(operation) = operation else {
            return bad("activationId must be an integer of 1 or more");
        };
        let status: Option<i64> = serde_json::from_str(required("status", self.status)?.get()).ok();
        let finish = match status {
            Some(1) => Finish::NotOrdered,
            Some(3) => Finish::Sold(money(required("sum", self.sum)?)?),
            Some(4) => Finish::Cancelled,
            Some(5) => Finish::Refunded,
            _ => return bad("status must be one of the integers 1, 3, 4 and 5"),
        };
        Ok(FinishRequest { operation, finish })
    }

    fn service_is_rent(&self) -> Result<(), InvalidField> {
        match required_text("service", self.service)?.as_str() {
            "rent" => Ok(()),
            _ => bad("service must be rent"),
        }
    }
}

fn required<'a>(field: &str, raw: Option<&'a RawValue>) -> Result<&'a RawValue, InvalidField> {
    raw.map_or_else(|| bad(format!("{field} is missing")), Ok)
}

fn text(field: &str, raw: &RawValue) -> Result<String, InvalidField> {
    serde_json::from_str(raw.get()).or_else(|_| bad(format!("{field} must be a string")))
}

fn required_text(field: &str, raw: Option<&RawValue>) -> Result<String, InvalidField> {
    text(field, required(field, raw)?)
}

fn money(raw: &RawValue) -> Result<Kopecks, InvalidField> {
    if raw.get().starts_with('"') {
        return bad("sum must be a number, not a string");
    }
    raw.get().parse().or_else(|error| bad(format!("sum {error}")))
}

/// A name to filter by; `any` and an empty one filter nothing.
fn filter<N>(
    field: &str,
    raw: Option<&RawValue>,
    parse: impl Fn(&str) -> Result<N, InvalidName>,
) -> Result<Option<N>, InvalidField> {
    let Some(raw) = raw else { return Ok(None) };
    let name = text(field, raw)?;
    if name.trim().is_empty() || name.trim().eq_ignore_ascii_case(ANY) {
        return Ok(None);
    }
    parse(&name).map(Some).or_else(|error| bad(format!("{field} {error}")))
}

fn prefixes(raw: &RawValue, most: usize) -> Result<Exclusions, InvalidField> {
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    deserializer.deserialize_seq(PrefixList { most }).or_else(|error| {
        // serde_json appends the position, but inside a field it does not help the caller.
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        let known = message.starts_with("exceptionPhoneSet");
        bad(if known {
            message
        } else {
            "exceptionPhoneSet must be a list of prefixes"
        })
    })
}

/// Each entry is an integer of any length or a digit string.
struct PrefixList {
    most: usize,
}

const NOT_DIGITS: &str =
    "exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)";

impl<'de> Visitor<'de> for PrefixList {
    type Value = Exclusions;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of prefixes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Exclusions, A::Error> {
        let mut prefixes = Vec::new();
        let mut count = 0;
        while let Some(entry) = entries.next_element::<&RawValue>()? {
            count += 1;
            if count > self.most {
                let most = self.most;
                return Err(de::Error::custom(format!(
                    "exceptionPhoneSet has more than {most} entries"
                )));
            }
            let prefix = prefix(entry.get()).ok_or_else(|| de::Error::custom(NOT_DIGITS))?;
            prefixes.extend(prefix);
        }
        Ok(Exclusions::new(prefixes))
    }
}

/// `None`: not digits; `Some(None)`: longer than any number, so that it excludes nothing.
fn prefix(json: &str) -> Option<Option<Prefix>> {
    let read = |text: &str| Prefix::parse(text).ok();
    if !json.starts_with('"') {
        // An integer has no sign and no leading zeros.
        return json
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| read(json))
            .flatten();
    }
    read(&serde_json::from_str::<Cow<'_, str>>(json).ok()?)
}
