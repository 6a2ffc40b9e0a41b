//! Where a fact of a delivery sits.

use std::borrow::Cow;

use crate::delivery::Head;
use crate::{Rejection, multipart, pick};

/// Text of a table entry (static) or of the config (owned).
pub type Text = Cow<'static, str>;

/// The place of one fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Locate {
    /// A header, lower case.
    Header(Text),
    /// A JSON pointer into the body.
    Json(Text),
    /// This name itself, where the body is an object with a member of it (Dropbox's type).
    Member(Text),
    /// A field of an `application/x-www-form-urlencoded` body.
    Form(Text),
    /// A JSON pointer into the JSON that a form field holds (GitHub's and Slack's `payload=`).
    FormJson(Text, Text),
    /// A parameter of the query that stands once, percent-decoded.
    Query(Text),
}

impl Locate {
    /// Whether the body alone says what stands here.
    pub(crate) const fn is_in_body(&self) -> bool {
        match self {
            Self::Header(_) | Self::Query(_) => false,
            Self::Json(_) | Self::Member(_) | Self::Form(_) | Self::FormJson(..) => true,
        }
    }
}

/// A place in a table entry: `at!(header "x-id")`, `at!(json "/id")`, `at!(form "command")`,
/// `at!(form_json "payload", "/type")`, `at!(query "challenge")`. A macro, because a static cannot call what returns an owner.
macro_rules! at {
    (header $name:literal) => {
        $crate::locate::Locate::Header(std::borrow::Cow::Borrowed($name))
    };
    (query $name:literal) => {
        $crate::locate::Locate::Query(std::borrow::Cow::Borrowed($name))
    };
    (member $name:literal) => {
        $crate::locate::Locate::Member(std::borrow::Cow::Borrowed($name))
    };
    (json $pointer:literal) => {
        $crate::locate::Locate::Json(std::borrow::Cow::Borrowed($pointer))
    };
    (form $field:literal) => {
        $crate::locate::Locate::Form(std::borrow::Cow::Borrowed($field))
    };
    (form_json $field:literal, $pointer:literal) => {
        $crate::locate::Locate::FormJson(std::borrow::Cow::Borrowed($field), std::borrow::Cow::Borrowed($pointer))
    };
}
pub(crate) use at;

/// The first of `places` that holds something not empty, for each list of places, with the place
/// it was found at. One pass over the body at most, and none where headers suffice.
#[must_use]
pub fn find<'p, const N: usize>(
    head: &Head,
    body: &[u8],
    facts: [&'p [Locate]; N],
) -> [Option<(&'p Locate, String)>; N] {
    let mut pointers: Vec<&str> = Vec::new();
    let form = is_form(body);
    for place in facts.iter().copied().flatten() {
        if let Locate::Json(pointer) = place
            && !form
        {
            pointers.push(pointer);
        }
    }
    let mut picked = if pointers.is_empty() { Vec::new() } else { pick::json(body, &pointers) }.into_iter();
    let mut value_at = |place: &Locate| match place {
        Locate::Header(name) => head.one_header(name).ok().flatten().map(str::to_owned),
        Locate::Query(name) => query_value(head, name).ok().flatten(),
        Locate::Member(_) if form => None,
        Locate::Member(name) => pick::has_member(body, name).then(|| name.clone().into_owned()),
        Locate::Json(_) if form => None,
        Locate::Json(_) => picked.next().flatten(),
        Locate::Form(field) if form => form_field(body, field),
        Locate::FormJson(field, pointer) if form => form_field(body, field)
            .and_then(|json| pick::json(json.as_bytes(), &[pointer.as_ref()]).into_iter().next().flatten()),
        Locate::Form(_) | Locate::FormJson(..) => None,
    };
    facts.map(|places| {
        // Every place is read, also after a find: the picked values come in the order of the places.
        let found: Vec<_> = places.iter().map(|place| (place, value_at(place))).collect();
        let held = |(place, value): (&'p Locate, Option<String>)| Some((place, value.filter(|text| !text.is_empty())?));
        found.into_iter().find_map(held)
    })
}

/// Whether a body is read as a form: whatever does not begin like a JSON object or array. The body alone decides, for
/// the `Content-Type` is not signed: it must not change what signed bytes mean.
pub(crate) fn is_form(body: &[u8]) -> bool {
    !matches!(body.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'['))
}

/// A field of a form of either kind.
pub(crate) fn form_field(body: &[u8], field: &str) -> Option<String> {
    if body.starts_with(b"--") {
        return multipart::field(body, field).map(str::to_owned);
    }
    form_urlencoded::parse(body).find(|(name, _)| name == field).map(|(_, value)| value.into_owned())
}

/// The decoded value of a parameter of the query.
///
/// # Errors
/// [`Rejection::MalformedSignature`] when it stands twice: two readers would read two things.
pub(crate) fn query_value(head: &Head, name: &str) -> Result<Option<String>, Rejection> {
    let query = head.query.as_deref().unwrap_or_default();
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name).map(|(_, value)| value);
    let first = values.next();
    if values.next().is_some() { Err(Rejection::MalformedSignature) } else { Ok(first.map(Cow::into_owned)) }
}
