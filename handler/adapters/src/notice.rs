//! What the log says besides deliveries: starts, stops, and what an operator should look at.
//!
//! The variants hold addresses, the operator's own names, and errors that name a secret by its reference only. The one
//! that holds a free line is written before the first delivery, so there is no signature or body that it could hold.

use std::net::SocketAddr;
use std::panic::Location;
use std::time::Duration;

use doorbell_core::config::Problem;

use crate::log::Severity;
use crate::secret::FetchError;

/// One line of the log that is not a delivery.
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// A source waits for the registration that brings its key.
    Awaiting {
        /// The source.
        source: String,
        /// Where the key will be kept.
        place: String,
    },
    /// A source cannot prove anything, because a secret is missing.
    Closed {
        /// The source.
        source: String,
        /// Which secret, and why.
        error: FetchError,
    },
    /// Senders can connect.
    Listening {
        /// Where.
        address: SocketAddr,
        /// Each source, and where it answers.
        sources: Vec<(String, String)>,
    },
    /// Nothing was started.
    NotStarted {
        /// What is wrong, where, and the next step.
        line: String,
    },
    /// There was a panic. What it said may quote a body, so only its place is told.
    Panicked(Option<&'a Location<'a>>),
    /// How long the start took, from the process's first instruction that is ours.
    Started {
        /// All of it.
        total: Duration,
        /// Its parts; those that wait for others ran side by side.
        phases: Vec<(&'static str, Duration)>,
    },
    /// It was asked to stop, and has.
    Stopped {
        /// Whether everything in flight was answered first.
        whole: bool,
    },
    /// An invocation by nobody that the function knows.
    UnknownEvent {
        /// The names of its top-level keys.
        keys: &'a [String],
        /// The platform's id of the invocation.
        request: &'a str,
    },
    /// Something that starts and deserves a look.
    Warning {
        /// The config's name.
        origin: String,
        /// What, where, and the next step.
        problem: Problem,
    },
}

impl Notice<'_> {
    /// How much it matters.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::Listening { .. } | Self::Started { .. } | Self::Stopped { whole: true } => Severity::Info,
            Self::Awaiting { .. } | Self::Stopped { whole: false } | Self::Warning { .. } => Severity::Warning,
            Self::Closed { .. } | Self::NotStarted { .. } | Self::Panicked(_) | Self::UnknownEvent { .. } => {
                Severity::Error
            }
        }
    }

    /// What a script reads without taking the sentence apart.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Listening { sources, .. } => {
                let sources: Vec<String> = sources.iter().map(|(name, place)| format!("{name} {place}")).collect();
                vec![("sources", sources.join(", "))]
            }
            Self::UnknownEvent { request, .. } => vec![("requestId", (*request).to_owned())],
            Self::Awaiting { source, .. } | Self::Closed { source, .. } => vec![("source", source.clone())],
            Self::Started { total, phases } => {
                let micros = |took: &Duration| took.as_micros().to_string();
                let phase = |(name, took): &(&'static str, Duration)| (*name, micros(took));
                std::iter::once(("total", micros(total))).chain(phases.iter().map(phase)).collect()
            }
            Self::NotStarted { .. } | Self::Panicked(_) | Self::Stopped { .. } | Self::Warning { .. } => Vec::new(),
        }
    }
}

impl std::fmt::Display for Notice<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Awaiting { source, place } => write!(
                formatter,
                "source {source:?} has no key yet and answers 503: begin a registration at its provider, and the first key \
                 that comes is kept in {place}"
            ),
            Self::Closed { source, error } => write!(formatter, "source {source:?} is closed and answers 503: {error}"),
            Self::Listening { address, .. } => write!(formatter, "listening on {address}"),
            Self::NotStarted { line } => formatter.write_str(line),
            Self::Started { total, phases } => {
                let millis = |took: &Duration| took.as_secs_f64() * 1_000.0;
                write!(formatter, "started in {:.1} ms", millis(total))?;
                for (index, (name, took)) in phases.iter().enumerate() {
                    write!(formatter, "{} {name} {:.1}", if index == 0 { ":" } else { "," }, millis(took))?;
                }
                Ok(())
            }
            Self::Panicked(Some(place)) => {
                // Of a dependency's file only what is the same on every machine: crate, version, path.
                let file = place.file().rsplit_once("/registry/src/").map_or(place.file(), |(_, file)| file);
                write!(formatter, "panicked at {file}:{}:{}", place.line(), place.column())
            }
            Self::Panicked(None) => formatter.write_str("panicked at an unknown place"),
            Self::Stopped { whole: true } => formatter.write_str("stopped: everything in flight was answered"),
            Self::Stopped { whole: false } => {
                formatter.write_str("stopped: the time was up before everything in flight was answered")
            }
            Self::UnknownEvent { keys, .. } => {
                write!(
                    formatter,
                    "not an event of a Function URL, API Gateway, ALB, SQS, SNS or EventBridge, but one with {:?}",
                    keys
                )
            }
            Self::Warning { origin, problem } => formatter.write_str(&problem.line(origin)),
        }
    }
}
