//! `leaseline supplier`: buys numbers from wholesalers, watches orders and gives numbers back. Calls the admin API of the
//! running server, which does the work.

mod buy;
mod changes;
mod follow;
mod lists;
mod order;

use clap::{Args, Subcommand};
use serde_json::Value;
use strum::IntoEnumIterator as _;

use super::admin_client::AdminClient;
use super::{CommandError, ConfigArguments, print};
use crate::domain::purchase::SupplierName;

/// What to do with suppliers.
#[derive(Debug, Args)]
pub struct SupplierArguments {
    #[command(subcommand)]
    action: SupplierAction,
}

#[derive(Debug, Subcommand)]
enum SupplierAction {
    /// List the suppliers that are on, with what was spent today
    List(Common),
    /// List numbers that a supplier has for sale
    Available(lists::AvailableArguments),
    /// Buy numbers: shows what would be bought, and asks
    Buy(Box<buy::BuyArguments>),
    /// List the orders, or show one with its lines and their history
    Orders(lists::OrdersArguments),
    /// Cancel what an order has not bought yet
    Cancel(changes::CancelArguments),
    /// Give a number back to its supplier
    GiveBack(changes::GiveBackArguments),
    /// List the numbers that a supplier has for us
    Owned(lists::OwnedArguments),
    /// Take over numbers that are ours at a supplier and were not bought here
    Adopt(changes::AdoptArguments),
    /// List numbers that cost more than they earned
    Idle(lists::IdleArguments),
    /// Set what bought numbers earned against what they cost
    Margin(lists::MarginArguments),
}

/// What every command has.
#[derive(Debug, Args)]
struct Common {
    /// Print the answer of the admin API, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArguments,
}

impl Common {
    fn client(&self) -> Result<AdminClient, CommandError> {
        AdminClient::new(&self.config.load_offline()?)
    }

    /// Prints an answer: as it is, or the text that was made of it.
    fn show(&self, answer: &Value, text: impl FnOnce(&Value) -> String) -> Result<(), CommandError> {
        match self.json {
            true => print(&format!("{answer:#}\n")),
            false => print(&text(answer)),
        }
    }
}

/// Runs the subcommand.
///
/// # Errors
/// The server is not reached, or it refuses.
pub async fn run(arguments: SupplierArguments) -> Result<(), CommandError> {
    match arguments.action {
        SupplierAction::List(common) => lists::suppliers(&common).await,
        SupplierAction::Available(available) => lists::available(&available).await,
        SupplierAction::Buy(buy) => buy::run(&buy).await,
        SupplierAction::Orders(orders) => lists::orders(&orders).await,
        SupplierAction::Cancel(cancel) => changes::cancel(&cancel).await,
        SupplierAction::GiveBack(give_back) => changes::give_back(&give_back).await,
        SupplierAction::Owned(owned) => lists::owned(&owned).await,
        SupplierAction::Adopt(adopt) => changes::adopt(&adopt).await,
        SupplierAction::Idle(idle) => lists::idle(&idle).await,
        SupplierAction::Margin(margin) => lists::margin(&margin).await,
    }
}

fn supplier(text: &str) -> Result<SupplierName, String> {
    text.parse().map_err(|_| {
        let names: Vec<&str> = SupplierName::iter().map(Into::into).collect();
        format!("must be one of {}", names.join(", "))
    })
}
