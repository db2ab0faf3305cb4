//! What bought numbers earned and cost. Only reads, on the connections of the admin: renting does not wait for it.

use std::collections::BTreeMap;

use super::{Flows, StorageError};
use crate::domain::day::Day;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::margin::{
    BoughtNumber, IdleNumber, Margin, MarginBy, Period, SignedKopecks, add_incomes, margins,
};
use crate::storage::archives::{self, income};
use crate::storage::costs::sums;

/// How many numbers are looked at in one go.
const NUMBERS_MAX: u32 = 1_000;
/// How many transfers are read in one view of the database: none is held for long.
const TRANSFERS_MAX: i64 = 100_000;

/// What each key earned.
type Incomes = BTreeMap<String, SignedKopecks>;

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
        let (keys, incomes, costs) = match by {
            MarginBy::Number => {
                let mut tx = self.database.read_for_admin().await?;
                let numbers = sums::bought_numbers(&mut tx, after, limit).await?;
                let mut incomes = Incomes::new();
                add_incomes(&mut incomes, sums::incomes_of(&mut tx, &numbers, period).await?);
                add_incomes(&mut incomes, income::of_numbers(&mut tx, &numbers, period).await?);
                let costs = sums::costs_of(&mut tx, &numbers, period).await?;
                (numbers.iter().map(|number| number.digits()).collect(), incomes, costs)
            }
            MarginBy::Supplier | MarginBy::Month => {
                let incomes = self.incomes(by, period).await?;
                let mut tx = self.database.read_for_admin().await?;
                let costs = match by {
                    MarginBy::Month => sums::costs_by_month(&mut tx, period).await?,
                    _ => sums::costs_by_supplier(&mut tx, period).await?,
                };
                (Vec::new(), incomes, costs)
            }
        };
        let margins = margins(keys, incomes, costs, &self.purchases.rates).into_iter();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(margins
            .filter(|margin| margin.key.as_str() > after)
            .take(limit)
            .collect())
    }

    /// What all bought numbers earned in the period.
    async fn incomes(&self, by: MarginBy, period: &Period) -> Result<Incomes, StorageError> {
        if let Some(incomes) = self.incomes_in_views(by, period, TRANSFERS_MAX).await? {
            return Ok(incomes);
        }
        // An archive is being removed: between two views, transfers would be missed or counted twice.
        let incomes = self.incomes_in_views(by, period, i64::MAX).await?;
        Ok(incomes.unwrap_or_default())
    }

    /// The same, from views of so many transfers each. `None`: transfers were removed between two of them.
    async fn incomes_in_views(
        &self,
        by: MarginBy,
        period: &Period,
        transfers_max: i64,
    ) -> Result<Option<Incomes>, StorageError> {
        let mut incomes = Incomes::new();
        let mut tx = self.database.read_for_admin().await?;
        let Some(bounds) = sums::income_bounds(&mut tx).await? else {
            return Ok(Some(incomes));
        };
        let removed = archives::removed(&mut tx).await?;
        // Earlier transfers are skipped without a look at their operations.
        let first = Day::of(bounds.since);
        let period = Period {
            from: Some(period.from.map_or(first, |from| from.max(first))),
            ..*period
        };
        add_incomes(&mut incomes, income::within(&mut tx, by, &period).await?);
        let mut after = 0;
        loop {
            let to = bounds.last.min(after + transfers_max);
            let sums = sums::incomes_within(&mut tx, by, &period, (after, to)).await?;
            add_incomes(&mut incomes, sums);
            if to >= bounds.last {
                let is_same = archives::removed(&mut tx).await? == removed;
                return Ok(is_same.then_some(incomes));
            }
            after = to;
            drop(tx);
            tx = self.database.read_for_admin().await?;
        }
    }

    /// Up to `limit` numbers after those digits that are ours and cost more than they earned since so many days, by number.
    pub async fn idle_numbers(&self, days: u32, after: &str, limit: u32) -> Result<Vec<IdleNumber>, StorageError> {
        let period = Period {
            from: Some(Day::of(self.clock.now()).minus_days(days)),
            to: None,
        };
        let mut incomes = self.incomes(MarginBy::Number, &period).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut after, mut idle) = (after.to_owned(), Vec::new());
        while idle.len() < limit {
            let mut tx = self.database.read_for_admin().await?;
            let owned = sums::owned_numbers(&mut tx, &after, NUMBERS_MAX).await?;
            let Some(last) = owned.last() else { break };
            after = last.number.digits();
            let numbers: Vec<PhoneNumber> = owned.iter().map(|owned| owned.number).collect();
            let costs = sums::costs_of(&mut tx, &numbers, &period).await?;
            let keys: Vec<String> = numbers.iter().map(|number| number.digits()).collect();
            let earned: Vec<_> = keys.iter().filter_map(|key| incomes.remove_entry(key)).collect();
            idle.extend(losses(owned, margins(keys, earned, costs, &self.purchases.rates)));
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
