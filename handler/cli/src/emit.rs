//! `doorbell emit`: what else a deployment needs, out of the config.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use doorbell_adapters::aws::Permit;
use doorbell_adapters::grant::Grant;
use doorbell_adapters::registration::Registration;
use doorbell_adapters::right::Right;
use doorbell_adapters::secret::Vault;
use doorbell_adapters::startup::{self, Found};
use doorbell_adapters::{dedupe, destination};
use serde::Serialize;
use serde_json::json;

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
    /// The least rights that the config needs: commands to run, or a policy document
    Iam(Iam),
}

#[derive(Debug, clap::Args)]
struct Iam {
    /// Google Cloud's, as commands
    #[arg(long, required_unless_present = "aws", conflicts_with = "aws")]
    gcp: bool,
    /// AWS's, as the policy document of a role
    #[arg(long)]
    aws: bool,
    /// The config; else DOORBELL_CONFIG, DOORBELL_CONFIG_TOML, or the example in this program
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Who gets Google Cloud's, such as serviceAccount:NAME@PROJECT.iam.gserviceaccount.com
    #[arg(long, default_value = "serviceAccount:$SERVICE_ACCOUNT")]
    member: String,
}

#[derive(Debug, Serialize)]
struct Binding {
    resource: String,
    role: &'static str,
    permissions: &'static [&'static str],
    command: String,
}

#[derive(Debug, Serialize)]
struct Allowed {
    action: &'static str,
    resource: String,
}

pub(crate) fn run(args: &Args, screen: Screen) -> Result<Exit, Refusal> {
    let What::Iam(Iam { gcp: _, aws, config, member }) = &args.what;
    let found = startup::find(config.as_deref()).map_err(|error| Refusal::Usage(error.to_string()))?;
    let config = found.unwrap_or_else(Found::embedded).parse().map_err(Refusal::Config)?;
    let secrets = config.sources.iter().flat_map(|source| source.references());
    let mut rights: Vec<Right> = secrets.filter_map(|secret| Right::reading(&secret.value)).collect();
    let vault = Arc::new(Vault::new());
    let registrations = config.sources.iter().filter_map(|source| Registration::of(source, &vault));
    rights.extend(registrations.filter_map(|registration| registration.right()));
    rights.extend(config.destinations.iter().flat_map(destination::grants));
    rights.extend(dedupe::grants(&config.dedupe));
    let (mut grants, mut permits) = (BTreeSet::new(), BTreeSet::new());
    for right in rights {
        match right {
            Right::Google(grant) => drop(grants.insert(grant)),
            Right::Aws(permit) => drop(permits.insert(permit)),
        }
    }
    if *aws {
        policy(permits, screen);
    } else {
        commands(&grants, member, screen);
    }
    Ok(Exit::Yes)
}

fn commands(grants: &BTreeSet<Grant>, member: &str, screen: Screen) {
    let binding = |grant: &Grant| Binding {
        resource: grant.resource(),
        role: grant.role(),
        permissions: grant.permissions(),
        command: grant.command(member),
    };
    let bindings: Vec<Binding> = grants.iter().map(binding).collect();
    if screen.json {
        screen.document(&bindings);
    } else {
        bindings.iter().for_each(|binding| screen.line(&binding.command));
    }
}

fn policy(mut permits: BTreeSet<Permit>, screen: Screen) {
    if permits.iter().filter(|permit| permit.reads_a_secret()).count() > 1 {
        permits.insert(Permit::reading_together());
    }
    if screen.json {
        let each = |permit: &Permit| {
            let resource = permit.resource.clone();
            permit.actions.iter().map(move |action| Allowed { action, resource: resource.clone() }).collect::<Vec<_>>()
        };
        return screen.document(&permits.iter().flat_map(each).collect::<Vec<_>>());
    }
    let mut statements: BTreeMap<&[&str], Vec<&str>> = BTreeMap::new();
    for permit in &permits {
        statements.entry(permit.actions).or_default().push(&permit.resource);
    }
    let statement = |(actions, resources)| json!({ "Effect": "Allow", "Action": actions, "Resource": resources });
    let statements: Vec<_> = statements.into_iter().map(statement).collect();
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    screen.line(&format!("{document:#}"));
}
