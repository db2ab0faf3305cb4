//! What people do: CM.com's staff, other providers of CarrierX, and who reports it to us.

use leaseline::domain::purchase::SupplierName;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::books::Wholesale;
use super::drive::Case;
use super::plan::Staff;

impl Case {
    /// The requests that the staff has not decided on: which, and for how many numbers.
    pub fn open_requests(&self) -> Vec<(usize, u64)> {
        let is_open = |request: &Value| !matches!(request["status"].as_str(), Some("Completed" | "Rejected"));
        self.market.cm.api(|api| {
            let requests = api.requests.iter().enumerate().filter(|(_, request)| is_open(request));
            requests
                .map(|(index, request)| (index, request["quantity"].as_u64().unwrap()))
                .collect()
        })
    }

    /// With numbers that were never there before.
    pub fn fill(&mut self, request: usize, count: u64) {
        let numbers = self.filled + 1..=self.filled + count;
        let numbers: Vec<String> = numbers.map(|number| format!("3120{number:07}")).collect();
        self.filled += count;
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        self.market.cm.api(|api| api.fill(request, &numbers));
    }

    pub fn staff(&mut self, which: Index, does: Staff) {
        let open = self.open_requests();
        if open.is_empty() {
            return;
        }
        let (request, quantity) = *which.get(&open);
        match does {
            Staff::Fills => {
                self.fill(request, quantity);
                self.note("filled at cm", 1);
            }
            Staff::FillsInPart if quantity > 1 => {
                self.fill(request, quantity - 1);
                self.note("filled in part", 1);
            }
            Staff::FillsInPart => {}
            Staff::FillsTooMany => {
                self.fill(request, quantity + 1);
                self.note("filled with too many", 1);
            }
            Staff::Refuses => {
                self.market
                    .cm
                    .api(|api| api.refuse(request, "no numbers of this place"));
                self.note("refused by the staff", 1);
            }
            Staff::Looks => self
                .market
                .cm
                .api(|api| api.requests[request]["status"] = json!("InReview")),
        }
    }

    /// A report is a hint, from CM.com or from somebody who knows the address; what it says changes nothing.
    pub async fn report(&mut self, which: Index, is_forged: bool) {
        let lines = &self.shown.lines[&Wholesale::Cm];
        if lines.is_empty() {
            return;
        }
        let line = which.get(lines).id;
        let report = match is_forged {
            true => json!({"id": "order-1", "status": "Completed", "numbers": ["31209999999"]}),
            false => json!({"status": "InReview"}),
        };
        let token = self.market.gateway(SupplierName::Cm).token;
        let path = format!("/orders/{token}/{line}");
        let answer = self.market.server.gateway_post(&path, report.to_string()).await;
        assert_eq!(answer.code(), 200, "{}", answer.line());
        self.note("reported", 1);
    }

    /// Another provider of CarrierX assigns the numbers that were ordered there, or never will.
    pub fn provider(&mut self, assigns: bool) {
        let pending = |did: &Value| did["status"] == "pending_assignment";
        let count = self.market.carrierx.api(|api| {
            let count = api.rented.iter().filter(|did| pending(did)).count();
            if assigns {
                api.fill_external();
            }
            api.rented.retain(|did| !pending(did));
            count
        });
        self.note(
            if assigns {
                "assigned by a provider"
            } else {
                "not assigned by a provider"
            },
            count,
        );
    }
}
