//! Slack: events, slash commands and interactivity under one signing secret.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, known};
use super::{Contract, Facts, Level, Provider, Retries, Success, TimeForm};
use crate::handshake::{Answer, Body, Form, Good, HANDSHAKE, Handshake, Is, Pattern, Piece};
use crate::locate::at;
use crate::verify::{Encoding, Hash, KeyForm, Layout, Mac, Message, Part, Place, Scheme, Time, Unit, Window};

/// `X-Slack-Signature: v0=<hex>`: HMAC-SHA256 over `v0:timestamp:body`. JSON bodies are events
/// (`/event/type`), forms are slash commands (`command`) or interactivity (`payload`, JSON in it).
///
/// `url_verification` is signed and answered after the proof. `ssl_check` is not always signed: it gets an
/// empty 200, which tells nothing.
pub(super) static SLACK: Provider = Provider {
    name: "slack",
    title: "Slack",
    docs: "https://docs.slack.dev/authentication/verifying-requests-from-slack",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::Raw,
        message: Message {
            tags: Place::Header(Borrowed("x-slack-signature")),
            layout: Layout::Whole(Borrowed("v0=")),
            encoding: Encoding::Hex,
            parts: Borrowed(&[
                Part::Literal(Borrowed("v0:")),
                Part::Header(Borrowed("x-slack-request-timestamp")),
                Part::Literal(Borrowed(":")),
                Part::Body,
            ]),
            time: Some(Time {
                part: Part::Header(Borrowed("x-slack-request-timestamp")),
                unit: Unit::Seconds,
                window: Some(Window { max_age: Duration::from_secs(300), max_future: Duration::from_secs(60) }),
            }),
            fixed: &[],
            body_digest: None,
        },
    }),
    facts: Facts {
        id: Borrowed(&[at!(json "/event_id")]),
        kind: Borrowed(&[at!(json "/event/type"), at!(form "command"), at!(form_json "payload", "/type")]),
        action: Borrowed(&[]),
        time: Some((at!(json "/event_time"), TimeForm::UnixSeconds)),
        id_is_shared: false,
    },
    handshakes: &[
        Handshake {
            signed: true,
            when: &[(at!(json "/type"), Is::Text("url_verification"))],
            answer: Form::Say(Answer {
                good: Good::Ok,
                headers: &[],
                body: Body::Text(&[Piece::Echo(at!(json "/challenge"), Pattern::Visible)]),
            }),
            ..HANDSHAKE
        },
        Handshake { when: &[(at!(form "ssl_check"), Is::Text("1"))], ..HANDSHAKE },
    ],
    deadline: Some(Duration::from_secs(3)),
    // At once, after a minute, after five.
    retries: Retries::For(Duration::from_secs(6 * 60)),
    contract: Contract::yes(Success::Any),
    evidence: known(Level::SourceCode, &["the time"]),
    ..BASE
};
