//! `leaseline supplier` and a running server, which buys from a wholesaler's server.

use insta::assert_snapshot;

use super::gateway_new::stderr;
use super::scripted_admin::run;
use crate::crash::process::{Place, Server};
use crate::support::suppliers::carrierx::{CarrierXApi, TOKEN, did};
use crate::support::suppliers::multitel::{MultitelApi, PASSWORD, USER};
use crate::support::suppliers::{Wholesaler, WholesalerControl as _};

async fn prints(server: &Server, arguments: &str) -> String {
    let address = server.client.admin.strip_prefix("http://").unwrap();
    let output = run(address, arguments, "").await;
    assert!(output.status.success(), "{arguments}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

async fn fails(server: &Server, arguments: &str) -> String {
    let address = server.client.admin.strip_prefix("http://").unwrap();
    let output = run(address, arguments, "").await;
    assert_eq!(output.status.code(), Some(1), "{arguments}");
    stderr(&output)
}

#[tokio::test]
async fn numbers_that_are_ours_already_are_listed_and_adopted() {
    let carrierx = Wholesaler::start(CarrierXApi::default()).await;
    carrierx.api(|api| api.rented.push(did("own-9", "15162065579", "USA", 7, "assigned")));
    let url = format!("{}/core/v2", carrierx.url());
    let place = Place::with(&[
        ("LEASELINE_GATEWAY__PUBLIC_URL", "https://sms.example.org"),
        ("LEASELINE_SUPPLIERS__WEBHOOK_SECRET", "webhook-5d20-0123456789"),
        ("LEASELINE_CARRIERX__URL", &url),
        ("LEASELINE_CARRIERX__TOKEN", TOKEN),
    ])
    .await;
    let server = place.start().await;
    let owned = prints(&server, "owned carrierx").await;
    assert_snapshot!(owned, @r"
    NUMBER       AT SUPPLIER  HERE
    15162065579  yes          -
    ");
    let adopted = prints(&server, "adopt carrierx 15162065579").await;
    assert!(adopted.contains("15162065579  wiring"), "{adopted}");
    let owned = prints(&server, "owned carrierx").await;
    assert!(owned.contains("15162065579  yes          wiring"), "{owned}");
    assert!(prints(&server, "orders --state open").await.contains("carrierx"));
    assert!(fails(&server, "cancel 1 --reason late").await.contains("cancel"));
}

#[tokio::test]
async fn a_number_is_bought_and_given_back() {
    let multitel = Wholesaler::start(MultitelApi::default()).await;
    let url = format!("{}/json", multitel.url());
    let place = Place::with(&[
        ("LEASELINE_GATEWAY__PUBLIC_URL", "https://sms.example.org"),
        ("LEASELINE_SUPPLIERS__WEBHOOK_SECRET", "webhook-5d20-0123456789"),
        ("LEASELINE_SUPPLIERS__POLL", "1s"),
        ("LEASELINE_MULTITEL__URL", &url),
        ("LEASELINE_MULTITEL__USER", USER),
        ("LEASELINE_MULTITEL__PASSWORD", PASSWORD),
        ("LEASELINE_MULTITEL__BUDGET_PER_DAY", "4"),
    ])
    .await;
    let server = place.start().await;
    let buy = "buy multitel --numbers 33554530000 --max-monthly 2.00 --max-setup 1.00 --reference may-1";
    let preview = prints(&server, &format!("{buy} --dry-run")).await;
    assert_eq!(
        preview,
        "1 numbers from multitel: 33554530000, for 3.00 USD at most on the day of purchase\n"
    );
    assert!(multitel.sold().is_empty());
    let bought = prints(&server, &format!("{buy} --yes --wait --timeout 20s")).await;
    assert!(bought.contains("stocked, 33554530000"), "{bought}");
    assert_eq!(multitel.sold(), ["33554530000"]);
    prints(&server, &format!("{buy} --yes --wait")).await;
    assert_eq!(multitel.sold(), ["33554530000"], "the same order");

    let listed = prints(&server, "list").await;
    assert!(
        listed.contains("multitel  1        0        0        0          3.00         4.00    USD"),
        "{listed}"
    );
    let shown = prints(&server, "orders 1").await;
    assert!(
        shown.starts_with("order 1 (may-1) from multitel: done, 1 of 1 numbers stocked"),
        "{shown}"
    );
    let other = "buy multitel --numbers 33554530001 --max-monthly 2.00 --max-setup 1.00 --reference may-1 --yes";
    let refused = fails(&server, other).await;
    assert!(refused.contains("reference"), "{refused}");
    let given_back = prints(&server, "give-back 33554530000 --reason idle").await;
    assert_eq!(given_back, "33554530000: giving_back\n");
}
