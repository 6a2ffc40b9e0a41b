//! What the sender did wrong: one variant a guard.

/// The guard that refused a delivery. The outside learns only the status; the name goes to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// The client's address is not on the source's list.
    AddressNotAllowed,
    /// A static token or password is not one of ours.
    BadCredentials,
    /// No tag matches under any live secret. A wrong secret looks the same from here.
    BadSignature,
    /// The sender stopped, or stalled, before the body was complete.
    BodyIncomplete,
    /// A header that must stand once stands twice.
    DuplicateHeader,
    /// The evidence is there and holds nothing.
    EmptySignature,
    /// The signed time lies further ahead than clocks may differ.
    FutureTimestamp,
    /// The evidence is not of the scheme's form; nothing was computed.
    MalformedSignature,
    /// The time that the signature covers is not a number of the scheme's unit.
    MalformedTimestamp,
    /// The request cannot be read: an undecodable body encoding, a header that is not text.
    MalformedRequest,
    /// A method this source does not answer.
    MethodNotAllowed,
    /// A header that the provider always sends is not there.
    MissingHeader,
    /// No evidence at all.
    MissingSignature,
    /// The scheme signs a time and there is none.
    MissingTimestamp,
    /// Plain HTTP where a trusted proxy says so.
    NotHttps,
    /// The signed time is older than the source allows.
    StaleTimestamp,
    /// The body is larger than the source's cap.
    TooLarge,
    /// More deliveries than the source's rate.
    TooMany,
    /// More candidate signatures than any provider sends.
    TooManySignatures,
    /// No source answers at this path.
    UnknownPath,
    /// Evidence of another version of the scheme only. Never down-graded to.
    UnsupportedVersion,
}

impl Rejection {
    /// Every guard, for the tests that want each to have a case.
    pub const ALL: &'static [Self] = &[
        Self::AddressNotAllowed,
        Self::BadCredentials,
        Self::BadSignature,
        Self::BodyIncomplete,
        Self::DuplicateHeader,
        Self::EmptySignature,
        Self::FutureTimestamp,
        Self::MalformedSignature,
        Self::MalformedTimestamp,
        Self::MalformedRequest,
        Self::MethodNotAllowed,
        Self::MissingHeader,
        Self::MissingSignature,
        Self::MissingTimestamp,
        Self::NotHttps,
        Self::StaleTimestamp,
        Self::TooLarge,
        Self::TooMany,
        Self::TooManySignatures,
        Self::UnknownPath,
        Self::UnsupportedVersion,
    ];

    /// Whether the delivery may be genuine under keys that are not held yet.
    #[must_use]
    pub const fn fresher_keys_may_mend(self) -> bool {
        matches!(self, Self::BadSignature | Self::BadCredentials)
    }

    /// The stable name in logs and tests, spelled as the case files of `tests/vectors` spell it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AddressNotAllowed => "address-not-allowed",
            Self::BadCredentials => "bad-credentials",
            Self::BadSignature => "bad-signature",
            Self::BodyIncomplete => "body-incomplete",
            Self::DuplicateHeader => "duplicate-header",
            Self::EmptySignature => "empty-signature",
            Self::FutureTimestamp => "future-timestamp",
            Self::MalformedSignature => "malformed-signature",
            Self::MalformedTimestamp => "malformed-timestamp",
            Self::MalformedRequest => "malformed-request",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::MissingHeader => "missing-header",
            Self::MissingSignature => "missing-signature",
            Self::MissingTimestamp => "missing-timestamp",
            Self::NotHttps => "not-https",
            Self::StaleTimestamp => "stale-timestamp",
            Self::TooLarge => "too-large",
            Self::TooMany => "too-many",
            Self::TooManySignatures => "too-many-signatures",
            Self::UnknownPath => "unknown-path",
            Self::UnsupportedVersion => "unsupported-version",
        }
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.code())
    }
}

impl std::error::Error for Rejection {}
