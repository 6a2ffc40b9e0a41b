//! What the requests carry of ours: the operator's headers, what proves who we are, a fresh signature.

use std::time::Duration;

use doorbell_core::secret::LiveSecret;
use doorbell_core::verify::{Scheme, Signer};
use doorbell_core::{Door, Event, Head, Peer, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::parts;
use crate::identity::Identity;
use crate::secret::held::Held;

/// Headers of ours, by where they come from.
#[derive(Debug)]
pub(super) struct Dress {
    pub(super) plain: Vec<(HeaderName, HeaderValue)>,
    pub(super) secret: Vec<Secretly>,
    pub(super) identity: Option<Identity>,
    pub(super) sign: Option<Sign>,
}

/// A header made of a secret.
#[derive(Debug)]
pub(super) struct Secretly {
    pub(super) name: HeaderName,
    pub(super) written: Written,
    pub(super) held: Held,
}

/// How the secret stands in its header.
#[derive(Debug)]
pub(super) enum Written {
    /// After this.
    After(&'static str),
    /// As the password of this user.
    Basic(String),
}

/// Standard Webhooks, with a key of ours.
#[derive(Debug)]
pub(super) struct Sign {
    pub(super) scheme: Scheme,
    pub(super) held: Held,
}

/// The secrets that one attempt used, in the order of [`Dress::all`].
pub(super) struct Worn(Vec<LiveSecret>);

impl Secretly {
    /// The header's value.
    pub(super) fn value(&self, live: &LiveSecret) -> Option<HeaderValue> {
        match &self.written {
            Written::After(before) => live.secret.header(before),
            Written::Basic(user) => live.secret.basic(user),
        }
    }
}

impl Dress {
    fn all(&self) -> impl Iterator<Item = &Held> {
        self.secret.iter().map(|secretly| &secretly.held).chain(self.sign.iter().map(|sign| &sign.held))
    }

    /// Puts all of it on. A header of ours replaces the sender's.
    pub(super) async fn put_on(
        &self,
        headers: &mut HeaderMap,
        event: &Event,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Worn, String> {
        let mut worn = Vec::new();
        for (name, value) in &self.plain {
            headers.insert(name, value.clone());
        }
        for secretly in &self.secret {
            let live = secretly.held.live().await.map_err(|error| error.to_string())?;
            let value = secretly.value(&live).ok_or_else(|| no_header(&secretly.held))?;
            headers.insert(&secretly.name, value);
            worn.push(live);
        }
        if let Some(identity) = &self.identity {
            headers.insert(header::AUTHORIZATION, identity.header().await?);
        }
        if let Some(sign) = &self.sign {
            let live = sign.held.live().await.map_err(|error| error.to_string())?;
            sign.put(&live, headers, (event, body), now)?;
            worn.push(live);
        }
        Ok(Worn(worn))
    }

    /// Whether some of it is another now than what the service did not take.
    pub(super) async fn renewed(&self, worn: &Worn) -> bool {
        let mut renewed = false;
        for (held, live) in self.all().zip(&worn.0) {
            renewed |= held.renewed(live).await;
        }
        renewed
    }

    /// Whether everything is there that the requests carry.
    pub(super) async fn ready(&self) -> Result<(), String> {
        for held in self.all() {
            held.live().await.map_err(|error| error.to_string())?;
        }
        match &self.identity {
            Some(identity) => identity.header().await.map(|_| ()),
            None => Ok(()),
        }
    }
}

/// A secret that cannot stand in a header.
pub(super) fn no_header(held: &Held) -> String {
    format!("{} holds what no header can carry: visible ASCII on one line", held.reference())
}

impl Sign {
    fn put(
        &self,
        live: &LiveSecret,
        headers: &mut HeaderMap,
        (event, body): (&Event, &[u8]),
        now: Timestamp,
    ) -> Result<(), String> {
        let wrong = |what: &str| format!("{} cannot sign: {what}", self.held.reference());
        let keys = self.scheme.keyring(vec![live.clone()]).map_err(|shape| wrong(shape.expected))?;
        let peer = Peer::Socket(None);
        let id = event.delivery_id().clone();
        let door = Door { id, peer, received_at: now, remaining: None, age: Duration::ZERO };
        let mut head = Head { method: Method::POST, path: String::new(), query: None, headers: HeaderMap::new(), door };
        let id = HeaderValue::from_str(&parts::id(event)).map_err(|_| wrong("the event's id"))?;
        head.headers.insert(HeaderName::from_static("webhook-id"), id);
        let signed = self.scheme.sign(&mut head, body, Signer::Shared(&keys), now);
        signed.map_err(|_| wrong("the request lacks what it signs"))?;
        for (name, value) in &head.headers {
            headers.insert(name, value.clone());
        }
        Ok(())
    }
}
