//! Bytes that nobody vouches for yet.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::{Rejection, Timestamp};

/// The id that a reply carries in `X-Doorbell-Id` and the log under `id`. Made by the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryId(std::sync::Arc<str>);

impl DeliveryId {
    /// Letters, digits and `-`, at most 64 of them; everything else is dropped.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if text.len() <= 64 && text.chars().all(allowed) {
            return Self(text.into());
        }
        Self(text.chars().filter(|c| allowed(*c)).take(64).collect::<String>().into())
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who the door saw on the other end.
#[derive(Clone, Copy, Debug)]
pub enum Peer {
    /// A socket. What a trusted proxy says of the client is in the headers, see [`crate::forwarded`].
    Socket(Option<IpAddr>),
    /// A platform that ended TLS and names the client itself (the request context of Lambda's doors).
    Vouched(Option<IpAddr>),
    /// A service of the platform that invoked this program itself. The path is that service's name of what sends, which
    /// nobody outside can write.
    Invoker,
    /// A trusted proxy for sure, by the nature of the door (an ALB target): the nearest hop is believed
    /// even where the operator declared none.
    Proxy,
}

/// What a door knows of a delivery besides the request.
#[derive(Clone, Debug)]
pub struct Door {
    /// The delivery's id.
    pub id: DeliveryId,
    /// The other end.
    pub peer: Peer,
    /// Wall time at which the head was complete.
    pub received_at: Timestamp,
    /// What the platform leaves us in all, where it says so.
    pub remaining: Option<Duration>,
    /// How old the process is, on its first delivery: the sender waited for that, too.
    pub age: Duration,
}

/// The head of a request: all that [`crate::Receiver::admit`] looks at.
#[derive(Debug)]
pub struct Head {
    /// The method.
    pub method: Method,
    /// The path as received, percent-encoding and all, without a stage that a gateway put before it.
    pub path: String,
    /// The query as received, without the `?`.
    pub query: Option<String>,
    /// The headers, repeated ones kept.
    pub headers: HeaderMap,
    /// What the door knows.
    pub door: Door,
}

impl Head {
    /// The value of a header that may stand only once.
    ///
    /// # Errors
    /// [`Rejection::DuplicateHeader`] when it stands twice: two readers would read two things.
    /// [`Rejection::MalformedRequest`] when it is not visible ASCII.
    pub fn one_header(&self, name: &str) -> Result<Option<&str>, Rejection> {
        let mut values = self.headers.get_all(name).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Rejection::DuplicateHeader);
        }
        value.to_str().map(Some).map_err(|_| Rejection::MalformedRequest)
    }

    /// Every header once, in lower case. One that came in several lines is one text, joined as RFC 9110, 5.3 has it; what is
    /// no text is left out.
    pub(crate) fn header_texts(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.headers.keys().filter_map(|name| {
            let mut lines = self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
            let first = lines.next()?;
            let text = lines.fold(Cow::Borrowed(first), |text, line| Cow::Owned(text.into_owned() + ", " + line));
            Some((name.as_str(), text))
        })
    }

    /// The parameters of the query, decoded: each name once, with all that it has.
    pub(crate) fn query_values(&self) -> BTreeMap<String, Vec<String>> {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(self.query.as_deref().unwrap_or_default().as_bytes()) {
            values.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        values
    }
}

/// A whole request that is not proven. It can be proven ([`crate::verify::verify`]) or dropped; it
/// cannot be dispatched, and it is not `Clone`.
#[derive(Debug)]
pub struct Delivery {
    head: Box<Head>,
    body: Bytes,
}

impl Delivery {
    /// A head and the bytes that came after it.
    #[must_use]
    pub fn new(head: impl Into<Box<Head>>, body: Bytes) -> Self {
        Self { head: head.into(), body }
    }

    /// The head, as unproven as the body.
    #[must_use]
    pub fn untrusted_head(&self) -> &Head {
        &self.head
    }

    /// The body. Before the proof only the scheme's own reader may look into it.
    #[must_use]
    pub const fn untrusted_body(&self) -> &Bytes {
        &self.body
    }
}

/// The content digest: SHA-256 over the length-prefixed source, method, path, query and body, and the origin that an
/// envelope names. Signature and time headers stay out, so a re-signed retry is equal.
pub(crate) fn digest(source: &str, head: &Head, body: &[u8], origin: Option<&str>) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    let query = head.query.as_deref().unwrap_or_default();
    let parts = [source.as_bytes(), head.method.as_str().as_bytes(), head.path.as_bytes(), query.as_bytes(), body];
    for part in parts.into_iter().chain(origin.map(str::as_bytes)) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
