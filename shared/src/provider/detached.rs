//! Providers that sign each delivery with a detached JWS.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, NO_FACTS, known, places, seconds};
use super::{After, Contract, Facts, Level, Provider, Retries, Success};
use crate::verify::jwt::{Algorithm, Payload, Published, SignedTime};
use crate::verify::{Detached, Scheme};

/// One key signs for every customer, so the signature does not say whose account it is: the payload does.
pub(super) static CONSTANT_CONTACT: Provider = Provider {
    name: "constant-contact",
    title: "Constant Contact (V3 webhooks)",
    docs: "https://developer.constantcontact.com/api_guide/webhook_authenticity.html",
    scheme: Scheme::Detached(Detached {
        header: Borrowed("x-ctct-webhook-sig"),
        algorithm: Algorithm::Rs256,
        published: Some(Published::At(Borrowed("https://developer.constantcontact.com/.well-known/jwks.json"))),
        needs_key_id: false,
        payload: Payload::Unencoded { critical: true },
        time: Some(SignedTime { name: "ts", window: seconds(300) }),
    }),
    // v2.developer.constantcontact.com/docs/partnerwebhooks/webhook-retry-policy.html, as what follows.
    // For 24 h, and for 72 h where a topic is urgent.
    retries: Retries::Again,
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &["the header", "the window"]),
    ..BASE
};

/// The key set of the instance, at `/.well-known/jwks.json` of its own host, is pinned as the secret: no header says where
/// it is. The library that signs leaves `crit` out (github.com/saleor/saleor, `jwt_manager.py`). A webhook with a
/// `secretKey`, which is deprecated, signs otherwise.
pub(super) static SALEOR: Provider = Provider {
    name: "saleor",
    title: "Saleor",
    docs: "https://docs.saleor.io/developer/extending/webhooks/payload-signature",
    scheme: Scheme::Detached(Detached {
        header: Borrowed("saleor-signature"),
        algorithm: Algorithm::Rs256,
        published: None,
        needs_key_id: false,
        payload: Payload::Unencoded { critical: false },
        time: None,
    }),
    facts: Facts { kind: places![[header "saleor-event"]], ..NO_FACTS },
    // github.com/saleor/saleor, saleor/webhook/transport, and saleor-docs, webhooks/overview.mdx, as what follows.
    deadline: Some(Duration::from_secs(18)),
    // Five times, events that wait for no answer.
    retries: Retries::For(Duration::from_secs(310)),
    contract: Contract { success: Success::Any, refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the type"]),
    ..BASE
};

const TRUELAYER: Detached = Detached {
    header: Borrowed("tl-signature"),
    algorithm: Algorithm::Es512,
    published: None,
    needs_key_id: true,
    payload: Payload::Request("x-tl-webhook-timestamp"),
    time: None,
};

/// The keys are at one of two places, which the sender names in `jku`; here the entry does.
pub(super) static TRUELAYER_LIVE: Provider = Provider {
    name: "truelayer",
    title: "TrueLayer",
    docs: "https://github.com/TrueLayer/truelayer-signing",
    scheme: Scheme::Detached(Detached {
        published: Some(Published::At(Borrowed("https://webhooks.truelayer.com/.well-known/jwks"))),
        ..TRUELAYER
    }),
    facts: Facts { id: places![[json "/event_id"]], kind: places![[json "/type"]], ..NO_FACTS },
    // docs.truelayer.com/docs/set-up-webhook-notifications-payments-v2, as what follows.
    retries: Retries::For(Duration::from_secs(3 * 24 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id", "the type"]),
    ..BASE
};

/// The same of the sandbox.
pub(super) static TRUELAYER_SANDBOX: Provider = Provider {
    name: "truelayer",
    mode: Some("sandbox"),
    title: "TrueLayer (sandbox)",
    docs: "https://github.com/TrueLayer/truelayer-signing",
    scheme: Scheme::Detached(Detached {
        published: Some(Published::At(Borrowed("https://webhooks.truelayer-sandbox.com/.well-known/jwks"))),
        ..TRUELAYER
    }),
    facts: Facts { id: places![[json "/event_id"]], kind: places![[json "/type"]], ..NO_FACTS },
    // docs.truelayer.com/docs/set-up-webhook-notifications-payments-v2, as what follows.
    retries: Retries::For(Duration::from_secs(3 * 24 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id", "the type"]),
    ..BASE
};
