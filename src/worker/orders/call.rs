//! One call: from the words of the domain to a client of a wholesaler, and back.

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::line::calls::{CallAnswer, PurchaseIntent, SupplierCall};
use crate::domain::purchase::outcome::{CallFailure, CallResult, Purchase, SuppliedNumber};
use crate::domain::purchase::request::{PurchaseMark, PurchaseRequest, Selection};
use crate::flow::claim_purchases::PurchaseWork;
use crate::supplier::Supplier;
use crate::supplier::registry::Suppliers;

/// Calls suppliers.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) suppliers: Suppliers,
    /// The public address of the gateways, without a slash at the end.
    pub(super) gateway_base: String,
    /// How long a call may take, with all its exchanges.
    pub(super) timeout: Duration,
}

impl Caller {
    /// Makes the call.
    pub(super) async fn call(&self, work: &PurchaseWork) -> CallAnswer {
        let name = work.order.terms.supplier;
        let entry = self
            .suppliers
            .get(name)
            .expect("lines are claimed for suppliers that are on");
        let client = entry.client.as_ref();
        match &work.call {
            SupplierCall::Search(search) => CallAnswer::Offers(self.within(client.search(search)).await),
            SupplierCall::Buy(intent) => CallAnswer::Purchase(self.buy(client, name, intent).await),
            SupplierCall::LookUp(intent) => {
                let request = self.request(name, intent);
                CallAnswer::Ownership(self.within(client.look_up(&request)).await)
            }
            SupplierCall::Read { reference, number } => {
                CallAnswer::Request(self.within(client.read(reference, *number)).await)
            }
            SupplierCall::Wire(number) => {
                let url = self.suppliers.sms_url(name, &self.gateway_base);
                CallAnswer::Wiring(self.within(client.wire(number, &url)).await)
            }
            SupplierCall::GiveBack(number) => CallAnswer::GivenBack(self.within(client.give_back(number)).await),
        }
    }

    async fn buy(&self, client: &dyn Supplier, name: SupplierName, intent: &PurchaseIntent) -> CallResult<Purchase> {
        match intent.selection {
            Selection::Restored { number } => restore(client, number).await,
            _ => client.buy(&self.request(name, intent)).await,
        }
    }

    fn request(&self, name: SupplierName, intent: &PurchaseIntent) -> PurchaseRequest {
        PurchaseRequest {
            mark: PurchaseMark::of_line(intent.call_line),
            selection: intent.selection.clone(),
            sms_url: Some(self.suppliers.sms_url(name, &self.gateway_base)),
            status_url: Some(self.suppliers.status_url(name, &self.gateway_base, intent.call_line)),
            options: intent.options.clone(),
            others: intent.others.clone(),
        }
    }

    async fn within<T>(&self, call: impl Future<Output = CallResult<T>> + Send) -> CallResult<T> {
        let ended = timeout(self.timeout, call).await;
        ended.unwrap_or_else(|_| Err(CallFailure::NoAnswer("the call took too long".to_owned())))
    }
}

/// Restored, a number is ours as if it had been bought.
async fn restore(client: &dyn Supplier, number: PhoneNumber) -> CallResult<Purchase> {
    let restored = client.restore(&[number]).await?;
    match restored.into_iter().find(|(restored, _)| *restored == number) {
        Some((_, Ok(()))) => Ok(Purchase::Bought(vec![SuppliedNumber::bare(number)])),
        Some((_, Err(failure))) => Err(failure),
        None => Err(CallFailure::NoAnswer("the answer does not name the number".to_owned())),
    }
}
