//! A row of an import: its fields as they were written, and as they are parsed.

use super::SlotChange;
use crate::domain::country::CountryNames;
use crate::domain::gateway::GatewayName;
use crate::domain::number::Hold;
use crate::domain::phone::{PhoneError, PhoneNumber};
use crate::domain::sms::{InvalidSlot, Slot};
use crate::domain::wire_name::{CountryName, InvalidName, OperatorName};

/// The operator of a number for which none is given: Onlinesim's name for operators without a name of their own.
pub const OPERATOR_UNKNOWN: &str = "other";

/// The most bytes of one row (rule 12). The longest valid one has some 1,500.
pub const ROW_BYTES_MAX: usize = 4096;

/// A row as the partner wrote it. A field that is missing is empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ImportRow {
    /// The number, in any common spelling.
    pub number: String,
    /// Onlinesim's name of the country; empty: derived from the number.
    pub country: String,
    /// The operator; empty: [`OPERATOR_UNKNOWN`].
    pub operator: String,
    /// The gateway's name.
    pub gateway: String,
    /// The line of the gateway that the number is assigned to; empty: stays as it is.
    pub line: String,
}

/// Why a row is refused. The message begins with the field's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRow {
    /// It is longer than [`ROW_BYTES_MAX`].
    #[error("the row is longer than {ROW_BYTES_MAX} bytes; is a quotation mark left open?")]
    TooLong,
    /// It has another number of fields than the header.
    #[error("the row has {fields} fields, the header {header}")]
    Fields {
        /// The fields of the row.
        fields: usize,
        /// The columns of the header.
        header: usize,
    },
    /// It is not UTF-8.
    #[error("the row is not UTF-8: save the file as \"CSV UTF-8\"")]
    NotUtf8,
    /// It is not a JSON object with the fields of a row.
    #[error("{0}")]
    NotAnObject(String),
    /// The field is empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// It is not a phone number.
    #[error("number: {0}")]
    Number(PhoneError),
    /// It is not a valid name.
    #[error("country: {0}")]
    Country(InvalidName),
    /// Onlinesim has no country of that name.
    #[error("country: no country has that name")]
    CountryNotListed(CountryName),
    /// None was given, and it cannot be derived from the number.
    #[error("country is missing, and the number's calling code belongs to none")]
    CountryUnknown,
    /// It is not a valid name.
    #[error("operator: {0}")]
    Operator(InvalidName),
    /// No gateway has that name.
    #[error("gateway: there is none of that name")]
    GatewayUnknown,
    /// It is not a valid name.
    #[error("line {0}")]
    Line(InvalidSlot),
    /// A line belongs to one number.
    #[error("line: another number of the gateway has it")]
    LineTaken,
    /// A rented number cannot move: its renter needs its gateway, country and operator.
    #[error("number is rented; try again when its operation is closed")]
    Rented,
    /// It cannot be enabled or moved as long as that holds it, nor imported after it was given back.
    #[error("number {}", .0.reason())]
    Held(Hold),
}

impl InvalidRow {
    /// The message for the caller, with the name of the country that was probably meant. Finding that takes some 50 us, so
    /// call it only for rows that are shown.
    #[must_use]
    pub fn message(&self, countries: &CountryNames) -> String {
        match self {
            Self::CountryNotListed(name) => match countries.nearest(name) {
                Some(nearest) => format!("{self}; did you mean {nearest}?"),
                None => format!("{self}: write it in English, such as sweden"),
            },
            _ => self.to_string(),
        }
    }
}

/// A row with parsed and complete fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportEntry {
    /// The number.
    pub number: PhoneNumber,
    /// Its country.
    pub country: CountryName,
    /// Its operator.
    pub operator: OperatorName,
    /// Its gateway, which may not exist.
    pub gateway: GatewayName,
    /// Its line.
    pub line: SlotChange,
    /// The country to which the number's prefix belongs, where that is not its country.
    pub prefix_country: Option<CountryName>,
}

impl ImportRow {
    /// Parses the fields, and fills in what may be missing.
    pub fn parse(self, countries: &CountryNames) -> Result<ImportEntry, InvalidRow> {
        let is_empty = |text: &str| text.trim().is_empty();
        if is_empty(&self.number) {
            return Err(InvalidRow::Missing("number"));
        }
        let number: PhoneNumber = self.number.parse().map_err(InvalidRow::Number)?;
        let country = if is_empty(&self.country) {
            countries
                .of_number(&number.digits())
                .ok_or(InvalidRow::CountryUnknown)?
        } else {
            parse_country(&self.country, countries)?
        };
        let operator = if is_empty(&self.operator) {
            OPERATOR_UNKNOWN
        } else {
            &self.operator
        };
        let operator = parse_operator(operator)?;
        let prefix_country = countries.contradiction(&number.digits(), &country);
        let line = if is_empty(&self.line) {
            SlotChange::Keep
        } else {
            SlotChange::Put(Slot::parse(&self.line).map_err(InvalidRow::Line)?)
        };
        match self.gateway.trim() {
            "" => Err(InvalidRow::Missing("gateway")),
            gateway => Ok(ImportEntry {
                number,
                country,
                operator,
                gateway: GatewayName::parse(gateway).map_err(|_| InvalidRow::GatewayUnknown)?,
                line,
                prefix_country,
            }),
        }
    }
}

/// The country of that name, if Onlinesim has it.
pub fn parse_country(text: &str, countries: &CountryNames) -> Result<CountryName, InvalidRow> {
    let name = CountryName::parse(text).map_err(InvalidRow::Country)?;
    countries.listed(&name).ok_or(InvalidRow::CountryNotListed(name))
}

/// The operator of that name; Onlinesim publishes no list of them.
pub fn parse_operator(text: &str) -> Result<OperatorName, InvalidRow> {
    OperatorName::parse(text).map_err(InvalidRow::Operator)
}
