//! Signed requests made or confirmed by the providers' own libraries, through the whole chain.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::path::Path;

use conformance::case::{self, Case, CaseFile, Expect, Played};
use doorbell_core::event::Fact;
use doorbell_core::provider;

/// Every case whose verdict is open, and what we do: `accept` or the guard that refuses.
const DECIDED: &[(&str, &str, &str)] = &[
    (
        "aws-sns/open/cert-url-other-path-on-sns-host",
        "untrusted-url",
        "SNS has its certificates at the root; another path of its host could be somebody's",
    ),
    (
        "aws-sns/open/header-type-differs-from-body-type",
        "accept",
        "the header is not signed: whoever changed it must not decide what a signed message is",
    ),
    (
        "github/open/signature-upper-case-hex",
        "malformed-signature",
        "GitHub writes lower case; one spelling per tag, so a tag cannot be varied and logged as new",
    ),
    (
        "gitlab/open/reject-duplicate-header-second-good",
        "duplicate-header",
        "two tokens are two claims of identity; which one counts is not ours to choose",
    ),
    (
        "google-pubsub/open/audience-as-array",
        "accept",
        "RFC 7519 has a list say the same as its one entry, and Google signed it: it names us",
    ),
    (
        "shopify/open/reject-missing-x-shopify-shop-domain",
        "missing-header",
        "Shopify always sends it and its own library demands it; without it nobody knows whose event it is",
    ),
    (
        "shopify/open/reject-missing-x-shopify-topic",
        "missing-header",
        "Shopify always sends it and its own library demands it; without it the event has no type",
    ),
    (
        "shopify/open/reject-missing-x-shopify-webhook-id",
        "missing-header",
        "Shopify always sends it and its own library demands it; without it the event has no id",
    ),
    (
        "slack/open/future-timestamp",
        "future-timestamp",
        "more than a minute ahead is no clock skew; a time far ahead would stay fresh for replays",
    ),
    ("slack/open/signature-upper-case-hex", "malformed-signature", "Slack writes lower case; one spelling per tag"),
    (
        "standard-webhooks/open/double-space-between-signatures",
        "malformed-signature",
        "the specification separates by one space; no sender writes two, and a lax split hides garbage",
    ),
    (
        "standard-webhooks/open/duplicate-signature-header-genuine-then-forged",
        "duplicate-header",
        "a rotation is several tags in one header; two headers mean that somebody added one on the way",
    ),
    (
        "standard-webhooks/open/timestamp-with-fraction",
        "bad-signature",
        "the specification says whole seconds; this tag covers the rounded number, ours the text as it was sent",
    ),
    (
        "stripe/open/duplicate-signature-header-genuine-then-forged",
        "duplicate-header",
        "a rolling secret is several v1 in one header; two headers mean that somebody added one on the way",
    ),
    (
        "stripe/open/future-timestamp",
        "future-timestamp",
        "more than a minute ahead is no clock skew; a time far ahead would stay fresh for replays",
    ),
    ("stripe/open/signature-upper-case-hex", "malformed-signature", "Stripe writes lower case; one spelling per tag"),
    (
        "stripe/open/spaces-after-comma",
        "malformed-signature",
        "Stripe writes none; two of its own libraries disagree, so no genuine sender can depend on it",
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
];

/// Guards that are finer than the reasons in the case files.
const GUARD_TO_REASON: &[(&str, &str)] = &[
    ("bad-body-hash", "bad-signature"),
    ("critical-header", "bad-token"),
    ("email-not-verified", "bad-token"),
    ("expired-certificate", "untrusted-cert"),
    ("lifetime-too-long", "bad-token"),
    ("missing-key-id", "unknown-key"),
    ("untrusted-url", "untrusted-cert"),
    ("wrong-email", "bad-token"),
    ("wrong-topic", "bad-signature"),
];

#[test]
fn every_case_is_decided_as_its_provider_decides() {
    let files = case::ours();
    let wrong: Vec<String> = files.iter().flat_map(|file| &file.cases).filter_map(|case| judge(case).err()).collect();
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
    let count: usize = files.iter().map(|file| file.cases.len()).sum();
    println!("{count} cases, {} of them open and decided", DECIDED.len());
}

#[test]
fn every_open_case_is_decided_on_purpose_and_once() {
    let open: BTreeSet<String> =
        case::ours().into_iter().flat_map(|file| file.cases).filter(Case::is_quirk).map(|case| case.name).collect();
    let decided: BTreeSet<String> = DECIDED.iter().map(|(name, _, _)| (*name).to_owned()).collect();
    assert_eq!(open, decided, "left: open cases; right: decided ones");
    assert_eq!(decided.len(), DECIDED.len(), "a case is decided twice");
}

#[test]
fn every_table_entry_has_cases_and_every_file_an_entry() {
    let files = case::ours();
    for file in &files {
        let known = provider::ALL.iter().any(|provider| provider.name == file.stem);
        assert!(known, "{}.json: no provider of that name", file.stem);
    }
    // No case is an invocation: those prove nothing.
    for provider in provider::ALL.iter().filter(|provider| provider.scheme.invoked().is_none()) {
        let cases = |file: &CaseFile| {
            file.cases.iter().any(|case| case.provider().is_some_and(|of| std::ptr::eq(of, *provider)))
        };
        assert!(files.iter().any(cases), "{}: no case in tests/vectors", provider.label());
    }
    let mut names = BTreeSet::new();
    for case in files.iter().flat_map(|file| &file.cases) {
        assert!(names.insert(&case.name), "{}: two cases of that name", case.name);
        assert!(case.provider().is_some(), "{}: its mode is not in the table", case.name);
    }
}

/// Case files of another folder, judged by the same rules. Providers that the table lacks are left out,
/// and of open cases either reading will do.
#[test]
fn case_files_from_elsewhere() {
    let Some(folder) = std::env::var_os("DOORBELL_EXTRA_VECTORS") else {
        println!("skipped: DOORBELL_EXTRA_VECTORS names no folder");
        return;
    };
    let (mut count, mut wrong) = (0, Vec::new());
    for file in case::load(Path::new(&folder)) {
        let (known, unknown): (Vec<_>, Vec<_>) = file.cases.iter().partition(|case| case.provider().is_some());
        if !unknown.is_empty() {
            println!("skipped: {} cases of {}.json: not in the table", unknown.len(), file.stem);
        }
        count += known.len();
        wrong.extend(known.into_iter().filter_map(|case| judge(case).err()));
    }
    assert!(wrong.is_empty(), "{} of {count} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 0, "no case for any provider of the table");
    println!("{count} cases");
}

/// Plays a case and compares as `vectors/README.md` says.
fn judge(case: &Case) -> Result<(), String> {
    let played = case.play(case.request());
    let decided = DECIDED.iter().find(|(name, _, _)| *name == case.name).map(|(_, verdict, _)| *verdict);
    let compared = if case.is_quirk() {
        let mut readings = std::iter::once(&case.expect).chain(&case.expect.alternatives);
        let was = verdict(&played);
        match decided {
            Some(decided) if decided != was => Err(format!("decided as {decided}, was {was}")),
            _ if readings.any(|expect| compare(case, expect, &played).is_ok()) => Ok(()),
            // Of these two tags the verdict itself is open without another reading being spelled out.
            _ if case.expect.alternatives.is_empty() && [was, &case.expect.verdict].contains(&"accept") => Ok(()),
            _ => Err(format!("{was} is none of its readings")),
        }
    } else {
        compare(case, &case.expect, &played)
    };
    compared.map_err(|problem| format!("{}: {problem}", case.name))
}

/// `accept`, `handshake`, or the name of what stopped it.
fn verdict(played: &Played) -> &'static str {
    match played.heard.outcome() {
        "handed-off" => "accept",
        "answered" => "handshake",
        _ => played.heard.guard(),
    }
}

fn compare(case: &Case, expect: &Expect, played: &Played) -> Result<(), String> {
    let same = |what: &str, wanted: Option<&str>, got: Option<&str>| match wanted {
        Some(_) if wanted != got => Err(format!("{what}: wanted {wanted:?}, got {got:?}")),
        _ => Ok(()),
    };
    let was = verdict(played);
    let heard = &played.heard;
    match expect.verdict.as_str() {
        "accept" => {
            same("verdict", Some("accept"), Some(was))?;
            let taken = played.taken.as_ref().ok_or("a 200 and nothing in the destination")?;
            same("event_id", expect.event_id.as_deref(), taken.id.as_ref().map(Fact::text))?;
            let kind = taken.kind.as_ref().map(Fact::text);
            // Where a provider has a type and an action its cases name the type, or both with a dot between.
            let both = kind.zip(taken.action.as_ref()).map(|(kind, action)| format!("{kind}.{}", action.text()));
            let wanted = expect.event_type.as_deref();
            same("event_type", wanted, both.as_deref().filter(|both| wanted == Some(both)).or(kind))?;
            if taken.body != case.event_body() {
                return Err("the bytes that left are not the bytes that came".to_owned());
            }
            expect_status(200, heard.status)
        }
        "reject" => {
            let reason = GUARD_TO_REASON.iter().find(|(guard, _)| *guard == was).map_or(was, |(_, reason)| reason);
            if !expect.reason_any_of.iter().chain(&expect.reason).any(|fair| fair == reason || fair == was) {
                return Err(format!("wanted one of {:?}, was {was}", expect.reason_any_of));
            }
            if played.taken.is_some() {
                return Err("refused, and handed off all the same".to_owned());
            }
            expect_status(401, heard.status)
        }
        "handshake" => {
            same("verdict", Some("handshake"), Some(was))?;
            let expected = expect.response.as_ref().ok_or("a handshake case without an answer")?;
            let body = std::str::from_utf8(&heard.body).unwrap();
            if body != expected.body && !expected.body_alternatives.iter().any(|other| other == body) {
                return Err(format!("answered {body:?}"));
            }
            for (name, value) in &expected.headers {
                // `text/plain` is `text/plain; charset=utf-8` as well.
                let got = heard.header(name).map(|got| got.split_once(';').map_or(got, |(essence, _)| essence));
                same(name, Some(value), got)?;
            }
            expect_status(expected.status, heard.status)
        }
        other => Err(format!("verdict {other:?} is none")),
    }
}

fn expect_status(wanted: u16, got: u16) -> Result<(), String> {
    if wanted == got { Ok(()) } else { Err(format!("status: wanted {wanted}, got {got}")) }
}
