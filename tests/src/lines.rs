//! What a door writes to its log.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use bytes::Bytes;
use doorbell_adapters::log::{Format, Log};
use http::Response;
use serde_json::Value;

/// The lines of one log.
#[derive(Debug)]
pub struct Lines {
    coming: Mutex<Receiver<String>>,
    read: Mutex<Vec<Value>>,
}

impl Lines {
    /// A log, and its reader.
    #[must_use]
    pub fn new() -> (Log, Self) {
        let (log, coming) = channel();
        let log = Log::read_by(Format::CloudLogging { project: None }, log);
        (log, Self { coming: coming.into(), read: Mutex::default() })
    }

    /// The line of the delivery that was answered so. Probes have none.
    #[must_use]
    pub fn of(&self, answer: &Response<Bytes>) -> Option<Value> {
        let id = answer.headers().get("x-doorbell-id").and_then(|id| id.to_str().ok())?;
        let mut read = self.read.lock().expect("no reader panics");
        read.extend(
            self.coming
                .lock()
                .expect("no reader panics")
                .try_iter()
                .map(|line| serde_json::from_str::<Value>(&line).expect("a line of the log is JSON")),
        );
        let mut lines = read.iter().filter(|line| line.get("id").is_some_and(|value| value == id));
        let line = lines.next().cloned();
        assert!(lines.next().is_none(), "two lines for one delivery");
        line
    }

    /// Outcome, guard and status of the delivery that was answered so, in one line; a probe has only its status.
    ///
    /// # Panics
    /// When the log and the answer disagree.
    #[must_use]
    pub fn outcome(&self, answer: &Response<Bytes>) -> String {
        let status = answer.status().as_u16();
        let Some(line) = self.of(answer) else { return status.to_string() };
        let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
        assert_eq!(line.get("status").and_then(Value::as_u64), Some(status.into()));
        outcome(text("outcome"), text("guard"), status)
    }
}

/// The same, of what a log line would say.
#[must_use]
pub fn outcome(outcome: &str, guard: &str, status: u16) -> String {
    [outcome, guard, &status.to_string()].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
