//! The business, pure: types that cannot hold a wrong state and functions that decide.
//!
//! Nothing here knows a database, a socket or a clock: the caller brings what was loaded and the time, and
//! saves what is decided.
//!
//! # The rules that always hold
//!
//! Each is kept here by types and once more by the database (`migrations/`); tests name them by number.
//!
//! 1. A number has at most one open operation.
//! 2. An answer SUCCESS to GET_NUMBER is sent only after its operation is durable (committed, synced).
//! 3. An issued number starts with none of the request's excluded prefixes, matches country and operator where given,
//!    is enabled, not banned, rested since its last rental, and belongs to a gateway that is on line and has capacity
//!    left.
//! 4. GET_SERVICES never promises more than GET_NUMBER can honour at that moment, all at once; the operators of a
//!    country add up to `any`. A number that rests is not promised.
//! 5. An operation is closed by FINISH_ACTIVATION; else only by the watchdog (no SMS, guard interval plus grace over), by
//!    an answer that could not be delivered, or by the admin with a reason.
//! 6. FINISH repeated gives the same answer and moves no money. An operation is credited at most once and reversed at
//!    most once. `reserved = posted + voided + still open`, always.
//! 7. A message accepted from a gateway (2xx) is durable. It is pushed at least once, at once, then every 10 s until
//!    accepted or finally refused; never after acceptance. Messages of one operation are pushed in order of arrival, one
//!    at a time. One that Onlinesim declined three times (any answer below 500 but acceptance and a final no, except 408
//!    and 429) steps behind: the others go first, also those that come later, and those behind take turns. A 5xx, a
//!    time-out and a broken connection say nothing of the message, and keep the order.
//!    Rule 8 goes first: once its operation is closed and its number has another renter, it is parked for the admin, even
//!    if it was never tried.
//! 8. A message belongs to the operation that was open on its number when it arrived and, where its own time of sending is
//!    known, when it was sent; or to none. It never reaches another renter. A gateway speaks for its own numbers only.
//! 9. Three strikes in a row ban a number for 24 h; one operation with an SMS resets the count; a lifted ban starts at
//!    zero. An operation cancelled before the guard interval is no strike.
//! 10. Every answer leaves within the deadline; what was not committed by then is not committed after.
//! 11. Secrets, SMS texts and whole phone numbers never reach a log line, a metric or an error.
//! 12. Everything has a bound: body size, prefixes in a request, batch, queue, page, attempts, retention, SMS per number.

pub mod assignment;
pub mod audit;
pub mod concatenation;
pub mod country;
pub mod cut;
pub mod delivery;
pub mod exclusion;
pub mod fair_share;
pub mod fingerprint;
pub mod gateway;
pub mod inventory;
pub mod ledger;
pub mod listed;
pub mod money;
pub mod number;
pub mod operation;
pub mod phone;
pub mod sms;
pub mod stock;
pub mod strike;
pub mod time;
pub mod trouble;
pub mod wire_name;
