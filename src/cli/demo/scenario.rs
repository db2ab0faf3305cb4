//! The scenario: each step sends a request and compares the answer with what is expected.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::numbers::{self, GATEWAY};
use super::transcript::{Transcript, indented};
use super::{KEY, PUSH_PATH};
use crate::cli::{CommandError, print};
use crate::rehearsal::client::Answer;
use crate::rehearsal::simulated_onlinesim::SimulatedOnlinesim;

/// How long the scenario waits for a push, or for the end of a silent rental.
const STEP_TIMEOUT: Duration = Duration::from_secs(15);
/// How often it polls.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// The result of the scenario.
#[derive(Default)]
pub(super) struct ScenarioResult {
    /// What differed from what was expected.
    pub(super) differences: Vec<String>,
    /// The path at which the gateway delivers SMS, with its token.
    pub(super) gateway_path: String,
}

/// Runs all steps, until it is stopped.
pub(super) async fn run(
    transcript: &Transcript,
    onlinesim: &SimulatedOnlinesim,
    stop: CancellationToken,
) -> Result<ScenarioResult, CommandError> {
    let mut scenario = Scenario {
        transcript,
        onlinesim,
        result: ScenarioResult::default(),
    };
    tokio::select! {
        result = scenario.all() => result?,
        () = stop.cancelled() => {}
    }
    Ok(scenario.result)
}

struct Scenario<'a> {
    transcript: &'a Transcript,
    onlinesim: &'a SimulatedOnlinesim,
    result: ScenarioResult,
}

impl Scenario<'_> {
    async fn all(&mut self) -> Result<(), CommandError> {
        self.inventory().await?;
        self.services().await?;
        let (number, operation) = self.rent().await?;
        self.message(&number, &operation).await?;
        self.finish(&operation).await?;
        self.expire_silent().await?;
        self.balance().await
    }

    fn check(&mut self, expectation: &str, is_met: bool) -> Result<(), CommandError> {
        print(&format!(
            "  {} {expectation}\n",
            if is_met { "ok:" } else { "DIFFERS:" }
        ))?;
        if !is_met {
            self.result.differences.push(expectation.to_owned());
        }
        Ok(())
    }

    async fn admin(&self, path: &str) -> Result<Answer, CommandError> {
        self.transcript.partner(Method::GET, path, "", "").await
    }

    async fn inventory(&mut self) -> Result<(), CommandError> {
        print("\n1. The partner creates a gateway (the source of SMS) and imports numbers.\n")?;
        let json = "application/json";
        let body = json!({ "name": GATEWAY }).to_string();
        let created = self
            .transcript
            .partner(Method::POST, "/v1/gateways", json, &body)
            .await?;
        let token = created.body["token"].as_str().unwrap_or_default().to_owned();
        self.check(
            "the gateway has a token, shown this once",
            created.status == 201 && !token.is_empty(),
        )?;
        let imported = self
            .transcript
            .partner(Method::POST, "/v1/numbers", "text/csv", &numbers::csv())
            .await?;
        self.result.gateway_path = format!("/in/{token}");
        self.check(
            "1000 numbers were added",
            imported.body["added"] == json!(numbers::total()),
        )
    }

    async fn services(&mut self) -> Result<(), CommandError> {
        print("\n2. Onlinesim asks how many numbers can be rented.\n")?;
        let body = json!({ "action": "GET_SERVICES", "key": KEY });
        let answer = self.transcript.onlinesim("/getServicesRent", &body).await?;
        let countries = answer.body["countryList"].as_array().cloned().unwrap_or_default();
        let any: u64 = countries
            .iter()
            .filter_map(|one| one["operatorMap"]["any"]["rent"].as_u64())
            .sum();
        self.check(
            "three countries, their `any` add up to 1000",
            countries.len() == 3 && any == 1000,
        )
    }

    async fn get_number(&mut self, extra: &Value) -> Result<(String, String), CommandError> {
        let mut body = json!({ "action": "GET_NUMBER", "key": KEY, "service": "rent", "sum": 320 });
        if let (Some(body), Some(extra)) = (body.as_object_mut(), extra.as_object()) {
            body.extend(extra.clone());
        }
        let answer = self.transcript.onlinesim("/getNumberRent", &body).await?;
        let (number, id) = (answer.body["number"].as_u64(), answer.body["activationId"].as_u64());
        let success = answer.body["status"] == "SUCCESS" && number.is_some() && id.is_some();
        self.check("SUCCESS, number and activationId are JSON integers", success)?;
        Ok((
            number.unwrap_or_default().to_string(),
            id.unwrap_or_default().to_string(),
        ))
    }

    async fn rent(&mut self) -> Result<(String, String), CommandError> {
        print("\n3. Onlinesim rents a number, but none that starts with 46 or 4915.\n")?;
        let (number, id) = self.get_number(&json!({ "exceptionPhoneSet": [46, "+4915"] })).await?;
        let allowed = !number.starts_with("46") && !number.starts_with("4915");
        self.check("the number starts with no excluded prefix", allowed)?;
        Ok((number, id))
    }

    async fn message(&mut self, number: &str, operation: &str) -> Result<(), CommandError> {
        print("\n4. An SMS arrives at the number; the gateway delivers it, the server pushes it to Onlinesim.\n")?;
        let sms = json!({ "id": "sms-1", "from": "Telegram", "to": format!("+{number}"), "text": "Your code: 48211" });
        let answer = self.transcript.gateway(&self.result.gateway_path, &sms).await?;
        self.check("the gateway gets 200: the SMS is on the disk", answer.status == 200)?;
        let Ok(Some(push)) = timeout(STEP_TIMEOUT, self.onlinesim.next()).await else {
            return self.check("Onlinesim gets the push", false);
        };
        print(&format!(
            "  server -> POST {}{PUSH_PATH}\n{}",
            self.onlinesim.url,
            indented(&push.body.to_string())
        ))?;
        print(&format!(
            "  Onlinesim -> HTTP 200\n{}",
            indented(r#"{"status":"SUCCESS"}"#)
        ))?;
        let body = &push.body;
        let right = push.authorization == format!("Bearer {KEY}")
            && body["action"] == "PUSH_SMS"
            && body["smsId"].as_u64() == operation.parse().ok()
            && body["phone"] == number
            && body["phoneFrom"] == "Telegram"
            && body["text"] == "Your code: 48211"
            && body["service"] == "rent";
        self.check(
            "the push carries the key, the operation, number, sender and text",
            right,
        )?;
        let again = self.transcript.gateway(&self.result.gateway_path, &sms).await?;
        self.check("the same SMS again: 200, stored once", again.status == 200)?;
        let listed = self.transcript.poll("/v1/messages").await?;
        let messages = listed["items"].as_array().map_or(0, Vec::len);
        self.check("there is one message", messages == 1)
    }

    async fn finish(&mut self, operation: &str) -> Result<(), CommandError> {
        print("\n5. The rental ends: sold for 870.50 roubles, all periods together. Onlinesim sends this twice.\n")?;
        let id: u64 = operation.parse().unwrap_or_default();
        let body = json!({ "action": "FINISH_ACTIVATION", "key": KEY, "activationId": id, "status": 3,
                           "service": "rent", "sum": 870.5 });
        for _ in 0..2 {
            let answer = self.transcript.onlinesim("/finishActivationRent", &body).await?;
            self.check("SUCCESS", answer.body == json!({ "status": "SUCCESS" }))?;
        }
        let closed = self.admin(&format!("/v1/operations/{operation}")).await?;
        let credited = closed.body["outcome"] == "sold" && closed.body["posted"] == "870.50";
        self.check("it is sold, and credited once", credited)
    }

    async fn expire_silent(&mut self) -> Result<(), CommandError> {
        print("\n6. Another rental receives no SMS. After the guard interval (3 s here) the watchdog closes it.\n")?;
        let (number, operation) = self.get_number(&json!({ "country": "germany" })).await?;
        let until = Instant::now() + STEP_TIMEOUT;
        let path = format!("/v1/operations/{operation}");
        while self.transcript.poll(&path).await?["state"] != "closed" && Instant::now() < until {
            sleep(POLL_INTERVAL).await;
        }
        let closed = self.admin(&path).await?;
        self.check("it is closed as no_sms", closed.body["outcome"] == "no_sms")?;
        let number = self.admin(&format!("/v1/numbers/{number}")).await?;
        let struck = number.body["strikes"] == 1 && number.body["state"] == "resting";
        self.check(
            "the number has one strike, and rests for a minute before it is available again",
            struck,
        )
    }

    async fn balance(&mut self) -> Result<(), CommandError> {
        print("\n7. The ledger.\n")?;
        let balance = self.admin("/v1/balance").await?.body;
        let promised = json!({ "currency": "RUB", "expected": "0.00", "posted": "870.50", "reversed": "0.00", "voided": "320.00" });
        let right = balance == promised;
        self.check(
            "posted 870.50 for the first rental, voided 320.00 for the second, nothing open",
            right,
        )
    }
}
