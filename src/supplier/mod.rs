//! Wholesalers: one file per API, all behind one trait.
//!
//! A client knows its wire and nothing of orders: it turns a request into a call and the answer into the words of
//! [`outcome`](crate::domain::purchase::outcome). It keeps nothing between calls. What is documented, seen in code or
//! inferred is named where it is used.

pub mod carrierx;
pub mod client;
pub mod cm;
mod message;
pub mod multitel;
pub mod multitel_v3;
pub mod registry;
mod text_or_number;

use std::fmt;

use futures_util::future::{BoxFuture, FutureExt as _, ready};

use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::outcome::{
    CallFailure, CallResult, Offer, Ownership, Purchase, RequestState, SuppliedNumber, WiringState,
};
use crate::domain::purchase::request::{OfferSearch, OwnedNumber, PurchaseRequest};

/// The answer of a call that may not be offered.
pub type Call<'a, T> = BoxFuture<'a, CallResult<T>>;

/// A wholesaler's API. Calls end within `suppliers.timeout`, never follow a redirect, and put no secret into an error.
pub trait Supplier: fmt::Debug + Send + Sync {
    /// Which one it is.
    fn name(&self) -> SupplierName;

    /// What it can do, besides buying. The other calls are [`CallFailure::NotOffered`].
    fn abilities(&self) -> &'static [Ability];

    /// Buys. Called once for each stored attempt (rule 13).
    fn buy<'a>(&'a self, request: &'a PurchaseRequest) -> Call<'a, Purchase>;

    /// Whether a purchase whose answer was lost was carried out.
    fn look_up<'a>(&'a self, request: &'a PurchaseRequest) -> Call<'a, Ownership> {
        let _unused = request;
        not_offered()
    }

    /// Numbers for sale, those first that the supplier has itself.
    fn search<'a>(&'a self, search: &'a OfferSearch) -> Call<'a, Vec<Offer>> {
        let _unused = search;
        not_offered()
    }

    /// Where an order stands that is filled later: that of this number, where it is known.
    fn read<'a>(&'a self, reference: &'a str, number: Option<PhoneNumber>) -> Call<'a, RequestState> {
        let _unused = (reference, number);
        not_offered()
    }

    /// Cancels an order that is filled later.
    fn cancel<'a>(&'a self, reference: &'a str) -> Call<'a, ()> {
        let _unused = reference;
        not_offered()
    }

    /// Has the number's SMS sent to that address. Repeated until it is done or failed.
    fn wire<'a>(&'a self, number: &'a OwnedNumber, sms_url: &'a str) -> Call<'a, WiringState> {
        let _unused = (number, sms_url);
        not_offered()
    }

    /// Gives the number back.
    fn give_back<'a>(&'a self, number: &'a OwnedNumber) -> Call<'a, ()> {
        let _unused = number;
        not_offered()
    }

    /// Takes numbers back that were given back; what became of each.
    fn restore<'a>(&'a self, numbers: &'a [PhoneNumber]) -> Call<'a, Vec<(PhoneNumber, CallResult<()>)>> {
        let _unused = numbers;
        not_offered()
    }

    /// All numbers that are ours there.
    fn owned(&self) -> Call<'_, Vec<SuppliedNumber>> {
        not_offered()
    }
}

fn not_offered<'a, T: Send + 'a>() -> Call<'a, T> {
    ready(Err(CallFailure::NotOffered)).boxed()
}
