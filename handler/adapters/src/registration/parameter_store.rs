//! A key's place in AWS Parameter Store: a parameter that is not there.

use std::sync::Arc;

use doorbell_core::BoxFuture;
use doorbell_core::config::SecretRef;
use doorbell_core::fault::Cause;
use doorbell_core::handshake::Captured;
use doorbell_core::secret::LiveSecret;
use serde_json::{Value, json};

use super::{Place, Put, stored, text};
use crate::aws::Permit;
use crate::aws::service::SSM;
use crate::right::Right;
use crate::secret::{FetchError, Vault};

/// A parameter that the first key makes: without `Overwrite` a put is refused where one is there
/// (docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html).
#[derive(Debug)]
pub(super) struct InParameterStore {
    vault: Arc<Vault>,
    reference: SecretRef,
    path: String,
}

impl InParameterStore {
    pub(super) fn at(vault: &Arc<Vault>, reference: &SecretRef, path: &str) -> Self {
        Self { vault: Arc::clone(vault), reference: reference.clone(), path: path.to_owned() }
    }
}

impl Place for InParameterStore {
    fn held(&self) -> BoxFuture<'_, Result<Option<LiveSecret>, FetchError>> {
        Box::pin(stored(&self.vault, &self.reference))
    }

    fn put<'a>(&'a self, key: &'a Captured) -> BoxFuture<'a, Result<Put, Cause>> {
        Box::pin(async move {
            let input = json!({ "Name": self.path, "Value": text(key), "Type": "SecureString", "Overwrite": false });
            match self.vault.aws().ask::<Value>(SSM, &self.path, "PutParameter", &input).await {
                Ok(_) => Ok(Put::Kept),
                Err(refusal) if refusal.code() == "ParameterAlreadyExists" => Ok(Put::Occupied),
                Err(refusal) => {
                    Err(refusal.cause("keep the key in", &self.reference.to_string(), &Permit::making(&self.path)))
                }
            }
        })
    }

    fn emptied(&self) -> &'static str {
        "without that parameter"
    }

    fn right(&self) -> Option<Right> {
        Some(Permit::making(&self.path).into())
    }
}
