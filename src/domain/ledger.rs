//! The ledger: what each operation reserved, and what became of it (rule 6).
//!
//! Transfers are only ever added. For every operation, and so for all of them together,
//! `reserved = posted + voided + still open`; what is reversed was posted before.

use strum::{EnumString, IntoStaticStr};

use super::money::Kopecks;

/// What a transfer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum TransferKind {
    /// Income that is expected: at issue, and for the periods that a renter added.
    Reserve,
    /// Income that is credited: the operation was sold.
    Post,
    /// Expected income that will not come.
    Void,
    /// Credited income that is taken back: a refund.
    Reverse,
}

/// One line of the ledger, before it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// What it does.
    pub kind: TransferKind,
    /// How much it moves.
    pub amount: Kopecks,
}

const fn transfer(kind: TransferKind, amount: Kopecks) -> Transfer {
    Transfer { kind, amount }
}

/// The transfer of a new rental: its first period is expected.
#[must_use]
pub const fn reserve(amount: Kopecks) -> Transfer {
    transfer(TransferKind::Reserve, amount)
}

/// The transfers of an operation sold for `total` of which `reserved` is still open: added periods are reserved first, what
/// was reserved too much is voided.
#[must_use]
pub fn sell(reserved: Kopecks, total: Kopecks) -> Vec<Transfer> {
    let mut transfers = Vec::with_capacity(2);
    if total > reserved {
        transfers.push(transfer(TransferKind::Reserve, total - reserved));
    }
    transfers.push(transfer(TransferKind::Post, total));
    if total < reserved {
        transfers.push(transfer(TransferKind::Void, reserved - total));
    }
    transfers
}

/// The transfers of a closed operation that was sold after all: its reserve was voided when it closed, so `total` is
/// reserved again.
#[must_use]
pub fn sell_late(total: Kopecks) -> Vec<Transfer> {
    sell(Kopecks::ZERO, total)
}

/// The transfer of an operation without income.
#[must_use]
pub const fn void(reserved: Kopecks) -> Transfer {
    transfer(TransferKind::Void, reserved)
}

/// The transfer of a refund: exactly what was posted.
#[must_use]
pub const fn reverse(posted: Kopecks) -> Transfer {
    transfer(TransferKind::Reverse, posted)
}

/// The sums of the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// All that was ever expected.
    pub reserved: Kopecks,
    /// All that was credited, refunds not subtracted.
    pub posted: Kopecks,
    /// All that will not come.
    pub voided: Kopecks,
    /// All credits that were taken back.
    pub reversed: Kopecks,
}

impl Balance {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            reserved: self.reserved + other.reserved,
            posted: self.posted + other.posted,
            voided: self.voided + other.voided,
            reversed: self.reversed + other.reversed,
        }
    }

    /// The same with one more transfer.
    #[must_use]
    pub fn with(self, transfer: Transfer) -> Self {
        let mut sums = self;
        let sum = match transfer.kind {
            TransferKind::Reserve => &mut sums.reserved,
            TransferKind::Post => &mut sums.posted,
            TransferKind::Void => &mut sums.voided,
            TransferKind::Reverse => &mut sums.reversed,
        };
        *sum = *sum + transfer.amount;
        sums
    }

    /// What is still open; `None` when the ledger does not add up (rule 6).
    #[must_use]
    pub fn expected(&self) -> Option<Kopecks> {
        let open = self.reserved.as_i64() - self.posted.as_i64() - self.voided.as_i64();
        if self.reversed > self.posted {
            None
        } else {
            Kopecks::from_i64(open)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(lines: &[Transfer], kind: TransferKind) -> i64 {
        lines
            .iter()
            .filter(|line| line.kind == kind)
            .map(|line| line.amount.as_i64())
            .sum()
    }

    #[test]
    fn rule_6_every_way_to_sell_balances() {
        for (reserved, total) in [(0, 0), (320, 320), (320, 870), (320, 100), (320, 0), (0, 50)] {
            let (reserved, total) = (Kopecks::from_i64(reserved).unwrap(), Kopecks::from_i64(total).unwrap());
            let mut lines = vec![reserve(reserved)];
            lines.extend(sell(reserved, total));
            assert_eq!(sum(&lines, TransferKind::Post), total.as_i64());
            assert_eq!(
                sum(&lines, TransferKind::Reserve),
                sum(&lines, TransferKind::Post) + sum(&lines, TransferKind::Void)
            );
        }
    }

    fn kopecks(amount: i64) -> Kopecks {
        Kopecks::from_i64(amount).unwrap()
    }

    #[test]
    fn no_transfer_is_empty() {
        assert_eq!(
            sell(kopecks(320), kopecks(320)),
            [transfer(TransferKind::Post, kopecks(320))]
        );
        assert_eq!(sell(kopecks(0), kopecks(50)).len(), 2);
        assert_eq!(sell(kopecks(320), kopecks(100)).len(), 2);
    }

    #[test]
    fn every_kind_has_its_name() {
        for (name, kind) in [
            ("reserve", TransferKind::Reserve),
            ("post", TransferKind::Post),
            ("void", TransferKind::Void),
            ("reverse", TransferKind::Reverse),
        ] {
            assert_eq!((<&str>::from(kind), name.parse()), (name, Ok(kind)));
        }
    }

    #[test]
    fn rule_6_what_is_expected_is_what_was_neither_posted_nor_voided() {
        for ([reserved, posted, voided, reversed], expected) in [
            ([0, 0, 0, 0], Some(0)),
            ([900, 300, 500, 0], Some(100)),
            ([900, 300, 500, 300], Some(100)),
            ([900, 300, 600, 200], Some(0)),
            // More than there was.
            ([900, 300, 601, 0], None),
            ([900, 300, 500, 301], None),
        ] {
            let [reserved, posted, voided, reversed] = [reserved, posted, voided, reversed].map(kopecks);
            let balance = Balance {
                reserved,
                posted,
                voided,
                reversed,
            };
            assert_eq!(balance.expected().map(Kopecks::as_i64), expected, "{balance:?}");
        }
    }
}
