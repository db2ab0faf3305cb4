//! Operations that were opened after a backup, and lost when that was restored.

use super::{Finish, OperationId, Outcome};
use crate::domain::money::Kopecks;
use crate::domain::time::Timestamp;

/// All that is known of an operation that a restore lost: what Onlinesim reported about its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostOperation {
    /// Its id.
    pub id: OperationId,
    /// What was reported.
    pub outcome: Outcome,
    /// The total that was reported with `sold`. It is not in the ledger, because the price of the first period is not known.
    pub sum: Option<Kopecks>,
    /// When that was reported.
    pub reported_at: Timestamp,
}

impl LostOperation {
    /// FINISH_ACTIVATION for a lost operation of which `known` was reported before. `None`: that adds nothing. Refunded is
    /// final, as for other operations.
    #[must_use]
    pub fn report(known: Option<&Self>, id: OperationId, finish: Finish, now: Timestamp) -> Option<Self> {
        let outcome = finish.outcome();
        let total = match finish {
            Finish::Sold(total) => Some(total),
            Finish::NotOrdered | Finish::Cancelled | Finish::Refunded => None,
        };
        let sum = match (outcome, known) {
            (Outcome::Refunded, Some(earlier)) => earlier.sum,
            _ => total,
        };
        let is_new = known.is_none_or(|earlier| {
            earlier.outcome != Outcome::Refunded && (earlier.outcome, earlier.sum) != (outcome, sum)
        });
        is_new.then_some(Self {
            id,
            outcome,
            sum,
            reported_at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: OperationId = OperationId::new(7).unwrap();

    fn after(known: Option<LostOperation>, finish: Finish, at_ms: i64) -> Option<LostOperation> {
        LostOperation::report(known.as_ref(), ID, finish, Timestamp::from_ms(at_ms))
    }

    #[test]
    fn a_repetition_adds_nothing_and_a_refund_is_final() {
        let sum = Kopecks::from_i64(32_000).unwrap();
        let sold = after(None, Finish::Sold(sum), 1);
        assert_eq!(sold.map(|one| (one.outcome, one.sum)), Some((Outcome::Sold, Some(sum))));
        assert_eq!(after(sold, Finish::Sold(sum), 2), None);
        let refunded = after(sold, Finish::Refunded, 3);
        assert_eq!(
            refunded.map(|one| (one.outcome, one.sum, one.reported_at.as_ms())),
            Some((Outcome::Refunded, Some(sum), 3))
        );
        assert_eq!(after(refunded, Finish::Sold(sum), 4), None);
        let more = Kopecks::from_i64(50_000).unwrap();
        assert_eq!(after(sold, Finish::Sold(more), 5).map(|one| one.sum), Some(Some(more)));
        let cancelled = after(sold, Finish::Cancelled, 6);
        assert_eq!(
            cancelled.map(|one| (one.outcome, one.sum)),
            Some((Outcome::Cancelled, None))
        );
    }
}
