//! The lists that the admin reads: their rows and their filters. They are here because both `storage`, which fills them, and
//! the APIs, which show them, use the domain.

use super::assignment::UnassignedReason;
use super::delivery::{DeliveryState, MessageId, PushRefusal};
use super::exclusion::Prefix;
use super::ledger::Transfer;
use super::number::{Number, NumberState};
use super::operation::{LostOperation, Operation, OperationId};
use super::phone::PhoneNumber;
use super::retention::StoredText;
use super::sms::Slot;
use super::stock::PoolId;
use super::time::Timestamp;
use super::wire_name::{CountryName, OperatorName};

/// A number with the names of its gateway, country and operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedNumber {
    /// The number.
    pub number: Number,
    /// Its country.
    pub country: CountryName,
    /// Its operator.
    pub operator: OperatorName,
    /// Its gateway's name.
    pub gateway: String,
    /// The line of its gateway that it is assigned to.
    pub line: Option<String>,
}

/// Which numbers are listed. `None` filters nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberFilter {
    /// Their state.
    pub state: Option<NumberState>,
    /// Their country.
    pub country: Option<CountryName>,
    /// Their operator.
    pub operator: Option<OperatorName>,
    /// Their gateway's name.
    pub gateway: Option<String>,
    /// How they begin.
    pub prefix: Option<Prefix>,
}

/// A pool with the name of its gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPool {
    /// Its id; rises with the time at which pools are made.
    pub id: PoolId,
    /// Its gateway's name.
    pub gateway: String,
    /// The country of its numbers.
    pub country: CountryName,
    /// Their operator.
    pub operator: OperatorName,
    /// How many of them are available.
    pub available: i64,
    /// How many of them are rented.
    pub rented: i64,
    /// How many there are, whatever their state.
    pub numbers: i64,
}

/// Which pools are listed. `None` filters nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolFilter {
    /// Their gateway's name.
    pub gateway: Option<String>,
    /// Their country.
    pub country: Option<CountryName>,
    /// Their operator.
    pub operator: Option<OperatorName>,
}

/// An operation as the admin reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedOperation {
    /// The operation.
    pub operation: Operation,
    /// How many messages it received, refused and withheld ones included.
    pub messages: u64,
    /// How often Onlinesim and the ledger differed.
    pub discrepancies: u64,
}

/// An entry of the list of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationEntry {
    /// An operation.
    Known(ListedOperation),
    /// One that was lost when a backup was restored.
    Lost(LostOperation),
}

impl OperationEntry {
    /// The operation's id.
    #[must_use]
    pub const fn id(&self) -> OperationId {
        match self {
            Self::Known(listed) => listed.operation.id,
            Self::Lost(lost) => lost.id,
        }
    }
}

/// Which operations are listed. `None` filters nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OperationFilter {
    /// Whether they are open.
    pub open: Option<bool>,
    /// Whether Onlinesim and the ledger differed.
    pub discrepant: Option<bool>,
    /// Their number.
    pub number: Option<PhoneNumber>,
}

impl OperationFilter {
    /// Whether lost operations are listed, too: they are discrepancies without a number, and neither open nor closed.
    #[must_use]
    pub fn includes_lost(&self) -> bool {
        self.discrepant == Some(true) && self.open.is_none() && self.number.is_none()
    }
}

/// A transfer of the ledger as the admin reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedTransfer {
    /// Its id; later transfers have higher ones.
    pub id: i64,
    /// The operation that it belongs to.
    pub operation: OperationId,
    /// Its kind and amount.
    pub transfer: Transfer,
    /// When it was stored.
    pub booked_at: Timestamp,
}

/// A message as the admin reads it. No `Debug`: it carries a text (rule 11).
#[derive(Clone, PartialEq, Eq)]
pub struct ListedMessage {
    /// Its id.
    pub id: MessageId,
    /// The name of the gateway that delivered it.
    pub gateway: String,
    /// The digits of the number that received it; empty: the gateway reported only an unknown line.
    pub number: String,
    /// The lines that the gateway reported instead of the number: the one that is known, or all where none is.
    pub slots: Vec<Slot>,
    /// Who sent it.
    pub sender: StoredText,
    /// Its text.
    pub text: StoredText,
    /// When it was sent, if the gateway reported it.
    pub sent_at: Option<Timestamp>,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Some of its parts did not arrive.
    pub incomplete: bool,
    /// The operation that it belongs to.
    pub operation: Option<OperationId>,
    /// Why it belongs to no operation; `None`: it belongs to one.
    pub unassigned: Option<UnassignedReason>,
    /// The filter withholds it: it is never pushed.
    pub withheld: bool,
    /// Its delivery; `None`: it belongs to no operation, or is withheld.
    pub delivery: Option<ListedDelivery>,
}

impl ListedMessage {
    /// Whether its text or its sender was blanked: then it is not pushed again.
    #[must_use]
    pub const fn is_blanked(&self) -> bool {
        self.text.blanked_at().is_some() || self.sender.blanked_at().is_some()
    }
}

/// A delivery as the admin reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDelivery {
    /// Its state.
    pub state: DeliveryState,
    /// How many attempts have begun.
    pub attempts: i64,
    /// When it is pushed next; `None`: settled, or in line behind another message of its operation.
    pub due_at: Option<Timestamp>,
    /// Onlinesim's final refusal.
    pub refusal: Option<PushRefusal>,
    /// The result of the last attempt, for people.
    pub reason: Option<String>,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
}

/// Which messages are listed. `None` filters nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// The state of their delivery; `Some(None)`: they have none.
    pub delivery: Option<Option<DeliveryState>>,
    /// The number that received them.
    pub number: Option<PhoneNumber>,
    /// Why they belong to no operation.
    pub unassigned: Option<UnassignedReason>,
    /// Whether they are withheld.
    pub withheld: Option<bool>,
}
