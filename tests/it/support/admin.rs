//! The admin API: what the partner does with curl.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::answer::Answer;
use super::test_server::{ADMIN_TOKEN, Gateway, NUMBER, Rented, TestServer};

impl TestServer {
    /// Any request of the admin.
    pub async fn admin(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {ADMIN_TOKEN}"))
            .header("content-type", "application/json");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.admin_raw(request.body(body).unwrap()).await
    }

    /// A request to the admin's listener as it is.
    pub async fn admin_raw(&self, request: Request<Body>) -> Answer {
        Answer::read(self.admin_router().oneshot(request).await.unwrap()).await
    }

    /// GET, which has to succeed.
    pub async fn admin_get(&self, path: &str) -> Value {
        self.admin(Method::GET, path, None).await.ok().json()
    }

    /// POST, as it is answered.
    pub async fn admin_post(&self, path: &str, body: Value) -> Answer {
        self.admin(Method::POST, path, Some(body)).await
    }

    /// All pages of a list.
    pub async fn admin_list(&self, path: &str) -> Vec<Value> {
        let join = if path.contains('?') { '&' } else { '?' };
        let mut items = Vec::new();
        let mut page = self.admin_get(path).await;
        loop {
            items.extend(page["items"].as_array().expect("items is a list").clone());
            match page["next"].as_str() {
                None => return items,
                Some(cursor) => page = self.admin_get(&format!("{path}{join}cursor={cursor}")).await,
            }
        }
    }

    /// A new gateway of the kind `generic`; `more` has further fields, such as `capacity` and `heartbeat_timeout`.
    pub async fn gateway_with(&self, name: &str, more: Value) -> Gateway {
        let mut body = json!({ "name": name });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().expect("fields").clone());
        let answer = self.admin_post("/v1/gateways", body).await.ok().json();
        Gateway {
            name: name.to_owned(),
            token: answer["token"].as_str().expect("the token is shown once").to_owned(),
        }
    }

    /// A new gateway of the kind `generic`.
    pub async fn gateway(&self, name: &str) -> Gateway {
        self.gateway_with(name, json!({})).await
    }

    /// Imports numbers; all of them have to be new.
    pub async fn import(
        &self,
        gateway: &Gateway,
        country: &str,
        operator: &str,
        numbers: impl IntoIterator<Item = u64>,
    ) {
        let rows: Vec<Value> = numbers
            .into_iter()
            .map(|number| json!({"number": number.to_string(), "country": country, "operator": operator, "gateway": gateway.name}))
            .collect();
        let count = rows.len();
        let report = self.admin_post("/v1/numbers", Value::from(rows)).await.ok().json();
        assert_eq!(report["added"], count, "{report}");
    }

    /// A gateway `bank` with that many numbers of one Swedish operator, from [`NUMBER`] on.
    pub async fn stocked(&self, count: u64) -> Gateway {
        let gateway = self.gateway("bank").await;
        self.import(&gateway, "sweden", "telia", NUMBER..NUMBER + count).await;
        gateway
    }

    /// A server whose [`TestServer::stocked`] numbers are all rented.
    pub async fn with_rentals(count: u64, settings: &[(&str, &str)]) -> (Self, Gateway, Vec<Rented>) {
        let server = Self::with(settings).await;
        let gateway = server.stocked(count).await;
        let mut rented = Vec::new();
        for _ in 0..count {
            rented.push(server.rent().await);
        }
        (server, gateway, rented)
    }

    /// A server whose only number is rented.
    pub async fn with_rental(settings: &[(&str, &str)]) -> (Self, Gateway, Rented) {
        let (server, gateway, rented) = Self::with_rentals(1, settings).await;
        (server, gateway, rented[0])
    }

    /// Enables or disables a number.
    pub async fn enable(&self, number: u64, enabled: bool) {
        let body = json!({ "enabled": enabled });
        self.admin(Method::PATCH, &format!("/v1/numbers/{number}"), Some(body))
            .await
            .ok();
    }

    /// Closes an operation by force.
    pub async fn force(&self, id: i64) -> Answer {
        let path = format!("/v1/operations/{id}/close");
        self.admin_post(&path, json!({"reason": "the SIM card is broken"}))
            .await
    }

    /// An operation as `GET /v1/operations/ID` shows it.
    pub async fn operation(&self, id: i64) -> Value {
        self.admin_get(&format!("/v1/operations/{id}")).await
    }

    /// The state of an operation, `waiting` or `receiving`, or the outcome of a closed one.
    pub async fn fate(&self, id: i64) -> String {
        let operation = self.operation(id).await;
        let word = if operation["state"] == "closed" {
            "outcome"
        } else {
            "state"
        };
        operation[word].as_str().expect("a word").to_owned()
    }

    /// All open operations.
    pub async fn open_operations(&self) -> Vec<Value> {
        self.admin_list("/v1/operations?state=open&limit=1000").await
    }

    /// A number as `GET /v1/numbers/NUMBER` shows it.
    pub async fn number(&self, number: u64) -> Value {
        self.admin_get(&format!("/v1/numbers/{number}")).await
    }

    /// `available`, `rented`, `resting`, `banned`, `disabled` or `given_back`.
    pub async fn number_state(&self, number: u64) -> String {
        self.number(number).await["state"].as_str().expect("a word").to_owned()
    }

    /// The strikes of a number in a row.
    pub async fn strikes(&self, number: u64) -> u64 {
        self.number(number).await["strikes"].as_u64().expect("a count")
    }

    /// The messages in that state of delivery: due, delivered, refused or parked.
    pub async fn messages(&self, delivery: &str) -> Vec<Value> {
        self.admin_list(&format!("/v1/messages?delivery={delivery}")).await
    }

    /// The sums of the ledger that are not zero, such as `expected 320.00, posted 870.00`, in roubles.
    pub async fn balance(&self) -> String {
        let balance = self.admin_get("/v1/balance").await;
        assert_eq!(balance["currency"], "RUB");
        let amount = |name: &str| {
            (
                name.to_owned(),
                balance[name].as_str().expect("a decimal string").to_owned(),
            )
        };
        named(["expected", "posted", "reversed", "voided"].map(amount))
    }
}

/// Sums of money with their names, without those that are zero.
pub fn named(sums: impl IntoIterator<Item = (String, String)>) -> String {
    let sums = sums.into_iter().filter(|(_, amount)| amount != "0.00");
    let sums: Vec<String> = sums.map(|(name, amount)| format!("{name} {amount}")).collect();
    sums.join(", ")
}
