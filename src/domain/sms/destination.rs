//! The recipient of a message, resolved to a number.

use super::{Receiver, Recipient, Slot};
use crate::domain::phone::PhoneNumber;

/// The recipient of a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Destination {
    /// The request has it.
    Named(Recipient),
    /// The request has slots: the first one that belongs to a number.
    KnownSlot {
        /// The slot.
        slot: Slot,
        /// Its number.
        number: PhoneNumber,
    },
    /// The request has slots, and none of them belongs to a number.
    UnknownSlots(Vec<Slot>),
}

impl Destination {
    /// The number in the request, or that of the first slot that `number_of` knows.
    pub fn of(receiver: &Receiver, number_of: impl Fn(&Slot) -> Option<PhoneNumber>) -> Self {
        match receiver {
            Receiver::Number(recipient) => Self::Named(recipient.clone()),
            Receiver::Lines(slots) => {
                let known = slots.iter().find_map(|slot| Some((number_of(slot)?, slot)));
                known.map_or_else(
                    || Self::UnknownSlots(slots.clone()),
                    |(number, slot)| Self::KnownSlot {
                        slot: slot.clone(),
                        number,
                    },
                )
            }
        }
    }

    /// From the stored [`Destination::digits`] and [`Destination::slots`]. `None`: these never go together.
    #[must_use]
    pub fn from_stored(digits: &str, mut slots: Vec<Slot>) -> Option<Self> {
        match Recipient::from_stored(digits) {
            None => Some(Self::UnknownSlots(slots)),
            Some(recipient) => match slots.pop() {
                None => Some(Self::Named(recipient)),
                Some(slot) => {
                    let number = recipient.number().filter(|_| slots.is_empty())?;
                    Some(Self::KnownSlot { slot, number })
                }
            },
        }
    }

    /// The number's digits; empty when there is none.
    #[must_use]
    pub fn digits(&self) -> String {
        match self {
            Self::Named(recipient) => recipient.digits().to_owned(),
            Self::KnownSlot { number, .. } => number.digits(),
            Self::UnknownSlots(_) => String::new(),
        }
    }

    /// The slot that it was resolved by, or all that failed.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        match self {
            Self::Named(_) => &[],
            Self::KnownSlot { slot, .. } => std::slice::from_ref(slot),
            Self::UnknownSlots(slots) => slots,
        }
    }

    /// The phone number, when it is a whole one.
    #[must_use]
    pub fn number(&self) -> Option<PhoneNumber> {
        match self {
            Self::Named(recipient) => recipient.number(),
            Self::KnownSlot { number, .. } => Some(*number),
            Self::UnknownSlots(_) => None,
        }
    }
}
