//! `doorbell serve`: receives on this machine.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use doorbell_adapters::log::{Format, Log};
use doorbell_adapters::notice::Notice;
use doorbell_adapters::secret::Vault;
use doorbell_adapters::startup;
use doorbell_cloud_run::run::{NotServed, Start, port, run as serve, runtime};
use doorbell_core::Clock;
use doorbell_core::config::Config;
use doorbell_core::secret::{LiveSecret, Secret, SecretVersion};
use serde_json::{Value, json};

use crate::address;
use crate::exit::{Exit, Refusal};
use crate::screen::Screen;

/// What to serve, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The config; else DOORBELL_CONFIG, DOORBELL_CONFIG_TOML, or the example in this program
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen; by default 0.0.0.0:$PORT, or 127.0.0.1:8080 where PORT is not set
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Say how long each part of the start took; a log that no person reads at a terminal always does
    #[arg(long)]
    timings: bool,
}

/// Where a person's own machine listens: nobody else can call.
pub(crate) const DEFAULT_LISTEN: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8080));
/// The variable behind the embedded example's one secret.
const EXAMPLE_SECRET: &str = "DOORBELL_SECRET";
/// A body for a first delivery.
const EXAMPLE_BODY: &str = "infra/examples/github-push.json";

pub(crate) fn run(args: &Args, clock: &Arc<dyn Clock>, screen: Screen) -> Result<Exit, Refusal> {
    let found = startup::find(args.config.as_deref()).map_err(|error| Refusal::Usage(error.to_string()))?;
    let is_example = found.is_none();
    let found = found.unwrap_or_else(startup::Found::embedded);
    let made = if is_example && std::env::var_os(EXAMPLE_SECRET).is_none() { Some(random_secret()?) } else { None };
    let listen = match args.listen {
        Some(listen) => listen,
        None => port().map_err(Refusal::Usage)?.map_or(DEFAULT_LISTEN, |port| (Ipv4Addr::UNSPECIFIED, port).into()),
    };
    let for_person = std::io::stderr().is_terminal();
    let project = || std::env::var("GOOGLE_CLOUD_PROJECT").ok();
    let log = Log::new(if for_person { Format::Terminal } else { Format::CloudLogging { project: project() } });

    let vault = Arc::new(match &made {
        Some(made) => Vault::with_example(EXAMPLE_SECRET, made.live.clone()),
        None => Vault::new(),
    });
    let announce = |config: &Config, listening: SocketAddr| {
        let base = address::local(listening);
        let urls: Vec<(&str, String)> =
            config.sources.iter().map(|source| (source.name.as_str(), address::of(source, config, &base))).collect();
        if screen.json {
            let source = |(name, url): &(&str, String)| json!({ "name": name, "url": url });
            let sources: Vec<Value> = urls.iter().map(source).collect();
            screen.document(&json!({ "listening": listening, "config": found.origin, "sources": sources }));
        }
        if for_person {
            screen.aside(&format!("listening on {listening}, config {}", found.origin));
            for (name, url) in &urls {
                screen.aside(&format!("  {name}  {url}"));
            }
        } else {
            let sources = urls.iter().map(|(name, url)| ((*name).to_owned(), url.clone())).collect();
            log.notice(&Notice::Listening { address: listening, sources }, clock.as_ref());
        }
        if is_example {
            let url = address::under(&base, "/github");
            screen.aside(&invitation(made.as_ref().map(|made| made.text.as_str()), &url));
        }
    };
    let start = Start {
        found: &found,
        listen,
        clock: Arc::clone(clock),
        log: log.clone(),
        vault,
        timings: args.timings || !for_person,
    };
    let runtime = runtime().map_err(|error| Refusal::Unreachable(format!("cannot start the runtime: {error}")))?;
    match runtime.block_on(serve(start, announce)) {
        Ok(_) => Ok(Exit::Yes),
        Err(NotServed::Config(problems)) => Err(Refusal::Config(problems)),
        Err(failure) => Err(Refusal::Unreachable(failure.to_string())),
    }
}

/// The example's secret, where the operator gave none. The text is there to be printed once.
struct Made {
    text: String,
    live: LiveSecret,
}

fn random_secret() -> Result<Made, Refusal> {
    let told =
        |why: String| Refusal::Unreachable(format!("cannot make a secret: {why}; set {EXAMPLE_SECRET} yourself"));
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| told(error.to_string()))?;
    let text = format!("{:032x}", u128::from_be_bytes(bytes));
    let secret = Secret::new(text.as_bytes()).map_err(|_| told("it came out empty".to_owned()))?;
    Ok(Made { text, live: LiveSecret { version: SecretVersion::new("example"), secret } })
}

/// How to try the example from another terminal: a line to paste.
fn invitation(made: Option<&str>, url: &str) -> String {
    let program = program(std::env::args_os().next().as_deref());
    let send =
        |file: &str| format!("{program} send github {file} --type push --to {url} --secret env://{EXAMPLE_SECRET}");
    let given = made.map(|secret| format!("{EXAMPLE_SECRET}={secret} ")).unwrap_or_default();
    let line = if Path::new(EXAMPLE_BODY).is_file() {
        format!("{given}{}", send(EXAMPLE_BODY))
    } else {
        format!("echo '{{\"ref\": \"refs/heads/main\"}}' | {given}{}", send("-"))
    };
    let why = if made.is_some() {
        format!("{EXAMPLE_SECRET} is not set: this run made a secret of its own.\n")
    } else {
        String::new()
    };
    format!("\n{why}Try it from another terminal:\n\n  {line}\n")
}

/// This program, as it was started: through cargo where it lies in cargo's folder.
fn program(started: Option<&OsStr>) -> String {
    let Some(started) = started.map(Path::new) else { return "doorbell".to_owned() };
    let folder = |name: &str| started.parent().is_some_and(|path| path.iter().any(|folder| folder == name));
    if folder("target") {
        let profile = if folder("release") { " --release" } else { "" };
        return format!("cargo run{profile} --bin doorbell --");
    }
    let text = started.display().to_string();
    let plain = text.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-+".contains(letter));
    if plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_starts_the_program_as_it_was_started() {
        for (started, line) in [
            ("target/release/doorbell", "cargo run --release --bin doorbell --"),
            ("/home/target/debug/doorbell", "cargo run --bin doorbell --"),
            ("doorbell", "doorbell"),
            ("/usr/local/bin/doorbell", "/usr/local/bin/doorbell"),
            ("/my tools/doorbell", "'/my tools/doorbell'"),
        ] {
            assert_eq!(program(Some(OsStr::new(started))), line);
        }
    }
}
