//! An event of EventBridge (docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html).

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Letter;
use crate::{Rejection, Timestamp};

#[derive(Deserialize)]
struct Parcel<'a> {
    id: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    source: String,
    time: Option<String>,
    #[serde(borrow)]
    detail: &'a RawValue,
}

/// The detail is a CloudEvent where Doorbell wrote it; else it is the body of an event that EventBridge describes.
pub(super) fn open(event: &Bytes) -> Result<Letter, Rejection> {
    let parcel: Parcel<'_> = serde_json::from_slice(event).map_err(|_| Rejection::MalformedEnvelope)?;
    let mut letter = Letter {
        id: Some(parcel.id),
        kind: Some(parcel.detail_type),
        origin: Some(parcel.source),
        time: parcel.time.and_then(|text| Timestamp::parse_rfc3339(&text)),
        ..Letter::default()
    };
    if !letter.read_structured(parcel.detail.get())? {
        letter.content_type = Some("application/json".to_owned());
        letter.body = Bytes::copy_from_slice(parcel.detail.get().as_bytes());
    }
    Ok(letter)
}
