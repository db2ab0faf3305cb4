//! CarrierX's lists: numbers that are rented, and numbers for sale. Pages are followed as long as the list says that there
//! are more (inferred: rather than counting).

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder};

use super::CarrierX;
use super::filter::DidFilter;
use super::refusals::success;
use super::wire::{DidPage, RentedDid};
use crate::domain::purchase::outcome::{CallFailure, CallResult, Offer};
use crate::domain::purchase::request::OfferSearch;

/// A page is below 1 MiB with so many numbers of 2 KiB; the API allows 1000.
const PAGE_NUMBERS_MAX: usize = 500;
/// A small search is not answered by a full page.
const PAGE_NUMBERS_MIN: usize = 20;
/// So many pages of rented numbers are read (rule 12): 100,000 numbers.
const RENTED_PAGES_MAX: usize = 200;
/// So many pages of numbers for sale are read for one search.
const OFFER_PAGES_MAX: usize = 20;

impl CarrierX {
    fn list(&self, name: &str, limit: usize, filter: Option<&DidFilter>) -> RequestBuilder {
        let mut query = vec![("limit", limit.to_string()), ("order", "phonenumber".to_owned())];
        query.extend(filter.map(|filter| ("filter", filter.text())));
        let call = self.client.request(Method::GET, &["phonenumber", name]);
        call.query(&query)
    }

    async fn page(&self, call: RequestBuilder) -> CallResult<DidPage> {
        let answer = self.client.call(call).await?;
        success(&answer)?.json()
    }

    /// The rented numbers that meet a filter. Whether they do is to be checked: a filter may be ignored.
    pub(super) async fn rented_by(&self, filter: &DidFilter) -> CallResult<Vec<RentedDid>> {
        self.rented_pages(Some(filter)).await
    }

    /// All rented numbers.
    pub(super) async fn all_rented(&self) -> CallResult<Vec<RentedDid>> {
        self.rented_pages(None).await
    }

    /// The numbers, each once. A list that changed while it was read may lack some: then it is no usable answer. That the
    /// total counts what meets the filter is inferred.
    async fn rented_pages(&self, filter: Option<&DidFilter>) -> CallResult<Vec<RentedDid>> {
        let mut dids = BTreeMap::new();
        let mut total = None;
        let mut call = self.list("dids", PAGE_NUMBERS_MAX, filter);
        for _ in 0..RENTED_PAGES_MAX {
            let page = self.page(call).await?;
            let next = page.next()?.map(|url| self.client.next_page(url)).transpose()?;
            total = total.max(page.total);
            dids.extend(page.items.into_iter().map(|did| (did.did_sid.clone(), did)));
            match next {
                Some(next) => call = next,
                None if total.is_some_and(|total| dids.len() < total) => {
                    return Err(CallFailure::NoAnswer("the list changed while it was read".to_owned()));
                }
                None => return Ok(dids.into_values().collect()),
            }
        }
        Err(CallFailure::NoAnswer(format!(
            "the list has more than {RENTED_PAGES_MAX} pages"
        )))
    }

    /// Numbers for sale that can receive SMS. The API lists its own before those of others.
    pub(super) async fn offers(&self, search: &OfferSearch) -> CallResult<Vec<Offer>> {
        let filter = DidFilter::of_search(search)?;
        let limit = search.limit.clamp(PAGE_NUMBERS_MIN, PAGE_NUMBERS_MAX);
        let mut call = self.list("available_dids", limit, Some(&filter));
        if search.external {
            call = call.query(&[("include_external", "true")]);
        }
        let mut offers: Vec<Offer> = Vec::new();
        for _ in 0..OFFER_PAGES_MAX {
            let page = self.page(call).await?;
            let found = page.items.iter().filter_map(|did| did.offer(search.external));
            for offer in found.filter(|offer| search.is_met_by(offer.number)) {
                if !offers.iter().any(|known| known.number == offer.number) {
                    offers.push(offer);
                }
            }
            match page.next()? {
                Some(url) if offers.len() < search.limit => call = self.client.next_page(url)?,
                _ => break,
            }
        }
        offers.sort_by_key(|offer| offer.is_external);
        offers.truncate(search.limit);
        Ok(offers)
    }
}
