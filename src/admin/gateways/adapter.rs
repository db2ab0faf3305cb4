//! How the requests of a gateway are read and answered, as the admin API shows it. Secrets are never shown.

use serde::Serialize;

use crate::gateway::settings::{AdapterSettings, CustomReply, DefaultCharacterSet, FieldMap};

/// What is shown.
#[derive(Serialize)]
pub(super) struct AdapterSettingsDto {
    kind: &'static str,
    fields: FieldMap,
    answer: Option<CustomReply>,
    /// How many.
    secrets: usize,
    /// Whether its requests are taken without a signature although its kind signs them.
    unsigned: bool,
    character_set: DefaultCharacterSet,
}

impl From<AdapterSettings> for AdapterSettingsDto {
    fn from(settings: AdapterSettings) -> Self {
        Self {
            kind: settings.kind.name,
            fields: settings.fields,
            answer: settings.answer,
            secrets: settings.secrets.len(),
            unsigned: settings.unsigned,
            character_set: settings.character_set,
        }
    }
}
