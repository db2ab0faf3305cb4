//! Every command with which a recipe says that one may try it.

use std::process::Command;

use leaseline::gateway::kind::GatewayKind;

use super::need;
use crate::crash::process::{BINARY, Place};

/// What programs call; the test's curl knows the way.
const PUBLIC_URL: &str = "http://sms.example.test";

/// The paragraphs that hold such commands.
fn trials(recipe: &str) -> Vec<&str> {
    let is_trial = |paragraph: &&str| paragraph.starts_with("curl -i '") || paragraph.contains("\ncurl -i '");
    recipe.split("\n\n").filter(is_trial).collect()
}

/// The statuses that it is answered.
fn run(place: &Place, trial: &str) -> Vec<String> {
    let mut command = Command::new("sh");
    command.args(["-c", trial]).env("HOME", place.path(""));
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
async fn every_trial_of_every_recipe_is_answered_200_and_stored() {
    need(&["curl", "openssl"]);
    let mut place = Place::new().await;
    place.set("LEASELINE_GATEWAY__PUBLIC_URL", PUBLIC_URL);
    let server = place.start().await;
    let way = format!(
        "connect-to = \"sms.example.test:80:{}\"\nsilent\n",
        server.client.host()
    );
    std::fs::write(place.path(".curlrc"), way).unwrap();
    std::fs::write(place.path("keys"), "what stands there\nthe auth token\n").unwrap();
    std::fs::write(place.path("others"), "another\n").unwrap();
    let mut stored = 0;
    for kind in GatewayKind::all() {
        let name = kind.name;
        let unsigned = &["--unsigned"][usize::from(!kind.is_signed())..];
        let mut recipes = vec![gateway(&place, &[&[name, "--kind", name], unsigned].concat()).await];
        if kind.is_signed() {
            let signed = format!("{name}-signed");
            recipes.push(gateway(&place, &[&signed, "--kind", name, "--secret-file", "keys"]).await);
            let other = format!("{name}-other");
            let recipe = gateway(&place, &[&other, "--kind", name, "--secret-file", "others"]).await;
            for trial in trials(&recipe) {
                assert_eq!(run(&place, trial), ["401"], "{name}: {trial}");
            }
        }
        for recipe in &recipes {
            let trials = trials(recipe);
            assert!(!trials.is_empty(), "{name}");
            for trial in &trials {
                let statuses = run(&place, trial);
                assert_eq!(statuses.len(), trial.matches("curl -i '").count(), "{name}: {trial}");
                assert!(
                    statuses.iter().all(|status| status == "200"),
                    "{name}: {statuses:?} {trial}"
                );
            }
            // Those of one paragraph have the same id.
            stored += trials.len();
        }
    }
    let messages = server.client.list("/v1/messages").await;
    assert_eq!(messages.len(), stored);
    assert!(
        messages.iter().all(|message| message["text"] == "Code 4821"),
        "{messages:#?}"
    );
}
