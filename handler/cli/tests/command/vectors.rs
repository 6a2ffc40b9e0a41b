//! The case files of this repository, each decided as its README says, and the open ones on purpose.

#![expect(clippy::indexing_slicing, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::path::Path;

use doorbell_core::provider::ALL;
use doorbell_core::verify::{Scheme, Token, TokenPlace};
use serde_json::Value;

use super::run;

/// Verdict or guard, and why, of the open cases: those of this name at every provider, or one by its whole name, which
/// counts first.
const DECIDED: &[(&str, &str, &str)] = &[
    (
        "duplicate-signature-header-genuine-then-forged",
        "duplicate-header",
        "who sends several tags sends them in one header; a second header was added on the way, and which counts is not ours to choose",
    ),
    (
        "future-timestamp",
        "future-timestamp",
        "more than a minute ahead is no clock skew; far ahead it would stay fresh for replays",
    ),
    ("signature-upper-case-hex", "malformed-signature", "senders write lower case; one spelling per tag"),
    ("signature-with-trailing-garbage", "malformed-signature", "one spelling per tag"),
    ("reject-duplicate-header-second-good", "duplicate-header", "two tokens are two claims of identity"),
    (
        "adyen/open/field-boundary-shifted",
        "accept",
        "Adyen joins fields without escaping; nothing tells the readings apart, so they are claims",
    ),
    (
        "apple-app-store/v2/accept-signed-while-the-certificate-counted",
        "accept",
        "Apple's library judges at the time of the signature, too; how old that may be is the window's to say",
    ),
    (
        "apple-app-store/v2/reject-our-chain-with-another-root-behind",
        "untrusted-certificate",
        "the third certificate is the root, or the chain is not Apple's",
    ),
    (
        "asana/open/reject-x-hook-secret-when-already-established",
        "no-registration",
        "a key is taken while a registration is pending, and never else",
    ),
    (
        "aws-sns/open/cert-url-other-path-on-sns-host",
        "untrusted-url",
        "SNS has its certificates at the root; another path of its host could be somebody's",
    ),
    (
        "aws-sns/open/header-type-differs-from-body-type",
        "accept",
        "the header is not signed: it must not decide what a signed message is",
    ),
    (
        "azure-event-grid/open/header-says-notification-body-says-validation",
        "accept",
        "both must say that it is a validation; the secret in the URL proves who sent it",
    ),
    (
        "azure-event-grid/open/reject-duplicate-secret-parameter",
        "malformed-signature",
        "two values of one parameter are two readings",
    ),
    (
        "box/open/signed-over-escaped-unicode-but-sent-as-utf8",
        "bad-signature",
        "the bytes that came are what is signed, not another spelling of them",
    ),
    ("discord/open/old-timestamp-no-age-limit", "accept", "without a tolerance there is no freshness check"),
    (
        "discord/open/timestamp-body-boundary-shifted",
        "accept",
        "what is signed is the same, and without a tolerance the time says nothing; a live source has five minutes",
    ),
    ("docusign/open/accept-only-signature-2-header", "accept", "a key that was taken away leaves a gap in the numbers"),
    (
        "dropbox/open/handshake-challenge-html-is-not-sniffable",
        "handshake",
        "it goes out as text/plain, not to be sniffed",
    ),
    ("elevenlabs/open/two-v0-second-good", "accept", "a secret that rolls is several tags"),
    (
        "google-pubsub/open/audience-as-array",
        "accept",
        "RFC 7519 has a list say the same as its one entry, and Google signed it",
    ),
    ("hubspot/open/timestamp-age-exactly-tolerance", "accept", "both ends of a window are inside"),
    (
        "line/open/signature-in-base64url",
        "malformed-signature",
        "LINE writes the standard alphabet; one spelling per tag",
    ),
    ("line/open/signature-non-canonical-base64-trailing-bits", "malformed-signature", "one spelling per tag"),
    ("linear/open/webhookTimestamp-as-string", "accept", "the text of the number is the same, and it is signed"),
    (
        "mailgun/open/reject-timestamp-token-boundary-shifted",
        "accept",
        "Mailgun joins both without anything between; the body is not covered, and is marked so",
    ),
    ("mailgun/open/timestamp-as-json-number", "accept", "JSON writes its digits as they are signed"),
    ("meta/open/accept-sha1-header-wrong-sha256-good", "accept", "the older header is never looked at"),
    (
        "msteams-outgoing/open/scheme-in-lower-case",
        "missing-signature",
        "Teams writes HMAC; another word is another scheme",
    ),
    (
        "okta/open/reject-verification-without-authorization",
        "missing-signature",
        "Okta sends the value with the verification, too",
    ),
    (
        "openai/open/signature-without-version",
        "unsupported-version",
        "a tag says its version; without one it is of none that is taken",
    ),
    (
        "paddle/open/rotation-two-h1-good-first",
        "accept",
        "Paddle's documentation has several h1 while a secret is rotated",
    ),
    ("paypal/open/auth-algo-sha1", "unsupported-version", "the algorithm is pinned, never the sender's choice"),
    ("sanity/open/separator-is-a-space", "malformed-signature", "Sanity writes a comma"),
    ("sendgrid/open/old-timestamp-no-age-limit", "accept", "without a tolerance there is no freshness check"),
    (
        "shopify/open/reject-missing-x-shopify-shop-domain",
        "missing-header",
        "Shopify always sends it; without it nobody knows whose event it is",
    ),
    (
        "shopify/open/reject-missing-x-shopify-topic",
        "missing-header",
        "Shopify always sends it; without it the event has no type",
    ),
    (
        "shopify/open/reject-missing-x-shopify-webhook-id",
        "missing-header",
        "Shopify always sends it; without it the event has no id",
    ),
    (
        "standard-webhooks/open/double-space-between-signatures",
        "malformed-signature",
        "the specification separates by one space",
    ),
    (
        "standard-webhooks/open/timestamp-with-fraction",
        "bad-signature",
        "this tag covers the rounded number, ours the text as it was sent",
    ),
    (
        "stripe/open/spaces-after-comma",
        "malformed-signature",
        "Stripe writes none; two of its own libraries disagree, so no sender can depend on it",
    ),
    (
        "stripe/open/timestamp-with-trailing-garbage",
        "bad-signature",
        "this tag covers the number at which a lax parser stopped, ours the text as it was sent",
    ),
    (
        "stripe/open/two-timestamps-last-signed",
        "malformed-signature",
        "two values under one key are two readings of what was signed",
    ),
    (
        "twilio/open/boundary-between-name-and-value-moved",
        "accept",
        "Twilio joins them without anything between; the fields are claims for that",
    ),
    ("twilio/open/json-bodySHA256-upper-case", "bad-body-hash", "Twilio writes lower case; one spelling per digest"),
    ("workos/open/elements-reordered", "accept", "the keys say what each is; what is signed is the same"),
    ("zendesk/open/timestamp-body-boundary-shifted", "malformed-timestamp", "the signed time is a time"),
];

/// The cases of a file, by name, with whether the verdict is open.
fn open() -> BTreeMap<String, bool> {
    const TAGS: &[&str] = &[
        "ambiguous",
        "optional-strictness",
        "upper-case-hex",
        "vendor-lax",
        "vendor-strict",
        "implementations-differ",
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for case in cases {
            let tags = case["tags"].as_array().cloned().unwrap_or_default();
            let tagged = tags.iter().any(|tag| tag.as_str().is_some_and(|tag| TAGS.contains(&tag)));
            let name = case["name"].as_str().unwrap().to_owned();
            let is_open = tagged || case["expect"]["alternatives"].as_array().is_some_and(|all| !all.is_empty());
            assert_eq!(all.insert(name.clone(), is_open), None, "{name}: two cases of that name");
        }
    }
    all
}

#[test]
fn every_case_is_decided_as_its_provider_decides_and_the_open_ones_on_purpose() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors");
    let ended = run(Path::new(folder), &["conform", ".", "--json"]);
    let lines: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (totals, cases) = lines.split_last().unwrap();
    let wrong: Vec<&Value> = cases.iter().filter(|case| case["ok"] != true).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!((totals["differ"].as_u64(), totals["unsupported"].as_u64(), ended.code), (Some(0), Some(0), 0));

    let open = open();
    assert_eq!(open.len(), cases.len());
    let mut used = vec![false; DECIDED.len()];
    for case in cases {
        let name = case["name"].as_str().unwrap();
        if !open[name] {
            continue;
        }
        let kind = name.rsplit('/').next().unwrap();
        let decided = |wanted: &str| DECIDED.iter().position(|(decided, _, _)| *decided == wanted);
        let at = decided(name).or_else(|| decided(kind)).unwrap_or_else(|| panic!("{name} is open and not decided"));
        used[at] = true;
        let found = case["guard"].as_str().or_else(|| case["found"].as_str());
        assert_eq!(found, Some(DECIDED[at].1), "{name}");
    }
    let left: Vec<&str> =
        DECIDED.iter().zip(&used).filter(|(_, used)| !**used).map(|((name, _, _), _)| *name).collect();
    assert!(left.is_empty(), "decided, and no such open case: {left:?}");
}

#[test]
fn every_table_entry_has_cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    // No case is an invocation, which proves nothing, and no row says which header an operator chooses.
    let has_none = |scheme: &Scheme| {
        scheme.invoked().is_some() || matches!(scheme, Scheme::Token(Token { at: TokenPlace::Chosen(_), .. }))
    };
    for provider in ALL.iter().filter(|provider| !has_none(&provider.scheme)) {
        let path = folder.join(format!("{}.json", provider.name));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
        let is_of = |case: &Value| {
            let config = &case["config"];
            let said = ["mode", "version", "algorithm"].into_iter().find_map(|key| config[key].as_str());
            let said = said.or_else(|| (config["json"] == true).then_some("json"));
            provider.mode.is_none() || said == provider.mode
        };
        assert!(cases.iter().any(is_of), "{}: no case", provider.label());
    }
}
