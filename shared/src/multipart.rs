//! The parts of a `multipart/form-data` body (RFC 7578).

/// A boundary has at most 70 characters (RFC 2046, 5.1.1), after two dashes.
const MAX_DELIMITER: usize = 72;
/// More parts than any provider's form has; each costs its sender some fifty bytes.
const MOST_PARTS: usize = 1_000;

/// One part: a field or a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    /// The field's name.
    pub(crate) name: &'a str,
    /// The file's, where it is one.
    pub(crate) filename: Option<&'a str>,
    /// Its `Content-Type`.
    pub(crate) media_type: Option<&'a str>,
    /// What it holds.
    pub(crate) body: &'a [u8],
}

/// All parts in order. `None` where the body is no such form, or one of too many parts. The first line is the delimiter: the
/// `Content-Type` that names it as well is not signed. Parts without a name are left out.
pub(crate) fn parts(body: &[u8]) -> Option<Vec<Part<'_>>> {
    let (first, mut rest) = body.split_at(position(body, b"\r\n")?);
    if !first.starts_with(b"--") || !(3..=MAX_DELIMITER).contains(&first.len()) {
        return None;
    }
    let delimiter = [b"\r\n", first].concat();
    let mut parts = Vec::new();
    loop {
        rest = rest.strip_prefix(b"\r\n")?;
        let end = position(rest, &delimiter)?;
        let (part, after) = rest.split_at(end);
        rest = after.strip_prefix(delimiter.as_slice())?;
        let (head, value) = part.split_at(position(part, b"\r\n\r\n")?);
        parts.extend(Part::of(std::str::from_utf8(head).unwrap_or_default(), value.get(4..)?));
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        if parts.len() > MOST_PARTS {
            return None;
        }
    }
}

/// The text of the field of this name. `None` where the body is no such form, or has the field twice: two readers would
/// read two things.
pub(crate) fn field<'a>(body: &'a [u8], name: &str) -> Option<&'a str> {
    let mut named = parts(body)?.into_iter().filter(|part| part.name == name);
    let found = named.next()?;
    if named.next().is_some() { None } else { std::str::from_utf8(found.body).ok() }
}

impl<'a> Part<'a> {
    fn of(head: &'a str, body: &'a [u8]) -> Option<Self> {
        let lines = || head.split("\r\n").filter_map(|line| line.split_once(':'));
        let header = |wanted: &str| lines().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value);
        let disposition = header("content-disposition")?;
        Some(Self {
            name: parameter(disposition, "name")?,
            filename: parameter(disposition, "filename"),
            media_type: header("content-type").map(str::trim),
            body,
        })
    }
}

/// The quoted value of a parameter; a semicolon may stand inside the quotes of another.
fn parameter<'a>(header: &'a str, wanted: &str) -> Option<&'a str> {
    let mut rest = header.split_once(';')?.1;
    loop {
        let (name, value) = rest.split_once("=\"")?;
        let (value, after) = value.split_once('"')?;
        if name.trim() == wanted {
            return Some(value);
        }
        rest = after.trim_start().strip_prefix(';')?;
    }
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
