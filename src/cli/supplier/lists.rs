//! The lists: `list`, `available`, `orders`, `owned`, `idle` and `margin`.

use clap::Args;
use serde_json::{Value, json};

use super::{Common, order, supplier};
use crate::cli::CommandError;
use crate::cli::admin_client::{Query, items};
use crate::cli::table::aligned;
use crate::domain::purchase::SupplierName;

/// A column: its title, and the member of an item that it shows.
pub(super) type TableColumn = (&'static str, &'static str);

/// The arguments of `supplier available`.
#[derive(Debug, Args)]
pub(super) struct AvailableArguments {
    /// The supplier
    #[arg(value_name = "SUPPLIER", value_parser = supplier)]
    supplier: SupplierName,
    /// Their country, as Onlinesim or ISO 3166 calls it
    #[arg(long)]
    country: String,
    /// How they begin, with the calling code
    #[arg(long, value_name = "DIGITS")]
    prefix: Option<String>,
    /// Digits that occur in them
    #[arg(long, value_name = "DIGITS")]
    contains: Option<String>,
    /// Also numbers that the supplier would buy from another provider
    #[arg(long)]
    external: bool,
    /// How many at most
    #[arg(long)]
    limit: Option<u32>,
    #[command(flatten)]
    common: Common,
}

/// The arguments of `supplier orders`.
#[derive(Debug, Args)]
pub(super) struct OrdersArguments {
    /// Show this one, with its lines and their history
    #[arg(value_name = "ORDER", conflicts_with_all = ["state", "of", "reference"])]
    order: Option<i64>,
    /// Those in this state: open, done, partial, failed or cancelled
    #[arg(long)]
    state: Option<String>,
    /// Those at this supplier
    #[arg(long = "supplier", id = "of", value_name = "SUPPLIER", value_parser = supplier)]
    supplier: Option<SupplierName>,
    /// The one with this reference
    #[arg(long)]
    reference: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// The arguments of `supplier owned`.
#[derive(Debug, Args)]
pub(super) struct OwnedArguments {
    /// The supplier
    #[arg(value_name = "SUPPLIER", value_parser = supplier)]
    supplier: SupplierName,
    #[command(flatten)]
    common: Common,
}

/// The arguments of `supplier idle`.
#[derive(Debug, Args)]
pub(super) struct IdleArguments {
    /// Over how many days income and costs are compared; 30 if not given
    #[arg(long)]
    days: Option<u32>,
    #[command(flatten)]
    common: Common,
}

/// The arguments of `supplier margin`.
#[derive(Debug, Args)]
pub(super) struct MarginArguments {
    /// A line for each: number, supplier or month
    #[arg(long, default_value = "supplier")]
    by: String,
    /// From this day on, UTC, such as 2026-11-01
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Up to this day
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(super) async fn suppliers(common: &Common) -> Result<(), CommandError> {
    let columns = [
        ("NAME", "name"),
        ("STOCKED", "stocked"),
        ("WAITING", "waiting"),
        ("UNKNOWN", "unknown"),
        ("TO REWIRE", "to_rewire"),
        ("SPENT TODAY", "spent_today"),
        ("BUDGET", "budget_per_day"),
        ("CURRENCY", "currency"),
        ("PAUSED UNTIL", "paused_until"),
        ("REASON", "reason"),
        ("CAN", "can"),
    ];
    let answer = common.client()?.get("/v1/suppliers", &Query::new()).await?;
    let text = |answer: &Value| {
        let mut suppliers = items(&mut answer.clone());
        for supplier in &mut suppliers {
            if supplier["paused_until"].is_null() && supplier["reason"].is_string() {
                supplier["paused_until"] = "resumed".into();
            }
        }
        item_table(&suppliers, &columns)
    };
    common.show(&answer, text)
}

pub(super) async fn available(search: &AvailableArguments) -> Result<(), CommandError> {
    let columns = [
        ("NUMBER", "number"),
        ("COUNTRY", "country"),
        ("AREA", "area"),
        ("SMS", "sms"),
        ("SETUP", "setup"),
        ("MONTHLY", "monthly"),
        ("CURRENCY", "currency"),
        ("SOURCE", "source"),
    ];
    let query = given([
        ("country", Some(search.country.clone())),
        ("prefix", search.prefix.clone()),
        ("contains", search.contains.clone()),
        ("external", search.external.then(|| "true".to_owned())),
        ("limit", search.limit.map(|limit| limit.to_string())),
    ]);
    let path = format!("/v1/suppliers/{}/available", search.supplier);
    let answer = search.common.client()?.get(&path, &query).await?;
    search.common.show(&answer, |answer| list_text(answer, &columns))
}

pub(super) async fn orders(orders: &OrdersArguments) -> Result<(), CommandError> {
    if let Some(id) = orders.order {
        let answer = orders
            .common
            .client()?
            .get(&format!("/v1/orders/{id}"), &Query::new())
            .await?;
        return orders.common.show(&answer, order::with_history);
    }
    let columns = [
        ("ORDER", "id"),
        ("REFERENCE", "reference"),
        ("SUPPLIER", "supplier"),
        ("STATE", "state"),
        ("WANTED", "wanted"),
        ("STOCKED", "stocked"),
        ("HIGHEST COST", "highest_cost"),
        ("CURRENCY", "currency"),
        ("CREATED", "created_at"),
    ];
    let query = given([
        ("state", orders.state.clone()),
        ("supplier", orders.supplier.map(|supplier| supplier.to_string())),
        ("reference", orders.reference.clone()),
    ]);
    show_all(&orders.common, "/v1/orders", &query, &columns).await
}

pub(super) async fn owned(owned: &OwnedArguments) -> Result<(), CommandError> {
    let columns = [("NUMBER", "number"), ("AT SUPPLIER", "at_supplier"), ("HERE", "here")];
    let path = format!("/v1/suppliers/{}/owned", owned.supplier);
    show_all(&owned.common, &path, &Query::new(), &columns).await
}

pub(super) async fn idle(idle: &IdleArguments) -> Result<(), CommandError> {
    let columns = [
        ("NUMBER", "number"),
        ("SUPPLIER", "supplier"),
        ("OWNED SINCE", "owned_since"),
        ("INCOME", "income"),
        ("COSTS", "costs"),
        ("MARGIN", "margin"),
    ];
    let query = given([("days", idle.days.map(|days| days.to_string()))]);
    show_all(&idle.common, "/v1/idle", &query, &columns).await
}

pub(super) async fn margin(margin: &MarginArguments) -> Result<(), CommandError> {
    let columns = [
        ("KEY", "key"),
        ("INCOME", "income"),
        ("COSTS", "costs"),
        ("MARGIN", "margin"),
    ];
    let query = given([
        ("by", Some(margin.by.clone())),
        ("from", margin.from.clone()),
        ("to", margin.to.clone()),
    ]);
    show_all(&margin.common, "/v1/margin", &query, &columns).await
}

/// A list of several pages, as one.
async fn show_all(common: &Common, path: &str, query: &Query<'_>, columns: &[TableColumn]) -> Result<(), CommandError> {
    let all = common.client()?.list(path, query).await?;
    common.show(&json!({ "items": all }), |answer| list_text(answer, columns))
}

fn given<const N: usize>(parameters: [(&'static str, Option<String>); N]) -> Query<'static> {
    let given = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
    given.collect()
}

fn list_text(answer: &Value, columns: &[TableColumn]) -> String {
    item_table(&items(&mut answer.clone()), columns)
}

/// A table of JSON objects.
pub(super) fn item_table(items: &[Value], columns: &[TableColumn]) -> String {
    let titles = columns.iter().map(|(title, _)| (*title).to_owned()).collect();
    let row = |item: &Value| columns.iter().map(|(_, member)| cell(&item[*member])).collect();
    let rows: Vec<Vec<String>> = std::iter::once(titles).chain(items.iter().map(row)).collect();
    aligned(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// A value for people. An amount in a currency is `3.60 USD`.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "-".to_owned(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(cost) if cost.contains_key("amount") => {
            format!("{} {}", cell(&value["amount"]), cell(&value["currency"]))
        }
        other => other.to_string(),
    }
}
