//! The handshakes of providers, one list each. What is signed, when it is asked for and what it is answered is all there
//! is to say; the entries of the table refer to them.

use http::Method;

use crate::Rejection;
use crate::handshake::{Answer, Body, Form, Good, HANDSHAKE, Handshake, Is, Pattern, Piece, Written};
use crate::locate::at;

/// Adobe Acrobat Sign asks by GET, with the client id that it sends with everything; the id comes back in the header. After
/// the proof: only the right id is echoed. Secondary: handlers that answer it.
pub static ADOBE_ACROBAT_SIGN: &[Handshake] = &[Handshake {
    method: Method::GET,
    signed: true,
    when: &[(at!(header "x-adobesign-clientid"), Is::Present)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[("x-adobesign-clientid", &[Piece::Echo(at!(header "x-adobesign-clientid"), Pattern::Visible)])],
        body: Body::Empty,
    }),
    ..HANDSHAKE
}];

/// `GET ?challenge`, echoed (developer.adobe.com/events/docs). Its other way, a URL that is to be asked, is not gone.
pub static ADOBE_IO_EVENTS: &[Handshake] = &[Handshake {
    method: Method::GET,
    when: &[(at!(query "challenge"), Is::Present)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Text(&[Piece::Echo(at!(query "challenge"), Pattern::Visible)]),
    }),
    ..HANDSHAKE
}];

/// Open Channels: `GET` of `validate` beside the path that pushes come to; the answer is the code that the dashboard shows
/// (`confirmation_code` of the source's `values`). Secondary: an Open Channel middleware guide and receivers.
pub static AIRSHIP: &[Handshake] = &[Handshake {
    method: Method::GET,
    beside: Some("validate"),
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Json(&[("confirmation_code", &[Piece::Own("confirmation_code")])]),
    }),
    ..HANDSHAKE
}];

/// A new subscription is announced with a message and its own event type; any 200 will do
/// (developers.apideck.com, guides on webhooks).
pub static APIDECK: &[Handshake] = &[Handshake {
    when: &[
        (at!(header "x-apideck-event-type"), Is::Text("apideck.subscription.created")),
        (at!(json "/message"), Is::Present),
    ],
    ..HANDSHAKE
}];

/// `X-Hook-Secret` is the key of the new webhook, and comes back in the same header. It is sent once
/// (developers.asana.com/docs/webhooks-guide).
pub static ASANA: &[Handshake] = &[Handshake {
    when: &[(at!(header "x-hook-secret"), Is::Present)],
    answer: Form::Capture(
        at!(header "x-hook-secret"),
        Pattern::Visible,
        Answer {
            good: Good::Ok,
            headers: &[("x-hook-secret", &[Piece::Echo(at!(header "x-hook-secret"), Pattern::Visible)])],
            body: Body::Empty,
        },
    ),
    ..HANDSHAKE
}];

/// The code in the validation event is echoed as JSON with exactly 200; its URL is never asked. The token in the subscription's own
/// URL comes with it, so it is answered after the proof
/// (learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema).
pub static AZURE_EVENT_GRID: &[Handshake] = &[
    CONSENT_WITH_RATE,
    CONSENT,
    Handshake {
        signed: true,
        when: &[
            (at!(header "aeg-event-type"), Is::Text("SubscriptionValidation")),
            (at!(json "/0/eventType"), Is::Text("Microsoft.EventGrid.SubscriptionValidationEvent")),
        ],
        answer: Form::Say(Answer {
            good: Good::Ok,
            headers: &[],
            body: Body::Json(&[(
                "validationResponse",
                &[Piece::Echo(at!(json "/0/data/validationCode"), Pattern::Visible)],
            )]),
        }),
        ..HANDSHAKE
    },
];

/// Abuse protection of CloudEvents, with a rate.
const CONSENT_WITH_RATE: Handshake = Handshake {
    method: Method::OPTIONS,
    when: &[(at!(header "webhook-request-origin"), Is::Present), (at!(header "webhook-request-rate"), Is::Present)],
    terms: &[(at!(header "webhook-request-origin"), Is::OneOf("allowed_origins"), Rejection::WrongOrigin)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[
            ("allow", &[Piece::Text("POST")]),
            ("webhook-allowed-origin", &[Piece::Echo(at!(header "webhook-request-origin"), Pattern::Visible)]),
            ("webhook-allowed-rate", &[Piece::Echo(at!(header "webhook-request-rate"), Pattern::Digits)]),
        ],
        body: Body::Empty,
    }),
    ..HANDSHAKE
};

/// The same without.
const CONSENT: Handshake = Handshake {
    method: Method::OPTIONS,
    when: &[(at!(header "webhook-request-origin"), Is::Present)],
    terms: &[(at!(header "webhook-request-origin"), Is::OneOf("allowed_origins"), Rejection::WrongOrigin)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[
            ("allow", &[Piece::Text("POST")]),
            ("webhook-allowed-origin", &[Piece::Echo(at!(header "webhook-request-origin"), Pattern::Visible)]),
        ],
        body: Body::Empty,
    }),
    ..HANDSHAKE
};

/// Abuse protection (github.com/cloudevents/spec, `http-webhook.md`, section 4): consent is in the headers. The origins are
/// those of `allowed_origins`; a callback is never called. Azure Event Grid asks the same for its CloudEvents schema.
pub static CLOUDEVENTS_WEBHOOK: &[Handshake] = &[CONSENT_WITH_RATE, CONSENT];

/// `GET ?bt_challenge`: the public key (`public_key` of the source's `values`) and the MAC of the challenge
/// (npm braintree, `webhook_notification_gateway.js`). Its events are signed with the same key: see [`Piece::Mac`].
pub static BRAINTREE: &[Handshake] = &[Handshake {
    method: Method::GET,
    when: &[(at!(query "bt_challenge"), Is::Present)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Text(&[
            Piece::Own("public_key"),
            Piece::Text("|"),
            Piece::Mac(at!(query "bt_challenge"), Pattern::Hex { least: 20, most: 32 }, Written::Hex),
        ]),
    }),
    ..HANDSHAKE
}];

/// `PING` is type 1, and the answer its `PONG` (github.com/discord/discord-api-docs, receiving-and-responding).
pub static DISCORD: &[Handshake] = &[Handshake {
    signed: true,
    when: &[(at!(json "/type"), Is::Text("1")), (at!(json "/token"), Is::Present)],
    answer: Form::Say(Answer { good: Good::Ok, headers: &[], body: Body::Ready(r#"{"type":1}"#) }),
    ..HANDSHAKE
}];

/// `PING` is type 0, answered 204 (github.com/discord/discord-api-docs, `webhook-events.mdx`).
pub static DISCORD_EVENTS: &[Handshake] = &[Handshake {
    signed: true,
    when: &[(at!(json "/type"), Is::Text("0"))],
    answer: Form::Say(Answer { good: Good::NoContent, headers: &[], body: Body::Empty }),
    ..HANDSHAKE
}];

/// `GET ?challenge`, echoed as text that is not sniffed (dropbox.com/developers/reference/webhooks).
pub static DROPBOX: &[Handshake] = &[Handshake {
    method: Method::GET,
    when: &[(at!(query "challenge"), Is::Present)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Text(&[Piece::Echo(at!(query "challenge"), Pattern::Visible)]),
    }),
    ..HANDSHAKE
}];

/// `GET ?challenge_code`: hex of SHA-256 over the code, the verification token and the registered URL
/// (github.com/eBay/event-notification-nodejs-sdk, `validator.js`). Its events are signed with a key of eBay's own.
pub static EBAY: &[Handshake] = &[Handshake {
    method: Method::GET,
    when: &[(at!(query "challenge_code"), Is::Present)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Json(&[("challengeResponse", &[Piece::Hashed(at!(query "challenge_code"), Pattern::Token)])]),
    }),
    ..HANDSHAKE
}];

/// `GET ?verify`: 204 for the right code, 404 for a wrong one; Fitbit sends both
/// (dev.fitbit.com, subscriptions: verify a subscriber).
pub static FITBIT: &[Handshake] = &[Handshake {
    method: Method::GET,
    when: &[(at!(query "verify"), Is::Present)],
    terms: &[(at!(query "verify"), Is::VerifyToken, Rejection::UnknownSubscription)],
    answer: Form::Say(Answer { good: Good::NoContent, headers: &[], body: Body::Empty }),
    ..HANDSHAKE
}];

/// A signed `sync` whose challenge is in a header, and is echoed in the body as JSON (dev.frontapp.com, application webhooks).
pub static FRONT: &[Handshake] = &[Handshake {
    signed: true,
    when: &[(at!(json "/type"), Is::Text("sync")), (at!(header "x-front-challenge"), Is::Present)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Json(&[("challenge", &[Piece::Echo(at!(header "x-front-challenge"), Pattern::Visible)])]),
    }),
    ..HANDSHAKE
}];

/// The URL is asked by HEAD when it is saved. Secondary, and not verified.
pub static INTERCOM: &[Handshake] = &[Handshake { method: Method::HEAD, ..HANDSHAKE }];

/// What Dropbox Sign wants to read in every 200 (developers.hellosign.com/docs/events/walkthrough/): another answer is a
/// failure to it.
pub(crate) const HELLO: &str = "Hello API Event Received";

/// The test of a callback URL is signed like an event, as JSON or in a form.
pub static DROPBOX_SIGN: &[Handshake] = &[
    Handshake {
        signed: true,
        when: &[(at!(json "/event/event_type"), Is::Text("callback_test"))],
        answer: GREETED,
        ..HANDSHAKE
    },
    Handshake {
        signed: true,
        when: &[(at!(form_json "json", "/event/event_type"), Is::Text("callback_test"))],
        answer: GREETED,
        ..HANDSHAKE
    },
];

const GREETED: Form = Form::Say(Answer { good: Good::Ok, headers: &[], body: Body::Text(&[Piece::Text(HELLO)]) });

/// `url_verification` is not signed, but has the app's verification token in it (github.com/larksuite/node-sdk,
/// `request-handle.ts`). With an Encrypt Key it is sealed like an event, so that whoever sends one has the key or the token.
pub static LARK: &[Handshake] = &[Handshake {
    when: &[(at!(json "/type"), Is::Text("url_verification"))],
    terms: &[(at!(json "/token"), Is::VerifyTokenIfAny, Rejection::WrongVerifyToken)],
    answer: Form::Say(LARK_CHALLENGE),
    ..HANDSHAKE
}];

/// The same where the verification token is the evidence: the proof has compared it already.
pub static LARK_TOKEN: &[Handshake] = &[Handshake {
    signed: true,
    when: &[(at!(json "/type"), Is::Text("url_verification"))],
    answer: Form::Say(LARK_CHALLENGE),
    ..HANDSHAKE
}];

const LARK_CHALLENGE: Answer = Answer {
    good: Good::Ok,
    headers: &[],
    body: Body::Json(&[("challenge", &[Piece::Echo(at!(json "/challenge"), Pattern::Visible)])]),
};

/// The console's Verify button sends no events (developers.line.biz, verify webhook URL).
pub static LINE: &[Handshake] = &[Handshake {
    signed: true,
    when: &[(at!(json "/destination"), Is::Present), (at!(json "/events/0/type"), Is::Absent)],
    ..HANDSHAKE
}];

/// `GET ?challengeCode`: the code, and its MAC under the client secret
/// (learn.microsoft.com/linkedin/shared/api-guide/webhook-validation). Events are signed over `hmacsha256=` and the body with the
/// same key, so nothing but a UUID is answered.
pub static LINKEDIN: &[Handshake] = &[Handshake {
    method: Method::GET,
    when: &[(at!(query "challengeCode"), Is::Present)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Json(&[
            ("challengeCode", &[Piece::Echo(at!(query "challengeCode"), Pattern::Uuid)]),
            ("challengeResponse", &[Piece::Mac(at!(query "challengeCode"), Pattern::Uuid, Written::Hex)]),
        ]),
    }),
    ..HANDSHAKE
}];

/// The URL is asked by HEAD when the webhook is created. The test POST is signed with a key that everybody knows, so it is
/// refused. Secondary: django-anymail.
pub static MANDRILL: &[Handshake] = &[Handshake { method: Method::HEAD, ..HANDSHAKE }];

/// `hub.challenge` is echoed for whoever knows the verify token, else 403
/// (developers.facebook.com/docs/graph-api/webhooks/getting-started).
pub static META: &[Handshake] = &[Handshake {
    method: Method::GET,
    when: &[(at!(query "hub.challenge"), Is::Present)],
    terms: &[
        (at!(query "hub.verify_token"), Is::VerifyToken, Rejection::WrongVerifyToken),
        (at!(query "hub.mode"), Is::Text("subscribe"), Rejection::WrongVerifyToken),
    ],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Text(&[Piece::Echo(at!(query "hub.challenge"), Pattern::Visible)]),
    }),
    ..HANDSHAKE
}];

/// A body of a challenge and nothing else that we know of, without a token, is echoed as JSON. Secondary: receivers.
pub static MONDAY: &[Handshake] = &[Handshake {
    when: &[(at!(json "/challenge"), Is::Present), (at!(json "/event/type"), Is::Absent)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Json(&[("challenge", &[Piece::Echo(at!(json "/challenge"), Pattern::Visible)])]),
    }),
    ..HANDSHAKE
}];

/// `POST ?validationToken`, echoed decoded, as text that is not sniffed
/// (learn.microsoft.com/graph/change-notifications-delivery-webhooks). It is a sentence: blanks are in it.
pub static MS_GRAPH: &[Handshake] = &[Handshake {
    when: &[(at!(query "validationToken"), Is::Present)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Text(&[Piece::Echo(at!(query "validationToken"), Pattern::Printable)]),
    }),
    ..HANDSHAKE
}];

/// The first POST is not signed and delivers the key, which a person then pastes into Notion
/// (npm @notionhq/client, `webhooks.js`; developers.notion.com/reference/webhooks).
pub static NOTION: &[Handshake] = &[Handshake {
    when: &[(at!(json "/verification_token"), Is::Present), (at!(json "/type"), Is::Absent)],
    answer: Form::Capture(
        at!(json "/verification_token"),
        Pattern::Visible,
        Answer { good: Good::Ok, headers: &[], body: Body::Empty },
    ),
    ..HANDSHAKE
}];

/// `GET ?challenge`, echoed; the secret exists only afterwards. Secondary.
pub static NYLAS: &[Handshake] = &[Handshake {
    method: Method::GET,
    when: &[(at!(query "challenge"), Is::Present)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Text(&[Piece::Echo(at!(query "challenge"), Pattern::Visible)]),
    }),
    ..HANDSHAKE
}];

/// One GET with a challenge in a header, echoed as JSON (developer.okta.com/docs/concepts/event-hooks). It carries the
/// source's own token, so it is answered after the proof.
pub static OKTA: &[Handshake] = &[Handshake {
    method: Method::GET,
    signed: true,
    when: &[(at!(header "x-okta-verification-challenge"), Is::Present)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Json(&[(
            "verification",
            &[Piece::Echo(at!(header "x-okta-verification-challenge"), Pattern::Visible)],
        )]),
    }),
    ..HANDSHAKE
}];

/// `GET ?check`, echoed with exactly 200 (docs.onfleet.com/reference/validation).
pub static ONFLEET: &[Handshake] = &[Handshake {
    method: Method::GET,
    when: &[(at!(query "check"), Is::Present)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Text(&[Piece::Echo(at!(query "check"), Pattern::Visible)]),
    }),
    ..HANDSHAKE
}];

/// The challenge is in a header, and comes back in another
/// (developers.smartsheet.com/api/smartsheet/guides/webhooks/webhook-verification).
pub static SMARTSHEET: &[Handshake] = &[Handshake {
    when: &[(at!(header "smartsheet-hook-challenge"), Is::Present)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[(
            "smartsheet-hook-response",
            &[Piece::Echo(at!(header "smartsheet-hook-challenge"), Pattern::Visible)],
        )],
        body: Body::Empty,
    }),
    ..HANDSHAKE
}];

/// Like Meta's, but the challenge comes back as JSON. Secondary: receivers.
pub static STRAVA: &[Handshake] = &[Handshake {
    method: Method::GET,
    when: &[(at!(query "hub.challenge"), Is::Present)],
    terms: &[
        (at!(query "hub.verify_token"), Is::VerifyToken, Rejection::WrongVerifyToken),
        (at!(query "hub.mode"), Is::Text("subscribe"), Rejection::WrongVerifyToken),
    ],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Json(&[("hub.challenge", &[Piece::Echo(at!(query "hub.challenge"), Pattern::Visible)])]),
    }),
    ..HANDSHAKE
}];

/// The URL is asked by HEAD when the webhook is created (developer.atlassian.com/cloud/trello/guides/rest-api/webhooks).
pub static TRELLO: &[Handshake] = &[Handshake { method: Method::HEAD, ..HANDSHAKE }];

/// A signed POST whose challenge is echoed as text (dev.twitch.tv/docs/eventsub/handling-webhook-events).
pub static TWITCH: &[Handshake] = &[Handshake {
    signed: true,
    when: &[(at!(header "twitch-eventsub-message-type"), Is::Text("webhook_callback_verification"))],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Text(&[Piece::Echo(at!(json "/challenge"), Pattern::Visible)]),
    }),
    ..HANDSHAKE
}];

/// The URL is asked by GET when it is configured. Secondary: django-anymail.
pub static UNISENDER_GO: &[Handshake] = &[Handshake { method: Method::GET, ..HANDSHAKE }];

/// A hub verifies intent: `hub.challenge` is echoed if the topic is one of the source's `topics`, else 404
/// (W3C WebSub, 5.3). A lease is not renewed.
pub static WEBSUB: &[Handshake] = &[Handshake {
    method: Method::GET,
    when: &[(at!(query "hub.challenge"), Is::Present), (at!(query "hub.mode"), Is::Text("subscribe"))],
    terms: &[(at!(query "hub.topic"), Is::OneOf("topics"), Rejection::UnknownSubscription)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Text(&[Piece::Echo(at!(query "hub.challenge"), Pattern::Visible)]),
    }),
    ..HANDSHAKE
}];

/// The ping of a webhook that is saved: a form of its id, not signed. Secondary.
pub static WOOCOMMERCE: &[Handshake] = &[Handshake {
    when: &[(at!(form "webhook_id"), Is::Present), (at!(header "x-wc-webhook-topic"), Is::Absent)],
    ..HANDSHAKE
}];

/// The challenge-response check: `GET ?crc_token`, the MAC of the token under the consumer secret
/// (docs.x.com/x-api/webhooks/introduction). Events are signed over the body alone with the same key: see [`Piece::Mac`].
pub static X_TWITTER: &[Handshake] = &[Handshake {
    method: Method::GET,
    when: &[(at!(query "crc_token"), Is::Present)],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Json(&[(
            "response_token",
            &[Piece::Text("sha256="), Piece::Mac(at!(query "crc_token"), Pattern::Token, Written::Base64)],
        )]),
    }),
    ..HANDSHAKE
}];

/// Intent to receive: a signed body without events, 200 and nothing; a bad signature is 401 like any
/// (developer.xero.com, creating webhooks).
pub static XERO: &[Handshake] = &[Handshake {
    signed: true,
    when: &[
        (at!(json "/firstEventSequence"), Is::Text("0")),
        (at!(json "/lastEventSequence"), Is::Text("0")),
        (at!(json "/events/0/resourceId"), Is::Absent),
    ],
    ..HANDSHAKE
}];

/// `WEBHOOK_VALIDATE` is answered with the store's id (`store_id` of the source's `values`). Official text, seen in part.
pub static YANDEX_KIT: &[Handshake] = &[Handshake {
    when: &[(at!(json "/event"), Is::Text("WEBHOOK_VALIDATE"))],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Json(&[("message", &[Piece::Text("validated_store_"), Piece::Own("store_id")])]),
    }),
    ..HANDSHAKE
}];

/// `endpoint.url_validation` is signed, and answered with its token and the token's MAC under the same secret
/// (github.com/zoom/webhook-sample, `index.js`).
pub static ZOOM: &[Handshake] = &[Handshake {
    signed: true,
    when: &[(at!(json "/event"), Is::Text("endpoint.url_validation"))],
    answer: Form::Say(Answer {
        good: Good::Ok,
        headers: &[],
        body: Body::Json(&[
            ("plainToken", &[Piece::Echo(at!(json "/payload/plainToken"), Pattern::Token)]),
            ("encryptedToken", &[Piece::Mac(at!(json "/payload/plainToken"), Pattern::Token, Written::Hex)]),
        ]),
    }),
    ..HANDSHAKE
}];
