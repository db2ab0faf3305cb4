//! What wholesalers and the admin API say.

use std::collections::{BTreeMap, BTreeSet};

use leaseline::domain::purchase::SupplierName;
use serde_json::Value;

use super::super::Market;
use crate::support::suppliers::WholesaleApi as _;
use crate::support::suppliers::body::field;

/// The wholesalers of the sequences. Both APIs of Multitel serve one account, with different numbers here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wholesale {
    CarrierX,
    Multitel,
    MultitelV3,
    Cm,
}

impl Wholesale {
    pub const ALL: [Self; 4] = [Self::CarrierX, Self::Multitel, Self::MultitelV3, Self::Cm];

    pub const fn supplier(self) -> SupplierName {
        match self {
            Self::CarrierX => SupplierName::CarrierX,
            Self::Multitel => SupplierName::Multitel,
            Self::MultitelV3 => SupplierName::MultitelV3,
            Self::Cm => SupplierName::Cm,
        }
    }

    pub fn name(self) -> &'static str {
        self.supplier().into()
    }

    /// What a number costs on its first day, in cents.
    pub const fn cents(self) -> u64 {
        match self {
            Self::CarrierX => 60,
            Self::Multitel | Self::MultitelV3 | Self::Cm => 300,
        }
    }

    pub fn of_number(number: &str) -> Self {
        match &number[..4] {
            "3370" => Self::MultitelV3,
            "3355" => Self::Multitel,
            "3120" => Self::Cm,
            _ => Self::CarrierX,
        }
    }
}

/// A purchase that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// The number, or the mark of a request for some.
    pub what: String,
    /// How many numbers; of a request, those that were ordered and may still come, or came.
    pub count: u64,
}

/// A request that people fill.
#[derive(Debug, Clone)]
pub struct Request {
    /// The line whose mark it carries.
    pub line: i64,
    pub numbers: BTreeSet<String>,
}

/// The books of a wholesaler.
#[derive(Debug, Default, Clone)]
pub struct Book {
    pub rented: BTreeSet<String>,
    /// Where the SMS go of those of them that receive any.
    pub addresses: BTreeMap<String, String>,
    /// All purchases ever, in their order.
    pub sold: Vec<Sale>,
    /// All requests ever.
    pub requests: Vec<Request>,
}

/// A line as the admin sees it.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: i64,
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

fn singles(numbers: Vec<String>) -> Vec<Sale> {
    let sale = |what| Sale { what, count: 1 };
    numbers.into_iter().map(sale).collect()
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
        match who {
            Wholesale::CarrierX => self.book_of_carrierx(),
            Wholesale::Multitel | Wholesale::MultitelV3 => self.book_of_multitel(who),
            Wholesale::Cm => self.book_of_cm(),
        }
    }

    fn book_of_carrierx(&self) -> Book {
        let receives = |did: &&Value| did["active_capabilities"].as_u64().unwrap_or_default() & 1 == 1;
        let number = |did: &Value| text(&did["phonenumber"]);
        self.carrierx.api(|api| Book {
            rented: api.rented.iter().map(number).collect(),
            addresses: (api.rented.iter().filter(receives))
                .map(|did| (number(did), text(&did["callback_url"])))
                .collect(),
            sold: singles(api.sold()),
            requests: Vec::new(),
        })
    }

    fn book_of_multitel(&self, who: Wholesale) -> Book {
        let (uri, kind) = match who {
            Wholesale::MultitelV3 => ("smsuri", "smsringtype"),
            _ => ("SMSURI", "SMSRingType"),
        };
        let is_theirs = |number: &String| Wholesale::of_number(number) == who;
        self.multitel.api(|api| Book {
            rented: api.owned.keys().filter(|number| is_theirs(number)).cloned().collect(),
            addresses: (api.owned.iter())
                .filter(|(number, with)| is_theirs(number) && field(with, kind) == Some("2"))
                .filter_map(|(number, with)| Some((number.clone(), field(with, uri)?.to_owned())))
                .collect(),
            sold: singles(api.sold().into_iter().filter(is_theirs).collect()),
            requests: Vec::new(),
        })
    }

    fn book_of_cm(&self) -> Book {
        let requests = self.cm.api(|api| api.requests.clone());
        let numbers = |request: &Value| -> BTreeSet<String> {
            let numbers = request["numbers"].as_array().unwrap().iter();
            numbers.map(|one| text(&one["number"])).collect()
        };
        let mark = |request: &Value| text(&request["comment"]);
        let expected = |request: &Value| {
            let quantity = request["quantity"].as_u64().unwrap();
            match request["status"].as_str() {
                Some("Completed") => quantity.min(u64::try_from(numbers(request).len()).unwrap()),
                Some("Rejected") => 0,
                _ => quantity,
            }
        };
        Book {
            rented: requests.iter().flat_map(numbers).collect(),
            addresses: BTreeMap::new(),
            sold: (requests.iter())
                .map(|request| Sale {
                    what: mark(request),
                    count: expected(request),
                })
                .collect(),
            requests: (requests.iter())
                .map(|request| Request {
                    line: mark(request).strip_prefix("leaseline-").unwrap().parse().unwrap(),
                    numbers: numbers(request),
                })
                .collect(),
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
                id: line["id"].as_i64().unwrap(),
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
