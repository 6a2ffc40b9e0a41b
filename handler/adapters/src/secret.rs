//! Where secrets live: one file a store. What is fetched goes into the ring of its source and nowhere else.

#[cfg(feature = "aws")]
pub mod aws;
pub mod env;
pub mod error;
pub mod file;
#[cfg(feature = "google")]
pub mod gcp;
pub mod held;
pub mod ring;

use std::path::Path;
use std::sync::Arc;

use doorbell_core::BoxFuture;
use doorbell_core::config::SecretRef;
use doorbell_core::secret::LiveSecret;
use futures_util::FutureExt;

pub use error::FetchError;

/// The schemes that can be fetched; the grammar knows more.
pub static SCHEMES: &[&str] = &[
    "env",
    "file",
    #[cfg(feature = "aws")]
    "aws-sm",
    #[cfg(feature = "google")]
    "gcp-sm",
    #[cfg(feature = "aws")]
    "ssm",
];

/// The one way to secrets. A store's client is built when the first reference needs it.
#[derive(Debug, Default)]
pub struct Vault {
    /// A value that stands in for a variable that is not set: the embedded example's own secret.
    example: Option<(&'static str, LiveSecret)>,
    #[cfg(feature = "aws")]
    aws: aws::Stores,
    #[cfg(feature = "google")]
    gcp: gcp::SecretManager,
}

impl Vault {
    /// Every store that this program has.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every store, with a value for one variable.
    #[must_use]
    pub fn with_example(name: &'static str, live: LiveSecret) -> Self {
        Self { example: Some((name, live)), ..Self::default() }
    }

    /// The clients' own identity on Google Cloud.
    #[cfg(feature = "google")]
    #[must_use]
    pub const fn google(&self) -> &Arc<crate::google::Google> {
        self.gcp.google()
    }

    /// The client of Google's Secret Manager.
    #[cfg(feature = "google")]
    pub(crate) async fn secret_manager(
        &self,
    ) -> Result<&google_cloud_secretmanager_v1::client::SecretManagerService, String> {
        self.gcp.client().await
    }

    /// The identity and the calls on AWS.
    #[cfg(feature = "aws")]
    #[must_use]
    pub const fn aws(&self) -> &crate::aws::Aws {
        self.aws.aws()
    }

    /// Every store, with these of AWS's.
    #[cfg(feature = "aws")]
    #[must_use]
    pub fn with_aws(aws: aws::Stores) -> Self {
        Self { aws, ..Self::default() }
    }

    /// Fetches what a reference names now. With `previous`, where the store keeps versions and the reference names
    /// none, also the one before: second, and only if it is there and enabled.
    pub fn fetch(
        self: &Arc<Self>,
        reference: &SecretRef,
        previous: bool,
    ) -> BoxFuture<'static, Result<Vec<LiveSecret>, FetchError>> {
        let ready =
            |fetched: Result<LiveSecret, FetchError>| std::future::ready(fetched.map(|live| vec![live])).boxed();
        match reference {
            SecretRef::Env { name } => ready(match &self.example {
                Some((example, live)) if example == name => Ok(live.clone()),
                Some(_) | None => env::fetch(name),
            }),
            SecretRef::File { path } => ready(file::fetch(Path::new(path))),
            #[cfg(feature = "google")]
            SecretRef::GcpSecretManager { project, name, version } => {
                let (vault, name) = (Arc::clone(self), gcp::Name::new(project, name, version.as_deref()));
                async move { vault.gcp.fetch(&name, previous).await }.boxed()
            }
            #[cfg(feature = "aws")]
            SecretRef::AwsSecretsManager { .. } | SecretRef::ParameterStore { .. } => {
                let (vault, reference) = (Arc::clone(self), reference.clone());
                async move { vault.aws.fetch(&reference, previous).await }.boxed()
            }
            #[cfg(not(all(feature = "aws", feature = "google")))]
            _not_built => {
                let _no_store_may_keep_versions = previous;
                ready(Err(FetchError::NotBuilt { scheme: reference.scheme() }))
            }
        }
    }

    /// Whether what a reference names can change while the process lives.
    #[must_use]
    pub const fn can_change(reference: &SecretRef) -> bool {
        match reference {
            SecretRef::Env { .. } => false,
            SecretRef::File { .. }
            | SecretRef::GcpSecretManager { .. }
            | SecretRef::AwsSecretsManager { .. }
            | SecretRef::ParameterStore { .. } => true,
        }
    }
}
