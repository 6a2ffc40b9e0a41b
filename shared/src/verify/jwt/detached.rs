//! A detached JWS (RFC 7515, appendix F): `header..signature` in a header, the payload is made of the delivery.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::claims::Claims;
use super::{Algorithm, KeyPlace, Published, Wanted, decoded};
use crate::delivery::{Delivery, Head};
use crate::locate::Text;
use crate::secret::{Key, Keyring, LiveSecret};
use crate::verify::message::{Part, put};
use crate::verify::{KeyAlgorithm, PrivateKey, Proof, Signing, Trust, Window, WrongShape, evidence};
use crate::{Rejection, Timestamp};

/// No sender signs a longer header; nothing of one is decoded.
const MAX_LENGTH: usize = 8 << 10;
/// No sender signs more headers than these.
const MAX_HEADERS: usize = 32;

/// A scheme of detached signatures.
#[derive(Clone, Debug)]
pub struct Detached {
    /// The header with the signature, lower case.
    pub header: Text,
    /// What it is signed with. Pinned: the sender never chooses it.
    pub algorithm: Algorithm,
    /// Where the sender publishes its keys, where it does. A `jku` must name this place and no other.
    pub published: Option<Published>,
    /// Whether the signature must name its key.
    pub needs_key_id: bool,
    /// What is signed.
    pub payload: Payload,
    /// The signed time, if the scheme has one.
    pub time: Option<SignedTime>,
}

/// The payload of a detached signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// The body as it is (RFC 7797): `b64` is false.
    Unencoded {
        /// Whether `crit` must say so, as RFC 7797 has it in section 6. It may either way.
        critical: bool,
    },
    /// Method, path, the headers that `tl_headers` names and the body, as TrueLayer joins them
    /// (github.com/TrueLayer/truelayer-signing, version 2). This header must be among them where it is there.
    Request(&'static str),
}

/// A time in the protected header, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedTime {
    /// Its name.
    pub name: &'static str,
    /// How far it may be from now; `None`: no freshness check.
    pub window: Option<Window>,
}

/// A signature whose form is right, and nothing else.
struct Form<'a> {
    /// The protected header as it was sent: it is signed so.
    protected: &'a str,
    signature: Vec<u8>,
    key_id: Option<String>,
    /// The names of signed headers, as they are spelled in what is signed.
    headers: Vec<String>,
    moment: Option<Timestamp>,
}

impl Detached {
    pub(in crate::verify) const COVERED: &'static [Part] = &[Part::Body];

    pub(in crate::verify) fn ready(&self, live: &LiveSecret) -> Result<Vec<Key>, WrongShape> {
        Wanted { algorithm: self.algorithm, needs_key_id: self.needs_key_id }.ready(live)
    }

    pub(in crate::verify) fn admit(&self, head: &Head) -> Result<(), Rejection> {
        self.form(head).map(|_| ())
    }

    pub(in crate::verify) fn prove(
        &self,
        delivery: &Delivery,
        keys: &Keyring,
        now: Timestamp,
    ) -> Result<Proof, Rejection> {
        let (head, body) = (delivery.untrusted_head(), delivery.untrusted_body());
        let form = self.form(head)?;
        let signer = |path: &str| {
            let signed = self.signed(&form, path, head, body)?;
            self.algorithm.signer(form.key_id.as_deref(), &signed, &form.signature, keys)
        };
        let (version, _) = match (signer(&head.path), self.payload) {
            // The vendor's libraries let a slash at the end be lost on the way, or won.
            (Err(Rejection::BadSignature), Payload::Request(_)) => signer(&with_other_end(&head.path)),
            (found, _) => found,
        }?;
        if let Some(SignedTime { window, .. }) = self.time {
            let moment = form.moment.ok_or(Rejection::MissingTimestamp)?;
            window.map_or(Ok(()), |window| window.check(moment, now))?;
        }
        Ok(Proof { trust: Trust::Verified, version: Some(version.clone()), covered: Cow::Borrowed(Self::COVERED) })
    }

    /// Puts a signature on `head`, as the sender would; of what it may sign besides, only the time.
    pub(in crate::verify) fn sign(
        &self,
        head: &mut Head,
        body: &[u8],
        key: &dyn PrivateKey,
        now: Timestamp,
    ) -> Result<(), Signing> {
        let seconds = now.as_unix_micros().div_euclid(1_000_000);
        let mut fields = Map::new();
        let mut say = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        say("alg", json!(self.algorithm.name()));
        say("kid", json!(key.id()));
        let mut headers = Vec::new();
        match self.payload {
            Payload::Unencoded { .. } => {
                say("b64", json!(false));
                say("crit", json!(["b64"]));
            }
            Payload::Request(time) => {
                put(&mut head.headers, time, &now.rfc3339())?;
                headers.push(time.to_owned());
                say("tl_version", json!("2"));
                say("tl_headers", json!(time));
                if let Some(Published::At(url)) = &self.published {
                    say("jku", json!(url));
                }
            }
        }
        if let Some(SignedTime { name, .. }) = self.time {
            say(name, json!(seconds));
        }
        let protected = URL_SAFE_NO_PAD.encode(Value::Object(fields).to_string());
        let form = Form { protected: &protected, signature: Vec::new(), key_id: None, headers, moment: None };
        let unread = |_| Signing::Impossible("a header that it signs is not there once");
        let signed = self.signed(&form, &head.path, head, body).map_err(unread)?;
        let signature = key.sign(KeyAlgorithm::Token(self.algorithm), &signed).ok_or(Signing::NO_KEY)?;
        put(&mut head.headers, &self.header, &format!("{protected}..{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Where its keys are published.
    pub(in crate::verify) fn key_place(&self) -> Option<KeyPlace> {
        match &self.published {
            Some(Published::At(url)) => Some(KeyPlace::Set(url.clone())),
            Some(Published::Discovered) | None => None,
        }
    }

    fn form<'a>(&self, head: &'a Head) -> Result<Form<'a>, Rejection> {
        let text = evidence(head, &self.header)?;
        let parts = text.split_once("..").filter(|(protected, signature)| {
            text.len() <= MAX_LENGTH && !protected.contains('.') && !signature.contains('.')
        });
        let (protected, signature) = parts.ok_or(Rejection::MalformedSignature)?;
        let fields = decoded(protected)?;
        let malformed = |_| Rejection::MalformedSignature;
        let fields = Claims::read(&fields).map_err(malformed)?;
        if fields.text("alg").map_err(malformed)?.as_deref() != Some(self.algorithm.name()) {
            return Err(Rejection::AlgNotAllowed);
        }
        self.understood(&fields)?;
        let headers = match self.payload {
            Payload::Unencoded { .. } => Vec::new(),
            Payload::Request(_) => named(&fields.text("tl_headers").map_err(malformed)?.unwrap_or_default())?,
        };
        if let (Some(Published::At(ours)), Some(theirs)) = (&self.published, fields.text("jku").map_err(malformed)?)
            && *ours != theirs
        {
            return Err(Rejection::UntrustedUrl);
        }
        let key_id = fields.text("kid").map_err(malformed)?.filter(|id| !id.is_empty());
        if self.needs_key_id && key_id.is_none() {
            return Err(Rejection::MissingKeyId);
        }
        let signature = decoded(signature)?;
        if signature.is_empty() || self.algorithm.signature_length().is_some_and(|wanted| wanted != signature.len()) {
            return Err(Rejection::MalformedSignature);
        }
        let moment = match self.time {
            Some(SignedTime { name, .. }) => fields.moment(name).map_err(|_| Rejection::MalformedTimestamp)?,
            None => None,
        };
        Ok(Form { protected, signature, key_id, headers, moment })
    }

    /// RFC 7515, 4.1.11: what is critical and not understood must be refused.
    fn understood(&self, fields: &Claims<'_>) -> Result<(), Rejection> {
        let critical = fields.texts("crit").map_err(|_| Rejection::CriticalHeader)?;
        let is_of_this_version = match self.payload {
            Payload::Unencoded { critical: needed } => {
                match critical.as_deref() {
                    None if needed => return Err(Rejection::CriticalHeader),
                    Some([only]) if only == "b64" => {}
                    Some(_) => return Err(Rejection::CriticalHeader),
                    None => {}
                }
                fields.flag("b64").map_err(|_| Rejection::MalformedSignature)? == Some(false)
            }
            Payload::Request(_) if critical.is_some() => return Err(Rejection::CriticalHeader),
            Payload::Request(_) => {
                fields.text("tl_version").map_err(|_| Rejection::MalformedSignature)?.as_deref() == Some("2")
            }
        };
        if is_of_this_version { Ok(()) } else { Err(Rejection::UnsupportedVersion) }
    }

    fn signed(&self, form: &Form<'_>, path: &str, head: &Head, body: &[u8]) -> Result<Vec<u8>, Rejection> {
        let protected = form.protected.as_bytes();
        let Payload::Request(must) = self.payload else { return Ok([protected, b".", body].concat()) };
        let mut text = format!("{} {path}\n", head.method);
        for name in &form.headers {
            let value = head.one_header(&name.to_ascii_lowercase())?.ok_or(Rejection::MissingHeader)?;
            text.push_str(&format!("{name}: {value}\n"));
        }
        if head.headers.contains_key(must) && !form.headers.iter().any(|name| name.eq_ignore_ascii_case(must)) {
            return Err(Rejection::MissingTimestamp);
        }
        let payload = URL_SAFE_NO_PAD.encode([text.as_bytes(), body].concat());
        Ok([protected, b".", payload.as_bytes()].concat())
    }
}

/// The names of a list, each once.
fn named(list: &str) -> Result<Vec<String>, Rejection> {
    let mut names: Vec<String> = Vec::new();
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if names.len() >= MAX_HEADERS || names.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            return Err(Rejection::MalformedSignature);
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

fn with_other_end(path: &str) -> String {
    path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned)
}
