//! The lists that people look at: what a row holds, and how they are filtered. Plain data of the business, here because both
//! `storage`, which fills it, and the APIs, which show it, use the domain.

use super::assignment::UnassignedReason;
use super::delivery::{DeliveryState, MessageId, PushRefusal};
use super::exclusion::Prefix;
use super::ledger::Transfer;
use super::number::{Number, NumberState};
use super::operation::{Operation, OperationId};
use super::phone::PhoneNumber;
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
    /// What its gateway calls the line where it sits.
    pub line: Option<String>,
}

/// Which numbers are asked for. `None` filters nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberFilter {
    /// What they are now.
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

/// Which pools are asked for. `None` filters nothing.
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
    /// How many messages it received, refused ones included.
    pub messages: u64,
    /// How often Onlinesim's word and our books differed.
    pub discrepancies: u64,
}

/// Which operations are asked for. `None` filters nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OperationFilter {
    /// Whether they are open.
    pub open: Option<bool>,
    /// Whether Onlinesim's word and our books differed.
    pub discrepant: Option<bool>,
    /// Their number.
    pub number: Option<PhoneNumber>,
}

/// A line in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedTransfer {
    /// Its id; later lines have higher ones.
    pub id: i64,
    /// The operation that it belongs to.
    pub operation: OperationId,
    /// What it moves.
    pub transfer: Transfer,
    /// When it was booked.
    pub booked_at: Timestamp,
}

/// A message as the admin reads it. No `Debug`: it carries a text (rule 11).
#[derive(Clone, PartialEq, Eq)]
pub struct ListedMessage {
    /// Its id.
    pub id: MessageId,
    /// The name of the gateway that handed it over.
    pub gateway: String,
    /// The digits of what received it, mostly a number of ours; empty: the gateway named a line that nobody knew.
    pub number: String,
    /// The slots that the gateway named instead: the one that is known, or all where none is.
    pub slots: Vec<Slot>,
    /// Who sent it.
    pub sender: String,
    /// Its text.
    pub text: String,
    /// When it was sent, if the gateway said so.
    pub sent_at: Option<Timestamp>,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Some of its parts did not come.
    pub incomplete: bool,
    /// Why it belongs to no operation; `None`: it belongs to one.
    pub unassigned: Option<UnassignedReason>,
    /// The operation that it belongs to, and how far its delivery is.
    pub delivery: Option<ListedDelivery>,
}

/// A delivery as the admin reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDelivery {
    /// The operation for which the message is pushed.
    pub operation: OperationId,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts begun.
    pub attempts: i64,
    /// When it is pushed next; `None`: settled, or in line behind another message of its operation.
    pub due_at: Option<Timestamp>,
    /// Onlinesim's final refusal.
    pub refusal: Option<PushRefusal>,
    /// What became of the last attempt, for people.
    pub reason: Option<String>,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
}

/// Which messages are asked for. `None` filters nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// Where their delivery stands; `Some(None)`: they have none.
    pub delivery: Option<Option<DeliveryState>>,
    /// What received them.
    pub number: Option<PhoneNumber>,
    /// Why they belong to no operation.
    pub unassigned: Option<UnassignedReason>,
}
