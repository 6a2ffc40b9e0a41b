//! Where secrets live: one file a store. What is fetched goes into the ring of its source and nowhere else.

pub mod env;
pub mod file;

use std::path::{Path, PathBuf};

use doorbell_core::config::SecretRef;
use doorbell_core::secret::LiveSecret;

/// The schemes that can be fetched; the grammar knows more.
pub static SCHEMES: &[&str] = &["env", "file"];

/// Fetches a secret.
///
/// # Errors
/// [`FetchError`]: which reference, and what to do.
pub fn fetch(reference: &SecretRef) -> Result<LiveSecret, FetchError> {
    match reference {
        SecretRef::Env { name } => env::fetch(name),
        SecretRef::File { path } => file::fetch(Path::new(path)),
        SecretRef::AwsSecretsManager { .. } | SecretRef::GcpSecretManager { .. } | SecretRef::ParameterStore { .. } => {
            Err(FetchError::NotBuilt { scheme: reference.scheme() })
        }
    }
}

/// Why a secret could not be fetched: which reference, and what to do. Never its value.
#[derive(Debug)]
#[non_exhaustive]
pub enum FetchError {
    /// The file holds nothing, or a line's end only.
    EmptyFile {
        /// Which.
        path: PathBuf,
    },
    /// The variable is set to nothing.
    EmptyVariable {
        /// Which.
        name: String,
    },
    /// A store that this program does not have; the config refuses it first.
    NotBuilt {
        /// Which.
        scheme: &'static str,
    },
    /// The file is larger than any secret: probably the wrong one.
    TooLong {
        /// Which.
        path: PathBuf,
    },
    /// The file cannot be read.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The variable is not set.
    Unset {
        /// Which.
        name: String,
    },
}

impl std::fmt::Display for FetchError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::EmptyFile { path } => {
                write!(formatter, "file://{} is empty: put the secret into it", path.display())
            }
            Self::EmptyVariable { name } => write!(formatter, "env://{name} is empty: set {name} to the secret"),
            Self::NotBuilt { scheme } => write!(formatter, "{scheme}:// is not built yet: use env:// or file://"),
            Self::TooLong { path } => {
                let (path, limit) = (path.display(), file::LIMIT);
                write!(
                    formatter,
                    "file://{path} is longer than {limit} bytes: name the file that holds only the secret"
                )
            }
            Self::Unreadable { path, error: _ } => {
                write!(formatter, "file://{} cannot be read: mount it where this process may read it", path.display())
            }
            Self::Unset { name } => write!(formatter, "env://{name} is not set: set {name} to the secret"),
        }
    }
}

impl std::error::Error for FetchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { error, .. } => Some(error),
            Self::EmptyFile { .. }
            | Self::EmptyVariable { .. }
            | Self::NotBuilt { .. }
            | Self::TooLong { .. }
            | Self::Unset { .. } => None,
        }
    }
}
