//! Lifts bans, when they are over or by the admin. The number starts at zero strikes (rule 9).

use std::time::Duration;

use super::{Flows, StorageError};
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::number::Number;
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::delta::StockDelta;
use crate::domain::time::Timestamp;
use crate::storage::{WriteTx, audit, numbers, pools};

/// The most bans that one transaction lifts.
const BATCH_MAX: u32 = 500;

impl Flows {
    /// Lifts the bans that are over. Returns how many; call again until 0.
    pub async fn lift_bans(&self) -> Result<usize, StorageError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let over = numbers::ban_over(&mut tx, now, BATCH_MAX).await?;
        let count = over.len();
        if count == 0 {
            tx.rollback().await?;
            return Ok(0);
        }
        lift(&mut tx, over, Actor::Server, now);
        tx.commit().await?;
        Ok(count)
    }

    /// Lifts the ban of that number; false when it has none or is not in the inventory.
    pub async fn lift_ban(&self, number: PhoneNumber) -> Result<bool, StorageError> {
        let mut tx = self.database.write().await?;
        let loaded = numbers::load(&mut tx, &[number]).await?;
        let banned: Vec<Number> = loaded.into_iter().filter(|number| number.ban.is_some()).collect();
        if banned.is_empty() {
            return Ok(false);
        }
        lift(&mut tx, banned, Actor::Admin, self.clock.now());
        tx.commit().await?;
        Ok(true)
    }

    /// How long until the next ban is over; `None`: no number is banned.
    pub async fn next_ban_end(&self) -> Result<Option<Duration>, StorageError> {
        let next = numbers::next_ban_over(&mut self.database.read().await?).await?;
        Ok(next.map(|until| until.since(self.clock.now())))
    }
}

/// Removes the bans of these banned numbers.
fn lift(tx: &mut WriteTx, banned: Vec<Number>, actor: Actor, now: Timestamp) {
    let mut delta = StockDelta::default();
    let mut events = Vec::with_capacity(banned.len());
    let mut lifted = Vec::with_capacity(banned.len());
    for number in banned {
        let number = number.unbanned();
        if number.is_available() {
            delta.make_available(number.pool, number.number);
        }
        events.push(AuditEvent {
            actor,
            kind: AuditedChange::BanLifted.into(),
            operation: None,
            number: Some(number.number),
            detail: None,
        });
        lifted.push(number);
    }
    numbers::save(tx, &lifted);
    pools::apply(tx, &delta);
    audit::write(tx, &events, now);
}
