//! `leaseline serve`: runs the server until it is asked to stop.

use clap::Args;

use super::{CommandError, ConfigArguments, print};
use crate::app::App;
use crate::clock::{Clock, Random};
use crate::http::server;
use crate::lifecycle::{Shutdown, open_files};
use crate::telemetry;

/// What the command takes.
#[derive(Debug, Args)]
pub struct ServeArguments {
    #[command(flatten)]
    config: ConfigArguments,
}

/// Serves; prints the addresses, with the real ports.
///
/// # Errors
/// The configuration is wrong, the database cannot be used, or an address is taken.
pub async fn run(arguments: ServeArguments) -> Result<(), CommandError> {
    let config = arguments.config.load()?;
    telemetry::init(&config.telemetry)?;
    open_files::take_all();
    let shutdown = Shutdown::listen().map_err(|error| CommandError::failed(format!("no signals: {error}")))?;
    let partner = server::bind(config.onlinesim.listen, "onlinesim.listen")
        .await
        .map_err(CommandError::failed)?;
    let admin = server::bind(config.admin.listen, "admin.listen")
        .await
        .map_err(CommandError::failed)?;
    let addresses = partner
        .local_addr()
        .and_then(|partner| Ok((partner, admin.local_addr()?)));
    let (partner_address, admin_address) = addresses.map_err(|error| CommandError::failed(error.to_string()))?;
    let app = App::build(config, Clock::system(), Random::system())
        .await
        .map_err(|error| CommandError::failed(error.to_string()))?;
    print(&format!(
        "partner listens on http://{partner_address}\nadmin listens on http://{admin_address}\n"
    ))?;
    app.serve(partner, admin, shutdown.token())
        .await
        .map_err(|died| CommandError::failed(died.to_string()))
}
