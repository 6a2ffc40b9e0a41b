//! A field of a `multipart/form-data` body (RFC 7578).

/// A boundary has at most 70 characters (RFC 2046, 5.1.1), after two dashes.
const MAX_DELIMITER: usize = 72;

/// The text of the field of this name. `None` where the body is no such form, or has the field twice: two readers would
/// read two things. The first line is the delimiter: the `Content-Type` that names it as well is not signed.
pub(crate) fn field<'a>(body: &'a [u8], name: &str) -> Option<&'a str> {
    let (first, mut rest) = body.split_at(position(body, b"\r\n")?);
    if !first.starts_with(b"--") || !(3..=MAX_DELIMITER).contains(&first.len()) {
        return None;
    }
    let delimiter = [b"\r\n", first].concat();
    let mut found = None;
    loop {
        rest = rest.strip_prefix(b"\r\n")?;
        let end = position(rest, &delimiter)?;
        let (part, after) = rest.split_at(end);
        rest = after.strip_prefix(delimiter.as_slice())?;
        let (head, value) = part.split_at(position(part, b"\r\n\r\n")?);
        if is_named(head, name) && found.replace(value.get(4..)?).is_some() {
            return None;
        }
        if rest.starts_with(b"--") {
            return std::str::from_utf8(found?).ok();
        }
    }
}

fn is_named(head: &[u8], name: &str) -> bool {
    let lines = std::str::from_utf8(head).unwrap_or_default().split("\r\n").filter_map(|line| line.split_once(':'));
    let mut values = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-disposition")).map(|(_, value)| value);
    let wanted = format!("name=\"{name}\"");
    values.next().is_some_and(|value| value.split(';').any(|parameter| parameter.trim() == wanted))
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
