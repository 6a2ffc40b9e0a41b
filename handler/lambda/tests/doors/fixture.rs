//! The doors' events, and what can be changed in them.

use serde_json::Value;
use serde_json::value::RawValue;

/// The body of every event under `events/`.
pub(crate) const BODY: &str = r#"{"zen":"Keep it logically awesome."}"#;

/// A front door and an event of it: `POST /github?b=2&a=%7E1&b=&c`, from 203.0.113.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fixture {
    Url,
    HttpApi,
    RestApi,
    Alb,
    AlbMulti,
}

impl Fixture {
    pub(crate) const ALL: [Self; 5] = [Self::Url, Self::HttpApi, Self::RestApi, Self::Alb, Self::AlbMulti];

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Url => include_str!("../events/url.json"),
            Self::HttpApi => include_str!("../events/http-api.json"),
            Self::RestApi => include_str!("../events/rest-api.json"),
            Self::Alb => include_str!("../events/alb.json"),
            Self::AlbMulti => include_str!("../events/alb-multi.json"),
        }
    }

    pub(crate) fn event(self) -> Value {
        serde_json::from_str(self.text()).unwrap()
    }

    /// Puts a header on as the door would, once for each value. Where the door has no room for a second
    /// value it joins them (format 2.0), or only the last one stays (ALB without multi-value headers).
    pub(crate) fn set_header(self, event: &mut Value, name: &str, values: &[&str]) {
        let last = values.last().unwrap();
        match self {
            Self::Url | Self::HttpApi => event["headers"][name] = values.join(",").into(),
            Self::Alb => event["headers"][name] = (*last).into(),
            Self::AlbMulti => event["multiValueHeaders"][name] = values.into(),
            Self::RestApi => {
                event["headers"][name] = (*last).into();
                event["multiValueHeaders"][name] = values.into();
            }
        }
    }
}

pub(crate) fn set_body(event: &mut Value, body: &str, is_base64: bool) {
    event["body"] = body.into();
    event["isBase64Encoded"] = is_base64.into();
}

pub(crate) fn raw(event: &Value) -> Box<RawValue> {
    serde_json::value::to_raw_value(event).unwrap()
}
