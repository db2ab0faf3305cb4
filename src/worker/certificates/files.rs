//! A certificate in files of the operator's.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{POLL_INTERVAL, take};
use crate::domain::certificate::CertificateFailure;
use crate::http::tls::{CertificatePair, InvalidPair, ServedCertificate};

/// The longest file (rule 12); a chain has a few KiB.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Files that do not fit are read again after this time, before that is reported: they may be changing just now, one after
/// the other.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// The files of `tls.cert` and `tls.key`.
#[derive(Debug, Clone)]
pub struct CertificateFiles {
    /// PEM with the certificate and those that signed it.
    pub cert: PathBuf,
    /// PEM with its private key.
    pub key: PathBuf,
}

/// What was read.
#[derive(PartialEq, Eq)]
struct Contents {
    cert: Vec<u8>,
    key: Vec<u8>,
}

impl CertificateFiles {
    /// Reads the pair. The error names the option and the file.
    pub fn load(&self) -> Result<CertificatePair, String> {
        self.parse(&self.read()?)
    }

    fn read(&self) -> Result<Contents, String> {
        let of = |option: &str, path: &Path| {
            read(path).map_err(|error| format!("{option} ({}) cannot be read: {error}", path.display()))
        };
        Ok(Contents {
            cert: of("tls.cert", &self.cert)?,
            key: of("tls.key", &self.key)?,
        })
    }

    fn parse(&self, contents: &Contents) -> Result<CertificatePair, String> {
        CertificatePair::from_pem(&contents.cert, &contents.key).map_err(|invalid| {
            let (cert, key) = (self.cert.display(), self.key.display());
            match invalid {
                InvalidPair::Certificate(what) => format!("tls.cert ({cert}) {what}"),
                InvalidPair::Key(what) => format!("tls.key ({key}) {what}"),
                InvalidPair::Mismatch => {
                    format!("tls.key ({key}) does not belong to the certificate in tls.cert ({cert})")
                }
            }
        })
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= FILE_BYTES_MAX => Ok(bytes),
        _ => Err(io::Error::other("it is longer than 1 MiB")),
    }
}

/// Takes the files when they change.
pub(super) struct Reload {
    files: CertificateFiles,
    /// What is served; `None`: that of the start, which is compared by parsing it once more.
    served: Option<Contents>,
    /// Why the files as they are cannot be taken: found once.
    suspected: Option<String>,
    /// The same, found twice.
    reported: Option<String>,
}

impl Reload {
    pub(super) const fn new(files: CertificateFiles) -> Self {
        Self {
            files,
            served: None,
            suspected: None,
            reported: None,
        }
    }

    /// Why the files as they are cannot be taken.
    pub(super) fn failure(&self) -> Option<CertificateFailure> {
        let reason = self.reported.clone();
        reason.map(CertificateFailure::Reload)
    }

    /// Takes the files if they changed; returns when to look again.
    pub(super) async fn look(&mut self, served: &ServedCertificate) -> Duration {
        let files = self.files.clone();
        let read = tokio::task::spawn_blocking(move || files.read()).await;
        let read = read.unwrap_or_else(|_| Err("the server stops".to_owned()));
        let parsed = read.and_then(|contents| match self.served.as_ref() == Some(&contents) {
            true => Ok(None),
            false => self.files.parse(&contents).map(|pair| Some((contents, pair))),
        });
        match parsed {
            Ok(changed) => {
                (self.suspected, self.reported) = (None, None);
                if let Some((contents, pair)) = changed
                    && (self.served.replace(contents).is_some() || !served.serves(&pair))
                {
                    take(served, pair);
                }
                POLL_INTERVAL
            }
            Err(reason) => self.report(reason),
        }
    }

    fn report(&mut self, reason: String) -> Duration {
        if self.suspected.as_ref() != Some(&reason) {
            self.suspected = Some(reason);
            return SECOND_LOOK;
        }
        if self.reported.as_ref() != Some(&reason) {
            tracing::error!(reason, "the new certificate cannot be served; the old one is served on");
            self.reported = Some(reason);
        }
        POLL_INTERVAL
    }
}
