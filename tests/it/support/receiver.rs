//! Who is notified: Telegram's Bot API and a webhook, as servers of our own that record what they get.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

use super::suppliers::{ApiAnswer, ApiCall, Fault, Trouble, WholesaleApi, Wholesaler, WholesalerControl as _};

/// An API that answers every call with the same.
pub struct Receiving(ApiAnswer);

/// A server over it.
pub type Receiver = Wholesaler<Receiving>;

impl WholesaleApi for Receiving {
    fn answer(&mut self, _: &ApiCall) -> ApiAnswer {
        self.0.clone()
    }

    fn sold(&self) -> Vec<String> {
        Vec::new()
    }
}

pub async fn telegram() -> Receiver {
    let sent = json!({"ok": true, "result": {"message_id": 7}});
    Wholesaler::start(Receiving(ApiAnswer::json(200, &sent))).await
}

pub async fn webhook() -> Receiver {
    Wholesaler::start(Receiving(ApiAnswer::empty(204))).await
}

impl Receiver {
    /// The next calls are answered with these.
    pub fn refuses(&self, answers: impl IntoIterator<Item = ApiAnswer>) {
        let fault = |answer| {
            let trouble = Trouble::Answers(answer);
            Some(Fault { acts: false, trouble })
        };
        self.faults(answers.into_iter().map(fault).collect());
    }

    /// The next call is never answered.
    pub fn hangs(&self) {
        let trouble = Trouble::Hangs;
        self.faults(vec![Some(Fault { acts: false, trouble })]);
    }

    /// The connection of the next call ends.
    pub fn hangs_up(&self) {
        let trouble = Trouble::HangsUp;
        self.faults(vec![Some(Fault { acts: false, trouble })]);
    }

    /// The bodies of all calls.
    pub fn bodies(&self) -> Vec<Value> {
        let calls = self.calls().into_iter();
        calls.map(|call| serde_json::from_slice(&call.body).unwrap()).collect()
    }

    /// The texts of all messages to the chat.
    pub fn texts(&self) -> Vec<String> {
        let bodies = self.bodies().into_iter();
        bodies.map(|body| body["text"].as_str().unwrap().to_owned()).collect()
    }

    /// `id trouble state: detail` of all calls of the webhook.
    pub fn events(&self) -> Vec<String> {
        let word = |event: &Value, name: &str| event[name].as_str().unwrap().to_owned();
        let event = |event: Value| {
            let [trouble, state, detail] = ["trouble", "state", "detail"].map(|name| word(&event, name));
            format!("{} {trouble} {state}: {detail}", event["id"])
        };
        self.bodies().into_iter().map(event).collect()
    }
}

/// How an SMTP server encrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    Off,
    StartTls,
    Tls,
}

/// A mail as it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// `user password`.
    pub login: Option<String>,
    pub is_encrypted: bool,
    pub lines: Vec<String>,
}

impl Mail {
    /// What stands in it, decoded.
    pub fn text(&self) -> String {
        let body = self.lines.iter().skip_while(|line| !line.is_empty());
        let encoded: String = body.map(String::as_str).collect();
        String::from_utf8(BASE64_STANDARD.decode(encoded).unwrap()).unwrap()
    }

    pub fn header(&self, name: &str) -> String {
        let found = self
            .lines
            .iter()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")));
        found.unwrap_or_default().to_owned()
    }
}

#[derive(Default)]
struct Mailboxes {
    mails: Vec<Mail>,
    /// The answer to each mail's sender instead of 250.
    refusal: Option<&'static str>,
    /// A recipient that is refused.
    unknown: Option<&'static str>,
}

/// An SMTP server with a certificate of a private authority. Gone when dropped.
pub struct SmtpServer {
    pub port: u16,
    mailboxes: Arc<Mutex<Mailboxes>>,
    _serving: AbortOnDropHandle<()>,
}

/// The authority behind the certificate, which is for 127.0.0.1 and localhost.
pub const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/rehearse/tls/authority.pem");

/// Accepts connections with that certificate.
pub fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("../rehearse/tls/certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../rehearse/tls/key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

impl SmtpServer {
    pub async fn start(encryption: Encryption) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mailboxes = Arc::<Mutex<Mailboxes>>::default();
        let served = Arc::clone(&mailboxes);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, encryption, Arc::clone(&served)));
            }
        });
        Self {
            port,
            mailboxes,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.mailboxes.lock().unwrap().mails.clone()
    }

    /// Does not know that recipient.
    pub fn refuses_recipient(&self, recipient: &'static str) {
        self.mailboxes.lock().unwrap().unknown = Some(recipient);
    }

    /// Answers the sender of each mail with that; `None`: takes it.
    pub fn refuses(&self, answer: Option<&'static str>) {
        self.mailboxes.lock().unwrap().refusal = answer;
    }
}

/// A connection that ends is not a failure of the server.
async fn serve(stream: TcpStream, encryption: Encryption, mailboxes: Arc<Mutex<Mailboxes>>) -> Option<()> {
    if encryption == Encryption::Tls {
        let stream = acceptor().accept(stream).await.ok()?;
        return Session::new(stream, mailboxes, true).run(true, false).await.map(drop);
    }
    let session = Session::new(stream, Arc::clone(&mailboxes), false);
    let plain = session.run(true, encryption == Encryption::StartTls).await?;
    let stream = acceptor().accept(plain).await.ok()?;
    Session::new(stream, mailboxes, true).run(false, false).await.map(drop)
}

struct Session<S> {
    stream: BufReader<S>,
    mailboxes: Arc<Mutex<Mailboxes>>,
    mail: Mail,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    fn new(stream: S, mailboxes: Arc<Mutex<Mailboxes>>, is_encrypted: bool) -> Self {
        let mail = Mail {
            is_encrypted,
            ..Mail::default()
        };
        let stream = BufReader::new(stream);
        Self {
            stream,
            mailboxes,
            mail,
        }
    }

    /// Until the client leaves, or asks for TLS: then the stream is given back.
    async fn run(mut self, greets: bool, offers_tls: bool) -> Option<S> {
        if greets {
            self.say("220 mail.example ESMTP").await?;
        }
        loop {
            let line = self.line().await?;
            let (command, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match command.to_uppercase().as_str() {
                "EHLO" if offers_tls => self.say("250-mail.example\r\n250 STARTTLS").await?,
                "EHLO" => self.say("250-mail.example\r\n250 AUTH PLAIN").await?,
                "STARTTLS" => {
                    self.say("220 go on").await?;
                    return Some(self.stream.into_inner());
                }
                "AUTH" => {
                    let encoded = rest.split(' ').next_back()?;
                    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
                    self.mail.login = Some(decoded.trim_start_matches('\0').replace('\0', " "));
                    self.say("235 welcome").await?;
                }
                "MAIL" => {
                    (self.mail.from, self.mail.to) = (address(rest), Vec::new());
                    let refusal = self.mailboxes.lock().unwrap().refusal;
                    self.say(refusal.unwrap_or("250 ok")).await?;
                }
                "RCPT" => {
                    let to = address(rest);
                    let unknown = self.mailboxes.lock().unwrap().unknown;
                    match unknown == Some(to.as_str()) {
                        true => self.say("550 5.1.1 unknown").await?,
                        false => {
                            self.mail.to.push(to);
                            self.say("250 ok").await?;
                        }
                    }
                }
                "DATA" => self.data().await?,
                "QUIT" => return self.say("221 bye").await.and(None),
                _ => self.say("250 ok").await?,
            }
        }
    }

    async fn data(&mut self) -> Option<()> {
        self.say("354 go on").await?;
        self.mail.lines.clear();
        loop {
            let line = self.line().await?;
            if line == "." {
                break;
            }
            self.mail.lines.push(line);
        }
        self.mailboxes.lock().unwrap().mails.push(self.mail.clone());
        self.say("250 taken").await
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).await.ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }

    async fn say(&mut self, line: &str) -> Option<()> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
        self.stream.flush().await.ok()
    }
}

/// `FROM:<a@b.example> BODY=8BITMIME` -> `a@b.example`
fn address(text: &str) -> String {
    let address = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    address.map(|(address, _)| address.to_owned()).unwrap_or_default()
}
