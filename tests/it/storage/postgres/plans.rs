//! How PostgreSQL finds its rows: every statement in `src/storage` is read off the source, so that none is forgotten, and
//! asked for its plan. None may walk through a table that grows with the inventory or with time.

use std::collections::BTreeSet;

use regex::Regex;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::super::statements;
use super::super::store::open_postgres;
use super::super::tables::{LARGE, SMALL, WALKS};

/// The plan of a statement for any arguments, where no table is so small that walking through it would be the best way.
async fn plan(client: &Client, sql: &str) -> Result<Vec<String>, String> {
    let refused = |error: tokio_postgres::Error| match error.as_db_error() {
        Some(refused) => format!("{refused}"),
        None => error.to_string(),
    };
    let parameters = client.prepare(sql).await.map_err(refused)?.params().len();
    let arguments = vec!["NULL"; parameters].join(", ");
    let arguments = if parameters == 0 {
        String::new()
    } else {
        format!("({arguments})")
    };
    let explain = format!("PREPARE one AS {sql}; EXPLAIN (COSTS OFF) EXECUTE one{arguments}; DEALLOCATE one");
    let lines = client.simple_query(&explain).await.map_err(refused)?;
    let line = |message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    Ok(lines.into_iter().filter_map(line).collect())
}

/// The large tables that a plan walks through from end to end, be it along an index.
fn walked(plan: &[String]) -> BTreeSet<String> {
    let scan = Regex::new(r"(?:Seq Scan|(Index) (?:Only )?Scan(?: Backward)? using (\w+)) on (\w+)").unwrap();
    let mut walked = BTreeSet::new();
    for (at, line) in plan.iter().enumerate() {
        let Some(found) = scan.captures(line) else { continue };
        let has_condition = plan.get(at + 1).is_some_and(|next| next.contains("Index Cond:"));
        // The first row of an index, or the last one.
        let is_filtered = plan.get(at + 1).is_some_and(|next| next.contains("Filter:"));
        let is_end = at > 0 && plan[at - 1].ends_with("->  Limit") && !is_filtered;
        let is_small = found.get(2).is_some_and(|index| SMALL.contains(&index.as_str()));
        let table = &found[3];
        if LARGE.contains(&table) && !is_small && !(found.get(1).is_some() && (has_condition || is_end)) {
            walked.insert(table.to_owned());
        }
    }
    walked
}

async fn client() -> Option<Client> {
    let client = open_postgres().await?.client().await;
    // Only loops, as in SQLite: of empty tables, any other join is the best way.
    let settings = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
                    SET enable_material = off; SET plan_cache_mode = force_generic_plan";
    client.batch_execute(settings).await.unwrap();
    Some(client)
}

#[tokio::test]
async fn every_statement_is_understood_and_walks_through_no_large_table() {
    let Some(client) = client().await else { return };
    let all = statements::all("postgres");
    assert!(all.len() > 100, "the statements are found: {}", all.len());
    let mut wrong = Vec::new();
    for (file, sql) in all.iter().filter(|(_, sql)| !is_of_sqlite(sql)) {
        match plan(&client, sql).await {
            Err(refused) => wrong.push(format!("{file}: {refused}:\n{sql}")),
            Ok(plan) => {
                let walked = walked(&plan);
                if !walked.is_empty() && !WALKS.iter().any(|(part, _)| sql.contains(part)) {
                    wrong.push(format!("{file} walks through {walked:?}:\n{sql}\n{plan:#?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{} statements", wrong.join("\n\n"), wrong.len());
}

/// Foreign keys of a file are checked; PostgreSQL keeps its own.
fn is_of_sqlite(sql: &str) -> bool {
    sql.contains("pragma_")
}
