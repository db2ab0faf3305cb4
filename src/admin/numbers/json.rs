//! Rows of an import as a JSON array of `{"number","country"?,"operator"?,"gateway","line"?}`; `number` and `line`
//! are strings or integers.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::inventory::Row;
use crate::flow::import_numbers::Line;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields<'a> {
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

/// The rows of the array, each with its place in it, from 1. The array is looked through as a whole, its elements are
/// read one by one, so an element that is wrong is a row that is not taken.
///
/// # Errors
/// The body is no JSON array: a sentence.
pub fn rows(body: &[u8]) -> Result<impl Iterator<Item = Line> + Send, String> {
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'[') {
        return Err("the body must be a JSON array of numbers".to_owned());
    }
    let elements: Vec<&RawValue> =
        serde_json::from_slice(body).map_err(|error| format!("the body must be a JSON array of numbers: {error}"))?;
    Ok((1..).zip(elements).map(|(line, element)| Line {
        line,
        row: row(element),
    }))
}

fn row(element: &RawValue) -> Result<Row, String> {
    // A derived reader takes an array for an object, too: its fields in their order.
    if !element.get().starts_with('{') {
        return Err(
            "the element must be an object such as {\"number\":\"46701234567\",\"gateway\":\"bank1\"}".to_owned(),
        );
    }
    let fields: Fields = serde_json::from_str(element.get()).map_err(|error| {
        // Where it happened inside the element says nothing to the caller.
        let sentence = error.to_string();
        sentence.split(" at line ").next().unwrap_or_default().to_owned()
    })?;
    Ok(Row {
        number: word("number", fields.number)?,
        country: text("country", fields.country)?,
        operator: text("operator", fields.operator)?,
        gateway: text("gateway", fields.gateway)?,
        line: word("line", fields.line)?,
    })
}

/// A string, or an integer as its digits.
fn word(field: &str, value: Option<&RawValue>) -> Result<String, String> {
    match value.map(RawValue::get) {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok(digits.to_owned()),
        _ => text(field, value),
    }
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
    fn an_element_is_read_or_refused_by_itself() {
        let body = br#" [{"number":46701234567,"gateway":"a","country":null},
            {"number":"+46","gateway":"a","operator":"telia","country":"sweden","line":7},
            {"number":4.5,"gateway":"a"}, 7, {"number":"46","gatewai":"a"}, {"number":"46","gateway":["a"]}, {},
            ["46701234567", null, null, "a"], {"number":"46","number":"47"}] "#;
        let read: Vec<_> = rows(body).unwrap().map(|line| (line.line, line.row)).collect();
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
            let reason = row.as_ref().err().unwrap();
            assert_eq!(*line, u64::try_from(place).unwrap() + 1);
            assert!(reason.contains(field), "{field}: {reason}");
        }
        assert!(read[6].1.is_ok());
    }

    #[test]
    fn what_is_no_array_is_refused() {
        for body in ["", "{}", "[", "[1,]", "[] x"] {
            assert!(rows(body.as_bytes()).is_err(), "{body}");
        }
    }
}
