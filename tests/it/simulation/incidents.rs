//! What goes wrong on that day, and when.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::json;

use super::{DAY_MINUTES, Dice, Simulation};
use crate::support::{Reply, hours, minutes};

#[derive(Debug, Clone, Copy)]
pub enum Incident {
    /// Onlinesim takes no push any more, each time in another way.
    Outage(u64),
    OutageOver,
    /// A gateway has no line for so many minutes.
    Silence(u64),
    /// The server dies at the end of that minute, before its workers had their turn.
    Death,
    /// The clock is set on by an hour, or back by half of one.
    SetOn,
    SetBack,
    Ban,
    Lift,
    Switch,
}

pub fn of_the_day(dice: &Dice) -> BTreeMap<u64, Vec<Incident>> {
    let mut incidents: BTreeMap<u64, Vec<Incident>> = BTreeMap::new();
    let mut plan = |minute: u64, incident| incidents.entry(minute).or_default().push(incident);
    for kind in 0..5 {
        let begin = DAY_MINUTES / 5 * kind + dice.between(10, 200);
        plan(begin, Incident::Outage(kind));
        plan(begin + dice.between(5, 40), Incident::OutageOver);
    }
    for _ in 0..8 {
        plan(dice.below(DAY_MINUTES), Incident::Silence(dice.between(5, 40)));
    }
    for _ in 0..6 {
        plan(dice.below(DAY_MINUTES), Incident::Death);
    }
    for _ in 0..10 {
        plan(dice.below(DAY_MINUTES), Incident::Ban);
        plan(dice.below(DAY_MINUTES), Incident::Lift);
        plan(dice.below(DAY_MINUTES), Incident::Switch);
    }
    plan(7 * 60 + 3, Incident::SetOn);
    plan(15 * 60 + 8, Incident::SetBack);
    incidents
}

impl Simulation {
    /// Whether the server dies this minute.
    pub fn dies(&mut self) -> bool {
        std::mem::take(&mut self.is_dying)
    }

    pub async fn befall(&mut self, incident: Incident) {
        let all: Vec<u64> = self.numbers.keys().copied().collect();
        let number = self.dice.pick(&all);
        let now = self.server.clock.now();
        match incident {
            Incident::Outage(kind) => self.server.onlinesim.always_answers(match kind {
                0 => Reply::new(500, ""),
                1 => Reply::Broken,
                2 => Reply::status("IGNORED"),
                3 => Reply::new(401, r#"{"status":"ERROR"}"#),
                _ => Reply::new(200, "<html>"),
            }),
            Incident::OutageOver => self.server.onlinesim.always_answers(Reply::status("SUCCESS")),
            Incident::Silence(span) => {
                let place = usize::try_from(self.dice.below(4)).unwrap();
                self.stations[place].silent_until = self.minute + span;
            }
            Incident::Death => self.is_dying = true,
            Incident::SetOn => self.server.clock.set(now + hours(1)),
            Incident::SetBack => {
                // Bans that ended by now have ended, whatever the clock shows afterwards.
                self.check().await;
                let back = i64::try_from(minutes(30).as_millis()).unwrap();
                let now = now.as_ms() - back;
                self.server.clock.set(leaseline::domain::time::Timestamp::from_ms(now));
                self.record.set_back(now);
            }
            Incident::Ban => {
                let body = json!({"number": number, "reason": "noise", "for": "2h"});
                self.server.admin_post("/v1/bans", body).await.ok();
                // A ban by the admin replaces one by strikes.
                self.record.banned.remove(&number);
                self.record.ban(number, now.as_ms() + 2 * 3_600_000);
            }
            Incident::Lift => {
                let banned: Vec<u64> = self.record.banned.keys().copied().collect();
                if !banned.is_empty() {
                    let number = self.dice.pick(&banned);
                    let path = format!("/v1/bans/{number}");
                    let answer = self.server.admin(Method::DELETE, &path, None).await;
                    let is_over = self.record.banned[&number] <= now.as_ms();
                    assert!(answer.status.is_success() || is_over, "rule 9: {number} is not banned");
                    self.record.lift(number);
                }
            }
            Incident::Switch => {
                let own = self.numbers.get_mut(&number).unwrap();
                own.enabled = !own.enabled;
                self.server.enable(number, own.enabled).await;
            }
        }
    }
}
