//! One piece of what is signed, and which facts it covers.

use crate::locate::{Locate, Text};
use crate::verify::{Encoding, Expected, Hash};

/// One piece of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The body, byte for byte.
    Body,
    /// Fixed text.
    Literal(Text),
    /// The value of a header, lower-case name.
    Header(Text),
    /// The value of a key in the value of the tags ([`Layout::Pairs`](super::Layout::Pairs)); of an empty key, the time of [`Layout::TimeFirst`](super::Layout::TimeFirst).
    Pair(Text),
    /// The method, upper case.
    Method,
    /// The URL that the sender was given: the operator's own text, with the query of the request where it has none. Never
    /// what `Host` or `X-Forwarded-*` say.
    Url(Expected),
    /// The same; with a port where there is none, and without one where there is, it counts as well.
    UrlOfAnyPort(Expected),
    /// The path as received.
    Path,
    /// The path and the query as received.
    PathAndQuery,
    /// The decoded value of a parameter of the query.
    Query(Text),
    /// A string, boolean or whole number of the body, by its JSON pointer; the text of a number as JSON writes it.
    Json(Text),
    /// The same; in a form, the decoded value of the field of the second name, or what a pointer behind that name finds in
    /// the JSON that the field holds.
    Field(Text, Text),
    /// The body, with the secret in the one place where the tag stands.
    BodyAroundSecret,
    /// The body as a string of JSON.
    BodyAsJson,
    /// The body; with `.0` after each whole number under this key, where it is not signed as it came.
    BodyWithFloats(&'static str),
    /// The path and the query, percent-encoded once more.
    EncodedUri,
    /// The headers that this one lists, `name:value`, sorted; these must be among them.
    ListedHeaders(&'static str, &'static [&'static str]),
    /// The URL that the sender was given, its query and the fields of a form, each sorted.
    UrlAndForm(Expected),
    /// The host of that URL.
    Host(Expected),
    /// Every field of a form: name and value, sorted by name, one after the other. A value that stands twice under a name
    /// counts once.
    FormSorted,
    /// Every field of a form but this one, sorted by name, as PHP's `serialize` writes an array of texts.
    FormOfPhp(Text),
    /// The parameters of the query, sorted by name.
    QuerySorted,
    /// The values of the headers that the value of this key names, a dot between each two ([`Layout::Pairs`](super::Layout::Pairs)).
    HeadersOf(Text),
    /// A digest of the body, in text.
    BodyDigest(Hash, Encoding),
    /// A digest of the body, its bytes.
    RawBodyDigest(Hash),
    /// The CRC-32 of the body, in decimal.
    BodyCrc32,
    /// The secret itself, of a digest without a MAC's key.
    Secret,
    /// A text that the operator knows, by its name in the source's `values`.
    Value(Text, Expected),
    /// A line end, or nothing: what is signed with either counts.
    LineEndOrNot,
    /// A part, of a body that is not empty; nothing at all of an empty one.
    IfBody(&'static Self),
    /// Text, a part, text; nothing at all where the part is not there.
    IfThere(Text, &'static Self, Text),
}

/// Whether signed parts cover the fact at this place by themselves.
pub(crate) fn covers(parts: &[Part], place: &Locate) -> bool {
    let is_it = |part: &Part| match (part, place) {
        (Part::Header(covered), Locate::Header(name)) => covered == name,
        (Part::Query(covered), Locate::Query(name)) => covered == name,
        (Part::Json(covered) | Part::Field(covered, _), Locate::Json(pointer)) => covered == pointer,
        (Part::Field(_, covered), Locate::Form(field)) => covered == field,
        (Part::Field(_, covered), Locate::FormJson(field, pointer)) => {
            covered.strip_prefix(field.as_ref()) == Some(pointer.as_ref())
        }
        (Part::IfThere(_, part, _) | Part::IfBody(part), place) => covers(std::slice::from_ref(part), place),
        (
            Part::Body
            | Part::BodyAroundSecret
            | Part::BodyAsJson
            | Part::BodyWithFloats(_)
            | Part::FormSorted
            | Part::FormOfPhp(_)
            | Part::BodyDigest(..)
            | Part::RawBodyDigest(_),
            place,
        ) => place.is_in_body(),
        (Part::UrlAndForm(_), Locate::Form(_) | Locate::Query(_)) => true,
        (Part::EncodedUri | Part::PathAndQuery | Part::Url(_) | Part::UrlOfAnyPort(_), Locate::Query(_)) => true,
        _ => false,
    };
    parts.iter().any(is_it)
}
