//! Public keys that a provider publishes, fetched as the keys of a source.

mod discovery;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use doorbell_core::BoxFuture;
use doorbell_core::keys::{KeyFault, KeySource, Want};
use doorbell_core::secret::{Keyring, LiveSecret, Secret, SecretVersion};
use doorbell_core::verify::{KeyPlace, Scheme};
use http::{HeaderMap, Method, StatusCode, header};
use reqwest::Url;

use crate::outward::{Outward, Reach, why};
use crate::secret::FetchError;

/// Where Google's keys are instead, for local work; `http://` is fine there.
pub const GOOGLE_ENDPOINT: &str = "DOORBELL_GOOGLE_CERTS_ENDPOINT";
/// The host whose keys the variable stands in for.
const GOOGLE: &str = "www.googleapis.com";

/// How long a fetch may take, from the look-up to the last byte.
const PATIENCE: Duration = Duration::from_secs(5);
/// No key set is longer.
const CAP: usize = 256 << 10;
/// How old keys may get where the answer does not say, and how far it is believed.
const TTL: Duration = Duration::from_secs(3600);
const LEAST: Duration = Duration::from_secs(60);
const MOST: Duration = Duration::from_secs(24 * 3600);

/// The key set at one place, for one scheme. The place is part of the scheme, never of a delivery.
#[derive(Clone, Debug)]
pub struct KeySet {
    scheme: Arc<Scheme>,
    place: Place,
    reach: Reach,
    outward: Outward,
    /// In seconds, as the last answer said.
    ttl: Arc<AtomicU64>,
}

/// Where the document is, or how that is found out: at every fetch, since an issuer may move its keys.
#[derive(Clone, Debug)]
enum Place {
    Fixed(Url),
    /// An issuer, letter by letter as its tokens have it, and the URL of its metadata.
    Issuer(Arc<str>, Url),
}

impl KeySet {
    /// The keys of that place, which must be https; those of Google elsewhere where [`GOOGLE_ENDPOINT`] says so.
    ///
    /// # Errors
    /// A URL that cannot be asked, and the next step.
    pub fn new(scheme: Scheme, place: &KeyPlace, outward: Outward) -> Result<Self, String> {
        let is_google = |url: &str| Url::parse(url).is_ok_and(|url| url.host_str() == Some(GOOGLE));
        let google = matches!(place, KeyPlace::Set(url) if is_google(url));
        let other = std::env::var(GOOGLE_ENDPOINT).ok().filter(|place| google && !place.is_empty());
        match other {
            Some(other) => Self::at(scheme, &KeyPlace::Set(other.into()), Reach::Anywhere, outward)
                .map_err(|why| format!("{GOOGLE_ENDPOINT}: {why}")),
            None => Self::at(scheme, place, Reach::Public, outward),
        }
    }

    /// The keys of exactly this place; with [`Reach::Anywhere`] it may be a service of one's own, and `http://`.
    ///
    /// # Errors
    /// A URL that cannot be asked, and the next step.
    pub fn at(scheme: Scheme, place: &KeyPlace, reach: Reach, outward: Outward) -> Result<Self, String> {
        let place = match place {
            KeyPlace::Set(url) => Place::Fixed(askable(url, reach)?),
            KeyPlace::Issuer(issuer) => {
                Place::Issuer(issuer.as_ref().into(), askable(&discovery::metadata_of(issuer), reach)?)
            }
        };
        Ok(Self { scheme: Arc::new(scheme), place, reach, outward, ttl: Arc::new(AtomicU64::new(TTL.as_secs())) })
    }

    /// The keys, now.
    ///
    /// # Errors
    /// [`FetchError::Unavailable`]: whatever a key server says, it cannot withdraw the keys that are held.
    pub async fn fetched(&self) -> Result<Keyring, FetchError> {
        let url = match &self.place {
            Place::Fixed(url) => url.clone(),
            Place::Issuer(issuer, metadata) => {
                let (_, document) = document(&self.outward, metadata, self.reach).await?;
                discovery::keys_of(issuer, metadata, &document, self.reach).map_err(|why| failed(metadata, why))?
            }
        };
        let (headers, document) = document(&self.outward, &url, self.reach).await?;
        let ring = ring(&self.scheme, &url, vec![live(&url, "jwks", document)?])?;
        self.ttl.store(ttl(&headers).as_secs(), Ordering::Relaxed);
        Ok(ring)
    }
}

fn askable(url: &str, reach: Reach) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|error| format!("{url:?} is no URL: {error}; mend it"))?;
    if url.scheme() != "https" && reach == Reach::Public {
        return Err(format!("{url} is not https; keys are fetched over https only"));
    }
    Ok(url)
}

/// What is at a URL: a 200, no redirect, not too long.
///
/// # Errors
/// [`FetchError::Unavailable`], without the query.
pub(crate) async fn document(outward: &Outward, url: &Url, reach: Reach) -> Result<(HeaderMap, Vec<u8>), FetchError> {
    let request = outward.request(Method::GET, url, reach).map_err(|why| failed(url, why))?;
    let sent = request.timeout(PATIENCE).send().await;
    let mut answer = sent.map_err(|error| failed(url, why(&error)))?;
    if answer.status() != StatusCode::OK {
        return Err(failed(url, format!("answered {}, not 200", answer.status().as_u16())));
    }
    let headers = std::mem::take(answer.headers_mut());
    let mut document = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| failed(url, why(&error)))? {
        if document.len().saturating_add(chunk.len()) > CAP {
            return Err(failed(url, format!("longer than {CAP} bytes; this is no key set")));
        }
        document.extend_from_slice(&chunk);
    }
    Ok((headers, document))
}

/// A document as keys under that label.
pub(crate) fn live(url: &Url, label: &str, document: Vec<u8>) -> Result<LiveSecret, FetchError> {
    let secret = Secret::new(document).map_err(|_| failed(url, "an empty answer"))?;
    Ok(LiveSecret { version: SecretVersion::new(label), secret })
}

/// The ring of what came, the last from `url`. What is no key of the scheme is the server's mistake, not the operator's.
pub(crate) fn ring(scheme: &Scheme, url: &Url, all: Vec<LiveSecret>) -> Result<Keyring, FetchError> {
    scheme.keyring(all).map_err(|shape| failed(url, format!("what came is not {}", shape.expected)))
}

fn failed(url: &Url, why: impl Into<String>) -> FetchError {
    let (host, path) = (url.host_str().unwrap_or_default(), url.path());
    FetchError::Unavailable { reference: format!("{}://{host}{path}", url.scheme()), why: why.into() }
}

impl KeySource for KeySet {
    fn fetch(&self, _want: Want<'_>) -> BoxFuture<'static, Result<Keyring, KeyFault>> {
        // A set holds what was current before as long as it counts.
        let set = self.clone();
        Box::pin(async move { set.fetched().await.map_err(FetchError::into_fault) })
    }

    fn ttl(&self) -> Duration {
        Duration::from_secs(self.ttl.load(Ordering::Relaxed))
    }
}

/// How long the answer may be kept (RFC 9111, section 4.2): `max-age`, less the time that a cache on the way had it.
fn ttl(headers: &HeaderMap) -> Duration {
    let said =
        |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(','));
    let mut max_age = None;
    for word in said(header::CACHE_CONTROL).map(|word| word.trim().to_ascii_lowercase()) {
        if word == "no-store" || word == "no-cache" {
            return LEAST;
        }
        max_age = max_age.or_else(|| word.strip_prefix("max-age=")?.trim_matches('"').parse::<u64>().ok());
    }
    let age = said(header::AGE).next().and_then(|age| age.trim().parse::<u64>().ok()).unwrap_or_default();
    max_age.map_or(TTL, |max_age| Duration::from_secs(max_age.saturating_sub(age)).clamp(LEAST, MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_how_old_it_may_get() {
        for (control, age, expected) in [
            ("public, max-age=21600, must-revalidate", "", 21_600),
            ("public, max-age=21600", "600", 21_000),
            ("MAX-AGE=7200", "", 7_200),
            ("max-age=5", "", 60),
            ("max-age=99999999", "", 86_400),
            ("max-age=600, no-cache", "", 60),
            ("no-store", "", 60),
            ("max-age=soon", "", 3_600),
            ("public", "", 3_600),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CACHE_CONTROL, control.parse().unwrap());
            headers.insert(header::AGE, age.parse().unwrap());
            assert_eq!(ttl(&headers).as_secs(), expected, "{control} {age}");
        }
        assert_eq!(ttl(&HeaderMap::new()), TTL);
    }

    #[test]
    fn keys_come_over_https_from_outside() {
        let at = |url: &'static str, reach| {
            let set = |place| KeySet::at(Scheme::Unsigned, &place, reach, Outward::default()).map(|_| ());
            let fixed = set(KeyPlace::Set(url.into()));
            assert_eq!(set(KeyPlace::Issuer(url.into())).is_ok(), fixed.is_ok(), "{url}");
            fixed
        };
        assert!(at("http://keys.example/certs", Reach::Public).is_err_and(|why| why.contains("https")));
        assert!(at("nowhere", Reach::Public).is_err());
        assert_eq!(at("http://127.0.0.1/certs", Reach::Anywhere), Ok(()));
        assert_eq!(at("https://keys.example/certs", Reach::Public), Ok(()));
    }
}
