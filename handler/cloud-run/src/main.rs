//! `doorbell-cloud-run [--config FILE] [--listen ADDRESS]`: the entrypoint on Cloud Run and Knative.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use doorbell_adapters::clock::SystemClock;
use doorbell_adapters::log::{Format, Log};
use doorbell_adapters::notice::Notice;
use doorbell_adapters::secret::Vault;
use doorbell_adapters::startup;
use doorbell_cloud_run::run::{NotServed, Start, port, run, runtime};
use doorbell_core::Clock;
use doorbell_core::config::{Config, SourceConfig};

const USAGE: u8 = 64;
const UNAVAILABLE: u8 = 69;

fn main() -> ExitCode {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let log = Log::new(Format::CloudLogging { project: std::env::var("GOOGLE_CLOUD_PROJECT").ok() });
    match served(&clock, &log) {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, lines)) => {
            for line in lines {
                log.notice(&Notice::NotStarted { line }, clock.as_ref());
            }
            ExitCode::from(code)
        }
    }
}

/// The exit code, and a line of the log for each thing that is wrong.
type Failure = (u8, Vec<String>);

fn served(clock: &Arc<dyn Clock>, log: &Log) -> Result<(), Failure> {
    let wrong = |text: String| (USAGE, vec![text]);
    let Flags { config, listen } = Flags::read(std::env::args_os().skip(1)).map_err(wrong)?;
    let found = startup::find(config.as_deref()).map_err(|unreadable| wrong(unreadable.to_string()))?;
    // The example is for a first look: a service that runs it by mistake would take nobody's events.
    let no_config = "no config; name a file with --config or DOORBELL_CONFIG, or give its text in DOORBELL_CONFIG_TOML";
    let found = found.ok_or_else(|| wrong(no_config.to_owned()))?;
    let listen = match listen {
        Some(listen) => listen,
        None => SocketAddr::from((Ipv4Addr::UNSPECIFIED, port().map_err(wrong)?.unwrap_or(8080))),
    };
    let runtime = runtime().map_err(|error| (UNAVAILABLE, vec![format!("cannot start the runtime: {error}")]))?;
    let vault = Arc::new(Vault::new());
    let start = Start { found: &found, listen, clock: Arc::clone(clock), log: log.clone(), vault, timings: true };
    let announce = |config: &Config, address: SocketAddr| {
        let path = |source: &SourceConfig| (source.name.clone(), source.path.value.clone());
        let sources = config.sources.iter().map(path).collect();
        log.notice(&Notice::Listening { address, sources }, clock.as_ref());
    };
    runtime.block_on(run(start, announce)).map(|_| ()).map_err(|failure| match &failure {
        NotServed::Config(problems) => {
            (failure.code(), problems.all().iter().map(|problem| problem.line(problems.origin())).collect())
        }
        NotServed::Port(..) | NotServed::Random(_) | NotServed::Signals(_) => {
            (failure.code(), vec![failure.to_string()])
        }
    })
}

/// Two flags need no library, and this binary's start is somebody's cold start.
#[derive(Debug, Default, PartialEq, Eq)]
struct Flags {
    config: Option<PathBuf>,
    listen: Option<SocketAddr>,
}

impl Flags {
    fn read(mut words: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut flags = Self::default();
        while let Some(word) = words.next() {
            let word = word.to_string_lossy().into_owned();
            let (flag, joined) = match word.split_once('=') {
                Some((flag, value)) => (flag, Some(OsString::from(value))),
                None => (word.as_str(), None),
            };
            let mut value = || joined.clone().or_else(|| words.next()).ok_or_else(|| format!("{flag} without a value"));
            match flag {
                "--config" => flags.config = Some(value()?.into()),
                "--listen" => {
                    let value = value()?;
                    let address = value.to_str().and_then(|text| text.parse().ok());
                    let wrong = || format!("--listen {}: no address; write one such as 0.0.0.0:8080", value.display());
                    flags.listen = Some(address.ok_or_else(wrong)?);
                }
                _ => return Err(format!("{flag}: not known; use --config FILE and --listen ADDRESS")),
            }
        }
        Ok(flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Flags, String> {
        Flags::read(words.iter().map(OsString::from))
    }

    #[test]
    fn both_spellings_of_both_flags() {
        let flags = Flags { config: Some("d.toml".into()), listen: "127.0.0.1:81".parse().ok() };
        assert_eq!(read(&["--config", "d.toml", "--listen=127.0.0.1:81"]).as_ref(), Ok(&flags));
        assert_eq!(read(&["--listen", "127.0.0.1:81", "--config=d.toml"]).as_ref(), Ok(&flags));
        assert_eq!(read(&[]), Ok(Flags::default()));
    }

    #[test]
    fn anything_else_is_refused_with_the_next_step() {
        for (words, what) in [
            (&["--help"][..], "--help: not known; use --config FILE and --listen ADDRESS"),
            (&["--config"], "--config without a value"),
            (&["--listen", "8080"], "--listen 8080: no address; write one such as 0.0.0.0:8080"),
        ] {
            assert_eq!(read(words), Err(what.to_owned()));
        }
    }
}
