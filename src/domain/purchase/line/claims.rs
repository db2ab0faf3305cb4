//! What is to be done now for lines that are due, and what that makes of them before the call (rules 13 and 14).

use super::LineState::{Attempted, Planned};
use super::calls::{SupplierCall, next_call};
use super::{InvalidTransition, OrderLine};
use crate::domain::purchase::budget::{BudgetDecision, DayBudget};
use crate::domain::purchase::order::{OrderedNumbers, PurchaseOrder};
use crate::domain::time::Timestamp;

/// Why a line waits for the next day. The admin API documents it.
pub const OVER_BUDGET: &str = "budget_per_day";

/// When claimed lines are due again.
#[derive(Debug, Clone, Copy)]
pub struct ClaimTimes {
    /// The time.
    pub now: Timestamp,
    /// When the lease of a claim ends: nobody will answer any more.
    pub lease_until: Timestamp,
    /// The next midnight, UTC.
    pub midnight: Timestamp,
}

/// What a call depends on besides its lines.
#[derive(Debug, Clone, Copy)]
pub struct ClaimContext<'a> {
    /// When the lines are due again.
    pub times: ClaimTimes,
    /// The country of the order, ISO 3166-1 alpha-2; empty where it has none.
    pub country: &'a str,
    /// SHA-256 of the address for SMS that a purchase carries.
    pub sms_url_hash: [u8; 32],
}

/// What is to be done for lines of an order that are in the same state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineClaim {
    /// The lines for which the call is made.
    pub called: Vec<OrderLine>,
    /// The call; `None`: `called` is empty.
    pub call: Option<SupplierCall>,
    /// The other lines, which are due another time.
    pub postponed: Vec<OrderLine>,
}

/// Decides what is done now. An attempt is added to the budget at the highest price of its lines.
pub fn claim(
    order: &PurchaseOrder,
    lines: Vec<OrderLine>,
    budget: &mut DayBudget,
    context: ClaimContext<'_>,
) -> Result<LineClaim, InvalidTransition> {
    let ClaimContext {
        times,
        country,
        sms_url_hash,
    } = context;
    let ClaimTimes { now, lease_until, .. } = times;
    if lines.first().is_some_and(|line| line.state == Attempted) {
        let lost = lines.into_iter().map(|line| line.lose_answer(now));
        return Ok(postponed(lost.collect::<Result<_, _>>()?));
    }
    let mut affordable = lines.clone();
    let mut rest = Vec::new();
    let mut call = next_call(order, &lines, country);
    if matches!(call, Some(SupplierCall::Buy(_))) {
        (affordable, rest) = within_budget(lines, budget, times.midnight);
        // A request for several numbers is for as many as the budget covers.
        call = next_call(order, &affordable, country);
    }
    let first = affordable.first().map(|line| line.id);
    let (Some(call), Some(first)) = (call, first) else {
        rest.extend(affordable.into_iter().map(|line| OrderLine { due_at: None, ..line }));
        return Ok(postponed(rest));
    };
    let is_purchase = matches!(call, SupplierCall::Buy(_));
    // Nothing says where the SMS of a number go that is restored.
    let carries_url = !matches!(order.terms.numbers, OrderedNumbers::Restored { .. });
    let claim = |line: OrderLine| match is_purchase {
        true => Ok(OrderLine {
            sms_url_hash: carries_url.then_some(sms_url_hash),
            ..line.attempt(first, lease_until)?
        }),
        false => Ok(line.due(lease_until)),
    };
    let called = affordable.into_iter().map(claim).collect::<Result<Vec<_>, _>>()?;
    let call = match call {
        SupplierCall::Buy(mut intent) => {
            intent.call_line = first;
            SupplierCall::Buy(intent)
        }
        other => other,
    };
    Ok(LineClaim {
        called,
        call: Some(call),
        postponed: rest,
    })
}

const fn postponed(lines: Vec<OrderLine>) -> LineClaim {
    LineClaim {
        called: Vec::new(),
        call: None,
        postponed: lines,
    }
}

/// The lines that a budget covers, and the others, which wait for the next day: it begins at `midnight`.
pub(in crate::domain::purchase) fn within_budget(
    lines: Vec<OrderLine>,
    budget: &mut DayBudget,
    midnight: Timestamp,
) -> (Vec<OrderLine>, Vec<OrderLine>) {
    let (mut covered, mut rest) = (Vec::new(), Vec::new());
    for line in lines {
        match budget.take(line.highest) {
            BudgetDecision::Within => covered.push(line),
            BudgetDecision::Exceeded | BudgetDecision::NoBudget => {
                rest.push(line.postpone(OVER_BUDGET, midnight));
            }
        }
    }
    (covered, rest)
}

/// Whether the lines of an order that are in the state of this one belong to the same call.
#[must_use]
pub fn belongs_together(one: &OrderLine, other: &OrderLine) -> bool {
    one.state == other.state && (one.state == Planned || one.call_line == other.call_line)
}
