//! Paths with extra slashes: joining a base and a path easily adds one.

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::response::Response;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;

/// Serves each of `paths`, also when it is written with extra slashes; all other unknown paths are answered by `otherwise`.
/// Requests without extra slashes cost nothing more.
pub fn ignore_extra(routes: Router, paths: &'static [&'static str], otherwise: fn() -> Response) -> Router {
    let known = routes.clone();
    routes.fallback(move |mut request: Request| async move {
        let Some(path) = paths
            .iter()
            .find(|path| segments(path).eq(segments(request.uri().path())))
        else {
            return otherwise();
        };
        *request.uri_mut() = Uri::from_static(path);
        match TowerToHyperService::new(known).call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    })
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}
