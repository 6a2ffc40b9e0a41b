//! A bucket of Google Cloud Storage, by its JSON API: an object an event, and an object a parked body.

use std::sync::Arc;
use std::time::Duration;

use doorbell_core::clock as time;
use doorbell_core::config::{DestinationConfig, Key, Kind, Shape};
use doorbell_core::destination::{Destination, Durability, Receipt};
use doorbell_core::fault::Cause;
use doorbell_core::{BoxFuture, Clock, Event};
use google_cloud_auth::credentials::{CacheableResource, Credentials};
use http::{Extensions, HeaderMap, Method, StatusCode};
use reqwest::Url;
use serde::Deserialize;

use super::object::{self, Object};
use super::{Adapter, OpenError, Site};
use crate::google::emulator;
use crate::grant::Grant;
use crate::outward::{Outward, Reach, why};

/// Stands in for Google's own place: the vendor's variable.
const EMULATOR: &str = "STORAGE_EMULATOR_HOST";
const HOME: &str = "https://storage.googleapis.com";
const PERMISSION: &str = "storage.objects.create";
const ATTEMPTS: u32 = 3;
const ATTEMPT: Duration = Duration::from_secs(2);
/// The first pause; each one after is twice as long.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug)]
struct Bucket {
    name: String,
    prefix: String,
    place: Url,
    credentials: Credentials,
    outward: Outward,
    clock: Arc<dyn Clock>,
}

/// Why an upload was not kept.
enum Unkept {
    /// It may be otherwise in a moment.
    Passing(String),
    Standing(String),
}

#[derive(Deserialize)]
struct Granted {
    #[serde(default)]
    permissions: Vec<String>,
}

impl Bucket {
    /// Where it is then.
    async fn keep(&self, object: Object, within: Duration) -> Result<String, Cause> {
        let began = self.clock.monotonic();
        let mut pause = PAUSE;
        for attempt in 1.. {
            let left = within.saturating_sub(self.clock.monotonic().saturating_sub(began));
            // A half-open connection must leave time for another.
            let uploaded =
                time::within(self.clock.as_ref(), left.min(ATTEMPT.max(within / 2)), self.upload(&object)).await;
            match uploaded.unwrap_or_else(|_| Err(Unkept::Passing("no answer in time".to_owned()))) {
                Ok(()) => break,
                Err(Unkept::Passing(_)) if attempt < ATTEMPTS && pause < left => self.clock.sleep(pause).await,
                Err(Unkept::Passing(why) | Unkept::Standing(why)) => {
                    return Err(Cause::new(format!("put into {}: {why}", self.name)));
                }
            }
            pause = pause.saturating_mul(2);
        }
        Ok(format!("gs://{}/{}", self.name, object.name))
    }

    /// Only where there is none of that name: to write over one takes a right of its own, and it would be the same
    /// (cloud.google.com/storage/docs/json_api/v1/objects/insert, cloud.google.com/storage/docs/request-preconditions).
    async fn upload(&self, object: &Object) -> Result<(), Unkept> {
        let mut url = self.url(&["upload", "storage", "v1", "b", &self.name, "o"]);
        let query = [("uploadType", "media"), ("ifGenerationMatch", "0"), ("name", &object.name)];
        url.query_pairs_mut().extend_pairs(query);
        let checksum = crc32c::crc32c(&object.bytes).to_be_bytes();
        let request = self.outward.request(Method::POST, &url, Reach::Anywhere).map_err(Unkept::Standing)?;
        let request = request.headers(self.authorization().await.map_err(Unkept::Passing)?);
        let request = request.header(http::header::CONTENT_TYPE, &object.content_type).body(object.bytes.clone());
        let answer = request.send().await.map_err(|error| Unkept::Passing(why(&error)))?;
        match answer.status() {
            StatusCode::PRECONDITION_FAILED => Ok(()),
            status if status.is_success() => {
                let said = answer.bytes().await.map_err(|error| Unkept::Passing(why(&error)))?;
                let kept: Kept = serde_json::from_slice(&said)
                    .map_err(|_| Unkept::Standing("the answer cannot be read".to_owned()))?;
                if kept.is(checksum) {
                    Ok(())
                } else {
                    Err(Unkept::Standing("what arrived is not what was sent".to_owned()))
                }
            }
            StatusCode::NOT_FOUND => Err(Unkept::Standing(self.missing())),
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Err(Unkept::Standing(self.denied())),
            status if status.is_server_error() || matches!(status.as_u16(), 408 | 429) => {
                Err(Unkept::Passing(format!("answered {}", status.as_u16())))
            }
            status => Err(Unkept::Standing(format!("answered {}", status.as_u16()))),
        }
    }

    async fn authorization(&self) -> Result<HeaderMap, String> {
        match self.credentials.headers(Extensions::new()).await {
            Ok(CacheableResource::New { data, .. }) => Ok(data),
            // Not without a tag of ours.
            Ok(CacheableResource::NotModified) => Ok(HeaderMap::new()),
            Err(error) => Err(format!("no token: {error}")),
        }
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.place.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    fn missing(&self) -> String {
        format!(
            "there is no such bucket; check its name, or make it: `gcloud storage buckets create gs://{}`",
            self.name
        )
    }

    fn denied(&self) -> String {
        let command = grant(&self.name).command("serviceAccount:ACCOUNT");
        format!("{PERMISSION} is missing; run `{command}`")
    }
}

/// What Cloud Storage says of an object that it took.
#[derive(Deserialize)]
struct Kept {
    crc32c: Option<String>,
}

impl Kept {
    /// Whether it is the one with this checksum. A stand-in may say nothing.
    fn is(&self, checksum: [u8; 4]) -> bool {
        use base64::Engine;
        let ours = base64::engine::general_purpose::STANDARD.encode(checksum);
        self.crc32c.as_ref().is_none_or(|theirs| *theirs == ours)
    }
}

impl Destination for Bucket {
    fn durability(&self) -> Durability {
        Durability::Durable
    }

    fn hand_off<'a>(&'a self, event: &'a Event, within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(async move {
            self.keep(Object::of(event, &self.prefix), within).await?;
            Ok(Receipt::new(Durability::Durable))
        })
    }

    fn park<'a>(&'a self, event: &'a Event, within: Duration) -> BoxFuture<'a, Result<String, Cause>> {
        Box::pin(self.keep(Object::of_body(event, &self.prefix), within))
    }

    /// Asking for permissions needs none (cloud.google.com/storage/docs/json_api/v1/buckets/testIamPermissions).
    fn reach(&self) -> BoxFuture<'_, Result<(), Cause>> {
        Box::pin(async {
            let said = |why: String| Cause::new(format!("ask about {}: {why}", self.name));
            let mut url = self.url(&["storage", "v1", "b", &self.name, "iam", "testPermissions"]);
            url.query_pairs_mut().append_pair("permissions", PERMISSION);
            let request = self.outward.request(Method::GET, &url, Reach::Anywhere).map_err(said)?;
            let request = request.headers(self.authorization().await.map_err(said)?);
            let answer = request.send().await.map_err(|error| said(why(&error)))?;
            match answer.status() {
                StatusCode::NOT_FOUND => Err(said(self.missing())),
                StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Err(said(self.denied())),
                StatusCode::OK => {
                    let granted = answer.bytes().await.map_err(|error| said(why(&error)))?;
                    let granted: Option<Granted> = serde_json::from_slice(&granted).ok();
                    let may = granted.is_some_and(|granted| granted.permissions.iter().any(|it| it == PERMISSION));
                    if may { Ok(()) } else { Err(said(self.denied())) }
                }
                status => Err(said(format!("answered {}", status.as_u16()))),
            }
        })
    }
}

/// A bucket, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: Kind {
        name: "gcs",
        keys: &[Key::new("bucket", Shape::Text, "the bucket's name").required(), object::PREFIX],
        doc: "a bucket of Google Cloud Storage, a CloudEvent an object",
        built: true,
        durability: Durability::Durable,
        danger: None,
        relays: false,
        largest: None,
        parks: true,
    },
    judge: |config| object::bucket(config).err().into_iter().chain(object::prefix(config).err()).collect(),
    open: |config, site| Box::pin(std::future::ready(open(config, site, emulator(EMULATOR).as_deref()))),
    grants: |config| object::bucket(config).map(|bucket| grant(&bucket).into()).into_iter().collect(),
};

fn grant(bucket: &str) -> Grant {
    Grant::CreateObjects { bucket: bucket.to_owned() }
}

/// Opens a bucket where Google has it, or elsewhere.
///
/// # Errors
/// What cannot be, and the next step.
pub fn open(
    config: &DestinationConfig,
    site: &Site,
    elsewhere: Option<&str>,
) -> Result<Arc<dyn Destination>, OpenError> {
    let (name, prefix) = (object::bucket(config)?, object::prefix(config)?);
    let place = elsewhere.unwrap_or(HOME);
    let place = Url::parse(place)
        .map_err(|error| OpenError::new(format!("{EMULATOR} is no URL: {error}"), "write http://HOST:PORT"))?;
    let credentials = site.vault.google().credentials_at(elsewhere);
    let credentials = credentials.map_err(|error| OpenError::new(error, "give this process an identity"))?;
    let (outward, clock) = (site.outward.clone(), Arc::clone(&site.clock));
    Ok(Arc::new(Bucket { name, prefix, place, credentials, outward, clock }))
}
