//! The business rules: types that cannot hold an invalid state, and pure functions that decide.
//!
//! Nothing here uses a database, a socket or a clock: the caller passes in what was loaded and the time, and saves what is
//! decided.
//!
//! # The rules that always hold
//!
//! Each is kept here by types and once more by the database (`migrations/`); tests name them by number.
//!
//! 1. A number has at most one open operation.
//! 2. An answer SUCCESS to GET_NUMBER is sent only after its operation is durable (committed, synced).
//! 3. An issued number starts with none of the request's excluded prefixes, matches country and operator where given,
//!    is enabled, not banned, not resting, and belongs to a gateway that is enabled, online and below its capacity.
//! 4. GET_SERVICES never promises more numbers than GET_NUMBER could issue at that time, all at once; the operators of a
//!    country add up to `any`. A resting number is not promised.
//! 5. An operation is closed by FINISH_ACTIVATION; otherwise only by the watchdog (no SMS until the guard interval and its
//!    grace are over), because its answer could not be sent, or by the admin with a reason.
//! 6. FINISH repeated gives the same answer and moves no money. An operation is credited at most once and reversed at
//!    most once. `reserved = posted + voided + still open`, always.
//! 7. A message accepted from a gateway (2xx) is durable. It is pushed at least once, at once, then every 10 s until
//!    accepted or finally refused; never after acceptance. Messages of one operation are pushed in order of arrival, one
//!    at a time. A message that Onlinesim declined three times (any answer below 500 that is neither acceptance nor a final
//!    refusal, except 408 and 429) waits behind the others of its operation, also behind later ones; several of them take
//!    turns. A 5xx, a timeout and a broken connection are not answers about the message, and keep the order.
//!    Rule 8 has priority: once its operation is closed and its number has another renter, a message is parked for the
//!    admin, even if it was never tried.
//! 8. A message belongs to the operation that was open on its number when it arrived and, if the time of sending is known,
//!    when it was sent; or to none. It never reaches another renter. A gateway delivers SMS for its own numbers only.
//! 9. Three strikes in a row ban a number for 24 h; an operation with an SMS resets the count; a lifted ban, too. An
//!    operation that was cancelled before the guard interval was over is not a strike.
//! 10. Every answer is sent within the deadline; what was not committed by then is not committed afterwards.
//! 11. Secrets, SMS texts and whole phone numbers never appear in a log line, a metric or an error.
//! 12. Everything has a bound: body size, prefixes in a request, batch, queue, page, attempts, retention, SMS per number.
//! 13. A purchase from a wholesaler is stored (committed, synced) before it is called. A stored attempt is called at most
//!     once. No answer, a broken one, 5xx or a crash in between: it is looked up until it is known, and nothing is bought again
//!     until the look-up showed that it is not ours.
//! 14. The day's attempts, unknown and waiting ones included, at their highest price, plus the next one never exceed the
//!     supplier's budget.
//! 15. A bought number is issued only when its SMS are set up at the supplier, and proven where that is asked for.
//! 16. Nothing is given back while rented; it is given back only when the supplier confirmed it.

pub mod archive;
pub mod assignment;
pub mod audit;
pub mod backup;
pub mod certificate;
pub mod concatenation;
pub mod country;
pub mod day;
pub mod delivery;
pub mod exclusion;
pub mod fair_share;
pub mod figures;
pub mod fingerprint;
pub mod gateway;
pub mod inventory;
pub mod ledger;
pub mod listed;
pub mod money;
pub mod network;
pub mod notification;
pub mod number;
pub mod operation;
pub mod phone;
pub mod purchase;
pub mod restore;
pub mod retention;
pub mod sms;
pub mod sms_filter;
pub mod stock;
pub mod strike;
pub mod time;
pub mod trouble;
pub mod wire_name;
