//! The power goes while the server is under load: not a kill, after which the system still writes what it was given,
//! but a disk that holds what was synced and, of the rest, anything. Rules 1, 2, 6, 7 and 8.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use leaseline::storage::{Database, pools};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::task::JoinSet;

use super::disk::Disk;
use super::journal::Journal;
use crate::crash::clients::{Caller, Dice, Load, Seen};
use crate::crash::process::Place;
use crate::crash::{CALLERS, CAPACITY, audit, until};

const ANSWERS: usize = 1500;

/// What a run did, for those who read its output.
#[derive(Debug)]
#[expect(dead_code, reason = "shown")]
struct Figures {
    cuts: usize,
    answers: usize,
    rentals: usize,
    sms: usize,
    checkpoints_begun_anew: usize,
    megabytes_written: u64,
    unsynced_writes_lost_or_torn: usize,
    promises_checked: usize,
}

/// Load on a watched disk, until the server is killed. Returns what was seen, and where in the journal the load began.
async fn load(place: Arc<Place>, disk: &Disk, seed: u64) -> (Seen, u64, usize) {
    let server = place.start().await;
    let client = server.client.clone();
    let bank = json!({"name": "bank"});
    let bank = client.stock(bank, "sweden", "telia", 46_700_000_001, 500).await;
    let small = json!({"name": "small", "capacity": CAPACITY});
    let small = client.stock(small, "poland", "play", 48_600_000_001, 100).await;
    let begun = std::fs::metadata(&disk.journal).unwrap().len();
    let load = Arc::new(Load::new(place, [bank, small], Some(disk.journal.clone())));
    let mut dice = Dice::new(seed);
    let mut working = JoinSet::new();
    for name in 0..CALLERS {
        let caller = Caller::new(name, dice.roll(u64::MAX));
        working.spawn(caller.work(client.clone(), Arc::clone(&load)));
    }
    until(&load.answers, ANSWERS).await;
    load.dying.store(true, Ordering::SeqCst);
    server.kill();
    working.join_all().await;
    let answers = *load.answers.borrow();
    (load.take(), begun, answers)
}

/// What only the file itself shows, when no server has it open.
async fn is_sound(place: &Place) {
    let options = SqliteConnectOptions::new().filename(place.file());
    let mut connection = options.connect().await.unwrap();
    let words: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(words, ["ok"]);
    let strays = sqlx::query("PRAGMA foreign_key_check")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert!(strays.is_empty(), "{} rows refer to nothing", strays.len());
    connection.close().await.unwrap();
    let database = Database::open(&format!("sqlite:{}", place.file().display()))
        .await
        .unwrap();
    let miscounted = pools::out_of_sync(&mut database.read().await.unwrap()).await.unwrap();
    assert!(miscounted.is_empty(), "rule 4: {miscounted:?}");
    database.close().await;
}

async fn cut_the_power(cuts: usize, seed: u64) -> Figures {
    let mut place = Place::new().await;
    let disk = Disk::watched(&mut place);
    disk.is_well();
    let place = Arc::new(place);
    let (seen, begun, answers) = load(Arc::clone(&place), &disk, seed).await;
    let journal = Journal::read(&disk.journal);
    let mut dice = Dice::new(seed);
    // Half of the cuts come just when a caller had its answer, the others anywhere, also in the middle of a write.
    let stamps = seen.stamps();
    let mut figures = Figures {
        cuts,
        answers,
        rentals: seen.rented.len(),
        sms: seen.accepted.len(),
        checkpoints_begun_anew: journal.restarts(begun),
        megabytes_written: (journal.end() - begun) >> 20,
        unsynced_writes_lost_or_torn: 0,
        promises_checked: 0,
    };
    assert!(
        figures.checkpoints_begun_anew > 0,
        "too little was written: {figures:?}"
    );
    for cut in 0..cuts {
        let at = match cut % 2 {
            0 => stamps[usize::try_from(dice.roll(stamps.len() as u64)).unwrap()],
            _ => begun + dice.roll(journal.end() - begun),
        };
        let image = journal.image(at, &mut dice);
        let known = seen.by(at);
        figures.unsynced_writes_lost_or_torn += image.unsynced;
        figures.promises_checked += known.rented.len() + known.finished.len() + known.accepted.len();
        eprintln!("cut {cut} at {at}: {} promises", known.rented.len());
        let after = Place::new().await;
        std::fs::write(after.file(), image.database).unwrap();
        std::fs::write(after.path("leaseline.db-wal"), image.log).unwrap();
        let server = after.start().await;
        audit::audit(&server.client, &known, CAPACITY).await;
        server.kill();
        is_sound(&after).await;
    }
    figures
}

#[tokio::test]
async fn rule_2_a_power_cut_loses_nothing_that_was_answered() {
    let figures = cut_the_power(30, 1).await;
    eprintln!("{figures:?}");
}

#[tokio::test]
#[ignore = "long: 300 power cuts; run by hand with --ignored"]
async fn rule_2_300_power_cuts_lose_nothing_that_was_answered() {
    let figures = cut_the_power(300, 2).await;
    eprintln!("{figures:?}");
}
