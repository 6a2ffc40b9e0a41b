//! Schemes, places and retries in words: the one place that says them, for `check` and `providers`.

use doorbell_core::locate::Locate;
use doorbell_core::provider::{Provider, Retries};
use doorbell_core::verify::jwt::{Audience, Issuer, Place};
use doorbell_core::verify::{Encoding, Expected, Hash, Jwt, Layout, Mac, Part, Scheme, Token, Trust, Window};

use crate::amount;

/// `HMAC-SHA256 over the body, hex in X-Hub-Signature-256 after "sha256="`.
pub(crate) fn proof(scheme: &Scheme) -> String {
    match scheme {
        Scheme::Mac(mac) => keyed_digest(mac),
        Scheme::Token(Token { header: name, prefix }) if prefix.is_empty() => format!("a token in {}", header(name)),
        Scheme::Token(Token { header: name, prefix }) => format!("a token in {} after {prefix:?}", header(name)),
        Scheme::Jwt(jwt) => signed_token(jwt),
        Scheme::Sns(sns) => format!("a Signature in the body by a certificate of SNS{}", age(sns.window)),
        Scheme::Invoked(_) => "the invocation: the platform alone can make one".to_owned(),
        Scheme::Unsigned => "nothing".to_owned(),
    }
}

/// `verified: the sender and the body`.
pub(crate) const fn trust(trust: Trust) -> &'static str {
    match trust {
        Trust::Verified => "verified: the sender and the body",
        Trust::Authenticated => "authenticated: the sender, not the body",
        Trust::Unsigned => "unsigned: anybody, anything",
    }
}

/// `X-GitHub-Delivery`, `/id of the body`.
pub(crate) fn place(place: &Locate) -> String {
    match place {
        Locate::Header(name) => header(name),
        Locate::Json(pointer) => format!("{pointer} of the body"),
        Locate::Form(field) => format!("the form field {field}"),
        Locate::FormJson(field, pointer) => format!("{pointer} of the form field {field}"),
    }
}

/// Each place with whether the proof covers it: `X-Github-Delivery (claimed)`.
pub(crate) fn places(all: &[Locate], scheme: &Scheme) -> String {
    let standing = |at: &Locate| if scheme.covers(at) { "signed" } else { "claimed" };
    let said: Vec<String> = all.iter().map(|at| format!("{} ({})", place(at), standing(at))).collect();
    if said.is_empty() { "none".to_owned() } else { said.join(", else ") }
}

/// Where the id of a provider's events is.
pub(crate) fn id(provider: &Provider) -> String {
    let inside = provider.envelope.map(|envelope| envelope.id_in_words().to_owned());
    inside.unwrap_or_else(|| places(&provider.facts.id, &provider.scheme))
}

/// Where the type of a provider's events is.
pub(crate) fn kind(provider: &Provider) -> String {
    let inside = provider.envelope.map(|envelope| envelope.kind_in_words().to_owned());
    inside.unwrap_or_else(|| places(&provider.facts.kind, &provider.scheme))
}

/// `never`, `for 3 d`, `unknown`.
pub(crate) fn retries(retries: Retries) -> String {
    match retries {
        Retries::Never => "never".to_owned(),
        Retries::For(horizon) => format!("for {}", amount::time(horizon)),
        Retries::Unknown => "unknown".to_owned(),
    }
}

/// What a 503 costs at this sender.
pub(crate) fn cost(retries: Retries, sender: &str) -> String {
    match retries {
        Retries::Never => format!("the event: {sender} does not come again by itself"),
        Retries::For(horizon) => format!("a delay: {sender} retries for {}", amount::time(horizon)),
        Retries::Unknown => format!("perhaps the event: whether {sender} retries is not established"),
    }
}

/// A header as people write it: `x-hub-signature-256` is `X-Hub-Signature-256`.
pub(crate) fn header(name: &str) -> String {
    let mut start = true;
    let capital = |letter: char| {
        let letter = if start { letter.to_ascii_uppercase() } else { letter };
        start = letter == '-';
        letter
    };
    name.chars().map(capital).collect()
}

fn signed_token(jwt: &Jwt) -> String {
    let at = match &jwt.place {
        Place::Header(name, None) => format!("in {}", header(name)),
        Place::Header(name, Some(scheme)) => format!("in {} after \"{scheme} \"", header(name)),
        Place::Json(pointer) => format!("at {pointer} of the body"),
        Place::Body => "for a body".to_owned(),
    };
    let mut said = vec![format!("a token {at}"), format!("{}{}", jwt.algorithm.name(), by(&jwt.issuer))];
    match &jwt.audience {
        Audience::Any => {}
        Audience::Configured | Audience::Url => said.push("for the config's audience".to_owned()),
        Audience::Exactly(audience) => said.push(format!("for {audience}")),
    }
    match &jwt.email {
        None => {}
        Some(Expected::Configured) => said.push("of the config's email".to_owned()),
        Some(Expected::Exactly(email)) => said.push(format!("of {email}")),
    }
    said.extend(jwt.url.as_ref().map(|url| format!("its {} the URL", url.claim)));
    said.extend(jwt.body.map(|hash| format!("its {} the body's SHA-256", hash.claim)));
    said.extend(jwt.life.max_age.map(|age| format!("at most {} old", amount::time(age))));
    said.join(", ")
}

fn by(issuer: &Issuer) -> String {
    match issuer {
        Issuer::Any | Issuer::OneOf([]) => String::new(),
        Issuer::OneOf([issuer, ..]) => format!(" by {issuer}"),
        Issuer::Configured => " by the config's issuer".to_owned(),
        Issuer::Exactly(issuer) => format!(" by {issuer}"),
    }
}

fn age(window: Option<Window>) -> String {
    window.map(|window| format!(", at most {} old", amount::time(window.max_age))).unwrap_or_default()
}

fn keyed_digest(mac: &Mac) -> String {
    let hash = match mac.hash {
        Hash::Sha1 => "SHA1",
        Hash::Sha256 => "SHA256",
        Hash::Sha512 => "SHA512",
    };
    let encoding = match mac.encoding {
        Encoding::Hex | Encoding::HexAnyCase => "hex",
        Encoding::Base64 => "base64",
        Encoding::Base64Url => "base64url",
    };
    let name = header(&mac.header);
    let at = match &mac.layout {
        Layout::Whole(prefix) if prefix.is_empty() => name,
        Layout::Whole(prefix) | Layout::List(_, prefix) => format!("{name} after {prefix:?}"),
        Layout::Pairs(_, key) => format!("{name} after \"{key}=\""),
    };
    let part = |part: &Part| match part {
        Part::Body => "the body".to_owned(),
        Part::Literal(text) => format!("{text:?}"),
        Part::Header(name) => header(name),
        Part::Pair(key) => format!("its {key}"),
    };
    let parts: Vec<String> = mac.signed.iter().map(part).collect();
    let age = age(mac.time.as_ref().and_then(|time| time.window));
    format!("HMAC-{hash} over {}, {encoding} in {at}{age}", parts.join(" + "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorbell_core::provider::find;

    #[track_caller]
    fn check(name: &str, mode: Option<&str>, text: &str) {
        assert_eq!(proof(&find(name, mode).unwrap().scheme), text);
    }

    #[test]
    fn a_scheme_is_one_sentence() {
        check("github", None, "HMAC-SHA256 over the body, hex in X-Hub-Signature-256 after \"sha256=\"");
        check("shopify", None, "HMAC-SHA256 over the body, base64 in X-Shopify-Hmac-Sha256");
        check("gitlab", None, "a token in X-Gitlab-Token");
        check(
            "stripe",
            None,
            "HMAC-SHA256 over its t + \".\" + the body, hex in Stripe-Signature after \"v1=\", at most 5 min old",
        );
        check(
            "google-pubsub",
            None,
            "a token in Authorization after \"Bearer \", RS256 by https://accounts.google.com, for the config's audience, of the config's email",
        );
        assert_eq!(proof(&Scheme::Unsigned), "nothing");
    }

    #[test]
    fn a_place_says_whether_it_is_signed() {
        for (name, text) in [
            ("github", "X-Github-Delivery (claimed)"),
            ("stripe", "/id of the body (signed)"),
            ("standard-webhooks", "Webhook-Id (signed)"),
        ] {
            let provider = find(name, None).unwrap();
            assert_eq!(places(&provider.facts.id, &provider.scheme), text);
        }
    }
}
