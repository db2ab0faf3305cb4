//! The server with its rentals, and what has to reach Onlinesim.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use super::printed_setup::Printed;
use super::relay::{Relay, Road};
use super::sample_sms::SampleSms;
use crate::crash::process::{BINARY, Place, Server};
use crate::support::onlinesim::Reply;
use crate::support::wire;

/// What takes longer than this will never happen. The programs take their time.
pub const WAIT_MAX: Duration = Duration::from_secs(100);
const NAME: &str = "bank";

/// One SMS at Onlinesim: the rental, its number, the sender, the text.
type Told = (i64, u64, String, String);

pub struct Scenario {
    place: Place,
    server: Option<Server>,
    pub relay: Relay,
    pub printed: Printed,
    folder: TempDir,
    rentals: BTreeMap<u64, i64>,
    expected: Vec<Told>,
}

impl Scenario {
    /// A gateway of that kind with these numbers, each on its line if it has one, all rented out; and the server away.
    pub async fn new(kind: &str, numbers: &[(u64, Option<&str>)]) -> Self {
        let place = Place::new().await;
        let relay = Relay::start(wire::client()).await;
        let server = place.start().await;
        let new = ["gateway", "new", NAME, "--kind", kind, "--url", &relay.url()];
        let printed = place.command(BINARY, &new).output().unwrap();
        assert!(printed.status.success(), "{printed:?}");
        let printed = Printed(String::from_utf8(printed.stdout).unwrap());
        let row = |(number, line): &(u64, Option<&str>)| {
            let number = number.to_string();
            match line {
                Some(line) => json!({"number": number, "gateway": NAME, "line": line}),
                None => json!({"number": number, "gateway": NAME}),
            }
        };
        let rows: Vec<Value> = numbers.iter().map(row).collect();
        let report = server.client.admin_post("/v1/numbers", &Value::from(rows)).await;
        assert_eq!(report["added"], numbers.len(), "{report}");
        let mut rentals = BTreeMap::new();
        for _ in numbers {
            let (status, rented) = server.client.get_number(&json!({})).await.unwrap();
            assert_eq!((status, &rented["status"]), (200, &json!("SUCCESS")), "{rented}");
            let number = rented["number"].as_u64().unwrap();
            rentals.insert(number, rented["activationId"].as_i64().unwrap());
        }
        assert_eq!(rentals.len(), numbers.len(), "rule 1");
        server.kill();
        Self {
            place,
            server: None,
            relay,
            printed,
            folder: tempfile::tempdir().unwrap(),
            rentals,
            expected: Vec::new(),
        }
    }

    /// Where the programs have their files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// That this sample has to arrive; `from` is the sender as the program reports it.
    pub fn expects(&mut self, sample: &SampleSms, from: &str) {
        let rental = self.rentals[&sample.to];
        let expected = (rental, sample.to, from.to_owned(), sample.text.clone());
        self.expected.push(expected);
    }

    /// The server is away for the first tries of the program: connections break, then a proxy answers for it. Then it is
    /// back, but its answers are lost, and it is killed in the middle of that. Then all is well. That many tries fail each
    /// time.
    pub async fn outage(&mut self, tries: usize) {
        let start = self.relay.tries().failed;
        self.tried(start + tries).await;
        self.relay.set(Road::Away);
        self.tried(start + 2 * tries).await;
        // What it takes before it dies it cannot pass on, so that no death falls between a push and the note of it.
        self.place.onlinesim.always_answers(Reply::Broken);
        let server = self.start().await;
        self.relay.set(Road::OneWay);
        self.tried(start + 2 * tries + tries.div_ceil(2)).await;
        server.kill();
        self.tried(start + 3 * tries).await;
        self.place.onlinesim.always_answers(Reply::status("SUCCESS"));
        self.server = Some(self.start().await);
        self.relay.set(Road::Open);
    }

    async fn start(&self) -> Server {
        let server = self.place.start().await;
        self.relay.leads_to(&server.client.partner);
        server
    }

    /// Returns when that many tries have failed.
    pub async fn tried(&self, failed: usize) {
        let waited = timeout(WAIT_MAX, self.relay.wait_for(|tries| tries.failed >= failed)).await;
        let tries = self.relay.tries();
        assert!(waited.is_ok(), "{failed} tries were waited for: {tries:?}");
    }

    /// Returns when that many requests of the program were answered 200.
    pub async fn taken(&self, requests: usize) {
        let waited = timeout(WAIT_MAX, self.relay.wait_for(|tries| tries.taken >= requests)).await;
        let tries = self.relay.tries();
        assert!(waited.is_ok(), "{requests} requests were waited for: {tries:?}");
    }

    /// Each SMS reached Onlinesim once, in its rental, as it was written. The program has nothing left to send.
    pub async fn all_came_once(&mut self, requests: usize) {
        let server = self.server.as_ref().expect("it is back");
        server.client.nothing_due(&self.place.onlinesim).await;
        let mut accepted = self.accepted();
        accepted.sort();
        self.expected.sort();
        assert_eq!(accepted, self.expected, "rules 7 and 8");
        let stored = server.client.list("/v1/messages").await;
        assert_eq!(stored.len(), self.expected.len(), "{stored:#?}");
        assert_eq!(self.relay.tries().taken, requests, "requests that were answered 200");
    }

    /// What Onlinesim took from the server that is there now. A push of one that was killed may still be read when the answers
    /// are good again: its answer does not arrive.
    fn accepted(&self) -> Vec<Told> {
        let content = |body: &Value| {
            let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
            let rental = body["smsId"].as_i64().unwrap_or_default();
            let phone = text("phone").parse().unwrap_or_default();
            (rental, phone, text("phoneFrom"), text("text"))
        };
        let mut pushes = self.place.onlinesim.pushes();
        let run = format!("POST /run{}/", self.place.run());
        pushes.retain(|push| push.path.starts_with(&run) && !matches!(push.reply, Reply::Broken));
        pushes.iter().map(|push| content(&push.body)).collect()
    }
}
