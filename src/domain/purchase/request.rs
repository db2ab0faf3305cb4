//! What is asked of a wholesaler.

use super::outcome::SuppliedNumber;
use crate::domain::phone::PhoneNumber;

/// What travels with a purchase, so that it can be found again when its answer is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseMark(String);

impl PurchaseMark {
    /// The mark of a line. Ids are not used twice, so neither is a mark.
    #[must_use]
    pub fn of_line(line: super::LineId) -> Self {
        Self(format!("leaseline-{}", line.0))
    }

    /// As it travels.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One call that buys. No `Debug`: the addresses in it hold secrets (rule 11).
#[derive(Clone, PartialEq, Eq)]
pub struct PurchaseRequest {
    /// Finds it again.
    pub mark: PurchaseMark,
    /// What is bought.
    pub selection: Selection,
    /// Where the number's SMS are to be sent, where a purchase can say that.
    pub sms_url: Option<String>,
    /// Where the supplier reports that it filled the order, where a purchase can say that.
    pub status_url: Option<String>,
    /// The options of this supplier, by name; each was checked against [`super::options`].
    pub options: Vec<(String, String)>,
    /// For a look-up.
    pub others: OtherPurchases,
}

/// What a look-up that has no number to go by has to know of other purchases: a number of ours that none of them has is the one
/// that is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OtherPurchases {
    /// The numbers of other lines at this supplier.
    pub numbers: Vec<PhoneNumber>,
    /// Whether another purchase without a number is unknown, too, so that a number may be either's.
    pub is_another_unknown: bool,
}

/// Which number is bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// This one.
    Number {
        /// The number.
        number: PhoneNumber,
        /// Whether the supplier may buy it from another provider.
        external: bool,
    },
    /// This one, at the price with that id (Multitel v3).
    Priced {
        /// The number.
        number: PhoneNumber,
        /// The price's id at the supplier.
        price_uuid: String,
    },
    /// Any one (CarrierX).
    Random,
    /// The first one that meets all conditions (CarrierX).
    Filter(Vec<FilterPart>),
    /// So many of a place, filled by people (CM.com).
    Area(AreaSelection),
    /// This one, which was given back (Multitel v3): not bought, but restored.
    Restored {
        /// The number.
        number: PhoneNumber,
    },
}

/// A condition: an attribute of a number, and what it equals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterPart {
    /// The attribute.
    pub field: FilterField,
    /// What it equals.
    pub value: String,
}

/// What numbers can be filtered by at CarrierX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum FilterField {
    /// ISO 3166-1 alpha-3.
    CountryCode,
    /// A state of the USA, by its two letters.
    State,
    /// A town, in capitals.
    Locality,
    /// Area code of the North American plan.
    Npa,
    /// Area code and exchange.
    NpaNxx,
}

/// A value that an attribute cannot have. It does not repeat the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} must be {expected}")]
pub struct InvalidFilterValue {
    /// The attribute.
    pub field: FilterField,
    /// What it takes.
    pub expected: &'static str,
}

/// A longer town is not filtered by.
const LOCALITY_CHARACTERS_MAX: usize = 64;

impl FilterField {
    /// Checks a value. None that passes has a character that ends a text in the filter.
    pub fn check(self, value: &str) -> Result<(), InvalidFilterValue> {
        let consists_of =
            |length, is_allowed: fn(&u8) -> bool| value.len() == length && value.bytes().all(|byte| is_allowed(&byte));
        let (fits, expected) = match self {
            Self::CountryCode => (
                consists_of(3, u8::is_ascii_uppercase),
                "the three capital letters of a country, such as SWE",
            ),
            Self::State => (
                consists_of(2, u8::is_ascii_uppercase),
                "the two capital letters of a state, such as NY",
            ),
            Self::Npa => (consists_of(3, u8::is_ascii_digit), "three digits"),
            Self::NpaNxx => (consists_of(6, u8::is_ascii_digit), "six digits"),
            Self::Locality => (
                (1..=LOCALITY_CHARACTERS_MAX).contains(&value.chars().count())
                    && !value.chars().any(|one| one.is_control() || matches!(one, '"' | '\\')),
                "a text of at most 64 characters without quotes, backslashes and control characters",
            ),
        };
        match fits {
            true => Ok(()),
            false => Err(InvalidFilterValue { field: self, expected }),
        }
    }
}

/// Numbers of a place. All names and their meaning are those of CM.com's number request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AreaSelection {
    /// How many numbers: 1 to 1000.
    pub quantity: u32,
    /// The numbers of one range, where ranges are asked for.
    pub range_size: Option<u32>,
    /// The type of number.
    pub number_type: Option<String>,
    /// Its area code; this or a city has to be given.
    pub area_code: Option<String>,
    /// Its city.
    pub city: Option<String>,
    /// Its region, in North America only.
    pub region: Option<String>,
    /// What the supplier's staff reads, besides our mark.
    pub comment: Option<String>,
}

/// Which numbers are looked for. No bound on price: what costs too much is shown, and not bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferSearch {
    /// The country, ISO 3166-1 alpha-2, capitals.
    pub country: String,
    /// Its calling code, or more of the number: digits.
    pub prefix: String,
    /// Digits that occur in the number.
    pub contains: Option<String>,
    /// Whether numbers of other providers are looked for, too.
    pub external: bool,
    /// The most numbers to return.
    pub limit: usize,
}

impl AreaSelection {
    /// The most numbers that one line can turn out to be. Whether `quantity` counts numbers or ranges is not documented: it is
    /// taken to count ranges, so that too little is bought rather than too much (inferred).
    #[must_use]
    pub fn numbers_per_line(&self) -> u32 {
        self.range_size.unwrap_or(1).max(1)
    }
}

impl OfferSearch {
    /// Whether a number has the digits that are looked for.
    #[must_use]
    pub fn is_met_by(&self, number: PhoneNumber) -> bool {
        let digits = number.digits();
        digits.starts_with(&self.prefix) && self.contains.as_ref().is_none_or(|some| digits.contains(some))
    }
}

/// A number that is ours at a supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedNumber {
    /// The number.
    pub number: PhoneNumber,
    /// The supplier's key for it, where that is not the number.
    pub reference: Option<String>,
}

impl From<&SuppliedNumber> for OwnedNumber {
    fn from(supplied: &SuppliedNumber) -> Self {
        Self {
            number: supplied.number,
            reference: supplied.reference.clone(),
        }
    }
}

impl Selection {
    /// The number that is asked for, if it is a certain one.
    #[must_use]
    pub const fn number(&self) -> Option<PhoneNumber> {
        match self {
            Self::Number { number, .. } | Self::Priced { number, .. } | Self::Restored { number } => Some(*number),
            Self::Random | Self::Filter(_) | Self::Area(_) => None,
        }
    }
}
