//! The real binary as a process of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use leaseline::clock::Clock;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::timeout;

pub use super::server_client::{ServerAnswer, ServerClient};
use crate::support::KEY;
use crate::support::onlinesim::Onlinesim;
use crate::support::test_server::ADMIN_TOKEN;

/// The most pushes that a server has under way.
pub const PARALLEL: usize = 8;
/// What takes longer than this will never happen.
pub const WAIT_MAX: Duration = Duration::from_secs(20);

/// A file, an Onlinesim, and the servers that are started on them one after the other.
pub struct Place {
    pub onlinesim: Onlinesim,
    directory: TempDir,
    starts: AtomicUsize,
    settings: Vec<(&'static str, String)>,
}

/// A running server. It is killed when it is dropped.
pub struct Server {
    child: Child,
    pub client: ServerClient,
}

impl Place {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// A place whose servers have more in their environment.
    pub async fn with(settings: &[(&'static str, &str)]) -> Self {
        Self {
            onlinesim: Onlinesim::start(Clock::system()).await,
            directory: tempfile::tempdir().unwrap(),
            starts: AtomicUsize::new(0),
            settings: settings
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        }
    }

    /// Something more in the environment of the servers that are started from now on.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.settings.push((name, value.to_owned()));
    }

    /// A path next to the database.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The database.
    pub fn file(&self) -> PathBuf {
        self.path("leaseline.db")
    }

    /// How often a server was started. The path of a push begins with `/run` and this number.
    pub fn run(&self) -> usize {
        self.starts.load(Ordering::SeqCst)
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let run = self.starts.fetch_add(1, Ordering::SeqCst) + 1;
        let mut environment = vec![
            ("LEASELINE_ONLINESIM__LISTEN", "127.0.0.1:0".to_owned()),
            ("LEASELINE_ONLINESIM__KEYS", KEY.to_owned()),
            ("LEASELINE_ADMIN__LISTEN", "127.0.0.1:0".to_owned()),
            ("LEASELINE_ADMIN__TOKEN", ADMIN_TOKEN.to_owned()),
            ("LEASELINE_STORAGE__URL", format!("sqlite:{}", self.file().display())),
            (
                "LEASELINE_PUSH__URL",
                format!("http://{}/run{run}", self.onlinesim.address),
            ),
            ("LEASELINE_PUSH__RETRY_EVERY", "200ms".to_owned()),
            // Most numbers are rented again while the test lasts.
            ("LEASELINE_RENT__REST", "1s".to_owned()),
            ("LEASELINE_PUSH__PARALLEL", PARALLEL.to_string()),
            ("LEASELINE_TELEMETRY__LEVEL", "warn".to_owned()),
        ];
        environment.extend(self.settings.iter().cloned());
        environment
    }

    /// What starts a server, or something that becomes one.
    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.environment())
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub async fn start(&self) -> Server {
        Server::start(self.command(BINARY, &["serve"])).await
    }

    /// A server to which a file that cannot grow is an error and no signal.
    pub async fn start_without_xfsz(&self) -> Server {
        self.start_by("trap '' XFSZ; exec \"$0\" serve").await
    }

    /// A server that a shell's script becomes; `$0` is the binary. No program but the shell is needed for it.
    pub async fn start_by(&self, script: &str) -> Server {
        Server::start(self.command("/bin/sh", &["-c", script, BINARY])).await
    }

    /// Something that ends by itself, with what it wrote.
    pub async fn end(&self, mut command: Command) -> Output {
        let child = command.spawn().expect("the binary starts");
        let id = Pid::from_child(&child);
        let mut waiting = tokio::task::spawn_blocking(move || child.wait_with_output());
        let Ok(ended) = timeout(WAIT_MAX, &mut waiting).await else {
            // Or the test would wait for it for ever.
            kill_process(id, Signal::KILL).expect("it runs");
            panic!("it does not end by itself: {:?}", waiting.await);
        };
        ended.unwrap().unwrap()
    }
}

pub const BINARY: &str = env!("CARGO_BIN_EXE_leaseline");

impl Drop for Server {
    fn drop(&mut self) {
        let _dead_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Server {
    pub async fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the binary starts");
        let stdout = child.stdout.take().expect("piped");
        let stderr = child.stderr.take();
        // Read to its end, so that the server never waits for a reader.
        let log = std::thread::spawn(move || {
            let mut text = Vec::new();
            let _gone = stderr.map(|mut stderr| stderr.read_to_end(&mut text));
            String::from_utf8_lossy(&text).into_owned()
        });
        let addresses = tokio::task::spawn_blocking(move || addresses(stdout));
        let listening = timeout(WAIT_MAX, addresses).await.map(Result::unwrap);
        let Ok(Some((partner, admin))) = listening else {
            let _dead_already = child.kill();
            let _reaped = child.wait();
            panic!("the server does not start: {}", log.join().unwrap_or_default());
        };
        Self {
            child,
            client: ServerClient::new(partner, admin),
        }
    }

    pub fn id(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// SIGKILL; returns when the process is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        kill_process(self.id(), Signal::TERM).expect("it runs");
    }

    /// How it ended, which it must do by itself.
    pub async fn ended(mut self) -> ExitStatus {
        let waiting = tokio::task::spawn_blocking(move || self.child.wait());
        timeout(WAIT_MAX, waiting).await.expect("it ends").unwrap().unwrap()
    }
}

/// The two addresses that the server prints.
fn addresses(stdout: ChildStdout) -> Option<(String, String)> {
    let mut lines = BufReader::new(stdout).lines();
    let mut next = |api: &str| {
        let line = lines.next()?.ok()?;
        Some(line.strip_prefix(&format!("listening api={api} address="))?.to_owned())
    };
    let onlinesim = next("onlinesim")?;
    let _the_same = next("gateway")?;
    Some((onlinesim, next("admin")?))
}
