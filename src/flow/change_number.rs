//! The admin disables or enables a number, moves it to another gateway, country or operator, or assigns it to a line of its
//! gateway. A rented number becomes unavailable when its operation is closed, and cannot be moved. One that was bought and is
//! held is not enabled, and one that was given back is not changed (rules 15 and 16).

use super::place_numbers::{Placement, PlacementRequest, SavedPlacement};
use super::{Flows, StorageError};
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::inventory::{InvalidRow, PoolKey, SlotChange};
use crate::domain::phone::PhoneNumber;
use crate::domain::wire_name::{CountryName, OperatorName};
use crate::storage::{audit, gateways, inventory};

/// What is to change. `None`: stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberPatch {
    /// Whether it is enabled.
    pub enabled: Option<bool>,
    /// The name of its gateway.
    pub gateway: Option<String>,
    /// Its country.
    pub country: Option<CountryName>,
    /// Its operator.
    pub operator: Option<OperatorName>,
    /// Its line.
    pub line: SlotChange,
}

/// Why a number was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeNumberError {
    /// It is not in the inventory.
    #[error("the number is not in the inventory")]
    Unknown,
    /// An import would refuse this, too.
    #[error(transparent)]
    Rejected(#[from] InvalidRow),
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Changes the number: all of it, or nothing.
    pub async fn change_number(&self, number: PhoneNumber, change: NumberPatch) -> Result<(), ChangeNumberError> {
        let mut tx = self.database.write().await?;
        let before = inventory::find(&mut tx, number)
            .await?
            .ok_or(ChangeNumberError::Unknown)?;
        let gateway = change.gateway.unwrap_or(before.gateway);
        let named = gateways::named(&mut tx, &[&gateway]).await?;
        let (_, gateway) = named.into_iter().next().ok_or(InvalidRow::GatewayUnknown)?;
        let wanted = PlacementRequest {
            number,
            key: PoolKey {
                gateway,
                country: change.country.unwrap_or(before.country),
                operator: change.operator.unwrap_or(before.operator),
            },
            line: change.line,
        };
        let now = self.clock.now();
        let mut placement = Placement::load(&mut tx, std::slice::from_ref(&wanted), now).await?;
        placement.put(&wanted)?;
        let enabled = match change.enabled {
            Some(enabled) if placement.set_enabled(number, enabled)? => Some(enabled),
            _ => None,
        };
        let Some(saved) = placement.save(&mut tx, now) else {
            tx.rollback().await?;
            return Ok(());
        };
        audit::write(&mut tx, &audit_events(number, &saved, enabled), now);
        tx.commit().await?;
        Ok(())
    }
}

/// `enabled` is the new value, if it changed.
fn audit_events(number: PhoneNumber, saved: &SavedPlacement, enabled: Option<bool>) -> Vec<AuditEvent> {
    let changes = [
        (saved.moved > 0).then_some(AuditedChange::Moved),
        saved.lines_changed.then_some(AuditedChange::LineChanged),
        enabled.map(|enabled| {
            if enabled {
                AuditedChange::Enabled
            } else {
                AuditedChange::Disabled
            }
        }),
    ];
    let event = |change: AuditedChange| AuditEvent {
        actor: Actor::Admin,
        kind: change.into(),
        operation: None,
        number: Some(number),
        detail: None,
    };
    changes.into_iter().flatten().map(event).collect()
}
