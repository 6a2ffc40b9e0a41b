//! Where deliveries of a scheme come from, and the keys that prove them.

use super::{Invoked, KeyPlace, Scheme, Signature, TokenPlace};
use crate::Rejection;
use crate::delivery::Delivery;

impl Scheme {
    /// Whether the sender publishes the keys that prove deliveries, or the table has its root. A source without a secret of
    /// its own takes those.
    #[must_use]
    pub const fn publishes_keys(&self) -> bool {
        match self {
            Self::Sns(_) | Self::Chained(_) => true,
            Self::Jwt(jwt) => jwt.published.is_some(),
            Self::Detached(detached) => detached.published.is_some(),
            Self::Signature(signature) => signature.named.is_some(),
            Self::Mac(_) | Self::Dialects(_) | Self::Items(_) | Self::Token(_) | Self::Invoked(_) | Self::Unsigned => {
                false
            }
        }
    }

    /// The key that a delivery names, where the scheme's keys are fetched one by one, by their URL. For a delivery that
    /// was refused with [`Rejection::UnknownKey`]: any other's is hearsay.
    pub(crate) fn named_key(&self, delivery: &Delivery) -> Option<String> {
        match self {
            Self::Sns(sns) => sns.named(delivery),
            Self::Signature(signature) => signature.named(delivery),
            Self::Mac(_)
            | Self::Dialects(_)
            | Self::Items(_)
            | Self::Token(_)
            | Self::Jwt(_)
            | Self::Detached(_)
            | Self::Chained(_)
            | Self::Invoked(_)
            | Self::Unsigned => None,
        }
    }

    /// Whether keys that are newer than ours could turn this refusal into a yes. A certificate never changes.
    pub(crate) fn fresher_keys_may_mend(&self, rejection: Rejection) -> bool {
        if self.names_keys() { rejection == Rejection::UnknownKey } else { rejection.fresher_keys_may_mend() }
    }

    /// Whether deliveries name the keys that prove them, one by one, by their URL.
    #[must_use]
    pub const fn names_keys(&self) -> bool {
        matches!(self, Self::Sns(_) | Self::Signature(Signature { named: Some(_), .. }))
    }

    /// Where the keys are published that prove deliveries, where all of them are in one place.
    #[must_use]
    pub fn key_source(&self) -> Option<KeyPlace> {
        if let Self::Jwt(jwt) = self {
            jwt.key_place()
        } else if let Self::Detached(detached) = self {
            detached.key_place()
        } else {
            None
        }
    }

    /// Which service of the platform brings the deliveries, where one does.
    #[must_use]
    pub const fn invoked(&self) -> Option<Invoked> {
        if let Self::Invoked(invoked) = self { Some(*invoked) } else { None }
    }

    /// What the ARN has for its service by which a source says whose events it takes; `None` where it says so otherwise.
    #[must_use]
    pub const fn arn_service(&self) -> Option<&'static str> {
        match self {
            Self::Sns(_) => Some("sns"),
            Self::Invoked(invoked) => invoked.service(),
            Self::Mac(_)
            | Self::Dialects(_)
            | Self::Items(_)
            | Self::Signature(_)
            | Self::Token(_)
            | Self::Jwt(_)
            | Self::Detached(_)
            | Self::Chained(_)
            | Self::Unsigned => None,
        }
    }

    /// Whether the last segment of the path is the token.
    pub(crate) fn is_token_in_path(&self) -> bool {
        matches!(self, Self::Token(token) if token.at == TokenPlace::Path)
    }

    /// Whether anything is proven with keys.
    #[must_use]
    pub const fn needs_keys(&self) -> bool {
        match self {
            Self::Mac(_)
            | Self::Dialects(_)
            | Self::Items(_)
            | Self::Signature(_)
            | Self::Token(_)
            | Self::Jwt(_)
            | Self::Detached(_)
            | Self::Chained(_)
            | Self::Sns(_) => true,
            Self::Invoked(_) | Self::Unsigned => false,
        }
    }
}
