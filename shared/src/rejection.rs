//! What the sender did wrong: one variant a guard.

/// The guard that refused a delivery. The outside learns only the status; the name goes to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// The client's address is not on the source's list.
    AddressNotAllowed,
    /// A token of another algorithm than the scheme's, `none` included.
    AlgNotAllowed,
    /// A handshake whose challenge is not of the form that may be answered.
    BadChallenge,
    /// What is signed has the digest of another body, or none.
    BadBodyHash,
    /// A static token or password is not one of ours.
    BadCredentials,
    /// No tag matches under any live secret. A wrong secret looks the same from here.
    BadSignature,
    /// A signed token without the claims that the scheme needs, or whose claims cannot be read.
    BadToken,
    /// The sender stopped, or stalled, before the body was complete.
    BodyIncomplete,
    /// A token that demands extensions which are not understood.
    CriticalHeader,
    /// A header that must stand once stands twice.
    DuplicateHeader,
    /// The issuer does not vouch for the email of its token.
    EmailNotVerified,
    /// The evidence is there and holds nothing.
    EmptySignature,
    /// Signed under a certificate whose time is over, or has not come.
    ExpiredCertificate,
    /// A token whose time is over.
    ExpiredToken,
    /// The signed time lies further ahead than clocks may differ.
    FutureTimestamp,
    /// A token that is valid for longer than any genuine one.
    LifetimeTooLong,
    /// A signed body that the challenge of a handshake could be: whoever asked us for the answer has its signature.
    LooksLikeChallenge,
    /// The source or a route asks for the body, and it is not the JSON or XML that it begins as.
    MalformedBody,
    /// The proven delivery is not the envelope that its provider sends.
    MalformedEnvelope,
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
    /// A token that does not name its key.
    MissingKeyId,
    /// No evidence at all.
    MissingSignature,
    /// The scheme signs a time and there is none.
    MissingTimestamp,
    /// A handshake that delivers a key, and nobody waits for one.
    NoRegistration,
    /// A token from the future: issued, or valid, later than clocks may differ.
    NotYetValid,
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
    /// Signed by a key that we do not have; a rotation looks like this.
    UnknownKey,
    /// The body is not what the source or a route demands of it.
    UnfitBody,
    /// A key of the issuer that is not for the channel that the body names.
    UnendorsedKey,
    /// No source answers at this path.
    UnknownPath,
    /// A handshake for what nobody here subscribed to.
    UnknownSubscription,
    /// The source demands JSON or a form, and the body is neither.
    UnsupportedBody,
    /// Evidence of another version of the scheme only. Never down-graded to.
    UnsupportedVersion,
    /// Certificates that do not lead to a root of the source's sender, or are not for this.
    UntrustedCertificate,
    /// A URL that leads elsewhere than to its sender's own host. Never asked.
    UntrustedUrl,
    /// A token for somebody else.
    WrongAudience,
    /// A token of another account than the source's sender.
    WrongEmail,
    /// A token of another issuer.
    WrongIssuer,
    /// A handshake for an origin that the source does not list.
    WrongOrigin,
    /// A message of another topic than the source's: anybody's is signed as well.
    WrongTopic,
    /// A handshake without the source's verify token.
    WrongVerifyToken,
    /// A token made for another URL than the source's.
    WrongUrl,
}

impl Rejection {
    /// Every guard, for the tests that want each to have a case.
    pub const ALL: &'static [Self] = &[
        Self::AddressNotAllowed,
        Self::AlgNotAllowed,
        Self::BadChallenge,
        Self::BadBodyHash,
        Self::BadCredentials,
        Self::BadSignature,
        Self::BadToken,
        Self::BodyIncomplete,
        Self::CriticalHeader,
        Self::DuplicateHeader,
        Self::EmailNotVerified,
        Self::EmptySignature,
        Self::ExpiredCertificate,
        Self::ExpiredToken,
        Self::FutureTimestamp,
        Self::LifetimeTooLong,
        Self::LooksLikeChallenge,
        Self::MalformedBody,
        Self::MalformedEnvelope,
        Self::MalformedSignature,
        Self::MalformedTimestamp,
        Self::MalformedRequest,
        Self::MethodNotAllowed,
        Self::MissingHeader,
        Self::MissingKeyId,
        Self::MissingSignature,
        Self::MissingTimestamp,
        Self::NoRegistration,
        Self::NotYetValid,
        Self::NotHttps,
        Self::StaleTimestamp,
        Self::TooLarge,
        Self::TooMany,
        Self::TooManySignatures,
        Self::UnendorsedKey,
        Self::UnfitBody,
        Self::UnknownKey,
        Self::UnknownPath,
        Self::UnknownSubscription,
        Self::UnsupportedBody,
        Self::UnsupportedVersion,
        Self::UntrustedCertificate,
        Self::UntrustedUrl,
        Self::WrongAudience,
        Self::WrongEmail,
        Self::WrongIssuer,
        Self::WrongOrigin,
        Self::WrongTopic,
        Self::WrongVerifyToken,
        Self::WrongUrl,
    ];

    /// The stable name in logs and tests, spelled as the case files of `tests/vectors` spell it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AddressNotAllowed => "address-not-allowed",
            Self::AlgNotAllowed => "alg-not-allowed",
            Self::BadChallenge => "bad-challenge",
            Self::BadBodyHash => "bad-body-hash",
            Self::BadCredentials => "bad-credentials",
            Self::BadSignature => "bad-signature",
            Self::BadToken => "bad-token",
            Self::BodyIncomplete => "body-incomplete",
            Self::CriticalHeader => "critical-header",
            Self::DuplicateHeader => "duplicate-header",
            Self::EmailNotVerified => "email-not-verified",
            Self::EmptySignature => "empty-signature",
            Self::ExpiredCertificate => "expired-certificate",
            Self::ExpiredToken => "expired-token",
            Self::FutureTimestamp => "future-timestamp",
            Self::LifetimeTooLong => "lifetime-too-long",
            Self::LooksLikeChallenge => "looks-like-challenge",
            Self::MalformedBody => "malformed-body",
            Self::MalformedEnvelope => "malformed-envelope",
            Self::MalformedSignature => "malformed-signature",
            Self::MalformedTimestamp => "malformed-timestamp",
            Self::MalformedRequest => "malformed-request",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::MissingHeader => "missing-header",
            Self::MissingKeyId => "missing-key-id",
            Self::MissingSignature => "missing-signature",
            Self::MissingTimestamp => "missing-timestamp",
            Self::NoRegistration => "no-registration",
            Self::NotYetValid => "not-yet-valid",
            Self::NotHttps => "not-https",
            Self::StaleTimestamp => "stale-timestamp",
            Self::TooLarge => "too-large",
            Self::TooMany => "too-many",
            Self::TooManySignatures => "too-many-signatures",
            Self::UnendorsedKey => "unendorsed-key",
            Self::UnfitBody => "unfit-body",
            Self::UnknownKey => "unknown-key",
            Self::UnknownPath => "unknown-path",
            Self::UnknownSubscription => "unknown-subscription",
            Self::UnsupportedBody => "unsupported-body",
            Self::UnsupportedVersion => "unsupported-version",
            Self::UntrustedCertificate => "untrusted-certificate",
            Self::UntrustedUrl => "untrusted-url",
            Self::WrongAudience => "wrong-audience",
            Self::WrongEmail => "wrong-email",
            Self::WrongIssuer => "wrong-issuer",
            Self::WrongOrigin => "wrong-origin",
            Self::WrongTopic => "wrong-topic",
            Self::WrongVerifyToken => "wrong-verify-token",
            Self::WrongUrl => "wrong-url",
        }
    }

    /// Whether keys that are newer than ours could turn it into a yes: a secret that was rotated, a key that the issuer
    /// just began to use.
    #[must_use]
    pub const fn fresher_keys_may_mend(self) -> bool {
        matches!(self, Self::BadCredentials | Self::BadSignature | Self::UnendorsedKey | Self::UnknownKey)
    }

    /// Whether it is about what a proven delivery holds: sent again it is refused again, so a dead letter may keep it.
    #[must_use]
    pub const fn is_of_the_content(self) -> bool {
        matches!(self, Self::MalformedBody | Self::MalformedEnvelope | Self::UnfitBody | Self::UnsupportedBody)
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.code())
    }
}

impl std::error::Error for Rejection {}
