//! How operations end, and what is said about it afterwards.

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
    /// Our answer to GET_NUMBER could not be sent.
    Undelivered,
    /// The admin.
    Forced,
}

/// What Onlinesim says in FINISH_ACTIVATION.
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
    /// The outcome that it asks for.
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

/// A line of an operation's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryEvent {
    /// It closed.
    Closed(Outcome),
    /// It was closed, and Onlinesim then said otherwise: the ledger follows Onlinesim.
    Corrected {
        /// The outcome before.
        from: Outcome,
        /// The outcome now.
        to: Outcome,
    },
    /// It was closed, and Onlinesim said something that contradicts the ledger and changes nothing.
    Contradicted {
        /// What was said.
        said: Outcome,
        /// The total that was said, when one was.
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
