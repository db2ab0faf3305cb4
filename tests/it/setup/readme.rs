//! The commands of the README, of `docs/acceptance.md` and those that the demo prints, given to a shell as they stand.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use super::handler::executable;
use super::need;
use crate::crash::process::{BINARY, WAIT_MAX};
use crate::programs::program::Program;

const README: &str = include_str!("../../../README.md");
const ACCEPTANCE: &str = include_str!("../../../docs/acceptance.md");

/// A machine on which `cargo install` has just put the program where the shell finds it.
struct Machine {
    home: TempDir,
    path: String,
}

impl Machine {
    fn new() -> Self {
        need(&["curl", "jq", "openssl"]);
        let home = tempfile::tempdir().unwrap();
        let bin = home.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(BINARY, bin.join("leaseline")).unwrap();
        executable(
            &bin.join("cargo"),
            "#!/bin/sh\n[ \"$*\" = 'install --locked --path .' ]\n",
        );
        // Every command of the cookbook has to be answered well.
        std::fs::write(home.path().join(".curlrc"), "fail-with-body\n").unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        Self { home, path }
    }

    fn environment(&self) -> [(&'static str, &str); 4] {
        [
            ("PATH", &self.path),
            ("HOME", self.home.path().to_str().unwrap()),
            ("LEASELINE_ONLINESIM__LISTEN", "127.0.0.1:0"),
            ("LEASELINE_ADMIN__LISTEN", "127.0.0.1:0"),
        ]
    }

    /// Starts a script that goes on in the background.
    fn start(&self, script: &str) -> Program {
        Program::start(self.home.path(), "/bin/sh", &["-c", script], &self.environment())
    }

    async fn run(&self, folder: &Path, script: &str) -> Output {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", script])
            .env_clear()
            .envs(self.environment())
            .current_dir(folder);
        let output = tokio::task::spawn_blocking(move || command.output());
        timeout(WAIT_MAX, output).await.expect("it ends").unwrap().unwrap()
    }
}

/// The rest of the line of a file that begins with these words, once it is there.
async fn line_after(file: &Path, word: &str) -> String {
    let line = async {
        loop {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            if let Some(line) = text.lines().find_map(|line| line.strip_prefix(word)) {
                return line.to_owned();
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(WAIT_MAX, line).await.expect("the server starts")
}

/// The block that begins so.
fn block(beginning: &str) -> &str {
    let (_, rest) = README.split_once(&format!("```sh\n{beginning}")).expect("the block");
    let start = README.len() - rest.len() - beginning.len();
    README[start..].split_once("```").expect("its end").0
}

/// The variables that the cookbook sets first, and each of its commands.
fn cookbook() -> (String, Vec<String>) {
    let (_, cookbook) = README.split_once("## Curl cookbook").expect("the cookbook");
    let (cookbook, _) = cookbook.split_once("\n## ").expect("its end");
    let settings = cookbook.lines().filter(|line| line.starts_with("    "));
    let cells = cookbook.lines().filter(|line| line.starts_with("| ")).flat_map(|row| {
        let row = row.replace("\\|", "\u{0}");
        let cell = row.split(" | ").nth(1).unwrap_or_default().replace('\u{0}', "|");
        cell.split('`')
            .filter(|command| command.starts_with("curl "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    (settings.collect::<Vec<_>>().join("\n"), cells.collect())
}

/// All commands of `docs/acceptance.md` but the rehearsals with rentals, which take minutes; `rehearse/` proves them.
fn acceptance() -> String {
    let typed = ACCEPTANCE.lines().filter_map(|line| line.strip_prefix("    "));
    let quick: Vec<&str> = typed.filter(|line| !line.contains("--yes-rent-real-numbers")).collect();
    quick.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, jq and openssl; .ci/run installs them"]
async fn a_server_goes_live_by_the_readme_and_the_commands_of_cookbook_and_acceptance_work() {
    let machine = Machine::new();
    let live = block("cargo install");
    let _server = machine.start(&format!("{live}wait"));
    let folder = machine.home.path().join("leaseline");
    let log = folder.join("leaseline.log");
    let partner = line_after(&log, "listening api=onlinesim address=http://").await;
    let admin = line_after(&log, "listening api=admin address=http://").await;
    let (settings, commands) = cookbook();
    assert!(commands.len() > 20, "{commands:?}");
    // A gateway whose token is known, and a rental.
    let prepare = format!(
        "{settings}
        KEY=$(sed -n 's/^onlinesim.keys = \\[\"\\(.*\\)\"\\].*/\\1/p' leaseline.toml)
        curl -s {partner}/getNumberRent -H \"Authorization: Bearer $KEY\" -H \"$J\" >&2 \\
            -d '{{\"action\":\"GET_NUMBER\",\"key\":\"'$KEY'\",\"service\":\"rent\",\"sum\":320}}'
        curl -s {admin}/v1/gateways -H \"$A\" -H \"$J\" -d '{{\"name\":\"cook\"}}' | jq -r .token"
    );
    let prepared = machine.run(&folder, &prepare).await;
    assert!(
        String::from_utf8_lossy(&prepared.stderr).contains("SUCCESS"),
        "{prepared:?}"
    );
    let token = String::from_utf8(prepared.stdout).unwrap();
    let acceptance = acceptance()
        .replace("127.0.0.1:8080", &partner)
        .replace("localhost:8081", &admin);
    let accepted = machine.run(&folder, &format!("set -e\n{settings}\n{acceptance}")).await;
    let text = String::from_utf8_lossy(&accepted.stdout);
    assert!(accepted.status.success(), "{text}{accepted:?}");
    assert!(text.contains("\"name\":\"rehearsal\""), "{text}");
    for command in commands {
        let called = command
            .replace("localhost:8080", &partner)
            .replace("localhost:8081", &admin)
            .replace("GATEWAY_TOKEN", token.trim());
        let output = machine.run(&folder, &format!("{settings}\n{called}")).await;
        let answer = String::from_utf8_lossy(&output.stdout);
        // Nothing is parked or banned here.
        let is_not_now = ["404", "409"]
            .iter()
            .any(|status| answer.contains(&format!("\"status\":{status}")));
        let is_known = is_not_now && !answer.contains("there is no such path");
        assert!(output.status.success() || is_known, "{command}: {output:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl; .ci/run installs it"]
async fn what_the_demo_prints_rents_a_number_delivers_its_sms_and_sells_it() {
    let machine = Machine::new();
    let demo = machine.start("leaseline demo");
    demo.prints("Going live").await;
    let printed = std::fs::read_to_string(machine.home.path().join("sh.output")).unwrap();
    let (_, commands) = printed.split_once("In another terminal:\n").expect("the list");
    let (commands, _) = commands.split_once("\nTo run it with").expect("its end");
    let output = machine.run(machine.home.path(), &format!("set -e\n{commands}")).await;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    for word in [
        "\"any\"",
        "\"activationId\":3",
        "\n200\n",
        "Code 4821",
        "\"posted\":\"1190.50\"",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
}
