//! How SQLite finds its rows: every statement in `src/storage` is read off the source, so that none is forgotten, and
//! asked for its plan. None may walk through a table that grows with the inventory or with time.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use super::super::statements;
use super::super::store::sqlite;
use super::super::tables::{LARGE, SMALL, WALKS};

/// What each alias of a statement stands for. A name that stands for two tables is taken for the large one.
fn aliases(sql: &str) -> BTreeMap<String, String> {
    let named = Regex::new(r"(?i)(?:FROM|JOIN|UPDATE|INTO|,)\s+([a-z_]+)(?:\s+AS\s+([a-z_]+))?").unwrap();
    let mut aliases = BTreeMap::new();
    for found in named.captures_iter(sql) {
        let table = found[1].to_owned();
        let alias = found
            .get(2)
            .map_or_else(|| table.clone(), |alias| alias.as_str().to_owned());
        let kept = aliases.entry(alias).or_insert_with(|| table.clone());
        if LARGE.contains(&table.as_str()) {
            *kept = table;
        }
    }
    aliases
}

pub(super) async fn plan(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
        .fetch_all(connection)
        .await
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
    rows.iter().map(|row| row.get("detail")).collect()
}

/// The large tables that a plan walks through from end to end, be it to make an index for this once.
fn walked(plan: &[String], sql: &str) -> BTreeSet<String> {
    let aliases = aliases(sql);
    plan.iter()
        .filter_map(|step| {
            let automatic = step.contains(" AUTOMATIC ").then(|| step.strip_prefix("SEARCH "));
            step.strip_prefix("SCAN ").or(automatic.flatten())
        })
        .filter(|rest| !SMALL.iter().any(|index| rest.ends_with(&format!("INDEX {index}"))))
        .filter_map(|rest| aliases.get(rest.split(' ').next()?))
        .filter(|table| LARGE.contains(&table.as_str()))
        .cloned()
        .collect()
}

#[tokio::test]
async fn no_statement_walks_through_a_large_table() {
    let store = sqlite().await;
    let mut connection = store.raw().await;
    let mut wrong = Vec::new();
    let all = statements::all("sqlite");
    assert!(all.len() > 30, "the statements are found: {}", all.len());
    for (file, sql) in &all {
        if WALKS.iter().any(|(part, _)| sql.contains(part)) {
            continue;
        }
        let plan = plan(&mut connection, sql).await;
        let walked = walked(&plan, sql);
        if !walked.is_empty() {
            wrong.push(format!("{file} walks through {walked:?}:\n{sql}\n{plan:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn exceptions_are_still_needed() {
    let store = sqlite().await;
    let mut connection = store.raw().await;
    let all = statements::all("sqlite");
    for (part, reason) in WALKS {
        let (_, sql) = all.iter().find(|(_, sql)| sql.contains(part)).expect(part);
        let plan = plan(&mut connection, sql).await;
        assert!(!walked(&plan, sql).is_empty(), "{reason}: no longer so");
    }
}

/// What is read with each rental walks through the pools once for their names, once for their counters, and never once for
/// each of them.
#[tokio::test]
async fn the_stock_is_read_in_one_walk() {
    let store = sqlite().await;
    let mut connection = store.raw().await;
    let all = statements::all("sqlite");
    let (_, sql) = all.iter().find(|(_, sql)| sql.contains("FROM pools_version")).unwrap();
    let plan = plan(&mut connection, sql).await;
    let walks = plan.iter().filter(|step| step.contains("SCAN pools")).count();
    assert_eq!(walks, 2, "{plan:#?}");
    assert!(!plan.iter().any(|step| step.contains("CORRELATED")), "{plan:#?}");
}

/// The statements of a request, and the index that each must use.
#[tokio::test]
async fn the_hot_statements_use_their_indexes() {
    let store = sqlite().await;
    let mut connection = store.raw().await;
    let all = statements::all("sqlite");
    for (part, index) in [
        (
            "CROSS JOIN available_numbers AS s",
            "SEARCH s USING PRIMARY KEY (pool_id=? AND number>? AND number<?)",
        ),
        (
            "DELETE FROM available_numbers WHERE (pool_id",
            "SEARCH available_numbers USING PRIMARY KEY (pool_id=? AND number=?)",
        ),
        ("(SELECT max(last_id) FROM restores), 0)) + 1", "SEARCH operations"),
        (
            "AS next_id\n               FROM (SELECT max(id) AS id FROM messages",
            "SEARCH messages",
        ),
        ("FROM restores) AS i) + 1 + key", "SEARCH order_lines"),
        (
            "THEN (SELECT c.closed_at",
            "SEARCH o USING INDEX operations_open (number=?)",
        ),
        (
            "THEN (SELECT c.closed_at",
            "SEARCH c USING INDEX operations_closed (number=?)",
        ),
        (
            "o.sms_count = 0 AND o.opened_at <= $1",
            "USING INDEX operations_waiting (opened_at<?)",
        ),
        ("min(opened_at) AS oldest FROM", "operations_waiting"),
        ("INDEXED BY operations_open_by_id", "operations_open_by_id (id<?)"),
        (
            "min(s.number) FROM available_numbers AS s",
            "SEARCH s USING PRIMARY KEY (pool_id=? AND number>? AND number<?)",
        ),
        (
            "min(s.number) FROM numbers AS s",
            "SEARCH s USING COVERING INDEX numbers_by_pool (pool_id=? AND number>? AND number<?)",
        ),
        (
            "WHERE l.id > (SELECT folded_to",
            "SEARCH l USING INTEGER PRIMARY KEY (rowid>?)",
        ),
        (
            "UPDATE operations SET closed_at",
            "SEARCH operations USING INTEGER PRIMARY KEY",
        ),
        (
            "UPDATE operations SET sms_count",
            "SEARCH operations USING INTEGER PRIMARY KEY",
        ),
        ("THEN (SELECT c.closed_at", "SEARCH n USING PRIMARY KEY (number=?)"),
        (
            "messages AS s",
            "SEARCH s USING COVERING INDEX messages_once (gateway_id=? AND external_id=? AND fingerprint=?)",
        ),
        (
            "messages AS s",
            "SEARCH m EXISTS USING COVERING INDEX messages_once (gateway_id=? AND external_id=?)",
        ),
        (
            "m.external_id IS NULL AND m.fingerprint",
            "USING INDEX messages_without_id (fingerprint=? AND received_at>? AND received_at<?)",
        ),
        (
            "m.withheld = 1 AND m.id <",
            "SEARCH m USING INDEX messages_withheld (id<?)",
        ),
        (
            "OR m.withheld = 1) AND m.id <",
            "SEARCH m USING INDEX messages_without_delivery (id<?)",
        ),
        (
            "m.unassigned_reason = $6 AND m.id <",
            "SEARCH m USING INDEX messages_by_reason (unassigned_reason=? AND ",
        ),
        (
            "d.operation_id = m.operation_id AND d.due_at",
            "INDEX deliveries_head (operation_id=?)",
        ),
        (
            "AND l.line = k.value",
            "USING COVERING INDEX slots_once (gateway_id=? AND line=?)",
        ),
        (
            "l.slots IS NOT DISTINCT FROM k.value",
            "USING INDEX concatenated_messages_by_parts (gateway_id=? AND number=? AND sender=? AND reference=? AND total=?)",
        ),
        (
            "part_ids AS s",
            "SEARCH s USING PRIMARY KEY (gateway_id=? AND external_id=? AND sequence=? AND fingerprint=?)",
        ),
        (
            "part_ids AS s",
            "SEARCH i EXISTS USING PRIMARY KEY (gateway_id=? AND external_id=? AND sequence=?)",
        ),
        (
            "max(id), 0) + 1 AS next_id FROM concatenated_messages",
            "SEARCH concatenated_messages",
        ),
        (
            "SELECT id FROM concatenated_messages WHERE closed_at",
            "INDEX concatenated_messages_closed (closed_at>?)",
        ),
        (
            "max(started_at) FROM concatenated_messages",
            "INDEX concatenated_messages_waiting",
        ),
        (
            "max(closed_at) FROM concatenated_messages",
            "INDEX concatenated_messages_closed",
        ),
        ("DELETE FROM part_ids", "part_ids_by_age (received_at<?)"),
        ("WHERE due_at <= $1 AND message_id NOT IN", "deliveries_due (due_at<?)"),
        ("WHERE due_at > $1", "deliveries_due (due_at>?)"),
        ("AND behind_until > $2", "deliveries_behind (behind_until>?)"),
        ("max(behind_until) FROM deliveries", "deliveries_behind"),
        (
            "ORDER BY d.behind_until, d.message_id LIMIT 1",
            "SEARCH d USING COVERING INDEX deliveries_in_line (operation_id=?)",
        ),
        (
            "CASE WHEN behind_until > 0 AND leased_until IS NULL",
            "USING INDEX deliveries_head (operation_id=?)",
        ),
        (
            "deliveries.message_id = r.message_id",
            "SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)",
        ),
        ("min(due_at) FROM deliveries", "deliveries_due"),
        (
            "AND leased_until IS NOT NULL",
            "SEARCH deliveries USING INDEX deliveries_due",
        ),
        (
            "min(message_id) FROM deliveries",
            "SEARCH deliveries USING COVERING INDEX deliveries_by_state (state=?)",
        ),
        (
            "INDEXED BY operations_waiting",
            "SCAN operations USING INDEX operations_waiting",
        ),
        ("n.pool_id = pools.id", "INDEX numbers_by_pool (pool_id=?)"),
        ("n.pool_id = p.id) AS numbers", "INDEX numbers_by_pool (pool_id=?)"),
        ("min(banned_until) AS next FROM", "numbers_banned"),
        (
            "n.banned_until <= $1 ORDER BY",
            "SEARCH n USING INDEX numbers_banned (banned_until<?)",
        ),
        ("max(rests_until) FROM numbers", "numbers_resting"),
        (
            "n.rests_until <= $1 ORDER BY",
            "SEARCH n USING INDEX numbers_resting (rests_until<?)",
        ),
        ("WHERE rests_until > $2 LIMIT", "numbers_resting (rests_until>?)"),
        (
            "AS p CROSS JOIN available_numbers AS s",
            "SEARCH s USING PRIMARY KEY (pool_id=?)",
        ),
        (
            "UPDATE numbers SET enabled",
            "SEARCH numbers USING PRIMARY KEY (number=?)",
        ),
        (
            "m.received_at < $1 AND m.id <",
            "SEARCH m USING INDEX messages_by_age (received_at<?)",
        ),
    ] {
        let (_, sql) = all.iter().find(|(_, sql)| sql.contains(part)).expect(part);
        let plan = plan(&mut connection, sql).await;
        assert!(
            plan.iter().any(|step| step.contains(index)),
            "{index}: {sql}\n{plan:#?}"
        );
    }
}
