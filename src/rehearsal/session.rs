//! The state of a rehearsal. Every request goes through here, so that each rental is known.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use reqwest::{Certificate, Method};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::exchange::Exchange;
use super::rental_log::{RehearsedRental, RentalLog};
use super::services::promised;
use super::{KeyPlace, RehearsalPlan};
use crate::domain::country::CountryNames;
use crate::rehearsal::client::{
    Answer, Client, ExchangeProgress, NoAnswer, REQUEST_TIMEOUT, Request, no_answer_within,
};

/// The placeholder of the key in a body.
pub(super) const KEY: &str = "$KEY";
/// What a rental costs in the rehearsal.
const SUM: u32 = 320;
/// How often a number is given back before it is left open, and how many at a time.
const ATTEMPTS: usize = 3;
const AT_ONCE: usize = 16;

/// The key of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallerKey {
    /// Onlinesim's.
    Right,
    /// Another one.
    Wrong,
    /// None: no header, and a body that is sent as it is.
    Missing,
}

type ExchangeResult = (Result<Answer, NoAnswer>, Duration);

/// A GET_NUMBER that was not answered within Onlinesim's timeout.
struct LateAnswer {
    request: String,
    answer: AbortOnDropHandle<ExchangeResult>,
}

/// A request that is ready to go.
struct Outgoing {
    url: String,
    bearer: Option<String>,
    compressed: bool,
    body: String,
    /// For the evidence; the report hides the key.
    shown: String,
}

/// What all checks share.
pub(super) struct RehearsalSession<'a> {
    pub(super) plan: &'a RehearsalPlan,
    pub(super) stop: CancellationToken,
    pub(super) rental_log: RentalLog,
    pub(super) countries: CountryNames,
    client: Client,
    late: Mutex<Vec<LateAnswer>>,
    came_late: Mutex<Vec<Exchange>>,
    slowest: Mutex<Option<Exchange>>,
}

impl<'a> RehearsalSession<'a> {
    pub(super) fn new(plan: &'a RehearsalPlan, stop: CancellationToken) -> Result<Self, String> {
        let trusted = match &plan.ca_file {
            Some(file) => {
                let read = std::fs::read(file).map_err(|error| format!("--ca-file {}: {error}", file.display()))?;
                let trusted = Certificate::from_pem_bundle(&read).ok().filter(|all| !all.is_empty());
                trusted.ok_or_else(|| format!("--ca-file {}: no certificate in PEM in it", file.display()))?
            }
            None => Vec::new(),
        };
        let names = CountryNames::new(&plan.countries.iter().cloned().collect());
        Ok(Self {
            plan,
            stop,
            rental_log: RentalLog::default(),
            countries: names.map_err(|error| format!("--country: {error}"))?,
            client: Client::with(plan.request_timeout.max(REQUEST_TIMEOUT) + plan.late_wait, trusted)?,
            late: Mutex::default(),
            came_late: Mutex::default(),
            slowest: Mutex::default(),
        })
    }

    /// Sends a request with the right key.
    pub(super) async fn ask(&self, path: &str, body: &Value) -> Exchange {
        self.send(path, &body.to_string(), CallerKey::Right, false).await
    }

    /// Sends a body unchanged but for [`KEY`], with Onlinesim's timeout.
    pub(super) async fn send(&self, path: &str, body: &str, caller: CallerKey, compressed: bool) -> Exchange {
        let outgoing = self.outgoing(path, body, caller, compressed);
        let request = outgoing.shown.clone();
        let request_timeout = self.plan.request_timeout;
        let outcome = timeout(request_timeout, send_outgoing(self.client.clone(), outgoing)).await;
        self.record(request, outcome.unwrap_or_else(|_| timed_out(request_timeout)))
    }

    /// Sends GET_NUMBER, or a malformed request that a careless server may accept. An answer after Onlinesim's timeout is read
    /// at the end, because it may contain a rental.
    pub(super) async fn ask_for_number(&self, body: &str, caller: CallerKey) -> (Exchange, Option<RehearsedRental>) {
        let outgoing = self.outgoing("/getNumberRent", body, caller, false);
        let request = outgoing.shown.clone();
        let request_timeout = self.plan.request_timeout;
        let mut answer = AbortOnDropHandle::new(tokio::spawn(send_outgoing(self.client.clone(), outgoing)));
        match timeout(request_timeout, &mut answer).await {
            Ok(outcome) => {
                let exchange = self.record(request, outcome.unwrap_or_else(|error| task_failed(&error)));
                let rental = self.rental_log.note(&exchange);
                (exchange, rental)
            }
            Err(_) => {
                let late = LateAnswer {
                    request: request.clone(),
                    answer,
                };
                self.late.lock().unwrap_or_else(PoisonError::into_inner).push(late);
                (self.record(request, timed_out(request_timeout)), None)
            }
        }
    }

    fn outgoing(&self, path: &str, body: &str, caller: CallerKey, compressed: bool) -> Outgoing {
        let key = match caller {
            CallerKey::Right => self.plan.key.expose_secret(),
            CallerKey::Wrong | CallerKey::Missing => "not-the-key",
        };
        // All bodies have it in quotation marks.
        let body = body.replace(&format!("\"{KEY}\""), &json!(key).to_string());
        let (url, path) = if self.plan.one_address {
            (self.plan.url.clone(), "")
        } else {
            (format!("{}{path}", self.plan.url.trim_end_matches('/')), path)
        };
        let bearer = self.plan.auth == KeyPlace::Bearer && caller != CallerKey::Missing;
        Outgoing {
            url,
            bearer: bearer.then(|| key.to_owned()),
            compressed,
            shown: ["POST", path, if compressed { "(gzip)" } else { "" }, &body]
                .into_iter()
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
            body,
        }
    }

    /// Delivers an SMS as a gateway does. The URL is a secret.
    pub(super) async fn deliver_sms(&self, url: &str, sms: &Value) -> Exchange {
        let body = sms.to_string();
        let request = post(url, None, false, &body);
        let request_timeout = self.plan.request_timeout;
        let outcome = timeout(request_timeout, self.client.send(&request)).await;
        let (outcome, took) = outcome.unwrap_or_else(|_| timed_out(request_timeout));
        let request = format!("POST (gateway URL) {body}");
        Exchange { request, outcome, took }
    }

    fn record(&self, request: String, (outcome, took): ExchangeResult) -> Exchange {
        let exchange = Exchange { request, outcome, took };
        let was_sent = exchange.outcome.is_ok() || exchange.may_have_worked();
        let mut slowest = self.slowest.lock().unwrap_or_else(PoisonError::into_inner);
        // No answer at all is slower than any.
        let rank = |exchange: &Exchange| (exchange.is_unanswered(), exchange.took);
        if was_sent && slowest.as_ref().is_none_or(|slowest| rank(slowest) < rank(&exchange)) {
            *slowest = Some(exchange.clone());
        }
        exchange
    }

    /// The exchange that took longest of those that reached the server, or one that got no answer.
    pub(super) fn slowest(&self) -> Option<Exchange> {
        self.slowest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) async fn services(&self) -> Exchange {
        let body = json!({ "action": "GET_SERVICES", "key": KEY });
        self.ask("/getServicesRent", &body).await
    }

    /// Rents, with these fields besides the usual ones.
    pub(super) async fn rent(&self, more: Value) -> (Exchange, Option<RehearsedRental>) {
        let mut body = json!({ "action": "GET_NUMBER", "key": KEY, "service": "rent", "sum": SUM });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        self.ask_for_number(&body.to_string(), CallerKey::Right).await
    }

    /// Waits until so many numbers are promised again: a server may let a number rest between two rentals.
    pub(super) async fn wait_for_rested(&self, wanted: u64) {
        let until = Instant::now() + self.plan.rest;
        while Instant::now() < until && promised(&self.services().await) < wanted {
            tokio::select! {
                () = sleep(self.plan.pause) => {}
                () = self.stop.cancelled() => return,
            }
        }
    }

    /// Cancels a rental.
    pub(super) async fn finish(&self, id: u64) -> Exchange {
        let body = json!({ "action": "FINISH_ACTIVATION", "key": KEY, "activationId": id, "status": 4,
                           "service": "rent", "sum": SUM });
        let exchange = self.ask("/finishActivationRent", &body).await;
        if exchange.is_success() {
            self.rental_log.close(id);
        }
        exchange
    }

    /// Cancels whatever is still rented.
    pub(super) async fn give_back(&self) {
        self.give_back_all_but(None).await;
    }

    /// Cancels whatever is still rented besides one that is still needed.
    pub(super) async fn give_back_all_but(&self, needed: Option<u64>) {
        for attempt in 0..ATTEMPTS {
            let mut open = self.rental_log.open();
            open.retain(|id| Some(*id) != needed);
            if open.is_empty() {
                return;
            }
            if attempt > 0 {
                // A server that is busy or restarting needs time.
                sleep(self.plan.pause).await;
            }
            let finishes = stream::iter(open).map(|id| self.finish(id));
            let _answers = finishes.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
        }
    }

    /// Waits for the answers that came too late for Onlinesim, and gives their numbers back, too.
    pub(super) async fn give_back_late_ones(&self) {
        let late = std::mem::take(&mut *self.late.lock().unwrap_or_else(PoisonError::into_inner));
        let until = Instant::now() + self.plan.late_wait;
        for LateAnswer { request, answer } in late {
            match timeout_at(until, answer).await {
                Ok(Ok(outcome)) => {
                    let exchange = self.record(request, outcome);
                    self.rental_log.note_late(&exchange);
                    let mut came_late = self.came_late.lock().unwrap_or_else(PoisonError::into_inner);
                    came_late.push(exchange);
                }
                _ => self.rental_log.note_unanswered(),
            }
        }
        self.give_back().await;
    }

    /// The answers that came after Onlinesim would have given up.
    pub(super) fn came_late(&self) -> Vec<Exchange> {
        self.came_late.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn post<'a>(url: &'a str, bearer: Option<&'a str>, compressed: bool, body: &'a str) -> Request<'a> {
    Request {
        method: Method::POST,
        url,
        bearer,
        content_type: Some("application/json; charset=utf-8"),
        compressed,
        body,
    }
}

async fn send_outgoing(client: Client, outgoing: Outgoing) -> ExchangeResult {
    let bearer = outgoing.bearer.as_deref();
    let request = post(&outgoing.url, bearer, outgoing.compressed, &outgoing.body);
    client.send(&request).await
}

fn timed_out(request_timeout: Duration) -> ExchangeResult {
    (Err(no_answer_within(request_timeout)), request_timeout)
}

fn task_failed(error: &tokio::task::JoinError) -> ExchangeResult {
    let failure = NoAnswer {
        progress: ExchangeProgress::Sent,
        reason: format!("the exchange broke: {error}"),
    };
    (Err(failure), Duration::ZERO)
}
