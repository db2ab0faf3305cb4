//! Connections to PostgreSQL: a bounded number of them, each with the statements that were prepared on it.

use std::borrow::Cow;
use std::collections::HashMap;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deadpool::managed::{Manager, Metrics, Object, RecycleError, RecycleResult};
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls, Socket};

use super::begin::BeginTexts;
use super::error::of_connecting;
use super::server::examine;
use super::settings;
use super::tls::TlsMaker;
use crate::storage::driver::Statement;
use crate::storage::error::Error;
use crate::storage::settings::StorageSettings;

pub(in crate::storage) type PreparedStatement = tokio_postgres::Statement;

/// Makes connections.
#[derive(Debug, Clone)]
pub(super) struct ConnectionManager {
    config: Config,
    /// `None`: they are plain.
    tls: Option<TlsMaker>,
    schema: Option<String>,
    /// Whether a synchronous standby was configured when the last connection was made.
    pub(super) has_standby: Arc<AtomicBool>,
}

impl ConnectionManager {
    /// Reads the files of the settings.
    pub(super) fn new(settings: &StorageSettings) -> Result<Self, Error> {
        let config = settings::config(settings)?;
        let is_plain = config.get_ssl_mode() == SslMode::Disable;
        Ok(Self {
            tls: (!is_plain).then(|| TlsMaker::new(settings)).transpose()?,
            config,
            schema: settings.schema.clone(),
            has_standby: Arc::default(),
        })
    }

    async fn open<T>(&self, tls: T) -> Result<Client, Error>
    where
        T: MakeTlsConnect<Socket, Stream: Send + 'static>,
    {
        let opened = self.config.connect(tls).await;
        let (client, connection) = opened.map_err(|error| of_connecting(&error))?;
        // Ends with the client, or when the connection breaks; its users get an error then.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "a connection to the database broke");
            }
        });
        Ok(client)
    }
}

/// A connection while it is not lent.
#[derive(Debug)]
pub(super) struct PooledConnection {
    client: Client,
    begin: BeginTexts,
    /// By their texts: those whose rows are counted, and the others.
    counted: HashMap<Cow<'static, str>, PreparedStatement>,
    plain: HashMap<Cow<'static, str>, PreparedStatement>,
}

impl Manager for ConnectionManager {
    type Type = PooledConnection;
    type Error = Error;

    async fn create(&self) -> Result<PooledConnection, Error> {
        let client = match &self.tls {
            Some(tls) => self.open(tls.clone()).await?,
            None => self.open(NoTls).await?,
        };
        let facts = examine(&client).await?;
        self.has_standby.store(facts.has_standby, Ordering::Relaxed);
        Ok(PooledConnection {
            client,
            begin: BeginTexts::new(self.schema.as_deref(), facts),
            counted: HashMap::new(),
            plain: HashMap::new(),
        })
    }

    async fn recycle(&self, connection: &mut PooledConnection, _: &Metrics) -> RecycleResult<Error> {
        match connection.client.is_closed() {
            true => Err(RecycleError::message("closed")),
            false => Ok(()),
        }
    }
}

/// A connection that one transaction has.
#[derive(Debug)]
pub(in crate::storage) struct PostgresConnection(Box<Object<ConnectionManager>>);

impl PostgresConnection {
    pub(super) fn new(lent: Object<ConnectionManager>) -> Self {
        Self(Box::new(lent))
    }

    pub(in crate::storage) fn client(&self) -> &Client {
        &self.0.client
    }

    /// What begins transactions here.
    pub(super) fn begin(&self) -> &BeginTexts {
        &self.0.begin
    }

    /// The statement, if it was prepared here.
    pub(in crate::storage) fn prepared(&self, statement: &Statement) -> Option<&PreparedStatement> {
        let prepared = match statement.expected {
            Some(_) => &self.0.counted,
            None => &self.0.plain,
        };
        prepared.get(&*statement.sql.postgres)
    }

    /// Keeps a statement that was prepared here.
    pub(in crate::storage) fn keep(&mut self, statement: &Statement, prepared: PreparedStatement) {
        let kept = match statement.expected {
            Some(_) => &mut self.0.counted,
            None => &mut self.0.plain,
        };
        kept.insert(statement.sql.postgres.clone(), prepared);
    }

    /// Closes it: the next user gets a new one.
    pub(in crate::storage) fn close(self) {
        drop(Object::take(*self.0));
    }
}
