//! The rehearsal under way: what is asked goes through here, so that nothing rented is forgotten.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::report::{Evidence, Report};
use super::{Auth, Plan};
use crate::cli::pretend::client::{Answer, Client, Request};

/// Stands in a body for the key, which the evidence must not show.
pub(super) const KEY: &str = "$KEY";
/// What a rental costs in the rehearsal.
const SUM: u32 = 320;
/// More of an answer is not shown.
const SHOWN_MAX: usize = 300;
/// How often a number is given back before it is left open, and how many at a time.
const ATTEMPTS: usize = 3;
const AT_ONCE: usize = 16;

/// Which key a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// Onlinesim.
    Right,
    /// Somebody else.
    Wrong,
    /// Nobody: no header, and whatever the body says.
    Missing,
}

/// A request and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    request: String,
    pub(super) outcome: Result<Answer, String>,
    pub(super) took: Duration,
}

impl Exchange {
    /// The HTTP status; 0 without an answer.
    pub(super) fn http(&self) -> u16 {
        self.outcome.as_ref().map_or(0, |answer| answer.status)
    }

    pub(super) fn body(&self) -> &Value {
        self.outcome.as_ref().map_or(&Value::Null, |answer| &answer.body)
    }

    /// The field `status`.
    pub(super) fn word(&self) -> &str {
        self.body()["status"].as_str().unwrap_or_default()
    }

    pub(super) fn is_success(&self) -> bool {
        self.http() == 200 && self.word() == "SUCCESS"
    }

    /// Whether a request that is wrong was answered as one.
    pub(super) fn is_refusal(&self) -> bool {
        let http = self.http();
        self.word() != "SUCCESS" && ((400..500).contains(&http) || (http == 200 && self.word() == "ERROR"))
    }

    pub(super) fn evidence(&self) -> Evidence {
        Evidence {
            request: self.request.clone(),
            answer: match &self.outcome {
                Ok(answer) => format!("{} {}", answer.status, shortened(&answer.text)),
                Err(reason) => reason.clone(),
            },
            took_ms: u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

fn shortened(text: &str) -> String {
    let cut: String = text.chars().take(SHOWN_MAX).collect();
    let more = if cut.len() < text.len() { " ..." } else { "" };
    format!("{}{more}", cut.replace(['\n', '\r'], " "))
}

/// Somebody's number for a while.
#[derive(Debug, Clone)]
pub(super) struct Rental {
    pub(super) number: String,
    pub(super) id: u64,
}

/// What all checks share.
pub(super) struct Session<'a> {
    pub(super) plan: &'a Plan,
    pub(super) stop: CancellationToken,
    client: Client,
    rented: Mutex<Rented>,
    slowest: Mutex<Option<Exchange>>,
}

#[derive(Default)]
struct Rented {
    open: Vec<u64>,
    count: usize,
    /// Rented without an id that could be given back.
    nameless: usize,
}

impl<'a> Session<'a> {
    pub(super) fn new(plan: &'a Plan, stop: CancellationToken) -> Result<Self, String> {
        Ok(Self {
            plan,
            stop,
            client: Client::new()?,
            rented: Mutex::default(),
            slowest: Mutex::default(),
        })
    }

    /// Asks as Onlinesim does.
    pub(super) async fn ask(&self, path: &str, body: &Value) -> Exchange {
        self.send(path, &body.to_string(), Caller::Right, false).await
    }

    /// Asks with a body as it stands, but for [`KEY`].
    pub(super) async fn send(&self, path: &str, body: &str, caller: Caller, packed: bool) -> Exchange {
        let key = match caller {
            Caller::Right => self.plan.key.expose_secret(),
            Caller::Wrong | Caller::Missing => "not-the-key",
        };
        let url = format!("{}{path}", self.plan.url);
        let in_json = json!(key).to_string();
        let filled = body.replace(KEY, in_json.trim_matches('"'));
        let request = Request {
            method: Method::POST,
            url: &url,
            bearer: (self.plan.auth == Auth::Bearer && caller != Caller::Missing).then_some(key),
            content_type: Some("application/json; charset=utf-8"),
            packed,
            body: &filled,
        };
        let shown = match caller {
            Caller::Right => body.replace(KEY, "..."),
            Caller::Wrong | Caller::Missing => filled.clone(),
        };
        let shown = format!("POST {path} {}{shown}", if packed { "(gzip) " } else { "" });
        self.exchange(&request, shown).await
    }

    /// Hands an SMS over as a gateway does. The URL is a secret.
    pub(super) async fn hand_over(&self, url: &str, sms: &Value) -> Exchange {
        let body = sms.to_string();
        let request = Request {
            method: Method::POST,
            url,
            bearer: None,
            content_type: Some("application/json"),
            packed: false,
            body: &body,
        };
        let (outcome, took) = self.client.send(&request).await;
        let request = format!("POST (gateway URL) {body}");
        Exchange { request, outcome, took }
    }

    async fn exchange(&self, request: &Request<'_>, shown: String) -> Exchange {
        let (mut outcome, took) = self.client.send(request).await;
        if let Ok(answer) = &mut outcome {
            // A server that says the key again must not bring it into the report.
            let key = self.plan.key.expose_secret();
            answer.text = answer.text.replace(key, "...");
        }
        let exchange = Exchange {
            request: shown,
            outcome,
            took,
        };
        let mut slowest = self.slowest.lock().unwrap_or_else(PoisonError::into_inner);
        // No answer at all is slower than any.
        let rank = |exchange: &Exchange| (exchange.outcome.is_err(), exchange.took);
        if slowest.as_ref().is_none_or(|slowest| rank(slowest) < rank(&exchange)) {
            *slowest = Some(exchange.clone());
        }
        exchange
    }

    /// The exchange with the server that took longest, or that got no answer.
    pub(super) fn slowest(&self) -> Option<Exchange> {
        self.slowest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) async fn services(&self) -> Exchange {
        let body = json!({ "action": "GET_SERVICES", "key": KEY });
        self.ask("/getServicesRent", &body).await
    }

    /// Rents, with these fields besides the usual ones.
    pub(super) async fn rent(&self, more: Value) -> (Exchange, Option<Rental>) {
        let mut body = json!({ "action": "GET_NUMBER", "key": KEY, "service": "rent", "sum": SUM });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        let exchange = self.ask("/getNumberRent", &body).await;
        let rental = self.note(&exchange);
        (exchange, rental)
    }

    /// Remembers what an answer rented, on purpose or not, however wrongly it is written.
    pub(super) fn note(&self, exchange: &Exchange) -> Option<Rental> {
        let body = exchange.body();
        if exchange.word() != "SUCCESS" {
            return None;
        }
        let id = lenient(&body["activationId"]);
        let mut rented = self.rented.lock().unwrap_or_else(PoisonError::into_inner);
        rented.count += 1;
        rented.nameless += usize::from(id.is_none());
        let id = id?;
        rented.open.push(id);
        let number = lenient(&body["number"]).map(|number| number.to_string());
        Some(Rental {
            number: number.unwrap_or_default(),
            id,
        })
    }

    /// Cancels a rental.
    pub(super) async fn finish(&self, id: u64) -> Exchange {
        let body = json!({ "action": "FINISH_ACTIVATION", "key": KEY, "activationId": id, "status": 4,
                           "service": "rent", "sum": SUM });
        let exchange = self.ask("/finishActivationRent", &body).await;
        if exchange.is_success() {
            let mut rented = self.rented.lock().unwrap_or_else(PoisonError::into_inner);
            rented.open.retain(|open| *open != id);
        }
        exchange
    }

    fn open(&self) -> Vec<u64> {
        let rented = self.rented.lock().unwrap_or_else(PoisonError::into_inner);
        rented.open.clone()
    }

    /// Cancels whatever is still rented; returns all answers.
    pub(super) async fn give_back(&self) -> Vec<Exchange> {
        let mut answers = Vec::new();
        for _ in 0..ATTEMPTS {
            let finishes = stream::iter(self.open()).map(|id| self.finish(id));
            answers.extend(finishes.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await);
        }
        answers
    }

    /// Writes down how many numbers were rented, and what is still open.
    pub(super) fn account(&self, report: &mut Report) {
        let rented = self.rented.lock().unwrap_or_else(PoisonError::into_inner);
        report.rented = rented.count;
        report.nameless = rented.nameless;
        report.left_open.clone_from(&rented.open);
    }
}

/// An integer, also one that is written as a string.
fn lenient(value: &Value) -> Option<u64> {
    let of_text = || value.as_str()?.trim_start_matches('+').parse().ok();
    value.as_u64().or_else(of_text)
}
