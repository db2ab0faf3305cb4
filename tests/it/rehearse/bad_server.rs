//! A small server of the protocol that is right, or wrong in one way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tower_http::compression::CompressionLayer;
use tower_http::decompression::RequestDecompressionLayer;

pub use super::fault::Fault;
use super::pushing::{self, Target};
use crate::support::KEY;

/// The numbers of the inventory, each with an operator of its own, so that GET_SERVICES is long.
pub const NUMBERS: u64 = 40;

/// The server. Clones are the same one.
#[derive(Clone)]
pub struct BadServer {
    pub fault: Fault,
    pub key: &'static str,
    pub target: Option<Target>,
    state: Arc<Mutex<Rentals>>,
    finish_seen: Arc<Notify>,
}

#[derive(Default)]
struct Rentals {
    free: VecDeque<u64>,
    open: BTreeMap<u64, u64>,
    closed: BTreeSet<u64>,
    ids: u64,
    asked: u64,
}

type Said = (u16, Value);

impl BadServer {
    pub fn new(fault: Fault) -> Self {
        let first = if fault == Fault::NoCountryCode {
            99_970_000_001
        } else {
            46_700_000_001
        };
        let state = Rentals {
            free: (first..first + NUMBERS).collect(),
            ..Rentals::default()
        };
        Self {
            fault,
            key: KEY,
            target: None,
            state: Arc::new(Mutex::new(state)),
            finish_seen: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, Rentals> {
        self.state.lock().unwrap()
    }

    /// The operations that are open.
    pub fn open(&self) -> Vec<u64> {
        self.state().open.keys().copied().collect()
    }

    /// How many requests for a number there were.
    pub fn asked(&self) -> u64 {
        self.state().asked
    }

    /// Its routes; those of the protocol, or one address for all.
    pub fn router(&self, one_address: bool) -> Router {
        let router = if one_address {
            Router::new().route("/api/v1", axum::routing::post(any))
        } else {
            let paths = ["/getServicesRent", "/getNumberRent", "/finishActivationRent"];
            paths.into_iter().fold(Router::new(), |router, path| {
                router.route(path, axum::routing::post(any))
            })
        };
        let mut router = router
            .route("/sms", axum::routing::post(pushing::accept))
            .route("/in/{token}", axum::routing::post(pushing::accept))
            .with_state(self.clone());
        if !matches!(self.fault, Fault::NeverUnpacks | Fault::BreaksOnPacked) {
            router = router.layer(RequestDecompressionLayer::new());
        }
        if self.fault != Fault::NeverPacks {
            router = router.layer(CompressionLayer::new());
        }
        router
    }

    fn services(&self) -> Said {
        let mut state = self.state();
        if matches!(self.fault, Fault::FinishesByItself | Fault::FinishesToTheBack) {
            let silent: Vec<(u64, u64)> = std::mem::take(&mut state.open).into_iter().collect();
            for (id, number) in silent {
                state.closed.insert(id);
                if self.fault == Fault::FinishesByItself {
                    state.free.push_front(number);
                } else {
                    state.free.push_back(number);
                }
            }
        }
        let mut operators = json!({});
        for number in &state.free {
            operators[format!("operator-{}", number % NUMBERS)] = json!({"rent": 1});
        }
        let sum = state.free.len() + usize::from(self.fault == Fault::SumIsOff);
        operators["any"] = json!({ "rent": sum });
        let country = match self.fault {
            Fault::CapitalLetters => "Sweden",
            Fault::UnknownCountry => "swedn",
            Fault::AnotherCountry => "norway",
            _ => "sweden",
        };
        (
            200,
            json!({"status": "SUCCESS", "countryList": [{"country": country, "operatorMap": operators}]}),
        )
    }

    fn number(&self, body: &Value) -> Said {
        let is_right = body["service"] == "rent" && body["sum"].is_number();
        let is_text = body["exceptionPhoneSet"][0].is_string();
        let is_right = is_right && !(is_text && self.fault == Fault::RefusesTextPrefixes);
        let prefixes = prefixes(&body["exceptionPhoneSet"]);
        if !is_right || prefixes.is_none() {
            match self.fault {
                Fault::RentsUnchecked => {}
                Fault::RentsWithoutBody if body.is_null() => {}
                Fault::NoNumbersToMalformed => return (200, json!({"status": "NO_NUMBERS"})),
                _ => return refusal("a field is wrong"),
            }
        }
        let prefixes = match self.fault {
            Fault::IgnoresPrefixes => Vec::new(),
            Fault::IgnoresTextPrefixes if is_text => Vec::new(),
            _ => prefixes.unwrap_or_default(),
        };
        let mut state = self.state();
        let is_full = self.fault == Fault::TenAtMost && state.open.len() >= 10;
        let is_free = |number: &u64| !prefixes.iter().any(|prefix| number.to_string().starts_with(prefix));
        let Some(at) = state.free.iter().position(is_free).filter(|_| !is_full) else {
            return (200, json!({"status": "NO_NUMBERS"}));
        };
        let number = match self.fault {
            Fault::SameNumberToAll => state.free[at],
            _ => state.free.remove(at).unwrap(),
        };
        // The same id again, but never while it is open.
        if self.fault != Fault::SameIdAgain || !state.open.is_empty() {
            state.ids += 1;
        } else {
            state.ids = 1;
        }
        let id = state.ids;
        state.open.insert(id, number);
        let number = match self.fault {
            Fault::NumberIsText => json!(number.to_string()),
            _ => json!(number),
        };
        (200, json!({"status": "SUCCESS", "number": number, "activationId": id}))
    }

    fn finish(&self, body: &Value) -> Said {
        let Some(id) = body["activationId"].as_u64().filter(|id| *id > 0) else {
            return refusal("activationId is wrong");
        };
        let mut state = self.state();
        if self.fault == Fault::FinishNever {
            return refusal("not today");
        }
        if let Some(number) = state.open.remove(&id) {
            state.free.push_back(number);
            state.closed.insert(id);
            return (200, json!({"status": "SUCCESS"}));
        }
        let is_known = state.closed.contains(&id) && self.fault != Fault::FinishOnce;
        if is_known && self.fault == Fault::FinishSaysMore {
            return (200, json!({"status": "SUCCESS", "repeated": true}));
        }
        if is_known || self.fault == Fault::FinishAnything {
            return (200, json!({"status": "SUCCESS"}));
        }
        refusal("no such operation")
    }

    async fn answer(&self, uri: &Uri, headers: &HeaderMap, raw: &[u8]) -> Said {
        if self.fault == Fault::BreaksOnPacked && headers.contains_key("content-encoding") {
            return (500, json!({"status": "ERROR", "error": "it broke"}));
        }
        let body: Value = serde_json::from_slice(raw).unwrap_or_default();
        if !body.is_object() {
            return match (self.fault, uri.path()) {
                (Fault::RentsWithoutBody, "/getNumberRent") => self.number(&body),
                (Fault::NoNumbersToMalformed, "/getNumberRent") => (200, json!({"status": "NO_NUMBERS"})),
                _ => refusal("no JSON object"),
            };
        }
        let bearer = headers.get("authorization").map(|value| value.to_str().unwrap());
        let key = self.key;
        let is_onlinesim = bearer == Some(&format!("Bearer {key}")) && body["key"] == key;
        if !is_onlinesim && self.fault != Fault::KeyIgnored {
            return (401, json!({"status": "ERROR", "error": "who is there?"}));
        }
        match body["action"].as_str() {
            Some("GET_SERVICES") => self.services(),
            Some("GET_NUMBER") => {
                self.state().asked += 1;
                let is_late = self.fault == Fault::FirstNumberIsLate && self.asked() == 1;
                let response = self.number(&body);
                if is_late {
                    // By then the caller has given up.
                    self.finish_seen.notified().await;
                }
                response
            }
            Some("FINISH_ACTIVATION") => {
                self.finish_seen.notify_waiters();
                self.finish(&body)
            }
            _ if self.fault == Fault::AnyActionIsServices => self.services(),
            _ => refusal("no such action"),
        }
    }
}

fn refusal(sentence: &str) -> Said {
    (400, json!({"status": "ERROR", "error": sentence}))
}

/// The prefixes of a request; `None` when they are written wrongly.
fn prefixes(set: &Value) -> Option<Vec<String>> {
    if set.is_null() {
        return Some(Vec::new());
    }
    let prefix = |value: &Value| match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    set.as_array()?.iter().map(prefix).collect()
}

/// Repeats all that it was sent, as PHP spells JSON.
fn echo(headers: &HeaderMap, raw: &[u8]) -> Response {
    let bearer = headers.get("authorization").map(|value| value.to_str().unwrap());
    let response = json!({"status": String::from_utf8_lossy(raw), "error": bearer.unwrap_or_default()});
    let response = response.to_string().replace('/', "\\/");
    (StatusCode::INTERNAL_SERVER_ERROR, response).into_response()
}

async fn any(State(partner): State<BadServer>, uri: Uri, headers: HeaderMap, raw: Bytes) -> Response {
    let (status, body) = partner.answer(&uri, &headers, &raw).await;
    let status = StatusCode::from_u16(status).unwrap();
    match partner.fault {
        Fault::RentsThenBreaks if body["activationId"].is_u64() => {
            return (StatusCode::BAD_GATEWAY, "Bad Gateway").into_response();
        }
        Fault::NoticeBeforeJson if body["activationId"].is_u64() => {
            return format!("Notice: Undefined index: country in rent.php on line 7\n{body}").into_response();
        }
        Fault::OtherSuccessWord if body["activationId"].is_u64() => {
            return Json(json!({"status": "OK"})).into_response();
        }
        Fault::Echoes if status.is_client_error() => return echo(&headers, &raw),
        _ => {}
    }
    if partner.fault == Fault::PlainRefusals && status == 400 {
        return (status, "Bad Request").into_response();
    }
    let content_type = [("content-type", "application/json; charset=utf-8")];
    (status, content_type, body.to_string()).into_response()
}
