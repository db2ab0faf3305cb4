//! What a day of purchases may cost (rule 14).

use super::price::Millionths;

/// The purchases of one supplier on one day, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayBudget {
    /// What may be spent; `None`: nothing is bought.
    pub limit: Option<Millionths>,
    /// The attempts of the day, each at what it cost or, where that is not known, at its highest price; one-time costs
    /// of other kinds, too.
    pub spent: Millionths,
}

/// Whether a purchase may be attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetDecision {
    /// It may.
    Within,
    /// It has to wait for the next day.
    Exceeded,
    /// No budget is set.
    NoBudget,
}

impl DayBudget {
    /// Whether one more purchase fits, at its highest price.
    #[must_use]
    pub fn decide(&self, highest: Millionths) -> BudgetDecision {
        match self.limit {
            None => BudgetDecision::NoBudget,
            Some(limit) if self.spent.plus(highest) <= limit => BudgetDecision::Within,
            Some(_) => BudgetDecision::Exceeded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_14_the_next_attempt_and_those_before_stay_within_the_budget() {
        let amount = |text: &str| text.parse::<Millionths>().unwrap();
        let day = |limit: Option<&str>, spent| DayBudget {
            limit: limit.map(amount),
            spent: amount(spent),
        };
        assert_eq!(day(Some("5"), "4").decide(amount("1")), BudgetDecision::Within);
        assert_eq!(day(Some("5"), "4").decide(amount("1.000001")), BudgetDecision::Exceeded);
        assert_eq!(day(Some("0"), "0").decide(amount("0")), BudgetDecision::Within);
        assert_eq!(day(None, "0").decide(amount("0")), BudgetDecision::NoBudget);
    }
}
