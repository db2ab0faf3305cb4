//! Every command that setup instructions print to try the gateway.

use std::process::Command;

use leaseline::gateway::kind::GatewayKind;

use super::need;
use crate::crash::process::{BINARY, Place};

/// What programs call; the test's curl knows the way.
const PUBLIC_URL: &str = "http://sms.example.test";

/// The paragraphs that hold such commands.
fn try_commands(setup: &str) -> Vec<&str> {
    let is_command = |paragraph: &&str| paragraph.starts_with("curl -i '") || paragraph.contains("\ncurl -i '");
    setup.split("\n\n").filter(is_command).collect()
}

/// The statuses that it is answered.
fn run(place: &Place, try_command: &str) -> Vec<String> {
    let mut command = Command::new("sh");
    command.args(["-c", try_command]).env("HOME", place.path(""));
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let heads = text.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 "));
    heads.map(|head| head[..3].to_owned()).collect()
}

async fn gateway(place: &Place, arguments: &[&str]) -> String {
    let mut command = place.command(BINARY, &[&["gateway", "new"][..], arguments].concat());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl and openssl; .ci/run installs them"]
async fn every_try_command_of_every_kind_is_answered_200_and_stored() {
    need(&["curl", "openssl"]);
    let mut place = Place::new().await;
    place.set("LEASELINE_GATEWAY__PUBLIC_URL", PUBLIC_URL);
    let server = place.start().await;
    let way = format!(
        "connect-to = \"sms.example.test:80:{}\"\nsilent\n",
        server.client.host()
    );
    std::fs::write(place.path(".curlrc"), way).unwrap();
    std::fs::write(place.path("keys"), "the signing key\nthe auth token\n").unwrap();
    std::fs::write(place.path("others"), "another\n").unwrap();
    let mut stored = 0;
    for kind in GatewayKind::all() {
        let name = kind.name;
        let unsigned = &["--unsigned"][usize::from(!kind.is_signed())..];
        let mut setups = vec![gateway(&place, &[&[name, "--kind", name], unsigned].concat()).await];
        if kind.is_signed() {
            let signed = format!("{name}-signed");
            setups.push(gateway(&place, &[&signed, "--kind", name, "--secret-file", "keys"]).await);
            let other = format!("{name}-other");
            let setup = gateway(&place, &[&other, "--kind", name, "--secret-file", "others"]).await;
            for try_command in try_commands(&setup) {
                assert_eq!(run(&place, try_command), ["401"], "{name}: {try_command}");
            }
        }
        for setup in &setups {
            let commands = try_commands(setup);
            assert!(!commands.is_empty(), "{name}");
            for try_command in &commands {
                let statuses = run(&place, try_command);
                assert_eq!(
                    statuses.len(),
                    try_command.matches("curl -i '").count(),
                    "{name}: {try_command}"
                );
                assert!(
                    statuses.iter().all(|status| status == "200"),
                    "{name}: {statuses:?} {try_command}"
                );
            }
            // Those of one paragraph have the same id.
            stored += commands.len();
        }
    }
    let messages = server.client.list("/v1/messages").await;
    assert_eq!(messages.len(), stored);
    assert!(
        messages.iter().all(|message| message["text"] == "Code 4821"),
        "{messages:#?}"
    );
}
