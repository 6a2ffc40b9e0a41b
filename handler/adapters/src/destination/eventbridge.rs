//! A bus of Amazon EventBridge: the detail is the event as CloudEvents JSON, the exact body in `data_base64`.

use std::sync::Arc;
use std::time::Duration;

use doorbell_core::config::{DestinationConfig, Key, Kind, Shape};
use doorbell_core::destination::{Destination, Durability, Receipt};
use doorbell_core::fault::Cause;
use doorbell_core::{BoxFuture, Clock, Event, cloudevent};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::amazon::{PATIENCE, client, fits, room};
use super::{Adapter, OpenError, Site, placeholder};
use crate::aws::permit::here;
use crate::aws::service::EVENTBRIDGE;
use crate::aws::{Arn, Client, Permit, Refusal};
use crate::template::Template;

/// An entry must be smaller
/// (docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html, as the rule of what counts).
const TOO_LARGE: usize = 1 << 20;
/// What counts for a time.
const TIME: usize = 14;
/// The longest detail type, in characters
/// (docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html).
const MAX_DETAIL_TYPE: usize = 128;
/// Before an entry that was refused is put again; each pause is twice the one before.
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug)]
struct EventBridge {
    client: Client,
    clock: Arc<dyn Clock>,
    bus: Bus,
    detail_type: Template,
    source: Template,
}

#[derive(Clone, Debug)]
struct Bus {
    /// A name, or an ARN.
    text: String,
    arn: Option<Arn>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    event_bus_name: &'a str,
    /// Seconds.
    time: i64,
    source: String,
    detail_type: String,
    detail: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    failed_entry_count: u32,
    entries: Vec<Kept>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Kept {
    event_id: Option<String>,
    error_code: Option<String>,
}

impl Put {
    /// The call is answered 200 also where its entry was not taken.
    fn taken(self) -> Result<(), Refusal> {
        let kept = self.entries.into_iter().next();
        if self.failed_entry_count == 0 && kept.as_ref().is_some_and(|kept| kept.event_id.is_some()) {
            return Ok(());
        }
        Err(Refusal::of_an_entry(kept.and_then(|kept| kept.error_code).unwrap_or_default()))
    }
}

impl EventBridge {
    fn entry(&self, event: &Event) -> Result<Entry<'_>, Cause> {
        let attributes = cloudevent::attributes(event);
        let detail_type = placeholder::filled(&self.detail_type, event, &attributes);
        let entry = Entry {
            event_bus_name: &self.bus.text,
            time: event.time().as_unix_micros().div_euclid(1_000_000),
            source: placeholder::filled(&self.source, event, &attributes),
            detail_type: detail_type.chars().take(MAX_DETAIL_TYPE).collect(),
            // It is made of text.
            detail: String::from_utf8(cloudevent::json(event)).unwrap_or_default(),
        };
        let size = [TIME, entry.source.len(), entry.detail_type.len(), entry.detail.len()].iter().sum();
        fits("put on", &self.bus.text, size, TOO_LARGE - 1)?;
        Ok(entry)
    }
}

impl Destination for EventBridge {
    fn durability(&self) -> Durability {
        Durability::Durable
    }

    fn hand_off<'a>(&'a self, event: &'a Event, within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(async move {
            let input = json!({ "Entries": [self.entry(event)?] });
            let began = self.clock.monotonic();
            let left = || within.saturating_sub(self.clock.monotonic().saturating_sub(began));
            let cause = |refusal: Refusal| refusal.cause("put on", &self.bus.text, &self.bus.permit());
            let mut pause = PAUSE;
            loop {
                let put: Put = self.client.json("PutEvents", &input, left()).await.map_err(cause)?;
                match put.taken() {
                    Ok(()) => return Ok(Receipt::new(Durability::Durable)),
                    Err(refusal) if !refusal.may_pass() || pause >= left() => return Err(cause(refusal)),
                    Err(_passing) => self.clock.sleep(pause).await,
                }
                pause = pause.saturating_mul(2);
            }
        })
    }

    fn reach(&self) -> BoxFuture<'_, Result<(), Cause>> {
        Box::pin(async {
            let bus = &self.bus;
            let asked =
                self.client.json::<IgnoredAny>("DescribeEventBus", &json!({ "Name": bus.text }), PATIENCE).await;
            asked.map(|_| ()).map_err(|refusal| refusal.cause("ask about", &bus.text, &bus.permit()))
        })
    }
}

impl Bus {
    fn parse(text: &str) -> Option<Self> {
        let arn = Arn::parse(text).filter(|arn| arn.is_of("events"));
        let name = arn.as_ref().map_or(Some(text), |arn| arn.resource().strip_prefix("event-bus/"))?;
        let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"/.-_".contains(&byte);
        let sound = (1..=256).contains(&name.len()) && name.bytes().all(in_name);
        sound.then(|| Self { text: text.to_owned(), arn })
    }

    /// What putting needs, and asking at the start whether it is there.
    fn permit(&self) -> Permit {
        let named = || here("events", &format!("event-bus/{}", self.text));
        let resource = self.arn.as_ref().map_or_else(named, ToString::to_string);
        Permit { actions: &["events:PutEvents", "events:DescribeEventBus"], resource }
    }
}

/// A bus, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: Kind {
        name: "eventbridge",
        keys: &[
            Key::new("bus", Shape::Text, "the bus, by its name or its ARN; by default the account's own"),
            Key::new(
                "detail_type",
                Shape::Text,
                "by default {type}; {source}, {action}, {id} and what its routes extract are known, too",
            ),
            Key::new(
                "event_source",
                Shape::Text,
                "by default {source}; {type}, {action}, {id} and what its routes extract are known, too",
            ),
        ],
        doc: "a bus of Amazon EventBridge; the detail is CloudEvents JSON",
        built: true,
        durability: Durability::Durable,
        danger: None,
        relays: false,
        largest: Some(room(TOO_LARGE)),
        parks: false,
    },
    judge: |config| {
        let texts = [text(config, DETAIL_TYPE).err(), text(config, SOURCE).err()];
        bus(config).err().into_iter().chain(texts.into_iter().flatten()).collect()
    },
    open: |config, site| Box::pin(std::future::ready(open(config, site))),
    grants: |config| bus(config).map(|bus| bus.permit().into()).into_iter().collect(),
};

/// A key, and what holds where it is not there.
type Text = (&'static str, &'static str);
const DETAIL_TYPE: Text = ("detail_type", "{type}");
const SOURCE: Text = ("event_source", "{source}");

fn text(config: &DestinationConfig, (key, otherwise): Text) -> Result<Template, OpenError> {
    let text = config.settings.text(key).unwrap_or(otherwise);
    if key == SOURCE.0 && text.starts_with("aws.") {
        let what = "aws. begins the names of AWS's own services";
        return Err(OpenError::new(format!("{key}: {what}"), "begin with another word").about(key));
    }
    placeholder::template(config, key, text)
}

fn bus(config: &DestinationConfig) -> Result<Bus, OpenError> {
    let text = config.settings.text("bus").unwrap_or("default");
    let fix = "write its name, or its ARN: arn:aws:events:REGION:ACCOUNT:event-bus/NAME";
    Bus::parse(text).ok_or_else(|| OpenError::new(format!("{text:?} is no bus"), fix).about("bus"))
}

fn open(config: &DestinationConfig, site: &Site) -> Result<Arc<dyn Destination>, OpenError> {
    let bus = bus(config)?;
    let client = client(site, EVENTBRIDGE, bus.arn.as_ref().map(Arn::region))?;
    let (detail_type, source) = (text(config, DETAIL_TYPE)?, text(config, SOURCE)?);
    Ok(Arc::new(EventBridge { client, clock: Arc::clone(&site.clock), bus, detail_type, source }))
}
