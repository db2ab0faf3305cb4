//! At the start of a server: what the process before left at wholesalers, and what a changed configuration requires.

use super::supplier_gateway::renew_gateways;
use super::{Flows, StorageError};
use crate::domain::purchase::ability::Ability;
use crate::storage::order_lines::restart::{self, Rewiring};

/// Why a number may lose its SMS, for the partner.
const OTHER_ADDRESS: &str = "its SMS go to an earlier address of this server: change it at the supplier";

impl Flows {
    /// Ends the leases of the process before: it is not known what became of its calls (rule 13). Numbers whose SMS go to an
    /// earlier address are set up again where the supplier's API can; the others get a reason.
    pub async fn prepare_suppliers(&self) -> Result<(), StorageError> {
        if self.purchases.accounts.is_empty() {
            return Ok(());
        }
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        renew_gateways(&mut tx, &self.purchases, now).await?;
        restart::end_leases(&mut tx, now);
        for (supplier, account) in &self.purchases.accounts {
            let rewiring = match account.can(Ability::Wire) {
                true => Rewiring::Due(now),
                false => Rewiring::ByHand(OTHER_ADDRESS),
            };
            restart::rewire(&mut tx, *supplier, &account.sms_url_hash, rewiring);
        }
        Ok(self.commit_gateway_change(tx).await?)
    }
}
