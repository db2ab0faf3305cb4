//! Waits for an order.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::lists::cell;
use super::{Common, order};
use crate::cli::admin_client::{AdminClient, Query};
use crate::cli::{CommandError, print};

/// How often the order is read.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Waits until the order is no longer open, and prints each change of a line. Fails unless all numbers are stocked.
pub(super) async fn follow(
    client: &AdminClient,
    placed: Value,
    at_most: Duration,
    common: &Common,
) -> Result<(), CommandError> {
    let id = cell(&placed["id"]);
    if !common.json {
        common.show(&placed, order::with_lines)?;
    }
    let Ok(ended) = timeout(at_most, until_closed(client, placed, common.json)).await else {
        return Err(CommandError::failed(format!(
            "order {id} is still open: leaseline supplier orders {id} shows it"
        )));
    };
    let ended = ended?;
    if common.json {
        common.show(&ended, order::with_lines)?;
    }
    let (state, stocked, wanted) = (&ended["state"], &ended["stocked"], &ended["wanted"]);
    match state == "done" && stocked == wanted {
        true => Ok(()),
        false => Err(CommandError::failed(format!(
            "order {id} is {}: {stocked} of {wanted} numbers are stocked",
            cell(state)
        ))),
    }
}

async fn until_closed(client: &AdminClient, mut order: Value, is_quiet: bool) -> Result<Value, CommandError> {
    let path = format!("/v1/orders/{}", cell(&order["id"]));
    let mut before = line_texts(&order);
    while order["state"] == "open" {
        sleep(POLL_INTERVAL).await;
        order = client.get(&path, &Query::new()).await?;
        let now = line_texts(&order);
        let changed = now.iter().filter(|(id, text)| before.get(*id) != Some(*text));
        if !is_quiet {
            print(&changed.map(|(_, text)| text.as_str()).collect::<String>())?;
        }
        before = now;
    }
    Ok(order)
}

/// Each line by its id, as it is printed.
fn line_texts(order: &Value) -> BTreeMap<i64, String> {
    let text = |line: &Value| {
        let detail = |name: &str| line[name].as_str().map(|text| format!(", {text}"));
        let details = ["number", "deviation", "reason"].map(|name| detail(name).unwrap_or_default());
        format!(
            "line {}: {}{}\n",
            cell(&line["id"]),
            cell(&line["state"]),
            details.concat()
        )
    };
    let lines = order::list(order, "lines").iter();
    lines
        .filter_map(|line| Some((line["id"].as_i64()?, text(line))))
        .collect()
}
