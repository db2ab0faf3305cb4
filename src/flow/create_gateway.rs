//! The partner sets up a gateway, and learns its token: this once.

use std::sync::Arc;

use secrecy::SecretString;

use super::gateways::{GatewayDirectory, hash};
use crate::clock::{Clock, Random};
use crate::domain::dialect::AdapterSettings;
use crate::domain::gateway::{GatewayName, GatewaySettings};
use crate::storage::audit::{Actor, AuditEvent};
use crate::storage::{Database, Error, audit, gateways};

/// Why a gateway was not set up.
#[derive(Debug, thiserror::Error)]
pub enum CreateGatewayError {
    /// Another gateway has the name.
    #[error("there is a gateway of that name already")]
    NameTaken,
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(#[from] Error),
}

/// Stores the gateway with a dialect that was checked; the token is the caller's to hand on, only its hash is kept.
pub async fn create_gateway(
    database: &Database,
    clock: &Clock,
    random: &Random,
    directory: &Arc<GatewayDirectory>,
    name: &GatewayName,
    settings: &GatewaySettings,
    dialect: &AdapterSettings,
) -> Result<SecretString, CreateGatewayError> {
    let mut tx = database.write().await?;
    let now = clock.now();
    if !gateways::named(&mut tx, &[name.as_str()]).await?.is_empty() {
        return Err(CreateGatewayError::NameTaken);
    }
    let token = random.token();
    gateways::insert(&mut tx, name, &hash(&token), settings, dialect, now);
    let unsigned = if dialect.unsigned { ", unsigned" } else { "" };
    let deed = AuditEvent {
        actor: Actor::Admin,
        action: "gateway created",
        operation: None,
        number: None,
        detail: Some(format!("{name}, kind {}{unsigned}", dialect.kind)),
    };
    audit::write(&mut tx, &[deed], now);
    directory.commit(tx).await?;
    Ok(token.into())
}
