//! What goes wrong outside of the server: the clock is set, another process holds the database.

use leaseline::domain::time::Timestamp;
use serde_json::json;

use super::super::plan::Ask;
use super::Case;

/// Short enough that a sequence does not wait for what is refused anyway.
const SHORT_DEADLINE: (&str, &str) = ("ONLINESIM__DEADLINE", "40ms");
const USUAL_DEADLINE: (&str, &str) = ("ONLINESIM__DEADLINE", "8s");

impl Case {
    pub fn set_clock(&mut self, by: i64) {
        self.model.set_clock(by);
        self.server.clock.set(Timestamp::from_ms(self.model.now));
        self.seen
            .note(if by > 0 { "clock set on" } else { "clock set back" }, 1);
    }

    /// Rule 10: what could not be written in time is refused, and is not written afterwards either.
    pub async fn while_locked(&mut self, ask: &Ask) {
        self.server.restart_with(&[SHORT_DEADLINE]).await;
        self.model.restart();
        let lock = self.server.lock_storage().await;
        let number = json!({
            "action": "GET_NUMBER",
            "service": "rent",
            "sum": 320,
            "exceptionPhoneSet": ask.prefixes(),
        });
        let newest = self.model.operations.keys().last().copied().unwrap_or(1);
        let to = *self.model.numbers.keys().next().expect("there are numbers");
        let sms = json!({"from": "Service", "to": to.to_string(), "text": "never stored"});
        let (number, finish, sms) = tokio::join!(
            self.server.post("/getNumberRent", number),
            self.server.finish_answer(newest, 3, "870.50"),
            self.server.sms_answer(&self.gateways[0].token, sms),
        );
        // What a disabled gateway sends is refused before anything is written.
        let refused = if self.model.gateways[0].enabled { 503 } else { 403 };
        for (answer, code) in [(number, 503), (finish, 503), (sms, refused)] {
            assert_eq!(answer.code(), code, "rule 10: {}, {}", answer.golden(), self.place);
        }
        lock.release().await;
        self.server.restart_with(&[USUAL_DEADLINE]).await;
        self.model.restart();
        self.seen.note("nothing written while locked", 1);
    }
}
