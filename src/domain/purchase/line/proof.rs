//! What shows that SMS reach a number that was bought (rule 15), and whether they come to today's address.

use super::LineState::{Stocked, Unproven};
use super::{LineId, LineState, OrderLine};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// The SMS of a number do not certainly come to today's address, and its supplier's API cannot change that: a person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingRewire {
    /// Since when.
    pub since: Timestamp,
    /// Whether an SMS that comes with today's token shows that they do. Otherwise its earlier address has that token, too.
    pub by_sms: bool,
}

/// A number of the inventory with a [`PendingRewire`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberToRewire {
    /// The number.
    pub number: PhoneNumber,
    /// Its line.
    pub line: LineId,
    /// See [`PendingRewire::since`].
    pub since: Timestamp,
}

/// A line at whose number an SMS arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceivedProof {
    /// The line.
    pub line: LineId,
    /// Whether the SMS shows that the number has today's address.
    pub shows_address: bool,
}

/// What shows that SMS reach a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineProof {
    /// They do, by whatever address.
    Sms,
    /// They come to the address with that hash.
    Address([u8; 32]),
}

/// Why a line is not proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofRefusal {
    /// There is nothing to prove.
    #[error("the line is {0}, not unproven")]
    OtherState(LineState),
    /// It is not ours any more, as far as the supplier's list shows.
    #[error(
        "the supplier's list of our numbers does not have the number: it is not issued until the list has it again"
    )]
    Gone,
}

impl OrderLine {
    /// An SMS arrived, or the partner knows that they do. A stocked number is proven only while it is to be rewired.
    pub fn prove(self, proof: LineProof) -> Result<Self, ProofRefusal> {
        let other = ProofRefusal::OtherState(self.state);
        if !matches!(self.state, Unproven | Stocked) {
            return Err(other);
        }
        if self.gone_since.is_some() {
            return Err(ProofRefusal::Gone);
        }
        let address = match proof {
            LineProof::Address(hash) if self.rewire.is_some() => Some(hash),
            LineProof::Address(_) | LineProof::Sms => None,
        };
        // Where the API can, it may be due to be wired again.
        let due_at = self.due_at;
        let mut line = match (self.state, address) {
            (Unproven, _) => self.enter(Stocked).map_err(|_| other)?,
            (_, Some(_)) => self,
            (_, None) => return Err(other),
        };
        if address.is_some() {
            line.sms_url_hash = address;
            line.rewire = None;
        }
        line.due_at = due_at;
        line.reason = None;
        Ok(line)
    }
}
