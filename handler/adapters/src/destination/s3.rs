//! A bucket of Amazon S3: an object an event, and an object a parked body.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use doorbell_core::config::{DestinationConfig, Key, Kind, Shape};
use doorbell_core::destination::{Destination, Durability, Receipt};
use doorbell_core::fault::Cause;
use doorbell_core::{BoxFuture, Event};
use http::Method;

use super::amazon::{PATIENCE, client};
use super::object::{self, Object};
use super::{Adapter, OpenError, Site};
use crate::aws::arn::partition;
use crate::aws::service::S3;
use crate::aws::{Client, Permit, region};

#[derive(Debug)]
struct Bucket {
    client: Client,
    name: String,
    prefix: String,
}

impl Bucket {
    fn permit(&self) -> Permit {
        permit(self.client.region(), &self.name, &self.prefix)
    }

    /// Where it is then.
    async fn keep(&self, object: Object, within: Duration) -> Result<String, Cause> {
        let path: Vec<&str> = std::iter::once(self.name.as_str()).chain(object.name.split('/')).collect();
        let headers = vec![("content-type", object.content_type.as_str())];
        let kept = self.client.rest((Method::PUT, &path), headers, object.bytes.clone(), within).await;
        kept.map_err(|refusal| refusal.cause("put into", &self.name, &self.permit()))?;
        Ok(format!("s3://{}/{}", self.name, object.name))
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

    /// Whether it is there. Whether this process may write to it is not told without writing: a denial says nothing here
    /// (docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html).
    fn reach(&self) -> BoxFuture<'_, Result<(), Cause>> {
        Box::pin(async {
            let asked = self.client.rest((Method::HEAD, &[&self.name]), Vec::new(), Bytes::new(), PATIENCE).await;
            match asked {
                Err(refusal) if refusal.status() == Some(404) => {
                    let next = "check its name and its region, or make it";
                    Err(Cause::new(format!("ask about {}: there is no such bucket; {next}", self.name)))
                }
                Err(refusal) if refusal.status().is_none() => {
                    Err(refusal.cause("ask about", &self.name, &self.permit()))
                }
                Ok(_) | Err(_) => Ok(()),
            }
        })
    }
}

/// A bucket, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: Kind {
        name: "s3",
        keys: &[
            Key::new("bucket", Shape::Text, "the bucket's name").required(),
            object::PREFIX,
            Key::new("region", Shape::Text, "the bucket's region; by default that of this process"),
        ],
        doc: "a bucket of Amazon S3, a CloudEvent an object",
        built: true,
        durability: Durability::Durable,
        danger: None,
        relays: false,
        largest: None,
        parks: true,
    },
    judge: |config| object::bucket(config).err().into_iter().chain(object::prefix(config).err()).collect(),
    open: |config, site| Box::pin(std::future::ready(open(config, site))),
    grants: |config| {
        let place = object::bucket(config).and_then(|bucket| Ok((bucket, object::prefix(config)?)));
        let region = config.settings.text("region").map(str::to_owned).or_else(region).unwrap_or_default();
        place.map(|(bucket, prefix)| permit(&region, &bucket, &prefix).into()).into_iter().collect()
    },
};

fn permit(region: &str, bucket: &str, prefix: &str) -> Permit {
    let resource = format!("arn:{}:s3:::{bucket}/{prefix}*", partition(region));
    Permit { actions: &["s3:PutObject"], resource }
}

fn open(config: &DestinationConfig, site: &Site) -> Result<Arc<dyn Destination>, OpenError> {
    let client = client(site, S3, config.settings.text("region"))?;
    Ok(Arc::new(Bucket { client, name: object::bucket(config)?, prefix: object::prefix(config)? }))
}
