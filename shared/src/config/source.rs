//! One `[source.NAME]`: who may ring there, and how it is proven. Knows no provider; a described scheme is data.

use std::collections::BTreeMap;
use std::time::Duration;

use http::HeaderName;
use ipnet::IpNet;

use super::problem::{either, meant};
use super::{At, Placed, Problem, Rate, Registry, SecretRef, Settings};

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
    /// Where its secrets live. Empty exactly when the source is unsigned.
    pub secrets: Vec<Placed<SecretRef>>,
    /// The types it takes; empty takes all.
    pub events: Vec<Placed<String>>,
    /// The sender's patience, where the config knows it better than the provider's entry.
    pub ack_within: Option<Duration>,
    /// What makes two deliveries the same.
    pub dedupe: DedupeRule,
    /// Where the delivery's id sits.
    pub id: Option<Placed<Locator>>,
    /// Where the event's type sits (`type` in the config).
    pub kind: Option<Placed<Locator>>,
    /// How much, how often, from where.
    pub limits: Limits,
    /// The URL this sender uses, where it is not the config's.
    pub public_url: Option<Placed<String>>,
}

/// How a source's senders prove themselves: exactly one way.
#[derive(Debug, Clone)]
pub enum VerifierConfig {
    /// They do not (`dangerously_unsigned = true`).
    DangerouslyUnsigned,
    /// By a scheme written out in the config.
    Described(Described),
    /// By a known provider's scheme.
    Provider {
        /// The provider's name; registered.
        name: Placed<String>,
        /// Which of its schemes; registered with that provider.
        mode: Option<Placed<String>>,
    },
}

/// A scheme of no known provider (`verify = { ... }`). The signature always covers the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Where it is described.
    pub at: At,
    /// The hash of the HMAC.
    pub hmac: Hash,
    /// The header that carries the signature.
    pub header: HeaderName,
    /// Text before the signature in its header; may be empty.
    pub prefix: String,
    /// How the signature is written.
    pub encoding: Encoding,
    /// What is signed, in order.
    pub signed: Vec<SignedPart>,
    /// The time of signing and how far it may be off.
    pub time: Option<TimeRule>,
}

/// The hash of a described HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1, which HMAC survives.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// How a described signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Standard base64.
    Base64,
    /// URL-safe base64.
    Base64Url,
    /// Hexadecimal.
    Hex,
}

/// One of the things that a signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedPart {
    /// The raw body.
    Body,
    /// The value of a header.
    Header(HeaderName),
    /// Text that stands between the others.
    Literal(String),
}

/// Where a fact sits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Locator {
    /// A field of a form body.
    Form(String),
    /// The value of a header.
    Header(HeaderName),
    /// A JSON pointer into the body.
    Json(String),
}

/// Where a described scheme finds the time of signing, and how far it may be off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeRule {
    /// Where it sits.
    pub locator: Locator,
    /// What it counts since 1970.
    pub unit: TimeUnit,
    /// How old a request may be.
    pub max_age: Duration,
    /// How far ahead the sender's clock may be.
    pub max_future: Duration,
}

/// What a time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
}

/// What makes two deliveries of a source the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DedupeRule {
    /// Equal bodies.
    Content,
    /// The delivery's id, by the default rule.
    #[default]
    Id,
    /// Nothing: every delivery is new.
    Off,
}

/// What a source lets in before it looks closer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// The largest body in bytes.
    pub body: Option<u64>,
    /// The most deliveries over time.
    pub rate: Option<Rate>,
    /// How many may come at once before the rate counts. Only with a rate.
    pub burst: Option<u32>,
    /// The addresses that may ring; empty means any.
    pub allow: Vec<IpNet>,
}

impl SignedPart {
    /// `body`, `header:NAME`, or literal text, which is not empty.
    pub fn parse(text: &str) -> Option<SignedPart> {
        match text.strip_prefix("header:") {
            Some(name) => HeaderName::from_bytes(name.as_bytes()).ok().map(SignedPart::Header),
            None if text == "body" => Some(SignedPart::Body),
            None => (!text.is_empty()).then(|| SignedPart::Literal(text.to_owned())),
        }
    }
}

impl Locator {
    /// `header:NAME`, `json:/pointer` or `form:FIELD`.
    pub fn parse(text: &str) -> Option<Locator> {
        match text.split_once(':')? {
            ("form", field) if !field.is_empty() => Some(Locator::Form(field.to_owned())),
            ("header", name) => HeaderName::from_bytes(name.as_bytes()).ok().map(Locator::Header),
            ("json", pointer) if is_pointer(pointer) => Some(Locator::Json(pointer.to_owned())),
            _ => None,
        }
    }
}

/// RFC 6901: a slash before every step; `~` only as `~0` and `~1`.
fn is_pointer(text: &str) -> bool {
    text.starts_with('/') && text.split('~').skip(1).all(|after| after.starts_with(['0', '1']))
}

/// Reads every source, in the order of the text.
pub(super) fn read_all(
    sources: Option<&Settings>,
    registry: &Registry,
    problems: &mut Vec<Problem>,
) -> Vec<SourceConfig> {
    let Some(sources) = sources else { return Vec::new() };
    check_paths(sources, problems);
    let named = sources.named::<Settings>();
    let mut all: Vec<_> =
        named.filter_map(|(name, at, keys)| SourceConfig::read(name, at, keys, registry, problems)).collect();
    all.sort_by_key(|source| source.at);
    all
}

fn path(name: &str, at: At, keys: &Settings) -> Placed<String> {
    keys.placed("path").unwrap_or_else(|| Placed { value: format!("/{name}"), at })
}

fn check_paths(sources: &Settings, problems: &mut Vec<Problem>) {
    let paths = sources.named().filter(|(_, _, keys): &(_, _, &Settings)| !keys.is_refused("path"));
    let mut paths: Vec<_> = paths.map(|(name, at, keys)| (path(name, at, keys), name)).collect();
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

impl SourceConfig {
    /// What is allowed here but weak.
    pub(super) fn warning(&self) -> Option<Problem> {
        match &self.verifier {
            VerifierConfig::DangerouslyUnsigned => {
                let what = format!("source {:?} accepts anyone", self.name);
                Some(Problem::new(self.at, what, "add provider or verify before it faces the internet"))
            }
            VerifierConfig::Described(scheme) => scheme.warning(),
            VerifierConfig::Provider { .. } => None,
        }
    }

    /// Reads one source; `None` only where a problem was reported.
    pub(super) fn read(
        name: &str,
        at: At,
        keys: &Settings,
        registry: &Registry,
        problems: &mut Vec<Problem>,
    ) -> Option<SourceConfig> {
        let verifier = verifier(name, at, keys, registry, problems);
        check_secrets(name, at, keys, problems);
        let dedupe = match keys.text("dedupe") {
            Some("content") => DedupeRule::Content,
            Some("off") => DedupeRule::Off,
            _ => DedupeRule::Id,
        };
        let limits = keys.get("limits").map(|keys| limits(keys, problems)).unwrap_or_default();
        Some(SourceConfig {
            name: name.to_owned(),
            at,
            path: path(name, at, keys),
            verifier: verifier?,
            secrets: keys.secrets("secret"),
            events: keys.texts("events"),
            ack_within: keys.duration("ack_within"),
            dedupe,
            id: keys.placed("id"),
            kind: keys.placed("type"),
            limits,
            public_url: keys.placed("public_url"),
        })
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
    let described = keys.get("verify").and_then(|verify| Described::read(keys.at("verify"), verify, problems));
    let provider = keys.placed::<String>("provider");
    if let Some(provider) = &provider {
        check_mode(provider, keys, registry, problems);
    }
    match (provider, described) {
        (Some(name), _) => Some(VerifierConfig::Provider { name, mode: keys.placed("mode") }),
        (None, Some(described)) => Some(VerifierConfig::Described(described)),
        (None, None) => unsigned.map(|_| VerifierConfig::DangerouslyUnsigned),
    }
}

fn check_mode(provider: &Placed<String>, keys: &Settings, registry: &Registry, problems: &mut Vec<Problem>) {
    let name = &provider.value;
    let modes: Vec<_> = registry.providers.iter().filter(|(known, _)| known == name).map(|(_, mode)| *mode).collect();
    let named = || modes.iter().copied().flatten();
    match keys.placed::<String>("mode") {
        Some(mode) if named().next().is_none() => {
            problems.push(Problem::new(mode.at, format!("provider {name:?} has no modes"), "remove it"));
        }
        Some(mode) if !modes.contains(&Some(&mode.value)) => {
            let what = format!("mode {:?} of provider {name:?} is not known", mode.value);
            problems.push(Problem::new(mode.at, what, meant(&mode.value, named())));
        }
        None if !modes.contains(&None) && keys.key_at("mode").is_none() => {
            let fix = format!("add mode: {}", either(&named().collect::<Vec<_>>()));
            problems.push(Problem::new(provider.at, format!("provider {name:?} has no default mode"), fix));
        }
        Some(_) | None => {}
    }
}

fn check_secrets(name: &str, at: At, keys: &Settings, problems: &mut Vec<Problem>) {
    let proves = keys.key_at("provider").or(keys.key_at("verify")).is_some();
    match keys.key_at("secret") {
        None if proves => {
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

fn limits(keys: &Settings, problems: &mut Vec<Problem>) -> Limits {
    if let (Some(at), None) = (keys.key_at("burst"), keys.key_at("rate")) {
        problems.push(Problem::new(at, "\"burst\" without \"rate\"", "add rate = \"50/s\", or remove it"));
    }
    Limits {
        body: keys.bytes("body"),
        rate: keys.get("rate").copied(),
        burst: keys.integer("burst").and_then(|burst| burst.try_into().ok()),
        allow: keys.all("allow").into_iter().map(|net| net.value).collect(),
    }
}

impl Described {
    fn warning(&self) -> Option<Problem> {
        let Locator::Header(time) = &self.time.as_ref()?.locator else { return None };
        if self.signed.contains(&SignedPart::Header(time.clone())) {
            return None;
        }
        let what = "the signature does not cover the time: a replay may carry a fresh one";
        Some(Problem::new(self.at, what, format!("add \"header:{time}\" to signed if the sender signs it")))
    }

    fn read(at: At, keys: &Settings, problems: &mut Vec<Problem>) -> Option<Described> {
        let signed: Vec<Placed<SignedPart>> = keys.all("signed");
        if !signed.is_empty() && !signed.iter().any(|part| part.value == SignedPart::Body) {
            let fix = "add \"body\": a signature that leaves the body out proves nothing about the event";
            problems.push(Problem::new(keys.at("signed"), "\"signed\" leaves out the body", fix));
        }
        for key in ["unit", "max_age", "max_future"] {
            if let (Some(at), None) = (keys.key_at(key), keys.key_at("time")) {
                problems.push(Problem::new(
                    at,
                    format!("{key:?} without \"time\""),
                    "add time = \"header:NAME\", or remove it",
                ));
            }
        }
        let hmac = match keys.text("hmac")? {
            "sha1" => Hash::Sha1,
            "sha512" => Hash::Sha512,
            _ => Hash::Sha256,
        };
        let encoding = match keys.text("encoding") {
            Some("base64") => Encoding::Base64,
            Some("base64url") => Encoding::Base64Url,
            _ => Encoding::Hex,
        };
        let time = keys.get::<Locator>("time").map(|locator| TimeRule {
            locator: locator.clone(),
            unit: if keys.text("unit") == Some("ms") { TimeUnit::Milliseconds } else { TimeUnit::Seconds },
            max_age: keys.duration("max_age").unwrap_or(Duration::from_secs(300)),
            max_future: keys.duration("max_future").unwrap_or(Duration::from_secs(60)),
        });
        Some(Described {
            at,
            hmac,
            header: keys.get::<HeaderName>("header")?.clone(),
            prefix: keys.text("prefix").unwrap_or_default().to_owned(),
            encoding,
            signed: signed.into_iter().map(|part| part.value).collect(),
            time,
        })
    }
}
