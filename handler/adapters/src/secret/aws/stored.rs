//! A secret as its store has it, and as each store writes it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::aws::Refusal;

/// A secret as its store has it.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) version: String,
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

/// What Secrets Manager gives for one secret, alone or among many.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SecretValue {
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
    version_id: String,
    secret_string: Option<String>,
    secret_binary: Option<String>,
}

impl SecretValue {
    /// Whether it is what was asked for: by its name, its ARN, or its ARN without the six characters at the end.
    pub(super) fn is(&self, id: &str) -> bool {
        let rest = self.arn.strip_prefix(id);
        self.name == id || rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with('-') && rest.len() == 7))
    }

    pub(super) fn stored(self) -> Result<Stored, Refusal> {
        let bytes = match (self.secret_string, self.secret_binary) {
            (Some(text), _) => text.into_bytes(),
            (None, Some(binary)) => STANDARD
                .decode(Zeroizing::new(binary).as_bytes())
                .map_err(|_| Refusal::Unreadable("SecretBinary is no base64".to_owned()))?,
            (None, None) => Vec::new(),
        };
        Ok(Stored { version: self.version_id, bytes: Zeroizing::new(bytes) })
    }
}

/// What Parameter Store gives for one parameter.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Parameter {
    pub(super) name: String,
    value: String,
    version: u64,
}

impl Parameter {
    pub(super) fn stored(self) -> Stored {
        Stored { version: self.version.to_string(), bytes: Zeroizing::new(self.value.into_bytes()) }
    }
}
