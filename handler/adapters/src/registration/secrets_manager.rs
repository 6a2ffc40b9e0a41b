//! A key's place in AWS Secrets Manager: a secret without a value.

use std::sync::Arc;

use doorbell_core::BoxFuture;
use doorbell_core::config::SecretRef;
use doorbell_core::fault::Cause;
use doorbell_core::handshake::Captured;
use doorbell_core::secret::LiveSecret;
use serde_json::{Value, json};

use super::{Place, Put, stored, text};
use crate::aws::service::SECRETS_MANAGER;
use crate::aws::{Arn, Permit};
use crate::right::Right;
use crate::secret::{FetchError, Vault};

/// The name of the version that a registration makes. A version never changes: a second put under the same name is the
/// same one, or refused (docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html).
const VERSION: &str = "doorbell-the-first-registration-only";

/// A secret that was made without a value. Asked for it, the store says `ResourceNotFoundException`, as it does for a
/// secret that is not there (github.com/boto/boto3/issues/2794).
#[derive(Debug)]
pub(super) struct InSecretsManager {
    vault: Arc<Vault>,
    reference: SecretRef,
    id: String,
}

impl InSecretsManager {
    pub(super) fn at(vault: &Arc<Vault>, reference: &SecretRef, id: &str) -> Self {
        Self { vault: Arc::clone(vault), reference: reference.clone(), id: id.to_owned() }
    }
}

impl Place for InSecretsManager {
    fn held(&self) -> BoxFuture<'_, Result<Option<LiveSecret>, FetchError>> {
        Box::pin(stored(&self.vault, &self.reference))
    }

    fn put<'a>(&'a self, key: &'a Captured) -> BoxFuture<'a, Result<Put, Cause>> {
        Box::pin(async move {
            let input = json!({ "SecretId": self.id, "ClientRequestToken": VERSION, "SecretString": text(key) });
            match self.vault.aws().ask::<Value>(SECRETS_MANAGER, &self.id, "PutSecretValue", &input).await {
                Ok(_) => Ok(Put::Kept),
                Err(refusal) if refusal.code() == "ResourceExistsException" => Ok(Put::Occupied),
                Err(refusal) if refusal.is_missing() => {
                    let make = self.preparation().unwrap_or_default();
                    Err(Cause::new(format!(
                        "keep the key in {}: there is no such secret; run `{make}`",
                        self.reference
                    )))
                }
                Err(refusal) => {
                    Err(refusal.cause("keep the key in", &self.reference.to_string(), &Permit::filling(&self.id)))
                }
            }
        })
    }

    fn is_ready(&self) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let input = json!({ "SecretId": self.id });
            let described = self.vault.aws().ask::<Value>(SECRETS_MANAGER, &self.id, "DescribeSecret", &input).await;
            // Whoever may not ask learns it from the first key that comes.
            !described.is_err_and(|refusal| refusal.is_missing())
        })
    }

    fn preparation(&self) -> Option<String> {
        let arn = Arn::parse(&self.id);
        // AWS puts a dash and six characters after the name.
        let name = arn.as_ref().and_then(|arn| arn.resource().strip_prefix("secret:")?.rsplit_once('-'));
        let name = name.map_or(self.id.as_str(), |(name, _made_up)| name);
        Some(format!("aws secretsmanager create-secret --name {name}"))
    }

    fn emptied(&self) -> &'static str {
        "once that secret is deleted and made anew without a value,"
    }

    fn right(&self) -> Option<Right> {
        Some(Permit::filling(&self.id).into())
    }
}
