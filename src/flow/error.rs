//! The error of a use case whose transaction failed.

use super::adopt_numbers::AdoptNumbersError;
use super::archive::ArchiveError;
use super::cancel_order::CancelOrderError;
use super::change_gateway::ChangeGatewayError;
use super::change_number::ChangeNumberError;
use super::create_gateway::CreateGatewayError;
use super::delete_gateway::DeleteGatewayError;
use super::force_close::ForceCloseError;
use super::give_back::GiveBackError;
use super::import_numbers::ImportError;
use super::place_order::PlaceOrderError;
use super::prove_line::ProveLineError;
use super::record_restore::RecordRestoreError;
use super::resend_message::ResendMessageError;
use super::resolve_line::ResolveLineError;
use super::restock::SetRestockError;
use super::restore_number::RestoreNumberError;
use super::resume_supplier::ResumeSupplierError;
use super::rotate_token::RotateTokenError;
use crate::storage::Error;

/// The database failed: nothing of the transaction is kept. The message is for the operator, in the log or on a terminal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct StorageError(#[from] Error);

impl StorageError {
    /// Whether the same call may succeed later, with the same data.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        self.0.is_unavailable()
    }

    /// Whether something else was changed first, or a rule of the database would be violated.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        self.0.is_refused()
    }
}

/// The errors of use cases that contain a [`StorageError`].
macro_rules! from_storage {
    ($($error:ident),*) => {
        $(impl From<Error> for $error {
            fn from(error: Error) -> Self {
                Self::Storage(error.into())
            }
        })*
    };
}

from_storage!(
    AdoptNumbersError,
    ArchiveError,
    CancelOrderError,
    ChangeGatewayError,
    ChangeNumberError,
    CreateGatewayError,
    DeleteGatewayError,
    ForceCloseError,
    GiveBackError,
    ImportError,
    PlaceOrderError,
    ProveLineError,
    RecordRestoreError,
    ResendMessageError,
    ResolveLineError,
    ResumeSupplierError,
    RestoreNumberError,
    RotateTokenError,
    SetRestockError
);
