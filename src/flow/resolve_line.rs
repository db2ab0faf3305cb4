//! The partner decides what became of a purchase whose answer was lost, where no look-up can tell (rule 13).

use super::place_order::taken;
use super::{Flows, StorageError};
use crate::domain::audit::Actor;
use crate::domain::audit::purchase::{AuditedPurchase, PurchaseEvent};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::LineId;
use crate::domain::purchase::cost;
use crate::domain::purchase::line::by_hand::Resolution;
use crate::domain::purchase::line::{LineState, OrderLine};
use crate::domain::purchase::price::NumberPrice;
use crate::storage::{audit, costs, order_lines};

/// What the partner found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// It was bought; the number, unless the line has it.
    Ours(Option<PhoneNumber>),
    /// It was not.
    NotOurs {
        /// Whether it is to be attempted again.
        again: bool,
    },
}

/// Why a line was not resolved.
#[derive(Debug, thiserror::Error)]
pub enum ResolveLineError {
    /// There is no such line.
    #[error("there is no such line")]
    Unknown,
    /// Only unknown purchases are resolved.
    #[error("the line is {0}, not unknown")]
    OtherState(LineState),
    /// Neither the line nor the partner has it.
    #[error("number is missing: the line has none")]
    NumberMissing,
    /// Another line has it, or the inventory.
    #[error("number: it is in the inventory or in another order already")]
    NumberTaken,
    /// Its costs cannot be booked.
    #[error("the supplier of the line is off: its currency is not known")]
    SupplierOff,
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Resolves an unknown line as the look-up would have done.
    pub async fn resolve_line(&self, line: LineId, finding: Finding, reason: &str) -> Result<(), ResolveLineError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let before = order_lines::load(&mut tx, line).await?;
        let before = before.ok_or(ResolveLineError::Unknown)?;
        let account = self.purchases.accounts.get(&before.supplier);
        let stated = account.and_then(|account| account.terms.fixed_price);
        let resolution = resolution(&before, finding, stated)?;
        if let Resolution::Ours(number, _) = resolution
            && before.number != Some(number)
            && !taken(&mut tx, &[number]).await?.is_empty()
        {
            return Err(ResolveLineError::NumberTaken);
        }
        let after = before.clone().resolve(resolution, reason, now);
        let after = after.map_err(|refused| ResolveLineError::OtherState(refused.from))?;
        let detail = Some(format!("{}: {reason}", after.state));
        let event = PurchaseEvent::of_line(Actor::Admin, AuditedPurchase::Resolved, &after, detail);
        if after.is_ours {
            let currency = account.ok_or(ResolveLineError::SupplierOff)?.terms.currency;
            costs::book(&mut tx, &cost::of_purchase(&after, currency, now), now);
        }
        order_lines::save(&mut tx, &[(&before, &after)], now);
        audit::write_purchases(&mut tx, &[event], now);
        tx.commit().await?;
        self.wakeups.orders.notify_one();
        Ok(())
    }
}

fn resolution(line: &OrderLine, finding: Finding, stated: Option<NumberPrice>) -> Result<Resolution, ResolveLineError> {
    if line.state != LineState::Unknown {
        return Err(ResolveLineError::OtherState(line.state));
    }
    match finding {
        Finding::Ours(number) => number
            .or(line.number)
            .map(|number| Resolution::Ours(number, stated))
            .ok_or(ResolveLineError::NumberMissing),
        Finding::NotOurs { again: false } => Ok(Resolution::NotOurs),
        Finding::NotOurs { again: true } => Ok(Resolution::BuyAgain),
    }
}
