//! What a server is asked over TCP.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::process::WAIT_MAX;
use crate::support::KEY;
use crate::support::onlinesim::Onlinesim;
use crate::support::test_server::ADMIN_TOKEN;
use crate::support::wire;

/// Where a server listens, and a client for it.
#[derive(Clone)]
pub struct ServerClient {
    pub partner: String,
    pub admin: String,
    http: reqwest::Client,
    timeout: Duration,
}

/// Status and body of an answer; the body is null where it is not JSON.
pub type ServerAnswer = (u16, Value);

impl ServerClient {
    pub fn new(partner: String, admin: String) -> Self {
        Self {
            partner,
            admin,
            http: wire::client(),
            timeout: WAIT_MAX,
        }
    }

    /// Waits that long for each answer.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Trusts the authority with that certificate.
    pub fn trusting(self, root: &str) -> Self {
        let root = reqwest::Certificate::from_pem(root.as_bytes()).unwrap();
        Self {
            http: wire::client_trusting(vec![root]),
            ..self
        }
    }

    /// The partner's host and port.
    pub fn host(&self) -> &str {
        self.partner.split_once("://").unwrap().1
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> reqwest::Result<ServerAnswer> {
        let answer = request.timeout(self.timeout).send().await?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await?;
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    fn post(&self, url: String, body: &Value) -> reqwest::RequestBuilder {
        self.http
            .post(url)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    /// Onlinesim asks.
    pub async fn onlinesim(&self, path: &str, mut body: Value) -> reqwest::Result<ServerAnswer> {
        body["key"] = json!(KEY);
        let request = self.post(format!("{}/{path}", self.partner), &body);
        self.ask(request.header("authorization", format!("Bearer {KEY}"))).await
    }

    pub async fn get_number(&self, more: &Value) -> reqwest::Result<ServerAnswer> {
        let mut body = json!({"action": "GET_NUMBER", "service": "rent", "sum": 320});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().expect("fields").clone());
        self.onlinesim("getNumberRent", body).await
    }

    pub async fn finish(&self, id: i64, status: i64, sum: &Value) -> reqwest::Result<ServerAnswer> {
        let body =
            json!({"action": "FINISH_ACTIVATION", "service": "rent", "activationId": id, "status": status, "sum": sum});
        self.onlinesim("finishActivationRent", body).await
    }

    /// A gateway hands an SMS over.
    pub async fn sms(&self, token: &str, sms: &Value) -> reqwest::Result<ServerAnswer> {
        self.ask(self.post(format!("{}/in/{token}", self.partner), sms)).await
    }

    /// A wholesaler reports something about an order.
    pub async fn post_gateway(&self, path: &str, body: &Value) -> ServerAnswer {
        self.ask(self.post(format!("{}{path}", self.partner), body))
            .await
            .unwrap()
    }

    pub async fn readyz(&self) -> ServerAnswer {
        self.ask(self.http.get(format!("{}/readyz", self.admin))).await.unwrap()
    }

    pub async fn admin_get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.admin));
        let request = request.header("authorization", format!("Bearer {ADMIN_TOKEN}"));
        let (status, body) = self.ask(request).await.unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn admin_post(&self, path: &str, body: &Value) -> Value {
        let request = self.post(format!("{}{path}", self.admin), body);
        let request = request.header("authorization", format!("Bearer {ADMIN_TOKEN}"));
        let (status, body) = self.ask(request).await.unwrap();
        assert!((200..300).contains(&status), "{path}: {status} {body}");
        body
    }

    /// An import of a body as it stands: the status, the report, and how long that is.
    pub async fn import(&self, media_type: &str, body: Vec<u8>) -> (u16, Value, usize) {
        let request = self.http.post(format!("{}/v1/numbers", self.admin)).timeout(WAIT_MAX);
        let request = request
            .header("authorization", format!("Bearer {ADMIN_TOKEN}"))
            .header("content-type", media_type);
        let answer = request.body(body).send().await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default(), body.len())
    }

    /// All pages of a list; its parameters, if any, stand after a `?`.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        let join = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{join}limit=1000");
        let mut items = Vec::new();
        let mut page = self.admin_get(&path).await;
        loop {
            items.extend(page["items"].as_array().expect("items is a list").clone());
            match page["next"].as_str() {
                None => return items,
                Some(cursor) => page = self.admin_get(&format!("{path}&cursor={cursor}")).await,
            }
        }
    }

    /// A new gateway with numbers of one operator, from `first` on. Returns its token.
    pub async fn stock(&self, gateway: Value, country: &str, operator: &str, first: u64, count: u64) -> String {
        let name = gateway["name"].clone();
        let created = self.admin_post("/v1/gateways", &gateway).await;
        let row = |number: u64| json!({"number": number.to_string(), "country": country, "operator": operator, "gateway": name});
        let rows: Vec<Value> = (first..first + count).map(row).collect();
        let report = self.admin_post("/v1/numbers", &Value::from(rows)).await;
        assert_eq!(report["added"], count, "{report}");
        created["token"].as_str().expect("the token is shown once").to_owned()
    }

    /// Polls the list of due messages until it is empty, as often as pushes arrive and a bounded number of times besides.
    pub async fn nothing_due(&self, onlinesim: &Onlinesim) {
        for _ in 0..200 {
            let arrived = onlinesim.pushes().len();
            if self.list("/v1/messages?delivery=due").await.is_empty() {
                return;
            }
            // The last answers are written down without another push.
            let _more = timeout(Duration::from_millis(250), onlinesim.wait_for(arrived + 1)).await;
        }
        panic!("messages stay due: {:?}", self.list("/v1/messages?delivery=due").await);
    }
}
