//! The partner changes a gateway: its bounds, whether it is enabled, and the way it talks. Numbers that are rented stay so,
//! whatever the capacity is now, and also when it is disabled.

use secrecy::SecretString;

use super::{Flows, StorageError};
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::dialect::{
    AdapterSettings, CustomReply, DefaultCharacterSet, FieldMap, GatewayKind, InvalidAdapterSettings,
};
use crate::domain::gateway::{GatewaySettings, HeartbeatTimeout};
use crate::storage::{audit, gateways};

/// What is to change. `None`: stays as it is; `Some(None)`: no bound any more.
#[derive(Debug, Clone, Default)]
pub struct GatewayPatch {
    /// See [`GatewaySettings::capacity`].
    pub capacity: Option<Option<u32>>,
    /// See [`GatewaySettings::heartbeat_timeout`].
    pub heartbeat_timeout: Option<Option<HeartbeatTimeout>>,
    /// See [`GatewaySettings::enabled`].
    pub enabled: Option<bool>,
    /// How it talks.
    pub dialect: AdapterSettingsPatch,
}

/// What is to change about the way a gateway talks. `None`: stays as it is.
#[derive(Debug, Clone, Default)]
pub struct AdapterSettingsPatch {
    /// See [`AdapterSettings::kind`].
    pub kind: Option<GatewayKind>,
    /// See [`AdapterSettings::fields`]; the whole map.
    pub fields: Option<FieldMap>,
    /// See [`AdapterSettings::answer`].
    pub answer: Option<Option<CustomReply>>,
    /// See [`AdapterSettings::secrets`]; all of them.
    pub secrets: Option<Vec<SecretString>>,
    /// See [`AdapterSettings::unsigned`]. `None`: as before, as long as its kind signs and there is no secret.
    pub unsigned: Option<bool>,
    /// See [`AdapterSettings::alphabet`].
    pub alphabet: Option<DefaultCharacterSet>,
}

impl GatewayPatch {
    /// The bounds with the change made.
    #[must_use]
    pub fn settings(&self, before: &GatewaySettings) -> GatewaySettings {
        GatewaySettings {
            capacity: self.capacity.unwrap_or(before.capacity),
            heartbeat_timeout: self.heartbeat_timeout.unwrap_or(before.heartbeat_timeout),
            enabled: self.enabled.unwrap_or(before.enabled),
        }
    }
}

impl AdapterSettingsPatch {
    /// The dialect with the change made, if it fits its kind as a whole.
    pub fn of(self, before: AdapterSettings) -> Result<AdapterSettings, InvalidAdapterSettings> {
        let kind = self.kind.unwrap_or(before.kind);
        let secrets = self.secrets.unwrap_or(before.secrets);
        let stays_unsigned = before.unsigned && kind.is_signed() && secrets.is_empty();
        let after = AdapterSettings {
            kind,
            fields: self.fields.unwrap_or(before.fields),
            answer: self.answer.unwrap_or(before.answer),
            secrets,
            unsigned: self.unsigned.unwrap_or(stays_unsigned),
            alphabet: self.alphabet.unwrap_or(before.alphabet),
        };
        after.validated()
    }
}

/// Why a gateway was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeGatewayError {
    /// There is none of that name.
    #[error("there is no gateway of that name")]
    Unknown,
    /// What it would be after the change makes no sense.
    #[error(transparent)]
    Unfit(#[from] InvalidAdapterSettings),
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Changes the gateway with that name; requests are read the new way from then on.
    pub async fn change_gateway(&self, name: &str, change: GatewayPatch) -> Result<(), ChangeGatewayError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let gateway = gateways::load(&mut tx, now, name)
            .await?
            .ok_or(ChangeGatewayError::Unknown)?;
        let settings = change.settings(&gateway.settings);
        let dialect = change.dialect.of(gateway.dialect.clone())?;
        if settings == gateway.settings && dialect == gateway.dialect {
            return Ok(());
        }
        let deed = AuditEvent {
            actor: Actor::Admin,
            kind: AuditedChange::GatewayChanged.into(),
            operation: None,
            number: None,
            detail: Some(format!("{name}: {}", words(&settings, &dialect, &gateway.dialect))),
        };
        gateways::save(&mut tx, gateway.id, &settings, &dialect);
        audit::write(&mut tx, &[deed], now);
        self.directory.commit(tx).await?;
        Ok(())
    }
}

/// What it is now; of the way it talks only what says something without a secret (rule 11).
fn words(settings: &GatewaySettings, dialect: &AdapterSettings, before: &AdapterSettings) -> String {
    let capacity = settings
        .capacity
        .map_or_else(|| "none".to_owned(), |capacity| capacity.to_string());
    let timeout = settings
        .heartbeat_timeout
        .map_or_else(|| "none".to_owned(), |timeout| format!("{} ms", timeout.as_ms()));
    let state = if settings.enabled { "enabled" } else { "disabled" };
    let mut words = format!("{state}, capacity {capacity}, heartbeat time-out {timeout}");
    if dialect != before {
        let (kind, secrets) = (dialect.kind, dialect.secrets.len());
        let unsigned = if dialect.unsigned { ", unsigned" } else { "" };
        words.push_str(&format!(", kind {kind}, secrets {secrets}{unsigned}"));
    }
    words
}
