//! Firestore over HTTP: a document is read, or written under a condition.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use doorbell_core::Clock;
use doorbell_core::clock::within;
use doorbell_core::fault::Cause;
use google_cloud_auth::credentials::{CacheableResource, Credentials};
use http::{Extensions, HeaderMap};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};

use super::place::Place;
use super::refusal::Refusal;
use super::wire::{Commit, Committed, Document, Fields, Precondition, Update, Write as OneWrite};
use crate::dedupe::record::Record;
use crate::dedupe::register::{Condition, Remote, Stored, Write};
use crate::destination::{OpenError, Site};

/// One attempt, its token included; a connection that is half open must leave time for another.
const ATTEMPT: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(50);
/// While an answer is awaited over HTTP/2, a peer that answers no ping for this long is gone: without it the second
/// attempt would go into the same dead connection, as after a freeze. Some servers take a row of pings for abuse, so
/// that no more than two fit into an attempt.
const PING: Duration = Duration::from_millis(700);

/// The client, and where it looks.
#[derive(Debug)]
pub(super) struct Firestore {
    place: Place,
    client: Client,
    credentials: Credentials,
    clock: Arc<dyn Clock>,
}

impl Firestore {
    pub(super) fn new(place: Place, site: &Site) -> Result<Self, OpenError> {
        let credentials = site.vault.google().credentials_for(place.emulator.as_deref());
        let credentials = credentials.map_err(|what| {
            OpenError::new(format!("firestore: {what}"), "give this machine an identity, or choose another store")
        })?;
        let client = Client::builder()
            .connect_timeout(ATTEMPT / 2)
            .redirect(Policy::none())
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PING)
            .build()
            .map_err(|error| {
                let fix = "see that the system's root certificates are installed";
                OpenError::new(format!("firestore: no HTTP client: {error}"), fix)
            })?;
        Ok(Self { place, client, credentials, clock: Arc::clone(&site.clock) })
    }

    /// Twice at most. A conditional write may be repeated, too: it cannot happen twice.
    async fn call(&self, request: impl Fn() -> RequestBuilder, permission: &'static str) -> Result<Bytes, Refusal> {
        match self.attempt(request(), permission).await {
            Err(refusal) if refusal.is_worth_another_attempt() => {
                self.clock.sleep(PAUSE).await;
                self.attempt(request(), permission).await
            }
            done => done,
        }
    }

    async fn attempt(&self, request: RequestBuilder, permission: &'static str) -> Result<Bytes, Refusal> {
        let attempt = async {
            let answer = request.headers(self.identity().await?).send().await.map_err(|error| unanswered(&error))?;
            let status = answer.status();
            let body = answer.bytes().await.map_err(|error| unanswered(&error))?;
            if status.is_success() { Ok(body) } else { Err(Refusal::answered(status, &body, permission)) }
        };
        let answer = within(self.clock.as_ref(), ATTEMPT, attempt).await;
        answer.unwrap_or_else(|_elapsed| Err(Refusal::unanswered("no answer in time")))
    }

    /// The headers that say who we are; cached inside until they get old.
    async fn identity(&self) -> Result<HeaderMap, Refusal> {
        match self.credentials.headers(Extensions::new()).await {
            Ok(CacheableResource::New { data, .. }) => Ok(data),
            Ok(CacheableResource::NotModified) => Ok(HeaderMap::new()),
            Err(error) if error.is_transient() => Err(Refusal::unanswered("no token: credentials gave none for now")),
            Err(_) => Err(Refusal::hopeless("no token: the metadata server or the credentials did not give one")),
        }
    }
}

impl Remote for Firestore {
    type Refusal = Refusal;

    async fn read(&self, id: &str) -> Result<Option<Stored>, Refusal> {
        let url = format!("{}/v1/{}", self.place.endpoint(), self.place.document(id));
        let body = match self.call(|| self.client.get(&url), "datastore.entities.get").await {
            Err(refusal) if refusal.is_no_document() => return Ok(None),
            answer => answer?,
        };
        let document = serde_json::from_slice(&body).ok();
        let stored = document.and_then(|Document { fields, update_time }| {
            Some(Stored { record: fields.record()?, version: update_time })
        });
        stored.map(Some).ok_or_else(|| {
            let collection = &self.place.collection;
            Refusal::hopeless(format!("document {collection}/{id} is no record of ours; delete it"))
        })
    }

    async fn write(&self, id: &str, record: &Record, condition: Condition<'_>) -> Result<Write, Refusal> {
        let (current_document, permission) = match condition {
            Condition::Free(_now) => (Precondition::Exists(false), "datastore.entities.create"),
            Condition::At(version) => (Precondition::UpdateTime(version), "datastore.entities.update"),
        };
        let update = Update { name: &self.place.document(id), fields: Fields::of(record) };
        let commit = Commit { writes: [OneWrite { update, current_document }] };
        let body = serde_json::to_vec(&commit).map_err(|error| Refusal::hopeless(error.to_string()))?;
        let body = Bytes::from(body);
        let url = format!("{}/v1/{}:commit", self.place.endpoint(), self.place.documents());
        let post = || self.client.post(&url).header(CONTENT_TYPE, "application/json").body(body.clone());
        let answer = match self.call(post, permission).await {
            Err(refusal) if refusal.lost_a_race() => return Ok(Write::Lost(self.read(id).await?)),
            answer => answer?,
        };
        let committed: Committed =
            serde_json::from_slice(&answer).map_err(|_| Refusal::hopeless("the answer to a commit cannot be read"))?;
        let [written] = committed.write_results;
        Ok(Write::Written(written.update_time))
    }

    fn cause(&self, operation: &str, refusal: Refusal) -> Cause {
        refusal.cause(operation, &self.place)
    }
}

impl std::fmt::Display for Firestore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.place.fmt(formatter)
    }
}

/// The kind of failure alone: the error's own text holds the URL.
fn unanswered(error: &reqwest::Error) -> Refusal {
    Refusal::unanswered(if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    })
}
