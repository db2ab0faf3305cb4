//! A file of an older server: its rows are there after the migration, and mean what they meant.

use std::path::Path;

use leaseline::domain::dialect::Dialect;
use leaseline::domain::stock::GatewayId;
use leaseline::storage::{Database, gateways, messages};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

/// The tables as the first six migrations made them, with something in each that the seventh touches.
async fn old_file(path: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    for entry in std::fs::read_dir(all).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_string_lossy().as_ref() < "0007" {
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
    }
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    let migrator = Migrator::new(folder.path()).await.unwrap();
    assert_eq!(migrator.iter().count(), 6);
    migrator.run(&mut connection).await.unwrap();
    let rows = "
        INSERT INTO gateways (name, token_hash, capacity, created_at) VALUES ('bank1', zeroblob(32), 5, 1);
        INSERT INTO pools (gateway_id, country, operator) VALUES (1, 'sweden', 'telia');
        INSERT INTO numbers (number, pool_id, created_at) VALUES ('46701', 1, 1);
        INSERT INTO operations (id, number, sum_kopecks, opened_at, sms_count) VALUES (1, '46701', 100, 1, 1);
        INSERT INTO messages (id, gateway_id, external_id, number, operation_id, sender, text, received_at)
            VALUES (1, 1, 'a', '46701', 1, 'VK', 'code', 5), (2, 1, NULL, '112', NULL, 'VK', 'lost', 6);
        INSERT INTO deliveries (message_id, operation_id, due_at) VALUES (1, 1, 5);";
    sqlx::raw_sql(rows).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn rows_of_an_older_server_mean_what_they_meant() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.db");
    old_file(&path).await;
    let database = Database::open(&format!("sqlite:{}", path.display())).await.unwrap();
    assert!(database.pending_migrations().await.unwrap() >= 1);
    database.migrate().await.unwrap();
    assert_eq!(database.pending_migrations().await.unwrap(), 0);
    let mut session = database.read().await.unwrap();
    let gateway = gateways::by_token(&mut session, &[0; 32]).await.unwrap();
    assert_eq!(gateway, Some((GatewayId(1), Dialect::default())));
    let filter = messages::Filter::default();
    let listed = messages::list(&mut session, &filter, None, 10).await.unwrap();
    let shown: Vec<_> = listed
        .iter()
        .map(|one| {
            (
                one.id.0,
                one.text.as_str(),
                one.line.as_deref(),
                one.incomplete,
                one.delivery.is_some(),
            )
        })
        .collect();
    assert_eq!(shown, [(2, "lost", None, false, false), (1, "code", None, false, true)]);
}
