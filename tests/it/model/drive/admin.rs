//! What the admin does.

use axum::http::Method;
use serde_json::json;

use super::super::plan::Pick;
use super::super::state::BAN;
use super::Case;

impl Case {
    /// Closes an operation by force.
    pub async fn force(&mut self, id: i64) {
        let path = format!("/v1/operations/{id}/close");
        let answer = self
            .server
            .admin_post(&path, json!({"reason": "as the model decides"}))
            .await;
        let expected = match self.model.operations.get(&id) {
            None => 404,
            Some(operation) if operation.end.is_some() => 409,
            Some(_) => 200,
        };
        assert_eq!(answer.code(), expected, "rule 5, {}", self.place);
        if expected == 200 {
            self.model.close(id, "forced", None);
            self.seen.note("forced", 1);
        }
    }

    pub async fn ban(&mut self, number: u64) {
        let body = json!({"number": number.to_string(), "reason": "as the model decides"});
        self.server.admin_post("/v1/bans", body).await.ok();
        let until = self.model.now + BAN;
        self.model.numbers.get_mut(&number).unwrap().banned_until = Some(until);
        self.seen.note("banned by the admin", 1);
    }

    /// Lifts the ban of a banned number, or of one that is not banned if there is none.
    pub async fn lift(&mut self, pick: Pick) {
        let numbers = self.model.numbers.iter();
        let banned: Vec<u64> = numbers
            .filter(|(_, number)| number.banned_until.is_some())
            .map(|(digits, _)| *digits)
            .collect();
        let number = if banned.is_empty() {
            self.number(pick)
        } else {
            *pick.get(&banned)
        };
        let answer = self
            .server
            .admin(Method::DELETE, &format!("/v1/bans/{number}"), None)
            .await;
        assert_eq!(answer.status.is_success(), !banned.is_empty(), "{}", self.place);
        if !banned.is_empty() {
            self.model.lift(number);
            self.seen.note("ban lifted", 1);
        }
    }

    pub async fn switch(&mut self, number: u64, enabled: bool) {
        let path = format!("/v1/numbers/{number}");
        let body = Some(json!({"enabled": enabled}));
        self.server.admin(Method::PATCH, &path, body).await.ok();
        self.model.numbers.get_mut(&number).unwrap().enabled = enabled;
    }
}
