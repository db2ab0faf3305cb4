//! Paths with more slashes than they need: whoever joins a base and a path, or writes an address down, adds one.

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::response::Response;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;

/// Serves each of `paths`, however many slashes it is written with, as if it were written with the usual ones; what else
/// is no route is answered by `otherwise`. A request with the usual ones pays nothing.
pub fn forgive(routes: Router, paths: &'static [&'static str], otherwise: fn() -> Response) -> Router {
    let meant = routes.clone();
    routes.fallback(move |mut request: Request| async move {
        let Some(path) = paths.iter().find(|path| names(path).eq(names(request.uri().path()))) else {
            return otherwise();
        };
        *request.uri_mut() = Uri::from_static(path);
        match TowerToHyperService::new(meant).call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    })
}

fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty())
}
