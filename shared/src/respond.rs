//! `respond` of a route: what the sender is told once its event is held. Some wait for an answer, and not for a yes alone.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use crate::Event;
use crate::document::Document;
use crate::fault::Cause;
use crate::name::DestinationName;
use crate::reply::{Content, Yes};

/// What the sender is told. That it cannot be made changes nothing of the event, which is held: the sender is told a plain
/// yes then.
#[derive(Clone, Debug, Default)]
pub enum Respond {
    /// What it takes for a yes.
    #[default]
    Ack,
    /// What a template makes of the event.
    Template(Arc<Template>),
    /// What this destination, the one that its route requires, answered to the event.
    Relay(DestinationName),
}

/// An answer that is made from an event.
#[derive(Debug)]
pub struct Template {
    /// Its status.
    pub status: Yes,
    /// The media type of its body.
    pub content_type: HeaderValue,
    /// Its headers beside that.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Its body.
    pub body: Option<Document>,
}

impl Template {
    fn render(&self, event: &Event) -> Result<Content, Cause> {
        let text = self.body.as_ref().map(|document| document.render(event)).transpose()?.unwrap_or_default();
        Ok(Content::new(self.status, self.content_type.clone(), Bytes::from(text)).with(self.headers.clone()))
    }
}

impl Respond {
    /// The destination whose answer goes back to the sender.
    pub(crate) const fn relay(&self) -> Option<&DestinationName> {
        match self {
            Self::Relay(name) => Some(name),
            Self::Ack | Self::Template(_) => None,
        }
    }

    /// To the delivery that was handed off; `answer` is what came back from where it is relayed.
    pub(crate) fn first(
        &self,
        event: &Event,
        answer: Option<Result<Content, Cause>>,
    ) -> Result<Option<Content>, Cause> {
        match (self, answer) {
            (Self::Ack, _) => Ok(None),
            (Self::Template(template), _) => template.render(event).map(Some),
            (Self::Relay(_), Some(answer)) => answer.map(Some),
            (Self::Relay(name), None) => {
                Err(Cause::new(format!("relay: {name} held the event before, or gives no answer")))
            }
        }
    }

    /// To a duplicate: a template makes the same of it again; an answer that was relayed is not kept.
    pub(crate) fn again(&self, event: &Event) -> Result<Option<Content>, Cause> {
        match self {
            Self::Template(template) => template.render(event).map(Some),
            Self::Ack | Self::Relay(_) => Ok(None),
        }
    }
}
