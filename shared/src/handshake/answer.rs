//! What a handshake is answered: status, headers and body, made of pieces.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use super::{Agreed, Confirmer, Pattern, keyed, value};
use crate::dedupe::hex;
use crate::delivery::Head;
use crate::locate::Locate;
use crate::secret::{Keyring, SecretVersion};
use crate::{Fault, Rejection};

/// An answer, as data.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub good: Good,
    /// Headers, lower case.
    pub headers: &'static [(&'static str, &'static [Piece])],
    /// The body.
    pub body: Body,
}

/// The two yeses that providers ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Good {
    /// 200.
    Ok,
    /// 204: no body.
    NoContent,
}

/// The body of an answer.
#[derive(Debug)]
pub enum Body {
    /// Nothing.
    Empty,
    /// `text/plain`, not to be sniffed.
    Text(&'static [Piece]),
    /// An object of these members, in this order, whose values are strings.
    Json(&'static [(&'static str, &'static [Piece])]),
    /// JSON as it stands.
    Ready(&'static str),
}

/// A piece of a text; several are joined.
#[derive(Debug)]
pub enum Piece {
    /// As it stands.
    Text(&'static str),
    /// The fact.
    Echo(Locate, Pattern),
    /// What the source's `values` have under this name.
    Own(&'static str),
    /// The MAC of the fact under the source's key. The pattern is one that no message of a delivery matches, or the key
    /// would sign for whoever asks.
    Mac(Locate, Pattern, Written),
    /// Hex of SHA-256 over the fact, the source's verify token and its URL, in this order.
    Hashed(Locate, Pattern),
}

/// How a MAC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Lower-case hex.
    Hex,
    /// Base64 with padding.
    Base64,
}

/// What a recognised handshake is answered. Made here only.
#[derive(Debug, PartialEq, Eq)]
pub struct Greeting {
    pub(crate) good: Good,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) text: String,
    pub(crate) json: bool,
}

/// A request that is a handshake.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) head: &'a Head,
    pub(crate) body: &'a [u8],
    /// Of the key that proved it, where one did.
    pub(crate) version: Option<&'a SecretVersion>,
}

/// What an answer is made of besides the request.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) agreed: &'a Agreed,
    pub(crate) confirmer: Option<&'a dyn Confirmer>,
    pub(crate) ring: Option<&'a Keyring>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Mute {
    /// The challenge is none that may be answered.
    Refused(Rejection),
    /// The source does not have what the answer is made of.
    Failed(Fault),
}

impl Greeting {
    /// 200 and nothing.
    pub(super) const fn empty() -> Self {
        Self { good: Good::Ok, headers: Vec::new(), text: String::new(), json: false }
    }
}

impl Answer {
    /// Every piece of it.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &'static Piece> + use<> {
        let (text, members): (&[Piece], &[(&str, &[Piece])]) = match self.body {
            Body::Empty | Body::Ready(_) => (&[], &[]),
            Body::Text(pieces) => (pieces, &[]),
            Body::Json(members) => (&[], members),
        };
        let named = self.headers.iter().chain(members).flat_map(|(_, pieces)| pieces.iter());
        text.iter().chain(named)
    }

    /// The answer to this request.
    pub(super) fn greeting(&self, asked: Asked<'_>, known: Known<'_>) -> Result<Greeting, Mute> {
        let joined =
            |pieces: &[Piece]| pieces.iter().map(|piece| piece.text(asked, known)).collect::<Result<String, Mute>>();
        let mut greeting = Greeting { good: self.good, ..Greeting::empty() };
        for (name, pieces) in self.headers {
            let text = joined(pieces)?;
            let value = HeaderValue::from_str(&text).map_err(|_| Mute::Refused(Rejection::BadChallenge))?;
            greeting.headers.push((HeaderName::from_static(name), value));
        }
        match self.body {
            Body::Empty => {}
            Body::Text(pieces) => greeting.text = joined(pieces)?,
            Body::Ready(text) => (greeting.text, greeting.json) = (text.to_owned(), true),
            Body::Json(members) => {
                let mut written = Vec::with_capacity(members.len());
                for (name, pieces) in members {
                    let text = joined(pieces)?;
                    written.push(format!("{}:{}", quoted(name), quoted(&text)));
                }
                (greeting.text, greeting.json) = (format!("{{{}}}", written.join(",")), true);
            }
        }
        Ok(greeting)
    }
}

impl Piece {
    /// The place of the request that it reads.
    pub(super) const fn place(&self) -> Option<&Locate> {
        match self {
            Self::Echo(place, _) | Self::Mac(place, _, _) | Self::Hashed(place, _) => Some(place),
            Self::Text(_) | Self::Own(_) => None,
        }
    }

    fn text(&self, asked: Asked<'_>, known: Known<'_>) -> Result<String, Mute> {
        let missing = || Mute::Failed(Fault::SecretsMissing);
        Ok(match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Echo(place, pattern) => asked.challenge(place, *pattern)?,
            Self::Own(name) => known.agreed.values.get(*name).cloned().ok_or(Mute::Failed(Fault::ValueMissing))?,
            Self::Mac(place, pattern, written) => {
                let challenge = asked.challenge(place, *pattern)?;
                let digest = keyed::digest(known.ring.ok_or_else(missing)?, asked.version, &challenge);
                let digest = digest.ok_or_else(missing)?;
                match written {
                    Written::Hex => hex(&digest),
                    Written::Base64 => STANDARD.encode(digest),
                }
            }
            Self::Hashed(place, pattern) => {
                let challenge = asked.challenge(place, *pattern)?;
                let token = known.agreed.verify_token.as_ref().ok_or(Mute::Failed(Fault::ValueMissing))?;
                let url = known.agreed.url.as_ref().ok_or(Mute::Failed(Fault::ValueMissing))?;
                hex(&Sha256::new().chain_update(challenge).chain_update(token.expose()).chain_update(url).finalize())
            }
        })
    }
}

impl Asked<'_> {
    pub(super) fn challenge(self, place: &Locate, pattern: Pattern) -> Result<String, Mute> {
        let found = value(self.head, self.body, place);
        found.filter(|text| pattern.takes(text)).ok_or(Mute::Refused(Rejection::BadChallenge))
    }
}

/// A JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
