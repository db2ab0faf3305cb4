//! gammu-smsd: one for each of two modems; it runs our script for each SMS.

use tokio::time::timeout;

use super::encoded_sms;
use super::modem::Modem;
use super::program::Program;
use super::sample_sms::{cut_emoji, sample_sms};
use super::scenario::{Scenario, WAIT_MAX};
use super::script::Script;

const NUMBERS: [u64; 2] = [46_700_000_001, 46_700_000_002];
/// The first one is the number itself, as in the setup instructions, the second one a line.
const PHONE_IDS: [&str; 2] = ["+46700000001", "modem 2"];

#[tokio::test]
#[ignore = "needs gammu-smsd; .ci/run installs it"]
async fn gammu_as_printed() {
    let mut scenario = Scenario::new("gammu", &[(NUMBERS[0], None), (NUMBERS[1], Some(PHONE_IDS[1]))]).await;
    let script = Script::install(&scenario);
    let modems = ["240010000000001", "240010000000002"].map(Modem::start);
    let daemons: Vec<Program> = modems
        .iter()
        .zip(PHONE_IDS)
        .map(|(modem, phone_id)| start(&scenario, &script, modem, phone_id))
        .collect();
    let mut all = sample_sms(&NUMBERS);
    all.extend(NUMBERS.map(cut_emoji));
    for (sample, reference) in all.iter().zip(1..) {
        scenario.expects(sample, &sample.from);
        let modem = &modems[NUMBERS.iter().position(|number| *number == sample.to).unwrap()];
        // The network keeps no order.
        for part in encoded_sms::send(&sample.from, "", &sample.text, reference)
            .iter()
            .rev()
        {
            modem.receive(part);
        }
    }
    scenario.outage(3).await;
    for modem in &modems {
        timeout(WAIT_MAX, modem.emptied())
            .await
            .expect("gammu-smsd takes them all");
    }
    scenario.taken(all.len()).await;
    script.has_sent_all().await;
    for daemon in daemons {
        daemon.stop().await;
    }
    scenario.all_came_once(all.len()).await;
}

/// Where things are is the test's, the rest is what was printed.
fn start(scenario: &Scenario, script: &Script, modem: &Modem, phone_id: &str) -> Program {
    let name = phone_id.replace([' ', '+'], "");
    let folder = scenario.folder().join(name);
    std::fs::create_dir(&folder).unwrap();
    let settings = scenario.printed.block("RunOnReceive");
    let settings = settings
        .set("RunOnReceive", &script.path().display().to_string())
        .set("PhoneID", phone_id)
        .with("ReceiveFrequency", "1");
    let mut text = format!(
        "[gammu]\ndevice = {}\nconnection = at115200\n\n[smsd]\nlogfile = {}\n",
        modem.path().display(),
        folder.join("log").display()
    );
    for (path, inside) in [
        ("inboxpath", "inbox"),
        ("outboxpath", "outbox"),
        ("sentsmspath", "sent"),
        ("errorsmspath", "error"),
    ] {
        std::fs::create_dir(folder.join(inside)).unwrap();
        text.push_str(&format!("{path} = {}/\n", folder.join(inside).display()));
    }
    if !settings.has("service") {
        // As Debian sets it up.
        text.push_str("service = files\n");
    }
    text.push_str(&settings.text());
    std::fs::write(folder.join("gammu-smsdrc"), text).unwrap();
    let environment = scenario.printed.after("Environment=");
    let environment = environment.split_once('=').expect("a variable");
    Program::start(&folder, "/usr/bin/gammu-smsd", &["-c", "gammu-smsdrc"], &[environment])
}
