//! Which of the two stores, and how each is asked.

use std::collections::HashMap;

use bytes::Bytes;
use doorbell_core::config::SecretRef;
use serde::Deserialize;
use serde_json::json;

use super::stored::{Parameter, SecretValue, Stored};
use crate::aws::service::{SECRETS_MANAGER, SSM};
use crate::aws::{Client, LIMIT, Refusal, Service};

/// Who keeps a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Keeper {
    /// Secrets Manager.
    Secrets,
    /// Parameter Store.
    Parameters,
}

/// What was asked for, by the id it was asked for with.
pub(super) type Answers = HashMap<String, Result<Stored, Refusal>>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Secrets {
    #[serde(default)]
    secret_values: Vec<SecretValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameters {
    #[serde(default)]
    parameters: Vec<Parameter>,
}

impl Keeper {
    /// Whose the reference is, and the id there.
    pub(super) fn of(reference: &SecretRef) -> Option<(Self, &str)> {
        match reference {
            SecretRef::AwsSecretsManager { id, .. } => Some((Self::Secrets, id)),
            SecretRef::ParameterStore { path } => Some((Self::Parameters, path)),
            SecretRef::Env { .. } | SecretRef::File { .. } | SecretRef::GcpSecretManager { .. } => None,
        }
    }

    pub(super) const fn service(self) -> Service {
        match self {
            Self::Secrets => SECRETS_MANAGER,
            Self::Parameters => SSM,
        }
    }

    /// The command that shows what there is.
    pub(super) const fn list(self) -> &'static str {
        match self {
            Self::Secrets => "aws secretsmanager list-secrets",
            Self::Parameters => "aws ssm describe-parameters",
        }
    }

    /// How many fit into one call (docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html,
    /// docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html).
    pub(super) const fn at_once(self) -> usize {
        match self {
            Self::Secrets => 20,
            Self::Parameters => 10,
        }
    }

    /// Asks for many. What has no value is not among the answers.
    pub(super) async fn many(self, client: &Client, ids: &[String]) -> Result<Answers, Refusal> {
        match self {
            Self::Secrets => {
                let input = json!({ "SecretIdList": ids });
                let found: Secrets = client.json("BatchGetSecretValue", &input, LIMIT).await?;
                let answer = |value: SecretValue| {
                    let id = ids.iter().find(|id| value.is(id))?.clone();
                    Some((id, value.stored()))
                };
                Ok(found.secret_values.into_iter().filter_map(answer).collect())
            }
            Self::Parameters => {
                let input = json!({ "Names": ids, "WithDecryption": true });
                let found: Parameters = client.json("GetParameters", &input, LIMIT).await?;
                Ok(found.parameters.into_iter().map(|found| (found.name.clone(), Ok(found.stored()))).collect())
            }
        }
    }

    /// Asks for one: of a secret, the version of this stage.
    pub(super) async fn one(self, client: &Client, id: &str, stage: &str) -> Result<Stored, Refusal> {
        match self {
            Self::Secrets => {
                let input = json!({ "SecretId": id, "VersionStage": stage });
                client.json::<SecretValue>("GetSecretValue", &input, LIMIT).await?.stored()
            }
            Self::Parameters => {
                let found = self.many(client, &[id.to_owned()]).await?.into_values().next();
                // The call itself succeeds then, and lists it under `InvalidParameters`.
                let code = "ParameterNotFound".to_owned();
                let missing = Refusal::Answered { status: 200, code, message: None, body: Bytes::new() };
                found.unwrap_or(Err(missing))
            }
        }
    }
}
