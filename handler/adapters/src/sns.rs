//! What Amazon SNS has on its own host: the certificates that it signs with, and the URLs that confirm a subscription; and
//! the certificates of others whose deliveries name them by URL. Which URL may be asked the scheme decides
//! (`doorbell_core::verify::sns`, `doorbell_core::verify::signature`).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use doorbell_core::BoxFuture;
use doorbell_core::fault::Cause;
use doorbell_core::handshake::Confirmer;
use doorbell_core::keys::{KeyFault, KeySource, Want};
use doorbell_core::secret::{Keyring, LiveSecret};
use doorbell_core::verify::{Scheme, sns};
use reqwest::Url;

use crate::key_set::{document, live, ring};
use crate::outward::{Outward, Reach};
use crate::secret::FetchError;

/// A service that stands in for SNS, for local work: the paths and queries of its URLs are asked there. `http://` is fine.
pub const ENDPOINT: &str = "DOORBELL_SNS_ENDPOINT";

/// So many certificates are held; SNS changes its one about once a year.
const MOST: usize = 8;

/// SNS, for one source. A certificate never changes under its URL, so it is fetched once.
#[derive(Clone, Debug)]
pub struct Sns {
    scheme: Arc<Scheme>,
    outward: Outward,
    elsewhere: Option<Url>,
    held: Arc<Mutex<Vec<LiveSecret>>>,
}

impl Sns {
    /// SNS itself; elsewhere where [`ENDPOINT`] says so.
    ///
    /// # Errors
    /// The variable holds no URL, in words.
    pub fn new(scheme: Scheme, outward: Outward) -> Result<Self, String> {
        let place = std::env::var(ENDPOINT).ok().filter(|place| !place.is_empty());
        let url =
            place.map(|place| Url::parse(&place).map_err(|error| format!("{ENDPOINT}: {place:?} is no URL: {error}")));
        Ok(Self::at(scheme, url.transpose()?, outward))
    }

    /// SNS, or what stands in for it there.
    #[must_use]
    pub fn at(scheme: Scheme, elsewhere: Option<Url>, outward: Outward) -> Self {
        Self { scheme: Arc::new(scheme), outward, elsewhere, held: Arc::default() }
    }

    /// The ring of the certificates that came so far; at the start there are none.
    pub(crate) fn held(&self) -> Result<Keyring, FetchError> {
        let wrong = |expected| FetchError::WrongShape { reference: "the certificates of SNS".to_owned(), expected };
        self.scheme.keyring(self.shelf().clone()).map_err(|shape| wrong(shape.expected))
    }

    async fn certificate(&self, url: &str) -> Result<Keyring, FetchError> {
        let (place, document) = self.asked(url).await?;
        let mut all = self.shelf().clone();
        all.push(live(&place, sns::label(url), document)?);
        let surplus = all.len().saturating_sub(MOST);
        all.drain(..surplus);
        let ring = ring(&self.scheme, &place, all.clone())?;
        *self.shelf() = all;
        Ok(ring)
    }

    /// What SNS, or its stand-in, says at this URL.
    async fn asked(&self, url: &str) -> Result<(Url, Vec<u8>), FetchError> {
        let no_url = |_| FetchError::Unavailable { reference: "SNS".to_owned(), why: "it named no URL".to_owned() };
        let url = Url::parse(url).map_err(no_url)?;
        let (place, reach) = match &self.elsewhere {
            None => (url, Reach::Public),
            Some(place) => {
                let mut place = place.clone();
                place.set_path(url.path());
                place.set_query(url.query());
                (place, Reach::Anywhere)
            }
        };
        let (_, document) = document(&self.outward, &place, reach).await?;
        Ok((place, document))
    }

    fn shelf(&self) -> MutexGuard<'_, Vec<LiveSecret>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeySource for Sns {
    fn fetch(&self, want: Want<'_>) -> BoxFuture<'static, Result<Keyring, KeyFault>> {
        let (sns, named) = (self.clone(), if let Want::Named(url) = want { Some(url.to_owned()) } else { None });
        Box::pin(async move {
            let ring = if let Some(url) = named { sns.certificate(&url).await } else { sns.held() };
            ring.map_err(FetchError::into_fault)
        })
    }

    /// Whether it still counts is read in the certificate.
    fn ttl(&self) -> Duration {
        Duration::MAX
    }
}

impl Confirmer for Sns {
    fn confirm(&self, url: &str) -> BoxFuture<'static, Result<(), Cause>> {
        let (sns, url) = (self.clone(), url.to_owned());
        Box::pin(async move {
            let asked = sns.asked(&url).await;
            asked.map(|_| ()).map_err(|error| error.into_fault().cause().clone())
        })
    }
}
