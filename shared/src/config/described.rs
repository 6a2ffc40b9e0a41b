//! A scheme written out in the config, `verify = { ... }`, becomes the same data as a provider's entry.

use std::borrow::Cow;
use std::time::Duration;

use http::HeaderName;

use super::settings::Settings;
use super::{Placed, Problem};
use crate::locate::Locate;
use crate::verify::message::MAX_PARTS;
use crate::verify::{Encoding, Hash, Jwt, KeyForm, Layout, Mac, Message, Part, Place, Time, Unit, Window};

mod tokens;

/// A scheme that the config describes.
pub(super) enum Described {
    Mac(Mac),
    Tokens(Jwt),
}

/// `body`, `header:NAME`, or literal text, which is not empty.
pub(super) fn part(text: &str) -> Option<Part> {
    match text.strip_prefix("header:") {
        Some(name) => header(name).map(Part::Header),
        None if text == "body" => Some(Part::Body),
        None => (!text.is_empty()).then(|| Part::Literal(Cow::Owned(text.to_owned()))),
    }
}

/// `header:NAME`, `json:/pointer`, `form:FIELD` or `query:NAME`.
pub(super) fn locate(text: &str) -> Option<Locate> {
    match text.split_once(':')? {
        ("form", field) if !field.is_empty() => Some(Locate::Form(Cow::Owned(field.to_owned()))),
        ("header", name) => header(name).map(Locate::Header),
        ("query", name) if !name.is_empty() => Some(Locate::Query(Cow::Owned(name.to_owned()))),
        ("json", pointer) if is_pointer(pointer) => Some(Locate::Json(Cow::Owned(pointer.to_owned()))),
        _ => None,
    }
}

/// The name of a header, in lower case.
pub(super) fn header(text: &str) -> Option<Cow<'static, str>> {
    HeaderName::from_bytes(text.as_bytes()).ok().map(|name| Cow::Owned(name.as_str().to_owned()))
}

/// RFC 6901: a slash before every step; `~` only as `~0` and `~1`.
fn is_pointer(text: &str) -> bool {
    text.starts_with('/') && text.split('~').skip(1).all(|after| after.starts_with(['0', '1']))
}

/// Reads a scheme; `None` only where a problem was reported.
pub(super) fn read(keys: &Settings, problems: &mut Vec<Problem>) -> Option<Described> {
    tokens::check_form(keys, problems);
    match keys.key_at("jwt") {
        Some(_) => tokens::read(keys, problems).map(Described::Tokens),
        None => mac(keys, problems).map(Described::Mac),
    }
}

fn mac(keys: &Settings, problems: &mut Vec<Problem>) -> Option<Mac> {
    let signed: Vec<Part> = keys.all("signed").into_iter().map(|part| part.value).collect();
    check_signed(&signed, keys, problems);
    for key in ["unit", "max_age", "max_future"] {
        if let (Some(at), None) = (keys.key_at(key), keys.key_at("time")) {
            let fix = "add time = \"header:NAME\", or remove it";
            problems.push(Problem::new(at, format!("{key:?} without \"time\""), fix));
        }
    }
    let hash = match keys.text("hmac")? {
        "sha1" => Hash::Sha1,
        "sha512" => Hash::Sha512,
        _ => Hash::Sha256,
    };
    let encoding = match keys.text("encoding") {
        Some("base64") => Encoding::Base64,
        Some("base64url") => Encoding::Base64Url,
        _ => Encoding::HexAnyCase,
    };
    let message = Message {
        tags: Place::Header(Cow::Owned(keys.text("header")?.to_owned())),
        layout: Layout::Whole(Cow::Owned(keys.text("prefix").unwrap_or_default().to_owned())),
        encoding,
        time: time(keys, &signed, problems),
        parts: Cow::Owned(signed),
        fixed: &[],
        body_digest: None,
    };
    Some(Mac { hash, key: KeyForm::Raw, message })
}

fn check_signed(signed: &[Part], keys: &Settings, problems: &mut Vec<Problem>) {
    if !signed.is_empty() && !signed.contains(&Part::Body) {
        let fix = "add \"body\": a signature that leaves the body out proves nothing about the event";
        problems.push(Problem::new(keys.at("signed"), "\"signed\" leaves out the body", fix));
    }
    // The primitive feeds so many and no more: a part beyond would look signed and not be.
    if signed.len() > MAX_PARTS {
        let what = format!("\"signed\" has more than {MAX_PARTS} parts");
        problems.push(Problem::new(keys.at("signed"), what, "join neighbouring literal texts"));
    }
}

/// Whether two parts that a sender fills stand side by side. The signed time does not count: it is digits only, and
/// soon stale.
pub(super) fn runs_together(mac: &Mac) -> bool {
    let time = mac.message.time.as_ref().map(|time| &time.part);
    let open = |part: &Part| matches!(part, Part::Header(_) | Part::Body) && Some(part) != time;
    mac.message.parts.iter().zip(mac.message.parts.iter().skip(1)).any(|(one, next)| open(one) && open(next))
}

/// A time that is not signed is the replayer's to choose.
fn time(keys: &Settings, signed: &[Part], problems: &mut Vec<Problem>) -> Option<Time> {
    let Placed { value: place, at } = keys.placed::<Locate>("time")?;
    let part = if let Locate::Header(name) = place { Some(Part::Header(name)) } else { None };
    let Some(part) = part.filter(|part| signed.contains(part)) else {
        if !signed.is_empty() {
            let fix = "name a header that is one of the signed parts, or remove it";
            problems.push(Problem::new(at, "\"time\" is not signed", fix));
        }
        return None;
    };
    let unit = if keys.text("unit") == Some("ms") { Unit::Millis } else { Unit::Seconds };
    let window = Window {
        max_age: keys.duration("max_age").unwrap_or(Duration::from_secs(300)),
        max_future: keys.duration("max_future").unwrap_or(Duration::from_secs(60)),
    };
    Some(Time { part, unit, window: Some(window) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for (text, place) in [
            ("header:X-Event-Id", Some(Locate::Header("x-event-id".into()))),
            ("json:/a/~0~1", Some(Locate::Json("/a/~0~1".into()))),
            ("form:kind", Some(Locate::Form("kind".into()))),
            ("header:", None),
            ("header:X Y", None),
            ("json:a", None),
            ("json:/~2", None),
            ("form:", None),
            ("query:Kind", Some(Locate::Query("Kind".into()))),
            ("query:", None),
            ("X-Event-Id", None),
        ] {
            assert_eq!(locate(text), place, "{text:?}");
        }
    }

    #[test]
    fn parts() {
        for (text, expected) in [
            ("body", Some(Part::Body)),
            ("header:X-Time", Some(Part::Header("x-time".into()))),
            (".", Some(Part::Literal(".".into()))),
            ("Body", Some(Part::Literal("Body".into()))),
            ("header:", None),
            ("", None),
        ] {
            assert_eq!(part(text), expected, "{text:?}");
        }
    }
}
