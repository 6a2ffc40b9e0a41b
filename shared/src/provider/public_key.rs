//! Providers that sign with a private key.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, known, part, places, seconds, signed, time};
use super::{After, Contract, Facts, Later, Level, Provider, Retries, Success, TimeForm, handshakes};
use crate::locate::at;
use crate::verify::jwt::{Bound, Said};
use crate::verify::{Algorithm, Encoding, Expected, Layout, Message, Named, Place, Scheme, Signature, Unit};

pub(super) static ADOBE_IO_EVENTS: Provider = Provider {
    name: "adobe-io-events",
    title: "Adobe I/O Events",
    docs: "https://developer.adobe.com/events/docs/guides/",
    scheme: Scheme::Signature(Signature {
        algorithm: Algorithm::RsaSha256,
        message: Message {
            tags: Place::Headers(Borrowed(&[
                Borrowed("x-adobe-digital-signature-1"),
                Borrowed("x-adobe-digital-signature-2"),
            ])),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Base64,
            parts: signed![[body]],
            time: None,
            fixed: &[],
            body_digest: None,
        },
        named: None,
        // Adobe signs for all of its customers with the same keys (developer.adobe.com/events/docs/guides/).
        bound: Some(Bound {
            value: "client_id",
            said: &[Said::At("/recipient_client_id")],
            required: true,
            expected: Expected::Configured,
        }),
    }),
    facts: Facts {
        id: places![[header "x-adobe-event-id"] [json "/event_id"]],
        kind: places![[header "x-adobe-event-code"] [json "/type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    handshakes: handshakes::ADOBE_IO_EVENTS,
    // github.com/AdobeDocs/adobe-io-events, src/pages/support/faq.md, as what follows.
    // After a 5xx but a 505.
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    contract: Contract { refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &["the id"]),
    ..BASE
};

/// An interaction is answered within 3 s or lost, and never sent again: five minutes are plenty.
pub(super) static DISCORD: Provider = Provider {
    name: "discord",
    title: "Discord interactions",
    docs: "https://discord.com/developers/docs/interactions/overview",
    scheme: Scheme::Signature(Signature {
        algorithm: Algorithm::Ed25519,
        message: Message {
            tags: Place::Header(Borrowed("x-signature-ed25519")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Hex,
            parts: signed![[header "x-signature-timestamp"] [body]],
            time: time(part!(header "x-signature-timestamp"), Unit::Seconds, seconds(300)),
            fixed: &[],
            body_digest: None,
        },
        named: None,
        bound: None,
    }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(3)),
    handshakes: handshakes::DISCORD,
    contract: Contract::yes(Success::Answer),
    evidence: known(Level::SourceCode, &["the id"]),
    ..BASE
};

pub(super) static DISCORD_EVENTS: Provider = Provider {
    name: "discord",
    mode: Some("events"),
    title: "Discord webhook events",
    docs: "https://discord.com/developers/docs/events/webhook-events",
    scheme: Scheme::Signature(Signature {
        algorithm: Algorithm::Ed25519,
        message: Message {
            tags: Place::Header(Borrowed("x-signature-ed25519")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Hex,
            parts: signed![[header "x-signature-timestamp"] [body]],
            time: None,
            fixed: &[],
            body_digest: None,
        },
        named: None,
        bound: None,
    }),
    facts: Facts {
        id: places![],
        kind: places![[json "/event/type"]],
        action: places![],
        time: Some((at!(json "/event/timestamp"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(3)),
    handshakes: handshakes::DISCORD_EVENTS,
    // With a growing pause.
    retries: Retries::For(Duration::from_secs(600)),
    contract: Contract {
        success: Success::NoContent,
        stops: Some("the URL is removed after too many failures, or once a bad signature is not refused"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::OfficialDocs, &["the time"]),
    ..BASE
};

/// The key is what the Notification API returns under the `kid` of deliveries (`getPublicKey`), pinned as the secret: the
/// API asks for a token of the application's own. The vendor's library reads the body and writes it again; its bytes as they
/// came are the same.
pub(super) static EBAY: Provider = Provider {
    name: "ebay",
    title: "eBay notifications",
    docs: "https://github.com/eBay/event-notification-nodejs-sdk",
    scheme: Scheme::Signature(Signature {
        algorithm: Algorithm::EcdsaP256Sha1,
        message: Message {
            tags: Place::Header(Borrowed("x-ebay-signature")),
            layout: Layout::JsonInBase64("signature", &[("alg", "ecdsa"), ("digest", "SHA1")]),
            encoding: Encoding::Base64,
            parts: signed![[body]],
            time: None,
            fixed: &[],
            body_digest: None,
        },
        named: None,
        bound: None,
    }),
    facts: Facts {
        id: places![[json "/notification/notificationId"]],
        kind: places![[json "/metadata/topic"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    handshakes: handshakes::EBAY,
    evidence: known(Level::SourceCode, &["the id", "the type"]),
    ..BASE
};

/// How the signed lines are joined is not confirmed by the vendor.
pub(super) static FAL_AI: Provider = Provider {
    name: "fal-ai",
    title: "fal.ai",
    docs: "https://docs.fal.ai/model-endpoints/webhooks",
    scheme: Scheme::Signature(Signature {
        algorithm: Algorithm::Ed25519,
        message: Message {
            tags: Place::Header(Borrowed("x-fal-webhook-signature")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Hex,
            parts: signed![[header "x-fal-webhook-request-id"] ["\n"] [header "x-fal-webhook-user-id"] ["\n"] [header "x-fal-webhook-timestamp"] ["\n"] [digest Sha256 Hex]],
            time: time(part!(header "x-fal-webhook-timestamp"), Unit::Seconds, seconds(300)),
            fixed: &[],
            body_digest: None,
        },
        named: None,
        bound: None,
    }),
    facts: Facts {
        id: places![[header "x-fal-webhook-request-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &["the signed text", "the encoding"]),
    ..BASE
};

pub(super) static HIGHLEVEL: Provider = Provider {
    name: "highlevel",
    title: "HighLevel (GoHighLevel)",
    docs: "https://marketplace.gohighlevel.com/docs/webhook/WebhookIntegrationGuide/",
    scheme: Scheme::Signature(Signature {
        algorithm: Algorithm::RsaSha256,
        message: Message::of_body("x-wh-signature", "", Encoding::Base64),
        named: None,
        bound: None,
    }),
    facts: Facts {
        id: places![[json "/webhookId"]],
        kind: places![[json "/type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // help.gohighlevel.com, article 155000007071, as what follows. Every answer but a 429 ends a delivery.
    // Six times, ten minutes apart.
    retries: Retries::For(Duration::from_secs(60 * 60)),
    contract: Contract { success: Success::Any, refused: After::GivesUp, later: Later::TooMany, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the id", "the type", "the hash"]),
    ..BASE
};

pub(super) static PADDLE_CLASSIC: Provider = Provider {
    name: "paddle",
    mode: Some("classic"),
    title: "Paddle Classic",
    docs: "https://developer.paddle.com/classic/guides/webhooks",
    scheme: Scheme::Signature(Signature {
        algorithm: Algorithm::RsaSha1,
        message: Message {
            tags: Place::Field(Borrowed("/p_signature"), Borrowed("p_signature")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Base64,
            parts: signed![[php_form "p_signature"]],
            time: None,
            fixed: &[],
            body_digest: None,
        },
        named: None,
        bound: None,
    }),
    facts: Facts {
        id: places![[form "alert_id"]],
        kind: places![[form "alert_name"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &["the id"]),
    ..BASE
};

/// The CRC-32 of the body is signed, not the body: authenticated, and no more. The key is the certificate that PAYPAL-CERT-URL names.
pub(super) static PAYPAL: Provider = Provider {
    name: "paypal",
    title: "PayPal REST webhooks",
    docs: "https://developer.paypal.com/api/rest/webhooks/rest/",
    scheme: Scheme::Signature(Signature {
        algorithm: Algorithm::RsaSha256,
        message: Message {
            tags: Place::Header(Borrowed("paypal-transmission-sig")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Base64,
            parts: signed![[header "paypal-transmission-id"] ["|"] [header "paypal-transmission-time"] ["|"] [value "webhook_id"] ["|"] [crc32]],
            time: time(part!(header "paypal-transmission-time"), Unit::Rfc3339, None),
            fixed: &[("paypal-auth-algo", "SHA256withRSA")],
            body_digest: None,
        },
        bound: None,
        named: Some(Named {
            header: "paypal-cert-url",
            under: &[
                "https://api.paypal.com/v1/notifications/certs/",
                "https://api.sandbox.paypal.com/v1/notifications/certs/",
            ],
        }),
    }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/event_type"]],
        action: places![],
        time: Some((at!(json "/create_time"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // 25 times (developer.paypal.com/api/rest/webhooks).
    retries: Retries::For(Duration::from_secs(3 * 24 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static POSTAL: Provider = Provider {
    name: "postal",
    title: "Postal (self-hosted)",
    docs: "https://docs.postalserver.io/developer/webhooks",
    scheme: Scheme::Signature(Signature {
        algorithm: Algorithm::RsaSha1,
        message: Message::of_body("x-postal-signature", "", Encoding::Base64),
        named: None,
        bound: None,
    }),
    // github.com/postalserver/postal, app/services/webhook_delivery_service.rb, as what follows.
    deadline: Some(Duration::from_secs(5)),
    // Five times.
    retries: Retries::For(Duration::from_secs(36 * 60)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static SENDGRID: Provider = Provider {
    name: "sendgrid",
    title: "SendGrid Event Webhook / Inbound Parse",
    docs: "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
    scheme: Scheme::Signature(Signature {
        algorithm: Algorithm::EcdsaP256,
        message: Message {
            tags: Place::Header(Borrowed("x-twilio-email-event-webhook-signature")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Base64,
            parts: signed![[header "x-twilio-email-event-webhook-timestamp"] [body]],
            time: time(part!(header "x-twilio-email-event-webhook-timestamp"), Unit::Seconds, None),
            fixed: &[],
            body_digest: None,
        },
        named: None,
        bound: None,
    }),
    batch: Some(at!(json "")),
    facts: Facts {
        id: places![[json "/0/sg_event_id"]],
        kind: places![[json "/0/event"]],
        action: places![],
        time: Some((at!(json "/0/timestamp"), TimeForm::UnixSeconds)),
        id_is_shared: true,
    },
    // After all but a 2xx (docs.sendgrid.com/for-developers/tracking-events/troubleshooting).
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static TELNYX: Provider = Provider {
    name: "telnyx",
    title: "Telnyx",
    docs: "https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks",
    scheme: Scheme::Signature(Signature {
        algorithm: Algorithm::Ed25519,
        message: Message {
            tags: Place::Header(Borrowed("telnyx-signature-ed25519")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Base64,
            parts: signed![[header "telnyx-timestamp"] ["|"] [body]],
            time: time(part!(header "telnyx-timestamp"), Unit::Seconds, seconds(300)),
            fixed: &[],
            body_digest: None,
        },
        named: None,
        bound: None,
    }),
    facts: Facts {
        id: places![[json "/data/id"]],
        kind: places![[json "/data/event_type"]],
        action: places![],
        time: Some((at!(json "/data/occurred_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // developers.telnyx.com/api-reference/callbacks: after anything but a 200 it asks the failover URL.
    contract: Contract::yes(Success::Ok),
    evidence: known(Level::SourceCode, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static TRAVIS_CI: Provider = Provider {
    name: "travis-ci",
    title: "Travis CI",
    docs: "https://docs.travis-ci.com/user/notifications/#configuring-webhook-notifications",
    scheme: Scheme::Signature(Signature {
        algorithm: Algorithm::RsaSha1,
        message: Message {
            tags: Place::Header(Borrowed("signature")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Base64,
            parts: signed![[field "/payload" "payload"]],
            time: None,
            fixed: &[],
            body_digest: None,
        },
        named: None,
        bound: None,
    }),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static WISE: Provider = Provider {
    name: "wise",
    title: "Wise",
    docs: "https://docs.wise.com/api-docs/features/webhooks-notifications",
    scheme: Scheme::Signature(Signature {
        algorithm: Algorithm::RsaSha256,
        message: Message::of_body("x-signature-sha256", "", Encoding::Base64),
        named: None,
        bound: None,
    }),
    // docs.wise.com/webhooks-notifications, as what follows. It honours a Retry-After.
    // 11 times, the wait doubled from a minute, and once a day for 14 days; after a 4xx three times.
    retries: Retries::For(Duration::from_secs(15 * 24 * 3600)),
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the padding", "the hash"]),
    ..BASE
};
