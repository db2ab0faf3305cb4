//! How PostgreSQL runs statements: each is sent at once, and their answers are read in their order. So any number of
//! statements takes one trip, and the first use of a statement one more, in which it is prepared.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use futures_util::SinkExt as _;

use super::argument::Argument;
use super::row::Row;
use super::statement::Statement;
use crate::storage::error::Error;
use crate::storage::postgres::{PostgresConnection, PostgresResult as _, PreparedStatement, from_postgres};

/// The connection of a transaction. If it is dropped with the transaction open, that is rolled back before the connection is
/// used again.
#[derive(Debug)]
pub(in crate::storage) struct PostgresTransaction {
    /// `None` only while it is dropped.
    connection: Option<PostgresConnection>,
    /// What begins it; `None` once that was sent.
    begin: Option<Arc<str>>,
    is_open: bool,
}

impl PostgresTransaction {
    /// A transaction that is begun with its first statement.
    pub(in crate::storage) const fn new(connection: PostgresConnection, begin: Arc<str>) -> Self {
        Self {
            connection: Some(connection),
            begin: Some(begin),
            is_open: false,
        }
    }

    pub(super) const fn is_begun(&self) -> bool {
        self.begin.is_none()
    }

    /// Runs statements in one trip; the rows of each.
    pub(super) async fn run(&mut self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, Error> {
        let connection = self.connection.as_mut().expect("only drop takes the connection");
        self.is_open = true;
        let missing: Vec<&Statement> = statements
            .iter()
            .filter(|one| connection.prepared(one).is_none())
            .collect();
        if !missing.is_empty() {
            prepare(connection, self.begin.take(), &missing).await?;
        }
        let begin = self.begin.take();
        let counts: Vec<Option<Argument>> = statements.iter().map(expected).collect();
        let mut trip: Vec<Answer<'_, Vec<tokio_postgres::Row>>> = Vec::with_capacity(statements.len() + 1);
        if let Some(begin) = &begin {
            let client = connection.client();
            trip.push((
                "begin",
                Box::pin(async { client.batch_execute(begin).await.map(|()| Vec::new()) }),
            ));
        }
        for (one, count) in statements.iter().zip(&counts) {
            let client = connection.client();
            let prepared = connection.prepared(one).expect("all of them are prepared");
            let arguments = one.arguments.iter().chain(count).map(as_argument);
            let arguments: Vec<_> = arguments.collect();
            let answer = async move { client.query(prepared, &arguments).await };
            trip.push((one.table, Box::pin(answer)));
        }
        let begun = usize::from(begin.is_some());
        let answers = in_one_trip(trip).await?.into_iter().skip(begun);
        let rows = answers.zip(&statements).map(|(rows, one)| {
            let row = |row| Row::of_postgres(one.table, row);
            rows.into_iter().map(row).collect()
        });
        Ok(rows.collect())
    }

    /// Runs a COPY FROM STDIN with these bytes, which are so many rows. The transaction is begun.
    pub(super) async fn copy(&mut self, copy: &Statement, bytes: Bytes, rows: usize) -> Result<(), Error> {
        let table = copy.table;
        let connection = self.connection.as_mut().expect("only drop takes the connection");
        if connection.prepared(copy).is_none() {
            prepare(connection, None, &[copy]).await?;
        }
        let prepared = connection.prepared(copy).expect("it is prepared");
        let sink = connection.client().copy_in::<_, Bytes>(prepared).await.context(table)?;
        let mut sink = pin!(sink);
        sink.as_mut().send(bytes).await.context(table)?;
        let (copied, rows) = (
            sink.finish().await.context(table)?,
            u64::try_from(rows).unwrap_or(u64::MAX),
        );
        match copied == rows {
            true => Ok(()),
            false => Err(Error::conflict(table, copied, rows)),
        }
    }

    /// The transaction is committed.
    pub(super) fn committed(mut self) {
        self.is_open = false;
    }

    pub(super) async fn roll_back(mut self) -> Result<(), Error> {
        if let Some(connection) = self.connection.as_ref().filter(|_| self.is_open) {
            connection
                .client()
                .batch_execute("ROLLBACK")
                .await
                .context("rollback")?;
            self.is_open = false;
        }
        Ok(())
    }
}

impl Drop for PostgresTransaction {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take().filter(|_| self.is_open) else {
            return;
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(roll_back(connection))),
            // The server rolls back when the connection is closed.
            Err(_) => connection.close(),
        }
    }
}

/// Rolls an abandoned transaction back. If that fails, the connection is not used again.
async fn roll_back(connection: PostgresConnection) {
    if connection.client().batch_execute("ROLLBACK").await.is_err() {
        connection.close();
    }
}

/// Begins the transaction, so that the tables are found where its search path says, and prepares statements.
async fn prepare(
    connection: &mut PostgresConnection,
    begin: Option<Arc<str>>,
    statements: &[&Statement],
) -> Result<(), Error> {
    let client = connection.client();
    let mut trip: Vec<Answer<'_, Option<PreparedStatement>>> = Vec::with_capacity(statements.len() + 1);
    if let Some(begin) = &begin {
        trip.push((
            "begin",
            Box::pin(async { client.batch_execute(begin).await.map(|()| None) }),
        ));
    }
    for one in statements {
        let mut types: Vec<_> = one.arguments.iter().map(Argument::postgres_type).collect();
        types.extend(expected(one).as_ref().map(Argument::postgres_type));
        let text = checked(one);
        let answer = async move { client.prepare_typed(&text, &types).await.map(Some) };
        trip.push((one.table, Box::pin(answer)));
    }
    let prepared: Vec<PreparedStatement> = in_one_trip(trip).await?.into_iter().flatten().collect();
    for (one, prepared) in statements.iter().zip(prepared) {
        connection.keep(one, prepared);
    }
    Ok(())
}

/// The text of a statement. One that has to change a number of rows fails when it changes another one, so that a COMMIT after
/// it commits nothing.
fn checked(one: &Statement) -> String {
    let sql = &one.sql.postgres;
    match one.expected {
        None => sql.clone().into_owned(),
        Some(_) => {
            let count = one.arguments.len() + 1;
            format!("WITH changed AS ({sql} RETURNING 1) SELECT ensure_rows(count(*), ${count}) FROM changed")
        }
    }
}

/// The argument after those of the statement: how many rows it has to change.
fn expected(one: &Statement) -> Option<Argument> {
    let expected = i64::try_from(one.expected?).unwrap_or(i64::MAX);
    Some(expected.into())
}

const fn as_argument(argument: &Argument) -> &(dyn tokio_postgres::types::ToSql + Sync) {
    argument
}

/// The answer to a statement, with the table that it is about.
type Answer<'a, T> = (
    &'static str,
    Pin<Box<dyn Future<Output = Result<T, tokio_postgres::Error>> + Send + 'a>>,
);

/// Sends everything before the first answer is waited for. The answers are in the order of the statements; the first error is
/// that of the statement that caused it.
async fn in_one_trip<T>(mut trip: Vec<Answer<'_, T>>) -> Result<Vec<T>, Error> {
    let mut first: Vec<Poll<Result<T, tokio_postgres::Error>>> = Vec::with_capacity(trip.len());
    poll_fn(|context| {
        // A statement is sent when its future is polled for the first time.
        let polled = trip.iter_mut().map(|(_, answer)| answer.as_mut().poll(context));
        first.extend(polled);
        Poll::Ready(())
    })
    .await;
    let mut answers = Vec::with_capacity(trip.len());
    for ((table, answer), polled) in trip.into_iter().zip(first) {
        let answer = match polled {
            Poll::Ready(answer) => answer,
            Poll::Pending => answer.await,
        };
        answers.push(answer.map_err(|error| from_postgres(table, &error))?);
    }
    Ok(answers)
}
