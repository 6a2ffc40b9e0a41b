//! What keeps its order in a queue or a topic of AWS, and what is the same message there.

use doorbell_core::config::{DestinationConfig, Key, Shape};
use doorbell_core::dedupe::{DedupeKey, Rule};
use doorbell_core::{Event, cloudevent};

use super::{OpenError, placeholder};
use crate::template::Template;

/// The longest group, in characters
/// (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, as all rules here).
const MAX_GROUP: usize = 128;

/// The key of the config.
pub(super) const KEY: Key = Key::new(
    "group",
    Shape::Text,
    "what keeps its order where the name ends in .fifo, else what shares fairly; {source}, {type}, {action}, {id} and what its routes extract are known; a \
     .fifo one without it goes by {source}",
);

/// How messages are grouped, and whether the service looks for doubles.
#[derive(Clone, Debug)]
pub(super) struct Order {
    group: Option<Template>,
    fifo: bool,
}

impl Order {
    /// From the config; by its name, a queue or a topic is FIFO or not.
    ///
    /// # Errors
    /// The template is none.
    pub(super) fn read(config: &DestinationConfig, name: &str) -> Result<Self, OpenError> {
        let fifo = name.ends_with(".fifo");
        let group = config.settings.text(KEY.name).or_else(|| fifo.then_some("{source}"));
        Ok(Self { group: group.map(|text| placeholder::template(config, KEY.name, text)).transpose()?, fifo })
    }

    /// `MessageGroupId`.
    pub(super) fn group(&self, event: &Event) -> Option<String> {
        let text = placeholder::filled(self.group.as_ref()?, event, &cloudevent::attributes(event));
        let fits = (1..=MAX_GROUP).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        Some(if fits { text } else { placeholder::digest(&text) })
    }

    /// `MessageDeduplicationId`: the same for what Doorbell itself holds for the same event. What is equal by nature goes
    /// by its delivery.
    pub(super) fn deduplication(&self, event: &Event) -> Option<String> {
        let key = || DedupeKey::of(event, Rule::Id).map(DedupeKey::to_hex);
        self.fifo.then(|| key().unwrap_or_else(|| placeholder::digest(event.delivery_id().as_str())))
    }
}
