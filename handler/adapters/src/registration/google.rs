//! A key's place in Google Secret Manager: version 1 of a secret that has none.

use std::sync::Arc;
use std::time::Duration;

use doorbell_core::BoxFuture;
use doorbell_core::config::SecretRef;
use doorbell_core::fault::Cause;
use doorbell_core::handshake::Captured;
use doorbell_core::secret::LiveSecret;
use google_cloud_gax::error::Error;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::options::RequestOptionsBuilder;
use google_cloud_gax::retry_policy::NeverRetry;
use google_cloud_secretmanager_v1::client::SecretManagerService;
use google_cloud_secretmanager_v1::model::SecretPayload;

use super::{Place, Put, stored};
use crate::google::why;
use crate::grant::Grant;
use crate::right::Right;
use crate::secret::{FetchError, Vault};

/// The version that a registration makes, which the reference has to name. Numbers start at 1, and each is given once
/// (cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions); what a number names is read at
/// once and everywhere, which is not said of `latest` (docs.cloud.google.com/secret-manager/docs/reference/consistency).
pub(super) const FIRST: &str = "1";
/// One call. None is tried again: a version that was added and not heard of has its number all the same.
const LIMIT: Duration = Duration::from_secs(5);

/// A secret that was made without a version.
#[derive(Debug)]
pub(super) struct InSecretManager {
    vault: Arc<Vault>,
    reference: SecretRef,
    project: String,
    secret: String,
}

impl InSecretManager {
    pub(super) fn at(vault: &Arc<Vault>, reference: &SecretRef, project: &str, secret: &str) -> Self {
        let (vault, reference) = (Arc::clone(vault), reference.clone());
        Self { vault, reference, project: project.to_owned(), secret: secret.to_owned() }
    }

    async fn client(&self) -> Result<&SecretManagerService, Cause> {
        self.vault.secret_manager().await.map_err(|why| self.unkept(&why))
    }

    fn name(&self) -> String {
        format!("projects/{}/secrets/{}", self.project, self.secret)
    }

    fn grant(&self) -> Grant {
        Grant::KeepKey { project: self.project.clone(), secret: self.secret.clone() }
    }

    /// Adds a version; its number is the last part of the name that it got.
    async fn added(&self, key: &Captured) -> Result<String, Cause> {
        let data = key.to_keep().to_vec();
        let sum = i64::from(crc32c::crc32c(&data));
        let payload = SecretPayload::new().set_data(data).set_data_crc32c(sum);
        let call = self.client().await?.add_secret_version().set_parent(self.name()).set_payload(payload);
        let added = call.with_attempt_timeout(LIMIT).with_retry_policy(NeverRetry).send().await;
        added.map(|version| version.name).map_err(|error| self.refused(&error))
    }

    /// Another came first, so nothing reads this one. Nor shall whoever drops the number from the reference.
    async fn disabled(&self, version: String) -> Result<(), Cause> {
        let call = self.client().await?.disable_secret_version().set_name(version);
        let disabled = call.with_attempt_timeout(LIMIT).with_retry_policy(NeverRetry).send().await;
        disabled.map(drop).map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &Error) -> Cause {
        match error.status().map(|status| status.code) {
            Some(Code::NotFound) => {
                let make = self.preparation().unwrap_or_default();
                self.unkept(&format!("there is no such secret; run `{make}`"))
            }
            Some(Code::PermissionDenied) => {
                let (needs, command) =
                    (self.grant().permissions().join(", "), self.grant().command("serviceAccount:ACCOUNT"));
                self.unkept(&format!("one of {needs} is missing; run `{command}`"))
            }
            _ => self.unkept(&why(error)),
        }
    }

    fn unkept(&self, why: &str) -> Cause {
        Cause::new(format!("keep the key in {}: {why}", self.reference))
    }
}

impl Place for InSecretManager {
    fn held(&self) -> BoxFuture<'_, Result<Option<LiveSecret>, FetchError>> {
        Box::pin(stored(&self.vault, &self.reference))
    }

    fn put<'a>(&'a self, key: &'a Captured) -> BoxFuture<'a, Result<Put, Cause>> {
        Box::pin(async move {
            let version = self.added(key).await?;
            if version.rsplit('/').next() == Some(FIRST) {
                return Ok(Put::Kept);
            }
            self.disabled(version).await?;
            Ok(Put::Occupied)
        })
    }

    fn is_ready(&self) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let Ok(client) = self.client().await else { return true };
            let call = client.list_secret_versions().set_parent(self.name()).set_page_size(1);
            let listed = call.with_attempt_timeout(LIMIT).with_retry_policy(NeverRetry).send().await;
            // Whoever may not ask learns it from the first key that comes.
            !listed.is_err_and(|error| error.status().is_some_and(|status| status.code == Code::NotFound))
        })
    }

    fn preparation(&self) -> Option<String> {
        let (project, secret) = (&self.project, &self.secret);
        Some(format!("gcloud secrets create {secret} --project={project} --replication-policy=automatic"))
    }

    fn emptied(&self) -> &'static str {
        "once that secret is deleted and made anew without a version,"
    }

    fn right(&self) -> Option<Right> {
        Some(self.grant().into())
    }
}
