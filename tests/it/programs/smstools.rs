//! smstools: smsd takes the SMS off two modems, and runs our script for each.

use tokio::time::timeout;

use super::encoded_sms;
use super::modem::Modem;
use super::printed_setup::Block;
use super::program::Program;
use super::sample_sms::{SampleSms, cut_emoji, sample_sms};
use super::scenario::{Scenario, WAIT_MAX};
use super::script::Script;

/// The first modem reports its number, the second one's SIM is known by its line.
const NUMBERS: [u64; 2] = [46_700_000_001, 46_700_000_002];
const IMSIS: [&str; 2] = ["240010000000001", "240010000000002"];

#[tokio::test]
#[ignore = "needs smstools; .ci/run installs it"]
async fn smstools_as_printed() {
    deliver_samples(true).await;
}

#[tokio::test]
#[ignore = "needs smstools; .ci/run installs it"]
async fn smstools_in_parts() {
    deliver_samples(false).await;
}

/// It joins the parts, or the server does.
async fn deliver_samples(joins: bool) {
    let mut scenario = Scenario::new("smstools", &[(NUMBERS[0], None), (NUMBERS[1], Some(IMSIS[1]))]).await;
    let script = Script::install(&scenario);
    let modems = IMSIS.map(Modem::start);
    write(&scenario, &script, &modems, joins);
    let smsd = Program::start(scenario.folder(), "/usr/sbin/smsd", &["-t", "-c", "smsd.conf"], &[]);
    let mut all = sample_sms(&NUMBERS);
    all.extend(NUMBERS.map(cut_emoji));
    let mut requests = 0;
    for (sample, reference) in all.iter().zip(1..) {
        // It reports a number without its plus.
        scenario.expects(sample, sample.from.trim_start_matches('+'));
        let parts = receive(&modems, sample, reference);
        requests += if joins { 1 } else { parts };
    }
    scenario.outage(3).await;
    for modem in &modems {
        timeout(WAIT_MAX, modem.emptied()).await.expect("smsd takes them all");
    }
    scenario.taken(requests).await;
    script.has_sent_all().await;
    smsd.stop().await;
    scenario.all_came_once(requests).await;
}

/// Returns in how many parts it comes.
fn receive(modems: &[Modem], sample: &SampleSms, reference: u8) -> usize {
    let modem = &modems[NUMBERS.iter().position(|number| *number == sample.to).unwrap()];
    let parts = encoded_sms::send(&sample.from, "", &sample.text, reference);
    // The network keeps no order.
    for part in parts.iter().rev() {
        modem.receive(part);
    }
    parts.len()
}

/// Where things are is the test's, the rest is what was printed.
fn write(scenario: &Scenario, script: &Script, modems: &[Modem], joins: bool) {
    let mut text = String::from("devices = GSM1,GSM2\ndelaytime = 1\nerrorsleeptime = 1\nloglevel = 7\n");
    for name in ["outgoing", "checked", "incoming", "failed", "sent"] {
        let folder = scenario.folder().join(name);
        std::fs::create_dir(&folder).unwrap();
        text.push_str(&format!("{name} = {}\n", folder.display()));
    }
    for name in ["logfile", "infofile", "pidfile"] {
        text.push_str(&format!("{name} = {}\n", scenario.folder().join(name).display()));
    }
    let all = scenario.printed.block("eventhandler");
    let all = all.set("internal_combine", if joins { "yes" } else { "no" });
    text.push_str(&all.set("eventhandler", &script.path().display().to_string()).text());
    let each = scenario.printed.block("number");
    let numbered = each.clone().set("number", &NUMBERS[0].to_string());
    for ((modem, settings), name) in modems
        .iter()
        .zip([numbered, each.without("number")])
        .zip(["GSM1", "GSM2"])
    {
        let section = Block(vec![format!("[{name}]")]).with("device", &modem.path().display().to_string());
        text.push_str(&format!("{}\n{}", section.0.join("\n"), settings.text()));
    }
    std::fs::write(scenario.folder().join("smsd.conf"), text).unwrap();
}
