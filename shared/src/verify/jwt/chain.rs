//! Chains of certificates up to a root that is pinned (RFC 5280, 6). The signatures, names, times and constraints along
//! the way are judged by the verifier that TLS uses here, too; what is asked beside that is the sender's own.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use webpki::aws_lc_rs::{ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter};
use x509_cert::Certificate as X509;
use x509_cert::der::{Decode, Encode, oid::ObjectIdentifier};
use x509_cert::ext::pkix::KeyUsage;
use x509_cert::time::Time;

use crate::verify::WrongShape;
use crate::{Rejection, Timestamp};

/// Of elliptic curves all, since the chains of the table have no other keys.
const ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] =
    &[ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384];
const EXPECTED: WrongShape = WrongShape { expected: "root certificates (X.509) as PEM, or one as base64 of its DER" };

/// A certificate that chains have to end with, byte for byte.
pub(crate) struct Root {
    der: Vec<u8>,
    valid: RangeInclusive<Timestamp>,
}

/// The certificates of a token: its signer's, the one that issued that, and the root.
pub(super) struct Chain {
    signer: Vec<u8>,
    issuer: Vec<u8>,
    root: Vec<u8>,
}

/// The extensions by which a sender marks the certificates that may sign for a purpose. Without them every certificate
/// under its root could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// In the signer's certificate.
    pub signer: ObjectIdentifier,
    /// In the one that issued it.
    pub issuer: ObjectIdentifier,
}

/// The marks say what a certificate is for.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}

impl Root {
    pub(super) fn of(der: Vec<u8>) -> Option<Self> {
        let certificate = X509::from_der(&der).ok()?;
        webpki::anchor_from_trusted_cert(&CertificateDer::from(der.as_slice())).ok()?;
        let moment = |time: Time| i64::try_from(time.to_unix_duration().as_secs()).ok();
        let validity = certificate.tbs_certificate().validity();
        let [from, to] = [moment(validity.not_before)?, moment(validity.not_after)?].map(Timestamp::from_unix_seconds);
        Some(Self { der, valid: from..=to })
    }

    /// The roots of one secret.
    pub(super) fn read(document: &[u8]) -> Result<Vec<Self>, WrongShape> {
        let text = document.trim_ascii();
        let all: Vec<Vec<u8>> = if text.starts_with(b"-----") {
            let chain = X509::load_pem_chain(text).map_err(|_| EXPECTED)?;
            chain.iter().map(Encode::to_der).collect::<Result<_, _>>().map_err(|_| EXPECTED)?
        } else {
            vec![STANDARD.decode(text).map_err(|_| EXPECTED)?]
        };
        let roots: Vec<Self> = all.into_iter().map(Self::of).collect::<Option<_>>().ok_or(EXPECTED)?;
        if roots.is_empty() { Err(EXPECTED) } else { Ok(roots) }
    }
}

impl Chain {
    /// The three certificates of an `x5c` (RFC 7515, 4.1.6): base64, not of the URL's kind.
    pub(super) fn read(x5c: &[Cow<'_, str>]) -> Option<Self> {
        let [signer, issuer, root] = x5c else { return None };
        let decoded = |text: &str| STANDARD.decode(text).ok();
        Some(Self { signer: decoded(signer)?, issuer: decoded(issuer)?, root: decoded(root)? })
    }

    pub(super) fn ends_with(&self, root: &Root) -> bool {
        self.root == root.der
    }

    /// The public key of the signer (a `SubjectPublicKeyInfo`), if the chain leads to that root and counts at that time.
    pub(super) fn signer(&self, root: &Root, marks: Marks, at: Timestamp) -> Result<Vec<u8>, Rejection> {
        if !root.valid.contains(&at) {
            return Err(Rejection::ExpiredCertificate);
        }
        self.leads_to(root, at)?;
        let certificate = |der| X509::from_der(der).map_err(|_| Rejection::UntrustedCertificate);
        let (signer, issuer) = (certificate(&self.signer)?, certificate(&self.issuer)?);
        if !is_marked(&signer, marks.signer) || !is_marked(&issuer, marks.issuer) || !may_issue(&issuer) {
            return Err(Rejection::UntrustedCertificate);
        }
        signer.tbs_certificate().subject_public_key_info().to_der().map_err(|_| Rejection::UntrustedCertificate)
    }

    fn leads_to(&self, root: &Root, at: Timestamp) -> Result<(), Rejection> {
        let seconds = u64::try_from(at.as_unix_micros().div_euclid(1_000_000)).unwrap_or_default();
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let [signer, issuer, root] = [&self.signer, &self.issuer, &root.der].map(|der| CertificateDer::from(&**der));
        let judged = || {
            let (signer, anchors) = (EndEntityCert::try_from(&signer)?, [webpki::anchor_from_trusted_cert(&root)?]);
            let between = std::slice::from_ref(&issuer);
            let path = signer.verify_for_usage(ALGORITHMS, &anchors, between, time, AnyUsage, None, None)?;
            Ok(path.intermediate_certificates().count())
        };
        match judged() {
            // The root may not issue for the signer past the one in between, whose mark would count for nothing then.
            Ok(1) => Ok(()),
            Ok(_) => Err(Rejection::UntrustedCertificate),
            Err(why) if is_of_time(&why) => Err(Rejection::ExpiredCertificate),
            Err(_) => Err(Rejection::UntrustedCertificate),
        }
    }
}

const fn is_of_time(why: &webpki::Error) -> bool {
    matches!(why, webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. })
}

fn is_marked(certificate: &X509, mark: ObjectIdentifier) -> bool {
    certificate.tbs_certificate().extensions().is_some_and(|all| all.iter().any(|one| one.extn_id == mark))
}

/// Whether a certificate that says what its key is for says that it issues others (RFC 5280, 4.2.1.3): TLS does not ask.
fn may_issue(certificate: &X509) -> bool {
    let usage = certificate.tbs_certificate().get_extension::<KeyUsage>();
    usage.is_ok_and(|usage| usage.is_none_or(|(_, usage)| usage.key_cert_sign()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Apple's own, from the tests of its library (github.com/apple/app-store-server-library-node).
    const SIGNER: &[u8] = include_bytes!("chain/apple_signer.der");
    const ISSUER: &[u8] = include_bytes!("chain/apple_issuer.der");
    const ROOT: &[u8] = include_bytes!("../../provider/apple_root_ca_g3.der");

    #[test]
    fn a_genuine_chain_counts_for_as_long_as_its_certificates() {
        let [signer, issuer, root] = [SIGNER, ISSUER, ROOT].map(<[u8]>::to_vec);
        let (chain, root) = (Chain { signer, issuer, root }, Root::of(ROOT.to_vec()).unwrap());
        let mark = ObjectIdentifier::new_unwrap;
        let marks = Marks { signer: mark("1.2.840.113635.100.6.11.1"), issuer: mark("1.2.840.113635.100.6.2.1") };
        let at = |seconds| chain.signer(&root, marks, Timestamp::from_unix_seconds(seconds));
        assert!(chain.ends_with(&root));
        // 2026-01-01, and a year before and two after.
        assert_eq!(at(1_767_225_600).unwrap().len(), 91);
        assert_eq!(at(1_735_689_600), Err(Rejection::ExpiredCertificate));
        assert_eq!(at(1_830_297_600), Err(Rejection::ExpiredCertificate));
    }

    /// Whoever reads the log must not look for a clock that is wrong.
    #[test]
    fn a_chain_that_leads_nowhere_is_not_called_expired() {
        let [signer, issuer, root] = [ISSUER, SIGNER, ROOT].map(<[u8]>::to_vec);
        let (chain, root) = (Chain { signer, issuer, root }, Root::of(ROOT.to_vec()).unwrap());
        let at = Timestamp::from_unix_seconds(1_767_225_600);
        assert_eq!(chain.leads_to(&root, at), Err(Rejection::UntrustedCertificate));
    }
}
