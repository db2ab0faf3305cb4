//! Connecting: who is let in, over which TLS, and which servers are refused.

use std::path::PathBuf;

use leaseline::storage::{Database, Error, ServerTls, StorageSettings};

use crate::storage::store::on_postgres;
use crate::support::certificates::{Authority, long};
use crate::support::postgres::{Cluster, another_cluster, cluster, connect};

const PASSWORD: &str = "right-7c20";

/// A server with TLS that wants a password, and of one user a certificate.
struct SecuredServer {
    cluster: Cluster,
    ca_file: PathBuf,
    /// Of an authority that the server does not have its certificate from.
    other_ca_file: PathBuf,
    client: (PathBuf, PathBuf),
}

impl SecuredServer {
    async fn start() -> Option<Self> {
        let cluster = another_cluster().await?;
        let authority = Authority::new();
        let file = |name: &str, text: &str| cluster.file(name, text);
        let (of_server, of_client) = (
            authority.certificate(&["localhost"], long()),
            authority.certificate(&["certified"], long()),
        );
        let ca_file = file("ca.pem", &authority.root);
        let certificate = file("server.pem", &of_server.certificate);
        let key = file("server.key", &of_server.key);
        file(
            "data/pg_hba.conf",
            "local all all trust\n\
             hostssl all certified 127.0.0.1/32 trust clientcert=verify-ca\n\
             hostssl all all 127.0.0.1/32 scram-sha-256\n",
        );
        let client = connect(&cluster.url("postgres")).await.unwrap();
        let roles = format!("ALTER ROLE leaseline PASSWORD '{PASSWORD}'; CREATE ROLE certified LOGIN");
        client.batch_execute(&roles).await.unwrap();
        let settings = [
            ("ssl_cert_file", certificate.to_str().unwrap()),
            ("ssl_key_file", key.to_str().unwrap()),
            ("ssl_ca_file", ca_file.to_str().unwrap()),
            ("ssl", "on"),
        ];
        cluster.set(&settings).await;
        Some(Self {
            other_ca_file: file("other.pem", &Authority::new().root),
            client: (
                file("client.pem", &of_client.certificate),
                file("client.key", &of_client.key),
            ),
            ca_file,
            cluster,
        })
    }

    /// What reaches it under that name.
    fn settings(&self, host: &str) -> StorageSettings {
        let port = self.cluster.port;
        let url = format!("postgres://leaseline@{host}:{port}/postgres?channel_binding=require");
        StorageSettings {
            password: Some(PASSWORD.into()),
            ca_file: Some(self.ca_file.clone()),
            ..StorageSettings::from(&url)
        }
    }

    /// The same with another password.
    fn password(&self, password: Option<&str>) -> StorageSettings {
        StorageSettings {
            password: password.map(Into::into),
            ..self.settings("localhost")
        }
    }

    fn tls(&self, host: &str, tls: ServerTls, ca_file: Option<&PathBuf>) -> StorageSettings {
        StorageSettings {
            tls,
            ca_file: ca_file.cloned(),
            ..self.settings(host)
        }
    }
}

async fn accepted(settings: StorageSettings) {
    Database::open(settings).await.unwrap().close().await;
}

/// Asserts that somebody has to change something first: the sentence has this part, and no password.
#[track_caller]
fn assert_unfit(opened: Result<Database, Error>, part: &str) {
    match opened {
        Err(Error::Unfit(sentence)) => {
            assert!(sentence.contains(part), "{sentence}");
            assert!(
                !sentence.contains("wrong-") && !sentence.contains(PASSWORD),
                "{sentence}"
            );
        }
        other => panic!("{other:?} instead of {part}"),
    }
}

#[tokio::test]
async fn a_secured_server_lets_in_who_has_what_it_wants() {
    let Some(server) = SecuredServer::start().await else {
        return;
    };
    logins(&server).await;
    certificates(&server).await;
    several_hosts(&server).await;
    refused_settings(&server).await;
}

async fn logins(server: &SecuredServer) {
    accepted(server.password(Some(PASSWORD))).await;
    let file = StorageSettings {
        password_file: Some(server.cluster.file("password.txt", &format!("{PASSWORD}\n"))),
        ..server.password(None)
    };
    accepted(file.clone()).await;
    let missing = StorageSettings {
        password_file: Some("/nowhere/password.txt".into()),
        ..file
    };
    assert_unfit(
        Database::open(missing).await,
        "storage.password_file (/nowhere/password.txt)",
    );
    assert_unfit(Database::open(server.password(Some("wrong-1a"))).await, "28P01");
    assert_unfit(Database::open(server.password(None)).await, "password missing");
    let url = format!("postgres://leaseline:wrong-1a@localhost:{}/other", server.cluster.port);
    let settings = |url: &str, password: &str| StorageSettings {
        url: url.replace("wrong-1a", password).into(),
        ..server.password(None)
    };
    assert_unfit(Database::open(settings(&url, "wrong-1a")).await, "28P01");
    assert_unfit(Database::open(settings(&url, PASSWORD)).await, "3D000");
}

async fn certificates(server: &SecuredServer) {
    let (ca, other) = (Some(&server.ca_file), Some(&server.other_ca_file));
    // The certificate is not for the address.
    accepted(server.tls("127.0.0.1", ServerTls::Require, ca)).await;
    accepted(server.tls("127.0.0.1", ServerTls::Require, None)).await;
    for (host, tls, ca_file) in [
        ("127.0.0.1", ServerTls::VerifyFull, ca),
        ("localhost", ServerTls::VerifyFull, other),
        ("localhost", ServerTls::VerifyFull, None),
        ("localhost", ServerTls::Require, other),
    ] {
        let opened = Database::open(server.tls(host, tls, ca_file)).await;
        assert_unfit(opened, "invalid peer certificate");
    }
    let opened = Database::open(server.tls("localhost", ServerTls::Off, None)).await;
    assert_unfit(opened, "no encryption");
    let certified = StorageSettings {
        url: format!("postgres://certified@localhost:{}/postgres", server.cluster.port).into(),
        ..server.password(None)
    };
    assert_unfit(Database::open(certified.clone()).await, "client certificate");
    let with_certificate = StorageSettings {
        client: Some(server.client.clone()),
        ..certified
    };
    accepted(with_certificate).await;
}

async fn several_hosts(server: &SecuredServer) {
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let nowhere = nowhere.unwrap().port();
    let hosts = |hosts: &str| StorageSettings {
        url: format!("postgres://leaseline@{hosts}/postgres").into(),
        ..server.settings("localhost")
    };
    let there = format!("localhost:{}", server.cluster.port);
    accepted(hosts(&format!("localhost:{nowhere},{there}"))).await;
    let gone = Database::open(hosts(&format!("localhost:{nowhere}"))).await;
    assert!(gone.as_ref().is_err_and(Error::is_unavailable), "{gone:?}");
    // One that takes no writes, as a standby.
    let url = server.cluster.database_as("").await;
    let name = url.rsplit('/').next().unwrap();
    let read_only = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
    connect(&url).await.unwrap().batch_execute(&read_only).await.unwrap();
    let opened = Database::open(&url).await.unwrap_err().to_string();
    assert!(
        opened.contains("not available") && opened.contains("does not allow writes"),
        "{opened}"
    );
}

async fn refused_settings(server: &SecuredServer) {
    let open = || Database::open(server.settings("localhost"));
    for setting in ["fsync", "full_page_writes"] {
        server.cluster.set(&[(setting, "off")]).await;
        assert_unfit(open().await, &format!("the server has {setting} off"));
        server.cluster.set(&[(setting, "on")]).await;
    }
    assert_eq!(open().await.unwrap().has_standby(), Some(false));
    server.cluster.set(&[("synchronous_standby_names", "one")]).await;
    assert_eq!(open().await.unwrap().has_standby(), Some(true));
    server.cluster.set(&[("ssl", "off")]).await;
    assert_unfit(open().await, "server does not support TLS");
}

#[tokio::test]
async fn a_database_in_another_encoding_is_refused() {
    let Some(cluster) = cluster().await else { return };
    let how = "TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'";
    let url = cluster.database_as(how).await;
    assert_unfit(Database::open(&url).await, "server_encoding is SQL_ASCII");
}

#[tokio::test]
async fn transactions_wait_for_the_disk_whatever_the_default_is() {
    let Some(cluster) = cluster().await else { return };
    let url = cluster.database().await;
    let client = connect(&url).await.unwrap();
    let name = url.rsplit('/').next().unwrap();
    // Of each transaction, what it runs with is noted.
    let noted = format!(
        "ALTER DATABASE {name} SET synchronous_commit = off;
         ALTER DATABASE {name} SET default_transaction_isolation = 'serializable';
         CREATE TABLE noted (settings text);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO noted VALUES (concat_ws(' ', current_setting('synchronous_commit'), current_setting('jit'),
                 current_setting('transaction_isolation')));
             RETURN NULL;
         END $$;
         CREATE TRIGGER note AFTER INSERT ON gateways FOR EACH STATEMENT EXECUTE FUNCTION note()"
    );
    client.batch_execute(&noted).await.unwrap();
    let store = on_postgres(url).await;
    store.stock(1, None, &["46700000001"]).await;
    let rows = client.query("SELECT settings FROM noted", &[]).await.unwrap();
    let settings: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(settings, ["on off read committed"]);
}
