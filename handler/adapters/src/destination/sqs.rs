//! A queue of Amazon SQS, a message an event.

mod queue;

use std::sync::Arc;
use std::time::Duration;

use doorbell_core::config::{DestinationConfig, Key, Kind, Shape};
use doorbell_core::destination::{Destination, Durability, Receipt};
use doorbell_core::fault::Cause;
use doorbell_core::{BoxFuture, Event};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::amazon::{PATIENCE, client, fits, room};
use super::order::{self, Order};
use super::{Adapter, OpenError, Site};
use crate::aws::Client;
use crate::aws::message::{ATTRIBUTE, ATTRIBUTE_TYPE, Message};
use crate::aws::service::SQS;
use queue::Queue;

/// The largest message with its attributes, in bytes; a queue may be set to less
/// (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html).
const MAX_MESSAGE: usize = 1 << 20;

#[derive(Debug)]
struct Sqs {
    client: Client,
    queue: Queue,
    order: Order,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessage<'a> {
    queue_url: &'a str,
    message_body: &'a str,
    message_attributes: serde_json::Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_group_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_deduplication_id: Option<String>,
}

/// The answer also has an MD5 of the body. TLS has covered the way already, and MD5 would be linked for this alone.
#[derive(Deserialize)]
struct Sent {
    #[serde(rename = "MessageId")]
    _id: String,
}

impl Destination for Sqs {
    fn durability(&self) -> Durability {
        Durability::Durable
    }

    fn hand_off<'a>(&'a self, event: &'a Event, within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(async move {
            let (message, url) = (Message::of(event), self.queue.url.as_str());
            fits("send to", url, message.size(), MAX_MESSAGE)?;
            let input = SendMessage {
                queue_url: url,
                message_body: &message.body,
                message_attributes: json!({ ATTRIBUTE: { "DataType": ATTRIBUTE_TYPE, "StringValue": message.facts } }),
                message_group_id: self.order.group(event),
                message_deduplication_id: self.order.deduplication(event),
            };
            let sent = self.client.json::<Sent>("SendMessage", &input, within).await;
            sent.map_err(|refusal| refusal.cause("send to", url, &self.queue.permit()))?;
            Ok(Receipt::new(Durability::Durable))
        })
    }

    fn reach(&self) -> BoxFuture<'_, Result<(), Cause>> {
        Box::pin(async {
            let url = self.queue.url.as_str();
            let input = json!({ "QueueUrl": url, "AttributeNames": ["QueueArn"] });
            let asked = self.client.json::<IgnoredAny>("GetQueueAttributes", &input, PATIENCE).await;
            asked.map(|_| ()).map_err(|refusal| refusal.cause("ask about", url, &self.queue.permit()))
        })
    }
}

/// A queue, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: Kind {
        name: "sqs",
        keys: &[
            Key::new("queue_url", Shape::Text, "the queue's URL: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME")
                .required(),
            order::KEY,
        ],
        doc: "a queue of Amazon SQS, a message an event",
        built: true,
        durability: Durability::Durable,
        danger: None,
        relays: false,
        largest: Some(room(MAX_MESSAGE)),
        parks: false,
    },
    judge: |config| queue(config).err().into_iter().chain(order(config).err()).collect(),
    open: |config, site| Box::pin(std::future::ready(open(config, site))),
    grants: |config| queue(config).map(|queue| queue.permit().into()).into_iter().collect(),
};

fn queue(config: &DestinationConfig) -> Result<Queue, OpenError> {
    let text = config.settings.text("queue_url").unwrap_or_default();
    let queue = Queue::parse(text).or_else(|| Queue::of_a_stand_in(text).filter(|_| SQS.is_elsewhere()));
    let fix = "write it as https://sqs.REGION.amazonaws.com/ACCOUNT/NAME; another place needs AWS_ENDPOINT_URL";
    queue.ok_or_else(|| OpenError::new(format!("{text:?} is no URL of a queue"), fix).about("queue_url"))
}

fn order(config: &DestinationConfig) -> Result<Order, OpenError> {
    Order::read(config, config.settings.text("queue_url").unwrap_or_default())
}

fn open(config: &DestinationConfig, site: &Site) -> Result<Arc<dyn Destination>, OpenError> {
    let queue = queue(config)?;
    let client = client(site, SQS, queue.region.as_deref())?;
    Ok(Arc::new(Sqs { client, queue, order: order(config)? }))
}
