//! GET_SERVICES: how much can be rented at this moment, all at once (rule 4).

use super::Flows;
use crate::domain::stock::AvailableCounts;
use crate::storage::Error;

/// What can be rented now. Nothing is promised while nothing can be written: GET_NUMBER could not keep it.
pub async fn list_services(flows: &Flows) -> Result<AvailableCounts, Error> {
    let Flows {
        database,
        clock,
        readiness,
        pools,
        ..
    } = flows;
    if !database.is_writable() && !readiness.is_writable(database, clock).await {
        return Err(Error::unwritable());
    }
    let mut stock = pools.read(&mut database.read().await?, clock.now()).await?;
    Ok(stock.available_counts())
}
