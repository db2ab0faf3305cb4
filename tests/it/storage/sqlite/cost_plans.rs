//! How SQLite finds costs and income of bought numbers, with a million operations of other numbers beside them.

use super::super::statements;
use super::super::store::sqlite;
use super::plans::plan;

#[tokio::test]
async fn costs_and_income_are_found_by_their_indexes() {
    let store = sqlite().await;
    let mut connection = store.raw().await;
    let all = statements::all("sqlite");
    let of = |part: &'static str| all.iter().filter(move |(_, sql)| sql.contains(part));
    let incomes = "o.number = l.number AND o.closed_at IS NOT NULL";
    let of_all = "FROM ledger AS t NOT INDEXED";
    assert_eq!((of(incomes).count(), of(of_all).count()), (1, 3));
    for (part, step) in [
        (of_all, "SEARCH t USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
        (of_all, "SEARCH o USING INTEGER PRIMARY KEY (rowid=?)"),
        (
            of_all,
            "COVERING INDEX order_lines_ever_ours (number=? AND owned_since>? AND owned_since<?)",
        ),
        (incomes, "SEARCH o USING INDEX operations_closed (number=?)"),
        (incomes, "SEARCH t USING INDEX ledger_by_operation (operation_id=?)"),
        (
            incomes,
            "SEARCH n USING COVERING INDEX order_lines_ever_ours (number=? AND owned_since",
        ),
        (
            "c.order_line_id = l.id\n                 AND c.day",
            "costs_by_line (order_line_id=?",
        ),
        ("SELECT max(b.day) FROM costs", "costs_by_line (order_line_id=?"),
        (
            "FROM costs AS c CROSS JOIN order_lines AS l\n               WHERE l.id = c.order_line_id AND c.day",
            "costs_by_day (day>? AND day<?)",
        ),
        (
            "CAST(sum(c.millionths) AS BIGINT) AS amount FROM costs",
            "costs_by_day (day>? AND day<?)",
        ),
        (
            "SELECT DISTINCT l.number FROM order_lines",
            "order_lines_ever_ours (number>?)",
        ),
        ("max(l.owned_since) AS owned_since", "order_lines_number (number>?)"),
        (
            "c.booked_at, l.number, l.supplier",
            "SEARCH c USING INTEGER PRIMARY KEY (rowid<?)",
        ),
    ] {
        assert!(of(part).count() > 0, "{part}");
        for (_, sql) in of(part) {
            let plan = plan(&mut connection, sql).await;
            assert!(
                plan.iter().any(|found| found.contains(step)),
                "{step}: {sql}\n{plan:#?}"
            );
        }
    }
}
