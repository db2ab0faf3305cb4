//! What a day of purchases may cost (rule 14).

use super::price::{Millionths, NumberPrice};
use super::terms::SupplierTerms;

/// The purchases of one supplier on one day, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayBudget {
    /// What the supplier charges, and what may be spent; `None`: it is off, and nothing is bought.
    pub terms: Option<SupplierTerms>,
    /// The attempts of the day, each at what it cost or, where that is not known, at its highest price, with a month of SMS;
    /// one-time costs of other kinds, too.
    pub spent: Millionths,
    /// Whether that is all: attempts of this day may have been lost by a restore. Then nothing is bought before the next one.
    pub is_complete: bool,
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
    /// Takes one more purchase at its highest price, if it fits.
    pub fn take(&mut self, highest: NumberPrice) -> BudgetDecision {
        let Some((terms, limit)) = self.terms.and_then(|terms| Some((terms, terms.budget_per_day?))) else {
            return BudgetDecision::NoBudget;
        };
        let spent = self.spent.plus(terms.first_day(highest));
        if spent > limit || !self.is_complete {
            return BudgetDecision::Exceeded;
        }
        self.spent = spent;
        BudgetDecision::Within
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::purchase::price::Currency;

    #[test]
    fn rule_14_the_next_attempt_and_those_before_stay_within_the_budget() {
        let amount = |text: &str| text.parse::<Millionths>().unwrap();
        let after = |limit: Option<&str>, spent: &str, messaging: &str, monthly: &str| {
            let terms = SupplierTerms {
                currency: Currency::USD,
                budget_per_day: limit.map(amount),
                fixed_price: None,
                messaging: amount(messaging),
            };
            let mut day = DayBudget {
                terms: Some(terms),
                spent: amount(spent),
                is_complete: true,
            };
            let decision = day.take(NumberPrice {
                setup: amount("0.5"),
                monthly: amount(monthly),
            });
            (decision, day.spent.to_string())
        };
        let expected = |decision, spent: &str| (decision, spent.to_owned());
        let within = expected(BudgetDecision::Within, "5.00");
        assert_eq!(after(Some("5"), "4", "0", "0.5"), within);
        assert_eq!(after(Some("5"), "4", "0.03", "0.47"), within);
        let exceeded = expected(BudgetDecision::Exceeded, "4.00");
        assert_eq!(after(Some("5"), "4", "0", "0.500001"), exceeded);
        assert_eq!(after(Some("5"), "4", "0.03", "0.470001"), exceeded);
        assert_eq!(after(None, "0", "0", "0"), expected(BudgetDecision::NoBudget, "0.00"));
    }

    #[test]
    fn rule_14_nothing_is_bought_on_a_day_whose_attempts_are_not_all_known() {
        let terms = SupplierTerms {
            currency: Currency::USD,
            budget_per_day: Some("5".parse().unwrap()),
            fixed_price: None,
            messaging: Millionths::ZERO,
        };
        let mut day = DayBudget {
            terms: Some(terms),
            spent: Millionths::ZERO,
            is_complete: false,
        };
        assert_eq!(day.take(NumberPrice::default()), BudgetDecision::Exceeded);
    }
}
