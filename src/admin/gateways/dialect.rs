//! How the requests of a gateway are read and answered, as the admin API shows it. Secrets are never shown.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::dialect::{AdapterSettings, CustomReply};

/// What is shown of it.
#[derive(Serialize)]
pub(super) struct AdapterSettingsDto {
    kind: &'static str,
    fields: Map<String, Value>,
    answer: Option<Value>,
    /// How many.
    secrets: usize,
    /// Whether its requests are taken without a signature although its kind signs them.
    unsigned: bool,
    alphabet: &'static str,
}

pub(super) fn adapter_settings_dto(dialect: &AdapterSettings) -> AdapterSettingsDto {
    let paths = dialect.fields.paths().into_iter();
    let answer = |answer: &CustomReply| serde_json::json!({ "content_type": answer.content_type, "text": answer.text });
    AdapterSettingsDto {
        kind: dialect.kind.as_str(),
        fields: paths
            .filter_map(|(name, path)| Some((name.to_owned(), path?.as_str().into())))
            .collect(),
        answer: dialect.answer.as_ref().map(answer),
        secrets: dialect.secrets.len(),
        unsigned: dialect.unsigned,
        alphabet: dialect.alphabet.as_str(),
    }
}
