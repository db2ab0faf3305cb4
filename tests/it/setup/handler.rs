//! A script of ours on a machine of its own, as far as a folder can be one.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use leaseline::domain::gateway::GatewayName;
use leaseline::gateway::kind::GatewayKind;
use leaseline::gateway::setup::handler;
use tempfile::TempDir;
use tokio::time::timeout;

use super::need;
use crate::crash::process::WAIT_MAX;

/// The kinds that have a script.
pub const KINDS: [&str; 2] = ["gammu", "smstools"];

pub struct Place {
    directory: TempDir,
}

impl Place {
    pub fn new(kind: &str, server: &str) -> Self {
        need(&["curl", "flock", "iconv", "setsid"]);
        let directory = tempfile::tempdir().unwrap();
        let name = GatewayName::parse("bank1").unwrap();
        let kind = GatewayKind::parse(kind).unwrap();
        let mut script = handler(&name, kind, &format!("{server}/in/token")).expect("it has a script");
        let spool = format!("\nSPOOL='{}'\n", directory.path().join("spool").display());
        for (theirs, ours) in [
            ("\nSPOOL=/var/spool/$NAME\n", spool.as_str()),
            ("\nPAUSE=10\n", "\nPAUSE=0\n"),
        ] {
            assert!(script.contains(theirs), "{theirs}");
            script = script.replace(theirs, ours);
        }
        let place = Self { directory };
        fs::create_dir(place.path("bin")).unwrap();
        place.program("handler", &script);
        place.program(
            "bin/logger",
            &format!("#!/bin/sh\necho \"$*\" >>'{}'\n", place.path("log").display()),
        );
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn script(&self) -> PathBuf {
        self.path("handler")
    }

    /// Puts a program there; in `bin` it goes before the machine's.
    pub fn program(&self, name: &str, text: &str) {
        executable(&self.path(name), text);
    }

    /// From now on the script only keeps messages: what it starts in the background does nothing.
    pub fn without_sender(&self) {
        self.program("bin/setsid", "#!/bin/sh\n");
    }

    /// From now on that program is not on the machine.
    pub fn without(&self, program: &str) {
        fs::create_dir(self.path("tools")).unwrap();
        for directory in std::env::split_paths(&std::env::var_os("PATH").unwrap()) {
            let entries = fs::read_dir(directory)
                .into_iter()
                .flatten()
                .map(|entry| entry.unwrap());
            for tool in entries.filter(|entry| entry.file_name() != program) {
                // The first one of a name is the one that is found.
                let _linked = symlink(tool.path(), self.path("tools").join(tool.file_name()));
            }
        }
    }

    /// The folders in which programs are looked for.
    fn tools(&self) -> OsString {
        let tools = self.path("tools");
        let machine = if tools.exists() {
            vec![tools]
        } else {
            std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect()
        };
        std::env::join_paths([vec![self.path("bin")], machine].concat()).unwrap()
    }

    /// Starts the script with no environment but that.
    pub fn start(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Child {
        let mut command = Command::new(self.script());
        command
            .args(arguments)
            .env_clear()
            .env("PATH", self.tools())
            .envs(environment.iter().copied())
            .current_dir(self.directory.path())
            .stdin(Stdio::null());
        command.spawn().expect("it is a script")
    }

    /// Runs it to its end. Whether it succeeded.
    pub async fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> bool {
        let mut child = self.start(arguments, environment);
        let ended = timeout(WAIT_MAX, tokio::task::spawn_blocking(move || child.wait()));
        ended.await.expect("it ends by itself").unwrap().unwrap().success()
    }

    /// How many messages wait and how many were refused, once nobody sends any more.
    pub async fn settled(&self) -> (usize, usize) {
        let lock = File::options()
            .create(true)
            .append(true)
            .open(self.path("spool/send.lock"))
            .unwrap();
        let locked = tokio::task::spawn_blocking(move || lock.lock());
        timeout(WAIT_MAX, locked)
            .await
            .expect("nobody sends for ever")
            .unwrap()
            .unwrap();
        (count(&self.path("spool/waiting")), count(&self.path("spool/refused")))
    }

    /// How many messages are being written, or never were to the end.
    pub fn unfinished(&self) -> usize {
        count(&self.path("spool/writing"))
    }

    /// What the script wrote to the machine's log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}

/// Writes a program.
pub fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, |entries| entries.count())
}
