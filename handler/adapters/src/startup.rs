//! From a config to a receiver: what both entrypoints, and the operator's command, do before the first delivery.
//!
//! Finding and parsing are pure but for the config and the schemas that it names; assembling does all I/O of a start, once.

mod agreed;
mod keys;
mod rehearsal;
mod schema;
mod source;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use doorbell_core::clock::within;
use doorbell_core::config::{Config, DedupeConfig, DestinationConfig, Placed, Problem, Problems, Registry};
use doorbell_core::destination::{ClaimCheck, Durability, Target};
use doorbell_core::fault::Cause;
use doorbell_core::name::DestinationName;
use doorbell_core::source::Source;
use doorbell_core::{BoxFuture, Clock, Dedupe, Destination, Receiver};
use futures_util::future::{join, join_all, join3};

use crate::destination::{OpenError, Site};
use crate::notice::Notice;
use crate::outward::Outward;
use crate::secret::Vault;
use crate::{dedupe, destination, secret};

pub use rehearsal::rehearse;
pub use source::{body_limit, budget, overfilled, window};

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

    /// The checked config, what only the adapters know of it included.
    ///
    /// # Errors
    /// All problems of the text; where its form is right, all that the adapters find.
    pub fn parse(&self) -> Result<Config, Problems> {
        let config = Config::parse(&self.text, &self.origin, &registry())?;
        let of_destination = |destination| {
            let found = destination::judge(destination).into_iter();
            found.map(move |error| destination_problem(destination, error))
        };
        let mut problems: Vec<Problem> = config.destinations.iter().flat_map(of_destination).collect();
        problems.extend(config.sources.iter().filter_map(|source| schema::of(source, &self.folder).err()));
        problems.extend(dedupe::judge(&config.dedupe).into_iter().map(|error| store_problem(&config.dedupe, error)));
        Problems::refuse(&self.origin, problems, config)
    }
}

/// Everything that a config may name.
#[must_use]
pub fn registry() -> Registry {
    Registry {
        destinations: &destination::KINDS,
        stores: &dedupe::KINDS,
        secret_schemes: secret::SCHEMES,
        providers: doorbell_core::provider::ALL,
    }
}

/// A receiver, ready, and what the operator should know of it.
#[derive(Debug)]
pub struct Assembled {
    /// The chain.
    pub receiver: Receiver,
    /// Warnings of the config, sources that are closed, what cannot be reached.
    pub notices: Vec<Notice<'static>>,
    /// How long each part took; they ran side by side.
    pub phases: Vec<(&'static str, Duration)>,
}

/// How long a start waits for secrets and for what is behind the destinations. After that it goes on without: a source
/// whose secrets are missing stays closed until they come.
const PATIENCE: Duration = Duration::from_secs(5);

/// Fetches secrets, opens destinations and stores, all at once, and puts the chain together.
///
/// A secret that is missing closes its own source; the others open. What is behind a destination and cannot be reached
/// is said, and answered 503 while it lasts.
///
/// # Errors
/// What only a start can find, at its place in the config: a destination that cannot be opened, a secret of the
/// wrong shape. Nothing is bound then.
pub async fn assemble(
    found: &Found,
    config: &Config,
    platform: Platform,
    clock: Arc<dyn Clock>,
    vault: Arc<Vault>,
) -> Result<Assembled, Problems> {
    let mut problems = Vec::new();
    let mut notices: Vec<_> = config.warnings().into_iter().map(|problem| warning(problem, found)).collect();
    notices.extend(overfilled(config).into_iter().map(|problem| warning(problem, found)));
    let forgotten = config.destinations.iter().filter_map(|destination| forgotten(destination, platform));
    notices.extend(forgotten.map(|problem| warning(problem, found)));

    let site = Site {
        folder: found.folder.clone(),
        vault: Arc::clone(&vault),
        outward: Outward::default(),
        clock: Arc::clone(&clock),
    };
    let began = clock.now();
    let site = &site;
    let fetched = |source| async move {
        let gates = keys::gates(source);
        join_all(gates.iter().map(|gate| keys::keys(gate, site))).await
    };
    let fetched = config.sources.iter().map(|source| join(fetched(source), agreed::agreed(source, site)));
    let (keys, destinations, dedupe) = join3(
        timed(&clock, join_all(fetched)),
        timed(&clock, join_all(config.destinations.iter().map(|destination| open(destination, site)))),
        timed(&clock, open_store(&config.dedupe, site)),
    )
    .await;
    let phases = vec![("secrets", keys.1), ("destinations", destinations.1), ("dedupe", dedupe.1)];

    let mut adapters = Vec::with_capacity(config.destinations.len());
    for opened in destinations.0 {
        match opened {
            Ok((adapter, unreachable)) => {
                notices.extend(unreachable.map(|problem| warning(problem, found)));
                adapters.push(adapter);
            }
            Err(problem) => problems.push(problem),
        }
    }
    let targets = targets(config, &adapters);
    let mut sources = Vec::with_capacity(config.sources.len());
    for (source, (fetched, (agreed, tokenless))) in config.sources.iter().zip(keys.0) {
        notices.extend(tokenless.map(|problem| warning(problem, found)));
        let fetched: Result<Vec<_>, Problem> = fetched.into_iter().map(Option::transpose).collect();
        match fetched.and_then(|fetched| source::ready(source, config, &targets, fetched, (began, &found.folder))) {
            Ok((source, closed)) => {
                notices.extend(closed);
                sources.push(Source { agreed, ..source });
            }
            Err(problem) => problems.push(problem),
        }
    }
    let (store, unreachable) = dedupe.0.unwrap_or_else(|problem| {
        problems.push(problem);
        // In no receiver that is given out: a problem refuses the whole start.
        (Arc::new(dedupe::memory::Memory::new()), None)
    });
    notices.extend(unreachable.map(|problem| warning(problem, found)));
    let trusted_hops = config.trusted_hops.unwrap_or(platform.trusted_hops());
    let receiver = Receiver::new(sources, store, clock, trusted_hops);
    Problems::refuse(&found.origin, problems, Assembled { receiver, notices, phases })
}

async fn timed<T>(clock: &Arc<dyn Clock>, work: impl Future<Output = T>) -> (T, Duration) {
    let began = clock.monotonic();
    let done = work.await;
    (done, clock.monotonic().saturating_sub(began))
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

fn destination_problem(config: &DestinationConfig, error: OpenError) -> Problem {
    error.problem(&format!("destination {:?}", config.name), &config.settings, config.at)
}

fn store_problem(config: &DedupeConfig, error: OpenError) -> Problem {
    error.problem("dedupe store", &config.settings, config.settings.at("store"))
}

/// A destination, and what keeps it from taking events now.
type Opened<T> = Result<(T, Option<Problem>), Problem>;

async fn open(config: &DestinationConfig, site: &Site) -> Opened<(DestinationName, Arc<dyn Destination>)> {
    let failed = |what: String, fix: &str| Problem::new(config.at, what, fix);
    let name = DestinationName::parse(&config.name)
        .ok_or_else(|| failed(format!("{:?} is no name", config.name), "use letters, digits, - and _"))?;
    let destination = destination::open(config, site).await.map_err(|error| destination_problem(config, error))?;
    let unreachable = reached(destination.reach(), site).await.map(|cause| {
        failed(format!("destination {:?} cannot be reached: {cause}", config.name), "until then it answers 503")
    });
    Ok(((name, destination), unreachable))
}

/// The destinations of a config, with what stands behind each: its spill, and where the bodies go that are too large for it.
#[must_use]
pub fn targets(config: &Config, opened: &[(DestinationName, Arc<dyn Destination>)]) -> Vec<Arc<Target>> {
    config.destinations.iter().filter_map(|destination| target(&destination.name, config, opened)).collect()
}

/// The config has no circles: a spill has none of its own, and what keeps bodies takes those of any size.
fn target(name: &str, config: &Config, opened: &[(DestinationName, Arc<dyn Destination>)]) -> Option<Arc<Target>> {
    let settings = config.destinations.iter().find(|destination| destination.name == name)?;
    let (name, destination) = opened.iter().find(|(opened, _)| opened.as_str() == name)?;
    let behind = |name: &Option<Placed<String>>| target(&name.as_ref()?.value, config, opened);
    let claim_check = settings.kind.largest.zip(behind(&settings.claim_check));
    Some(Arc::new(Target {
        timeout: settings.timeout,
        transform: settings.transform.clone(),
        spill: behind(&settings.spill),
        claim_check: claim_check.map(|(above, keeper)| ClaimCheck { above, keeper }),
        ..Target::new(name.clone(), Arc::clone(destination))
    }))
}

/// What keeps the destinations and the dedupe store from working now, as a start would find it; nothing is sent. Those
/// on this machine are left alone: a running Doorbell may hold them.
pub async fn unreachable(found: &Found, config: &Config, clock: Arc<dyn Clock>) -> Vec<Problem> {
    let vault = Arc::new(Vault::new());
    let site = Site { folder: found.folder.clone(), vault, outward: Outward::default(), clock };
    let elsewhere = |durability: Durability| durability == Durability::Durable;
    let destinations = config.destinations.iter().filter(|destination| elsewhere(destination.kind.durability));
    let opened = join_all(destinations.map(|destination| open(destination, &site))).await;
    let mut problems: Vec<Problem> =
        opened.into_iter().filter_map(|opened| opened.map_or_else(Some, |(_, unreachable)| unreachable)).collect();
    if config.dedupe.store.is_some_and(|store| elsewhere(store.durability)) {
        problems.extend(open_store(&config.dedupe, &site).await.map_or_else(Some, |(_, unreachable)| unreachable));
    }
    problems.sort();
    problems
}

async fn open_store(config: &DedupeConfig, site: &Site) -> Opened<Arc<dyn Dedupe>> {
    let at = config.settings.at("store");
    let store = dedupe::open(config, site).await.map_err(|error| store_problem(config, error))?;
    let unreachable = reached(store.reach(), site).await.map(|cause| {
        Problem::new(
            at,
            format!("the dedupe store cannot be reached: {cause}"),
            "until then deliveries are answered 503",
        )
    });
    Ok((store, unreachable))
}

/// Why not, if not.
async fn reached(asked: BoxFuture<'_, Result<(), Cause>>, site: &Site) -> Option<Cause> {
    let answer = within(site.clock.as_ref(), PATIENCE, asked).await;
    answer.unwrap_or_else(|_elapsed| Err(Cause::new(format!("no answer in {} s", PATIENCE.as_secs())))).err()
}
