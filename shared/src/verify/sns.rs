//! A message of Amazon SNS, as it is posted: JSON with a signature inside, by a certificate whose URL it names
//! (docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html).
//!
//! Everybody's topics are signed with the same keys, so the topic is the authority. What a message names is asked only on
//! the host of that topic's region.

mod certificate;
mod message;

use std::borrow::Cow;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{Algorithm, Expected, KeyAlgorithm, Part, PrivateKey, Proof, Signing, Trust, Window, WrongShape};
use crate::delivery::{Delivery, Head};
use crate::secret::{Key, Keyring, LiveSecret, Material};
use crate::{Rejection, Timestamp};

pub(crate) use certificate::Certificate;
use message::Message;

/// Stands on a message that is delivered without its JSON, and so without a signature.
const RAW: &str = "x-amz-sns-rawdelivery";
/// How the names of its certificates begin; 32 hex digits follow.
const NAME: &str = "SimpleNotificationService-";
/// More digits than this would not fit into the version's label, by which a fetched key is found.
const MAX_DIGITS: usize = 38;

/// A scheme of messages of one topic.
#[derive(Clone, Debug)]
pub struct Sns {
    /// The ARN of the topic.
    pub topic: Expected,
    /// How far its time may lie from now; `None`: as far as it likes.
    pub window: Option<Window>,
}

/// What must hold of a message before a key is looked for.
struct Claim<'a> {
    message: Message<'a>,
    /// The certificate's URL, and its name there.
    url: String,
    signature: Vec<u8>,
}

impl Sns {
    /// What its signature covers: the event, which is the message in the envelope. What stands beside it, such as
    /// `MessageAttributes`, is not covered; an envelope's letter only claims.
    pub(super) const COVERED: &'static [Part] = &[Part::Body];

    /// The headers that tell of the message are not signed; only that there is no evidence is taken from them.
    pub(super) fn admit(head: &Head) -> Result<(), Rejection> {
        if head.headers.contains_key(RAW) { Err(Rejection::MissingSignature) } else { Ok(()) }
    }

    pub(super) fn prove(&self, delivery: &Delivery, keys: &Keyring, now: Timestamp) -> Result<Proof, Rejection> {
        let Claim { message, url, signature } = self.claim(delivery)?;
        let algorithm = match message.version() {
            Some("1") => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Some("2") => &RSA_PKCS1_2048_8192_SHA256,
            Some(_) => return Err(Rejection::UnsupportedVersion),
            None => return Err(Rejection::MalformedSignature),
        };
        let signed = message.signed()?;
        let named = keys.keys.iter().filter_map(|key| match &key.material {
            Material::Certificate(certificate) if is_named(key.version.as_str(), &url) => {
                Some((&key.version, certificate))
            }
            Material::Certificate(_)
            | Material::Rsa(_)
            | Material::Mac(_)
            | Material::Token(_)
            | Material::Public(_)
            | Material::Root(_) => None,
        });
        let mut named = named.peekable();
        if named.peek().is_none() {
            return Err(Rejection::UnknownKey);
        }
        let matches = |certificate: &Certificate| certificate.verifies(algorithm, &signed, &signature);
        let (version, certificate) = named.find(|(_, it)| matches(it)).ok_or(Rejection::BadSignature)?;
        if !certificate.is_valid_at(now) {
            return Err(Rejection::ExpiredCertificate);
        }
        let moment = message.time().ok_or(Rejection::MalformedTimestamp)?;
        self.window.map_or(Ok(()), |window| window.check(moment, now))?;
        // Before the proof it is as forged as the rest.
        let is_elsewhere = |url: &str| !self.host().is_some_and(|host| url.starts_with(&format!("https://{host}/?")));
        if message.asks_to_confirm().is_some_and(is_elsewhere) {
            return Err(Rejection::UntrustedUrl);
        }
        Ok(Proof { trust: Trust::Verified, version: Some(version.clone()), covered: Cow::Borrowed(Self::COVERED) })
    }

    /// How its certificates' keys sign today: version 2.
    pub(super) const SIGNED_WITH: KeyAlgorithm = KeyAlgorithm::Message(Algorithm::RsaSha256);

    /// The body with the signature and what else SNS writes, where the message lacks it.
    pub(super) fn sign(&self, body: &[u8], key: &dyn PrivateKey, now: Timestamp) -> Result<Vec<u8>, Signing> {
        let (Expected::Exactly(topic), Some(host)) = (&self.topic, self.host()) else {
            return Err(Signing::Impossible("no topic is said"));
        };
        let no_message = || Signing::Missing(Part::Json("/Message".into()));
        let mut fields: Map<String, Value> = serde_json::from_slice(body).map_err(|_| no_message())?;
        fields.insert("Timestamp".to_owned(), json!(now.rfc3339()));
        fields.insert("SignatureVersion".to_owned(), json!("2"));
        for (name, text) in [
            ("Type", "Notification".to_owned()),
            ("MessageId", format!("doorbell-{}", now.as_unix_micros())),
            ("TopicArn", topic.clone().into_owned()),
            ("SigningCertURL", format!("https://{host}/{NAME}0.pem")),
        ] {
            fields.entry(name).or_insert_with(|| json!(text));
        }
        let text = Value::Object(fields.clone()).to_string();
        let signed = Message::read(text.as_bytes()).and_then(|message| message.signed()).map_err(|_| no_message())?;
        let signature = key.sign(Self::SIGNED_WITH, &signed).ok_or(Signing::NO_KEY)?;
        fields.insert("Signature".to_owned(), json!(STANDARD.encode(signature)));
        Ok(Value::Object(fields).to_string().into_bytes())
    }

    /// The URL of the certificate that a delivery names.
    pub(super) fn named(&self, delivery: &Delivery) -> Option<String> {
        self.claim(delivery).ok().map(|claim| claim.url)
    }

    /// The certificates of one PEM document that can sign messages of the topic; the others are passed over.
    pub(super) fn ready(&self, document: &LiveSecret) -> Result<Vec<Key>, WrongShape> {
        let names = self.names().unwrap_or_default();
        let under_version = |it| Key { version: document.version.clone(), material: Material::Certificate(it) };
        Ok(certificate::read(document.secret.expose(), &names)?.into_iter().map(under_version).collect())
    }

    /// Neither key nor network is asked for what fails here.
    fn claim<'a>(&self, delivery: &'a Delivery) -> Result<Claim<'a>, Rejection> {
        Self::admit(delivery.untrusted_head())?;
        let message = Message::read(delivery.untrusted_body())?;
        let signature = STANDARD.decode(message.signature()?).map_err(|_| Rejection::MalformedSignature)?;
        if !self.topic.is(message.topic().ok_or(Rejection::MalformedSignature)?) {
            return Err(Rejection::WrongTopic);
        }
        let url = message.certificate().ok_or(Rejection::MalformedSignature)?;
        let host = self.host().ok_or(Rejection::UntrustedUrl)?;
        let digits = url.strip_prefix(&format!("https://{host}/{NAME}")).and_then(|rest| rest.strip_suffix(".pem"));
        let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !digits.is_some_and(|digits| (1..=MAX_DIGITS).contains(&digits.len()) && is_hex(digits)) {
            return Err(Rejection::UntrustedUrl);
        }
        let url = url.to_owned();
        Ok(Claim { message, url, signature })
    }

    /// The region of the topic, and the domain of its partition.
    fn place(&self) -> Option<(&str, &'static str)> {
        let Expected::Exactly(arn) = &self.topic else { return None };
        let mut fields = arn.split(':').skip(1);
        let domain = match fields.next()? {
            "aws" | "aws-us-gov" => "amazonaws.com",
            "aws-cn" => "amazonaws.com.cn",
            _ => return None,
        };
        Some((fields.nth(1)?, domain))
    }

    /// The one host that messages may point to.
    fn host(&self) -> Option<String> {
        self.place().map(|(region, domain)| format!("sns.{region}.{domain}"))
    }

    /// Whose certificates sign: the service's, the region's own in China, those of a region that accounts have to opt in
    /// to, GovCloud's of one region (aws-sdk-java-v2, `SnsHostProvider`).
    fn names(&self) -> Option<[String; 4]> {
        let (region, domain) = self.place()?;
        let own = |name: &str| format!("{name}.{domain}");
        Some([
            own("sns"),
            own(&format!("sns-{region}")),
            own(&format!("sns-signing.{region}")),
            own("sns-us-gov-west-1"),
        ])
    }
}

/// The label of a certificate that was fetched: its name under the URL.
#[must_use]
pub fn label(url: &str) -> &str {
    let name = url.rsplit_once('/').map_or(url, |(_, name)| name);
    name.strip_suffix(".pem").unwrap_or(name)
}

/// Whether a key of this label is the one at the URL. What an operator pinned, under whatever other label, is for all.
fn is_named(version: &str, url: &str) -> bool {
    !version.starts_with(NAME) || version == label(url)
}
