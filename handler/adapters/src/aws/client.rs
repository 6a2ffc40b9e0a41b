//! One signed call.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use doorbell_core::clock::within;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, StatusCode};
use reqwest::Url;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::service::{Protocol, S3};
use super::{Aws, Refusal, Service};
use crate::outward::{Reach, why};

/// So often a call is tried within the time it has.
const ATTEMPTS: u32 = 3;
/// One attempt; a half-open connection must leave time for another.
const ATTEMPT: Duration = Duration::from_secs(2);
/// The first pause; each one after is twice as long.
const PAUSE: Duration = Duration::from_millis(50);

/// A client of one service in one region. Cheap to clone; its connections are used again.
#[derive(Clone, Debug)]
pub struct Client {
    aws: Aws,
    service: Service,
    region: String,
    endpoint: Url,
}

/// What is sent.
struct Request<'a> {
    method: Method,
    url: Url,
    headers: Vec<(&'a str, &'a str)>,
    body: Bytes,
}

impl Client {
    pub(super) fn new(aws: Aws, service: Service, region: &str) -> Result<Self, String> {
        let explicit = aws.place.clone().map(|(endpoint, _)| (endpoint, None));
        let (place, variable) = explicit.unwrap_or_else(|| service.endpoint(region));
        let endpoint = Url::parse(&place).map_err(|error| match variable {
            Some(variable) => format!("{variable} is no URL: {error}"),
            None => format!("{region:?} is no region: {error}"),
        })?;
        Ok(Self { aws, service, region: region.to_owned(), endpoint })
    }

    /// The region that it calls.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Calls an operation of a service that speaks JSON.
    ///
    /// # Errors
    /// [`Refusal`]; what may pass was tried again within `limit`.
    pub async fn json<T: DeserializeOwned>(
        &self,
        operation: &str,
        input: &impl Serialize,
        limit: Duration,
    ) -> Result<T, Refusal> {
        let Protocol::Json { target, content_type } = self.service.protocol else {
            return Err(Refusal::Unreadable(format!("{} speaks no JSON", self.service.name)));
        };
        let body = serde_json::to_vec(input).map_err(|error| Refusal::Unreadable(error.to_string()))?;
        let target = format!("{target}.{operation}");
        let headers = vec![(CONTENT_TYPE.as_str(), content_type), ("x-amz-target", &target)];
        let (_, answer) = self.call(self.to(headers, body.into()), limit).await?;
        serde_json::from_slice(&answer)
            .map_err(|_| Refusal::Unreadable(format!("the answer to {operation} cannot be read")))
    }

    /// Calls an operation of a service that takes forms. The answer is XML, and its status is what counts.
    ///
    /// # Errors
    /// As [`Client::json`].
    pub async fn form(&self, operation: &str, fields: &[(&str, &str)], limit: Duration) -> Result<Bytes, Refusal> {
        let Protocol::Query { version } = self.service.protocol else {
            return Err(Refusal::Unreadable(format!("{} takes no forms", self.service.name)));
        };
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", operation)
            .append_pair("Version", version)
            .extend_pairs(fields)
            .finish();
        let headers = vec![(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
        Ok(self.call(self.to(headers, form.into()), limit).await?.1)
    }

    /// Calls a path of a service that is all paths. Each segment is written as it is. Gives the status of the yes.
    ///
    /// # Errors
    /// As [`Client::json`].
    pub async fn rest(
        &self,
        (method, segments): (Method, &[&str]),
        headers: Vec<(&str, &str)>,
        body: Bytes,
        limit: Duration,
    ) -> Result<StatusCode, Refusal> {
        let mut request = Request { method, ..self.to(headers, body) };
        request
            .url
            .path_segments_mut()
            .map_err(|()| Refusal::Unreadable("the endpoint has no paths".to_owned()))?
            .pop_if_empty()
            .extend(segments);
        Ok(self.call(request, limit).await?.0)
    }

    fn to<'a>(&self, headers: Vec<(&'a str, &'a str)>, body: Bytes) -> Request<'a> {
        Request { method: Method::POST, url: self.endpoint.clone(), headers, body }
    }

    async fn call(&self, request: Request<'_>, limit: Duration) -> Result<(StatusCode, Bytes), Refusal> {
        let clock = self.aws.clock.as_ref();
        let began = clock.monotonic();
        let left = || limit.saturating_sub(clock.monotonic().saturating_sub(began));
        let (mut attempt, mut renewed) = (1_u32, false);
        loop {
            let answer = within(clock, left().min(ATTEMPT.max(limit / 2)), self.attempt(&request)).await;
            let refusal = match answer.unwrap_or_else(|_| Err(Refusal::Unanswered("no answer in time".to_owned()))) {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            if refusal.has_expired() && !renewed {
                self.aws.credentials.forget();
                renewed = true;
                continue;
            }
            let pause = PAUSE.saturating_mul(1 << attempt.min(8));
            if !refusal.may_pass() || attempt >= ATTEMPTS || pause >= left() {
                return Err(refusal);
            }
            attempt = attempt.saturating_add(1);
            clock.sleep(pause).await;
        }
    }

    async fn attempt(&self, request: &Request<'_>) -> Result<(StatusCode, Bytes), Refusal> {
        let Aws { credentials, outward, clock, .. } = &self.aws;
        let identity = credentials.credentials(outward, clock.as_ref()).await.map_err(Refusal::Nobody)?;
        // The operator's own variable says where the service is: no guard.
        let mut out =
            outward.request(request.method.clone(), &request.url, Reach::Anywhere).map_err(Refusal::Unanswered)?;
        let now = u64::try_from(clock.now().as_unix_micros()).unwrap_or(0);
        let now = SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(now)).unwrap_or(SystemTime::UNIX_EPOCH);
        for (name, value) in &request.headers {
            out = out.header(*name, *value);
        }
        for (name, value) in self.signature(request, identity, now)? {
            out = out.header(name, value);
        }
        let unanswered = |error: reqwest::Error| Refusal::Unanswered(why(&error));
        let answer = out.body(request.body.clone()).send().await.map_err(unanswered)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.map_err(unanswered)?;
        if status.is_success() { Ok((status, body)) } else { Err(Refusal::answered(status, &headers, body)) }
    }

    /// S3 signs the path as it is sent, and wants the digest of the body in a header
    /// (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        if self.service == S3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        settings
    }

    /// The headers of Signature Version 4 (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
    fn signature(
        &self,
        request: &Request<'_>,
        credentials: aws_credential_types::Credentials,
        now: SystemTime,
    ) -> Result<Vec<(&'static str, HeaderValue)>, Refusal> {
        let unsigned = |what: &str| Refusal::Unreadable(format!("the call cannot be signed: {what}"));
        let identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service.name)
            .time(now)
            .settings(self.settings())
            .build()
            .map_err(|error| unsigned(&error.to_string()))?
            .into();
        let url = &request.url;
        let host = url.host_str().unwrap_or_default();
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let headers = request.headers.iter().copied().chain([(HOST.as_str(), host.as_str())]);
        let body = SignableBody::Bytes(&request.body);
        let signable = SignableRequest::new(request.method.as_str(), url.as_str(), headers, body)
            .map_err(|error| unsigned(&error.to_string()))?;
        let signed = sign(signable, &params).map_err(|error| unsigned(&error.to_string()))?;
        let (headers, _query) = signed.into_parts().0.into_parts();
        let value = |text: &str| {
            let mut value = HeaderValue::from_str(text).map_err(|_| unsigned("a credential is no header text"))?;
            value.set_sensitive(true);
            Ok(value)
        };
        headers.iter().map(|header| Ok((header.name(), value(header.value())?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::Credentials;

    /// `get-vanilla`, `post-vanilla` and `post-x-www-form-urlencoded` of AWS's published suite
    /// (github.com/awslabs/aws-c-auth, `tests/aws-signing-test-suite/v4`).
    #[test]
    fn signatures_are_those_of_the_published_suite() {
        let service = Service { name: "service", host: "example", variable: "NONE", protocol: Protocol::Rest };
        let client = Client {
            aws: Aws::default(),
            service,
            region: "us-east-1".to_owned(),
            endpoint: Url::parse("https://example.amazonaws.com/").unwrap(),
        };
        let form = vec![("content-type", "application/x-www-form-urlencoded")];
        let cases = [
            (Method::GET, vec![], "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            (Method::POST, vec![], "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
            (Method::POST, form, "Param1=value1", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
        ];
        for (method, headers, body, signature) in cases {
            let url = client.endpoint.clone();
            let request = Request { method, url, headers, body: Bytes::from_static(body.as_bytes()) };
            let keys = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None, None, "test");
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160);
            let signed = client.signature(&request, keys, now).unwrap();
            let authorization = signed.iter().find(|(name, _)| *name == "authorization").unwrap();
            let text = authorization.1.to_str().unwrap();
            assert!(text.ends_with(&format!("Signature={signature}")), "{text}");
        }
    }
}
