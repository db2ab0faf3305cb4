//! Audit events of purchases: the history of an order's lines.

use strum::IntoStaticStr;

use super::Actor;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::LineId;
use crate::domain::purchase::line::OrderLine;
use crate::domain::time::Timestamp;

/// What happened to a line of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum AuditedPurchase {
    /// Its order was placed.
    Ordered,
    /// Its number was ours already, and is to be stocked.
    Adopted,
    /// The intent to buy was stored; the call comes after it (rule 13).
    Attempted,
    /// Nothing was bought; it is tried again later.
    #[strum(serialize = "planned again")]
    PlannedAgain,
    /// Whether it was bought is not known.
    Unknown,
    /// The supplier fills it later.
    Waiting,
    /// The number is ours.
    Bought,
    /// Its SMS come to the gateway.
    Wired,
    /// An SMS arrived, or the partner confirmed that they do.
    Proven,
    /// The number is in the inventory.
    Stocked,
    /// It will not be bought, or is useless.
    Refused,
    /// The partner cancelled it.
    Cancelled,
    /// The partner decided whether an unknown purchase was carried out.
    Resolved,
    /// The number is off sale and is to be given back (rule 16).
    #[strum(serialize = "give-back requested")]
    GiveBackRequested,
    /// Its price was not known when its costs were booked, and is now.
    #[strum(serialize = "price known")]
    Priced,
    /// The supplier took it back.
    #[strum(serialize = "given back")]
    GivenBack,
    /// The supplier did not take it back; it is what it was before.
    #[strum(serialize = "give-back refused")]
    GiveBackRefused,
    /// The partner ordered a number again that was given back.
    #[strum(serialize = "restore requested")]
    RestoreRequested,
    /// The supplier's list of our numbers lacks it; it is not issued any more.
    #[strum(serialize = "gone from the supplier's list")]
    Gone,
    /// The supplier's list has it again.
    #[strum(serialize = "listed again")]
    ListedAgain,
}

/// One event of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseEvent {
    /// Who acted.
    pub actor: Actor,
    /// What happened.
    pub change: AuditedPurchase,
    /// The line; for [`AuditedPurchase::Ordered`] the first one of the order.
    pub line: LineId,
    /// Its number, where one is known.
    pub number: Option<PhoneNumber>,
    /// Details for people; no secret, and never parsed.
    pub detail: Option<String>,
}

impl PurchaseEvent {
    /// What happened to that line.
    #[must_use]
    pub const fn of_line(actor: Actor, change: AuditedPurchase, line: &OrderLine, detail: Option<String>) -> Self {
        Self {
            actor,
            change,
            line: line.id,
            number: line.number,
            detail,
        }
    }
}

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseRecord {
    /// When.
    pub at: Timestamp,
    /// Who acted: an [`Actor`].
    pub actor: String,
    /// Which line.
    pub line: LineId,
    /// What happened: an [`AuditedPurchase`].
    pub kind: String,
    /// Details for people.
    pub detail: Option<String>,
}
