//! One value of the config: whether it fits its shape, and what to say where it does not.

use std::time::Duration;

use http::Uri;
use toml::de::DeInteger;

use super::problem::{either, meant};
use super::secret_ref::FORMS;
use super::settings::Value;
use super::{Family, Registry, SecretRef, Shape, described, units};

/// Why a value does not fit: what its key `is`, and the fix.
pub(super) struct Misfit {
    pub(super) is: String,
    pub(super) fix: String,
}

impl Misfit {
    fn new(is: impl Into<String>, fix: impl Into<String>) -> Misfit {
        Misfit { is: is.into(), fix: fix.into() }
    }

    pub(super) fn empty() -> Misfit {
        Misfit::new("is empty", "name at least one, or remove it")
    }

    fn unknown<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Misfit {
        Misfit::new(format!("is {word:?}, which is not known"), meant(word, known))
    }

    pub(super) fn form(shape: &Shape) -> Misfit {
        let (noun, fix) = match shape {
            Shape::Bool => ("true or false", "write one of them, without quotes"),
            Shape::Bytes { .. } => ("a size", "write a number of bytes, or an amount such as \"256KiB\""),
            Shape::Duration { .. } => ("a length of time", "write a number and ms, s, m, h or d, such as \"8s\""),
            Shape::Extract(_) => (
                "a place in a request",
                "write \"$.json.path\", \"/x/path\", \"re:PATTERN\", \"header:NAME\", \"query:NAME\" or \"path:N\", or a table with from",
            ),
            Shape::Header => ("the name of a header", "write one such as \"X-Signature\""),
            Shape::Integer { .. } => ("a whole number", "write one, without quotes"),
            Shape::Kind(_) | Shape::OneOf(_) | Shape::Provider => ("a name", "write one, in quotes"),
            Shape::List(_) => ("a list", "put it in brackets"),
            Shape::Locate => {
                ("a place in a request", "write \"header:NAME\", \"json:/pointer\", \"form:FIELD\" or \"query:NAME\"")
            }
            Shape::Forms { .. } | Shape::Map(_) | Shape::Named(_) | Shape::Table(_) => {
                ("a table", "give it keys, under a [header] or in braces")
            }
            Shape::Net => ("an address or a range", "write one such as \"192.0.2.0/24\" or \"192.0.2.1\""),
            Shape::OneOfOr(..) => ("a name or a table", "write one, in quotes, or give it keys in braces"),
            Shape::OneOrMore(shape) => return Misfit::form(shape),
            Shape::Part => {
                ("a part of a request", "write \"body\", \"header:NAME\", another part of those, or literal text")
            }
            Shape::Path => ("a path for a source", "write one such as \"/in/stripe\", without ? and #, not under /-/"),
            Shape::Rate => ("a rate", "write a number and s, m or h, such as \"50/s\""),
            Shape::Secret => ("a reference to a secret", "write it in quotes, such as \"env://NAME\""),
            Shape::Split => {
                ("where an array is", "write true, or a JSON pointer such as \"/events\"; \"\" is the whole body")
            }
            Shape::Text => ("text", "write some, in quotes"),
            Shape::Url => ("a URL", "write one such as \"https://hooks.example.com\""),
        };
        Misfit::new(format!("is not {noun}"), fix)
    }
}

/// Reads a string as what the shape wants.
pub(super) fn text(text: &str, shape: &Shape, registry: &Registry) -> Result<Value, Misfit> {
    let value = match shape {
        Shape::Bytes { min, max } => match units::bytes(text) {
            Some(amount) => return bytes(amount, *min, *max),
            None => None,
        },
        Shape::Duration { min, max } => match units::duration(text) {
            Some(length) => return duration(length, *min, *max),
            None => None,
        },
        Shape::Header => described::header(text).map(|name| Value::Text(name.into_owned())),
        Shape::Kind(family) => return kind(text, *family, registry),
        Shape::Locate => described::locate(text).map(Value::Locate),
        Shape::Net => units::net(text).map(Value::Net),
        Shape::OneOf(words) | Shape::OneOfOr(words, _) => return known(text, words),
        Shape::Part => described::part(text).map(Value::Part),
        Shape::Path => is_path(text).then(|| Value::Text(text.to_owned())),
        Shape::Provider => return known(text, &registry.provider_names()),
        Shape::Rate => units::rate(text).map(Value::Rate),
        Shape::Secret => return secret(text, registry),
        Shape::Split => (text.is_empty() || text.starts_with('/')).then(|| Value::Text(text.to_owned())),
        Shape::Text | Shape::Extract(_) => (!text.is_empty()).then(|| Value::Text(text.to_owned())),
        Shape::Url => is_url(text).then(|| Value::Text(text.to_owned())),
        Shape::Bool | Shape::Integer { .. } | Shape::List(_) | Shape::OneOrMore(_) => None,
        Shape::Forms { .. } | Shape::Map(_) | Shape::Named(_) | Shape::Table(_) => None,
    };
    value.ok_or_else(|| Misfit::form(shape))
}

fn kind(name: &str, family: Family, registry: &Registry) -> Result<Value, Misfit> {
    let built = registry.built(family);
    match registry.kinds(family).iter().find(|kind| kind.name == name) {
        Some(kind) if kind.built => Ok(Value::Kind(kind)),
        Some(_) => {
            let built: Vec<&str> = built.collect();
            Err(Misfit::new(format!("is {name:?}, which is not built yet"), format!("use {}", either(&built))))
        }
        None => Err(Misfit::unknown(name, built)),
    }
}

/// What is not a reference may be the secret itself, so no message here repeats the text.
fn secret(text: &str, registry: &Registry) -> Result<Value, Misfit> {
    let built = |scheme: &str| registry.secret_schemes.contains(&scheme);
    let forms: Vec<&str> = FORMS.iter().filter(|(scheme, _)| built(scheme)).map(|(_, form)| *form).collect();
    let fix = format!("write {}", either(&forms));
    match SecretRef::parse(text) {
        Some(reference) if built(reference.scheme()) => Ok(Value::Secret(reference)),
        Some(reference) => {
            Err(Misfit::new(format!("refers to {}://, which is not built yet", reference.scheme()), fix))
        }
        None => Err(Misfit::new("is not a reference to a secret", fix)),
    }
}

fn within<T: PartialOrd>(amount: T, min: T, max: T, written: impl Fn(T) -> String) -> Result<T, Misfit> {
    if amount < min || amount > max {
        return Err(Misfit::new("is out of range", format!("write {} to {}", written(min), written(max))));
    }
    Ok(amount)
}

pub(super) fn integer(number: &DeInteger<'_>, min: i64, max: i64) -> Result<i64, Misfit> {
    let overflow = if number.as_str().starts_with('-') { i64::MIN } else { i64::MAX };
    let number = i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(overflow);
    within(number, min, max, |amount| amount.to_string())
}

pub(super) fn bytes(amount: u64, min: u64, max: u64) -> Result<Value, Misfit> {
    within(amount, min, max, |amount| units::written(amount, units::SIZES)).map(Value::Bytes)
}

fn duration(length: Duration, min: Duration, max: Duration) -> Result<Value, Misfit> {
    let millis = |length: Duration| u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    within(length, min, max, |length| units::written(millis(length), units::TIMES)).map(Value::Duration)
}

fn known(word: &str, words: &[&str]) -> Result<Value, Misfit> {
    if words.contains(&word) {
        return Ok(Value::Text(word.to_owned()));
    }
    Err(Misfit::unknown(word, words.iter().copied()))
}

fn is_path(text: &str) -> bool {
    let own = text == "/-" || text.starts_with("/-/");
    text.starts_with('/') && !own && !text.contains(['?', '#']) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_url(text: &str) -> bool {
    let secure_or_not = |url: &Uri| matches!(url.scheme_str(), Some("https" | "http"));
    text.parse().is_ok_and(|url: Uri| secure_or_not(&url) && url.host().is_some_and(|host| !host.is_empty()))
}
