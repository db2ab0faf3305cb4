//! Which gateway calls: the extractor that turns the token in the path into the gateway.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::Refusal;
use crate::domain::stock::GatewayId;
use crate::flow::Flows;

/// A gateway whose token was right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller(pub(super) GatewayId);

impl FromRequestParts<Arc<Flows>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, flows: &Arc<Flows>) -> Result<Self, Refusal> {
        let Path(token) = Path::<String>::from_request_parts(parts, flows)
            .await
            .map_err(|_| Refusal::UnknownToken)?;
        let found = flows.directory.find(&flows.database, &token).await?;
        found.map(Self).ok_or(Refusal::UnknownToken)
    }
}
