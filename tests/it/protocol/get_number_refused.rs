use insta::assert_snapshot;

use super::{get_number, table, table_of_bodies};
use crate::support::TestServer;

const PATH: &str = "/getNumberRent";

#[tokio::test]
async fn a_malformed_body_is_refused() {
    let server = TestServer::build().await;
    let bodies = [
        "",
        " \n",
        "null",
        "[]",
        "\"GET_NUMBER\"",
        "{",
        "{]",
        r#"{"action":"GET_NUMBER""#,
        r#"{"action":"GET_NUMBER",}"#,
        r#"{"action":"GET_NUMBER"} {"action":"GET_NUMBER"}"#,
        r#"{'action':'GET_NUMBER'}"#,
        "action=GET_NUMBER",
        r#"{"action":"GET_NUMBER","action":"GET_NUMBER"}"#,
    ];
    assert_snapshot!(table_of_bodies(&server, PATH, &bodies).await, @r#"

      400 {"status":"ERROR","error":"the body is empty: it must be a JSON object"}
     

      400 {"status":"ERROR","error":"the body is empty: it must be a JSON object"}
    null
      400 {"status":"ERROR","error":"the body must be a JSON object"}
    []
      400 {"status":"ERROR","error":"the body must be a JSON object"}
    "GET_NUMBER"
      400 {"status":"ERROR","error":"the body must be a JSON object"}
    {
      400 {"status":"ERROR","error":"the body is not valid JSON: EOF while parsing an object at line 1 column 1"}
    {]
      400 {"status":"ERROR","error":"the body is not valid JSON: key must be a string at line 1 column 2"}
    {"action":"GET_NUMBER"
      400 {"status":"ERROR","error":"the body is not valid JSON: EOF while parsing an object at line 1 column 22"}
    {"action":"GET_NUMBER",}
      400 {"status":"ERROR","error":"the body is not valid JSON: trailing comma at line 1 column 24"}
    {"action":"GET_NUMBER"} {"action":"GET_NUMBER"}
      400 {"status":"ERROR","error":"the body is not valid JSON: trailing characters at line 1 column 25"}
    {'action':'GET_NUMBER'}
      400 {"status":"ERROR","error":"the body is not valid JSON: key must be a string at line 1 column 2"}
    action=GET_NUMBER
      400 {"status":"ERROR","error":"the body must be a JSON object"}
    {"action":"GET_NUMBER","action":"GET_NUMBER"}
      400 {"status":"ERROR","error":"the body is not valid JSON: duplicate field `action` at line 1 column 31"}
    "#);
    let not_utf8 = server.post_text(PATH, b"{\"action\":\"\xff\"}".to_vec()).await;
    assert_snapshot!(not_utf8.line(), @r#"400 {"status":"ERROR","error":"the body is not valid JSON: invalid unicode code point at line 1 column 12"}"#);
    server.close().await;
}

#[tokio::test]
async fn each_wrong_field_is_named() {
    let server = TestServer::build().await;
    let changes = [
        "no action",
        "action=5",
        "action=\"FINISH_ACTIVATION\"",
        "action=\"GET_SERVICES\"",
        "action=\"PUSH_SMS\"",
        "no key",
        "key=[]",
        "no service",
        "service=null",
        "service=1",
        "service=\"vk\"",
        "service=\"RENT\"",
        "no sum",
        "sum=null",
        "sum=\"320\"",
        "sum=true",
        "sum={}",
        "sum=[320]",
        "sum=-1",
        "sum=-0.001",
        "sum=1000000000.01",
        "sum=1e40",
        "sum=99999999999999999999999999999999",
        "country=46",
        "country={}",
        "operator=[\"telia\"]",
        "operator=true",
    ];
    assert_snapshot!(table(&server, PATH, &get_number(), &changes).await, @r#"
    no action
      400 {"status":"ERROR","error":"action is missing"}
    action=5
      400 {"status":"ERROR","error":"action must be a string"}
    action="FINISH_ACTIVATION"
      400 {"status":"ERROR","error":"action must be GET_NUMBER on this path"}
    action="GET_SERVICES"
      400 {"status":"ERROR","error":"action must be GET_NUMBER on this path"}
    action="PUSH_SMS"
      400 {"status":"ERROR","error":"action must be GET_SERVICES, GET_NUMBER or FINISH_ACTIVATION"}
    no key
      400 {"status":"ERROR","error":"key is missing"}
    key=[]
      400 {"status":"ERROR","error":"key must be a string"}
    no service
      400 {"status":"ERROR","error":"service is missing"}
    service=null
      400 {"status":"ERROR","error":"service is missing"}
    service=1
      400 {"status":"ERROR","error":"service must be a string"}
    service="vk"
      400 {"status":"ERROR","error":"service must be rent"}
    service="RENT"
      400 {"status":"ERROR","error":"service must be rent"}
    no sum
      400 {"status":"ERROR","error":"sum is missing"}
    sum=null
      400 {"status":"ERROR","error":"sum is missing"}
    sum="320"
      400 {"status":"ERROR","error":"sum must be a number, not a string"}
    sum=true
      400 {"status":"ERROR","error":"sum must be a number of roubles such as 320 or 870.50"}
    sum={}
      400 {"status":"ERROR","error":"sum must be a number of roubles such as 320 or 870.50"}
    sum=[320]
      400 {"status":"ERROR","error":"sum must be a number of roubles such as 320 or 870.50"}
    sum=-1
      400 {"status":"ERROR","error":"sum must not be negative"}
    sum=-0.001
      400 {"status":"ERROR","error":"sum must not be negative"}
    sum=1000000000.01
      400 {"status":"ERROR","error":"sum must not be above 1000000000"}
    sum=1e40
      400 {"status":"ERROR","error":"sum must not be above 1000000000"}
    sum=99999999999999999999999999999999
      400 {"status":"ERROR","error":"sum must not be above 1000000000"}
    country=46
      400 {"status":"ERROR","error":"country must be a string"}
    country={}
      400 {"status":"ERROR","error":"country must be a string"}
    operator=["telia"]
      400 {"status":"ERROR","error":"operator must be a string"}
    operator=true
      400 {"status":"ERROR","error":"operator must be a string"}
    "#);
    server.close().await;
}

#[tokio::test]
async fn each_wrong_entry_of_exception_phone_set_is_named() {
    let server = TestServer::build().await;
    let changes = [
        "exceptionPhoneSet=46950",
        "exceptionPhoneSet=\"46950\"",
        "exceptionPhoneSet={}",
        "exceptionPhoneSet=[46950,-7]",
        "exceptionPhoneSet=[46950.5]",
        "exceptionPhoneSet=[1e3]",
        "exceptionPhoneSet=[\"4695x\"]",
        "exceptionPhoneSet=[\"46 950\"]",
        "exceptionPhoneSet=[\"\"]",
        "exceptionPhoneSet=[\"+\"]",
        "exceptionPhoneSet=[\"++46\"]",
        "exceptionPhoneSet=[\"-46\"]",
        "exceptionPhoneSet=[\"\\u0664\\u0666\"]",
        "exceptionPhoneSet=[null]",
        "exceptionPhoneSet=[true]",
        "exceptionPhoneSet=[[46]]",
        "exceptionPhoneSet=[{}]",
        // As long as no number is: nothing to exclude, and nothing wrong.
        "exceptionPhoneSet=[\"12345678901234567890\"]",
        "exceptionPhoneSet=[18446744073709551615]",
        "exceptionPhoneSet=[18446744073709551616]",
        "exceptionPhoneSet=[123456789012345678901234567890]",
    ];
    assert_snapshot!(table(&server, PATH, &get_number(), &changes).await, @r#"
    exceptionPhoneSet=46950
      400 {"status":"ERROR","error":"exceptionPhoneSet must be a list of prefixes"}
    exceptionPhoneSet="46950"
      400 {"status":"ERROR","error":"exceptionPhoneSet must be a list of prefixes"}
    exceptionPhoneSet={}
      400 {"status":"ERROR","error":"exceptionPhoneSet must be a list of prefixes"}
    exceptionPhoneSet=[46950,-7]
      400 {"status":"ERROR","error":"exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)"}
    exceptionPhoneSet=[46950.5]
      400 {"status":"ERROR","error":"exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)"}
    exceptionPhoneSet=[1e3]
      400 {"status":"ERROR","error":"exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)"}
    exceptionPhoneSet=["4695x"]
      400 {"status":"ERROR","error":"exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)"}
    exceptionPhoneSet=["46 950"]
      400 {"status":"ERROR","error":"exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)"}
    exceptionPhoneSet=[""]
      400 {"status":"ERROR","error":"exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)"}
    exceptionPhoneSet=["+"]
      400 {"status":"ERROR","error":"exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)"}
    exceptionPhoneSet=["++46"]
      400 {"status":"ERROR","error":"exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)"}
    exceptionPhoneSet=["-46"]
      400 {"status":"ERROR","error":"exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)"}
    exceptionPhoneSet=["\u0664\u0666"]
      400 {"status":"ERROR","error":"exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)"}
    exceptionPhoneSet=[null]
      400 {"status":"ERROR","error":"exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)"}
    exceptionPhoneSet=[true]
      400 {"status":"ERROR","error":"exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)"}
    exceptionPhoneSet=[[46]]
      400 {"status":"ERROR","error":"exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)"}
    exceptionPhoneSet=[{}]
      400 {"status":"ERROR","error":"exceptionPhoneSet: an entry must be all digits (an integer or a string, with or without a leading +)"}
    exceptionPhoneSet=["12345678901234567890"]
      200 {"status":"NO_NUMBERS"}
    exceptionPhoneSet=[18446744073709551615]
      200 {"status":"NO_NUMBERS"}
    exceptionPhoneSet=[18446744073709551616]
      200 {"status":"NO_NUMBERS"}
    exceptionPhoneSet=[123456789012345678901234567890]
      200 {"status":"NO_NUMBERS"}
    "#);
    server.close().await;
}

#[tokio::test]
async fn rule_12_ten_thousand_prefixes_are_taken_and_one_more_is_not() {
    let server = TestServer::with(&[("ONLINESIM__BODY_BYTES_MAX", "131072")]).await;
    server.stocked(1).await;
    let prefixes = |count: usize| {
        let list: Vec<String> = (1..=count).map(|prefix| (100_000 + prefix).to_string()).collect();
        format!("exceptionPhoneSet=[{}]", list.join(","))
    };
    let most = server
        .post_text(PATH, get_number().changed(&prefixes(10_000)).json())
        .await;
    assert_snapshot!(most.line(), @r#"200 {"status":"SUCCESS","number":46700000001,"activationId":1}"#);
    let one_more = server
        .post_text(PATH, get_number().changed(&prefixes(10_001)).json())
        .await;
    assert_snapshot!(one_more.line(), @r#"400 {"status":"ERROR","error":"exceptionPhoneSet has more than 10000 entries"}"#);
    server.close().await;
}
