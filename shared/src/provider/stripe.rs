//! Stripe.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, known};
use super::{After, Contract, Facts, Level, Provider, Retries, Success, TimeForm};
use crate::locate::at;
use crate::verify::{Encoding, Hash, KeyForm, Layout, Mac, Message, Part, Place, Scheme, Time, Unit, Window};

/// `Stripe-Signature: t=<unix>,v1=<hex>[,v1=<hex>]`: HMAC-SHA256 over `t.body`. Several `v1` while
/// a secret rolls; `v0` marks test schemes and is never taken. The `whsec_` text is the key as it
/// stands, not base64.
///
/// Stricter than Stripe's library, which refuses no future time and lets the last of two `t` win.
pub(super) static STRIPE: Provider = Provider {
    name: "stripe",
    title: "Stripe",
    docs: "https://docs.stripe.com/webhooks/signature",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::Raw,
        message: Message {
            tags: Place::Header(Borrowed("stripe-signature")),
            layout: Layout::Pairs(Borrowed(","), Borrowed("v1")),
            encoding: Encoding::Hex,
            parts: Borrowed(&[Part::Pair(Borrowed("t")), Part::Literal(Borrowed(".")), Part::Body]),
            time: Some(Time {
                part: Part::Pair(Borrowed("t")),
                unit: Unit::Seconds,
                window: Some(Window { max_age: Duration::from_secs(300), max_future: Duration::from_secs(60) }),
            }),
            fixed: &[],
            body_digest: None,
        },
    }),
    facts: Facts {
        id: Borrowed(&[at!(json "/id")]),
        kind: Borrowed(&[at!(json "/type")]),
        action: Borrowed(&[]),
        time: Some((at!(json "/created"), TimeForm::UnixSeconds)),
        id_is_shared: false,
    },
    // No deadline: Stripe names no figure, and its retries cover a slow answer.
    retries: Retries::For(Duration::from_secs(3 * 24 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &["the time"]),
    ..BASE
};
