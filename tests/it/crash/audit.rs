//! What the APIs answer after a restart, against what the callers saw before it.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::Value;

use super::clients::{Seen, pushes};
use super::process::{PARALLEL, Place, ServerClient};

/// What the server listed as delivered -> how often it had been pushed by then.
pub type Settled = BTreeMap<String, usize>;

/// Why the server gives up a message without a push: it would reach another renter (rule 8).
const ANOTHER_RENTER: &str = "the operation is closed and its number has another renter";

/// What a run came to.
#[derive(Debug)]
pub struct Pushed {
    /// Accepted by Onlinesim when the server was killed, and pushed once more.
    pub again_after_a_kill: usize,
    /// Messages of rentals that ended before the first push, whose number was rented again at once.
    pub never: usize,
}

fn decimal(value: &Value) -> Decimal {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().unwrap()
}

/// Everything that holds at any time. `capacity` is what the second gateway, that of Poland, can carry.
pub async fn audit(client: &ServerClient, seen: &Seen, capacity: usize) {
    let operations = client.list("/v1/operations").await;
    let lines = client.list("/v1/ledger").await;
    let messages = client.list("/v1/messages").await;
    let balance = client.admin_get("/v1/balance").await;
    rentals(&operations, seen, capacity);
    money(&operations, &lines, &balance, seen);
    sms(&messages, seen);
}

fn rentals(operations: &[Value], seen: &Seen, capacity: usize) {
    let by_id: BTreeMap<i64, &Value> = operations
        .iter()
        .map(|one| (one["id"].as_i64().unwrap(), one))
        .collect();
    assert_eq!(by_id.len(), operations.len(), "an operation is listed once");
    for (id, (number, sum)) in &seen.rented {
        let found = by_id
            .get(id)
            .unwrap_or_else(|| panic!("rule 2: operation {id} is lost"));
        assert_eq!(found["number"], number.to_string(), "rule 2: {found}");
        assert_eq!(decimal(&found["sum"]), decimal(sum), "{found}");
    }
    let nobodys = operations.len() - seen.rented.len();
    assert!(
        nobodys <= seen.unanswered,
        "{nobodys} operations that nobody asked for, {} lost",
        seen.unanswered
    );
    // Rule 1: the operations of a number do not overlap.
    let mut of_number: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for operation in by_id.values() {
        of_number
            .entry(operation["number"].as_str().unwrap())
            .or_default()
            .push(operation);
    }
    for (number, of_number) in &of_number {
        for pair in of_number.windows(2) {
            let closed_at = pair[0]["closed_at"].as_str();
            let closed_at = closed_at.unwrap_or_else(|| panic!("rule 1: {number} was issued while it was open"));
            // Both are RFC 3339 in UTC with milliseconds.
            assert!(closed_at <= pair[1]["created_at"].as_str().unwrap(), "rule 1: {pair:?}");
        }
    }
    let open_in_poland = |one: &&Value| one["state"] != "closed" && one["number"].as_str().unwrap().starts_with("48");
    let carried = operations.iter().filter(open_in_poland).count();
    assert!(
        carried <= capacity,
        "rule 3: a gateway for {capacity} carries {carried}"
    );
}

fn money(operations: &[Value], lines: &[Value], balance: &Value, seen: &Seen) {
    let mut totals: BTreeMap<&str, Decimal> = BTreeMap::new();
    let mut posts: BTreeMap<i64, Vec<Decimal>> = BTreeMap::new();
    for line in lines {
        let (kind, amount) = (line["kind"].as_str().unwrap(), decimal(&line["amount"]));
        *totals.entry(kind).or_default() += amount;
        if kind == "post" {
            posts
                .entry(line["operation"].as_i64().unwrap())
                .or_default()
                .push(amount);
        }
    }
    let total = |kind: &str| totals.get(kind).copied().unwrap_or_default();
    let expected = decimal(&balance["expected"]);
    assert_eq!(
        total("reserve"),
        total("post") + total("void") + expected,
        "rule 6: {balance} {totals:?}"
    );
    for (kind, name) in [("post", "posted"), ("void", "voided"), ("reverse", "reversed")] {
        assert_eq!(decimal(&balance[name]), total(kind), "rule 6: {name} of {balance}");
    }
    let open = operations.iter().filter(|one| one["state"] != "closed");
    assert_eq!(
        open.map(|one| decimal(&one["sum"])).sum::<Decimal>(),
        expected,
        "rule 6"
    );
    for operation in operations {
        let id = operation["id"].as_i64().unwrap();
        let posted = posts.get(&id).map(Vec::as_slice).unwrap_or_default();
        match seen.finished.get(&id) {
            Some((3, sum)) => {
                assert_eq!(operation["outcome"], "sold", "{operation}");
                assert_eq!(decimal(&operation["posted"]), decimal(sum), "{operation}");
                assert_eq!(posted, [decimal(sum)], "rule 6: posted once: {operation}");
            }
            Some(_) => {
                assert_eq!(operation["outcome"], "cancelled", "{operation}");
                assert!(posted.is_empty(), "rule 6: {operation}");
            }
            None => assert!(posted.len() <= 1, "rule 6: {operation}"),
        }
    }
}

fn sms(messages: &[Value], seen: &Seen) {
    let mut listed = BTreeSet::new();
    for message in messages {
        let text = message["text"].as_str().unwrap();
        assert!(listed.insert(text), "rule 7: listed twice: {message}");
        let operation = seen
            .sent
            .get(text)
            .unwrap_or_else(|| panic!("nobody sent this: {message}"));
        assert_eq!(message["operation"].as_i64(), *operation, "rule 8: {message}");
    }
    for text in &seen.accepted {
        assert!(listed.contains(text.as_str()), "rule 7: {text} got a 200 and is lost");
    }
}

/// Adds what is delivered by now.
pub async fn settle(client: &ServerClient, place: &Place, seen: &Seen, settled: &mut Settled) {
    let delivered = client.list("/v1/messages?delivery=delivered").await;
    let pushes = pushes(&place.onlinesim, seen);
    for message in &delivered {
        let text = message["text"].as_str().unwrap();
        let count = pushes.get(text).map_or(0, Vec::len);
        assert!(count > 0, "rule 7: delivered, but never pushed: {message}");
        settled.entry(text.to_owned()).or_insert(count);
    }
}

/// Rule 7, at the end: everything was pushed, and nothing after its acceptance, except for what a kill caught in flight.
pub async fn all_pushed(client: &ServerClient, place: &Place, seen: &Seen, settled: &Settled) -> Pushed {
    let pushes = pushes(&place.onlinesim, seen);
    for push in place.onlinesim.pushes() {
        let operation = seen.sent.get(push.text()).copied().flatten();
        assert_eq!(push.body["smsId"].as_i64(), operation, "rule 8: {}", push.raw);
        assert!(operation.is_some(), "rule 8: pushed for nobody: {}", push.raw);
    }
    let mut never_pushed = 0;
    let mut caught: BTreeMap<usize, usize> = BTreeMap::new();
    for message in client.list("/v1/messages").await {
        let text = message["text"].as_str().unwrap();
        let pushed = pushes.get(text).map(Vec::as_slice).unwrap_or_default();
        let accepted = pushed.iter().any(|(_, accepted)| *accepted);
        match message["delivery"]["state"].as_str() {
            None => assert!(pushed.is_empty(), "rule 8: {message}"),
            Some("delivered") => assert!(accepted, "rule 7: {message}"),
            // The rental was over, and its number somebody else's.
            Some("parked") if pushed.is_empty() => {
                let operation = message["operation"].as_i64().unwrap();
                let to: u64 = message["number"].as_str().unwrap().parse().unwrap();
                let rented_again = |(id, (number, _)): (&i64, &(u64, Value))| *id > operation && *number == to;
                assert_eq!(message["delivery"]["reason"], ANOTHER_RENTER, "rule 7: {message}");
                assert!(seen.finished.contains_key(&operation), "rule 7: {message}");
                assert!(seen.rented.iter().any(rented_again), "rule 7: {message}");
                never_pushed += 1;
            }
            // A kill came before its acceptance was written down, and then its number was somebody else's.
            Some("parked") if accepted => {
                assert_eq!(
                    message["delivery"]["reason"], ANOTHER_RENTER,
                    "rule 7: {message} {pushed:?}"
                );
                let (last, rest) = pushed.split_last().unwrap();
                assert!(
                    rest.iter().all(|(_, accepted)| !accepted),
                    "rule 7: {message} {pushed:?}"
                );
                *caught.entry(last.0).or_default() += 1;
            }
            // Refused once, when the rental was over.
            Some("parked") => {}
            Some(_) => panic!("rule 7: {message}"),
        }
    }
    for (text, count) in settled {
        assert_eq!(
            pushes[text].len(),
            *count,
            "rule 7: {text} was pushed after its acceptance was written down"
        );
    }
    for (text, pushed) in &pushes {
        for pair in pushed.windows(2).filter(|pair| pair[0].1) {
            let (earlier, later) = (pair[0].0, pair[1].0);
            assert!(
                earlier < later,
                "rule 7: {text} was pushed after its acceptance: {pushed:?}"
            );
            *caught.entry(earlier).or_default() += 1;
        }
    }
    assert!(
        caught.values().all(|count| *count <= PARALLEL),
        "more than were in flight: {caught:?}"
    );
    Pushed {
        again_after_a_kill: caught.values().sum(),
        never: never_pushed,
    }
}
