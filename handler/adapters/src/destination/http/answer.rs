//! What an answer means.

use std::time::Duration;

use doorbell_core::Timestamp;
use http::{HeaderMap, StatusCode, header};

/// What becomes of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The service holds it.
    Taken,
    /// Later it may be taken.
    Passing,
    /// The service does not take it from us as we are.
    Unknown,
    /// It is never taken like this.
    Final,
}

pub(super) fn verdict(status: StatusCode) -> Verdict {
    match status.as_u16() {
        200..=299 => Verdict::Taken,
        408 | 425 | 429 | 500..=599 => Verdict::Passing,
        401 | 403 => Verdict::Unknown,
        _ => Verdict::Final,
    }
}

/// The status, and the next step.
pub(super) fn said(status: StatusCode, host: &str) -> String {
    let next = match status.as_u16() {
        403 if host.ends_with(".run.app") => {
            "run `gcloud run services add-iam-policy-binding SERVICE --role=roles/run.invoker \
             --member=serviceAccount:ACCOUNT`, and set audience to the service's URL"
        }
        401 if host.ends_with(".run.app") => "set audience to the service's own URL, without a path",
        401 | 403 => "check bearer, basic, audience or headers",
        404 | 405 | 410 => "check url and method",
        413 => "it takes no body of this size",
        415 => "check body: it may want \"cloudevent\"",
        300..=399 => "redirects are not followed: write the place it names as url",
        429 => "it takes no more now: put a queue before it",
        500..=599 => "look at its own log",
        _ => "it refuses this event for good: look at its own log",
    };
    format!("answered {}; {next}", status.as_u16())
}

/// How long the service wants to be left alone (RFC 9110, section 10.2.3): seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    // `Sun, 06 Nov 1994 08:49:37 GMT`
    let mut words = text.split_whitespace().skip(1);
    let [day, month, year, time] = [words.next()?, words.next()?, words.next()?, words.next()?];
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| *name == month)?.saturating_add(1);
    Some(Timestamp::parse_rfc3339(&format!("{year}-{month:02}-{day}T{time}Z"))?.since(now))
}

/// A pause before the next attempt: longer each time, and not the same for everybody.
pub(super) fn pause(first: Duration, attempt: u32) -> Duration {
    let full = first.saturating_mul(3_u32.saturating_pow(attempt.saturating_sub(1)));
    // Without randomness the pause is the full one.
    let part = getrandom::u32().map_or(u32::MAX, |random| random);
    full.mul_f64(0.5 + f64::from(part) / f64::from(u32::MAX) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_tried_again() {
        for (status, expected) in [
            (200, Verdict::Taken),
            (202, Verdict::Taken),
            (204, Verdict::Taken),
            (301, Verdict::Final),
            (307, Verdict::Final),
            (400, Verdict::Final),
            (401, Verdict::Unknown),
            (403, Verdict::Unknown),
            (404, Verdict::Final),
            (408, Verdict::Passing),
            (410, Verdict::Final),
            (422, Verdict::Final),
            (425, Verdict::Passing),
            (429, Verdict::Passing),
            (500, Verdict::Passing),
            (503, Verdict::Passing),
        ] {
            assert_eq!(verdict(StatusCode::from_u16(status).unwrap()), expected, "{status}");
        }
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = Timestamp::parse_rfc3339("1994-11-06T08:49:00Z").unwrap();
        for (text, expected) in [
            ("7", Some(7)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37)),
            ("Sun, 06 Nov 1994 08:48:37 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let headers = HeaderMap::from_iter([(header::RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), expected.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn pauses_grow() {
        let first = Duration::from_millis(100);
        for (attempt, range) in [(1, 50..=100), (2, 150..=300), (3, 450..=900)] {
            assert!(range.contains(&pause(first, attempt).as_millis()), "{attempt}");
        }
    }
}
