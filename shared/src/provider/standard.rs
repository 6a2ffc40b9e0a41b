//! Standard Webhooks, and the schemes that are it under another name.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, known, standard};
use super::{After, Contract, Facts, Level, Provider, Retries, Success, TimeForm};
use crate::locate::at;
use crate::verify::{KeyForm, Scheme};

/// The scheme of the specification: HMAC-SHA256 over `id.timestamp.body`, a list of `v1,<base64>`,
/// the key base64 after `whsec_`. The id is signed, so it alone decides what is a duplicate.
///
/// Stricter than the reference library on the future, which it lets be as far off as the past, and
/// on repeated headers and blanks.
pub(super) const SCHEME: Scheme = Scheme::Mac(standard!("webhook", KeyForm::Base64("whsec_")));

/// The specification itself. `webhook-timestamp` is the time of the attempt, so the event's time is
/// taken from the payload.
pub(super) static STANDARD_WEBHOOKS: Provider = Provider {
    name: "standard-webhooks",
    title: "Standard Webhooks",
    docs: "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    scheme: SCHEME,
    facts: Facts {
        id: Borrowed(&[at!(header "webhook-id")]),
        kind: Borrowed(&[at!(json "/type")]),
        action: Borrowed(&[]),
        time: Some((at!(json "/timestamp"), TimeForm::Rfc3339)),
        id_is_shared: false,
    },
    // The specification asks senders for 15 to 30 s.
    deadline: Some(Duration::from_secs(15)),
    retries: Retries::For(Duration::from_secs(3 * 24 * 3600)),
    contract: Contract { success: Success::Any, refused: After::Retries, gone: After::Stops, ..Contract::UNKNOWN },
    evidence: known(Level::SourceCode, &[]),
    ..BASE
};
