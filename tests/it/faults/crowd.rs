//! Ten thousand clients that never finish their requests. Renters are served meanwhile, in time. Rules 10 and 12.

mod connection;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::iter;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use leaseline::lifecycle::open_files;

use super::preload;
use crate::crash::process::{Place, Server, ServerClient};
use crate::support::KEY;
use crate::support::certificates::{Authority, long};
use crate::support::wire::raw_post;
use connection::{HOST, Stream, open};

/// How much slower the server's monotonic clock goes (`slow_clock.c`). It counts 15 s for a head and 8 s for a body and an
/// answer: over 6 minutes, which no part of a test takes, however busy the machine is. So a connection slot becomes free only
/// by evicting a client, and a rental that succeeds was answered within the deadline as the server counts it.
const SLOW_CLOCK: &str = "50";
/// An answer that takes longer waits for a time-out of the slow clients.
const ANSWER_MAX: Duration = Duration::from_secs(100);
const SLOW: usize = 10_000;
/// Files that the test needs besides.
const OTHER_FILES: usize = 500;
/// The connections that the API has with that many files to open.
const SLOTS: usize = 8192;
/// The part of them that connects at the same time. A renter that has connected and not sent its request yet is
/// disconnected when as many others connect meanwhile as there are connections. All clients run on one thread, in turn, so
/// this bounds how many do, however busy the machine is.
const PART_AT_ONCE: usize = 16;
const RENTERS: usize = 4;

/// Compiled once per test run.
static SLOW_CLOCK_LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| preload::compiled("slow_clock"));

/// Two crowds at the same time would need more files than a process may have open.
static ONE_CROWD: Mutex<()> = Mutex::const_new(());

const HALF_A_HEAD: &str = "POST /getNumberRent HTTP/1.1\r\nhost: x\r\nauthorization: Bea";
const HALF_A_BODY: &str = "POST /getNumberRent HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 80\r\n\r\n{\"action\":";

/// The beginning of what a client of TLS sends first: a record of 512 bytes.
const HALF_A_HANDSHAKE: &str = "\x16\x03\x01\x02\x00\x01\x00";

/// As many slow clients as this process may have, which is reported if they are fewer.
fn as_many_as_may_be(wanted: usize) -> usize {
    open_files::raise_limit();
    let files = open_files::limit();
    let clients = wanted.min(files.saturating_sub(OTHER_FILES));
    if clients < wanted {
        eprintln!("only {clients} slow clients: the hard limit of open files is {files}");
    }
    clients
}

/// Clients that send the beginning of a request and no more.
#[derive(Clone, Copy)]
struct Slow {
    clients: usize,
    /// The connections that the API has.
    slots: usize,
    sends: &'static str,
    /// Whether it sends that after a handshake.
    greets: bool,
}

async fn crowd(client: &ServerClient, slow: Slow, authority: Option<&Authority>) -> Vec<Box<dyn Stream>> {
    let authority = authority.filter(|_| slow.greets);
    iter(0..slow.clients)
        .map(|_| async move {
            let mut stream = open(client, authority).await.ok()?;
            // One that was evicted already is not missed.
            stream.write_all(slow.sends.as_bytes()).await.ok()?;
            Some(stream)
        })
        .buffer_unordered(slow.slots / PART_AT_ONCE)
        .filter_map(|stream| async { stream })
        .collect()
        .await
}

/// One request on a connection of its own: the answer, and how long it took from the first packet on.
async fn ask_anew(
    client: &ServerClient,
    authority: Option<&Authority>,
    path: &str,
    body: &Value,
) -> (String, Duration) {
    let started = Instant::now();
    let request = raw_post(path, "connection: close\r\n", &body.to_string());
    let mut answer = String::new();
    let asked = async {
        let mut stream = open(client, authority).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.read_to_string(&mut answer).await.unwrap();
    };
    timeout(ANSWER_MAX, asked)
        .await
        .expect("the slow clients have all slots");
    (answer, started.elapsed())
}

/// Rents on a connection that is kept. It may be evicted just as the request goes out: then it is sent again.
async fn rent_kept_alive(client: &ServerClient) -> Value {
    for _ in 0..3 {
        if let Ok((_, rented)) = client.get_number(&json!({})).await {
            return rented;
        }
    }
    panic!("evicted three times in a row");
}

/// Gives back, on a connection that is kept, as [`rent_kept_alive`] rents.
async fn give_back(client: &ServerClient, id: i64) {
    for _ in 0..3 {
        if let Ok((status, _)) = client.finish(id, 4, &json!(0)).await {
            assert_eq!(status, 200);
            return;
        }
    }
    panic!("evicted three times in a row");
}

/// Rents and gives back until `ending`; how often, and the longest that it had to wait.
async fn rent(
    client: ServerClient,
    authority: Option<Authority>,
    ending: Arc<AtomicBool>,
    keep_alive: bool,
) -> (usize, Duration) {
    let (mut count, mut longest) = (0, Duration::ZERO);
    while !ending.load(Ordering::SeqCst) {
        let started = Instant::now();
        let rented: Value = if keep_alive {
            rent_kept_alive(&client).await
        } else {
            let body = json!({"action": "GET_NUMBER", "key": KEY, "service": "rent", "sum": 320});
            let (answer, _) = ask_anew(&client, authority.as_ref(), "/getNumberRent", &body).await;
            serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
        };
        longest = longest.max(started.elapsed());
        assert_eq!(rented["status"], "SUCCESS", "{rented}");
        let id = rented["activationId"].as_i64().unwrap();
        give_back(&client, id).await;
        count += 1;
    }
    (count, longest)
}

/// The most memory that the process ever had, in MB.
pub fn peak_memory(server: &Server) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id().as_raw_pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: usize = line.unwrap().trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes / 1024
}

/// Two waves of slow clients; the second one comes when the first one has all the slots. The server is started by the
/// shell script `start`. It speaks HTTPS when it has a certificate of that authority.
async fn renters_get_through(settings: &[(&'static str, &str)], start: &str, slow: Slow, authority: Option<Authority>) {
    let _alone = ONE_CROWD.lock().await;
    let mut place = Place::with(settings).await;
    if let Some(authority) = &authority {
        let pem = authority.certificate(&[HOST], long());
        for (name, file, text) in [
            ("LEASELINE_TLS__CERT", "cert.pem", pem.certificate),
            ("LEASELINE_TLS__KEY", "key.pem", pem.key),
        ] {
            std::fs::write(place.path(file), text).unwrap();
            place.set(name, file);
        }
    }
    // A hundred numbers, rented again and again.
    place.set("LEASELINE_RENT__REST", "0s");
    place.set("LD_PRELOAD", SLOW_CLOCK_LIBRARY.to_str().unwrap());
    place.set("SLOW_CLOCK", SLOW_CLOCK);
    let server = place.start_by(start).await;
    let slow = Slow {
        clients: as_many_as_may_be(slow.clients),
        ..slow
    };
    let client = server.client.clone().with_timeout(ANSWER_MAX);
    let client = match &authority {
        Some(authority) => client.trusting(&authority.root),
        None => client,
    };
    client
        .stock(json!({"name": "bank"}), "sweden", "telia", 46_700_000_001, 100)
        .await;
    let before = peak_memory(&server);
    let ending = Arc::new(AtomicBool::new(false));
    let mut renters = JoinSet::new();
    for renter in 0..RENTERS {
        let (authority, ending) = (authority.clone(), Arc::clone(&ending));
        renters.spawn(rent(client.clone(), authority, ending, renter % 2 == 0));
    }
    let first = crowd(&client, slow, authority.as_ref()).await;
    let mut longest_anew = Duration::ZERO;
    for _ in 0..50 {
        let (answer, took) = ask_anew(
            &client,
            authority.as_ref(),
            "/getServicesRent",
            &json!({"action": "GET_SERVICES", "key": KEY}),
        )
        .await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        longest_anew = longest_anew.max(took);
    }
    let first_count = first.len();
    drop(first);
    let second = crowd(&client, slow, authority.as_ref()).await;
    ending.store(true, Ordering::SeqCst);
    let done = renters.join_all().await;
    assert!(done.iter().all(|(count, _)| *count > 0), "{done:?}");
    let rentals: usize = done.iter().map(|(count, _)| count).sum();
    let longest = done
        .iter()
        .map(|(_, longest)| *longest)
        .fold(longest_anew, Duration::max);
    eprintln!(
        "{first_count} and {} slow clients ({} bytes each): {rentals} rentals meanwhile, the slowest answer after \
         {longest:?}; memory {before} MB before, {} MB at the most",
        second.len(),
        slow.sends.len(),
        peak_memory(&server)
    );
    drop(second);
    client.nothing_due(&place.onlinesim).await;
    assert_eq!(client.readyz().await.0, 200);
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(0));
}

/// The limit with which most systems start a process; the server takes more where it may.
const USUAL_LIMIT: &str = "ulimit -S -n 1024; exec \"$0\" serve";

#[tokio::test]
async fn rule_10_ten_thousand_half_heads_keep_no_renter_out() {
    let slow = Slow {
        clients: SLOW,
        slots: SLOTS,
        sends: HALF_A_HEAD,
        greets: false,
    };
    renters_get_through(&[], USUAL_LIMIT, slow, None).await;
}

#[tokio::test]
async fn rule_10_ten_thousand_half_bodies_keep_no_renter_out() {
    let slow = Slow {
        clients: SLOW,
        slots: SLOTS,
        sends: HALF_A_BODY,
        greets: false,
    };
    // Where the key is in the body alone, a body has to be waited for.
    renters_get_through(&[("LEASELINE_ONLINESIM__AUTH", "body")], USUAL_LIMIT, slow, None).await;
}

#[tokio::test]
async fn rule_10_ten_thousand_half_handshakes_keep_no_renter_out() {
    let slow = Slow {
        clients: SLOW,
        slots: SLOTS,
        sends: HALF_A_HANDSHAKE,
        greets: false,
    };
    renters_get_through(&[], USUAL_LIMIT, slow, Some(Authority::new())).await;
}

/// Half of what is left of the 1024 when the database and our own calls have had theirs.
const FEW_SLOTS: Slow = Slow {
    clients: 2000,
    slots: 384,
    sends: HALF_A_HEAD,
    greets: true,
};
const FEW_FILES: &str = "ulimit -n 1024; exec \"$0\" serve";

#[tokio::test]
async fn rule_12_with_few_open_files_there_are_few_slots_and_renters_get_one() {
    renters_get_through(&[], FEW_FILES, FEW_SLOTS, None).await;
}

#[tokio::test]
async fn rule_12_half_heads_over_https_take_no_slot_from_a_renter() {
    renters_get_through(&[], FEW_FILES, FEW_SLOTS, Some(Authority::new())).await;
}
