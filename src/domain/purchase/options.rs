//! The options of a purchase that a supplier documents, besides those that we set ourselves.

use super::SupplierName;

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionValue {
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A whole number from and to.
    Number(u32, u32),
    /// A text of so many characters at most.
    Text(usize),
}

/// An option: its name at the supplier, and what it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurchaseOption {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it takes.
    pub value: OptionValue,
}

/// Why an option cannot be sent. It does not repeat the value, which may be a password in a URI.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPurchaseOption {
    /// The supplier has no option of that name.
    #[error("{supplier} has no option of that name; it has {}", known(*supplier))]
    Unknown {
        /// The supplier.
        supplier: SupplierName,
    },
    /// The value is not one of those that are documented.
    #[error("must be {}", expected(*value))]
    Value {
        /// What the option takes.
        value: OptionValue,
    },
}

const SWITCH: OptionValue = OptionValue::OneOf(&["0", "1"]);
const TEXT_CHARACTERS_MAX: usize = 255;
const TEXT: OptionValue = OptionValue::Text(TEXT_CHARACTERS_MAX);

const fn option(name: &'static str, value: OptionValue) -> PurchaseOption {
    PurchaseOption { name, value }
}

/// RentNumber's, but for those that carry SMS (documented; the form of `autorenew` and `overflow` is inferred).
const MULTITEL_V3: &[PurchaseOption] = &[
    option("description", TEXT),
    option("uri", TEXT),
    option("uri2", TEXT),
    option("uri3", TEXT),
    option("ringtype", OptionValue::OneOf(&["1", "2", "7", "15"])),
    option("autorenew", SWITCH),
    option("overflow", SWITCH),
];

/// BuyNumbers', but for those that carry SMS, the credentials, the number and `SID`, which is in the configuration.
const MULTITEL: &[PurchaseOption] = &[
    option("Description", TEXT),
    option("Type", OptionValue::OneOf(&["1", "2"])),
    option("RingType", OptionValue::OneOf(&["1", "2", "3"])),
    option("Ringstyle", OptionValue::OneOf(&["1", "2"])),
    option("URI", TEXT),
    option("URI2", TEXT),
    option("URI3", TEXT),
    option("FaxDetect", SWITCH),
    option("FaxEmail", TEXT),
    option("FaxRing", OptionValue::Number(0, 3600)),
    option("Vm", SWITCH),
    option("Vmring", OptionValue::Number(0, 3600)),
    option("Vms2t", SWITCH),
    option("Vmemail", TEXT),
    option("Cnam", SWITCH),
    option("Record", SWITCH),
    option("Screening", SWITCH),
    option("Channels", OptionValue::Number(1, 10_000)),
    option("Atcd", SWITCH),
];

/// The options of a supplier.
#[must_use]
pub const fn options(supplier: SupplierName) -> &'static [PurchaseOption] {
    match supplier {
        SupplierName::MultitelV3 => MULTITEL_V3,
        SupplierName::Multitel => MULTITEL,
        SupplierName::Cm | SupplierName::CarrierX => &[],
    }
}

/// Checks one option.
pub fn check(supplier: SupplierName, name: &str, value: &str) -> Result<(), InvalidPurchaseOption> {
    let known = options(supplier).iter().find(|option| option.name == name);
    let option = known.ok_or(InvalidPurchaseOption::Unknown { supplier })?;
    let fits = match option.value {
        OptionValue::OneOf(values) => values.contains(&value),
        OptionValue::Number(from, to) => value.parse().is_ok_and(|number: u32| (from..=to).contains(&number)),
        OptionValue::Text(max) => value.chars().count() <= max && !value.chars().any(char::is_control),
    };
    match fits {
        true => Ok(()),
        false => Err(InvalidPurchaseOption::Value { value: option.value }),
    }
}

fn known(supplier: SupplierName) -> String {
    let names: Vec<&str> = options(supplier).iter().map(|option| option.name).collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}

fn expected(value: OptionValue) -> String {
    match value {
        OptionValue::OneOf(values) => format!("one of {}", values.join(", ")),
        OptionValue::Number(from, to) => format!("a whole number from {from} to {to}"),
        OptionValue::Text(max) => format!("a text of at most {max} characters without control characters"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_those_of_the_documentation() {
        // 25 fields, of which six are ours to fill: two credentials, number, SMSRingType, SMSURI, SID.
        assert_eq!(options(SupplierName::Multitel).len(), 25 - 6);
        // Nine, of which two carry SMS.
        assert_eq!(options(SupplierName::MultitelV3).len(), 9 - 2);
    }

    #[test]
    fn a_value_that_is_not_documented_is_refused_without_being_repeated() {
        let refused = |supplier, name, value| check(supplier, name, value).unwrap_err().to_string();
        for (name, value) in [
            ("ringtype", "15"),
            ("autorenew", "1"),
            ("uri", "{E164}@sip.example.com"),
        ] {
            assert_eq!(check(SupplierName::MultitelV3, name, value), Ok(()), "{name}");
        }
        assert_eq!(
            refused(SupplierName::MultitelV3, "ringtype", "3"),
            "must be one of 1, 2, 7, 15"
        );
        assert_eq!(
            refused(SupplierName::MultitelV3, "smsuri", "x"),
            "multitel-v3 has no option of that name; it has description, uri, uri2, uri3, ringtype, autorenew, overflow"
        );
        assert_eq!(
            refused(SupplierName::CarrierX, "ringtype", "1"),
            "carrierx has no option of that name; it has none"
        );
        for value in ["-1", "3601", "1.5", ""] {
            assert_eq!(
                refused(SupplierName::Multitel, "FaxRing", value),
                "must be a whole number from 0 to 3600"
            );
        }
        assert!(check(SupplierName::Multitel, "URI", "a\r\nb").is_err());
    }
}
