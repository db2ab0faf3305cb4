//! CM.com's number requests. Documented are the rules of the fields and 401; names, paths and words are inferred, and are
//! those that the client has by default.

use serde_json::{Value, json};

use super::{ApiAnswer, ApiCall, WholesaleApi};

pub const TOKEN: &str = "cm-t0ken-of-the-test";
pub const ACCOUNT: &str = "6f0a7c1e-2b34-4d5e-8f90-1a2b3c4d5e6f";

/// The account.
pub struct CmApi {
    pub requests: Vec<Value>,
    sold: Vec<String>,
    /// Whether the answer to an order has its id: where it stands is not documented.
    pub names_ids: bool,
    /// Whether lists say how long they are.
    pub has_totals: bool,
    /// Whether a list is the member of an object.
    pub wraps_lists: bool,
}

impl Default for CmApi {
    fn default() -> Self {
        Self {
            requests: Vec::new(),
            sold: Vec::new(),
            names_ids: true,
            has_totals: true,
            wraps_lists: false,
        }
    }
}

fn problem(status: u16, detail: &str) -> ApiAnswer {
    ApiAnswer::json(status, &json!({"title": "problem", "detail": detail}))
}

impl CmApi {
    /// The staff, or the stock, fills an order.
    pub fn fill(&mut self, index: usize, numbers: &[&str]) {
        self.requests[index]["status"] = json!("Completed");
        let numbers: Vec<Value> = numbers.iter().map(|number| json!({"number": number})).collect();
        self.requests[index]["numbers"] = json!(numbers);
    }

    /// The staff refuses an order.
    pub fn refuse(&mut self, index: usize, reason: &str) {
        self.requests[index]["status"] = json!("Rejected");
        self.requests[index]["reason"] = json!(reason);
    }

    fn create(&mut self, call: &ApiCall) -> ApiAnswer {
        let Ok(Value::Object(body)) = serde_json::from_slice(&call.body) else {
            return problem(400, "the body is not an object");
        };
        if !(1..=1000).contains(&body.get("quantity").and_then(Value::as_u64).unwrap_or_default()) {
            return problem(422, "quantity");
        }
        if !body.contains_key("areaCode") && !body.contains_key("city") {
            return problem(422, "areaCode or city");
        }
        self.sold.push(
            body.get("comment")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        );
        let mut request = Value::Object(body);
        request["id"] = json!(format!("order-{}", self.requests.len() + 1));
        request["status"] = json!("PendingApproval");
        request["reason"] = Value::Null;
        request["numbers"] = json!([]);
        self.requests.push(request.clone());
        if !self.names_ids {
            request["id"] = Value::Null;
        }
        for name in ["start", "validFrom", "validTo"] {
            request[name] = Value::Null;
        }
        ApiAnswer::json(201, &request)
    }

    fn list(&self, call: &ApiCall) -> ApiAnswer {
        let number = |name, otherwise| call.parameter(name).map_or(Ok(otherwise), str::parse::<usize>);
        let (Ok(skip), Ok(take)) = (number("skip", 0), number("take", 100)) else {
            return problem(400, "skip or take");
        };
        let items: Vec<&Value> = self.requests.iter().skip(skip).take(take.min(3)).collect();
        let body = match self.wraps_lists {
            true => json!({"items": items}),
            false => json!(items),
        };
        let answer = ApiAnswer::json(200, &body);
        match self.has_totals {
            true => answer
                .with_header("X-Cm-Pagination-Skip", &skip.to_string())
                .with_header("X-Cm-Pagination-Take", &take.to_string())
                .with_header("X-Cm-Pagination-Total", &self.requests.len().to_string()),
            false => answer,
        }
    }
}

impl WholesaleApi for CmApi {
    fn answer(&mut self, call: &ApiCall) -> ApiAnswer {
        if call.header("x-cm-producttoken") != Some(TOKEN) {
            return ApiAnswer::empty(401);
        }
        let ["voice-phonenumberrequestapi", "v1", account, resource, rest @ ..] = &call.path()[..] else {
            return problem(404, "path");
        };
        if *account != ACCOUNT || !resource.eq_ignore_ascii_case("numberrequests") {
            return problem(404, "account");
        }
        match (call.method.as_str(), rest) {
            ("POST", []) => self.create(call),
            ("GET", []) => self.list(call),
            ("GET", [id]) => {
                let found = self.requests.iter().find(|request| request["id"] == **id);
                found.map_or_else(|| problem(404, "id"), |request| ApiAnswer::json(200, request))
            }
            _ => problem(404, "path"),
        }
    }

    fn sold(&self) -> Vec<String> {
        self.sold.clone()
    }
}
