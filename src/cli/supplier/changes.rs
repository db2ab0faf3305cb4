//! `cancel`, `give-back` and `adopt`.

use clap::Args;
use serde_json::{Value, json};

use super::lists::cell;
use super::{Common, order, supplier};
use crate::cli::CommandError;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::SupplierName;

/// The arguments of `supplier cancel`.
#[derive(Debug, Args)]
pub(super) struct CancelArguments {
    /// Its id
    #[arg(value_name = "ORDER")]
    order: i64,
    /// Why, for the history
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    common: Common,
}

/// The arguments of `supplier give-back`.
#[derive(Debug, Args)]
pub(super) struct GiveBackArguments {
    /// The number
    #[arg(value_name = "NUMBER")]
    number: PhoneNumber,
    /// Why, for the history
    #[arg(long)]
    reason: String,
    /// If it is rented: take it off sale now, and give it back when its rental ends
    #[arg(long)]
    when_free: bool,
    #[command(flatten)]
    common: Common,
}

/// The arguments of `supplier adopt`.
#[derive(Debug, Args)]
pub(super) struct AdoptArguments {
    /// The supplier
    #[arg(value_name = "SUPPLIER", value_parser = supplier)]
    supplier: SupplierName,
    /// The numbers
    #[arg(value_name = "NUMBER", required = true)]
    numbers: Vec<PhoneNumber>,
    #[command(flatten)]
    common: Common,
}

pub(super) async fn cancel(cancel: &CancelArguments) -> Result<(), CommandError> {
    let path = format!("/v1/orders/{}/cancel", cancel.order);
    let body = json!({ "reason": cancel.reason });
    let answer = cancel.common.client()?.post(&path, &body).await?;
    cancel.common.show(&answer, order::with_lines)
}

pub(super) async fn give_back(give_back: &GiveBackArguments) -> Result<(), CommandError> {
    let path = format!("/v1/numbers/{}/give-back", give_back.number.digits());
    let body = json!({ "reason": give_back.reason, "when_free": give_back.when_free });
    let answer = give_back.common.client()?.post(&path, &body).await?;
    let text = |answer: &Value| format!("{}: {}\n", cell(&answer["number"]), cell(&answer["state"]));
    give_back.common.show(&answer, text)
}

pub(super) async fn adopt(adopt: &AdoptArguments) -> Result<(), CommandError> {
    let path = format!("/v1/suppliers/{}/adopt", adopt.supplier);
    let numbers: Vec<String> = adopt.numbers.iter().map(|number| number.digits()).collect();
    let answer = adopt
        .common
        .client()?
        .post(&path, &json!({ "numbers": numbers }))
        .await?;
    adopt.common.show(&answer, order::with_lines)
}
