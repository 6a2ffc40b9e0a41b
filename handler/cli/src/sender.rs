//! Plays the sender: a delivery as a provider, or whoever a source of the config expects, would make it. Knows no
//! scheme: the core signs.

mod pen;
mod setup;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use clap::builder::PossibleValuesParser;
use doorbell_adapters::startup;
use doorbell_core::config::SecretRef;
use doorbell_core::locate::Locate;
use doorbell_core::provider::{self, Facts, Provider, TimeForm};
use doorbell_core::verify::jwt::Place;
use doorbell_core::verify::{Part, Scheme, Signing};
use doorbell_core::{DeliveryId, Door, Head, Peer, Timestamp};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::exit::Refusal;
use crate::scheme;
use pen::Pen;

/// Who sends, and what.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Who to play: a name of `doorbell providers`, or - for whom --source expects
    #[arg(value_parser = PossibleValuesParser::new(names()), hide_possible_values = true)]
    provider: String,
    /// The body; - is stdin
    file: PathBuf,
    /// Where the secret lives: env://NAME or file:///path
    #[arg(long, value_name = "REF", conflicts_with = "source")]
    secret: Option<String>,
    /// The file of the sender's private key, where a public one proves its deliveries; made if it is not there, and FILE.pub
    /// with the public half, for the receiver's config. Without, a key for this once
    #[arg(long, value_name = "FILE", conflicts_with = "secret")]
    key: Option<PathBuf>,
    /// Take the scheme and the secret from this source of the config
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// The config with that source
    #[arg(long, value_name = "FILE", requires = "source")]
    config: Option<PathBuf>,
    /// The event's type, where the provider writes it into a header
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Which of the provider's schemes
    #[arg(long, conflicts_with = "source")]
    mode: Option<String>,
    /// The URL that the provider was given, where it signs it
    #[arg(long, conflicts_with = "source")]
    url: Option<String>,
    /// A text that the operator knows and the provider signs, or has in its tokens; may stand several times
    #[arg(long = "value", value_name = "NAME=TEXT", conflicts_with = "source")]
    values: Vec<String>,
    /// The event's id, where the provider writes it into a header; by default a random one
    #[arg(long)]
    id: Option<String>,
    /// When it is signed, in seconds since 1970; by default now
    #[arg(long, value_name = "UNIX", allow_negative_numbers = true)]
    at: Option<i64>,
    /// A header besides, or instead of, what the provider would send; may stand several times
    // Read later: clap repeats what it cannot read, and a header may hold a secret.
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
}

fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = provider::ALL.iter().map(|provider| provider.name).chain(["-"]).collect();
    names.dedup();
    names
}

/// The operator's header. No message repeats its value.
fn header(text: &str) -> Result<(HeaderName, HeaderValue), Refusal> {
    let told = |what: &str| Refusal::Usage(format!("--header: {what}; write it as \"Name: value\", in visible ASCII"));
    let (name, value) = text.split_once(':').ok_or_else(|| told("no colon"))?;
    let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| told("no header's name"))?;
    Ok((name, HeaderValue::from_str(value.trim()).map_err(|_| told("no header's value"))?))
}

/// The types that a provider sends most, where its type is a header.
const TYPES: &[(&str, &str)] = &[("github", "push"), ("gitlab", "Push Hook"), ("shopify", "orders/create")];
/// Required headers whose value has a form.
const REQUIRED: &[(&str, &str)] =
    &[("x-shopify-shop-domain", "example.myshopify.com"), ("x-shopify-api-version", "2026-10")];
/// What else is required, and nobody cares about.
const ANYTHING: &str = "test";

/// Somebody who sends deliveries.
#[derive(Debug)]
pub(crate) struct Sender {
    /// For messages.
    label: String,
    scheme: Scheme,
    facts: Facts,
    required: &'static [&'static str],
    pen: Pen,
    /// What the source wants proven besides.
    and: Vec<(Scheme, Pen)>,
    kind: Option<String>,
    id: Option<String>,
    at: Option<Timestamp>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// What it was given to send; what is sent may have its evidence in it.
    pub(crate) body: Bytes,
    /// Where the source answers, if the sender came from one.
    pub(crate) path: Option<String>,
    /// What the operator has to know of a key that was made: lines for the terminal.
    pub(crate) news: Vec<String>,
}

/// A delivery, ready to go.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    /// The id in its headers, if it has one there.
    pub(crate) id: Option<String>,
    pub(crate) headers: HeaderMap,
    /// Where it goes: a token may stand there.
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    /// What is sent.
    pub(crate) body: Bytes,
}

impl Sender {
    pub(crate) fn of(args: &Args) -> Result<Self, Refusal> {
        let sender = match &args.source {
            Some(source) => Self::expected_by(source, args)?,
            None => Self::known(args)?,
        };
        if args.id.is_some() {
            sender.header_of(&sender.facts.id, "id")?;
        }
        if args.kind.is_some() {
            sender.header_of(&sender.facts.kind, "type")?;
        }
        Ok(sender)
    }

    fn new(label: String, scheme: Scheme, facts: Facts, secrets: &[SecretRef], args: &Args) -> Result<Self, Refusal> {
        let usual = TYPES.iter().find(|(name, _)| *name == label);
        let (pen, news) = Pen::of(&label, &scheme, secrets, args)?;
        Ok(Self {
            scheme,
            facts,
            pen,
            and: Vec::new(),
            news,
            required: &[],
            kind: args.kind.clone().or_else(|| usual.map(|(_, kind)| (*kind).to_owned())),
            id: args.id.clone(),
            at: args.at.map(Timestamp::from_unix_seconds),
            headers: args.headers.iter().map(|text| header(text)).collect::<Result<_, _>>()?,
            body: read(&args.file)?,
            path: None,
            label,
        })
    }

    /// A provider of the table.
    fn known(args: &Args) -> Result<Self, Refusal> {
        let name = args.provider.as_str();
        if name == "-" {
            return Err(Refusal::Usage("- stands for whom a source expects; add --source NAME".to_owned()));
        }
        let provider = provider::find(name, args.mode.as_deref()).ok_or_else(|| unknown_mode(name))?;
        let scheme = setup::of(provider, args)?;
        // What is no reference may be the secret itself, so the message does not repeat it.
        let no_reference = || Refusal::Usage("--secret takes a reference; write env://NAME or file:///path".to_owned());
        let secret = args.secret.as_deref().map(|text| SecretRef::parse(text).ok_or_else(no_reference)).transpose()?;
        let secrets: Vec<SecretRef> = secret.into_iter().collect();
        let sender = Self::new(provider.name.to_owned(), scheme, provider.facts.clone(), &secrets, args)?;
        Ok(Self { required: provider.required, ..sender })
    }

    /// Whoever a source of the config expects.
    fn expected_by(name: &str, args: &Args) -> Result<Self, Refusal> {
        let found = startup::find(args.config.as_deref()).map_err(|error| Refusal::Usage(error.to_string()))?;
        let found = found.unwrap_or_else(startup::Found::embedded);
        let config = found.parse().map_err(Refusal::Config)?;
        let names: Vec<&str> = config.sources.iter().map(|source| source.name.as_str()).collect();
        let no_source = || format!("{}: no source is called {name:?}; there are: {}", found.origin, names.join(", "));
        let source = config.sources.iter().find(|source| source.name == name);
        let source = source.ok_or_else(|| Refusal::Usage(no_source()))?;
        let provider = source.provider();
        if args.provider != "-" && provider.is_none_or(|provider| provider.name != args.provider) {
            let expects = provider.map_or("a scheme of its own", |provider| provider.name);
            let text =
                format!("source {name:?} expects {expects}, not {}; write - to play whom it expects", args.provider);
            return Err(Refusal::Usage(text));
        }
        let scheme = source.scheme();
        let label = provider.map_or_else(|| name.to_owned(), |provider| provider.name.to_owned());
        let required = provider.map_or(&[][..], |provider: &Provider| provider.required);
        let secrets: Vec<SecretRef> = source.secrets.iter().map(|secret| secret.value.clone()).collect();
        let sender = Self::new(label, scheme, source.facts(), &secrets, args)?;
        let factors = source.and.iter();
        let and = factors.map(|factor| Ok((factor.scheme.clone(), Pen::of_factor(factor)?)));
        let and = and.collect::<Result<_, Refusal>>()?;
        Ok(Self { required, and, path: Some(source.path.value.clone()), ..sender })
    }

    /// Who it is, as the config or the table of providers calls it.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// Whether every delivery carries an id of its own.
    pub(crate) fn makes_ids(&self) -> bool {
        self.id.is_none() && header_among(&self.facts.id).is_some()
    }

    /// A new delivery to `path` (and `query`), signed now or at the time that the operator chose.
    pub(crate) fn sign(&self, path: &str, query: Option<&str>, now: Timestamp) -> Result<Signed, Refusal> {
        let now = self.at.unwrap_or(now);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type()));
        let mut id = None;
        if let Some(name) = header_among(&self.facts.id) {
            let text = self.id.clone().map_or_else(random_id, Ok)?;
            put(&mut headers, name, &text)?;
            id = Some(text);
        }
        if let (Some(name), Some(kind)) = (header_among(&self.facts.kind), &self.kind) {
            put(&mut headers, name, kind)?;
        }
        if let Some((Locate::Header(name), form)) = &self.facts.time {
            let text = match form {
                TimeForm::Rfc3339 => now.rfc3339(),
                TimeForm::UnixMillis => now.as_unix_micros().div_euclid(1_000).to_string(),
                TimeForm::UnixSeconds => now.as_unix_micros().div_euclid(1_000_000).to_string(),
            };
            put(&mut headers, name, &text)?;
        }
        for name in self.required.iter().filter(|name| !headers.contains_key(**name)).copied().collect::<Vec<_>>() {
            let formed = REQUIRED.iter().find(|(required, _)| *required == name);
            put(&mut headers, name, formed.map_or(ANYTHING, |(_, value)| value))?;
        }
        self.overlay(&mut headers);
        let peer = Peer::Socket(None);
        let door = Door { id: DeliveryId::new(""), peer, received_at: now, remaining: None, age: Duration::ZERO };
        let (path, query) = (path.to_owned(), query.map(str::to_owned));
        let mut head = Head { method: Method::POST, path, query, headers, door };
        let mut body = self.body.clone();
        let own = std::iter::once((&self.scheme, &self.pen));
        for (scheme, pen) in own.chain(self.and.iter().map(|(scheme, pen)| (scheme, pen))) {
            let signed = scheme.sign(&mut head, &body, pen.signer(), now);
            if let Some(written) = signed.map_err(|signing| self.unsigned(signing))? {
                body = Bytes::from(written);
            }
        }
        // Once more: the operator may want a wrong signature.
        self.overlay(&mut head.headers);
        Ok(Signed { id, headers: head.headers, path: head.path, query: head.query, body })
    }

    /// The operator's headers instead of those of the same name.
    fn overlay(&self, headers: &mut HeaderMap) {
        for (name, _) in &self.headers {
            headers.remove(name);
        }
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
    }

    /// Why there is no signature, and the next step.
    fn unsigned(&self, signing: Signing) -> Refusal {
        let label = &self.label;
        Refusal::Usage(match signing {
            Signing::Impossible(why) => format!("cannot sign as {label}: {why}"),
            Signing::Missing(Part::Header(name)) => {
                let name = scheme::header(&name);
                format!("{label} signs the header {name}, which is missing; add --header \"{name}: ...\"")
            }
            Signing::Missing(part) => format!(
                "{label} needs {}, and the delivery has no place for it; put it into the body or the URL",
                scheme::part(&part)
            ),
        })
    }

    /// JSON if it is, else what forms are sent as; a body that becomes a token is one (RFC 7519, 10.3.1).
    fn content_type(&self) -> &'static str {
        let is_token = matches!(&self.scheme, Scheme::Jwt(jwt) if matches!(jwt.place, Place::Body));
        let is_json = || serde_json::from_slice::<serde::de::IgnoredAny>(&self.body).is_ok();
        match (is_token, is_json()) {
            (true, _) => "application/jwt",
            (false, true) => "application/json",
            (false, false) => "application/x-www-form-urlencoded",
        }
    }

    /// The header that a flag sets, or where the fact is to be changed instead.
    fn header_of<'a>(&self, facts: &'a [Locate], flag: &str) -> Result<&'a str, Refusal> {
        let told = || {
            Refusal::Usage(match facts.first() {
                Some(at) => {
                    format!("--{flag}: {} has its {flag} in {}; change it there", self.label, scheme::place(at))
                }
                None => format!("--{flag}: nobody knows where {} has its {flag}; leave it out", self.label),
            })
        };
        header_among(facts).ok_or_else(told)
    }
}

fn header_among(facts: &[Locate]) -> Option<&str> {
    facts.iter().find_map(|place| match place {
        Locate::Header(name) => Some(name.as_ref()),
        Locate::Query(_) | Locate::Json(_) | Locate::Member(_) | Locate::Form(_) | Locate::FormJson(..) => None,
    })
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Refusal> {
    let told =
        || Refusal::Usage(format!("{}: a header cannot carry that value; use visible ASCII", scheme::header(name)));
    let value = HeaderValue::from_str(value).ok().filter(|value| value.to_str().is_ok()).ok_or_else(told)?;
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| told())?;
    headers.insert(name, value);
    Ok(())
}

fn unknown_mode(name: &str) -> Refusal {
    let modes: Vec<&str> =
        provider::ALL.iter().filter(|provider| provider.name == name).filter_map(|provider| provider.mode).collect();
    let next = if modes.is_empty() { "leave --mode out".to_owned() } else { format!("use {}", modes.join(", ")) };
    Refusal::Usage(format!("{name} has no such mode; {next}"))
}

fn read(file: &Path) -> Result<Bytes, Refusal> {
    let told = |error| Refusal::Usage(format!("{}: cannot read the body: {error}", file.display()));
    if file == Path::new("-") {
        let mut body = Vec::new();
        std::io::stdin().lock().read_to_end(&mut body).map_err(told)?;
        return Ok(body.into());
    }
    std::fs::read(file).map(Bytes::from).map_err(told)
}

/// Shaped as RFC 9562's version 4, as most providers write theirs.
fn random_id() -> Result<String, Refusal> {
    let no_bytes = |error| Refusal::Unreachable(format!("no random bytes for an id: {error}; give one with --id"));
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(no_bytes)?;
    let bits = u128::from_be_bytes(bytes);
    let bits = (bits & !(0xf << 76) & !(0b11 << 62)) | (0x4 << 76) | (0b10 << 62);
    let hex = format!("{bits:032x}");
    let group = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    Ok(format!("{}-{}-{}-{}-{}", group(0, 8), group(8, 12), group(12, 16), group(16, 20), group(20, 32)))
}
