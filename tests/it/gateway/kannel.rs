//! Kannel's smsbox.

use insta::assert_snapshot;

use super::*;
use crate::support::same;

const GET: &str = "id=786530ce-1111-4222-8333-944445555666&from=VK&to=%2B46700000001&smsc=sim&ts=1795214009&coding=0\
    &charset=UTF-8&udh=&text=%D0%92%D0%B0%D1%88+%D0%BA%D0%BE%D0%B4%0A%F0%9F%98%80";

#[tokio::test]
async fn an_sms_is_answered_with_200_and_nothing_more_again_and_for_a_stranger_too() {
    let server = TestServer::build().await;
    let (gateway, _) = rented(&server, of_kind("kannel")).await;
    let stranger = GET.replace("46700000001", "79001112233").replace("id=7", "id=8");
    let mut answers = Vec::new();
    for query in [GET, GET, &stranger] {
        answers.push((query.to_owned(), get(&server, &gateway, query).await));
    }
    assert_snapshot!(same(&answers), @"HTTP 200");
    assert_eq!(pushed(&server).await, ["VK: Ваш код\n\u{1f600}"]);
    assert_eq!(stored(&server).await, 2);
    server.close().await;
}

#[tokio::test]
async fn every_way_in_ends_in_the_same_message() {
    let server = TestServer::build().await;
    let (gateway, _) = rented(&server, of_kind("kannel")).await;
    let wide = utf16("Ваш код: 4821");
    let headers = [
        ("content-type", "text/plain; charset=\"UTF-16BE\""),
        ("x-kannel-from", "VK"),
        ("x-kannel-to", "+46700000001"),
        ("x-kannel-smsc", "sim"),
        ("x-kannel-coding", "2"),
        ("x-kannel-time", "2026-11-20 22:33:38"),
        ("date", "2026-11-20 22:33:38"),
    ];
    post(&server, &gateway, "id=1", &headers, wide.clone()).await.ok();
    let encoded: String = wide.iter().map(|byte| format!("%{byte:02X}")).collect();
    let query = format!("id=2&from=VK&to=%2B46700000001&charset=UTF-16BE&coding=2&text={encoded}");
    get(&server, &gateway, &query).await.ok();
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<message cid=\"1\"><submit><oa><number>VK</number></oa>\
         <da><number>+46700000001</number></da><ud>{encoded}</ud><dcs><coding>2</coding></dcs></submit></message>"
    );
    let xml = [("content-type", "text/xml; charset=\"ISO-8859-1\"")];
    post(&server, &gateway, "id=3", &xml, document).await.ok();
    assert_eq!(pushed(&server).await, ["VK: Ваш код: 4821"; 3]);
    server.close().await;
}
