use super::*;
use crate::domain::purchase::SupplierName;
use crate::domain::stock::GatewayId;
use crate::domain::wire_name::CountryName;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_ms(seconds * 1000)
}

fn observed(trouble: &Trouble, count: u64) -> Observation {
    Observation {
        trouble: trouble.clone(),
        count,
        detail: format!("seen {count}"),
    }
}

/// A watch with what a database would keep.
#[derive(Default)]
struct Log {
    watch: Watch,
    open: Vec<OpenTrouble>,
    ids: i64,
}

impl Log {
    /// A look, and its transitions in words.
    fn update(&mut self, seconds: i64, observations: &[Observation]) -> Vec<String> {
        let now = at(seconds);
        let transitions = self.watch.update(self.open.clone(), observations.to_vec(), now);
        transitions.into_iter().map(|one| self.save(one, now)).collect()
    }

    fn save(&mut self, transition: Transition, now: Timestamp) -> String {
        match transition {
            Transition::Begins(seen) => {
                self.ids += 1;
                let words = format!("begins {} {} {}", seen.trouble.kind(), seen.count, seen.detail);
                self.open.push(OpenTrouble {
                    id: TroubleId(self.ids),
                    trouble: seen.trouble,
                    began_at: now,
                    count: seen.count,
                    detail: seen.detail,
                });
                words
            }
            Transition::Continues(changed) => {
                let words = format!("goes {} {} {}", changed.trouble.kind(), changed.count, changed.detail);
                let stored = self.open.iter_mut().find(|one| one.id == changed.id).unwrap();
                *stored = changed;
                words
            }
            Transition::Ends(ended, ended_at) => {
                self.open.retain(|one| one.id != ended.id);
                let lasted = ended_at.since(ended.began_at).as_secs();
                format!("ends {} {} after {lasted} s", ended.trouble.kind(), ended.count)
            }
        }
    }
}

const NOTHING: [String; 0] = [];

#[test]
fn events_add_up_and_are_over_when_none_came_for_five_minutes() {
    let mut log = Log::default();
    let parked = Trouble::SmsParked;
    assert_eq!(log.update(0, &[observed(&parked, 2)]), ["begins sms_parked 2 seen 2"]);
    assert_eq!(log.update(10, &[]), NOTHING);
    assert_eq!(log.update(20, &[observed(&parked, 3)]), ["goes sms_parked 5 seen 3"]);
    assert_eq!(log.update(319, &[]), NOTHING);
    assert_eq!(log.update(320, &[]), ["ends sms_parked 5 after 20 s"]);
    assert_eq!(log.update(330, &[]), NOTHING);
    assert_eq!(log.update(340, &[observed(&parked, 1)]), ["begins sms_parked 1 seen 1"]);
}

#[test]
fn a_condition_keeps_its_highest_count_and_is_over_when_it_was_away_for_a_minute() {
    let mut log = Log::default();
    let overdue = Trouble::SmsOverdue;
    assert_eq!(log.update(0, &[observed(&overdue, 4)]), ["begins sms_overdue 4 seen 4"]);
    assert_eq!(log.update(10, &[observed(&overdue, 4)]), NOTHING, "nothing is written");
    assert_eq!(log.update(20, &[observed(&overdue, 9)]), ["goes sms_overdue 9 seen 9"]);
    assert_eq!(log.update(30, &[observed(&overdue, 1)]), NOTHING);
    assert_eq!(log.update(80, &[]), NOTHING);
    assert_eq!(
        log.update(85, &[observed(&overdue, 1)]),
        NOTHING,
        "it came back in time"
    );
    assert_eq!(log.update(144, &[]), NOTHING);
    assert_eq!(log.update(145, &[]), ["ends sms_overdue 9 after 85 s"]);
}

#[test]
fn an_observation_of_nothing_begins_nothing_but_keeps_open() {
    let mut log = Log::default();
    let failing = Trouble::PushesFailing;
    assert_eq!(log.update(0, &[observed(&failing, 0)]), NOTHING);
    assert_eq!(
        log.update(10, &[observed(&failing, 1)]),
        ["begins pushes_failing 1 seen 1"]
    );
    assert_eq!(log.update(1000, &[observed(&failing, 0)]), NOTHING);
    assert_eq!(log.update(1059, &[]), NOTHING);
    assert_eq!(log.update(1060, &[]), ["ends pushes_failing 1 after 990 s"]);
}

#[test]
fn what_is_open_at_a_start_is_over_when_it_was_not_seen_since() {
    let mut log = Log::default();
    log.update(0, &[observed(&Trouble::SmsRefused, 1), observed(&Trouble::DiskLow, 1)]);
    log.watch = Watch::default();
    assert_eq!(log.update(1000, &[]), NOTHING, "a restart ends nothing");
    assert_eq!(log.update(1060, &[]), ["ends disk_low 1 after 1000 s"]);
    assert_eq!(log.update(1300, &[]), ["ends sms_refused 1 after 1000 s"]);
}

#[test]
fn troubles_of_one_kind_differ_by_gateway_or_country() {
    let mut log = Log::default();
    let [one, two] = [1, 2].map(|id| Trouble::GatewayOffline(GatewayId(id)));
    assert_eq!(log.update(0, &[observed(&one, 5), observed(&two, 6)]).len(), 2);
    assert_eq!(
        log.update(60, &[observed(&two, 6)]),
        ["ends gateway_offline 5 after 0 s"]
    );
    assert_eq!(log.open.len(), 1);
}

#[test]
fn wrong_credentials_are_counted_per_minute() {
    let mut log = Log::default();
    let wrong = Trouble::WrongAdminToken;
    let last_from = |count| Observation {
        detail: "the last from 203.0.113.7".to_owned(),
        ..observed(&wrong, count)
    };
    assert_eq!(
        log.update(0, &[last_from(12)]),
        ["begins wrong_admin_token 12 12 a minute, the last from 203.0.113.7"]
    );
    assert_eq!(
        log.update(120, &[last_from(28)]),
        ["goes wrong_admin_token 40 20 a minute, the last from 203.0.113.7"]
    );
}

#[test]
fn a_clock_that_is_put_back_makes_no_trouble_that_ends_before_it_began() {
    let mut log = Log::default();
    log.update(10_000, &[observed(&Trouble::DiskLow, 1)]);
    assert_eq!(log.update(0, &[]), NOTHING);
    assert_eq!(log.update(60, &[]), ["ends disk_low 1 after 0 s"]);
}

#[test]
fn every_trouble_comes_back_as_it_was_stored() {
    let (bank, sweden) = (GatewayId(7), CountryName::parse("sweden").unwrap());
    let all = [
        Trouble::PushesFailing,
        Trouble::SmsParked,
        Trouble::SmsRefused,
        Trouble::SmsOverdue,
        Trouble::GatewayOffline(bank),
        Trouble::GatewaySilent(bank),
        Trouble::OnlinesimSilent,
        Trouble::WrongOnlinesimKey,
        Trouble::WrongOnlinesimAddress,
        Trouble::WrongGatewayToken,
        Trouble::WrongGatewaySignature(bank),
        Trouble::WrongGatewayAddress(bank),
        Trouble::WrongAdminToken,
        Trouble::OutOfStock(sweden),
        Trouble::DiskLow,
        Trouble::RepetitionDiffers(bank),
        Trouble::CommitsSlow,
        Trouble::CertificateExpires,
        Trouble::SupplierPaused(SupplierName::Cm),
        Trouble::PurchasesUnknown(SupplierName::MultitelV3),
        Trouble::PurchaseDeviates(SupplierName::Multitel),
        Trouble::StockDiffers(SupplierName::CarrierX),
        Trouble::NumbersToRewire(SupplierName::Multitel),
    ];
    for trouble in all {
        let (kind, country) = (trouble.kind(), trouble.country().cloned());
        let parsed = Trouble::parse(kind, trouble.gateway(), country, trouble.supplier());
        assert_eq!(parsed.as_ref(), Some(&trouble));
        let norway = CountryName::parse("norway").ok();
        for about_both in [
            Trouble::parse(kind, Some(bank), norway.clone(), None),
            Trouble::parse(kind, None, norway, Some(SupplierName::Cm)),
        ] {
            assert_eq!(about_both, None, "{trouble:?}");
        }
    }
    assert_eq!(Trouble::parse("noise", None, None, None), None);
}
