//! Tests of the admin API: each calls it as curl would, on a database of its own, and ends with an audit.

mod authentication;
mod bans;
mod costs;
mod gateway_access;
mod gateways;
mod import;
mod lines;
mod messages;
mod numbers;
mod operations;
mod order_lines;
mod order_requests;
mod orders;
mod owned;
mod pools;
mod restock;
mod suppliers;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::clock::{Clock, Random, parse_rfc3339};
use crate::domain::exclusion::Exclusions;
use crate::domain::gateway::token::TokenOwner;
use crate::domain::operation::{Finish, OperationId};
use crate::domain::sms::{InboundSms, Receiver, Recipient};
use crate::domain::stock::StockFilter;
use crate::domain::wire_name::CountryName;
use crate::flow::accept_sms::InboundBatch;
use crate::flow::finish_operation::{FinishRequest, Finished};
use crate::flow::rent_number::RentRequest;

fn soon() -> tokio::time::Instant {
    tokio::time::Instant::now() + std::time::Duration::from_secs(8)
}

const TOKEN: &str = "the-token-of-the-admin";

/// What is asked with which body.
type Content = Option<(&'static str, Vec<u8>)>;

fn json_content(value: &Value) -> Content {
    Some(("application/json", value.to_string().into_bytes()))
}

fn csv_content(text: &str) -> Content {
    Some(("text/csv; charset=utf-8", text.as_bytes().to_vec()))
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    /// The body of an answer that had to have this status.
    #[track_caller]
    fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    /// The sentence of a refusal that had to have this status and to be a whole problem.
    #[track_caller]
    fn problem(self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
        assert_eq!(
            (&self.body["type"], &self.body["status"]),
            (&json!("about:blank"), &json!(status))
        );
        assert!(!self.body["title"].as_str().unwrap().is_empty());
        self.body["detail"].as_str().unwrap().to_owned()
    }
}

/// A server that nobody but the test talks to; its clock stands still.
struct AdminServer {
    app: crate::app::App,
    router: Router,
    clock: Clock,
    _files: TempDir,
}

impl AdminServer {
    async fn new() -> Self {
        Self::with_options(&[]).await
    }

    /// With more options of the configuration, as environment variables.
    async fn with_options(options: &[(&str, &str)]) -> Self {
        let files = TempDir::new().unwrap();
        let url = format!("sqlite:{}", files.path().join("test.db").display());
        let environment = [
            ("LEASELINE_STORAGE__URL", url.as_str()),
            ("LEASELINE_ADMIN__TOKEN", TOKEN),
            ("LEASELINE_ADMIN__BODY_BYTES_MAX", "2000000"),
            ("LEASELINE_ONLINESIM__KEYS", "key-of-onlinesim"),
            ("LEASELINE_ONLINESIM__PUBLIC_URL", "https://numbers.example.org/"),
            ("LEASELINE_PUSH__URL", "http://127.0.0.1:9/"),
            ("LEASELINE_RENT__REST", "0s"),
        ];
        let environment = environment.into_iter().chain(options.iter().copied());
        let config = crate::config::Config::load(None, environment).unwrap();
        let clock = Clock::fixed(parse_rfc3339("2026-11-20T22:00:00Z").unwrap());
        let app = crate::app::App::build(config, clock.clone(), Random::seeded(1))
            .await
            .unwrap();
        let address: SocketAddr = "127.0.0.1:8080".parse().unwrap();
        Self {
            router: app.admin_router(address),
            app,
            clock,
            _files: files,
        }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes)))
        };
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    async fn call(&self, method: &str, path: &str, content: Content) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(AUTHORIZATION, format!("Bearer {TOKEN}"));
        let body = content.map_or_else(Body::empty, |(media_type, bytes)| {
            let headers = request.headers_mut().unwrap();
            headers.insert(CONTENT_TYPE, media_type.parse().unwrap());
            Body::from(bytes)
        });
        self.send(request.body(body).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, json_content(&body)).await
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call("PATCH", path, json_content(&body)).await
    }

    /// Sets up a gateway and returns its token.
    async fn gateway(&self, name: &str) -> String {
        let made = self.post("/v1/gateways", json!({ "name": name })).await.expect(201);
        made["token"].as_str().unwrap().to_owned()
    }

    /// What an import made of its rows: added, updated, unchanged, rejected.
    async fn import(&self, csv: &str) -> [u64; 4] {
        let report = self.call("POST", "/v1/numbers", csv_content(csv)).await.expect(200);
        let rejected = u64::try_from(report["rejected"].as_array().unwrap().len()).unwrap();
        let count = |field: &str| report[field].as_u64().unwrap();
        [count("added"), count("updated"), count("unchanged"), rejected]
    }

    /// All items of a list, fetched `limit` at a time.
    async fn pages(&self, path: &str, filter: &str, limit: usize) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let query = format!("{path}?{filter}&limit={limit}&cursor={cursor}");
            let page = self.get(&query).await.expect(200);
            let found = page["items"].as_array().unwrap();
            assert!(found.len() <= limit);
            items.extend_from_slice(found);
            match page["next"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return items,
            }
        }
    }

    /// Rents a number of the country for 320 roubles: the operation and the number.
    async fn try_rent(&self, country: &str) -> Option<(i64, String)> {
        let request = RentRequest {
            filter: StockFilter {
                country: Some(CountryName::parse(country).unwrap()),
                operator: None,
            },
            exclusions: Exclusions::default(),
            price: "320".parse().unwrap(),
        };
        let rental = self.app.flows.rent_number(request, soon()).await.unwrap()?;
        let rented = (rental.id.as_i64(), rental.number.digits());
        rental.delivered();
        Some(rented)
    }

    async fn rent(&self, country: &str) -> (i64, String) {
        self.try_rent(country).await.expect("a number is free")
    }

    /// Onlinesim closes the operation; what is sold is sold for 870.50.
    async fn finish(&self, id: i64, outcome: &str) {
        let finish = match outcome {
            "sold" => Finish::Sold("870.5".parse().unwrap()),
            _ => Finish::Cancelled,
        };
        let operation = OperationId::new(id).unwrap();
        let request = FinishRequest { operation, finish };
        let finished = self.app.flows.finish_operation(request, soon()).await;
        assert_eq!(finished.unwrap(), Finished::Success);
    }

    /// The gateway hands over an SMS.
    async fn sms(&self, token: &str, to: &str, id: &str) {
        let flows = &self.app.flows;
        let gateway = self.known(token).await;
        let sms = InboundSms {
            external_id: Some(id.to_owned()),
            receiver: Receiver::Number(Recipient::parse(to).unwrap()),
            sender: "VK".to_owned(),
            text: "a text".into(),
            sent_at: None,
            part: None,
        };
        let received_at = flows.now();
        flows
            .accept_sms(
                InboundBatch {
                    gateway: gateway.id,
                    with_current_token: gateway.good_until.is_none(),
                    messages: vec![sms],
                    received_at,
                },
                soon(),
            )
            .await
            .unwrap();
    }

    /// The gateway of that token, as the API for gateways knows it.
    async fn known(&self, token: &str) -> Arc<TokenOwner> {
        let found = self.app.gateways.find(token).await;
        found.unwrap().expect("the token is known")
    }

    /// Every test ends so: the counters agree with what they count.
    async fn audit(self) {
        let mut session = self.app.database.read().await.unwrap();
        let miscounted = crate::storage::pools::out_of_sync(&mut session).await.unwrap();
        assert_eq!(miscounted, Vec::new());
    }
}
