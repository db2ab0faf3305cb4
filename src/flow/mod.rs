//! One verb per file: load, decide, save, audit, commit.
//!
//! A verb opens one write transaction, reads what it needs, asks `domain` in one pure call, saves what was decided with a
//! check of the row counts, and commits. Before the call it only reads; after it everything succeeds or rolls back.
//! The verbs that many callers use at once (renting, finishing, taking in an SMS) are gathered by [`group_commit`].

pub mod accept_sms;
pub mod ban_number;
pub mod change_gateway;
pub mod change_number;
pub mod check_database;
pub mod closing;
pub mod create_gateway;
pub mod delete_gateway;
pub mod end_rests;
pub mod expire_silent;
pub mod finish_operation;
pub mod flush_incomplete;
pub mod fold_ledger;
pub mod force_close;
pub mod forget_messages;
pub mod gateways;
pub mod group_commit;
pub mod import_numbers;
pub mod lift_bans;
pub mod list_services;
mod place_numbers;
pub mod push_messages;
pub mod readiness;
pub mod release_undelivered;
pub mod rent_number;
pub mod resend_message;
pub mod rotate_token;
pub mod trouble_counters;
pub mod views;
pub mod watch_troubles;

use std::sync::Arc;

use tokio::sync::{Mutex, Notify, mpsc};
use tokio::task::JoinHandle;

use crate::clock::{Clock, Random};
use crate::domain::assignment::AssignmentPolicy;
use crate::domain::concatenation::PartTimeouts;
use crate::domain::delivery::RetryPolicy;
use crate::domain::operation::OperationId;
use crate::domain::strike::StrikePolicy;
use accept_sms::AcceptSms;
use finish_operation::FinishOperation;
use gateways::GatewayDirectory;
use group_commit::GroupCommit;
use readiness::Readiness;
use rent_number::{ReleaseOnDrop, RentNumber};
use trouble_counters::TroubleCounters;

use crate::storage::stock::KnownPools;
pub use crate::storage::{Database, Error as StorageError};

/// Bells that wake workers before their time. A bell rung twice before it is heard rings once.
#[derive(Debug, Clone, Default)]
pub struct Wakeups {
    /// Something is due to be pushed.
    pub deliveries: Arc<Notify>,
    /// An operation may be silent after all.
    pub watchdog: Arc<Notify>,
    /// A ban was set or changed.
    pub bans: Arc<Notify>,
    /// An answer to GET_NUMBER was not taken.
    pub undelivered: Arc<Notify>,
    /// A long SMS waits for its parts.
    pub parts: Arc<Notify>,
}

/// The settings that the verbs decide by.
#[derive(Debug, Clone, Copy)]
pub struct Policies {
    /// Guard interval, strikes and bans.
    pub strikes: StrikePolicy,
    /// Repetition of pushes.
    pub retry: RetryPolicy,
    /// Whose an SMS is.
    pub assignment: AssignmentPolicy,
    /// Repetition and parts of SMS.
    pub patience: PartTimeouts,
}

/// The verbs, ready to be called, and what they share. Clones are the same.
#[derive(Clone)]
pub struct Flows {
    /// Where everything is kept.
    pub database: Database,
    /// What time it is.
    pub clock: Clock,
    /// Tokens, and turns.
    pub random: Random,
    /// The settings.
    pub policies: Policies,
    /// Wake workers.
    pub wakeups: Wakeups,
    /// Whether the database can be written.
    pub readiness: Arc<Readiness>,
    /// Who knocks at `/in/{token}`.
    pub directory: Arc<GatewayDirectory>,
    /// Counts what may be a trouble.
    pub troubles: Arc<TroubleCounters>,
    /// The pools, as far as they are known.
    pub pools: KnownPools,
    /// GET_NUMBER.
    pub rent_number: GroupCommit<RentNumber>,
    /// FINISH_ACTIVATION.
    pub finish_operation: GroupCommit<FinishOperation>,
    /// An SMS from a gateway.
    pub accept_sms: GroupCommit<AcceptSms>,
}

/// What [`Flows::start`] leaves to be looked after.
#[derive(Debug)]
pub struct Background {
    /// The tasks behind the group commits; they end when all clones of the flows are gone.
    pub committers: Vec<(&'static str, JoinHandle<()>)>,
    /// Rentals whose answer nobody took.
    pub undelivered: mpsc::UnboundedReceiver<OperationId>,
}

impl Flows {
    /// Starts the committers.
    #[must_use]
    pub fn start(database: Database, clock: Clock, random: Random, policies: Policies) -> (Self, Background) {
        let (bells, troubles) = (Wakeups::default(), Arc::<TroubleCounters>::default());
        let pools = KnownPools::default();
        let (reports, undelivered) = mpsc::unbounded_channel();
        let report_to = ReleaseOnDrop {
            reports,
            bell: Arc::clone(&bells.undelivered),
        };
        let rent = RentNumber {
            clock: clock.clone(),
            random: random.clone(),
            undelivered: report_to,
            pools: pools.clone(),
            memory: Mutex::default(),
        };
        let (rent_number, renting) = GroupCommit::start(database.clone(), rent);
        let finish = FinishOperation {
            clock: clock.clone(),
            strikes: policies.strikes,
            due: Arc::clone(&bells.deliveries),
        };
        let (finish_operation, finishing) = GroupCommit::start(database.clone(), finish);
        let accept = AcceptSms {
            clock: clock.clone(),
            assignment: policies.assignment,
            patience: policies.patience,
            due: Arc::clone(&bells.deliveries),
            parts: Arc::clone(&bells.parts),
            troubles: Arc::clone(&troubles),
        };
        let (accept_sms, accepting) = GroupCommit::start(database.clone(), accept);
        let committers = vec![
            ("rent_number", renting),
            ("finish_operation", finishing),
            ("accept_sms", accepting),
        ];
        let (directory, readiness) = (Arc::default(), Arc::default());
        let flows = Self {
            database,
            clock,
            random,
            policies,
            wakeups: bells,
            directory,
            readiness,
            troubles,
            pools,
            rent_number,
            finish_operation,
            accept_sms,
        };
        (
            flows,
            Background {
                committers,
                undelivered,
            },
        )
    }
}
