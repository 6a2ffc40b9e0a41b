//! What a source's config fills in of a scheme that is a template.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::jwt::Bound;
use super::{Expected, Message, Part, Scheme, Signature, Token, TokenPlace, Tokens, Window};
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

    /// The same scheme with what only its operator knows: the URL that the sender was given, the values of a table entry's
    /// [`Part::Value`]. What is not said stays open, and nothing fits it.
    #[must_use]
    pub fn for_setup(mut self, public_url: Option<&str>, values: &BTreeMap<String, String>) -> Self {
        if let Self::Token(Token { at: TokenPlace::Chosen(name), .. }) = &mut self {
            *name = said(values.get("header").map(String::as_str));
        }
        if let Self::Chained(chained) = &mut self {
            for bound in chained.bound.to_mut() {
                bound.expected = said(values.get(bound.value).map(String::as_str));
            }
        }
        if let Self::Signature(Signature { bound: Some(bound), .. }) = &mut self {
            bound.expected = said(values.get(bound.value).map(String::as_str));
        }
        self.messages(|message| {
            let open = |part: &Part| need(part).is_some();
            // What is complete stays static.
            if !message.parts.iter().any(open) {
                return;
            }
            for part in message.parts.to_mut() {
                if let Part::Url(expected)
                | Part::UrlOfAnyPort(expected)
                | Part::UrlAndForm(expected)
                | Part::Host(expected) = part
                {
                    *expected = said(public_url);
                } else if let Part::Value(name, expected) = part {
                    *expected = said(values.get(name.as_ref()).map(String::as_str));
                }
            }
        });
        self
    }

    /// What the operator must say besides the secret: `public_url`, and the names of `values`.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        let chosen = matches!(self, Self::Token(Token { at: TokenPlace::Chosen(_), .. })).then_some("header");
        let macs = match self {
            Self::Mac(mac) => std::slice::from_ref(mac),
            Self::Dialects(macs) => macs,
            Self::Items(_)
            | Self::Signature(_)
            | Self::Token(_)
            | Self::Jwt(_)
            | Self::Detached(_)
            | Self::Chained(_)
            | Self::Sns(_)
            | Self::Invoked(_)
            | Self::Unsigned => &[],
        };
        let signature = if let Self::Signature(signature) = self { Some(&signature.message) } else { None };
        let messages = macs.iter().map(|mac| &mac.message).chain(signature);
        let bound = self.bound().filter(|bound| bound.required).map(|bound| bound.value);
        messages.flat_map(|message| message.parts.iter()).filter_map(need).chain(chosen).chain(bound)
    }

    /// What the operator may say besides: the names of `values`.
    pub fn takes(&self) -> impl Iterator<Item = &str> {
        self.bound().map(|bound| bound.value)
    }

    fn bound(&self) -> impl Iterator<Item = &Bound> {
        let of_token = if let Self::Chained(chained) = self { chained.bound.as_ref() } else { &[] };
        let of_body = if let Self::Signature(signature) = self { signature.bound.as_ref() } else { None };
        of_token.iter().chain(of_body)
    }

    fn messages(&mut self, mut change: impl FnMut(&mut Message)) {
        match self {
            Self::Mac(mac) => change(&mut mac.message),
            Self::Dialects(macs) => macs.to_mut().iter_mut().for_each(|mac| change(&mut mac.message)),
            Self::Signature(signature) => change(&mut signature.message),
            Self::Items(_)
            | Self::Token(_)
            | Self::Jwt(_)
            | Self::Detached(_)
            | Self::Chained(_)
            | Self::Sns(_)
            | Self::Invoked(_)
            | Self::Unsigned => {}
        }
    }

    /// How far a signed time may lie from now, where the scheme has a limit.
    #[must_use]
    pub fn window(&self) -> Option<Window> {
        let of = |message: &Message| message.time.as_ref().and_then(|time| time.window);
        match self {
            Self::Mac(mac) => of(&mac.message),
            Self::Dialects(macs) => macs.first().and_then(|mac| of(&mac.message)),
            Self::Signature(signature) => of(&signature.message),
            Self::Sns(sns) => sns.window,
            Self::Detached(detached) => detached.time.and_then(|time| time.window),
            Self::Chained(chained) => chained.window,
            Self::Items(_) | Self::Token(_) | Self::Jwt(_) | Self::Invoked(_) | Self::Unsigned => None,
        }
    }

    /// The same scheme with another window, `None` for no freshness check. Without a signed time it
    /// stays as it is.
    #[must_use]
    pub fn with_window(mut self, window: Option<Window>) -> Self {
        if let Self::Sns(sns) = &mut self {
            sns.window = window;
        }
        if let Self::Chained(chained) = &mut self {
            chained.window = window;
        }
        if let Self::Detached(detached) = &mut self
            && let Some(time) = &mut detached.time
        {
            time.window = window;
        }
        if let Self::Jwt(jwt) = &mut self {
            jwt.life.max_age = window.map(|window| window.max_age);
        }
        self.messages(|message| {
            if let Some(time) = &mut message.time {
                time.window = window;
            }
        });
        self
    }
}

fn said(text: Option<&str>) -> Expected {
    text.map_or(Expected::Configured, |text| Expected::Exactly(Cow::Owned(text.to_owned())))
}

/// What the operator must say for a part.
fn need(part: &Part) -> Option<&str> {
    if let Part::Url(_) | Part::UrlOfAnyPort(_) | Part::UrlAndForm(_) | Part::Host(_) = part {
        Some("public_url")
    } else if let Part::Value(name, _) = part {
        Some(name)
    } else {
        None
    }
}
