//! What a source's config fills in of a scheme that is a template.

use super::{Expected, Mac, Scheme, Tokens, Window};
use crate::locate::Text;

impl Scheme {
    /// The same scheme for the tokens that a config says; a scheme without tokens stays as it is.
    #[must_use]
    pub fn for_tokens(mut self, tokens: &Tokens) -> Self {
        if let Self::Jwt(jwt) = &mut self {
            jwt.fill(tokens);
        }
        self
    }

    /// The same scheme for messages of the topic of this ARN; a scheme without topics stays as it is.
    #[must_use]
    pub fn for_topic(mut self, arn: impl Into<Text>) -> Self {
        if let Self::Sns(sns) = &mut self {
            sns.topic = Expected::Exactly(arn.into());
        }
        self
    }

    /// The same scheme with another window, `None` for no freshness check. Without a signed time it
    /// stays as it is.
    #[must_use]
    pub fn with_window(mut self, window: Option<Window>) -> Self {
        match &mut self {
            Self::Mac(Mac { time: Some(time), .. }) => time.window = window,
            Self::Sns(sns) => sns.window = window,
            Self::Mac(_) | Self::Token(_) | Self::Jwt(_) | Self::Invoked(_) | Self::Unsigned => {}
        }
        self
    }
}
