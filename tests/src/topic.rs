//! What SNS is to an endpoint: a private key, its certificate, and messages of a topic.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorbell_core::Timestamp;
use serde_json::{Value, json};

/// The topic of these tests.
pub const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:orders";
/// Where its certificate is.
pub const CERTIFICATE: &str =
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem";
/// What confirms a subscription.
pub const CONFIRM: &str = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=opaque";
/// The token of every message that has one.
pub const TOKEN: &str = "2336412f37fb687f5d51e6e2425e90cc";

/// A signer.
#[derive(Debug)]
pub struct Topic(KeyPair);

impl Default for Topic {
    fn default() -> Self {
        Self(KeyPair::generate(KeySize::Rsa2048).expect("a new key"))
    }
}

impl Topic {
    /// One for all tests of a process: a key takes a while to make.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Topic> = OnceLock::new();
        SHARED.get_or_init(Self::default)
    }

    /// The certificate of its key for that DNS name, from 2020 until the end of that year. Nobody signed it: what makes
    /// it genuine is where it comes from.
    #[must_use]
    pub fn certificate(&self, name: &str, until: u8) -> String {
        let algorithm =
            |last| der(0x30, &[&der(6, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, last]]), &der(5, &[])]);
        let time = |year: u8, rest: &str| der(0x17, &[format!("{year:02}{rest}").as_bytes()]);
        let key = der(0x30, &[&algorithm(1), &der(3, &[&[0], self.0.public_key().as_ref()])]);
        let names = der(0x30, &[&der(0x82, &[name.as_bytes()])]);
        let extension = der(0x30, &[&der(6, &[&[0x55, 0x1d, 0x11]]), &der(4, &[&names])]);
        let nobody = der(0x30, &[]);
        let body = der(
            0x30,
            &[
                &der(0xa0, &[&der(2, &[&[2]])]),
                &der(2, &[&[1]]),
                &algorithm(11),
                &nobody,
                &der(0x30, &[&time(20, "0101000000Z"), &time(until, "1231235959Z")]),
                &nobody,
                &key,
                &der(0xa3, &[&der(0x30, &[&extension])]),
            ],
        );
        let whole = STANDARD.encode(der(0x30, &[&body, &algorithm(11), &der(3, &[&[0, 0]])]));
        let lines: Vec<&str> =
            whole.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("base64")).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    /// A message of that type, sent then, with its signature.
    #[must_use]
    pub fn message(&self, kind: &str, at: Timestamp) -> Value {
        let message = json!({
            "Type": kind,
            "MessageId": "5942dda0-6e46-4d03-bf55-e0f35577e4e4",
            "TopicArn": TOPIC,
            "Message": "{\"order\": 7}",
            "Timestamp": at.rfc3339(),
            "SignatureVersion": "2",
            "SigningCertURL": CERTIFICATE,
        });
        let about_itself = [("Token", TOKEN), ("SubscribeURL", CONFIRM)].into_iter().filter(|_| kind != "Notification");
        self.signed(about_itself.fold(message, |message, (name, text)| with(message, name, text)))
    }

    /// The same message, signed as it is.
    #[must_use]
    pub fn signed(&self, message: Value) -> Value {
        let names: &[&str] = if message.get("Type").is_some_and(|kind| kind == "Notification") {
            &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
        } else {
            &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        };
        let line = |name: &&str| Some(format!("{name}\n{}\n", message.get(name)?.as_str()?));
        let text: String = names.iter().filter_map(line).collect();
        let mut signature = vec![0; self.0.public_modulus_len()];
        let made = self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature);
        made.expect("a signature");
        with(message, "Signature", STANDARD.encode(signature))
    }
}

/// The same message with that field.
#[must_use]
pub fn with(mut message: Value, field: &str, value: impl Into<Value>) -> Value {
    if let Some(fields) = message.as_object_mut() {
        fields.insert(field.to_owned(), value.into());
    }
    message
}

/// One value of DER (X.690).
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).expect("a certificate is short").to_be_bytes();
    let length = match length {
        [0, short @ 0..=127] => vec![short],
        [0, short] => vec![0x81, short],
        [high, low] => vec![0x82, high, low],
    };
    [vec![tag], length, content].concat()
}
