//! The secrets of a source, and online what is wrong with them.

use std::sync::Arc;

use doorbell_adapters::secret::Vault;
use doorbell_core::config::{SecretRef, SourceConfig};
use doorbell_core::verify::Scheme;
use serde::Serialize;

use crate::wait::wait;

/// One secret.
#[derive(Debug, Serialize)]
pub(super) struct SecretReport {
    pub(super) reference: String,
    /// What is wrong with it, as a sentence that names it; `None` where it is right, or nobody looked.
    pub(super) problem: Option<String>,
    pub(super) fetched: bool,
}

/// Each secret; online with what is wrong with it, which never holds its value. One that is awaited is not missing.
pub(super) fn of(source: &SourceConfig, online: bool, awaited: bool) -> Vec<SecretReport> {
    let own = source.scheme();
    let vault = Arc::new(Vault::new());
    let fetched = |reference: &SecretRef| match wait(vault.fetch(reference, false)) {
        Ok(fetched) => fetched.map_err(|error| error.to_string()),
        Err(_no_runtime) => Err("the runtime cannot be started".to_owned()),
    };
    let problem = |reference: &SecretRef, of: Option<&Scheme>| match fetched(reference) {
        Ok(live) => {
            let shape = |expected| format!("{reference} has the wrong shape: it must be {expected}");
            of.and_then(|scheme| scheme.keyring(live).err()).map(|wrong| shape(wrong.expected))
        }
        Err(problem) => Some(problem),
    };
    let report = |reference: &SecretRef, of: Option<&Scheme>| SecretReport {
        reference: reference.to_string(),
        problem: if online && !awaited { problem(reference, of) } else { None },
        fetched: online,
    };
    let keys = source.secrets.iter().map(|secret| report(&secret.value, Some(&own)));
    let more = source
        .and
        .iter()
        .flat_map(|factor| factor.secrets.iter().map(|secret| report(&secret.value, Some(&factor.scheme))));
    keys.chain(more).chain(source.verify_token.iter().map(|token| report(&token.value, None))).collect()
}
