//! Lark and Feishu, by what an app has: an Encrypt Key, or its Verification Token alone.

use std::borrow::Cow::Borrowed;

use super::entry::{BASE, hmac, hmac_of, known, part, places, signed, time};
use super::{Facts, Level, Provider, TimeForm, handshakes};
use crate::envelope::Envelope;
use crate::locate::at;
use crate::verify::{Encoding, Hash, Layout, Message, Place, Scheme, Token, TokenPlace, Unit};

const DOCS: &str = "https://github.com/larksuite/node-sdk";
/// Of an event as it is today (`schema` 2.0), else as it was.
const FACTS: Facts = Facts {
    id: places![[json "/header/event_id"] [json "/uuid"]],
    kind: places![[json "/header/event_type"] [json "/event/type"]],
    action: places![],
    time: Some((at!(json "/header/create_time"), TimeForm::UnixMillis)),
    id_is_shared: false,
};

const fn over_the_secret() -> Message {
    Message {
        tags: Place::Header(Borrowed("x-lark-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding: Encoding::Hex,
        parts: signed![[header "x-lark-request-timestamp"] [header "x-lark-request-nonce"] [secret] [body]],
        time: time(part!(header "x-lark-request-timestamp"), Unit::Seconds, None),
        fixed: &[],
        body_digest: None,
    }
}

/// The secret is the Encrypt Key: it signs the body as it came, and seals the event in it. What leaves is the event, so its
/// signature cannot be verified again further on.
pub(super) static LARK: Provider = Provider {
    name: "lark",
    title: "Lark / Feishu events",
    docs: DOCS,
    scheme: hmac(over_the_secret()),
    facts: FACTS,
    envelope: Some(Envelope::Sealed("encrypt")),
    handshakes: handshakes::LARK,
    evidence: known(Level::SourceCode, &["the id", "the time"]),
    ..BASE
};

/// An app without an Encrypt Key: the secret is its Verification Token, which stands in each event. It proves who sent it,
/// not what.
pub(super) static LARK_TOKEN: Provider = Provider {
    name: "lark",
    mode: Some("verification-token"),
    title: "Lark / Feishu events (Verification Token)",
    docs: DOCS,
    scheme: Scheme::Token(Token { at: TokenPlace::FirstJson(&["/header/token", "/token"]), prefix: Borrowed("") }),
    facts: FACTS,
    handshakes: handshakes::LARK_TOKEN,
    evidence: known(Level::SourceCode, &["the id", "the time"]),
    ..BASE
};

/// What is done with a message card, as it was before cards sent events: the secret is the Verification Token, and the hash
/// SHA-1 (github.com/larksuite/node-sdk, `request-handle.ts`).
pub(super) static LARK_CARD: Provider = Provider {
    name: "lark",
    mode: Some("card"),
    title: "Lark / Feishu message cards (old callbacks)",
    docs: DOCS,
    scheme: hmac_of(Hash::Sha1, over_the_secret()),
    facts: Facts { time: None, id: places![], kind: places![[json "/action/tag"]], ..FACTS },
    handshakes: handshakes::LARK,
    evidence: known(Level::SourceCode, &["the type"]),
    ..BASE
};
