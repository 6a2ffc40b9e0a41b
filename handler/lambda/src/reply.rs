//! From the one response to the JSON that a front door makes the same response of.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Response, header};
use serde::Serialize;

use crate::event::Front;

/// An answer as its front door reads it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplyEvent {
    status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<Vec<String>>,
    body: String,
    is_base64_encoded: bool,
}

impl ReplyEvent {
    /// The response in this door's words: a header put where a door does not look is a header lost.
    #[must_use]
    pub fn new(front: Front, response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in &parts.headers {
            lists.entry(name.as_str().to_owned()).or_default().push(text(value));
        }
        let (body, is_base64_encoded) = match String::from_utf8(body.into()) {
            Ok(text) => (text, false),
            Err(binary) => (STANDARD.encode(binary.as_bytes()), true),
        };
        let mut reply = Self {
            status_code: parts.status.as_u16(),
            status_description: None,
            headers: None,
            multi_value_headers: None,
            cookies: None,
            body,
            is_base64_encoded,
        };
        match front {
            Front::V2 => {
                reply.cookies = Some(lists.remove(header::SET_COOKIE.as_str()).unwrap_or_default());
                reply.headers = Some(joined(&lists));
            }
            // The door merges the two maps; what stands in both is sent once.
            Front::V1 => {
                reply.headers = Some(joined(lists.iter().filter(|(_, values)| values.len() == 1)));
                reply.multi_value_headers = Some(lists);
            }
            Front::Alb { multi_value } => {
                reply.status_description = Some(parts.status.to_string());
                if multi_value {
                    reply.multi_value_headers = Some(lists);
                } else {
                    reply.headers = Some(joined(&lists));
                }
            }
        }
        reply
    }
}

/// One line per name, as RFC 9110, 5.3 allows for lists.
fn joined<'a>(lists: impl IntoIterator<Item = (&'a String, &'a Vec<String>)>) -> BTreeMap<String, String> {
    lists.into_iter().map(|(name, values)| (name.clone(), values.join(", "))).collect()
}
