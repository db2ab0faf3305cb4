//! An import of which nothing can be taken: the real server's memory stays bounded by the body.

use serde_json::json;

use super::crowd::peak_memory;
use crate::crash::process::Place;

const MIB: usize = 1024 * 1024;
/// Bytes of each body.
const BODY: usize = 8 * MIB;

/// The row again and again behind the beginning, up to the size of a body.
fn filled(begin: &str, row: &str, end: &str) -> Vec<u8> {
    let count = (BODY - begin.len() - end.len()) / row.len();
    [begin, &row.repeat(count), end].concat().into_bytes()
}

fn utf_16(text: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(&text[..BODY / 2 - 2]).unwrap();
    "\u{feff}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect()
}

/// Imports the body into a server of its own: what one import leaves in the allocator's pools says nothing about the next.
async fn import_takes_less_than_three_times(media_type: &str, body: Vec<u8>) {
    let place = Place::new().await;
    let server = place.start().await;
    let client = server.client.clone();
    client.admin_post("/v1/gateways", &json!({"name": "bank1"})).await;
    // What the first import of a process takes, whatever its size.
    for (media_type, body) in [("text/csv", "number,gateway\n1,bank1\n"), ("application/json", "[7]")] {
        assert_eq!(client.import(media_type, body.into()).await.0, 200);
    }
    let before = peak_memory(&server);
    let bytes = body.len();
    let (code, report, answer_bytes) = client.import(media_type, body).await;
    assert_eq!(code, 200, "{report}");
    assert!(
        report["rejected_total"].as_u64().unwrap() >= 1 && answer_bytes < MIB,
        "{answer_bytes}"
    );
    // Both in MiB.
    let (grown, most) = (peak_memory(&server) - before, 3 * bytes / MIB);
    eprintln!("{media_type}, {bytes} bytes: memory grew by {grown} MiB, the answer has {answer_bytes} bytes");
    assert!(grown < most, "{grown} MiB for {bytes} bytes of {media_type}");
}

#[tokio::test]
async fn rule_12_an_import_of_bad_rows_takes_less_than_three_times_its_body() {
    // An operator of some length: a debug build reads some 100,000 rows a second.
    let operator = "telia-".repeat(10);
    let row = format!("4670123456,swedn,{operator},bank1\n");
    let csv = filled("number,country,operator,gateway\n", &row, "");
    let row = format!("{{\"number\":\"call me\",\"operator\":\"{operator}\",\"gateway\":\"bank1\"}},");
    let json = filled("[", &row, "7]");
    let field = filled("number,gateway\n\"", "4670123456\nbank1\n", "");
    let name = filled("[{\"", "x", "\":1}]");
    for (media_type, body) in [
        ("text/csv", utf_16(&csv)),
        ("text/csv", csv),
        ("application/json", json),
        // One row that is as long as the body.
        ("text/csv", field),
        ("application/json", name),
    ] {
        import_takes_less_than_three_times(media_type, body).await;
    }
}
