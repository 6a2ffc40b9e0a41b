//! The certificates that sign.
//!
//! No chain is built: there are no roots here. That a certificate is genuine follows from where it came from, the host of
//! SNS over TLS or the operator's own store; its names and its time are looked at besides.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaParameters, UnparsedPublicKey};
use x509_cert::Certificate as X509;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::time::Time;

use crate::Timestamp;
use crate::verify::{WrongShape, rsa};

const EXPECTED: WrongShape = WrongShape {
    expected: "an X.509 certificate as PEM, of SNS in the topic's region, with an RSA key of 2048 bits or more",
};

/// A public key, and when it counts.
pub(crate) struct Certificate {
    not_before: Timestamp,
    not_after: Timestamp,
    /// An `RSAPublicKey` (RFC 8017, A.1.1).
    key: Vec<u8>,
}

/// The certificates of a PEM document for one of these names; the others are passed over.
pub(super) fn read(document: &[u8], names: &[String]) -> Result<Vec<Certificate>, WrongShape> {
    let all = X509::load_pem_chain(document).map_err(|_| EXPECTED)?;
    let ready: Vec<Certificate> =
        all.iter().filter(|it| is_for(it, names)).map(Certificate::of).collect::<Option<_>>().ok_or(EXPECTED)?;
    if ready.is_empty() { Err(EXPECTED) } else { Ok(ready) }
}

fn is_for(certificate: &X509, names: &[String]) -> bool {
    let held = certificate.tbs_certificate().get_extension::<SubjectAltName>();
    held.ok().flatten().is_some_and(|(_, SubjectAltName(held))| {
        held.iter().any(|name| matches!(name, GeneralName::DnsName(dns) if names.iter().any(|it| it == dns.as_str())))
    })
}

impl Certificate {
    fn of(certificate: &X509) -> Option<Self> {
        let certificate = certificate.tbs_certificate();
        let moment =
            |time: Time| i64::try_from(time.to_unix_duration().as_secs()).ok().map(Timestamp::from_unix_seconds);
        let validity = certificate.validity();
        let key = certificate.subject_public_key_info().subject_public_key.as_bytes()?.to_vec();
        rsa::of_der(&RSA_PKCS1_2048_8192_SHA256, &key)?;
        Some(Self { not_before: moment(validity.not_before)?, not_after: moment(validity.not_after)?, key })
    }

    pub(super) fn is_valid_at(&self, now: Timestamp) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }

    pub(super) fn verifies(&self, algorithm: &'static RsaParameters, signed: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(algorithm, &self.key).verify(signed, signature).is_ok()
    }
}
