//! Suppliers, orders and lines, as the admin API shows them. Nothing is changed here.

use std::collections::BTreeMap;

use super::claim_purchases::budget_today;
use super::{Flows, StorageError};
use crate::domain::audit::purchase::PurchaseRecord;
use crate::domain::purchase::line::proof::NumberToRewire;
use crate::domain::purchase::line::{LineState, OrderLine};
use crate::domain::purchase::order::{OrderReference, OrderState, PurchaseOrder};
use crate::domain::purchase::pause::Pause;
use crate::domain::purchase::policy::SupplierAccount;
use crate::domain::purchase::price::Millionths;
use crate::domain::purchase::terms::SupplierTerms;
use crate::domain::purchase::{LineId, OrderId, SupplierName};
use crate::flow::views::DETAILS_MAX;
use crate::storage::order_lines::rewire;
use crate::storage::orders::list::{LineCounts, line_counts, load_all};
use crate::storage::{ReadTx, audit, order_lines, orders, supplier_pauses};

/// How many orders one page of a list by state looks at (rule 12): the state follows from the lines, so no index has it.
const EXAMINED_MAX: u32 = 500;

/// A supplier that is on, with its figures.
#[derive(Debug, Clone)]
pub struct SupplierView<'a> {
    /// Which one.
    pub name: SupplierName,
    /// Its terms and abilities.
    pub account: &'a SupplierAccount,
    /// Whether it is left alone now.
    pub pause: Pause,
    /// What counts against its budget today, UTC.
    pub spent_today: Millionths,
    /// Lines whose number is in the inventory.
    pub stocked: u64,
    /// Lines that the supplier will fill.
    pub waiting: u64,
    /// Lines of which it is not known whether they were bought.
    pub unknown: u64,
    /// Numbers whose address for SMS a person has to change at the supplier.
    pub to_rewire: u64,
}

/// Which orders are listed. `None` filters nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Their state.
    pub state: Option<OrderState>,
    /// From whom they buy.
    pub supplier: Option<SupplierName>,
    /// What the partner calls them.
    pub reference: Option<OrderReference>,
}

/// An order with what follows from its lines.
#[derive(Debug, Clone)]
pub struct OrderView {
    /// The order.
    pub order: PurchaseOrder,
    /// Where it stands.
    pub state: OrderState,
    /// How many of its numbers are in the inventory.
    pub stocked: u32,
    /// What its supplier charges now; `None`: it is off.
    pub supplier: Option<SupplierTerms>,
}

/// A page of orders, the newest first.
#[derive(Debug, Clone)]
pub struct OrderPage {
    /// The orders. A page can have fewer than were asked for, and still have a next one.
    pub orders: Vec<OrderView>,
    /// The next page begins after this order.
    pub next: Option<OrderId>,
}

/// An order with its lines and their history.
#[derive(Debug, Clone)]
pub struct WholeOrder {
    /// The order.
    pub view: OrderView,
    /// Its lines.
    pub lines: Vec<OrderLine>,
    /// The last [`DETAILS_MAX`] events of its lines.
    pub history: Vec<PurchaseRecord>,
}

impl Flows {
    /// The suppliers that are on.
    pub async fn list_suppliers(&self) -> Result<Vec<SupplierView<'_>>, StorageError> {
        let mut tx = self.database.read_for_admin().await?;
        let now = self.clock.now();
        let mut pauses = supplier_pauses::load(&mut tx).await?;
        let accounts = &self.purchases.accounts;
        let states = [LineState::Stocked, LineState::Waiting, LineState::Unknown];
        let counts = order_lines::figures::count_by_state(&mut tx, &states).await?;
        let count = |supplier, state| {
            let found = counts.iter().find(|(one, of, _)| (*one, *of) == (supplier, state));
            found.map_or(0, |(_, _, lines)| *lines)
        };
        let to_rewire: BTreeMap<_, _> = rewire::counts(&mut tx).await?.into_iter().collect();
        let mut views = Vec::with_capacity(accounts.len());
        for (name, account) in accounts {
            views.push(SupplierView {
                name: *name,
                account,
                spent_today: budget_today(&mut tx, &self.purchases, *name, now).await?.spent,
                pause: pauses.remove(name).unwrap_or_default().now(now),
                stocked: count(*name, LineState::Stocked),
                waiting: count(*name, LineState::Waiting),
                unknown: count(*name, LineState::Unknown),
                to_rewire: to_rewire.get(name).copied().unwrap_or(0),
            });
        }
        Ok(views)
    }

    /// Up to `limit` of the supplier's numbers after those digits whose address for SMS a person has to change there.
    pub async fn list_to_rewire(
        &self,
        supplier: SupplierName,
        after: &str,
        limit: u32,
    ) -> Result<Vec<NumberToRewire>, StorageError> {
        Ok(rewire::list(&mut self.database.read_for_admin().await?, supplier, after, limit).await?)
    }

    /// Whether the supplier is left alone now.
    pub async fn supplier_pause(&self, supplier: SupplierName) -> Result<Pause, StorageError> {
        let mut tx = self.database.read_for_admin().await?;
        let pause = supplier_pauses::load(&mut tx).await?.remove(&supplier);
        Ok(pause.unwrap_or_default().now(self.clock.now()))
    }

    /// Up to `limit` orders that are older than that one, the newest first.
    pub async fn list_orders(
        &self,
        filter: &OrderFilter,
        before: Option<OrderId>,
        limit: u32,
    ) -> Result<OrderPage, StorageError> {
        let mut tx = self.database.read_for_admin().await?;
        let examined = match filter.state {
            Some(_) => EXAMINED_MAX.max(limit),
            None => limit,
        };
        let reference = filter.reference.as_ref();
        // One more than the page shows, to know whether there is a next one.
        let mut found = line_counts(&mut tx, filter.supplier, reference, before, examined + 1).await?;
        let (limit, examined) = (as_usize(limit), as_usize(examined));
        let mut next = (found.len() > examined).then(|| found[examined - 1].0);
        found.truncate(examined);
        found.retain(|(_, counts)| filter.state.is_none_or(|state| state == order_state(counts)));
        if found.len() > limit {
            next = Some(found[limit - 1].0);
            found.truncate(limit);
        }
        let orders = self.order_views(&mut tx, &found).await?;
        Ok(OrderPage { orders, next })
    }

    async fn order_views(
        &self,
        tx: &mut ReadTx,
        found: &[(OrderId, LineCounts)],
    ) -> Result<Vec<OrderView>, StorageError> {
        let ids: Vec<OrderId> = found.iter().map(|(id, _)| *id).collect();
        let orders = load_all(tx, &ids).await?.into_iter().zip(found);
        Ok(orders
            .map(|(order, (_, counts))| self.order_view(order, counts))
            .collect())
    }

    fn order_view(&self, order: PurchaseOrder, counts: &LineCounts) -> OrderView {
        let account = self.purchases.accounts.get(&order.terms.supplier);
        OrderView {
            state: order_state(counts),
            stocked: counts.get(&LineState::Stocked).copied().unwrap_or(0),
            supplier: account.map(|account| account.terms),
            order,
        }
    }

    /// The order with its lines and their history.
    pub async fn find_order(&self, order: OrderId) -> Result<Option<WholeOrder>, StorageError> {
        let mut tx = self.database.read_for_admin().await?;
        let Some(order) = orders::load(&mut tx, order).await? else {
            return Ok(None);
        };
        let lines = order_lines::of_order(&mut tx, order.id).await?;
        let history = audit::of_order(&mut tx, order.id, DETAILS_MAX).await?;
        let mut counts = LineCounts::new();
        for line in &lines {
            *counts.entry(line.state).or_default() += 1;
        }
        let view = self.order_view(order, &counts);
        Ok(Some(WholeOrder { view, lines, history }))
    }

    /// The line with that id.
    pub async fn find_order_line(&self, line: LineId) -> Result<Option<OrderLine>, StorageError> {
        Ok(order_lines::load(&mut self.database.read_for_admin().await?, line).await?)
    }
}

/// How often a state occurs does not matter for the state of the order.
fn order_state(counts: &LineCounts) -> OrderState {
    let states: Vec<LineState> = counts.keys().copied().collect();
    OrderState::of(&states)
}

fn as_usize(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
