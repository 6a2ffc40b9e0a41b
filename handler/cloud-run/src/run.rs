//! From a config to a drained server: what `doorbell serve` and `doorbell-cloud-run` have in common.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::available_parallelism;

use doorbell_adapters::app::App;
use doorbell_adapters::delivery_id::DeliveryIds;
use doorbell_adapters::log::Log;
use doorbell_adapters::notice::Notice;
use doorbell_adapters::secret::Vault;
use doorbell_adapters::startup::{Assembled, Found, Platform, assemble};
use doorbell_core::Clock;
use doorbell_core::config::{Config, Problems};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use crate::server::{Drained, Limits, serve};

/// What a start needs.
#[derive(Debug)]
pub struct Start<'a> {
    /// The config's text.
    pub found: &'a Found,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The clock, made first thing in `main`.
    pub clock: Arc<dyn Clock>,
    /// Gets the notices of the start, and a line per delivery.
    pub log: Log,
    /// The way to secrets.
    pub vault: Arc<Vault>,
    /// Whether to say how long each part of the start took.
    pub timings: bool,
}

/// Why nothing was served. Nothing was bound, or it was given back.
#[derive(Debug)]
pub enum NotServed {
    /// The config, or what it names, is wrong.
    Config(Problems),
    /// The port cannot be had.
    Port(SocketAddr, std::io::Error),
    /// The system has no random bytes for the delivery ids.
    Random(getrandom::Error),
    /// The system lets nobody listen for SIGTERM.
    Signals(std::io::Error),
}

impl NotServed {
    /// The exit code: 64 where the operator must change the config, 69 where the system did not give.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Config(_) => 64,
            Self::Port(..) | Self::Random(_) | Self::Signals(_) => 69,
        }
    }
}

impl std::fmt::Display for NotServed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Config(problems) => problems.fmt(formatter),
            Self::Port(listen, error) => {
                write!(
                    formatter,
                    "cannot listen on {listen}: {error}; stop what listens there, or choose another --listen"
                )
            }
            Self::Random(error) => write!(formatter, "cannot name deliveries: no random bytes: {error}; start again"),
            Self::Signals(error) => write!(formatter, "cannot wait for SIGTERM: {error}; start again"),
        }
    }
}

impl std::error::Error for NotServed {}

impl From<Problems> for NotServed {
    fn from(problems: Problems) -> Self {
        Self::Config(problems)
    }
}

/// Serves until SIGTERM or ctrl-c, then drains. `announce` is called once, when senders can connect.
///
/// # Errors
/// [`NotServed`]: all that was wrong before the first delivery.
pub async fn run(start: Start<'_>, announce: impl FnOnce(&Config, SocketAddr)) -> Result<Drained, NotServed> {
    let Start { found, listen, clock, log, vault, timings } = start;
    let begun = clock.monotonic();
    log.clone().panics(Arc::clone(&clock));
    let config = found.parse()?;
    let parsed = clock.monotonic();
    let assembled = assemble(found, &config, Platform::detect(), Arc::clone(&clock), vault).await?;
    let Assembled { receiver, notices, phases } = assembled;
    let ids = DeliveryIds::new().map_err(NotServed::Random)?;
    let asked_to_stop = asked_to_stop().map_err(NotServed::Signals)?;
    let refused = |error| NotServed::Port(listen, error);
    let listener = TcpListener::bind(listen).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    for notice in notices {
        log.notice(&notice, clock.as_ref());
    }
    if timings {
        let total = clock.monotonic();
        let first = [("process", begun), ("config", parsed.saturating_sub(begun))];
        let phases = first.into_iter().chain(phases).collect();
        log.notice(&Notice::Started { total, phases }, clock.as_ref());
    }
    announce(&config, address);
    let app = App { receiver: Arc::new(receiver), clock: Arc::clone(&clock), ids, log: log.clone() };
    let drained = serve(listener, app, Limits::default(), asked_to_stop).await;
    log.notice(&Notice::Stopped { whole: drained == Drained::Whole }, clock.as_ref());
    Ok(drained)
}

/// Completes on SIGTERM or ctrl-c. Both are caught from the call on, not only once it is awaited: a signal in
/// between must not kill.
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// The runtime that fits the machine: on one processor a second thread only costs switches.
///
/// # Errors
/// The system gives no thread or no event queue.
pub fn runtime() -> std::io::Result<Runtime> {
    let one = available_parallelism().is_ok_and(|processors| processors.get() == 1);
    let mut builder = if one { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.enable_all().build()
}

/// The port that the platform chose, by `PORT`.
///
/// # Errors
/// `PORT` is set and no port; the text says so.
pub fn port() -> Result<Option<u16>, String> {
    let Some(port) = std::env::var_os("PORT") else { return Ok(None) };
    let number = port.to_str().and_then(|text| text.parse().ok());
    let wrong = || format!("PORT is {}, which is no port; set a number up to 65535", port.display());
    number.map(Some).ok_or_else(wrong)
}
