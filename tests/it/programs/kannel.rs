//! Kannel: bearerbox takes the SMS from an SMSC, smsbox hands them over.

use std::path::Path;

use super::encoded_sms;
use super::port;
use super::printed_setup::{Block, Printed};
use super::program::Program;
use super::sample_sms::{SampleSms, cut_emoji, sample_sms};
use super::scenario::Scenario;
use super::smsc::Smsc;

const NUMBERS: [u64; 3] = [46_700_000_001, 46_700_000_002, 46_700_000_003];

/// How smsbox hands an SMS over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As in the setup instructions.
    Get,
    Post,
    Xml,
}

/// What differs from the setup instructions.
#[derive(Debug, Clone, Copy)]
struct Variation {
    way: Way,
    recodes: bool,
    joins: bool,
}

#[tokio::test]
#[ignore = "needs Kannel; .ci/run installs it"]
async fn kannel_as_printed() {
    deliver_samples(Variation {
        way: Way::Get,
        recodes: true,
        joins: true,
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Kannel; .ci/run installs it"]
async fn kannel_in_utf_16_and_in_parts() {
    deliver_samples(Variation {
        way: Way::Get,
        recodes: false,
        joins: false,
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Kannel; .ci/run installs it"]
async fn kannel_by_post() {
    deliver_samples(Variation {
        way: Way::Post,
        recodes: false,
        joins: false,
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Kannel; .ci/run installs it"]
async fn kannel_by_xml() {
    deliver_samples(Variation {
        way: Way::Xml,
        recodes: false,
        joins: false,
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Kannel; .ci/run installs it"]
async fn kannel_in_utf_8_and_in_parts() {
    deliver_samples(Variation {
        way: Way::Get,
        recodes: true,
        joins: false,
    })
    .await;
}

async fn deliver_samples(variation: Variation) {
    let mut scenario = Scenario::new("kannel", &NUMBERS.map(|number| (number, None))).await;
    let smsc = Smsc::start().await;
    let boxes = Boxes::start(&scenario, &smsc, variation).await;
    let mut all = sample_sms(&NUMBERS);
    all.push(cut_emoji(NUMBERS[0]));
    let mut requests = 0;
    for (sample, reference) in all.iter().zip(1..) {
        scenario.expects(&variation.arrived(sample), &sample.from);
        let parts = deliver(&smsc, sample, reference).await;
        requests += if variation.joins { 1 } else { parts };
    }
    scenario.outage(requests).await;
    scenario.taken(requests).await;
    scenario.all_came_once(requests).await;
    assert_eq!(smsc.submitted(), [""; 0], "nothing is texted back");
    drop(boxes);
}

impl Variation {
    /// What it hands over of a sample. When it recodes a part, it drops the first half of an emoji and writes the second one
    /// in three bytes that no text has.
    fn arrived(self, sample: &SampleSms) -> SampleSms {
        let mut arrived = sample.clone();
        if self.recodes && !self.joins && *sample == cut_emoji(NUMBERS[0]) {
            arrived.text = sample.text.replace('😀', "\u{fffd}\u{fffd}\u{fffd}");
        }
        arrived
    }
}

async fn deliver(smsc: &Smsc, sample: &SampleSms, reference: u8) -> usize {
    let to = format!("+{}", sample.to);
    let parts = encoded_sms::send(&sample.from, &to, &sample.text, reference);
    for part in &parts {
        smsc.deliver(part).await;
    }
    parts.len()
}

/// In the order in which they are killed.
struct Boxes {
    _smsbox: Program,
    _bearerbox: Program,
}

impl Boxes {
    async fn start(scenario: &Scenario, smsc: &Smsc, variation: Variation) -> Self {
        let port = port::free();
        write(scenario, smsc, variation, port);
        let arguments = ["-v", "0", "kannel.conf"];
        let bearerbox = Program::start(scenario.folder(), "/usr/sbin/bearerbox", &arguments, &[]);
        port::listens(port).await;
        let smsbox = Program::start(scenario.folder(), "/usr/sbin/smsbox", &arguments, &[]);
        Self {
            _smsbox: smsbox,
            _bearerbox: bearerbox,
        }
    }
}

/// The groups about the SMSC are the test's, those of smsbox are what was printed.
fn write(scenario: &Scenario, smsc: &Smsc, variation: Variation, port: u16) {
    let group = |name: &str| Block(vec![format!("group = {name}")]);
    let store = quoted(&scenario.folder().join("kannel.store"));
    let core = group("core")
        .with("admin-port", &port::free().to_string())
        .with("admin-interface", "127.0.0.1")
        .with("admin-password", "none")
        .with("smsbox-port", &port.to_string())
        .with("smsbox-interface", "127.0.0.1")
        .with("store-type", "file")
        .with("store-location", &store)
        .with("sms-combine-concatenated-mo", &variation.joins.to_string());
    let smsc = group("smsc")
        .with("smsc", "smpp")
        .with("smsc-id", "sim")
        .with("host", "127.0.0.1")
        .with("port", &smsc.port().to_string())
        .with("smsc-username", "user")
        .with("smsc-password", "password")
        .with("system-type", "\"\"")
        .with("transceiver-mode", "true");
    let smsbox = scenario.printed.block("bearerbox-host");
    let smsbox = smsbox
        .with("bearerbox-port", &port.to_string())
        .set("http-queue-delay", "1")
        .set("mo-recode", &variation.recodes.to_string());
    let service = service(&scenario.printed, variation.way);
    let text = [core, smsc, smsbox, service].map(|block| block.text()).concat();
    std::fs::write(scenario.folder().join("kannel.conf"), text).unwrap();
}

fn service(printed: &Printed, way: Way) -> Block {
    let mut service = printed.block("get-url");
    let url = service.value("get-url");
    let (url, _) = url.trim_matches('"').split_once('?').expect("a query");
    let name = match way {
        Way::Get => return service,
        Way::Post => "post-url",
        Way::Xml => "post-xml",
    };
    let service = service.replace("get-url", &format!("{name} = \"{url}?id=%I\""));
    service.with("send-sender", "true")
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}
