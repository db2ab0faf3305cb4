//! How SQLite finds what is blanked or erased, with a million messages beside it.

use super::super::statements;
use super::super::store::sqlite;
use super::plans::plan;

#[tokio::test]
async fn what_is_blanked_is_found_by_indexes() {
    let store = sqlite().await;
    let mut connection = store.raw().await;
    let all = statements::all("sqlite");
    for (part, step) in [
        (
            "FROM ledger AS l WHERE l.id >= $1",
            "SEARCH l USING INTEGER PRIMARY KEY (rowid>?)",
        ),
        (
            "FROM ledger AS l WHERE l.id >= $1",
            "USING COVERING INDEX messages_by_operation (operation_id=?)",
        ),
        (
            "SELECT id FROM messages WHERE operation_id = $1 AND id >",
            "USING COVERING INDEX messages_by_operation (operation_id=? AND id>?)",
        ),
        (
            "FROM messages INDEXED BY messages_without_delivery",
            "SEARCH messages USING INDEX messages_without_delivery (id>?)",
        ),
        (
            "UPDATE messages SET text = '', text_blanked_at = $2",
            "SEARCH messages USING INTEGER PRIMARY KEY (rowid=?)",
        ),
        (
            "UPDATE deliveries SET reason = NULL\n",
            "SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)",
        ),
        (
            "WHERE number = (SELECT atom FROM json_each($1)) AND id > $2",
            "SEARCH messages USING INDEX messages_by_number (number=? AND id>?)",
        ),
        (
            "FROM retention_postponed AS p CROSS JOIN deliveries",
            "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
        ),
    ] {
        let (_, sql) = all.iter().find(|(_, sql)| sql.contains(part)).expect(part);
        let plan = plan(&mut connection, sql).await;
        assert!(
            plan.iter().any(|found| found.contains(step)),
            "{step}: {sql}\n{plan:#?}"
        );
    }
}
