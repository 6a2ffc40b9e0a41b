//! GitHub.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, known};
use super::{Contract, Facts, Level, Provider, Retries, Success};
use crate::locate::at;
use crate::verify::{Encoding, Hash, KeyForm, Layout, Mac, Message, Part, Place, Scheme};

/// `X-Hub-Signature-256: sha256=<hex>`: HMAC-SHA256 over the body as sent, JSON or form. Event name
/// and delivery id are unsigned headers, so they are claimed facts; there is no time. The SHA-1 header
/// beside it is never looked at.
pub(super) static GITHUB: Provider = Provider {
    name: "github",
    title: "GitHub",
    docs: "https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries",
    scheme: Scheme::Mac(Mac {
        hash: Hash::Sha256,
        key: KeyForm::Raw,
        message: Message {
            tags: Place::Header(Borrowed("x-hub-signature-256")),
            layout: Layout::Whole(Borrowed("sha256=")),
            encoding: Encoding::Hex,
            parts: Borrowed(&[Part::Body]),
            time: None,
            fixed: &[],
            body_digest: None,
        },
    }),
    facts: Facts {
        id: Borrowed(&[at!(header "x-github-delivery")]),
        kind: Borrowed(&[at!(header "x-github-event")]),
        action: Borrowed(&[at!(json "/action"), at!(form_json "payload", "/action")]),
        time: None,
        id_is_shared: false,
    },
    types: TYPES,
    // "Payloads are capped at 25 MB": docs.github.com/webhooks/webhook-events-and-payloads.
    max_body: Some(25 << 20),
    deadline: Some(Duration::from_secs(10)),
    // Only a person or the API redelivers, within three days, under the same delivery id.
    retries: Retries::Never,
    contract: Contract::yes(Success::Any),
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

/// docs.github.com/webhooks/webhook-events-and-payloads, sorted.
const TYPES: &[&str] = &[
    "branch_protection_configuration",
    "branch_protection_rule",
    "check_run",
    "check_suite",
    "code_scanning_alert",
    "commit_comment",
    "create",
    "custom_property",
    "custom_property_values",
    "delete",
    "dependabot_alert",
    "deploy_key",
    "deployment",
    "deployment_protection_rule",
    "deployment_review",
    "deployment_status",
    "discussion",
    "discussion_comment",
    "fork",
    "github_app_authorization",
    "gollum",
    "installation",
    "installation_repositories",
    "installation_target",
    "issue_comment",
    "issue_dependencies",
    "issues",
    "label",
    "marketplace_purchase",
    "member",
    "membership",
    "merge_group",
    "meta",
    "milestone",
    "org_block",
    "organization",
    "package",
    "page_build",
    "personal_access_token_request",
    "ping",
    "project",
    "project_card",
    "project_column",
    "projects_v2",
    "projects_v2_item",
    "projects_v2_status_update",
    "public",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "push",
    "registry_package",
    "release",
    "repository",
    "repository_advisory",
    "repository_dispatch",
    "repository_import",
    "repository_ruleset",
    "repository_vulnerability_alert",
    "secret_scanning_alert",
    "secret_scanning_alert_location",
    "secret_scanning_scan",
    "security_advisory",
    "security_and_analysis",
    "sponsorship",
    "star",
    "status",
    "sub_issues",
    "team",
    "team_add",
    "watch",
    "workflow_dispatch",
    "workflow_job",
    "workflow_run",
];
