//! The real binary as a process of its own, and what its doors are asked over TCP.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use leaseline::clock::Clock;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::support::KEY;
use crate::support::house::ADMIN_TOKEN;
use crate::support::onlinesim::Onlinesim;
use crate::support::wire;

/// The most pushes that a server has under way.
pub const PARALLEL: usize = 8;
/// What takes longer than this will never happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A file, an Onlinesim, and the servers that are started on them one after the other.
pub struct Place {
    pub onlinesim: Onlinesim,
    directory: TempDir,
    starts: AtomicUsize,
}

/// A running server. It is killed when it is dropped.
pub struct Server {
    child: Child,
    pub doors: Doors,
}

/// Where a server listens, and a client for it.
#[derive(Clone)]
pub struct Doors {
    pub partner: String,
    pub admin: String,
    http: reqwest::Client,
}

/// Status and body of an answer; the body is null where it is no JSON.
pub type Said = (u16, Value);

impl Place {
    pub async fn new() -> Self {
        Self {
            onlinesim: Onlinesim::start(Clock::system()).await,
            directory: tempfile::tempdir().unwrap(),
            starts: AtomicUsize::new(0),
        }
    }

    /// How often a server was started. The path of a push begins with `/run` and this number.
    pub fn run(&self) -> usize {
        self.starts.load(Ordering::SeqCst)
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let run = self.starts.fetch_add(1, Ordering::SeqCst) + 1;
        let file = self.directory.path().join("leaseline.db");
        vec![
            ("LEASELINE_PARTNER__LISTEN", "127.0.0.1:0".to_owned()),
            ("LEASELINE_PARTNER__KEYS", KEY.to_owned()),
            ("LEASELINE_ADMIN__LISTEN", "127.0.0.1:0".to_owned()),
            ("LEASELINE_ADMIN__TOKEN", ADMIN_TOKEN.to_owned()),
            ("LEASELINE_STORAGE__URL", format!("sqlite:{}", file.display())),
            (
                "LEASELINE_PUSH__URL",
                format!("http://{}/run{run}", self.onlinesim.address),
            ),
            ("LEASELINE_PUSH__RETRY_EVERY", "200ms".to_owned()),
            ("LEASELINE_PUSH__PARALLEL", PARALLEL.to_string()),
            ("LEASELINE_TELEMETRY__LEVEL", "warn".to_owned()),
        ]
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.environment())
            .current_dir(self.directory.path())
            .stdin(Stdio::null());
        command
    }

    pub async fn start(&self) -> Server {
        Server::start(self.command(BINARY, &["serve"])).await
    }

    /// A server to which a file that cannot grow is an error and no signal.
    pub async fn start_without_xfsz(&self) -> Server {
        let script = "trap '' XFSZ; exec \"$0\" serve";
        Server::start(self.command("sh", &["-c", script, BINARY])).await
    }

    /// A server that is expected to end by itself, with what it wrote.
    pub async fn start_and_end(&self) -> Output {
        let mut command = self.command(BINARY, &["serve"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("the binary starts");
        let waiting = tokio::task::spawn_blocking(move || child.wait_with_output());
        let ended = timeout(PATIENCE, waiting).await.expect("it ends by itself");
        ended.unwrap().unwrap()
    }
}

const BINARY: &str = env!("CARGO_BIN_EXE_leaseline");

impl Drop for Server {
    fn drop(&mut self) {
        let _dead_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Server {
    async fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let stdout = child.stdout.take().expect("piped");
        let mut stderr = child.stderr.take().expect("piped");
        // Read to its end, so that the server never waits for a reader.
        let log = std::thread::spawn(move || {
            let mut text = Vec::new();
            let _gone = stderr.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        let addresses = tokio::task::spawn_blocking(move || addresses(stdout));
        let listening = timeout(PATIENCE, addresses).await.map(Result::unwrap);
        let Ok(Some((partner, admin))) = listening else {
            let _dead_already = child.kill();
            let _reaped = child.wait();
            panic!("the server does not start: {}", log.join().unwrap_or_default());
        };
        let http = wire::client();
        Self {
            child,
            doors: Doors { partner, admin, http },
        }
    }

    pub fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// SIGKILL; returns when the process is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        let sent = Command::new("sh")
            .args(["-c", "kill -TERM \"$0\"", &self.id()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// How it ended, which it must do by itself.
    pub async fn ended(mut self) -> ExitStatus {
        let waiting = tokio::task::spawn_blocking(move || self.child.wait());
        timeout(PATIENCE, waiting).await.expect("it ends").unwrap().unwrap()
    }
}

/// The two addresses that the server prints.
fn addresses(stdout: ChildStdout) -> Option<(String, String)> {
    let mut lines = BufReader::new(stdout).lines();
    let mut next = |word: &str| {
        let line = lines.next()?.ok()?;
        Some(line.strip_prefix(word)?.to_owned())
    };
    Some((next("partner listens on ")?, next("admin listens on ")?))
}

impl Doors {
    async fn ask(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Said> {
        let answer = request.timeout(PATIENCE).send().await?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await?;
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    fn post(&self, url: String, body: &Value) -> reqwest::RequestBuilder {
        self.http
            .post(url)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    /// Onlinesim asks.
    pub async fn onlinesim(&self, path: &str, mut body: Value) -> reqwest::Result<Said> {
        body["key"] = json!(KEY);
        let request = self.post(format!("{}/{path}", self.partner), &body);
        self.ask(request.header("authorization", format!("Bearer {KEY}"))).await
    }

    pub async fn get_number(&self, more: &Value) -> reqwest::Result<Said> {
        let mut body = json!({"action": "GET_NUMBER", "service": "rent", "sum": 320});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().expect("fields").clone());
        self.onlinesim("getNumberRent", body).await
    }

    pub async fn finish(&self, id: i64, status: i64, sum: &Value) -> reqwest::Result<Said> {
        let body =
            json!({"action": "FINISH_ACTIVATION", "service": "rent", "activationId": id, "status": status, "sum": sum});
        self.onlinesim("finishActivationRent", body).await
    }

    /// A gateway hands an SMS over.
    pub async fn sms(&self, token: &str, sms: &Value) -> reqwest::Result<Said> {
        self.ask(self.post(format!("{}/in/{token}", self.partner), sms)).await
    }

    pub async fn readyz(&self) -> Said {
        self.ask(self.http.get(format!("{}/readyz", self.partner)))
            .await
            .unwrap()
    }

    pub async fn admin_get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.admin));
        let request = request.header("authorization", format!("Bearer {ADMIN_TOKEN}"));
        let (status, body) = self.ask(request).await.unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn admin_post(&self, path: &str, body: &Value) -> Value {
        let request = self.post(format!("{}{path}", self.admin), body);
        let request = request.header("authorization", format!("Bearer {ADMIN_TOKEN}"));
        let (status, body) = self.ask(request).await.unwrap();
        assert!((200..300).contains(&status), "{path}: {status} {body}");
        body
    }

    /// All pages of a list; its parameters, if any, stand after a `?`.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        let join = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{join}limit=1000");
        let mut items = Vec::new();
        let mut page = self.admin_get(&path).await;
        loop {
            items.extend(page["items"].as_array().expect("items is a list").clone());
            match page["next"].as_str() {
                None => return items,
                Some(cursor) => page = self.admin_get(&format!("{path}&cursor={cursor}")).await,
            }
        }
    }

    /// A new gateway with numbers of one operator, from `first` on. Returns its token.
    pub async fn stock(&self, gateway: Value, country: &str, operator: &str, first: u64, count: u64) -> String {
        let name = gateway["name"].clone();
        let created = self.admin_post("/v1/gateways", &gateway).await;
        let row = |number: u64| json!({"number": number.to_string(), "country": country, "operator": operator, "gateway": name});
        let rows: Vec<Value> = (first..first + count).map(row).collect();
        let report = self.admin_post("/v1/numbers", &Value::from(rows)).await;
        assert_eq!(report["added"], count, "{report}");
        created["token"].as_str().expect("the token is shown once").to_owned()
    }

    /// Polls the list of due messages until it is empty, as often as pushes arrive and a bounded number of times besides.
    pub async fn nothing_due(&self, onlinesim: &Onlinesim) {
        for _ in 0..200 {
            let arrived = onlinesim.pushes().len();
            if self.list("/v1/messages?delivery=due").await.is_empty() {
                return;
            }
            // The last answers are written down without another push.
            let _more = timeout(Duration::from_millis(250), onlinesim.wait_for(arrived + 1)).await;
        }
        panic!("messages stay due: {:?}", self.list("/v1/messages?delivery=due").await);
    }
}
