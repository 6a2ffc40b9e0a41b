//! Providers whose MAC covers more than the body, or lies somewhere else than in one header.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use http::Method;

use super::entry::{BASE, hmac, hmac_of, known, part, places, seconds, signed, time};
use super::{After, Contract, Facts, Level, Provider, Retries, Success, TimeForm, handshakes};
use crate::locate::at;
use crate::verify::{BodyDigest, Encoding, Hash, Items, KeyForm, Layout, Mac, Message, Place, Scheme, Unit, Window};

pub(super) static ADYEN_PAYMENTS: Provider = Provider {
    name: "adyen",
    mode: Some("payments"),
    title: "Adyen standard (payments) webhooks",
    docs: "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures/",
    scheme: Scheme::Items(Items::ADYEN),
    batch: Some(at!(json "/notificationItems")),
    facts: Facts {
        id: places![[json "/notificationItems/0/NotificationRequestItem/pspReference"]],
        kind: places![[json "/notificationItems/0/NotificationRequestItem/eventCode"]],
        action: places![],
        time: Some((at!(json "/notificationItems/0/NotificationRequestItem/eventDate"), TimeForm::Rfc3339)),
        id_is_shared: true,
    },
    contract: Contract::yes(Success::Text("[accepted]")),
    // docs.adyen.com/development-resources/webhooks/troubleshoot; the wait: docs.adyen.com/japan-sellers-screening.
    deadline: Some(Duration::from_secs(10)),
    retries: Retries::For(Duration::from_secs(30 * 24 * 3600)),
    evidence: known(Level::SourceCode, &["the time", "what it takes for a yes"]),
    ..BASE
};

pub(super) static AFFIRM: Provider = Provider {
    name: "affirm",
    title: "Affirm",
    docs: "https://docs.affirm.com/developers/docs/webhooks",
    scheme: hmac_of(
        Hash::Sha512,
        Message {
            tags: Place::Header(Borrowed("x-affirm-signature")),
            layout: Layout::Pairs(Borrowed(","), Borrowed("v0")),
            encoding: Encoding::Hex,
            parts: signed![[pair "t"] ["."] [body]],
            time: time(part!(pair "t"), Unit::Seconds, seconds(300)),
            fixed: &[],
            body_digest: None,
        },
    ),
    facts: Facts {
        id: places![],
        kind: places![[json "/event"] [form "event"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // docs.affirm.com/developers/docs/webhook-best-practices, as what follows.
    retries: Retries::Never,
    contract: Contract { refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the type", "the window"]),
    ..BASE
};

pub(super) static AIRSHIP: Provider = Provider {
    name: "airship",
    title: "Airship (Open Channels / webhooks)",
    docs: "https://support.airship.com/hc/en-us/articles/360032501831-Implementing-a-Signature-Hash-and-Validating-an-Open-Channel-Webhook",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-ua-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[header "x-ua-timestamp"] [":"] [body]],
        time: time(part!(header "x-ua-timestamp"), Unit::Seconds, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts { id: places![[json "/send_id"]], kind: places![], action: places![], time: None, id_is_shared: true },
    handshakes: handshakes::AIRSHIP,
    evidence: known(Level::Secondary, &["the id", "the window", "the handshake"]),
    ..BASE
};

pub(super) static AIRWALLEX: Provider = Provider {
    name: "airwallex",
    title: "Airwallex",
    docs: "https://www.airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[header "x-timestamp"] [body]],
        time: time(part!(header "x-timestamp"), Unit::Millis, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/name"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // www.airwallex.com/docs/developer-tools/webhooks/webhooks-overview, as what follows.
    // For three days; whether it signs each attempt anew is not said.
    retries: Retries::Again,
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &["the id", "the type"]),
    ..BASE
};

pub(super) static ATTIO: Provider = Provider {
    name: "attio",
    title: "Attio",
    docs: "https://docs.attio.com/rest-api/guides/webhooks",
    scheme: hmac(Message {
        tags: Place::Headers(Borrowed(&[Borrowed("attio-signature"), Borrowed("x-attio-signature")])),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    batch: Some(at!(json "/events")),
    facts: Facts {
        id: places![],
        kind: places![[json "/events/0/event_type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // docs.attio.com/rest-api/how-to/webhooks, as what follows; a 202 will do too.
    // Ten times.
    retries: Retries::For(Duration::from_secs(3 * 24 * 3600)),
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

pub(super) static BOLT: Provider = Provider {
    name: "bolt",
    title: "Bolt",
    docs: "https://help.bolt.com/developers/guides/webhooks/hook-verification/",
    scheme: hmac(Message {
        tags: Place::Headers(Borrowed(&[Borrowed("x-bolt-hmac-sha256"), Borrowed("x-bolt-hmac-sha256-pending")])),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Base64,
        parts: signed![[body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: None,
        id_is_shared: true,
    },
    evidence: known(Level::SourceCode, &["the id", "the type"]),
    ..BASE
};

/// Either key may have signed; a delivery from the future is refused, as Box says.
pub(super) static BOX: Provider = Provider {
    name: "box",
    title: "Box",
    docs: "https://developer.box.com/guides/webhooks/v2/signatures-v2/",
    scheme: hmac(Message {
        tags: Place::Paired(Borrowed(&[Borrowed("box-signature-primary"), Borrowed("box-signature-secondary")])),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Base64,
        parts: signed![[body] [header "box-delivery-timestamp"]],
        time: time(
            part!(header "box-delivery-timestamp"),
            Unit::Rfc3339,
            Some(Window { max_age: Duration::from_secs(600), max_future: Duration::ZERO }),
        ),
        fixed: &[("box-signature-version", "1"), ("box-signature-algorithm", "HmacSHA256")],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/id"] [header "box-delivery-id"]],
        kind: places![[json "/trigger"]],
        action: places![],
        time: Some((at!(json "/created_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // developer.box.com/guides/webhooks/v2/limitations-v2.
    contract: Contract { stops: Some("a webhook is deleted after 30 days without a yes"), ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static BRAINTREE: Provider = Provider {
    name: "braintree",
    title: "Braintree",
    docs: "https://developer.paypal.com/braintree/docs/guides/webhooks/parse",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha1,
        key: KeyForm::DigestOf(Hash::Sha1),
        message: Message {
            tags: Place::Field(Borrowed("/bt_signature"), Borrowed("bt_signature")),
            layout: Layout::Marked(Borrowed("&"), '|'),
            encoding: Encoding::Hex,
            parts: signed![[field "/bt_payload" "bt_payload"] [line_end_or_not]],
            time: None,
            fixed: &[],
            body_digest: None,
        },
    }),
    handshakes: handshakes::BRAINTREE,
    // developer.paypal.com/braintree/docs/guides/webhooks/parse, as what follows.
    deadline: Some(Duration::from_secs(30)),
    // Each hour; in the sandbox for 3 h.
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static BUILDKITE: Provider = Provider {
    name: "buildkite",
    title: "Buildkite (signature)",
    docs: "https://buildkite.com/docs/apis/webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-buildkite-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("signature")),
        encoding: Encoding::Hex,
        parts: signed![[pair "timestamp"] ["."] [body]],
        time: time(part!(pair "timestamp"), Unit::Seconds, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![],
        kind: places![[header "x-buildkite-event"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

pub(super) static CALENDLY: Provider = Provider {
    name: "calendly",
    title: "Calendly",
    docs: "https://developer.calendly.com/api-docs/4c305798a61d3-webhook-signatures",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("calendly-webhook-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("v1")),
        encoding: Encoding::Hex,
        parts: signed![[pair "t"] ["."] [body]],
        time: time(part!(pair "t"), Unit::Seconds, seconds(180)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/payload/uri"]],
        kind: places![[json "/event"]],
        action: places![],
        time: Some((at!(json "/created_at"), TimeForm::Rfc3339)),
        id_is_shared: true,
    },
    // developer.calendly.com/api-docs/overview/webhooks/webhook-errors, as what follows.
    // For 24 h; whether each attempt has a time of its own is not said.
    retries: Retries::Again,
    contract: Contract {
        success: Success::Any,
        refused: After::Retries,
        stops: Some("a webhook is disabled after 24 h of failures"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static CIRCLECI: Provider = Provider {
    name: "circleci",
    title: "CircleCI outbound webhooks",
    docs: "https://circleci.com/docs/webhooks/",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("circleci-signature")),
        layout: Layout::List(Borrowed(","), Borrowed("v1=")),
        encoding: Encoding::Hex,
        parts: signed![[body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[header "circleci-event-type"]],
        action: places![],
        time: Some((at!(json "/happened_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(10)),
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &["the time"]),
    ..BASE
};

pub(super) static CLOUDFLARE_STREAM: Provider = Provider {
    name: "cloudflare",
    mode: Some("stream"),
    title: "Cloudflare Stream",
    docs: "https://developers.cloudflare.com/stream/manage-video-library/using-webhooks/",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("webhook-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("sig1")),
        encoding: Encoding::Hex,
        parts: signed![[pair "time"] ["."] [body]],
        time: time(part!(pair "time"), Unit::Seconds, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts { id: places![[json "/uid"]], kind: places![], action: places![], time: None, id_is_shared: true },
    evidence: known(Level::Secondary, &["the id"]),
    ..BASE
};

/// A plain digest with the secret at its end.
pub(super) static CLOUDINARY: Provider = Provider {
    name: "cloudinary",
    title: "Cloudinary notifications",
    docs: "https://cloudinary.com/documentation/notification_signatures",
    scheme: hmac_of(
        Hash::Sha1,
        Message {
            tags: Place::Header(Borrowed("x-cld-signature")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Hex,
            parts: signed![[body] [header "x-cld-timestamp"] [secret]],
            time: time(part!(header "x-cld-timestamp"), Unit::Seconds, seconds(7200)),
            fixed: &[],
            body_digest: None,
        },
    ),
    facts: Facts {
        id: places![],
        kind: places![[json "/notification_type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::SourceCode, &["the type"]),
    ..BASE
};

/// A plain digest with the secret at its end.
pub(super) static CLOUDINARY_SHA256: Provider = Provider {
    name: "cloudinary",
    mode: Some("sha256"),
    title: "Cloudinary notifications",
    docs: "https://cloudinary.com/documentation/notification_signatures",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-cld-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[body] [header "x-cld-timestamp"] [secret]],
        time: time(part!(header "x-cld-timestamp"), Unit::Seconds, seconds(7200)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![],
        kind: places![[json "/notification_type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::SourceCode, &["the type"]),
    ..BASE
};

/// Signed with headers as [`HOOK0`] has it (`v1`), or, where no such tag is there, as older subscriptions are (`v0`).
pub(super) static COINBASE_CDP: Provider = Provider {
    name: "coinbase-cdp",
    title: "Coinbase Developer Platform",
    docs: "https://docs.cdp.coinbase.com/api-reference/payment-apis/webhooks/verification",
    scheme: Scheme::Dialects(Borrowed(&[
        with_headers(),
        Mac {
            hash: Hash::Sha256,
            key: KeyForm::Raw,
            message: Message {
                tags: Place::Header(Borrowed("x-hook0-signature")),
                layout: Layout::Pairs(Borrowed(","), Borrowed("v0")),
                encoding: Encoding::Hex,
                parts: signed![[pair "t"] ["."] [body]],
                time: time(part!(pair "t"), Unit::Seconds, seconds(300)),
                fixed: &[],
                body_digest: None,
            },
        },
    ])),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

/// Which headers are signed stands in h; their names and values are.
const fn with_headers() -> Mac {
    Mac {
        hash: Hash::Sha256,
        key: KeyForm::Raw,
        message: Message {
            tags: Place::Header(Borrowed("x-hook0-signature")),
            layout: Layout::Pairs(Borrowed(","), Borrowed("v1")),
            encoding: Encoding::Hex,
            parts: signed![[pair "t"] ["."] [pair "h"] ["."] [headers_of "h"] ["."] [body]],
            time: time(part!(pair "t"), Unit::Seconds, seconds(300)),
            fixed: &[],
            body_digest: None,
        },
    }
}

pub(super) static CONFIGCAT: Provider = Provider {
    name: "configcat",
    title: "ConfigCat",
    docs: "https://configcat.com/docs/advanced/notifications-webhooks/",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-configcat-webhook-signature-v1")),
        layout: Layout::List(Borrowed(","), Borrowed("")),
        encoding: Encoding::Base64,
        parts: signed![[header "x-configcat-webhook-id"] [header "x-configcat-webhook-timestamp"] [body]],
        time: time(part!(header "x-configcat-webhook-timestamp"), Unit::Seconds, None),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[header "x-configcat-webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // github.com/configcat/docs, advanced/notifications-webhooks.mdx, as what follows.
    // Five times.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static CONVOY_ADVANCED: Provider = Provider {
    name: "convoy",
    mode: Some("advanced"),
    title: "Convoy (advanced signature)",
    docs: "https://getconvoy.io/docs/product-manual/signatures",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-convoy-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("v1")),
        encoding: Encoding::Hex,
        parts: signed![[pair "t"] [","] [body]],
        time: time(part!(pair "t"), Unit::Seconds, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    // www.getconvoy.io/docs/product-manual/webhooks-documentation, as what follows.
    // As it is set up.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the window"]),
    ..BASE
};

pub(super) static CRONOFY: Provider = Provider {
    name: "cronofy",
    title: "Cronofy push notifications",
    docs: "https://docs.cronofy.com/developers/api/push-notifications/",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("cronofy-hmac-sha256")),
        layout: Layout::List(Borrowed(","), Borrowed("")),
        encoding: Encoding::Base64,
        parts: signed![[body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![],
        kind: places![[json "/notification/type"]],
        action: places![],
        time: Some((at!(json "/notification/changes_since"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    evidence: known(Level::SourceCode, &["the type", "the time"]),
    ..BASE
};

pub(super) static CUSTOMER_IO: Provider = Provider {
    name: "customer-io",
    title: "Customer.io reporting webhooks",
    docs: "https://docs.customer.io/journeys/webhooks/",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-cio-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![["v0:"] [header "x-cio-timestamp"] [":"] [body]],
        time: time(part!(header "x-cio-timestamp"), Unit::Seconds, None),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/event_id"]],
        kind: places![[json "/object_type"]],
        action: places![[json "/metric"]],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &["the id", "the type"]),
    ..BASE
};

pub(super) static DEEL: Provider = Provider {
    name: "deel",
    title: "Deel",
    docs: "https://developer.deel.com/api/webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-deel-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![["POST"][body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![],
        kind: places![[json "/data/meta/event_type"]],
        action: places![],
        time: Some((at!(json "/timestamp"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // developer.deel.com/api/webhooks/introduction, as what follows.
    deadline: Some(Duration::from_secs(30)),
    retries: Retries::Again,
    contract: Contract {
        success: Success::Any,
        refused: After::Retries,
        stops: Some("a subscription is disabled after ten failures in a row"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::OfficialDocs, &["the type", "the form of the secret"]),
    ..BASE
};

pub(super) static DOCUSIGN: Provider = Provider {
    name: "docusign",
    title: "DocuSign Connect",
    docs: "https://developers.docusign.com/platform/webhooks/connect/hmac/",
    scheme: hmac(Message {
        tags: Place::Numbered(Borrowed("x-docusign-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Base64,
        parts: signed![[body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/data/envelopeId"]],
        kind: places![[json "/event"]],
        action: places![],
        time: Some((at!(json "/generatedDateTime"), TimeForm::Rfc3339)),
        id_is_shared: true,
    },
    // 45 attempts (iambaton.com).
    retries: Retries::For(Duration::from_secs(7 * 24 * 3600)),
    evidence: known(Level::Secondary, &["the id", "the type", "the time", "the retries"]),
    ..BASE
};

/// JSON, or a form, of parts as a rule, whose field `json` holds it. Time and type are signed, and nothing else.
pub(super) static DROPBOX_SIGN: Provider = Provider {
    name: "dropbox-sign",
    title: "Dropbox Sign (HelloSign)",
    docs: "https://developers.hellosign.com/docs/events/walkthrough/",
    scheme: hmac(Message {
        tags: Place::Field(Borrowed("/event/event_hash"), Borrowed("json/event/event_hash")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![
            [field "/event/event_time" "json/event/event_time"]
            [field "/event/event_type" "json/event/event_type"]
        ],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/event/event_hash"] [form_json "json", "/event/event_hash"]],
        kind: places![[json "/event/event_type"] [form_json "json", "/event/event_type"]],
        action: places![],
        time: Some((at!(json "/event/event_time"), TimeForm::UnixSeconds)),
        id_is_shared: true,
    },
    handshakes: handshakes::DROPBOX_SIGN,
    contract: Contract::yes(Success::Text(handshakes::HELLO)),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static ECWID: Provider = Provider {
    name: "ecwid",
    title: "Ecwid",
    docs: "https://api-docs.ecwid.com/reference/webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-ecwid-webhook-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Base64,
        parts: signed![[json "/eventCreated"] ["."] [json "/eventId"]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/eventId"]],
        kind: places![[json "/eventType"]],
        action: places![],
        time: Some((at!(json "/eventCreated"), TimeForm::UnixSeconds)),
        id_is_shared: false,
    },
    // docs.ecwid.com, webhook-automations/setup-webhooks/how-to-process-webhooks, as what follows. It takes a 201,
    // 202, 204 and 209 too, and no other 2xx.
    deadline: Some(Duration::from_secs(10)),
    // 27 attempts.
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    contract: Contract {
        success: Success::Ok,
        refused: After::Retries,
        stops: Some("the webhooks of an app that has failed for two weeks are blocked"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static ELEVENLABS: Provider = Provider {
    name: "elevenlabs",
    title: "ElevenLabs",
    docs: "https://elevenlabs.io/docs/product-guides/administration/webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("elevenlabs-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("v0")),
        encoding: Encoding::Hex,
        parts: signed![[pair "t"] ["."] [body]],
        time: time(part!(pair "t"), Unit::Seconds, seconds(1800)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts { id: places![], kind: places![[json "/type"]], action: places![], time: None, id_is_shared: false },
    // elevenlabs.io/docs/eleven-api/resources/webhooks. It retries only where a webhook says so.
    contract: Contract {
        stops: Some("a webhook is disabled after 10 failures in a row, if its last yes is 7 days old"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static FINGERPRINT: Provider = Provider {
    name: "fingerprint",
    title: "Fingerprint",
    docs: "https://docs.fingerprint.com/docs/webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("fpjs-event-signature")),
        layout: Layout::List(Borrowed(","), Borrowed("v1=")),
        encoding: Encoding::Hex,
        parts: signed![[body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/event_id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // docs.fingerprint.com/docs/webhooks, as what follows.
    deadline: Some(Duration::from_secs(3)),
    // Once, after five minutes.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id"]),
    ..BASE
};

pub(super) static FINTOC: Provider = Provider {
    name: "fintoc",
    title: "Fintoc",
    docs: "https://docs.fintoc.com/docs/webhooks-walkthrough",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("fintoc-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("v1")),
        encoding: Encoding::Hex,
        parts: signed![[pair "t"] ["."] [body]],
        time: time(part!(pair "t"), Unit::Seconds, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static FRAMER: Provider = Provider {
    name: "framer",
    title: "Framer form webhooks",
    docs: "https://github.com/webhook-co/webhook/blob/main/packages/webhooks-spec/src/adapters/config.ts",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("framer-signature")),
        layout: Layout::Whole(Borrowed("sha256=")),
        encoding: Encoding::Hex,
        parts: signed![[body] [header "framer-webhook-submission-id"]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[header "framer-webhook-submission-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static FRONT: Provider = Provider {
    name: "front",
    title: "Front application webhooks",
    docs: "https://dev.frontapp.com/docs/application-webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-front-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Base64,
        parts: signed![[header "x-front-request-timestamp"] [":"] [body]],
        time: time(part!(header "x-front-request-timestamp"), Unit::Millis, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    handshakes: handshakes::FRONT,
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

pub(super) static HOOK0: Provider = Provider {
    name: "hook0",
    title: "Hook0 (v1 signature, binds headers)",
    docs: "https://github.com/hook0/hook0/blob/master/clients/rust/src/signature.rs",
    scheme: Scheme::Mac(with_headers()),
    facts: Facts {
        id: places![[header "x-event-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // github.com/hook0/hook0, documentation/explanation/webhook-retry-logic.md, as what follows; a server can be set
    // otherwise.
    deadline: Some(Duration::from_secs(15)),
    // 24 times.
    retries: Retries::For(Duration::from_secs(8 * 24 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id"]),
    ..BASE
};

pub(super) static HUBSPOT_V1: Provider = Provider {
    name: "hubspot",
    mode: Some("v1"),
    title: "HubSpot v1 (webhooks default, legacy)",
    docs: "https://developers.hubspot.com/docs/api/webhooks/validating-requests",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-hubspot-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[secret][body]],
        time: None,
        fixed: &[("x-hubspot-signature-version", "v1")],
        body_digest: None,
    }),
    batch: Some(at!(json "")),
    facts: Facts {
        id: places![[json "/0/eventId"]],
        kind: places![[json "/0/subscriptionType"]],
        action: places![],
        time: None,
        id_is_shared: true,
    },
    methods: &[Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE],
    // HubSpot's community, after its page, as what follows.
    // Up to ten times.
    retries: Retries::Again,
    contract: Contract::yes(Success::Any),
    evidence: known(Level::SourceCode, &["the id", "the type", "what it takes for a yes", "the retries"]),
    ..BASE
};

pub(super) static HUBSPOT_V2: Provider = Provider {
    name: "hubspot",
    mode: Some("v2"),
    title: "HubSpot v1 (webhooks default, legacy)",
    docs: "https://developers.hubspot.com/docs/api/webhooks/validating-requests",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-hubspot-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[secret][method][url][body]],
        time: None,
        fixed: &[("x-hubspot-signature-version", "v2")],
        body_digest: None,
    }),
    batch: Some(at!(json "")),
    facts: Facts {
        id: places![[json "/0/eventId"]],
        kind: places![[json "/0/subscriptionType"]],
        action: places![],
        time: None,
        id_is_shared: true,
    },
    methods: &[Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE],
    // A workflow waits as long (developers.hubspot.com/docs/methods/workflows/webhook_information, as what follows).
    deadline: Some(Duration::from_secs(30)),
    retries: Retries::Again,
    contract: Contract { refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id", "the type"]),
    ..BASE
};

/// The URL is signed as it was given; the vendor's library decodes nothing.
pub(super) static HUBSPOT_V3: Provider = Provider {
    name: "hubspot",
    mode: Some("v3"),
    title: "HubSpot v3",
    docs: "https://developers.hubspot.com/docs/api/webhooks/validating-requests",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-hubspot-signature-v3")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Base64,
        parts: signed![[method] [url] [body] [header "x-hubspot-request-timestamp"]],
        time: time(part!(header "x-hubspot-request-timestamp"), Unit::Millis, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    batch: Some(at!(json "")),
    facts: Facts {
        id: places![[json "/0/eventId"]],
        kind: places![[json "/0/subscriptionType"]],
        action: places![],
        time: Some((at!(json "/0/occurredAt"), TimeForm::UnixMillis)),
        id_is_shared: true,
    },
    methods: &[Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE],
    // HubSpot's community, after its page, as what follows.
    // Up to ten times.
    retries: Retries::Again,
    contract: Contract::yes(Success::Any),
    evidence: known(Level::SourceCode, &["the id", "the type", "the time", "what it takes for a yes", "the retries"]),
    ..BASE
};

pub(super) static INNGEST: Provider = Provider {
    name: "inngest",
    title: "Inngest",
    docs: "https://www.inngest.com/docs/platform/signing-keys",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::AfterLast('-'),
        message: Message {
            tags: Place::Header(Borrowed("x-inngest-signature")),
            layout: Layout::Pairs(Borrowed("&"), Borrowed("s")),
            encoding: Encoding::Hex,
            parts: signed![[body] [pair "t"]],
            time: time(part!(pair "t"), Unit::Seconds, seconds(300)),
            fixed: &[],
            body_digest: None,
        },
    }),
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static KLAVIYO: Provider = Provider {
    name: "klaviyo",
    title: "Klaviyo",
    docs: "https://developers.klaviyo.com/en/docs/working_with_system_webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("klaviyo-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[body] [header "klaviyo-timestamp"]],
        time: time(part!(header "klaviyo-timestamp"), Unit::HttpDate, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

pub(super) static KNOCK: Provider = Provider {
    name: "knock",
    title: "Knock outbound webhooks",
    docs: "https://docs.knock.app/developer-tools/outbound-webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-knock-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("s")),
        encoding: Encoding::Base64,
        parts: signed![[pair "t"] ["."] [body]],
        time: time(part!(pair "t"), Unit::Millis, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![],
        kind: places![[json "/type"]],
        action: places![],
        time: Some((at!(json "/created_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // Eight attempts (github.com/knocklabs/docs, content/developer-tools/outbound-webhooks/overview.mdx).
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the window", "the time"]),
    ..BASE
};

pub(super) static LETTERMINT: Provider = Provider {
    name: "lettermint",
    title: "Lettermint",
    docs: "https://docs.lettermint.co/platform/webhooks/signing",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-lettermint-signature")),
        layout: Layout::Whole(Borrowed("sha256=")),
        encoding: Encoding::Hex,
        parts: signed![[header "x-lettermint-timestamp"] ["."] [body]],
        time: time(part!(header "x-lettermint-timestamp"), Unit::Seconds, None),
        fixed: &[],
        body_digest: None,
    }),
    evidence: known(Level::OfficialDocs, &["the form of the secret"]),
    ..BASE
};

/// The time stands in the signed body.
pub(super) static LINEAR: Provider = Provider {
    name: "linear",
    title: "Linear",
    docs: "https://linear.app/developers/webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("linear-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[body]],
        time: time(part!(json "/webhookTimestamp"), Unit::Millis, seconds(60)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[header "linear-delivery"]],
        kind: places![[json "/type"]],
        action: places![[json "/action"]],
        time: None,
        id_is_shared: false,
    },
    contract: Contract {
        success: Success::Ok,
        refused: After::Retries,
        stops: Some("a webhook that keeps failing may be disabled"),
        ..Contract::UNKNOWN
    },
    // linear.app/developers/webhooks, as what follows.
    deadline: Some(Duration::from_secs(5)),
    // After a minute, an hour and six hours.
    retries: Retries::For(Duration::from_secs(7 * 3600)),
    // The SDK takes no longer one (npm @linear/sdk).
    max_body: Some(5 << 20),
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static LINKEDIN: Provider = Provider {
    name: "linkedin",
    title: "LinkedIn webhooks",
    docs: "https://learn.microsoft.com/linkedin/shared/api-guide/webhook-validation",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-li-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![["hmacsha256="][body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/notificationId"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(3)),
    handshakes: handshakes::LINKEDIN,
    contract: Contract {
        success: Success::Any,
        stops: Some("the endpoint is blocked after three challenges in a row without the right answer"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::OfficialDocs, &["the id", "the encoding"]),
    ..BASE
};

pub(super) static LOB: Provider = Provider {
    name: "lob",
    title: "Lob",
    docs: "https://docs.lob.com/#tag/Webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("lob-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[header "lob-signature-timestamp"] ["."] [body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/event_type/id"]],
        action: places![],
        time: Some((at!(json "/date_created"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    contract: Contract::yes(Success::Any),
    evidence: known(Level::Secondary, &["the id", "the type", "the time", "the unit of the time"]),
    ..BASE
};

pub(super) static LUSHA: Provider = Provider {
    name: "lusha",
    title: "Lusha",
    docs: "https://docs.lusha.com/webhooks/security",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-lusha-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[header "x-lusha-timestamp"] ["."] [body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    evidence: known(Level::OfficialDocs, &["the form of the secret"]),
    ..BASE
};

/// The body is not signed: authenticated, and no more. The time of an event is a number with a fraction, which is no fact.
pub(super) static MAILGUN: Provider = Provider {
    name: "mailgun",
    title: "Mailgun",
    docs: "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
    scheme: hmac(Message {
        tags: Place::Field(Borrowed("/signature/signature"), Borrowed("signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[field "/signature/timestamp" "timestamp"] [field "/signature/token" "token"]],
        time: time(part!(field "/signature/timestamp" "timestamp"), Unit::Seconds, None),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/event-data/id"]],
        kind: places![[json "/event-data/event"] [form "event"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // After all but a 200 and a 406; notices of delivery never (documentation.mailgun.com, webhook retries).
    retries: Retries::For(Duration::from_secs(8 * 3600)),
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the id", "the type"]),
    ..BASE
};

pub(super) static MANDRILL: Provider = Provider {
    name: "mandrill",
    title: "Mailchimp Transactional (Mandrill)",
    docs: "https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/",
    scheme: hmac_of(
        Hash::Sha1,
        Message {
            tags: Place::Header(Borrowed("x-mandrill-signature")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Base64,
            parts: signed![[url][sorted_form]],
            time: None,
            fixed: &[],
            body_digest: None,
        },
    ),
    batch: Some(at!(form_json "mandrill_events", "")),
    facts: Facts {
        id: places![[form_json "mandrill_events", "/0/_id"]],
        kind: places![[form_json "mandrill_events", "/0/event"]],
        action: places![],
        time: Some((at!(form_json "mandrill_events", "/0/ts"), TimeForm::UnixSeconds)),
        id_is_shared: true,
    },
    handshakes: handshakes::MANDRILL,
    // Until someone gives the batch up (mandrill.zendesk.com, on failed batches).
    retries: Retries::Again,
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static MERCADOPAGO: Provider = Provider {
    name: "mercadopago",
    title: "Mercado Pago",
    docs: "https://www.mercadopago.com.br/developers/en/docs/your-integrations/notifications/webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("v1")),
        encoding: Encoding::Hex,
        parts: signed![[if_there "id:" [query "data.id"] ";"] [if_there "request-id:" [header "x-request-id"] ";"] ["ts:"] [pair "ts"] [";"]],
        time: time(part!(pair "ts"), Unit::Seconds, None),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/type"]],
        action: places![[json "/action"]],
        time: None,
        id_is_shared: false,
    },
    // www.mercadopago.com.br/developers, checkout-api, notifications, as what follows. A 201 will do too.
    deadline: Some(Duration::from_secs(22)),
    // Five attempts, each of which waits 5 s; the last comes after four days.
    retries: Retries::Again,
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id", "the type"]),
    ..BASE
};

pub(super) static MESSAGEBIRD_HMAC: Provider = Provider {
    name: "messagebird",
    mode: Some("hmac"),
    title: "MessageBird (legacy)",
    docs: "https://www.npmjs.com/package/messagebird",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("messagebird-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Base64,
        parts: signed![[header "messagebird-request-timestamp"] ["\n"] [sorted_query] ["\n"] [raw_digest Sha256]],
        time: time(part!(header "messagebird-request-timestamp"), Unit::Seconds, seconds(100)),
        fixed: &[],
        body_digest: None,
    }),
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static MOLLIE: Provider = Provider {
    name: "mollie",
    title: "Mollie next-gen webhooks",
    docs: "https://docs.mollie.com/reference/webhooks-new",
    scheme: hmac(Message {
        tags: Place::Repeated(Borrowed("x-mollie-signature")),
        layout: Layout::Whole(Borrowed("sha256=")),
        encoding: Encoding::Hex,
        parts: signed![[body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static MUX: Provider = Provider {
    name: "mux",
    title: "Mux",
    docs: "https://www.mux.com/docs/core/verify-webhook-signatures",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("mux-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("v1")),
        encoding: Encoding::Hex,
        parts: signed![[pair "t"] ["."] [body]],
        time: time(part!(pair "t"), Unit::Seconds, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: Some((at!(json "/created_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // docs.mux.com/docs/webhooks, as what follows.
    deadline: Some(Duration::from_secs(5)),
    // For a day; whether it signs each attempt anew is not said.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static OUTPOST: Provider = Provider {
    name: "outpost",
    title: "Hookdeck Outpost (default mode)",
    docs: "https://github.com/hookdeck/outpost",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-outpost-signature")),
        layout: Layout::Listed(Borrowed("v0="), Borrowed(",")),
        encoding: Encoding::Hex,
        parts: signed![[body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[header "x-outpost-event-id"]],
        kind: places![[header "x-outpost-topic"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // github.com/hookdeck/outpost, docs/pages/features/event-delivery.mdx, as what follows.
    // As often as it is set up.
    retries: Retries::Again,
    contract: Contract {
        success: Success::Any,
        refused: After::Retries,
        stops: Some("it may disable a destination that has failed often"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::SourceCode, &["the id", "the type", "the form of the secret"]),
    ..BASE
};

/// The vendor's library allows 5 s, less than a queue at the sender may take; five minutes here.
pub(super) static PADDLE: Provider = Provider {
    name: "paddle",
    title: "Paddle Billing",
    docs: "https://developer.paddle.com/webhooks/signature-verification",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("paddle-signature")),
        layout: Layout::Pairs(Borrowed(";"), Borrowed("h1")),
        encoding: Encoding::Hex,
        parts: signed![[pair "ts"] [":"] [body]],
        time: time(part!(pair "ts"), Unit::Seconds, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/event_id"] [json "/notification_id"]],
        kind: places![[json "/event_type"]],
        action: places![],
        time: Some((at!(json "/occurred_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // developer.paddle.com/webhooks/about/respond-to-webhooks, as what follows.
    deadline: Some(Duration::from_secs(5)),
    // 60 times.
    retries: Retries::For(Duration::from_secs(3 * 24 * 3600)),
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static PAGERDUTY: Provider = Provider {
    name: "pagerduty",
    title: "PagerDuty v3",
    docs: "https://developer.pagerduty.com/docs/verifying-webhook-signatures",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-pagerduty-signature")),
        layout: Layout::List(Borrowed(","), Borrowed("v1=")),
        encoding: Encoding::Hex,
        parts: signed![[body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/event/id"]],
        kind: places![[json "/event/event_type"]],
        action: places![],
        time: Some((at!(json "/event/occurred_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(5)),
    retries: Retries::For(Duration::from_secs(48 * 3600)),
    contract: Contract {
        success: Success::Any,
        refused: After::GivesUp,
        stops: Some("the subscription is disabled for 24 h after three events in a row that it let go"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::OfficialDocs, &["the id", "the type", "the time"]),
    ..BASE
};

/// A group of t and v1 for each secret while one rolls (docs.withpersona.com/docs/webhooks-best-practices).
pub(super) static PERSONA: Provider = Provider {
    name: "persona",
    title: "Persona",
    docs: "https://docs.withpersona.com/webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("persona-signature")),
        layout: Layout::Groups(Borrowed(" "), Borrowed(","), Borrowed("v1")),
        encoding: Encoding::Hex,
        parts: signed![[pair "t"] ["."] [body]],
        time: time(part!(pair "t"), Unit::Seconds, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/data/id"]],
        kind: places![[json "/data/attributes/name"]],
        action: places![],
        time: Some((at!(json "/data/attributes/created-at"), TimeForm::Rfc3339)),
        id_is_shared: true,
    },
    // 3, 18, 83 and 258 s later (docs.withpersona.com/docs/best-practices).
    retries: Retries::Again,
    evidence: known(Level::Secondary, &["the id", "the type", "the time", "the window"]),
    ..BASE
};

pub(super) static PRIMER: Provider = Provider {
    name: "primer",
    title: "Primer",
    docs: "https://primer.io/docs/api-reference/get-started/overview",
    scheme: hmac(Message {
        tags: Place::Headers(Borrowed(&[Borrowed("x-signature-primary"), Borrowed("x-signature-secondary")])),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Base64,
        parts: signed![[body]],
        time: time(part!(json "/signedAt"), Unit::Seconds, None),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![],
        kind: places![[json "/eventType"]],
        action: places![],
        time: Some((at!(json "/date"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    contract: Contract::yes(Success::Any),
    evidence: known(Level::OfficialDocs, &["the hash", "the time"]),
    ..BASE
};

pub(super) static PYANNOTE_AI: Provider = Provider {
    name: "pyannote-ai",
    title: "pyannoteAI",
    docs: "https://docs.pyannote.ai/webhooks/verifying-webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Base64,
        parts: signed![["v0:"] [header "x-request-timestamp"] [":"] [body]],
        time: time(part!(header "x-request-timestamp"), Unit::Seconds, None),
        fixed: &[],
        body_digest: None,
    }),
    evidence: known(Level::OfficialDocs, &["the encoding", "the form of the secret"]),
    ..BASE
};

pub(super) static RECHARGE: Provider = Provider {
    name: "recharge",
    title: "Recharge (current)",
    docs: "https://developer.rechargepayments.com/2021-11/webhooks_explained",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-recharge-webhook-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("v1")),
        encoding: Encoding::Hex,
        parts: signed![[pair "t"] ["."] [body]],
        time: time(part!(pair "t"), Unit::Seconds, seconds(172800)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![],
        kind: places![[header "x-recharge-topic"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // docs.getrecharge.com/docs/webhooks-resources, as what follows.
    // 19 times.
    retries: Retries::For(Duration::from_secs(2 * 24 * 3600)),
    contract: Contract {
        success: Success::Any,
        refused: After::Retries,
        stops: Some("a webhook is deleted after 20 attempts in vain"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static RECHARGE_LEGACY: Provider = Provider {
    name: "recharge",
    mode: Some("legacy"),
    title: "Recharge (legacy header)",
    docs: "https://developer.rechargepayments.com/2021-11/webhooks_explained",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-recharge-hmac-sha256")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[secret][body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![],
        kind: places![[header "x-recharge-topic"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // docs.getrecharge.com/docs/webhooks-resources, as what follows.
    // 19 times.
    retries: Retries::For(Duration::from_secs(2 * 24 * 3600)),
    contract: Contract {
        success: Success::Any,
        refused: After::Retries,
        stops: Some("a webhook is deleted after 20 attempts in vain"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static RECURLY: Provider = Provider {
    name: "recurly",
    title: "Recurly",
    docs: "https://docs.recurly.com/recurly-subscriptions/docs/webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("recurly-signature")),
        layout: Layout::TimeFirst(Borrowed(",")),
        encoding: Encoding::Hex,
        parts: signed![[pair "time"] ["."] [body]],
        time: time(part!(pair "time"), Unit::Millis, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    // Ten times, ever later (docs.recurly.com/recurly-subscriptions/docs/automatic-retries).
    retries: Retries::For(Duration::from_secs(3 * 24 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static RIPPLE_COLLECTIONS: Provider = Provider {
    name: "ripple-collections",
    title: "Ripple Collections",
    docs: "https://github.com/SlopMaster2/webhook-verify/blob/main/spec.md",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::Base64(""),
        message: Message {
            tags: Place::Header(Borrowed("x-webhook-signature")),
            layout: Layout::Pairs(Borrowed(","), Borrowed("v1")),
            encoding: Encoding::Hex,
            parts: signed![[pair "t"] ["."] [digest Sha256 Hex]],
            time: time(part!(pair "t"), Unit::Millis, seconds(300)),
            fixed: &[],
            body_digest: None,
        },
    }),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static ROOTLY: Provider = Provider {
    name: "rootly",
    title: "Rootly",
    docs: "https://docs.rootly.com/configuration/webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-rootly-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("v1")),
        encoding: Encoding::Hex,
        parts: signed![[pair "t"] [body]],
        time: time(part!(pair "t"), Unit::Seconds, None),
        fixed: &[],
        body_digest: None,
    }),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static SANITY: Provider = Provider {
    name: "sanity",
    title: "Sanity GROQ webhooks",
    docs: "https://www.sanity.io/docs/webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("sanity-webhook-signature")),
        layout: Layout::InOrder(Borrowed(","), &["t", "v1"]),
        encoding: Encoding::Base64Url,
        parts: signed![[pair "t"] ["."] [body]],
        time: time(part!(pair "t"), Unit::Millis, None),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[header "idempotency-key"]],
        kind: places![[json "/_type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // Twice, after a 429 or a 5xx alone (sanity.io/docs/changelog, 29 April 2026).
    retries: Retries::For(Duration::from_secs(60)),
    contract: Contract { refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the type"]),
    ..BASE
};

pub(super) static SELLSY: Provider = Provider {
    name: "sellsy",
    title: "Sellsy",
    docs: "https://api.sellsy.com/doc/v2/",
    scheme: hmac_of(
        Hash::Sha1,
        Message {
            tags: Place::Header(Borrowed("x-webhook-signature")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Hex,
            parts: signed![[secret][body]],
            time: None,
            fixed: &[],
            body_digest: None,
        },
    ),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static SHIPPO: Provider = Provider {
    name: "shippo",
    title: "Shippo",
    docs: "https://docs.goshippo.com/docs/tracking/webhooksecurity/",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("shippo-auth-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("v1")),
        encoding: Encoding::Hex,
        parts: signed![[pair "t"] ["."] [body]],
        time: time(part!(pair "t"), Unit::Seconds, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts { id: places![], kind: places![[json "/event"]], action: places![], time: None, id_is_shared: false },
    // goshippo.com/docs/webhooks has the 2xx; third parties the rest.
    deadline: Some(Duration::from_secs(3)),
    // Twice, after a 408, 429 or 5xx.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(
        Level::Secondary,
        &["the type", "the window", "the deadline", "the retries", "what it does after a 4xx"],
    ),
    ..BASE
};

pub(super) static SINCH_CONVERSATION: Provider = Provider {
    name: "sinch",
    mode: Some("conversation"),
    title: "Sinch Conversation API",
    docs: "https://developers.sinch.com/docs/conversation/callbacks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-sinch-webhook-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Base64,
        parts: signed![[body] ["."] [header "x-sinch-webhook-signature-nonce"] ["."] [header "x-sinch-webhook-signature-timestamp"]],
        time: time(part!(header "x-sinch-webhook-signature-timestamp"), Unit::Seconds, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[header "x-sinch-webhook-signature-nonce"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::SourceCode, &["the unit of the time", "the window", "the id"]),
    ..BASE
};

pub(super) static SINCH_VOICE: Provider = Provider {
    name: "sinch",
    mode: Some("voice"),
    title: "Sinch Voice and Verification callbacks",
    docs: "https://www.npmjs.com/package/@sinch/sdk-client",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::Base64(""),
        message: Message {
            tags: Place::Header(Borrowed("authorization")),
            layout: Layout::Marked(Borrowed(","), ':'),
            encoding: Encoding::Base64,
            parts: signed![[method] ["\n"] [if_body [digest Md5 Base64]] ["\n"] [header "content-type"] ["\nx-timestamp:"] [header "x-timestamp"] ["\n"] [path]],
            time: time(part!(header "x-timestamp"), Unit::Rfc3339, None),
            fixed: &[],
            body_digest: None,
        },
    }),
    evidence: known(Level::SourceCode, &["the unit of the time"]),
    ..BASE
};

pub(super) static SQUARE: Provider = Provider {
    name: "square",
    title: "Square",
    docs: "https://developer.squareup.com/docs/webhooks/step3validate",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-square-hmacsha256-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Base64,
        parts: signed![[url][body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/event_id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: Some((at!(json "/created_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(10)),
    // developer.squareup.com/docs/webhooks/troubleshooting; an older one had 10 s and 72 h.
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    contract: Contract::yes(Success::Any),
    evidence: known(Level::SourceCode, &["the id", "the type", "the time", "the deadline"]),
    ..BASE
};

/// The sender names the algorithm in a header that is not signed; only SHA-256 is taken.
pub(super) static SUMSUB: Provider =
    Provider { title: "Sumsub", scheme: hmac(sumsub(&[("x-payload-digest-alg", "HMAC_SHA256_HEX")])), ..SUMSUB_BASE };

/// The same of a webhook that was set to SHA-512.
pub(super) static SUMSUB_SHA512: Provider = Provider {
    mode: Some("sha512"),
    title: "Sumsub (SHA-512)",
    scheme: hmac_of(Hash::Sha512, sumsub(&[("x-payload-digest-alg", "HMAC_SHA512_HEX")])),
    ..SUMSUB_BASE
};

const fn sumsub(fixed: &'static [(&'static str, &'static str)]) -> Message {
    Message {
        tags: Place::Header(Borrowed("x-payload-digest")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[body]],
        time: None,
        fixed,
        body_digest: None,
    }
}

const SUMSUB_BASE: Provider = Provider {
    name: "sumsub",
    docs: "https://docs.sumsub.com/docs/webhooks",
    facts: Facts {
        id: places![[json "/correlationId"]],
        kind: places![[json "/type"]],
        action: places![],
        time: Some((at!(json "/createdAtMs"), TimeForm::UnixMillis)),
        id_is_shared: true,
    },
    // Its page, as what follows.
    deadline: Some(Duration::from_secs(5)),
    // 5 minutes, 1 h, 5 h and 18 h later, unless that is turned off.
    retries: Retries::For(Duration::from_secs(1445 * 60)),
    evidence: known(Level::Secondary, &["the type", "the id", "the time"]),
    ..BASE
};

pub(super) static SURGE: Provider = Provider {
    name: "surge",
    title: "Surge (surge.app)",
    docs: "https://docs.surge.app/api-reference/webhooks/signature-validation",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("surge-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("v1")),
        encoding: Encoding::Hex,
        parts: signed![[pair "t"] ["."] [body]],
        time: time(part!(pair "t"), Unit::Seconds, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::OfficialDocs, &["the window", "the form of the secret"]),
    ..BASE
};

pub(super) static TAILSCALE: Provider = Provider {
    name: "tailscale",
    title: "Tailscale",
    docs: "https://tailscale.com/kb/1213/webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("tailscale-webhook-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("v1")),
        encoding: Encoding::Hex,
        parts: signed![[pair "t"] ["."] [body]],
        time: time(part!(pair "t"), Unit::Seconds, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    batch: Some(at!(json "")),
    facts: Facts { id: places![], kind: places![[json "/0/type"]], action: places![], time: None, id_is_shared: false },
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

pub(super) static TIKTOK: Provider = Provider {
    name: "tiktok",
    title: "TikTok",
    docs: "https://developers.tiktok.com/doc/webhooks-verification",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("tiktok-signature")),
        layout: Layout::Pairs(Borrowed(","), Borrowed("s")),
        encoding: Encoding::Hex,
        parts: signed![[pair "t"] ["."] [body]],
        time: time(part!(pair "t"), Unit::Seconds, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts { id: places![], kind: places![[json "/event"]], action: places![], time: None, id_is_shared: false },
    // developers.tiktok.com/doc/webhooks-overview, as what follows.
    // For three days; whether it signs each attempt anew is not said.
    retries: Retries::Again,
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

pub(super) static TRELLO: Provider = Provider {
    name: "trello",
    title: "Trello",
    docs: "https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/",
    scheme: hmac_of(
        Hash::Sha1,
        Message {
            tags: Place::Header(Borrowed("x-trello-webhook")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Base64,
            parts: signed![[body][url]],
            time: None,
            fixed: &[],
            body_digest: None,
        },
    ),
    facts: Facts {
        id: places![[json "/action/id"]],
        kind: places![[json "/action/type"]],
        action: places![],
        time: Some((at!(json "/action/date"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    handshakes: handshakes::TRELLO,
    evidence: known(Level::Secondary, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static TWILIO: Provider = Provider {
    name: "twilio",
    title: "Twilio (form callbacks)",
    docs: "https://www.twilio.com/docs/usage/webhooks/webhooks-security",
    scheme: hmac_of(
        Hash::Sha1,
        Message {
            tags: Place::Header(Borrowed("x-twilio-signature")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Base64,
            parts: signed![[url_of_any_port][sorted_form]],
            time: None,
            fixed: &[],
            body_digest: None,
        },
    ),
    facts: Facts {
        id: places![[form "MessageSid"] [form "SmsSid"] [form "CallSid"] [header "i-twilio-idempotency-token"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    methods: &[Method::GET, Method::POST],
    // twilio.com/docs/usage/webhooks/webhooks-connection-overrides; the URL may ask for less.
    deadline: Some(Duration::from_secs(15)),
    // Its fallback URL is asked, if there is one.
    retries: Retries::Never,
    evidence: known(Level::SourceCode, &["the id"]),
    ..BASE
};

/// The URL is signed, and has the digest of the body.
pub(super) static TWILIO_JSON: Provider = Provider {
    name: "twilio",
    mode: Some("json"),
    title: "Twilio (JSON body, bodySHA256)",
    docs: "https://www.twilio.com/docs/usage/webhooks/webhooks-security",
    scheme: hmac_of(
        Hash::Sha1,
        Message {
            tags: Place::Header(Borrowed("x-twilio-signature")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Base64,
            parts: signed![[url_of_any_port]],
            time: None,
            fixed: &[],
            body_digest: Some(BodyDigest { at: at!(query "bodySHA256"), hash: Hash::Sha256, encoding: Encoding::Hex }),
        },
    ),
    facts: Facts {
        id: places![[header "i-twilio-idempotency-token"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // twilio.com/docs/usage/webhooks/webhooks-connection-overrides; the URL may ask for less.
    deadline: Some(Duration::from_secs(15)),
    evidence: known(Level::SourceCode, &["the id"]),
    ..BASE
};

pub(super) static TWITCH: Provider = Provider {
    name: "twitch",
    title: "Twitch EventSub",
    docs: "https://dev.twitch.tv/docs/eventsub/handling-webhook-events/",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("twitch-eventsub-message-signature")),
        layout: Layout::Whole(Borrowed("sha256=")),
        encoding: Encoding::Hex,
        parts: signed![[header "twitch-eventsub-message-id"] [header "twitch-eventsub-message-timestamp"] [body]],
        time: time(part!(header "twitch-eventsub-message-timestamp"), Unit::Rfc3339, seconds(600)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[header "twitch-eventsub-message-id"]],
        kind: places![[header "twitch-eventsub-subscription-type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    handshakes: handshakes::TWITCH,
    // dev.twitch.tv/docs/eventsub, as what follows. It waits a few seconds.
    retries: Retries::Again,
    contract: Contract {
        success: Success::Any,
        stops: Some("a subscription is revoked after too many answers that are late or no yes"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

pub(super) static WEBFLOW: Provider = Provider {
    name: "webflow",
    title: "Webflow",
    docs: "https://developers.webflow.com/data/docs/working-with-webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-webflow-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[header "x-webflow-timestamp"] [":"] [body]],
        time: time(part!(header "x-webflow-timestamp"), Unit::Millis, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![],
        kind: places![[json "/triggerType"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // developers.webflow.com/data/reference/error-handling, as what follows.
    // Three times.
    retries: Retries::For(Duration::from_secs(30 * 60)),
    contract: Contract {
        success: Success::Ok,
        refused: After::Retries,
        stops: Some("a webhook that keeps failing is deactivated"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static WORKOS: Provider = Provider {
    name: "workos",
    title: "WorkOS",
    docs: "https://workos.com/docs/events/data-syncing/webhooks",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("workos-signature")),
        layout: Layout::Pairs(Borrowed(", "), Borrowed("v1")),
        encoding: Encoding::Hex,
        parts: signed![[pair "t"] ["."] [body]],
        time: time(part!(pair "t"), Unit::Millis, seconds(180)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/event"]],
        action: places![],
        time: Some((at!(json "/created_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // workos.com/docs/events/data-syncing/webhooks, workos.com/docs/webhooks, as what follows.
    // 12 times over three days.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id", "the type", "the time"]),
    ..BASE
};

/// The hash stands in the header; only SHA-256 is taken.
pub(super) static WORLDPAY_ACCESS: Provider = Provider {
    name: "worldpay-access",
    title: "Worldpay Access events",
    docs: "https://developer.worldpay.com/products/access/events/signature",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("event-signature")),
        layout: Layout::Marked(Borrowed(","), '/'),
        encoding: Encoding::Hex,
        parts: signed![[body]],
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    // developer.worldpay.com/products/access/events, as what follows.
    deadline: Some(Duration::from_secs(10)),
    retries: Retries::For(Duration::from_secs(7 * 24 * 3600)),
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &["the form of the secret"]),
    ..BASE
};

pub(super) static ZENDESK: Provider = Provider {
    name: "zendesk",
    title: "Zendesk",
    docs: "https://developer.zendesk.com/documentation/webhooks/verifying/",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-zendesk-webhook-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Base64,
        parts: signed![[header "x-zendesk-webhook-signature-timestamp"] [body]],
        time: time(part!(header "x-zendesk-webhook-signature-timestamp"), Unit::Rfc3339, seconds(300)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    methods: &[Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE],
    // What it takes for an error, and how long it waits, is from third parties.
    deadline: Some(Duration::from_secs(10)),
    // After some answers (developer.zendesk.com/api-reference/webhooks/introduction).
    retries: Retries::Again,
    evidence: known(Level::Secondary, &["the id", "the type", "the deadline"]),
    ..BASE
};

pub(super) static ZOOM: Provider = Provider {
    name: "zoom",
    title: "Zoom",
    docs: "https://developers.zoom.us/docs/api/webhooks/",
    scheme: hmac(Message {
        tags: Place::Header(Borrowed("x-zm-signature")),
        layout: Layout::Whole(Borrowed("v0=")),
        encoding: Encoding::Hex,
        parts: signed![["v0:"] [header "x-zm-request-timestamp"] [":"] [body]],
        // No window is documented: this one lets the last retry in, should it keep its time.
        time: time(part!(header "x-zm-request-timestamp"), Unit::Seconds, seconds(90 * 60)),
        fixed: &[],
        body_digest: None,
    }),
    facts: Facts {
        id: places![],
        kind: places![[json "/event"]],
        action: places![],
        time: Some((at!(json "/event_ts"), TimeForm::UnixMillis)),
        id_is_shared: false,
    },
    handshakes: handshakes::ZOOM,
    // developers.zoom.us/blog/webhook-delays, as what follows.
    deadline: Some(Duration::from_secs(3)),
    // Three times, 5, 20 and 60 min after the one before.
    retries: Retries::For(Duration::from_secs(85 * 60)),
    contract: Contract { success: Success::OkOrNoContent, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the type", "the time"]),
    ..BASE
};
