use std::collections::BTreeSet;

use super::ODD_TEXTS;
use super::handler::Place;
use super::server::{Post, Reply, Server};
use tokio_util::sync::CancellationToken;

/// gammu-smsd received a short message.
async fn receive(place: &Place, text: &str) -> bool {
    let environment = [
        ("SMS_MESSAGES", "1"),
        ("SMS_1_NUMBER", "VK"),
        ("SMS_1_TEXT", text),
        ("DECODED_PARTS", "0"),
        ("PHONE_ID", "modem 1"),
    ];
    place.run(&[], &environment).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn a_server_that_is_down_costs_no_sms() {
    let down = [
        Reply::Broken,
        Reply::Status(503),
        Reply::Status(404),
        Reply::Status(204),
        Reply::Status(302),
    ];
    let tries = down.len();
    let server = Server::answering(down).await;
    let place = Place::new("gammu", &server.url());
    for text in ODD_TEXTS {
        assert!(receive(&place, text).await);
    }
    let taken = server.taken(ODD_TEXTS.len()).await;
    let texts: Vec<&str> = taken.iter().map(|post| post.field("text")).collect();
    assert_eq!(texts, ODD_TEXTS);
    for post in &taken {
        assert_eq!((post.field("from"), post.field("line")), ("VK", "modem 1"));
    }
    let ids: BTreeSet<&str> = taken.iter().map(|post| post.field("id")).collect();
    assert_eq!(ids.len(), ODD_TEXTS.len());
    assert_eq!(place.settled().await, (0, 0));
    assert_eq!(
        server.posts(0).await.len(),
        ODD_TEXTS.len() + tries,
        "each was taken once"
    );
    // A sender that came while another one sent waited and found nothing, or left.
    let words: Vec<String> = place.log().lines().map(str::to_owned).collect();
    assert!((1..=tries).contains(&words.len()), "{words:?}");
    assert!(
        words[0].starts_with("-t leaseline-bank1 -- the server accepts no messages (answer 000)"),
        "{words:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn the_modem_does_not_wait_for_the_server() {
    let hold = CancellationToken::new();
    let server = Server::answering([Reply::Held(hold.clone())]).await;
    let place = Place::new("gammu", &server.url());
    for text in ["1", "2", "3"] {
        assert!(receive(&place, text).await);
    }
    assert_eq!(server.posts(1).await.len(), 1, "one at a time");
    hold.cancel();
    let texts: Vec<String> = server
        .taken(3)
        .await
        .iter()
        .map(|post| post.field("text").to_owned())
        .collect();
    assert_eq!(texts, ["1", "2", "3"]);
    assert_eq!(place.settled().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn a_killed_sender_costs_no_sms() {
    let hold = CancellationToken::new();
    let server = Server::answering([Reply::Held(hold.clone())]).await;
    let place = Place::new("gammu", &server.url());
    place.without_sender();
    for text in ["1", "2"] {
        assert!(receive(&place, text).await);
    }
    let mut first = place.start(&["send"], &[]);
    server.posts(1).await;
    first.kill().unwrap();
    first.wait().unwrap();
    let mut second = place.start(&["send"], &[]);
    hold.cancel();
    let taken = server.taken(3).await;
    let texts: Vec<&str> = taken.iter().map(|post| post.field("text")).collect();
    assert_eq!(texts, ["1", "1", "2"]);
    assert_eq!(taken[0], taken[1], "the server knows by the id that it is the same one");
    assert!(
        tokio::task::spawn_blocking(move || second.wait())
            .await
            .unwrap()
            .unwrap()
            .success()
    );
    assert_eq!(place.settled().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn a_message_that_is_refused_does_not_delay_others_and_is_kept() {
    let server = Server::answering([Reply::Status(400), Reply::Status(413)]).await;
    let place = Place::new("gammu", &server.url());
    place.without_sender();
    for text in ["secret 1", "secret 2", "good"] {
        assert!(receive(&place, text).await);
    }
    assert!(place.run(&["send"], &[]).await);
    assert_eq!(server.taken(1).await[0].field("text"), "good");
    assert_eq!(place.settled().await, (0, 2));
    let log = place.log();
    assert_eq!(log.matches("refused a message").count(), 2, "{log}");
    assert!(!log.contains("secret") && !log.contains("VK"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn a_message_that_cannot_be_kept_is_reported() {
    let place = Place::new("gammu", "http://127.0.0.1:1");
    std::fs::write(place.path("spool"), "no folder").unwrap();
    assert!(!receive(&place, "secret").await);
    assert!(place.log().contains("a message could not be kept"));
    assert!(!place.log().contains("secret"));
}

/// The program's names for what it hands over, and what becomes of them.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn what_gammu_reports_is_posted() {
    let server = Server::answering([]).await;
    let place = Place::new("gammu", &server.url());
    place.without_sender();
    let long = [
        ("SMS_MESSAGES", "2"),
        ("SMS_1_NUMBER", "+79001112233"),
        ("SMS_1_TEXT", "a long "),
        ("SMS_2_TEXT", "text"),
        ("PHONE_ID", "+46701234567"),
    ];
    let joined = [
        ("DECODED_PARTS", "2"),
        ("DECODED_1_TEXT", "joined "),
        ("DECODED_2_TEXT", "text\n"),
    ];
    assert!(
        place
            .run(&["IN1_00.txt", "IN1_01.txt"], &[&long[..], &joined].concat())
            .await
    );
    assert!(
        place
            .run(&["17"], &[&long[..], &[("DECODED_PARTS", "0")]].concat())
            .await
    );
    // The joined text is not always there: of an MMS only its address is.
    assert!(place.run(&[], &[&long[..], &[("DECODED_PARTS", "1")]].concat()).await);
    let bare = [("SMS_MESSAGES", "1"), ("SMS_1_TEXT", "bare"), ("PHONE_ID", "+46 bank")];
    assert!(place.run(&[], &bare).await);
    let name = [
        ("SMS_MESSAGES", "1"),
        ("SMS_1_NUMBER", "A\u{11}B\u{2}/я"),
        ("SMS_1_TEXT", "x"),
    ];
    assert!(place.run(&[], &name).await);
    assert!(place.run(&[], &[("SMS_MESSAGES", "0")]).await, "nothing came");
    assert!(place.run(&["send"], &[]).await);
    let number = ("to", "+46701234567");
    let sender = ("from", "+79001112233");
    let taken = server.taken(5).await;
    let taken: Vec<Post> = taken.into_iter().map(|post| post.without("id")).collect();
    assert_eq!(
        taken,
        [
            Post::of([sender, ("text", "joined text\n"), number]),
            Post::of([sender, ("text", "a long text"), number]),
            Post::of([sender, ("text", "a long text"), number]),
            Post::of([("from", ""), ("line", "+46 bank"), ("text", "bare")]),
            Post::of([("from", "A_B$/я"), ("text", "x")]),
        ]
    );
    assert_eq!(place.settled().await, (0, 0));
}
