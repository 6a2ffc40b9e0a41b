//! What is kept as an object of a bucket or a file of a folder, and under which name.

use doorbell_core::config::{DestinationConfig, Key, Shape};
use doorbell_core::{Event, cloudevent};
use sha2::{Digest, Sha256};

use super::OpenError;

/// The key of the config.
pub(super) const PREFIX: Key = Key::new("prefix", Shape::Text, "what every name begins with, such as hooks/");

/// An object on its way.
#[derive(Debug)]
pub(super) struct Object {
    /// Letters, digits and `/-_.` below the prefix; the same object has the same name, another has another.
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) bytes: bytes::Bytes,
}

impl Object {
    /// An event, as CloudEvents JSON. What differs in anything has another name: one event may come from several spills.
    pub(super) fn of(event: &Event, prefix: &str) -> Self {
        let bytes = cloudevent::json(event);
        let digest = Sha256::digest(&bytes);
        let digest: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{prefix}{}/{}-{digest}.json", event.source(), event.delivery_id().as_str());
        Self { name, content_type: "application/cloudevents+json".to_owned(), bytes: bytes.into() }
    }

    /// Its body alone, under its digest.
    pub(super) fn of_body(event: &Event, prefix: &str) -> Self {
        Self {
            name: format!("{prefix}sha256/{}", event.body_digest()),
            content_type: event.content_type().unwrap_or("application/octet-stream").to_owned(),
            bytes: event.body().clone(),
        }
    }
}

/// The prefix of a config, of characters that every store takes as they are.
///
/// # Errors
/// It has others, or parts that a path would read as steps.
pub(super) fn prefix(config: &DestinationConfig) -> Result<String, OpenError> {
    let text = config.settings.text(PREFIX.name).unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let is_step = |part: &str| matches!(part, "." | "..");
    if text.len() <= 256 && text.bytes().all(is_plain) && !text.starts_with('/') && !text.split('/').any(is_step) {
        return Ok(text.to_owned());
    }
    let what = format!("{text:?} is no prefix");
    Err(OpenError::new(what, "write letters, digits, - _ . and /, such as hooks/").about(PREFIX.name))
}

/// The name of a bucket, by the rules that S3 and Cloud Storage share
/// (docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, cloud.google.com/storage/docs/buckets#naming).
///
/// # Errors
/// It is none.
pub(super) fn bucket(config: &DestinationConfig) -> Result<String, OpenError> {
    let text = config.settings.text("bucket").unwrap_or_default();
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = [text.bytes().next(), text.bytes().last()];
    let sound = (3..=63).contains(&text.len())
        && text.bytes().all(|byte| is_word(byte) || b"-_.".contains(&byte))
        && ends.into_iter().flatten().all(is_word);
    if sound {
        return Ok(text.to_owned());
    }
    let fix = "write its name alone: 3 to 63 lower-case letters, digits, - _ and .";
    Err(OpenError::new(format!("{text:?} is no bucket"), fix).about("bucket"))
}
