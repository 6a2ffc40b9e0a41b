//! A moment in wall time, always handed in from outside.

use std::time::Duration;

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// Microseconds since the Unix epoch. All arithmetic saturates: the extremes of what a sender can
/// write must be dull, not a panic or a wrapped "fresh".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Whole seconds since the Unix epoch.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_unix_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_unix_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_unix_micros(self) -> i64 {
        self.0
    }

    /// An RFC 3339 date and time with an offset; `None` when the text is not one.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(moment.unix_timestamp_nanos() / 1_000).ok().map(Self)
    }

    /// The preferred form of HTTP's dates, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
    #[must_use]
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let moment = PrimitiveDateTime::parse(text, HTTP_DATE).ok()?.assume_utc();
        moment.unix_timestamp().checked_mul(1_000_000).map(Self)
    }

    /// The same, in whole seconds. Years outside 0..=9999 read as the epoch.
    #[must_use]
    pub fn http_date(self) -> String {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000);
        let text = moment.ok().and_then(|moment| moment.format(HTTP_DATE).ok());
        text.unwrap_or_else(|| "Thu, 01 Jan 1970 00:00:00 GMT".to_owned())
    }

    /// How long after `earlier` this moment is; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let micros = self.0.saturating_sub(earlier.0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// This moment and a while.
    #[must_use]
    pub fn plus(self, while_: Duration) -> Self {
        let micros = i64::try_from(while_.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }

    /// RFC 3339 in UTC (`2026-11-23T14:24:27.5Z`). Years outside 0..=9999 have no such form and
    /// read as the epoch.
    #[must_use]
    pub fn rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok())
            .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_saturate_instead_of_wrapping() {
        let first = Timestamp::from_unix_seconds(i64::MIN);
        let last = Timestamp::from_unix_seconds(i64::MAX);
        assert_eq!(first.since(last), Duration::ZERO);
        assert_eq!(last.plus(Duration::MAX), last);
        assert!(last.since(first) > Duration::from_secs(1_000_000_000));
    }

    #[test]
    fn rfc3339_goes_both_ways() {
        let text = "2026-11-23T14:24:27.5Z";
        assert_eq!(Timestamp::parse_rfc3339(text).map(Timestamp::rfc3339).as_deref(), Some(text));
        assert_eq!(Timestamp::parse_rfc3339("2026-11-23 14:24"), None);
    }
}
