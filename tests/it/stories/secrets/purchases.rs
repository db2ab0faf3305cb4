//! What wholesalers and the server tell each other: credentials, addresses that have tokens in them, and numbers.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use leaseline::domain::purchase::SupplierName;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::support::suppliers::cm::{self, CmApi};
use crate::support::suppliers::multitel::{MultitelApi, PASSWORD, USER};
use crate::support::suppliers::{ApiAnswer, Fault, Trouble, Wholesaler, WholesalerControl as _};
use crate::support::{TestServer, minutes};

const WEBHOOK_SECRET: &str = "webhook-5d20-0123456789";
const V3_PASSWORD: &str = "v3-password-a61b";
const CARRIERX_TOKEN: &str = "carrierx-token-e8d4";
const BOUGHT: [&str; 2] = ["33554530000", "33554530001"];
const NOT_SOLD: &str = "33554530002";
const FILLED: &str = "31201234567";
/// At CarrierX's port nothing listens.
const NOT_REACHED: &str = "15162065571";
/// Options may hold passwords.
const SIP_ADDRESS: &str = "1000:sip-pa55word@sip.example";
const REPORT: &str = "what cm reports about the order";

/// Everything that no line of the log may have.
pub fn secrets(server: &TestServer) -> Vec<String> {
    let fixed = [
        WEBHOOK_SECRET,
        V3_PASSWORD,
        PASSWORD,
        cm::TOKEN,
        CARRIERX_TOKEN,
        BOUGHT[0],
        BOUGHT[1],
        NOT_SOLD,
        FILLED,
        NOT_REACHED,
        SIP_ADDRESS,
        REPORT,
    ];
    let suppliers = &server.app().suppliers;
    let tokens = suppliers
        .iter()
        .map(|(name, _)| suppliers.gateway_token(name).expose_secret().to_owned());
    let basic = STANDARD.encode(format!("{USER}:{V3_PASSWORD}"));
    fixed
        .map(str::to_owned)
        .into_iter()
        .chain(tokens)
        .chain([basic])
        .collect()
}

/// Multitel, whose v3 does not know the password, CM.com, and a CarrierX that is not reached.
pub struct Wholesalers {
    multitel: Wholesaler<MultitelApi>,
    cm: Wholesaler<CmApi>,
}

impl Wholesalers {
    pub async fn start() -> Self {
        Self {
            multitel: Wholesaler::start(MultitelApi::default()).await,
            cm: Wholesaler::start(CmApi::default()).await,
        }
    }

    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let fixed = [
            ("SUPPLIERS__WEBHOOK_SECRET", WEBHOOK_SECRET),
            ("GATEWAY__PUBLIC_URL", "https://sms.example.org"),
            ("MULTITEL_V3__USER", USER),
            ("MULTITEL_V3__PASSWORD", V3_PASSWORD),
            ("MULTITEL_V3__BUDGET_PER_DAY", "100"),
            ("MULTITEL__USER", USER),
            ("MULTITEL__PASSWORD", PASSWORD),
            ("MULTITEL__BUDGET_PER_DAY", "100"),
            ("CM__ACCOUNT", cm::ACCOUNT),
            ("CM__TOKEN", cm::TOKEN),
            ("CM__BUDGET_PER_DAY", "100"),
            ("CM__SETUP", "1"),
            ("CM__MONTHLY", "2"),
            ("CARRIERX__URL", "http://127.0.0.1:1/core/v2"),
            ("CARRIERX__TOKEN", CARRIERX_TOKEN),
            ("CARRIERX__BUDGET_PER_DAY", "100"),
        ];
        let urls = [
            ("MULTITEL_V3__URL", format!("{}/v3", self.multitel.url())),
            ("MULTITEL__URL", format!("{}/json", self.multitel.url())),
            ("CM__URL", self.cm.url()),
        ];
        let fixed = fixed.map(|(name, value)| (name, value.to_owned()));
        fixed.into_iter().chain(urls).collect()
    }

    /// Bought, lost, refused, reported, given back and not reached; answers repeat what they should not.
    pub async fn everything(&self, server: &TestServer) {
        self.buy_from_multitel(server).await;
        self.request_from_cm(server).await;
        let number =
            |supplier: &str, number: &str| json!({"supplier": supplier, "numbers": [number], "max_monthly": "2"});
        order(server, number("carrierx", NOT_REACHED)).await;
        let priced = json!({"supplier": "multitel-v3", "number": NOT_SOLD, "price_uuid": "4f79d0a734aa3ce0d9f127f66a3d80a3",
                            "expected_monthly": "2", "expected_setup": "1", "options": {"uri": SIP_ADDRESS}});
        order(server, priced).await;
        let carrierx = "/v1/suppliers/carrierx";
        for path in ["available?country=united%20states", "owned"] {
            server.admin(Method::GET, &format!("{carrierx}/{path}"), None).await;
        }
        let adopt = json!({"numbers": [NOT_REACHED]});
        server.admin_post(&format!("{carrierx}/adopt"), adopt).await;
        for step in ["give-back", "restore"] {
            let path = format!("/v1/numbers/{}/{step}", BOUGHT[0]);
            server.admin_post(&path, json!({"reason": "too dear"})).await;
            server.tick_after(minutes(2)).await;
        }
        server.watch().await;
    }

    async fn buy_from_multitel(&self, server: &TestServer) {
        let chosen = |number: &str| {
            json!({"supplier": "multitel", "numbers": [number], "max_monthly": "2", "max_setup": "1",
                   "options": {"URI": SIP_ADDRESS}})
        };
        order(server, chosen(BOUGHT[0])).await;
        assert_eq!(self.multitel.sold(), BOUGHT[..1]);
        let answer = |status| {
            let body = format!(r#"{{"DATA":[{{"RETURN":"{PASSWORD} {}"}}]}}"#, BOUGHT[1]);
            let trouble = Trouble::Answers(ApiAnswer::text(status, "application/json", &body));
            Some(Fault { acts: false, trouble })
        };
        let lost = Some(Fault {
            acts: true,
            trouble: Trouble::HangsUp,
        });
        self.multitel.faults(vec![lost, answer(500), answer(200), answer(403)]);
        order(server, chosen(BOUGHT[1])).await;
    }

    async fn request_from_cm(&self, server: &TestServer) {
        let area = json!({"supplier": "cm", "area_code": "20", "quantity": 1, "comment": FILLED});
        let line = order(server, area.clone()).await["lines"][0]["id"].clone();
        let token = server.app().suppliers.gateway_token(SupplierName::Cm);
        let path = format!("/orders/{}/{line}", token.expose_secret());
        for (path, body) in [
            (path.clone(), REPORT.to_owned()),
            (path.clone(), REPORT.repeat(10_000)),
            (format!("{path}9"), REPORT.to_owned()),
        ] {
            server.gateway_post(&path, body).await;
        }
        self.cm.api(|api| api.fill(0, &[FILLED]));
        order(server, area).await;
        let reason = format!("no: {FILLED} {} {path}", cm::TOKEN);
        self.cm.api(|api| api.refuse(1, &reason));
        server.tick_after(minutes(2)).await;
        assert_eq!(self.cm.sold().len(), 2);
    }
}

/// Places an order, and lets the worker do what it can.
async fn order(server: &TestServer, order: Value) -> Value {
    let placed = server.admin_post("/v1/orders", order).await;
    assert_eq!(placed.code(), 202, "{}", placed.line());
    for _ in 0..3 {
        server.tick_after(minutes(2)).await;
    }
    placed.json()
}
