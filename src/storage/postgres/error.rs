//! PostgreSQL's errors. What the server says in a DETAIL is never shown: it has the values of the row (rule 11).

use tokio_postgres::error::DbError;

use crate::storage::error::Error;

/// What `ensure_rows` raises.
const ANOTHER_NUMBER_OF_ROWS: &str = "LL001";
/// The class of a refusal by a CHECK, an index, a key or a trigger.
const INTEGRITY_CONSTRAINT: &str = "23";
/// The class of errors whose message has the value in it.
const DATA_EXCEPTION: &str = "22";
/// Classes of what a new connection is refused for until somebody changes a setting: the login, the database, a right.
const UNTIL_CHANGED: [&str; 3] = ["28", "3D", "42"];

/// The error of a statement on that table, or of that step.
pub(in crate::storage) fn from_postgres(step: &'static str, error: &tokio_postgres::Error) -> Error {
    let Some(refusal) = error.as_db_error() else {
        return Error::unavailable(step, with_causes(error));
    };
    let code = refusal.code().code();
    if code == ANOTHER_NUMBER_OF_ROWS {
        return conflict(step, refusal);
    }
    let reason = refusal.message().to_owned();
    match code.get(..2) {
        Some(INTEGRITY_CONSTRAINT) => Error::Refused { step, reason },
        Some(DATA_EXCEPTION) => Error::unavailable(step, format!("error {code}")),
        _ => Error::unavailable(step, format!("{reason} ({code})")),
    }
}

/// The error of a new connection: one that stays until somebody changes a setting, or one that may pass.
pub(super) fn of_connecting(error: &tokio_postgres::Error) -> Error {
    if let Some(refusal) = error.as_db_error() {
        let code = refusal.code().code();
        return match code.get(..2) {
            Some(class) if UNTIL_CHANGED.contains(&class) => {
                Error::Unfit(format!("the server refuses: {} ({code})", refusal.message()))
            }
            _ => from_postgres("connect", error),
        };
    }
    let text = with_causes(error);
    match text.split(':').next() {
        Some("authentication error" | "invalid configuration" | "invalid connection string") => Error::Unfit(text),
        // Its options are named, since the library only says that TLS failed.
        _ if is_tls_refused(error) => Error::Unfit(format!("{text} (see storage.tls and storage.ca_file)")),
        _ => Error::unavailable("connect", text),
    }
}

/// Whether the server has no TLS, or one of the two does not accept the other.
fn is_tls_refused(error: &tokio_postgres::Error) -> bool {
    let Some(cause) = std::error::Error::source(error) else {
        return false;
    };
    match cause.downcast_ref::<std::io::Error>() {
        Some(io) => io.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()),
        None => error.to_string() == "error performing TLS handshake",
    }
}

/// The numbers are in the DETAIL: `changed/expected`.
fn conflict(table: &'static str, refusal: &DbError) -> Error {
    let detail = refusal.detail().unwrap_or_default();
    let (changed, expected) = detail.split_once('/').unwrap_or_default();
    Error::conflict(
        table,
        changed.parse().unwrap_or_default(),
        expected.parse().unwrap_or_default(),
    )
}

/// An error of the connection; its own text says only of which kind it is.
pub(super) fn with_causes(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Adds to an error during which step, or on which table, it occurred.
pub(in crate::storage) trait PostgresResult<T> {
    fn context(self, step: &'static str) -> Result<T, Error>;
}

impl<T> PostgresResult<T> for Result<T, tokio_postgres::Error> {
    fn context(self, step: &'static str) -> Result<T, Error> {
        self.map_err(|error| from_postgres(step, &error))
    }
}
