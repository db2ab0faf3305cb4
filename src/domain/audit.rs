//! Audit events: who changed what, where the changed row itself does not record it.

pub mod purchase;

use strum::IntoStaticStr;

use super::money::Kopecks;
use super::operation::{HistoryEvent, OperationId, Outcome};
use super::phone::PhoneNumber;
use super::time::Timestamp;

/// Who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Actor {
    /// Onlinesim, by a request.
    Onlinesim,
    /// The worker that closes operations without an SMS.
    Watchdog,
    /// The server itself.
    Server,
    /// The partner, through the admin API or a command.
    Admin,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditKind {
    /// An operation was closed or corrected, or Onlinesim contradicted the ledger.
    Operation(HistoryEvent),
    /// Anything else.
    Change(AuditedChange),
}

/// A change of a number, a gateway or a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum AuditedChange {
    /// The admin had a message pushed again.
    #[strum(serialize = "sent again")]
    SentAgain,
    /// A number was banned, by strikes or by the admin.
    Banned,
    /// A ban ended, or the admin lifted it.
    #[strum(serialize = "ban lifted")]
    BanLifted,
    /// A number may be issued again.
    Enabled,
    /// A number is no longer issued.
    Disabled,
    /// A number belongs to another gateway, country or operator.
    Moved,
    /// A number has another line or none.
    #[strum(serialize = "line changed")]
    LineChanged,
    /// An import was stored, in whole or in part.
    #[strum(serialize = "numbers imported")]
    NumbersImported,
    /// A gateway was created.
    #[strum(serialize = "gateway created")]
    GatewayCreated,
    /// A gateway got other settings.
    #[strum(serialize = "gateway changed")]
    GatewayChanged,
    /// A gateway got a new token.
    #[strum(serialize = "gateway token replaced")]
    GatewayTokenReplaced,
    /// A gateway was deleted.
    #[strum(serialize = "gateway deleted")]
    GatewayDeleted,
    /// The partner has a paused supplier called again.
    #[strum(serialize = "supplier resumed")]
    SupplierResumed,
    /// The admin erased texts and senders of SMS.
    #[strum(serialize = "messages erased")]
    MessagesErased,
    /// A backup was restored.
    #[strum(serialize = "backup restored")]
    BackupRestored,
    /// A rule by which the server orders numbers was set.
    #[strum(serialize = "restock rule set")]
    RestockRuleSet,
    /// Such a rule was deleted.
    #[strum(serialize = "restock rule deleted")]
    RestockRuleDeleted,
}

impl AuditKind {
    /// The name in the database and in the admin API.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Operation(HistoryEvent::Closed(_)) => "closed",
            Self::Operation(HistoryEvent::Corrected { .. }) => "corrected",
            Self::Operation(HistoryEvent::Contradicted { .. }) => "contradicted",
            Self::Change(change) => change.into(),
        }
    }

    /// The outcome that the operation has now, or that Onlinesim claimed.
    #[must_use]
    pub const fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Operation(HistoryEvent::Closed(outcome)) => Some(*outcome),
            Self::Operation(HistoryEvent::Corrected { to, .. }) => Some(*to),
            Self::Operation(HistoryEvent::Contradicted { reported, .. }) => Some(*reported),
            Self::Change(_) => None,
        }
    }

    /// The total that Onlinesim claimed against the ledger.
    #[must_use]
    pub const fn claimed_sum(&self) -> Option<Kopecks> {
        match self {
            Self::Operation(HistoryEvent::Contradicted { sum, .. }) => *sum,
            Self::Operation(_) | Self::Change(_) => None,
        }
    }
}

impl From<AuditedChange> for AuditKind {
    fn from(change: AuditedChange) -> Self {
        Self::Change(change)
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Who acted.
    pub actor: Actor,
    /// What happened.
    pub kind: AuditKind,
    /// The operation that was changed.
    pub operation: Option<OperationId>,
    /// The number that was changed.
    pub number: Option<PhoneNumber>,
    /// Details for people; no secret and no text of an SMS. Never parsed.
    pub detail: Option<String>,
}

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// Who acted: an [`Actor`].
    pub actor: String,
    /// The address of the client that the admin used; `None`: a command, or not the admin.
    pub client: Option<String>,
    /// What happened: see [`AuditKind::as_str`].
    pub kind: String,
    /// Details for people.
    pub detail: Option<String>,
}
