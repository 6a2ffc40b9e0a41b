//! `doorbell try`: what would become of this delivery? It goes through the chain of the config with the secrets it names; what
//! would be handed off is shown instead.

mod report;
mod witness;

use std::path::PathBuf;
use std::sync::Arc;

use doorbell_adapters::startup::{self, Found};
use doorbell_core::name::DestinationName;
use doorbell_core::{Clock, Destination, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::conform::case::Request;
use crate::conform::play;
use crate::exit::{Exit, Refusal};
use crate::screen::Screen;
use crate::wait::wait;

use witness::{Shelf, Witness};

/// What to try, and by which config.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A request as JSON, {"method","path","query","headers":[[..]],"body_base64"}, or a case of a case file; - is stdin
    #[arg(value_name = "CAPTURE")]
    capture: PathBuf,
    /// The config; else DOORBELL_CONFIG, DOORBELL_CONFIG_TOML, or the example in this program
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The case, where the file has several
    #[arg(long, value_name = "NAME")]
    case: Option<String>,
    /// When it came, in seconds since 1970; by default when the case says, else now
    #[arg(long, value_name = "UNIX")]
    at: Option<i64>,
}

/// A request with the time at which it came, where that is known.
#[derive(Debug, Deserialize)]
struct Capture {
    #[serde(alias = "received_at")]
    now: Option<i64>,
    request: Request,
}

pub(crate) fn run(args: &Args, clock: &Arc<dyn Clock>, screen: Screen) -> Result<Exit, Refusal> {
    let found = startup::find(args.config.as_deref()).map_err(|error| Refusal::Usage(error.to_string()))?;
    let found = found.unwrap_or_else(Found::embedded);
    let config = found.parse().map_err(Refusal::Config)?;
    let capture = args.capture()?;
    let now = args.at.or(capture.now).map_or_else(|| clock.now(), Timestamp::from_unix_seconds);

    let witness = Arc::new(Witness::default());
    let shelves: Vec<Arc<Shelf>> = config.destinations.iter().map(|to| Arc::new(Shelf::of(to))).collect();
    let named =
        |shelf: &Arc<Shelf>| Some((DestinationName::parse(&shelf.name)?, Arc::clone(shelf) as Arc<dyn Destination>));
    let targets = startup::targets(&config, &shelves.iter().filter_map(named).collect::<Vec<_>>());
    let clocks = (Arc::clone(clock), Arc::new(play::Standing(now)) as Arc<dyn Clock>);
    let played = wait(async {
        let receiver = startup::rehearse(&found, &config, clocks, &targets).await.map_err(Refusal::Config)?;
        let receiver = receiver.observed_by(Arc::clone(&witness) as _);
        Ok(play::ring(&receiver, &capture.request, now).await)
    })??;
    let report = report::Report::of(&played, &witness, &shelves);
    let yes = (200..300).contains(&played.status);
    if screen.json {
        screen.document(&report)
    } else {
        report.say(screen);
    }
    Ok(if yes { Exit::Yes } else { Exit::No })
}

impl Args {
    fn capture(&self) -> Result<Capture, Refusal> {
        let shown = self.capture.display();
        let unread = |error: std::io::Error| {
            Refusal::Usage(format!("{shown}: cannot read it: {error}; name a file, or - for stdin"))
        };
        let text = if self.capture.as_os_str() == "-" {
            std::io::read_to_string(std::io::stdin())
        } else {
            std::fs::read_to_string(&self.capture)
        };
        let wrong = |error: serde_json::Error| {
            Refusal::Usage(format!(
                "{shown}: no capture: {error}; it is {{\"method\",\"path\",\"headers\":[[..]],\"body_base64\"}}"
            ))
        };
        let mut value: Value = serde_json::from_str(&text.map_err(unread)?).map_err(wrong)?;
        if let Value::Array(cases) = value {
            let named =
                |case: &Value| self.case.as_deref().is_none_or(|name| case.get("name").is_some_and(|it| it == name));
            value = cases
                .into_iter()
                .find(named)
                .ok_or_else(|| Refusal::Usage(format!("{shown}: it has no such case; name one with --case")))?;
        }
        if value.get("request").is_none() {
            value = serde_json::json!({ "now": value.get("received_at"), "request": value });
        }
        serde_json::from_value(value).map_err(wrong)
    }
}
