//! Providers whose tag covers the body and nothing else, and is the whole of one header.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, NO_FACTS, hmac, hmac_of, known, places};
use super::{After, Contract, Facts, Level, Provider, Retries, Success, TimeForm, handshakes};
use crate::locate::at;
use crate::verify::{Encoding, Hash, KeyForm, Layout, Mac, Message, Part, Place, Scheme};

pub(super) static ABLY: Provider = Provider {
    name: "ably",
    title: "Ably integration webhooks",
    docs: "https://ably.com/docs/platform/integrations/webhooks",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::AfterLast(':'),
        message: Message::of_body("x-ably-signature", "", Encoding::Base64),
    }),
    batch: Some(at!(json "/items")),
    facts: Facts {
        id: places![],
        kind: places![[json "/items/0/name"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // A batch; what is older than that is dropped. Single events sign nothing.
    retries: Retries::For(Duration::from_secs(300)),
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

pub(super) static ADYEN_PLATFORMS: Provider = Provider {
    name: "adyen",
    mode: Some("platforms"),
    title: "Adyen for Platforms / Management / token webhooks (header HMAC)",
    docs: "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures/",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::Hex,
        message: Message::of_body("hmacsignature", "", Encoding::Base64),
    }),
    facts: Facts { id: places![], kind: places![[json "/type"]], action: places![], time: None, id_is_shared: true },
    // docs.adyen.com/development-resources/webhooks/troubleshoot; the wait: docs.adyen.com/japan-sellers-screening.
    deadline: Some(Duration::from_secs(10)),
    retries: Retries::For(Duration::from_secs(30 * 24 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the type"]),
    ..BASE
};

/// Tracking, Returns and Warranty, Shipping: each product has a header of its own name for the same.
pub(super) static AFTERSHIP: Provider = Provider {
    name: "aftership",
    title: "AfterShip",
    docs: "https://www.aftership.com/docs/tracking/webhook/webhook-signature",
    scheme: hmac(Message {
        tags: Place::Headers(Borrowed(&[
            Borrowed("aftership-hmac-sha256"),
            Borrowed("as-signature-hmac-sha256"),
            Borrowed("am-webhook-signature"),
        ])),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Base64,
        parts: Borrowed(&[Part::Body]),
        time: None,
        fixed: &[],
        body_digest: None,
    }),
    // www.aftership.com/docs/tracking/webhook/webhook-overview, as what follows.
    // 13 times.
    retries: Retries::For(Duration::from_secs(245730)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the headers of the newer products"]),
    ..BASE
};

pub(super) static AIRTABLE: Provider = Provider {
    name: "airtable",
    title: "Airtable",
    docs: "https://airtable.com/developers/web/api/webhooks-overview",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::Base64(""),
        message: Message::of_body("x-airtable-content-mac", "hmac-sha256=", Encoding::Hex),
    }),
    facts: Facts {
        id: places![],
        kind: places![],
        action: places![],
        time: Some((at!(json "/timestamp"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // Its page on the notification counts retries.
    retries: Retries::Again,
    contract: Contract::yes(Success::OkOrNoContent),
    evidence: known(Level::Secondary, &["the time"]),
    ..BASE
};

pub(super) static ASANA: Provider = Provider {
    name: "asana",
    title: "Asana",
    docs: "https://developers.asana.com/docs/webhooks-guide",
    scheme: hmac(Message::of_body("x-hook-signature", "", Encoding::Hex)),
    batch: Some(at!(json "/events")),
    facts: Facts {
        id: places![],
        kind: places![[json "/events/0/resource/resource_type"]],
        action: places![[json "/events/0/action"]],
        time: Some((at!(json "/events/0/created_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(10)),
    handshakes: handshakes::ASANA,
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    contract: Contract { stops: Some("the webhook is deleted after 24 h without a yes"), ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &["the type", "the time"]),
    ..BASE
};

pub(super) static ASHBY: Provider = Provider {
    name: "ashby",
    title: "Ashby",
    docs: "https://developers.ashbyhq.com/docs/authenticating-webhooks",
    scheme: hmac(Message::of_body("ashby-signature", "sha256=", Encoding::Hex)),
    facts: Facts { id: places![], kind: places![[json "/action"]], action: places![], time: None, id_is_shared: false },
    // Ten attempts, the pause doubling from 10 s; not after a 401, 403, 404, 405 or 410
    // (developers.ashbyhq.com/docs/retries).
    retries: Retries::For(Duration::from_secs(3 * 3600)),
    contract: Contract { success: Success::Any, refused: After::GivesUp, gone: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

/// The key is the text of the hex digits, not what they spell.
pub(super) static AUTHORIZE_NET: Provider = Provider {
    name: "authorize-net",
    title: "Authorize.Net",
    docs: "https://developer.authorize.net/api/reference/features/webhooks.html",
    scheme: hmac_of(Hash::Sha512, Message::of_body("x-anet-signature", "sha512=", Encoding::HexAnyCase)),
    facts: Facts {
        id: places![[json "/notificationId"]],
        kind: places![[json "/eventType"]],
        action: places![],
        time: Some((at!(json "/eventDate"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &["the key"]),
    ..BASE
};

pub(super) static AUTODESK_APS: Provider = Provider {
    name: "autodesk-aps",
    title: "Autodesk Platform Services (webhooks)",
    docs: "https://aps.autodesk.com/en/docs/webhooks/v1/developers_guide/overview/",
    scheme: hmac_of(Hash::Sha1, Message::of_body("x-adsk-signature", "sha1hash=", Encoding::Hex)),
    facts: Facts {
        id: places![[header "x-adsk-delivery-id"]],
        kind: places![[json "/hook/event"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // aps.autodesk.com/en/docs/webhooks/v1/overview/basics, as what follows.
    deadline: Some(Duration::from_secs(6)),
    // Four times.
    retries: Retries::For(Duration::from_secs(2 * 24 * 3600)),
    contract: Contract {
        success: Success::Any,
        refused: After::Retries,
        stops: Some("a webhook is disabled when the last attempt fails"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &["the id", "the type"]),
    ..BASE
};

pub(super) static AUTOTASK: Provider = Provider {
    name: "autotask",
    title: "Datto Autotask PSA",
    docs: "https://www.autotask.net/help/developerhelp/Content/APIs/Webhooks/SecretKeyPayloadVerification.htm",
    scheme: hmac_of(Hash::Sha1, Message::of_body("x-hook-signature", "sha1=", Encoding::Base64)),
    facts: Facts {
        id: places![[json "/Guid"]],
        kind: places![[json "/EntityType"]],
        action: places![[json "/Action"]],
        time: None,
        id_is_shared: true,
    },
    evidence: known(Level::OfficialDocs, &["the id", "the type"]),
    ..BASE
};

pub(super) static BITBUCKET: Provider = Provider {
    name: "bitbucket",
    title: "Bitbucket Cloud",
    docs: "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
    scheme: hmac(Message::of_body("x-hub-signature", "sha256=", Encoding::Hex)),
    facts: Facts {
        id: places![[header "x-request-uuid"]],
        kind: places![[header "x-event-key"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // support.atlassian.com/bitbucket-cloud/docs/troubleshoot-webhooks, as what follows.
    deadline: Some(Duration::from_secs(10)),
    // Twice, after a 5xx alone.
    retries: Retries::Again,
    contract: Contract { refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the id"]),
    ..BASE
};

pub(super) static BITBUCKET_SERVER: Provider = Provider {
    name: "bitbucket",
    mode: Some("server"),
    title: "Bitbucket Server / Data Center",
    docs: "https://confluence.atlassian.com/bitbucketserver/manage-webhooks-938025878.html",
    scheme: hmac(Message::of_body("x-hub-signature", "sha256=", Encoding::Hex)),
    facts: Facts {
        id: places![],
        kind: places![[header "x-event-key"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static CAL_COM: Provider = Provider {
    name: "cal-com",
    title: "Cal.com",
    docs: "https://cal.com/docs/developing/guides/automation/webhooks",
    scheme: hmac(Message::of_body("x-cal-signature-256", "", Encoding::Hex)),
    facts: Facts {
        id: places![],
        kind: places![[json "/triggerEvent"]],
        action: places![],
        time: Some((at!(json "/createdAt"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &["the type", "the time"]),
    ..BASE
};

pub(super) static CHARGIFY: Provider = Provider {
    name: "chargify",
    title: "Maxio Advanced Billing (Chargify)",
    docs: "https://maxio-chargify.zendesk.com/hc/en-us/articles/5405357509645-Webhooks-Reference#webhook-signature",
    scheme: hmac(Message::of_body("x-chargify-webhook-signature-hmac-sha-256", "", Encoding::Hex)),
    facts: Facts {
        id: places![[header "x-chargify-webhook-id"]],
        kind: places![[form "event"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(15)),
    // Five attempts: at once, and 10, 15, 90 and 180 s after the one before.
    retries: Retries::For(Duration::from_secs(300)),
    contract: Contract::yes(Success::Ok),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static CHECKOUT_COM: Provider = Provider {
    name: "checkout-com",
    title: "Checkout.com",
    docs: "https://www.checkout.com/docs/developer-resources/event-notifications/receive-webhooks",
    scheme: hmac(Message::of_body("cko-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: Some((at!(json "/created_on"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // Eight times (www.checkout.com/docs/workflows).
    retries: Retries::For(Duration::from_secs(30 * 3600)),
    evidence: known(Level::Secondary, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static CHECKR: Provider = Provider {
    name: "checkr",
    title: "Checkr",
    docs: "https://docs.checkr.com/#section/Webhooks/Validating-webhooks",
    scheme: hmac(Message::of_body("x-checkr-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &["the id", "the type"]),
    ..BASE
};

pub(super) static CIRCLEBACK: Provider = Provider {
    name: "circleback",
    title: "Circleback",
    docs: "https://circleback.ai/docs/webhook-integration",
    scheme: hmac(Message::of_body("x-signature", "", Encoding::Hex)),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static CLICKUP: Provider = Provider {
    name: "clickup",
    title: "ClickUp",
    docs: "https://developer.clickup.com/docs/webhooksignature",
    scheme: hmac(Message::of_body("x-signature", "", Encoding::Hex)),
    facts: Facts { id: places![], kind: places![[json "/event"]], action: places![], time: None, id_is_shared: false },
    // developer.clickup.com/docs/webhookhealth, as what follows. A 401 suspends a webhook at once.
    deadline: Some(Duration::from_secs(7)),
    // Five times.
    retries: Retries::Again,
    contract: Contract {
        success: Success::Any,
        refused: After::Stops,
        gone: After::Stops,
        stops: Some("a webhook is suspended after 100 events that it let go"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

pub(super) static COINBASE_COMMERCE: Provider = Provider {
    name: "coinbase-commerce",
    title: "Coinbase Commerce",
    docs: "https://docs.cdp.coinbase.com/commerce/docs/webhooks",
    scheme: hmac(Message::of_body("x-cc-webhook-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/event/id"]],
        kind: places![[json "/event/type"]],
        action: places![],
        time: Some((at!(json "/event/created_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // docs.cloud.coinbase.com/commerce-onchain/docs/webhooks, as what follows.
    retries: Retries::For(Duration::from_secs(3 * 24 * 3600)),
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static CONNECTWISE_PSA: Provider = Provider {
    name: "connectwise-psa",
    title: "ConnectWise PSA (Manage)",
    docs: "https://developer.connectwise.com/Products/ConnectWise_PSA/REST",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::DigestOf(Hash::Sha256),
        message: Message::of_body("x-content-signature", "", Encoding::Base64),
    }),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static CONVOY_SIMPLE: Provider = Provider {
    name: "convoy",
    mode: Some("simple"),
    title: "Convoy (simple signature)",
    docs: "https://getconvoy.io/docs/product-manual/signatures",
    scheme: hmac(Message::of_body("x-convoy-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[header "x-convoy-idempotency-key"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // www.getconvoy.io/docs/product-manual/webhooks-documentation, as what follows.
    // As it is set up.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id"]),
    ..BASE
};

pub(super) static CURSOR: Provider = Provider {
    name: "cursor",
    title: "Cursor cloud agents",
    docs: "https://cursor.com/docs/cloud-agent/api/webhooks",
    scheme: hmac(Message::of_body("x-webhook-signature", "sha256=", Encoding::Hex)),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static DOPPLER: Provider = Provider {
    name: "doppler",
    title: "Doppler",
    docs: "https://docs.doppler.com/docs/webhooks",
    scheme: hmac(Message::of_body("x-doppler-signature", "sha256=", Encoding::Hex)),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static DROPBOX: Provider = Provider {
    name: "dropbox",
    title: "Dropbox",
    docs: "https://www.dropbox.com/developers/reference/webhooks",
    scheme: hmac(Message::of_body("x-dropbox-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![],
        kind: places![[member "list_folder"] [member "delta"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(10)),
    handshakes: handshakes::DROPBOX,
    evidence: known(Level::Secondary, &["the deadline", "the type"]),
    ..BASE
};

pub(super) static DUB: Provider = Provider {
    name: "dub",
    title: "Dub (webhooks and postbacks)",
    docs: "https://dub.co/docs/postbacks/verify-postback-requests",
    scheme: hmac(Message::of_body("dub-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/event"]],
        action: places![],
        time: Some((at!(json "/createdAt"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // github.com/dubinc/docs, concepts/webhooks/introduction.mdx, as what follows.
    // Without an end: 12 s, 2.5 min, 30 min and 6 h later, and then once a day.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id", "the type", "the time", "the form of the secret"]),
    ..BASE
};

pub(super) static DWOLLA: Provider = Provider {
    name: "dwolla",
    title: "Dwolla",
    docs: "https://developers.dwolla.com/docs/balance/webhooks/process-validate",
    scheme: hmac(Message::of_body("x-request-signature-sha-256", "", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/topic"]],
        action: places![],
        time: Some((at!(json "/timestamp"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(10)),
    // Eight times.
    retries: Retries::For(Duration::from_secs(72 * 3600)),
    contract: Contract {
        success: Success::Any,
        stops: Some("the subscription is paused after 400 failures in a row and 24 h without a yes"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

pub(super) static EXPO_EAS: Provider = Provider {
    name: "expo-eas",
    title: "Expo EAS Build/Submit",
    docs: "https://docs.expo.dev/eas/webhooks/",
    scheme: hmac_of(Hash::Sha1, Message::of_body("expo-signature", "sha1=", Encoding::Hex)),
    // github.com/expo/expo, docs/pages/eas/webhooks.mdx, as what follows.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static FASTSPRING: Provider = Provider {
    name: "fastspring",
    title: "FastSpring",
    docs: "https://developer.fastspring.com/reference/message-security",
    scheme: hmac(Message::of_body("x-fs-signature", "", Encoding::Base64)),
    // Its page on processed events, as what follows. A 202 accepts only the events that its body names.
    // 12 times.
    retries: Retries::For(Duration::from_secs(7 * 24 * 3600)),
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static FIREFLIES: Provider = Provider {
    name: "fireflies",
    title: "Fireflies.ai",
    docs: "https://docs.fireflies.ai/graphql-api/webhooks",
    scheme: hmac(Message::of_body("x-hub-signature", "sha256=", Encoding::Hex)),
    facts: Facts {
        id: places![],
        kind: places![[json "/eventType"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

pub(super) static FIRSTPROMOTER: Provider = Provider {
    name: "firstpromoter",
    title: "FirstPromoter (v2 webhooks)",
    docs: "https://docs.firstpromoter.com/webhooks-v2/security",
    scheme: hmac(Message::of_body("x-webhook-signature", "", Encoding::Hex)),
    // Three times, unless the subscription says otherwise (docs.firstpromoter.com/webhooks-v2/deliveries).
    retries: Retries::For(Duration::from_secs(2 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

pub(super) static FITBIT: Provider = Provider {
    name: "fitbit",
    title: "Fitbit",
    docs: "https://dev.fitbit.com/build/reference/web-api/developer-guide/using-subscriptions/",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha1,
        key: KeyForm::Then("&"),
        message: Message::of_body("x-fitbit-signature", "", Encoding::Base64),
    }),
    handshakes: handshakes::FITBIT,
    contract: Contract::yes(Success::NoContent),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static FRONT_RULE: Provider = Provider {
    name: "front",
    mode: Some("rule"),
    title: "Front rule webhooks (legacy)",
    docs: "https://dev.frontapp.com/docs/rule-webhooks",
    scheme: hmac_of(Hash::Sha1, Message::of_body("x-front-signature", "", Encoding::Base64)),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: Some((at!(json "/emitted_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(5)),
    retries: Retries::Never,
    evidence: known(Level::OfficialDocs, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static GITEA: Provider = Provider {
    name: "gitea",
    title: "Gitea / Forgejo",
    docs: "https://docs.gitea.com/usage/webhooks",
    scheme: hmac(Message::of_body("x-gitea-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[header "x-gitea-delivery"]],
        kind: places![[header "x-gitea-event"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // `DELIVER_TIMEOUT`; an instance may set it (docs.gitea.com/administration/config-cheat-sheet).
    deadline: Some(Duration::from_secs(5)),
    // github.com/go-gitea/gitea, services/webhook/deliver.go.
    retries: Retries::Never,
    contract: Contract::yes(Success::Any),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static GOCARDLESS: Provider = Provider {
    name: "gocardless",
    title: "GoCardless",
    docs: "https://developer.gocardless.com/api-reference/#appendix-webhooks",
    scheme: hmac(Message::of_body("webhook-signature", "", Encoding::Hex)),
    batch: Some(at!(json "/events")),
    facts: Facts {
        id: places![[json "/events/0/id"]],
        kind: places![[json "/events/0/resource_type"]],
        action: places![[json "/events/0/action"]],
        time: None,
        id_is_shared: true,
    },
    // support.gocardless.com, webhook retries and failures, as what follows.
    deadline: Some(Duration::from_secs(10)),
    // Eight times.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the type"]),
    ..BASE
};

pub(super) static GOGS: Provider = Provider {
    name: "gogs",
    title: "Gogs",
    docs: "https://gogs.io/docs/features/webhook",
    scheme: hmac(Message::of_body("x-gogs-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![],
        kind: places![[header "x-gogs-event"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // github.com/gogs/gogs, internal/database/webhook.go, as what follows.
    retries: Retries::Never,
    contract: Contract { success: Success::Any, refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static GRAFANA: Provider = Provider {
    name: "grafana",
    title: "Grafana Alerting (HMAC)",
    docs: "https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/",
    scheme: hmac(Message::of_body("x-grafana-alerting-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/alerts/0/fingerprint"]],
        kind: places![[json "/status"]],
        action: places![],
        time: None,
        id_is_shared: true,
    },
    evidence: known(Level::SourceCode, &["the id", "the type"]),
    ..BASE
};

pub(super) static GREENHOUSE: Provider = Provider {
    name: "greenhouse",
    title: "Greenhouse",
    docs: "https://developers.greenhouse.io/webhooks.html",
    scheme: hmac(Message::of_body("signature", "sha256 ", Encoding::Hex)),
    facts: Facts { id: places![], kind: places![[json "/action"]], action: places![], time: None, id_is_shared: false },
    // 25 times, unless set otherwise (support.greenhouse.io, article 360005574531).
    retries: Retries::Again,
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

pub(super) static HELP_SCOUT: Provider = Provider {
    name: "help-scout",
    title: "Help Scout",
    docs: "https://developer.helpscout.com/webhooks/",
    scheme: hmac_of(Hash::Sha1, Message::of_body("x-helpscout-signature", "", Encoding::Base64)),
    facts: Facts {
        id: places![],
        kind: places![[header "x-helpscout-event"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static HEROKU: Provider = Provider {
    name: "heroku",
    title: "Heroku app webhooks",
    docs: "https://devcenter.heroku.com/articles/app-webhooks",
    scheme: hmac(Message::of_body("heroku-webhook-hmac-sha256", "", Encoding::Base64)),
    // devcenter.heroku.com/changelog-items/2525; once it has failed for so long, older events get one attempt.
    retries: Retries::For(Duration::from_secs(3 * 24 * 3600)),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static HOOKDECK: Provider = Provider {
    name: "hookdeck",
    title: "Hookdeck (forwarded events)",
    docs: "https://hookdeck.com/docs/authentication#hookdeck-webhook-signature-verification",
    scheme: hmac(Message::of_body("x-hookdeck-signature", "", Encoding::Base64)),
    facts: Facts {
        id: places![[header "x-hookdeck-eventid"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static INTERCOM: Provider = Provider {
    name: "intercom",
    title: "Intercom",
    docs: "https://developers.intercom.com/docs/webhooks",
    scheme: hmac_of(Hash::Sha1, Message::of_body("x-hub-signature", "sha1=", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/topic"]],
        action: places![],
        time: Some((at!(json "/created_at"), TimeForm::UnixSeconds)),
        id_is_shared: false,
    },
    handshakes: handshakes::INTERCOM,
    // developers.intercom.com, docs/webhooks/webhook-notifications and v1.0/reference/handling-notifications, as what
    // follows.
    deadline: Some(Duration::from_secs(5)),
    // Once.
    retries: Retries::For(Duration::from_secs(60)),
    contract: Contract {
        success: Success::Any,
        refused: After::Retries,
        gone: After::Stops,
        stops: Some("a private app's subscription is suspended after 7 days of errors"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &["the id", "the type", "the time", "the handshake"]),
    ..BASE
};

pub(super) static JIRA: Provider = Provider {
    name: "jira",
    title: "Jira Cloud (webhook secret) / Confluence",
    docs: "https://developer.atlassian.com/cloud/jira/platform/webhooks/",
    scheme: hmac(Message::of_body("x-hub-signature", "sha256=", Encoding::Hex)),
    facts: Facts {
        id: places![[header "x-atlassian-webhook-identifier"]],
        kind: places![[json "/webhookEvent"]],
        action: places![],
        time: Some((at!(json "/timestamp"), TimeForm::UnixMillis)),
        id_is_shared: false,
    },
    // After a 408, 409, 425, 429 or 5xx (community.developer.atlassian.com/t/new-jira-cloud-webhook-retry-policy/30554).
    retries: Retries::For(Duration::from_secs(30 * 60)),
    contract: Contract { refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

pub(super) static JOBBER: Provider = Provider {
    name: "jobber",
    title: "Jobber",
    docs: "https://developer.getjobber.com/docs/using_jobbers_api/setting_up_webhooks/",
    scheme: hmac(Message::of_body("x-jobber-hmac-sha256", "", Encoding::Base64)),
    // developer.getjobber.com/docs/using_jobbers_api/setting_up_webhooks, as what follows.
    deadline: Some(Duration::from_secs(1)),
    retries: Retries::Again,
    contract: Contract {
        success: Success::Any,
        stops: Some("it may disable the webhooks of an app that is late or fails often"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static JOBDIVA: Provider = Provider {
    name: "jobdiva",
    title: "JobDiva",
    docs: "https://github.com/NangoHQ/nango/blob/master/packages/server/lib/webhook/jobdiva-webhook-routing.ts",
    scheme: hmac_of(Hash::Sha1, Message::of_body("x-hub-signature", "sha1=", Encoding::Hex)),
    facts: Facts {
        id: places![],
        kind: places![[json "/type"]],
        action: places![[json "/operation"]],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static LAUNCHDARKLY: Provider = Provider {
    name: "launchdarkly",
    title: "LaunchDarkly",
    docs: "https://launchdarkly.com/docs/home/infrastructure/webhooks",
    scheme: hmac(Message::of_body("x-ld-signature", "", Encoding::Hex)),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static LEMONSQUEEZY: Provider = Provider {
    name: "lemonsqueezy",
    title: "Lemon Squeezy",
    docs: "https://docs.lemonsqueezy.com/help/webhooks/signing-requests",
    scheme: hmac(Message::of_body("x-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![],
        kind: places![[header "x-event-name"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // Three times, about 5, 25 and 125 s later (docs.lemonsqueezy.com/help/webhooks/webhook-requests).
    retries: Retries::For(Duration::from_secs(155)),
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

pub(super) static LINE: Provider = Provider {
    name: "line",
    title: "LINE Messaging API",
    docs: "https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/",
    scheme: hmac(Message::of_body("x-line-signature", "", Encoding::Base64)),
    batch: Some(at!(json "/events")),
    facts: Facts {
        id: places![[json "/events/0/webhookEventId"]],
        kind: places![[json "/events/0/type"]],
        action: places![],
        time: Some((at!(json "/events/0/timestamp"), TimeForm::UnixMillis)),
        id_is_shared: false,
    },
    handshakes: handshakes::LINE,
    // developers.line.biz/en/docs: partner-docs/error-notification, messaging-api/receiving-messages.
    contract: Contract {
        success: Success::Ok,
        stops: Some("it may suspend a webhook that has failed for long"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::SourceCode, &["the id", "the type", "the time", "the handshake"]),
    ..BASE
};

pub(super) static LOGTO: Provider = Provider {
    name: "logto",
    title: "Logto",
    docs: "https://docs.logto.io/developers/webhooks/secure-webhooks",
    scheme: hmac(Message::of_body("logto-signature-sha-256", "", Encoding::Hex)),
    facts: Facts {
        id: places![],
        kind: places![[json "/event"]],
        action: places![],
        time: Some((at!(json "/createdAt"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // github.com/logto-io/logto, packages/core/src/libraries/hook/utils.ts, as what follows.
    deadline: Some(Duration::from_secs(10)),
    // Three times, after a 5xx alone: not after silence.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &["the type", "the time"]),
    ..BASE
};

pub(super) static MAILERSEND: Provider = Provider {
    name: "mailersend",
    title: "MailerSend",
    docs: "https://developers.mailersend.com/api/v1/webhooks.html",
    scheme: hmac(Message::of_body("signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/data/id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: Some((at!(json "/data/created_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // www.mailersend.com/help/webhooks, as what follows.
    deadline: Some(Duration::from_secs(3)),
    // 10 and 100 s later.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static MERGE_DEV: Provider = Provider {
    name: "merge-dev",
    title: "Merge (merge.dev)",
    docs: "https://docs.merge.dev/basics/webhooks/overview/",
    scheme: hmac(Message::of_body("x-merge-webhook-signature", "", Encoding::Base64UrlPadded)),
    facts: Facts {
        id: places![],
        kind: places![[json "/hook/event"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // help.merge.dev/en/articles/5720975-automatic-webhook-retries, as what follows.
    deadline: Some(Duration::from_secs(30)),
    // Twice.
    retries: Retries::Again,
    contract: Contract { refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the type", "the padding"]),
    ..BASE
};

pub(super) static META: Provider = Provider {
    name: "meta",
    title: "Meta (Facebook, Instagram, Messenger, WhatsApp Cloud API)",
    docs: "https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
    scheme: hmac(Message::of_body("x-hub-signature-256", "sha256=", Encoding::Hex)),
    batch: Some(at!(json "/entry")),
    facts: Facts {
        id: places![[json "/entry/0/changes/0/value/messages/0/id"]],
        kind: places![[json "/entry/0/changes/0/field"]],
        action: places![],
        time: None,
        id_is_shared: true,
    },
    handshakes: handshakes::META,
    contract: Contract::yes(Success::Ok),
    // Unacknowledged updates are dropped then (developers.facebook.com/docs/graph-api/webhooks/getting-started).
    retries: Retries::For(Duration::from_secs(36 * 3600)),
    evidence: known(Level::Secondary, &["the id", "the type"]),
    ..BASE
};

pub(super) static MODERN_TREASURY: Provider = Provider {
    name: "modern-treasury",
    title: "Modern Treasury",
    docs: "https://docs.moderntreasury.com/platform/docs/webhooks-1",
    scheme: hmac(Message::of_body("x-signature", "", Encoding::Hex)),
    facts: Facts { id: places![], kind: places![[json "/event"]], action: places![], time: None, id_is_shared: false },
    // docs.moderntreasury.com/platform/reference/webhooks, as what follows.
    deadline: Some(Duration::from_secs(5)),
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the type"]),
    ..BASE
};

pub(super) static MONGODB_ATLAS: Provider = Provider {
    name: "mongodb-atlas",
    title: "MongoDB Atlas alert webhooks",
    docs: "https://mongodb.com/docs/atlas/tutorial/webhook-integration",
    scheme: hmac_of(Hash::Sha1, Message::of_body("x-mms-signature", "", Encoding::Base64)),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[header "x-mms-event"]],
        action: places![],
        time: Some((at!(json "/created"), TimeForm::Rfc3339)),
        id_is_shared: true,
    },
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

pub(super) static MSTEAMS_OUTGOING: Provider = Provider {
    name: "msteams-outgoing",
    title: "Microsoft Teams outgoing webhook",
    docs: "https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::Base64(""),
        message: Message::of_body("authorization", "HMAC ", Encoding::Base64),
    }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: Some((at!(json "/timestamp"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    contract: Contract::yes(Success::Answer),
    deadline: Some(Duration::from_secs(5)),
    evidence: known(Level::Secondary, &["the id", "the type", "the time", "what it takes for a yes"]),
    ..BASE
};

pub(super) static NOTION: Provider = Provider {
    name: "notion",
    title: "Notion",
    docs: "https://developers.notion.com/reference/webhooks",
    scheme: hmac(Message::of_body("x-notion-signature", "sha256=", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: Some((at!(json "/timestamp"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    handshakes: handshakes::NOTION,
    // Eight attempts (novumos.app, after Notion's reference).
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    evidence: known(Level::SourceCode, &["the id", "the type", "the retries"]),
    ..BASE
};

pub(super) static NPM_HOOKS: Provider = Provider {
    name: "npm-hooks",
    title: "npm registry hooks",
    docs: "https://www.npmjs.com/package/npm-hook-receiver",
    scheme: hmac(Message::of_body("x-npm-signature", "sha256=", Encoding::Hex)),
    facts: Facts { id: places![], kind: places![[json "/event"]], action: places![], time: None, id_is_shared: false },
    contract: Contract::yes(Success::Ok),
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static NYLAS: Provider = Provider {
    name: "nylas",
    title: "Nylas v3",
    docs: "https://developer.nylas.com/docs/v3/notifications/",
    scheme: hmac(Message::of_body("x-nylas-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    handshakes: handshakes::NYLAS,
    // developer.nylas.com/docs/cookbook/use-cases/build/retry-failed-webhooks, as what follows.
    deadline: Some(Duration::from_secs(10)),
    // Twice.
    retries: Retries::For(Duration::from_secs(20 * 60)),
    contract: Contract {
        success: Success::Ok,
        refused: After::Retries,
        stops: Some("a webhook is marked as failed after 72 h of failures"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &["the id", "the type", "the handshake"]),
    ..BASE
};

pub(super) static ONFIDO: Provider = Provider {
    name: "onfido",
    title: "Onfido",
    docs: "https://documentation.onfido.com/#webhooks",
    scheme: hmac(Message::of_body("x-sha2-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/payload/object/id"]],
        kind: places![[json "/payload/action"]],
        action: places![],
        time: None,
        id_is_shared: true,
    },
    evidence: known(Level::SourceCode, &["the id", "the type"]),
    ..BASE
};

pub(super) static ONFLEET: Provider = Provider {
    name: "onfleet",
    title: "Onfleet",
    docs: "https://docs.onfleet.com/reference/secrets",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha512,
        key: KeyForm::Hex,
        message: Message::of_body("x-onfleet-signature", "", Encoding::Hex),
    }),
    facts: Facts {
        id: places![],
        kind: places![[json "/triggerName"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(10)),
    handshakes: handshakes::ONFLEET,
    retries: Retries::Again,
    contract: Contract {
        success: Success::Ok,
        stops: Some("the webhook is disabled after 300 failures in a row"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::OfficialDocs, &["the encoding", "the type"]),
    ..BASE
};

pub(super) static PATREON: Provider = Provider {
    name: "patreon",
    title: "Patreon",
    docs: "https://docs.patreon.com/#webhooks",
    scheme: hmac_of(Hash::Md5, Message::of_body("x-patreon-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![],
        kind: places![[header "x-patreon-event"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static PAYSTACK: Provider = Provider {
    name: "paystack",
    title: "Paystack",
    docs: "https://paystack.com/docs/payments/webhooks/",
    scheme: hmac_of(Hash::Sha512, Message::of_body("x-paystack-signature", "", Encoding::Hex)),
    facts: Facts { id: places![], kind: places![[json "/event"]], action: places![], time: None, id_is_shared: false },
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

pub(super) static PUSHER: Provider = Provider {
    name: "pusher",
    title: "Pusher Channels",
    docs: "https://pusher.com/docs/channels/server_api/webhooks/",
    scheme: hmac(Message::of_body("x-pusher-signature", "", Encoding::Hex)),
    batch: Some(at!(json "/events")),
    facts: Facts {
        id: places![],
        kind: places![[json "/events/0/name"]],
        action: places![],
        time: Some((at!(json "/time_ms"), TimeForm::UnixMillis)),
        id_is_shared: false,
    },
    // docs.bird.com/pusher/channels/channels/webhooks/channels-webhook-timeouts-and-retries, as what follows.
    deadline: Some(Duration::from_secs(4)),
    retries: Retries::For(Duration::from_secs(300)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static QUICKBOOKS: Provider = Provider {
    name: "quickbooks",
    title: "Intuit QuickBooks Online",
    docs: "https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks",
    scheme: hmac(Message::of_body("intuit-signature", "", Encoding::Base64)),
    batch: Some(at!(json "/eventNotifications")),
    facts: Facts {
        kind: places![[json "/eventNotifications/0/dataChangeEvent/entities/0/name"] [json "/0/type"]],
        action: places![[json "/eventNotifications/0/dataChangeEvent/entities/0/operation"]],
        ..NO_FACTS
    },
    // developer.intuit.com/app/developer/qbo/docs/develop/webhooks/best-practices, as what follows.
    deadline: Some(Duration::from_secs(3)),
    // In the end each 6 h.
    retries: Retries::Again,
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

pub(super) static RAZORPAY: Provider = Provider {
    name: "razorpay",
    title: "Razorpay",
    docs: "https://razorpay.com/docs/webhooks/validate-test/",
    scheme: hmac(Message::of_body("x-razorpay-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[header "x-razorpay-event-id"]],
        kind: places![[json "/event"]],
        action: places![],
        time: Some((at!(json "/created_at"), TimeForm::UnixSeconds)),
        id_is_shared: false,
    },
    // razorpay.com/docs/webhooks/best-practices, as what follows.
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    contract: Contract {
        success: Success::Any,
        refused: After::Retries,
        stops: Some("a webhook is disabled after 24 h of failures"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::SourceCode, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static SEGMENT: Provider = Provider {
    name: "segment",
    title: "Twilio Segment Webhooks (Actions) destination",
    docs: "https://segment.com/docs/connections/destinations/catalog/webhooks/",
    scheme: hmac_of(Hash::Sha1, Message::of_body("x-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/messageId"]],
        kind: places![[json "/type"]],
        action: places![],
        time: Some((at!(json "/timestamp"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // github.com/segmentio/segment-docs, connections/destinations/catalog/webhooks/index.md, as what follows.
    // After a 5xx alone.
    retries: Retries::For(Duration::from_secs(4 * 3600)),
    contract: Contract { refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static SENDBIRD: Provider = Provider {
    name: "sendbird",
    title: "Sendbird",
    docs: "https://sendbird.com/docs/chat/platform-api/v3/webhook/webhook-overview",
    scheme: hmac(Message::of_body("x-sendbird-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![],
        kind: places![[json "/category"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // docs.sendbird.com/docs/chat/platform-api/v3/webhook/webhook-overview, as what follows.
    deadline: Some(Duration::from_secs(5)),
    // Three attempts.
    retries: Retries::Again,
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

/// Its timestamp header is not signed, so it says nothing about freshness.
pub(super) static SENTRY: Provider = Provider {
    name: "sentry",
    title: "Sentry integration platform",
    docs: "https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
    scheme: hmac(Message::of_body("sentry-hook-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[header "request-id"]],
        kind: places![[header "sentry-hook-resource"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // github.com/getsentry/sentry, options/defaults.py, utils/sentry_apps/webhooks.py. It retries for published apps
    // alone: three times, 5 minutes apart, after a 5xx or no answer.
    deadline: Some(Duration::from_secs(1)),
    contract: Contract { success: Success::Any, refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static SHIPHERO: Provider = Provider {
    name: "shiphero",
    title: "ShipHero",
    docs: "https://developer.shiphero.com/webhooks/",
    scheme: hmac(Message::of_body("x-shiphero-hmac-sha256", "", Encoding::Base64)),
    facts: Facts {
        id: places![[header "x-shiphero-message-id"]],
        kind: places![[json "/webhook_type"]],
        action: places![],
        time: None,
        id_is_shared: true,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static SHOPIFY_EVENTS: Provider = Provider {
    name: "shopify-events",
    title: "Shopify (new 'events' deliveries)",
    docs: "https://www.npmjs.com/package/@shopify/shopify-api",
    scheme: hmac(Message::of_body("shopify-hmac-sha256", "", Encoding::Base64)),
    facts: Facts {
        id: places![[header "shopify-event-id"]],
        kind: places![[header "shopify-topic"]],
        action: places![],
        time: Some((at!(header "shopify-triggered-at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static SINCH_NUMBERS: Provider = Provider {
    name: "sinch",
    mode: Some("numbers"),
    title: "Sinch Numbers callbacks",
    docs: "https://www.npmjs.com/package/@sinch/sdk-client",
    scheme: hmac_of(Hash::Sha1, Message::of_body("x-sinch-signature", "", Encoding::Hex)),
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static SMARTSHEET: Provider = Provider {
    name: "smartsheet",
    title: "Smartsheet",
    docs: "https://developers.smartsheet.com/api/smartsheet/guides/webhooks/webhook-verification",
    scheme: hmac(Message::of_body("smartsheet-hmac-sha256", "", Encoding::Hex)),
    batch: Some(at!(json "/events")),
    facts: Facts {
        id: places![[json "/nonce"]],
        kind: places![[json "/events/0/eventType"]],
        action: places![],
        time: Some((at!(json "/timestamp"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    handshakes: handshakes::SMARTSHEET,
    contract: Contract::yes(Success::Ok),
    evidence: known(Level::OfficialDocs, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static SQUARESPACE: Provider = Provider {
    name: "squarespace",
    title: "Squarespace",
    docs: "https://developers.squarespace.com/webhooks/verifying-notifications",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::Hex,
        message: Message::of_body("squarespace-signature", "", Encoding::Hex),
    }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/topic"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // developers.squarespace.com/webhooks/notification-delivery, as what follows.
    retries: Retries::For(Duration::from_secs(2 * 24 * 3600)),
    contract: Contract {
        success: Success::Any,
        refused: After::Retries,
        stops: Some("it may delete a subscription after several failures"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &["the id", "the type"]),
    ..BASE
};

pub(super) static TALLY: Provider = Provider {
    name: "tally",
    title: "Tally",
    docs: "https://tally.so/help/webhooks",
    scheme: hmac(Message::of_body("tally-signature", "", Encoding::Base64)),
    facts: Facts {
        id: places![[json "/eventId"]],
        kind: places![[json "/eventType"]],
        action: places![],
        time: Some((at!(json "/createdAt"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // Five times (developers.tally.so/api-reference/endpoint/webhooks/events/retry).
    retries: Retries::For(Duration::from_secs(1895 * 60)),
    evidence: known(Level::Secondary, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static TERRAFORM_CLOUD: Provider = Provider {
    name: "terraform-cloud",
    title: "HCP Terraform / Terraform Enterprise notifications",
    docs: "https://developer.hashicorp.com/terraform/cloud-docs/workspaces/settings/notifications",
    scheme: hmac_of(Hash::Sha512, Message::of_body("x-tfe-notification-signature", "", Encoding::Hex)),
    // github.com/hashicorp/terraform-docs-common, cloud-docs/workspaces/settings/notifications.mdx.
    contract: Contract::yes(Success::Any),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static TYPEFORM: Provider = Provider {
    name: "typeform",
    title: "Typeform",
    docs: "https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
    scheme: hmac(Message::of_body("typeform-signature", "sha256=", Encoding::Base64)),
    facts: Facts {
        id: places![[json "/event_id"]],
        kind: places![[json "/event_type"]],
        action: places![],
        time: Some((at!(json "/form_response/submitted_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // developer.typeform.com/webhooks, as what follows. A 404 ends it like a 410.
    deadline: Some(Duration::from_secs(30)),
    // After a 408, 423, 429 or 503; after another, five times and for less.
    retries: Retries::For(Duration::from_secs(10 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, gone: After::Stops, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the time"]),
    ..BASE
};

pub(super) static VERCEL: Provider = Provider {
    name: "vercel",
    title: "Vercel",
    docs: "https://vercel.com/docs/webhooks/webhooks-api",
    scheme: hmac_of(Hash::Sha1, Message::of_body("x-vercel-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: Some((at!(json "/createdAt"), TimeForm::UnixMillis)),
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static VIBER: Provider = Provider {
    name: "viber",
    title: "Viber bots",
    docs: "https://developers.viber.com/docs/api/rest-bot-api/",
    scheme: hmac(Message::of_body("x-viber-content-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/message_token"]],
        kind: places![[json "/event"]],
        action: places![],
        time: None,
        id_is_shared: true,
    },
    // developers.viber.com/docs/faq.
    retries: Retries::For(Duration::from_secs(60 * 60)),
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the id", "the type"]),
    ..BASE
};

pub(super) static WEBEX: Provider = Provider {
    name: "webex",
    title: "Cisco Webex",
    docs: "https://developer.webex.com/docs/api/guides/webhooks",
    scheme: hmac_of(Hash::Sha1, Message::of_body("x-spark-signature", "", Encoding::Hex)),
    facts: Facts {
        id: places![[json "/data/id"]],
        kind: places![[json "/resource"]],
        action: places![[json "/event"]],
        time: Some((at!(json "/created"), TimeForm::Rfc3339)),
        id_is_shared: true,
    },
    evidence: known(Level::Secondary, &["the type", "the id", "the time"]),
    ..BASE
};

/// The hub names its method before the tag, and one is taken: the one that the subscription is known to get.
pub(super) static WEBSUB: Provider = Provider {
    title: "WebSub (SHA-256)",
    scheme: hmac(Message::of_body("x-hub-signature", "sha256=", Encoding::Hex)),
    ..HUB
};

/// What PubSubHubbub had, and hubs such as YouTube's still have.
pub(super) static WEBSUB_SHA1: Provider = Provider {
    mode: Some("sha1"),
    title: "WebSub / PubSubHubbub (SHA-1)",
    scheme: hmac_of(Hash::Sha1, Message::of_body("x-hub-signature", "sha1=", Encoding::Hex)),
    ..HUB
};

/// A hub that signs with SHA-384.
pub(super) static WEBSUB_SHA384: Provider = Provider {
    mode: Some("sha384"),
    title: "WebSub (SHA-384)",
    scheme: hmac_of(Hash::Sha384, Message::of_body("x-hub-signature", "sha384=", Encoding::Hex)),
    ..HUB
};

/// A hub that signs with SHA-512.
pub(super) static WEBSUB_SHA512: Provider = Provider {
    mode: Some("sha512"),
    title: "WebSub (SHA-512)",
    scheme: hmac_of(Hash::Sha512, Message::of_body("x-hub-signature", "sha512=", Encoding::Hex)),
    ..HUB
};

const HUB: Provider = Provider {
    name: "websub",
    docs: "https://www.w3.org/TR/websub/",
    handshakes: handshakes::WEBSUB,
    contract: Contract { success: Success::Any, gone: After::Stops, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

pub(super) static WOOCOMMERCE: Provider = Provider {
    name: "woocommerce",
    title: "WooCommerce",
    docs: "https://woocommerce.com/document/webhooks/",
    scheme: hmac(Message::of_body("x-wc-webhook-signature", "", Encoding::Base64)),
    facts: Facts {
        id: places![[header "x-wc-webhook-delivery-id"]],
        kind: places![[header "x-wc-webhook-topic"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    handshakes: handshakes::WOOCOMMERCE,
    // github.com/woocommerce/woocommerce, plugins/woocommerce/includes/class-wc-webhook.php, as what follows.
    deadline: Some(Duration::from_secs(60)),
    retries: Retries::Never,
    contract: Contract {
        success: Success::Any,
        stops: Some("a webhook is disabled after more than 5 failures in a row"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &["the id", "the handshake"]),
    ..BASE
};

pub(super) static X_TWITTER: Provider = Provider {
    name: "x-twitter",
    title: "X (Twitter) webhooks",
    docs: "https://docs.x.com/x-api/webhooks/introduction",
    scheme: hmac(Message::of_body("x-twitter-webhooks-signature", "sha256=", Encoding::Base64)),
    deadline: Some(Duration::from_secs(10)),
    handshakes: handshakes::X_TWITTER,
    contract: Contract {
        success: Success::Ok,
        stops: Some("the webhook is invalid once a challenge is answered wrongly"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

pub(super) static XERO: Provider = Provider {
    name: "xero",
    title: "Xero",
    docs: "https://developer.xero.com/documentation/guides/webhooks/overview/",
    scheme: hmac(Message::of_body("x-xero-signature", "", Encoding::Base64)),
    batch: Some(at!(json "/events")),
    facts: Facts {
        id: places![],
        kind: places![[json "/events/0/eventCategory"]],
        action: places![[json "/events/0/eventType"]],
        time: Some((at!(json "/events/0/eventDateUtc"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // developer.xero.com/documentation/webhooks/configuring-your-server, as what follows.
    deadline: Some(Duration::from_secs(5)),
    handshakes: handshakes::XERO,
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    contract: Contract {
        success: Success::Ok,
        refused: After::Retries,
        stops: Some("a webhook is disabled after 24 h without a yes"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &["the type", "the time"]),
    ..BASE
};

/// A Saleor webhook with a `secretKey`, which is deprecated: its signature is in the header that the newer one uses as well
/// (github.com/saleor/saleor, `saleor/webhook`).
pub(super) static SALEOR_SECRET_KEY: Provider = Provider {
    name: "saleor",
    mode: Some("secret-key"),
    title: "Saleor (secretKey, deprecated)",
    docs: "https://docs.saleor.io/developer/extending/webhooks/payload-signature",
    scheme: hmac(Message::of_body("saleor-signature", "", Encoding::Hex)),
    facts: Facts { kind: places![[header "saleor-event"]], ..NO_FACTS },
    // github.com/saleor/saleor, saleor/webhook/transport, and saleor-docs, webhooks/overview.mdx, as what follows.
    deadline: Some(Duration::from_secs(18)),
    // Five times, events that wait for no answer.
    retries: Retries::For(Duration::from_secs(310)),
    contract: Contract { success: Success::Any, refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the type"]),
    ..BASE
};
