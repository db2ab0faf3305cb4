//! Claims, and answers that concern several lines.

use super::*;
use crate::domain::purchase::budget::DayBudget;
use crate::domain::purchase::line::calls::SupplierCall;
use crate::domain::purchase::line::claims::{ClaimContext, ClaimTimes, LineClaim, OVER_BUDGET, claim};
use crate::domain::purchase::line::settlement::{choose_all, look_up_all, read_all, settle_all};
use crate::domain::purchase::line::steps::StepTimes;
use crate::domain::purchase::order::{OrderTerms, OrderedNumbers, PurchaseOrder};
use crate::domain::purchase::outcome::{Offer, PendingRequest, RequestState};
use crate::domain::purchase::price::{Currency, Millionths};
use crate::domain::purchase::request::{AreaSelection, Selection};
use crate::domain::purchase::terms::SupplierTerms;
use crate::domain::wire_name::OperatorName;

const TIMES: StepTimes = StepTimes {
    now: NOW,
    poll: Duration::from_secs(60),
    backoff: BACKOFF,
};
const MIDNIGHT: Timestamp = Timestamp::from_ms(86_400_000);

fn order(numbers: OrderedNumbers) -> PurchaseOrder {
    let operator = OperatorName::parse("telia").unwrap();
    PurchaseOrder {
        id: OrderId(7),
        terms: OrderTerms::new(SupplierName::CarrierX, numbers, operator, price("1")),
        created_at: NOW,
    }
}

fn area() -> PurchaseOrder {
    order(OrderedNumbers::Area(AreaSelection {
        quantity: 3,
        area_code: Some("20".to_owned()),
        ..AreaSelection::default()
    }))
}

fn quantity() -> PurchaseOrder {
    order(OrderedNumbers::Quantity {
        quantity: 3,
        prefix: "4670".to_owned(),
        external: false,
    })
}

/// Lines without a number.
fn lines(count: i64) -> Vec<OrderLine> {
    let line = |id| OrderLine {
        id: LineId(id),
        number: None,
        ..planned(false)
    };
    (31..31 + count).map(line).collect()
}

fn claimed(order: &PurchaseOrder, lines: Vec<OrderLine>, budget: &str) -> (LineClaim, DayBudget) {
    let mut budget = DayBudget {
        terms: Some(SupplierTerms {
            currency: Currency::USD,
            budget_per_day: Some(budget.parse().unwrap()),
            fixed_price: None,
            messaging: Millionths::ZERO,
        }),
        spent: "0".parse().unwrap(),
        is_complete: true,
    };
    let context = ClaimContext {
        times: ClaimTimes {
            now: NOW,
            lease_until: LATER,
            midnight: MIDNIGHT,
        },
        country: "SE",
        sms_url_hash: [7; 32],
    };
    (claim(order, lines, &mut budget, context).unwrap(), budget)
}

fn states(lines: &[OrderLine]) -> Vec<LineState> {
    lines.iter().map(|line| line.state).collect()
}

#[test]
fn rule_13_what_is_attempted_is_stored_with_the_end_of_its_lease() {
    let order = order(OrderedNumbers::Random { quantity: 1 });
    let (claim, budget) = claimed(&order, lines(1), "5");
    let line = &claim.called[0];
    assert_eq!((line.state, line.attempts, line.due_at), (Attempted, 1, Some(LATER)));
    assert_eq!(line.call_line, Some(LineId(31)));
    assert_eq!(budget.spent, "1".parse().unwrap());
    let (lost, _) = claimed(&order, claim.called, "5");
    assert_eq!((states(&lost.postponed), lost.call), (vec![Unknown], None));
    let (looked_up, budget) = claimed(&order, lost.postponed, "0");
    assert!(matches!(looked_up.call, Some(SupplierCall::LookUp(_))));
    assert_eq!(budget.spent, "0".parse().unwrap(), "a look-up costs nothing");
}

#[test]
fn rule_14_a_request_is_for_as_many_numbers_as_the_budget_covers() {
    let (claim, budget) = claimed(&area(), lines(3), "2.5");
    let Some(SupplierCall::Buy(intent)) = &claim.call else {
        panic!("{:?}", claim.call)
    };
    assert!(matches!(&intent.selection, Selection::Area(area) if area.quantity == 2));
    assert_eq!(
        (states(&claim.called), budget.spent),
        (vec![Attempted; 2], "2".parse().unwrap())
    );
    let waits = &claim.postponed[0];
    assert_eq!((waits.state, waits.due_at), (Planned, Some(MIDNIGHT)));
    assert_eq!(waits.reason.as_deref(), Some(OVER_BUDGET));
    let (none, _) = claimed(&area(), lines(3), "0.5");
    assert_eq!((none.called.len(), none.call, none.postponed.len()), (0, None, 3));
}

#[test]
fn a_quantity_is_searched_for_and_each_line_gets_another_number() {
    let (claim, _) = claimed(&quantity(), lines(3), "5");
    assert!(matches!(&claim.call, Some(SupplierCall::Search(search)) if search.country == "SE"));
    let offer = |digits: &str, monthly: &str, receives_sms| Offer {
        number: number(digits),
        area: None,
        receives_sms,
        price: price(monthly),
        is_external: false,
    };
    let offers = Ok(vec![
        offer("46700000001", "1.01", true),
        offer("46700000002", "1", false),
        offer("46700000003", "1", true),
        offer("46700000004", "1", true),
        offer("46700000004", "1", true),
    ]);
    let is_free = |found: PhoneNumber| found != number("46700000003");
    let chosen = choose_all(claim.called, &offers, is_free, TIMES);
    let numbers: Vec<_> = chosen.iter().map(|line| line.number).collect();
    assert_eq!(numbers, [Some(number("46700000004")), None, None]);
    assert_eq!(
        (chosen[0].price, chosen[1].price),
        (Some(price("1")), None),
        "as offered"
    );
    assert_eq!(chosen[0].due_at, Some(NOW));
    assert_eq!((chosen[1].due_at, chosen[1].retries), (Some(NOW + BACKOFF), 1));
    assert_eq!(states(&chosen), [Planned; 3]);
}

#[test]
fn a_request_that_people_fill_is_shared_out_to_its_lines() {
    let (claim, _) = claimed(&area(), lines(3), "5");
    let pending = Ok(Purchase::Pending(PendingRequest {
        reference: None,
        number: None,
    }));
    let waiting = settle_all(claim.called, &pending, TIMES).unwrap().lines;
    assert_eq!(states(&waiting), [Waiting; 3]);
    let (looked_for, _) = claimed(&area(), waiting, "0");
    assert!(
        matches!(looked_for.call, Some(SupplierCall::LookUp(_))),
        "it has no key yet"
    );
    let found = Ok(Ownership::Pending(PendingRequest {
        reference: Some("r1".to_owned()),
        number: None,
    }));
    let waiting = look_up_all(looked_for.called, &found, TIMES).unwrap().lines;
    let (read, _) = claimed(&area(), waiting, "0");
    let by_key = SupplierCall::Read {
        reference: "r1".to_owned(),
        number: None,
    };
    assert_eq!(read.call, Some(by_key));
    let filled = |digits: &[&str]| {
        Ok(RequestState::Filled(
            digits.iter().map(|one| supplied(one, "1")).collect(),
        ))
    };
    let fewer = read_all(read.called.clone(), &filled(&["46700000001", "46700000002"]), TIMES).unwrap();
    assert_eq!(states(&fewer.lines), [Wiring, Wiring, Refused]);
    let more = filled(&["46700000001", "46700000002", "46700000003", "46700000004"]);
    let more = read_all(read.called.clone(), &more, TIMES).unwrap();
    assert_eq!(states(&more.lines), [Wiring; 3]);
    assert_eq!(more.surplus, [supplied("46700000004", "1")]);
    let refused = read_all(read.called, &Ok(RequestState::Refused("no".to_owned())), TIMES).unwrap();
    assert_eq!(states(&refused.lines), [Refused; 3]);
}

#[test]
fn a_number_that_was_refused_is_known_by_the_line_before_and_after() {
    let before = attempted(false);
    let after = answered(before.clone(), refused(Reaction::OtherNumber)).line;
    assert_eq!(before.refused_number(&after), before.number);
    let paused = answered(before.clone(), refused(Reaction::PauseUntilResumed)).line;
    assert_eq!(before.refused_number(&paused), None);
    let bought = answered(before.clone(), Ok(Purchase::Bought(vec![supplied("46701234567", "1")]))).line;
    assert_eq!(before.refused_number(&bought), None);
}

/// A supplier that chooses the number has none now.
#[test]
fn rule_12_a_random_number_is_asked_for_again_after_a_pause() {
    let line = OrderLine {
        number: None,
        ..attempted(false)
    };
    let later = answered(line, refused(Reaction::OtherNumber)).line;
    assert_eq!(
        (later.state, later.due_at, later.retries),
        (Planned, Some(NOW + BACKOFF), 1)
    );
}

#[test]
fn rule_13_a_purchase_that_may_be_under_way_is_not_made_again() {
    let lost = || vec![attempted(true).lose_answer(NOW).unwrap()];
    let later = |times: StepTimes| look_up_all(lost(), &Ok(Ownership::NotOurs), times).unwrap().lines;
    let early = later(TIMES);
    assert_eq!(
        (states(&early), early[0].due_at),
        (vec![Unknown], Some(NOW + TIMES.poll))
    );
    let late = later(StepTimes {
        now: NOW + TIMES.poll,
        ..TIMES
    });
    assert_eq!(states(&late), [Planned]);
}

#[test]
fn rule_13_a_purchase_may_be_under_way_for_a_minute_however_often_it_is_looked_up() {
    let looked_up = |after: Duration| {
        let times = StepTimes {
            now: NOW + after,
            poll: Duration::from_secs(1),
            ..TIMES
        };
        let lost = vec![attempted(true).lose_answer(NOW).unwrap()];
        look_up_all(lost, &Ok(Ownership::NotOurs), times).unwrap().lines
    };
    let early = looked_up(Duration::from_secs(59));
    let minute = Duration::from_secs(60);
    assert_eq!((states(&early), early[0].due_at), (vec![Unknown], Some(NOW + minute)));
    assert_eq!(states(&looked_up(minute)), [Planned]);
}

/// What a purchase whose answer was lost came to is known before the number is attempted again, so nothing of it is open when
/// another number is taken instead.
#[test]
fn rule_13_a_number_is_let_go_only_after_its_lost_attempt_was_looked_up() {
    let order = quantity();
    let (first, _) = claimed(&order, vec![planned(false)], "5");
    let lost = settle_all(first.called, &Err(CallFailure::NoAnswer("timeout".to_owned())), TIMES).unwrap();
    let (looked_up, _) = claimed(&order, lost.lines, "5");
    assert!(
        matches!(looked_up.call, Some(SupplierCall::LookUp(_))),
        "nothing is bought"
    );
    let late = StepTimes {
        now: NOW + TIMES.poll,
        ..TIMES
    };
    let again = look_up_all(looked_up.called, &Ok(Ownership::NotOurs), late).unwrap();
    let (second, _) = claimed(&order, again.lines, "5");
    let Some(SupplierCall::Buy(intent)) = &second.call else {
        panic!("{:?}", second.call)
    };
    assert_eq!(
        intent.selection.number(),
        Some(number("46701234567")),
        "the same number"
    );
    assert_eq!(second.called[0].attempts, 2);
    let gone = settle_all(second.called, &refused(Reaction::OtherNumber), TIMES).unwrap();
    assert_eq!((states(&gone.lines), gone.lines[0].number), (vec![Planned], None));
    assert_eq!(gone.lines[0].price, None, "it was that of the other number");
    let (chosen, _) = claimed(&order, gone.lines, "5");
    assert!(matches!(chosen.call, Some(SupplierCall::Search(_))));
}
