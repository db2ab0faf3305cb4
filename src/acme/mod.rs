//! A certificate from an authority, such as Let's Encrypt, by ACME (RFC 8555). The authority connects to our own HTTPS listener
//! to see that a domain is ours (TLS-ALPN-01, RFC 8737).

mod store;
mod transport;

use std::path::PathBuf;
use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Error, Identifier, NewAccount, NewOrder, Order, OrderStatus, Problem,
    RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::CertifiedKey;
use tokio::time::timeout;

use self::store::AcmeStore;
use self::transport::AcmeTransport;
use crate::http::tls::{CertificatePair, ChallengeGuard, InvalidPair, ServedCertificate};

/// How long an authority may take for one step.
const STEP: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(90));
/// How long it may take for all of them.
const OBTAIN_TIMEOUT: Duration = Duration::from_secs(300);
/// The most characters of an authority's text that are kept.
const PROBLEM_CHARACTERS_MAX: usize = 300;
/// The authority does not know the account any more.
const ACCOUNT_UNKNOWN: &str = "urn:ietf:params:acme:error:accountDoesNotExist";

/// Which certificate is wanted, and from whom.
#[derive(Debug, Clone)]
pub struct AcmeSettings {
    /// Its domains.
    pub domains: Vec<String>,
    /// A mail address for the authority.
    pub contact: Option<String>,
    /// The authority's directory URL.
    pub directory: String,
    /// PEM file with the certificates by which the directory's own HTTPS is trusted, besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Where account and certificate are kept; it is created when it is missing.
    pub folder: PathBuf,
}

impl AcmeSettings {
    /// The certificate that a server with these settings has got; `None`: there is none. Nothing is created.
    pub fn stored(&self) -> Result<Option<CertificatePair>, AcmeError> {
        AcmeStore::at(&self.folder, &self.directory).pair()
    }
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AcmeError {
    /// A file cannot be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, String),
    /// The client cannot be made: the option, and why.
    #[error("{0}")]
    Client(String),
    /// The authority refused, or cannot be reached.
    #[error("the authority: {0}")]
    Authority(String),
    /// The certificate that it sent cannot be used.
    #[error("the authority's certificate {0}")]
    Unusable(#[from] InvalidPair),
    /// It did not finish in time.
    #[error("the authority took longer than {} minutes", OBTAIN_TIMEOUT.as_secs() / 60)]
    TooSlow,
}

impl From<Error> for AcmeError {
    fn from(error: Error) -> Self {
        Self::Authority(match &error {
            Error::Api(problem) => described(problem),
            other => bounded(&other.to_string()),
        })
    }
}

impl From<rcgen::Error> for AcmeError {
    fn from(error: rcgen::Error) -> Self {
        Self::Client(format!("a key or a request for a certificate cannot be made: {error}"))
    }
}

fn described(problem: &Problem) -> String {
    let text = problem.detail.as_deref().or(problem.r#type.as_deref());
    bounded(text.unwrap_or("it refused without a reason"))
}

/// A text of the authority's, fit for a line of the log.
fn bounded(text: &str) -> String {
    let text = text.chars().map(|one| if one.is_control() { ' ' } else { one });
    text.take(PROBLEM_CHARACTERS_MAX).collect()
}

/// Gets certificates from one authority.
pub struct Acme {
    settings: AcmeSettings,
    transport: AcmeTransport,
    store: AcmeStore,
}

impl Acme {
    /// A client for that authority. Nothing is called yet.
    pub fn new(settings: AcmeSettings) -> Result<Self, AcmeError> {
        Ok(Self {
            transport: AcmeTransport::new(settings.ca_file.as_deref())?,
            store: AcmeStore::open(&settings.folder, &settings.directory)?,
            settings,
        })
    }

    /// The certificate that was got last; `None`: there is none yet.
    pub fn stored(&self) -> Result<Option<CertificatePair>, AcmeError> {
        self.store.pair()
    }

    /// Whether a certificate is for all domains that are wanted.
    #[must_use]
    pub fn covers(&self, pair: &CertificatePair) -> bool {
        self.settings.domains.iter().all(|domain| pair.names(domain))
    }

    /// Gets a new certificate and stores it. `served` answers the authority's challenges meanwhile. It can be dropped at any
    /// time: what is not stored is got again. An authority issues few certificates a week, so none is ordered where it could
    /// not be stored, and one that cannot be stored all the same is returned, to be served until the next start.
    pub async fn obtain(&self, served: &ServedCertificate) -> Result<CertificatePair, AcmeError> {
        self.store.check_writable().await?;
        let obtained = timeout(OBTAIN_TIMEOUT, self.order(served)).await;
        let (key, chain) = obtained.map_err(|_| AcmeError::TooSlow)??;
        let pair = CertificatePair::from_pem(chain.as_bytes(), key.as_bytes())?;
        if !self.covers(&pair) {
            return Err(AcmeError::Authority("it left out a domain".to_owned()));
        }
        if let Err(error) = self.store.save_certificate(format!("{key}{chain}")).await {
            tracing::error!(%error, "the new certificate is served, but was not stored");
        }
        Ok(pair)
    }

    /// Key and chain of a new certificate, as PEM.
    async fn order(&self, served: &ServedCertificate) -> Result<(String, String), AcmeError> {
        let account = self.account().await?;
        let domains = self.settings.domains.iter();
        let identifiers: Vec<Identifier> = domains.map(|domain| Identifier::Dns(domain.clone())).collect();
        let order = account.new_order(&NewOrder::new(&identifiers)).await;
        let mut order = match order {
            Err(Error::Api(problem)) if problem.r#type.as_deref() == Some(ACCOUNT_UNKNOWN) => {
                // The next attempt makes another one.
                self.store.forget_account()?;
                return Err(AcmeError::Authority(described(&problem)));
            }
            order => order?,
        };
        let answering = prove(&mut order, served).await?;
        let ready = order.poll_ready(&STEP).await;
        match ready {
            Ok(OrderStatus::Ready) => {}
            Ok(_) | Err(Error::Api(_)) => return Err(refusal(&mut order).await),
            Err(other) => return Err(other.into()),
        }
        drop(answering);
        let key = KeyPair::generate()?;
        let mut request = CertificateParams::new(self.settings.domains.clone())?;
        request.distinguished_name = DistinguishedName::new();
        order.finalize_csr(request.serialize_request(&key)?.der()).await?;
        let chain = order.poll_certificate(&STEP).await?;
        Ok((key.serialize_pem(), chain))
    }

    /// The account at the authority: the stored one, or a new one, which is stored.
    async fn account(&self) -> Result<Account, AcmeError> {
        let builder = Account::builder_with_http(Box::new(self.transport.clone()));
        if let Some(credentials) = self.store.account()? {
            return Ok(builder.from_credentials(credentials).await?);
        }
        let contact = self
            .settings
            .contact
            .as_ref()
            .map(|address| format!("mailto:{address}"));
        let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
        let new = NewAccount {
            contact: &contact,
            terms_of_service_agreed: true,
            only_return_existing: false,
        };
        let (account, credentials) = builder.create(&new, self.settings.directory.clone(), None).await?;
        self.store.save_account(&credentials).await?;
        Ok(account)
    }
}

/// Has the authority look at the domains; each is answered for as long as the guards are held.
async fn prove(order: &mut Order, served: &ServedCertificate) -> Result<Vec<ChallengeGuard>, AcmeError> {
    let mut answering = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let Some(mut challenge) = authorization.challenge(ChallengeType::TlsAlpn01) else {
            return Err(AcmeError::Authority("it does not offer TLS-ALPN-01".to_owned()));
        };
        let domain = challenge.identifier().to_string();
        let digest = challenge.key_authorization().digest();
        let certificate = challenge_certificate(&domain, digest.as_ref())?;
        answering.push(served.answer_challenge(&domain, certificate));
        challenge.set_ready().await.map_err(|error| match error {
            Error::Api(problem) => AcmeError::Authority(format!("{domain}: {}", described(&problem))),
            other => other.into(),
        })?;
    }
    Ok(answering)
}

/// The certificate that answers an authority's challenge for a domain.
fn challenge_certificate(domain: &str, digest: &[u8]) -> Result<CertifiedKey, AcmeError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new([domain.to_owned()])?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let certificate = params.self_signed(&key)?;
    // Not `from_der`, which refuses the critical extension that this is about.
    let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let signing = default_provider().key_provider.load_private_key(private);
    let signing = signing.map_err(|error| AcmeError::Client(error.to_string()))?;
    Ok(CertifiedKey::new(vec![certificate.der().clone()], signing))
}

/// Why the authority refused the order: what it found at the first domain that it did not accept.
async fn refusal(order: &mut Order) -> AcmeError {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let domain = authorization.identifier().to_string();
        let Ok(state) = authorization.refresh().await else {
            continue;
        };
        if let Some(problem) = state.challenges.iter().find_map(|challenge| challenge.error.as_ref()) {
            return AcmeError::Authority(format!("{domain}: {}", described(problem)));
        }
    }
    AcmeError::Authority("it did not accept the domains".to_owned())
}
