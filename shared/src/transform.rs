//! `template` of a destination: what stands there wants another shape than the one that came.

use http::HeaderValue;

use crate::Event;
use crate::document::Document;
use crate::fault::Cause;

/// Makes another body of an event; its facts stay what they are.
#[derive(Debug)]
pub struct Transform {
    /// What makes it.
    pub document: Document,
    /// Its media type.
    pub content_type: HeaderValue,
}

impl Transform {
    /// The event as its destination wants it.
    ///
    /// # Errors
    /// As [`Document::render`].
    pub(crate) fn of(&self, event: &Event) -> Result<Event, Cause> {
        let made = self.document.render(event)?;
        Ok(event.made(made.into(), self.content_type.to_str().unwrap_or_default()))
    }
}
