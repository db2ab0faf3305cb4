//! Migrations, and what a server does before it serves.

use std::time::Duration;

use futures_util::future::join_all;
use leaseline::app::waiting::WaitingServer;
use leaseline::app::{App, StartError};
use leaseline::clock::{Clock, Random};
use leaseline::config::Config;
use leaseline::storage::{Database, StorageSettings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::support::postgres::{cluster, connect};

/// A database without a table.
const EMPTY: &str = "TEMPLATE template0";

/// The configuration of a server on that database.
fn config(url: &str) -> Config {
    let environment = [
        ("LEASELINE_ONLINESIM__KEYS", "key-of-onlinesim"),
        ("LEASELINE_ADMIN__TOKEN", "token-of-the-admin"),
        ("LEASELINE_PUSH__URL", "http://127.0.0.1:1/"),
    ];
    let mut config = Config::load(None, environment).unwrap();
    config.storage.url = url.into();
    config
}

async fn start(config: Config) -> Result<App, StartError> {
    App::build(config, Clock::system(), Random::seeded(1)).await
}

#[tokio::test]
async fn of_migrations_at_once_one_waits_for_the_other() {
    let Some(cluster) = cluster().await else { return };
    let url = cluster.database_as(EMPTY).await;
    let migrations = (0..4).map(|_| async {
        let database = Database::open(&url).await?;
        database.migrate().await?;
        database.pending_migrations().await
    });
    assert_eq!(join_all(migrations).await, [Ok(0), Ok(0), Ok(0), Ok(0)]);
    let client = connect(&url).await.unwrap();
    let twice = "SELECT count(*) - count(DISTINCT version) FROM migrations";
    assert_eq!(client.query_one(twice, &[]).await.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn tables_are_in_the_schema_that_is_configured() {
    let Some(cluster) = cluster().await else { return };
    let url = cluster.database_as(EMPTY).await;
    let in_schema = |schema: &str| StorageSettings {
        schema: Some(schema.to_owned()),
        ..StorageSettings::from(&url)
    };
    let odd = Database::open(in_schema("odd \"Name'")).await.unwrap();
    odd.migrate().await.unwrap();
    assert_eq!(odd.pending_migrations().await.unwrap(), 0);
    assert_eq!(odd.check(None).await.unwrap().faults, []);
    let client = connect(&url).await.unwrap();
    let schemas = "SELECT DISTINCT table_schema::text FROM information_schema.tables WHERE table_name = 'numbers'";
    let rows = client.query(schemas, &[]).await.unwrap();
    let schemas: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(schemas, ["odd \"Name'"]);
    // Another one beside it has tables of its own.
    let other = Database::open(in_schema("other")).await.unwrap();
    assert!(other.pending_migrations().await.unwrap() > 0);
    let public = Database::open(&url).await.unwrap();
    assert!(public.pending_migrations().await.unwrap() > 0);
}

#[tokio::test]
async fn a_server_changes_no_tables_and_needs_a_standby_unless_configured() {
    let Some(cluster) = cluster().await else { return };
    let url = cluster.database_as(EMPTY).await;
    let outdated = start(config(&url)).await.err().unwrap();
    assert!(
        outdated
            .to_string()
            .contains("storage.migrate is false: run `leaseline migrate`"),
        "{outdated}"
    );
    let mut migrating = config(&url);
    migrating.storage.migrate = Some(true);
    let alone = start(migrating.clone()).await.err().unwrap();
    let sentence = alone.to_string();
    assert!(
        sentence.contains("storage.require_standby") && sentence.contains("a failover could lose"),
        "{sentence}"
    );
}

#[tokio::test]
async fn a_server_waits_for_its_database_and_is_not_ready() {
    let config = config("postgres://leaseline@127.0.0.1:1/leaseline");
    let admin = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let onlinesim = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addresses = [admin.local_addr().unwrap(), onlinesim.local_addr().unwrap()];
    let waiting = WaitingServer::start(&config, &onlinesim, &admin);
    let built = timeout(Duration::from_millis(1500), start(config)).await;
    assert!(built.is_err(), "it waits");
    for address in addresses {
        for (path, status) in [("healthz", "200"), ("readyz", "503"), ("GET_SERVICES", "503")] {
            let answer = get(TcpStream::connect(address).await.unwrap(), path).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
        }
    }
    waiting.end().await;
    // What connects now is for the server itself.
    let connecting = TcpStream::connect(addresses[0]).await.unwrap();
    let (mut accepted, _) = timeout(Duration::from_secs(5), admin.accept()).await.unwrap().unwrap();
    accepted.write_all(b"its own").await.unwrap();
    drop(accepted);
    assert_eq!(read(connecting).await, "its own");
}

async fn get(mut stream: TcpStream, path: &str) -> String {
    let request = format!("GET /{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    read(stream).await
}

async fn read(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}
