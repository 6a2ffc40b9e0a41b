//! Deliveries and secrets out of arbitrary bytes.

pub mod chain;

use std::time::Duration;

use bytes::Bytes;
use doorbell_core::delivery::Door;
use doorbell_core::provider::{ALL, Provider};
use doorbell_core::secret::{Keyring, LiveSecret, Secret, SecretVersion};
use doorbell_core::verify::{Scheme, Tokens};
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
    let query = std::str::from_utf8(query).ok()?.to_owned();
    Some(Head { method: Method::POST, path: "/hooks".to_owned(), query: Some(query), headers, door: door() })
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

/// What was made of entries of the table, once, by their labels.
pub struct Made<T>(Vec<(String, T)>);

impl<T> Made<T> {
    /// Of every entry of which something can be made.
    pub fn of(make: impl Fn(&'static Provider) -> Option<T>) -> Self {
        Self(ALL.iter().filter_map(|entry| Some((entry.label(), make(entry)?))).collect())
    }

    /// The one that the first line names, and the rest; of any other line, one that it chooses.
    pub fn chosen<'a>(&self, data: &'a [u8]) -> (&(String, T), &'a [u8]) {
        let (name, rest) = line(data);
        let named = self.0.iter().find(|(label, _)| label.as_bytes() == name);
        let sum: usize = name.iter().copied().map(usize::from).sum();
        (named.unwrap_or(&self.0[sum % self.0.len()]), rest)
    }
}

/// A delivery as it is written: the path and the query, lines of headers, an empty line, the body. `None` where HTTP cannot
/// carry it.
pub fn written(data: &[u8]) -> Option<(Head, &[u8])> {
    let (target, mut rest) = line(data);
    let target = std::str::from_utf8(target).ok()?;
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query.to_owned())));
    let mut headers = HeaderMap::new();
    loop {
        let (field, after) = line(rest);
        rest = after;
        if field.is_empty() {
            break;
        }
        let colon = field.iter().position(|byte| *byte == b':')?;
        let value = HeaderValue::from_bytes(field[colon + 1..].trim_ascii()).ok()?;
        headers.append(HeaderName::from_bytes(&field[..colon]).ok()?, value);
    }
    Some((Head { method: Method::POST, path: path.to_owned(), query, headers, door: door() }, rest))
}

fn door() -> Door {
    let peer = Peer::Socket(None);
    Door { id: DeliveryId::new("fuzz"), peer, received_at: NOW, remaining: None, age: Duration::ZERO }
}

/// The URL, the topic, the values and the tokens of these deliveries.
pub fn filled(scheme: &Scheme) -> Scheme {
    let text = |text: &str| Some(text.to_owned());
    let values = ["webhook_id", "header"].map(|name| (name.to_owned(), "x-chosen".to_owned())).into();
    let tokens = Tokens {
        issuer: text("https://issuer.example"),
        audience: text("audience"),
        email: text("sender@issuer.example"),
        url: text("https://hooks.example.com/hooks"),
    };
    scheme.clone().for_tokens(&tokens).for_topic(TOPIC).for_setup(Some("https://hooks.example.com/hooks"), &values)
}

/// The topic whose messages are taken.
pub const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:orders";

/// A ring of the scheme, of whichever of these it takes. No input is signed with any of them.
pub fn any_ring(scheme: &Scheme) -> Option<Keyring> {
    let texts: [&[u8]; 10] = [
        include_bytes!("../seeds/keys.json"),
        include_bytes!("../corpus/keys/discord"),
        include_bytes!("../corpus/keys/sendgrid"),
        include_bytes!("../corpus/keys/paypal"),
        include_bytes!("../corpus/keys/aws-sns"),
        b"a5ec7e70a5ec7e70a5ec7e70a5ec7e70",
        b"whsec_YSBzZWNyZXQgdGhhdCBubyBpbnB1dCBrbm93cw==",
        b"YSBzZWNyZXQgdGhhdCBubyBpbnB1dCBrbm93cw==",
        b"user:a secret that no input knows",
        b"a-secret-that-no-input-knows",
    ];
    // Some schemes have the sender's own root.
    texts.into_iter().find_map(|text| ring(scheme, text)).or_else(|| scheme.keyring(Vec::new()).ok())
}
