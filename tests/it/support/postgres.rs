//! A PostgreSQL of the tests' own, in a temporary folder: a running server is never touched. It is started by the first test
//! that needs it, and stops when the process of the tests ends, however that ends.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

/// Where Debian puts the programs of each version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// PostgreSQL refuses to run as root: the tests of root start it as this user (nobody).
const USER: u32 = 65534;
/// Set where a missing PostgreSQL is a failure, not a reason to skip tests.
pub const REQUIRED: &str = "LEASELINE_REQUIRE_POSTGRES";
/// The database that others are copied from: its tables are made.
const TEMPLATE: &str = "template_of_tests";

/// SQLite's function, for statements of tests.
const ZEROBLOB: &str = "CREATE FUNCTION zeroblob(bytes int) RETURNS bytea LANGUAGE sql IMMUTABLE
    AS $$ SELECT decode(repeat('00', bytes), 'hex') $$";

/// Starts the server and waits for the end of its input, which this process closes when it ends. Then it stops the server and
/// deletes the folder.
const SCRIPT: &str = r#"
    "$1/initdb" --pgdata "$2/data" --username leaseline --auth trust --encoding UTF8 --no-sync \
        --locale C.UTF-8 --locale-provider icu --icu-locale en-US > "$2/initdb.log" 2>&1 &&
    "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses="$3" -c port="$4" -c max_connections=500 \
        -c shared_buffers=64MB -c autovacuum=off -c max_wal_size=2GB > "$2/postgres.log" 2>&1 < /dev/null &
    server=$!
    cat > /dev/null
    kill -INT $server
    wait $server
    rm -rf "$2"
"#;

/// The server. Its databases are made in it.
#[derive(Debug)]
pub struct Cluster {
    pub folder: PathBuf,
    pub port: u16,
    /// Closed at the end.
    _input: ChildStdin,
}

/// Chooses the database of [`super::TestServer`]: `postgres`; else a file.
const CHOICE: &str = "STORAGE_UNDER_TEST";

/// Whether servers under test have their database there.
pub fn is_chosen() -> bool {
    std::env::var_os(CHOICE).is_some_and(|choice| choice == "postgres")
}

static CLUSTER: OnceCell<Option<Cluster>> = OnceCell::const_new();
static DATABASES: AtomicUsize = AtomicUsize::new(0);

/// The server of this process; `None`: the programs of PostgreSQL are not installed, and that is allowed.
pub async fn cluster() -> Option<&'static Cluster> {
    CLUSTER.get_or_init(|| start("", 5432)).await.as_ref()
}

/// Another server, which listens on a port of loopback, too.
pub async fn another_cluster() -> Option<Cluster> {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    start("127.0.0.1", port.unwrap().port()).await
}

async fn start(address: &str, port: u16) -> Option<Cluster> {
    let Some(programs) = programs() else {
        assert!(
            std::env::var_os(REQUIRED).is_none(),
            "{REQUIRED} is set, and PostgreSQL is not installed: apt-get install postgresql"
        );
        // Not captured, as what is printed is.
        let skipped = "\ntests of PostgreSQL are skipped, since it is not installed: apt-get install postgresql\n";
        std::io::stderr().write_all(skipped.as_bytes()).unwrap();
        return None;
    };
    let folder = tempfile::tempdir().unwrap().keep();
    fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
    let mut command = Command::new("/bin/sh");
    command.env_clear().env("PATH", "/usr/bin:/bin");
    command
        .args(["-c", SCRIPT, "sh"])
        .arg(programs)
        .arg(&folder)
        .args([address, &port.to_string()])
        .stdin(Stdio::piped());
    // Not ended with the tests by a signal for all of the terminal: it has to delete the folder.
    command.process_group(0);
    if rustix::process::geteuid().is_root() {
        chown(&folder, Some(USER), Some(USER)).unwrap();
        command.uid(USER).gid(USER);
    }
    let input = command.spawn().unwrap().stdin.take().unwrap();
    let cluster = Cluster {
        folder,
        port,
        _input: input,
    };
    cluster.make_template().await;
    Some(cluster)
}

/// The folder of the programs of the newest version.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(DEBIAN)
        .ok()?
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, programs)| programs.join("initdb").exists() && programs.join("postgres").exists())
        .collect();
    found.sort();
    found.pop().map(|(_, programs)| programs)
}

impl Cluster {
    async fn make_template(&self) {
        let first = self.first_connection().await;
        first
            .batch_execute(&format!("CREATE DATABASE {TEMPLATE}"))
            .await
            .unwrap();
        let database = leaseline::storage::Database::open(&self.url(TEMPLATE)).await.unwrap();
        database.migrate().await.unwrap();
        let template = connect(&self.url(TEMPLATE)).await.unwrap();
        template.batch_execute(ZEROBLOB).await.unwrap();
        database.close().await;
    }

    /// Waits for the server.
    async fn first_connection(&self) -> Client {
        for _ in 0..600 {
            if let Ok(client) = connect(&self.url("postgres")).await {
                return client;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = |name: &str| fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        panic!("PostgreSQL did not start: {}{}", log("initdb.log"), log("postgres.log"));
    }

    /// The URL of a database, through the socket.
    pub fn url(&self, database: &str) -> String {
        let folder =
            percent_encoding::utf8_percent_encode(self.folder.to_str().unwrap(), percent_encoding::NON_ALPHANUMERIC);
        format!("postgres://leaseline@{folder}:{}/{database}", self.port)
    }

    /// A new database with its tables made; its URL.
    pub async fn database(&self) -> String {
        self.database_as(&format!("TEMPLATE {TEMPLATE}")).await
    }

    /// The same made in that way.
    pub async fn database_as(&self, how: &str) -> String {
        let name = format!("test{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let client = connect(&self.url("postgres")).await.unwrap();
        client
            .batch_execute(&format!("CREATE DATABASE {name} {how}"))
            .await
            .unwrap();
        self.url(&name)
    }

    /// Changes settings that need no restart, and waits until new connections have them.
    pub async fn set(&self, settings: &[(&str, &str)]) {
        let url = self.url("postgres");
        let client = connect(&url).await.unwrap();
        for (name, value) in settings {
            let set = format!("ALTER SYSTEM SET {name} = '{value}'");
            client.batch_execute(&set).await.unwrap();
        }
        client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        for _ in 0..200 {
            let client = connect(&url).await.unwrap();
            let mut is_set = true;
            for (name, value) in settings {
                let row = client.query_one("SELECT current_setting($1)", &[name]).await.unwrap();
                is_set &= row.get::<_, &str>(0) == *value;
            }
            if is_set {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{settings:?} did not take effect");
    }

    /// Writes a file that only the server's user may read; its path.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        if rustix::process::geteuid().is_root() {
            chown(&path, Some(USER), Some(USER)).unwrap();
        }
        path
    }
}

/// A connection that knows nothing of the server's rules, only the database's.
pub async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
