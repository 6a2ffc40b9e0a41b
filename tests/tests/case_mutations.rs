//! Every case of tests/vectors that `doorbell conform` accepts, with one thing changed: refused, by a guard of the proof.
//! What a change cannot touch is no failure, but has a name here ([`UNTOUCHED`]), and is counted under it.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of each scheme some parts are changed, and the others have no place here"
)]

#[path = "case_mutations/accepted.rs"]
mod accepted;
#[path = "case_mutations/change.rs"]
mod change;
#[path = "case_mutations/foreign.rs"]
mod foreign;

use std::collections::{BTreeMap, BTreeSet};

use doorbell::conform::{Case, Secrets};
use doorbell_core::locate::Locate;
use doorbell_core::verify::jwt::{Audience, UrlForm};
use doorbell_core::verify::{Expected, Part, Scheme, Trust};
use http::Method;

use accepted::{accepted, run};
use change::{At, flipped, parameter, path_of, same_but_for_case, spread, text_at, with, without_port};
use foreign::{in_the_form_of, shares};

/// The proofs of so many other secrets of the same form are tried on a case.
const FOREIGN: usize = 6;
/// Ten years: beyond every window, and beyond the life of every token.
const LATER: i64 = 315_576_000;

/// What may refuse a changed delivery: guards of the proof and of its form, never one that merely happens to stand before.
const GUARDS: &[&str] = &[
    "alg-not-allowed",
    "bad-body-hash",
    "bad-credentials",
    "bad-signature",
    "bad-token",
    "critical-header",
    "empty-signature",
    "expired-certificate",
    "expired-token",
    "malformed-signature",
    "malformed-timestamp",
    "malformed-token",
    "missing-header",
    "missing-key-id",
    "missing-signature",
    "missing-timestamp",
    "unendorsed-key",
    "unknown-key",
    "unsupported-algorithm",
    "unsupported-version",
    "untrusted-certificate",
    "untrusted-url",
    "wrong-topic",
    "wrong-url",
];

/// Why a change may be accepted; nothing else is.
const UNTOUCHED: &[&str] = &[
    // A static token, or a tag over fields: the rest of the body is only as good as its bearer, and `Trust` says so.
    "the body: the scheme does not cover this part of it",
    // Twilio and its like sign what a form says, not how it is written.
    "the body: the fields of the form are the same",
    // While a secret rolls there are two tags, and one that counts is enough.
    "the evidence: another tag beside it counts",
    // `v0=` beside `v1=`: a version that is not taken is not read either.
    "the evidence: an entry of another version",
    // Sinch, Worldpay: no key signs its own name, and the one that is held is tried under any.
    "the evidence: the name of the key before the mark",
    // Both letters are one digit, where a provider writes either.
    "the evidence: the same digit in the other case",
    // PayPal's certificate URL: it says where the key is, and the key that is held signs as before.
    "a header: it names the key, and the key is held already",
    // Twilio signs with or without the port.
    "the URL: its port does not count",
    // Atlassian's claim has the path alone (qsh).
    "the URL: its host is not signed",
    // Gong's claim is compared as hosts are (RFC 9110, 4.2.3).
    "the URL: a host has no case",
];

/// The decided fate of each change, by why.
#[derive(Default)]
struct Sum {
    refused: BTreeMap<&'static str, usize>,
    untouched: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

impl Sum {
    /// Plays what was changed: refused by a guard of the proof, or accepted for the reason that `excuse` finds.
    fn judge(&mut self, changed: &Case, what: impl Fn() -> String, excuse: impl FnOnce() -> Option<&'static str>) {
        let record = match run(changed) {
            Ok(played) => played.record.unwrap(),
            Err(unsupported) => return self.wrong.push(format!("{}: {unsupported}", what())),
        };
        let guard = record.guard.unwrap_or_default();
        match record.outcome {
            "refused" if GUARDS.contains(&guard) => *self.refused.entry(guard).or_default() += 1,
            // An envelope is opened after the proof, so what is not covered may spoil it.
            "handed-off" | "refused" if guard.is_empty() || guard == "malformed-envelope" => match excuse() {
                Some(why) => {
                    assert!(UNTOUCHED.contains(&why), "{why}: not in UNTOUCHED");
                    *self.untouched.entry(why).or_default() += 1;
                }
                None => self.wrong.push(format!("{}: {} {guard}", what(), record.outcome)),
            },
            outcome => self.wrong.push(format!("{}: {outcome} {guard}", what())),
        }
    }

    /// The counts, where nothing is wrong.
    #[track_caller]
    fn end(self, what: &str, least: usize) -> String {
        let count: usize = self.refused.values().sum();
        let (all, first) = (self.wrong.len(), self.wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n"));
        assert!(all == 0, "{all} changes were not refused for what they are:\n{first}");
        assert!(count >= least, "{what}: only {count} were made");
        format!("{what}: {count} refused {:?}; untouched {:?}", self.refused, self.untouched)
    }
}

#[test]
fn a_changed_bit_of_the_body_is_refused() {
    let mut sum = Sum::default();
    for accepted in accepted() {
        let body = &accepted.case.request.body;
        let places: Vec<_> = spread(0..body.len()).collect();
        for place in places {
            let changed = flipped(&accepted.case, &At::Body, place).unwrap();
            let excuse = || accepted.excuse_of_body(&changed.request.body);
            sum.judge(&changed, || format!("{}: byte {place} of the body", accepted.case.name), excuse);
        }
        let mut longer = accepted.case.clone();
        longer.request.body = [&body[..], b"\n"].concat().into();
        let excuse = || accepted.excuse_of_body(&longer.request.body);
        sum.judge(&longer, || format!("{}: a line end more", accepted.case.name), excuse);
    }
    println!("{}", sum.end("the body", 10_000));
}

#[test]
fn what_is_verified_leaves_no_byte_of_the_body_open() {
    for accepted in accepted().iter().filter(|accepted| accepted.scheme.trust() == Trust::Verified) {
        let body = &accepted.case.request.body;
        let is_form = |part: &Part| {
            let of_json = matches!(part, Part::BodyAsJson | Part::BodyWithFloats(_));
            of_json || matches!(part, Part::FormSorted | Part::FormOfPhp(_) | Part::UrlAndForm(_))
        };
        let by_fields = matches!(accepted.scheme, Scheme::Sns(_) | Scheme::Chained(_))
            || accepted.message().is_some_and(|message| message.parts.iter().any(is_form));
        // Then this program has no excuse for a body at all.
        assert!(
            by_fields || accepted.covered(body) != accepted.covered(&[&body[..], b" "].concat()),
            "{}",
            accepted.case.name
        );
    }
}

#[test]
fn a_changed_bit_of_the_evidence_is_refused() {
    let mut sum = Sum::default();
    for accepted in accepted() {
        let evidence = accepted.evidence();
        let has_none = matches!(accepted.scheme, Scheme::Invoked(_) | Scheme::Unsigned);
        assert!(has_none || !evidence.is_empty(), "{}: no evidence found", accepted.case.name);
        let value = |at: &At| String::from_utf8(text_at(&accepted.case, at).unwrap()).unwrap();
        let tags: usize = evidence
            .iter()
            .map(|(at, _)| if matches!(at, At::Header(..)) { accepted.ours(&value(at)).0.len() } else { 1 })
            .sum();
        for (at, range) in &evidence {
            for place in spread(range.clone()) {
                let Some(changed) = flipped(&accepted.case, at, place) else { continue };
                let excuse = || accepted.excuse_of_evidence(at, place, tags, &changed);
                sum.judge(&changed, || format!("{}: byte {place} of {at:?}", accepted.case.name), excuse);
            }
        }
        // While a secret rolls any tag will do, so all are changed at the same place: no excuse is left.
        if tags > 1 {
            for offset in [0, 7, 19] {
                let mut changed = accepted.case.clone();
                for (at, _) in &evidence {
                    let mut bytes = text_at(&changed, at).unwrap();
                    for range in accepted.ours(&value(at)).0 {
                        let place = range.start + offset;
                        bytes[place] = if bytes[place] == b'0' { b'1' } else { b'0' };
                    }
                    changed = with(&changed, at, bytes).unwrap();
                }
                sum.judge(&changed, || format!("{}: byte {offset} of every tag", accepted.case.name), || None);
            }
        }
    }
    println!("{}", sum.end("the evidence", 10_000));
}

#[test]
fn a_changed_or_missing_signed_header_is_refused() {
    let mut sum = Sum::default();
    for accepted in accepted() {
        let Some(message) = accepted.message() else { continue };
        let headers = &accepted.case.request.headers;
        let mut names: BTreeSet<String> = message.fixed.iter().map(|(name, _)| (*name).to_owned()).collect();
        for part in message.parts.iter().chain(message.time.as_ref().map(|time| &time.part)) {
            match part {
                Part::Header(name) | Part::IfThere(_, Part::Header(name), _) => drop(names.insert(name.to_string())),
                Part::HeadersOf(key) => {
                    let value = headers.get(message.header().unwrap().as_ref()).unwrap().to_str().unwrap();
                    let start = value.find(&format!("{key}=")).unwrap() + key.len() + 1;
                    names.extend(value[start..].split(',').next().unwrap().split(' ').map(str::to_owned));
                }
                _ => {}
            }
        }
        if let Some(Locate::Header(name)) = message.body_digest.as_ref().map(|digest| &digest.at) {
            names.insert(name.to_string());
        }
        let named = if let Scheme::Signature(signature) = &accepted.scheme { signature.named.as_ref() } else { None };
        for name in names.iter().map(String::as_str).chain(named.map(|named| named.header)) {
            let at = At::Header(name.to_owned(), 0);
            let Some(value) = headers.get(name) else { continue };
            for place in spread(0..value.len()) {
                let Some(changed) = flipped(&accepted.case, &at, place) else { continue };
                let names_key = named.is_some_and(|named| named.header == name);
                let excuse = || names_key.then_some("a header: it names the key, and the key is held already");
                sum.judge(&changed, || format!("{}: byte {place} of {name}", accepted.case.name), excuse);
            }
            let mut changed = accepted.case.clone();
            changed.request.headers.remove(name);
            sum.judge(&changed, || format!("{}: without {name}", accepted.case.name), || None);
        }
    }
    println!("{}", sum.end("signed headers", 1_000));
}

#[test]
fn a_changed_signed_url_is_refused() {
    let mut sum = Sum::default();
    for accepted in accepted() {
        let case = &accepted.case;
        let mut places: Vec<(At, std::ops::Range<usize>)> = Vec::new();
        let (path, query) = (1..case.request.path.len(), 0..case.request.query.len());
        let url = case.config.public_url.as_ref().map(|url| 0..url.len());
        let mut any_port = false;
        let parts = accepted.message().map(|message| message.parts.as_ref()).unwrap_or_default();
        for part in parts {
            let part = if let Part::IfThere(_, part, _) = part { part } else { part };
            match part {
                Part::Path => places.push((At::Path, path.clone())),
                Part::PathAndQuery => places.extend([(At::Path, path.clone()), (At::Query, query.clone())]),
                Part::Url(Expected::Exactly(given)) | Part::UrlOfAnyPort(Expected::Exactly(given)) => {
                    any_port |= matches!(part, Part::UrlOfAnyPort(_));
                    places.push((At::PublicUrl, url.clone().unwrap()));
                    if !given.contains('?') {
                        places.push((At::Query, query.clone()));
                    }
                }
                Part::QuerySorted => places.push((At::Query, query.clone())),
                Part::Query(name) => {
                    places.extend(parameter(&case.request.query, name).map(|range| (At::Query, range)))
                }
                Part::Method => {
                    let mut changed = case.clone();
                    changed.request.method =
                        if case.request.method == Method::POST { Method::PUT } else { Method::POST };
                    let record = run(&changed).unwrap().record.unwrap();
                    assert_eq!(record.outcome, "refused", "{}: another method: {:?}", case.name, record.guard);
                }
                _ => {}
            }
        }
        if let (Scheme::Jwt(jwt), Some(url)) = (&accepted.scheme, url)
            && (jwt.url.is_some()
                || matches!((&jwt.audience, &case.config.public_url), (Audience::Exactly(audience), Some(url)) if audience == url))
        {
            places.push((At::PublicUrl, url));
        }
        let is_bare = matches!(&accepted.scheme, Scheme::Jwt(jwt) if jwt.url.as_ref().is_some_and(|url| url.form == UrlForm::Bare));
        let of_path = matches!(&accepted.scheme, Scheme::Jwt(jwt) if jwt.url.as_ref().is_some_and(|url| url.form == UrlForm::CanonicalRequest));
        for (at, range) in places {
            for place in spread(range) {
                let Some(changed) = flipped(case, &at, place) else { continue };
                let excuse = || match at {
                    At::PublicUrl if of_path && path_of(case) == path_of(&changed) => {
                        Some("the URL: its host is not signed")
                    }
                    At::PublicUrl if is_bare && same_but_for_case(case, &changed) => {
                        Some("the URL: a host has no case")
                    }
                    At::PublicUrl if any_port && without_port(case) == without_port(&changed) => {
                        Some("the URL: its port does not count")
                    }
                    _ => None,
                };
                sum.judge(&changed, || format!("{}: byte {place} of {at:?}", case.name), excuse);
            }
        }
    }
    println!("{}", sum.end("the URL", 300));
}

#[test]
fn another_secret_of_the_same_form_is_refused() {
    let mut secrets: Vec<(&str, &Secrets)> = Vec::new();
    for accepted in accepted() {
        let case = &accepted.case;
        if !secrets.iter().any(|(_, known)| *known == &case.secret) {
            secrets.push((&case.provider, &case.secret));
        }
    }
    let mut sum = Sum::default();
    let mut none = BTreeSet::new();
    for (number, accepted) in accepted().iter().enumerate() {
        if matches!(accepted.scheme, Scheme::Invoked(_) | Scheme::Unsigned) {
            continue;
        }
        let mut found = 0;
        // Each case begins elsewhere, so that all secrets get their turn.
        for (other, secret) in secrets.iter().cycle().skip(number * FOREIGN).take(secrets.len()) {
            // A provider's own may be the same key in another spelling.
            if *other == accepted.case.provider || shares(secret, &accepted.case.secret) {
                continue;
            }
            let Some(secret) = in_the_form_of(secret, &accepted.case.secret) else { continue };
            let mut changed = accepted.case.clone();
            changed.secret = secret;
            // A secret of the wrong form never gets as far as a delivery.
            if run(&changed).is_err() {
                continue;
            }
            sum.judge(&changed, || format!("{} under the secret of {other}", accepted.case.name), || None);
            found += 1;
            if found == FOREIGN {
                break;
            }
        }
        if found == 0 {
            none.insert(accepted.case.provider.as_str());
        }
    }
    println!("no other provider has a secret of the form of {none:?}");
    println!("{}", sum.end("secrets", 2_000));
}

#[test]
fn what_has_a_time_is_refused_when_it_is_old() {
    let (mut refused, mut timeless) = (0, 0);
    for accepted in accepted() {
        let mut changed = accepted.case.clone();
        changed.now += LATER;
        let record = run(&changed).unwrap().record.unwrap();
        let ends = match &accepted.scheme {
            Scheme::Jwt(jwt) => jwt.life.needs_end || jwt.life.max_age.is_some(),
            other => other.window().is_some(),
        };
        match (record.outcome, record.guard.unwrap_or_default()) {
            ("refused", "stale-timestamp" | "expired-token" | "expired-certificate" | "bad-token") => refused += 1,
            // No window was configured for the case, or the scheme has no time.
            ("handed-off", _) if !ends => timeless += 1,
            other => panic!("{}: ten years later {other:?}", accepted.case.name),
        }
    }
    println!("the time: {refused} refused, {timeless} without a window");
    assert!(refused > 100, "{refused}");
}
