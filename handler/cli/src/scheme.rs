//! Schemes and places in words: the one place that says them, for `check` and `providers`.

use doorbell_core::locate::Locate;
use doorbell_core::provider::Provider;
use doorbell_core::verify::jwt::{self, Audience, Detached, Issuer, Payload, UrlForm};
use doorbell_core::verify::{
    Algorithm, Encoding, Expected, Hash, Jwt, Layout, Mac, Message, Part, Place, Scheme, Signature, Token, TokenPlace,
    Trust, Window,
};

use crate::amount;

/// `HMAC-SHA256 over the body, hex in X-Hub-Signature-256 after "sha256="`.
pub(crate) fn proof(scheme: &Scheme) -> String {
    match scheme {
        Scheme::Mac(mac) => keyed_digest(mac),
        Scheme::Dialects(macs) => macs.iter().map(keyed_digest).collect::<Vec<_>>().join(", or "),
        Scheme::Items(_) => "HMAC-SHA256 over fields of each item, base64 in the item".to_owned(),
        Scheme::Signature(Signature { algorithm, message, .. }) => {
            format!("{} over {}", name_of(*algorithm), carried(message))
        }
        Scheme::Token(token) => credentials(token),
        Scheme::Jwt(jwt) => signed_token(jwt),
        Scheme::Detached(detached) => detached_signature(detached),
        Scheme::Chained(chained) => {
            let at = token_at(&chained.place);
            let bound: Vec<&str> = chained.bound.iter().map(|bound| bound.value).collect();
            let whose = format!("for the config's {}", bound.join(", "));
            format!("a token {at}; ES256 by a certificate that leads to a pinned root; {whose}{}", age(chained.window))
        }
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
        Locate::Json(pointer) if pointer.is_empty() => "the body".to_owned(),
        Locate::Json(pointer) => format!("{pointer} of the body"),
        Locate::Member(name) => format!("{name:?} where the body has it"),
        Locate::Form(field) => format!("the form field {field}"),
        Locate::Query(name) => format!("the parameter {name} of the query"),
        Locate::FormJson(field, pointer) if pointer.is_empty() => format!("the form field {field}"),
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

fn token_at(place: &jwt::Place) -> String {
    match place {
        jwt::Place::Header(name, None) => format!("in {}", header(name)),
        jwt::Place::Header(name, Some(scheme)) => format!("in {} after \"{scheme} \"", header(name)),
        jwt::Place::Json(pointer) => format!("at {pointer} of the body"),
        jwt::Place::Body => "for a body".to_owned(),
    }
}

fn signed_token(jwt: &Jwt) -> String {
    let at = token_at(&jwt.place);
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
    said.extend(jwt.url.as_ref().map(|url| match url.form {
        UrlForm::InBody(pointer) => format!("its {} the {pointer} of the body", url.claim),
        UrlForm::CanonicalRequest => format!("its {} the method, path and query", url.claim),
        UrlForm::Whole | UrlForm::Sha256Hex | UrlForm::Bare => format!("its {} the URL", url.claim),
    }));
    said.extend(jwt.body.as_ref().map(|hash| format!("its {} the body's SHA-256", hash.claim)));
    said.extend(jwt.life.max_age.map(|age| format!("at most {} old", amount::time(age))));
    said.join(", ")
}

fn detached_signature(detached: &Detached) -> String {
    let payload = match detached.payload {
        Payload::Unencoded { .. } => "the body",
        Payload::Request(_) => "the method, the path, the headers that it names and the body",
    };
    let age = age(detached.time.and_then(|time| time.window));
    format!("{} over {payload}, a detached JWS in {}{age}", detached.algorithm.name(), header(&detached.header))
}

fn by(issuer: &Issuer) -> String {
    match issuer {
        Issuer::Any | Issuer::OneOf([]) => String::new(),
        Issuer::OneOf([issuer, ..]) => format!(" by {issuer}"),
        Issuer::Configured | Issuer::OfTheKeys(Expected::Configured) => " by the config's issuer".to_owned(),
        Issuer::Exactly(issuer) | Issuer::OfTheKeys(Expected::Exactly(issuer)) => format!(" by {issuer}"),
    }
}

fn age(window: Option<Window>) -> String {
    window.map(|window| format!(", at most {} old", amount::time(window.max_age))).unwrap_or_default()
}

fn credentials(Token { at, prefix }: &Token) -> String {
    let after = if prefix.is_empty() { String::new() } else { format!(" after {prefix:?}") };
    match at {
        TokenPlace::Header(name) => format!("a token in {}{after}", header(name)),
        TokenPlace::Chosen(Expected::Exactly(name)) => format!("a token in {}", header(name)),
        TokenPlace::Chosen(Expected::Configured) => "a token in the header that values.header names".to_owned(),
        TokenPlace::Basic => "a user and a password in Authorization".to_owned(),
        TokenPlace::Query(name) => format!("a token in the query's {name}"),
        TokenPlace::Path => "a token as the last segment of the path".to_owned(),
        TokenPlace::FirstJson(pointers) => format!("a token at {} of the body", pointers.join(", or at ")),
        TokenPlace::Json(pointer) => format!("a token at {pointer} of the body"),
        TokenPlace::Every(array, pointer) => format!("a token at {pointer} of every item of {array}"),
    }
}

const fn name_of(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Ed25519 => "Ed25519",
        Algorithm::EcdsaP256 => "ECDSA-P256-SHA256",
        Algorithm::EcdsaP256Sha1 => "ECDSA-P256-SHA1",
        Algorithm::RsaSha1 => "RSA-SHA1",
        Algorithm::RsaSha256 => "RSA-SHA256",
        Algorithm::RsaSha512 => "RSA-SHA512",
    }
}

const fn hash_name(hash: Hash) -> &'static str {
    match hash {
        Hash::Md5 => "MD5",
        Hash::Sha1 => "SHA1",
        Hash::Sha256 => "SHA256",
        Hash::Sha384 => "SHA384",
        Hash::Sha512 => "SHA512",
    }
}

fn keyed_digest(mac: &Mac) -> String {
    let keyed = if mac.is_plain() { "" } else { "HMAC-" };
    format!("{keyed}{} over {}", hash_name(mac.hash), carried(&mac.message))
}

/// `the body, hex in X-Signature after "v1="`.
fn carried(message: &Message) -> String {
    let encoding = match message.encoding {
        Encoding::Hex | Encoding::HexAnyCase => "hex",
        Encoding::Base64 => "base64",
        Encoding::Base64Url | Encoding::Base64UrlPadded => "base64url",
    };
    let name = match &message.tags {
        Place::Header(name) | Place::Repeated(name) => header(name),
        Place::Headers(names) | Place::Paired(names) => {
            names.iter().map(|name| header(name)).collect::<Vec<_>>().join(" or ")
        }
        Place::Numbered(name) => format!("{}-1 and so on", header(name)),
        Place::Query(name) => format!("the query's {name}"),
        Place::Field(pointer, _) => format!("{pointer} of the body"),
    };
    let at = match &message.layout {
        Layout::Whole(prefix) if prefix.is_empty() => name,
        Layout::Whole(prefix) | Layout::List(_, prefix) | Layout::Listed(prefix, _) if !prefix.is_empty() => {
            format!("{name} after {prefix:?}")
        }
        Layout::Whole(_) | Layout::List(..) | Layout::Listed(..) => name,
        Layout::InOrder(_, keys) => format!("{name} after \"{}=\"", keys.last().copied().unwrap_or_default()),
        Layout::Pairs(_, key) | Layout::Groups(_, _, key) => format!("{name} after \"{key}=\""),
        Layout::TimeFirst(separator) => format!("{name} after the time and {separator:?}"),
        Layout::JsonInBase64(..) => format!("the signature in the JSON of {name}"),
        Layout::HttpSignature { .. } => format!("the signature of {name}"),
        Layout::Marked(_, mark) => format!("{name} after {:?}", mark.to_string()),
    };
    let parts: Vec<String> = message.parts.iter().map(part).collect();
    let age = age(message.time.as_ref().and_then(|time| time.window));
    format!("{}, {encoding} in {at}{age}", parts.join(" + "))
}

/// `the body`, `X-Timestamp`.
pub(crate) fn part(one: &Part) -> String {
    match one {
        Part::Body => "the body".to_owned(),
        Part::Literal(text) => format!("{text:?}"),
        Part::Header(name) => header(name),
        Part::Pair(key) => format!("its {key}"),
        Part::Method => "the method".to_owned(),
        Part::Url(_) | Part::UrlOfAnyPort(_) => "the config's public_url".to_owned(),
        Part::Path => "the path".to_owned(),
        Part::PathAndQuery => "the path and query".to_owned(),
        Part::Query(name) => format!("the query's {name}"),
        Part::Json(pointer) | Part::Field(pointer, _) => format!("{pointer} of the body"),
        Part::BodyAroundSecret => "the body with the secret in place of the digest".to_owned(),
        Part::BodyAsJson => "the body as a JSON string".to_owned(),
        Part::LineEndOrNot => "a line end or none".to_owned(),
        Part::IfBody(inner) => format!("{} (nothing where that is empty)", part(inner)),
        Part::BodyWithFloats(key) => format!("the body, its whole {key} with \".0\" or as it is"),
        Part::EncodedUri => "the path and query, encoded".to_owned(),
        Part::ListedHeaders(list, _) => format!("the headers that {} lists", header(list)),
        Part::UrlAndForm(_) => "the config's public_url, the query and the form's fields, sorted".to_owned(),
        Part::Host(_) => "the host of the config's public_url".to_owned(),
        Part::FormSorted => "the form's fields, sorted".to_owned(),
        Part::FormOfPhp(_) => "the form's other fields, as PHP serializes them".to_owned(),
        Part::QuerySorted => "the query, sorted".to_owned(),
        Part::HeadersOf(key) => format!("the headers that its {key} names"),
        Part::BodyDigest(hash, _) | Part::RawBodyDigest(hash) => format!("the {} of the body", hash_name(*hash)),
        Part::BodyCrc32 => "the CRC-32 of the body".to_owned(),
        Part::Secret => "the secret".to_owned(),
        Part::Value(name, _) => format!("the config's values.{name}"),
        Part::IfThere(before, inner, _) => format!("{before:?} + {} (where it is there)", part(inner)),
    }
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
