//! One byte of a case changed, at a place of it.

use doorbell::conform::Case;
use http::HeaderValue;

/// So many bytes of a text are changed, evenly spread, the first and the last among them.
const PLACES: usize = 40;

/// Where a byte is changed.
#[derive(Clone, Debug)]
pub(crate) enum At {
    Body,
    /// The value of that number under a name.
    Header(String, usize),
    Path,
    Query,
    /// The URL that the operator gave the sender.
    PublicUrl,
}

/// That many places of a range at most, the first and the last among them.
pub(crate) fn spread(range: std::ops::Range<usize>) -> impl Iterator<Item = usize> {
    let (start, length) = (range.start, range.len());
    let count = length.min(PLACES);
    (0..count).map(move |number| start + number * (length - 1) / (count - 1).max(1))
}

/// The bytes at a place.
pub(crate) fn text_at(case: &Case, at: &At) -> Option<Vec<u8>> {
    let request = &case.request;
    Some(match at {
        At::Body => request.body.to_vec(),
        At::Header(name, index) => request.headers.get_all(name).iter().nth(*index)?.as_bytes().to_vec(),
        At::Path => request.path.clone().into_bytes(),
        At::Query => request.query.clone().into_bytes(),
        At::PublicUrl => case.config.public_url.clone()?.into_bytes(),
    })
}

/// The same case with other bytes there; `None` for what HTTP cannot carry.
pub(crate) fn with(case: &Case, at: &At, bytes: Vec<u8>) -> Option<Case> {
    let mut changed = case.clone();
    let request = &mut changed.request;
    match at {
        At::Body => request.body = bytes.into(),
        At::Header(name, index) => {
            // Outer blanks are trimmed on the way: a door never shows them to the chain.
            let value = HeaderValue::from_bytes(bytes.trim_ascii()).ok()?;
            let mut values: Vec<_> = request.headers.get_all(name).iter().cloned().collect();
            *values.get_mut(*index)? = value;
            request.headers.remove(name.as_str());
            let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
            for value in values {
                request.headers.append(&name, value);
            }
        }
        At::Path | At::Query => {
            let stops: &[u8] = if matches!(at, At::Path) { b"?#" } else { b"#" };
            let carried = bytes.iter().all(|byte| byte.is_ascii_graphic() && !stops.contains(byte));
            let text = String::from_utf8(bytes).ok().filter(|_| carried)?;
            *(if matches!(at, At::Path) { &mut request.path } else { &mut request.query }) = text;
        }
        At::PublicUrl => changed.config.public_url = Some(String::from_utf8(bytes).ok()?),
    }
    Some(changed)
}

pub(crate) fn flipped(case: &Case, at: &At, place: usize) -> Option<Case> {
    let mut bytes = text_at(case, at)?;
    *bytes.get_mut(place)? ^= 1 << (place % 7);
    with(case, at, bytes)
}

/// Start and text of each entry.
pub(crate) fn entries<'a>(value: &'a str, separator: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    value.split(separator).map(move |entry| (entry.as_ptr() as usize - value.as_ptr() as usize, entry))
}

/// The raw value of a parameter.
pub(crate) fn parameter(query: &str, name: &str) -> Option<std::ops::Range<usize>> {
    let (start, entry) = entries(query, "&").find(|(_, entry)| entry.split('=').next() == Some(name))?;
    Some(start + name.len() + 1..start + entry.len())
}

pub(crate) fn form_value(body: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(body).find(|(held, _)| held == name).map(|(_, value)| value.into_owned())
}

pub(crate) fn same_but_for_case(one: &Case, other: &Case) -> bool {
    let lower = |case: &Case| case.config.public_url.as_ref().map(|url| url.to_ascii_lowercase());
    lower(one) == lower(other)
}

pub(crate) fn path_of(case: &Case) -> Option<&str> {
    let (_, rest) = case.config.public_url.as_ref()?.split_once("://").unwrap_or_default();
    rest.find('/').and_then(|slash| rest.get(slash..))
}

pub(crate) fn without_port(case: &Case) -> Option<String> {
    let url = case.config.public_url.as_ref()?;
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_once('/')?;
    let host = authority.split_once(':').map_or(authority, |(host, _)| host);
    Some(format!("{scheme}://{host}/{path}"))
}
