//! Which troubles there are, and what distinguishes them.

use std::time::Duration;

use strum::{IntoStaticStr, VariantNames};

use crate::domain::purchase::SupplierName;
use crate::domain::stock::GatewayId;
use crate::domain::wire_name::CountryName;

/// A trouble of events ends when none was observed for so long.
const EVENTS_QUIET: Duration = Duration::from_mins(5);
/// A trouble of a condition ends when that was not observed for so long: it may come and go, as numbers are rented.
const CONDITION_QUIET: Duration = Duration::from_mins(1);

/// A trouble, and what it is about: there is at most one open of each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Trouble {
    /// Pushes to Onlinesim fail, and none has succeeded since.
    PushesFailing,
    /// SMS were parked.
    SmsParked,
    /// Onlinesim finally refused SMS.
    SmsRefused,
    /// An SMS has waited too long to be pushed.
    SmsOverdue,
    /// The gateway sends neither SMS nor heartbeats.
    GatewayOffline(GatewayId),
    /// Several rentals of the gateway's numbers in a row received no SMS.
    GatewaySilent(GatewayId),
    /// Onlinesim sends no request, although numbers are available.
    OnlinesimSilent,
    /// Requests to Onlinesim's API with no key or a wrong one.
    WrongOnlinesimKey,
    /// Requests to Onlinesim's API from outside the networks that may call.
    WrongOnlinesimAddress,
    /// Requests to the gateways' API with no token or a wrong one.
    WrongGatewayToken,
    /// Requests with the gateway's token whose signature is missing or wrong.
    WrongGatewaySignature(GatewayId),
    /// Requests with the gateway's token from outside the networks that may send it.
    WrongGatewayAddress(GatewayId),
    /// Requests to the admin API with no token or a wrong one.
    WrongAdminToken,
    /// A country has numbers, but none of them can be rented.
    OutOfStock(CountryName),
    /// The disk of the database is almost full.
    DiskLow,
    /// The gateway gave one id to different messages.
    RepetitionDiffers(GatewayId),
    /// Commits take too long.
    CommitsSlow,
    /// The certificate of HTTPS ends soon, has ended, or cannot be replaced by the new one.
    CertificateExpires,
    /// A channel does not take notifications of troubles.
    NotificationsFailing,
    /// The wholesaler is not called, because calls failed or it refused our account.
    SupplierPaused(SupplierName),
    /// It has not been known for too long whether numbers were bought from the wholesaler.
    PurchasesUnknown(SupplierName),
    /// The wholesaler sold another number than the one that was ordered, more of them, or at a higher price.
    PurchaseDeviates(SupplierName),
    /// The wholesaler's list of our numbers differs from the stock.
    StockDiffers(SupplierName),
    /// The last backup is too old.
    BackupOverdue,
    /// A person has to change the address for SMS of numbers at the wholesaler.
    NumbersToRewire(SupplierName),
}

impl Trouble {
    /// The name in the database, in the log and in the admin API.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.into()
    }

    /// The gateway that it is about.
    #[must_use]
    pub const fn gateway(&self) -> Option<GatewayId> {
        match self {
            Self::GatewayOffline(gateway)
            | Self::GatewaySilent(gateway)
            | Self::WrongGatewaySignature(gateway)
            | Self::WrongGatewayAddress(gateway)
            | Self::RepetitionDiffers(gateway) => Some(*gateway),
            _ => None,
        }
    }

    /// The country that it is about.
    #[must_use]
    pub const fn country(&self) -> Option<&CountryName> {
        match self {
            Self::OutOfStock(country) => Some(country),
            _ => None,
        }
    }

    /// The wholesaler that it is about.
    #[must_use]
    pub const fn supplier(&self) -> Option<SupplierName> {
        match self {
            Self::SupplierPaused(supplier)
            | Self::PurchasesUnknown(supplier)
            | Self::PurchaseDeviates(supplier)
            | Self::StockDiffers(supplier)
            | Self::NumbersToRewire(supplier) => Some(*supplier),
            _ => None,
        }
    }

    /// The trouble of that kind, about that gateway, country or wholesaler; `None` when there is no such trouble.
    #[must_use]
    pub fn parse(
        kind: &str,
        gateway: Option<GatewayId>,
        country: Option<CountryName>,
        supplier: Option<SupplierName>,
    ) -> Option<Self> {
        let trouble = match (kind, gateway, country, supplier) {
            ("pushes_failing", None, None, None) => Self::PushesFailing,
            ("sms_parked", None, None, None) => Self::SmsParked,
            ("sms_refused", None, None, None) => Self::SmsRefused,
            ("sms_overdue", None, None, None) => Self::SmsOverdue,
            ("gateway_offline", Some(gateway), None, None) => Self::GatewayOffline(gateway),
            ("gateway_silent", Some(gateway), None, None) => Self::GatewaySilent(gateway),
            ("onlinesim_silent", None, None, None) => Self::OnlinesimSilent,
            ("wrong_onlinesim_key", None, None, None) => Self::WrongOnlinesimKey,
            ("wrong_onlinesim_address", None, None, None) => Self::WrongOnlinesimAddress,
            ("wrong_gateway_token", None, None, None) => Self::WrongGatewayToken,
            ("wrong_gateway_signature", Some(gateway), None, None) => Self::WrongGatewaySignature(gateway),
            ("wrong_gateway_address", Some(gateway), None, None) => Self::WrongGatewayAddress(gateway),
            ("wrong_admin_token", None, None, None) => Self::WrongAdminToken,
            ("out_of_stock", None, Some(country), None) => Self::OutOfStock(country),
            ("disk_low", None, None, None) => Self::DiskLow,
            ("backup_overdue", None, None, None) => Self::BackupOverdue,
            ("repetition_differs", Some(gateway), None, None) => Self::RepetitionDiffers(gateway),
            ("commits_slow", None, None, None) => Self::CommitsSlow,
            ("certificate_expires", None, None, None) => Self::CertificateExpires,
            ("notifications_failing", None, None, None) => Self::NotificationsFailing,
            ("supplier_paused", None, None, Some(supplier)) => Self::SupplierPaused(supplier),
            ("purchases_unknown", None, None, Some(supplier)) => Self::PurchasesUnknown(supplier),
            ("purchase_deviates", None, None, Some(supplier)) => Self::PurchaseDeviates(supplier),
            ("stock_differs", None, None, Some(supplier)) => Self::StockDiffers(supplier),
            ("numbers_to_rewire", None, None, Some(supplier)) => Self::NumbersToRewire(supplier),
            _ => return None,
        };
        Some(trouble)
    }

    /// Whether it is a condition, and not a series of events.
    pub(super) const fn is_condition(&self) -> bool {
        matches!(
            self,
            Self::SmsOverdue
                | Self::GatewayOffline(_)
                | Self::GatewaySilent(_)
                | Self::OnlinesimSilent
                | Self::OutOfStock(_)
                | Self::DiskLow
                | Self::BackupOverdue
                | Self::CertificateExpires
                | Self::NotificationsFailing
                | Self::SupplierPaused(_)
                | Self::PurchasesUnknown(_)
                | Self::StockDiffers(_)
                | Self::NumbersToRewire(_)
        )
    }

    /// After how long without an observation it ends.
    pub(super) const fn quiet_time(&self) -> Duration {
        match self {
            // Its end is observed, too: a successful push.
            Self::PushesFailing => CONDITION_QUIET,
            _ if self.is_condition() => CONDITION_QUIET,
            _ => EVENTS_QUIET,
        }
    }

    /// The detail after so many events in so long; wrong credentials are shown per minute.
    pub(super) fn describe(&self, count: u64, lasts: Duration, detail: String) -> String {
        match self {
            Self::WrongOnlinesimKey | Self::WrongGatewayToken | Self::WrongAdminToken => {
                let minutes = lasts.as_secs().div_ceil(60).max(1);
                format!("{} a minute, {detail}", count.div_ceil(minutes))
            }
            _ => detail,
        }
    }
}
