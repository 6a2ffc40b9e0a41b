//! The texts that senders build out of a request before they sign it, each as its sender writes it.

use std::collections::BTreeMap;

use crate::Rejection;
use crate::delivery::Head;
use crate::locate::is_form;

/// No sender signs more headers than these.
const MAX_HEADERS: usize = 32;

/// The body before and after the one place where the tag stands. Of two places nobody could say which is the tag's.
pub(super) fn around<'a>(body: &'a [u8], tag: &str) -> Result<(&'a [u8], &'a [u8]), Rejection> {
    let tag = tag.as_bytes();
    let mut places = body.windows(tag.len().max(1)).enumerate().filter(|(_, bytes)| *bytes == tag).map(|(at, _)| at);
    match (places.next(), places.next()) {
        (Some(at), None) => {
            let (before, rest) = body.split_at(at);
            Ok((before, rest.get(tag.len()..).unwrap_or_default()))
        }
        _ => Err(Rejection::MalformedSignature),
    }
}

/// The body as a string of JSON, quotes included, with `&`, `<` and `>` as the sender's encoder escapes them inside the
/// string (github.com/hygraph/hygraph-utils, `index.js`).
pub(super) fn json_string(body: &[u8]) -> Result<String, Rejection> {
    let text = std::str::from_utf8(body).map_err(|_| Rejection::MalformedSignature)?;
    let text = serde_json::to_string(text).map_err(|_| Rejection::MalformedSignature)?;
    Ok(text.replace('&', "\\\\u0026").replace('<', "\\\\u003c").replace('>', "\\\\u003e"))
}

/// The path as `encodeURI` writes it, then the query encoded twice, first whole and then as part of the URI
/// (npm @contentful/node-apps-toolkit, `getNormalizedEncodedURI`). That leaves out what follows a second question mark, so
/// there must be none.
pub(super) fn encoded_uri(head: &Head) -> Result<String, Rejection> {
    let query = head.query.as_deref().unwrap_or_default();
    if query.contains('?') {
        return Err(Rejection::MalformedSignature);
    }
    let path = percent(&head.path, b"-_.!~*'();,/?:@&=+$#");
    if query.is_empty() {
        return Ok(path);
    }
    Ok(format!("{path}?{}", percent(&percent(query, b"-_.!~*'()"), b"-_.!~*'()")))
}

/// `name:value`, joined by `;` and sorted, of the headers that another one lists. The list must have `must` in it, or the
/// sender's time could be anybody's.
pub(super) fn listed_headers(head: &Head, list: &str, must: &[&str]) -> Result<String, Rejection> {
    let names = head.one_header(list)?.ok_or(Rejection::MissingHeader)?;
    let mut held = BTreeMap::new();
    for name in names.split(',').map(|name| name.trim().to_ascii_lowercase()) {
        if name.is_empty() || held.len() >= MAX_HEADERS {
            return Err(Rejection::MalformedSignature);
        }
        let value = head.one_header(&name)?.ok_or(Rejection::MissingHeader)?.trim();
        let line = format!("{name}:{value}");
        if held.insert(name, line).is_some() {
            return Err(Rejection::MalformedSignature);
        }
    }
    if must.iter().any(|name| !held.contains_key(*name)) {
        return Err(Rejection::MissingTimestamp);
    }
    Ok(held.into_values().collect::<Vec<_>>().join(";"))
}

/// The URL with its query sorted, then the fields of a form sorted: `?a=1&b=2.c3d4`. Both are decoded
/// (github.com/plivo/plivo-node, `lib/utils/v3Security.js`).
///
/// A body that is no form would not be covered, so there must be none.
pub(super) fn url_and_form(url: &str, query: Option<&str>, body: &[u8]) -> Result<String, Rejection> {
    if !body.is_empty() && !is_form(body) {
        return Err(Rejection::MalformedSignature);
    }
    let (base, own) = url.split_once('?').map_or((url, None), |(base, own)| (base, Some(own)));
    let sorted = |text: &[u8], between: &str| {
        let mut pairs: Vec<_> = form_urlencoded::parse(text).collect();
        pairs.sort();
        pairs.into_iter().map(|(name, value)| format!("{name}{between}{value}")).collect::<Vec<_>>()
    };
    let query = sorted(own.or(query).unwrap_or_default().as_bytes(), "=").join("&");
    let fields = sorted(body, "").concat();
    Ok(match (query.is_empty(), fields.is_empty()) {
        (true, true) => base.to_owned(),
        (false, true) => format!("{base}?{query}"),
        (true, false) => format!("{base}?{fields}"),
        (false, false) => format!("{base}?{query}.{fields}"),
    })
}

/// The host of a URL, with its port where it has one.
pub(super) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find(['/', '?', '#']).map_or(rest, |end| rest.get(..end).unwrap_or_default())
}

/// The body with `.0` after every whole number under this key, as a receiver that lost the zeros restores them
/// (npm @easypost/api, `validateWebhook`). `None` where nothing changes.
pub(super) fn with_floats(body: &[u8], key: &str) -> Option<Vec<u8>> {
    let key = format!("\"{key}\":").into_bytes();
    let mut changed = Vec::with_capacity(body.len().saturating_add(16));
    let mut rest = body;
    while let Some(at) = rest.windows(key.len()).position(|bytes| bytes == key) {
        let after = rest.get(at.saturating_add(key.len())..)?;
        let blanks = after.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let digits = after.iter().skip(blanks).take_while(|byte| byte.is_ascii_digit()).count();
        let end = blanks.saturating_add(digits);
        let more = after.get(end..)?;
        changed.extend_from_slice(rest.get(..rest.len().saturating_sub(more.len()))?);
        let next = more.iter().find(|byte| !byte.is_ascii_whitespace());
        if digits > 0 && matches!(next, Some(b',' | b'}')) {
            changed.extend_from_slice(b".0");
        }
        rest = more;
    }
    changed.extend_from_slice(rest);
    (changed != body).then_some(changed)
}

/// Percent-encodes what is neither a letter, a digit nor one of `kept`.
fn percent(text: &str, kept: &[u8]) -> String {
    let write = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || kept.contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(write).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_stands_twice_is_nobodys() {
        assert_eq!(around(b"{\"auth\":\"ab\"}", "ab"), Ok((&b"{\"auth\":\""[..], &b"\"}"[..])));
        for body in [&b"{\"auth\":\"ab\",\"b\":\"ab\"}"[..], b"{}", b""] {
            assert_eq!(around(body, "ab"), Err(Rejection::MalformedSignature));
        }
    }

    #[test]
    fn whole_numbers_get_their_zero_back() {
        let floats = |text: &str| with_floats(text.as_bytes(), "weight").map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(
            floats("{\"weight\": 10 , \"b\":{\"weight\":2}}").unwrap(),
            "{\"weight\": 10.0 , \"b\":{\"weight\":2.0}}"
        );
        for same in ["{\"weight\":1.0}", "{\"weight\":\"1\"}", "{\"weights\":1}", "{\"weight\":1", "{\"weight\":}", ""]
        {
            assert_eq!(floats(same), None, "{same}");
        }
    }

    #[test]
    fn a_port_is_part_of_the_host() {
        assert_eq!(
            ["https://a.example:8443/x?y", "https://a.example", "https://a.example?b"].map(host),
            ["a.example:8443", "a.example", "a.example"]
        );
    }

    /// It would be signed by nobody.
    #[test]
    fn a_body_that_is_no_form_has_no_fields() {
        assert_eq!(url_and_form("https://a.example", None, b"{\"a\":1}"), Err(Rejection::MalformedSignature));
        assert_eq!(url_and_form("https://a.example", None, b""), Ok("https://a.example".to_owned()));
    }
}
