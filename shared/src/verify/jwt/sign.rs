//! The sender's side, for the operator's command and for tests.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::{Algorithm, Audience, Expected, Issuer, Jwt, Place, UrlForm};
use crate::delivery::Head;
use crate::secret::Material;
use crate::verify::message::{Part, put};
use crate::verify::{KeyAlgorithm, Signer, Signing, inscription};
use crate::{Timestamp, pick};

/// How long such a token counts, in seconds.
const LIFETIME: i64 = 300;

impl Jwt {
    /// What the table leaves to the config, by the keys of a source: nobody can make a token without.
    pub fn open(&self) -> impl Iterator<Item = &'static str> {
        let is_open = |expected: Option<&Expected>| expected == Some(&Expected::Configured);
        let open = [
            (self.issuer == Issuer::Configured, "issuer"),
            (matches!(self.audience, Audience::Configured | Audience::Url), "audience"),
            (is_open(self.email.as_ref()), "email"),
            (is_open(self.url.as_ref().map(|url| &url.url)), "public_url"),
        ];
        open.into_iter().filter_map(|(is_open, name)| is_open.then_some(name))
    }

    /// Puts a token on `head`, made with the ring's first key or the issuer's own. Where it stands in the body, the body to
    /// send instead: the claims of a body that is a token are those of the one given.
    pub(in crate::verify) fn sign(
        &self,
        head: &mut Head,
        body: &[u8],
        signer: Signer<'_>,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, Signing> {
        let mut header = json!({ "alg": self.algorithm.name(), "typ": "JWT" });
        if let (Signer::Private(key), Some(header)) = (signer, header.as_object_mut()) {
            header.insert("kid".to_owned(), json!(key.id()));
        }
        let claims = self.claims(head, body, now)?;
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(self.signature(signer, signed.as_bytes())?));
        self.place.put(head, body, token)
    }

    fn signature(&self, signer: Signer<'_>, signed: &[u8]) -> Result<Vec<u8>, Signing> {
        match (self.algorithm, signer) {
            (Algorithm::Hs256, Signer::Shared(keys)) => match keys.keys.first().map(|key| &key.material) {
                Some(Material::Rsa(key)) => key.sign(signed),
                Some(
                    Material::Mac(_)
                    | Material::Token(_)
                    | Material::Public(_)
                    | Material::Certificate(_)
                    | Material::Root(_),
                )
                | None => None,
            }
            .ok_or(Signing::NO_SECRET),
            (Algorithm::Hs256, Signer::Nothing | Signer::Private(_)) => Err(Signing::NO_SECRET),
            (algorithm, Signer::Private(key)) => {
                key.sign(KeyAlgorithm::Token(algorithm), signed).ok_or(Signing::NO_KEY)
            }
            (Algorithm::Rs256 | Algorithm::Es256 | Algorithm::Es512, Signer::Nothing | Signer::Shared(_)) => {
                Err(Signing::NO_KEY)
            }
        }
    }

    fn claims(&self, head: &Head, body: &[u8], now: Timestamp) -> Result<Value, Signing> {
        let open = || Signing::Impossible("the config does not say what its tokens must be");
        let now = now.as_unix_micros().div_euclid(1_000_000);
        let no_claims = |_| Signing::Impossible("the body is to be the token's claims: a JSON object");
        let mut claims: Map<String, Value> = match self.place {
            Place::Body => serde_json::from_slice(body).map_err(no_claims)?,
            Place::Header(..) | Place::Json(_) => Map::new(),
        };
        let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        say("iat", json!(now));
        say("exp", json!(now.saturating_add(LIFETIME)));
        for name in self.needs {
            say(name, json!(format!("doorbell-{now}")));
        }
        match &self.issuer {
            Issuer::Any => {}
            Issuer::OneOf(all) => drop(say("iss", json!(all.first().ok_or_else(open)?))),
            Issuer::Exactly(issuer) | Issuer::OfTheKeys(Expected::Exactly(issuer)) => drop(say("iss", json!(issuer))),
            Issuer::Configured | Issuer::OfTheKeys(Expected::Configured) => return Err(open()),
        }
        match &self.audience {
            Audience::Any => {}
            Audience::Exactly(audience) => drop(say("aud", json!(audience))),
            Audience::Configured | Audience::Url => return Err(open()),
        }
        match &self.email {
            None => {}
            Some(Expected::Exactly(email)) => {
                say("email", json!(email));
                say("email_verified", json!(true));
            }
            Some(Expected::Configured) => return Err(open()),
        }
        match self.url.as_ref().map(|url| (url.claim.as_ref(), url.form, &url.url)) {
            None => {}
            Some((claim, UrlForm::InBody(pointer), _)) => {
                let said = pick::json(body, &[pointer]).into_iter().next().flatten();
                say(claim, json!(said.ok_or(Signing::Missing(Part::Json(pointer.into())))?));
            }
            Some((claim, form, Expected::Exactly(ours))) => drop(say(claim, json!(form.of(ours, head)))),
            Some((_, _, Expected::Configured)) => return Err(open()),
        }
        if let Some(hash) = self.body.as_ref().filter(|hash| !(hash.absent_if_empty && body.is_empty())) {
            say(&hash.claim, json!(hash.written.of(body)));
        }
        Ok(Value::Object(claims))
    }
}

impl Place {
    /// Puts a token on `head`, or into the body, which is to be sent instead then.
    pub(super) fn put(&self, head: &mut Head, body: &[u8], token: String) -> Result<Option<Vec<u8>>, Signing> {
        match self {
            Self::Header(name, scheme) => {
                let before = scheme.map(|scheme| format!("{scheme} ")).unwrap_or_default();
                put(&mut head.headers, name, &format!("{before}{token}")).map(|()| None)
            }
            Self::Json(pointer) => {
                let missing = || Signing::Missing(Part::Json(pointer.clone()));
                inscription::field(body, pointer, "", &token).ok_or_else(missing).map(Some)
            }
            Self::Body => Ok(Some(token.into_bytes())),
        }
    }
}
