//! The settings of a gateway's adapter, as the admin API shows them. Secrets are never shown.

use serde::Serialize;

use crate::gateway::settings::{AdapterSettings, CustomReply, DefaultCharacterSet, FieldMap};

/// The settings that are shown.
#[derive(Serialize)]
pub(super) struct AdapterSettingsDto {
    kind: &'static str,
    fields: FieldMap,
    answer: Option<CustomReply>,
    /// Only their number.
    secrets: usize,
    /// Whether requests are accepted without a signature although the kind signs them.
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
