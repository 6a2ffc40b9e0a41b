//! Certificates of a sender's own making: a source that pins one takes what this key signs, and nobody else has a reason
//! to. What is pinned is the same for the same key, so that its file can stay.

use doorbell_core::verify::jwt::Marks;

use super::{Kind, PrivateKey};

/// The names that certificates of SNS have, of either domain (aws-sdk-java-v2, `SnsHostProvider`).
const SNS: [&str; 2] = ["sns.amazonaws.com", "sns.amazonaws.com.cn"];

/// The contents of object identifiers: `sha256WithRSAEncryption`, `ecdsa-with-SHA256`, `commonName`, `subjectAltName`,
/// `basicConstraints`.
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];

const SEQUENCE: u8 = 0x30;
const OBJECT_ID: u8 = 0x06;

const ROOT: &str = "doorbell root";
const ISSUER: &str = "doorbell issuer";

impl PrivateKey {
    /// What a source pins: a certificate of SNS of an RSA key, a root of a P-256 key.
    pub(super) fn certificate(&self) -> Option<Vec<u8>> {
        if self.kind != Kind::Rsa {
            return self.root();
        }
        let names = SNS.iter().map(|name| der(0x82, &[name.as_bytes()])).collect::<Option<Vec<_>>>()?.concat();
        let names = extension(SUBJECT_ALT_NAME, &der(SEQUENCE, &[&names])?)?;
        self.signed("doorbell", "doorbell", &names)
    }

    /// The certificates of a signer and of its issuer, both of this key and with these marks, and the root.
    pub(super) fn chain_to_root(&self, marks: Marks) -> Option<[Vec<u8>; 3]> {
        let mark = |name: &[u8]| extension(name, &der(0x05, &[])?);
        let signer = self.signed(ISSUER, "doorbell", &mark(marks.signer.as_bytes())?)?;
        let issuer = self.signed(ROOT, ISSUER, &[issues()?, mark(marks.issuer.as_bytes())?].concat())?;
        Some([signer, issuer, self.root()?])
    }

    /// Nobody looks at a root's signature, and one of ECDSA would be another each time.
    fn root(&self) -> Option<Vec<u8>> {
        let one = der(0x02, &[&[1]])?;
        certificate(&self.body(ROOT, ROOT, &issues()?)?, &self.algorithm()?, &der(SEQUENCE, &[&one, &one])?)
    }

    fn signed(&self, issuer: &str, subject: &str, extensions: &[u8]) -> Option<Vec<u8>> {
        let body = self.body(issuer, subject, extensions)?;
        let signature = match self.kind {
            Kind::Rsa => self.rsa_signature(&super::RSA_PKCS1_SHA256, &body),
            Kind::Ed25519 | Kind::P256 | Kind::P521 => {
                self.curve_signature(&super::ECDSA_P256_SHA256_ASN1_SIGNING, &body)
            }
        }?;
        certificate(&body, &self.algorithm()?, &signature)
    }

    fn algorithm(&self) -> Option<Vec<u8>> {
        match self.kind {
            Kind::Rsa => der(SEQUENCE, &[&der(OBJECT_ID, &[SHA256_WITH_RSA])?, &der(0x05, &[])?]),
            Kind::Ed25519 | Kind::P256 | Kind::P521 => der(SEQUENCE, &[&der(OBJECT_ID, &[ECDSA_WITH_SHA256])?]),
        }
    }

    /// RFC 5280, 4.1.2: for as long as two digits of a year are.
    fn body(&self, issuer: &str, subject: &str, extensions: &[u8]) -> Option<Vec<u8>> {
        let name = |text: &str| {
            let common_name = der(SEQUENCE, &[&der(OBJECT_ID, &[COMMON_NAME])?, &der(0x0c, &[text.as_bytes()])?])?;
            der(SEQUENCE, &[&der(0x31, &[&common_name])?])
        };
        let validity = der(SEQUENCE, &[&der(0x17, &[b"200101000000Z"])?, &der(0x17, &[b"491231235959Z"])?])?;
        let (version, serial) = (der(0xa0, &[&der(0x02, &[&[2]])?])?, der(0x02, &[&[1]])?);
        let (issuer, subject, info) = (name(issuer)?, name(subject)?, self.public()?);
        let extensions = der(0xa3, &[&der(SEQUENCE, &[extensions])?])?;
        der(SEQUENCE, &[&version, &serial, &self.algorithm()?, &issuer, &validity, &subject, &info, &extensions])
    }
}

/// That it issues others.
fn issues() -> Option<Vec<u8>> {
    extension(BASIC_CONSTRAINTS, &der(SEQUENCE, &[&der(0x01, &[&[0xff]])?])?)
}

fn extension(name: &[u8], value: &[u8]) -> Option<Vec<u8>> {
    der(SEQUENCE, &[&der(OBJECT_ID, &[name])?, &der(0x04, &[value])?])
}

fn certificate(body: &[u8], algorithm: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
    der(SEQUENCE, &[body, algorithm, &der(0x03, &[&[0], signature])?])
}

/// One value of DER (X.690, 8.1), of less than 64 KiB.
fn der(tag: u8, parts: &[&[u8]]) -> Option<Vec<u8>> {
    let content = parts.concat();
    let length = match u16::try_from(content.len()).ok()?.to_be_bytes() {
        [0, short @ 0..=127] => vec![short],
        [0, short] => vec![0x81, short],
        [high, low] => vec![0x82, high, low],
    };
    Some([vec![tag], length, content].concat())
}
