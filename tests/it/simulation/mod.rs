//! A day in the life of a server, in seconds: more than a thousand rentals with all that comes in between. Onlinesim falls
//! silent and comes back, so do gateways; the server dies and starts again; the clock is set on and back.
//!
//! [`renters`] decides what becomes of each rental, [`incidents`] what goes wrong. What was sent and answered is written
//! down in [`record`], and [`check`] holds the server to it: every minute what was pushed and what the server closed by
//! itself, every ten minutes the rest (rules 1, 3, 4, 6 to 9), at the end that everything was delivered.
//!
//! The day is the same each time: all chance comes from one seed, and rentals are asked for one after another.

mod check;
mod incidents;
mod record;
mod renters;

use std::collections::BTreeMap;

use futures_util::future::join_all;
use leaseline::clock::Random;
use serde_json::json;

use crate::support::{Gateway, Reply, TestServer, hours, minutes};
use incidents::Incident;
use record::Record;
use renters::Event;

/// Chosen by nobody; another one would do as well.
const SEED: u64 = 4_670;
const DAY_MINUTES: u64 = 24 * 60;
/// Nothing is planned for later than that.
const EVENING_MINUTES: u64 = 8 * 60;
const NUMBERS: u64 = 240;

/// A gateway, and when it sends heartbeats.
struct Station {
    gateway: Gateway,
    capacity: Option<usize>,
    /// In milliseconds.
    timeout: Option<i64>,
    alive_at: Option<i64>,
    /// It has no line until that minute.
    silent_until: u64,
}

/// Where a number belongs.
struct Own {
    station: usize,
    country: &'static str,
    operator: &'static str,
    /// Its SIM card is broken: no SMS ever arrives.
    is_dead: bool,
    enabled: bool,
}

struct Simulation {
    server: TestServer,
    dice: Dice,
    record: Record,
    stations: Vec<Station>,
    numbers: BTreeMap<u64, Own>,
    /// What is to happen in which minute.
    agenda: BTreeMap<u64, Vec<Event>>,
    incidents: BTreeMap<u64, Vec<Incident>>,
    minute: u64,
    /// How many pushes were looked at.
    pushes_checked: usize,
    serial: i64,
    is_dying: bool,
}

/// Chance that repeats itself.
struct Dice(Random);

impl Dice {
    fn below(&self, end: u64) -> u64 {
        self.0.number() % end
    }

    fn between(&self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    fn percent(&self, chance: u64) -> bool {
        self.below(100) < chance
    }

    fn pick<T: Copy>(&self, from: &[T]) -> T {
        from[usize::try_from(self.below(u64::try_from(from.len()).unwrap())).unwrap()]
    }
}

#[test]
fn a_day_of_rentals_ends_with_everything_delivered_and_the_ledger_balanced() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut day = Simulation::dawn().await;
        while day.minute < DAY_MINUTES || !day.is_quiet() {
            assert!(day.minute < DAY_MINUTES + EVENING_MINUTES, "the evening does not end");
            day.minute().await;
        }
        println!("{}", day.night().await);
    });
}

impl Simulation {
    async fn dawn() -> Self {
        let server = TestServer::in_memory_with(&[("RENT__REST", "60s")]).await;
        let mut stations = Vec::new();
        for (capacity, timeout) in [(None, None), (Some(40), None), (None, Some(5)), (Some(30), Some(3))] {
            // Half a minute more: what happens at the exact end is not tested.
            let timeout = timeout.map(|minutes: i64| minutes * 60_000 + 30_000);
            let more = json!({"capacity": capacity, "heartbeat_timeout": timeout.map(|ms| format!("{ms}ms"))});
            stations.push(Station {
                gateway: server.gateway_with(&format!("bank{}", stations.len()), more).await,
                capacity,
                timeout,
                alive_at: None,
                silent_until: 0,
            });
        }
        let dice = Dice(Random::seeded(SEED));
        let mut numbers = BTreeMap::new();
        for serial in 0..NUMBERS {
            let (country, code, operators) = dice.pick(&[
                ("sweden", 46_700_000_000, ["telia", "tele2"]),
                ("germany", 4_915_100_000_000, ["o2", "other"]),
            ]);
            let own = Own {
                station: usize::try_from(dice.below(4)).unwrap(),
                country,
                operator: dice.pick(&operators),
                is_dead: dice.percent(8),
                enabled: true,
            };
            numbers.insert(code + serial * 7_919, own);
        }
        let rows = numbers.iter().map(|(number, own)| {
            let gateway = &stations[own.station].gateway.name;
            json!({"number": number, "country": own.country, "operator": own.operator, "gateway": gateway})
        });
        let report = server.admin_post("/v1/numbers", rows.collect()).await.ok().json();
        assert_eq!(report["added"], NUMBERS);
        Self {
            incidents: incidents::of_the_day(&dice),
            server,
            dice,
            record: Record::default(),
            stations,
            numbers,
            agenda: BTreeMap::new(),
            minute: 0,
            pushes_checked: 0,
            serial: 0,
            is_dying: false,
        }
    }

    /// Nothing is planned any more, and nobody rents.
    fn is_quiet(&self) -> bool {
        self.agenda.is_empty() && self.record.open.is_empty()
    }

    async fn minute(&mut self) {
        self.server.advance(minutes(1));
        self.minute += 1;
        for incident in self.incidents.remove(&self.minute).unwrap_or_default() {
            self.befall(incident).await;
        }
        if self.minute.is_multiple_of(2) {
            self.beat().await;
        }
        if self.minute < DAY_MINUTES {
            self.arrive().await;
        }
        self.events().await;
        if self.dies() {
            self.server.restart().await;
        }
        self.server.tick().await;
        self.check_pushes();
        self.look_for_the_closed().await;
        if self.minute.is_multiple_of(10) {
            self.check().await;
        }
        if self.minute.is_multiple_of(8 * 60) {
            self.server.audit().await;
            self.honour().await;
        }
    }

    /// The gateways that are online send heartbeats.
    async fn beat(&mut self) {
        let now = self.server.clock.now().as_ms();
        let beating: Vec<usize> = (0..self.stations.len())
            .filter(|place| {
                self.stations[*place].timeout.is_some() && self.stations[*place].silent_until <= self.minute
            })
            .collect();
        let stations = &self.stations;
        join_all(
            beating
                .iter()
                .map(|place| self.server.heartbeat(&stations[*place].gateway)),
        )
        .await;
        for place in beating {
            self.stations[place].alive_at = Some(now);
        }
    }

    /// What the day came to: the same each time.
    fn digest(&self) -> String {
        let record = &self.record;
        let (rentals, messages) = (record.operations.len(), record.messages.len());
        let hours = self.minute / 60;
        format!(
            "{hours} hours, {rentals} rentals, {messages} SMS, {} pushes, {:?}",
            self.pushes_checked, record.money
        )
    }

    /// Onlinesim works again and receives what was parked; bans end; nothing is left.
    async fn night(mut self) -> String {
        self.server.onlinesim.always_answers(Reply::status("SUCCESS"));
        self.resend_parked().await;
        self.check_pushes();
        self.check_messages().await;
        self.server.tick_after(hours(25)).await;
        self.check().await;
        assert!(
            self.record.banned.is_empty(),
            "rule 9: bans end: {:?}",
            self.record.banned
        );
        self.record.has_seen_enough();
        let digest = self.digest();
        self.server.close().await;
        digest
    }
}
