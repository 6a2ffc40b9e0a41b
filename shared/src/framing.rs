//! The headers that nobody sets by hand, of a request or of an answer.

use http::HeaderName;

/// About one connection, not about the message (RFC 9110, section 7.6.1), and about the length, which is written anew.
const FRAMING: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
    "expect",
    "http2-settings",
];

/// Whether a header is the connection's own business.
#[must_use]
pub fn is_framing(name: &HeaderName) -> bool {
    FRAMING.contains(&name.as_str()) || name.as_str().starts_with("proxy-")
}
