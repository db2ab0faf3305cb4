//! The admin deletes a gateway that has no numbers any more. Messages that it delivered are kept, with its name.

use super::{Flows, StorageError};
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::storage::{audit, gateways, order_lines};

/// Why a gateway was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteGatewayError {
    /// There is none of that name.
    #[error("there is no gateway of that name")]
    Unknown,
    /// Its numbers would have no gateway.
    #[error("the gateway has numbers: import them with another gateway first, or disable the gateway")]
    HasNumbers,
    /// Numbers that were bought, or may be, need it: their SMS come to it.
    #[error("the gateway is needed: orders from the supplier of its name are open, or their numbers are ours")]
    OfSupplier,
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Deletes the gateway with that name: its tokens become invalid, and its name can be used again.
    pub async fn delete_gateway(&self, name: &str) -> Result<(), DeleteGatewayError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let gateway = gateways::load(&mut tx, now, name)
            .await?
            .ok_or(DeleteGatewayError::Unknown)?;
        if gateways::has_numbers(&mut tx, gateway.id).await? {
            return Err(DeleteGatewayError::HasNumbers);
        }
        if let Ok(supplier) = name.parse()
            && order_lines::figures::has_live(&mut tx, supplier).await?
        {
            return Err(DeleteGatewayError::OfSupplier);
        }
        gateways::delete(&mut tx, gateway.id);
        let event = AuditEvent {
            actor: Actor::Admin,
            kind: AuditedChange::GatewayDeleted.into(),
            operation: None,
            number: None,
            detail: Some(name.to_owned()),
        };
        audit::write(&mut tx, &[event], now);
        self.commit_gateway_change(tx).await?;
        Ok(())
    }
}
