//! An order, as text.

use std::collections::BTreeMap;

use serde_json::Value;

use super::lists::{TableColumn, cell, item_table};

const LINE_COLUMNS: [TableColumn; 7] = [
    ("LINE", "id"),
    ("NUMBER", "number"),
    ("STATE", "state"),
    ("ATTEMPTS", "attempts"),
    ("CODE", "code"),
    ("DEVIATION", "deviation"),
    ("REASON", "reason"),
];

const HISTORY_COLUMNS: [TableColumn; 4] = [
    ("AT", "at"),
    ("LINE", "line"),
    ("ACTION", "action"),
    ("DETAIL", "detail"),
];

/// The order and its lines.
pub(super) fn with_lines(order: &Value) -> String {
    let member = |name: &str| cell(&order[name]);
    let summary = format!(
        "order {} ({}) from {}: {}, {} of {} numbers stocked, at most {}\n",
        member("id"),
        member("reference"),
        member("supplier"),
        member("state"),
        member("stocked"),
        member("wanted"),
        cost(order)
    );
    summary + &item_table(list(order, "lines"), &LINE_COLUMNS)
}

/// The same, and what happened to it.
pub(super) fn with_history(order: &Value) -> String {
    let history = item_table(list(order, "history"), &HISTORY_COLUMNS);
    format!("{}\n{history}", with_lines(order))
}

/// What a dry run would order.
pub(super) fn preview(order: &Value) -> String {
    let numbers: Vec<&str> = list(order, "lines")
        .iter()
        .filter_map(|line| line["number"].as_str())
        .collect();
    let numbers = match numbers.as_slice() {
        [] => String::new(),
        numbers => format!(": {}", numbers.join(", ")),
    };
    let (wanted, supplier) = (cell(&order["wanted"]), cell(&order["supplier"]));
    let summary = format!(
        "{wanted} numbers from {supplier}{numbers}, for {} at most on the day of purchase\n",
        cost(order)
    );
    let mut waiting: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in list(order, "lines").iter().filter_map(|line| line["reason"].as_str()) {
        *waiting.entry(reason).or_default() += 1;
    }
    let waiting = waiting
        .iter()
        .map(|(reason, lines)| format!("{lines} of them wait now: {reason}\n"));
    summary + &waiting.collect::<String>()
}

fn cost(order: &Value) -> String {
    format!("{} {}", cell(&order["highest_cost"]), cell(&order["currency"]))
}

pub(super) fn list<'a>(order: &'a Value, member: &str) -> &'a [Value] {
    order[member].as_array().map_or(&[], Vec::as_slice)
}
