//! A number is proven by the first SMS that reaches it through the gateway of its supplier (rule 15). One that is to be rewired
//! has today's address when its last SMS came with today's token.

use super::prove_line::ProveLineError;
use super::{Flows, StorageError};
use crate::domain::audit::Actor;
use crate::domain::country::CountryNames;
use crate::domain::purchase::SupplierName;
use crate::storage::order_lines::rewire;

/// How many numbers are proven in one transaction each pass (rule 12).
const PROVEN_MAX: u32 = 100;

impl Flows {
    /// Proves the numbers at which an SMS has arrived; how many. Each has a transaction of its own.
    pub async fn prove_received(&self, countries: &CountryNames) -> Result<usize, StorageError> {
        if self.purchases.accounts.is_empty() {
            return Ok(0);
        }
        let suppliers: Vec<SupplierName> = self.purchases.accounts.keys().copied().collect();
        let received = rewire::received(&mut self.database.read().await?, &suppliers, PROVEN_MAX).await?;
        for one in &received {
            let proven = self.prove(one.line, one.shows_address, (Actor::Server, None), countries);
            match proven.await {
                // Somebody else may have decided since.
                Ok(()) | Err(ProveLineError::Unknown | ProveLineError::Refused(_)) => {}
                Err(ProveLineError::Storage(error)) => return Err(error),
            }
        }
        Ok(received.len())
    }
}
