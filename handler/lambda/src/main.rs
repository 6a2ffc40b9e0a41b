//! `doorbell-lambda`: the `bootstrap` of the function.

use futures_util::FutureExt;
use std::error::Error;
use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;

use doorbell_adapters::clock::SystemClock;
use doorbell_adapters::delivery_id::DeliveryIds;
use doorbell_adapters::log::{Format, Log};
use doorbell_adapters::secret::Vault;
use doorbell_adapters::startup::{self, Platform};
use doorbell_core::Clock;
use doorbell_lambda::{App, run};

/// Bad usage or config: somebody must change something before another start can go better.
const BAD_CONFIG: u8 = 64;
/// The Runtime API went away.
const UNAVAILABLE: u8 = 69;

fn main() -> ExitCode {
    let clock = Arc::new(SystemClock::start());
    // One event at a time, and nothing between them: a second thread would only be frozen, too.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end(UNAVAILABLE, &error),
    };
    // Everything that can be wrong with the config is said before the first event is asked for: Lambda
    // counts the exit as a failed start, and no sender is told anything by a half-open door.
    let app = match runtime.block_on(start(clock)) {
        Ok(app) => app,
        Err(error) => return end(BAD_CONFIG, error.as_ref()),
    };
    // The runtime's client panics where the Runtime API does not answer: that is no fault of a delivery's.
    match runtime.block_on(AssertUnwindSafe(run(app)).catch_unwind()) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => end(UNAVAILABLE, error.as_ref()),
        Err(_panic) => end(UNAVAILABLE, &Gone),
    }
}

/// The Runtime API does not answer.
#[derive(Debug)]
struct Gone;

impl std::fmt::Display for Gone {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(
            "the Runtime API at AWS_LAMBDA_RUNTIME_API does not answer; Lambda sets it, a stand-in must listen there",
        )
    }
}

impl Error for Gone {}

async fn start(clock: Arc<dyn Clock>) -> Result<App, Box<dyn Error>> {
    let found =
        startup::find(None)?.ok_or("no config: set DOORBELL_CONFIG to a path or DOORBELL_CONFIG_TOML to its text")?;
    let config = found.parse()?;
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return Err("AWS_LAMBDA_RUNTIME_API is not set: this program is a Lambda function; use `doorbell serve`".into());
    }
    let assembled =
        startup::assemble(&found, &config, Platform::Lambda, Arc::clone(&clock), Arc::new(Vault::new())).await?;
    let log = Log::new(Format::Lambda);
    log.clone().panics(Arc::clone(&clock));
    for notice in &assembled.notices {
        log.notice(notice, clock.as_ref());
    }
    Ok(App { receiver: Arc::new(assembled.receiver), clock, ids: DeliveryIds::new()?, log })
}

fn end(code: u8, error: &dyn Error) -> ExitCode {
    let _closed_pipe = writeln!(std::io::stderr(), "{error}");
    ExitCode::from(code)
}
