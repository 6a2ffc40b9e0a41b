//! One JSON line per delivery, in the platform's own field names.
//!
//! Logs go to stderr, which both clouds collect; stdout belongs to the destination of that name. There is
//! no other log: the libraries below are not given a subscriber, so none of them can print a header.

use std::io::Write;

use doorbell_core::record::{Latency, Record};
use doorbell_core::{Clock, Fault};
use serde::Serialize;
use serde_json::{Map, Value};

/// Whose field names a line uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// Cloud Logging's structured log (cloud.google.com/logging/docs/structured-logging). With the
    /// project's name lines join the request's trace.
    CloudLogging {
        /// The project, for `logging.googleapis.com/trace`.
        project: Option<String>,
    },
    /// Lambda's JSON log format (docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html).
    Lambda,
    /// A sentence for a person at a terminal.
    Terminal,
}

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// As it should be, or the sender's fault.
    Info,
    /// It went well and somebody should look.
    Warning,
    /// Our fault: the sender was told to try again, or the process cannot go on.
    Error,
}

impl Severity {
    const fn google(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }

    const fn lambda(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// The log of this process.
#[derive(Clone, Debug)]
pub struct Log {
    format: Format,
}

/// The fields of a delivery's line, named once for every format.
#[derive(Serialize)]
struct Delivery<'a> {
    id: &'a str,
    outcome: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<&'static str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trust: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_digest: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    bytes: usize,
    latency_us: LatencyMicros,
}

#[derive(Serialize)]
struct LatencyMicros {
    admit: u128,
    verify: u128,
    claim: u128,
    hand_off: u128,
    total: u128,
}

impl From<Latency> for LatencyMicros {
    fn from(latency: Latency) -> Self {
        let Latency { admit, verify, claim, hand_off, total } = latency;
        let [admit, verify, claim, hand_off, total] = [admit, verify, claim, hand_off, total].map(|d| d.as_micros());
        Self { admit, verify, claim, hand_off, total }
    }
}

#[derive(Serialize)]
struct GoogleLine<'a> {
    severity: &'static str,
    message: &'a str,
    #[serde(rename = "logging.googleapis.com/trace", skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
    #[serde(rename = "logging.googleapis.com/spanId", skip_serializing_if = "Option::is_none")]
    span: Option<&'a str>,
    #[serde(flatten)]
    delivery: Option<Delivery<'a>>,
    #[serde(flatten)]
    fields: Option<&'a Map<String, Value>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LambdaLine<'a> {
    timestamp: String,
    level: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(flatten)]
    delivery: Option<Delivery<'a>>,
    #[serde(flatten)]
    fields: Option<&'a Map<String, Value>>,
}

impl Log {
    /// A log in this format.
    #[must_use]
    pub const fn new(format: Format) -> Self {
        Self { format }
    }

    /// One delivery; `request_id` is the platform's own, where it has one.
    pub fn delivery(&self, record: &Record, request_id: Option<&str>, clock: &dyn Clock) {
        let severity = match (&record.fault, record.status) {
            (_, 500..) => Severity::Error,
            (Some(_), _) => Severity::Warning,
            (None, _) => Severity::Info,
        };
        let message = message(record);
        let delivery = Delivery {
            id: record.id.as_str(),
            outcome: record.outcome,
            status: record.status,
            source: record.source.as_ref().map(|name| name.as_str()),
            guard: record.guard,
            kind: record.kind.as_ref().map(|kind| kind.as_str()),
            trust: record.trust.map(|trust| trust.as_str()),
            id_digest: record.id_digest.as_deref(),
            secret_version: record.secret_version.as_ref().map(|version| version.as_str()),
            destination: record.destination.as_ref().map(|name| name.as_str()),
            fault: record.fault.as_ref().map(Fault::to_string),
            bytes: record.bytes,
            latency_us: record.latency.into(),
        };
        match &self.format {
            Format::CloudLogging { project } => {
                let trace = record.trace.as_ref();
                let path = |trace: &str| project.as_ref().map(|project| format!("projects/{project}/traces/{trace}"));
                write_json(&GoogleLine {
                    severity: severity.google(),
                    message: &message,
                    trace: trace.and_then(|trace| path(&trace.trace)),
                    span: trace.and_then(|trace| trace.span.as_deref()),
                    delivery: Some(delivery),
                    fields: None,
                });
            }
            Format::Lambda => write_json(&LambdaLine {
                timestamp: clock.now().rfc3339(),
                level: severity.lambda(),
                message: &message,
                request_id,
                delivery: Some(delivery),
                fields: None,
            }),
            Format::Terminal => {
                let total = record.latency.total.as_secs_f64() * 1_000.0;
                let (status, bytes, id) = (record.status, record.bytes, record.id.as_str());
                write_line(format!("{status}  {message}  {bytes} B  {total:.1} ms  {id}\n").as_bytes());
            }
        }
    }

    /// Something that is not a delivery: a start, a warning, an end. `fields` must hold neither secrets nor
    /// bodies; they are counts and names.
    pub fn notice(&self, severity: Severity, message: &str, fields: &Map<String, Value>, clock: &dyn Clock) {
        let fields = (!fields.is_empty()).then_some(fields);
        match &self.format {
            Format::CloudLogging { .. } => write_json(&GoogleLine {
                severity: severity.google(),
                message,
                trace: None,
                span: None,
                delivery: None,
                fields,
            }),
            Format::Lambda => write_json(&LambdaLine {
                timestamp: clock.now().rfc3339(),
                level: severity.lambda(),
                message,
                request_id: None,
                delivery: None,
                fields,
            }),
            Format::Terminal => write_line(format!("{message}\n").as_bytes()),
        }
    }
}

/// What a person reads first: who, what became of it, and why.
fn message(record: &Record) -> String {
    let mut text = String::with_capacity(64);
    text.push_str(record.source.as_ref().map_or("no source", |name| name.as_str()));
    text.push_str(": ");
    text.push_str(record.outcome);
    for more in [record.guard, record.kind.as_ref().map(|kind| kind.as_str())].into_iter().flatten() {
        text.push(' ');
        text.push_str(more);
    }
    text
}

fn write_json(line: &impl Serialize) {
    if let Ok(mut text) = serde_json::to_vec(line) {
        text.push(b'\n');
        write_line(&text);
    }
}

/// One write for one line, so that lines of concurrent deliveries never mix. A log that cannot be
/// written (a closed pipe) must not fail a delivery that is safe.
fn write_line(line: &[u8]) {
    let _closed_pipe = std::io::stderr().lock().write_all(line);
}
