//! A file of each earlier version, with rows in every table that it had, is migrated to this version: no row is lost, and no
//! check finds a fault.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

use super::migrated;

/// Rows of tables that a migration makes, as that migration left them: its number, and the rows. They are those of one small
/// business: a number that is available, one that is rented and has an SMS, a banned one, a sold rental.
const ROWS: &[(u32, &str)] = &[
    (
        1,
        "INSERT INTO gateways (name, token_hash, capacity, created_at) VALUES ('bank1', zeroblob(32), 5, 1);
         INSERT INTO pools (gateway_id, country, operator, free, rented) VALUES (1, 'sweden', 'telia', 2, 0);
         INSERT INTO numbers (number, pool_id, banned_until, ban_reason, created_at)
             VALUES ('46701', 1, NULL, NULL, 1), ('46702', 1, NULL, NULL, 1), ('46703', 1, 99, 'by hand', 1);
         INSERT INTO shelf (pool_id, number) VALUES (1, '46701'), (1, '46702');",
    ),
    (
        2,
        "DELETE FROM shelf WHERE number = '46702';
         UPDATE pools SET free = 1, rented = 1;
         INSERT INTO operations (id, number, sum_kopecks, opened_at, sms_count, closed_at, outcome)
             VALUES (1, '46701', 100, 1, 0, 5, 'sold'), (2, '46702', 100, 2, 0, NULL, NULL);
         INSERT INTO ledger (operation_id, kind, kopecks, booked_at)
             VALUES (1, 'reserve', 100, 1), (1, 'post', 100, 5), (2, 'reserve', 100, 2);",
    ),
    (
        3,
        "INSERT INTO messages (gateway_id, external_id, number, operation_id, sender, text, received_at)
             VALUES (1, 'a', '46702', 2, 'VK', 'code', 3), (1, NULL, '112', NULL, 'VK', 'lost', 4);
         INSERT INTO deliveries (message_id, operation_id, state, settled_at) VALUES (1, 2, 'delivered', 4);
         UPDATE operations SET sms_count = 1 WHERE id = 2;",
    ),
    (
        4,
        "INSERT INTO audit (at, actor, action, operation_id, number) VALUES (1, 'onlinesim', 'opened', 1, '46701');",
    ),
    (
        7,
        "INSERT INTO lines (number, gateway_id, line) VALUES ('46701', 1, 'GSM1');
         INSERT INTO long_messages (gateway_id, number, sender, reference, total, received_at, started_at)
             VALUES (1, '112', 'VK', 7, 3, 5, 5);
         INSERT INTO parts (long_message_id, sequence, text) VALUES (1, 1, 'Code ');
         INSERT INTO part_ids (gateway_id, external_id, sequence, received_at) VALUES (1, 'b', 1, 5);",
    ),
    (
        10,
        "INSERT INTO old_tokens (token_hash, gateway_id, good_until) VALUES (randomblob(32), 1, 100);",
    ),
    (
        14,
        "INSERT INTO troubles (kind, gateway_id, country, began_at, ended_at, count, detail)
             VALUES ('disk_low', NULL, NULL, 1, 2, 1, 'full'), ('gateway_offline', 1, NULL, 3, NULL, 2, 'off'),
                    ('out_of_stock', NULL, 'sweden', 4, NULL, 1, 'none');",
    ),
    (
        23,
        "INSERT INTO orders (supplier, numbers, options, country, operator, setup_max, monthly_max, prove, created_at)
             VALUES ('carrierx', '{}', '[]', 'sweden', 'carrierx', 0, 1000000, 0, 1);
         INSERT INTO order_lines (order_id, supplier, state, number, is_number_fixed, is_ours, setup_max, monthly_max, setup,
                                  monthly, attempts, attempted_at, call_line_id, state_since, owned_since, sms_url_hash)
             VALUES (1, 'carrierx', 'stocked', '46701', 0, 1, 0, 1000000, 0, 600000, 1, 1, 1, 2, 2, zeroblob(32));
         INSERT INTO costs (order_line_id, kind, millionths, currency, day, booked_at)
             VALUES (1, 'monthly', 600000, 'USD', '2026-11-20', 2);
         INSERT INTO supplier_pauses (supplier, failures) VALUES ('carrierx', 1);
         INSERT INTO unavailable_numbers (supplier, number, refused_at) VALUES ('carrierx', '46709', 1);
         INSERT INTO owned_comparisons (supplier, compared_at, gone, unlisted) VALUES ('carrierx', 1, 0, 0);
         INSERT INTO order_callbacks (order_line_id, received_at, body) VALUES (1, 1, x'7b7d');
         INSERT INTO restock_rules (supplier, country, floor, target, monthly_max, batch_max, enabled)
             VALUES ('carrierx', 'sweden', 1, 2, 1000000, 10, 1);",
    ),
    (
        28,
        "INSERT INTO notifications (trouble_id, channel, state, due_at) VALUES (2, 'telegram', 'began', 3);
         INSERT INTO notification_channels (channel, failures, paused_until, reason) VALUES ('mail', 1, 4, 'timeout');",
    ),
    (
        31,
        "INSERT INTO archives (closed_before, sha256, begun_at) VALUES (0, zeroblob(32), 1);
         INSERT INTO archived_income (order_line_id, day, kopecks) VALUES (1, 0, 100);",
    ),
];

/// Tables that were renamed: their names then and now.
const RENAMED: [(&str, &str); 4] = [
    ("shelf", "available_numbers"),
    ("lines", "slots"),
    ("long_messages", "concatenated_messages"),
    ("parts", "message_parts"),
];

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    options.connect().await.unwrap()
}

/// How many rows each table has, by its name of today.
async fn rows(path: &Path) -> BTreeMap<String, i64> {
    let mut connection = connect(path).await;
    let tables =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlx_%'";
    let mut counts = BTreeMap::new();
    for table in sqlx::query(tables).fetch_all(&mut connection).await.unwrap() {
        let name: String = table.get("name");
        let count = sqlx::query(AssertSqlSafe(format!("SELECT count(*) AS rows FROM {name}")));
        let count = count.fetch_one(&mut connection).await.unwrap().get("rows");
        let today = RENAMED.iter().find(|(then, _)| *then == name);
        counts.insert(today.map_or(name, |(_, now)| (*now).to_owned()), count);
    }
    connection.close().await.unwrap();
    counts
}

#[tokio::test]
async fn a_file_of_each_earlier_version_is_upgraded_with_all_its_rows() {
    let directory = tempfile::tempdir().unwrap();
    let (old, folder) = (directory.path().join("old.db"), directory.path().join("migrations"));
    fs::create_dir(&folder).unwrap();
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let mut files: Vec<_> = fs::read_dir(all).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    for (index, file) in files.iter().enumerate() {
        let name = file.file_name().unwrap();
        fs::copy(file, folder.join(name)).unwrap();
        let mut connection = connect(&old).await;
        Migrator::new(&*folder)
            .await
            .unwrap()
            .run(&mut connection)
            .await
            .unwrap();
        let number: u32 = name.to_string_lossy()[..4].parse().unwrap();
        if let Some((_, rows)) = ROWS.iter().find(|(migration, _)| *migration == number) {
            sqlx::raw_sql(*rows).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
        if index + 1 == files.len() {
            break;
        }
        let before = rows(&old).await;
        let upgraded = directory.path().join(format!("{index}.db"));
        fs::copy(&old, &upgraded).unwrap();
        let database = migrated(&upgraded).await;
        let report = database.check(None).await.unwrap();
        assert_eq!((report.faults, report.unfinished), (vec![], vec![]), "{name:?}");
        database.close().await;
        let after = rows(&upgraded).await;
        for (table, count) in before {
            assert_eq!(after.get(&table), Some(&count), "{table} of a file up to {name:?}");
        }
    }
}
