//! Keys and tokens do not come into the report, even if a server repeats them (rule 11).

use super::bad_server::{BadServer, Fault};
use super::faults::with_partner;
use super::reason;

const SECRET: &str = "s3cr3t/\"\\key";
const TOKEN: &str = "g4tew4y-t0ken";

#[tokio::test]
async fn an_echo_does_not_bring_secrets_into_the_report() {
    let mut partner = BadServer::new(Fault::Echoes);
    partner.key = SECRET;
    let report = with_partner(partner, |plan| {
        plan.key = SECRET.to_owned().into();
        let gateway_url = format!("{}/in/{TOKEN}", plan.url);
        plan.gateway_url = Some(gateway_url.into());
        assert!(!format!("{plan:?}").contains(TOKEN), "{plan:?}");
    })
    .await;
    let text = report.text();
    let echo = r#"status "{\"action\":\"GET_NUMBER\",\"key\":\"...\""#;
    assert!(reason(&report, "malformed-rent").contains(echo), "it echoes: {text}");
    assert!(text.contains("500 /in/... broke"), "{text}");
    for shown in [text, report.json(), format!("{report:?}")] {
        // Neither as it is nor as JSON spells it: this much of it is alike in both.
        for secret in ["s3cr3t", TOKEN] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
    }
}

/// As long as an echo is: half a key at its end is a secret, too.
#[tokio::test]
async fn evidence_is_cut_and_has_no_control_characters() {
    let report = with_partner(BadServer::new(Fault::NoticeBeforeJson), |_| {}).await;
    for check in &report.checks {
        for evidence in &check.evidence {
            let answer = &evidence.answer;
            assert!(answer.chars().count() <= 304 && !answer.contains('\n'), "{answer}");
        }
    }
    assert!(report.json().contains("on line 7 {"), "{}", report.json());
}
