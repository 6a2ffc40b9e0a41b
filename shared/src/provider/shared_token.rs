//! Providers that send a secret along: the sender is proven, not the body.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, BASIC, known, places, token};
use super::{After, Contract, Facts, Level, Provider, Retries, Success, TimeForm, handshakes};
use crate::locate::at;
use crate::verify::{Expected, Scheme, Token, TokenPlace};

pub(super) static ADOBE_ACROBAT_SIGN: Provider = Provider {
    name: "adobe-acrobat-sign",
    title: "Adobe Acrobat Sign",
    docs: "https://opensource.adobe.com/acrobat-sign/acrobat_sign_events/index.html",
    scheme: token("x-adobesign-clientid", ""),
    facts: Facts {
        id: places![[json "/webhookNotificationId"]],
        kind: places![[json "/event"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    handshakes: handshakes::ADOBE_ACROBAT_SIGN,
    evidence: known(Level::Secondary, &["the id", "the type"]),
    ..BASE
};

pub(super) static AWS_EVENTBRIDGE: Provider = Provider {
    name: "aws-eventbridge",
    title: "Amazon EventBridge API destinations",
    docs: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html",
    scheme: Scheme::Token(Token { at: TokenPlace::Chosen(Expected::Configured), prefix: Borrowed("") }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/detail-type"]],
        action: places![],
        time: Some((at!(json "/time"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(5)),
    // And 185 times at most, unless the rule says otherwise.
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    evidence: known(Level::OfficialDocs, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static AZURE_DEVOPS: Provider = Provider {
    name: "azure-devops",
    title: "Azure DevOps service hooks",
    docs: "https://learn.microsoft.com/azure/devops/service-hooks/services/webhooks",
    scheme: BASIC,
    facts: Facts {
        id: places![[json "/notificationId"]],
        kind: places![[json "/eventType"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // learn.microsoft.com/azure/devops/service-hooks/troubleshoot, as what follows.
    // Eight times within some three minutes, after a 408, 502, 503 or 504; others put a subscription on probation.
    retries: Retries::Again,
    contract: Contract {
        gone: After::Stops,
        stops: Some("too many failures put a subscription on probation"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static AZURE_EVENT_GRID: Provider = Provider {
    name: "azure-event-grid",
    title: "Azure Event Grid (Event Grid schema)",
    docs: "https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema",
    scheme: Scheme::Token(Token { at: TokenPlace::Query(Borrowed("code")), prefix: Borrowed("") }),
    batch: Some(at!(json "")),
    facts: Facts {
        id: places![[json "/0/id"] [json "/id"] [header "ce-id"]],
        kind: places![[json "/0/eventType"] [json "/0/type"] [json "/type"] [header "ce-type"]],
        action: places![],
        time: Some((at!(json "/0/eventTime"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(30)),
    handshakes: handshakes::AZURE_EVENT_GRID,
    // learn.microsoft.com/azure/event-grid/delivery-and-retry, as what follows.
    // At most 30 times; a yes is 200 to 204, and 400, 401, 403, 404 and 413 lose the event.
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    contract: Contract { success: Success::Any, refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &["the place of the token"]),
    ..BASE
};

pub(super) static AZURE_EVENT_GRID_CLOUDEVENTS: Provider = Provider {
    name: "azure-event-grid",
    mode: Some("cloudevents"),
    title: "Azure Event Grid (CloudEvents schema)",
    docs: "https://learn.microsoft.com/azure/event-grid/end-point-validation-cloud-events-schema",
    scheme: Scheme::Token(Token { at: TokenPlace::Query(Borrowed("code")), prefix: Borrowed("") }),
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/type"]],
        action: places![],
        time: Some((at!(json "/time"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    handshakes: handshakes::AZURE_EVENT_GRID,
    // learn.microsoft.com/azure/event-grid/delivery-and-retry, as what follows.
    deadline: Some(Duration::from_secs(30)),
    // At most 30 times; a yes is 200 to 204, and 400, 401, 403, 404 and 413 lose the event.
    retries: Retries::For(Duration::from_secs(24 * 3600)),
    contract: Contract { success: Success::Any, refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &["the place of the token"]),
    ..BASE
};

pub(super) static BREVO: Provider = Provider {
    name: "brevo",
    title: "Brevo (Sendinblue)",
    docs: "https://developers.brevo.com/docs/how-to-use-webhooks",
    scheme: BASIC,
    facts: Facts {
        id: places![],
        kind: places![[json "/event"]],
        action: places![],
        time: Some((at!(json "/ts_epoch"), TimeForm::UnixMillis)),
        id_is_shared: false,
    },
    // developers.brevo.com/docs/retry-mechanism; whether a 5xx is tried again it says in two ways.
    contract: Contract { refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static BUILDKITE_TOKEN: Provider = Provider {
    name: "buildkite",
    mode: Some("token"),
    title: "Buildkite (token)",
    docs: "https://buildkite.com/docs/apis/webhooks",
    scheme: token("x-buildkite-token", ""),
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

pub(super) static CHARGEBEE: Provider = Provider {
    name: "chargebee",
    title: "Chargebee",
    docs: "https://www.chargebee.com/docs/billing/2.0/site-configuration/webhook_settings",
    scheme: BASIC,
    facts: Facts {
        id: places![[json "/id"]],
        kind: places![[json "/event_type"]],
        action: places![],
        time: Some((at!(json "/occurred_at"), TimeForm::UnixSeconds)),
        id_is_shared: false,
    },
    // chargebee.com/docs/1.0/site-configuration/articles-and-faq, on a webhook URL that fails.
    retries: Retries::For(Duration::from_secs(3 * 24 * 3600)),
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the id", "the type", "the time"]),
    ..BASE
};

pub(super) static CLOUDEVENTS_WEBHOOK: Provider = Provider {
    title: "CloudEvents HTTP webhook (abuse protection)",
    scheme: token("authorization", "Bearer "),
    ..CLOUDEVENTS
};

/// The other place that the specification has for the token (`http-webhook.md`, 3.2).
pub(super) static CLOUDEVENTS_WEBHOOK_QUERY: Provider = Provider {
    mode: Some("access-token"),
    title: "CloudEvents HTTP webhook (token in the query)",
    scheme: Scheme::Token(Token { at: TokenPlace::Query(Borrowed("access_token")), prefix: Borrowed("") }),
    ..CLOUDEVENTS
};

const CLOUDEVENTS: Provider = Provider {
    name: "cloudevents-webhook",
    docs: "https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md",
    facts: Facts {
        id: places![[header "ce-id"] [json "/id"]],
        kind: places![[header "ce-type"] [json "/type"]],
        action: places![],
        time: Some((at!(header "ce-time"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    handshakes: handshakes::CLOUDEVENTS_WEBHOOK,
    // Its answer without a body is a 201, 202 or 204; an empty 200 is none.
    contract: Contract { success: Success::NoContent, gone: After::Stops, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

pub(super) static CLOUDFLARE_NOTIFICATIONS: Provider = Provider {
    name: "cloudflare",
    mode: Some("notifications"),
    title: "Cloudflare notification webhooks",
    docs: "https://developers.cloudflare.com/notifications/get-started/configure-webhooks/",
    scheme: token("cf-webhook-auth", ""),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static DATADOG: Provider = Provider {
    name: "datadog",
    title: "Datadog webhooks integration",
    docs: "https://docs.datadoghq.com/integrations/webhooks",
    scheme: Scheme::Token(Token { at: TokenPlace::Chosen(Expected::Configured), prefix: Borrowed("") }),
    deadline: Some(Duration::from_secs(15)),
    // Five times.
    retries: Retries::Again,
    contract: Contract { refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

pub(super) static DEEPGRAM: Provider = Provider {
    name: "deepgram",
    title: "Deepgram callbacks",
    docs: "https://developers.deepgram.com/docs/callback",
    scheme: token("dg-token", ""),
    facts: Facts {
        id: places![[json "/request_id"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // Answers in Deepgram's community, as what follows.
    // Ten times.
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["what it takes for a yes", "the retries", "what it does after a 4xx"]),
    ..BASE
};

pub(super) static DIALOGFLOW_ES: Provider = Provider {
    name: "dialogflow",
    mode: Some("es"),
    title: "Dialogflow ES fulfillment",
    docs: "https://cloud.google.com/dialogflow/docs/fulfillment-how",
    scheme: BASIC,
    facts: Facts {
        id: places![[json "/responseId"]],
        kind: places![[json "/queryResult/intent/displayName"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    contract: Contract::yes(Success::Answer),
    evidence: known(Level::OfficialDocs, &["the id"]),
    ..BASE
};

pub(super) static DOCUMENSO: Provider = Provider {
    name: "documenso",
    title: "Documenso",
    docs: "https://docs.documenso.com/developers/webhooks/verification",
    scheme: token("x-documenso-secret", ""),
    facts: Facts {
        id: places![[json "/payload/id"]],
        kind: places![[json "/event"]],
        action: places![],
        time: Some((at!(json "/createdAt"), TimeForm::Rfc3339)),
        id_is_shared: true,
    },
    // github.com/documenso/documenso, execute-webhook.handler.ts.
    retries: Retries::Again,
    evidence: known(Level::OfficialDocs, &["the id", "the time"]),
    ..BASE
};

pub(super) static FILLOUT: Provider = Provider {
    name: "fillout",
    title: "Fillout form webhooks",
    docs: "https://www.fillout.com/help/webhook",
    scheme: Scheme::Token(Token { at: TokenPlace::Chosen(Expected::Configured), prefix: Borrowed("") }),
    batch: Some(at!(json "")),
    facts: Facts {
        id: places![[json "/submission/submissionId"]],
        kind: places![],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &["the id"]),
    ..BASE
};

pub(super) static FLUTTERWAVE: Provider = Provider {
    name: "flutterwave",
    title: "Flutterwave (v3 secret hash)",
    docs: "https://developer.flutterwave.com/docs/webhooks",
    scheme: token("verif-hash", ""),
    facts: Facts { id: places![], kind: places![[json "/event"]], action: places![], time: None, id_is_shared: false },
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

pub(super) static GOOGLE_MONITORING_BASIC: Provider = Provider {
    name: "google-monitoring",
    mode: Some("basic"),
    title: "Cloud Monitoring notification channel webhook_basicauth",
    docs: "https://cloud.google.com/monitoring/support/notification-options",
    scheme: BASIC,
    facts: Facts {
        id: places![[json "/incident/incident_id"]],
        kind: places![[json "/incident/state"]],
        action: places![],
        time: Some((at!(json "/incident/started_at"), TimeForm::UnixSeconds)),
        id_is_shared: true,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static GOOGLE_MONITORING_TOKEN: Provider = Provider {
    name: "google-monitoring",
    mode: Some("token"),
    title: "Cloud Monitoring notification channel webhook_tokenauth",
    docs: "https://cloud.google.com/monitoring/support/notification-options",
    scheme: Scheme::Token(Token { at: TokenPlace::Query(Borrowed("auth_token")), prefix: Borrowed("") }),
    facts: Facts {
        id: places![[json "/incident/incident_id"]],
        kind: places![[json "/incident/state"]],
        action: places![],
        time: Some((at!(json "/incident/started_at"), TimeForm::UnixSeconds)),
        id_is_shared: true,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static GOOGLE_WORKSPACE_PUSH: Provider = Provider {
    name: "google-workspace-push",
    title: "Google Drive/Calendar push channels",
    docs: "https://developers.google.com/workspace/drive/api/guides/push",
    scheme: token("x-goog-channel-token", ""),
    facts: Facts {
        id: places![],
        kind: places![[header "x-goog-resource-state"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static JENKINS_GENERIC_WEBHOOK_TRIGGER: Provider = Provider {
    name: "jenkins-generic-webhook-trigger",
    title: "Jenkins Generic Webhook Trigger plugin (as a target's contract)",
    docs: "https://plugins.jenkins.io/generic-webhook-trigger/",
    scheme: Scheme::Token(Token { at: TokenPlace::Query(Borrowed("token")), prefix: Borrowed("") }),
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static KESTRA: Provider = Provider {
    name: "kestra",
    title: "Kestra webhook trigger (as a target's contract)",
    docs: "https://kestra.io/docs/workflow-components/triggers/webhook-trigger",
    scheme: Scheme::Token(Token { at: TokenPlace::Path, prefix: Borrowed("") }),
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};

pub(super) static MAILTRAP: Provider = Provider {
    name: "mailtrap",
    title: "Mailtrap",
    docs: "https://docs.mailtrap.io/email-api-smtp/advanced/webhooks",
    scheme: BASIC,
    batch: Some(at!(json "/events")),
    facts: Facts {
        id: places![[json "/events/0/event_id"]],
        kind: places![[json "/events/0/event"]],
        action: places![],
        time: Some((at!(json "/events/0/timestamp"), TimeForm::UnixSeconds)),
        id_is_shared: false,
    },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static MIXPANEL: Provider = Provider {
    name: "mixpanel",
    title: "Mixpanel cohort sync webhook",
    docs: "https://docs.mixpanel.com/docs/cohort-sync/webhooks",
    scheme: BASIC,
    facts: Facts { id: places![], kind: places![[json "/action"]], action: places![], time: None, id_is_shared: false },
    evidence: known(Level::Secondary, &["the type"]),
    ..BASE
};

/// Nothing is signed: the last segment of the path is the secret.
pub(super) static MOLLIE_CLASSIC: Provider = Provider {
    name: "mollie",
    mode: Some("classic"),
    title: "Mollie classic payment webhooks",
    docs: "https://docs.mollie.com/reference/webhooks",
    scheme: Scheme::Token(Token { at: TokenPlace::Path, prefix: Borrowed("") }),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

/// Every item of a batch must have the client state.
pub(super) static MS_GRAPH: Provider = Provider {
    name: "ms-graph",
    title: "Microsoft Graph change notifications",
    docs: "https://learn.microsoft.com/graph/change-notifications-delivery-webhooks",
    scheme: Scheme::Token(Token {
        at: TokenPlace::Every(Borrowed("/value"), Borrowed("/clientState")),
        prefix: Borrowed(""),
    }),
    batch: Some(at!(json "/value")),
    facts: Facts {
        id: places![[json "/value/0/id"]],
        kind: places![[json "/value/0/changeType"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(3)),
    handshakes: handshakes::MS_GRAPH,
    retries: Retries::For(Duration::from_secs(4 * 3600)),
    contract: Contract {
        success: Success::Any,
        stops: Some("notifications are held back where one in ten answers takes more than 2.9 s"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

pub(super) static NEW_RELIC: Provider = Provider {
    name: "new-relic",
    title: "New Relic notification destinations (webhook)",
    docs: "https://docs.newrelic.com/docs/alerts/get-notified/notification-integrations/",
    scheme: Scheme::Token(Token { at: TokenPlace::Chosen(Expected::Configured), prefix: Borrowed("") }),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static OKTA: Provider = Provider {
    name: "okta",
    title: "Okta event hooks",
    docs: "https://developer.okta.com/docs/concepts/event-hooks/",
    scheme: token("authorization", ""),
    batch: Some(at!(json "/data/events")),
    facts: Facts {
        id: places![[json "/eventId"]],
        kind: places![[json "/data/events/0/eventType"]],
        action: places![],
        time: Some((at!(json "/data/events/0/published"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(3)),
    handshakes: handshakes::OKTA,
    // Once.
    retries: Retries::Again,
    contract: Contract { success: Success::OkOrNoContent, refused: After::GivesUp, ..Contract::UNKNOWN },
    evidence: known(Level::OfficialDocs, &["the type"]),
    ..BASE
};

pub(super) static POSTMARK: Provider = Provider {
    name: "postmark",
    title: "Postmark",
    docs: "https://postmarkapp.com/developer/webhooks/webhooks-overview",
    scheme: BASIC,
    facts: Facts {
        id: places![[json "/MessageID"]],
        kind: places![[json "/RecordType"]],
        action: places![],
        time: None,
        id_is_shared: true,
    },
    // Ten times; inbound mail, not after a 403
    // (postmarkapp.com/support/article/understanding-inbound-webhook-retries-in-postmark).
    retries: Retries::For(Duration::from_secs((10 * 60 + 30) * 60)),
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the id"]),
    ..BASE
};

pub(super) static REVENUECAT: Provider = Provider {
    name: "revenuecat",
    title: "RevenueCat",
    docs: "https://www.revenuecat.com/docs/integrations/webhooks",
    scheme: token("authorization", ""),
    facts: Facts {
        id: places![[json "/event/id"]],
        kind: places![[json "/event/type"]],
        action: places![],
        time: Some((at!(json "/event/event_timestamp_ms"), TimeForm::UnixMillis)),
        id_is_shared: false,
    },
    // revenuecat.com/edit/webhooks, as what follows; the 60 s are from a third party.
    deadline: Some(Duration::from_secs(60)),
    // 5, 10, 20, 40 and 80 minutes later.
    retries: Retries::For(Duration::from_secs(155 * 60)),
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the id", "the type", "the deadline"]),
    ..BASE
};

pub(super) static SPARKPOST: Provider = Provider {
    name: "sparkpost",
    title: "SparkPost",
    docs: "https://developers.sparkpost.com/api/webhooks/",
    scheme: BASIC,
    batch: Some(at!(json "")),
    // support.sparkpost.com/docs/tech-resources/webhook-data-streams, as what follows.
    deadline: Some(Duration::from_secs(10)),
    // 12 attempts.
    retries: Retries::For(Duration::from_secs(8 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

/// Nothing is signed: the last segment of the path is the secret.
pub(super) static STRAVA: Provider = Provider {
    name: "strava",
    title: "Strava",
    docs: "https://developers.strava.com/docs/webhooks/",
    scheme: Scheme::Token(Token { at: TokenPlace::Path, prefix: Borrowed("") }),
    facts: Facts {
        id: places![],
        kind: places![[json "/object_type"]],
        action: places![[json "/aspect_type"]],
        time: Some((at!(json "/event_time"), TimeForm::UnixSeconds)),
        id_is_shared: false,
    },
    deadline: Some(Duration::from_secs(2)),
    handshakes: handshakes::STRAVA,
    // Three attempts (its page).
    retries: Retries::Again,
    contract: Contract { success: Success::Ok, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["the type", "the time"]),
    ..BASE
};

pub(super) static STREAK: Provider = Provider {
    name: "streak",
    title: "Streak",
    docs: "https://streak.readme.io/reference/webhooks",
    scheme: token("x-streak-webhook-token", ""),
    evidence: known(Level::Secondary, &[]),
    ..BASE
};

pub(super) static TELEGRAM: Provider = Provider {
    name: "telegram",
    title: "Telegram Bot API",
    docs: "https://core.telegram.org/bots/api#setwebhook",
    scheme: token("x-telegram-bot-api-secret-token", ""),
    facts: Facts {
        id: places![[json "/update_id"]],
        kind: places![[member "message"] [member "edited_message"] [member "channel_post"] [member "edited_channel_post"] [member "business_message"] [member "callback_query"] [member "inline_query"] [member "chosen_inline_result"] [member "shipping_query"] [member "pre_checkout_query"] [member "poll"] [member "poll_answer"] [member "my_chat_member"] [member "chat_member"] [member "chat_join_request"] [member "message_reaction"]],
        action: places![],
        time: None,
        id_is_shared: false,
    },
    // A reasonable number of times (core.telegram.org/bots/api#setwebhook).
    retries: Retries::Again,
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::Secondary, &["what it takes for a yes"]),
    ..BASE
};
