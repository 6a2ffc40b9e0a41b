//! What the log may say of a delivery.
//!
//! The fields are numbers, fixed words, names that the operator gave, and short facts of a proven
//! event. There is no field that a secret, a signature or a body fits into.

use std::time::Duration;

use crate::dedupe::hex;
use crate::delivery::{DeliveryId, Head};
use crate::destination::Spilled;
use crate::event::Fact;
use crate::extract::Unfit;
use crate::fault::{Cause, Fault};
use crate::name::{DestinationName, SourceName};
use crate::provider::Contract;
use crate::reply::{Content, Outcome, Reply};
use crate::secret::SecretVersion;
use crate::source::Source;
use crate::verify::Trust;
use crate::{Clock, Event};

/// One line of the log: one delivery.
#[derive(Clone, Debug)]
pub struct Record {
    /// The id that the sender got.
    pub id: DeliveryId,
    /// The source, if the path had one.
    pub source: Option<SourceName>,
    /// [`Outcome::code`].
    pub outcome: &'static str,
    /// [`Outcome::guard`].
    pub guard: Option<&'static str>,
    /// What an adapter said of its failure.
    pub fault: Option<Fault>,
    /// The destination that failed.
    pub destination: Option<DestinationName>,
    /// The destinations beside the required ones that did not take the event, and why.
    pub missed: Vec<(DestinationName, Fault)>,
    /// The destinations that failed and whose spill holds the event, and why.
    pub spilled: Vec<(DestinationName, Fault)>,
    /// Why the sender was told a plain yes, where its route had more to say.
    pub untold: Option<Cause>,
    /// What of the body is not as it is demanded: where, and the rule.
    pub unfit: Option<Unfit>,
    /// The numbers of the routes that took it, where there are several to tell apart.
    pub routes: Vec<usize>,
    /// The status of the reply.
    pub status: u16,
    /// The event's type, and whether the proof covers it.
    pub kind: Option<Short>,
    /// How much was proven.
    pub trust: Option<Trust>,
    /// The first eight bytes of the event id's SHA-256, in hex.
    pub id_digest: Option<String>,
    /// Which version of the secret matched.
    pub secret_version: Option<SecretVersion>,
    /// How many events it held, where it was split.
    pub events: Option<usize>,
    /// Bytes of the body.
    pub bytes: usize,
    /// Where the time went.
    pub latency: Latency,
    /// The trace that the platform put on the request.
    pub trace: Option<Trace>,
}

/// A fact of a proven event, cut to 64 printable characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short(String);

impl Short {
    fn of(fact: &Fact) -> Self {
        Self(fact.text().chars().filter(|c| matches!(c, ' '..='~')).take(64).collect())
    }
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The trace a delivery belongs to: 32 hex digits, and 16 of the span where known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The trace id.
    pub trace: String,
    /// The parent span's id.
    pub span: Option<String>,
}

impl Trace {
    /// From W3C `traceparent` (`00-<32 hex>-<16 hex>-<flags>`), else Google's `X-Cloud-Trace-Context`
    /// (`<32 hex>/<span, decimal>;...`). Anything else is not kept: it came from outside.
    #[must_use]
    pub fn of(head: &Head) -> Option<Self> {
        let is_hex = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let header = |name| head.one_header(name).ok().flatten();
        if let Some(parent) = header("traceparent") {
            let mut fields = parent.split('-').skip(1);
            let trace = fields.next().filter(|text| is_hex(text, 32))?;
            let span = fields.next().filter(|text| is_hex(text, 16));
            return Some(Self { trace: trace.to_ascii_lowercase(), span: span.map(str::to_ascii_lowercase) });
        }
        let trace = header("x-cloud-trace-context")?.split('/').next().filter(|text| is_hex(text, 32))?;
        Some(Self { trace: trace.to_ascii_lowercase(), span: None })
    }
}

/// Where the time of a delivery went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Latency {
    /// From the head to the end of the body.
    pub admit: Duration,
    /// The proof and the facts.
    pub verify: Duration,
    /// The dedupe store.
    pub claim: Duration,
    /// The destinations.
    pub hand_off: Duration,
    /// From the head to the reply.
    pub total: Duration,
}

/// Collects a record while the chain runs.
#[derive(Debug)]
pub(crate) struct Trail {
    pub(crate) record: Record,
    /// What its sender makes of the reply.
    pub(crate) contract: Contract,
    /// When the last stage ended, on the monotonic clock.
    pub(crate) last: Duration,
}

impl Trail {
    pub(crate) fn new(head: &Head, source: Option<&Source>) -> Self {
        let mut trail = Self::headless(head.door.id.clone());
        trail.record.source = source.map(|source| source.name.clone());
        trail.contract = source.map_or(Contract::UNKNOWN, Source::contract);
        trail.record.trace = Trace::of(head);
        trail
    }

    /// Of a request that no head could be read from.
    pub(crate) fn headless(id: DeliveryId) -> Self {
        let record = Record {
            id,
            source: None,
            outcome: "",
            guard: None,
            fault: None,
            destination: None,
            missed: Vec::new(),
            spilled: Vec::new(),
            untold: None,
            unfit: None,
            routes: Vec::new(),
            status: 0,
            kind: None,
            trust: None,
            id_digest: None,
            secret_version: None,
            events: None,
            bytes: 0,
            latency: Latency::default(),
            trace: None,
        };
        Self { record, contract: Contract::UNKNOWN, last: Duration::ZERO }
    }

    /// The same delivery from here on, for one event of it.
    pub(crate) fn fork(&self, clock: &dyn Clock) -> Self {
        Self { record: self.record.clone(), contract: self.contract, last: clock.monotonic() }
    }

    /// Ends a stage; how long it took. One look at the clock ends this one and begins the next.
    pub(crate) fn lap(&mut self, clock: &dyn Clock) -> Duration {
        let now = clock.monotonic();
        now.saturating_sub(std::mem::replace(&mut self.last, now))
    }

    /// These failed, and their spill holds the event.
    pub(crate) fn spilled(&mut self, source: &Source, spilled: Spilled) {
        source.tally.spill(spilled.len());
        self.record.spilled.extend(spilled);
    }

    pub(crate) fn event(&mut self, event: &Event) {
        use sha2::{Digest, Sha256};
        let digest = |fact: &Fact| hex(Sha256::digest(fact.text().as_bytes()).get(..8).unwrap_or_default());
        self.record.kind = event.kind().map(Short::of);
        self.record.id_digest = event.id().map(digest);
        self.record.trust = Some(event.trust());
        self.record.secret_version = event.secret_version().cloned();
    }

    /// What the sender is told beside the yes. Where that cannot be made the event is held all the same: a no would bring it
    /// again.
    pub(crate) fn told(&mut self, content: Result<Option<Content>, Cause>) -> Option<Box<Content>> {
        content
            .unwrap_or_else(|cause| {
                self.record.untold = Some(cause);
                None
            })
            .map(Box::new)
    }

    pub(crate) fn end(mut self, outcome: &Outcome, reply: &Reply) -> Record {
        self.record.outcome = outcome.code();
        self.record.guard = outcome.guard();
        self.record.status = reply.status();
        if let Outcome::Failed(fault) = outcome {
            self.record.fault = Some(fault.clone());
        }
        if let Outcome::Unfit(unfit) = outcome {
            self.record.unfit = Some(unfit.clone());
        }
        self.record
    }
}
