//! Numbers that are bought from wholesalers, through the whole server and the wholesalers' own books.

mod callbacks;
mod external;
mod failures;
mod give_back;
mod margin;
mod model;
mod owned;
mod races;
mod restock;
mod restored;
mod rewiring;
mod stories;
mod troubles;

use std::time::Duration;

use axum::http::Method;
use leaseline::domain::purchase::SupplierName;
use leaseline::worker::Worker as _;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::{Value, json};

use crate::support::suppliers::Wholesaler;
use crate::support::suppliers::carrierx::{self, CarrierXApi};
use crate::support::suppliers::cm::{self, CmApi};
use crate::support::suppliers::multitel::{self, MultitelApi};
use crate::support::{Answer, Gateway, TestServer};

/// Numbers of the wholesalers' stock.
const AMERICAN: &str = "15162065571";
const FRENCH: &str = "33554530000";
/// The public address of the gateways, at first.
const BASE: &str = "https://numbers.example.org";
/// How often what is open is asked for again.
const POLL: Duration = Duration::from_secs(60);

/// A server with four wholesalers.
struct Market {
    server: TestServer,
    /// The public address of the gateways.
    base: String,
    carrierx: Wholesaler<CarrierXApi>,
    multitel: Wholesaler<MultitelApi>,
    cm: Wholesaler<CmApi>,
}

impl Market {
    async fn open() -> Self {
        Self::with(&[]).await
    }

    async fn with(settings: &[(&str, &str)]) -> Self {
        let carrierx = Wholesaler::start(CarrierXApi::default()).await;
        let multitel = Wholesaler::start(MultitelApi::default()).await;
        let cm = Wholesaler::start(CmApi::default()).await;
        let urls = [
            ("CARRIERX__URL", format!("{}/core/v2", carrierx.url())),
            ("MULTITEL_V3__URL", format!("{}/v3", multitel.url())),
            ("MULTITEL__URL", format!("{}/json", multitel.url())),
            ("CM__URL", cm.url()),
        ];
        let mut all = vec![
            ("ONLINESIM__PUBLIC_URL", BASE),
            ("SUPPLIERS__WEBHOOK_SECRET", "webhook-of-the-test-0123"),
            ("CARRIERX__TOKEN", carrierx::TOKEN),
            ("CARRIERX__BUDGET_PER_DAY", "20"),
            ("MULTITEL_V3__USER", multitel::USER),
            ("MULTITEL_V3__PASSWORD", multitel::PASSWORD),
            ("MULTITEL_V3__BUDGET_PER_DAY", "20"),
            ("MULTITEL__USER", multitel::USER),
            ("MULTITEL__PASSWORD", multitel::PASSWORD),
            ("MULTITEL__BUDGET_PER_DAY", "20"),
            ("CM__ACCOUNT", cm::ACCOUNT),
            ("CM__TOKEN", cm::TOKEN),
            ("CM__BUDGET_PER_DAY", "20"),
            ("CM__SETUP", "1"),
            ("CM__MONTHLY", "2"),
            ("RATES__USD", "92.50"),
        ];
        all.extend(urls.iter().map(|(name, url)| (*name, url.as_str())));
        all.extend_from_slice(settings);
        Self {
            server: TestServer::in_memory_with(&all).await,
            base: BASE.to_owned(),
            carrierx,
            multitel,
            cm,
        }
    }

    /// An order that has to be taken.
    async fn order(&self, order: Value) -> Value {
        let answer = self.server.admin_post("/v1/orders", order).await;
        assert_eq!(answer.code(), 202, "{}", answer.line());
        answer.json()
    }

    /// That number from CarrierX, which sells it at 0.6.
    async fn order_american(&self) -> i64 {
        let order = json!({"supplier": "carrierx", "numbers": [AMERICAN], "max_monthly": "1", "operator": "any-us"});
        id(&self.order(order).await)
    }

    async fn read(&self, order: i64) -> Value {
        self.server.admin_get(&format!("/v1/orders/{order}")).await
    }

    /// Its first line.
    async fn line(&self, order: i64) -> Value {
        self.read(order).await["lines"][0].clone()
    }

    /// The states of its lines.
    async fn states(&self, order: i64) -> Vec<String> {
        let lines = self.read(order).await["lines"].clone();
        let lines = lines.as_array().unwrap().clone();
        lines
            .iter()
            .map(|line| line["state"].as_str().unwrap().to_owned())
            .collect()
    }

    /// One pass of the worker that calls wholesalers.
    async fn work(&self) {
        self.server.app().orders.pass().await.unwrap();
    }

    async fn work_after(&self, span: Duration) {
        self.server.advance(span);
        self.work().await;
    }

    /// Orders the American number and has it stocked.
    async fn stocked(&self) -> i64 {
        let order = self.order_american().await;
        self.work().await;
        self.carrierx.api(|api| api.finish_messaging("enabled"));
        self.work_after(POLL).await;
        assert_eq!(self.states(order).await, ["stocked"]);
        order
    }

    /// The gateway of a wholesaler.
    fn gateway(&self, supplier: SupplierName) -> Gateway {
        let token = self.server.app().suppliers.gateway_token(supplier);
        Gateway {
            name: supplier.to_string(),
            token: token.expose_secret().to_owned(),
        }
    }

    /// An SMS as CarrierX delivers it.
    async fn carrierx_sms(&self, id: &str, text: &str) -> Answer {
        let sms = json!({"message_sid": id, "direction": "inbound", "from": "15550001111", "to": AMERICAN,
                         "message": text, "type": "sms", "status": "received"});
        let token = self.gateway(SupplierName::CarrierX).token;
        self.server.sms_answer(&token, sms).await
    }

    async fn give_back(&self, number: &str, body: Value) -> Answer {
        let path = format!("/v1/numbers/{number}/give-back");
        self.server.admin(Method::POST, &path, Some(body)).await
    }

    async fn resume(&self, supplier: &str) -> u16 {
        let path = format!("/v1/suppliers/{supplier}/resume");
        self.server.admin(Method::POST, &path, None).await.code()
    }

    async fn close(self) {
        self.server.close().await;
    }
}

/// An order of these numbers at CarrierX, which sells each at 0.6.
fn carrierx_order(numbers: impl Serialize) -> Value {
    json!({"supplier": "carrierx", "numbers": numbers, "max_monthly": "0.6", "operator": "cx"})
}

/// An order of that number at Multitel.
fn multitel_order(number: &str) -> Value {
    json!({"supplier": "multitel", "numbers": [number], "max_monthly": "2", "max_setup": "1", "operator": "mt"})
}

fn id(order: &Value) -> i64 {
    order["id"].as_i64().unwrap()
}
