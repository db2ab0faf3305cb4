//! The workers' turn, and the server's death. What Onlinesim hears is compared push by push (rule 7).

use std::collections::BTreeMap;
use std::sync::Arc;

use leaseline::worker::Worker as _;

use super::super::pass::Expected;
use super::super::state::{Fate, GUARD, ModelState, Say};
use super::Case;
use crate::support::{Gate, Reply};

impl Case {
    pub async fn tick(&mut self) {
        let strikes = |world: &ModelState| world.numbers.values().map(|number| number.strikes).sum::<u64>();
        let before = strikes(&self.world);
        let released = self.world.release_lost();
        let passed_on = self.world.pass_on_overdue();
        let heard = self.server.onlinesim.pushes().len();
        self.world.pull_back();
        let parked = self.world.clone().park_foreign();
        let expected = self.world.push();
        for (text, say) in expected.values().flatten() {
            self.server.onlinesim.answers_to(text, [reply(*say)]);
        }
        let drift = self.world.drift;
        let starved = self.world.watch();
        if drift > GUARD && self.world.operations.values().any(|operation| operation.end.is_none()) {
            self.seen.note("spared because the clock was set", 1);
        }
        let after = strikes(&self.world);
        let lifted = self.world.lift_over();
        let rested = self.world.end_rests();
        self.server.tick().await;
        self.server.app().retention.pass().await.unwrap();
        self.compare_pushes(heard, &expected);
        for (what, count) in [
            ("answer lost and released", released),
            ("incomplete: the others did not come", passed_on),
            ("starved", starved),
            ("strike", usize::from(after > before)),
            ("ban over", lifted),
            ("rest over", rested),
            ("parked for another renter", parked),
        ] {
            self.seen.note(what, count);
        }
        for (_, say) in expected.values().flatten() {
            let what = match say {
                Say::Success => "push accepted",
                Say::NoOperation => "push refused: NO_OPERATION",
                Say::BadService => "push refused: BAD_SERVICE",
                Say::Ignored | Say::Http400 => "push declined",
                Say::Http500 | Say::Broken => "push failed",
            };
            self.seen.note(what, 1);
        }
    }

    /// What Onlinesim heard since then: for each operation these texts in this order, and nothing else.
    fn compare_pushes(&self, heard: usize, expected: &Expected) {
        let pushes = self.server.onlinesim.pushes().split_off(heard);
        let mut got: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for push in pushes {
            let operation = push.body["smsId"].as_i64().expect("an integer");
            let number = self.world.operations[&operation].number.to_string();
            assert_eq!(push.body["phone"], number, "rule 8, {}", self.place);
            assert_eq!(push.at.as_ms(), self.world.now, "{}", self.place);
            got.entry(operation).or_default().push(push.text().to_owned());
        }
        let expected: BTreeMap<i64, Vec<String>> = expected
            .iter()
            .map(|(operation, pushes)| (*operation, pushes.iter().map(|(text, _)| text.clone()).collect()))
            .collect();
        assert_eq!(
            got, expected,
            "rule 7: what Onlinesim heard and should have, {}",
            self.place
        );
    }

    pub async fn restart(&mut self) {
        self.server.restart().await;
        self.world.restart();
        self.seen.note("restarted", 1);
        let waiting = self.world.longs.iter().filter(|long| long.is_waiting());
        self.seen.note("restarted between parts", waiting.count());
    }

    /// Onlinesim has the first push of every operation and has not answered when the server dies.
    pub async fn restart_mid_push(&mut self) {
        let mut dying = self.world.clone();
        dying.pull_back();
        let parked = dying.park_foreign();
        let heads: Expected = dying
            .heads()
            .into_iter()
            .map(|(operation, place)| (operation, vec![(dying.messages[place].text.clone(), Say::Success)]))
            .collect();
        if heads.is_empty() {
            return self.restart().await;
        }
        self.world = dying;
        self.seen.note("parked for another renter", parked);
        let heard = self.server.onlinesim.pushes().len();
        let gate = Gate::default();
        for (text, _) in heads.values().flatten() {
            let held = Reply::held(&gate, Reply::status("SUCCESS"));
            self.server.onlinesim.answers_to(text, [held]);
        }
        let deliveries = Arc::clone(&self.server.app().deliveries);
        let pass = tokio::spawn(async move { deliveries.pass().await });
        self.server.onlinesim.wait_for(heard + heads.len()).await;
        self.compare_pushes(heard, &heads);
        pass.abort();
        let _aborted = pass.await;
        // What was under way is due when the server starts again, by the clock of that moment; who stands behind keeps
        // his turn.
        let now = self.world.now;
        for place in self.world.heads().into_values() {
            if !self.world.messages[place].is_behind() {
                self.world.messages[place].fate = Fate::Due(now);
            }
        }
        self.restart().await;
        self.seen.note("restarted while pushes were under way", 1);
    }
}

fn reply(say: Say) -> Reply {
    match say {
        Say::Success => Reply::status("SUCCESS"),
        Say::NoOperation => Reply::status("NO_OPERATION"),
        Say::BadService => Reply::status("BAD_SERVICE"),
        Say::Http500 => Reply::new(500, r#"{"status":"SUCCESS"}"#),
        Say::Ignored => Reply::status("IGNORED"),
        Say::Http400 => Reply::new(400, ""),
        Say::Broken => Reply::Broken,
    }
}
