//! What CarrierX's numbers mean for a purchase.

use super::wire::{DidStatus, RentedDid};
use crate::domain::purchase::outcome::{
    CallFailure, CallResult, Ownership, PendingRequest, Purchase, RequestState, SuppliedNumber,
};

pub(super) fn gone() -> RequestState {
    RequestState::Refused("the order is gone at the supplier".to_owned())
}

pub(super) fn rented(did: &RentedDid) -> CallResult<Purchase> {
    let number = did.supplied()?;
    match did.status() {
        DidStatus::Assigned => Ok(Purchase::Bought(vec![number])),
        DidStatus::Pending => Ok(Purchase::Pending(pending(number))),
        DidStatus::NotRented | DidStatus::Unlisted => Err(CallFailure::NoAnswer(
            "the status of the number is not one of a purchase".to_owned(),
        )),
    }
}

pub(super) fn pending(number: SuppliedNumber) -> PendingRequest {
    PendingRequest {
        reference: number.reference.clone(),
        number: Some(number),
    }
}

pub(super) fn owned_or_pending(dids: &[&RentedDid]) -> CallResult<Ownership> {
    let mut ours = Vec::new();
    let mut waiting = None;
    for did in dids {
        match did.status() {
            DidStatus::Assigned => ours.push(did.supplied()?),
            DidStatus::Pending => waiting = Some(pending(did.supplied()?)),
            DidStatus::NotRented => {}
            DidStatus::Unlisted => {
                return Ok(Ownership::Unclear(
                    "the number has a status that is not known".to_owned(),
                ));
            }
        }
    }
    Ok(match (ours.is_empty(), waiting) {
        (false, _) => Ownership::Ours(ours),
        (true, Some(request)) => Ownership::Pending(request),
        (true, None) => Ownership::NotOurs,
    })
}
