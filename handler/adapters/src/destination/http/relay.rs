//! What the service answered, for the sender: the status, the body, and what the body is. No other header: those are the
//! service's word to us.

use bytes::BytesMut;
use doorbell_core::reply::{Content, Yes};
use http::{HeaderValue, header};
use reqwest::Response;

/// The largest answer that is relayed, in bytes: a load balancer takes no more from a function
/// (docs.aws.amazon.com/elasticloadbalancing, `lambda-functions`).
const MOST: usize = 1 << 20;

/// Reads the answer of a service that took the event.
///
/// # Errors
/// Why it is of no use to the sender, without a byte of it.
pub(super) async fn content(mut answer: Response) -> Result<Content, String> {
    let status = Yes::of(answer.status().as_u16()).ok_or("its answer is no yes")?;
    let text = |name| answer.headers().get(name).filter(|value: &&HeaderValue| value.to_str().is_ok()).cloned();
    // Without one nobody may guess (RFC 9110, section 8.3).
    let content_type = text(header::CONTENT_TYPE).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    // The sender's own Accept-Encoding went along.
    let encoding = text(header::CONTENT_ENCODING).map(|value| (header::CONTENT_ENCODING, value));
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| "its answer broke off")? {
        if body.len().saturating_add(chunk.len()) > MOST {
            return Err("its answer is longer than 1 MiB".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Content::new(status, content_type, body.freeze()).with(encoding.into_iter().collect()))
}
