//! A token signed by its issuer: a compact JWS (RFC 7515) with the claims of a JWT (RFC 7519). One algorithm a scheme:
//! the sender never chooses it. The token says who sent the delivery; the body is covered only where a claim holds its
//! digest, or where the body is the token.

mod bound;
mod chain;
mod chained;
mod claims;
mod detached;
mod keys;
mod sign;
mod token;

use std::borrow::Cow;
use std::time::Duration;

use super::message::Part;
use super::{Proof, Trust, Window, WrongShape};
use crate::delivery::{Delivery, Head};
use crate::locate::{Locate, Text};
use crate::secret::{Key, Keyring, LiveSecret, Material, SecretVersion};
use crate::{Rejection, Timestamp, pick};

pub use bound::{BodyHash, UrlClaim, UrlForm, Written};
pub use chain::Marks;
pub use chained::{Bound, Chained, Said};
pub use detached::{Detached, Payload, SignedTime};
pub use token::Place;

pub(crate) use chain::Root;
use claims::Claims;
pub(crate) use keys::TokenKey;
use keys::Wanted;
use token::{Token, decoded};

/// Keys that a document may hold under one id and that are tried; a rotation has one, a mistake two.
const MAX_KEYS_OF_AN_ID: usize = 4;

/// A scheme of signed tokens.
#[derive(Clone, Debug)]
pub struct Jwt {
    /// Where the token stands.
    pub place: Place,
    /// What it is signed with.
    pub algorithm: Algorithm,
    /// Where the issuer publishes its keys, where it does.
    pub published: Option<Published>,
    /// Whether a token must name its key (`kid`). One that does is verified with that key alone either way.
    pub needs_key_id: bool,
    /// Who may have signed it: `iss`.
    pub issuer: Issuer,
    /// For whom it must be: `aud`, a text or a list with this in it.
    pub audience: Audience,
    /// Whose it must be, where that counts: `email` is this, and `email_verified` is `true`.
    pub email: Option<Expected>,
    /// When it counts.
    pub life: Life,
    /// Further claims that must be there as text that is not empty.
    pub needs: &'static [&'static str],
    /// Where the body names the channel for which its key must be endorsed, of a key that says for which it is. A JSON
    /// pointer.
    pub endorsed: Option<&'static str>,
    /// The claim with the body's digest: the token covers the body then.
    pub body: Option<BodyHash>,
    /// The claim with the URL that it was sent to.
    pub url: Option<UrlClaim>,
}

/// A signature algorithm of RFC 7518.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC-SHA256 with the secret's text.
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// ECDSA over P-521 with SHA-512.
    Es512,
}

impl Algorithm {
    /// Its name in a header (RFC 7518, 3.1).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::Es512 => "ES512",
        }
    }

    /// The bytes of a signature, where they are always as many (RFC 7518, 3.2 and 3.4).
    const fn signature_length(self) -> Option<usize> {
        match self {
            Self::Hs256 => Some(32),
            Self::Rs256 => None,
            Self::Es256 => Some(64),
            Self::Es512 => Some(132),
        }
    }
}

impl Algorithm {
    /// The key that made the signature, and its version.
    fn signer<'k>(
        self,
        key_id: Option<&str>,
        signed: &[u8],
        signature: &[u8],
        keys: &'k Keyring,
    ) -> Result<(&'k SecretVersion, &'k TokenKey), Rejection> {
        let named = keys.keys.iter().filter_map(|key| {
            let Material::Rsa(of) = &key.material else { return None };
            of.is_meant(key_id).then_some((&key.version, of))
        });
        // The operator's own secrets are as many as were configured; what was published is not ours to count.
        let most = if self == Self::Hs256 { usize::MAX } else { MAX_KEYS_OF_AN_ID };
        let mut named = named.take(most).peekable();
        if named.peek().is_none() {
            return Err(Rejection::UnknownKey);
        }
        named.find(|(_, key)| key.verifies(signed, signature)).ok_or(Rejection::BadSignature)
    }
}

/// Where an issuer publishes its keys as a JWKS document (RFC 7517).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// At this URL.
    At(Text),
    /// Where the metadata under the issuer's own URL says (OpenID Connect Discovery 1.0, section 4).
    Discovered,
}

/// The place to fetch keys from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// A JWKS document at this URL.
    Set(Text),
    /// The JWKS document that the metadata of this issuer names.
    Issuer(Text),
}

/// Who may have signed a token; letter by letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// Whoever holds the key, for that is one sender alone.
    Any,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// What the source's config says. A template; no token fits it.
    Configured,
    /// This one.
    Exactly(Text),
    /// The same, or the config's, where the token says one: its own keys sign nobody else's tokens.
    OfTheKeys(Expected),
}

/// For whom a token must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Anybody: the key is this receiver's alone, and its sender writes no audience.
    Any,
    /// What the source's config says. A template; no token fits it.
    Configured,
    /// The same, by default the source's public URL.
    Url,
    /// This one.
    Exactly(Text),
}

/// What a claim must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// What the source's config says. A table entry is a template; until it is filled in no token fits it.
    Configured,
    /// This text.
    Exactly(Text),
}

impl Expected {
    pub(super) fn is(&self, claimed: &str) -> bool {
        match self {
            Self::Configured => false,
            Self::Exactly(text) => text == claimed,
        }
    }
}

/// When a token counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// How far the issuer's clock may differ, both ways.
    pub skew: Duration,
    /// Whether it must say when it ends (`exp`). One that does is held to it either way.
    pub needs_end: bool,
    /// Whether it must say when it was issued (`iat`).
    pub needs_start: bool,
    /// How long ago it may have been issued, whatever its end is; it must say when, then.
    pub max_age: Option<Duration>,
    /// The longest time between `iat` and `exp`, where it says both.
    pub max_lifetime: Option<Duration>,
}

/// What a config says of the tokens that a source takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Who must have signed them.
    pub issuer: Option<String>,
    /// For whom they must be.
    pub audience: Option<String>,
    /// Whose they must be.
    pub email: Option<String>,
    /// The URL that they are sent to.
    pub url: Option<String>,
}

impl Jwt {
    /// The keys of one secret that can sign our tokens.
    pub(super) fn ready(&self, live: &LiveSecret) -> Result<Vec<Key>, WrongShape> {
        Wanted { algorithm: self.algorithm, needs_key_id: self.needs_key_id }.ready(live)
    }

    pub(super) fn admit(&self, head: &Head) -> Result<(), Rejection> {
        match self.place.of_head(head) {
            Some(text) => Token::parse(text?, self.algorithm, self.needs_key_id).map(|_| ()),
            None => Ok(()),
        }
    }

    /// The claims are read after the signature: before it they are hearsay.
    pub(super) fn prove(&self, delivery: &Delivery, keys: &Keyring, now: Timestamp) -> Result<Proof, Rejection> {
        let (head, body) = (delivery.untrusted_head(), delivery.untrusted_body());
        let text = self.place.text(head, body)?;
        let token = Token::parse(&text, self.algorithm, self.needs_key_id)?;
        let signature = decoded(token.signature)?;
        let signed = token.signed.as_bytes();
        let (version, key) = self.algorithm.signer(token.key_id.as_deref(), signed, &signature, keys)?;
        if let Some(pointer) = self.endorsed
            && !key.is_endorsed_for(pick::json(body, &[pointer]).into_iter().flatten().next().as_deref())
        {
            return Err(Rejection::UnendorsedKey);
        }
        let claims = decoded(token.claims)?;
        self.check(&Claims::read(&claims)?, head, body, now)?;
        Ok(Proof { trust: self.trust(), version: Some(version.clone()), covered: Cow::Borrowed(self.covered()) })
    }

    fn check(&self, claims: &Claims<'_>, head: &Head, body: &[u8], now: Timestamp) -> Result<(), Rejection> {
        self.issuer.check(claims)?;
        self.audience.check(claims)?;
        self.life.check(claims, now)?;
        if let Some(email) = &self.email {
            // Anybody with an account at the issuer gets a token for any audience, so this is the authority.
            if !claims.text("email")?.is_some_and(|claimed| email.is(&claimed)) {
                return Err(Rejection::WrongEmail);
            }
            if claims.flag("email_verified")? != Some(true) {
                return Err(Rejection::EmailNotVerified);
            }
        }
        for name in self.needs {
            if claims.text(name)?.is_none_or(|text| text.is_empty()) {
                return Err(Rejection::BadToken);
            }
        }
        self.url.as_ref().map_or(Ok(()), |url| url.check(claims, head, body))?;
        self.body.as_ref().map_or(Ok(()), |hash| hash.check(claims, body))
    }

    /// A token that says nothing of the body proves who sent it, not what.
    pub(super) const fn trust(&self) -> Trust {
        if self.covered().is_empty() { Trust::Authenticated } else { Trust::Verified }
    }

    pub(super) const fn covered(&self) -> &'static [Part] {
        const BODY: &[Part] = &[Part::Body];
        if self.body.is_some() || matches!(self.place, Place::Body) { BODY } else { &[] }
    }

    /// Where its keys are published, once the issuer is known.
    pub(super) fn key_place(&self) -> Option<KeyPlace> {
        match (self.published.as_ref()?, &self.issuer) {
            (Published::At(url), _) => Some(KeyPlace::Set(url.clone())),
            (Published::Discovered, Issuer::Exactly(issuer) | Issuer::OfTheKeys(Expected::Exactly(issuer))) => {
                Some(KeyPlace::Issuer(issuer.clone()))
            }
            (Published::Discovered, Issuer::OneOf([issuer, ..])) => Some(KeyPlace::Issuer(Cow::Borrowed(issuer))),
            (
                Published::Discovered,
                Issuer::OneOf([]) | Issuer::Any | Issuer::Configured | Issuer::OfTheKeys(Expected::Configured),
            ) => None,
        }
    }

    /// Fills in what the template leaves to the config; the rest stays as it is.
    pub(super) fn fill(&mut self, tokens: &Tokens) {
        let text = |said: &Option<String>| said.clone().map(Cow::Owned);
        let fill = |place: &mut Expected, said: &Option<String>| {
            if let (Expected::Configured, Some(said)) = (&*place, text(said)) {
                *place = Expected::Exactly(said);
            }
        };
        if let (Issuer::Configured, Some(issuer)) = (&self.issuer, text(&tokens.issuer)) {
            self.issuer = Issuer::Exactly(issuer);
        }
        if let Issuer::OfTheKeys(issuer) = &mut self.issuer {
            fill(issuer, &tokens.issuer);
        }
        if let (Audience::Configured | Audience::Url, Some(audience)) = (&self.audience, text(&tokens.audience)) {
            self.audience = Audience::Exactly(audience);
        }
        if let Some(email) = &mut self.email {
            fill(email, &tokens.email);
        }
        if let Some(url) = &mut self.url {
            fill(&mut url.url, &tokens.url);
        }
    }

    /// Whether the token covers the fact at this place.
    pub(super) fn covers(&self, place: &Locate) -> bool {
        super::message::covers(self.covered(), place)
    }
}

impl Issuer {
    /// Whether it is left to the config.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Configured | Self::OfTheKeys(Expected::Configured))
    }

    fn check(&self, claims: &Claims<'_>) -> Result<(), Rejection> {
        let claimed = claims.text("iss")?;
        let is_ours = |ours: &dyn Fn(&str) -> bool| claimed.as_deref().is_some_and(ours);
        let fits = match self {
            Self::Any => true,
            Self::OneOf(all) => is_ours(&|issuer| all.contains(&issuer)),
            Self::Configured => false,
            Self::Exactly(text) => is_ours(&|issuer| text == issuer),
            Self::OfTheKeys(Expected::Configured) => false,
            Self::OfTheKeys(expected) => claimed.as_deref().is_none_or(|issuer| expected.is(issuer)),
        };
        if fits { Ok(()) } else { Err(Rejection::WrongIssuer) }
    }
}

impl Audience {
    fn check(&self, claims: &Claims<'_>) -> Result<(), Rejection> {
        let wanted = match self {
            Self::Any => return Ok(()),
            Self::Configured | Self::Url => return Err(Rejection::WrongAudience),
            Self::Exactly(text) => text,
        };
        if claims.audiences()?.iter().any(|audience| audience == wanted) {
            Ok(())
        } else {
            Err(Rejection::WrongAudience)
        }
    }
}

impl Life {
    fn check(&self, claims: &Claims<'_>, now: Timestamp) -> Result<(), Rejection> {
        let (issued, expires) = (claims.moment("iat")?, claims.moment("exp")?);
        let needs_start = self.needs_start || self.max_age.is_some();
        if (self.needs_end && expires.is_none()) || (needs_start && issued.is_none()) {
            return Err(Rejection::BadToken);
        }
        if let (Some(max_age), Some(issued)) = (self.max_age, issued) {
            Window { max_age, max_future: self.skew }.check(issued, now)?;
        }
        let valid_from = issued.max(claims.moment("nbf")?);
        if valid_from.is_some_and(|from| from > now.plus(self.skew)) {
            return Err(Rejection::NotYetValid);
        }
        if expires.is_some_and(|end| now > end.plus(self.skew)) {
            return Err(Rejection::ExpiredToken);
        }
        match (self.max_lifetime, issued, expires) {
            (Some(most), Some(issued), Some(end)) if end.since(issued) > most => Err(Rejection::LifetimeTooLong),
            _ => Ok(()),
        }
    }
}
