//! A file of an older server: its rows are there after the migration, and mean what they meant.

mod holds;
mod upgrades;

use std::path::Path;
use std::time::Duration;

use leaseline::domain::assignment::UnassignedReason;
use leaseline::domain::concatenation::ConcatenatedSms;
use leaseline::domain::fingerprint::{Fingerprint, SmsId};
use leaseline::domain::gateway::StoredAdapter;
use leaseline::domain::gateway::token::TokenOwner;
use leaseline::domain::network::Networks;
use leaseline::domain::operation::OperationId;
use leaseline::domain::sms::{Destination, Slot};
use leaseline::domain::stock::GatewayId;
use leaseline::domain::time::Timestamp;
use leaseline::gateway::settings::AdapterSettings;
use leaseline::storage::gateways::tokens::owner_of;
use leaseline::storage::stock::KnownPools;
use leaseline::storage::{Database, gateways, incomplete_messages, messages, operations, pools};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

/// Something in each table that the seventh migration touches.
const BEFORE_THE_SEVENTH: &str = "
    INSERT INTO gateways (name, token_hash, capacity, created_at) VALUES ('bank1', zeroblob(32), 5, 1);
    INSERT INTO pools (gateway_id, country, operator) VALUES (1, 'sweden', 'telia');
    INSERT INTO numbers (number, pool_id, created_at) VALUES ('46701', 1, 1);
    INSERT INTO operations (id, number, sum_kopecks, opened_at, sms_count) VALUES (1, '46701', 100, 1, 1);
    INSERT INTO messages (id, gateway_id, external_id, number, operation_id, sender, text, received_at)
        VALUES (1, 1, 'a', '46701', 1, 'VK', 'code', 5), (2, 1, NULL, '112', NULL, 'VK', 'lost', 6);
    INSERT INTO deliveries (message_id, operation_id, due_at) VALUES (1, 1, 5);";

/// Two parts that wait for a third one, as they were before the eighth.
const BEFORE_THE_EIGHTH: &str = "
    INSERT INTO gateways (name, token_hash, capacity, created_at) VALUES ('bank1', zeroblob(32), 5, 1);
    INSERT INTO long_messages (id, gateway_id, number, sender, reference, total, received_at, started_at)
        VALUES (1, 1, '46701', 'VK', 7, 3, 5, 5);
    INSERT INTO parts (long_message_id, sequence, text) VALUES (1, 1, 'Code �'), (1, 2, '� 48');
    INSERT INTO long_messages (id, gateway_id, number, line, sender, reference, total, received_at, started_at)
        VALUES (2, 1, '', 'modem one, SIM \"2\"', 'VK', 8, 2, 5, 5);
    INSERT INTO parts (long_message_id, sequence, text) VALUES (2, 1, 'Hello');";

/// Pools of which only one has a number, which is disabled.
const EMPTY_POOLS: &str = "
    INSERT INTO gateways (name, token_hash, capacity, created_at) VALUES ('bank1', zeroblob(32), 5, 1);
    INSERT INTO pools (gateway_id, country, operator) VALUES (1, 'sweden', 'one'), (1, 'sweden', 'two'), (1, 'sweden', 'three');
    INSERT INTO numbers (number, pool_id, enabled, created_at) VALUES ('46701', 2, 0, 1);";

/// A gateway for each setting, and one that was deleted, as they were before the eighteenth.
const BEFORE_THE_EIGHTEENTH: &str = r#"
    INSERT INTO gateways (name, token_hash, created_at, capacity, kind, fields, answer_type, answer_text) VALUES
        ('any', randomblob(32), 1, 5, 'generic', '{"from":"a.b"}', 'a/b', 'OK');
    INSERT INTO gateways (name, token_hash, created_at, kind, secrets, unsigned, alphabet, enabled) VALUES
        ('bare', randomblob(32), 1, 'kannel', '[]', 0, 'gsm', 0), ('phone', randomblob(32), 1, 'sms-gate', '[]', 1, 'gsm', 1),
        ('signed', randomblob(32), 1, 'twilio', '["one","\"two\""]', 0, 'gsm', 1),
        ('smpp', randomblob(32), 1, 'jasmin', '[]', 0, 'latin1', 1), ('gone', randomblob(32), 1, 'twilio', '[]', 1, 'gsm', 1);
    UPDATE gateways SET deleted_name = name, name = '#' || id, enabled = 0 WHERE name = 'gone';
    INSERT INTO pools (gateway_id, country, operator, free) VALUES (1, 'sweden', 'telia', 1);
    INSERT INTO numbers (number, pool_id, created_at) VALUES ('46701', 1, 1);
    INSERT INTO old_tokens (token_hash, gateway_id, good_until) VALUES (randomblob(32), 1, 100);
    INSERT INTO troubles (kind, gateway_id, began_at, count, detail) VALUES ('gateway_offline', 1, 1, 1, '');"#;

/// The tables as the first `count` migrations made them, with these rows.
async fn old_file(path: &Path, count: usize, rows: &'static str) {
    let folder = tempfile::tempdir().unwrap();
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    for entry in std::fs::read_dir(all).unwrap() {
        let entry = entry.unwrap();
        if *entry.file_name().to_string_lossy() < *format!("{:04}", count + 1) {
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
    }
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    let migrator = Migrator::new(folder.path()).await.unwrap();
    assert_eq!(migrator.iter().count(), count);
    migrator.run(&mut connection).await.unwrap();
    sqlx::raw_sql(rows).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn migrated(path: &Path) -> Database {
    let database = Database::open(&format!("sqlite:{}", path.display())).await.unwrap();
    assert!(database.pending_migrations().await.unwrap() >= 1);
    database.migrate().await.unwrap();
    assert_eq!(database.pending_migrations().await.unwrap(), 0);
    database
}

/// Two rentals on a gateway with a capacity and one on a gateway without, as they were before the ninth.
const BEFORE_THE_NINTH: &str = "
    INSERT INTO gateways (name, token_hash, capacity, created_at)
        VALUES ('bank1', zeroblob(32), 2, 1), ('bank2', randomblob(32), NULL, 1);
    INSERT INTO pools (gateway_id, country, operator, free, rented)
        VALUES (1, 'sweden', 'telia', 1, 1), (1, 'sweden', 'tele2', 0, 1), (2, 'sweden', 'telia', 0, 1);";

#[tokio::test]
async fn rule_3_what_an_older_server_rented_counts() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.db");
    old_file(&path, 8, BEFORE_THE_NINTH).await;
    let database = migrated(&path).await;
    let known = KnownPools::default();
    let mut session = database.read().await.unwrap();
    let mut stock = known.read(&mut session, Timestamp::from_ms(1_000)).await.unwrap();
    assert!(stock.available_counts().is_empty());
}

#[tokio::test]
async fn parts_of_an_older_server_wait_as_they_were() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.db");
    old_file(&path, 7, BEFORE_THE_EIGHTH).await;
    let database = migrated(&path).await;
    let mut session = database.read().await.unwrap();
    let now = Timestamp::from_ms(1_000);
    let waiting = incomplete_messages::overdue(&mut session, now, Duration::ZERO, 9)
        .await
        .unwrap();
    let texts: Vec<String> = waiting.iter().map(ConcatenatedSms::text).collect();
    assert_eq!(texts, ["Code \u{fffd}\u{fffd} 48[…]", "Hello[…]"]);
    let slots = ["modem one", "SIM \"2\""].map(|name| Slot::parse(name).unwrap());
    assert_eq!(waiting[1].key.to, Destination::UnknownSlots(slots.to_vec()));
}

/// Parts as they were before the twenty-first: a text, and what was cut off around it.
const BEFORE_THE_TWENTY_FIRST: &str = "
    INSERT INTO gateways (name, token_hash, capacity, created_at) VALUES ('bank1', zeroblob(32), 5, 1);
    INSERT INTO concatenated_messages
        (id, gateway_id, number, unassigned_reason, sender, reference, total, received_at, started_at)
        VALUES (1, 1, '46701', 'not_ours', 'VK', 7, 3, 5, 5);
    INSERT INTO message_parts (concatenated_message_id, sequence, text, cut_before, cut_after)
        VALUES (1, 1, 'Код 😁�', NULL, 55357), (1, 2, '', 56832, 55357), (1, 3, 'x', 56832, 55357);";

#[tokio::test]
async fn parts_of_an_older_server_keep_their_emoji() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.db");
    old_file(&path, 20, BEFORE_THE_TWENTY_FIRST).await;
    let database = migrated(&path).await;
    let mut session = database.read().await.unwrap();
    let waiting = incomplete_messages::overdue(&mut session, Timestamp::from_ms(1_000), Duration::ZERO, 9).await;
    assert_eq!(waiting.unwrap()[0].text(), "Код 😁�😀😀x\u{fffd}");
}

#[tokio::test]
async fn gateways_of_an_older_server_keep_their_settings() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.db");
    old_file(&path, 17, BEFORE_THE_EIGHTEENTH).await;
    let database = migrated(&path).await;
    let mut session = database.read().await.unwrap();
    let listed = gateways::list(&mut session, Timestamp::from_ms(7), "", 9)
        .await
        .unwrap();
    let load = |name: &str| {
        let gateway = listed.iter().find(|one| one.name.as_str() == name).unwrap();
        let settings = AdapterSettings::load(&gateway.adapter).unwrap();
        assert!(settings.checked().is_ok(), "{name}");
        (settings.kind.name, gateway.adapter.settings.clone())
    };
    for (name, kind, settings) in [
        (
            "any",
            "generic",
            r#"{"fields":{"from":"a.b"},"answer":{"content_type":"a/b","text":"OK"}}"#,
        ),
        ("bare", "kannel", "{}"),
        ("phone", "sms-gate", r#"{"unsigned":true}"#),
        ("signed", "twilio", r#"{"secrets":["one","\"two\""]}"#),
        ("smpp", "jasmin", r#"{"character_set":"latin1"}"#),
    ] {
        assert_eq!(load(name), (kind, settings.to_owned()), "{name}");
    }
    assert_eq!(listed.len(), 5, "the deleted one stays deleted");
    assert_eq!((listed[0].settings.capacity, listed[0].numbers), (Some(5), 1));
    assert!(!listed[1].settings.enabled);
}

#[tokio::test]
async fn rows_of_an_older_server_mean_what_they_meant() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.db");
    old_file(&path, 6, BEFORE_THE_SEVENTH).await;
    let database = migrated(&path).await;
    let mut session = database.read().await.unwrap();
    let owner = owner_of(&mut session, &[0; 32], Timestamp::from_ms(7)).await.unwrap();
    let expected = TokenOwner {
        id: GatewayId(1),
        adapter: StoredAdapter {
            kind: "generic".to_owned(),
            settings: "{}".to_owned(),
        },
        enabled: true,
        good_until: None,
        allow: Networks::default(),
    };
    assert_eq!(owner, Some(expected));
    let filter = leaseline::domain::listed::MessageFilter::default();
    let listed = messages::list(&mut session, &filter, None, 10).await.unwrap();
    let shown: Vec<_> = listed
        .iter()
        .map(|one| {
            (
                one.id.0,
                one.text.text(),
                one.slots.is_empty(),
                one.incomplete,
                one.delivery.is_some(),
                one.unassigned,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (2, Some("lost"), true, false, false, Some(UnassignedReason::NotOurs)),
            (1, Some("code"), true, false, true, None)
        ]
    );
    let first = OperationId::new(1).unwrap();
    let operation = operations::find(&mut session, first).await.unwrap();
    assert_eq!(operation.map(|one| one.messages), Some(1));
    // What came before is known by its id alone.
    let id = SmsId {
        gateway: GatewayId(1),
        external_id: "a",
        sequence: None,
    };
    let content = Fingerprint::of_content(GatewayId(1), &Destination::UnknownSlots(Vec::new()), "VK", "code");
    let known = session.read(messages::existing_ids(&[(id, content)])).await.unwrap();
    assert_eq!(known, [(0, true)]);
}

#[tokio::test]
async fn empty_pools_of_an_older_server_are_gone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.db");
    old_file(&path, 8, EMPTY_POOLS).await;
    let database = migrated(&path).await;
    let mut session = database.read().await.unwrap();
    let listed = pools::list(
        &mut session,
        &leaseline::domain::listed::PoolFilter::default(),
        None,
        10,
    )
    .await
    .unwrap();
    let left: Vec<_> = listed
        .iter()
        .map(|pool| (pool.operator.as_str(), pool.numbers))
        .collect();
    assert_eq!(left, [("two", 1)]);
}
