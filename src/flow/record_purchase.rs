//! What a wholesaler answered, guarded by the state and the attempts of the lines for which it was called. Whatever is ours
//! afterwards is on the bill and in the inventory.

use std::collections::HashSet;

use super::claim_purchases::PurchaseWork;
use super::place_order::free_offers;
use super::purchase_events::answer_event;
use super::stock_numbers::{LineChange, stock};
use super::{Flows, StorageError};
use crate::domain::audit::Actor;
use crate::domain::audit::purchase::{AuditedPurchase, PurchaseEvent};
use crate::domain::country::CountryNames;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::cost;
use crate::domain::purchase::line::answers::SupplierHealth;
use crate::domain::purchase::line::calls::CallAnswer;
use crate::domain::purchase::line::settlement::{AnswerFacts, settle_call};
use crate::domain::purchase::line::steps::StepTimes;
use crate::domain::purchase::line::{LineState, OrderLine};
use crate::domain::purchase::order::PurchaseOrder;
use crate::domain::purchase::outcome::{Ownership, Purchase, RequestState, SuppliedNumber};
use crate::domain::purchase::policy::SupplierAccount;
use crate::domain::purchase::{LineId, SupplierName};
use crate::domain::time::Timestamp;
use crate::storage::order_lines::NewLine;
use crate::storage::{Error, WriteTx, audit, costs, order_lines, supplier_pauses};

/// Of a number beyond those that were ordered.
const SURPLUS: &str = "the supplier delivered more numbers than were ordered";
/// Of a purchase with a number that is on the bill of two suppliers.
const OF_ANOTHER: &str = "the supplier also delivered a number that another supplier has here";

impl Flows {
    /// Records the answer of a call. When its lines have changed since, somebody else decided about them; what the call bought
    /// is booked all the same.
    pub async fn record_purchase(
        &self,
        work: &PurchaseWork,
        answer: &CallAnswer,
        countries: &CountryNames,
    ) -> Result<(), StorageError> {
        let supplier = work.order.terms.supplier;
        let Some(account) = self.purchases.accounts.get(&supplier) else {
            return Ok(());
        };
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let called: Vec<LineId> = work.lines.iter().map(|line| line.id).collect();
        let stored = order_lines::load_all(&mut tx, &called).await?;
        let before = unchanged(work, &stored);
        let free = match answer {
            CallAnswer::Offers(Ok(offers)) => free_offers(&mut tx, supplier, offers).await?,
            _ => HashSet::new(),
        };
        let facts = AnswerFacts {
            free: &free,
            sms_url_hash: account.sms_url_hash,
            needs_proof: work.order.terms.needs_proof(),
            times: self.step_times(now, before.first()),
        };
        let effects = match settle_call(before.clone(), answer, &facts) {
            Ok(effects) if !before.is_empty() => effects,
            settled => {
                if let Err(error) = settled {
                    tracing::error!(%supplier, %error, "an answer does not fit the state of its lines");
                }
                let bought = self.book_late(&mut tx, work, answer, account, now).await?;
                self.note_call(&mut tx, supplier, answer.health(), now).await?;
                return self.commit_bought(tx, bought.iter()).await;
            }
        };
        let mut changes: Vec<LineChange> = before.into_iter().zip(effects.lines).collect();
        let surplus = without_doubles(&mut tx, supplier, &mut changes, effects.surplus, facts.times).await?;
        let later = now + self.purchases.poll;
        stock(&mut tx, &work.order, &mut changes, countries, (now, later)).await?;
        let surplus = insert_surplus(&mut tx, &work.order, &changes, &surplus, now).await?;
        save(&mut tx, account, &changes, &surplus, now);
        let refused: Vec<PhoneNumber> = changes
            .iter()
            .filter_map(|(before, after)| before.refused_number(after))
            .collect();
        supplier_pauses::refuse(&mut tx, supplier, &refused, now);
        self.note_call(&mut tx, supplier, answer.health(), now).await?;
        self.commit_bought(tx, bought(&changes, &surplus)).await
    }

    /// Commits, counts what deviates from its order, and has the next step of the lines made.
    async fn commit_bought<'a>(
        &self,
        tx: WriteTx,
        bought: impl Iterator<Item = &'a OrderLine>,
    ) -> Result<(), StorageError> {
        tx.commit().await?;
        bought.for_each(|line| self.troubles.bought(line));
        self.wakeups.orders.notify_one();
        Ok(())
    }

    /// An answer that comes when its lines have changed: what it bought is on the bill all the same, as more than was ordered.
    async fn book_late(
        &self,
        tx: &mut WriteTx,
        work: &PurchaseWork,
        answer: &CallAnswer,
        account: &SupplierAccount,
        now: Timestamp,
    ) -> Result<Vec<OrderLine>, Error> {
        let supplier = work.order.terms.supplier;
        tracing::warn!(%supplier, "an answer came for lines that have changed since");
        let (CallAnswer::Purchase(Ok(Purchase::Bought(numbers)))
        | CallAnswer::Ownership(Ok(Ownership::Ours(numbers)))
        | CallAnswer::Request(Ok(RequestState::Filled(numbers)))) = answer
        else {
            return Ok(Vec::new());
        };
        let changes: Vec<LineChange> = work.lines.iter().map(|line| (line.clone(), line.clone())).collect();
        let times = self.step_times(now, None);
        let bought = without_doubles(tx, supplier, &mut [], numbers.clone(), times).await?;
        let surplus = insert_surplus(tx, &work.order, &changes, &bought, now).await?;
        save(tx, account, &[], &surplus, now);
        Ok(surplus)
    }

    fn step_times(&self, now: Timestamp, line: Option<&OrderLine>) -> StepTimes {
        let retries = line.map_or(0, |line| line.retries);
        StepTimes {
            now,
            poll: self.purchases.poll,
            backoff: self.purchases.pauses.after(retries, self.jitter()),
        }
    }

    /// 0 to 1000.
    fn jitter(&self) -> u16 {
        u16::try_from(self.random.number() % 1001).unwrap_or(1000)
    }

    /// Notes what the call shows about the supplier, which may pause it.
    pub(super) async fn note_call(
        &self,
        tx: &mut WriteTx,
        supplier: SupplierName,
        (health, reason): (SupplierHealth, Option<String>),
        now: Timestamp,
    ) -> Result<(), Error> {
        let before = supplier_pauses::load(tx).await?.remove(&supplier).unwrap_or_default();
        let reason = reason.unwrap_or_default();
        let after = before
            .clone()
            .after(health, &reason, now, (self.purchases.pauses, self.jitter()));
        if after != before {
            supplier_pauses::save(tx, supplier, &after);
        }
        Ok(())
    }
}

/// The lines as they are stored, if they are still those for which the call was made. An answer that comes after the lease of
/// a purchase is taken, too: nothing else knows what became of it.
fn unchanged(work: &PurchaseWork, stored: &[OrderLine]) -> Vec<OrderLine> {
    let is_same = |one: &OrderLine, called: &OrderLine| {
        one.id == called.id
            && one.attempts == called.attempts
            && one.number == called.number
            && (one.state == called.state || (called.state, one.state) == (LineState::Attempted, LineState::Unknown))
    };
    let found: Vec<OrderLine> = stored
        .iter()
        .filter(|one| work.lines.iter().any(|called| is_same(one, called)))
        .cloned()
        .collect();
    match found.len() == work.lines.len() {
        true => found,
        false => Vec::new(),
    }
}

/// A number that another line has is not booked once more: the line stays unknown. Returns the surplus that nobody has.
async fn without_doubles(
    tx: &mut WriteTx,
    supplier: SupplierName,
    changes: &mut [LineChange],
    mut surplus: Vec<SuppliedNumber>,
    times: StepTimes,
) -> Result<Vec<SuppliedNumber>, Error> {
    let is_new = |(before, after): &LineChange| !before.is_ours && after.is_ours;
    let named = changes.iter().filter(|change| is_new(change));
    let named = named.filter_map(|(_, after)| after.number);
    let named: Vec<PhoneNumber> = named.chain(surplus.iter().map(|supplied| supplied.number)).collect();
    if named.is_empty() {
        return Ok(surplus);
    }
    let holding = order_lines::figures::holding(tx, &named).await?;
    let is_taken = |number: PhoneNumber, own: Option<LineId>| {
        let mut lines = holding.iter().filter(|held| held.number == number);
        lines.any(|held| Some(held.line) != own)
    };
    for change in changes.iter_mut().filter(|change| is_new(change)) {
        let (before, after) = change;
        if after.number.is_some_and(|number| is_taken(number, Some(after.id))) {
            let doubted = before.clone().doubt(times);
            *after = doubted.expect("what is attempted can become unknown");
        }
    }
    let is_of_another = |supplied: &SuppliedNumber| {
        let mut lines = holding.iter().filter(|held| held.number == supplied.number);
        lines.any(|held| held.supplier != supplier)
    };
    if surplus.iter().any(is_of_another) {
        tracing::warn!(%supplier, "{OF_ANOTHER}");
        changes
            .iter_mut()
            .take(1)
            .for_each(|(_, line)| line.add_deviation(OF_ANOTHER));
    }
    surplus.retain(|supplied| !is_taken(supplied.number, None));
    Ok(surplus)
}

/// Stores the numbers beyond those that were ordered: they are on the bill.
async fn insert_surplus(
    tx: &mut WriteTx,
    order: &PurchaseOrder,
    changes: &[LineChange],
    surplus: &[SuppliedNumber],
    now: Timestamp,
) -> Result<Vec<OrderLine>, Error> {
    let call_line = changes.first().and_then(|(_, after)| after.call_line);
    let new = |number| NewLine {
        deviation: Some(SURPLUS.to_owned()),
        call_line,
        ..NewLine::ours(number)
    };
    let new: Vec<NewLine> = surplus.iter().map(new).collect();
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let ids = order_lines::insert(tx, order.id, &order.terms, &new, now).await?;
    order_lines::load_all(tx, &ids).await
}

/// The lines whose numbers are ours now.
fn bought<'a>(changes: &'a [LineChange], surplus: &'a [OrderLine]) -> impl Iterator<Item = &'a OrderLine> {
    let bought = changes
        .iter()
        .filter(|(before, after)| !before.is_ours && after.is_ours);
    bought.map(|(_, after)| after).chain(surplus)
}

/// Queues the lines, what they cost, and their history.
fn save(tx: &mut WriteTx, account: &SupplierAccount, changes: &[LineChange], surplus: &[OrderLine], now: Timestamp) {
    let saved: Vec<_> = changes.iter().map(|(before, after)| (before, after)).collect();
    order_lines::save(tx, &saved, now);
    let currency = account.terms.currency;
    let entries = bought(changes, surplus).flat_map(|line| cost::of_purchase(line, currency, now));
    let is_wired_now = |(before, after): &&LineChange| {
        before.state == LineState::Wiring && matches!(after.state, LineState::Stocked | LineState::Unproven)
    };
    let wired = changes.iter().filter(is_wired_now);
    let entries = entries.chain(wired.filter_map(|(_, after)| cost::of_wiring(after, now)));
    let entries: Vec<_> = entries.collect();
    costs::book(tx, &entries, now);
    let events: Vec<PurchaseEvent> = changes
        .iter()
        .filter_map(|(before, after)| answer_event(before, after))
        .collect();
    audit::write_purchases(tx, &events, now);
    let bought =
        |line: &OrderLine| PurchaseEvent::of_line(Actor::Server, AuditedPurchase::Bought, line, line.deviation.clone());
    audit::write_purchases(tx, &surplus.iter().map(bought).collect::<Vec<_>>(), now);
}
