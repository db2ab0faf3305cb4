//! How operations end, and the events of their history.

use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::domain::money::Kopecks;

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// Onlinesim: sold (3).
    Sold,
    /// Onlinesim: cancelled, no message delivered (4).
    Cancelled,
    /// Onlinesim: refunded (5).
    Refunded,
    /// Onlinesim: the number was not ordered for this service (1).
    NotOrdered,
    /// The watchdog: no SMS in the guard interval, and no FINISH either.
    NoSms,
    /// The answer to GET_NUMBER could not be sent.
    Undelivered,
    /// Closed by the admin.
    Forced,
}

/// The status of FINISH_ACTIVATION.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// Status 1.
    NotOrdered,
    /// Status 3, with the total of all periods.
    Sold(Kopecks),
    /// Status 4.
    Cancelled,
    /// Status 5.
    Refunded,
}

impl Finish {
    /// The outcome that it stands for.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::NotOrdered => Outcome::NotOrdered,
            Self::Sold(_) => Outcome::Sold,
            Self::Cancelled => Outcome::Cancelled,
            Self::Refunded => Outcome::Refunded,
        }
    }
}

/// An event of an operation's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryEvent {
    /// It was closed.
    Closed(Outcome),
    /// It was closed, and Onlinesim reported another outcome later: the ledger follows Onlinesim.
    Corrected {
        /// The outcome before.
        from: Outcome,
        /// The outcome now.
        to: Outcome,
    },
    /// It was closed, and Onlinesim reported later what contradicts the ledger. This changes nothing.
    Contradicted {
        /// What was reported.
        reported: Outcome,
        /// The total that was reported, if any.
        sum: Option<Kopecks>,
    },
}

impl HistoryEvent {
    /// Whether the admin should look at it: the ledger and Onlinesim differed.
    #[must_use]
    pub const fn is_discrepancy(&self) -> bool {
        match self {
            Self::Closed(_) => false,
            Self::Corrected { from, .. } => !matches!(from, Outcome::Sold),
            Self::Contradicted { .. } => true,
        }
    }
}
