//! GitLab: a plain token, or a signing token that is Standard Webhooks.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, known};
use super::{Contract, Evidence, Facts, Level, Provider, Success, standard};
use crate::locate::at;
use crate::verify::{Scheme, Token, TokenPlace};

const EVIDENCE: Evidence = known(Level::OfficialDocs, &[]);
const DOCS: &str = "https://docs.gitlab.com/user/project/integrations/webhooks/";
const DEADLINE: Duration = Duration::from_secs(10);
/// The page, under auto-disabled webhooks.
const CONTRACT: Contract = Contract {
    success: Success::Any,
    stops: Some("a webhook is disabled for a minute after 4 failures in a row, then for longer, and for good after 40"),
    ..Contract::UNKNOWN
};
const FACTS: Facts = Facts {
    id: Borrowed(&[at!(header "webhook-id"), at!(header "idempotency-key"), at!(header "x-gitlab-event-uuid")]),
    kind: Borrowed(&[at!(header "x-gitlab-event")]),
    action: Borrowed(&[]),
    time: None,
    id_is_shared: false,
};

/// `X-Gitlab-Token` equals the secret: it proves who sent, not what was sent.
pub(super) static GITLAB: Provider = Provider {
    name: "gitlab",
    title: "GitLab (secret token)",
    docs: DOCS,
    scheme: Scheme::Token(Token { at: TokenPlace::Header(Borrowed("x-gitlab-token")), prefix: Borrowed("") }),
    facts: FACTS,
    deadline: Some(DEADLINE),
    contract: CONTRACT,
    evidence: EVIDENCE,
    ..BASE
};

/// The signing token: Standard Webhooks headers. A plain token beside them is not looked at, and
/// is never enough.
pub(super) static GITLAB_SIGNING_TOKEN: Provider = Provider {
    name: "gitlab",
    mode: Some("signing-token"),
    title: "GitLab (signing token)",
    docs: DOCS,
    scheme: standard::SCHEME,
    facts: FACTS,
    deadline: Some(DEADLINE),
    contract: CONTRACT,
    evidence: EVIDENCE,
    ..BASE
};
