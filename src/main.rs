//! Arguments -> command -> exit code.

use std::process::ExitCode;

use clap::Parser;
use leaseline::cli::{self, Arguments, Failure};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let exit_code = runtime.block_on(cli::run(arguments));
            // What still runs is not waited for: a name that is being looked up, for one.
            runtime.shutdown_background();
            exit_code
        }
        Err(error) => cli::finish(Err(Failure::failed(format!("no threads to run on: {error}")))),
    }
}
