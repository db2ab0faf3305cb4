//! The figures of the database as families. What was not counted yet is missing: 0 would be a figure. They are made for one scrape, so a gateway that was deleted has no series any more.

use std::collections::BTreeMap;

use prometheus_client::encoding::EncodeGaugeValue;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::Registry;
use strum::{VariantArray as _, VariantNames as _};

use super::labels::SmsResult;
use super::series::{Labels, OPEN_LABELS_MAX, OTHERS, Series, gauge, seconds};
use super::sms_in::{SentSms, SmsIn};
use crate::domain::figures::{Figures, GatewayFigures};
use crate::domain::money::Kopecks;
use crate::domain::number::NumberState;
use crate::domain::stock::GatewayId;
use crate::domain::trouble::Trouble;

/// Registers all of them.
pub(super) fn register(registry: &mut Registry, figures: &Figures, sms_in: &SmsIn) {
    numbers(registry, figures);
    operations(registry, figures);
    gateways(registry, figures);
    sms(registry, figures, sms_in);
    ledger(registry, figures);
    storage(registry, figures);
    let mut open: BTreeMap<&str, u64> = Trouble::VARIANTS.iter().map(|kind| (*kind, 0)).collect();
    for trouble in &figures.troubles {
        *open.entry(trouble.kind()).or_default() += 1;
    }
    let open = open.into_iter().map(|(kind, count)| (one("kind", kind), count));
    family(registry, ("troubles_open", "Troubles that are open"), open);
}

fn one(label: &'static str, value: &str) -> Labels {
    vec![(label, value.to_owned())]
}

fn family<V>(registry: &mut Registry, (name, help): (&str, &str), rows: impl IntoIterator<Item = (Labels, V)>)
where
    V: EncodeGaugeValue + std::fmt::Debug + Send + Sync + 'static,
{
    let rows = rows.into_iter().map(|(labels, value)| (labels, gauge(value)));
    registry.register(name, help, Series(rows.collect()));
}

/// The promise, and the numbers by state.
type CountryRow = (u64, [u64; NumberState::VARIANTS.len()]);

fn numbers(registry: &mut Registry, figures: &Figures) {
    let mut all: BTreeMap<&str, CountryRow> = BTreeMap::new();
    for (country, available, rented) in &figures.numbers {
        let row = &mut all.entry(country.as_str()).or_default().1;
        row[NumberState::Available as usize] += available;
        row[NumberState::Rented as usize] += rented;
    }
    for (country, state, count) in figures.counts.iter().flat_map(|counts| &counts.unavailable) {
        all.entry(country.as_str()).or_default().1[*state as usize] += count;
    }
    let is_known =
        |state: NumberState| figures.counts.is_some() || matches!(state, NumberState::Available | NumberState::Rented);
    for (country, operators) in &figures.promise {
        all.entry(country.as_str()).or_default().0 += operators.values().sum::<u64>();
    }
    let mut rows: Vec<(&str, CountryRow)> = Vec::new();
    for (country, row) in all {
        if let Some((_, others)) = rows.get_mut(OPEN_LABELS_MAX) {
            others.0 += row.0;
            others.1.iter_mut().zip(row.1).for_each(|(count, more)| *count += more);
        } else {
            let is_last = rows.len() == OPEN_LABELS_MAX;
            rows.push((if is_last { OTHERS } else { country }, row));
        }
    }
    let by_state = rows.iter().flat_map(|(country, (_, counts))| {
        let each = NumberState::VARIANTS.iter().zip(counts);
        each.filter(|(state, _)| is_known(**state)).map(|(state, count)| {
            let state = <&str>::from(*state).to_owned();
            (vec![("country", (*country).to_owned()), ("state", state)], *count)
        })
    });
    family(registry, ("numbers", "Numbers of the inventory"), by_state);
    let promised = rows
        .iter()
        .map(|(country, (promise, _))| (one("country", country), *promise));
    family(
        registry,
        ("numbers_promised", "Numbers that GET_SERVICES promises"),
        promised,
    );
}

fn operations(registry: &mut Registry, figures: &Figures) {
    let counts = figures.counts.as_ref();
    let open = counts.map(|counts| [("waiting", counts.waiting), ("receiving", counts.receiving)]);
    let open = open.into_iter().flatten();
    let open = open.map(|(state, count)| (one("state", state), count));
    family(
        registry,
        (
            "operations_open",
            "Rentals that are open, with an SMS or waiting for one",
        ),
        open,
    );
    let deliveries = counts.into_iter().flat_map(|counts| &counts.deliveries);
    let deliveries = deliveries.map(|(state, count)| (one("state", (*state).into()), *count));
    family(registry, ("deliveries", "SMS that belong to a rental"), deliveries);
    let waited = figures
        .oldest_due
        .map_or(0.0, |due| figures.now.since(due).as_secs_f64());
    let help = "How long the oldest SMS has waited to be pushed; 0: none waits";
    registry.register("deliveries_oldest_due_seconds", help, gauge(waited));
}

fn gateways(registry: &mut Registry, figures: &Figures) {
    let all = &figures.gateways;
    let count = |is: fn(&GatewayFigures) -> bool| u64::try_from(all.iter().filter(|one| is(one)).count()).unwrap_or(0);
    let states = [
        ("online", count(|one| one.enabled && one.online)),
        ("offline", count(|one| one.enabled && !one.online)),
        ("disabled", count(|one| !one.enabled)),
    ];
    let states = states.map(|(state, count)| (one("state", state), count));
    family(registry, ("gateways", "Gateways"), states);
    let shown = all.iter().take(OPEN_LABELS_MAX);
    let each = |value: fn(&GatewayFigures) -> Option<u64>| {
        let rows = shown.clone().map(move |one| Some((gateway(&one.name), value(one)?)));
        rows.flatten()
    };
    let online = each(|one| one.enabled.then(|| one.online.into()));
    let help = "Whether the gateway, which is enabled, sends heartbeats or SMS";
    family(registry, ("gateway_online", help), online);
    let help = "Rented numbers of the gateway";
    family(registry, ("gateway_rented", help), each(|one| Some(one.rented)));
    let help = "The most rented numbers of a gateway that has such a limit";
    family(
        registry,
        ("gateway_capacity", help),
        each(|one| one.capacity.map(u64::from)),
    );
}

fn sms(registry: &mut Registry, figures: &Figures, sms_in: &SmsIn) {
    let all = &figures.gateways;
    let mut ids: Vec<GatewayId> = all.iter().map(|gateway| gateway.id).collect();
    ids.sort_unstable();
    sms_in.forget_all_but(&ids);
    let (shown, others) = all.split_at(all.len().min(OPEN_LABELS_MAX));
    let shown = shown.iter().map(|one| (one.name.as_str(), sms_in.of(one.id)));
    let others = others.iter().map(|one| sms_in.of(one.id)).reduce(SentSms::and);
    let sent: Vec<(&str, SentSms)> = shown.chain(others.map(|others| (OTHERS, others))).collect();
    let last = sent
        .iter()
        .map(|(name, sent)| (gateway(name), sent.last.map_or(0.0, seconds)));
    let help = "When the gateway delivered its last SMS; 0: none since the start";
    family(registry, ("gateway_last_sms_timestamp_seconds", help), last);
    let results = sent.iter().flat_map(|(name, sent)| {
        let each = SmsResult::VARIANTS.iter().zip(sent.results);
        each.map(|(result, count)| {
            let result = <&str>::from(*result).to_owned();
            let labels = vec![("gateway", (*name).to_owned()), ("result", result)];
            (labels, ConstCounter::new(count))
        })
    });
    registry.register("sms_received", "SMS of gateways", Series(results.collect()));
}

fn gateway(name: &str) -> Labels {
    one("gateway", name)
}

fn ledger(registry: &mut Registry, figures: &Figures) {
    let balance = figures.balance;
    let sums = [
        ("reserved", Some(balance.reserved)),
        ("posted", Some(balance.posted)),
        ("voided", Some(balance.voided)),
        ("reversed", Some(balance.reversed)),
        // Missing when the ledger does not add up.
        ("expected", balance.expected()),
    ];
    let sums = sums
        .into_iter()
        .filter_map(|(sum, amount)| Some((one("sum", sum), amount.map(Kopecks::as_i64)?)));
    family(registry, ("ledger_kopecks", "The sums of the ledger"), sums);
}

fn storage(registry: &mut Registry, figures: &Figures) {
    let sizes = figures.files.into_iter();
    let files = sizes.flat_map(|sizes| [("database", sizes.database), ("log", sizes.log)]);
    let files = files.map(|(file, bytes)| (one("file", file), bytes));
    family(
        registry,
        ("storage_bytes", "The database and its write-ahead log"),
        files,
    );
    let help = "When the last backup of the server itself was begun; 0: there is none";
    let last_backup = figures.last_backup.map_or(0.0, seconds);
    registry.register("last_backup_timestamp_seconds", help, gauge(last_backup));
    if let Some(disk) = figures.disk {
        let help = "What the server can write to the disk of the database";
        registry.register("disk_free_bytes", help, gauge(disk.free_bytes));
        registry.register("disk_size_bytes", "The size of that disk", gauge(disk.total_bytes));
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;

    use super::*;
    use crate::domain::figures::FileSizes;
    use crate::domain::ledger::Balance;
    use crate::domain::stock::AvailableCounts;
    use crate::domain::time::Timestamp;
    use crate::domain::wire_name::CountryName;

    fn figures(count: i64) -> Figures {
        let gateway = |id| GatewayFigures {
            id: GatewayId(id),
            name: format!("bank{id:04}"),
            enabled: true,
            online: true,
            capacity: None,
            rented: 1,
        };
        let country = |id| (CountryName::parse(&format!("country{id:04}")).unwrap(), 1, 2);
        Figures {
            now: Timestamp::from_ms(0),
            promise: AvailableCounts::new(),
            numbers: (1..=count).map(country).collect(),
            gateways: (1..=count).map(gateway).collect(),
            oldest_due: None,
            balance: Balance {
                reserved: Kopecks::ZERO,
                posted: Kopecks::ZERO,
                voided: Kopecks::ZERO,
                reversed: Kopecks::ZERO,
            },
            troubles: Vec::new(),
            files: Some(FileSizes::default()),
            disk: None,
            last_backup: None,
            counts: None,
        }
    }

    #[test]
    fn rule_12_what_has_no_series_of_its_own_is_among_the_others() {
        let sms_in = SmsIn::default();
        for id in [1, 600, 700] {
            sms_in.count(GatewayId(id), [SmsResult::Assigned], Timestamp::from_ms(7_000));
        }
        let text = |count| {
            let mut registry = Registry::default();
            register(&mut registry, &figures(count), &sms_in);
            let mut text = String::new();
            encode(&mut text, &registry).unwrap();
            text
        };
        let many = text(700);
        for line in [
            "numbers{country=\"country0500\",state=\"rented\"} 2",
            "numbers{country=\"(others)\",state=\"available\"} 200",
            "numbers{country=\"(others)\",state=\"rented\"} 400",
            "sms_received_total{gateway=\"bank0001\",result=\"assigned\"} 1",
            "sms_received_total{gateway=\"(others)\",result=\"assigned\"} 2",
            "gateway_last_sms_timestamp_seconds{gateway=\"(others)\"} 7.0",
            "gateways{state=\"online\"} 700",
        ] {
            assert!(many.lines().any(|written| written == line), "{line}");
        }
        assert!(!many.contains("bank0501") && !many.contains("country0501"));
        assert!(!text(500).contains("(others)"));
    }
}
