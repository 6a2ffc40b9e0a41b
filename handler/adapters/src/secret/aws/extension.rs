//! The Parameters and Secrets extension of Lambda: a cache beside the function, if its layer is there
//! (docs.aws.amazon.com/systems-manager/latest/userguide/ps-integration-lambda-extensions.html).

use std::path::Path;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::keeper::Keeper;
use super::stored::{Parameter, SecretValue, Stored};
use crate::aws::variable;
use crate::outward::{Outward, Reach};

const PORT: u16 = 2773;
/// It is on this machine; what it does not hold it fetches first.
const PATIENCE: Duration = Duration::from_secs(1);
/// The executable of the layer.
const FILE: &str = "/opt/extensions/AWSParametersAndSecretsLambdaExtension";

/// Where it listens, and what it wants to see.
pub struct Extension {
    port: u16,
    token: Zeroizing<String>,
}

impl std::fmt::Debug for Extension {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Extension({})", self.port)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Given {
    parameter: Parameter,
}

impl Extension {
    /// The one of this function.
    #[must_use]
    pub fn found() -> Option<Self> {
        variable("AWS_LAMBDA_FUNCTION_NAME")?;
        let port = variable("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT").and_then(|port| port.parse().ok());
        let port = port.or_else(|| Path::new(FILE).exists().then_some(PORT))?;
        Some(Self::at(port, variable("AWS_SESSION_TOKEN")?))
    }

    /// One that listens here and takes this token.
    #[must_use]
    pub fn at(port: u16, token: impl Into<String>) -> Self {
        Self { port, token: Zeroizing::new(token.into()) }
    }

    /// What it holds; `None` whatever went wrong: the store itself is asked then.
    pub(super) async fn get(&self, outward: &Outward, keeper: Keeper, id: &str) -> Option<Stored> {
        let (path, name) = match keeper {
            Keeper::Secrets => ("secretsmanager/get", "secretId"),
            Keeper::Parameters => ("systemsmanager/parameters/get", "name"),
        };
        let mut url = Url::parse(&format!("http://localhost:{}/{path}", self.port)).ok()?;
        url.query_pairs_mut().append_pair(name, id);
        if keeper == Keeper::Parameters {
            url.query_pairs_mut().append_pair("withDecryption", "true");
        }
        let request = outward.request(http::Method::GET, &url, Reach::Anywhere).ok()?.timeout(PATIENCE);
        let answer = request.header("x-aws-parameters-secrets-token", self.token.as_str()).send().await.ok()?;
        let answer = answer.error_for_status().ok()?.bytes().await.ok()?;
        match keeper {
            Keeper::Secrets => serde_json::from_slice::<SecretValue>(&answer).ok()?.stored().ok(),
            Keeper::Parameters => Some(serde_json::from_slice::<Given>(&answer).ok()?.parameter.stored()),
        }
    }
}
