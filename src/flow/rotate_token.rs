//! The admin replaces a gateway's token. The old ones stay valid for a while, or expire at once.

use std::time::Duration;

use secrecy::SecretString;

use super::{Flows, StorageError};
use crate::clock::rfc3339;
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::gateway::OLD_TOKENS_MAX;
use crate::domain::gateway::token::hash;
use crate::storage::gateways::{self, tokens};
use crate::storage::{Error, ReadTx, audit, order_lines};

/// Why a gateway got no new token.
#[derive(Debug, thiserror::Error)]
pub enum RotateTokenError {
    /// There is none of that name.
    #[error("there is no gateway of that name")]
    Unknown,
    /// It is the gateway of a supplier: its token follows from the configuration.
    #[error(
        "the token of a supplier's gateway follows from suppliers.webhook_secret: change that, and start the server again"
    )]
    OfSupplier,
    /// More than [`OLD_TOKENS_MAX`] old ones would be valid.
    #[error("{OLD_TOKENS_MAX} older tokens of the gateway are still valid: wait until they expire, or keep none")]
    TooManyOldTokens,
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Gives the gateway with that name a new token, and returns it; only its hash is stored. Older tokens stay valid for at
    /// most `keep_old` from now; zero: they expire at once.
    pub async fn rotate_token(&self, name: &str, keep_old: Duration) -> Result<SecretString, RotateTokenError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let gateway = gateways::load(&mut tx, now, name)
            .await?
            .ok_or(RotateTokenError::Unknown)?;
        if self.is_of_supplier(&mut tx, name).await? {
            return Err(RotateTokenError::OfSupplier);
        }
        let keep_until = (!keep_old.is_zero()).then(|| now + keep_old);
        if keep_until.is_some() && gateway.old_tokens >= OLD_TOKENS_MAX {
            return Err(RotateTokenError::TooManyOldTokens);
        }
        let token = self.random.token();
        tokens::replace(&mut tx, gateway.id, &hash(&token), keep_until, now);
        let kept = keep_until.map_or_else(|| "none".to_owned(), |until| format!("until {}", rfc3339(until)));
        let event = AuditEvent {
            actor: Actor::Admin,
            kind: AuditedChange::GatewayTokenReplaced.into(),
            operation: None,
            number: None,
            detail: Some(format!("{name}, older ones kept: {kept}")),
        };
        audit::write(&mut tx, &[event], now);
        self.commit_gateway_change(tx).await?;
        Ok(token.into())
    }

    /// Whether a supplier's numbers send their SMS to the gateway with that name. Its orders show it where the configuration
    /// does not, as on the command line.
    async fn is_of_supplier(&self, tx: &mut ReadTx, name: &str) -> Result<bool, Error> {
        let Ok(supplier) = name.parse() else { return Ok(false) };
        Ok(self.purchases.accounts.contains_key(&supplier) || order_lines::figures::was_used(tx, supplier).await?)
    }
}
