//! The admin takes a number off sale for a time. A rented one keeps its operation and is off sale afterwards.

use std::time::Duration;

use super::{Flows, StorageError};
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::number::{Ban, Number};
use crate::domain::phone::PhoneNumber;
use crate::storage::pools::StockDelta;
use crate::storage::{audit, numbers, pools};

impl Flows {
    /// Bans the number from now on for `span`, whatever ban it had, for as long as a ban by strikes if it is not given. `None`: there
    /// is no such number.
    pub async fn ban_number(
        &self,
        number: PhoneNumber,
        span: Option<Duration>,
        reason: &str,
    ) -> Result<Option<Number>, StorageError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let Some(before) = numbers::load(&mut tx, &[number]).await?.pop() else {
            return Ok(None);
        };
        let after = before.clone().banned(Ban {
            until: now + span.unwrap_or(self.policies.strikes.ban),
            reason: reason.to_owned(),
        });
        let mut shifts = StockDelta::default();
        shifts.change(Some(&before), &after);
        let deed = AuditEvent {
            actor: Actor::Admin,
            kind: AuditedChange::Banned.into(),
            operation: None,
            number: Some(number),
            detail: Some(reason.to_owned()),
        };
        numbers::save(&mut tx, std::slice::from_ref(&after));
        pools::apply(&mut tx, &shifts);
        audit::write(&mut tx, &[deed], now);
        tx.commit().await?;
        self.wakeups.bans.notify_one();
        Ok(Some(after))
    }
}
