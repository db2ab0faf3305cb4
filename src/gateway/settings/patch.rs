//! A change of a gateway's settings.

use secrecy::SecretString;

use super::{AdapterSettings, CustomReply, DefaultCharacterSet, FieldMap};
use crate::domain::gateway::{CheckedAdapter, StoredAdapter};
use crate::flow::change_gateway::AdapterChange;
use crate::gateway::kind::GatewayKind;

/// What is to change about the way in which a gateway's requests are read and answered. `None`: stays as it is.
#[derive(Debug, Clone, Default)]
pub struct AdapterSettingsPatch {
    /// See [`AdapterSettings::kind`].
    pub kind: Option<&'static GatewayKind>,
    /// See [`AdapterSettings::fields`]; the whole map.
    pub fields: Option<FieldMap>,
    /// See [`AdapterSettings::answer`].
    pub answer: Option<Option<CustomReply>>,
    /// See [`AdapterSettings::secrets`]; all of them.
    pub secrets: Option<Vec<SecretString>>,
    /// See [`AdapterSettings::unsigned`]. `None`: as before, as long as its kind signs and there is no secret.
    pub unsigned: Option<bool>,
    /// See [`AdapterSettings::character_set`].
    pub character_set: Option<DefaultCharacterSet>,
}

impl AdapterSettingsPatch {
    /// The settings with the change made; unchecked.
    #[must_use]
    pub fn apply(self, before: AdapterSettings) -> AdapterSettings {
        let kind = self.kind.unwrap_or(before.kind);
        let secrets = self.secrets.unwrap_or(before.secrets);
        let stays_unsigned = before.unsigned && kind.is_signed() && secrets.is_empty();
        AdapterSettings {
            kind,
            fields: self.fields.unwrap_or(before.fields),
            answer: self.answer.unwrap_or(before.answer),
            secrets,
            unsigned: self.unsigned.unwrap_or(stays_unsigned),
            character_set: self.character_set.unwrap_or(before.character_set),
        }
    }

    /// The same as a change of what is stored.
    #[must_use]
    pub fn into_change(self) -> AdapterChange {
        let change = |stored: &StoredAdapter| -> Result<CheckedAdapter, String> {
            let before = AdapterSettings::load(stored).map_err(|error| error.to_string())?;
            self.apply(before).checked().map_err(|invalid| invalid.to_string())
        };
        Box::new(change)
    }
}
