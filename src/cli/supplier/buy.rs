//! `leaseline supplier buy`: shows what would be bought, asks, and orders it.

use std::io::{self, Write as _};
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value};

use super::follow::follow;
use super::{Common, order, supplier};
use crate::cli::CommandError;
use crate::cli::admin_client::{AdminClient, AdminClientError};
use crate::clock::Random;
use crate::domain::purchase::SupplierName;

/// The characters of a random reference.
const REFERENCE_CHARACTERS: usize = 12;

/// The arguments of `supplier buy`. Those of the order have the names of the fields of `POST /v1/orders`, which checks them.
#[derive(Debug, Args)]
pub(super) struct BuyArguments {
    /// The supplier
    #[arg(value_name = "SUPPLIER", value_parser = supplier)]
    supplier: SupplierName,
    #[command(flatten)]
    order: OrderFields,
    /// Buy without asking
    #[arg(long)]
    yes: bool,
    /// Only show what would be bought
    #[arg(long, conflicts_with_all = ["yes", "wait"])]
    dry_run: bool,
    /// Wait until the order is done, and print each change
    #[arg(long)]
    wait: bool,
    /// How long to wait, such as 10m
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration, requires = "wait")]
    timeout: Duration,
    #[command(flatten)]
    common: Common,
}

/// What is ordered.
#[derive(Debug, Args)]
struct OrderFields {
    /// Your name for the order: the same order under the same name is placed once; a random one if not given
    #[arg(long)]
    reference: Option<String>,
    /// The country of the numbers
    #[arg(long)]
    country: Option<String>,
    /// How they begin, with the calling code
    #[arg(long, value_name = "DIGITS")]
    prefix: Option<String>,
    /// How many
    #[arg(long)]
    quantity: Option<u32>,
    /// The most that each may cost a month
    #[arg(long, value_name = "AMOUNT")]
    max_monthly: Option<String>,
    /// The most that each may cost once; 0 if not given
    #[arg(long, value_name = "AMOUNT")]
    max_setup: Option<String>,
    /// The supplier may buy them from another provider (carrierx)
    #[arg(long)]
    external: bool,
    /// The operator under which they are rented out
    #[arg(long)]
    operator: Option<String>,
    /// Rent each out only after an SMS arrived at it
    #[arg(long)]
    prove: bool,
    /// These numbers, separated by commas
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    numbers: Vec<String>,
    /// This number (multitel-v3)
    #[arg(long)]
    number: Option<String>,
    /// The id of its price (multitel-v3)
    #[arg(long, value_name = "ID")]
    price_uuid: Option<String>,
    /// What it costs a month (multitel-v3)
    #[arg(long, value_name = "AMOUNT")]
    expected_monthly: Option<String>,
    /// What it costs once (multitel-v3)
    #[arg(long, value_name = "AMOUNT")]
    expected_setup: Option<String>,
    /// An option of the supplier; may be repeated (multitel-v3, multitel)
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    options: Vec<(String, String)>,
    /// Any numbers (carrierx)
    #[arg(long)]
    random: bool,
    /// Numbers that meet a condition, such as state=NY; may be repeated (carrierx)
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair)]
    filter: Vec<(String, String)>,
    /// Their area code (cm)
    #[arg(long)]
    area_code: Option<String>,
    /// Their city (cm)
    #[arg(long)]
    city: Option<String>,
    /// Their region (cm)
    #[arg(long)]
    region: Option<String>,
    /// The numbers of a range (cm)
    #[arg(long)]
    range_size: Option<u32>,
    /// The type of number (cm)
    #[arg(long = "type", value_name = "TYPE")]
    number_type: Option<String>,
    /// What the supplier's staff reads (cm)
    #[arg(long)]
    comment: Option<String>,
}

impl OrderFields {
    /// The request, with those fields that were given.
    fn request(&self, supplier: SupplierName, reference: String) -> Map<String, Value> {
        let text = |value: &Option<String>| value.clone().map(Value::from);
        let flag = |is_set: bool| is_set.then_some(Value::Bool(true));
        let pairs = |pairs: &[(String, String)]| {
            let members = pairs.iter().cloned().map(|(name, value)| (name, Value::from(value)));
            (!pairs.is_empty()).then(|| Value::Object(members.collect()))
        };
        let fields = [
            ("supplier", Some(Value::from(supplier.to_string()))),
            ("reference", Some(Value::from(reference))),
            ("country", text(&self.country)),
            ("prefix", text(&self.prefix)),
            ("quantity", self.quantity.map(Value::from)),
            ("max_monthly", text(&self.max_monthly)),
            ("max_setup", text(&self.max_setup)),
            ("external", flag(self.external)),
            ("operator", text(&self.operator)),
            ("prove", flag(self.prove)),
            (
                "numbers",
                (!self.numbers.is_empty()).then(|| Value::from(self.numbers.clone())),
            ),
            ("number", text(&self.number)),
            ("price_uuid", text(&self.price_uuid)),
            ("expected_monthly", text(&self.expected_monthly)),
            ("expected_setup", text(&self.expected_setup)),
            ("options", pairs(&self.options)),
            ("random", flag(self.random)),
            ("filter", pairs(&self.filter)),
            ("area_code", text(&self.area_code)),
            ("city", text(&self.city)),
            ("region", text(&self.region)),
            ("range_size", self.range_size.map(Value::from)),
            ("type", text(&self.number_type)),
            ("comment", text(&self.comment)),
        ];
        let given = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        given.collect()
    }
}

/// Orders, unless it is forbidden or the answer is no.
pub(super) async fn run(buy: &BuyArguments) -> Result<(), CommandError> {
    let client = buy.common.client()?;
    let random = || format!("cli-{}", &Random::system().token()[..REFERENCE_CHARACTERS]);
    let reference = buy.order.reference.clone().unwrap_or_else(random);
    let request = buy.order.request(buy.supplier, reference.clone());
    if !buy.yes {
        let is_confirmed = preview(&client, &request, buy).await?;
        if buy.dry_run {
            return Ok(());
        }
        if !is_confirmed {
            return Err(CommandError::failed("nothing was ordered"));
        }
    }
    let placed = client.post("/v1/orders", &Value::Object(request)).await;
    let placed = placed.map_err(|error| match error {
        AdminClientError::NoAnswer(_) => CommandError::failed(format!(
            "{error}; it may have been ordered: repeat the command with --reference {reference}, which orders it once only"
        )),
        AdminClientError::Refused(_) => error.into(),
    })?;
    match buy.wait {
        true => follow(&client, placed, buy.timeout, &buy.common).await,
        false => buy.common.show(&placed, order::with_lines),
    }
}

/// Shows what would be bought; whether it is to be bought.
async fn preview(client: &AdminClient, request: &Map<String, Value>, buy: &BuyArguments) -> Result<bool, CommandError> {
    let mut dry = request.clone();
    dry.insert("dry_run".to_owned(), Value::Bool(true));
    let preview = client.post("/v1/orders", &Value::Object(dry)).await?;
    if buy.dry_run {
        buy.common.show(&preview, order::preview)?;
    } else {
        eprint!("{}", order::preview(&preview));
    }
    if let Some(forbidden) = preview["forbidden"].as_str() {
        return Err(CommandError::failed(forbidden));
    }
    Ok(!buy.dry_run && is_confirmed())
}

/// Asks. What cannot be read is a no.
fn is_confirmed() -> bool {
    eprint!("Buy? [y/N] ");
    let _shown = io::stderr().flush();
    let mut line = String::new();
    io::stdin().read_line(&mut line).is_ok() && matches!(line.trim(), "y" | "Y" | "yes")
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = pair.ok_or("must be a name, = and a value")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| "must be a duration such as 10m".to_owned())
}
