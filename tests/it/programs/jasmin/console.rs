//! Jasmin's console, as a person sees it through telnet.

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::programs::port;
use crate::programs::scenario::WAIT_MAX;

/// After an answer the next line begins with one of these: the second while something is put together.
const PROMPTS: [&str; 2] = ["\njcli : ", "\n> "];

pub struct Console(TcpStream);

impl Console {
    /// By default it asks for these.
    pub async fn open(port: u16) -> Self {
        port::listens(port).await;
        let mut console = Self(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap());
        console.shows(&["Authentication required."]).await;
        console.types("jcliadmin").await;
        console.shows(&["Password: "]).await;
        console.enter("jclipwd").await;
        console
    }

    /// A connection to the SMSC, which stays.
    pub async fn connect(&mut self, port: u16) {
        let port = format!("port {port}");
        for line in ["smppccm -a", "cid sim", "host 127.0.0.1", &port, "ok", "smppccm -1 sim"] {
            self.enter(line).await;
        }
    }

    /// One line, to which the console has no objection.
    pub async fn enter(&mut self, line: &str) {
        self.types(line).await;
        let shown = self.shows(&PROMPTS).await;
        let expected = match line {
            "ok" => "Successfully added",
            "persist" => "httpcc configuration persisted",
            _ => "",
        };
        let is_refused = ["Error", "Unknown", "Incorrect", "Cannot", "must"]
            .iter()
            .any(|word| shown.contains(word));
        assert!(shown.contains(expected) && !is_refused, "{line}: {shown}");
    }

    pub fn close(self) {
        drop(self.0);
    }

    async fn types(&mut self, line: &str) {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
    }

    /// What it shows, up to one of these words.
    async fn shows(&mut self, words: &[&str]) -> String {
        let mut shown = String::new();
        let showing = async {
            while !words
                .iter()
                .any(|word| shown.trim_end_matches(['\r', '\n']).ends_with(word))
            {
                let mut bytes = [0; 1_024];
                let count = self.0.read(&mut bytes).await.unwrap();
                assert!(count > 0, "it hangs up: {shown}");
                shown.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        };
        let waited = timeout(WAIT_MAX, showing).await;
        assert!(waited.is_ok(), "{words:?} were waited for: {shown}");
        shown
    }
}
