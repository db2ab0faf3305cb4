//! The composition root, the same in production, in the demo and in tests.

mod database;
mod error;
pub mod reload;
pub mod serve;
pub mod settings;
mod suppliers;
pub mod tls;
pub mod waiting;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

pub use self::error::StartError;
pub use self::suppliers::SuppliersError;
use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::domain::country::CountryNames;
use crate::domain::purchase::policy::PurchasePolicy;
use crate::flow::{Background, Flows, Wakeups};
use crate::gateway::directory::GatewayDirectory;
use crate::http::auth_failures::AuthFailures;
use crate::http::caller_secrets::SharedSecrets;
use crate::http::health::{self, HealthApi, StoppedWorkers};
use crate::http::tls::Tls;
use crate::http::trace;
use crate::lifecycle::TaskRegistry;
use crate::metrics::Metrics;
use crate::onlinesim::auth::Keys;
use crate::onlinesim::push_sms::Pusher;
use crate::onlinesim::{self, RequestLimits};
use crate::storage::Database;
use crate::storage::sqlite::ServerLock;
use crate::supplier::registry::Suppliers;
use crate::worker::backups::Backups;
use crate::worker::ban_lifter::BanLifter;
use crate::worker::certificates::CertificateKeeper;
use crate::worker::deliveries::Deliveries;
use crate::worker::ledger_totals::LedgerTotals;
use crate::worker::notifications::Notifications;
use crate::worker::orders::Orders;
use crate::worker::owned::OwnedNumbers;
use crate::worker::reassembler::Reassembler;
use crate::worker::renewals::Renewals;
use crate::worker::restock::Restock;
use crate::worker::retention::Retention;
use crate::worker::trouble_watcher::TroubleWatcher;
use crate::worker::unsent_answers::UnsentAnswers;
use crate::worker::watchdog::Watchdog;
use crate::{admin, gateway, worker};

/// The use cases on an open database, with the settings of the configuration. Commands call them next to a running server.
#[must_use]
pub fn flows(config: &Config, database: Database, clock: Clock, random: Random) -> (Flows, Background) {
    Flows::start(
        database,
        clock,
        random,
        settings::policies(config),
        PurchasePolicy::default(),
    )
}

/// The worker that makes backups; `None`: that is not configured.
fn backups(config: &Config, flows: &Flows, stop: &CancellationToken) -> Option<Arc<Backups>> {
    let schedule = config.backup.schedule()?;
    Some(Arc::new(Backups::new(flows.clone(), schedule, stop.clone())))
}

/// The whole server, not yet running.
pub struct App {
    /// The use cases.
    pub flows: Flows,
    /// Their database, to close or to audit it.
    pub database: Database,
    /// Wake the workers.
    pub wakeups: Wakeups,
    /// Pushes SMS.
    pub deliveries: Arc<Deliveries>,
    /// Closes operations without an SMS.
    pub watchdog: Arc<Watchdog>,
    /// Lifts bans and ends rests.
    pub bans: Arc<BanLifter>,
    /// Closes operations whose answer could not be sent.
    pub undelivered: Arc<UnsentAnswers>,
    /// Flushes concatenated SMS whose parts do not all arrive.
    pub parts: Arc<Reassembler>,
    /// Calls wholesalers.
    pub orders: Arc<Orders>,
    /// Compares suppliers' lists of our numbers with the stock.
    pub owned: Arc<OwnedNumbers>,
    /// Orders numbers where a rule requires it.
    pub restock: Arc<Restock>,
    /// Blanks and deletes what is older than it is kept.
    pub retention: Arc<Retention>,
    /// Makes backups, if that is configured.
    pub backups: Option<Arc<Backups>>,
    /// Adds transfers to the totals of the ledger.
    pub ledger_totals: Arc<LedgerTotals>,
    /// Books the months of bought numbers.
    pub renewals: Arc<Renewals>,
    /// Checks for troubles.
    pub troubles: Arc<TroubleWatcher>,
    /// Keeps the certificate of HTTPS good; `None`: the listeners speak plain HTTP.
    pub certificates: Option<Arc<CertificateKeeper>>,
    /// Reports them.
    pub notifications: Arc<Notifications>,
    /// Caches gateways by their tokens.
    pub gateways: Arc<GatewayDirectory>,
    /// The wholesalers that are on.
    pub suppliers: Suppliers,
    /// What the server counts.
    pub metrics: Arc<Metrics>,
    failures: AuthFailures,
    secrets: SharedSecrets,
    config: Config,
    countries: Arc<CountryNames>,
    tls: Option<Tls>,
    workers: TaskRegistry,
    stop: CancellationToken,
    committers: Vec<(&'static str, JoinHandle<()>)>,
    lock: Option<Arc<ServerLock>>,
}

impl App {
    /// Opens the database, runs its migrations, and connects the modules. Nothing listens and no worker runs yet.
    pub async fn build(config: Config, clock: Clock, random: Random) -> Result<Self, StartError> {
        let countries = Arc::new(CountryNames::new(&config.countries)?);
        let suppliers = suppliers::build(&config)?;
        let (database, lock) = database::open(&config).await?;
        let base = settings::gateway_base(&config, config.onlinesim.listen);
        let purchases = suppliers::policy(&config, &suppliers, &base).map_err(SuppliersError::from)?;
        let policies = settings::policies(&config);
        let strikes = policies.strikes;
        let (flows, background) = Flows::start(database.clone(), clock.clone(), random, policies, purchases);
        let Background { wakeups, metrics, .. } = background;
        worker::NAMES.into_iter().for_each(|name| drop(metrics.worker(name)));
        flows.end_leases().await?;
        flows.prepare_suppliers().await?;
        let (stop, secrets) = (CancellationToken::new(), SharedSecrets::new(reload::secrets(&config)));
        let pusher = Pusher::new(settings::push_settings(&config), secrets.clone(), metrics.clone())?;
        let (tls, certificates) = tls::https(&config, &flows, &clock, &stop, &database)?.unzip();
        let (rent, push, due) = (&config.rent, &config.push, Arc::clone(&wakeups.deliveries));
        let deliveries = Deliveries::new(flows.clone(), pusher, push.parallel, push.timeout, due, stop.clone());
        let watchdog = Watchdog::new(flows.clone(), &clock, rent.guard + rent.guard_grace, rent.start_grace);
        let orders = Orders::new(
            flows.clone(),
            suppliers.clone(),
            (base, config.suppliers.timeout),
            Arc::clone(&countries),
            Arc::clone(&wakeups.orders),
            stop.clone(),
        );
        Ok(Self {
            orders: Arc::new(orders),
            deliveries: Arc::new(deliveries),
            watchdog: Arc::new(watchdog),
            bans: Arc::new(BanLifter::new(flows.clone(), strikes)),
            undelivered: Arc::new(UnsentAnswers::new(background.undelivered)),
            parts: Arc::new(Reassembler::new(flows.clone(), &clock, rent.start_grace)),
            owned: Arc::new(OwnedNumbers::new(flows.clone(), suppliers.clone())),
            restock: Arc::new(Restock::new(flows.clone(), Arc::clone(&countries))),
            retention: Arc::new(Retention::new(flows.clone(), settings::retention(&config))),
            backups: backups(&config, &flows, &stop),
            ledger_totals: Arc::new(LedgerTotals::new(flows.clone())),
            renewals: Arc::new(Renewals::new(flows.clone())),
            troubles: Arc::new(TroubleWatcher::new(flows.clone(), settings::trouble_limits(&config))),
            notifications: settings::notifications(&config, &flows, &stop)?,
            failures: AuthFailures::new(&clock, &background.troubles),
            secrets,
            certificates: certificates.map(Arc::new),
            gateways: Arc::new(GatewayDirectory::new(flows.clone(), clock)),
            suppliers,
            metrics,
            flows,
            database,
            wakeups,
            config,
            countries,
            tls,
            workers: TaskRegistry::default(),
            stop,
            committers: background.committers,
            lock: lock.map(Arc::new),
        })
    }

    /// The APIs for Onlinesim and the gateways. `onlinesim` is the address of their listener.
    pub fn onlinesim_router(&self, onlinesim: SocketAddr) -> Router {
        let config = &self.config.onlinesim;
        let limits = RequestLimits {
            deadline: config.deadline,
            body_bytes_max: config.body_bytes_max,
            prefixes_max: config.prefixes_max,
        };
        let keys = Keys::new(self.secrets.clone(), config.auth, self.failures.clone());
        self.with_common_layers(
            onlinesim::routes(onlinesim::OnlinesimApi {
                flows: self.flows.clone(),
                keys,
                limits,
                metrics: Arc::clone(&self.metrics),
                allow: config.allow.clone(),
            })
            .merge(gateway::routes(
                self.gateway_api(onlinesim),
                config.deadline,
                config.body_bytes_max,
            )),
            StoppedWorkers::Hidden,
        )
    }

    fn gateway_api(&self, onlinesim: SocketAddr) -> gateway::GatewayApi {
        gateway::GatewayApi {
            flows: self.flows.clone(),
            directory: Arc::clone(&self.gateways),
            public_base: self.gateway_base(onlinesim),
            replay_window: self.config.gateway.replay_window,
            failures: self.failures.clone(),
            methods: self.config.gateway.methods.clone(),
            metrics: Arc::clone(&self.metrics),
        }
    }

    fn gateway_base(&self, onlinesim: SocketAddr) -> String {
        settings::gateway_base(&self.config, onlinesim)
    }

    /// The admin API. `onlinesim` is the address of the listener for the gateways.
    pub fn admin_router(&self, onlinesim: SocketAddr) -> Router {
        let routes = admin::routes(admin::AdminApi {
            flows: self.flows.clone(),
            countries: Arc::clone(&self.countries),
            suppliers: self.suppliers.clone(),
            secrets: self.secrets.clone(),
            failures: self.failures.clone(),
            body_bytes_max: self.config.admin.body_bytes_max,
            new_pools_max: self.config.import.new_pools_max,
            gateway_base: self.gateway_base(onlinesim),
            supplier_timeout: self.config.suppliers.timeout,
            metrics: Arc::clone(&self.metrics),
        });
        self.with_common_layers(routes, StoppedWorkers::Named)
    }

    fn health(&self, stopped_workers: StoppedWorkers) -> HealthApi {
        let storage = &self.config.storage;
        HealthApi {
            flows: self.flows.clone(),
            workers: self.workers.clone(),
            stopped_workers,
            is_standby_optional: storage.url.is_postgres() && !storage.require_standby,
        }
    }

    fn with_common_layers(&self, router: Router, stopped: StoppedWorkers) -> Router {
        router
            .merge(health::routes(self.health(stopped)))
            .layer(middleware::from_fn(trace::log))
            .layer(CatchPanicLayer::new())
    }
}
