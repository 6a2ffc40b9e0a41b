//! An event as one message of a queue or a topic, byte for byte.
//!
//! The body is the text as it came; base64 where the service could not take it so: bytes that are no UTF-8, characters
//! that it forbids, nothing at all. The facts are one JSON object in the attribute `cloudevents`, which also says whether
//! the body is base64; its form is that of [`cloudevent::attributes_json`].

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorbell_core::{Event, cloudevent};

/// The message attribute that holds the facts.
pub const ATTRIBUTE: &str = "cloudevents";
/// Its type, in the words of SQS and SNS.
pub const ATTRIBUTE_TYPE: &str = "String";

/// One message.
#[derive(Clone, Debug)]
pub struct Message<'e> {
    /// Its text.
    pub body: Cow<'e, str>,
    /// The value of [`ATTRIBUTE`].
    pub facts: String,
}

impl<'e> Message<'e> {
    /// Writes an event.
    #[must_use]
    pub fn of(event: &'e Event) -> Self {
        let text = std::str::from_utf8(event.body()).ok();
        let text = text.filter(|text| !text.is_empty() && text.chars().all(may_stand));
        // Of what JSON does not escape by itself, these two alone are forbidden.
        let facts = cloudevent::attributes_json(event, text.is_none());
        let facts = facts.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff");
        let body = text.map_or_else(|| Cow::Owned(base64(event.body())), Cow::Borrowed);
        Self { body, facts }
    }

    /// What a service counts: the body and all of the attribute
    /// (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html).
    #[must_use]
    pub fn size(&self) -> usize {
        [self.body.len(), self.facts.len(), ATTRIBUTE.len(), ATTRIBUTE_TYPE.len()].iter().sum()
    }
}

fn base64(body: &[u8]) -> String {
    if body.is_empty() { "=".to_owned() } else { STANDARD.encode(body) }
}

/// The characters of XML 1.0 (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
const fn may_stand(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_service_takes_may_stand() {
        for character in
            ['\t', '\n', '\r', ' ', '\u{7f}', '\u{d7ff}', '\u{e000}', '\u{fffd}', '\u{10000}', '\u{10ffff}']
        {
            assert!(may_stand(character), "{character:?}");
        }
        for character in ['\0', '\u{8}', '\u{b}', '\u{c}', '\u{e}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
            assert!(!may_stand(character), "{character:?}");
        }
    }
}
