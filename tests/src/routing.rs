//! Routes as an operator writes them, with scripted destinations behind their names.

use std::collections::BTreeMap;
use std::sync::Arc;

use doorbell_adapters::startup;
use doorbell_core::Destination;
use doorbell_core::config::Config;
use doorbell_core::name::DestinationName;
use doorbell_core::source::Source;

use crate::dedupe::Book;
use crate::destination::{Scripted, Step, Taken};
use crate::door::{Heard, Request};
use crate::stage::{Stage, source_of};

/// A source of Standard Webhooks, whose type is the member `type` of its body, in front of some routes.
#[derive(Debug)]
pub struct Routing {
    /// The chain.
    pub stage: Stage,
    destinations: BTreeMap<String, Arc<Scripted>>,
}

impl Routing {
    /// These `[[route]]` tables, between destinations of these names.
    #[must_use]
    #[track_caller]
    pub fn of(routes: &str, destinations: &[&str]) -> Self {
        let scripts: Vec<(&str, &[Step])> = destinations.iter().map(|name| (*name, &[][..])).collect();
        Self::scripted(routes, &scripts)
    }

    /// The same, between destinations that follow these scripts.
    #[must_use]
    #[track_caller]
    pub fn scripted(routes: &str, scripts: &[(&str, &[Step])]) -> Self {
        Self::of_source(routes, scripts, |_source| {})
    }

    /// The same, behind a source with more to it.
    #[must_use]
    #[track_caller]
    pub fn of_source(routes: &str, scripts: &[(&str, &[Step])], change: impl FnOnce(&mut Source)) -> Self {
        let names: Vec<&str> = scripts.iter().map(|(name, _)| *name).collect();
        let config = config(routes, &names);
        let destinations: BTreeMap<_, _> =
            scripts.iter().map(|(name, script)| ((*name).to_owned(), Scripted::new(script))).collect();
        let named = |(name, scripted): (&String, &Arc<Scripted>)| {
            (
                DestinationName::parse(name).expect("a test names its destinations well"),
                Arc::clone(scripted) as Arc<dyn Destination>,
            )
        };
        let targets = startup::targets(&config, &destinations.iter().map(named).collect::<Vec<_>>());
        let mut source = source_of("standard-webhooks", Vec::new());
        source.routes = config.routes_of("hook", &targets);
        change(&mut source);
        Self { stage: Stage::new(vec![source], Arc::new(Book::default()), 0), destinations }
    }

    /// A genuine delivery of this body; each of another id.
    #[must_use]
    #[track_caller]
    pub fn ring(&self, body: &str) -> Heard {
        self.ring_with(Request::post("/standard-webhooks", body.to_owned()))
    }

    /// A genuine delivery like this one, signed.
    #[must_use]
    #[track_caller]
    pub fn ring_with(&self, request: Request) -> Heard {
        let id = format!("msg_{}", self.stage.counts("standard-webhooks").received);
        let request = request.header("webhook-id", &id);
        self.stage.ring(self.stage.signed("standard-webhooks", request))
    }

    /// What a destination holds.
    #[must_use]
    #[track_caller]
    pub fn taken(&self, destination: &str) -> Vec<Taken> {
        self.destinations.get(destination).expect("a destination of the test").taken()
    }

    /// The destinations that hold something, and how much.
    #[must_use]
    pub fn holding(&self) -> Vec<(&str, usize)> {
        let held = self.destinations.iter().map(|(name, scripted)| (name.as_str(), scripted.taken().len()));
        held.filter(|(_, count)| *count > 0).collect()
    }
}

/// The config around these routes.
#[must_use]
#[track_caller]
pub fn config(routes: &str, destinations: &[&str]) -> Config {
    read(routes, destinations).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The config around these routes, or what is wrong with it. The routes begin in line 1; a destination that they do not describe
/// themselves is of kind http.
///
/// # Errors
/// Every problem.
pub fn read(routes: &str, destinations: &[&str]) -> Result<Config, String> {
    let mut text = format!("{routes}\n[source.hook]\nprovider = \"standard-webhooks\"\nsecret = \"env://S\"\n");
    for name in destinations.iter().filter(|name| !routes.contains(&format!("[destination.{name}]"))) {
        text += &format!("[destination.{name}]\nkind = \"http\"\nurl = \"https://{name}.example\"\n");
    }
    Config::parse(&text, "doorbell.toml", &startup::registry()).map_err(|problems| problems.to_string())
}
