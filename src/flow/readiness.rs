//! Whether the database can be written at this moment.

use crate::clock::Clock;
use crate::storage::{Database, Error};

/// Writes one row for good.
pub async fn probe(database: &Database, clock: &Clock) -> Result<(), Error> {
    database.probe(clock.now()).await
}
