//! Deliveries and secrets out of arbitrary bytes.

use std::time::Duration;

use bytes::Bytes;
use doorbell_core::delivery::Door;
use doorbell_core::secret::{Keyring, LiveSecret, Secret, SecretVersion};
use doorbell_core::verify::Scheme;
use doorbell_core::{Delivery, DeliveryId, Head, Peer, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// When deliveries are judged.
pub const NOW: Timestamp = Timestamp::from_unix_seconds(1_790_000_000);

/// What comes up to the next line end, and the rest.
pub fn line(data: &[u8]) -> (&[u8], &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    (&data[..end], data.get(end + 1..).unwrap_or_default())
}

/// A head with one header and that query; `None` where HTTP cannot carry them.
pub fn head(header: &str, value: &[u8], query: &[u8]) -> Option<Head> {
    let mut headers = HeaderMap::new();
    headers.append(HeaderName::from_bytes(header.as_bytes()).ok()?, HeaderValue::from_bytes(value).ok()?);
    let peer = Peer::Socket(None);
    let door = Door { id: DeliveryId::new("fuzz"), peer, received_at: NOW, remaining: None, age: Duration::ZERO };
    let query = std::str::from_utf8(query).ok()?.to_owned();
    Some(Head { method: Method::POST, path: "/hooks".to_owned(), query: Some(query), headers, door })
}

/// A delivery of that head.
pub fn delivery(head: Head, body: &[u8]) -> Delivery {
    Delivery::new(head, Bytes::copy_from_slice(body))
}

/// The ring of one secret; `None` where it is none of this scheme.
pub fn ring(scheme: &Scheme, secret: &[u8]) -> Option<Keyring> {
    let secret = Secret::new(secret).ok()?;
    scheme.keyring(vec![LiveSecret { version: SecretVersion::new("0"), secret }]).ok()
}
