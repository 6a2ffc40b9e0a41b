//! The platform's word: one of its own services invoked this program, and says whose events it brings.

use std::borrow::Cow;

use super::{Proof, Trust};
use crate::Rejection;
use crate::delivery::{Delivery, Head, Peer};

/// A service that invokes functions. What it is allowed to bring is the function's policy, which the platform enforces
/// (docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invoked {
    /// A queue's event source mapping.
    Sqs,
    /// A topic's subscription.
    Sns,
    /// A rule of an event bus.
    EventBridge,
}

impl Invoked {
    /// What the ARN of a sender has for its service; `None` where events name no sender, and all of the service's go to
    /// one source.
    #[must_use]
    pub const fn service(self) -> Option<&'static str> {
        match self {
            Self::Sqs => Some("sqs"),
            Self::Sns => Some("sns"),
            Self::EventBridge => None,
        }
    }

    /// The place of a source whose events name no sender. No request has such a path: those begin with a slash.
    pub const EVENT_BUS: &'static str = "aws:events";

    pub(super) fn admit(head: &Head) -> Result<(), Rejection> {
        match head.door.peer {
            Peer::Invoker => Ok(()),
            Peer::Socket(_) | Peer::Vouched(_) | Peer::Proxy => Err(Rejection::MissingSignature),
        }
    }

    /// That it is the right sender is in the path, by which the source was found.
    pub(super) fn prove(delivery: &Delivery) -> Result<Proof, Rejection> {
        Self::admit(delivery.untrusted_head())?;
        Ok(Proof { trust: Trust::Authenticated, version: None, covered: Cow::Borrowed(&[]) })
    }
}
