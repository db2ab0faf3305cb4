//! The clients of the wholesalers, each against a server of ours that keeps books.

mod carrierx;
mod cm;
mod conformance;
mod lost_answers;
mod multitel;
mod refused_rents;
mod row;
mod samples;
mod servers;
mod wiring;

use std::fmt::Debug;
use std::time::Duration;

use leaseline::domain::phone::PhoneNumber;
use leaseline::domain::purchase::LineId;
use leaseline::domain::purchase::outcome::{CallResult, SuppliedNumber};
use leaseline::domain::purchase::price::NumberPrice;
use leaseline::domain::purchase::request::{OfferSearch, OtherPurchases, PurchaseMark, PurchaseRequest, Selection};

use crate::support::suppliers as wholesalers;

/// Long enough for a machine that is busy.
const TIMEOUT: Duration = Duration::from_secs(20);

const SMS_URL: &str = "https://partner.example/in/sms-s3cret-token";
const STATUS_URL: &str = "https://partner.example/orders/status-s3cret-token/31";

fn number(digits: &str) -> PhoneNumber {
    digits.parse().unwrap()
}

fn price(setup: &str, monthly: &str) -> NumberPrice {
    NumberPrice {
        setup: setup.parse().unwrap(),
        monthly: monthly.parse().unwrap(),
    }
}

fn supplied(digits: &str, reference: Option<&str>, price: Option<NumberPrice>) -> SuppliedNumber {
    SuppliedNumber {
        number: number(digits),
        reference: reference.map(str::to_owned),
        price,
    }
}

fn request(selection: Selection) -> PurchaseRequest {
    PurchaseRequest {
        mark: PurchaseMark::of_line(LineId(31)),
        selection,
        sms_url: Some(SMS_URL.to_owned()),
        status_url: Some(STATUS_URL.to_owned()),
        options: Vec::new(),
        others: OtherPurchases::default(),
    }
}

fn search(country: &str, prefix: &str) -> OfferSearch {
    OfferSearch {
        country: country.to_owned(),
        prefix: prefix.to_owned(),
        contains: None,
        external: false,
        limit: 20,
    }
}

/// What a call came to, when nothing in it is secret (rule 11).
#[track_caller]
fn clean<T: Debug>(result: CallResult<T>) -> CallResult<T> {
    let text = format!("{result:?}");
    let secrets = [
        wholesalers::carrierx::TOKEN,
        wholesalers::cm::TOKEN,
        wholesalers::multitel::PASSWORD,
        "s3cret",
        "://",
        "33554530000",
        "15162065571",
        "46501818082",
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{text}");
    }
    result
}
