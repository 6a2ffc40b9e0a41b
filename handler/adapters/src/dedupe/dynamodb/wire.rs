//! A record as an item (docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html), read, or
//! written under a condition.

use std::collections::BTreeMap;
use std::time::Duration;

use doorbell_core::Timestamp;
use doorbell_core::fault::Cause;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::Table;
use crate::aws::service::DYNAMODB;
use crate::aws::{Aws, Client, Refusal};
use crate::dedupe::record::{Held, Record};
use crate::dedupe::register::{Condition, Remote, Stored, Write};
use crate::destination::OpenError;

/// One call with what is tried again: time for two attempts on a connection that is half open.
const LIMIT: Duration = Duration::from_secs(4);

/// The items of one table.
#[derive(Debug)]
pub(super) struct Items {
    table: Table,
    client: Client,
}

/// One event. Times are in microseconds, but for `expires`: TTL takes seconds.
#[derive(Debug, Serialize, Deserialize)]
struct Item {
    pk: Value<String>,
    delivered: Value<BTreeMap<String, Value<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease: Option<Value<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease_until: Option<Value<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Value<String>>,
    version: Value<String>,
}

/// A value under the name of its type. A number is written as a text.
#[derive(Debug, Serialize, Deserialize)]
enum Value<T> {
    #[serde(rename = "N")]
    Number(T),
    #[serde(rename = "S")]
    Text(T),
    #[serde(rename = "M")]
    Map(T),
}

/// What a read gave, or what a write that lost its race found.
#[derive(Debug, Deserialize)]
struct Found {
    #[serde(rename = "Item")]
    item: Option<Item>,
}

impl Items {
    pub(super) fn of(table: Table, aws: &Aws) -> Result<Self, OpenError> {
        let client = aws.client(DYNAMODB, &table.region(aws)?);
        let client =
            client.map_err(|what| OpenError::new(format!("dynamodb: {what}"), "mend the variable, or unset it"))?;
        Ok(Self { table, client })
    }
}

impl Remote for Items {
    type Refusal = Refusal;

    async fn read(&self, id: &str) -> Result<Option<Stored>, Refusal> {
        // Of what was just written, too: a twin must not take an old look for a leader that is gone.
        let input = json!({ "TableName": self.table.name, "Key": { "pk": { "S": id } }, "ConsistentRead": true });
        self.client.json::<Found>("GetItem", &input, LIMIT).await?.stored()
    }

    async fn write(&self, id: &str, record: &Record, condition: Condition<'_>) -> Result<Write, Refusal> {
        let version = getrandom::u64().map_err(|error| Refusal::Unreadable(format!("no random version: {error}")))?;
        let version = format!("{version:016x}");
        let (condition, values): (_, Json) = match condition {
            Condition::Free(now) => {
                let now = now.as_unix_micros().div_euclid(SECOND).to_string();
                ("attribute_not_exists(pk) OR expires <= :now", json!({ ":now": { "N": now } }))
            }
            Condition::At(version) => ("version = :version", json!({ ":version": { "S": version } })),
        };
        let input = json!({
            "TableName": self.table.name,
            "Item": Item::of(id, record, &version),
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        });
        match self.client.json::<serde::de::IgnoredAny>("PutItem", &input, LIMIT).await {
            Ok(_written) => Ok(Write::Written(version)),
            Err(Refusal::Answered { code, body, .. }) if code == "ConditionalCheckFailedException" => {
                let found: Found = serde_json::from_slice(&body).map_err(|_| foreign())?;
                Ok(Write::Lost(found.stored()?))
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn cause(&self, operation: &str, refusal: Refusal) -> Cause {
        let cause = refusal.cause(operation, &format!("in {self}"), &self.table.permit());
        if refusal.code() == "ValidationException" {
            return Cause::new(format!("{cause}; the table's one key must be pk, a string"));
        }
        cause
    }
}

impl std::fmt::Display for Items {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "dynamodb {} ({})", self.table.name, self.client.region())
    }
}

const SECOND: i64 = 1_000_000;

fn number(number: i64) -> Value<String> {
    Value::Number(number.to_string())
}

impl Item {
    fn of(id: &str, record: &Record, version: &str) -> Self {
        let time = |time: Timestamp| number(time.as_unix_micros());
        let seconds = |time: Timestamp| {
            // Up: an item that is still needed must not look expired.
            number(time.as_unix_micros().saturating_add(SECOND - 1).div_euclid(SECOND))
        };
        Self {
            pk: Value::Text(id.to_owned()),
            delivered: Value::Map(record.delivered.iter().map(|(name, until)| (name.clone(), time(*until))).collect()),
            lease: record.lease.map(|lease| Value::Text(format!("{:016x}", lease.token))),
            lease_until: record.lease.map(|lease| time(lease.until)),
            expires: record.expires.map(seconds),
            version: Value::Text(version.to_owned()),
        }
    }

    /// The record; `None` where this is an item of something else.
    fn stored(self) -> Option<Stored> {
        let (Value::Map(delivered), Value::Text(version)) = (self.delivered, self.version) else { return None };
        let delivered: Option<_> = delivered.into_iter().map(|(name, until)| Some((name, until.time()?))).collect();
        let lease = match (self.lease, self.lease_until) {
            (Some(Value::Text(token)), Some(until)) => {
                Some(Held { token: u64::from_str_radix(&token, 16).ok()?, until: until.time()? })
            }
            (None, None) => None,
            (Some(_), _) | (None, Some(_)) => return None,
        };
        let expires = match self.expires {
            Some(Value::Number(seconds)) => Some(Timestamp::from_unix_seconds(seconds.parse().ok()?)),
            Some(Value::Text(_) | Value::Map(_)) => return None,
            None => None,
        };
        Some(Stored { record: Record { delivered: delivered?, lease, expires }, version })
    }
}

impl Found {
    fn stored(self) -> Result<Option<Stored>, Refusal> {
        let stored = self.item.map(|item| item.stored().ok_or_else(foreign));
        stored.transpose()
    }
}

fn foreign() -> Refusal {
    Refusal::Unreadable("an item that is no record of ours: give Doorbell a table of its own".to_owned())
}

impl Value<String> {
    fn time(&self) -> Option<Timestamp> {
        match self {
            Self::Number(text) => text.parse().ok().map(Timestamp::from_unix_micros),
            Self::Text(_) | Self::Map(_) => None,
        }
    }
}
