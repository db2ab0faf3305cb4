//! What the admin looks at. Nothing changes here.

use super::Flows;
use crate::storage::{Error, gateways};

/// Up to `limit` gateways after that name, by name.
pub async fn gateways(flows: &Flows, after: &str, limit: u32) -> Result<Vec<gateways::Listed>, Error> {
    gateways::list(&mut flows.database.read().await?, flows.clock.now(), after, limit).await
}
