//! CarrierX's filters: `attribute operator value`, joined by `and` only; values may stand in single or double quotes.

use serde_json::Value;

/// What is not a filter.
#[derive(Debug, PartialEq, Eq)]
pub struct BadFilter;

/// Whether a number meets a filter.
pub fn is_met(filter: &str, did: &Value) -> Result<bool, BadFilter> {
    let tokens = tokens(filter)?;
    let mut is_met = true;
    let mut rest = tokens.as_slice();
    loop {
        let [attribute, operator, value, behind @ ..] = rest else {
            return Err(BadFilter);
        };
        let found = attribute.split('.').try_fold(did, |value, name| value.get(name));
        is_met &= compare(found.unwrap_or(&Value::Null), operator, value)?;
        match behind {
            [] => return Ok(is_met),
            [and, behind @ ..] if and == "and" => rest = behind,
            _ => return Err(BadFilter),
        }
    }
}

fn tokens(filter: &str) -> Result<Vec<String>, BadFilter> {
    let mut tokens = Vec::new();
    let mut rest = filter.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, behind) = match first {
            '"' | '\'' => rest[1..].split_once(first).ok_or(BadFilter)?,
            _ => rest.split_once(' ').unwrap_or((rest, "")),
        };
        // A value ends at a space.
        let is_quoted = matches!(first, '"' | '\'');
        if is_quoted && !behind.is_empty() && !behind.starts_with(' ') {
            return Err(BadFilter);
        }
        tokens.push(token.to_owned());
        rest = behind.trim_start();
    }
    Ok(tokens)
}

fn compare(found: &Value, operator: &str, value: &str) -> Result<bool, BadFilter> {
    let text = match found {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let number = || value.parse::<u64>().map_err(|_| BadFilter);
    Ok(match operator {
        "eq" => text == value,
        "like" => is_like(&text, value),
        "ilike" => is_like(&text.to_lowercase(), &value.to_lowercase()),
        "gt" => found.as_u64() > Some(number()?),
        "ge" => found.as_u64() >= Some(number()?),
        "bit" => found.as_u64().unwrap_or_default() & number()? != 0,
        _ => return Err(BadFilter),
    })
}

fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('%') {
        None => text == pattern,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            let starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            starts.into_iter().any(|at| is_like(&rest[at..], tail))
        }),
    }
}
