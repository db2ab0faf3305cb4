//! The requests of Onlinesim and of the gateways.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::answer::Answer;
use super::test_server::{Gateway, KEY, Rented, SUM, TestServer};

impl TestServer {
    /// Any request to the partner's listener.
    pub async fn ask(&self, request: Request<Body>) -> Answer {
        Answer::read(self.onlinesim_router().oneshot(request).await.unwrap()).await
    }

    /// A request with the key in the header, and that body as it stands.
    pub async fn post_text(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/json; charset=utf-8")
            .header("user-agent", "onlinesim");
        self.ask(request.body(body.into()).unwrap()).await
    }

    /// A request with the key in the header and in the body.
    pub async fn post(&self, path: &str, mut body: Value) -> Answer {
        body["key"] = json!(KEY);
        self.post_text(path, body.to_string()).await
    }

    /// GET_NUMBER with these fields besides the usual ones; `None`: NO_NUMBERS.
    pub async fn get_number_with(&self, more: Value) -> Option<Rented> {
        let mut body = json!({"action": "GET_NUMBER", "service": "rent", "sum": SUM});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().expect("fields").clone());
        let answer = self.post("/getNumberRent", body).await.ok().json();
        match answer["status"].as_str() {
            Some("NO_NUMBERS") => None,
            Some("SUCCESS") => Some(Rented {
                number: answer["number"].as_u64().expect("number is a JSON integer"),
                id: answer["activationId"].as_i64().expect("activationId is a JSON integer"),
            }),
            _ => panic!("{answer}"),
        }
    }

    /// GET_NUMBER; `None`: NO_NUMBERS.
    pub async fn get_number(&self) -> Option<Rented> {
        self.get_number_with(json!({})).await
    }

    /// GET_NUMBER whose answer does not reach the client. Returns the operation.
    pub async fn lose_an_answer(&self) -> i64 {
        let body = json!({"action": "GET_NUMBER", "key": KEY, "service": "rent", "sum": SUM});
        let request = Request::post("/getNumberRent")
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).unwrap();
        let answer = self.onlinesim_router().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        drop(answer);
        let newest = self
            .open_operations()
            .await
            .into_iter()
            .map(|one| one["id"].as_i64().unwrap());
        newest.max().expect("the number was rented")
    }

    /// GET_NUMBER that has to find one.
    pub async fn rent(&self) -> Rented {
        self.get_number().await.expect("a number is free")
    }

    /// FINISH_ACTIVATION as it is answered.
    pub async fn finish_answer(&self, id: i64, status: i64, sum: &str) -> Answer {
        let sum: serde_json::Number = serde_json::from_str(sum).unwrap();
        let body =
            json!({"action": "FINISH_ACTIVATION", "service": "rent", "activationId": id, "status": status, "sum": sum});
        self.post("/finishActivationRent", body).await
    }

    /// FINISH_ACTIVATION that has to succeed.
    pub async fn finish(&self, id: i64, status: i64, sum: &str) {
        let answer = self.finish_answer(id, status, sum).await;
        assert_eq!(answer.line(), r#"200 {"status":"SUCCESS"}"#);
    }

    /// GET_SERVICES: country -> operator (and `any`) -> count.
    pub async fn services(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        let answer = self.post("/getServicesRent", json!({"action": "GET_SERVICES"})).await;
        let answer = answer.ok().json();
        assert_eq!(answer["status"], "SUCCESS");
        let countries = answer["countryList"].as_array().expect("countryList is a list");
        let operators = |map: &Value| -> BTreeMap<String, u64> {
            let map = map.as_object().expect("operatorMap is an object");
            map.iter()
                .map(|(name, count)| (name.clone(), count["rent"].as_u64().expect("rent is an integer")))
                .collect()
        };
        let list: BTreeMap<_, _> = countries
            .iter()
            .map(|one| {
                (
                    one["country"].as_str().unwrap().to_owned(),
                    operators(&one["operatorMap"]),
                )
            })
            .collect();
        assert_eq!(
            list.len(),
            countries.len(),
            "a country stands in the list once: {answer}"
        );
        list
    }

    /// The sum of all `any`.
    pub async fn promised(&self) -> u64 {
        self.services().await.values().map(|operators| operators["any"]).sum()
    }

    /// A POST of a gateway, as it is answered.
    pub async fn gateway_post(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header("content-type", "application/json");
        self.ask(request.body(body.into()).unwrap()).await
    }

    /// An SMS in the format of the kind `generic`, as it is answered.
    pub async fn sms_answer(&self, token: &str, sms: Value) -> Answer {
        self.gateway_post(&format!("/in/{token}"), sms.to_string()).await
    }

    /// An SMS that has to be accepted.
    pub async fn sms(&self, gateway: &Gateway, to: u64, text: &str) {
        let sms = json!({"from": "Service", "to": format!("+{to}"), "text": text});
        assert_eq!(self.sms_answer(&gateway.token, sms).await.code(), 200);
    }

    /// A heartbeat that has to be accepted.
    pub async fn heartbeat(&self, gateway: &Gateway) {
        let path = format!("/in/{}/heartbeat", gateway.token);
        assert_eq!(self.gateway_post(&path, "").await.code(), 200);
    }
}
