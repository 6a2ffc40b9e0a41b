//! `[source.NAME]`: who may ring there, and how they prove themselves. Knows a provider by name only.

mod agreed;
mod and;
mod arn;
mod events;
mod limits;
mod setup;
mod split;
mod tokens;
mod warning;

use std::collections::BTreeMap;
use std::time::Duration;

use super::described;
use super::problem::meant;
use super::{At, Placed, Problem, Registry, SecretRef, Settings};
use crate::dedupe::Rule;
use crate::locate::Locate;
use crate::provider::{Facts, Provider};
use crate::verify::{Invoked, Scheme, Tokens, Trust};

pub use and::FactorConfig;
pub use limits::Limits;

/// A source of events.
#[derive(Debug, Clone)]
pub struct SourceConfig {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub at: At,
    /// The path it answers; `/<name>` unless the config says otherwise.
    pub path: Placed<String>,
    /// How a sender proves itself.
    pub verifier: VerifierConfig,
    /// Where its secrets live. Empty where the source is unsigned, or its keys are published ([`Scheme::publishes_keys`]).
    pub secrets: Vec<Placed<SecretRef>>,
    /// What each delivery must prove besides.
    pub and: Vec<FactorConfig>,
    /// What the sender of a handshake must know; kept apart from the secrets.
    pub verify_token: Option<Placed<SecretRef>>,
    /// Plain text that handshakes are answered with or judged by, by its name.
    pub values: BTreeMap<String, String>,
    /// Whose tokens it takes, where its senders prove themselves with some.
    pub tokens: Option<Tokens>,
    /// The ARN of the topic whose messages it takes, where those are posted.
    pub topic: Option<String>,
    /// The types it takes; empty takes all.
    pub events: Vec<Placed<String>>,
    /// The sender's patience, where the config knows it better than the provider's entry.
    pub ack_within: Option<Placed<Duration>>,
    /// What makes two deliveries the same.
    pub dedupe: Rule,
    /// The destination, by name, of what is proven and refused for good.
    pub dead_letter: Option<Placed<String>>,
    /// Where the delivery's id sits.
    pub id: Option<Placed<Locate>>,
    /// Where the event's type sits (`type` in the config).
    pub kind: Option<Placed<Locate>>,
    /// The file of the JSON Schema that the bodies of its events must satisfy.
    pub schema: Option<Placed<String>>,
    /// Where the array is whose elements are events.
    pub split: Option<Locate>,
    /// How much, how often, from where.
    pub limits: Limits,
    /// The URL this sender uses, where it is not the config's.
    pub public_url: Option<Placed<String>>,
    /// The whole URL that its sender uses, where the config says one.
    pub url: Option<String>,
}

/// How a source's senders prove themselves: exactly one way.
#[derive(Debug, Clone)]
pub enum VerifierConfig {
    /// They do not (`dangerously_unsigned = true`).
    DangerouslyUnsigned,
    /// By a scheme written out in the config.
    Described(Box<Scheme>),
    /// By a known provider's scheme.
    Provider(Placed<&'static Provider>),
}

/// Reads every source, in the order of the text.
pub(super) fn read_all(root: &Settings, registry: &Registry, problems: &mut Vec<Problem>) -> Vec<SourceConfig> {
    let Some(sources) = root.get::<Settings>("source") else { return Vec::new() };
    check_paths(sources, registry, problems);
    let named = sources.named::<Settings>();
    let mut all: Vec<_> = named
        .filter_map(|(name, at, keys)| SourceConfig::read(&Table { name, at, keys, root, registry }, problems))
        .collect();
    all.sort_by_key(|source| source.at);
    let mut buses = all.iter().filter(|source| source.path.value == Invoked::EVENT_BUS);
    if let (Some(first), Some(second)) = (buses.next(), buses.next()) {
        let what = format!("source {:?} takes what EventBridge brings like source {:?}", second.name, first.name);
        problems.push(Problem::new(second.at, what, "keep one: its events say which rule they are for by their type"));
    }
    all
}

/// The destinations that sources name as their dead letters.
pub(super) fn dead_letters(root: &Settings) -> Vec<Placed<String>> {
    let sources = root.get::<Settings>("source").into_iter().flat_map(Settings::named::<Settings>);
    sources.filter_map(|(_, _, keys)| keys.placed("dead_letter")).collect()
}

/// `[source.NAME]` as it stands, before it means anything.
struct Table<'a> {
    name: &'a str,
    at: At,
    keys: &'a Settings,
    /// The whole config.
    root: &'a Settings,
    registry: &'a Registry,
}

/// What the platform brings is found by the name of its sender. No request has such a path.
fn path(name: &str, at: At, keys: &Settings, registry: &Registry) -> Placed<String> {
    let is_brought = sought(keys, registry).is_some_and(|provider| provider.scheme.invoked().is_some());
    let said = keys.placed("arn").filter(|_| is_brought).or_else(|| keys.placed("path"));
    said.unwrap_or_else(|| Placed { value: format!("/{name}"), at })
}

/// A path under a URL. A URL that has the path already is the whole.
#[must_use]
pub fn url_under(base: &str, path: &str) -> String {
    let base = base.trim_end_matches('/');
    let host_on = base.split_once("://").map_or(base, |(_, rest)| rest);
    let own = host_on.find('/').and_then(|slash| host_on.get(slash..)).unwrap_or_default();
    if own.ends_with(path) { base.to_owned() } else { format!("{base}{path}") }
}

fn check_paths(sources: &Settings, registry: &Registry, problems: &mut Vec<Problem>) {
    let paths = sources.named().filter(|(_, _, keys): &(_, _, &Settings)| !keys.is_refused("path"));
    let mut paths: Vec<_> = paths.map(|(name, at, keys)| (path(name, at, keys, registry), name)).collect();
    paths.sort_by_key(|(path, _)| path.at);
    let mut taken = BTreeMap::new();
    for (path, name) in paths {
        if let Some(first) = taken.get(&path.value) {
            let what = format!("source {name:?} answers at {:?} like source {first:?}", path.value);
            problems.push(Problem::new(path.at, what, "give it a path of its own"));
        } else {
            taken.insert(path.value, name);
        }
    }
}

impl VerifierConfig {
    /// Whether the sender publishes the keys that prove deliveries.
    fn publishes_keys(&self) -> bool {
        self.template().is_some_and(Scheme::publishes_keys)
    }

    /// The scheme, before what the config says of it is filled in.
    #[must_use]
    pub fn template(&self) -> Option<&Scheme> {
        match self {
            Self::Provider(provider) => Some(&provider.value.scheme),
            Self::Described(scheme) => Some(scheme),
            Self::DangerouslyUnsigned => None,
        }
    }

    /// Which service of the platform brings the events, where one does.
    #[must_use]
    pub fn invoked(&self) -> Option<Invoked> {
        match self {
            Self::Provider(provider) => provider.value.scheme.invoked(),
            Self::Described(_) | Self::DangerouslyUnsigned => None,
        }
    }
}

impl SourceConfig {
    /// The table entry; `None` for a described scheme.
    pub fn provider(&self) -> Option<&'static Provider> {
        match &self.verifier {
            VerifierConfig::Provider(provider) => Some(provider.value),
            VerifierConfig::Described(_) | VerifierConfig::DangerouslyUnsigned => None,
        }
    }

    /// How deliveries are proven.
    pub fn scheme(&self) -> Scheme {
        match &self.verifier {
            VerifierConfig::Provider(provider) => {
                let scheme = provider.value.scheme.clone();
                let scheme = scheme.for_setup(self.url.as_deref(), &self.values);
                match (&self.tokens, &self.topic) {
                    (Some(tokens), _) => scheme.for_tokens(tokens),
                    (None, Some(topic)) => scheme.for_topic(topic.clone()),
                    (None, None) => scheme,
                }
            }
            VerifierConfig::Described(scheme) => {
                let scheme = Scheme::clone(scheme).for_setup(self.url.as_deref(), &self.values);
                scheme.for_tokens(&Tokens { url: self.url.clone(), ..Tokens::default() })
            }
            VerifierConfig::DangerouslyUnsigned => Scheme::Unsigned,
        }
    }

    /// How much its deliveries are worth.
    pub fn trust(&self) -> Trust {
        let more = self.and.iter().map(|factor| factor.scheme.trust());
        more.fold(self.scheme().trust(), Trust::or)
    }

    /// Where the facts of an event live, in the element where it is one of a batch: as the config says, else as the provider's entry does.
    pub fn facts(&self) -> Facts {
        let facts = self.provider().map(|provider| &provider.facts);
        let mut facts = match (&self.split, facts) {
            (Some(at), Some(facts)) => facts.of_element(at),
            (None, Some(facts)) => facts.clone(),
            (_, None) => Facts::default(),
        };
        if let Some(id) = &self.id {
            facts.id = vec![id.value.clone()].into();
            facts.id_is_shared = false;
        }
        if let Some(kind) = &self.kind {
            facts.kind = vec![kind.value.clone()].into();
        }
        facts
    }

    /// Every reference to a secret that it has.
    pub fn references(&self) -> impl Iterator<Item = &Placed<SecretRef>> {
        self.secrets.iter().chain(self.and.iter().flat_map(|factor| &factor.secrets)).chain(&self.verify_token)
    }

    /// Reads one source; `None` only where a problem was reported.
    fn read(table: &Table<'_>, problems: &mut Vec<Problem>) -> Option<SourceConfig> {
        let Table { name, at, keys, registry, .. } = *table;
        let verifier = verifier(name, at, keys, registry, problems);
        check_secrets(table, verifier.as_ref(), problems);
        agreed::check(table, verifier.as_ref(), problems);
        setup::check(table, verifier.as_ref(), problems);
        arn::check(table, verifier.as_ref(), problems);
        let tokens = tokens::read(table, verifier.as_ref(), problems);
        if let Some(VerifierConfig::Provider(provider)) = &verifier {
            events::check(provider.value, keys, problems);
        }
        check_dead_letter(verifier.as_ref(), keys, problems);
        let split = split::read(table, verifier.as_ref(), problems);
        let and = and::read(table, verifier.as_ref(), problems);
        let dedupe = match keys.text("dedupe") {
            Some("content") => Rule::Content,
            Some("off") => Rule::Off,
            _ => Rule::Id,
        };
        let limits = keys.get("limits").map(|keys| limits::read(keys, problems)).unwrap_or_default();
        Some(SourceConfig {
            name: name.to_owned(),
            at,
            path: match verifier.as_ref().and_then(VerifierConfig::invoked) {
                Some(invoked) if invoked.service().is_none() => Placed { value: Invoked::EVENT_BUS.to_owned(), at },
                Some(_) | None => path(name, at, keys, registry),
            },
            verifier: verifier?,
            secrets: keys.secrets("secret"),
            and,
            verify_token: keys.placed("verify_token"),
            values: keys.map("values").into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
            tokens,
            topic: keys.text("arn").map(str::to_owned),
            events: keys.texts("events"),
            ack_within: keys.placed("ack_within"),
            dedupe,
            dead_letter: keys.placed("dead_letter"),
            id: keys.placed("id"),
            kind: keys.placed("type"),
            split,
            schema: keys.placed("schema"),
            limits,
            url: table.url(),
            public_url: keys.placed("public_url"),
        })
    }
}

impl Table<'_> {
    /// The whole URL that the source's sender uses: the config's, or its own, with its path.
    fn url(&self) -> Option<String> {
        let Self { name, at, keys, root, registry } = *self;
        let public = keys.text("public_url").or(root.text("public_url"))?;
        Some(url_under(public, &path(name, at, keys, registry).value))
    }
}

fn verifier(
    name: &str,
    at: At,
    keys: &Settings,
    registry: &Registry,
    problems: &mut Vec<Problem>,
) -> Option<VerifierConfig> {
    let unsigned = keys.key_at("dangerously_unsigned").filter(|_| keys.flag("dangerously_unsigned"));
    let mut ways =
        [("provider", keys.key_at("provider")), ("verify", keys.key_at("verify")), ("dangerously_unsigned", unsigned)]
            .into_iter()
            .filter_map(|(key, at)| Some((at?, key)))
            .collect::<Vec<_>>();
    ways.sort_unstable();
    if let [(_, first), rest @ ..] = ways.as_slice() {
        for (at, key) in rest {
            problems.push(Problem::new(
                *at,
                format!("{key:?} beside {first:?}"),
                "keep one: a source proves its senders in one way",
            ));
        }
    } else if !keys.is_refused("dangerously_unsigned") {
        let fix = "add provider, verify, or dangerously_unsigned = true";
        problems.push(Problem::new(at, format!("source {name:?} does not say how its senders prove themselves"), fix));
    }
    if let (Some(at), None) = (keys.key_at("mode"), keys.key_at("provider")) {
        problems.push(Problem::new(at, "\"mode\" without \"provider\"", "add the provider, or remove it"));
    }
    let described = keys.get("verify").and_then(|verify| described::read(verify, problems));
    let described = described.map(|scheme| VerifierConfig::Described(Box::new(scheme)));
    let provider = provider(keys, registry, problems).map(VerifierConfig::Provider);
    provider.or(described).or(unsigned.map(|_| VerifierConfig::DangerouslyUnsigned))
}

/// The table entry that a source asks for, where there is one.
fn sought(keys: &Settings, registry: &Registry) -> Option<&'static Provider> {
    let (name, mode) = (keys.text("provider")?, keys.text("mode"));
    let mut schemes = registry.providers.iter().copied().filter(|provider| provider.name == name);
    schemes.find(|provider| mode.is_none() || provider.mode == mode)
}

fn provider(keys: &Settings, registry: &Registry, problems: &mut Vec<Problem>) -> Option<Placed<&'static Provider>> {
    let Placed { value: name, at } = keys.placed::<String>("provider")?;
    let found = sought(keys, registry);
    if let (None, Some(mode)) = (found, keys.placed::<String>("mode")) {
        let schemes = registry.providers.iter().filter(|provider| provider.name == name);
        let modes: Vec<&str> = schemes.filter_map(|provider| provider.mode).collect();
        problems.push(if modes.is_empty() {
            Problem::new(mode.at, format!("provider {name:?} has no modes"), "remove it")
        } else {
            let what = format!("mode {:?} of provider {name:?} is not known", mode.value);
            Problem::new(mode.at, what, meant(&mode.value, modes))
        });
    }
    found.map(|value| Placed { value, at })
}

fn check_secrets(table: &Table<'_>, verifier: Option<&VerifierConfig>, problems: &mut Vec<Problem>) {
    let Table { name, at, keys, .. } = *table;
    let proves = keys.key_at("provider").or(keys.key_at("verify")).is_some();
    let publishes = verifier.is_some_and(VerifierConfig::publishes_keys);
    let invoked = verifier.and_then(VerifierConfig::invoked).is_some();
    match keys.key_at("secret") {
        Some(at) if invoked => {
            problems.push(Problem::new(at, "a secret for a source that proves nothing with one", "remove it"));
        }
        None if proves && !publishes && !invoked => {
            problems.push(Problem::new(
                at,
                format!("source {name:?} has no secret"),
                "add secret = \"env://NAME\" or another reference",
            ));
        }
        Some(at) if !proves && keys.flag("dangerously_unsigned") => {
            problems.push(Problem::new(
                at,
                "a secret for a source that is unsigned",
                "remove it, or say with provider or verify what it proves",
            ));
        }
        Some(_) | None => {}
    }
}

/// Whoever is no queue is told what is wrong with what it sent, and can mend it.
fn check_dead_letter(verifier: Option<&VerifierConfig>, keys: &Settings, problems: &mut Vec<Problem>) {
    let is_queue =
        |verifier: &VerifierConfig| matches!(verifier, VerifierConfig::Provider(of) if of.value.envelope.is_some());
    if let (Some(at), Some(false)) = (keys.key_at("dead_letter"), verifier.map(is_queue)) {
        let what = "\"dead_letter\" for a source that no queue sends to";
        problems.push(Problem::new(at, what, "remove it: its senders are told what is refused"));
    }
}
