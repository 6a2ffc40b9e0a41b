//! What came of it, in words and as JSON.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::witness::{Seen, Shelf, Witness};
use crate::conform::play::Rung;
use crate::screen::{Screen, Tone};

/// All that is said.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    verdict: &'static str,
    /// The guard, fault or reason behind it.
    guard: Option<&'static str>,
    fault: Option<String>,
    /// One, or those of a batch.
    events: Vec<Seen>,
    /// What each destination would be sent.
    sent: Vec<Sent>,
    answer: Answer,
}

#[derive(Debug, Serialize)]
struct Sent {
    destination: String,
    kind: &'static str,
    /// The event as a CloudEvent; the destination's own binding carries the same.
    event: Value,
}

#[derive(Debug, Serialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Report {
    pub(super) fn of(rung: &Rung, witness: &Witness, shelves: &[Arc<Shelf>]) -> Self {
        let sent = |shelf: &Arc<Shelf>| {
            let sent = |event| Sent { destination: shelf.name.clone(), kind: shelf.kind, event };
            shelf.got().into_iter().map(sent).collect::<Vec<_>>()
        };
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let record = rung.record.as_ref();
        Self {
            verdict: record.map_or("answered", |record| record.outcome),
            guard: record.and_then(|record| record.guard),
            fault: record.and_then(|record| record.fault.as_ref()).map(ToString::to_string),
            events: witness.seen(),
            sent: shelves.iter().flat_map(sent).collect(),
            answer: Answer {
                status: rung.status,
                headers: rung.headers.iter().map(header).collect(),
                body: String::from_utf8_lossy(&rung.body).into_owned(),
            },
        }
    }

    pub(super) fn say(&self, screen: Screen) {
        let row = |name: &str, text: &str| screen.line(&format!("{name:9} {text}"));
        let good = (200..300).contains(&self.answer.status);
        let guard = self.guard.map(|guard| format!(": {guard}")).unwrap_or_default();
        row("verdict", &screen.tint(if good { Tone::Good } else { Tone::Bad }, &format!("{}{guard}", self.verdict)));
        if let Some(fault) = &self.fault {
            row("fault", fault);
        }
        for event in &self.events {
            let id = event.id.as_deref().map_or_else(
                || "no id".to_owned(),
                |id| format!("id {id} ({})", if event.id_signed { "signed" } else { "claimed" }),
            );
            let action = event.action.as_deref().map(|action| format!(".{action}")).unwrap_or_default();
            let kind = event.kind.as_deref().unwrap_or("no type");
            row("event", &format!("{kind}{action}, {id}, {}, {} bytes, of {}", event.trust, event.bytes, event.time));
            if !event.taken {
                row("events", &format!("source {} does not take it", event.source));
            }
            for route in &event.routes {
                let when = route
                    .when
                    .as_deref()
                    .map(|when| format!(": {}", when.split_whitespace().collect::<Vec<_>>().join(" ")));
                row(&format!("route {}", route.number), &format!("{}{}", route.said, when.unwrap_or_default()));
            }
        }
        for sent in &self.sent {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let members = sent.event.as_object().into_iter().flatten().filter(|(name, _)| *name != "data_base64");
            let members: Vec<String> = members.map(|(name, value)| format!("{name}={}", text(value))).collect();
            row("to", &format!("{} ({}): {}", sent.destination, sent.kind, members.join(" ")));
        }
        let first = self.answer.body.lines().next().map_or_else(|| "empty".to_owned(), str::to_owned);
        row("answer", &format!("{} {first}", self.answer.status));
    }
}
