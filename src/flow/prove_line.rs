//! What proves that SMS reach a number that was bought (rule 15): the partner confirms it, or one arrived.

use super::stock_numbers::stock_line;
use super::{Flows, StorageError};
use crate::domain::audit::Actor;
use crate::domain::audit::purchase::AuditedPurchase;
use crate::domain::country::CountryNames;
use crate::domain::purchase::LineId;
use crate::domain::purchase::line::proof::{LineProof, ProofRefusal};
use crate::storage::{order_lines, orders};

/// Why a line was not proven.
#[derive(Debug, thiserror::Error)]
pub enum ProveLineError {
    /// There is no such line.
    #[error("there is no such line")]
    Unknown,
    /// It must not be.
    #[error(transparent)]
    Refused(#[from] ProofRefusal),
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Has the number of an unproven line issued from now on, and one that is to be rewired not listed any more.
    pub async fn prove_line(
        &self,
        line: LineId,
        reason: Option<&str>,
        countries: &CountryNames,
    ) -> Result<(), ProveLineError> {
        self.prove(line, true, (Actor::Admin, reason), countries).await
    }

    /// `shows_address`: SMS come to today's address; of a supplier that is off it is not known.
    pub(super) async fn prove(
        &self,
        line: LineId,
        shows_address: bool,
        (actor, reason): (Actor, Option<&str>),
        countries: &CountryNames,
    ) -> Result<(), ProveLineError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let before = order_lines::load(&mut tx, line).await?;
        let before = before.ok_or(ProveLineError::Unknown)?;
        let order = orders::load(&mut tx, before.order).await?;
        let order = order.ok_or(ProveLineError::Unknown)?;
        let account = self.purchases.accounts.get(&before.supplier);
        let proof = match account.filter(|_| shows_address) {
            Some(account) => LineProof::Address(account.sms_url_hash),
            None => LineProof::Sms,
        };
        let after = before.clone().prove(proof)?;
        let event = (actor, AuditedPurchase::Proven, reason.map(str::to_owned));
        stock_line(&mut tx, &order, (before, after), countries, event, now).await?;
        Ok(tx.commit().await?)
    }
}
