//! The partner confirms that SMS reach a number that was bought (rule 15).

use super::stock_numbers::stock_line;
use super::{Flows, StorageError};
use crate::domain::audit::Actor;
use crate::domain::audit::purchase::AuditedPurchase;
use crate::domain::country::CountryNames;
use crate::domain::purchase::LineId;
use crate::domain::purchase::line::LineState;
use crate::storage::{order_lines, orders};

/// Why a line was not proven.
#[derive(Debug, thiserror::Error)]
pub enum ProveLineError {
    /// There is no such line.
    #[error("there is no such line")]
    Unknown,
    /// Only unproven numbers are proven.
    #[error("the line is {0}, not unproven")]
    OtherState(LineState),
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Has the number of an unproven line issued from now on.
    pub async fn prove_line(
        &self,
        line: LineId,
        reason: Option<&str>,
        countries: &CountryNames,
    ) -> Result<(), ProveLineError> {
        self.prove(line, (Actor::Admin, reason), countries).await
    }

    pub(super) async fn prove(
        &self,
        line: LineId,
        (actor, reason): (Actor, Option<&str>),
        countries: &CountryNames,
    ) -> Result<(), ProveLineError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let before = order_lines::load(&mut tx, line).await?;
        let before = before.ok_or(ProveLineError::Unknown)?;
        let order = orders::load(&mut tx, before.order).await?;
        let order = order.ok_or(ProveLineError::Unknown)?;
        let after = before.clone().prove();
        let after = after.map_err(|refused| ProveLineError::OtherState(refused.from))?;
        let event = (actor, AuditedPurchase::Proven, reason.map(str::to_owned));
        stock_line(&mut tx, &order, (before, after), countries, event, now).await?;
        Ok(tx.commit().await?)
    }
}
