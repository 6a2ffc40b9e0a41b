//! A batch whose items each carry a tag of their own, inside the item.

use std::borrow::Cow;

use serde_json::Value;

use super::{Encoding, Hash, KeyForm, Mac, Message, Part, Place, Proof, Signing, Trust, WrongShape, inscription};
use crate::Rejection;
use crate::delivery::{Delivery, Head};
use crate::secret::{Keyring, Material, Secret};

/// No batch has more; each costs a digest.
const MAX_ITEMS: usize = 64;

/// A scheme of tagged items. Every one of them must be genuine; the fields that the tags cover are proven, not the body.
#[derive(Clone, Debug)]
pub struct Items {
    /// The JSON pointer to the array.
    pub array: &'static str,
    /// The pointer to the tag, into each element.
    pub tag: &'static str,
    /// The pointers to the fields that are signed, into each element; a field that is not there is empty.
    pub fields: &'static [&'static str],
    /// What stands between two fields.
    pub between: &'static str,
    /// How the secret's text becomes key bytes.
    pub key: KeyForm,
}

impl Items {
    /// The standard notifications of Adyen (docs.adyen.com/development-resources/webhooks/verify-hmac-signatures).
    pub(crate) const ADYEN: Self = Self {
        array: "/notificationItems",
        tag: "/NotificationRequestItem/additionalData/hmacSignature",
        fields: &[
            "/NotificationRequestItem/pspReference",
            "/NotificationRequestItem/originalReference",
            "/NotificationRequestItem/merchantAccountCode",
            "/NotificationRequestItem/merchantReference",
            "/NotificationRequestItem/amount/value",
            "/NotificationRequestItem/amount/currency",
            "/NotificationRequestItem/eventCode",
            "/NotificationRequestItem/success",
        ],
        between: ":",
        key: KeyForm::Hex,
    };

    /// The same as a MAC over one text.
    const fn mac(&self) -> Mac {
        let message = Message {
            tags: Place::Header(Cow::Borrowed("")),
            layout: super::Layout::Whole(Cow::Borrowed("")),
            encoding: Encoding::Base64,
            parts: Cow::Borrowed(&[Part::Body]),
            time: None,
            fixed: &[],
            body_digest: None,
        };
        Mac { hash: Hash::Sha256, key: self.key, message }
    }

    pub(super) fn ready(&self, secret: &Secret) -> Result<Vec<Material>, WrongShape> {
        self.mac().ready(secret)
    }

    pub(super) const fn admit(_head: &Head) -> Result<(), Rejection> {
        Ok(())
    }

    pub(super) fn prove(&self, delivery: &Delivery, keys: &Keyring) -> Result<Proof, Rejection> {
        let document: Value =
            serde_json::from_slice(delivery.untrusted_body()).map_err(|_| Rejection::MalformedSignature)?;
        let items = document.pointer(self.array).and_then(Value::as_array).filter(|items| !items.is_empty());
        let items = items.ok_or(Rejection::MissingSignature)?;
        if items.len() > MAX_ITEMS {
            return Err(Rejection::TooManySignatures);
        }
        // Every tag is well formed before anything is computed.
        let tagged = items.iter().map(|item| Ok((self.tag_of(item)?, self.signed(item)?)));
        let tagged = tagged.collect::<Result<Vec<_>, Rejection>>()?;
        // One secret for the whole batch: a batch is signed at one moment.
        let proves = |mac: &super::mac::MacKey| tagged.iter().all(|(tag, text)| mac.is_tag(text.as_bytes(), tag));
        let key = keys.keys.iter().find(|key| matches!(&key.material, Material::Mac(mac) if proves(mac)));
        let key = key.ok_or(Rejection::BadSignature)?;
        Ok(Proof { trust: Trust::Authenticated, version: Some(key.version.clone()), covered: Cow::Borrowed(&[]) })
    }

    /// The body with a tag in each item, made with the ring's first key.
    pub(super) fn sign(&self, body: &[u8], keys: &Keyring) -> Result<Vec<u8>, Signing> {
        let Some(Material::Mac(key)) = keys.keys.first().map(|key| &key.material) else {
            return Err(Signing::NO_SECRET);
        };
        let missing = || Signing::Missing(Part::Json(Cow::Borrowed(self.array)));
        let document: Value = serde_json::from_slice(body).map_err(|_| missing())?;
        let items = document.pointer(self.array).and_then(Value::as_array).ok_or_else(missing)?;
        let mut signed = std::str::from_utf8(body).map_err(|_| missing())?.to_owned();
        for (index, item) in items.iter().enumerate() {
            let text = self.signed(item).map_err(|_| Signing::Impossible("a signed field is an array or an object"))?;
            let pointer = format!("{}/{index}{}", self.array, self.tag);
            let tag = Encoding::Base64.write(&key.tag(text.as_bytes()));
            let no_place = || Signing::Missing(Part::Json(Cow::Owned(pointer.clone())));
            signed = inscription::json(&signed, &pointer, &tag).ok_or_else(no_place)?;
        }
        Ok(signed.into_bytes())
    }

    fn tag_of(&self, item: &Value) -> Result<[u8; 32], Rejection> {
        let text = match item.pointer(self.tag) {
            None => return Err(Rejection::MissingSignature),
            Some(Value::String(text)) if text.is_empty() => return Err(Rejection::EmptySignature),
            Some(Value::String(text)) => text,
            Some(_) => return Err(Rejection::MalformedSignature),
        };
        let mut tag = [0; 32];
        let length = Encoding::Base64.read(text, &mut tag);
        length.filter(|length| *length == tag.len()).map(|_| tag).ok_or(Rejection::MalformedSignature)
    }

    fn signed(&self, item: &Value) -> Result<String, Rejection> {
        let text = |pointer: &&str| match item.pointer(pointer) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(Value::Bool(value)) => Ok(value.to_string()),
            Some(Value::Array(_) | Value::Object(_)) => Err(Rejection::MalformedSignature),
        };
        Ok(self.fields.iter().map(text).collect::<Result<Vec<_>, _>>()?.join(self.between))
    }
}
