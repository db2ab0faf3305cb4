//! Figures of the whole server for its metrics: counts and sums, no number, no sender and no text (rule 11).

use super::delivery::DeliveryState;
use super::ledger::Balance;
use super::number::NumberState;
use super::stock::{AvailableCounts, GatewayId};
use super::time::Timestamp;
use super::trouble::{DiskSpace, Trouble};
use super::wire_name::CountryName;

/// Everything that is read for one scrape.
#[derive(Debug, Clone)]
pub struct Figures {
    /// When it was read.
    pub now: Timestamp,
    /// What GET_SERVICES promises.
    pub promise: AvailableCounts,
    /// By country: how many numbers are available and rented. Those of gateways that are offline count, too.
    pub numbers: Vec<(CountryName, u64, u64)>,
    /// All gateways, by name.
    pub gateways: Vec<GatewayFigures>,
    /// When the oldest SMS arrived that is due to be pushed.
    pub oldest_due: Option<Timestamp>,
    /// The sums of the ledger.
    pub balance: Balance,
    /// Those that are open.
    pub troubles: Vec<Trouble>,
    /// The sizes of the database's files; `None`: it is not a file.
    pub files: Option<FileSizes>,
    /// Their disk, where that could be read.
    pub disk: Option<DiskSpace>,
    /// When the last of the backups was begun that the server makes by itself.
    pub last_backup: Option<Timestamp>,
    /// What was counted last; `None`: nothing since the start.
    pub counts: Option<RowCounts>,
}

/// What no counter has: it is counted row by row, in the background, and so as of a little earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCounts {
    /// Numbers that are neither available nor rented.
    pub unavailable: Vec<(CountryName, NumberState, u64)>,
    /// Open operations without an SMS.
    pub waiting: u64,
    /// Open operations with one.
    pub receiving: u64,
    /// Deliveries by state.
    pub deliveries: Vec<(DeliveryState, u64)>,
}

/// A gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayFigures {
    /// Its id.
    pub id: GatewayId,
    /// What the partner calls it.
    pub name: String,
    /// Whether its numbers are issued.
    pub enabled: bool,
    /// Whether a heartbeat or an SMS came within its timeout; true if it has none.
    pub online: bool,
    /// How many of its numbers may be rented at once; `None`: all.
    pub capacity: Option<u32>,
    /// How many of them are rented.
    pub rented: u64,
}

/// The sizes of the database's files, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileSizes {
    /// The database.
    pub database: u64,
    /// Its write-ahead log.
    pub log: u64,
}
