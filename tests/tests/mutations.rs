//! Every accepted case of an HMAC over the body, with any one bit of its headers changed: refused, by the right guard.
//! All other schemes have samples of their bits changed in `case_mutations.rs`.

#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests, which look at a few of many"
)]

use conformance::case::{self, Bench, Case};
use conformance::door::Request;
use conformance::source::keyring;
use doorbell_core::provider::Provider;
use doorbell_core::verify::{Layout, Mac, Part, Scheme};
use http::HeaderValue;

/// Of a long body this many bytes are changed, evenly spread, the first and the last among them.
const BODY_PLACES: usize = 48;

/// What may refuse a changed byte of a signed header: as text it no longer matches; as no text it is not read.
const HEADER_GUARDS: &[&str] = &["bad-signature", "malformed-signature"];
/// The same inside the header of the tags, whose form is looked at first.
const EVIDENCE_GUARDS: &[&str] = &["bad-signature", "malformed-signature", "missing-timestamp", "unsupported-version"];

/// The accepted cases of HMACs over the body.
fn accepted() -> impl Iterator<Item = (Case, &'static Mac)> {
    let cases = case::ours().into_iter().flat_map(|file| file.cases);
    cases.filter_map(|case| {
        let Scheme::Mac(mac) = &case.provider()?.scheme else { return None };
        (mac.message.parts.contains(&Part::Body) && case.play(case.request()).heard.outcome() == "handed-off")
            .then_some((case, mac))
    })
}

fn header(mac: &Mac) -> &str {
    mac.message.header().map(AsRef::as_ref).unwrap()
}

#[track_caller]
fn refused(bench: &Bench, request: Request, guards: &[&str], what: impl FnOnce() -> String) {
    let played = bench.play(request);
    let (outcome, guard, _) = played.heard.line();
    assert!(outcome == "refused" && guards.contains(&guard), "{}: {outcome} {guard}", what());
    assert!(played.taken.is_none(), "{}: refused and handed off", what());
}

#[test]
fn a_changed_bit_of_the_body_is_refused() {
    let mut count = 0;
    for (case, _) in accepted() {
        let (bench, genuine) = (case.bench(), case.request());
        let length = genuine.body.len();
        let step = (length / BODY_PLACES).max(1);
        for place in (0..length).step_by(step).chain(length.checked_sub(1)) {
            let mut body = genuine.body.to_vec();
            body[place] ^= 1 << (place % 8);
            let changed = Request { body: body.into(), ..genuine.clone() };
            refused(&bench, changed, &["bad-signature"], || format!("{}: byte {place} of the body", case.name));
            count += 1;
        }
        let longer = Request { body: [&genuine.body[..], b"\n"].concat().into(), ..genuine.clone() };
        refused(&bench, longer, &["bad-signature"], || format!("{}: a byte more of body", case.name));
    }
    println!("{count} changed bodies");
}

#[test]
fn a_changed_bit_of_a_signed_header_is_refused() {
    let mut count = 0;
    for (case, mac) in accepted() {
        let (bench, genuine) = (case.bench(), case.request());
        for part in mac.message.parts.iter() {
            match part {
                Part::Header(name) => {
                    let value = genuine.headers[name.as_ref()].as_bytes();
                    for changed in flips(value, 0..value.len()) {
                        let changed = with(&genuine, name, changed);
                        refused(&bench, changed, HEADER_GUARDS, || format!("{}: {name}", case.name));
                        count += 1;
                    }
                }
                Part::Pair(key) => {
                    let value = genuine.headers[header(mac)].as_bytes();
                    let text = std::str::from_utf8(value).unwrap();
                    let start = text.find(&format!("{key}=")).unwrap() + key.len() + 1;
                    let end = text[start..].find(',').map_or(text.len(), |length| start + length);
                    for changed in flips(value, start..end) {
                        let changed = with(&genuine, header(mac), changed);
                        refused(&bench, changed, EVIDENCE_GUARDS, || format!("{}: {key}=", case.name));
                        count += 1;
                    }
                }
                _ => {}
            }
        }
    }
    println!("{count} changed headers");
}

#[test]
fn a_changed_bit_of_the_tag_is_refused() {
    let mut count = 0;
    for (case, mac) in accepted() {
        let (bench, genuine) = (case.bench(), case.request());
        let value = genuine.headers[header(mac)].as_bytes();
        let tags = tags(std::str::from_utf8(value).unwrap(), &mac.message.layout);
        assert!(!tags.is_empty(), "{}: no tag found", case.name);
        // While a secret rolls any tag will do, so all are changed at the same place.
        for (place, bit) in (0..tags[0].1).flat_map(|place| (0..8).map(move |bit| (place, bit))) {
            let mut changed = value.to_vec();
            tags.iter().for_each(|(start, _)| changed[start + place] ^= 1 << bit);
            let Ok(changed) = HeaderValue::from_bytes(&changed) else { continue };
            let changed = with(&genuine, header(mac), changed);
            refused(&bench, changed, EVIDENCE_GUARDS, || format!("{}: byte {place} of the tag", case.name));
            count += 1;
        }
    }
    println!("{count} changed tags");
}

#[test]
fn the_secret_of_another_provider_is_refused() {
    let others: Vec<(&'static Provider, String)> = case::ours()
        .iter()
        .filter_map(|file| {
            file.cases.iter().find_map(|case| Some((case.provider()?, case.secrets().into_iter().next()?)))
        })
        .collect();
    let mut count = 0;
    for (case, mac) in accepted() {
        for (other, secret) in &others {
            // A secret of the wrong form never gets as far as a delivery.
            let fits = keyring(&Scheme::Mac(mac.clone()), &[secret]).is_ok();
            if other.name != case.provider && fits {
                let theirs = Case { secret: case::Secrets::One(secret.clone()), ..case.clone() };
                refused(&theirs.bench(), case.request(), &["bad-signature"], || {
                    format!("{} under the secret of {}", case.name, other.label())
                });
                count += 1;
            }
        }
    }
    assert!(count > 0);
    println!("{count} foreign secrets");
}

/// Every value of one changed bit in that range which HTTP can carry.
fn flips(value: &[u8], range: std::ops::Range<usize>) -> impl Iterator<Item = HeaderValue> + '_ {
    range.flat_map(|place| (0..8).map(move |bit| (place, bit))).filter_map(|(place, bit)| {
        let mut changed = value.to_vec();
        *changed.get_mut(place)? ^= 1 << bit;
        // A blank at the end is trimmed on the way: a door never shows it to the chain.
        HeaderValue::from_bytes(changed.trim_ascii()).ok()
    })
}

fn with(genuine: &Request, name: &str, value: HeaderValue) -> Request {
    let mut changed = genuine.clone();
    if let Some(place) = changed.headers.get_mut(name) {
        *place = value;
    }
    changed
}

/// Start and length of each tag of our version.
fn tags(value: &str, layout: &Layout) -> Vec<(usize, usize)> {
    let (separator, prefix) = match layout {
        Layout::Whole(prefix) => ("\0", prefix.to_string()),
        Layout::List(separator, prefix) => (separator.as_ref(), prefix.to_string()),
        Layout::Pairs(separator, key) => (separator.as_ref(), format!("{key}=")),
        other => panic!("{other:?}: no case here has it"),
    };
    let mut start = 0;
    let mut found = Vec::new();
    for entry in value.split(separator) {
        if let Some(tag) = entry.strip_prefix(&prefix) {
            found.push((start + prefix.len(), tag.len()));
        }
        start += entry.len() + separator.len();
    }
    found
}
