//! `doorbell check`: proves the config, and says what follows from it for each source.

mod registration;
mod routes;
mod secrets;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use doorbell_adapters::startup;
use doorbell_adapters::startup::{Found, Platform};
use doorbell_core::Clock;
use doorbell_core::config::{Config, DestinationConfig, Problem, SourceConfig};
use doorbell_core::dedupe::Rule;
use doorbell_core::destination::Durability;
use doorbell_core::provider::{Level, Retries};
use doorbell_core::receiver::for_the_work;
use serde::Serialize;

use crate::exit::{Exit, Refusal};
use crate::screen::{Screen, Tone};
use crate::target::Target;
use crate::wait::wait;
use crate::{address, amount, contract, scheme};

use secrets::SecretReport;

/// Which config, and for where.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The config; else DOORBELL_CONFIG, DOORBELL_CONFIG_TOML, or the example in this program
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The door that it will stand behind
    #[arg(long, value_enum)]
    target: Option<Target>,
    /// Fetch every secret and reach every topic, service and store; say which are missing
    #[arg(long)]
    online: bool,
    /// Take a warning for a no
    #[arg(long)]
    strict: bool,
}

/// All that is said, for a script.
#[derive(Debug, Serialize)]
struct Report<'a> {
    config: &'a str,
    target: Option<&'static str>,
    /// What of a request the target's door does not pass on as it came.
    loses: Option<&'static str>,
    ok: bool,
    sources: Vec<SourceReport>,
    /// Destinations and stores that cannot be used now; looked for online only.
    unreachable: Vec<Problem>,
    warnings: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct SourceReport {
    name: String,
    url: String,
    scheme: String,
    trust: &'static str,
    /// The sender's patience, and what of it is left for the work.
    ack_within_ms: u128,
    budget_ms: u128,
    #[serde(skip)]
    ack_within_by: &'static str,
    retries: &'static str,
    retries_seconds: Option<u64>,
    on_503: String,
    on_401: String,
    stops: Option<String>,
    /// How the key comes, where a handshake delivers it.
    registration: Option<String>,
    dedupe: String,
    dedupe_window_seconds: u64,
    body_limit: u64,
    /// Where the array is whose elements are events.
    split: Option<String>,
    /// The JSON Schema that a body must satisfy.
    schema: Option<String>,
    routes: Vec<routes::RouteReport>,
    secrets: Vec<SecretReport>,
}

#[derive(Debug, Serialize)]
struct DestinationReport {
    name: String,
    kind: &'static str,
    durability: &'static str,
    timeout_ms: Option<u128>,
    /// The destination that takes the event when this one fails.
    spill: Option<String>,
    /// The destination that keeps a body which is too large for this one.
    claim_check: Option<String>,
}

/// A config, and where it will run.
struct Checked<'a> {
    config: &'a Config,
    target: Option<Target>,
    online: bool,
}

pub(crate) fn run(args: &Args, clock: &Arc<dyn Clock>, screen: Screen) -> Result<Exit, Refusal> {
    let found = startup::find(args.config.as_deref()).map_err(|error| Refusal::Usage(error.to_string()))?;
    let found = found.unwrap_or_else(Found::embedded);
    let config = found.parse().map_err(Refusal::Config)?;
    let checked = Checked { config: &config, target: args.target, online: args.online };
    let sources: Vec<SourceReport> = config.sources.iter().map(|source| checked.source(source)).collect();
    let warnings = checked.warnings();
    let secrets_right = sources.iter().flat_map(|source| &source.secrets).all(|secret| secret.problem.is_none());
    let unreachable =
        if args.online { wait(startup::unreachable(&found, &config, Arc::clone(clock)))? } else { Vec::new() };
    let ok = secrets_right && unreachable.is_empty() && (warnings.is_empty() || !args.strict);
    let target = args.target.map(Target::name);
    let loses = args.target.and_then(Target::loses);
    let report = Report { config: &found.origin, target, loses, ok, sources, unreachable, warnings };
    if screen.json {
        screen.document(&report)
    } else {
        report.say(&checked, screen)
    }
    Ok(if ok { Exit::Yes } else { Exit::No })
}

impl Checked<'_> {
    fn platform(&self) -> Platform {
        self.target.map_or_else(Platform::detect, Target::platform)
    }

    /// The sender's patience, or the door's where that is shorter; and whose it is.
    fn patience(&self, source: &SourceConfig) -> (Duration, &'static str) {
        let provider = source.provider();
        let by = match (&source.ack_within, provider.and_then(|provider| provider.deadline)) {
            (Some(_), _) => "by ack_within",
            (None, Some(_)) => "as its provider says",
            (None, None) => "assumed: nobody says",
        };
        let patience = startup::budget(source, provider);
        match self.target.and_then(Target::patience) {
            Some(door) if door < patience => (door, "by its door"),
            Some(_) | None => (patience, by),
        }
    }

    fn source(&self, source: &SourceConfig) -> SourceReport {
        let provider = source.provider();
        let scheme = source.scheme();
        let (patience, ack_within_by) = self.patience(source);
        let retried = provider.map_or(Retries::Unknown, |provider| provider.retries);
        let (retries, retries_seconds) = contract::retries_in_short(retried);
        let base = if self.target.is_some() { "https://HOST" } else { "http://HOST" };
        let delivered = registration::of(source, self.online);
        SourceReport {
            name: source.name.clone(),
            url: address::of(source, self.config, base),
            scheme: std::iter::once(&scheme)
                .chain(source.and.iter().map(|factor| &factor.scheme))
                .map(scheme::proof)
                .collect::<Vec<_>>()
                .join("; and "),
            trust: source.trust().as_str(),
            ack_within_ms: patience.as_millis(),
            budget_ms: for_the_work(patience).as_millis(),
            ack_within_by,
            retries,
            retries_seconds,
            on_503: contract::of_503(provider),
            on_401: contract::of_401(provider),
            stops: provider.and_then(|provider| contract::stops(provider.contract)),
            registration: delivered.as_ref().map(|delivered| delivered.say(source, self.platform())),
            dedupe: dedupe(source),
            dedupe_window_seconds: startup::window(self.config, provider).as_secs(),
            body_limit: startup::body_limit(source, provider),
            split: source.split.as_ref().map(scheme::place),
            schema: source.schema.as_ref().map(|schema| schema.value.clone()),
            routes: routes::of(self.config, source),
            secrets: secrets::of(source, self.online, delivered.is_some_and(|delivered| delivered.is_awaited())),
        }
    }

    /// What starts, but deserves a look; in the order of the text.
    fn warnings(&self) -> Vec<Problem> {
        let platform = self.platform();
        let mut all = self.config.warnings();
        all.extend(self.config.destinations.iter().filter_map(|destination| startup::forgotten(destination, platform)));
        all.extend(startup::overfilled(self.config));
        all.extend(self.per_instance(platform));
        all.extend(self.config.destinations.iter().filter_map(|destination| self.too_slow(destination)));
        for source in &self.config.sources {
            all.extend(self.cut_off(source));
            all.extend(self.lost(source));
        }
        all.sort();
        all
    }

    /// Records that live in the instance tell a duplicate only from what the same instance took.
    fn per_instance(&self, platform: Platform) -> Option<Problem> {
        let dedupe = &self.config.dedupe;
        let store = dedupe.store.filter(|store| store.durability != Durability::Durable && platform.forgets())?;
        let what = format!(
            "dedupe {:?} is per instance: a duplicate that reaches another one is handed off again",
            store.name
        );
        Some(Problem::new(
            dedupe.settings.at("store"),
            what,
            "say store = \"firestore\" or \"dynamodb\", or make what reads the destinations take an event twice",
        ))
    }

    /// A hand-off that may take longer than the least patient of its senders waits.
    fn too_slow(&self, destination: &DestinationConfig) -> Option<Problem> {
        let timeout = destination.timeout?;
        let sends =
            |source: &&SourceConfig| routes::required(self.config, source).iter().any(|to| to.name == destination.name);
        let senders = self.config.sources.iter().filter(sends);
        let budget = |source: &SourceConfig| for_the_work(self.patience(source).0);
        let (least, source) = senders.map(|source| (budget(source), &source.name)).min()?;
        (timeout > least).then(|| {
            let (name, timeout, least) = (&destination.name, amount::time(timeout), amount::time(least));
            let what = format!("destination {name:?} may take {timeout}, but source {source:?} has {least} in all");
            Problem::new(destination.settings.at("timeout"), what, "lower the timeout: it is cut to the budget anyway")
        })
    }

    /// A limit above what the door lets through: the door answers then, in words of its own.
    fn cut_off(&self, source: &SourceConfig) -> Option<Problem> {
        let (target, limit) = (self.target?, source.limits.body?);
        let ceiling = target.body_ceiling().filter(|ceiling| limit > *ceiling)?;
        let (name, limit, door) = (&source.name, amount::size(limit), target.name());
        let what =
            format!("source {name:?} takes bodies up to {limit}, {door} about {} MB", amount::megabytes(ceiling));
        Some(Problem::new(source.at, what, "lower limits.body, or choose another door"))
    }

    /// Where nobody tries again, a failure here is the end of the event.
    fn lost(&self, source: &SourceConfig) -> Option<Problem> {
        let provider = source.provider().filter(|provider| provider.retries == Retries::Never)?;
        if routes::always_durable(self.config, source) {
            return None;
        }
        let what = format!(
            "{} never retries, and by a route of source {:?} no destination is durable",
            provider.title, source.name
        );
        Some(Problem::new(
            source.at,
            what,
            "a 503 loses the event: name a destination that keeps it elsewhere, such as pubsub",
        ))
    }
}

impl DestinationReport {
    fn of(destination: &DestinationConfig) -> Self {
        Self {
            name: destination.name.clone(),
            kind: destination.kind.name,
            durability: durability(destination.kind.durability),
            timeout_ms: destination.timeout.map(|timeout| timeout.as_millis()),
            spill: destination.spill.as_ref().map(|spill| spill.value.clone()),
            claim_check: destination.claim_check.as_ref().map(|keeper| keeper.value.clone()),
        }
    }

    fn in_words(&self) -> String {
        let limit = self.timeout_ms.map(|timeout| format!(", at most {}", millis(timeout)));
        let spill = self.spill.as_ref().map(|spill| format!(", else {spill}"));
        let keeper = self.claim_check.as_ref().map(|keeper| format!(", large bodies in {keeper}"));
        let behind = [limit, spill, keeper].into_iter().flatten().collect::<String>();
        format!("{} ({}, {}{behind})", self.name, self.kind, self.durability)
    }
}

fn millis(count: u128) -> String {
    amount::time(Duration::from_millis(u64::try_from(count).unwrap_or(u64::MAX)))
}

/// What makes two deliveries of a source the same, in words.
fn dedupe(source: &SourceConfig) -> String {
    let (scheme, facts) = (source.scheme(), source.facts());
    if facts.id_is_shared && source.dedupe == Rule::Id {
        return format!("by the id, {}, together with the content", scheme::places(&facts.id, &scheme));
    }
    let envelope = source.provider().and_then(|provider| provider.envelope);
    let envelope = envelope.filter(|envelope| source.id.is_none() && !envelope.is_signed());
    if let (Rule::Id, Some(envelope)) = (source.dedupe, envelope) {
        return format!("by the id, {}, together with the content", envelope.id_in_words());
    }
    match (source.dedupe, facts.id.first()) {
        (Rule::Off, _) => "off: every delivery counts".to_owned(),
        (Rule::Content, _) | (Rule::Id, None) => "by the content".to_owned(),
        (Rule::Id, Some(id)) if scheme.covers(id) => format!("by the id, {}", scheme::places(&facts.id, &scheme)),
        (Rule::Id, Some(_)) => format!("by the id, {}, together with the content", scheme::places(&facts.id, &scheme)),
    }
}

const fn durability(durability: Durability) -> &'static str {
    match durability {
        Durability::Durable => "durable",
        Durability::HostDurable => "host-durable",
        Durability::None => "none",
    }
}

impl Report<'_> {
    fn say(&self, checked: &Checked<'_>, screen: Screen) {
        for (source, config) in self.sources.iter().zip(&checked.config.sources) {
            screen.line(&format!("{}  {}", screen.tint(Tone::Strong, &source.name), source.url));
            for (name, text) in source.rows(config) {
                screen.line(&format!("  {name:8}  {text}"));
            }
            for secret in &source.secrets {
                let text = match (&secret.problem, secret.fetched) {
                    (Some(problem), _) => screen.tint(Tone::Bad, problem),
                    (None, true) => format!("{} {}", secret.reference, screen.tint(Tone::Good, "is there")),
                    (None, false) => secret.reference.clone(),
                };
                screen.line(&format!("  secret    {text}"));
            }
            screen.line("");
        }
        if let (Some(target), Some(loses)) = (self.target, self.loses) {
            screen.line(&format!("behind {target}: {loses}"));
        }
        for problem in &self.unreachable {
            screen.line(&screen.tint(Tone::Bad, &problem.line(self.config)));
        }
        for warning in &self.warnings {
            screen.line(&format!("{} {}", screen.tint(Tone::Warning, "warning:"), warning.line(self.config)));
        }
        let count = match self.warnings.len() {
            0 => "no warnings".to_owned(),
            1 => "1 warning".to_owned(),
            more => format!("{more} warnings"),
        };
        let wrong = self.sources.iter().flat_map(|source| &source.secrets).filter(|secret| secret.problem.is_some());
        let because = match (self.ok, wrong.count()) {
            (false, 0) if !self.unreachable.is_empty() => {
                format!("{} holds, but not all that it names can be reached, {count}", self.config)
            }
            (true, _) => format!("{} holds, {count}", self.config),
            (false, 0) => format!("{} holds, but --strict takes {count} for a no", self.config),
            (false, 1) => format!("{} holds, but a secret does not, {count}", self.config),
            (false, wrong) => format!("{} holds, but {wrong} secrets do not, {count}", self.config),
        };
        let verdict = if self.ok { screen.tint(Tone::Good, "yes") } else { screen.tint(Tone::Bad, "no") };
        screen.line(&format!("{verdict}: {because}"));
    }
}

impl SourceReport {
    /// What a person reads of it, line by line.
    fn rows(&self, config: &SourceConfig) -> Vec<(&'static str, String)> {
        let (patience, budget) = (self.ack_within_ms, self.budget_ms);
        let way_back = millis(patience.saturating_sub(budget));
        let retries = config.provider().map_or(Retries::Unknown, |provider| provider.retries);
        let window = amount::time(Duration::from_secs(self.dedupe_window_seconds));
        let mut rows = vec![
            ("proof", self.scheme.clone()),
            ("trust", scheme::trust(config.trust()).to_owned()),
            (
                "budget",
                format!(
                    "{} to answer ({}) - {way_back} for the way back = {}",
                    millis(patience),
                    self.ack_within_by,
                    millis(budget)
                ),
            ),
            ("retries", contract::retries(retries)),
            ("a 503", self.on_503.clone()),
            ("a 401", self.on_401.clone()),
            (
                "dedupe",
                if config.dedupe == Rule::Off { self.dedupe.clone() } else { format!("{}, for {window}", self.dedupe) },
            ),
            ("body", format!("up to {}", amount::size(self.body_limit))),
        ];
        rows.extend(self.split.iter().map(|array| ("split", format!("each element of {array} is an event"))));
        rows.extend(self.schema.iter().map(|file| ("schema", format!("{file}; what does not satisfy it is a 422"))));
        rows.extend(self.routes.iter().flat_map(routes::RouteReport::rows));
        rows.extend(self.registration.iter().map(|said| ("key", said.clone())));
        rows.extend(self.stops.iter().map(|stops| ("stops", stops.clone())));
        if config.provider().is_some_and(|provider| provider.evidence.level == Level::Secondary) {
            rows.insert(1, ("known", "from secondary sources; try it with a real delivery first".to_owned()));
        }
        rows
    }
}
