//! What the config makes of an event's facts: an ordering key, a group, a type.

use std::borrow::Cow;

use doorbell_core::Event;
use doorbell_core::config::DestinationConfig;
use sha2::{Digest, Sha256};

use super::OpenError;
use crate::template::Template;

/// What may stand in such a text, beside what each route extracts that leads to its destination.
pub(super) const NAMES: &[&str] = &["source", "type", "action", "id"];

/// Reads the text of a key.
///
/// # Errors
/// What is wrong with it, about the key.
pub(super) fn template(config: &DestinationConfig, key: &'static str, text: &str) -> Result<Template, OpenError> {
    let known: Vec<&str> = NAMES.iter().copied().chain(config.extracted.iter().map(String::as_str)).collect();
    Template::parse(text, &known).map_err(|error| {
        let (what, fix) = error.split_once("; ").unwrap_or((&error, "write it anew"));
        OpenError::new(format!("{key}: {what}"), fix).about(key)
    })
}

/// The text for an event, by its CloudEvents attributes; nothing stands for what it has not.
pub(super) fn filled(template: &Template, event: &Event, attributes: &[(&str, Cow<'_, str>)]) -> String {
    template.fill(|name| {
        if name == "action" {
            return Cow::Borrowed(event.action().map_or("", |fact| fact.text()));
        }
        // Attributes have no _.
        let name = name.replace('_', "");
        attributes.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone()).unwrap_or_default()
    })
}

/// What stands for a text that does not fit: its SHA-256, in hex. The same text stays the same, another stays another.
pub(super) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |hex, byte| hex + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_standard() {
        // FIPS 180-2, appendix B.3.
        let digest = digest(&"a".repeat(1_000_000));
        assert_eq!(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    }
}
