//! Account and certificate on disk. Both have private keys: only the owner reads them.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use instant_acme::AccountCredentials;
use tempfile::NamedTempFile;

use super::AcmeError;
use crate::http::tls::CertificatePair;

/// Only the owner enters.
const FOLDER_MODE: u32 = 0o700;
/// The account at the authority, as JSON.
const ACCOUNT: &str = "account.json";
/// The private key, then the certificate and those that signed it, as PEM. One file, so that they always fit.
const CERTIFICATE: &str = "certificate.pem";
/// Longer than a key with its chain.
const PROBE_BYTES: usize = 16 * 1024;

/// The folder of one authority: an account or a certificate is never taken for one of another.
#[derive(Debug, Clone)]
pub(super) struct AcmeStore(PathBuf);

impl AcmeStore {
    /// The folder, which may be missing.
    pub(super) fn at(folder: &Path, directory: &str) -> Self {
        Self(folder.join(folder_name(directory)))
    }

    /// Creates the folder when it is missing.
    pub(super) fn open(folder: &Path, directory: &str) -> Result<Self, AcmeError> {
        let store = Self::at(folder, directory);
        let made = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&store.0);
        made.map_err(|error| failed(&store.0, &error))?;
        Ok(store)
    }

    pub(super) fn certificate_file(&self) -> PathBuf {
        self.0.join(CERTIFICATE)
    }

    /// The certificate that was got last; `None`: there is none yet.
    pub(super) fn pair(&self) -> Result<Option<CertificatePair>, AcmeError> {
        let Some(pem) = self.certificate()? else {
            return Ok(None);
        };
        let pair = CertificatePair::from_pem(&pem, &pem);
        pair.map(Some)
            .map_err(|invalid| AcmeError::File(self.certificate_file(), invalid.to_string()))
    }

    pub(super) fn certificate(&self) -> Result<Option<Vec<u8>>, AcmeError> {
        read(&self.certificate_file())
    }

    pub(super) fn account(&self) -> Result<Option<AccountCredentials>, AcmeError> {
        let path = self.0.join(ACCOUNT);
        let Some(text) = read(&path)? else {
            return Ok(None);
        };
        let parsed = serde_json::from_slice(&text).map(Some);
        parsed.map_err(|_| AcmeError::File(path, "it is not an account; move it away to get a new one".to_owned()))
    }

    /// Writes and deletes a file that is as long as those that are kept.
    pub(super) async fn check_writable(&self) -> Result<(), AcmeError> {
        let folder = self.0.clone();
        blocking(self.0.clone(), move || written(&folder, &[0; PROBE_BYTES]).map(drop)).await
    }

    pub(super) async fn save_certificate(&self, pem: String) -> Result<(), AcmeError> {
        save(self.certificate_file(), pem.into_bytes()).await
    }

    pub(super) async fn save_account(&self, credentials: &AccountCredentials) -> Result<(), AcmeError> {
        let text = serde_json::to_vec(credentials).expect("texts are JSON");
        save(self.0.join(ACCOUNT), text).await
    }

    pub(super) fn forget_account(&self) -> Result<(), AcmeError> {
        let path = self.0.join(ACCOUNT);
        fs::remove_file(&path).map_err(|error| failed(&path, &error))
    }
}

/// The directory's URL without its scheme, as a file name.
fn folder_name(directory: &str) -> String {
    let rest = directory.split_once("://").map_or(directory, |(_, rest)| rest);
    let fits = |one: &char| one.is_ascii_alphanumeric() || matches!(one, '.' | '-');
    let name: String = rest.chars().map(|one| if fits(&one) { one } else { '_' }).collect();
    format!("at-{name}")
}

fn failed(path: &Path, error: &io::Error) -> AcmeError {
    AcmeError::File(path.to_owned(), error.to_string())
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, AcmeError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, &error)),
    }
}

/// Replaces the file as a whole, readable by the owner only; it is on the disk afterwards.
async fn save(path: PathBuf, bytes: Vec<u8>) -> Result<(), AcmeError> {
    blocking(path.clone(), move || replace(&path, &bytes)).await
}

/// Does that beside the requests. An error names the path.
async fn blocking(path: PathBuf, work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<(), AcmeError> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.unwrap_or_else(|_| Err(io::Error::other("the server stops")));
    done.map_err(|error| failed(&path, &error))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    written(folder, bytes)?.persist(path)?;
    File::open(folder)?.sync_all()
}

/// A file without a lasting name; its mode is 0600 from the beginning, and it is on the disk.
fn written(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn only_the_owner_reads_what_is_kept_and_each_authority_has_its_own() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("leaseline.db-acme");
        let store = AcmeStore::open(&folder, "https://ca.example:14000/dir").unwrap();
        assert!(store.certificate().unwrap().is_none() && store.account().unwrap().is_none());
        for text in ["old", "new"] {
            store.save_certificate(text.to_owned()).await.unwrap();
            assert_eq!(store.certificate().unwrap().unwrap(), text.as_bytes());
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&store.certificate_file()), 0o600);
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("at-ca.example_14000_dir")), 0o700);
        assert_eq!(fs::read_dir(&store.0).unwrap().count(), 1, "nothing is left over");
        let other = AcmeStore::open(&folder, "https://other.example/dir").unwrap();
        assert!(other.certificate().unwrap().is_none());
    }

    #[test]
    fn a_damaged_account_is_named() {
        let place = tempfile::tempdir().unwrap();
        let store = AcmeStore::open(place.path(), "https://ca.example/dir").unwrap();
        fs::write(store.0.join(ACCOUNT), "{").unwrap();
        let error = store.account().err().unwrap().to_string();
        assert!(
            error.ends_with("account.json: it is not an account; move it away to get a new one"),
            "{error}"
        );
    }
}
