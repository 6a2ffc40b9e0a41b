//! A topic of Amazon SNS, a message an event.

use std::sync::Arc;
use std::time::Duration;

use doorbell_core::config::{DestinationConfig, Key, Kind, Shape};
use doorbell_core::destination::{Destination, Durability, Receipt};
use doorbell_core::fault::Cause;
use doorbell_core::{BoxFuture, Event};

use super::amazon::{PATIENCE, client, fits, room};
use super::order::{self, Order};
use super::{Adapter, OpenError, Site};
use crate::aws::message::{ATTRIBUTE, ATTRIBUTE_TYPE, Message};
use crate::aws::service::SNS;
use crate::aws::{Arn, Client, Permit};

/// The largest message of a topic that is not set otherwise, and of any topic, in bytes
/// (docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html).
const USUAL_MESSAGE: usize = 256 << 10;
const MAX_MESSAGE: usize = 1 << 20;
/// The most that a topic takes which is not set to more.
const MAX_BY_DEFAULT: usize = 256 << 10;

#[derive(Debug)]
struct Sns {
    client: Client,
    topic: Arn,
    order: Order,
}

impl Destination for Sns {
    fn durability(&self) -> Durability {
        Durability::Durable
    }

    fn hand_off<'a>(&'a self, event: &'a Event, within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(async move {
            let (message, topic) = (Message::of(event), self.topic.as_str());
            let size = message.size();
            fits("publish to", topic, size, MAX_MESSAGE)?;
            let (group, deduplication) = (self.order.group(event), self.order.deduplication(event));
            let mut fields = vec![
                ("TopicArn", topic),
                ("Message", &message.body),
                ("MessageAttributes.entry.1.Name", ATTRIBUTE),
                ("MessageAttributes.entry.1.Value.DataType", ATTRIBUTE_TYPE),
                ("MessageAttributes.entry.1.Value.StringValue", &message.facts),
            ];
            fields.extend(group.iter().map(|text| ("MessageGroupId", text.as_str())));
            fields.extend(deduplication.iter().map(|text| ("MessageDeduplicationId", text.as_str())));
            let answer = self.client.form("Publish", &fields, within).await.map_err(|refusal| {
                let cause = refusal.cause("publish to", topic, &permit(&self.topic));
                if size <= USUAL_MESSAGE {
                    return cause;
                }
                Cause::new(format!(
                    "{cause}; the message has {size} bytes, and a topic takes {USUAL_MESSAGE} unless it is set to more"
                ))
            })?;
            if String::from_utf8_lossy(&answer).contains("<MessageId>") {
                Ok(Receipt::new(Durability::Durable))
            } else {
                Err(Cause::new(format!("publish to {topic}: the answer has no MessageId")))
            }
        })
    }

    fn reach(&self) -> BoxFuture<'_, Result<(), Cause>> {
        Box::pin(async {
            let topic = self.topic.as_str();
            let asked = self.client.form("GetTopicAttributes", &[("TopicArn", topic)], PATIENCE).await;
            asked.map(|_| ()).map_err(|refusal| refusal.cause("ask about", topic, &permit(&self.topic)))
        })
    }
}

/// A topic, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: Kind {
        name: "sns",
        keys: &[
            Key::new("topic", Shape::Text, "the topic's ARN: arn:aws:sns:REGION:ACCOUNT:NAME").required(),
            order::KEY,
        ],
        doc: "a topic of Amazon SNS, a message an event",
        built: true,
        durability: Durability::Durable,
        danger: None,
        relays: false,
        largest: Some(room(MAX_BY_DEFAULT)),
        parks: false,
    },
    judge: |config| topic(config).err().into_iter().chain(order(config).err()).collect(),
    open: |config, site| Box::pin(std::future::ready(open(config, site))),
    grants: |config| topic(config).map(|topic| permit(&topic).into()).into_iter().collect(),
};

/// What publishing needs, and asking at the start whether it is there.
fn permit(topic: &Arn) -> Permit {
    Permit { actions: &["sns:Publish", "sns:GetTopicAttributes"], resource: topic.to_string() }
}

fn topic(config: &DestinationConfig) -> Result<Arn, OpenError> {
    let text = config.settings.text("topic").unwrap_or_default();
    // A subscription's ARN has one part more.
    let arn = Arn::parse(text).filter(|arn| arn.is_of("sns") && !arn.resource().contains(':'));
    let fix = "write its ARN: arn:aws:sns:REGION:ACCOUNT:NAME";
    arn.ok_or_else(|| OpenError::new(format!("{text:?} is no topic"), fix).about("topic"))
}

fn order(config: &DestinationConfig) -> Result<Order, OpenError> {
    Order::read(config, config.settings.text("topic").unwrap_or_default())
}

fn open(config: &DestinationConfig, site: &Site) -> Result<Arc<dyn Destination>, OpenError> {
    let topic = topic(config)?;
    let client = client(site, SNS, Some(topic.region()))?;
    Ok(Arc::new(Sns { client, topic, order: order(config)? }))
}
