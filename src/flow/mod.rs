//! One use case per file, most of them methods of [`Flows`]: load, decide, save, audit, commit.
//!
//! A use case opens one write transaction, reads what it needs, asks `domain` in one pure call, saves what was decided with
//! a check of the row counts, and commits. Before the call it only reads; after it everything succeeds or rolls back.
//! The use cases that many callers need at once (rent, finish, accept an SMS) share transactions: see [`group_commit`].

pub mod accept_callback;
pub mod accept_sms;
pub mod adopt_numbers;
pub mod archive;
pub mod asked_by;
pub mod back_up;
pub mod ban_number;
pub mod blank_messages;
pub mod book_renewals;
pub mod cancel_order;
pub mod change_gateway;
pub mod change_number;
pub mod check_database;
pub mod checkpoint;
pub mod claim_notifications;
pub mod claim_purchases;
pub mod closing;
pub mod compare_owned;
mod correct_costs;
pub mod create_gateway;
pub mod delete_gateway;
pub mod end_rests;
pub mod erase_messages;
mod error;
pub mod expire_silent;
pub mod figures;
pub mod finish_operation;
pub mod flush_incomplete;
pub mod fold_ledger;
pub mod force_close;
pub mod forget_messages;
pub mod gateways;
pub mod give_back;
pub mod group_commit;
pub mod import_numbers;
pub mod lift_bans;
pub mod list_services;
pub mod margin;
mod place_numbers;
pub mod place_order;
pub mod prepare_suppliers;
pub mod preview_order;
pub mod prove_line;
pub mod prove_received;
mod purchase_events;
pub mod purchase_views;
pub mod push_messages;
pub mod readiness;
pub mod record_notifications;
pub mod record_purchase;
pub mod record_restore;
pub mod release_undelivered;
pub mod rent_number;
pub mod resend_message;
pub mod resolve_line;
pub mod restock;
pub mod restore_number;
pub mod resume_supplier;
pub mod rotate_token;
mod stock_numbers;
mod supplier_gateway;
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
use crate::domain::notification::NotificationPolicy;
use crate::domain::purchase::policy::PurchasePolicy;
use crate::domain::sms_filter::SmsFilter;
use crate::domain::strike::StrikePolicy;
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use crate::storage::Database;
use crate::storage::stock::KnownPools;
use accept_sms::AcceptSms;
use back_up::BackupLog;
use figures::LastRowCounts;
use finish_operation::FinishOperation;
use gateways::GatewayCounters;
use group_commit::GroupCommit;
use release_undelivered::UndeliveredRentals;
use rent_number::{ReleaseOnDrop, RentNumber};
use trouble_counters::TroubleCounters;

pub use error::StorageError;

/// Wake workers before their timers do. A worker that is notified twice while it works makes one more pass.
#[derive(Debug, Clone, Default)]
pub struct Wakeups {
    /// A message is due to be pushed.
    pub deliveries: Arc<Notify>,
    /// An operation may have lost its only SMS, and has to be watched again.
    pub watchdog: Arc<Notify>,
    /// A ban was set or changed.
    pub bans: Arc<Notify>,
    /// An answer to GET_NUMBER could not be sent.
    pub undelivered: Arc<Notify>,
    /// A concatenated SMS waits for its parts.
    pub parts: Arc<Notify>,
    /// Something is to be done at a wholesaler.
    pub orders: Arc<Notify>,
    /// A trouble is to be reported.
    pub notifications: Arc<Notify>,
    /// Something was committed.
    pub checkpoints: Arc<Notify>,
    /// Figures were read that have to be counted again.
    pub row_counts: Arc<Notify>,
}

impl Wakeups {
    fn new(database: &Database) -> Self {
        Self {
            checkpoints: database.committed(),
            ..Self::default()
        }
    }
}

/// The settings by which the use cases decide.
#[derive(Debug, Clone)]
pub struct Policies {
    /// Guard interval, strikes and bans.
    pub strikes: StrikePolicy,
    /// Repetition of pushes.
    pub retry: RetryPolicy,
    /// Which operation an SMS belongs to.
    pub assignment: AssignmentPolicy,
    /// Repeated SMS, and parts of concatenated SMS.
    pub parts: PartTimeouts,
    /// Which SMS are withheld.
    pub filter: Arc<SmsFilter>,
    /// Which troubles are reported to the operator, and where.
    pub notifications: NotificationPolicy,
}

/// What the server counts, with the commits of the database.
fn metrics(database: &Database, clock: &Clock) -> Arc<Metrics> {
    let metrics = Metrics::new(clock.now());
    let commits = metrics.commits.clone();
    database.observe_commits(move |took| commits.observe(took));
    Arc::new(metrics)
}

/// The use cases: each is a method, in a file of its own. Clones share everything.
#[derive(Clone)]
pub struct Flows {
    database: Database,
    clock: Clock,
    random: Random,
    policies: Policies,
    purchases: Arc<PurchasePolicy>,
    wakeups: Wakeups,
    gateways: Arc<GatewayCounters>,
    troubles: Arc<TroubleCounters>,
    backups: Arc<BackupLog>,
    metrics: Arc<Metrics>,
    row_counts: Arc<LastRowCounts>,
    pools: KnownPools,
    rent_number: GroupCommit<RentNumber>,
    finish_operation: GroupCommit<FinishOperation>,
    accept_sms: GroupCommit<AcceptSms>,
}

/// What a server runs besides the use cases. A command that calls a use case does not need it.
#[derive(Debug)]
pub struct Background {
    /// The tasks behind the group commits; they end when all clones of the flows are gone.
    pub committers: Vec<(&'static str, JoinHandle<()>)>,
    /// Rentals whose answer could not be sent.
    pub undelivered: UndeliveredRentals,
    /// Wake the workers.
    pub wakeups: Wakeups,
    /// Counts events that may be troubles.
    pub troubles: Arc<TroubleCounters>,
    /// What the use cases count, and the other modules with them.
    pub metrics: Arc<Metrics>,
}

impl Flows {
    /// Starts the group commits.
    #[must_use]
    pub fn start(
        database: Database,
        clock: Clock,
        random: Random,
        policies: Policies,
        purchases: PurchasePolicy,
    ) -> (Self, Background) {
        let (wakeups, troubles) = (Wakeups::new(&database), Arc::<TroubleCounters>::default());
        let metrics = metrics(&database, &clock);
        let pools = KnownPools::default();
        let (reports, undelivered) = mpsc::unbounded_channel();
        let rent = RentNumber {
            clock: clock.clone(),
            random: random.clone(),
            undelivered: ReleaseOnDrop {
                reports,
                wakeup: Arc::clone(&wakeups.undelivered),
            },
            pools: pools.clone(),
            cache: Mutex::default(),
        };
        let finish = FinishOperation {
            clock: clock.clone(),
            strikes: policies.strikes,
            filter: Arc::clone(&policies.filter),
            due: Arc::clone(&wakeups.deliveries),
            metrics: Arc::clone(&metrics),
        };
        let accept = AcceptSms {
            clock: clock.clone(),
            policies: policies.clone(),
            wakeups: wakeups.clone(),
            troubles: Arc::clone(&troubles),
            metrics: Arc::clone(&metrics),
        };
        let (rent_number, renting) = GroupCommit::start(database.clone(), rent, &metrics);
        let (finish_operation, finishing) = GroupCommit::start(database.clone(), finish, &metrics);
        let (accept_sms, accepting) = GroupCommit::start(database.clone(), accept, &metrics);
        let flows = Self {
            database,
            clock,
            random,
            policies,
            purchases: Arc::new(purchases),
            wakeups,
            gateways: Arc::default(),
            troubles,
            backups: Arc::default(),
            metrics,
            row_counts: Arc::default(),
            pools,
            rent_number,
            finish_operation,
            accept_sms,
        };
        let background = Background {
            committers: vec![
                ("rent_number", renting),
                ("finish_operation", finishing),
                ("accept_sms", accepting),
            ],
            undelivered: UndeliveredRentals::new(&flows, undelivered),
            wakeups: flows.wakeups.clone(),
            troubles: Arc::clone(&flows.troubles),
            metrics: Arc::clone(&flows.metrics),
        };
        (flows, background)
    }

    /// What is known about the wholesalers that are on.
    #[must_use]
    pub fn purchase_policy(&self) -> &PurchasePolicy {
        &self.purchases
    }

    /// The time of the clock by which the use cases decide.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
