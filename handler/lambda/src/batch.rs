//! Events that a service of the platform brings: the messages of a queue, a topic's notifications, an event of a bus.
//!
//! Each is a delivery of its own and goes through the chain like any other. Nobody reads a reply: a queue is told which
//! messages to keep (docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html, "Implementing partial batch
//! responses"), a topic or a bus by a failed invocation, which the platform repeats.

use bytes::Bytes;
use doorbell_core::verify::Invoked;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Some events of one service.
#[derive(Debug)]
pub struct Batch<'e> {
    /// Whose events they are.
    pub service: Invoked,
    /// In the order in which they came.
    pub records: Vec<Record<'e>>,
}

/// One of them, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'e> {
    json: &'e str,
    /// Its sender's ARN, which is the path of a source; empty where the record names none.
    pub place: String,
    /// The queue's name for it, by which it is told to keep it.
    pub id: Option<String>,
    /// Those of one group must be taken in order; none where there is no order.
    pub group: Option<String>,
}

/// What a queue is told.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    batch_item_failures: Vec<Item>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    item_identifier: String,
}

/// What tells the services' records apart. Only capitals do: `eventSource` of a queue, `EventSource` of a topic.
#[derive(Default, Deserialize)]
struct Sketch {
    #[serde(rename = "eventSource")]
    of_queue: Option<String>,
    #[serde(rename = "eventSourceARN")]
    queue: Option<String>,
    #[serde(rename = "messageId")]
    id: Option<String>,
    attributes: Option<Attributes>,
    #[serde(rename = "EventSource")]
    of_topic: Option<String>,
    #[serde(rename = "Sns")]
    notification: Option<Notification>,
}

#[derive(Deserialize)]
struct Attributes {
    #[serde(rename = "MessageGroupId")]
    group: Option<String>,
}

#[derive(Deserialize)]
struct Notification {
    #[serde(rename = "TopicArn")]
    topic: Option<String>,
}

impl<'e> Batch<'e> {
    /// By its first record; `None` where that is of no service that is known, or there is none. What is wrong with a later
    /// one is its own affair.
    pub(crate) fn of(records: &'e RawValue) -> Option<Self> {
        let records: Vec<&RawValue> = serde_json::from_str(records.get()).ok()?;
        let sketches: Vec<Sketch> =
            records.iter().map(|record| serde_json::from_str(record.get()).unwrap_or_default()).collect();
        let first = sketches.first()?;
        let service = match (first.of_queue.as_deref(), first.of_topic.as_deref()) {
            (Some("aws:sqs"), _) => Invoked::Sqs,
            (_, Some("aws:sns")) => Invoked::Sns,
            (_, _) => return None,
        };
        let record = |(json, sketch): (&'e RawValue, Sketch)| Record {
            json: json.get(),
            place: sketch.queue.or(sketch.notification.and_then(|it| it.topic)).unwrap_or_default(),
            id: sketch.id,
            group: sketch.attributes.and_then(|attributes| attributes.group),
        };
        Some(Self { service, records: records.into_iter().zip(sketches).map(record).collect() })
    }

    /// The one event of a bus.
    pub(crate) fn of_bus(event: &'e RawValue) -> Self {
        let place = Invoked::EVENT_BUS.to_owned();
        Self {
            service: Invoked::EventBridge,
            records: vec![Record { json: event.get(), place, id: None, group: None }],
        }
    }

    /// The records by group, each in order; a record without a group stands alone.
    pub(crate) fn groups(self) -> Vec<Vec<Record<'e>>> {
        let mut groups: Vec<Vec<Record<'e>>> = Vec::new();
        for record in self.records {
            let same = |group: &&mut Vec<Record<'_>>| {
                record.group.is_some() && group.first().is_some_and(|first| first.group == record.group)
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.push(record),
                None => groups.push(vec![record]),
            }
        }
        groups
    }
}

impl Record<'_> {
    /// The body of the delivery: the record as it came.
    #[must_use]
    pub fn body(&self) -> Bytes {
        Bytes::copy_from_slice(self.json.as_bytes())
    }

    /// What the record is, for those who take it as it stands.
    #[must_use]
    pub fn headers() -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))])
    }
}

impl Kept {
    /// The queue keeps these messages. `None` where one has no name: then only a failure of the whole invocation keeps it.
    pub(crate) fn of(records: &[Record<'_>]) -> Option<Self> {
        let item = |record: &Record<'_>| Some(Item { item_identifier: record.id.clone()? });
        Some(Self { batch_item_failures: records.iter().map(item).collect::<Option<_>>()? })
    }
}
