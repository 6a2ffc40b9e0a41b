//! What a described scheme signs, and when it says it did.

use std::borrow::Cow;
use std::time::Duration;

use super::{encoding, hash, tags};
use crate::config::{Placed, Problem, Settings};
use crate::locate::Locate;
use crate::verify::message::{MAX_PARTS, covers};
use crate::verify::{BodyDigest, Encoding, Hash, Message, Part, Time, Unit, Window};

/// `None` only where a problem was reported.
pub(super) fn read(keys: &Settings, usual: Encoding, problems: &mut Vec<Problem>) -> Option<Message> {
    let signed: Vec<Part> = keys.all("signed").into_iter().map(|part| part.value).collect();
    let body_digest = body_digest(keys, &signed, problems);
    check_signed(&signed, keys, problems);
    for (key, other, fix) in [
        ("unit", "time", "add time = \"header:NAME\", or remove it"),
        ("max_age", "time", "add time = \"header:NAME\", or remove it"),
        ("max_future", "time", "add time = \"header:NAME\", or remove it"),
        ("digest", "body_digest", "add body_digest = \"header:NAME\", or remove it"),
    ] {
        if let (Some(at), None) = (keys.key_at(key), keys.key_at(other)) {
            problems.push(Problem::new(at, format!("{key:?} without {other:?}"), fix));
        }
    }
    let encoding = match keys.text("encoding").and_then(encoding) {
        Some(Encoding::Hex) => Encoding::HexAnyCase,
        other => other.unwrap_or(usual),
    };
    let time = time(keys, &signed, problems);
    let layout = tags::layout(keys, problems);
    Some(Message {
        tags: tags::place(keys, problems)?,
        layout,
        encoding,
        time,
        parts: Cow::Owned(signed),
        fixed: &[],
        body_digest,
    })
}

/// The primitive feeds so many and no more: a part beyond would look signed and not be.
fn check_signed(signed: &[Part], keys: &Settings, problems: &mut Vec<Problem>) {
    if signed.len() > MAX_PARTS {
        let what = format!("\"signed\" has more than {MAX_PARTS} parts");
        problems.push(Problem::new(keys.at("signed"), what, "join neighbouring literal texts"));
    }
}

/// A digest that is not signed proves nothing of the body.
fn body_digest(keys: &Settings, signed: &[Part], problems: &mut Vec<Problem>) -> Option<BodyDigest> {
    let Placed { value: place, at } = keys.placed::<Locate>("body_digest")?;
    if !covers(signed, &place) {
        if !keys.is_refused("signed") {
            let fix = "name a place that is one of the signed parts, or remove it";
            problems.push(Problem::new(at, "\"body_digest\" is not signed", fix));
        }
        return None;
    }
    let name = keys.text("digest").unwrap_or("sha256");
    let (of, written) = name.split_once('-').unwrap_or((name, "hex"));
    Some(BodyDigest {
        at: place,
        hash: hash(of).unwrap_or(Hash::Sha256),
        encoding: encoding(written).unwrap_or(Encoding::Hex),
    })
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
