//! Numbers come back on sale when they have rested between two rentals (rules 3 and 4).

use std::time::Duration;

use crate::clock::Clock;
use crate::domain::number::Number;
use crate::domain::time::Timestamp;
use crate::storage::pools::Shifts;
use crate::storage::{Database, Error, numbers, pools};

/// The most rests that one transaction ends or shortens.
const BATCH_MAX: u32 = 500;

/// Ends the rests that are over. Returns how many; call again until 0.
pub async fn end_over(database: &Database, clock: &Clock) -> Result<usize, Error> {
    let mut tx = database.write().await?;
    let over = numbers::rest_over(&mut tx, clock.now(), BATCH_MAX).await?;
    if over.is_empty() {
        tx.rollback().await?;
        return Ok(0);
    }
    let rested: Vec<Number> = over.into_iter().map(Number::rested).collect();
    let mut shifts = Shifts::default();
    for number in rested.iter().filter(|number| number.is_on_sale()) {
        shifts.put_on_shelf(number.pool, number.number);
    }
    numbers::save(&mut tx, &rested);
    pools::rearrange(&mut tx, &shifts);
    tx.commit().await?;
    Ok(rested.len())
}

/// Has no rest end later than `rest` from now on: one that does is from before the clock was set back, or from before the
/// option was lowered.
pub async fn shorten(database: &Database, clock: &Clock, rest: Duration) -> Result<(), Error> {
    let latest = clock.now() + rest;
    while span(database).await?.is_some_and(|(_, last)| last > latest) {
        let mut tx = database.write().await?;
        numbers::shorten_rests(&mut tx, latest, BATCH_MAX);
        tx.commit().await?;
    }
    Ok(())
}

/// When the next rest is over.
pub async fn next_over(database: &Database) -> Result<Option<Timestamp>, Error> {
    Ok(span(database).await?.map(|(first, _)| first))
}

async fn span(database: &Database) -> Result<Option<(Timestamp, Timestamp)>, Error> {
    numbers::rest_span(&mut database.read().await?).await
}
