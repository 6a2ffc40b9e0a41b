//! Every layout, place and encoding of tags: nothing panics, and nothing is accepted that was not signed.
//!
//! Input: three bytes that choose, the header to the first line end, the query to the second, the body.
#![no_main]

use std::borrow::Cow::Borrowed;

use doorbell_core::verify::{
    self, Encoding, Expected, Hash, KeyForm, Layout, Mac, Message, Part, Place, Scheme, Time, Unit,
};
use doorbell_fuzz::{NOW, delivery, head, line, ring};
use libfuzzer_sys::fuzz_target;

const HEADER: &str = "x-tag";
const PARTS: &[Part] = &[
    Part::Pair(Borrowed("t")),
    Part::Literal(Borrowed(".")),
    Part::IfThere(Borrowed(""), &Part::Query(Borrowed("id")), Borrowed("|")),
    Part::IfThere(Borrowed(""), &Part::Field(Borrowed("/id"), Borrowed("id")), Borrowed("|")),
    Part::PathAndQuery,
    Part::QuerySorted,
    Part::Body,
];
const FORM: &[Part] = &[Part::FormSorted, Part::FormOfPhp(Borrowed("p_signature")), Part::BodyCrc32, Part::Secret];
const NAMED: &[Part] = &[Part::HeadersOf(Borrowed("h")), Part::Body];
const WRITTEN: &[Part] =
    &[Part::EncodedUri, Part::ListedHeaders("x-tag", &[]), Part::BodyAsJson, Part::BodyWithFloats("weight")];
const BODIES: &[Part] =
    &[Part::BodyAroundSecret, Part::BodyDigest(Hash::Md5, Encoding::Hex), Part::Json(Borrowed("/id"))];
const URL: &[Part] = &[
    Part::UrlAndForm(Expected::Exactly(Borrowed("https://hooks.example.com/hooks"))),
    Part::RawBodyDigest(Hash::Sha1),
];

fuzz_target!(|data: &[u8]| {
    let [layout, place, encoding, rest @ ..] = data else { return };
    let (value, rest) = line(rest);
    let (query, body) = line(rest);
    let Some(head) = head(HEADER, value, query) else { return };
    let layouts = [
        Layout::Whole(Borrowed("Bearer ")),
        Layout::Whole(Borrowed("")),
        Layout::List(Borrowed(" "), Borrowed("v1,")),
        Layout::Pairs(Borrowed(","), Borrowed("v1")),
        Layout::InOrder(Borrowed(";"), &["t", "v1"]),
        Layout::TimeFirst(Borrowed(":")),
        Layout::Marked(Borrowed("&"), '|'),
        Layout::Listed(Borrowed("sha256="), Borrowed(",")),
        Layout::Groups(Borrowed(" "), Borrowed(","), Borrowed("v1")),
    ];
    let places = [
        Place::Header(Borrowed(HEADER)),
        Place::Headers(Borrowed(&[Borrowed(HEADER), Borrowed("x-other")])),
        Place::Paired(Borrowed(&[Borrowed(HEADER), Borrowed("x-other")])),
        Place::Repeated(Borrowed(HEADER)),
        Place::Numbered(Borrowed("x-tag")),
        Place::Query(Borrowed("tag")),
        Place::Field(Borrowed("/tag"), Borrowed("tag")),
    ];
    let encodings =
        [Encoding::Hex, Encoding::HexAnyCase, Encoding::Base64, Encoding::Base64Url, Encoding::Base64UrlPadded];
    let hashes = [Hash::Md5, Hash::Sha1, Hash::Sha256, Hash::Sha384, Hash::Sha512];
    let units = [Unit::Seconds, Unit::Millis, Unit::Rfc3339, Unit::HttpDate];
    let time =
        Time { part: Part::Pair(Borrowed("t")), unit: units[usize::from(*encoding) % units.len()], window: None };
    let message = Message {
        tags: places[usize::from(*place) % places.len()].clone(),
        layout: layouts[usize::from(*layout) % layouts.len()].clone(),
        encoding: encodings[usize::from(*encoding) % encodings.len()],
        parts: Borrowed([PARTS, FORM, NAMED, WRITTEN, BODIES, URL][usize::from(*place / 8) % 6]),
        time: Some(time),
        fixed: &[],
        body_digest: None,
    };
    let scheme = Scheme::Mac(Mac { hash: hashes[usize::from(*layout / 8) % hashes.len()], key: KeyForm::Raw, message });
    let keys = ring(&scheme, b"a secret that no input knows").expect("any text is a key");
    let delivery = delivery(head, body);
    assert!(verify::verify(delivery, &scheme, Some(&keys), NOW).is_err(), "accepted without the secret");
});
