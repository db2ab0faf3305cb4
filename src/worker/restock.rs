//! Orders numbers where a rule requires it.

use std::sync::Arc;
use std::time::Duration;

use super::Worker;
use crate::domain::country::CountryNames;
use crate::flow::{Flows, StorageError};

/// The worker.
pub struct Restock {
    flows: Flows,
    countries: Arc<CountryNames>,
}

impl Restock {
    /// `countries` has the calling codes with which numbers begin.
    #[must_use]
    pub const fn new(flows: Flows, countries: Arc<CountryNames>) -> Self {
        Self { flows, countries }
    }
}

impl Worker for Restock {
    const NAME: &'static str = "restock";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        self.flows.restock(&self.countries).await?;
        let policy = self.flows.purchase_policy();
        Ok((!policy.accounts.is_empty()).then_some(policy.poll))
    }
}
