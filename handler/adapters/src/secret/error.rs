//! Why a secret could not be fetched.

use std::io::ErrorKind;
use std::path::PathBuf;

use doorbell_core::fault::Cause;
use doorbell_core::keys::KeyFault;

use super::file;

/// Which reference, and what to do. Never its value.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FetchError {
    /// The payload is not what the store says it stored.
    Corrupt {
        /// Which.
        reference: String,
    },
    /// The store knows us and says no.
    Denied {
        /// Which.
        reference: String,
        /// What is missing, and the next step.
        why: String,
    },
    /// The secret, or its version, is disabled, destroyed or marked for deletion.
    Disabled {
        /// Which.
        reference: String,
        /// The command that shows the versions.
        show: String,
    },
    /// The secret holds nothing.
    Empty {
        /// Which.
        reference: String,
    },
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
    /// The secret is no JSON object, or has no text under the key.
    NoKey {
        /// Which.
        reference: String,
        /// The key.
        key: String,
    },
    /// There is no such secret, version or project.
    NotFound {
        /// Which.
        reference: String,
        /// The command that shows what there is.
        show: String,
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
    /// The store did not answer, or not as it should.
    Unavailable {
        /// Which.
        reference: String,
        /// What was heard of it.
        why: String,
    },
    /// The file cannot be read.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: ErrorKind,
    },
    /// The variable is not set.
    Unset {
        /// Which.
        name: String,
    },
    /// What was fetched cannot be a secret of its scheme.
    WrongShape {
        /// Which.
        reference: String,
        /// The right form, as a noun phrase.
        expected: &'static str,
    },
}

impl FetchError {
    /// Whether the store said for certain that the secret counts no more.
    const fn is_withdrawn(&self) -> bool {
        matches!(self, Self::Disabled { .. } | Self::NotFound { .. })
    }

    /// Whether there is nothing where the reference points.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::Unreadable { error: ErrorKind::NotFound, .. })
    }

    /// What it means for the keys that are held.
    #[must_use]
    pub fn into_fault(self) -> KeyFault {
        let cause = Cause::new(self.to_string());
        if self.is_withdrawn() { KeyFault::Gone(cause) } else { KeyFault::Unreachable(cause) }
    }
}

impl std::fmt::Display for FetchError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Corrupt { reference } => {
                write!(formatter, "{reference} arrived damaged: its CRC32C is another; it is fetched again on use")
            }
            Self::Denied { reference, why } => write!(formatter, "{reference} may not be read: {why}"),
            Self::Disabled { reference, show } => {
                write!(
                    formatter,
                    "{reference} is disabled or deleted: enable or restore it, or add a version; `{show}` shows them"
                )
            }
            Self::Empty { reference } => write!(formatter, "{reference} is empty: add a version that holds the secret"),
            Self::EmptyFile { path } => {
                write!(formatter, "file://{} is empty: put the secret into it", path.display())
            }
            Self::EmptyVariable { name } => write!(formatter, "env://{name} is empty: set {name} to the secret"),
            Self::NoKey { reference, key } => write!(
                formatter,
                "{reference} is no JSON object with a text under {key:?}: add the key, or leave #{key} away"
            ),
            Self::NotFound { reference, show } => {
                write!(
                    formatter,
                    "{reference} does not exist: check its name, its place and its version; `{show}` lists what does"
                )
            }
            Self::NotBuilt { scheme } => {
                write!(formatter, "{scheme}:// is not built into this program: use env:// or file://")
            }
            Self::TooLong { path } => {
                let (path, limit) = (path.display(), file::LIMIT);
                write!(
                    formatter,
                    "file://{path} is longer than {limit} bytes: name the file that holds only the secret"
                )
            }
            Self::Unavailable { reference, why } => {
                write!(formatter, "{reference} could not be fetched: {why}; it is fetched again on use")
            }
            Self::Unreadable { path, error: _ } => {
                write!(formatter, "file://{} cannot be read: mount it where this process may read it", path.display())
            }
            Self::Unset { name } => write!(formatter, "env://{name} is not set: set {name} to the secret"),
            Self::WrongShape { reference, expected } => {
                write!(formatter, "{reference} has the wrong shape: it must be {expected}")
            }
        }
    }
}

impl std::error::Error for FetchError {}
