//! A setup that the doctor looks at, and what it reports.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::crash::process::{BINARY, Place};
use crate::programs::port;

/// All checks, in their order.
pub const CHECKS: [&str; 12] = [
    "config",
    "server",
    "disk_speed",
    "disk_space",
    "database",
    "certificate",
    "push_url",
    "clock",
    "listeners",
    "file_modes",
    "gateways",
    "open_files",
];

/// A good one: a configuration in a file, a database with a gateway and a number, ports that are free.
pub struct Setup {
    pub place: Place,
    /// The gateway's token.
    pub token: String,
    /// That of onlinesim.listen.
    pub port: u16,
    left_out: Vec<&'static str>,
}

impl Setup {
    pub async fn new() -> Self {
        let mut place = Place::with(&[]).await;
        let (port, admin) = (port::free(), port::free());
        place.set("LEASELINE_ONLINESIM__LISTEN", &format!("127.0.0.1:{port}"));
        place.set("LEASELINE_ADMIN__LISTEN", &format!("127.0.0.1:{admin}"));
        // How full the disk of the tests is does not matter.
        place.set("LEASELINE_TROUBLES__DISK_FREE_BYTES_MIN", "0");
        place.set("LEASELINE_TROUBLES__DISK_FREE_PERCENT_MIN", "0");
        let mut setup = Self {
            place,
            token: String::new(),
            port,
            left_out: Vec::new(),
        };
        setup.write(
            "leaseline.toml",
            "push.age_max = \"12h\"\nadmin.token = \"overridden by the environment\"\n",
            0o600,
        );
        chmod(&setup.path(""), 0o700);
        let config = setup.path("leaseline.toml").display().to_string();
        setup.place.set("LEASELINE_CONFIG", &config);
        setup.write("numbers.csv", "number,gateway\n46701234567,bank1\n", 0o600);
        setup.succeeds(&["migrate"]).await;
        let printed = setup.succeeds(&["gateway", "new", "bank1", "--kind", "generic"]).await;
        let token = printed.split("/in/").nth(1).expect("the URL with the token");
        setup.token = token.chars().take_while(char::is_ascii_alphanumeric).collect();
        setup.succeeds(&["import", "numbers.csv"]).await;
        setup
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path(name)
    }

    /// A file with that mode.
    pub fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        chmod(&path, mode);
        path
    }

    /// Without that setting of the environment.
    pub fn leave_out(&mut self, name: &'static str) {
        self.left_out.push(name);
    }

    async fn succeeds(&self, arguments: &[&str]) -> String {
        let ended = self.place.end(self.place.command(BINARY, arguments)).await;
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(0), "{arguments:?}: {stderr}");
        String::from_utf8(ended.stdout).unwrap()
    }

    /// What `leaseline doctor --json` reports.
    pub async fn examine(&self) -> Report {
        Report::of(self.run(&["--json"]).await)
    }

    pub async fn run(&self, arguments: &[&str]) -> Output {
        let arguments: Vec<&str> = ["doctor"].into_iter().chain(arguments.iter().copied()).collect();
        self.end(self.place.command(BINARY, &arguments)).await
    }

    /// By a shell's script; `$0` is the binary.
    pub async fn run_by(&self, script: &str) -> Output {
        self.end(self.place.command("/bin/sh", &["-c", script, BINARY])).await
    }

    async fn end(&self, mut command: Command) -> Output {
        for name in &self.left_out {
            command.env_remove(name);
        }
        self.place.end(command).await
    }
}

pub fn chmod(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// What the doctor reported.
pub struct Report {
    code: i32,
    findings: Vec<Value>,
}

impl Report {
    pub fn of(ended: Output) -> Self {
        let stderr = String::from_utf8_lossy(&ended.stderr);
        let findings = serde_json::from_slice(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
        let report = Self {
            code: ended.status.code().unwrap(),
            findings,
        };
        let wrong = report.findings.iter().any(|one| one["state"] == "wrong");
        assert_eq!(report.code, i32::from(wrong), "{stderr}");
        for one in &report.findings {
            let is_bad = ["warning", "wrong"].contains(&one["state"].as_str().unwrap());
            assert_eq!(
                one["what_to_do"].is_string(),
                is_bad,
                "what is bad has something to do: {one}"
            );
        }
        for check in CHECKS {
            assert!(report.lines(check) > 0, "{check} has a line");
        }
        report
    }

    fn found(&self, check: &str) -> impl Iterator<Item = &Value> {
        self.findings.iter().filter(move |one| one["check"] == check)
    }

    pub fn lines(&self, check: &str) -> usize {
        self.found(check).count()
    }

    /// The state of the first line.
    pub fn state(&self, check: &str) -> &str {
        self.found(check).next().unwrap()["state"].as_str().unwrap()
    }

    /// The first line.
    pub fn what(&self, check: &str) -> &str {
        self.found(check).next().unwrap()["what"].as_str().unwrap()
    }

    /// Exit code 0.
    pub fn is_well(&self) {
        assert_eq!(self.code, 0, "{:#?}", self.findings);
    }

    #[track_caller]
    pub fn is_wrong(&self, check: &str, what: &str) {
        self.has(check, "wrong", what);
    }

    #[track_caller]
    pub fn is_a_warning(&self, check: &str, what: &str) {
        self.has(check, "warning", what);
    }

    #[track_caller]
    fn has(&self, check: &str, state: &str, what: &str) {
        let found = self
            .found(check)
            .any(|one| one["state"] == state && one["what"].as_str().unwrap().contains(what));
        assert!(
            found,
            "{check} is {state}: {what}\n{:#?}",
            self.found(check).collect::<Vec<_>>()
        );
    }
}
