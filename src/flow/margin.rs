//! What bought numbers earned and cost. Only reads, on the connections of the admin: renting does not wait for it.

use super::{Flows, StorageError};
use crate::domain::day::Day;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::margin::{BoughtNumber, IdleNumber, Margin, MarginBy, Period, margins};
use crate::storage::ReadTx;
use crate::storage::costs::sums;

/// How many numbers are looked at in one go.
const NUMBERS_MAX: u32 = 1_000;

impl Flows {
    /// Up to `limit` margins after that key, by key: of numbers that were bought. All of them are listed by
    /// [`MarginBy::Number`], otherwise the keys with income or costs.
    pub async fn margins(
        &self,
        by: MarginBy,
        period: &Period,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Margin>, StorageError> {
        let mut tx = self.database.read_for_admin().await?;
        let rates = &self.purchases.rates;
        let (incomes, costs) = match by {
            MarginBy::Number => {
                let numbers = sums::bought_numbers(&mut tx, after, limit).await?;
                return self.margins_of(&mut tx, &numbers, period).await;
            }
            MarginBy::Supplier => (
                sums::incomes_by_supplier(&mut tx, period).await?,
                sums::costs_by_supplier(&mut tx, period).await?,
            ),
            MarginBy::Month => (
                sums::incomes_by_month(&mut tx, period).await?,
                sums::costs_by_month(&mut tx, period).await?,
            ),
        };
        let margins = margins(Vec::new(), incomes, costs, rates).into_iter();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(margins
            .filter(|margin| margin.key.as_str() > after)
            .take(limit)
            .collect())
    }

    async fn margins_of(
        &self,
        tx: &mut ReadTx,
        numbers: &[PhoneNumber],
        period: &Period,
    ) -> Result<Vec<Margin>, StorageError> {
        let incomes = sums::incomes_of(tx, numbers, period).await?;
        let costs = sums::costs_of(tx, numbers, period).await?;
        let keys = numbers.iter().map(|number| number.digits()).collect();
        Ok(margins(keys, incomes, costs, &self.purchases.rates))
    }

    /// Up to `limit` numbers after those digits that are ours and cost more than they earned since so many days, by number.
    pub async fn idle_numbers(&self, days: u32, after: &str, limit: u32) -> Result<Vec<IdleNumber>, StorageError> {
        let period = Period {
            from: Some(Day::of(self.clock.now()).minus_days(days)),
            to: None,
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut after, mut idle) = (after.to_owned(), Vec::new());
        while idle.len() < limit {
            // A new view each time: none is held for long.
            let mut tx = self.database.read_for_admin().await?;
            let owned = sums::owned_numbers(&mut tx, &after, NUMBERS_MAX).await?;
            let Some(last) = owned.last() else { break };
            after = last.number.digits();
            let numbers: Vec<PhoneNumber> = owned.iter().map(|owned| owned.number).collect();
            let margins = self.margins_of(&mut tx, &numbers, &period).await?;
            idle.extend(losses(owned, margins));
        }
        idle.truncate(limit);
        Ok(idle)
    }
}

/// Those of the numbers that cost more than they earned; both are in the order of the digits.
fn losses(owned: Vec<BoughtNumber>, margins: Vec<Margin>) -> impl Iterator<Item = IdleNumber> {
    let pairs = owned.into_iter().zip(margins);
    pairs
        .filter(|(_, margin)| margin.is_loss())
        .map(|(owned, margin)| IdleNumber { owned, margin })
}
