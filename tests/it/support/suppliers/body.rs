//! The bodies that wholesalers take: which of them they expect is not always documented.

use reqwest::Url;
use serde_json::Value;

use super::ApiCall;

/// The fields of a body, whatever it is encoded as: a form of either kind, or a JSON object. `None`: none of these.
pub fn fields(call: &ApiCall) -> Option<Vec<(String, String)>> {
    let content_type = call.header("content-type").unwrap_or_default();
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    match kind.trim() {
        "application/x-www-form-urlencoded" => Some(urlencoded(&call.text())),
        "application/json" => json(&call.text()),
        "multipart/form-data" => {
            let boundary = parameters.trim().strip_prefix("boundary=")?.trim_matches('"');
            Some(multipart(&call.text(), boundary))
        }
        _ => None,
    }
}

/// The value of a field.
pub fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

pub fn urlencoded(text: &str) -> Vec<(String, String)> {
    let url = Url::parse(&format!("http://wholesaler.example/?{text}")).unwrap();
    url.query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

fn json(text: &str) -> Option<Vec<(String, String)>> {
    let body: Value = serde_json::from_str(text).ok()?;
    let members = body.as_object()?.iter();
    let members = members.map(|(name, value)| match value {
        Value::String(text) => (name.clone(), text.clone()),
        other => (name.clone(), other.to_string()),
    });
    Some(members.collect())
}

fn multipart(text: &str, boundary: &str) -> Vec<(String, String)> {
    let delimiter = format!("--{boundary}");
    let parts = text.split(&delimiter).filter_map(|part| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let (_, name) = head.split_once("name=\"")?;
        let (name, _) = name.split_once('"')?;
        Some((name.to_owned(), value.strip_suffix("\r\n").unwrap_or(value).to_owned()))
    });
    parts.collect()
}
