//! CarrierX Core v2, as documented: rent, lists, messaging, release, numbers of other providers.

use reqwest::Url;
use serde_json::{Map, Value, json};

use super::did_filter::is_met;
use super::{ApiAnswer, ApiCall, WholesaleApi};

pub const TOKEN: &str = "cx-t0ken-of-the-test";

/// The account and the stock.
pub struct CarrierXApi {
    pub available: Vec<Value>,
    pub rented: Vec<Value>,
    sold: Vec<String>,
    /// Whether `attributes` are kept when they are sent with a purchase: that they are is inferred.
    pub keeps_attributes: bool,
    /// How often an external purchase cannot be processed at the moment.
    pub external_conflicts: u32,
    /// Where `pagination.next` points; `None`: at this server.
    pub next_origin: Option<String>,
    next_sid: u32,
}

/// A number as the documentation shows it.
pub fn did(sid: &str, number: &str, country: &str, capabilities: u64, status: &str) -> Value {
    json!({
        "active_capabilities": capabilities & 4, "attributes": {}, "callback_url": null, "capabilities": capabilities,
        "country_code": country, "did_group_sid": null, "did_sid": sid, "in_country_format": number,
        "international_format": format!("+{number}"), "locality": "NEW YORK", "name": "N/A", "partner_sid": null,
        "phonenumber": number, "price": "0.6", "state": "NY", "status": status, "transformations": [],
        "trunk_group_sid": null,
    })
}

impl Default for CarrierXApi {
    fn default() -> Self {
        let own = |index: u32, capabilities| {
            let number = format!("1516206557{index}");
            did(&format!("own-{index}"), &number, "USA", capabilities, "available")
        };
        let external = |index: u32, capabilities| {
            let number = format!("4650181808{index}");
            did(&format!("ext-{index}"), &number, "SWE", capabilities, "external")
        };
        Self {
            // The first one is voice only.
            available: vec![
                own(0, 4),
                own(1, 7),
                own(2, 31),
                own(3, 7),
                external(1, 4),
                external(2, 7),
            ],
            rented: Vec::new(),
            sold: Vec::new(),
            keeps_attributes: true,
            external_conflicts: 0,
            next_origin: None,
            next_sid: 0,
        }
    }
}

fn error(status: u16, message: &str, detail: &str) -> ApiAnswer {
    let errors = json!([{"field": null, "message": detail, "reference_sid": null}]);
    ApiAnswer::json(status, &json!({"message": message, "errors": errors}))
}

fn no_item() -> ApiAnswer {
    error(404, "no item error", "cannot find item by sid")
}

fn is_external(did: &Value) -> bool {
    did["status"] == "external"
}

impl CarrierXApi {
    /// Other providers have filled all open orders.
    pub fn fill_external(&mut self) {
        for did in &mut self.rented {
            if did["status"] == "pending_assignment" {
                did["status"] = json!("assigned");
            }
        }
    }

    /// The minutes are over that messaging needs.
    pub fn finish_messaging(&mut self, status: &str) {
        for did in &mut self.rented {
            if did["messaging"] == "in_progress" {
                did["messaging"] = json!(status);
                if status == "enabled" {
                    did["active_capabilities"] = did["capabilities"].clone();
                }
            }
        }
    }

    fn rent(&mut self, call: &ApiCall) -> ApiAnswer {
        if call.header("content-type") != Some("application/json") {
            return error(415, "unsupported media type", "JSON is expected");
        }
        let Ok(Value::Object(body)) = serde_json::from_slice(&call.body) else {
            return error(400, "malformed request", "the body is not an object");
        };
        let with_external = call
            .parameter("include_external")
            .is_some_and(|value| matches!(value, "true" | "True"));
        let mut found = None;
        for (index, did) in self.available.iter().enumerate() {
            let is_chosen = body
                .get("phonenumber")
                .is_none_or(|number| *number == did["phonenumber"]);
            match is_met(call.parameter("filter").unwrap_or("did_sid like %"), did) {
                Ok(is_met) if is_met && is_chosen && (with_external || !is_external(did)) => {
                    found = Some(index);
                    break;
                }
                Ok(_) => {}
                Err(_) => return error(400, "malformed request", "filter"),
            }
        }
        let Some(index) = found else { return no_item() };
        if is_external(&self.available[index]) && self.external_conflicts > 0 {
            self.external_conflicts -= 1;
            return error(409, "conflict", "the external request cannot be temporarily processed");
        }
        let did = self.available.remove(index);
        self.assign(did, &body)
    }

    fn assign(&mut self, mut did: Value, body: &Map<String, Value>) -> ApiAnswer {
        let status = if is_external(&did) {
            "pending_assignment"
        } else {
            "assigned"
        };
        self.next_sid += 1;
        did["did_sid"] = json!(format!("sid-{}", self.next_sid));
        did["status"] = json!(status);
        did["partner_sid"] = json!("a13c384d-cf78-48fd-ab8b-1053b49291ba");
        did["messaging"] = json!("disabled");
        for name in ["callback_url", "attributes"] {
            if let Some(value) = body.get(name)
                && (name != "attributes" || self.keeps_attributes)
            {
                did[name] = value.clone();
            }
        }
        self.sold
            .push(did["phonenumber"].as_str().unwrap_or_default().to_owned());
        self.rented.push(did.clone());
        ApiAnswer::json(200, &shown(&did))
    }

    fn list(&self, call: &ApiCall, dids: &[Value], total_is_known: bool) -> ApiAnswer {
        let number = |name, otherwise| match call.parameter(name) {
            None => Ok(otherwise),
            Some(text) => text.parse::<usize>().map_err(|_| ()),
        };
        let (Ok(limit @ 1..=1000), Ok(offset)) = (number("limit", 10), number("offset", 0)) else {
            return error(400, "malformed request", "limit");
        };
        let mut found = Vec::new();
        for did in dids {
            match call.parameter("filter").map_or(Ok(true), |filter| is_met(filter, did)) {
                Ok(true) => found.push(shown(did)),
                Ok(false) => {}
                Err(_) => return error(400, "malformed request", "filter"),
            }
        }
        if call.parameter("order") == Some("phonenumber") {
            found.sort_by_key(|did| (is_external(did), did["phonenumber"].to_string()));
        }
        let items: Vec<&Value> = found.iter().skip(offset).take(limit).collect();
        let has_more = offset + items.len() < found.len();
        let pagination = match has_more {
            true => json!({"next": self.next(call, offset + items.len())}),
            false => json!({}),
        };
        let total = if total_is_known {
            json!(found.len())
        } else {
            Value::Null
        };
        ApiAnswer::json(
            200,
            &json!({
                "count": items.len(), "has_more": has_more, "items": items, "limit": limit, "offset": offset,
                "pagination": pagination, "total": total,
            }),
        )
    }

    fn next(&self, call: &ApiCall, offset: usize) -> String {
        let here = format!("http://{}", call.header("host").unwrap_or_default());
        let origin = self.next_origin.as_ref().unwrap_or(&here);
        let mut url = Url::parse(&format!("{origin}/{}", call.segments.join("/"))).unwrap();
        let kept = call.query.iter().filter(|(name, _)| name != "offset");
        url.query_pairs_mut()
            .extend_pairs(kept)
            .append_pair("offset", &offset.to_string());
        url.into()
    }

    fn one(&mut self, call: &ApiCall, sid: &str, is_messaging: bool) -> ApiAnswer {
        let Some(index) = self.rented.iter().position(|did| did["did_sid"] == sid) else {
            return no_item();
        };
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        match (call.method.as_str(), is_messaging) {
            ("GET", false) => ApiAnswer::json(200, &shown(&self.rented[index])),
            ("DELETE", false) => {
                self.rented.remove(index);
                ApiAnswer::empty(204)
            }
            ("PATCH", false) => match body.as_object() {
                Some(changes) => {
                    for (name, value) in changes {
                        self.rented[index][name] = value.clone();
                    }
                    ApiAnswer::json(200, &shown(&self.rented[index]))
                }
                None => error(400, "malformed request", "the body is not an object"),
            },
            (method, true) => messaging(&mut self.rented[index], method, &body),
            _ => error(404, "not found", "path"),
        }
    }
}

/// Messaging is off at first, and takes minutes to be switched on.
fn messaging(did: &mut Value, method: &str, body: &Value) -> ApiAnswer {
    if did["capabilities"].as_u64().unwrap_or_default() & (1 | 8) == 0 {
        return error(404, "no item error", "the DID has no SMS");
    }
    if method == "POST" {
        if did["messaging"] == "in_progress" {
            return error(409, "conflict", "messaging is in progress");
        }
        if body["enabled"] != json!(true) && body["enabled"] != json!("true") {
            return error(422, "validation error", "enabled");
        }
        did["messaging"] = json!("in_progress");
    }
    let enabled = did["messaging"] != "disabled";
    ApiAnswer::json(200, &json!({"enabled": enabled, "status": did["messaging"]}))
}

/// Without what is not a member of a number.
fn shown(did: &Value) -> Value {
    let mut did = did.clone();
    if let Some(members) = did.as_object_mut() {
        members.shift_remove("messaging");
    }
    did
}

impl WholesaleApi for CarrierXApi {
    fn answer(&mut self, call: &ApiCall) -> ApiAnswer {
        if call.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return error(401, "authentication error", "token");
        }
        let path = call.path();
        match (call.method.as_str(), path.as_slice()) {
            ("GET", ["core", "v2", "phonenumber", "available_dids"]) => {
                let with_external = call.parameter("include_external").is_some();
                let dids = self.available.iter().filter(|did| with_external || !is_external(did));
                let dids: Vec<Value> = dids.cloned().collect();
                self.list(call, &dids, false)
            }
            ("POST", ["core", "v2", "phonenumber", "dids"]) => self.rent(call),
            ("GET", ["core", "v2", "phonenumber", "dids"]) => self.list(call, &self.rented, true),
            (_, ["core", "v2", "phonenumber", "dids", sid]) => self.one(call, sid, false),
            (_, ["core", "v2", "phonenumber", "dids", sid, "messaging"]) => self.one(call, sid, true),
            _ => error(404, "not found", "path"),
        }
    }

    fn sold(&self) -> Vec<String> {
        self.sold.clone()
    }
}
