//! `aws-sm://id[#json-key]` and `ssm:///path`: AWS Secrets Manager and Parameter Store.

pub mod extension;
mod gathering;
mod keeper;
mod stored;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use doorbell_core::config::SecretRef;
use doorbell_core::secret::{LiveSecret, Secret, SecretVersion};
use futures_util::future::join;
use serde_json::{Map, Value};

use super::FetchError;
use crate::aws::{Aws, NO_REGION, Permit, Refusal};
use extension::Extension;
use gathering::Gathering;
use keeper::Keeper;
use stored::Stored;

/// Both stores, in every region that a reference names. A client is built with its first fetch, and kept.
#[derive(Debug)]
pub struct Stores {
    aws: Aws,
    extension: Option<Extension>,
    places: Mutex<HashMap<(Keeper, String), Arc<Gathering>>>,
    /// Whether the extension may be asked for this secret: not the first time, which is while the process starts and
    /// the extension is not ready; and never again once a key did not match, since what it keeps may be 300 s old.
    cached: Mutex<HashMap<SecretRef, bool>>,
}

impl Default for Stores {
    fn default() -> Self {
        Self::new(Aws::default(), Extension::found())
    }
}

impl Stores {
    /// Asks nobody yet.
    #[must_use]
    pub fn new(aws: Aws, extension: Option<Extension>) -> Self {
        Self { aws, extension, places: Mutex::default(), cached: Mutex::default() }
    }

    pub(super) const fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The current version; with `previous`, the one before, too. A missing previous is no error.
    pub(super) async fn fetch(&self, reference: &SecretRef, previous: bool) -> Result<Vec<LiveSecret>, FetchError> {
        let Some((keeper, id)) = Keeper::of(reference) else {
            return Err(FetchError::NotBuilt { scheme: reference.scheme() });
        };
        let home = self.aws.region();
        let unavailable = |why: String| FetchError::Unavailable { reference: reference.to_string(), why };
        let place = self.aws.region_of(id).ok_or_else(|| unavailable(NO_REGION.to_owned()))?;
        let may_be_cached = self.may_be_cached(reference, previous) && home.as_ref() == Some(&place);
        if let Some(extension) = self.extension.as_ref().filter(|_| may_be_cached)
            && let Some(stored) = extension.get(self.aws.outward(), keeper, id).await
        {
            return Ok(vec![live(reference, &stored)?]);
        }
        let gathering = self.gathering(keeper, &place).map_err(unavailable)?;
        let refused = |refusal: Refusal| refused(reference, &place, &refusal);
        let (current, before) = match keeper {
            Keeper::Secrets if previous => join(gathering.get(id), gathering.previous(id)).await,
            Keeper::Secrets => (gathering.get(id).await, Ok(None)),
            Keeper::Parameters => {
                let current = gathering.get(id).await;
                let number = current.as_ref().ok().and_then(|stored| stored.version.parse::<u64>().ok());
                let before = match number.filter(|number| previous && *number > 1) {
                    Some(number) => gathering.alone(&format!("{id}:{}", number.saturating_sub(1))).await.map(Some),
                    None => Ok(None),
                };
                (current, before)
            }
        };
        let mut all = vec![live(reference, &current.map_err(refused)?)?];
        match before.map_err(refused).and_then(|stored| stored.map(|stored| live(reference, &stored)).transpose()) {
            Ok(before) => all.extend(before),
            Err(
                FetchError::NotFound { .. }
                | FetchError::Disabled { .. }
                | FetchError::Empty { .. }
                | FetchError::NoKey { .. },
            ) => {}
            Err(error) => return Err(error),
        }
        Ok(all)
    }

    fn may_be_cached(&self, reference: &SecretRef, previous: bool) -> bool {
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(may) = cached.get_mut(reference) {
            *may &= !previous;
            return *may;
        }
        cached.insert(reference.clone(), !previous);
        false
    }

    fn gathering(&self, keeper: Keeper, region: &str) -> Result<Arc<Gathering>, String> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gathering) = places.get(&(keeper, region.to_owned())) {
            return Ok(Arc::clone(gathering));
        }
        let gathering = Arc::new(Gathering::new(keeper, self.aws.client(keeper.service(), region)?));
        places.insert((keeper, region.to_owned()), Arc::clone(&gathering));
        Ok(gathering)
    }
}

/// What a store refused, by the code it gave.
fn refused(reference: &SecretRef, region: &str, refusal: &Refusal) -> FetchError {
    let named = reference.to_string();
    let (keeper, id) = Keeper::of(reference).unwrap_or((Keeper::Secrets, ""));
    if refusal.is_missing() {
        return FetchError::NotFound { reference: named, show: format!("{} --region {region}", keeper.list()) };
    }
    if is_deleted(refusal) {
        let show = format!("aws secretsmanager describe-secret --secret-id {id} --region {region}");
        return FetchError::Disabled { reference: named, show };
    }
    match Permit::reading(reference).filter(|_| refusal.is_denied()) {
        Some(permit) => {
            let why = format!("{refusal}{}", refusal.next(&permit, "kms:Decrypt"));
            FetchError::Denied { reference: named, why }
        }
        None => FetchError::Unavailable { reference: named, why: refusal.to_string() },
    }
}

/// A secret that is marked for deletion has no code of its own.
fn is_deleted(refusal: &Refusal) -> bool {
    let Refusal::Answered { code, body, .. } = refusal else { return false };
    code == "InvalidRequestException" && String::from_utf8_lossy(body).contains("delet")
}

fn live(reference: &SecretRef, stored: &Stored) -> Result<LiveSecret, FetchError> {
    let key = match reference {
        SecretRef::AwsSecretsManager { json_key, .. } => json_key.as_deref(),
        SecretRef::Env { .. }
        | SecretRef::File { .. }
        | SecretRef::GcpSecretManager { .. }
        | SecretRef::ParameterStore { .. } => None,
    };
    let bytes = match key {
        None => stored.bytes.to_vec(),
        Some(key) => {
            match serde_json::from_slice::<Map<String, Value>>(&stored.bytes).ok().and_then(|mut map| map.remove(key)) {
                Some(Value::String(text)) => text.into_bytes(),
                Some(_) | None => {
                    return Err(FetchError::NoKey { reference: reference.to_string(), key: key.to_owned() });
                }
            }
        }
    };
    let secret = Secret::new(bytes).map_err(|_| FetchError::Empty { reference: reference.to_string() })?;
    Ok(LiveSecret { version: SecretVersion::new(&stored.version), secret })
}
