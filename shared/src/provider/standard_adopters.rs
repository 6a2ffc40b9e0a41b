//! Providers that sign by Standard Webhooks, under its headers or those of Svix.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, known, part, places, seconds, signed, standard, time};
use super::{After, Contract, Facts, Level, Provider, Retries, Success, TimeForm};
use crate::locate::at;
use crate::verify::{Encoding, Hash, KeyForm, Layout, Mac, Message, Place, Scheme, Unit};

/// How long Svix tries again: seven times, in the end each 10 h (docs.svix.com/retries).
const BY_SVIX: Duration = Duration::from_secs((27 * 60 + 35) * 60);

pub(super) static ANTHROPIC: Provider = Provider {
    name: "anthropic",
    title: "Anthropic",
    docs: "https://platform.claude.com/docs/en/managed-agents/webhooks",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static BEEHIIV: Provider = Provider {
    name: "beehiiv",
    title: "beehiiv",
    docs: "https://developers.beehiiv.com/webhooks",
    scheme: Scheme::Dialects(Borrowed(&[
        standard!("webhook", KeyForm::Base64("whsec_")),
        standard!("svix", KeyForm::Base64("whsec_")),
    ])),
    facts: Facts {
        id: places![[header "webhook-id"] [header "svix-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static BIGCOMMERCE: Provider = Provider {
    name: "bigcommerce",
    title: "BigCommerce",
    docs: "https://developer.bigcommerce.com/docs/integrations/webhooks",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // docs.bigcommerce.com/developer/docs/integrations/webhooks, as what follows.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static BIRD: Provider = Provider {
    name: "bird",
    title: "Bird (formerly MessageBird)",
    docs: "https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions/verifying-a-webhook-subscription",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // docs.bird.com/api/notifications-api/retries.
    retries: Retries::For(Duration::from_secs(8 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static BREX: Provider = Provider {
    name: "brex",
    title: "Brex",
    docs: "https://developer.brex.com/guides/webhooks",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static CLERK: Provider = Provider {
    name: "clerk",
    title: "Clerk",
    docs: "https://clerk.com/docs/webhooks/overview",
    scheme: Scheme::Mac(standard!("svix", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "svix-id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: Some((at!(json "/timestamp"), TimeForm::UnixMillis)),
        id_is_shared: false,
    },
    // Svix sends them, by its own schedule (clerk.com/docs/webhooks/overview, docs.svix.com/retries).
    deadline: Some(Duration::from_secs(15)),
    retries: Retries::For(BY_SVIX),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static DODO_PAYMENTS: Provider = Provider {
    name: "dodo-payments",
    title: "Dodo Payments",
    docs: "https://docs.dodopayments.com/developer-resources/webhooks",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // Its page, as what follows.
    deadline: Some(Duration::from_secs(15)),
    retries: Retries::Again,
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static ETSY: Provider = Provider {
    name: "etsy",
    title: "Etsy",
    docs: "https://developers.etsy.com/documentation/essentials/webhooks",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // asyncapi.apis.io, after its page.
    retries: Retries::For(BY_SVIX),
    evidence: known(Level::Secondary, &["the retries"]),
    ..BASE
};

pub(super) static FATHOM: Provider = Provider {
    name: "fathom",
    title: "Fathom",
    docs: "https://developers.fathom.ai/webhooks",
    scheme: Scheme::Dialects(Borrowed(&[
        standard!("webhook", KeyForm::Base64("whsec_")),
        standard!("svix", KeyForm::Base64("whsec_")),
    ])),
    facts: Facts {
        id: places![[header "webhook-id"] [header "svix-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static FINCH: Provider = Provider {
    name: "finch",
    title: "Finch",
    docs: "https://developer.tryfinch.com/developer-resources/Webhooks",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::Base64(""),
        message: Message {
            tags: Place::Header(Borrowed("finch-signature")),
            layout: Layout::List(Borrowed(" "), Borrowed("v1,")),
            encoding: Encoding::Base64,
            parts: signed![[header "finch-event-id"] ["."] [header "finch-timestamp"] ["."] [body]],
            time: time(part!(header "finch-timestamp"), Unit::Seconds, seconds(300)),
            fixed: &[],
            body_digest: None,
        },
    }),
    facts: Facts {
        id: places![[header "finch-event-id"]],
        kind: places![[json "/event_type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::SourceCode, &["the type"]),
    ..BASE
};

pub(super) static FOLK: Provider = Provider {
    name: "folk",
    title: "folk",
    docs: "https://developer.folk.app/api-reference/webhooks",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static GOOGLE_GEMINI: Provider = Provider {
    name: "google-gemini",
    title: "Google Gemini API (static webhooks)",
    docs: "https://ai.google.dev/gemini-api/docs/webhooks",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static GRANOLA: Provider = Provider {
    name: "granola",
    title: "Granola",
    docs: "https://docs.granola.ai/webhooks",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static INCIDENT_IO: Provider = Provider {
    name: "incident-io",
    title: "incident.io",
    docs: "https://api-docs.incident.io/tag/Webhooks/",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static INCREASE: Provider = Provider {
    name: "increase",
    title: "Increase",
    docs: "https://increase.com/documentation/webhooks",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Raw)),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![[json "/category"]],
        action: places![],
        time: Some((at!(json "/created_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // increase.com/documentation/webhooks, as what follows.
    // Seven times.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the type", "the time"]),
    ..BASE
};

pub(super) static LINQ: Provider = Provider {
    name: "linq",
    title: "Linq",
    docs: "https://docs.linqapp.com/guides/webhooks",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static LITHIC: Provider = Provider {
    name: "lithic",
    title: "Lithic",
    docs: "https://docs.lithic.com/docs/events-api",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static LIVEBLOCKS: Provider = Provider {
    name: "liveblocks",
    title: "Liveblocks",
    docs: "https://liveblocks.io/docs/platform/webhooks",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // Seven times (its page).
    retries: Retries::For(BY_SVIX),
    contract: Contract {
        success: Success::Any,
        refused: After::Retries,
        stops: Some("an endpoint is disabled after 5 days of nothing but failures"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static LOOPS: Provider = Provider {
    name: "loops",
    title: "Loops",
    docs: "https://loops.so/docs/webhooks",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

/// Without the prefix the text is the key.
pub(super) static OPENAI: Provider = Provider {
    name: "openai",
    title: "OpenAI",
    docs: "https://developers.openai.com/api/docs/guides/webhooks",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64After("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // hookdeck.com/webhooks/platforms, a guide to OpenAI webhooks, as what follows.
    retries: Retries::For(Duration::from_secs(3 * 24 * 3600)),
    contract: Contract::yes(Success::Any),
    evidence: known(Level::SourceCode, &["what it takes for a yes", "the retries"]),
    ..BASE
};

pub(super) static PLEO: Provider = Provider {
    name: "pleo",
    title: "Pleo",
    docs: "https://developers.pleo.io/docs/webhooks",
    scheme: Scheme::Dialects(Borrowed(&[
        standard!("webhook", KeyForm::Base64("whsec_")),
        standard!("svix", KeyForm::Base64("whsec_")),
    ])),
    facts: Facts {
        id: places![[header "webhook-id"] [header "svix-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

/// Of a secret that was made before 8 September 2026 the text is the key, prefix and all; since then it is base64 after
/// `whsec_`, as Standard Webhooks has it (github.com/polarsource/polar, pull request 14117).
pub(super) static POLAR: Provider = Provider {
    name: "polar",
    title: "Polar",
    docs: "https://polar.sh/docs/integrate/webhooks/delivery",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::RawOrBase64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // Its page, as what follows.
    deadline: Some(Duration::from_secs(10)),
    // Ten times.
    retries: Retries::Again,
    contract: Contract {
        success: Success::Any,
        refused: After::Retries,
        stops: Some("an endpoint is disabled after 10 failures in a row"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::SourceCode, &["the type"]),
    ..BASE
};

pub(super) static RENDER: Provider = Provider {
    name: "render",
    title: "Render",
    docs: "https://render.com/docs/webhooks",
    scheme: Scheme::Dialects(Borrowed(&[
        standard!("webhook", KeyForm::Base64("whsec_")),
        standard!("svix", KeyForm::Base64("whsec_")),
    ])),
    facts: Facts {
        id: places![[header "webhook-id"] [header "svix-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(15)),
    // Eight attempts (asyncapi.apis.io, after its page).
    retries: Retries::For(Duration::from_secs(33 * 3600)),
    contract: Contract::yes(Success::Any),
    evidence: known(Level::Secondary, &["the retries"]),
    ..BASE
};

pub(super) static REPLICATE: Provider = Provider {
    name: "replicate",
    title: "Replicate",
    docs: "https://replicate.com/docs/topics/webhooks/verify-webhook",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // A few times, after trouble with the network (its API description).
    retries: Retries::Again,
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static RESEND: Provider = Provider {
    name: "resend",
    title: "Resend",
    docs: "https://resend.com/docs/dashboard/webhooks/verify-webhooks-requests",
    scheme: Scheme::Mac(standard!("svix", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "svix-id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: Some((at!(json "/created_at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // Seven times (resend.com/docs/webhooks/retries-and-replays).
    retries: Retries::For(BY_SVIX),
    contract: Contract { stops: Some("an endpoint that keeps failing is disabled"), ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static SARDINE: Provider = Provider {
    name: "sardine",
    title: "Sardine",
    docs: "https://github.com/svix/svix-webhooks/blob/main/javascript/src/models/ingestSourceIn.ts",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static SEAM: Provider = Provider {
    name: "seam",
    title: "Seam",
    docs: "https://docs.seam.co/latest/developer-tools/webhooks",
    scheme: Scheme::Mac(standard!("svix", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "svix-id"]],
        kind: places![[json "/event_type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // github.com/seamapi/docs, core-concepts/webhooks.md.
    retries: Retries::For(BY_SVIX),
    evidence: known(Level::SourceCode, &["the type"]),
    ..BASE
};

pub(super) static STYTCH: Provider = Provider {
    name: "stytch",
    title: "Stytch",
    docs: "https://stytch.com/docs/guides/webhooks",
    scheme: Scheme::Dialects(Borrowed(&[
        standard!("webhook", KeyForm::Base64("whsec_")),
        standard!("svix", KeyForm::Base64("whsec_")),
    ])),
    facts: Facts {
        id: places![[header "webhook-id"] [header "svix-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static SUPABASE_AUTH_HOOKS: Provider = Provider {
    name: "supabase-auth-hooks",
    title: "Supabase Auth hooks",
    docs: "https://supabase.com/docs/guides/auth/auth-hooks",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // Its page, as what follows. Most hooks want an answer; after a 4xx the sign-in fails.
    deadline: Some(Duration::from_secs(5)),
    // Up to three times, 2 s apart, after a 429 or 503 with Retry-After.
    retries: Retries::Again,
    contract: Contract { refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the form of the secret"]),
    ..BASE
};

/// All three headers come from one family.
pub(super) static SVIX: Provider = Provider {
    name: "svix",
    title: "Svix (svix-* headers)",
    docs: "https://docs.svix.com/receiving/verifying-payloads/how-manual",
    scheme: Scheme::Dialects(Borrowed(&[
        standard!("svix", KeyForm::Base64("whsec_")),
        standard!("webhook", KeyForm::Base64("whsec_")),
    ])),
    facts: Facts {
        id: places![[header "svix-id"] [header "webhook-id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // docs.svix.com/retries, as what follows.
    deadline: Some(Duration::from_secs(15)),
    // Seven times.
    retries: Retries::For(BY_SVIX),
    contract: Contract {
        success: Success::Any,
        refused: After::Retries,
        stops: Some("an endpoint is disabled after 5 days of nothing but failures"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static VANTA: Provider = Provider {
    name: "vanta",
    title: "Vanta",
    docs: "https://developer.vanta.com/docs/webhooks",
    scheme: Scheme::Mac(standard!("svix", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "svix-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // developer.vanta.com/reference/webhooks/overview, as what follows.
    deadline: Some(Duration::from_secs(15)),
    // Seven times.
    retries: Retries::For(Duration::from_secs(4955 * 60)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static ZAPIER_WEBHOOKS: Provider = Provider {
    name: "zapier-webhooks",
    title: "Zapier connection webhooks",
    docs: "https://github.com/SlopMaster2/webhook-verify/blob/main/src/providers/standard_webhooks.rs",
    scheme: Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_"))),
    facts: Facts {
        id: places![[header "webhook-id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};
