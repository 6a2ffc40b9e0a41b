//! A scheme written out in the config, `verify = { ... }`, becomes the same data as a provider's entry.

use std::borrow::Cow;
use std::time::Duration;

use http::HeaderName;

use super::settings::Settings;
use super::{Placed, Problem};
use crate::locate::{Locate, Text};
use crate::verify::message::MAX_PARTS;
use crate::verify::{Encoding, Expected, Hash, Jwt, KeyForm, Layout, Mac, Message, Part, Place, Time, Unit, Window};

mod tokens;

/// A scheme that the config describes.
pub(super) enum Described {
    Mac(Mac),
    Tokens(Jwt),
}

/// One signed part: a word for what every request has, `KIND:NAME` for what it may have, else literal text, which is not
/// empty. `text:` before a literal that is one of these words.
pub(super) fn part(text: &str) -> Option<Part> {
    let owned = |text: &str| Cow::Owned(text.to_owned());
    let named = |name: &str, part: fn(Text) -> Part| (!name.is_empty()).then(|| part(owned(name)));
    match (text, text.split_once(':')) {
        ("body", _) => Some(Part::Body),
        ("method", _) => Some(Part::Method),
        ("url", _) => Some(Part::Url(Expected::Configured)),
        ("path", _) => Some(Part::Path),
        ("path-and-query", _) => Some(Part::PathAndQuery),
        ("secret", _) => Some(Part::Secret),
        ("sha256:body", _) => Some(Part::BodyDigest(Hash::Sha256, Encoding::Hex)),
        (_, Some(("header", name))) => header(name).map(Part::Header),
        (_, Some(("pair", key))) => named(key, Part::Pair),
        (_, Some(("query", name))) => named(name, Part::Query),
        (_, Some(("text", literal))) => named(literal, Part::Literal),
        (_, Some(("json", pointer))) if is_pointer(pointer) => Some(Part::Json(owned(pointer))),
        (_, Some(("form", field))) if !field.is_empty() => {
            Some(Part::Field(Cow::Owned(format!("/{field}")), owned(field)))
        }
        (_, Some(("json" | "form", _))) => None,
        _ => named(text, Part::Literal),
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
        "md5" => Hash::Md5,
        "sha1" => Hash::Sha1,
        "sha384" => Hash::Sha384,
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
        layout: layout(keys, problems),
        encoding,
        time: time(keys, &signed, problems),
        parts: Cow::Owned(signed),
        fixed: &[],
        body_digest: None,
    };
    let key = match keys.text("key") {
        Some("base64") => KeyForm::Base64(""),
        Some("hex") => KeyForm::Hex,
        _ => KeyForm::Raw,
    };
    Some(Mac { hash, key, message })
}

/// How the tags sit in their header: alone, in a list, or among pairs.
fn layout(keys: &Settings, problems: &mut Vec<Problem>) -> Layout {
    let owned = |text: &str| Cow::Owned(text.to_owned());
    let prefix = owned(keys.text("prefix").unwrap_or_default());
    match (keys.text("list"), keys.text("pairs"), keys.text("tag")) {
        (None, Some(separator), Some(tag)) if keys.text("prefix").is_none() => {
            Layout::Pairs(owned(separator), owned(tag))
        }
        (Some(separator), None, None) => Layout::List(owned(separator), prefix),
        (None, None, None) => Layout::Whole(prefix),
        _ => {
            let at = ["pairs", "tag", "list"].into_iter().find_map(|key| keys.key_at(key));
            let fix = "say pairs and tag, or list, or none of them; prefix goes with list";
            problems.push(Problem::new(
                at.unwrap_or_else(|| keys.at("header")),
                "the form of the header is not clear",
                fix,
            ));
            Layout::Whole(prefix)
        }
    }
}

fn check_signed(signed: &[Part], keys: &Settings, problems: &mut Vec<Problem>) {
    let is_body = |part: &Part| matches!(part, Part::Body | Part::BodyDigest(..));
    if !signed.is_empty() && !signed.iter().any(is_body) {
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
    let Placed { value: part, at } = keys.placed::<Part>("time")?;
    // A field of a signed body is signed.
    let inside = matches!(part, Part::Json(_) | Part::Field(..)) && signed.contains(&Part::Body);
    let is_place = matches!(part, Part::Header(_) | Part::Pair(_) | Part::Query(_) | Part::Json(_) | Part::Field(..));
    if !is_place || !(inside || signed.contains(&part)) {
        if !signed.is_empty() {
            let fix = "name a header that is one of the signed parts, or remove it";
            problems.push(Problem::new(at, "\"time\" is not signed", fix));
        }
        return None;
    }
    let unit = match keys.text("unit") {
        Some("ms") => Unit::Millis,
        Some("rfc3339") => Unit::Rfc3339,
        Some("http-date") => Unit::HttpDate,
        _ => Unit::Seconds,
    };
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
            ("pair:t", Some(Part::Pair("t".into()))),
            ("query:data.id", Some(Part::Query("data.id".into()))),
            ("json:/a/b", Some(Part::Json("/a/b".into()))),
            ("form:a", Some(Part::Field("/a".into(), "a".into()))),
            ("method", Some(Part::Method)),
            ("url", Some(Part::Url(Expected::Configured))),
            ("sha256:body", Some(Part::BodyDigest(Hash::Sha256, Encoding::Hex))),
            ("text:method", Some(Part::Literal("method".into()))),
            ("v0:", Some(Part::Literal("v0:".into()))),
            ("json:a", None),
            ("pair:", None),
            ("header:", None),
            ("", None),
        ] {
            assert_eq!(part(text), expected, "{text:?}");
        }
    }
}
