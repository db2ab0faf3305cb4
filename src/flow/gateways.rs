//! Gateways knock with their token, and show that they live.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::domain::stock::GatewayId;
use crate::storage::gateways::{TokenHash, by_token, touch};
use crate::storage::{Database, Error};

/// The form in which a token is stored.
#[must_use]
pub fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// Knows gateways by their token without asking the database each time. Tokens do not change, so what it knows stays
/// true; it holds as many entries as there are gateways.
#[derive(Debug, Default)]
pub struct GatewayDirectory(RwLock<HashMap<TokenHash, GatewayId>>);

impl GatewayDirectory {
    /// The gateway that the token belongs to. Compared by hash, so time tells nothing about the token.
    pub async fn find(&self, database: &Database, token: &str) -> Result<Option<GatewayId>, Error> {
        let hash = hash(token);
        let known = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&hash)
            .copied();
        if known.is_some() {
            return Ok(known);
        }
        let found = by_token(&mut database.read().await?, &hash).await?;
        if let Some(gateway) = found {
            self.0
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(hash, gateway);
        }
        Ok(found)
    }
}

/// Notes that the gateway lives.
pub async fn heartbeat(database: &Database, clock: &Clock, gateway: GatewayId) -> Result<(), Error> {
    let mut tx = database.write().await?;
    touch(&mut tx, &[gateway], clock.now());
    tx.commit().await
}
