//! `gcp-sm://project/name[@version]`: Google Secret Manager, by Google's own client.

use std::sync::Arc;
use std::time::Duration;

use doorbell_core::secret::{LiveSecret, Secret, SecretVersion};
use google_cloud_gax::error::Error;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::exponential_backoff::ExponentialBackoffBuilder;
use google_cloud_gax::options::RequestOptionsBuilder;
use google_cloud_gax::retry_policy::{Aip194Strict, RetryPolicyExt};
use google_cloud_secretmanager_v1::client::SecretManagerService;
use google_cloud_secretmanager_v1::model::AccessSecretVersionResponse;
use tokio::runtime::Handle;
use tokio::sync::OnceCell;

use super::FetchError;
use crate::google::{Google, emulator, why};
use crate::grant::Grant;

/// One attempt; a half-open connection must leave time for another.
const ATTEMPT: Duration = Duration::from_millis(1_500);
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(50);
/// Stands in for Google's own place; there is no variable of the vendor's.
const ENDPOINT: &str = "DOORBELL_SECRET_MANAGER_ENDPOINT";

/// The store. Its client is built with the first fetch, and kept.
#[derive(Debug, Default)]
pub struct SecretManager {
    google: Arc<Google>,
    client: OnceCell<SecretManagerService>,
}

/// What a reference names.
#[derive(Clone, Debug)]
pub struct Name {
    project: String,
    secret: String,
    version: Option<String>,
}

impl Name {
    pub(super) fn new(project: &str, secret: &str, version: Option<&str>) -> Self {
        Self { project: project.to_owned(), secret: secret.to_owned(), version: version.map(str::to_owned) }
    }

    fn resource(&self, version: &str) -> String {
        format!("projects/{}/secrets/{}/versions/{version}", self.project, self.secret)
    }

    fn reference(&self) -> String {
        let version = self.version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
        format!("gcp-sm://{}/{}{version}", self.project, self.secret)
    }

    fn show(&self) -> String {
        format!("gcloud secrets versions list {} --project={}", self.secret, self.project)
    }

    /// What a fetch needs, and the command that grants it.
    fn denial(&self) -> String {
        let right = Grant::ReadSecret { project: self.project.clone(), secret: self.secret.clone() };
        let (permissions, command) = (right.permissions().join(", "), right.command("serviceAccount:ACCOUNT"));
        format!("{permissions} is missing; run `{command}`")
    }
}

impl SecretManager {
    pub(super) const fn google(&self) -> &Arc<Google> {
        &self.google
    }

    /// The version that the name says, else the latest, named by its number; with `previous` and no version in the
    /// name, the one before, too. A missing previous is no error.
    pub(super) async fn fetch(&self, name: &Name, previous: bool) -> Result<Vec<LiveSecret>, FetchError> {
        let current = self.access(name, name.version.as_deref().unwrap_or("latest")).await?;
        let number: Option<u64> = current.version.as_str().parse().ok();
        let mut live = vec![current];
        if let Some(before) = number.filter(|number| previous && name.version.is_none() && *number > 1) {
            match self.access(name, &before.saturating_sub(1).to_string()).await {
                Ok(version) => live.push(version),
                Err(FetchError::NotFound { .. } | FetchError::Disabled { .. } | FetchError::Empty { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(live)
    }

    async fn access(&self, name: &Name, version: &str) -> Result<LiveSecret, FetchError> {
        let client = self.client().await.map_err(|why| FetchError::Unavailable { reference: name.reference(), why })?;
        let policy = Aip194Strict.continue_on_too_many_requests().continue_on_client_timeout();
        let call = client.access_secret_version().set_name(name.resource(version));
        let call = call.with_attempt_timeout(ATTEMPT).with_retry_policy(policy.with_attempt_limit(ATTEMPTS));
        read(name, call.send().await.map_err(|error| refusal(name, &error))?)
    }

    pub(super) async fn client(&self) -> Result<&SecretManagerService, String> {
        self.client.get_or_try_init(|| self.built()).await
    }

    async fn built(&self) -> Result<SecretManagerService, String> {
        let endpoint = emulator(ENDPOINT);
        let builder =
            SecretManagerService::builder().with_credentials(self.google.credentials_at(endpoint.as_deref())?);
        let builder = if let Some(place) = endpoint { builder.with_endpoint(place) } else { builder };
        let pause = ExponentialBackoffBuilder::new().with_initial_delay(PAUSE).with_maximum_delay(PAUSE * 4);
        let building = builder.with_backoff_policy(pause.clamp()).build();
        // On a thread of its own: building loads the system's roots, some 8 ms in which this thread can fetch the first token.
        let runtime = Handle::current();
        let built = tokio::task::spawn_blocking(move || runtime.block_on(building)).await;
        let built = built.map_err(|error| format!("no client: {error}"))?;
        built.map_err(|error| format!("no client: {error}"))
    }
}

/// What the store refused, by the code it gave. A project that is not ours, or not there, is `PERMISSION_DENIED`, too:
/// the store does not tell strangers what exists.
fn refusal(name: &Name, error: &Error) -> FetchError {
    let reference = name.reference();
    let code = error.status().map(|status| status.code);
    match code {
        Some(Code::FailedPrecondition) => FetchError::Disabled { reference, show: name.show() },
        Some(Code::NotFound) => FetchError::NotFound { reference, show: name.show() },
        Some(Code::PermissionDenied) => FetchError::Denied { reference, why: name.denial() },
        _ => FetchError::Unavailable { reference, why: why(error) },
    }
}

fn read(name: &Name, response: AccessSecretVersionResponse) -> Result<LiveSecret, FetchError> {
    let reference = || name.reference();
    let unreadable = |why: &str| FetchError::Unavailable { reference: reference(), why: why.to_owned() };
    let payload = response.payload.ok_or_else(|| unreadable("an answer without a payload"))?;
    let sum = payload.data_crc32c.ok_or_else(|| unreadable("an answer without a checksum"))?;
    if i64::from(crc32c::crc32c(&payload.data)) != sum {
        return Err(FetchError::Corrupt { reference: reference() });
    }
    let number = response.name.rsplit('/').next().unwrap_or_default();
    let secret = Secret::new(payload.data.to_vec()).map_err(|_| FetchError::Empty { reference: reference() })?;
    Ok(LiveSecret { version: SecretVersion::new(number), secret })
}
