//! Parts in UTF-16 that were cut in the middle of an emoji.

use super::*;

/// Emoji that were split between parts.
const TEXT: &[u8] = b"\xde\x00\x04\x1a\xd8\x3d";
const HEADER: &str = "%05%00%03%2C%03%02";

#[test]
fn a_part_may_begin_and_end_with_half_an_emoji() {
    let get = |fields: &str| format!("from=VK&to=7900&{fields}&text={}", encoded(TEXT));
    let xml = document(&format!(
        "<da><number>7900</number></da><oa><number>VK</number></oa><udh>{HEADER}</udh><ud>{}</ud>\
         <dcs><coding>2</coding></dcs>",
        encoded(TEXT)
    ));
    let post = || {
        TestRequest::posting(TEXT)
            .with("x-kannel-from", "VK")
            .with("x-kannel-to", "7900")
            .with("x-kannel-udh", HEADER)
    };
    for (way, request) in [
        (
            "get",
            TestRequest::asking(&get(&format!("charset=UTF-16BE&coding=2&udh={HEADER}"))),
        ),
        (
            "get without a charset",
            TestRequest::asking(&get(&format!("coding=2&udh={HEADER}"))),
        ),
        ("post", post().with("content-type", "text/plain; charset=\"UTF-16BE\"")),
        ("post without a charset", post().with("x-kannel-coding", "2")),
        ("xml", super::xml(&xml)),
    ] {
        assert_eq!(summary_of(&request), "-|VK|7900|<de00>К<d83d>|2 of 3, 44", "{way}");
    }
    let whole = "-|VK|7900|\u{fffd}К\u{fffd}";
    for header in ["", "%06%05%04%0B%84%23%F0"] {
        let query = get(&format!("charset=UTF-16BE&coding=2&udh={header}"));
        assert_eq!(summary_of(&TestRequest::asking(&query)), whole, "no part: {header}");
    }
}
