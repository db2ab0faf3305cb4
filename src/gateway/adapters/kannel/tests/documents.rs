//! The documents of `post-xml`.

use super::*;

#[test]
fn a_document_is_read() {
    let document = |coding: u8, ud: &str, more: &str| {
        document(&format!(
            "  \t\t<oa>  \t\t<number>VK</number>\n</oa>\n  \t\t<da>  \t\t<number>+79001112234</number>\n</da>\n{more}\
             \t\t<ud>{ud}</ud>\n  \t\t<dcs>  \t\t<coding>{coding}</coding>\n</dcs>\n\t\t<at><year>2026</year></at>\n\
             \t\t<from>\t<account>sim</account>\n</from>\n\t\t<to><service>leaseline</service></to>\n"
        ))
    };
    for (document, expected) in [
        (
            document(2, &encoded(&utf16("Ваш код\n\u{1f600}")), ""),
            "-|VK|79001112234|Ваш код\n\u{1f600}",
        ),
        (
            document(0, &encoded("10 € [a+b]".as_bytes()), ""),
            "-|VK|79001112234|10 € [a+b]",
        ),
        (document(0, "", ""), "-|VK|79001112234|"),
        (
            document(0, "x", "<udh>%05%00%03-%04%01</udh>"),
            "-|VK|79001112234|x|1 of 4, 45",
        ),
        (document(0, "<![CDATA[a+b]]><!-- c -->c", ""), "-|VK|79001112234|a bc"),
    ] {
        assert_eq!(summary_of(&xml(&document)), expected);
        assert_eq!(
            summary_of(&TestRequest::posting(&document)),
            expected,
            "without a content type"
        );
    }
    assert_eq!(summary_of(&xml(&document(0, "caf%E9", ""))), "-|VK|79001112234|café");
    assert_eq!(
        summary_of(&xml(&document(0, "x", "")).query("id=5")),
        "5|VK|79001112234|x"
    );
}

#[test]
fn a_document_may_say_little_and_escape_much() {
    let little = document("<oa><number>A&amp;B &#60;&#x442;&gt;</number></oa><from><account>sim</account></from>");
    assert_eq!(summary_of(&xml(&little)), "-|A&B <т>|sim|");
    let no_sender = document("<da><number>7900</number></da><ud>x</ud>");
    assert_eq!(summary_of(&xml(&no_sender)), "-||7900|x");
}

#[test]
fn other_documents_are_refused() {
    let error = "the body must be the XML document that Kannel sends";
    let deep = format!(
        "<da><number>7900</number></da>{}{}",
        "<a>".repeat(300),
        "</a>".repeat(300)
    );
    let deep = document(&deep);
    for body in [
        "",
        "<message><submit>",
        "<message></message>",
        "<message><submit></message></submit>",
        "<!DOCTYPE message [<!ENTITY a \"aaaa\">]><message><submit><ud>&a;</ud></submit></message>",
        "<!DOCTYPE message SYSTEM \"a.dtd\"><message><submit><da><number>7900</number></da></submit></message>",
        "<message><submit><ud>&other;</ud></submit></message>",
        "<message><submit><ud>&#xd800;</ud></submit></message>",
        &deep,
    ] {
        assert_eq!(xml(body).read(&of_kind("kannel")).unwrap_err(), error, "{body:.60}");
    }
    let nobody = document("<ud>x</ud>");
    assert_eq!(xml(&nobody).read(&of_kind("kannel")).unwrap_err(), "to is missing");
}
