//! What a config needs to be allowed, in whichever cloud.

use doorbell_core::config::SecretRef;

#[cfg(feature = "aws")]
use crate::aws::Permit;
use crate::grant::Grant;

/// One right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// On Google Cloud.
    Google(Grant),
    /// On AWS.
    #[cfg(feature = "aws")]
    Aws(Permit),
}

impl Right {
    /// What reading this secret needs; `None` where it is in no cloud's store.
    #[must_use]
    pub fn reading(reference: &SecretRef) -> Option<Self> {
        let google = Grant::reading(reference).map(Self::Google);
        #[cfg(feature = "aws")]
        let google = google.or_else(|| Permit::reading(reference).map(Self::Aws));
        google
    }
}

impl From<Grant> for Right {
    fn from(grant: Grant) -> Self {
        Self::Google(grant)
    }
}

#[cfg(feature = "aws")]
impl From<Permit> for Right {
    fn from(permit: Permit) -> Self {
        Self::Aws(permit)
    }
}
