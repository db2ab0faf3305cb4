//! Onlinesim, its clock, and the listeners.

use std::net::TcpListener;
use std::time::Duration;

use leaseline::clock::Clock;

use super::report::Setup;
use crate::programs::port;
use crate::support::Reply;

/// An answer with that `Date`.
fn dated(date: &str) -> Reply {
    Reply::Answer {
        status: 404,
        headers: vec![("date", date.to_owned())],
        body: Vec::new(),
    }
}

/// A `Date` header of so much later than now.
fn later(by: Duration) -> String {
    let text = leaseline::clock::rfc5322(Clock::system().now() + by);
    text.replace("+0000", "GMT")
}

#[tokio::test]
async fn a_clock_that_is_off_is_named() {
    let setup = Setup::new().await;
    setup
        .place
        .onlinesim
        .always_answers(dated(&later(Duration::from_hours(1))));
    let report = setup.examine().await;
    report.is_wrong("clock", " behind Onlinesim's");
    assert_eq!(report.state("push_url"), "ok", "the status does not matter");
    let [head] = setup.place.onlinesim.pushes().try_into().unwrap();
    assert!(head.path.starts_with("HEAD /"), "{}", head.path);
    assert!(!head.headers.contains_key("authorization"), "no key is sent");

    setup
        .place
        .onlinesim
        .always_answers(dated("Sun, 06 Nov 1994 08:49:37 GMT"));
    setup.examine().await.is_wrong("clock", " ahead of Onlinesim's");
    setup.place.onlinesim.always_answers(dated("yesterday"));
    assert_eq!(setup.examine().await.state("clock"), "skipped");
}

#[tokio::test]
async fn the_step_that_fails_on_the_way_to_onlinesim_is_named() {
    let mut setup = Setup::new().await;
    let closed = port::free();
    setup
        .place
        .set("LEASELINE_PUSH__URL", &format!("http://127.0.0.1:{closed}"));
    let report = setup.examine().await;
    report.is_wrong(
        "push_url",
        &format!("http://127.0.0.1:{closed}: no TCP connection to port {closed}: "),
    );
    report.is_wrong("push_url", "Connection refused");
    assert_eq!(report.state("clock"), "skipped");

    let plain = setup.place.onlinesim.address;
    setup.place.set("LEASELINE_PUSH__URL", &format!("https://{plain}"));
    setup
        .examine()
        .await
        .is_wrong("push_url", &format!("https://{plain}: TCP works, but no connection: "));

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    setup.place.set("LEASELINE_PUSH__URL", &format!("http://{address}"));
    setup.place.set("LEASELINE_PUSH__TIMEOUT", "1s");
    setup
        .examine()
        .await
        .is_wrong("push_url", &format!("http://{address}: TCP works, but timeout"));
}

#[tokio::test]
async fn listeners_that_are_not_reached_as_configured_are_named() {
    let mut setup = Setup::new().await;
    let server = setup.place.start().await;
    // A listener whose queue is full, or that is somebody else's: connections wait.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    setup
        .place
        .set("LEASELINE_ONLINESIM__PUBLIC_URL", &format!("http://{address}"));
    let report = setup.examine().await;
    report.is_wrong(
        "listeners",
        &format!("http://{address} (onlinesim.public_url) does not answer: timeout"),
    );
    report.is_wrong("listeners", "the listener itself is there, at 127.0.0.1:");
    let other = setup.place.onlinesim.url();
    setup.place.set("LEASELINE_ONLINESIM__PUBLIC_URL", &other);
    setup.examine().await.is_wrong(
        "listeners",
        "(onlinesim.public_url) answers, but not as this server: HTTP 200",
    );
    setup.place.set(
        "LEASELINE_ONLINESIM__PUBLIC_URL",
        &format!("http://127.0.0.1:{}", setup.port),
    );
    setup.examine().await.is_well();
    drop(server);
}

#[tokio::test]
async fn an_admin_listener_that_other_machines_reach_is_a_warning_and_another_program_in_its_place_is_wrong() {
    let mut setup = Setup::new().await;
    setup
        .place
        .set("LEASELINE_ADMIN__LISTEN", &format!("0.0.0.0:{}", port::free()));
    let report = setup.examine().await;
    report.is_a_warning("listeners", "other machines may reach the admin API");
    report.is_well();
    let other = setup.place.onlinesim.address.to_string();
    setup.place.set("LEASELINE_ADMIN__LISTEN", &other);
    setup.examine().await.is_wrong(
        "server",
        &format!("no server answers at {other} (admin.listen): another program answers"),
    );
}
