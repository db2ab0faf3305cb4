//! At the start of a server: what the process before left at wholesalers, and what a changed configuration requires.

use super::supplier_gateway::renew_gateways;
use super::{Flows, StorageError};
use crate::domain::purchase::ability::Ability;
use crate::storage::order_lines::{restart, rewire};

impl Flows {
    /// Ends the leases of the process before: it is not known what became of its calls (rule 13). Numbers whose SMS go to an
    /// earlier address are set up again where the supplier's API can; the others are marked for a person.
    pub async fn prepare_suppliers(&self) -> Result<(), StorageError> {
        if self.purchases.accounts.is_empty() {
            return Ok(());
        }
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let renewed = renew_gateways(&mut tx, &self.purchases, now).await?;
        restart::end_leases(&mut tx, now);
        for (supplier, account) in &self.purchases.accounts {
            let hash = &account.sms_url_hash;
            match account.can(Ability::Wire) {
                true => restart::rewire(&mut tx, *supplier, hash, now),
                false => rewire::mark(&mut tx, *supplier, hash, renewed.contains(supplier), now),
            }
        }
        Ok(self.commit_gateway_change(tx).await?)
    }
}
