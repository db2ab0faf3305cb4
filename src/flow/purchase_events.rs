//! The audit events of lines: what a claim and an answer changed.

use crate::domain::audit::Actor;
use crate::domain::audit::purchase::{AuditedPurchase, PurchaseEvent};
use crate::domain::purchase::line::{LineState, OrderLine};

/// The event of a claim.
pub(super) fn claim_event(before: &OrderLine, after: &OrderLine) -> Option<PurchaseEvent> {
    let change = match (before.state, after.state) {
        (_, LineState::Attempted) => AuditedPurchase::Attempted,
        (LineState::Attempted, LineState::Unknown) => AuditedPurchase::Unknown,
        _ => return None,
    };
    let detail = after.reason.clone().filter(|_| change == AuditedPurchase::Unknown);
    Some(PurchaseEvent::of_line(Actor::Server, change, after, detail))
}

/// The event of a change of state.
pub(super) fn answer_event(before: &OrderLine, after: &OrderLine) -> Option<PurchaseEvent> {
    let change = match (before.state, after.state) {
        (from, to) if from == to => return None,
        (LineState::GivingBack, LineState::GivenBack) => AuditedPurchase::GivenBack,
        (LineState::GivingBack, _) => AuditedPurchase::GiveBackRefused,
        (_, LineState::Planned) => AuditedPurchase::PlannedAgain,
        (_, LineState::Unknown) => AuditedPurchase::Unknown,
        (_, LineState::Waiting) => AuditedPurchase::Waiting,
        (_, LineState::Wiring) => AuditedPurchase::Bought,
        (LineState::Unproven, LineState::Stocked) => AuditedPurchase::Proven,
        (_, LineState::Stocked) => AuditedPurchase::Stocked,
        (_, LineState::Unproven) => AuditedPurchase::Wired,
        (_, LineState::Refused) => AuditedPurchase::Refused,
        (_, LineState::Attempted | LineState::GivingBack | LineState::GivenBack | LineState::Cancelled) => return None,
    };
    let detail = [&after.code, &after.reason, &after.deviation].into_iter().flatten();
    let detail = detail.cloned().collect::<Vec<_>>().join("; ");
    let detail = (!detail.is_empty()).then_some(detail);
    Some(PurchaseEvent::of_line(Actor::Server, change, after, detail))
}
