//! What an order would be now, and what forbids it. Nothing is stored.

use super::claim_purchases::budget_today;
use super::place_order::{free_offers, load_facts};
use super::{Flows, StorageError};
use crate::domain::purchase::order::OrderTerms;
use crate::domain::purchase::outcome::{CallResult, Offer};
use crate::domain::purchase::placement::{OrderPlacement, OrderRefusal, place};
use crate::domain::purchase::preview::OrderPreview;
use crate::storage::supplier_pauses;

/// Why lines would wait while their supplier is paused.
const PAUSED: &str = "the supplier is paused";

impl Flows {
    /// The order that these terms make, and what forbids it.
    pub async fn preview_order(&self, terms: OrderTerms) -> Result<(OrderPreview, Option<OrderRefusal>), StorageError> {
        let mut tx = self.database.read_for_admin().await?;
        let now = self.clock.now();
        let facts = load_facts(&mut tx, &self.purchases, &terms, now).await?;
        let (terms, refusal) = match place(terms.clone(), facts) {
            Ok(OrderPlacement::New(priced)) => (*priced, None),
            // Placed again, it is the same order.
            Ok(OrderPlacement::Known(_)) => (terms, None),
            Err(refusal) => (terms, Some(refusal)),
        };
        Ok((OrderPreview::new(terms, now), refusal))
    }

    /// The same order as the worker would take it now: with numbers from `offers`, where they are chosen by a search, and within
    /// what is left of today's budget.
    pub async fn preview_purchase(
        &self,
        preview: OrderPreview,
        offers: Option<&CallResult<Vec<Offer>>>,
    ) -> Result<OrderPreview, StorageError> {
        let supplier = preview.supplier();
        let mut tx = self.database.read_for_admin().await?;
        let now = self.clock.now();
        let pause = supplier_pauses::load(&mut tx).await?.remove(&supplier);
        if pause.is_some_and(|pause| pause.is_paused(now)) {
            return Ok(preview.postponed(PAUSED));
        }
        let preview = match offers {
            None => preview,
            Some(offers) => {
                let found = offers.as_deref().unwrap_or_default();
                let free = free_offers(&mut tx, supplier, found).await?;
                preview.with_offers(offers, |number| free.contains(&number))
            }
        };
        Ok(preview.within(budget_today(&mut tx, &self.purchases, supplier, now).await?))
    }
}
