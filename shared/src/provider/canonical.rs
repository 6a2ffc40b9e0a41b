//! Providers that sign a text which they build out of the request first.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use http::Method;

use super::entry::{BASE, NO_FACTS, hmac, known, part, places, seconds, time};
use super::{After, Contract, Facts, Level, Provider, Retries, Success, TimeForm};
use crate::locate::at;
use crate::verify::{
    Algorithm, Encoding, Expected, Hash, KeyForm, Layout, Mac, Message, Part, Place, Scheme, Signature, Unit,
};

/// The canonical request has the headers that the sender lists, and the list must have the time and itself in it
/// (`signRequest`). 30 s are the toolkit's own limit. The revision of an entry is an event of its own, so the id of the
/// entry is shared.
pub(super) static CONTENTFUL: Provider = Provider {
    name: "contentful",
    title: "Contentful (request verification)",
    docs: "https://www.contentful.com/developers/docs/extensibility/app-framework/request-verification/",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-contentful-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: Borrowed(&[
            Part::Method,
            Part::Literal(Borrowed("\n")),
            Part::EncodedUri,
            Part::Literal(Borrowed("\n")),
            Part::ListedHeaders(
                "x-contentful-signed-headers",
                &["x-contentful-signed-headers", "x-contentful-timestamp"],
            ),
            Part::Literal(Borrowed("\n")),
            Part::Body,
        ]),
        time: time(part!(header "x-contentful-timestamp"), Unit::Millis, seconds(30)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/sys/id"]],
        kind: places![[header "x-contentful-topic"]],
        id_is_shared: true,
        ..NO_FACTS
    },
    // Twice; a space may ask for more (contentful.com/developers/docs/webhooks/retry-policy).
    retries: Retries::For(Duration::from_secs(60)),
    evidence: known(Level::SourceCode, &["the id", "the type"]),
    ..BASE
};

/// The body is signed as it came; the vendor's library for JavaScript, which reads a body and writes it again, restores
/// the `.0` of weights (npm @easypost/api, `validateWebhook`), so a body that lost them on its way counts as well.
pub(super) static EASYPOST: Provider = Provider {
    name: "easypost",
    title: "EasyPost",
    docs: "https://docs.easypost.com/guides/webhooks-guide",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::Ascii,
        message: Message {
            tags: Place::Header(Borrowed("x-hmac-signature")),
            layout: Layout::Whole(Borrowed("hmac-sha256-hex=")),
            encoding: Encoding::Hex,
            parts: Borrowed(&[Part::BodyWithFloats("weight")]),
            time: None,
            fixed: &[],
            body_digest: None,
        },
    }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/description"]],
        time: Some((at!(json "/created_at"), TimeForm::Rfc3339)),
        ..NO_FACTS
    },
    deadline: Some(Duration::from_secs(7)),
    // support.easypost.com, on webhooks; the wait: third parties.
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id", "the type", "the time", "the deadline"]),
    ..BASE
};

/// The library checks no age (github.com/hygraph/hygraph-utils, `index.js`).
pub(super) static HYGRAPH: Provider = Provider {
    name: "hygraph",
    title: "Hygraph",
    docs: "https://github.com/hygraph/hygraph-utils",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("gcms-signature")),
        layout: Layout::Pairs(Borrowed(", "), Borrowed("sign")),
        encoding: Encoding::Base64,
        parts: Borrowed(&[
            Part::Literal(Borrowed("{\"Body\":")),
            Part::BodyAsJson,
            Part::Literal(Borrowed(",\"EnvironmentName\":\"")),
            Part::Pair(Borrowed("env")),
            Part::Literal(Borrowed("\",\"TimeStamp\":")),
            Part::Pair(Borrowed("t")),
            Part::Literal(Borrowed("}")),
        ]),
        time: time(part!(pair "t"), Unit::Millis, None),
        fixed: &[],
        body_digest: None,
    }),
    // hygraph.com/docs/api-reference/basics/webhooks, as what follows.
    deadline: Some(Duration::from_secs(3)),
    // Four times.
    retries: Retries::Again,
    contract: Contract::yes(Success::Any),
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

/// Ed25519, what a webhook signs with unless its owner chose otherwise: the library lets the sender name the algorithm.
/// The digest of the body is computed, so what `Digest` says does not count. Host and path are the operator's own.
pub(super) static KEYGEN: Provider = Provider {
    title: "Keygen (Ed25519)",
    scheme: keygen(
        Algorithm::Ed25519,
        Layout::HttpSignature { algorithm: "ed25519", headers: "(request-target) host date digest" },
    ),
    ..KEYGEN_BASE
};

/// The other algorithm that the library takes. The key is the account's ECDSA key.
pub(super) static KEYGEN_ECDSA: Provider = Provider {
    mode: Some("ecdsa-secp256r1"),
    title: "Keygen (ECDSA)",
    scheme: keygen(
        Algorithm::EcdsaP256,
        Layout::HttpSignature { algorithm: "ecdsa-secp256r1", headers: "(request-target) host date digest" },
    ),
    ..KEYGEN_BASE
};

const fn keygen(algorithm: Algorithm, layout: Layout) -> Scheme {
    Scheme::Signature(Signature {
        algorithm,
        message: Message {
            tags: Place::Header(Borrowed("keygen-signature")),
            layout,
            encoding: Encoding::Base64,
            parts: Borrowed(&[
                Part::Literal(Borrowed("(request-target): post ")),
                Part::PathAndQuery,
                Part::Literal(Borrowed("\nhost: ")),
                Part::Host(Expected::Configured),
                Part::Literal(Borrowed("\ndate: ")),
                Part::Header(Borrowed("date")),
                Part::Literal(Borrowed("\ndigest: sha-256=")),
                Part::BodyDigest(Hash::Sha256, Encoding::Base64),
            ]),
            time: time(part!(header "date"), Unit::HttpDate, seconds(300)),
            fixed: &[],
            body_digest: None,
        },
        named: None,
        bound: None,
    })
}

const KEYGEN_BASE: Provider = Provider {
    name: "keygen",
    docs: "https://keygen.sh/docs/api/signatures/",
    required: &["digest"],
    facts: Facts {
        id: places![[json "/data/id"]],
        kind: places![[json "/data/attributes/event"]],
        time: Some((at!(json "/data/attributes/created"), TimeForm::Rfc3339)),
        ..NO_FACTS
    },
    // github.com/keygen-sh/keygen-api, app/workers/webhook_worker.rb, as what follows.
    deadline: Some(Duration::from_secs(15)),
    // 15 times after an answer that is no 2xx, and not at all after none.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the window", "the id", "the type", "the time"]),
    ..BASE
};

/// Form posts, or GET with everything in the query. With the token of the account or subaccount that owns the resource
/// stands one header, and always one with the main account's
/// (docs.plivo.com/docs/voice/concepts/signature-validation); in each are as many signatures as tokens are active.
pub(super) static PLIVO: Provider = Provider {
    name: "plivo",
    title: "Plivo (V3 signatures)",
    docs: "https://www.plivo.com/docs/voice/concepts/signature-validation",
    scheme: hmac(Message {
        tags: Place::Headers(Borrowed(&[Borrowed("x-plivo-signature-v3"), Borrowed("x-plivo-signature-ma-v3")])),
        layout: Layout::Listed(Borrowed(""), Borrowed(",")),
        encoding: Encoding::Base64,
        parts: Borrowed(&[
            Part::UrlAndForm(Expected::Configured),
            Part::Literal(Borrowed(".")),
            Part::Header(Borrowed("x-plivo-signature-v3-nonce")),
        ]),
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    methods: &[Method::GET, Method::POST],
    // docs.plivo.com/docs/voice/concepts/callback-configurations, as what follows; a URL can ask for more.
    deadline: Some(Duration::from_secs(40)),
    // Once more after no answer, and then it asks the fallback URL.
    retries: Retries::Never,
    contract: Contract { success: Success::Ok, refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

/// The digest of the body in which the key stands where the digest is. The sender asks by GET before it takes a URL.
pub(super) static UNISENDER_GO: Provider = Provider {
    name: "unisender-go",
    title: "Unisender Go",
    docs: "https://godocs.unisender.ru/web-api-ref#callback-format",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Md5,
        key: KeyForm::Raw,
        message: Message {
            tags: Place::Field(Borrowed("/auth"), Borrowed("")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Hex,
            parts: Borrowed(&[Part::BodyAroundSecret]),
            time: None,
            fixed: &[],
            body_digest: None,
        },
    }),
    facts: Facts { kind: places![[json "/events_by_user/0/events/0/event_name"]], ..NO_FACTS },
    handshakes: super::handshakes::UNISENDER_GO,
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};
