//! The request, but for what proves who we are: which of the sender's headers go on, and the event's own attributes in
//! the HTTP binding of CloudEvents (github.com/cloudevents/spec, `cloudevents/bindings/http-protocol-binding.md`).

use bytes::Bytes;
use doorbell_core::framing::is_framing;
use doorbell_core::{Event, cloudevent};
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// How the event is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Binary mode: the bytes as they are, the attributes as headers.
    Event,
    /// Structured mode: one JSON object.
    CloudEvent,
}

/// What a sender must not say in our name: who it is, where it came from. The second half is what platforms in front of
/// a service vouch with: Cloud Run reads the token of `x-serverless-authorization` first.
const VOUCHING: &[&str] =
    &["authorization", "cookie", "forwarded", "x-real-ip", "x-cloud-trace-context", "x-serverless-authorization"];
const VOUCHING_FAMILIES: &[&str] =
    &["proxy-", "x-forwarded-", "ce-", "x-goog-authenticated-", "x-goog-iap-", "x-amzn-oidc-"];

/// The sender's own headers that go on, and the event's.
pub(super) fn headers(event: &Event, form: Form, keep_signature: bool) -> HeaderMap {
    let came = &event.head().headers;
    let mut gone: Vec<&str> = Vec::new();
    for line in came.get_all(header::CONNECTION) {
        gone.extend(line.to_str().unwrap_or_default().split(',').map(str::trim));
    }
    if !keep_signature {
        gone.extend(event.evidence_headers());
    }
    let passes = |name: &HeaderName| {
        let text = name.as_str();
        let vouches = VOUCHING.contains(&text) || VOUCHING_FAMILIES.iter().any(|family| text.starts_with(family));
        let signature = !keep_signature && text.contains("signature");
        // What is said of bytes that do not go along.
        let content = !(form == Form::Event && event.is_as_it_came())
            && (text.starts_with("content-") || text.ends_with("digest"));
        let named = gone.iter().any(|name| name.eq_ignore_ascii_case(text));
        !(is_framing(name) || vouches || signature || content || named)
    };
    let mut headers = HeaderMap::with_capacity(came.len().saturating_add(8));
    for (name, value) in came.iter().filter(|(name, _)| passes(name)) {
        headers.append(name, value.clone());
    }
    match form {
        Form::CloudEvent => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/cloudevents+json"));
        }
        Form::Event => {
            // An envelope's own media type is the parcel's.
            let declared = event.content_type();
            if declared != came.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) {
                headers.remove(header::CONTENT_TYPE);
                headers
                    .extend(declared.and_then(|text| Some((header::CONTENT_TYPE, HeaderValue::from_str(text).ok()?))));
            }
            // The media type stands in Content-Type, as it came.
            for (name, value) in cloudevent::attributes(event).iter().filter(|(name, _)| *name != "datacontenttype") {
                let name = HeaderName::from_bytes(format!("ce-{name}").as_bytes());
                if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&escaped(value))) {
                    headers.insert(name, value);
                }
            }
        }
    }
    headers
}

/// The bytes that leave.
pub(super) fn body(event: &Event, form: Form) -> Bytes {
    match form {
        Form::Event => event.body().clone(),
        Form::CloudEvent => cloudevent::json(event).into(),
    }
}

/// The id of the event, as a header carries it.
pub(super) fn id(event: &Event) -> String {
    let attributes = cloudevent::attributes(event);
    attributes.iter().find(|(name, _)| *name == "id").map(|(_, id)| escaped(id)).unwrap_or_default()
}

/// Percent-encoded where it is no visible ASCII, and where the binding says so (section 3.1.3.2).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'"' | b'%' => escaped.push_str(&format!("%{byte:02X}")),
            0x21..=0x7e => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_escaped_as_the_binding_says() {
        // The example of the binding's section 3.1.3.2.
        assert_eq!(escaped("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
        assert_eq!(escaped("100% \"a\"\n"), "100%25%20%22a%22%0A");
    }
}
