//! The admin bans a number for a time. A rented number keeps its operation and is banned when that is closed.

use std::time::Duration;

use super::{Flows, StorageError};
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::number::{Ban, Number};
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::delta::StockDelta;
use crate::metrics::labels::BanCause;
use crate::storage::{audit, numbers, pools};

impl Flows {
    /// Bans the number from now on for `duration`, by default as long as a ban by strikes; replaces the ban that it has.
    /// `None`: there is no such number.
    pub async fn ban_number(
        &self,
        number: PhoneNumber,
        duration: Option<Duration>,
        reason: &str,
    ) -> Result<Option<Number>, StorageError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let Some(before) = numbers::load(&mut tx, &[number]).await?.pop() else {
            return Ok(None);
        };
        let after = before.clone().banned(Ban {
            until: now + duration.unwrap_or(self.policies.strikes.ban),
            reason: reason.to_owned(),
        });
        let mut delta = StockDelta::default();
        delta.change(Some(&before), &after);
        let event = AuditEvent {
            actor: Actor::Admin,
            kind: AuditedChange::Banned.into(),
            operation: None,
            number: Some(number),
            detail: Some(reason.to_owned()),
        };
        numbers::save(&mut tx, std::slice::from_ref(&after));
        pools::apply(&mut tx, &delta);
        audit::write(&mut tx, &[event], now);
        tx.commit().await?;
        self.metrics.rentals.bans.of(BanCause::Admin).inc();
        self.wakeups.bans.notify_one();
        Ok(Some(after))
    }
}
