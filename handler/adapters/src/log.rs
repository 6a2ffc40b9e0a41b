//! One JSON line per delivery, in the platform's own field names.
//!
//! Logs go to stderr, which both clouds collect; stdout belongs to the destination of that name. There is
//! no other log: the libraries below are not given a subscriber, so none of them can print a header.

use std::io::Write;
use std::sync::mpsc::Sender;

use doorbell_core::extract::Unfit;
use doorbell_core::name::{DestinationName, SourceName};
use doorbell_core::record::{Latency, Record, Short};
use doorbell_core::secret::SecretVersion;
use doorbell_core::verify::Trust;
use doorbell_core::{Clock, Fault};

use crate::notice::Notice;

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
    /// Where lines go instead of stderr.
    reader: Option<Sender<String>>,
}

impl Log {
    /// A log in this format.
    #[must_use]
    pub const fn new(format: Format) -> Self {
        Self { format, reader: None }
    }

    /// A log in this format that nobody but `reader` gets.
    #[must_use]
    pub const fn read_by(format: Format, reader: Sender<String>) -> Self {
        Self { format, reader: Some(reader) }
    }

    /// One delivery; `request_id` is the platform's own, where it has one.
    pub fn delivery(&self, record: &Record, request_id: Option<&str>, clock: &dyn Clock) {
        let severity = match (&record.fault, record.status) {
            (_, 500..) => Severity::Error,
            (Some(_), _) => Severity::Warning,
            (None, _) if !(record.missed.is_empty() && record.spilled.is_empty()) || record.untold.is_some() => {
                Severity::Warning
            }
            (None, _) => Severity::Info,
        };
        let message = message(record);
        let [missed, spilled] = [&record.missed, &record.spilled].map(|failed| named(failed));
        if self.format == Format::Terminal {
            let total = record.latency.total.as_secs_f64() * 1_000.0;
            let (status, bytes, id) = (record.status, record.bytes, record.id.as_str());
            let untold = record.untold.as_ref().map(ToString::to_string);
            let notes = [("respond failed", untold), ("also missed", missed), ("spilled", spilled)];
            let notes = notes.into_iter().filter_map(|(name, said)| Some(format!("  {name}: {}", said?)));
            let notes = notes.collect::<String>();
            return self.write(format!("{status}  {message}  {bytes} B  {total:.1} ms  {id}{notes}\n"));
        }
        let mut line = self.begin(severity, &message, request_id, clock);
        if let (Format::CloudLogging { project: Some(project) }, Some(trace)) = (&self.format, &record.trace) {
            line.text("logging.googleapis.com/trace", &format!("projects/{project}/traces/{}", trace.trace));
            line.maybe("logging.googleapis.com/spanId", trace.span.as_deref());
        }
        line.text("id", record.id.as_str());
        line.text("outcome", record.outcome);
        line.number("status", u64::from(record.status));
        line.maybe("source", record.source.as_ref().map(SourceName::as_str));
        line.maybe("guard", record.guard);
        line.maybe("type", record.kind.as_ref().map(Short::as_str));
        line.maybe("trust", record.trust.map(Trust::as_str));
        line.maybe("id_digest", record.id_digest.as_deref());
        line.maybe("secret_version", record.secret_version.as_ref().map(SecretVersion::as_str));
        line.maybe("destination", record.destination.as_ref().map(DestinationName::as_str));
        line.maybe("fault", record.fault.as_ref().map(Fault::to_string).as_deref());
        line.maybe("also_missed", missed.as_deref());
        line.maybe("spilled", spilled.as_deref());
        line.maybe("respond_failed", record.untold.as_ref().map(ToString::to_string).as_deref());
        let routes = record.routes.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        line.maybe("routes", Some(routes.as_str()).filter(|routes| !routes.is_empty()));
        line.maybe("unfit", record.unfit.as_ref().map(Unfit::to_string).as_deref());
        if let Some(events) = record.events {
            line.number("events", events as u64);
        }
        line.number("bytes", record.bytes as u64);
        let Latency { admit, verify, claim, hand_off, total } = record.latency;
        for (name, took) in [
            ("admit_us", admit),
            ("verify_us", verify),
            ("claim_us", claim),
            ("hand_off_us", hand_off),
            ("total_us", total),
        ] {
            line.number(name, u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        }
        self.write(line.end());
    }

    /// Something that is not a delivery: a start, a warning, an end.
    pub fn notice(&self, notice: &Notice<'_>, clock: &dyn Clock) {
        let message = notice.to_string();
        match &self.format {
            Format::Terminal => self.write(format!("{message}\n")),
            Format::CloudLogging { .. } | Format::Lambda => {
                let mut line = self.begin(notice.severity(), &message, None, clock);
                notice.fields().iter().for_each(|(name, value)| line.text(name, value));
                self.write(line.end());
            }
        }
    }

    /// Says where a panic was, and nothing of what it said: its message may quote a body.
    pub fn panics(self, clock: std::sync::Arc<dyn Clock>) {
        std::panic::set_hook(Box::new(move |panic| {
            self.notice(&Notice::Panicked(panic.location()), clock.as_ref());
        }));
    }

    fn begin(&self, severity: Severity, message: &str, request_id: Option<&str>, clock: &dyn Clock) -> Line {
        let mut line = Line(String::with_capacity(512));
        line.0.push('{');
        match &self.format {
            Format::Lambda => {
                line.text("timestamp", &clock.now().rfc3339());
                line.text("level", severity.lambda());
                line.maybe("requestId", request_id);
            }
            Format::CloudLogging { .. } | Format::Terminal => line.text("severity", severity.google()),
        }
        line.text("message", message);
        line
    }

    /// One write for one line, so that lines of concurrent deliveries never mix. A log that cannot be
    /// written (a closed pipe) must not fail a delivery that is safe.
    fn write(&self, line: String) {
        if let Some(reader) = &self.reader {
            let _gone = reader.send(line);
        } else {
            let _closed_pipe = std::io::stderr().lock().write_all(line.as_bytes());
        }
    }
}

/// A JSON object in the making. By hand, because a line is written for every delivery, and serde's flattening
/// cost four times as much.
struct Line(String);

impl Line {
    fn name(&mut self, name: &str) {
        if !self.0.ends_with('{') {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        let plain = value.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\' && byte.is_ascii());
        if plain {
            self.0.push('"');
            self.0.push_str(value);
            self.0.push('"');
        } else {
            // Text always has a JSON form.
            self.0.push_str(&serde_json::to_string(value).unwrap_or_default());
        }
    }

    fn maybe(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    fn number(&mut self, name: &str, value: u64) {
        self.name(name);
        self.0.push_str(itoa::Buffer::new().format(value));
    }

    fn end(mut self) -> String {
        self.0.push_str("}\n");
        self.0
    }
}

/// Destinations and what kept each from taking the event; nothing where there are none.
fn named(failed: &[(DestinationName, Fault)]) -> Option<String> {
    let said = failed.iter().map(|(destination, fault)| format!("{destination}: {fault}")).collect::<Vec<_>>();
    (!said.is_empty()).then(|| said.join("; "))
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
