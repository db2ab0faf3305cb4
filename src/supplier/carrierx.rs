//! CarrierX Core v2: numbers of its own and, on request, of other providers, which it fills later. Documented but for what
//! is called inferred where it is used.

mod answers;
mod filter;
mod lists;
mod refusals;
mod wire;
mod wiring;

use std::time::Duration;

use futures_util::future::FutureExt as _;
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::SecretString;

use self::answers::{gone, owned_or_pending, rented};
use self::filter::DidFilter;
use self::refusals::{is_not_for_sale, reason, refused, rent_refused, success};
use self::wire::{DidStatus, RentAttributes, RentBody, RentedDid};
use super::client::{Credentials, SupplierAnswer, SupplierClient, SupplierClientError};
use super::{Call, Supplier};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::outcome::{
    CallFailure, CallResult, Offer, Ownership, Purchase, Reaction, Refusal, RequestState, SuppliedNumber, WiringState,
};
use crate::domain::purchase::request::{OfferSearch, OwnedNumber, PurchaseRequest, Selection};

/// A key that is longer is not one of theirs.
const SID_BYTES_MAX: usize = 100;

/// The client.
#[derive(Debug, Clone)]
pub struct CarrierX {
    client: SupplierClient,
}

impl CarrierX {
    /// The API at `url`, such as `https://api.carrierx.com/core/v2`.
    pub fn new(url: &str, token: SecretString, timeout: Duration) -> Result<Self, SupplierClientError> {
        let client = SupplierClient::new(url, Credentials::bearer(token), timeout)?;
        Ok(Self { client })
    }

    /// A call about one rented number. Its key is opaque, but must not change the path: `..` would address the list.
    fn did(&self, method: Method, sid: &str, below: &[&str]) -> CallResult<RequestBuilder> {
        let is_key = !sid.is_empty() && sid.len() <= SID_BYTES_MAX && sid.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_key || matches!(sid, "." | "..") {
            return Err(CallFailure::NoAnswer("did_sid is not a key".to_owned()));
        }
        let mut segments = vec!["phonenumber", "dids", sid];
        segments.extend(below);
        Ok(self.client.request(method, &segments))
    }

    async fn rent(&self, request: &PurchaseRequest) -> CallResult<Purchase> {
        let mut query = Vec::new();
        let mut number = None;
        match &request.selection {
            Selection::Number {
                number: chosen,
                external,
            } => {
                number = Some(chosen.digits());
                query.extend(external.then(|| ("include_external", "true".to_owned())));
            }
            Selection::Random => {}
            Selection::Filter(parts) => query.push(("filter", DidFilter::of_parts(parts)?.text())),
            Selection::Priced { .. } | Selection::Area(_) | Selection::Restored { .. } => {
                return Err(CallFailure::NotOffered);
            }
        }
        let body = RentBody {
            phonenumber: number,
            callback_url: request.sms_url.as_deref(),
            attributes: RentAttributes {
                leaseline: request.mark.as_str(),
            },
        };
        let call = self.client.request(Method::POST, &["phonenumber", "dids"]);
        let answer = self.client.call(call.query(&query).json(&body)).await?;
        match answer.status.is_success() {
            true => rented(&answer.json()?),
            false => self.refused_rent(&answer, request).await,
        }
    }

    /// That a chosen number is not for sale may mean that it is ours: by an attempt that the look-up did not find yet. The
    /// list decides.
    async fn refused_rent(&self, answer: &SupplierAnswer, request: &PurchaseRequest) -> CallResult<Purchase> {
        let refusal = rent_refused(answer, &request.selection);
        let is_chosen = request.selection.number().is_some();
        if !is_chosen || !is_not_for_sale(answer.status) {
            return Err(refusal);
        }
        match self.find_purchase(request).await {
            Ok(Ownership::Ours(numbers)) => Ok(Purchase::Bought(numbers)),
            Ok(Ownership::Pending(request)) => Ok(Purchase::Pending(request)),
            Ok(Ownership::NotOurs) | Err(CallFailure::NotOffered) => Err(refusal),
            // The refusal of the list is none of the purchase.
            Ok(Ownership::Unclear(reason))
            | Err(CallFailure::NoAnswer(reason) | CallFailure::Refused(Refusal { reason, .. })) => {
                Err(CallFailure::NoAnswer(reason))
            }
        }
    }

    /// By its number, or by our mark. That an open external order is on the list of rented numbers is inferred.
    async fn find_purchase(&self, request: &PurchaseRequest) -> CallResult<Ownership> {
        match request.selection.number() {
            Some(number) => match self.rented_number(number).await? {
                // Another line bought it: one that leaves the choice to the supplier, and does not know its number yet.
                Some(did) if did.mark().is_some_and(|mark| mark != request.mark.as_str()) => Ok(Ownership::NotOurs),
                Some(did) => owned_or_pending(&[&did]),
                None => Ok(Ownership::NotOurs),
            },
            None => self.find_mark(request).await,
        }
    }

    /// That a mark is kept when it is sent with the purchase is inferred: so it is missed only where others were kept. That
    /// the URL is kept is documented: a number without it is not of this purchase.
    async fn find_mark(&self, request: &PurchaseRequest) -> CallResult<Ownership> {
        let dids = self.all_rented().await?;
        let marked: Vec<&RentedDid> = dids
            .iter()
            .filter(|did| did.mark() == Some(request.mark.as_str()))
            .collect();
        if !marked.is_empty() {
            return owned_or_pending(&marked);
        }
        let may_be_ours = |did: &&RentedDid| match &request.sms_url {
            Some(url) => did.callback_url.as_ref() == Some(url),
            None => true,
        };
        let is_of_another = |did: &&RentedDid| request.others.numbers.iter().any(|number| did.is(*number));
        let unmarked = dids.iter().filter(|did| did.mark().is_none() && !is_of_another(did));
        let candidates: Vec<&RentedDid> = unmarked.filter(may_be_ours).collect();
        if candidates.is_empty() || dids.iter().any(|did| did.mark().is_some()) {
            return Ok(Ownership::NotOurs);
        }
        match candidates.as_slice() {
            [_] if !request.others.is_another_unknown => owned_or_pending(&candidates),
            several => Ok(Ownership::Unclear(format!(
                "no rented number has our mark, and {} may be the one: resolve the line by hand",
                several.len()
            ))),
        }
    }

    async fn read_order(&self, sid: &str, number: Option<PhoneNumber>) -> CallResult<RequestState> {
        let answer = self.client.call(self.did(Method::GET, sid, &[])?).await?;
        let did: RentedDid = match (answer.status, number) {
            // A number that is listed is not gone, whatever its key is now.
            (StatusCode::NOT_FOUND, Some(number)) => match self.rented_number(number).await? {
                Some(did) => did,
                None => return Ok(gone()),
            },
            (StatusCode::NOT_FOUND, None) => return Ok(gone()),
            _ => success(&answer)?.json()?,
        };
        match did.status() {
            DidStatus::Assigned => Ok(RequestState::Filled(vec![did.supplied()?])),
            DidStatus::NotRented => Ok(RequestState::Refused(
                "the supplier does not rent the number to us".to_owned(),
            )),
            // How an order shows that failed is not known.
            DidStatus::Pending | DidStatus::Unlisted => Ok(RequestState::Waiting),
        }
    }

    async fn release(&self, owned: &OwnedNumber) -> CallResult<()> {
        let Some(sid) = self.sid(owned).await? else {
            return Ok(());
        };
        let answer = self.client.call(self.did(Method::DELETE, &sid, &[])?).await?;
        if answer.status == StatusCode::NO_CONTENT {
            return Ok(());
        }
        // Not of the API: the number may be ours still.
        if answer.status.is_success() {
            return Err(answer.unexpected());
        }
        // Another change is at work, perhaps a give-back whose answer was lost: not a no.
        if answer.status == StatusCode::CONFLICT {
            let reason = reason(&answer);
            return Err(CallFailure::refused(answer.code(), reason, Reaction::RetryWithBackoff));
        }
        // Inferred: the key of a number that was given back is unknown. The list decides.
        if answer.status == StatusCode::NOT_FOUND && self.rented_number(owned.number).await?.is_none() {
            return Ok(());
        }
        Err(refused(&answer))
    }

    /// The key of a number of ours; `None`: it is not rented.
    async fn sid(&self, owned: &OwnedNumber) -> CallResult<Option<String>> {
        match &owned.reference {
            Some(sid) => Ok(Some(sid.clone())),
            None => Ok(self.rented_number(owned.number).await?.map(|did| did.did_sid)),
        }
    }

    async fn rented_number(&self, number: PhoneNumber) -> CallResult<Option<RentedDid>> {
        let dids = self.rented_by(&DidFilter::of_number(number)).await?;
        Ok(dids
            .into_iter()
            .find(|did| did.is(number) && did.status() != DidStatus::NotRented))
    }
}

impl Supplier for CarrierX {
    fn name(&self) -> SupplierName {
        SupplierName::CarrierX
    }

    fn abilities(&self) -> &'static [Ability] {
        &[
            Ability::Search,
            Ability::Choose,
            Ability::Random,
            Ability::Filter,
            Ability::LookUp,
            Ability::Owned,
            Ability::Wire,
            Ability::GiveBack,
        ]
    }

    fn buy<'a>(&'a self, request: &'a PurchaseRequest) -> Call<'a, Purchase> {
        self.rent(request).boxed()
    }

    fn look_up<'a>(&'a self, request: &'a PurchaseRequest) -> Call<'a, Ownership> {
        self.find_purchase(request).boxed()
    }

    fn search<'a>(&'a self, search: &'a OfferSearch) -> Call<'a, Vec<Offer>> {
        self.offers(search).boxed()
    }

    fn read<'a>(&'a self, reference: &'a str, number: Option<PhoneNumber>) -> Call<'a, RequestState> {
        self.read_order(reference, number).boxed()
    }

    fn wire<'a>(&'a self, number: &'a OwnedNumber, sms_url: &'a str) -> Call<'a, WiringState> {
        self.wire_number(number, sms_url).boxed()
    }

    fn give_back<'a>(&'a self, number: &'a OwnedNumber) -> Call<'a, ()> {
        self.release(number).boxed()
    }

    fn owned(&self) -> Call<'_, Vec<SuppliedNumber>> {
        async move {
            let dids = self.all_rented().await?;
            let is_owned = |did: &&RentedDid| matches!(did.status(), DidStatus::Assigned | DidStatus::Unlisted);
            let owned = dids.iter().filter(is_owned);
            owned.map(RentedDid::supplied).collect()
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests;
