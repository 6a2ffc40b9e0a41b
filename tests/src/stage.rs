//! The chain with doubles around it, and a sender who knows the secrets.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use doorbell_core::destination::Target;
use doorbell_core::provider::{self, Provider};
use doorbell_core::source::Source;
use doorbell_core::tally::Counts;
use doorbell_core::verify;
use doorbell_core::verify::jwt::Algorithm;
use doorbell_core::verify::{Encoding, Hash, KeyForm, Layout, Mac, Message, Part, Place, Scheme, TokenPlace};
use doorbell_core::{Clock, Dedupe, Receiver, Timestamp};

use crate::clock::ManualClock;
use crate::door::{Heard, Request, begin, ring};
use crate::source::{keyring, scheme_of, source};
use crate::task::Task;
use crate::token::Mint;
use crate::topic::Topic;

/// The secret of every source of a stage whose scheme has one: base64, so every scheme takes it.
pub const SECRET: &str = "c2VjcmV0IG9mIHRoZSBzdGFnZQ==";

/// The public half of the key of RFC 7515, A.3.
const P256: &str = concat!(
    r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"a3","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","#,
    r#""y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#
);

/// A receiver whose clock the test moves.
#[derive(Debug)]
pub struct Stage {
    /// The clock.
    pub clock: ManualClock,
    /// The chain.
    pub receiver: Arc<Receiver>,
}

/// The table entry of that name.
#[must_use]
#[track_caller]
pub fn provider(name: &str) -> &'static Provider {
    provider::find(name, None).expect("a provider of the table")
}

/// A source at `/<provider>` under [`SECRET`].
#[must_use]
#[track_caller]
pub fn source_of(name: &str, to: Vec<Arc<Target>>) -> Source {
    let provider = provider(name);
    let keys = keyring(&scheme_of(provider), &[secret_of(provider)]).expect("the stage's secret is of every form");
    source(provider, &format!("/{name}"), Some(keys), to)
}

/// What proves the deliveries of that provider: [`SECRET`], the public keys of [`Mint::shared`], or a certificate.
#[must_use]
#[expect(clippy::wildcard_enum_match_arm, reason = "most take any text")]
pub fn secret_of(provider: &Provider) -> String {
    match provider.scheme {
        Scheme::Jwt(ref jwt) if jwt.algorithm == Algorithm::Rs256 => Mint::shared().jwks(),
        Scheme::Jwt(ref jwt) if jwt.algorithm == Algorithm::Es256 => P256.to_owned(),
        Scheme::Detached(ref detached) if detached.algorithm == Algorithm::Es512 => P521.to_owned(),
        Scheme::Detached(_) => Mint::shared().jwks(),
        Scheme::Chained(ref chained) => STANDARD.encode(chained.root),
        Scheme::Sns(_) => Topic::shared().certificate("sns.amazonaws.com", 40),
        Scheme::Signature(ref signature) => public_key(signature.algorithm).to_owned(),
        Scheme::Token(ref token) if token.at == TokenPlace::Basic => format!("user:{SECRET}"),
        Scheme::Mac(ref mac) => of_form(mac.key),
        Scheme::Items(ref items) => of_form(items.key),
        _ => SECRET.to_owned(),
    }
}

/// [`SECRET`] in the form that a scheme reads its key from.
#[expect(clippy::wildcard_enum_match_arm, reason = "most take any text")]
fn of_form(form: KeyForm) -> String {
    match form {
        KeyForm::Base64("") => SECRET.trim_start_matches("whsec_").to_owned(),
        KeyForm::Hex => "00112233445566778899aabbccddeeff".to_owned(),
        KeyForm::AfterLast(mark) => format!("key{mark}{SECRET}"),
        _ => SECRET.to_owned(),
    }
}

/// A public key whose other half nobody here has.
const fn public_key(algorithm: verify::Algorithm) -> &'static str {
    match algorithm {
        // RFC 8032, 7.1, test 1.
        verify::Algorithm::Ed25519 => "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        verify::Algorithm::EcdsaP256 | verify::Algorithm::EcdsaP256Sha1 => EC_KEY,
        verify::Algorithm::RsaSha1 | verify::Algorithm::RsaSha256 | verify::Algorithm::RsaSha512 => RSA_KEY,
    }
}

impl Stage {
    /// These sources behind `trusted_hops` proxies.
    #[must_use]
    pub fn new(sources: Vec<Source>, dedupe: Arc<dyn Dedupe>, trusted_hops: u8) -> Self {
        let clock = ManualClock::at(Timestamp::from_unix_seconds(1_790_000_000));
        let receiver = Arc::new(Receiver::new(sources, dedupe, Arc::new(clock.clone()), trusted_hops));
        Self { clock, receiver }
    }

    /// One Standard Webhooks source: its id is signed.
    #[must_use]
    pub fn standard(to: Vec<Arc<Target>>, dedupe: Arc<dyn Dedupe>) -> Self {
        Self::new(vec![source_of("standard-webhooks", to)], dedupe, 0)
    }

    /// A genuine Standard Webhooks delivery, signed now.
    #[must_use]
    pub fn message(&self, id: &str) -> Request {
        self.signed(
            "standard-webhooks",
            Request::post("/standard-webhooks", r#"{"type":"test"}"#).header("webhook-id", id),
        )
    }

    /// `request` as its provider would send it now.
    #[must_use]
    #[track_caller]
    pub fn signed(&self, name: &str, mut request: Request) -> Request {
        let Scheme::Mac(mac) = &provider(name).scheme else { panic!("{name} signs nothing") };
        let keys = keyring(&provider(name).scheme, &[SECRET]).expect("the stage's secret is of every form");
        let mut head = request.head(self.clock.now());
        mac.sign(&mut head, &request.body, &keys, self.clock.now()).expect("what the scheme signs is there");
        request.headers = head.headers;
        request
    }

    /// Starts a delivery as far as it goes; done already or to be run on.
    #[must_use]
    pub fn begin(&self, request: Request) -> Task<'_, Heard> {
        begin(&self.receiver, request, self.clock.now())
    }

    /// A delivery that waits for nothing.
    #[must_use]
    #[track_caller]
    pub fn ring(&self, request: Request) -> Heard {
        ring(&self.receiver, request, self.clock.now())
    }

    /// The counters of a source.
    #[must_use]
    #[track_caller]
    pub fn counts(&self, source: &str) -> Counts {
        self.receiver.counts(source).expect("a source of the stage")
    }
}

/// A body as long as that.
#[must_use]
pub fn long(length: usize) -> Bytes {
    vec![b' '; length].into()
}

/// HMAC-SHA256 of any bytes under [`SECRET`], in hex: for genuine tags over what no sender would sign.
#[must_use]
#[track_caller]
pub fn tag(bytes: &[u8]) -> String {
    let mac = described();
    let keys = keyring(&Scheme::Mac(mac.clone()), &[SECRET]).expect("any text is a raw key");
    let now = Timestamp::from_unix_seconds(0);
    let mut head = Request::post("/", "").head(now);
    mac.sign(&mut head, bytes, &keys, now).expect("the body is there");
    head.headers.get("x-tag").and_then(|value| value.to_str().ok()).expect("the tag is text").to_owned()
}

/// The plainest described scheme: hex HMAC-SHA256 over the body in `X-Tag`.
#[must_use]
pub fn described() -> Mac {
    let message = Message {
        tags: Place::Header("x-tag".into()),
        layout: Layout::Whole("".into()),
        encoding: Encoding::Hex,
        parts: vec![Part::Body].into(),
        time: None,
        fixed: &[],
        body_digest: None,
    };
    Mac { hash: Hash::Sha256, key: KeyForm::Raw, message }
}

/// Made for these tests; the private half was thrown away.
const RSA_KEY: &str = concat!(
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAn69r4FvFAcqFB4//ecD9xGsQJZcnbmPlVlMzwecS0VmVWqdCIPiRfU1W",
    "zlmWcYlChIsGOyfeh5FsyUmb+hFwigtRpIFg7hYQQMC4pL3OL9BZ9yzhViEqU1XtS34SeKtqr25AsdlWLoD+4v14HiQDKd1fSefK",
    "JVFQMbSKYmy/86O/7EF0x3R2zJ/Jv77tGOpnazuEiQo6LdMHuxMIf5VSXsimcz7tVsr49VqxLZshpp3ObDNIBT8KPND16bnuj9Sv",
    "h3Vw0wLlfnFHGSA22BrcyXgxQ8oweqDPZ71JI1w3pvZAKk37pim8ddNu4WEX7CVXLgIg7Ayu9/KLxpyiNrnrpwIDAQAB",
);
const EC_KEY: &str = concat!(
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOZHXz0H4ShFaC8IEMYgCY8CnoJe3POCDE5AhRyRI3dOqb36TIfXovK4nnXi93gQU",
    "7mloF8rAbpuYPhCXLWycNQ==",
);

/// Made for these tests; the private half was thrown away.
const P521: &str = "\
-----BEGIN PUBLIC KEY-----\n\
MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQA1OuzBdQpFaOsVWf37Yuh5LFSYcEZ\n\
1b902UNt+rmI1rKpHZ8L64/Hsr7FaaoojbyFjJw3X5nH3odWH4AIQAyXGdIAlfyB\n\
/LJS4KLJyJPZCsuoav3ydR2R7RT2IpxVpDcVzgVPxRFpUIM+Td+3DM9nCpg33i4x\n\
SaS9FxK+IGaYeXPy6e8=\n\
-----END PUBLIC KEY-----\n";
