//! Rules 13 to 16, from the wholesalers' books and from what the admin sees.

use std::collections::BTreeSet;

use super::books::{Book, LIVE, Line, OPEN, Shown, Wholesale};
use super::drive::Case;

const DAY_MS: i64 = 86_400_000;

/// What was seen of a wholesaler so far.
#[derive(Debug, Default)]
pub struct History {
    book: Book,
    /// On which day, UTC, each sale was made.
    days: Vec<i64>,
}

impl History {
    /// Takes over what was sold since the last look. Returns how many numbers, and those that had been sold before.
    fn follow(&mut self, who: Wholesale, book: Book, day: i64) -> (usize, usize) {
        let (before, new) = book.sold.split_at(self.book.sold.len());
        let mut held = match who {
            // A mark stands for one request, for ever.
            Wholesale::Cm => before.iter().map(|sale| sale.what.clone()).collect(),
            _ => self.book.rented.clone(),
        };
        for sale in new {
            assert!(held.insert(sale.what.clone()), "rule 13: {} is sold twice", sale.what);
        }
        let again = new.iter().filter(|sale| before.contains(sale)).count();
        let count: u64 = new.iter().map(|sale| sale.count).sum();
        self.days.resize(book.sold.len(), day);
        self.book = book;
        (usize::try_from(count).unwrap(), again)
    }

    /// What was sold on a day, in cents.
    fn spent(&self, who: Wholesale, day: i64) -> u64 {
        let sales = self.book.sold.iter().zip(&self.days);
        let numbers: u64 = sales
            .filter(|(_, sold)| **sold == day)
            .map(|(sale, _)| sale.count)
            .sum();
        numbers * who.cents()
    }
}

impl Case {
    /// Rules 13 to 16 as they hold at any time; returns what the admin sees.
    pub async fn check(&mut self) {
        self.shown = self.market.shown().await;
        for who in Wholesale::ALL {
            let book = self.market.book(who);
            self.proven
                .retain(|number| Wholesale::of_number(number) != who || book.rented.contains(number));
            self.rule_14(who, book.clone());
            rule_13(who, &book, &self.shown);
            rule_16(&book, &self.shown, who);
            self.rule_15(&book, who);
        }
        self.market.server.audit_services().await;
        self.note_lines();
    }

    fn rule_14(&mut self, who: Wholesale, book: Book) {
        let day = self.market.server.clock.now().as_ms().div_euclid(DAY_MS);
        let history = self.history.get_mut(&who).unwrap();
        let (count, again) = history.follow(who, book, day);
        let (spent, budget) = (history.spent(who, day), self.budgets[&who]);
        assert!(
            spent <= budget,
            "rule 14: {who:?} sold for {spent} cents on one day, the budget is {budget}"
        );
        let what = match who {
            Wholesale::CarrierX => "bought at carrierx",
            Wholesale::Multitel => "bought at multitel",
            Wholesale::MultitelV3 => "bought at multitel-v3",
            Wholesale::Cm => "requested at cm",
        };
        self.note(what, count);
        self.note("bought again after it was given back", again);
    }

    /// What can be issued, or is, receives SMS through our gateway: its wholesaler has one of our addresses, or it is proven
    /// where the wholesaler's API takes none.
    fn rule_15(&self, book: &Book, who: Wholesale) {
        let rented = self.shown.rentals.iter().map(|(_, number)| number);
        let numbers = self.shown.numbers.iter();
        let available = numbers
            .filter(|(_, (state, _))| state == "available")
            .map(|(number, _)| number);
        for number in rented
            .chain(available)
            .filter(|number| Wholesale::of_number(number) == who)
        {
            let address = book.addresses.get(number);
            let is_wired = address.is_some_and(|address| self.addresses.contains(address));
            let by_proof = matches!(who, Wholesale::MultitelV3 | Wholesale::Cm) && self.proven.contains(number);
            assert!(is_wired || by_proof, "rule 15: the SMS of {number} do not come");
        }
    }

    fn note_lines(&mut self) {
        let lines: Vec<Line> = self.shown.lines.values().flatten().cloned().collect();
        let count = |test: &dyn Fn(&Line) -> bool| lines.iter().filter(|line| test(line)).count();
        let useless = self
            .shown
            .numbers
            .values()
            .filter(|(_, hold)| hold == "refused")
            .count();
        let counts = [
            ("unknown", count(&|line| line.is(&["unknown"]))),
            ("waiting", count(&|line| line.is(&["waiting"]))),
            ("wiring", count(&|line| line.is(&["wiring"]))),
            ("unproven", count(&|line| line.is(&["unproven"]))),
            ("refused", count(&|line| line.is(&["refused"]))),
            ("refused, and ours", useless),
            (
                "planned: over budget",
                count(&|line| line.is(&["planned"]) && line.reason == "budget_per_day"),
            ),
        ];
        for (what, count) in counts {
            self.note(what, count);
        }
    }

    /// Everything is known now: what is ours here is ours there.
    pub fn check_settled(&self) {
        for who in Wholesale::ALL {
            let unsettled: Vec<&Line> = self.unsettled(who).collect();
            assert!(unsettled.is_empty(), "never settled at {who:?}: {unsettled:?}");
            let book = self.market.book(who);
            assert_eq!(
                book.rented,
                self.shown.ours(who),
                "rule 13: rented at {who:?}, and ours"
            );
            for line in self.shown.lines[&who].iter().filter(|line| line.is(&["stocked"])) {
                let number = line.number.as_ref().unwrap();
                if who == Wholesale::CarrierX {
                    let address = self.market.address(who);
                    assert_eq!(book.addresses.get(number), Some(&address), "{number} is wired again");
                }
                let (state, _) = &self.shown.numbers[number];
                assert!(
                    ["available", "banned", "resting"].contains(&state.as_str()),
                    "{number} is {state}"
                );
            }
        }
    }

    /// Lines that no budget, no stock and no person holds up.
    pub fn unsettled(&self, who: Wholesale) -> impl Iterator<Item = &Line> {
        let lines = self.shown.lines[&who].iter();
        lines.filter(|line| line.is(&OPEN) || line.is(&["wiring", "giving_back"]))
    }
}

/// Whatever is rented there has one line here that knows of it, or one that is looked up; nothing else is ours.
fn rule_13(who: Wholesale, book: &Book, shown: &Shown) {
    let lines = &shown.lines[&who];
    let mut live = BTreeSet::new();
    let numbers = lines.iter().filter(|line| line.is(&LIVE));
    for number in numbers.filter_map(|line| line.number.as_ref()) {
        assert!(
            live.insert(number),
            "rule 13: two lines may pay for {number}: {lines:?}"
        );
    }
    let ours = shown.ours(who);
    match who {
        Wholesale::Cm => requests_are_taken_whole(book, lines, &ours),
        _ => no_number_is_lost(who, book, lines, &ours),
    }
    for number in ours.difference(&book.rented) {
        let is_leaving = |line: &Line| line.number.as_ref() == Some(number) && line.is(&["giving_back"]);
        assert!(
            lines.iter().any(is_leaving),
            "rule 13: {number} is ours, but not at {who:?}: {lines:?}"
        );
    }
}

fn no_number_is_lost(who: Wholesale, book: &Book, lines: &[Line], ours: &BTreeSet<String>) {
    let open = |number: Option<&String>| {
        let fits = |line: &&Line| line.is(&OPEN) && line.number.as_ref() == number;
        lines.iter().filter(fits).count()
    };
    let missing = book.rented.difference(ours).filter(|number| open(Some(number)) == 0);
    let missing: Vec<&String> = missing.collect();
    assert!(
        missing.len() <= open(None),
        "rule 13: {who:?} rents {missing:?} to us, and no line knows of it: {lines:?}"
    );
}

/// What a request was filled with is ours, all of it, or a line of its order still waits for it.
fn requests_are_taken_whole(book: &Book, lines: &[Line], ours: &BTreeSet<String>) {
    for request in book.requests.iter().filter(|request| !request.numbers.is_empty()) {
        let taken = request.numbers.intersection(ours).count();
        let first = lines.iter().find(|line| line.id == request.line);
        let is_open = first.is_some_and(|line| line.is(&OPEN));
        assert!(
            taken == request.numbers.len() && !is_open || taken == 0 && is_open,
            "rule 13: {taken} numbers of {request:?} are ours: {lines:?}"
        );
    }
}

/// What somebody rents is not given back, and only what the wholesaler took is given back.
fn rule_16(book: &Book, shown: &Shown, who: Wholesale) {
    for (_, number) in &shown.rentals {
        if Wholesale::of_number(number) == who {
            assert!(
                book.rented.contains(number),
                "rule 16: {number} was given back while it was rented"
            );
        }
    }
    for (number, (state, hold)) in &shown.numbers {
        let is_known = |line: &Line| {
            let may_be = line.number.as_ref() == Some(number) || line.number.is_none();
            may_be && (line.is(&OPEN) || line.is(&["wiring"]))
        };
        let is_bought_again = shown.lines[&who].iter().any(is_known);
        if state == "given_back" && book.rented.contains(number) && !is_bought_again {
            panic!("rule 16: {number} is shown as {state} ({hold}), but {who:?} still has it as ours");
        }
    }
}
