//! Ctrl-C in the middle.

use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::timeout;

use super::LENIENT;
use super::bad_server::{BadServer, Fault};
use crate::support::KEY;
use crate::support::postgres;
use crate::support::wire::Listening;

/// GET_NUMBER until a rental is held: thirty, ten with prefixes, one of its country, four malformed ones, and itself.
pub const UNTIL_HELD: u64 = 30 + 10 + 1 + 4 + 1;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn control_c_gives_back_what_is_held() {
    let partner = BadServer::new(Fault::None);
    let server = Listening::start(partner.router(false)).await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_leaseline"));
    command.env_remove(postgres::REQUIRED);
    command.args([
        "rehearse",
        "--url",
        &server.url(""),
        "--yes-rent-real-numbers",
        "--keep-open",
        "19m",
    ]);
    command.args(LENIENT);
    command
        .env("REHEARSE_KEY", KEY)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let held = async {
        while partner.asked() < UNTIL_HELD || partner.open().len() != 1 {
            tokio::task::yield_now().await;
        }
    };
    if timeout(REQUEST_TIMEOUT, held).await.is_err() {
        child.kill().unwrap();
        panic!("{} asked for, {} held", partner.asked(), partner.open().len());
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output());
    let output = output.await.unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("never-finished") && text.contains("! stopped by a signal"),
        "{text}"
    );
    assert!(text.contains(" numbers were rented, 0 are not given back"), "{text}");
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "leaseline: stopped by a signal\n"
    );
    assert_eq!(partner.open(), [0; 0]);
    server.stop().await;
}
