//! The real server on a file of its own, with a clock that stands still and a pretend Onlinesim.
//!
//! Requests go through the routers that production serves. No worker runs by itself: [`House::tick`] does what is due.
//! A test ends with [`House::close`], which checks the books; one that forgets it fails.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use leaseline::app::App;
use leaseline::clock::{Chance, Clock, parse_rfc3339};
use leaseline::config::Config;
use leaseline::worker::Worker as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::answer::Answer;
use super::onlinesim::Onlinesim;

pub const KEY: &str = "key-of-onlinesim";
pub const ADMIN_TOKEN: &str = "token-of-the-admin";
/// When the clock stands still for the first time.
pub const START: &str = "2026-11-20T12:00:00Z";
/// What the first period of a rental costs unless a test says otherwise.
pub const SUM: i64 = 320;

pub struct House {
    pub clock: Clock,
    pub onlinesim: Onlinesim,
    settings: BTreeMap<String, String>,
    running: Option<Running>,
    starts: u64,
    directory: TempDir,
    closed: bool,
}

struct Running {
    app: App,
    partner: Router,
    admin: Router,
}

/// A number that was rented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rented {
    pub number: u64,
    pub id: i64,
}

/// A gateway as the admin made it.
#[derive(Debug, Clone)]
pub struct Gateway {
    pub name: String,
    pub token: String,
}

impl Drop for House {
    fn drop(&mut self) {
        if !self.closed && !std::thread::panicking() {
            panic!("a test ends with house.close().await, which checks the books");
        }
    }
}

impl House {
    pub async fn build() -> Self {
        Self::with(&[]).await
    }

    /// A house with settings, written as in the environment: `("PUSH__PARALLEL", "2")`.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let clock = Clock::fixed(parse_rfc3339(START).unwrap());
        let onlinesim = Onlinesim::start(clock.clone()).await;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("leaseline.db");
        let mut all: BTreeMap<String, String> = [
            ("PARTNER__KEYS", KEY.to_owned()),
            ("ADMIN__TOKEN", ADMIN_TOKEN.to_owned()),
            ("PUSH__URL", onlinesim.url()),
            ("STORAGE__URL", format!("sqlite:{}", file.display())),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        all.extend(
            settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let mut house = Self {
            clock,
            onlinesim,
            settings: all,
            running: None,
            starts: 0,
            directory,
            closed: false,
        };
        house.start().await;
        house
    }

    async fn start(&mut self) {
        self.starts += 1;
        let environment = self
            .settings
            .iter()
            .map(|(name, value)| (format!("LEASELINE_{name}"), value.clone()));
        let config = Config::load(None, environment).unwrap();
        let app = App::build(config, self.clock.clone(), Chance::seeded(self.starts))
            .await
            .unwrap();
        self.running = Some(Running {
            partner: app.partner_router(),
            admin: app.admin_router("127.0.0.1:8080".parse().unwrap()),
            app,
        });
    }

    /// Stops the server, without a word to anybody, and starts it again on the same file at the same time.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// Starts it again with other settings.
    pub async fn restart_with(&mut self, settings: &[(&str, &str)]) {
        for (name, value) in settings {
            self.settings.insert((*name).to_owned(), (*value).to_owned());
        }
        self.restart().await;
    }

    pub(super) async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            let database = running.app.flows.database.clone();
            drop(running);
            database.close().await;
        }
    }

    pub(super) fn mark_closed(&mut self) {
        self.closed = true;
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the server runs between start and stop")
    }

    pub fn app(&self) -> &App {
        &self.running().app
    }

    pub fn partner_router(&self) -> Router {
        self.running().partner.clone()
    }

    pub(super) fn admin_router(&self) -> Router {
        self.running().admin.clone()
    }

    pub fn file(&self) -> PathBuf {
        self.directory.path().join("leaseline.db")
    }

    pub fn advance(&self, span: Duration) {
        self.clock.advance(span);
    }

    /// Lets every worker do what is due now.
    pub async fn tick(&self) {
        let app = self.app();
        app.undelivered.pass().await.unwrap();
        app.deliveries.pass().await.unwrap();
        app.watchdog.pass().await.unwrap();
        app.bans.pass().await.unwrap();
    }

    /// Lets the worker run that releases rentals whose answer nobody took.
    pub async fn app_releases_undelivered(&self) {
        self.app().undelivered.pass().await.unwrap();
    }

    /// Moves the clock, then [`House::tick`].
    pub async fn tick_after(&self, span: Duration) {
        self.advance(span);
        self.tick().await;
    }

    // -- Onlinesim's side ------------------------------------------------------------------------------------------

    /// Any request to the partner's listener.
    pub async fn ask(&self, request: Request<Body>) -> Answer {
        Answer::read(self.running().partner.clone().oneshot(request).await.unwrap()).await
    }

    /// A request with the key in the header, and that body as it stands.
    pub async fn post_text(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/json; charset=utf-8")
            .header("user-agent", "onlinesim");
        self.ask(request.body(body.into()).unwrap()).await
    }

    /// A request with the key in the header and in the body.
    pub async fn post(&self, path: &str, mut body: Value) -> Answer {
        body["key"] = json!(KEY);
        self.post_text(path, body.to_string()).await
    }

    /// GET_NUMBER with these fields besides the usual ones; `None`: NO_NUMBERS.
    pub async fn get_number_with(&self, more: Value) -> Option<Rented> {
        let mut body = json!({"action": "GET_NUMBER", "service": "rent", "sum": SUM});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().expect("fields").clone());
        let answer = self.post("/getNumberRent", body).await.ok().json();
        match answer["status"].as_str() {
            Some("NO_NUMBERS") => None,
            Some("SUCCESS") => Some(Rented {
                number: answer["number"].as_u64().expect("number is a JSON integer"),
                id: answer["activationId"].as_i64().expect("activationId is a JSON integer"),
            }),
            _ => panic!("{answer}"),
        }
    }

    pub async fn get_number(&self) -> Option<Rented> {
        self.get_number_with(json!({})).await
    }

    /// GET_NUMBER whose answer is made and then taken by nobody. Returns the operation.
    pub async fn lose_an_answer(&self) -> i64 {
        let body = json!({"action": "GET_NUMBER", "key": KEY, "service": "rent", "sum": SUM});
        let request = Request::post("/getNumberRent")
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).unwrap();
        let answer = self.partner_router().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        drop(answer);
        let newest = self
            .open_operations()
            .await
            .into_iter()
            .map(|one| one["id"].as_i64().unwrap());
        newest.max().expect("the number was rented")
    }

    /// GET_NUMBER that has to find one.
    pub async fn rent(&self) -> Rented {
        self.get_number().await.expect("a number is free")
    }

    /// FINISH_ACTIVATION as it is answered.
    pub async fn finish_answer(&self, id: i64, status: i64, sum: &str) -> Answer {
        let sum: serde_json::Number = serde_json::from_str(sum).unwrap();
        let body =
            json!({"action": "FINISH_ACTIVATION", "service": "rent", "activationId": id, "status": status, "sum": sum});
        self.post("/finishActivationRent", body).await
    }

    /// FINISH_ACTIVATION that has to succeed.
    pub async fn finish(&self, id: i64, status: i64, sum: &str) {
        let answer = self.finish_answer(id, status, sum).await;
        assert_eq!(answer.line(), r#"200 {"status":"SUCCESS"}"#);
    }

    /// GET_SERVICES: country -> operator (and `any`) -> count.
    pub async fn services(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        let answer = self.post("/getServicesRent", json!({"action": "GET_SERVICES"})).await;
        let answer = answer.ok().json();
        assert_eq!(answer["status"], "SUCCESS");
        let countries = answer["countryList"].as_array().expect("countryList is a list");
        let operators = |map: &Value| -> BTreeMap<String, u64> {
            let map = map.as_object().expect("operatorMap is an object");
            map.iter()
                .map(|(name, count)| (name.clone(), count["rent"].as_u64().expect("rent is an integer")))
                .collect()
        };
        let list: BTreeMap<_, _> = countries
            .iter()
            .map(|one| {
                (
                    one["country"].as_str().unwrap().to_owned(),
                    operators(&one["operatorMap"]),
                )
            })
            .collect();
        assert_eq!(
            list.len(),
            countries.len(),
            "a country stands in the list once: {answer}"
        );
        list
    }

    /// The sum of all `any`.
    pub async fn promised(&self) -> u64 {
        self.services().await.values().map(|operators| operators["any"]).sum()
    }

    // -- The gateways' side ----------------------------------------------------------------------------------------

    pub async fn gateway_post(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header("content-type", "application/json");
        self.ask(request.body(body.into()).unwrap()).await
    }

    /// An SMS as the gateway's request, with its answer.
    pub async fn sms_answer(&self, token: &str, sms: Value) -> Answer {
        self.gateway_post(&format!("/in/{token}"), sms.to_string()).await
    }

    /// An SMS that has to be accepted.
    pub async fn sms(&self, gateway: &Gateway, to: u64, text: &str) {
        let sms = json!({"from": "Service", "to": format!("+{to}"), "text": text});
        assert_eq!(self.sms_answer(&gateway.token, sms).await.code(), 200);
    }

    pub async fn heartbeat(&self, gateway: &Gateway) {
        let path = format!("/in/{}/heartbeat", gateway.token);
        assert_eq!(self.gateway_post(&path, "").await.code(), 200);
    }
}
