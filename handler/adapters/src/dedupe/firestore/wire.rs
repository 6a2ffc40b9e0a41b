//! A record as Firestore's JSON has it (firebase.google.com/docs/firestore/reference/rest/v1/Value).

use std::collections::BTreeMap;

use doorbell_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dedupe::record::{Held, Record};

/// The fields of a document.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Fields {
    delivered: Value<Map>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<Value<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease_until: Option<Value<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Value<String>>,
}

/// A value under the name of its type.
#[derive(Debug, Serialize, Deserialize)]
enum Value<T> {
    #[serde(rename = "timestampValue")]
    Time(T),
    #[serde(rename = "stringValue")]
    Text(T),
    #[serde(rename = "mapValue")]
    Map(T),
}

/// An empty map has no `fields`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Map {
    #[serde(default)]
    fields: BTreeMap<String, Value<String>>,
}

/// A document as it is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) fields: Fields,
    pub(super) update_time: String,
}

/// `documents:commit`: one write under a condition.
#[derive(Debug, Serialize)]
pub(super) struct Commit<'a> {
    pub(super) writes: [Write<'a>; 1],
}

/// One document, whole.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Write<'a> {
    pub(super) update: Update<'a>,
    pub(super) current_document: Precondition<'a>,
}

/// What is written.
#[derive(Debug, Serialize)]
pub(super) struct Update<'a> {
    pub(super) name: &'a str,
    pub(super) fields: Fields,
}

/// What must be there before it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Precondition<'a> {
    Exists(bool),
    UpdateTime(&'a str),
}

/// The answer to a commit. With a single write, its time is the new version.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Committed {
    pub(super) write_results: [Written; 1],
}

/// The new version.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written {
    pub(super) update_time: String,
}

/// The body of a refusal.
#[derive(Debug, Deserialize)]
pub(super) struct Refused {
    pub(super) error: Status,
}

/// `google.rpc.Status` in JSON.
#[derive(Debug, Deserialize)]
pub(super) struct Status {
    pub(super) message: String,
    pub(super) status: String,
}

impl Fields {
    pub(super) fn of(record: &Record) -> Self {
        let time = |time: Timestamp| Value::Time(time.rfc3339());
        let fields = record.delivered.iter().map(|(name, until)| (name.clone(), time(*until))).collect();
        Self {
            delivered: Value::Map(Map { fields }),
            token: record.lease.map(|lease| Value::Text(format!("{:016x}", lease.token))),
            lease_until: record.lease.map(|lease| time(lease.until)),
            expires: record.expires.map(time),
        }
    }

    /// The record; `None` where these are the fields of something else.
    pub(super) fn record(self) -> Option<Record> {
        let Value::Map(Map { fields }) = self.delivered else { return None };
        let delivered: Option<_> = fields.into_iter().map(|(name, until)| Some((name, until.time()?))).collect();
        let lease = match (self.token, self.lease_until) {
            (Some(Value::Text(token)), Some(until)) => {
                Some(Held { token: u64::from_str_radix(&token, 16).ok()?, until: until.time()? })
            }
            (None, None) => None,
            (Some(_), _) | (None, Some(_)) => return None,
        };
        let expires = match self.expires {
            Some(expires) => Some(expires.time()?),
            None => None,
        };
        Some(Record { delivered: delivered?, lease, expires })
    }
}

impl Value<String> {
    fn time(&self) -> Option<Timestamp> {
        match self {
            Self::Time(text) => Timestamp::parse_rfc3339(text),
            Self::Text(_) | Self::Map(_) => None,
        }
    }
}
