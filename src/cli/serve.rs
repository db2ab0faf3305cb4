//! `leaseline serve`: runs the server until it is asked to stop, and reads its secrets and its certificate again at SIGHUP.

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::{CommandError, ConfigArguments, print};
use crate::app::App;
use crate::app::reload::Reloader;
use crate::app::waiting::WaitingServer;
use crate::clock::{Clock, Random};
use crate::http::server;
use crate::lifecycle::{Shutdown, open_files};
use crate::telemetry;

/// The arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    #[command(flatten)]
    config: ConfigArguments,
}

/// Serves; prints the addresses with the actual ports.
///
/// # Errors
/// The configuration is wrong, the database cannot be used, or an address is taken.
pub async fn run(arguments: ServeArguments) -> Result<(), CommandError> {
    let config = arguments.config.load()?;
    telemetry::init(&config.telemetry)?;
    open_files::raise_limit();
    let no_signals = |error| CommandError::failed(format!("no signals: {error}"));
    let shutdown = Shutdown::listen().map_err(no_signals)?;
    let mut hangups = signal(SignalKind::hangup()).map_err(no_signals)?;
    let onlinesim = server::bind(config.onlinesim.listen, "onlinesim.listen")
        .await
        .map_err(CommandError::failed)?;
    let admin = server::bind(config.admin.listen, "admin.listen")
        .await
        .map_err(CommandError::failed)?;
    let addresses = onlinesim
        .local_addr()
        .and_then(|onlinesim| Ok((onlinesim, admin.local_addr()?)));
    let (public_address, admin_address) = addresses.map_err(|error| CommandError::failed(error.to_string()))?;
    let waiting = WaitingServer::start(&config, &onlinesim, &admin);
    let stop = shutdown.token();
    let app = tokio::select! {
        built = App::build(config, Clock::system(), Random::system()) => built,
        () = stop.cancelled() => return Ok(()),
    };
    waiting.end().await;
    let app = app.map_err(|error| CommandError::failed(error.to_string()))?;
    let scheme = if app.certificates.is_some() { "https" } else { "http" };
    print(&format!(
        "listening api=onlinesim address={scheme}://{public_address}\n\
         listening api=gateway address={scheme}://{public_address}\nlistening api=admin address=http://{admin_address}\n"
    ))?;
    let reloader = app.reloader();
    // Only its wakeup: the server stops when nobody else has the use cases.
    let certificates = app.certificates.as_ref().map(|certificates| certificates.wakeup());
    let reloading = tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            reload(&arguments.config, &reloader);
            if let Some(certificates) = &certificates {
                certificates.notify_one();
            }
        }
    });
    let served = app.serve(onlinesim, admin, shutdown.token()).await;
    reloading.abort();
    served.map_err(|exited| CommandError::failed(exited.to_string()))
}

/// Reads the configuration again. What is wrong with it is logged, and what is in effect stays.
fn reload(config: &ConfigArguments, reloader: &Reloader) {
    match config.load() {
        Ok(config) => {
            let restart = reloader.apply(&config);
            tracing::info!(
                "the configuration was read again: onlinesim.keys and admin.token are in effect; other secrets need a restart"
            );
            if !restart.is_empty() {
                tracing::warn!(sections = ?restart, "other options differ from those in effect: they need a restart");
            }
        }
        Err(error) => tracing::error!(%error, "the configuration was not read again; what is in effect stays"),
    }
}
