//! Rows of an import as a JSON array of `{"number","country"?,"operator"?,"gateway","line"?}`; `number` and `line`
//! are strings or integers.

use std::fmt::Display;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Deserializer;
use serde_json::value::RawValue;

use crate::domain::inventory::{ImportRow, InvalidRow, ROW_BYTES_MAX};
use crate::flow::import_numbers::ImportLine;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonRowFields<'a> {
    #[serde(borrow)]
    number: Option<&'a RawValue>,
    #[serde(borrow)]
    country: Option<&'a RawValue>,
    #[serde(borrow)]
    operator: Option<&'a RawValue>,
    #[serde(borrow)]
    gateway: Option<&'a RawValue>,
    #[serde(borrow)]
    line: Option<&'a RawValue>,
}

/// The rows of the array, numbered from 1. The syntax of the array is checked as a whole; its elements are parsed one by one,
/// so that an invalid element rejects only its row.
#[derive(Clone)]
pub struct JsonRows<'a> {
    /// Begins with the `[` or `,` before the next element.
    rest: &'a str,
    line: u64,
}

impl<'a> JsonRows<'a> {
    /// Checks the syntax of the array.
    ///
    /// # Errors
    /// The body is not a JSON array.
    pub fn new(body: &'a [u8]) -> Result<Self, String> {
        if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'[') {
            return Err("the body must be a JSON array of numbers".to_owned());
        }
        let wrong = |error: &dyn Display| format!("the body must be a JSON array of numbers: {error}");
        let rest = std::str::from_utf8(body).map_err(|error| wrong(&error))?;
        // The elements are not kept.
        let _read: Vec<IgnoredAny> = serde_json::from_str(rest).map_err(|error| wrong(&error))?;
        Ok(Self { rest, line: 0 })
    }
}

impl Iterator for JsonRows<'_> {
    type Item = ImportLine;

    fn next(&mut self) -> Option<ImportLine> {
        let rest = self.rest.trim_start().strip_prefix(['[', ','])?;
        let mut elements = Deserializer::from_str(rest).into_iter::<&RawValue>();
        // An error is the end of an empty array: the syntax was checked.
        let element = elements.next()?.ok()?;
        self.rest = &rest[elements.byte_offset()..];
        self.line += 1;
        let row = row(element.get());
        Some(ImportLine { line: self.line, row })
    }
}

fn row(element: &str) -> Result<ImportRow, InvalidRow> {
    if element.len() > ROW_BYTES_MAX {
        return Err(InvalidRow::TooLong);
    }
    fields(element).map_err(InvalidRow::NotAnObject)
}

fn fields(element: &str) -> Result<ImportRow, String> {
    // A derived `Deserialize` also accepts an array of the fields in their order.
    if !element.starts_with('{') {
        return Err(
            "the element must be an object such as {\"number\":\"46701234567\",\"gateway\":\"bank1\"}".to_owned(),
        );
    }
    let fields: JsonRowFields = serde_json::from_str(element).map_err(|error| {
        // The position inside the element does not help the caller.
        let message = error.to_string();
        message.split(" at line ").next().unwrap_or_default().to_owned()
    })?;
    Ok(ImportRow {
        number: text_or_integer("number", fields.number)?,
        country: text("country", fields.country)?,
        operator: text("operator", fields.operator)?,
        gateway: text("gateway", fields.gateway)?,
        line: text_or_integer("line", fields.line)?,
    })
}

/// A string, or an integer as its digits. A number with an exponent is kept: its own error explains more.
fn text_or_integer(field: &str, value: Option<&RawValue>) -> Result<String, String> {
    match value.map(RawValue::get) {
        Some(number) if is_integer(number) || is_exponential(number) => Ok(number.to_owned()),
        _ => text(field, value),
    }
}

fn is_integer(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_exponential(value: &str) -> bool {
    value.starts_with(|first: char| first.is_ascii_digit()) && value.contains(['e', 'E'])
}

fn text(field: &str, value: Option<&RawValue>) -> Result<String, String> {
    value.map_or_else(
        || Ok(String::new()),
        |value| serde_json::from_str(value.get()).map_err(|_| format!("{field} must be a string")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_accepted_or_refused_by_itself() {
        let body = br#" [{"number":46701234567,"gateway":"a","country":null},
            {"number":"+46","gateway":"a","operator":"telia","country":"sweden","line":7},
            {"number":4.5,"gateway":"a"}, 7, {"number":"46","gatewai":"a"}, {"number":"46","gateway":["a"]}, {},
            ["46701234567", null, null, "a"], {"number":"46","number":"47"}] "#;
        let read: Vec<_> = JsonRows::new(body).unwrap().map(|line| (line.line, line.row)).collect();
        assert_eq!(read.len(), 9);
        let first = read[0].1.as_ref().ok().unwrap();
        assert_eq!((first.number.as_str(), first.country.as_str()), ("46701234567", ""));
        let second = read[1].1.as_ref().ok().unwrap();
        assert_eq!((second.operator.as_str(), second.line.as_str()), ("telia", "7"));
        for (place, field) in [
            (2, "number"),
            (3, "object"),
            (4, "gatewai"),
            (5, "gateway"),
            (7, "object"),
            (8, "number"),
        ] {
            let (line, row) = &read[place];
            let reason = row.as_ref().err().unwrap().to_string();
            assert_eq!(*line, u64::try_from(place).unwrap() + 1);
            assert!(reason.contains(field), "{field}: {reason}");
        }
        assert!(read[6].1.is_ok());
    }

    #[test]
    fn what_is_not_an_array_is_refused() {
        for body in ["", "{}", "[", "[1,]", "[] x", "[1 2]", "[{]"] {
            assert!(JsonRows::new(body.as_bytes()).is_err(), "{body}");
        }
        assert!(JsonRows::new(b"[\"\xff\"]").is_err());
    }

    #[test]
    fn elements_follow_each_other_in_any_spelling() {
        for (body, count) in [
            ("[]", 0),
            (" [ ] ", 0),
            ("[1]", 1),
            ("[1,\n[2] ,\"]\",{} , null\t]\n", 5),
        ] {
            let lines: Vec<u64> = JsonRows::new(body.as_bytes()).unwrap().map(|line| line.line).collect();
            assert_eq!(lines, (1..=count).collect::<Vec<_>>(), "{body}");
        }
    }

    #[test]
    fn rule_12_an_element_is_bounded_and_a_number_of_a_spreadsheet_is_left_as_it_is() {
        let long = "x".repeat(ROW_BYTES_MAX);
        let body = format!("[{{\"number\":\"{long}\"}},{{\"number\":4.67E+10}}]");
        let read: Vec<_> = JsonRows::new(body.as_bytes()).unwrap().map(|line| line.row).collect();
        assert!(read[0] == Err(InvalidRow::TooLong));
        assert_eq!(read[1].as_ref().ok().unwrap().number, "4.67E+10");
    }
}
