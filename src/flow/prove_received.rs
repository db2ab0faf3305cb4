//! A number is proven by the first SMS that reaches it through the gateway of its supplier (rule 15).

use super::prove_line::ProveLineError;
use super::{Flows, StorageError};
use crate::domain::audit::Actor;
use crate::domain::country::CountryNames;
use crate::storage::order_lines;

/// How many numbers are proven in one transaction each pass (rule 12).
const PROVEN_MAX: u32 = 100;

impl Flows {
    /// Stocks unproven numbers at which an SMS has arrived; how many. Each has a transaction of its own.
    pub async fn prove_received(&self, countries: &CountryNames) -> Result<usize, StorageError> {
        if self.purchases.accounts.is_empty() {
            return Ok(0);
        }
        let received = order_lines::received(&mut self.database.read().await?, PROVEN_MAX).await?;
        for id in &received {
            match self.prove(*id, (Actor::Server, None), countries).await {
                Ok(()) | Err(ProveLineError::Unknown | ProveLineError::OtherState(_)) => {}
                Err(ProveLineError::Storage(error)) => return Err(error),
            }
        }
        Ok(received.len())
    }
}
