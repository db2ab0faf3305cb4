//! What wholesalers and the admin API say.

use std::collections::{BTreeMap, BTreeSet};

use leaseline::domain::purchase::SupplierName;
use serde_json::Value;

use super::super::Market;
use crate::support::suppliers::WholesalerControl as _;

/// The wholesalers of the sequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wholesale {
    CarrierX,
    Multitel,
}

impl Wholesale {
    pub const ALL: [Self; 2] = [Self::CarrierX, Self::Multitel];

    pub const fn name(self) -> &'static str {
        match self {
            Self::CarrierX => "carrierx",
            Self::Multitel => "multitel",
        }
    }

    /// What a number costs on its first day, in cents.
    pub const fn cents(self) -> u64 {
        match self {
            Self::CarrierX => 60,
            Self::Multitel => 300,
        }
    }

    pub fn of_number(number: &str) -> Self {
        match number.starts_with("33") {
            true => Self::Multitel,
            false => Self::CarrierX,
        }
    }
}

/// The books of a wholesaler.
#[derive(Debug, Default, Clone)]
pub struct Book {
    pub rented: BTreeSet<String>,
    /// Those of them whose SMS come to our gateway.
    pub wired: BTreeSet<String>,
    /// All purchases ever, in their order.
    pub sold: Vec<String>,
}

/// A line as the admin sees it.
#[derive(Debug, Clone)]
pub struct Line {
    pub order: i64,
    pub number: Option<String>,
    pub state: String,
    pub reason: String,
}

impl Line {
    pub fn is(&self, states: &[&str]) -> bool {
        states.contains(&self.state.as_str())
    }
}

/// The states in which a line may buy, or has bought, its number.
pub const LIVE: [&str; 8] = [
    "planned",
    "attempted",
    "unknown",
    "waiting",
    "wiring",
    "unproven",
    "stocked",
    "giving_back",
];
/// Whether the number is ours is not known, or will not be for a while.
pub const OPEN: [&str; 3] = ["attempted", "unknown", "waiting"];

/// All that the admin sees of purchases.
#[derive(Debug, Default, Clone)]
pub struct Shown {
    pub lines: BTreeMap<Wholesale, Vec<Line>>,
    /// State and hold of each number of the inventory.
    pub numbers: BTreeMap<String, (String, String)>,
    /// The open rentals.
    pub rentals: Vec<(i64, String)>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Shown {
    /// The numbers that are ours: bought, and useless ones, too.
    pub fn ours(&self, who: Wholesale) -> BTreeSet<String> {
        let is_useless = |line: &&Line| {
            let hold = line.number.as_ref().and_then(|number| self.numbers.get(number));
            line.is(&["refused"]) && hold.is_some_and(|(_, hold)| hold == "refused")
        };
        let is_ours = |line: &&Line| line.is(&["wiring", "unproven", "stocked", "giving_back"]) || is_useless(line);
        let lines = self.lines[&who].iter().filter(is_ours);
        lines.filter_map(|line| line.number.clone()).collect()
    }

    /// Whether an order of that number would pay twice.
    pub fn is_taken(&self, who: Wholesale, number: &str) -> bool {
        let has = |line: &Line| line.number.as_deref() == Some(number) && line.is(&LIVE);
        let is_here = self.numbers.get(number).is_some_and(|(state, _)| state != "given_back");
        is_here || self.lines[&who].iter().any(has)
    }

    pub fn is_given_back(&self, number: &str) -> bool {
        self.numbers.get(number).is_some_and(|(state, _)| state == "given_back")
    }

    pub fn is_rented(&self, number: &str) -> bool {
        self.rentals.iter().any(|(_, rented)| rented == number)
    }
}

impl Market {
    pub(super) fn book(&self, who: Wholesale) -> Book {
        let name = match who {
            Wholesale::CarrierX => SupplierName::CarrierX,
            Wholesale::Multitel => SupplierName::Multitel,
        };
        let url = format!("https://numbers.example.org/in/{}", self.gateway(name).token);
        let (sold, numbers): (_, Vec<(String, bool)>) = match who {
            Wholesale::CarrierX => (
                self.carrierx.sold(),
                self.carrierx.api(|api| {
                    let is_wired = |did: &Value| {
                        did["callback_url"] == *url && did["active_capabilities"].as_u64().unwrap_or_default() & 1 == 1
                    };
                    let dids = api.rented.iter();
                    dids.map(|did| (text(&did["phonenumber"]), is_wired(did))).collect()
                }),
            ),
            Wholesale::Multitel => (
                self.multitel.sold(),
                self.multitel.api(|api| {
                    let owned = api.owned.iter();
                    let is_wired = |fields: &[(String, String)]| {
                        let has = |name: &str, value: &str| fields.iter().any(|(n, v)| n == name && v == value);
                        has("SMSURI", &url) && has("SMSRingType", "2")
                    };
                    owned
                        .map(|(number, fields)| (number.clone(), is_wired(fields)))
                        .collect()
                }),
            ),
        };
        Book {
            rented: numbers.iter().map(|(number, _)| number.clone()).collect(),
            wired: numbers.into_iter().filter(|one| one.1).map(|one| one.0).collect(),
            sold,
        }
    }

    pub(super) async fn shown(&self) -> Shown {
        let mut shown = Shown {
            lines: Wholesale::ALL.map(|who| (who, Vec::new())).into(),
            ..Shown::default()
        };
        for order in self.server.admin_list("/v1/orders?limit=1000").await {
            let order = self.read(order["id"].as_i64().unwrap()).await;
            let who = Wholesale::ALL.into_iter().find(|who| order["supplier"] == who.name());
            let lines = order["lines"].as_array().unwrap().iter().map(|line| Line {
                order: order["id"].as_i64().unwrap(),
                number: line["number"].as_str().map(str::to_owned),
                state: text(&line["state"]),
                reason: text(&line["reason"]),
            });
            shown.lines.get_mut(&who.unwrap()).unwrap().extend(lines);
        }
        for number in self.server.admin_list("/v1/numbers?limit=1000").await {
            let state = (text(&number["state"]), text(&number["hold"]));
            shown.numbers.insert(text(&number["number"]), state);
        }
        let rentals = self.server.open_operations().await;
        let rentals = rentals
            .iter()
            .map(|one| (one["id"].as_i64().unwrap(), text(&one["number"])));
        shown.rentals = rentals.collect();
        shown
    }
}
