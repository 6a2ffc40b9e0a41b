//! The sender's side, for the operator's command and for tests: only with a shared secret.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::{Algorithm, Audience, Expected, Issuer, Jwt, Place};
use crate::Timestamp;
use crate::delivery::Head;
use crate::secret::{Keyring, Material};
use crate::verify::Signing;
use crate::verify::message::put;

/// How long such a token counts, in seconds.
const LIFETIME: i64 = 300;

impl Jwt {
    /// Whether whoever holds the secret can make its tokens as it stands.
    pub(in crate::verify) const fn signs(&self) -> bool {
        matches!(self.algorithm, Algorithm::Hs256) && matches!(self.place, Place::Header(..)) && self.is_filled()
    }

    /// Puts a token on `head`, made with the ring's first key.
    pub(in crate::verify) fn sign(
        &self,
        head: &mut Head,
        body: &[u8],
        keys: &Keyring,
        now: Timestamp,
    ) -> Result<(), Signing> {
        if self.algorithm != Algorithm::Hs256 {
            return Err(Signing("only the issuer's private key makes a token"));
        }
        let Place::Header(name, scheme) = &self.place else {
            return Err(Signing("the token is of the body, and nothing is put there"));
        };
        let header = json!({ "alg": self.algorithm.name(), "typ": "JWT" });
        let claims = self.claims(head, body, now).ok_or(Signing("the config does not say what its tokens must be"))?;
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = match keys.keys.first().map(|key| &key.material) {
            Some(Material::Rsa(key)) => key.sign(signed.as_bytes()),
            Some(
                Material::Mac(_)
                | Material::Token(_)
                | Material::Public(_)
                | Material::Certificate(_)
                | Material::Root(_),
            )
            | None => None,
        };
        let signature = signature.ok_or(Signing("the ring holds no key of this scheme"))?;
        let before = scheme.map(|scheme| format!("{scheme} ")).unwrap_or_default();
        put(&mut head.headers, name, &format!("{before}{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// `None` while something is left to the config.
    fn claims(&self, head: &Head, body: &[u8], now: Timestamp) -> Option<Value> {
        let now = now.as_unix_micros().div_euclid(1_000_000);
        let mut claims = Map::new();
        let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        say("iat", json!(now));
        say("exp", json!(now.saturating_add(LIFETIME)));
        for name in self.needs {
            say(name, json!(format!("doorbell-{now}")));
        }
        match &self.issuer {
            Issuer::Any => {}
            Issuer::OneOf(all) => drop(say("iss", json!(all.first()?))),
            Issuer::Exactly(issuer) => drop(say("iss", json!(issuer))),
            Issuer::Configured => return None,
        }
        match &self.audience {
            Audience::Any => {}
            Audience::Exactly(audience) => drop(say("aud", json!(audience))),
            Audience::Configured | Audience::Url => return None,
        }
        match &self.email {
            None => {}
            Some(Expected::Exactly(email)) => {
                say("email", json!(email));
                say("email_verified", json!(true));
            }
            Some(Expected::Configured) => return None,
        }
        if let Some(url) = &self.url {
            let Expected::Exactly(ours) = &url.url else { return None };
            say(&url.claim, json!(url.form.of(ours, head)));
        }
        if let Some(hash) = self.body.as_ref().filter(|hash| !(hash.absent_if_empty && body.is_empty())) {
            say(&hash.claim, json!(hash.written.of(body)));
        }
        Some(Value::Object(claims))
    }
}
