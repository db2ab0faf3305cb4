//! Orders at wholesalers. Their lines: [`super::order_lines`].

pub mod list;
mod terms;

use super::driver::Row;
use super::error::Error;
use super::{ReadTx, WriteTx, as_text, json};
use crate::domain::purchase::OrderId;
use crate::domain::purchase::order::{OrderReference, OrderTerms, PurchaseOrder};
use crate::domain::purchase::price::NumberPrice;
use crate::domain::time::Timestamp;
use crate::domain::wire_name::OperatorName;

/// Stores an order without its lines. Fails when its reference is taken.
pub async fn insert(tx: &mut WriteTx, terms: &OrderTerms, now: Timestamp) -> Result<OrderId, Error> {
    let sql = "INSERT INTO orders (supplier, reference, numbers, options, country, operator, setup_max, monthly_max,
                                   prove, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id";
    let arguments = [
        as_text(terms.supplier).into(),
        terms.reference.as_ref().map(OrderReference::as_str).into(),
        terms::to_json(&terms.numbers).into(),
        json(&terms.options).into(),
        terms.country.as_ref().map(|country| country.as_str()).into(),
        terms.operator.as_str().into(),
        terms.highest.setup.as_i64().into(),
        terms.highest.monthly.as_i64().into(),
        terms.prove.into(),
        now.as_ms().into(),
    ];
    tx.fetch_one("orders", sql, arguments).await?.get("id")
}

/// The order with that id.
pub async fn load(tx: &mut ReadTx, order: OrderId) -> Result<Option<PurchaseOrder>, Error> {
    let sql = "SELECT * FROM orders WHERE id = $1";
    let row = tx.fetch_first("orders", sql, [order.0.into()]).await?;
    row.as_ref().map(read_order).transpose()
}

/// The order with that reference.
pub async fn by_reference(tx: &mut ReadTx, reference: &OrderReference) -> Result<Option<PurchaseOrder>, Error> {
    let sql = "SELECT * FROM orders WHERE reference = $1";
    let row = tx.fetch_first("orders", sql, [reference.as_str().into()]).await?;
    row.as_ref().map(read_order).transpose()
}

fn read_order(row: &Row) -> Result<PurchaseOrder, Error> {
    let reference: Option<String> = row.get("reference")?;
    let reference = reference.map(|text| OrderReference::parse(&text));
    let operator: OperatorName = row.get("operator")?;
    Ok(PurchaseOrder {
        id: row.get("id")?,
        terms: OrderTerms {
            supplier: row.get("supplier")?,
            reference: reference.transpose().map_err(|_| row.corrupt("reference"))?,
            numbers: terms::parse(row.text("numbers")?).ok_or(row.corrupt("numbers"))?,
            country: row.get("country")?,
            operator,
            highest: NumberPrice {
                setup: row.get("setup_max")?,
                monthly: row.get("monthly_max")?,
            },
            prove: row.get("prove")?,
            options: row.json("options")?,
        },
        created_at: row.get("created_at")?,
    })
}
