//! The wholesalers, each with its server, its client and one purchase: the suites that are the same for all go through them.

use std::time::Duration;

use leaseline::domain::purchase::outcome::{Ownership, PendingRequest, Purchase, Reaction};
use leaseline::domain::purchase::request::{
    AreaSelection, FilterField, FilterPart, OwnedNumber, PurchaseRequest, Selection,
};
use leaseline::supplier::Supplier;
use leaseline::supplier::carrierx::CarrierX;
use leaseline::supplier::cm::{Cm, CmWireNames};
use leaseline::supplier::multitel::Multitel;
use leaseline::supplier::multitel_v3::MultitelV3;
use secrecy::SecretString;
use serde_json::json;

use super::{number, price, request, supplied};
use crate::support::suppliers::carrierx::{self, CarrierXApi};
use crate::support::suppliers::cm::{self, CmApi};
use crate::support::suppliers::multitel::{self, MultitelApi};
use crate::support::suppliers::{ApiAnswer, Wholesaler, WholesalerControl};

/// One wholesaler and one purchase.
pub struct Row {
    pub name: &'static str,
    pub supplier: Box<dyn Supplier>,
    pub server: Box<dyn WholesalerControl>,
    pub request: PurchaseRequest,
    pub bought: Purchase,
    /// How it stands in the books.
    pub sold: &'static str,
    /// What its look-up finds; `None`: it cannot be looked up.
    pub found: Option<Ownership>,
    /// The number, once it is ours.
    pub owned: OwnedNumber,
    /// Answers of its own that refuse, and what is to be done; `None`: it is looked up.
    pub refusals: Vec<(ApiAnswer, Option<Reaction>)>,
}

const FRENCH: &str = "33554530000";
const AMERICAN: &str = "15162065571";
const SWEDISH: &str = "46501818082";

pub fn multitel_client(url: &str, timeout: Duration) -> Multitel {
    let password = SecretString::from(multitel::PASSWORD);
    let sub_account = Some("7".to_owned());
    Multitel::new(
        &format!("{url}/json"),
        multitel::USER.to_owned(),
        password,
        sub_account,
        timeout,
    )
    .unwrap()
}

pub fn v3_client(url: &str, timeout: Duration, classic: Option<Multitel>) -> MultitelV3 {
    let password = SecretString::from(multitel::PASSWORD);
    MultitelV3::new(
        &format!("{url}/v3"),
        multitel::USER.to_owned(),
        password,
        timeout,
        classic,
    )
    .unwrap()
}

pub fn cm_client(url: &str, timeout: Duration) -> Cm {
    let token = SecretString::from(cm::TOKEN);
    Cm::new(
        url,
        cm::ACCOUNT.to_owned(),
        token,
        timeout,
        CmWireNames::default(),
        Some(price("1", "2")),
    )
    .unwrap()
}

pub fn carrierx_client(url: &str, timeout: Duration) -> CarrierX {
    CarrierX::new(&format!("{url}/core/v2/"), SecretString::from(carrierx::TOKEN), timeout).unwrap()
}

pub fn area(quantity: u32) -> Selection {
    Selection::Area(AreaSelection {
        quantity,
        area_code: Some("20".to_owned()),
        ..AreaSelection::default()
    })
}

pub fn priced() -> Selection {
    Selection::Priced {
        number: number(FRENCH),
        price_uuid: "4f79d0a734aa3ce0d9f127f66a3d80a3".to_owned(),
    }
}

pub fn chosen(digits: &str, external: bool) -> Selection {
    Selection::Number {
        number: number(digits),
        external,
    }
}

/// All of them, with fresh books.
pub async fn rows(timeout: Duration) -> Vec<Row> {
    let random_filter = FilterPart {
        field: FilterField::State,
        value: "NY".to_owned(),
    };
    vec![
        multitel_v3(timeout, true).await,
        multitel_v3(timeout, false).await,
        classic(timeout).await,
        cm(timeout).await,
        carrierx("carrierx by number", timeout, chosen(AMERICAN, false)).await,
        carrierx("carrierx at random", timeout, Selection::Random).await,
        carrierx("carrierx by filter", timeout, Selection::Filter(vec![random_filter])).await,
        carrierx_external(timeout).await,
    ]
}

fn bare(digits: &str, reference: Option<&str>) -> OwnedNumber {
    OwnedNumber {
        number: number(digits),
        reference: reference.map(str::to_owned),
    }
}

async fn multitel_v3(timeout: Duration, has_classic: bool) -> Row {
    let server = Wholesaler::start(MultitelApi::default()).await;
    let classic = has_classic.then(|| multitel_client(&server.url(), timeout));
    let with_price = supplied(FRENCH, None, Some(price("1", "2")));
    let coded = |code: serde_json::Value, reaction| {
        let status = json!({"code": code, "msg": format!("{FRENCH} at https://x/s3cret")});
        (
            ApiAnswer::json(200, &json!({"status": status, "response": []})),
            reaction,
        )
    };
    Row {
        name: if has_classic {
            "multitel-v3"
        } else {
            "multitel-v3 alone"
        },
        supplier: Box::new(v3_client(&server.url(), timeout, classic)),
        request: request(priced()),
        bought: Purchase::Bought(vec![with_price.clone()]),
        sold: FRENCH,
        found: has_classic.then(|| Ownership::Ours(vec![with_price])),
        owned: bare(FRENCH, None),
        refusals: vec![
            coded(json!(401), Some(Reaction::PauseUntilResumed)),
            coded(json!("403"), Some(Reaction::PauseUntilResumed)),
            coded(json!(404), Some(Reaction::OtherNumber)),
            coded(json!("422"), Some(Reaction::OtherNumber)),
            coded(json!(500), None),
            coded(json!(200), None),
        ],
        server: Box::new(server),
    }
}

async fn classic(timeout: Duration) -> Row {
    let server = Wholesaler::start(MultitelApi::default()).await;
    let coded = |code: serde_json::Value, reaction| {
        let body = json!({"DATA": [{"RETURN": code}]});
        (ApiAnswer::json(200, &body), Some(reaction))
    };
    let in_five_minutes = Reaction::RetryAfter(Duration::from_secs(300), 3);
    Row {
        name: "multitel",
        supplier: Box::new(multitel_client(&server.url(), timeout)),
        request: request(chosen(FRENCH, false)),
        bought: Purchase::Bought(vec![supplied(FRENCH, None, None)]),
        sold: FRENCH,
        found: Some(Ownership::Ours(vec![supplied(FRENCH, None, Some(price("1", "2")))])),
        owned: bare(FRENCH, None),
        refusals: vec![
            coded(json!(99), Reaction::PauseUntilResumed),
            coded(json!("99"), Reaction::PauseUntilResumed),
            coded(json!(100), Reaction::PauseUntilResumed),
            coded(json!(-55), Reaction::PauseUntilResumed),
            coded(json!(-110), Reaction::PauseUntilResumed),
            coded(json!(-165), Reaction::LookUp),
            coded(json!(-220), in_five_minutes),
            coded(json!(-275), Reaction::OtherNumber),
            coded(json!(-330), Reaction::BadRequest),
            coded(json!(-1210), Reaction::OtherNumber),
            coded(json!(-1265), Reaction::NeedsPerson),
            coded(json!(-1705), Reaction::OtherNumber),
            coded(json!("no: 33554530000"), Reaction::OtherNumber),
            (ApiAnswer::json(200, &json!({"DATA": []})), None),
            (ApiAnswer::json(200, &json!({"DATA": [{"OTHER": 1}]})), None),
        ],
        server: Box::new(server),
    }
}

async fn cm(timeout: Duration) -> Row {
    let server = Wholesaler::start(CmApi::default()).await;
    let status = |status, reaction| {
        (
            ApiAnswer::json(status, &json!({"detail": "https://x/s3cret"})),
            reaction,
        )
    };
    let pending = PendingRequest {
        reference: Some("order-1".to_owned()),
        number: None,
    };
    Row {
        name: "cm",
        supplier: Box::new(cm_client(&server.url(), timeout)),
        request: request(area(5)),
        bought: Purchase::Pending(pending.clone()),
        sold: "leaseline-31",
        found: Some(Ownership::Pending(pending)),
        owned: bare("3120123456", None),
        refusals: vec![
            status(400, Some(Reaction::BadRequest)),
            status(404, Some(Reaction::BadRequest)),
            status(422, Some(Reaction::BadRequest)),
            status(408, None),
            status(409, None),
        ],
        server: Box::new(server),
    }
}

fn carrierx_refusals(is_external: bool) -> Vec<(ApiAnswer, Option<Reaction>)> {
    let conflict = match is_external {
        true => Reaction::RetryWithBackoff,
        false => Reaction::OtherNumber,
    };
    let answers = [
        (400, Some(Reaction::BadRequest)),
        (415, Some(Reaction::BadRequest)),
        (404, Some(Reaction::OtherNumber)),
        (409, Some(conflict)),
        (422, Some(Reaction::OtherNumber)),
        (408, None),
        (418, None),
    ];
    let errors = json!([{"field": "callback_url", "message": "https://x/s3cret is bad", "reference_sid": null}]);
    let body = json!({"message": format!("{AMERICAN} or +1 516-206-5571 is gone"), "errors": errors});
    let refusals = answers.map(|(status, reaction)| (ApiAnswer::json(status, &body), reaction));
    refusals
        .into_iter()
        .chain([(ApiAnswer::empty(204), None), (ApiAnswer::json(200, &json!({})), None)])
        .collect()
}

async fn carrierx(name: &'static str, timeout: Duration, selection: Selection) -> Row {
    let mut api = CarrierXApi::default();
    // The first one is voice only.
    api.available.remove(0);
    let server = Wholesaler::start(api).await;
    let bought = supplied(AMERICAN, Some("sid-1"), Some(price("0", "0.6")));
    Row {
        name,
        supplier: Box::new(carrierx_client(&server.url(), timeout)),
        server: Box::new(server),
        request: request(selection),
        bought: Purchase::Bought(vec![bought.clone()]),
        sold: AMERICAN,
        found: Some(Ownership::Ours(vec![bought])),
        owned: bare(AMERICAN, Some("sid-1")),
        refusals: carrierx_refusals(false),
    }
}

async fn carrierx_external(timeout: Duration) -> Row {
    let server = Wholesaler::start(CarrierXApi::default()).await;
    let pending = PendingRequest {
        reference: Some("sid-1".to_owned()),
        number: Some(supplied(SWEDISH, Some("sid-1"), Some(price("0", "0.6")))),
    };
    Row {
        name: "carrierx from others",
        supplier: Box::new(carrierx_client(&server.url(), timeout)),
        server: Box::new(server),
        request: request(chosen(SWEDISH, true)),
        bought: Purchase::Pending(pending.clone()),
        sold: SWEDISH,
        found: Some(Ownership::Pending(pending)),
        owned: bare(SWEDISH, Some("sid-1")),
        refusals: carrierx_refusals(true),
    }
}
