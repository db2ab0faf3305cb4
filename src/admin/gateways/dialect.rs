//! How a gateway talks, on the admin's wire. Its secrets come in and never go out.

use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::admin::body::BodyFields;
use crate::admin::problem::Problem;
use crate::domain::dialect::{AdapterSettings, CustomReply, DefaultCharacterSet, FieldMap, FieldPath, GatewayKind};
use crate::flow::change_gateway::AdapterSettingsPatch;

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

/// What a request says about it; null takes a setting back to its default.
pub(super) fn change(fields: &mut BodyFields) -> Result<AdapterSettingsPatch, Problem> {
    let kind = fields.choice("kind", |text| {
        GatewayKind::parse(text).map_err(|error| error.to_string())
    })?;
    let alphabet = fields.choice("alphabet", |text| {
        DefaultCharacterSet::parse(text).ok_or_else(|| "must be gsm or latin1".to_owned())
    })?;
    Ok(AdapterSettingsPatch {
        kind: kind.map(Option::unwrap_or_default),
        fields: fields.take("fields").map(field_map).transpose()?,
        answer: fields.take("answer").map(answer).transpose()?,
        secrets: fields.take("secrets").map(secrets).transpose()?,
        unsigned: fields.optional_flag("unsigned")?,
        alphabet: alphabet.map(Option::unwrap_or_default),
    })
}

fn field_map(value: Value) -> Result<FieldMap, Problem> {
    let paths = match value {
        Value::Null => Map::new(),
        Value::Object(paths) => paths,
        _ => {
            return Err(Problem::bad(
                "fields must be an object such as {\"from\":\"data.sender\"}, or null",
            ));
        }
    };
    let mut map = FieldMap::default();
    for (name, path) in paths {
        let place = map.path_mut(&name).ok_or_else(|| {
            let names = FieldMap::NAMES.join(", ");
            Problem::bad(format!("fields.{name} is not a field of an SMS; they are {names}"))
        })?;
        *place = match path {
            Value::Null => None,
            Value::String(text) => {
                let path = FieldPath::parse(&text);
                Some(path.map_err(|error| Problem::bad(format!("fields.{name} {error}")))?)
            }
            _ => return Err(Problem::bad(format!("fields.{name} must be a string or null"))),
        };
    }
    Ok(map)
}

fn answer(value: Value) -> Result<Option<CustomReply>, Problem> {
    let mut parts = match value {
        Value::Null => return Ok(None),
        Value::Object(parts) => parts,
        _ => {
            let sentence =
                "answer must be an object such as {\"content_type\":\"text/plain\",\"text\":\"OK\"}, or null";
            return Err(Problem::bad(sentence));
        }
    };
    let mut text = |field: &str, otherwise: &str| match parts.remove(field) {
        None | Some(Value::Null) => Ok(otherwise.to_owned()),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(Problem::bad(format!("answer.{field} must be a string"))),
    };
    let answer = CustomReply {
        content_type: text("content_type", "text/plain; charset=utf-8")?,
        text: text("text", "")?,
    };
    match parts.keys().next() {
        None => Ok(Some(answer)),
        Some(field) => Err(Problem::bad(format!(
            "answer.{field} is not a field; they are content_type and text"
        ))),
    }
}

/// No sentence repeats one of them (rule 11).
fn secrets(value: Value) -> Result<Vec<SecretString>, Problem> {
    let wrong = || Problem::bad("secrets must be a list of strings, or null");
    let secret = |value: Value| match value {
        Value::String(secret) => Ok(SecretString::from(secret)),
        _ => Err(wrong()),
    };
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(values) => values.into_iter().map(secret).collect(),
        _ => Err(wrong()),
    }
}
