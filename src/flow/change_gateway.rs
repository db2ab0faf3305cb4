//! The admin changes a gateway: its capacity, its heartbeat timeout, whether it is enabled, its kind and the kind's
//! settings. Rented numbers stay rented, also when the capacity is lower now or the gateway is disabled.

use super::{Flows, StorageError};
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::gateway::{CheckedAdapter, GatewaySettings, HeartbeatTimeout, StoredAdapter};
use crate::domain::network::Networks;
use crate::storage::{audit, gateways};

/// What is to change. `None`: stays as it is; `Some(None)`: is removed.
#[derive(Default)]
pub struct GatewayPatch {
    /// See [`GatewaySettings::capacity`].
    pub capacity: Option<Option<u32>>,
    /// See [`GatewaySettings::heartbeat_timeout`].
    pub heartbeat_timeout: Option<Option<HeartbeatTimeout>>,
    /// See [`GatewaySettings::enabled`].
    pub enabled: Option<bool>,
    /// See [`GatewaySettings::allow`].
    pub allow: Option<Networks>,
    /// Its kind and the kind's settings.
    pub adapter: Option<AdapterChange>,
}

/// Makes a checked adapter of the stored one; the error names the field that is wrong.
pub type AdapterChange = Box<dyn FnOnce(&StoredAdapter) -> Result<CheckedAdapter, String> + Send>;

impl GatewayPatch {
    /// The settings after the change.
    #[must_use]
    pub fn settings(&self, before: &GatewaySettings) -> GatewaySettings {
        GatewaySettings {
            capacity: self.capacity.unwrap_or(before.capacity),
            heartbeat_timeout: self.heartbeat_timeout.unwrap_or(before.heartbeat_timeout),
            enabled: self.enabled.unwrap_or(before.enabled),
            allow: self.allow.clone().unwrap_or_else(|| before.allow.clone()),
        }
    }
}

/// Why a gateway was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeGatewayError {
    /// There is none of that name.
    #[error("there is no gateway of that name")]
    Unknown,
    /// Its kind does not take the settings.
    #[error("{0}")]
    InvalidSettings(String),
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Changes the gateway with that name; its next request is parsed with the new settings.
    pub async fn change_gateway(&self, name: &str, change: GatewayPatch) -> Result<(), ChangeGatewayError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let gateway = gateways::load(&mut tx, now, name)
            .await?
            .ok_or(ChangeGatewayError::Unknown)?;
        let settings = change.settings(&gateway.settings);
        let adapter = change.adapter.map(|change| change(&gateway.adapter)).transpose();
        let adapter = adapter
            .map_err(ChangeGatewayError::InvalidSettings)?
            .filter(|adapter| adapter.stored != gateway.adapter);
        if settings == gateway.settings && adapter.is_none() {
            return Ok(());
        }
        let event = AuditEvent {
            actor: Actor::Admin,
            kind: AuditedChange::GatewayChanged.into(),
            operation: None,
            number: None,
            detail: Some(format!("{name}: {}", summary(&settings, adapter.as_ref()))),
        };
        let adapter = adapter.map_or(gateway.adapter, |adapter| adapter.stored);
        gateways::save(&mut tx, gateway.id, &settings, &adapter);
        audit::write(&mut tx, &[event], now);
        self.commit_gateway_change(tx).await?;
        Ok(())
    }
}

/// The new settings; the adapter only if it changed.
fn summary(settings: &GatewaySettings, adapter: Option<&CheckedAdapter>) -> String {
    let capacity = settings
        .capacity
        .map_or_else(|| "none".to_owned(), |capacity| capacity.to_string());
    let timeout = settings
        .heartbeat_timeout
        .map_or_else(|| "none".to_owned(), |timeout| format!("{} ms", timeout.as_ms()));
    let state = if settings.enabled { "enabled" } else { "disabled" };
    let adapter = adapter.map(|adapter| format!(", {}", adapter.summary));
    let adapter = adapter.unwrap_or_default();
    let allow = match settings.allow.is_empty() {
        true => String::new(),
        false => format!(", allowed from {}", settings.allow),
    };
    format!("{state}, capacity {capacity}, heartbeat timeout {timeout}{allow}{adapter}")
}
