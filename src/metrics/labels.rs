//! Labels whose values are known. Others are enums of the domain, such as [`crate::domain::operation::Outcome`].

use strum::{IntoStaticStr, VariantArray};

/// The action of a request of Onlinesim's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum RequestAction {
    /// How many numbers can be rented.
    GetServices,
    /// Rent a number.
    GetNumber,
    /// Close an operation.
    FinishActivation,
    /// It was refused before its action was known, because of its key, for example.
    Unknown,
}

/// How a request of Onlinesim's was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum AnswerStatus {
    /// SUCCESS.
    Success,
    /// NO_NUMBERS.
    NoNumbers,
    /// HTTP 401, 403 and 429.
    Unauthorized,
    /// HTTP 404.
    NotFound,
    /// Every other 4xx.
    Invalid,
    /// HTTP 5xx: not served in time, or the database failed.
    Unavailable,
}

impl AnswerStatus {
    /// The meaning of an HTTP status that refuses a request; `None`: it does not.
    #[must_use]
    pub const fn of_refusal(http: u16) -> Option<Self> {
        match http {
            401 | 403 | 429 => Some(Self::Unauthorized),
            404 => Some(Self::NotFound),
            400..500 => Some(Self::Invalid),
            500.. => Some(Self::Unavailable),
            _ => None,
        }
    }
}

/// What became of an SMS that a gateway sent, or of a request without a readable one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum SmsResult {
    /// Stored, and due to be pushed.
    Assigned,
    /// Stored; it belongs to no rental.
    Unassigned,
    /// Stored, and never pushed: a filter withholds it.
    Withheld,
    /// A part of a concatenated SMS that waits for the others.
    Waiting,
    /// The gateway sent it before.
    Duplicate,
    /// The request could not be parsed, or its signature is wrong. Counts requests.
    Invalid,
    /// The gateway is disabled. Counts requests.
    Disabled,
    /// The database was not available in time.
    NotStored,
}

impl SmsResult {
    /// Whether the gateway delivered an SMS.
    #[must_use]
    pub const fn is_stored(self) -> bool {
        match self {
            Self::Assigned | Self::Unassigned | Self::Withheld | Self::Waiting | Self::Duplicate => true,
            Self::Invalid | Self::Disabled | Self::NotStored => false,
        }
    }
}

/// What became of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum PushResult {
    /// SUCCESS.
    Accepted,
    /// NO_OPERATION or BAD_SERVICE: final.
    Refused,
    /// Another status, or HTTP 4xx: it is repeated.
    Declined,
    /// No answer, or HTTP 5xx: it is repeated.
    Failed,
}

/// Why a number was banned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum BanCause {
    /// Too many rentals in a row had no SMS.
    Strikes,
    /// The admin banned it.
    Admin,
}

/// Which requests shared a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum BatchKind {
    /// GET_NUMBER.
    RentNumber,
    /// FINISH_ACTIVATION.
    FinishOperation,
    /// SMS of gateways.
    AcceptSms,
}

/// A listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum ListenerName {
    /// For Onlinesim and the gateways.
    Onlinesim,
    /// For the admin.
    Admin,
}
