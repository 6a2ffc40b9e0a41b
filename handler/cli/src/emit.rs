//! `doorbell emit`: what else a deployment needs, out of the config.

use std::collections::BTreeSet;
use std::path::PathBuf;

use doorbell_adapters::grant::Grant;
use doorbell_adapters::startup::{self, Found};
use doorbell_adapters::{dedupe, destination};
use serde::Serialize;

use crate::exit::{Exit, Refusal};
use crate::screen::Screen;

/// What to print.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// The least rights that the config needs, as commands to run
    Iam(Iam),
}

#[derive(Debug, clap::Args)]
struct Iam {
    /// Google Cloud's
    #[arg(long, required = true)]
    gcp: bool,
    /// The config; else DOORBELL_CONFIG, DOORBELL_CONFIG_TOML, or the example in this program
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Who gets them, such as serviceAccount:NAME@PROJECT.iam.gserviceaccount.com
    #[arg(long, default_value = "serviceAccount:$SERVICE_ACCOUNT")]
    member: String,
}

#[derive(Debug, Serialize)]
struct Right {
    resource: String,
    role: &'static str,
    permissions: &'static [&'static str],
    command: String,
}

pub(crate) fn run(args: &Args, screen: Screen) -> Result<Exit, Refusal> {
    let What::Iam(Iam { gcp: _, config, member }) = &args.what;
    let found = startup::find(config.as_deref()).map_err(|error| Refusal::Usage(error.to_string()))?;
    let config = found.unwrap_or_else(Found::embedded).parse().map_err(Refusal::Config)?;
    let secrets = config.sources.iter().flat_map(|source| &source.secrets);
    let mut grants: BTreeSet<Grant> = secrets.filter_map(|secret| Grant::reading(&secret.value)).collect();
    grants.extend(config.destinations.iter().flat_map(destination::grants));
    grants.extend(dedupe::grants(&config.dedupe));
    let right = |grant: &Grant| Right {
        resource: grant.resource(),
        role: grant.role(),
        permissions: grant.permissions(),
        command: grant.command(member),
    };
    let rights: Vec<Right> = grants.iter().map(right).collect();
    if screen.json {
        screen.document(&rights);
    } else {
        rights.iter().for_each(|right| screen.line(&right.command));
    }
    Ok(Exit::Yes)
}
