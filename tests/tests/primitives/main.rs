//! Each primitive of the gate under public vectors: Wycheproof's suites, the RFCs'. They go the way of a delivery, through a
//! scheme and a ring, so what is tested is Doorbell's reading of keys and tags as well as the arithmetic under it.
//!
//! A suite is counted by its own verdict and by ours: no case is left out in silence, and none of an updated suite either.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod digests;
mod ecdsa;
mod ed25519;
mod encodings;
mod hmac;
mod jws;
mod rsa;

use std::collections::BTreeMap;
use std::fmt::Debug;

use conformance::door::Request;
use conformance::stage::described;
use doorbell_core::secret::{Keyring, LiveSecret, Secret, SecretVersion};
use doorbell_core::verify::{
    self, Algorithm, Encoding, Hash, KeyForm, Mac, Message, Part, Scheme, Signature, WrongShape,
};
use doorbell_core::{Delivery, Timestamp};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_790_000_000);

/// Where the tag or the signature of these schemes stands.
const TAG: &str = "x-tag";

/// A MAC over these parts, its tag in hex.
fn mac(hash: Hash, parts: Vec<Part>) -> Scheme {
    Scheme::Mac(Mac { hash, key: KeyForm::Raw, message: Message { parts: parts.into(), ..described().message } })
}

/// A signature over the body.
fn signature(algorithm: Algorithm, encoding: Encoding) -> Scheme {
    let message = Message { encoding, ..described().message };
    Scheme::Signature(Signature { algorithm, message, named: None, bound: None })
}

/// A ring of one secret, whatever bytes it has.
fn ring(scheme: &Scheme, secret: impl Into<Vec<u8>>) -> Result<Keyring, WrongShape> {
    let secret = Secret::new(secret).map_err(|_| WrongShape { expected: "a secret" })?;
    scheme.keyring(vec![LiveSecret { version: SecretVersion::new("0"), secret }])
}

/// `accept`, or the guard.
fn decided(scheme: &Scheme, keys: &Keyring, request: Request) -> &'static str {
    let delivery = Delivery::new(request.head(NOW), request.body);
    match verify::verify(delivery, scheme, Some(keys), NOW) {
        Ok(_) => "accept",
        Err(refused) => refused.rejection.code(),
    }
}

/// The same of a body under a tag.
fn judged(scheme: &Scheme, keys: &Keyring, body: &[u8], tag: &str) -> &'static str {
    decided(scheme, keys, Request::post("/in", body.to_vec()).header(TAG, tag))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How many cases of a suite there are of each of its verdicts and of ours.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally(BTreeMap<(String, String), usize>);

impl Tally {
    fn count(&mut self, theirs: impl Debug, ours: &str) {
        *self.0.entry((format!("{theirs:?}").to_lowercase(), ours.to_owned())).or_default() += 1;
    }

    #[track_caller]
    fn is(&self, expected: &[(&str, &str, usize)]) {
        let row = |(theirs, ours, count): &(&str, &str, usize)| (((*theirs).to_owned(), (*ours).to_owned()), *count);
        assert_eq!(self.0, expected.iter().map(row).collect());
    }
}
