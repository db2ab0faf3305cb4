//! A number is proven by the first SMS that reaches it through the gateway of its supplier (rule 15).

use super::stock_numbers::stock_line;
use super::{Flows, StorageError};
use crate::domain::audit::Actor;
use crate::domain::audit::purchase::AuditedPurchase;
use crate::domain::country::CountryNames;
use crate::storage::{order_lines, orders};

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
            let mut tx = self.database.write().await?;
            let now = self.clock.now();
            let Some(before) = order_lines::load(&mut tx, *id).await? else {
                continue;
            };
            let (Ok(after), Some(order)) = (before.clone().prove(), orders::load(&mut tx, before.order).await?) else {
                tx.rollback().await?;
                continue;
            };
            let event = (Actor::Server, AuditedPurchase::Proven, None);
            stock_line(&mut tx, &order, (before, after), countries, event, now).await?;
            tx.commit().await?;
        }
        Ok(received.len())
    }
}
