//! The claims that tie a token to the delivery it came with: its body, its URL.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::Expected;
use super::claims::Claims;
use crate::delivery::Head;
use crate::locate::Text;
use crate::{Rejection, pick};

/// The claim with the SHA-256 of the body, the one hash that every provider of the table takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyHash {
    /// Its name.
    pub claim: Text,
    /// How it is written.
    pub written: Written,
    /// Whether an empty body has none. A token without one says that the body is empty, then.
    pub absent_if_empty: bool,
}

/// How a digest is written in a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Lower-case hex.
    Hex,
    /// Base64 with padding.
    Base64,
    /// URL-safe base64, padded or not.
    Base64Url,
}

/// The claim with the URL that the token was sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlClaim {
    /// Its name.
    pub claim: Text,
    /// How it is written.
    pub form: UrlForm,
    /// The URL that senders use, without a query. Only the config knows it: what a request says of itself may have been
    /// changed by a proxy.
    pub url: Expected,
}

/// How a URL is written in a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlForm {
    /// As it is, with its query.
    Whole,
    /// The SHA-256 of that, in lower-case hex.
    Sha256Hex,
    /// The text at this JSON pointer into the body has it, and no config.
    InBody(&'static str),
    /// The hash of the canonical request of Atlassian Connect, in lower-case hex, with the path of the URL; the app's base
    /// URL has none, then (npm atlassian-jwt, `createQueryStringHash`).
    CanonicalRequest,
    /// Without its query; a slash at the end and the case of the host do not count.
    Bare,
}

impl Written {
    pub(super) fn of(self, bytes: &[u8]) -> String {
        let digest = Sha256::digest(bytes);
        match self {
            Self::Hex => digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            Self::Base64 => STANDARD.encode(digest),
            Self::Base64Url => URL_SAFE_NO_PAD.encode(digest),
        }
    }
}

impl BodyHash {
    pub(super) fn check(&self, claims: &Claims<'_>, body: &[u8]) -> Result<(), Rejection> {
        let claimed = claims.text(&self.claim)?;
        if self.absent_if_empty && body.is_empty() {
            return if claimed.is_none() { Ok(()) } else { Err(Rejection::BadBodyHash) };
        }
        let claimed = claimed.ok_or(Rejection::BadBodyHash)?;
        let claimed = if self.written == Written::Base64Url { claimed.trim_end_matches('=') } else { &claimed };
        if claimed == self.written.of(body) { Ok(()) } else { Err(Rejection::BadBodyHash) }
    }
}

impl UrlClaim {
    pub(super) fn check(&self, claims: &Claims<'_>, head: &Head, body: &[u8]) -> Result<(), Rejection> {
        let claimed = claims.text(&self.claim)?.filter(|text| !text.is_empty()).ok_or(Rejection::WrongUrl)?;
        if let UrlForm::InBody(pointer) = self.form {
            let said = pick::json(body, &[pointer]).into_iter().next().flatten();
            return if said.as_deref() == Some(&claimed) { Ok(()) } else { Err(Rejection::WrongUrl) };
        }
        let Expected::Exactly(url) = &self.url else { return Err(Rejection::WrongUrl) };
        let is_ours = match self.form {
            UrlForm::Whole | UrlForm::Sha256Hex | UrlForm::CanonicalRequest | UrlForm::InBody(_) => {
                claimed == self.form.of(url, head)
            }
            UrlForm::Bare => bare(&claimed) == bare(url),
        };
        if is_ours { Ok(()) } else { Err(Rejection::WrongUrl) }
    }
}

impl UrlForm {
    pub(super) fn of(self, url: &str, head: &Head) -> String {
        let whole = head.query.as_ref().map_or_else(|| url.to_owned(), |query| format!("{url}?{query}"));
        match self {
            Self::Whole => whole,
            Self::Sha256Hex => Written::Hex.of(whole.as_bytes()),
            Self::CanonicalRequest => Written::Hex.of(canonical_request(url, head).as_bytes()),
            Self::InBody(_) => String::new(),
            Self::Bare => bare(url),
        }
    }
}

/// `METHOD&path&query`: the path without a slash at its end and with `&` escaped; the query without `jwt`, sorted, the
/// values of one name sorted and joined by commas, everything encoded as RFC 3986 has it.
fn canonical_request(url: &str, head: &Head) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|start| rest.get(start..)).unwrap_or("/");
    let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path).replace('&', "%26");
    let mut held: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(head.query.as_deref().unwrap_or_default().as_bytes()) {
        if name != "jwt" {
            held.entry(encoded(&name)).or_default().push(value.into_owned());
        }
    }
    let pairs = held.into_iter().map(|(name, mut values)| {
        values.sort();
        let values: Vec<String> = values.iter().map(|value| encoded(value)).collect();
        format!("{name}={}", values.join(","))
    });
    format!("{}&{path}&{}", head.method, pairs.collect::<Vec<_>>().join("&"))
}

/// RFC 3986, 2.3: all but the unreserved characters.
fn encoded(text: &str) -> String {
    let write = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(write).collect()
}

fn bare(url: &str) -> String {
    let url = url.split_once(['?', '#']).map_or(url, |(before, _)| before).trim_end_matches('/');
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    format!("{}://{}{path}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase())
}
