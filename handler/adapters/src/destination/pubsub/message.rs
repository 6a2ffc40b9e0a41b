//! An event as a Pub/Sub message: the binary mode of the Pub/Sub binding of CloudEvents
//! (github.com/google/knative-gcp, `docs/spec/pubsub-protocol-binding.md`).

use std::borrow::Cow;

use doorbell_core::{Event, cloudevent};
use google_cloud_pubsub::model::Message;

use crate::destination::placeholder::{digest, filled};
use crate::template::Template;

/// The largest message with its attributes, in bytes (cloud.google.com/pubsub/quotas#resource_limits, as all limits
/// here).
pub const MAX_MESSAGE: usize = 10_000_000;
/// The longest value of an attribute, and the longest ordering key, in bytes. Attributes may be 100, with keys of 256
/// bytes; those of an event are far fewer and shorter.
const MAX_VALUE: usize = 1024;

/// The message: the body as data, without a copy, and the attributes `ce-*`; the media type is `content-type`.
///
/// # Errors
/// The bytes of a message that is larger than [`MAX_MESSAGE`].
pub(super) fn of(event: &Event, ordering_key: Option<&Template>) -> Result<Message, usize> {
    let attributes = cloudevent::attributes(event);
    let ordering_key = ordering_key.map(|template| whole(filled(template, event, &attributes).into()));
    let attributes = attributes.into_iter().map(|(name, value)| match name {
        "datacontenttype" => ("content-type".to_owned(), cut(value)),
        // A beginning of these could be that of another event.
        "action" | "id" | "type" => (format!("ce-{name}"), whole(value)),
        _ => (format!("ce-{name}"), cut(value)),
    });
    let message = Message::new()
        .set_data(event.body().clone())
        .set_attributes(attributes)
        .set_ordering_key(ordering_key.unwrap_or_default());
    let described = message.attributes.iter().map(|(key, value)| key.len().saturating_add(value.len()));
    let size = described.sum::<usize>().saturating_add(message.data.len()).saturating_add(message.ordering_key.len());
    if size > MAX_MESSAGE { Err(size) } else { Ok(message) }
}

/// What is too long becomes its digest.
fn whole(text: Cow<'_, str>) -> String {
    if text.len() <= MAX_VALUE { text.into_owned() } else { digest(&text) }
}

/// What is too long loses its end.
fn cut(text: Cow<'_, str>) -> String {
    let mut text = text.into_owned();
    text.truncate(text.floor_char_boundary(MAX_VALUE));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert_eq!(cut("x".repeat(1024).into()), "x".repeat(1024));
        assert_eq!(cut("x".repeat(1025).into()), "x".repeat(1024));
        assert_eq!(cut(("x".repeat(1023) + "é").into()), "x".repeat(1023));
    }

    #[test]
    fn a_long_id_becomes_its_digest() {
        assert_eq!(whole("x".repeat(1024).into()), "x".repeat(1024));
        assert_eq!(whole("x".repeat(1025).into()), digest(&"x".repeat(1025)));
    }
}
