//! What a service refused, and who must act.

use doorbell_core::fault::Cause;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::Permit;

/// Why a call gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The service said no.
    Answered {
        /// The status.
        status: u16,
        /// The error's name, without a namespace.
        code: String,
        /// What the service said, where it may be repeated.
        message: Option<String>,
        /// The answer's JSON, for those who asked for a part of it.
        body: bytes::Bytes,
    },
    /// Nothing came.
    Unanswered(String),
    /// There are no credentials to sign with.
    Nobody(String),
    /// What came cannot be read, or what should go cannot be written.
    Unreadable(String),
}

/// Codes of every service that mean: later (github.com/smithy-lang/smithy-rs, `aws-runtime`, retries).
const THROTTLED: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "KMSThrottlingException",
    "KmsThrottled",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

#[derive(Deserialize)]
struct Said {
    #[serde(rename = "__type", default)]
    kind: Option<String>,
    #[serde(default, alias = "Message")]
    message: Option<String>,
}

impl Refusal {
    /// Reads an answer that says no: JSON with `__type`, the header of the REST services, or the XML of the forms.
    pub(super) fn answered(status: StatusCode, headers: &HeaderMap, body: bytes::Bytes) -> Self {
        let said: Option<Said> = serde_json::from_slice(&body).ok();
        let header = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let text = std::str::from_utf8(&body).unwrap_or_default();
        let code = header.or_else(|| said.as_ref()?.kind.clone()).or_else(|| element(text, "Code").map(str::to_owned));
        // `com.amazonaws.sqs#QueueDoesNotExist`, `ResourceNotFoundException:http://...`
        let code = code.unwrap_or_default();
        let code = code.rsplit('#').next().and_then(|code| code.split(':').next()).unwrap_or_default().to_owned();
        let message = said.and_then(|said| said.message).or_else(|| element(text, "Message").map(str::to_owned));
        let message = message.filter(|_| is_repeatable(&code)).map(|message| message.chars().take(400).collect());
        Self::Answered { status: status.as_u16(), code, message, body }
    }

    /// A yes to the call in which one entry was refused: the services that take many say so inside.
    #[must_use]
    pub fn of_an_entry(code: String) -> Self {
        Self::Answered { status: 200, code, message: None, body: bytes::Bytes::new() }
    }

    /// The error's name; empty where there was no answer.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Answered { code, .. } => code,
            Self::Unanswered(_) | Self::Nobody(_) | Self::Unreadable(_) => "",
        }
    }

    /// The status of the answer, where there was one.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            Self::Unanswered(_) | Self::Nobody(_) | Self::Unreadable(_) => None,
        }
    }

    /// Whether it may be otherwise in a moment.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Answered { status, code, .. } => {
                *status >= 500 || *status == 429 || THROTTLED.contains(&code.as_str()) || code.starts_with("Internal")
            }
            Self::Unanswered(_) => true,
            Self::Nobody(_) | Self::Unreadable(_) => false,
        }
    }

    /// Whether our credentials have ended.
    pub(super) fn has_expired(&self) -> bool {
        matches!(self.code(), "ExpiredToken" | "ExpiredTokenException")
    }

    /// Whether this process may not do it.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(
            self.code(),
            "AccessDenied"
                | "AccessDeniedException"
                | "AuthorizationError"
                | "KMSAccessDeniedException"
                | "KmsAccessDenied"
        )
    }

    /// Whether what was asked for is not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        let code = self.code();
        ["DoesNotExist", "NoSuchBucket", "NonExistentQueue", "NotFound", "NotFoundException"]
            .iter()
            .any(|end| code.ends_with(end))
    }

    /// The line for the log: the operation, the resource, what the service said, and the next step.
    #[must_use]
    pub fn cause(&self, operation: &str, resource: &str, permit: &Permit) -> Cause {
        Cause::new(format!("{operation} {resource}: {self}{}", self.next(permit, "kms:Decrypt, kms:GenerateDataKey")))
    }

    /// The next step, with what goes before it; `key` is what may be done with the key where the key is what denies.
    pub(crate) fn next(&self, permit: &Permit, key: &str) -> String {
        if self.is_denied() && self.is_of_a_key() {
            format!(
                "; let the role use the key: {{ Effect: Allow, Action: [{key}], Resource: KEY }} under Policies in \
                 template.yaml, and in the key's own policy"
            )
        } else if self.is_denied() {
            format!("; add to DoorRole or WorkerRole in template.yaml: {}", permit.statement())
        } else if self.is_missing() {
            "; check its name, its region and its account, or deploy it".to_owned()
        } else {
            String::new()
        }
    }

    fn is_of_a_key(&self) -> bool {
        let Self::Answered { code, message, .. } = self else { return false };
        code.starts_with("KMS")
            || code.starts_with("Kms")
            // Each service says it in its own words, under the code of any denial.
            || message.as_ref().is_some_and(|message| ["kms:", "KMS", "ciphertext"].iter().any(|word| message.contains(word)))
    }
}

/// Only these messages are about us and our resources. The others may quote what was sent.
fn is_repeatable(code: &str) -> bool {
    [
        "AccessDenied",
        "AuthorizationError",
        "DoesNotExist",
        "Expired",
        "KMS",
        "Kms",
        "NoSuchBucket",
        "NonExistent",
        "NotFound",
        "UnrecognizedClient",
        "InvalidClientTokenId",
    ]
    .iter()
    .any(|part| code.contains(part))
}

/// The text of the first such element. An error of a form service is a fixed handful of them, so no parser is linked.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, after) = text.split_once(&format!("<{name}>"))?;
    after.split_once(&format!("</{name}>")).map(|(inside, _)| inside)
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Answered { status, code, message, .. } => {
                let name = if code.is_empty() { "an error without a name" } else { code };
                write!(formatter, "{name} ({status})")?;
                message.as_ref().map_or(Ok(()), |message| write!(formatter, ": {message}"))
            }
            Self::Unanswered(what) | Self::Nobody(what) | Self::Unreadable(what) => formatter.write_str(what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, header: Option<&str>, body: &'static str) -> Refusal {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert("x-amzn-errortype", header.parse().unwrap());
        }
        Refusal::answered(StatusCode::from_u16(status).unwrap(), &headers, body.into())
    }

    #[test]
    fn the_name_is_found_where_each_protocol_has_it() {
        for (refusal, code) in [
            (
                answered(400, None, r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}"#),
                "QueueDoesNotExist",
            ),
            (
                answered(404, Some("ResourceNotFoundException:http://internal/"), r#"{"Message":"gone"}"#),
                "ResourceNotFoundException",
            ),
            (
                answered(
                    404,
                    None,
                    "<ErrorResponse><Error><Code>NotFound</Code><Message>gone</Message></Error></ErrorResponse>",
                ),
                "NotFound",
            ),
        ] {
            assert_eq!(refusal.code(), code);
            assert!(refusal.is_missing(), "{refusal}");
            assert!(refusal.to_string().ends_with(": gone"), "{refusal}");
        }
        assert_eq!(answered(503, None, "<html>").to_string(), "an error without a name (503)");
    }

    #[test]
    fn what_may_quote_the_event_is_not_repeated() {
        let refusal = answered(400, None, r#"{"__type":"InvalidMessageContents","message":"found 'body' in it"}"#);
        assert_eq!(refusal.to_string(), "InvalidMessageContents (400)");
    }

    #[test]
    fn a_denial_names_the_action_the_resource_and_the_line_to_add() {
        let permit = Permit { actions: &["sqs:SendMessage"], resource: "arn:aws:sqs:eu-west-1:1:jobs".to_owned() };
        let denied = answered(403, None, r#"{"__type":"AccessDeniedException","message":"User: x is not authorized"}"#);
        let cause = denied.cause("send to", "jobs", &permit).to_string();
        assert!(cause.ends_with(r#"add to DoorRole or WorkerRole in template.yaml: { Effect: Allow, Action: [sqs:SendMessage], Resource: "arn:aws:sqs:eu-west-1:1:jobs" }"#), "{cause}");
        let key = answered(
            400,
            None,
            r#"{"__type":"AccessDeniedException","message":"User: x is not authorized to perform: kms:Decrypt"}"#,
        );
        assert!(key.cause("send to", "jobs", &permit).to_string().contains("kms:Decrypt, kms:GenerateDataKey"));
    }

    #[test]
    fn what_passes_is_told_from_what_stands() {
        assert!(answered(500, None, "").may_pass());
        assert!(answered(400, None, r#"{"__type":"ThrottlingException"}"#).may_pass());
        assert!(!answered(400, None, r#"{"__type":"ValidationException"}"#).may_pass());
        assert!(answered(400, None, r#"{"__type":"ExpiredTokenException"}"#).has_expired());
    }
}
