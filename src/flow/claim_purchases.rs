//! What is to be done at wholesalers now. The intent is stored and committed before the call (rule 13); the day's budget is
//! summed in the same transaction (rule 14). Nothing is called here.

use std::collections::BTreeMap;
use std::time::Duration;

use super::purchase_events::claim_event;
use super::{Flows, StorageError};
use crate::domain::audit::purchase::PurchaseEvent;
use crate::domain::country::CountryNames;
use crate::domain::day::Day;
use crate::domain::purchase::budget::DayBudget;
use crate::domain::purchase::line::calls::{SupplierCall, is_bought_together};
use crate::domain::purchase::line::claims::{ClaimContext, ClaimTimes, LineClaim, belongs_together, claim};
use crate::domain::purchase::line::{LineState, OrderLine};
use crate::domain::purchase::order::{OrderedNumbers, PurchaseOrder};
use crate::domain::purchase::pause::SupplierPause;
use crate::domain::purchase::policy::PurchasePolicy;
use crate::domain::purchase::price::Millionths;
use crate::domain::purchase::request::Selection;
use crate::domain::purchase::{LineId, OrderId, SupplierName};
use crate::domain::time::Timestamp;
use crate::storage::order_lines::DueSuppliers;
use crate::storage::{Error, ReadTx, WriteTx, audit, costs, numbers, order_lines, orders, restores, supplier_pauses};

/// How much may be claimed.
#[derive(Debug, Clone, Copy)]
pub struct PurchaseCapacity {
    /// How many lines are looked at.
    pub lines: u32,
    /// How long the calls may take; afterwards it is not known what became of them.
    pub lease: Duration,
}

/// A call that is to be made, for lines of one order.
#[derive(Debug, Clone)]
pub struct PurchaseWork {
    /// Their order.
    pub order: PurchaseOrder,
    /// The lines, as they were stored before the call.
    pub lines: Vec<OrderLine>,
    /// The call.
    pub call: SupplierCall,
}

/// Answers do not wait for the end of a pause: whether a number is ours has to be known, and what is filled, too.
const WHILE_PAUSED: [LineState; 3] = [LineState::Attempted, LineState::Unknown, LineState::Waiting];

pub(super) fn due_suppliers(
    policy: &PurchasePolicy,
    pauses: &BTreeMap<SupplierName, SupplierPause>,
    now: Timestamp,
) -> DueSuppliers {
    let is_paused = |supplier: &&SupplierName| pauses.get(*supplier).is_some_and(|pause| pause.is_paused(now));
    let (paused, working): (Vec<_>, Vec<_>) = policy.accounts.keys().partition(is_paused);
    DueSuppliers {
        working: working.into_iter().copied().collect(),
        paused: paused.into_iter().copied().collect(),
        while_paused: WHILE_PAUSED.to_vec(),
    }
}

impl Flows {
    /// Claims the calls that are due. Lines whose lease ended are unknown afterwards.
    pub async fn claim_purchases(
        &self,
        countries: &CountryNames,
        capacity: PurchaseCapacity,
    ) -> Result<Vec<PurchaseWork>, StorageError> {
        if self.purchases.accounts.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let pauses = supplier_pauses::load(&mut tx).await?;
        let suppliers = due_suppliers(&self.purchases, &pauses, now);
        let due = order_lines::due(&mut tx, &suppliers, now, capacity.lines).await?;
        if due.is_empty() {
            tx.rollback().await?;
            return Ok(Vec::new());
        }
        let mut claims = Claims {
            policy: &self.purchases,
            countries,
            times: ClaimTimes {
                now,
                lease_until: now + capacity.lease,
                midnight: Day::of(now).next().start(),
            },
            orders: BTreeMap::new(),
            budgets: BTreeMap::new(),
            claimed: Vec::new(),
            work: Vec::new(),
            events: Vec::new(),
        };
        for line in due {
            claims.add(&mut tx, line).await?;
        }
        let Claims {
            claimed, work, events, ..
        } = claims;
        let changes: Vec<_> = claimed.iter().map(|(before, after)| (before, after)).collect();
        order_lines::save(&mut tx, &changes, now);
        audit::write_purchases(&mut tx, &events, now);
        tx.commit().await?;
        Ok(self.with_others(work).await)
    }

    /// Adds what look-ups without a number have to know of other purchases. That reads all numbers of a supplier, so it is not
    /// part of the claim; what was stored since is known, too. A look-up that has to be left out is due again after its lease.
    async fn with_others(&self, work: Vec<PurchaseWork>) -> Vec<PurchaseWork> {
        let mut complete = Vec::with_capacity(work.len());
        for mut work in work {
            match self.add_others(&mut work).await {
                Ok(()) => complete.push(work),
                Err(error) => tracing::warn!(order = work.order.id.0, %error, "a look-up is put off"),
            }
        }
        complete
    }

    async fn add_others(&self, work: &mut PurchaseWork) -> Result<(), StorageError> {
        if let SupplierCall::LookUp(intent) = &mut work.call
            && matches!(intent.selection, Selection::Random | Selection::Filter(_))
        {
            let own: Vec<LineId> = work.lines.iter().map(|line| line.id).collect();
            let mut tx = self.database.read().await?;
            intent.others = order_lines::others(&mut tx, work.order.terms.supplier, &own).await?;
        }
        Ok(())
    }

    /// How long nothing will be due. `None`: for ever.
    pub async fn next_purchase(&self) -> Result<Option<Duration>, StorageError> {
        if self.purchases.accounts.is_empty() {
            return Ok(None);
        }
        let mut tx = self.database.read().await?;
        let now = self.clock.now();
        let pauses = supplier_pauses::load(&mut tx).await?;
        let suppliers = due_suppliers(&self.purchases, &pauses, now);
        let due = order_lines::next_due(&mut tx, &suppliers).await?;
        let pause_ends = suppliers
            .paused
            .iter()
            .filter_map(|supplier| pauses.get(supplier)?.ends_at());
        Ok(due.into_iter().chain(pause_ends).min().map(|next| next.since(now)))
    }
}

/// The claims of one transaction.
struct Claims<'a> {
    policy: &'a PurchasePolicy,
    countries: &'a CountryNames,
    times: ClaimTimes,
    orders: BTreeMap<OrderId, PurchaseOrder>,
    budgets: BTreeMap<SupplierName, DayBudget>,
    /// Each line as it was and as it is.
    claimed: Vec<(OrderLine, OrderLine)>,
    work: Vec<PurchaseWork>,
    events: Vec<PurchaseEvent>,
}

impl Claims<'_> {
    async fn add(&mut self, tx: &mut WriteTx, line: OrderLine) -> Result<(), Error> {
        if self.claimed.iter().any(|(before, _)| before.id == line.id) {
            return Ok(());
        }
        let order = self.order(tx, line.order).await?;
        if let Some(waits) = self.without_call(tx, &line).await? {
            self.claimed.push((line, waits));
            return Ok(());
        }
        let before = self.together(tx, &order, line).await?;
        let supplier = order.terms.supplier;
        let Some(account) = self.policy.accounts.get(&supplier) else {
            return Ok(());
        };
        let country = order.terms.country.as_ref();
        let context = ClaimContext {
            times: self.times,
            country: country
                .and_then(|country| self.countries.code(country))
                .unwrap_or_default(),
            sms_url_hash: account.sms_url_hash,
        };
        let budget = self.budget(tx, supplier).await?;
        let claimed = claim(&order, before.clone(), budget, context);
        let LineClaim {
            called,
            call,
            postponed,
        } = claimed.expect("the states of a claim follow each other");
        let find = |after: &OrderLine| before.iter().find(|before| before.id == after.id).cloned();
        for after in called.iter().chain(&postponed) {
            if let Some(before) = find(after) {
                self.events.extend(claim_event(&before, after));
                self.claimed.push((before, after.clone()));
            }
        }
        self.work.extend(call.map(|call| PurchaseWork {
            order,
            lines: called,
            call,
        }));
        Ok(())
    }

    async fn order(&mut self, tx: &mut WriteTx, id: OrderId) -> Result<PurchaseOrder, Error> {
        if let Some(order) = self.orders.get(&id) {
            return Ok(order.clone());
        }
        let order = orders::load(tx, id).await?;
        let order = order.expect("a line has an order: a foreign key");
        self.orders.insert(id, order.clone());
        Ok(order)
    }

    /// The line where nothing is called for it now: a number that is rented is given back later (rule 16), one whose SMS come
    /// here needs nothing.
    async fn without_call(&self, tx: &mut WriteTx, line: &OrderLine) -> Result<Option<OrderLine>, Error> {
        let later = self.times.now + self.policy.poll;
        let account = self.policy.accounts.get(&line.supplier);
        let is_wired = line.sms_url_hash == account.map(|account| account.sms_url_hash);
        Ok(match line.state {
            LineState::GivingBack => {
                let known = match line.number {
                    Some(number) => numbers::load(tx, &[number]).await?,
                    None => Vec::new(),
                };
                let is_rented = known.iter().any(|number| number.operation.is_some());
                is_rented.then(|| line.clone().due(later))
            }
            LineState::Unproven | LineState::Stocked if is_wired => Some(OrderLine {
                due_at: None,
                ..line.clone()
            }),
            _ => None,
        })
    }

    /// The lines of the order for which one call is made, this one among them.
    async fn together(
        &self,
        tx: &mut WriteTx,
        order: &PurchaseOrder,
        line: OrderLine,
    ) -> Result<Vec<OrderLine>, Error> {
        let is_search = line.needs_a_number() && matches!(order.terms.numbers, OrderedNumbers::Quantity { .. });
        let is_request = is_bought_together(&order.terms.numbers)
            && matches!(
                line.state,
                LineState::Planned | LineState::Attempted | LineState::Unknown | LineState::Waiting
            );
        if !is_search && !is_request {
            return Ok(vec![line]);
        }
        let now = self.times.now;
        let is_due = |other: &OrderLine| other.due_at.is_some_and(|due_at| due_at <= now);
        let belongs = |other: &OrderLine| {
            belongs_together(other, &line) && is_due(other) && (!is_search || other.needs_a_number())
        };
        let lines = order_lines::of_order(tx, order.id).await?;
        Ok(lines.into_iter().filter(belongs).collect())
    }

    async fn budget(&mut self, tx: &mut WriteTx, supplier: SupplierName) -> Result<&mut DayBudget, Error> {
        if !self.budgets.contains_key(&supplier) {
            let budget = budget_today(tx, self.policy, supplier, self.times.now).await?;
            self.budgets.insert(supplier, budget);
        }
        Ok(self.budgets.get_mut(&supplier).expect("it was inserted"))
    }
}

/// What the day may cost, and what counts against it so far (rule 14).
pub(super) async fn budget_today(
    tx: &mut ReadTx,
    policy: &PurchasePolicy,
    supplier: SupplierName,
    now: Timestamp,
) -> Result<DayBudget, Error> {
    let terms = policy.accounts.get(&supplier).map(|account| account.terms);
    let messaging = terms.map_or(Millionths::ZERO, |terms| terms.messaging);
    let today = Day::of(now);
    let bounds = (today.start(), today.next().start());
    let attempts = order_lines::spent(tx, supplier, messaging, bounds).await?;
    let other = costs::one_time(tx, supplier, messaging, today).await?;
    let restore = restores::last(tx).await?;
    Ok(DayBudget {
        terms,
        spent: attempts.plus(other),
        is_complete: restore.is_none_or(|restore| Day::of(restore.restored_at) != today),
    })
}
