//! What was found, compared with what a case expects.

use http::HeaderMap;

use super::case::{Case, Response, Verdict};
use super::play::{Kept, Played};

/// Guards under another name than the reason that the case files have for them. The one place that says so.
const REASONS: &[(&str, &str)] = &[
    // What is signed has the digest of another body.
    ("bad-body-hash", "bad-signature"),
    ("critical-header", "bad-token"),
    ("email-not-verified", "bad-token"),
    ("expired-certificate", "untrusted-cert"),
    ("lifetime-too-long", "bad-token"),
    ("malformed-envelope", "malformed-body"),
    // What is not of the form of a tag matches under no key.
    ("malformed-signature", "bad-signature"),
    ("missing-key-id", "unknown-key"),
    ("missing-timestamp", "missing-header"),
    ("unendorsed-key", "bad-token"),
    ("unendorsed-key", "unknown-key"),
    // A signer's certificate that nobody vouches for is as good as none.
    ("untrusted-certificate", "bad-signature"),
    ("untrusted-certificate", "untrusted-cert"),
    ("untrusted-url", "untrusted-cert"),
    ("no-registration", "missing-signature"),
    ("wrong-email", "bad-token"),
    ("wrong-origin", "wrong-issuer"),
    ("wrong-topic", "bad-signature"),
    ("wrong-verify-token", "bad-credentials"),
];

/// The verdict of a played case, and what refused it.
pub(crate) fn found(played: &Played) -> (Verdict, Option<&'static str>) {
    let Some(record) = &played.record else { return (Verdict::Reject, None) };
    let verdict = match record.outcome {
        "handed-off" => Verdict::Accept,
        "answered" => Verdict::Handshake,
        _ => Verdict::Reject,
    };
    (verdict, record.guard)
}

/// Why what was found is not what the case expects.
pub(crate) fn compare(case: &Case, played: &Played) -> Result<(), String> {
    let (found, guard) = found(played);
    // A fault of ours is nobody's verdict.
    if played.record.as_ref().is_none_or(|record| record.outcome == "failed") {
        return Err(format!("failed: {}", guard.unwrap_or("no reason")));
    }
    if case.is_open() {
        return Ok(());
    }
    let expect = &case.expect;
    if found != expect.verdict {
        let by = guard.map(|guard| format!(" by {guard}")).unwrap_or_default();
        return Err(format!("wanted {}, found {}{by}", expect.verdict.as_str(), found.as_str()));
    }
    match found {
        Verdict::Accept => accepted(case, played.kept.as_ref())
            .and_then(|()| expect.response.as_ref().map_or(Ok(()), |response| answered(response, played))),
        Verdict::Reject => refused(guard.unwrap_or_default(), &expect.reasons()),
        Verdict::Handshake => expect.response.as_ref().map_or(Ok(()), |response| answered(response, played)),
    }
}

fn accepted(case: &Case, kept: Option<&Kept>) -> Result<(), String> {
    let kept = kept.ok_or("accepted, and nothing was handed off")?;
    if !kept.opened && kept.body != case.request.body {
        return Err("the bytes that left are not the bytes that came".to_owned());
    }
    let expect = &case.expect;
    if expect.event_id.is_some() && expect.event_id != kept.id {
        return Err(format!("wanted event_id {}, found {}", said(&expect.event_id), said(&kept.id)));
    }
    // Where a provider's type is of two facts, the second is the event's action.
    let whole = kept.kind.as_ref().zip(kept.action.as_ref()).map(|(kind, action)| format!("{kind}.{action}"));
    if expect.event_type.is_some() && expect.event_type != kept.kind && expect.event_type != whole {
        let found = whole.or_else(|| kept.kind.clone());
        return Err(format!("wanted event_type {}, found {}", said(&expect.event_type), said(&found)));
    }
    Ok(())
}

fn refused(guard: &str, reasons: &[&str]) -> Result<(), String> {
    let also = REASONS.iter().filter(|(name, _)| *name == guard).map(|(_, reason)| *reason);
    let mut names = std::iter::once(guard).chain(also);
    if reasons.is_empty() || names.any(|name| reasons.contains(&name)) {
        return Ok(());
    }
    Err(format!("wanted reject for {}, found {guard}", reasons.join(" or ")))
}

fn answered(response: &Response, played: &Played) -> Result<(), String> {
    if played.status != response.status && !response.alt_status.contains(&played.status) {
        return Err(format!("wanted status {}, found {}", response.status, played.status));
    }
    for (name, value) in &response.headers {
        let found = header(&played.headers, name);
        if found != Some(value) && found.map(essence) != Some(value) {
            return Err(format!("wanted {name}: {value}, found {}", found.unwrap_or("none")));
        }
    }
    let is = |body: &String| played.body == body.as_bytes();
    match &response.body {
        Some(body) if !is(body) && !response.body_alternatives.iter().any(is) => {
            Err(format!("wanted body {body:?}, found {:?}", String::from_utf8_lossy(&played.body)))
        }
        Some(_) | None => Ok(()),
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// `text/plain` is `text/plain; charset=utf-8` as well.
fn essence(value: &str) -> &str {
    value.split_once(';').map_or(value, |(essence, _)| essence)
}

fn said(text: &Option<String>) -> String {
    text.as_ref().map_or_else(|| "none".to_owned(), |text| format!("{text:?}"))
}
