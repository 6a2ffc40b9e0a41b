//! RSA PKCS#1 v1.5 over SHA-1, which three senders of the table still sign with and the library only verifies. The numbers
//! are those of a test's key, on the operator's own machine: how long the powers take tells nobody anything.

use num_bigint::BigUint;
use sha1::{Digest, Sha1};
use x509_cert::der::asn1::{AnyRef, OctetStringRef, UintRef};
use x509_cert::der::{self, Decode, Reader, SliceReader};

/// The `DigestInfo` of SHA-1 before its digest (RFC 8017, 9.2, note 1).
const SHA1: [u8; 15] = [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];

/// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.1) with the key of a PKCS#8 document.
pub(super) fn signature_of_sha1(document: &[u8], signed: &[u8]) -> Option<Vec<u8>> {
    let Numbers { modulus, private, .. } = Numbers::of(document).ok()?;
    let info = [&SHA1[..], Sha1::digest(signed).as_slice()].concat();
    let filling = modulus.len().checked_sub(info.len())?.checked_sub(3)?;
    let padded = [&[0, 1][..], &vec![0xff; filling], &[0], &info].concat();
    let [base, exponent, modulo] = [&padded, &private, &modulus].map(|number| BigUint::from_bytes_be(number));
    let signature = base.modpow(&exponent, &modulo).to_bytes_be();
    let zeros = modulus.len().checked_sub(signature.len())?;
    Some([vec![0; zeros], signature].concat())
}

/// What a private key is, in big-endian without leading zeros.
pub(super) struct Numbers {
    pub(super) modulus: Vec<u8>,
    pub(super) exponent: Vec<u8>,
    private: Vec<u8>,
}

impl Numbers {
    /// The `RSAPrivateKey` (RFC 8017, A.1.2) inside a `PrivateKeyInfo` (RFC 5208, 5).
    pub(super) fn of(document: &[u8]) -> der::Result<Self> {
        let inner = SliceReader::new(document)?.sequence(|reader| {
            let _version = UintRef::decode(reader)?;
            let _algorithm = AnyRef::decode(reader)?;
            let key = <&OctetStringRef>::decode(reader)?.as_bytes().to_vec();
            reader.read_slice(reader.remaining_len())?;
            Ok::<_, der::Error>(key)
        })?;
        SliceReader::new(&inner)?.sequence(|reader| {
            let _version = UintRef::decode(reader)?;
            let mut number = || UintRef::decode(reader).map(|number| number.as_bytes().to_vec());
            let numbers = Self { modulus: number()?, exponent: number()?, private: number()? };
            reader.read_slice(reader.remaining_len())?;
            Ok(numbers)
        })
    }
}
