//! From an outcome to the words that make the sender do the right thing. The only file that names a
//! status code.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::dedupe::Settled;
use crate::delivery::DeliveryId;
use crate::destination::Handoff;
use crate::extract::Unfit;
use crate::handshake::{Good, Greeting};
use crate::provider::{Contract, Later, Success};
use crate::route::{Ignored, Refusal};
use crate::tally::End;
use crate::{Fault, Rejection};

/// The header that ties a reply to its log line.
pub const DELIVERY_ID: HeaderName = HeaderName::from_static("x-doorbell-id");

/// How a delivery ended. The variants that say yes hold what only the chain can make: no receipt,
/// no yes.
#[derive(Debug)]
pub enum Outcome {
    /// Every required destination holds it; what its route tells the sender besides.
    HandedOff(Handoff, Option<Box<Content>>),
    /// The source's dead letters hold it, with why it was refused for good.
    DeadLettered(Handoff, Rejection),
    /// Every required destination held it before; what its route tells the sender besides.
    Duplicate(Settled, Option<Box<Content>>),
    /// Dropped on purpose.
    Ignored(Ignored),
    /// A proof of URL ownership.
    Answered(Greeting),
    /// The sender's fault; with how long to wait, where waiting helps.
    Refused(Rejection, Option<Duration>),
    /// The sender's fault: what is proven is not what is demanded. It is told what, and not what it sent.
    Unfit(Unfit),
    /// Our fault, or downstream's.
    Failed(Fault),
}

impl Outcome {
    /// The stable name in logs and tests.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::HandedOff(..) => "handed-off",
            Self::DeadLettered(..) => "dead-lettered",
            Self::Duplicate(..) => "duplicate",
            Self::Ignored(_) => "ignored",
            Self::Answered(_) => "answered",
            Self::Refused(..) | Self::Unfit(_) => "refused",
            Self::Failed(_) => "failed",
        }
    }

    /// The guard, fault or reason behind it.
    #[must_use]
    pub const fn guard(&self) -> Option<&'static str> {
        match self {
            Self::HandedOff(..) | Self::Duplicate(..) | Self::Answered(_) => None,
            Self::Ignored(ignored) => Some(ignored.reason()),
            Self::DeadLettered(_, rejection) | Self::Refused(rejection, _) => Some(rejection.code()),
            Self::Unfit(_) => Some(Rejection::UnfitBody.code()),
            Self::Failed(fault) => Some(fault.code()),
        }
    }

    /// The counter it goes to.
    #[must_use]
    pub const fn end(&self) -> End {
        match self {
            Self::HandedOff(..) | Self::DeadLettered(..) => End::HandedOff,
            Self::Duplicate(..) => End::Duplicate,
            Self::Ignored(_) => End::Ignored,
            Self::Answered(_) => End::Answered,
            Self::Refused(..) | Self::Unfit(_) => End::Refused,
            Self::Failed(_) => End::Failed,
        }
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Malformed | Refusal::Unsupported => Self::Refused(refusal.rejection(), None),
            Refusal::Unfit(unfit) => Self::Unfit(unfit),
        }
    }
}

/// A status that says yes (RFC 9110, section 15.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Yes(StatusCode);

impl Yes {
    /// A plain yes.
    pub const OK: Self = Self(StatusCode::OK);
    /// The least number of one.
    pub const LEAST: i64 = 200;
    /// The greatest.
    pub const MOST: i64 = 299;

    /// The status of this number, if it says yes.
    #[must_use]
    pub fn of(number: impl TryInto<u16>) -> Option<Self> {
        StatusCode::from_u16(number.try_into().ok()?).ok().filter(StatusCode::is_success).map(Self)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0.as_u16()
    }

    /// Whether a body may follow it.
    #[must_use]
    pub fn has_body(self) -> bool {
        !matches!(self.0, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT)
    }
}

/// What a sender is told of an event that is held, where its route has more to say than that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    status: Yes,
    content_type: HeaderValue,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Content {
    /// A body of that media type; none where the status has none.
    #[must_use]
    pub fn new(status: Yes, content_type: HeaderValue, body: Bytes) -> Self {
        let body = if status.has_body() { body } else { Bytes::new() };
        Self { status, content_type, headers: Vec::new(), body }
    }

    /// The same with more headers.
    #[must_use]
    pub fn with(self, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self { headers, ..self }
    }
}

/// What the sender gets. Without a word of what went wrong inside; short and fixed, where the operator does not say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    status: StatusCode,
    text: Bytes,
    content_type: HeaderValue,
    headers: Vec<(HeaderName, HeaderValue)>,
    retry_after: Option<u64>,
}

/// What our own words are.
const TEXT: &str = "text/plain; charset=utf-8";
/// Seconds after which a sender may try again what failed on our side.
const RETRY_SECONDS: u64 = 5;

impl Reply {
    /// The one table; a yes is what this sender takes for one, and a failure what makes it come again.
    #[must_use]
    pub fn to(outcome: &Outcome, contract: Contract) -> Self {
        match outcome {
            Outcome::HandedOff(_, Some(content)) | Outcome::Duplicate(_, Some(content)) => {
                let Content { status, content_type, headers, body } = content.as_ref().clone();
                Self { status: status.0, text: body, content_type, headers, retry_after: None }
            }
            Outcome::HandedOff(_, None)
            | Outcome::DeadLettered(..)
            | Outcome::Duplicate(_, None)
            | Outcome::Ignored(_) => Self::yes(contract.success),
            Outcome::Answered(greeting) => {
                let status = match greeting.good {
                    Good::Ok => StatusCode::OK,
                    Good::NoContent => StatusCode::NO_CONTENT,
                };
                let text = Bytes::copy_from_slice(greeting.text.as_bytes());
                let content_type = HeaderValue::from_static(if greeting.json { "application/json" } else { TEXT });
                Self { text, content_type, headers: greeting.headers.clone(), ..Self::plain(status, "") }
            }
            Outcome::Refused(rejection, wait) => {
                let retry_after = wait.map(|wait| wait.as_secs().saturating_add(1));
                Self { retry_after, ..Self::refusal(*rejection) }
            }
            Outcome::Unfit(unfit) => {
                Self { text: Bytes::from(format!("{unfit}\n")), ..Self::plain(StatusCode::UNPROCESSABLE_ENTITY, "") }
            }
            Outcome::Failed(_) => {
                let status = match contract.later {
                    Later::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
                    Later::TooMany => StatusCode::TOO_MANY_REQUESTS,
                };
                Self { retry_after: Some(RETRY_SECONDS), ..Self::plain(status, "try again later\n") }
            }
        }
    }

    /// A 200 has no body unless the sender insists on one: Slack shows a command's reply to its user.
    fn yes(success: Success) -> Self {
        match success {
            Success::Unknown | Success::Any | Success::Ok | Success::OkOrNoContent | Success::Answer => {
                Self::plain(StatusCode::OK, "")
            }
            Success::NoContent => Self::plain(StatusCode::NO_CONTENT, ""),
            Success::Text(text) => Self::plain(StatusCode::OK, text),
        }
    }

    /// Whatever guard of the proof fired, the words are the same: the reply is no oracle.
    fn refusal(rejection: Rejection) -> Self {
        match rejection {
            Rejection::AlgNotAllowed
            | Rejection::BadBodyHash
            | Rejection::BadCredentials
            | Rejection::BadSignature
            | Rejection::BadToken
            | Rejection::CriticalHeader
            | Rejection::DuplicateHeader
            | Rejection::EmailNotVerified
            | Rejection::EmptySignature
            | Rejection::ExpiredCertificate
            | Rejection::ExpiredToken
            | Rejection::FutureTimestamp
            | Rejection::LifetimeTooLong
            | Rejection::LooksLikeChallenge
            | Rejection::MalformedSignature
            | Rejection::MalformedTimestamp
            | Rejection::MissingHeader
            | Rejection::MissingKeyId
            | Rejection::MissingSignature
            | Rejection::MissingTimestamp
            | Rejection::NotYetValid
            | Rejection::StaleTimestamp
            | Rejection::TooManySignatures
            | Rejection::UnendorsedKey
            | Rejection::UnknownKey
            | Rejection::UnsupportedVersion
            | Rejection::UntrustedCertificate
            | Rejection::UntrustedUrl
            | Rejection::WrongAudience
            | Rejection::WrongEmail
            | Rejection::WrongIssuer
            | Rejection::WrongTopic
            | Rejection::WrongUrl => Self::plain(StatusCode::UNAUTHORIZED, "unauthorized\n"),
            Rejection::BodyIncomplete => Self::plain(StatusCode::REQUEST_TIMEOUT, "request timeout\n"),
            Rejection::BadChallenge
            | Rejection::MalformedBody
            | Rejection::MalformedEnvelope
            | Rejection::MalformedRequest => Self::plain(StatusCode::BAD_REQUEST, "bad request\n"),
            Rejection::AddressNotAllowed
            | Rejection::NoRegistration
            | Rejection::NotHttps
            | Rejection::WrongOrigin
            | Rejection::WrongVerifyToken => Self::plain(StatusCode::FORBIDDEN, "forbidden\n"),
            Rejection::UnknownPath | Rejection::UnknownSubscription => {
                Self::plain(StatusCode::NOT_FOUND, "not found\n")
            }
            Rejection::MethodNotAllowed => Self::plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n"),
            Rejection::UnsupportedBody => Self::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported media type\n"),
            Rejection::UnfitBody => Self::plain(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable\n"),
            Rejection::TooLarge => Self::plain(StatusCode::PAYLOAD_TOO_LARGE, "payload too large\n"),
            Rejection::TooMany => Self::plain(StatusCode::TOO_MANY_REQUESTS, "too many requests\n"),
        }
    }

    /// The answer of `/-/live` and `/-/ready`.
    #[must_use]
    pub fn probe() -> Self {
        Self::plain(StatusCode::OK, "")
    }

    fn plain(status: StatusCode, text: &'static str) -> Self {
        let text = Bytes::from_static(text.as_bytes());
        Self { status, text, content_type: HeaderValue::from_static(TEXT), headers: Vec::new(), retry_after: None }
    }

    /// A 405 with the methods that are answered instead (RFC 9110, 15.5.6); any other reply as it is.
    #[must_use]
    pub(crate) fn allowing(mut self, methods: impl FnOnce() -> String) -> Self {
        if self.status == StatusCode::METHOD_NOT_ALLOWED
            && let Ok(methods) = HeaderValue::from_str(&methods())
        {
            self.headers.push((ALLOW, methods));
        }
        self
    }

    /// The status, as the log and the doors need it.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The same response at every door.
    #[must_use]
    pub fn into_response(self, id: &DeliveryId) -> Response<Bytes> {
        let is_empty = self.text.is_empty();
        let mut response = Response::new(self.text);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if !is_empty {
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            headers.insert(CONTENT_TYPE, self.content_type);
        }
        headers.extend(self.headers);
        // Delivery ids are letters, digits and dashes.
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            headers.insert(DELIVERY_ID, value);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
