//! The extractor that checks the admin's token.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::AdminApi;
use super::problem::Problem;
use crate::domain::trouble::Trouble;
use crate::http::auth_failures::ClientAddress;
use crate::http::bearer;

/// The admin: the token was right. A handler without one is public.
#[derive(Debug, Clone, Copy)]
pub(super) struct AdminCaller;

impl FromRequestParts<AdminApi> for AdminCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &AdminApi) -> Result<Self, Problem> {
        let address = ClientAddress::of(&parts.extensions);
        let refused = |detail: &str| {
            let wait = api.failures.note(Trouble::WrongAdminToken, address);
            let refusal = Problem::new(StatusCode::UNAUTHORIZED, detail);
            Err(wait.map_or(refusal, Problem::too_many_failures))
        };
        let Some(given) = bearer(&parts.headers) else {
            return refused("the header Authorization: Bearer <token> is missing");
        };
        let secrets = api.secrets.current();
        let token = secrets.admin_token.expose_secret().as_bytes();
        // An empty token is not configured.
        if !token.is_empty() && bool::from(token.ct_eq(given.as_bytes())) {
            Ok(Self)
        } else {
            refused("the token in the header Authorization is wrong")
        }
    }
}
