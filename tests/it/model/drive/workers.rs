//! A pass of the workers, and a crash of the server. What Onlinesim receives is compared push by push (rule 7).

use std::collections::BTreeMap;
use std::sync::Arc;

use leaseline::worker::Worker as _;

use super::super::pass::Expected;
use super::super::state::{Fate, GUARD, ModelState, PushAnswer};
use super::Case;
use crate::support::{Gate, Reply};

impl Case {
    pub async fn tick(&mut self) {
        let strikes = |model: &ModelState| model.numbers.values().map(|number| number.strikes).sum::<u64>();
        let before = strikes(&self.model);
        let released = self.model.release_lost();
        let passed_on = self.model.pass_on_overdue();
        let pushed = self.server.onlinesim.pushes().len();
        self.model.pull_back();
        let parked = self.model.clone().park_foreign();
        let expected = self.model.push();
        for (text, answer) in expected.values().flatten() {
            self.server.onlinesim.answers_to(text, [reply(*answer)]);
        }
        let drift = self.model.drift;
        let expired = self.model.watch();
        if drift > GUARD && self.model.operations.values().any(|operation| operation.end.is_none()) {
            self.seen.note("spared because the clock was set", 1);
        }
        let after = strikes(&self.model);
        let lifted = self.model.lift_over();
        let rested = self.model.end_rests();
        self.server.tick().await;
        self.server.app().retention.pass().await.unwrap();
        self.compare_pushes(pushed, &expected);
        for (what, count) in [
            ("answer lost and released", released),
            ("incomplete: the others did not come", passed_on),
            ("expired", expired),
            ("strike", usize::from(after > before)),
            ("ban over", lifted),
            ("rest over", rested),
            ("parked for another renter", parked),
        ] {
            self.seen.note(what, count);
        }
        for (_, answer) in expected.values().flatten() {
            let what = match answer {
                PushAnswer::Success => "push accepted",
                PushAnswer::NoOperation => "push refused: NO_OPERATION",
                PushAnswer::BadService => "push refused: BAD_SERVICE",
                PushAnswer::Ignored | PushAnswer::Http400 => "push declined",
                PushAnswer::Http500 | PushAnswer::Broken => "push failed",
            };
            self.seen.note(what, 1);
        }
    }

    /// What Onlinesim received after the first `pushed` pushes: for each operation these texts in this order, and nothing else.
    fn compare_pushes(&self, pushed: usize, expected: &Expected) {
        let pushes = self.server.onlinesim.pushes().split_off(pushed);
        let mut got: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for push in pushes {
            let operation = push.body["smsId"].as_i64().expect("an integer");
            let number = self.model.operations[&operation].number.to_string();
            assert_eq!(push.body["phone"], number, "rule 8, {}", self.place);
            assert_eq!(push.at.as_ms(), self.model.now, "{}", self.place);
            got.entry(operation).or_default().push(push.text().to_owned());
        }
        let expected: BTreeMap<i64, Vec<String>> = expected
            .iter()
            .map(|(operation, pushes)| (*operation, pushes.iter().map(|(text, _)| text.clone()).collect()))
            .collect();
        assert_eq!(got, expected, "rule 7: pushes received and expected, {}", self.place);
    }

    pub async fn restart(&mut self) {
        self.server.restart().await;
        self.model.restart();
        self.seen.note("restarted", 1);
        let waiting = self.model.longs.iter().filter(|long| long.is_waiting());
        self.seen.note("restarted between parts", waiting.count());
    }

    /// Onlinesim has the first push of every operation and has not answered when the server dies.
    pub async fn restart_mid_push(&mut self) {
        let mut dying = self.model.clone();
        dying.pull_back();
        let parked = dying.park_foreign();
        let heads: Expected = dying
            .heads()
            .into_iter()
            .map(|(operation, place)| {
                (
                    operation,
                    vec![(dying.messages[place].text.clone(), PushAnswer::Success)],
                )
            })
            .collect();
        if heads.is_empty() {
            return self.restart().await;
        }
        self.model = dying;
        self.seen.note("parked for another renter", parked);
        let pushed = self.server.onlinesim.pushes().len();
        let gate = Gate::default();
        for (text, _) in heads.values().flatten() {
            let held = Reply::held(&gate, Reply::status("SUCCESS"));
            self.server.onlinesim.answers_to(text, [held]);
        }
        let deliveries = Arc::clone(&self.server.app().deliveries);
        let pass = tokio::spawn(async move { deliveries.pass().await });
        self.server.onlinesim.wait_for(pushed + heads.len()).await;
        self.compare_pushes(pushed, &heads);
        pass.abort();
        let _aborted = pass.await;
        // What was under way is due when the server starts again, by the clock of that time; what stands behind keeps
        // his turn.
        let now = self.model.now;
        for place in self.model.heads().into_values() {
            if !self.model.messages[place].is_behind() {
                self.model.messages[place].fate = Fate::Due(now);
            }
        }
        self.restart().await;
        self.seen.note("restarted while pushes were under way", 1);
    }
}

fn reply(answer: PushAnswer) -> Reply {
    match answer {
        PushAnswer::Success => Reply::status("SUCCESS"),
        PushAnswer::NoOperation => Reply::status("NO_OPERATION"),
        PushAnswer::BadService => Reply::status("BAD_SERVICE"),
        PushAnswer::Http500 => Reply::new(500, r#"{"status":"SUCCESS"}"#),
        PushAnswer::Ignored => Reply::status("IGNORED"),
        PushAnswer::Http400 => Reply::new(400, ""),
        PushAnswer::Broken => Reply::Broken,
    }
}
