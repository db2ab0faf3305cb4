//! What happened before a row: put into its database behind the product's back, since doing it takes longer than measuring.

use std::path::Path;

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use super::onlinesim::block_on;
use super::seed::FIRST_NUMBER;

/// Closed operations that were sold, each with its two lines.
pub fn closed(database: &Path, count: u64) {
    behind(
        database,
        format!(
            "INSERT INTO operations (number, sum_kopecks, opened_at, closed_at, outcome)
             SELECT number, 32000, 1700000000000, 1700000600000, 'sold' FROM numbers LIMIT {count};
             INSERT INTO ledger (operation_id, kind, kopecks, booked_at)
             SELECT id, 'reserve', sum_kopecks, opened_at FROM operations;
             INSERT INTO ledger (operation_id, kind, kopecks, booked_at)
             SELECT id, 'post', sum_kopecks, closed_at FROM operations;"
        ),
    );
}

/// Lines of one closed operation that move nothing but one kopeck each.
pub fn lines(database: &Path, count: u64) {
    behind(
        database,
        format!(
            "INSERT INTO operations (id, number, sum_kopecks, opened_at, closed_at, outcome)
             SELECT 1, number, 1, 1, 2, 'cancelled' FROM numbers LIMIT 1;
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             INSERT INTO ledger (operation_id, kind, kopecks, booked_at) SELECT 1, 'reserve', 1, 1 FROM n;"
        ),
    );
}

/// Open operations on the first numbers in their order, as rotation leaves them.
pub fn open(database: &Path, count: u64) {
    behind(
        database,
        format!(
            "INSERT INTO operations (number, sum_kopecks, opened_at, sms_count)
             SELECT number, 32000, 1700000000000, 1 FROM numbers ORDER BY number LIMIT {count};
             DELETE FROM available_numbers WHERE number IN (SELECT number FROM operations WHERE closed_at IS NULL);
             INSERT INTO ledger (operation_id, kind, kopecks, booked_at)
             SELECT id, 'reserve', sum_kopecks, opened_at FROM operations WHERE closed_at IS NULL;
             UPDATE pools SET free = (SELECT count(*) FROM available_numbers WHERE pool_id = pools.id);
             UPDATE pools SET rented = (SELECT count(*) FROM numbers WHERE pool_id = pools.id) - free;"
        ),
    );
}

/// Messages of the closed operations, delivered long ago.
pub fn messages(database: &Path, count: u64) {
    behind(
        database,
        format!(
            "DROP TRIGGER messages_belong_to_their_renter;
             INSERT INTO messages (gateway_id, external_id, number, operation_id, sender, text, received_at)
             SELECT 1, 'old-' || id, number, id, 'VK', 'Code 4821', opened_at FROM operations LIMIT {count};
             INSERT INTO deliveries (message_id, operation_id, state, attempts, settled_at)
             SELECT id, operation_id, 'delivered', 1, received_at FROM messages;"
        ),
    );
}

/// One message for each open operation, to be pushed now.
pub fn due(database: &Path) {
    behind(
        database,
        "INSERT INTO messages (gateway_id, external_id, number, operation_id, sender, text, received_at)
         SELECT 1, 'due-' || id, number, id, 'VK', 'Code 4821', unixepoch() * 1000 FROM operations WHERE closed_at IS NULL;
         INSERT INTO deliveries (message_id, operation_id, due_at) SELECT id, operation_id, received_at FROM messages;"
            .to_owned(),
    );
}

/// One rental with so many messages, all delivered; its number.
pub fn many_messages(database: &Path, count: u64) -> String {
    open(database, 1);
    behind(
        database,
        format!(
            "INSERT INTO messages (gateway_id, external_id, number, operation_id, sender, text, received_at)
             SELECT 1, 'old-' || value, number, id, 'VK', 'Code ' || value, opened_at
             FROM (WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {count}) SELECT value FROM n), operations WHERE closed_at IS NULL;
             INSERT INTO deliveries (message_id, operation_id, state, attempts, settled_at)
             SELECT id, operation_id, 'delivered', 1, received_at FROM messages;
             UPDATE operations SET sms_count = {count}, message_count = {count} WHERE closed_at IS NULL;"
        ),
    );
    FIRST_NUMBER.to_owned()
}

/// Changes the file behind the product's back.
pub fn behind(database: &Path, statements: String) {
    let url = format!("sqlite:{}", database.display());
    block_on(async move {
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let statements = format!("PRAGMA synchronous = OFF; BEGIN; {statements} COMMIT");
        sqlx::raw_sql(AssertSqlSafe(statements))
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    });
}
