//! The partner cancels what was not bought yet of an order.

use super::{Flows, StorageError};
use crate::domain::audit::Actor;
use crate::domain::audit::purchase::{AuditedPurchase, PurchaseEvent};
use crate::domain::purchase::line::OrderLine;
use crate::domain::purchase::line::by_hand::CancelLineError;
use crate::domain::purchase::{LineId, OrderId};
use crate::storage::{audit, order_lines, orders};

/// A line that could not be cancelled, with the reason.
pub type KeptLine = (LineId, CancelLineError);

/// Why an order was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelOrderError {
    /// There is no such order.
    #[error("there is no such order")]
    Unknown,
    /// None of its lines can be cancelled; the first has this reason.
    #[error("none of its lines can be cancelled; the first one: {0}")]
    NothingToCancel(CancelLineError),
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Cancels the lines of the order that are planned, and returns those that could not be cancelled.
    pub async fn cancel_order(&self, order: OrderId, reason: &str) -> Result<Vec<KeptLine>, CancelOrderError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        if orders::load(&mut tx, order).await?.is_none() {
            return Err(CancelOrderError::Unknown);
        }
        let lines = order_lines::of_order(&mut tx, order).await?;
        let (mut changes, mut kept) = (Vec::new(), Vec::new());
        for line in &lines {
            match line.clone().cancel(reason) {
                Ok(cancelled) => changes.push((line, cancelled)),
                Err(invalid) => kept.push((line.id, CancelLineError(invalid.from))),
            }
        }
        if let ([], Some((_, obstacle))) = (&changes[..], kept.first()) {
            return Err(CancelOrderError::NothingToCancel(*obstacle));
        }
        let event = |(_, line): &(&OrderLine, OrderLine)| {
            PurchaseEvent::of_line(Actor::Admin, AuditedPurchase::Cancelled, line, Some(reason.to_owned()))
        };
        let events: Vec<PurchaseEvent> = changes.iter().map(event).collect();
        let saved: Vec<(&OrderLine, &OrderLine)> = changes.iter().map(|(before, after)| (*before, after)).collect();
        order_lines::save(&mut tx, &saved, now);
        audit::write_purchases(&mut tx, &events, now);
        tx.commit().await?;
        Ok(kept)
    }
}
