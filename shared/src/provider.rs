//! The one table of providers.
//!
//! A provider is an entry: pure data, nothing parsed at start. Those that share a scheme stand in
//! one family file; one with oddities has a file of its own. Adding one is an entry in its file, its
//! name in [`ALL`], and its case file in `tests/vectors/`.

mod apple;
mod aws;
mod body_mac;
mod canonical;
mod contract;
mod detached;
mod entry;
mod fusionauth;
mod github;
mod gitlab;
mod google;
pub mod handshakes;
mod jwt;
mod lark;
mod mac;
mod platform_token;
mod public_key;
mod shared_token;
mod shopify;
mod slack;
mod standard;
mod standard_adopters;
mod stripe;

use std::borrow::Cow;
use std::time::Duration;

use http::Method;

use crate::envelope::Envelope;
use crate::handshake::Handshake;
use crate::locate::Locate;
use crate::verify::Scheme;

pub use contract::{After, Contract, Later, Success};

/// All that Doorbell knows of one provider's scheme. `(name, mode)` is unique.
#[derive(Debug)]
pub struct Provider {
    /// What users write as `provider`.
    pub name: &'static str,
    /// What users write as `mode`, where a provider has several schemes; `None`: its default.
    pub mode: Option<&'static str>,
    /// The provider's own name.
    pub title: &'static str,
    /// The provider's page on it.
    pub docs: &'static str,
    /// How deliveries are proven.
    pub scheme: Scheme,
    /// The methods of its deliveries.
    pub methods: &'static [Method],
    /// Headers besides the evidence without which it is not this provider.
    pub required: &'static [&'static str],
    /// Where the id, the type, the action and the time of the event live; inside the envelope, where there is one.
    pub facts: Facts,
    /// Where the array is, of a sender that puts many events into one delivery: `json` or `form_json`.
    pub batch: Option<Locate>,
    /// What it wraps around the event.
    pub envelope: Option<Envelope>,
    /// Proofs of URL ownership that it asks for.
    pub handshakes: &'static [Handshake],
    /// Its event types, where the list is known and closed; empty: unknown.
    pub types: &'static [&'static str],
    /// The largest body that it sends, in bytes, where it says so.
    pub max_body: Option<u64>,
    /// How long it waits for an answer, where it says so.
    pub deadline: Option<Duration>,
    /// What it does after a failure.
    pub retries: Retries,
    /// What it makes of our answers.
    pub contract: Contract,
    /// How the entry is known, and when it was checked.
    pub evidence: Evidence,
}

/// The method of nearly all deliveries.
pub(crate) const POST: &[Method] = &[Method::POST];

/// Where the facts of an event live; the first place that holds something counts.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The event's id.
    pub id: Cow<'static, [Locate]>,
    /// The event's type, as the provider names it.
    pub kind: Cow<'static, [Locate]>,
    /// A second fact beside the type (GitHub's `opened`).
    pub action: Cow<'static, [Locate]>,
    /// When it happened.
    pub time: Option<(Locate, TimeForm)>,
    /// Several events have the same id, which is of what they are about: it tells events apart together with the content
    /// only.
    pub id_is_shared: bool,
}

/// How an event's own time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// Whole seconds since the Unix epoch.
    UnixSeconds,
    /// Milliseconds since the Unix epoch.
    UnixMillis,
    /// RFC 3339.
    Rfc3339,
}

/// What a sender does when it gets no 2xx.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retries {
    /// Nothing: the event is lost to it.
    Never,
    /// It tries again for about this long.
    For(Duration),
    /// It tries again; for how long is not established.
    Again,
    /// Not established.
    Unknown,
}

/// How an entry is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The kind of source.
    pub level: Level,
    /// When it was looked at, `YYYY-MM`.
    pub checked: &'static str,
    /// What beside the scheme is hearsay: no source says where it is.
    pub unsure: &'static [&'static str],
}

/// The kind of source behind an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The provider's own code was read.
    SourceCode,
    /// The provider's documentation was read.
    OfficialDocs,
    /// Only third parties say so.
    Secondary,
}

impl Level {
    /// The word shown to people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SourceCode => "source-code",
            Self::OfficialDocs => "official-docs",
            Self::Secondary => "secondary",
        }
    }
}

/// Every provider, sorted by name, a provider's default mode first.
pub static ALL: &[&Provider] = &[
    &body_mac::ABLY,
    &shared_token::ADOBE_ACROBAT_SIGN,
    &public_key::ADOBE_IO_EVENTS,
    &mac::ADYEN_PAYMENTS,
    &body_mac::ADYEN_PLATFORMS,
    &mac::AFFIRM,
    &body_mac::AFTERSHIP,
    &mac::AIRSHIP,
    &body_mac::AIRTABLE,
    &mac::AIRWALLEX,
    &standard_adopters::ANTHROPIC,
    &apple::APP_STORE,
    &body_mac::ASANA,
    &body_mac::ASHBY,
    &platform_token::ATLASSIAN_CONNECT,
    &mac::ATTIO,
    &body_mac::AUTHORIZE_NET,
    &body_mac::AUTODESK_APS,
    &body_mac::AUTOTASK,
    &shared_token::AWS_EVENTBRIDGE,
    &aws::EVENTBRIDGE_LAMBDA,
    &aws::SES,
    &aws::SNS,
    &aws::SNS_LAMBDA,
    &aws::SQS,
    &aws::SQS_PLAIN,
    &shared_token::AZURE_DEVOPS,
    &shared_token::AZURE_EVENT_GRID,
    &shared_token::AZURE_EVENT_GRID_CLOUDEVENTS,
    &standard_adopters::BEEHIIV,
    &standard_adopters::BIGCOMMERCE,
    &standard_adopters::BIRD,
    &body_mac::BITBUCKET,
    &body_mac::BITBUCKET_SERVER,
    &mac::BOLT,
    &platform_token::BOT_FRAMEWORK,
    &mac::BOX,
    &mac::BRAINTREE,
    &shared_token::BREVO,
    &standard_adopters::BREX,
    &mac::BUILDKITE,
    &shared_token::BUILDKITE_TOKEN,
    &body_mac::CAL_COM,
    &mac::CALENDLY,
    &shared_token::CHARGEBEE,
    &body_mac::CHARGIFY,
    &body_mac::CHECKOUT_COM,
    &body_mac::CHECKR,
    &body_mac::CIRCLEBACK,
    &mac::CIRCLECI,
    &standard_adopters::CLERK,
    &body_mac::CLICKUP,
    &shared_token::CLOUDEVENTS_WEBHOOK,
    &shared_token::CLOUDEVENTS_WEBHOOK_QUERY,
    &shared_token::CLOUDFLARE_NOTIFICATIONS,
    &mac::CLOUDFLARE_STREAM,
    &mac::CLOUDINARY,
    &mac::CLOUDINARY_SHA256,
    &mac::COINBASE_CDP,
    &body_mac::COINBASE_COMMERCE,
    &mac::CONFIGCAT,
    &body_mac::CONNECTWISE_PSA,
    &detached::CONSTANT_CONTACT,
    &canonical::CONTENTFUL,
    &mac::CONVOY_ADVANCED,
    &body_mac::CONVOY_SIMPLE,
    &mac::CRONOFY,
    &body_mac::CURSOR,
    &mac::CUSTOMER_IO,
    &shared_token::DATADOG,
    &mac::DEEL,
    &shared_token::DEEPGRAM,
    &google::DIALOGFLOW_CX,
    &shared_token::DIALOGFLOW_ES,
    &public_key::DISCORD,
    &public_key::DISCORD_EVENTS,
    &shared_token::DOCUMENSO,
    &mac::DOCUSIGN,
    &standard_adopters::DODO_PAYMENTS,
    &body_mac::DOPPLER,
    &body_mac::DROPBOX,
    &mac::DROPBOX_SIGN,
    &body_mac::DUB,
    &body_mac::DWOLLA,
    &canonical::EASYPOST,
    &public_key::EBAY,
    &mac::ECWID,
    &mac::ELEVENLABS,
    &standard_adopters::ETSY,
    &body_mac::EXPO_EAS,
    &public_key::FAL_AI,
    &body_mac::FASTSPRING,
    &standard_adopters::FATHOM,
    &shared_token::FILLOUT,
    &standard_adopters::FINCH,
    &mac::FINGERPRINT,
    &mac::FINTOC,
    &body_mac::FIREFLIES,
    &body_mac::FIRSTPROMOTER,
    &body_mac::FITBIT,
    &shared_token::FLUTTERWAVE,
    &standard_adopters::FOLK,
    &mac::FRAMER,
    &mac::FRONT,
    &body_mac::FRONT_RULE,
    &fusionauth::FUSIONAUTH,
    &fusionauth::FUSIONAUTH_ES256,
    &fusionauth::FUSIONAUTH_RS256,
    &body_mac::GITEA,
    &github::GITHUB,
    &gitlab::GITLAB,
    &gitlab::GITLAB_SIGNING_TOKEN,
    &body_mac::GOCARDLESS,
    &body_mac::GOGS,
    &jwt::GONG,
    &google::CHAT,
    &google::CHAT_PROJECT_NUMBER,
    &google::CLOUD_SCHEDULER,
    &google::CLOUD_TASKS,
    &google::EVENTARC,
    &standard_adopters::GOOGLE_GEMINI,
    &shared_token::GOOGLE_MONITORING_BASIC,
    &shared_token::GOOGLE_MONITORING_TOKEN,
    &google::PUBSUB,
    &shared_token::GOOGLE_WORKSPACE_PUSH,
    &body_mac::GRAFANA,
    &standard_adopters::GRANOLA,
    &body_mac::GREENHOUSE,
    &body_mac::HELP_SCOUT,
    &body_mac::HEROKU,
    &public_key::HIGHLEVEL,
    &mac::HOOK0,
    &body_mac::HOOKDECK,
    &mac::HUBSPOT_V1,
    &mac::HUBSPOT_V2,
    &mac::HUBSPOT_V3,
    &canonical::HYGRAPH,
    &standard_adopters::INCIDENT_IO,
    &standard_adopters::INCREASE,
    &mac::INNGEST,
    &body_mac::INTERCOM,
    &shared_token::JENKINS_GENERIC_WEBHOOK_TRIGGER,
    &body_mac::JIRA,
    &body_mac::JOBBER,
    &body_mac::JOBDIVA,
    &shared_token::KESTRA,
    &canonical::KEYGEN,
    &canonical::KEYGEN_ECDSA,
    &platform_token::KINDE,
    &mac::KLAVIYO,
    &mac::KNOCK,
    &lark::LARK,
    &lark::LARK_CARD,
    &lark::LARK_TOKEN,
    &body_mac::LAUNCHDARKLY,
    &body_mac::LEMONSQUEEZY,
    &mac::LETTERMINT,
    &body_mac::LINE,
    &mac::LINEAR,
    &mac::LINKEDIN,
    &standard_adopters::LINQ,
    &standard_adopters::LITHIC,
    &standard_adopters::LIVEBLOCKS,
    &jwt::LIVEKIT,
    &mac::LOB,
    &body_mac::LOGTO,
    &standard_adopters::LOOPS,
    &mac::LUSHA,
    &body_mac::MAILERSEND,
    &mac::MAILGUN,
    &shared_token::MAILTRAP,
    &mac::MANDRILL,
    &mac::MERCADOPAGO,
    &body_mac::MERGE_DEV,
    &mac::MESSAGEBIRD_HMAC,
    &jwt::MESSAGEBIRD_JWT,
    &body_mac::META,
    &shared_token::MIXPANEL,
    &body_mac::MODERN_TREASURY,
    &mac::MOLLIE,
    &shared_token::MOLLIE_CLASSIC,
    &jwt::MONDAY,
    &body_mac::MONGODB_ATLAS,
    &shared_token::MS_GRAPH,
    &body_mac::MSTEAMS_OUTGOING,
    &mac::MUX,
    &jwt::NETLIFY,
    &shared_token::NEW_RELIC,
    &body_mac::NOTION,
    &body_mac::NPM_HOOKS,
    &body_mac::NYLAS,
    &shared_token::OKTA,
    &body_mac::ONFIDO,
    &body_mac::ONFLEET,
    &standard_adopters::OPENAI,
    &mac::OUTPOST,
    &mac::PADDLE,
    &public_key::PADDLE_CLASSIC,
    &mac::PAGERDUTY,
    &body_mac::PATREON,
    &public_key::PAYPAL,
    &body_mac::PAYSTACK,
    &mac::PERSONA,
    &jwt::PLAID,
    &standard_adopters::PLEO,
    &canonical::PLIVO,
    &standard_adopters::POLAR,
    &public_key::POSTAL,
    &shared_token::POSTMARK,
    &mac::PRIMER,
    &body_mac::PUSHER,
    &mac::PYANNOTE_AI,
    &body_mac::QUICKBOOKS,
    &body_mac::RAZORPAY,
    &mac::RECHARGE,
    &mac::RECHARGE_LEGACY,
    &mac::RECURLY,
    &standard_adopters::RENDER,
    &standard_adopters::REPLICATE,
    &standard_adopters::RESEND,
    &shared_token::REVENUECAT,
    &mac::RIPPLE_COLLECTIONS,
    &mac::ROOTLY,
    &detached::SALEOR,
    &body_mac::SALEOR_SECRET_KEY,
    &mac::SANITY,
    &standard_adopters::SARDINE,
    &standard_adopters::SEAM,
    &body_mac::SEGMENT,
    &mac::SELLSY,
    &body_mac::SENDBIRD,
    &public_key::SENDGRID,
    &body_mac::SENTRY,
    &body_mac::SHIPHERO,
    &mac::SHIPPO,
    &shopify::SHOPIFY,
    &body_mac::SHOPIFY_EVENTS,
    &mac::SINCH_CONVERSATION,
    &body_mac::SINCH_NUMBERS,
    &mac::SINCH_VOICE,
    &slack::SLACK,
    &body_mac::SMARTSHEET,
    &shared_token::SPARKPOST,
    &mac::SQUARE,
    &body_mac::SQUARESPACE,
    &standard::STANDARD_WEBHOOKS,
    &shared_token::STRAVA,
    &shared_token::STREAK,
    &stripe::STRIPE,
    &standard_adopters::STYTCH,
    &mac::SUMSUB,
    &mac::SUMSUB_SHA512,
    &standard_adopters::SUPABASE_AUTH_HOOKS,
    &mac::SURGE,
    &standard_adopters::SVIX,
    &mac::TAILSCALE,
    &body_mac::TALLY,
    &shared_token::TELEGRAM,
    &public_key::TELNYX,
    &body_mac::TERRAFORM_CLOUD,
    &mac::TIKTOK,
    &public_key::TRAVIS_CI,
    &mac::TRELLO,
    &detached::TRUELAYER_LIVE,
    &detached::TRUELAYER_SANDBOX,
    &mac::TWILIO,
    &mac::TWILIO_JSON,
    &mac::TWITCH,
    &body_mac::TYPEFORM,
    &canonical::UNISENDER_GO,
    &jwt::QSTASH,
    &standard_adopters::VANTA,
    &body_mac::VERCEL,
    &body_mac::VIBER,
    &jwt::VONAGE,
    &body_mac::WEBEX,
    &mac::WEBFLOW,
    &body_mac::WEBSUB,
    &body_mac::WEBSUB_SHA1,
    &body_mac::WEBSUB_SHA384,
    &body_mac::WEBSUB_SHA512,
    &public_key::WISE,
    &body_mac::WOOCOMMERCE,
    &mac::WORKOS,
    &mac::WORLDPAY_ACCESS,
    &body_mac::X_TWITTER,
    &body_mac::XERO,
    &standard_adopters::ZAPIER_WEBHOOKS,
    &mac::ZENDESK,
    &jwt::ZOHO_DESK,
    &mac::ZOOM,
];

/// The provider of that name and mode.
#[must_use]
pub fn find(name: &str, mode: Option<&str>) -> Option<&'static Provider> {
    ALL.iter().copied().find(|provider| provider.name == name && provider.mode == mode)
}

impl Provider {
    /// `name`, or `name (mode)`.
    #[must_use]
    pub fn label(&self) -> String {
        self.mode.map_or_else(|| self.name.to_owned(), |mode| format!("{} ({mode})", self.name))
    }
}
