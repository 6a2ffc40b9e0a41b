//! A template and its media type, wherever a table has them.

use http::HeaderValue;

use super::{Problem, Settings};
use crate::document::{Document, media_type};

/// Reads the template of this key, and `content_type`, which is JSON where nothing is said. Nothing where one of them is wrong, which
/// is a problem then; the second is absent where there is no template.
pub(super) fn read(
    keys: &Settings,
    key: &str,
    extracts: &[&str],
    problems: &mut Vec<Problem>,
) -> Option<(HeaderValue, Option<Document>)> {
    let mut problem = |key: &str, what: String, fix: &str| problems.push(Problem::new(keys.at(key), what, fix));
    let (text, said) = (keys.text(key), keys.text("content_type"));
    if text.is_none() && said.is_some() {
        problem("content_type", format!("content_type is that of {key}"), &format!("add {key}, or remove it"));
        return None;
    }
    let media = said.unwrap_or("application/json");
    let header = media_type(media);
    if header.is_none() {
        problem("content_type", format!("content_type {media:?} is no media type"), "write one such as \"text/plain\"");
    }
    let document = text.map(|text| Document::parse(text, media, extracts)).transpose();
    let document = document.map_err(|flaw| problem(key, flaw.to_string(), "mend it")).ok();
    Some((header?, document?))
}
