//! `doorbell providers`: the core's one table, for people.

use clap::builder::PossibleValuesParser;
use doorbell_core::envelope::Envelope;
use std::collections::BTreeSet;

use doorbell_core::handshake::Handshake;
use doorbell_core::locate::Locate;
use doorbell_core::provider::{ALL, Evidence, Level, Provider};
use doorbell_core::source::DEFAULT_BUDGET;
use doorbell_core::verify::jwt::Audience;
use doorbell_core::verify::{Expected, Scheme};
use serde::Serialize;

use crate::exit::Exit;
use crate::screen::{Screen, Tone};
use crate::{amount, contract, scheme};

/// Which providers.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One provider: all that is known of it
    #[arg(value_parser = PossibleValuesParser::new(names()), hide_possible_values = true)]
    name: Option<String>,
    /// The table of the README
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
}

fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = ALL.iter().map(|provider| provider.name).collect();
    names.dedup();
    names
}

/// One entry, for a script.
#[derive(Debug, Serialize)]
struct Entry {
    name: &'static str,
    mode: Option<&'static str>,
    title: &'static str,
    docs: &'static str,
    scheme: String,
    trust: &'static str,
    required_headers: &'static [&'static str],
    id: Vec<String>,
    #[serde(rename = "type")]
    kind: Vec<String>,
    action: Vec<String>,
    time: Vec<String>,
    types: &'static [&'static str],
    deadline_seconds: Option<u64>,
    retries: &'static str,
    retries_seconds: Option<u64>,
    success: &'static str,
    on_4xx: &'static str,
    on_410: &'static str,
    stops: Option<String>,
    max_body: Option<u64>,
    confidence: &'static str,
    checked: &'static str,
    unsure: &'static [&'static str],
    config: String,
}

impl Entry {
    fn of(provider: &'static Provider) -> Self {
        let (retries, retries_seconds) = contract::retries_in_short(provider.retries);
        let inside = |words: fn(Envelope) -> &'static str| Some(vec![words(provider.envelope?).to_owned()]);
        let places = |all: &[Locate]| all.iter().map(scheme::place).collect();
        Self {
            name: provider.name,
            mode: provider.mode,
            title: provider.title,
            docs: provider.docs,
            scheme: scheme::proof(&provider.scheme),
            trust: provider.scheme.trust().as_str(),
            required_headers: provider.required,
            id: inside(Envelope::id_in_words).unwrap_or_else(|| places(&provider.facts.id)),
            kind: inside(Envelope::kind_in_words).unwrap_or_else(|| places(&provider.facts.kind)),
            action: places(&provider.facts.action),
            time: places(time(provider)),
            types: provider.types,
            deadline_seconds: provider.deadline.map(|deadline| deadline.as_secs()),
            retries,
            retries_seconds,
            success: contract::success(provider.contract.success),
            on_4xx: contract::after(provider.contract.refused),
            on_410: contract::after(provider.contract.gone),
            stops: contract::stops(provider.contract),
            max_body: provider.max_body,
            confidence: provider.evidence.level.as_str(),
            checked: provider.evidence.checked,
            unsure: provider.evidence.unsure,
            config: snippet(provider),
        }
    }
}

pub(crate) fn run(args: &Args, screen: Screen) -> Exit {
    let wanted = |provider: &&Provider| args.name.as_ref().is_none_or(|name| provider.name == name);
    let chosen: Vec<&'static Provider> = ALL.iter().copied().filter(wanted).collect();
    if screen.json {
        screen.document(&chosen.iter().map(|provider| Entry::of(provider)).collect::<Vec<_>>());
    } else if args.markdown {
        markdown(&chosen, screen);
    } else if args.name.is_some() {
        for (index, provider) in chosen.iter().enumerate() {
            if index > 0 {
                screen.line("");
            }
            screen.line(&all_of(provider, screen));
        }
    } else {
        table(&chosen, screen);
    }
    Exit::Yes
}

fn table(providers: &[&Provider], screen: Screen) {
    let heads = ["NAME", "MODE", "TITLE", "ANSWER IN", "RETRIES", "KNOWN FROM", "CHECKED", "PROOF"].map(str::to_owned);
    let row = |provider: &&Provider| {
        [
            provider.name.to_owned(),
            provider.mode.unwrap_or("-").to_owned(),
            provider.title.to_owned(),
            provider.deadline.map_or_else(|| "-".to_owned(), amount::time),
            contract::retries(provider.retries),
            provider.evidence.level.as_str().to_owned(),
            provider.evidence.checked.to_owned(),
            scheme::proof(&provider.scheme),
        ]
    };
    let rows: Vec<_> = std::iter::once(heads).chain(providers.iter().map(row)).collect();
    let mut widths = [0; 8];
    for (width, cells) in rows.iter().flat_map(|row| widths_of(row).into_iter().enumerate()) {
        if let Some(widest) = widths.get_mut(width) {
            *widest = cells.max(*widest);
        }
    }
    for (index, row) in rows.iter().enumerate() {
        let padded = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = padded.collect::<Vec<_>>().join("  ");
        let line = line.trim_end();
        screen.line(&if index == 0 { screen.tint(Tone::Strong, line) } else { line.to_owned() });
    }
}

fn widths_of(row: &[String; 8]) -> [usize; 8] {
    row.each_ref().map(|cell| cell.chars().count())
}

fn markdown(providers: &[&Provider], screen: Screen) {
    let row = |cells: [&str; 7]| screen.line(&format!("| {} |", cells.join(" | ")));
    row(["provider", "mode", "what proves it", "id", "waits", "retries", "checked"]);
    row(["---"; 7]);
    for provider in providers {
        row([
            &format!("`{}`", provider.name),
            &provider.mode.map(|mode| format!("`{mode}`")).unwrap_or_default(),
            &scheme::proof(&provider.scheme),
            &scheme::id(provider),
            &provider.deadline.map_or_else(|| "not said".to_owned(), amount::time),
            &contract::retries(provider.retries),
            provider.evidence.checked,
        ]);
    }
}

/// What the entry rests on, and what that is worth.
fn known_from(provider: &Provider) -> String {
    let Evidence { level, checked, .. } = provider.evidence;
    let advice = if level == Level::Secondary { ": no page of its own; try it with a real delivery first" } else { "" };
    format!("{}, checked {checked}{advice}", level.as_str())
}

/// Where the time of a provider's events is.
fn time(provider: &Provider) -> &[Locate] {
    provider.facts.time.as_ref().map_or(&[], |(at, _)| std::slice::from_ref(at))
}

/// All that is known of a provider, and the lines to paste.
fn all_of(provider: &'static Provider, screen: Screen) -> String {
    let deadline = provider.deadline.map_or_else(
        || format!("not said; Doorbell takes {}", amount::time(DEFAULT_BUDGET)),
        |deadline| format!("within {}", amount::time(deadline)),
    );
    let listed = |headers: &[&str]| headers.iter().map(|name| scheme::header(name)).collect::<Vec<_>>().join(", ");
    let facts = &provider.facts;
    let mut rows = vec![
        ("docs", provider.docs.to_owned()),
        ("proof", scheme::proof(&provider.scheme)),
        ("trust", scheme::trust(provider.scheme.trust()).to_owned()),
        ("id", scheme::id(provider)),
        ("type", scheme::kind(provider)),
        ("action", scheme::places(&facts.action, &provider.scheme)),
        ("time", scheme::places(time(provider), &provider.scheme)),
        ("answer", deadline),
        ("a yes", contract::yes(provider.contract.success)),
        ("retries", contract::retries(provider.retries)),
        ("a 503 costs", contract::of_503(Some(provider))),
        ("a 401 costs", contract::of_401(Some(provider))),
        ("known from", known_from(provider)),
    ];
    if let Some(stops) = contract::stops(provider.contract) {
        rows.push(("stops", stops));
    }
    if !provider.required.is_empty() {
        rows.push(("requires", listed(provider.required)));
    }
    if !provider.evidence.unsure.is_empty() {
        rows.push(("hearsay", provider.evidence.unsure.join(", ")));
    }
    if !provider.handshakes.is_empty() {
        let methods: BTreeSet<&str> = provider.handshakes.iter().map(|handshake| handshake.method.as_str()).collect();
        rows.push(("handshake", format!("answered, by {}", methods.into_iter().collect::<Vec<_>>().join(", "))));
    }
    if provider.handshakes.iter().any(Handshake::delivers_key) {
        rows.push((
            "key",
            "comes with the first registration, where the secret is at a place that is empty".to_owned(),
        ));
    }
    if !provider.types.is_empty() {
        rows.push(("types", provider.types.join(", ")));
    }
    let rows: Vec<String> = rows.into_iter().map(|(name, text)| format!("  {name:11}  {text}")).collect();
    let label = provider.label();
    let title = screen.tint(Tone::Strong, &format!("{}: {label}", provider.title));
    format!("{title}\n{}\n\n{}", rows.join("\n"), snippet(provider))
}

/// The source to paste into a config.
fn snippet(provider: &'static Provider) -> String {
    let variable = provider.name.to_ascii_uppercase().replace('-', "_");
    let mode = provider.mode.map(|mode| format!("mode     = \"{mode}\"\n")).unwrap_or_default();
    let name = provider.name;
    let mut proof = Vec::new();
    if let Scheme::Jwt(jwt) = &provider.scheme {
        let configured = Some(&Expected::Configured);
        if jwt.issuer.is_open() {
            proof.push("issuer   = \"THE ISS OF ITS TOKENS\"".to_owned());
        }
        match jwt.audience {
            Audience::Configured => proof.push("audience = \"THE AUD OF ITS TOKENS\"".to_owned()),
            Audience::Url => proof.push(format!("audience = \"https://HOST/{name}\"")),
            Audience::Any | Audience::Exactly(_) => {}
        }
        if jwt.email.as_ref() == configured {
            proof.push("email    = \"NAME@PROJECT.iam.gserviceaccount.com\"".to_owned());
        }
        if jwt.url.as_ref().map(|url| &url.url) == configured {
            proof.push(format!("public_url = \"https://HOST/{name}\""));
        }
    }
    let mut needs: Vec<&str> = provider.scheme.needs().collect();
    needs.extend(provider.handshakes.iter().flat_map(Handshake::values));
    needs.sort_unstable();
    needs.dedup();
    if needs.contains(&"public_url") {
        proof.push(format!("public_url = \"https://HOST/{name}\""));
    }
    let values: Vec<String> =
        needs.iter().filter(|need| **need != "public_url").map(|need| format!("{need} = \"...\"")).collect();
    if !values.is_empty() {
        proof.push(format!("values   = {{ {} }}", values.join(", ")));
    }
    if provider.handshakes.iter().any(Handshake::needs_verify_token) {
        proof.push(format!("verify_token = \"env://{variable}_VERIFY_TOKEN\""));
    }
    if let Some(service) = provider.scheme.arn_service() {
        proof.push(format!("arn      = \"arn:aws:{service}:REGION:ACCOUNT:NAME\""));
    }
    if provider.scheme.needs_keys() && !provider.scheme.publishes_keys() {
        proof.push(format!("secret   = \"env://{variable}_SECRET\""));
    }
    let lines = format!("[source.{name}]\nprovider = \"{name}\"\n{mode}{}", proof.join("\n"));
    lines.trim_end().to_owned()
}
