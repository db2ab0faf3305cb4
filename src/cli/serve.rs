//! `leaseline serve`: runs the server until it is asked to stop.

use clap::Args;

use super::{CommandError, ConfigArguments, print};
use crate::app::App;
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
    let shutdown = Shutdown::listen().map_err(|error| CommandError::failed(format!("no signals: {error}")))?;
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
    let app = App::build(config, Clock::system(), Random::system())
        .await
        .map_err(|error| CommandError::failed(error.to_string()))?;
    print(&format!(
        "listening api=onlinesim address=http://{public_address}\nlistening api=gateway address=http://{public_address}\n\
         listening api=admin address=http://{admin_address}\n"
    ))?;
    app.serve(onlinesim, admin, shutdown.token())
        .await
        .map_err(|exited| CommandError::failed(exited.to_string()))
}
