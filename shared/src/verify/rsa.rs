//! Public keys of RSA, of a size that counts. The library under it takes any key and refuses what a short one signed: a
//! source would start and answer 401 to everybody.

use aws_lc_rs::signature::{ParsedPublicKey, UnparsedPublicKey, VerificationAlgorithm};
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::{self, Decode, Encode, Header, Reader, SliceReader, Tag};
use x509_cert::spki::SubjectPublicKeyInfoRef;

/// Shorter keys can be factored; longer ones only cost time.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// RFC 8017, appendix C.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The key in DER: a `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7), or an `RSAPublicKey` by itself (RFC 8017, A.1.1).
pub(super) fn of_der(algorithm: &'static dyn VerificationAlgorithm, bytes: &[u8]) -> Option<ParsedPublicKey> {
    let numbers = match SubjectPublicKeyInfoRef::from_der(bytes) {
        Ok(info) if info.algorithm.oid == RSA_ENCRYPTION => info.subject_public_key.as_bytes()?,
        Ok(_) => return None,
        Err(_) => bytes,
    };
    let (modulus, exponent) = read(numbers).ok()?;
    of_numbers(algorithm, &modulus, &exponent)
}

/// The key of two big-endian numbers, leading zeros or not.
pub(super) fn of_numbers(
    algorithm: &'static dyn VerificationAlgorithm,
    modulus: &[u8],
    exponent: &[u8],
) -> Option<ParsedPublicKey> {
    let [modulus, exponent] = [modulus, exponent].map(|number| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        number.get(zeros..).unwrap_or_default()
    });
    let spare = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let bits = modulus.len().saturating_mul(8).saturating_sub(spare);
    // An exponent of one makes every number its own signature.
    if !MODULUS_BITS.contains(&bits) || matches!(exponent, [] | [1]) {
        return None;
    }
    UnparsedPublicKey::new(algorithm, &written(modulus, exponent).ok()?).parse().ok()
}

fn written(modulus: &[u8], exponent: &[u8]) -> der::Result<Vec<u8>> {
    let (modulus, exponent) = (UintRef::new(modulus)?, UintRef::new(exponent)?);
    let mut key = Vec::new();
    Header::new(Tag::Sequence, (modulus.encoded_len()? + exponent.encoded_len()?)?).encode_to_vec(&mut key)?;
    modulus.encode_to_vec(&mut key)?;
    exponent.encode_to_vec(&mut key)?;
    Ok(key)
}

fn read(key: &[u8]) -> der::Result<(Vec<u8>, Vec<u8>)> {
    SliceReader::new(key)?.sequence(|reader| {
        let (modulus, exponent) = (UintRef::decode(reader)?, UintRef::decode(reader)?);
        Ok((modulus.as_bytes().to_vec(), exponent.as_bytes().to_vec()))
    })
}
