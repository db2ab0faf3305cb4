//! An answer that is lost or broken says nothing of the purchase: it is looked up (rule 13).

use std::time::Duration;

use futures_util::future::join_all;
use leaseline::domain::purchase::outcome::{CallFailure, Ownership};

use super::row::{Row, rows};
use super::{TIMEOUT, clean};
use crate::support::suppliers::cm::CmApi;
use crate::support::suppliers::{ApiAnswer, Fault, Trouble, Wholesaler, WholesalerControl as _};

/// The look-up afterwards has to be faster, on a busy machine, too.
const SHORT_TIMEOUT: Duration = Duration::from_secs(4);

/// Answers that are not those of the API; the last ones are whole JSON, and mean nothing.
fn broken() -> Vec<Trouble> {
    let json = "application/json";
    let answers = [
        ApiAnswer::empty(500),
        ApiAnswer::text(502, "text/html", "<html>https://x/s3cret</html>"),
        ApiAnswer::empty(503),
        ApiAnswer::text(504, json, r#"{"status":{"code":200,"msg":""}}"#),
        ApiAnswer::text(200, json, r#"{"DATA":[{"RETURN":33554"#),
        ApiAnswer::text(200, json, "\u{0}\u{1}garbage 33554530000 s3cret"),
        ApiAnswer::text(200, "text/html", "<html>33554530000</html>"),
        ApiAnswer::text(200, json, &format!("[{}1]", " ".repeat(2 * 1024 * 1024))),
        ApiAnswer::text(200, "application/octet-stream", "\u{1f}\u{8b}"),
        ApiAnswer::text(200, json, "{}").with_header("content-encoding", "gzip"),
    ];
    let answers = answers.map(Trouble::Answers);
    answers.into_iter().chain([Trouble::HangsUp]).collect()
}

async fn lose(row: &Row, acts: bool, trouble: Trouble) {
    let name = format!("{}, {acts}, {trouble:.80?}", row.name);
    row.server.faults(vec![Some(Fault { acts, trouble })]);
    let lost = clean(row.supplier.buy(&row.request).await);
    assert!(matches!(lost, Err(CallFailure::NoAnswer(_))), "{name}: {lost:?}");
    let in_books = row.server.sold();
    assert_eq!(in_books.len(), usize::from(acts), "{name}");
    let found = clean(row.supplier.look_up(&row.request).await);
    let expected = match (row.found.clone(), acts) {
        (None, _) => Err(CallFailure::NotOffered),
        (Some(_), false) => Ok(Ownership::NotOurs),
        (Some(found), true) => Ok(found),
    };
    assert_eq!(found, expected, "{name}");
    assert_eq!(row.server.sold(), in_books, "{name}: nothing is bought by looking");
}

#[tokio::test]
async fn an_answer_that_is_lost_before_the_purchase_is_looked_up() {
    let rows = rows(TIMEOUT).await;
    for trouble in broken() {
        join_all(rows.iter().map(|row| lose(row, false, trouble.clone()))).await;
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_purchase_is_looked_up() {
    for trouble in broken() {
        let rows = rows(TIMEOUT).await;
        join_all(rows.iter().map(|row| lose(row, true, trouble.clone()))).await;
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_is_looked_up() {
    let rows = join_all([rows(SHORT_TIMEOUT), rows(SHORT_TIMEOUT)]).await;
    let acts = [true, false];
    let lost = rows
        .iter()
        .zip(acts)
        .flat_map(|(rows, acts)| rows.iter().map(move |row| lose(row, acts, Trouble::Hangs)));
    join_all(lost).await;
}

/// A token must not travel to where a redirect points.
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Wholesaler::start(CmApi::default()).await;
    for row in rows(TIMEOUT).await {
        for status in [301, 302, 307, 308] {
            let answer = ApiAnswer::empty(status).with_header("location", &elsewhere.url());
            lose(&row, false, Trouble::Answers(answer)).await;
        }
    }
    assert!(elsewhere.calls().is_empty());
}

#[tokio::test]
async fn a_look_up_that_breaks_does_not_tell() {
    for row in rows(TIMEOUT).await {
        if row.found.is_none() {
            continue;
        }
        row.supplier.buy(&row.request).await.unwrap();
        let statuses = [400, 404, 408, 409, 422].map(|status| Trouble::Answers(ApiAnswer::empty(status)));
        for trouble in broken().into_iter().chain(statuses) {
            let name = format!("{}, {trouble:.80?}", row.name);
            row.server.faults(vec![trouble.instead()]);
            let found = clean(row.supplier.look_up(&row.request).await);
            let tells_nothing = !matches!(
                found,
                Ok(Ownership::Ours(_) | Ownership::Pending(_) | Ownership::NotOurs)
            );
            assert!(tells_nothing, "{name}: {found:?}");
        }
        let found = clean(row.supplier.look_up(&row.request).await);
        assert_eq!(found.ok(), row.found, "{}: it tells again", row.name);
    }
}
