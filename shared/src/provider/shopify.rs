//! Shopify.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, known};
use super::{After, Contract, Facts, Level, Provider, Retries, Success, TimeForm};
use crate::locate::at;
use crate::verify::{Encoding, Hash, KeyForm, Layout, Mac, Message, Part, Place, Scheme};

/// `X-Shopify-Hmac-Sha256`: base64 HMAC-SHA256 over the body, nothing else. Topic, shop and id are
/// unsigned headers, so they are claimed facts. The four required headers are those that Shopify's own
/// library demands; a "test notification" of the store admin is signed with another secret.
pub(super) static SHOPIFY: Provider = Provider {
    name: "shopify",
    title: "Shopify",
    docs: "https://shopify.dev/docs/apps/build/webhooks/subscribe/https",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::Raw,
        message: Message {
            tags: Place::Header(Borrowed("x-shopify-hmac-sha256")),
            layout: Layout::Whole(Borrowed("")),
            encoding: Encoding::Base64,
            parts: Borrowed(&[Part::Body]),
            time: None,
            fixed: &[],
            body_digest: None,
        },
    }),
    required: &["x-shopify-topic", "x-shopify-shop-domain", "x-shopify-api-version", "x-shopify-webhook-id"],
    facts: Facts {
        id: Borrowed(&[at!(header "x-shopify-webhook-id")]),
        kind: Borrowed(&[at!(header "x-shopify-topic")]),
        action: Borrowed(&[]),
        time: Some((at!(header "x-shopify-triggered-at"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // shopify.dev/docs/apps/build/webhooks/troubleshoot, as what follows.
    deadline: Some(Duration::from_secs(5)),
    // Eight times.
    retries: Retries::For(Duration::from_secs(4 * 3600)),
    contract: Contract {
        success: Success::Any,
        refused: After::Retries,
        stops: Some("a subscription that the Admin API made is deleted after 8 failures in a row"),
        ..Contract::UNKNOWN
    },
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};
