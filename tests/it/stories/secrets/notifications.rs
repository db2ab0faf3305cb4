//! Troubles are reported on channels that work, refuse and hang up; their answers repeat what they should not.

use crate::notify::{Channels, SECRETS};
use crate::support::suppliers::{ApiAnswer, WholesalerControl as _};
use crate::support::{KEY, NUMBER, TestServer, minutes};

pub async fn everything(server: &TestServer, channels: &Channels) {
    let report = async || {
        server.note_trouble();
        for _ in 0..2 {
            server.watch().await;
            server.notify().await;
            server.advance(minutes(11));
        }
    };
    report().await;
    let apis = [&channels.telegram, &channels.webhook];
    assert!(apis.iter().all(|api| !api.calls().is_empty()) && !channels.mail.mails().is_empty());
    let secrets = SECRETS.join(" ");
    for api in apis {
        api.refuses([ApiAnswer::text(500, "text/plain", &format!("{KEY} {NUMBER} {secrets}"))]);
    }
    channels.mail.refuses(Some("550 password-of-mail"));
    report().await;
    for api in apis {
        api.hangs_up();
    }
    channels.mail.refuses(None);
    report().await;
}
