//! GET_SERVICES: how much can be rented at this moment, all at once (rule 4).

use crate::clock::Clock;
use crate::domain::stock::Promise;
use crate::storage::{Database, Error, pools};

/// What can be rented now.
pub async fn list_services(database: &Database, clock: &Clock) -> Result<Promise, Error> {
    Ok(pools::stock(&mut database.read().await?, clock.now()).await?.promise())
}
