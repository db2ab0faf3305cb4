//! Where SMS go, and what arrives: the addresses at the wholesalers, and the proof that a number works.

use axum::body::Body;
use axum::http::{Method, Request};
use proptest::sample::Index;
use serde_json::json;

use super::super::Market;
use super::books::{Line, Wholesale};
use super::drive::Case;

impl Market {
    /// Where the SMS of a wholesaler's numbers go from now on.
    pub(super) fn address(&self, who: Wholesale) -> String {
        format!("{}/in/{}", self.base, self.gateway(who.supplier()).token)
    }
}

impl Case {
    /// Takes note of the addresses that numbers may have had.
    pub fn note_addresses(&mut self) {
        let now = Wholesale::ALL.map(|who| self.market.address(who));
        self.addresses.extend(now);
    }

    /// The partner changes the secret or the public address, and starts the server again.
    pub async fn readdress(&mut self, is_secret: bool) {
        self.readdressed += 1;
        let setting = match is_secret {
            true => (
                "SUPPLIERS__WEBHOOK_SECRET",
                format!("webhook-of-the-test-{:04}", self.readdressed),
            ),
            false => {
                self.market.base = format!("https://numbers{}.example.org", self.readdressed);
                ("ONLINESIM__PUBLIC_URL", self.market.base.clone())
            }
        };
        self.market.server.restart_with(&[(setting.0, &setting.1)]).await;
        self.note_addresses();
        let stocked = self
            .shown
            .lines
            .values()
            .flatten()
            .filter(|line| line.is(&["stocked"]))
            .count();
        self.note("another address while numbers are stocked", stocked);
    }

    fn unproven(&self) -> Vec<Line> {
        let lines = self.shown.lines.values().flatten();
        lines.filter(|line| line.is(&["unproven"])).cloned().collect()
    }

    /// The partner knows that SMS arrive.
    pub async fn prove(&mut self, which: Index) {
        let lines = self.unproven();
        if lines.is_empty() {
            return;
        }
        let line = which.get(&lines);
        let path = format!("/v1/order-lines/{}/prove", line.id);
        let answer = self.market.server.admin(Method::POST, &path, None).await;
        assert_eq!(answer.code(), 200, "{}", answer.line());
        self.proven.extend(line.number.clone());
        self.note("proven by the partner", 1);
    }

    /// To a number that somebody rents, or that is to be proven, at the address that its wholesaler has.
    pub async fn sms(&mut self, which: Index) {
        let unproven = self.unproven().into_iter().filter_map(|line| line.number);
        let rented = self.shown.rentals.iter().map(|(_, number)| number.clone());
        let numbers: Vec<String> = unproven.chain(rented).collect();
        if numbers.is_empty() {
            return;
        }
        let number = which.get(&numbers).clone();
        let who = Wholesale::of_number(&number);
        let address = match who {
            // The partner had it set up by hand.
            Wholesale::Cm => Some(self.market.address(who)),
            _ => self.market.book(who).addresses.remove(&number),
        };
        let Some(address) = address else { return };
        self.messages += 1;
        let (content_type, body) = sms_of(who, self.messages, &number);
        let (_, path) = address.split_at(address.find("/in/").unwrap());
        let request = Request::post(path).header("content-type", content_type);
        let answer = self.market.server.ask(request.body(Body::from(body)).unwrap()).await;
        let is_taken = answer.code() == 200;
        assert!(is_taken || address != self.market.address(who), "{}", answer.line());
        if is_taken {
            self.proven.insert(number);
            self.note("sms", 1);
        }
    }
}

/// An SMS as that wholesaler delivers it: its content type and its body.
fn sms_of(who: Wholesale, id: u32, to: &str) -> (&'static str, String) {
    let json = "application/json";
    match who {
        Wholesale::CarrierX => {
            let sms = json!({"message_sid": format!("m{id}"), "direction": "inbound", "from": "15550001111", "to": to,
                             "message": "Your code is 4321", "type": "sms", "status": "received"});
            (json, sms.to_string())
        }
        Wholesale::Multitel | Wholesale::MultitelV3 => {
            let form = format!("from=15550001111&to={to}&text=Your+code+is+{id}");
            ("application/x-www-form-urlencoded", form)
        }
        Wholesale::Cm => (
            json,
            json!({"from": "Service", "to": to, "text": format!("Your code is {id}")}).to_string(),
        ),
    }
}
