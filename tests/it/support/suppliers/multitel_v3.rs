//! Multitel's API v3, as documented: RentNumber and bulk_restore. It serves the account of the older API.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::body::{field, fields};
use super::multitel::{MultitelApi, PASSWORD, USER};
use super::{ApiAnswer, ApiCall};

/// More are restored later, and reported to a URL.
const RESTORE_MAX: usize = 10;

fn enveloped(account: &MultitelApi, code: u16, text: &str, response: &Value) -> ApiAnswer {
    let code = match account.text_codes {
        true => json!(code.to_string()),
        false => json!(code),
    };
    // The HTTP status is 200, whatever the code.
    ApiAnswer::json(
        200,
        &json!({"status": {"code": code, "msg": text}, "response": response}),
    )
}

/// Answers a call below `/v3`.
pub fn answer(account: &mut MultitelApi, call: &ApiCall, path: &[&str]) -> ApiAnswer {
    let credentials = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    if call.header("authorization") != Some(&format!("Basic {credentials}")) {
        return enveloped(account, 401, "not authorized", &Value::Null);
    }
    match (call.method.as_str(), path) {
        // With GET the options are ignored.
        ("GET", ["rentnumber", number, price_uuid]) => rent(account, number, price_uuid, Vec::new()),
        ("POST", ["rentnumber", number, price_uuid]) => {
            rent(account, number, price_uuid, fields(call).unwrap_or_default())
        }
        ("POST", ["bulk_restore"]) => restore(account, call),
        _ => enveloped(account, 404, "no such function", &json!([])),
    }
}

fn rent(account: &mut MultitelApi, number: &str, price_uuid: &str, with: Vec<(String, String)>) -> ApiAnswer {
    let offer = account.for_sale.get(number).cloned();
    let Some(offer) = offer.filter(|offer| offer.price_uuid == price_uuid) else {
        return enveloped(account, 404, &format!("number {number} is not available"), &json!([]));
    };
    match account.sell(number, with) {
        Ok(sold) => {
            let price = json!({
                "per_minute": "0.006", "free_minutes": "0", "setup_price": offer.setup, "monthly_price": offer.monthly,
                "channels": "0", "overflow": "1",
            });
            enveloped(account, 200, "", &json!({"number": sold, "price": price}))
        }
        Err(code) => enveloped(account, 422, &format!("refused with {code}"), &json!("")),
    }
}

fn restore(account: &mut MultitelApi, call: &ApiCall) -> ApiAnswer {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let mut numbers: Vec<String> = serde_json::from_value(body["numbers"].clone()).unwrap_or_default();
    let fields = fields(call).unwrap_or_default();
    let lines = field(&fields, "numbers_text").unwrap_or_default().lines();
    numbers.extend(lines.map(str::to_owned));
    let job = json!({"job_uuid": "0b7d", "total_numbers": numbers.len(), "webhook_url": body["webhook_url"]});
    if numbers.len() > RESTORE_MAX {
        let mut pending = job;
        pending["status"] = json!("pending");
        pending["message"] = json!("the result is reported later");
        return ApiAnswer::json(202, &pending);
    }
    let results: Vec<Value> = numbers
        .iter()
        .map(|number| {
            let is_ours = account.reserved.remove(number);
            if is_ours {
                account.owned.insert(number.clone(), Vec::new());
            }
            let (status, code) = if is_ours { ("success", 200) } else { ("failed", 500) };
            json!({
                "number": number, "status": status, "message": "", "status_code": code,
                "requires_identity_update": false,
            })
        })
        .collect();
    let mut completed = job;
    let successes = results.iter().filter(|result| result["status"] == "success").count();
    completed["status"] = json!("completed");
    completed["success_count"] = json!(successes);
    completed["failure_count"] = json!(results.len() - successes);
    for name in ["created_at", "started_at", "completed_at"] {
        completed[name] = json!("2025-10-01 10:00:00");
    }
    completed["results"] = json!(results);
    ApiAnswer::json(200, &completed)
}
