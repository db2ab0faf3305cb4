//! Jasmin: jasmind takes the SMS from an SMSC and routes them, deliversmd hands them over. Between them is RabbitMQ;
//! Redis has the parts of long ones.

mod broker;
mod console;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::encoded_sms::{self, EncodedPart};
use super::port;
use super::printed_setup::Block;
use super::program::Program;
use super::sample_sms::{SampleSms, cut_emoji, sample_sms};
use super::scenario::Scenario;
use super::smsc::Smsc;
use broker::Brokers;
use console::Console;

const NUMBERS: [u64; 3] = [46_700_000_001, 46_700_000_002, 46_700_000_003];
/// Python's packages, in the target folder.
const INSTALLED: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../jasmin");

#[tokio::test]
#[ignore = "needs Jasmin; .ci/run installs it"]
async fn jasmin_as_printed() {
    let mut scenario = Scenario::new("jasmin", &NUMBERS.map(|number| (number, None))).await;
    let smsc = Smsc::start().await;
    let brokers = Brokers::start(scenario.folder()).await;
    let daemons = Daemons::start(&scenario, &smsc, &brokers).await;
    let mut requests = 0;
    let mut all = sample_sms(&NUMBERS);
    all.push(cut_emoji(NUMBERS[0]));
    let long = [all[0].clone(), all[1].clone(), cut_emoji(NUMBERS[0])];
    for (sample, reference) in all.iter().zip(1..) {
        for part in sent(&mut scenario, sample, reference) {
            smsc.deliver(&part).await;
        }
        requests += 1;
    }
    // Those it does not join: each of their parts comes by itself, here the last one first.
    for (mut sample, reference) in long.into_iter().zip(1..) {
        "Wide".clone_into(&mut sample.from);
        for part in sent(&mut scenario, &sample, reference).into_iter().rev() {
            smsc.deliver(&encoded_sms::with_16_bits(part)).await;
            requests += 1;
        }
    }
    // With those of the outage more tries than it makes by default.
    scenario.tried(3 * requests).await;
    scenario.outage(requests).await;
    scenario.taken(requests).await;
    scenario.all_came_once(requests).await;
    assert_eq!(smsc.submitted(), [""; 0], "nothing is texted back");
    drop((daemons, brokers));
}

/// The parts of a sample that has to arrive.
fn sent(scenario: &mut Scenario, sample: &SampleSms, reference: u8) -> Vec<EncodedPart> {
    // It drops the plus of a number.
    scenario.expects(sample, sample.from.trim_start_matches('+'));
    encoded_sms::send(&sample.from, &format!("+{}", sample.to), &sample.text, reference)
}

struct Daemons {
    _deliversmd: Program,
    _jasmind: Program,
}

impl Daemons {
    /// What was printed is typed and written down, then both are started anew. The rest is about where things are.
    async fn start(scenario: &Scenario, smsc: &Smsc, brokers: &Brokers) -> Self {
        let (console, servers) = (port::free(), port::free());
        write(scenario, brokers, console, servers);
        let jasmind = run(scenario.folder(), "jasmind.py", "/tmp/jasmind");
        let mut typing = Console::open(console).await;
        typing.connect(smsc.port()).await;
        for line in scenario.printed.typed("httpccm -a") {
            typing.enter(&line).await;
        }
        typing.close();
        jasmind.stop().await;
        let jasmind = run(scenario.folder(), "jasmind.py", "/tmp/jasmind");
        port::listens(console).await;
        let deliversmd = run(scenario.folder(), "deliversmd.py", "/tmp/deliversmd-");
        // Before that it has no queue yet, and what jasmind takes is lost.
        deliversmd
            .prints("Consuming from routing key: deliver_sm_thrower")
            .await;
        Self {
            _deliversmd: deliversmd,
            _jasmind: jasmind,
        }
    }
}

/// With a lock of its own: the usual one is the same for the whole machine, and outlives a kill.
fn run(folder: &Path, name: &str, lock: &str) -> Program {
    let script = std::fs::read_to_string(Path::new(INSTALLED).join("bin").join(name));
    let script = script.unwrap_or_else(|error| panic!("{name}: {error}; .ci/run installs it"));
    assert!(script.contains(lock), "{name} has another lock");
    let script = script.replace(lock, &format!("{}/lock-", folder.display()));
    let (_, script) = script.split_once('\n').expect("the line that names Python");
    let path = folder.join(name);
    std::fs::write(&path, format!("#!{INSTALLED}/bin/python3\n{script}")).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    let here = folder.to_str().expect("UTF-8");
    let environment = [("CONFIG_PATH", here), ("LOG_PATH", here), ("HOME", here)];
    Program::start(folder, path.to_str().expect("UTF-8"), &[], &environment)
}

/// Its files, with what was printed in the file that was named.
fn write(scenario: &Scenario, brokers: &Brokers, console: u16, servers: u16) {
    let section = |name: &str| Block(vec![format!("[{name}]")]);
    let listening = |name: &str, port: u16| section(name).with("bind", "127.0.0.1").with("port", &port.to_string());
    let broker = section("amqp-broker")
        .with("port", &brokers.rabbitmq.to_string())
        .with("spec", &specification().display().to_string());
    let jasmind = [
        listening("smpp-server", port::free()),
        listening("smpp-server-pb", servers),
        listening("client-management", port::free()),
        listening("http-api", port::free()),
        listening("router", port::free()),
        listening("jcli", console),
        section("redis-client").with("port", &brokers.redis.to_string()),
        broker.clone(),
    ];
    let printed = scenario.printed.block("max_retries").set("retry_delay", "1");
    let mut thrower = section("deliversm-thrower").with("log_file", "stdout");
    thrower.0.extend(printed.0);
    let clients = section("smpp-server-pb-client").with("port", &servers.to_string());
    let text = |blocks: &[Block]| blocks.iter().map(Block::text).collect::<String>();
    assert!(
        scenario
            .printed
            .0
            .contains("/etc/jasmin/deliversm.cfg for deliversmd.py")
    );
    let folder = scenario.folder();
    std::fs::create_dir(folder.join("store")).unwrap();
    std::fs::write(folder.join("jasmin.cfg"), text(&jasmind)).unwrap();
    std::fs::write(folder.join("deliversm.cfg"), text(&[thrower, clients, broker])).unwrap();
}

/// What AMQP is, for its library, which brings it along.
fn specification() -> PathBuf {
    let python = std::fs::read_dir(Path::new(INSTALLED).join("lib")).unwrap();
    let mut found = python.map(|python| {
        let packages = python.unwrap().path().join("site-packages");
        packages.join("txamqp/specs/standard/amqp0-9-1.stripped.xml")
    });
    found.find(|path| path.exists()).expect("txAMQP3 is installed")
}
