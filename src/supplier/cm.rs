//! CM.com Voice Management: numbers of a place are ordered, and its staff fills the order, at once, later or never. They
//! are voice numbers: no page of the API mentions SMS. Documented: the call that orders, and which fields it has. The names
//! of the fields, the words and the other paths are inferred: all of them stand in [`CmWireNames`].

mod wire;

use std::time::Duration;

use futures_util::future::FutureExt as _;
use reqwest::header::HeaderName;
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::SecretString;
use serde_json::Value;

pub use self::wire::CmWireNames;
use self::wire::{NumberRequest, Progress, list_items, order_body};
use super::client::{Credentials, SupplierAnswer, SupplierClient, SupplierClientError};
use super::{Call, Supplier};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::outcome::{
    CallFailure, CallResult, Ownership, PendingRequest, Purchase, Reaction, RequestState, SuppliedNumber,
};
use crate::domain::purchase::price::NumberPrice;
use crate::domain::purchase::request::{PurchaseMark, PurchaseRequest, Selection};

const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-cm-producttoken");
/// Documented for the lists of another manual.
const TOTAL_HEADER: &str = "x-cm-pagination-total";
/// Documented: so many numbers may be ordered at once.
const QUANTITY_MAX: u32 = 1000;
/// A page is below 1 MiB also when each order has 1000 numbers.
const PAGE_REQUESTS: usize = 20;
/// So many pages are read (rule 12): 5000 orders.
const PAGES_MAX: usize = 250;

/// The client.
#[derive(Debug, Clone)]
pub struct Cm {
    client: SupplierClient,
    account: String,
    names: CmWireNames,
    price: Option<NumberPrice>,
}

impl Cm {
    /// The API at `url`, such as `https://api.cm.com`. `price` is what a number costs, if the partner stated it: the
    /// API does not.
    pub fn new(
        url: &str,
        account: String,
        token: SecretString,
        timeout: Duration,
        names: CmWireNames,
        price: Option<NumberPrice>,
    ) -> Result<Self, SupplierClientError> {
        let credentials = Credentials::Header(TOKEN_HEADER, "", token);
        Ok(Self {
            client: SupplierClient::new(url, credentials, timeout)?,
            account,
            names,
            price,
        })
    }

    fn call(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut segments = vec!["voice-phonenumberrequestapi", "v1", &self.account];
        segments.extend(path);
        self.client.request(method, &segments)
    }

    async fn order(&self, request: &PurchaseRequest) -> CallResult<Purchase> {
        let Selection::Area(area) = &request.selection else {
            return Err(CallFailure::NotOffered);
        };
        if !(1..=QUANTITY_MAX).contains(&area.quantity) {
            return Err(invalid("1 to 1000 numbers can be ordered at once"));
        }
        if area.area_code.is_none() && area.city.is_none() {
            return Err(invalid("an area code or a city is required"));
        }
        let body = order_body(&self.names, area, &request.mark, request.status_url.as_deref());
        let call = self.call(Method::POST, &["numberrequests"]).json(&body);
        let answer = self.client.call(call).await?;
        match answer.status {
            status if status.is_success() => Ok(Purchase::Pending(PendingRequest {
                reference: self.created_id(&answer)?,
                number: None,
            })),
            // Inferred: the page lists no refusal but 401.
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => {
                Err(CallFailure::refused(
                    answer.code(),
                    format!("CM.com does not accept the order: HTTP {}", answer.status.as_u16()),
                    Reaction::BadRequest,
                ))
            }
            _ => Err(answer.unexpected()),
        }
    }

    /// The id in the answer to an order, if it has one: the page says that `id` is null there.
    fn created_id(&self, answer: &SupplierAnswer) -> CallResult<Option<String>> {
        if answer.body.is_empty() {
            return Ok(None);
        }
        let body: Value = answer.json()?;
        Ok(NumberRequest::new(&body, &self.names).id())
    }

    /// By the mark in the comment. It is missed only in a list that was read to its end, and whose entries have comments.
    async fn find_order(&self, mark: &PurchaseMark) -> CallResult<Ownership> {
        let requests = match self.all_requests().await? {
            Ok(requests) => requests,
            Err(reason) => return Ok(Ownership::Unclear(reason)),
        };
        let requests: Vec<NumberRequest<'_>> = requests
            .iter()
            .map(|item| NumberRequest::new(item, &self.names))
            .collect();
        let marked: Vec<&NumberRequest<'_>> = requests.iter().filter(|request| request.has_mark(mark)).collect();
        match marked.as_slice() {
            [] if requests.iter().all(NumberRequest::has_comment) => Ok(Ownership::NotOurs),
            [] => Ok(Ownership::Unclear(format!(
                "some orders on the list have no member {}: see cm_wire.comment",
                self.names.comment
            ))),
            [request] => self.found(request),
            several => Ok(Ownership::Unclear(format!("{} orders have our mark", several.len()))),
        }
    }

    fn found(&self, request: &NumberRequest<'_>) -> CallResult<Ownership> {
        match (request.progress(), request.id()) {
            (Progress::Done, _) => Ok(Ownership::Ours(self.filled(request)?)),
            (Progress::Open, reference) => Ok(Ownership::Pending(PendingRequest {
                reference,
                number: None,
            })),
            // It is read by its id, and then the line is refused.
            (Progress::Refused(_), Some(id)) => Ok(Ownership::Pending(PendingRequest {
                reference: Some(id),
                number: None,
            })),
            (Progress::Refused(reason), None) => Ok(Ownership::Unclear(format!("CM.com refused the order: {reason}"))),
        }
    }

    /// All orders; `Err`: why they are not all there.
    async fn all_requests(&self) -> CallResult<Result<Vec<Value>, String>> {
        let mut requests = Vec::new();
        let mut last_page = Vec::new();
        for _ in 0..PAGES_MAX {
            let query = [("skip", requests.len()), ("take", PAGE_REQUESTS)];
            let call = self.call(Method::GET, &["numberrequests"]).query(&query);
            let answer = self.client.call(call).await?;
            if !answer.status.is_success() {
                let status = answer.status.as_u16();
                return Ok(Err(format!("the list of orders answers HTTP {status}")));
            }
            let total = total(&answer);
            let Some(items) = list_items(answer.json()?) else {
                return Ok(Err("the list of orders is not a list".to_owned()));
            };
            let is_end = items.is_empty();
            // The same once more: `skip` is not what it is called.
            if !is_end && answer.body == last_page {
                return Ok(Err("the list of orders does not go on".to_owned()));
            }
            last_page = answer.body;
            requests.extend(items);
            match total {
                Some(total) if requests.len() >= total => return Ok(Ok(requests)),
                Some(_) if is_end => return Ok(Err("the list of orders ends early".to_owned())),
                None if is_end => return Ok(Ok(requests)),
                _ => {}
            }
        }
        Ok(Err("the list of orders is too long".to_owned()))
    }

    async fn read_order(&self, id: &str) -> CallResult<RequestState> {
        let path = self
            .names
            .read_path(id)
            .ok_or_else(|| CallFailure::NoAnswer("the id of the order cannot stand in a path".to_owned()))?;
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let answer = self.client.call(self.call(Method::GET, &path)).await?;
        // The path is inferred: that there is nothing says nothing of the order.
        if !answer.status.is_success() {
            return Err(answer.unexpected());
        }
        let body: Value = answer.json()?;
        let request = NumberRequest::new(&body, &self.names);
        Ok(match request.progress() {
            Progress::Done => RequestState::Filled(self.filled(&request)?),
            Progress::Open => RequestState::Waiting,
            Progress::Refused(reason) => RequestState::Refused(reason),
        })
    }

    fn filled(&self, request: &NumberRequest<'_>) -> CallResult<Vec<SuppliedNumber>> {
        let numbers = request.numbers();
        if numbers.is_empty() {
            let name = &self.names.numbers;
            return Err(CallFailure::NoAnswer(format!(
                "the order is done, but {name} has no numbers: see cm_wire.numbers"
            )));
        }
        let supplied = numbers.into_iter().map(|number| SuppliedNumber {
            number,
            reference: None,
            price: self.price,
        });
        Ok(supplied.collect())
    }
}

fn invalid(reason: &str) -> CallFailure {
    CallFailure::refused(None, reason, Reaction::BadRequest)
}

fn total(answer: &SupplierAnswer) -> Option<usize> {
    answer.headers.get(TOTAL_HEADER)?.to_str().ok()?.parse().ok()
}

impl Supplier for Cm {
    fn name(&self) -> SupplierName {
        SupplierName::Cm
    }

    fn abilities(&self) -> &'static [Ability] {
        &[Ability::Area, Ability::LookUp]
    }

    fn buy<'a>(&'a self, request: &'a PurchaseRequest) -> Call<'a, Purchase> {
        self.order(request).boxed()
    }

    fn look_up<'a>(&'a self, request: &'a PurchaseRequest) -> Call<'a, Ownership> {
        self.find_order(&request.mark).boxed()
    }

    fn read<'a>(&'a self, reference: &'a str, _: Option<PhoneNumber>) -> Call<'a, RequestState> {
        self.read_order(reference).boxed()
    }
}

#[cfg(test)]
mod tests;
