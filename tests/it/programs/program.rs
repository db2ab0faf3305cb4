//! A program of somebody else's that the test starts. It is killed when it is dropped, with all that it has started.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::time::{sleep, timeout};

use super::scenario::WAIT_MAX;

/// Lines of its output that a failing test shows.
const LINES_MAX: usize = 80;

pub struct Program {
    name: String,
    child: Child,
    output: PathBuf,
}

impl Program {
    /// Starts it in that folder, with no environment but what is given; its output goes to a file there.
    pub fn start(folder: &Path, name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let output = folder.join(format!("{}.output", name.rsplit('/').next().unwrap_or(name)));
        let file = File::options().create(true).append(true).open(&output).unwrap();
        let mut command = Command::new(name);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .envs(environment.iter().copied())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .process_group(0);
        let child = command.spawn();
        let child = child.unwrap_or_else(|error| panic!("{name}: {error}; .ci/run installs it"));
        Self {
            name: name.to_owned(),
            child,
            output,
        }
    }

    /// Returns when its output has these words.
    pub async fn prints(&self, words: &str) {
        let printed = async {
            while !std::fs::read_to_string(&self.output).unwrap().contains(words) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = timeout(WAIT_MAX, printed).await;
        assert!(waited.is_ok(), "{} does not print: {words}", self.name);
    }

    /// SIGTERM; returns when it has ended.
    pub async fn stop(mut self) {
        kill_process(self.id(), Signal::TERM).expect("it runs");
        let ended = async {
            while self.child.try_wait().unwrap().is_none() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(WAIT_MAX, ended).await.expect("it ends");
    }

    fn id(&self) -> Pid {
        let id = i32::try_from(self.child.id()).unwrap();
        Pid::from_raw(id).expect("a process")
    }
}

impl Drop for Program {
    #[expect(clippy::print_stderr, reason = "a failing test shows it")]
    fn drop(&mut self) {
        let _gone_already = kill_process_group(self.id(), Signal::KILL);
        let _reaped = self.child.wait();
        if std::thread::panicking() {
            let text = std::fs::read(&self.output).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            let lines: Vec<&str> = text.lines().collect();
            let last = &lines[lines.len().saturating_sub(LINES_MAX)..];
            eprintln!("the last words of {}:\n{}\n", self.name, last.join("\n"));
        }
    }
}
