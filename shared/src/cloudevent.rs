//! An event in the words of CloudEvents 1.0 (github.com/cloudevents/spec, `cloudevents/spec.md`).

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Event;
use crate::dedupe::hex;

/// The context attributes and our extensions, in the order in which they are written. The data is
/// not among them.
///
/// `id` is the provider's, else the content digest, in a batch with the place: the same delivery has the same id wherever it
/// goes. `type` is the provider's own name; `unknown` where it has none. `action` is written where there is one, so that
/// `type.action` means the same behind a queue. An event that came in an envelope keeps what its
/// writer called it, extensions and trace included; `trust`, `doorbellid` and `secretversion` are those of this door.
#[must_use]
pub fn attributes(event: &Event) -> Vec<(&str, Cow<'_, str>)> {
    let id = event.id().map_or_else(|| Cow::Owned(hex(event.nameless())), |fact| Cow::Borrowed(fact.text()));
    let mut attributes = vec![
        ("specversion", Cow::Borrowed("1.0")),
        ("id", id),
        ("source", Cow::Borrowed(event.origin())),
        ("type", Cow::Borrowed(event.kind().map_or("unknown", |fact| fact.text()))),
        ("time", Cow::Owned(event.time().rfc3339())),
    ];
    attributes.extend(event.content_type().map(|text| ("datacontenttype", Cow::Borrowed(text))));
    attributes.extend(event.action().map(|fact| ("action", Cow::Borrowed(fact.text()))));
    attributes.push(("trust", Cow::Borrowed(event.trust().as_str())));
    attributes.push(("doorbellid", Cow::Borrowed(event.delivery_id().as_str())));
    attributes.extend(event.secret_version().map(|version| ("secretversion", Cow::Borrowed(version.as_str()))));
    attributes.extend(event.extracted().attributes());
    // W3C trace context goes on as the extension that CloudEvents defines for it.
    let extensions = event.extensions();
    let kept = |name: &str| !event.extracted().attributes().any(|(taken, _)| taken == name);
    let kept = extensions.iter().filter(|(name, _)| kept(name));
    attributes.extend(kept.map(|(name, value)| (name.as_str(), Cow::Borrowed(value.as_str()))));
    let trace = |name| event.head().one_header(name).ok().flatten().map(|text| (name, Cow::Borrowed(text)));
    // The trace in which the event was made; half of one and half of another would be neither.
    if !extensions.iter().any(|(name, _)| name == "traceparent" || name == "tracestate") {
        attributes.extend(["traceparent", "tracestate"].into_iter().filter_map(trace));
    }
    attributes
}

/// The structured form: one JSON object on one line, without the line's end, the exact body in
/// `data_base64`, which is absent where the body is parked and `dataref` says where, and is
/// `data` where a template made JSON.
#[must_use]
pub fn json(event: &Event) -> Vec<u8> {
    let body = event.body();
    let mut line = String::with_capacity(body.len().saturating_mul(4) / 3 + 512);
    push_attributes(event, &mut line);
    // Data and a reference to data would say the same twice; an empty body is data where nothing refers to it.
    if let Some(text) = made_json(event) {
        line.push_str(",\"data\":");
        // Line ends of JSON stand between its values, and the whole is one line.
        line.extend(text.chars().map(|c| if c.is_ascii_control() { ' ' } else { c }));
        line.push('}');
    } else if body.is_empty() && event.extensions().iter().any(|(name, _)| name == "dataref") {
        line.push('}');
    } else {
        line.push_str(",\"data_base64\":\"");
        STANDARD.encode_string(body, &mut line);
        line.push_str("\"}");
    }
    line.into_bytes()
}

/// What a template made as JSON stands as it is, for those who look into events; bytes that came never do.
fn made_json(event: &Event) -> Option<&str> {
    let media_type = event.content_type()?.split(';').next()?.trim().to_ascii_lowercase();
    let text = std::str::from_utf8(event.body()).ok()?;
    (!event.is_as_it_came() && media_type.ends_with("json")).then_some(text)
}

/// The attributes alone as one JSON object, for a message that carries the body beside them. Where the body is written
/// as base64 they end in `"datacontentencoding":"base64"`, which CloudEvents 0.3 had for this; `=` alone is the empty body,
/// for services that take no empty message. Without it the body is the text as it came.
#[must_use]
pub fn attributes_json(event: &Event, base64: bool) -> String {
    let mut object = String::with_capacity(512);
    push_attributes(event, &mut object);
    object.push_str(if base64 { ",\"datacontentencoding\":\"base64\"}" } else { "}" });
    object
}

/// An object that is not closed yet.
fn push_attributes(event: &Event, object: &mut String) {
    for (index, (name, value)) in attributes(event).into_iter().enumerate() {
        object.push_str(if index == 0 { "{\"" } else { ",\"" });
        object.push_str(name);
        object.push_str("\":");
        // Text always has a JSON form.
        object.push_str(&serde_json::to_string(&value).unwrap_or_default());
    }
}
