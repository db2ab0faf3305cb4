//! Connections to PostgreSQL: a bounded number of them, each with the statements that were prepared on it.

use std::borrow::Cow;
use std::collections::HashMap;

use deadpool::managed::{Manager, Metrics, Object, RecycleError, RecycleResult};
use tokio_postgres::{Client, Config, NoTls};

use crate::storage::driver::Statement;

pub(in crate::storage) type PreparedStatement = tokio_postgres::Statement;

/// Makes connections.
#[derive(Debug)]
pub(super) struct ConnectionManager {
    pub(super) config: Config,
}

/// A connection while it is not lent.
#[derive(Debug)]
pub(super) struct PooledConnection {
    client: Client,
    /// By their texts: those whose rows are counted, and the others.
    counted: HashMap<Cow<'static, str>, PreparedStatement>,
    plain: HashMap<Cow<'static, str>, PreparedStatement>,
}

impl Manager for ConnectionManager {
    type Type = PooledConnection;
    type Error = tokio_postgres::Error;

    async fn create(&self) -> Result<PooledConnection, tokio_postgres::Error> {
        let (client, connection) = self.config.connect(NoTls).await?;
        // Ends with the client, or when the connection breaks; its users are told then.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "a connection to the database broke");
            }
        });
        Ok(PooledConnection {
            client,
            counted: HashMap::new(),
            plain: HashMap::new(),
        })
    }

    async fn recycle(&self, connection: &mut PooledConnection, _: &Metrics) -> RecycleResult<tokio_postgres::Error> {
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
