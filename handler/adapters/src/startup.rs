//! From a config to a receiver: what both entrypoints, and the operator's command, do before the first delivery.
//!
//! Finding and parsing are pure but for one file; assembling does all I/O of a start, once.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use doorbell_core::config::{Config, DestinationConfig, Problem, Problems, Registry, SecretRef, SourceConfig};
use doorbell_core::destination::{Durability, Target};
use doorbell_core::limit::Limiter;
use doorbell_core::name::{DestinationName, SourceName};
use doorbell_core::provider::{self, Retries};
use doorbell_core::route::{Filter, Route};
use doorbell_core::secret::LiveSecret;
use doorbell_core::source::{DEFAULT_BODY_LIMIT, DEFAULT_BUDGET, DEFAULT_WINDOW, Source};
use doorbell_core::tally::Tally;
use doorbell_core::verify::Scheme;
use doorbell_core::{Clock, Receiver};

use crate::notice::Notice;
use crate::{dedupe, destination, secret};

/// The config that runs when there is none: `doorbell.toml` of the repository's top.
pub const EMBEDDED: &str = include_str!("../../../doorbell.toml");
/// The name of the embedded config in messages.
pub const EMBEDDED_ORIGIN: &str = "(embedded example)";

/// The text of a config, and where it came from.
#[derive(Clone, Debug)]
pub struct Found {
    /// The TOML.
    pub text: String,
    /// Its name in messages.
    pub origin: String,
    /// Where relative paths start.
    pub folder: PathBuf,
}

/// Where a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Cloud Run or Knative: both set `K_SERVICE`, and put exactly one trusted proxy in front.
    Serving,
    /// AWS Lambda.
    Lambda,
    /// Any other machine.
    Host,
}

impl Platform {
    /// From the variables that the platforms promise to set
    /// (cloud.google.com/run/docs/container-contract, docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
    #[must_use]
    pub fn detect() -> Self {
        if std::env::var_os("AWS_LAMBDA_FUNCTION_NAME").is_some() {
            Self::Lambda
        } else if std::env::var_os("K_SERVICE").is_some() {
            Self::Serving
        } else {
            Self::Host
        }
    }

    /// Proxies to believe where the config does not say.
    const fn trusted_hops(self) -> u8 {
        match self {
            Self::Serving => 1,
            Self::Lambda | Self::Host => 0,
        }
    }

    /// Whether this machine's disk is memory that goes with the instance.
    #[must_use]
    pub const fn forgets(self) -> bool {
        match self {
            Self::Serving | Self::Lambda => true,
            Self::Host => false,
        }
    }
}

/// A config file that cannot be read.
#[derive(Debug)]
pub struct Unreadable {
    path: PathBuf,
    error: std::io::Error,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (path, error) = (self.path.display(), &self.error);
        write!(formatter, "{path}: cannot read the config: {error}; name a file with --config or DOORBELL_CONFIG")
    }
}

impl std::error::Error for Unreadable {}

/// The config: the file that was named, else `DOORBELL_CONFIG` (a path), else `DOORBELL_CONFIG_TOML` (the
/// text itself). `None` where nothing names one.
///
/// # Errors
/// The named file cannot be read.
pub fn find(named: Option<&Path>) -> Result<Option<Found>, Unreadable> {
    let path = named.map(Path::to_owned).or_else(|| {
        let path = std::env::var_os("DOORBELL_CONFIG").filter(|path| !path.is_empty());
        path.map(PathBuf::from)
    });
    if let Some(path) = path {
        let text = std::fs::read_to_string(&path).map_err(|error| Unreadable { path: path.clone(), error })?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        return Ok(Some(Found { text, origin: path.display().to_string(), folder }));
    }
    let inline = |text| Found { text, origin: "DOORBELL_CONFIG_TOML".to_owned(), folder: PathBuf::new() };
    Ok(std::env::var("DOORBELL_CONFIG_TOML").ok().map(inline))
}

impl Found {
    /// The embedded example; relative paths start where the program was started.
    #[must_use]
    pub fn embedded() -> Self {
        Self { text: EMBEDDED.to_owned(), origin: EMBEDDED_ORIGIN.to_owned(), folder: PathBuf::new() }
    }

    /// The checked config.
    ///
    /// # Errors
    /// All problems of the text.
    pub fn parse(&self) -> Result<Config, Problems> {
        Config::parse(&self.text, &self.origin, &registry())
    }
}

/// Everything that a config may name.
#[must_use]
pub fn registry() -> Registry {
    Registry {
        destinations: &destination::KINDS,
        stores: &dedupe::KINDS,
        secret_schemes: secret::SCHEMES,
        providers: provider::ALL,
    }
}

/// A receiver, ready, and what the operator should know of it.
#[derive(Debug)]
pub struct Assembled {
    /// The chain.
    pub receiver: Receiver,
    /// Warnings of the config, sources that are closed.
    pub notices: Vec<Notice<'static>>,
}

/// Fetches a secret. [`secret::fetch`], but for the example, which makes its own.
pub type Fetch<'a> = &'a dyn Fn(&SecretRef) -> Result<LiveSecret, secret::FetchError>;

/// Fetches secrets, opens destinations and stores, and puts the chain together.
///
/// A secret that is missing closes its own source; the others open.
///
/// # Errors
/// What only a start can find, at its place in the config: a destination that cannot be opened, a secret of the
/// wrong shape. Nothing is bound then.
pub fn assemble(
    found: &Found,
    config: &Config,
    platform: Platform,
    clock: Arc<dyn Clock>,
    fetch: Fetch<'_>,
) -> Result<Assembled, Problems> {
    let mut problems = Vec::new();
    let mut notices: Vec<_> = config.warnings().into_iter().map(|problem| warning(problem, found)).collect();

    let targets: Vec<Arc<Target>> = (config.destinations.iter())
        .filter_map(|destination| {
            notices.extend(forgotten(destination, platform).map(|problem| warning(problem, found)));
            open(destination, &found.folder).map_err(|problem| problems.push(problem)).ok()
        })
        .collect();
    let dedupe = dedupe::open(&config.dedupe);
    let mut sources = Vec::with_capacity(config.sources.len());
    for source in &config.sources {
        match ready(source, config, &targets, fetch) {
            Ok((source, closed)) => {
                notices.extend(closed);
                sources.push(source);
            }
            Err(problem) => problems.push(problem),
        }
    }
    let trusted_hops = config.trusted_hops.unwrap_or(platform.trusted_hops());
    let receiver = Receiver::new(sources, dedupe, clock, trusted_hops);
    Problems::refuse(&found.origin, problems, Assembled { receiver, notices })
}

fn warning(problem: Problem, found: &Found) -> Notice<'static> {
    Notice::Warning { origin: found.origin.clone(), problem }
}

/// A destination on a disk that is memory keeps nothing once the instance goes.
#[must_use]
pub fn forgotten(destination: &DestinationConfig, platform: Platform) -> Option<Problem> {
    let volume = destination.settings.text("storage") == Some("volume");
    (platform.forgets() && destination.kind.durability == Durability::HostDurable && !volume).then(|| {
        let what = format!("destination {:?} writes to a disk that goes with the instance", destination.name);
        Problem::new(destination.at, what, "mount a volume and say storage = \"volume\"")
    })
}

fn open(config: &DestinationConfig, folder: &Path) -> Result<Arc<Target>, Problem> {
    let failed = |what: String, fix: &str| Problem::new(config.at, what, fix);
    let name = DestinationName::parse(&config.name)
        .ok_or_else(|| failed(format!("{:?} is no name", config.name), "use letters, digits, - and _"))?;
    let destination = destination::open(config.kind, &config.settings, folder)
        .map_err(|error| failed(format!("destination {:?}: {}", config.name, error.what), &error.fix))?;
    Ok(Arc::new(Target { name, destination, timeout: config.timeout }))
}

/// A source, and a notice where it has to stay closed.
fn ready(
    config: &SourceConfig,
    whole: &Config,
    targets: &[Arc<Target>],
    fetch: Fetch<'_>,
) -> Result<(Source, Option<Notice<'static>>), Problem> {
    let name = SourceName::parse(&config.name).ok_or_else(|| {
        Problem::new(config.at, format!("{:?} is no name", config.name), "use letters, digits, - and _")
    })?;
    let provider = config.provider();
    let (scheme, facts) = (config.scheme(), config.facts());
    let (keys, closed) = keyring(config, &scheme, fetch)?;
    let events: Vec<String> = config.events.iter().map(|entry| entry.value.clone()).collect();
    let limits = &config.limits;
    let rate =
        limits.rate.map(|rate| Limiter::new(rate.count.get(), rate.per, limits.burst.unwrap_or(rate.count.get())));
    let to = |route: &doorbell_core::config::RouteConfig| Route {
        to: targets.iter().filter(|target| route.requires(target.name.as_str())).cloned().collect(),
    };
    let source = Source {
        name,
        path: config.path.value.clone(),
        provider,
        scheme,
        keys,
        facts,
        events: Filter::new((!events.is_empty()).then_some(events.as_slice())),
        dedupe: config.dedupe,
        window: window(whole, provider),
        body_limit: usize::try_from(body_limit(config, provider)).unwrap_or(usize::MAX),
        rate,
        allow: limits.allow.clone(),
        budget: budget(config, provider),
        routes: whole.routes.iter().filter(|route| route.takes(&config.name)).map(to).collect(),
        tally: Tally::default(),
    };
    Ok((source, closed))
}

/// How long the sender waits: as the operator says, else as the provider does, else 10 s.
#[must_use]
pub fn budget(source: &SourceConfig, provider: Option<&provider::Provider>) -> Duration {
    let said = source.ack_within.as_ref().map(|within| within.value);
    said.or_else(|| provider?.deadline).unwrap_or(DEFAULT_BUDGET)
}

/// The cap on a body, in bytes: as the operator says, else the largest that the provider sends, else 1 MiB.
#[must_use]
pub fn body_limit(source: &SourceConfig, provider: Option<&provider::Provider>) -> u64 {
    source.limits.body.or_else(|| provider?.max_body).unwrap_or(DEFAULT_BODY_LIMIT as u64)
}

/// How long a duplicate is recognised: as the operator says, else as long as the provider retries, else a day.
#[must_use]
pub fn window(config: &Config, provider: Option<&provider::Provider>) -> Duration {
    let horizon = match provider.map(|provider| provider.retries) {
        Some(Retries::For(horizon)) => horizon,
        Some(Retries::Never | Retries::Unknown) | None => DEFAULT_WINDOW,
    };
    config.dedupe.window.unwrap_or(horizon.max(DEFAULT_WINDOW))
}

type Ring = (Option<doorbell_core::secret::Keyring>, Option<Notice<'static>>);

fn keyring(config: &SourceConfig, scheme: &Scheme, fetch: Fetch<'_>) -> Result<Ring, Problem> {
    if matches!(scheme, Scheme::Unsigned) {
        return Ok((None, None));
    }
    let mut live = Vec::with_capacity(config.secrets.len());
    for reference in &config.secrets {
        match fetch(&reference.value) {
            Ok(secret) => live.push(secret),
            Err(error) => {
                return Ok((None, Some(Notice::Closed { source: config.name.clone(), error })));
            }
        }
    }
    let at = config.secrets.first().map_or(config.at, |reference| reference.at);
    let shape = |wrong: doorbell_core::verify::WrongShape| {
        let what = format!("a secret of source {:?} has the wrong shape", config.name);
        Problem::new(at, what, format!("it must be {}", wrong.expected))
    };
    scheme.keyring(live).map(|ring| (Some(ring), None)).map_err(shape)
}
