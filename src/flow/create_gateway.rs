//! The admin sets up a gateway and receives its token, which is shown only this once.

use secrecy::SecretString;

use super::{Flows, StorageError};
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::gateway::token::hash;
use crate::domain::gateway::{CheckedAdapter, GatewayName, GatewaySettings};
use crate::storage::{audit, gateways};

/// Why a gateway was not set up.
#[derive(Debug, thiserror::Error)]
pub enum CreateGatewayError {
    /// Another gateway has the name.
    #[error("there is a gateway of that name already")]
    NameTaken,
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Stores the gateway with the hash of its token, and returns the token.
    pub async fn create_gateway(
        &self,
        name: &GatewayName,
        settings: &GatewaySettings,
        adapter: &CheckedAdapter,
    ) -> Result<SecretString, CreateGatewayError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        if !gateways::named(&mut tx, &[name.as_str()]).await?.is_empty() {
            return Err(CreateGatewayError::NameTaken);
        }
        let token = self.random.token();
        gateways::insert(&mut tx, name, &hash(&token), settings, &adapter.stored, now);
        let event = AuditEvent {
            actor: Actor::Admin,
            kind: AuditedChange::GatewayCreated.into(),
            operation: None,
            number: None,
            detail: Some(format!("{name}, {}", adapter.summary)),
        };
        audit::write(&mut tx, &[event], now);
        self.commit_gateway_change(tx).await?;
        Ok(token.into())
    }
}
