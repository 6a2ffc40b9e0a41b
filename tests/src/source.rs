//! Sources out of the provider table, without a config.

use std::sync::Arc;

use doorbell_core::dedupe::Rule;
use doorbell_core::destination::Target;
use doorbell_core::handshake::{Agreed, Handshake};
use doorbell_core::keys::Keys;
use doorbell_core::name::SourceName;
use doorbell_core::provider::{Contract, Evidence, Facts, Level, Provider, Retries};
use doorbell_core::route::{Filter, Route, Routes};
use doorbell_core::secret::{Keyring, LiveSecret, Secret, SecretVersion};
use doorbell_core::source::{DEFAULT_BODY_LIMIT, DEFAULT_BUDGET, DEFAULT_WINDOW, Source};
use doorbell_core::tally::Tally;
use doorbell_core::verify::{Scheme, Tokens, WrongShape, sns};

use crate::token::{AUDIENCE, EMAIL, ISSUER};
use crate::topic::TOPIC;

/// The secrets under the labels `0`, `1`, ...
///
/// # Errors
/// [`WrongShape`] when the scheme cannot use one of them.
pub fn keyring<S: AsRef<str>>(scheme: &Scheme, secrets: &[S]) -> Result<Keyring, WrongShape> {
    let live = |(index, text): (usize, &S)| {
        let secret = Secret::new(text.as_ref()).map_err(|_| WrongShape { expected: "a secret that is not empty" })?;
        Ok(LiveSecret { version: SecretVersion::new(&index.to_string()), secret })
    };
    scheme.keyring(secrets.iter().enumerate().map(live).collect::<Result<_, _>>()?)
}

/// Certificates as they come from their URLs.
///
/// # Errors
/// [`WrongShape`] when the scheme cannot use one of them.
pub fn certificates<'a>(
    scheme: &Scheme,
    all: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Keyring, WrongShape> {
    let live = |(url, pem): (&str, &str)| {
        let secret = Secret::new(pem).map_err(|_| WrongShape { expected: "a certificate" })?;
        Ok(LiveSecret { version: SecretVersion::new(sns::label(url)), secret })
    };
    scheme.keyring(all.into_iter().map(live).collect::<Result<_, _>>()?)
}

/// A provider of that scheme that nothing is known of but its handshakes.
#[must_use]
pub fn asking(scheme: Scheme, handshakes: &'static [Handshake]) -> &'static Provider {
    Box::leak(Box::new(Provider {
        name: "asking",
        mode: None,
        title: "A provider that asks",
        docs: "https://asking.example",
        scheme,
        methods: &[http::Method::POST],
        required: &[],
        facts: Facts::default(),
        batch: None,
        envelope: None,
        handshakes,
        types: &[],
        max_body: None,
        deadline: None,
        retries: Retries::Unknown,
        contract: Contract::UNKNOWN,
        evidence: Evidence { level: Level::Secondary, checked: "2026-11", unsure: &[] },
    }))
}

/// Its scheme, for the audience, the account and the topic of these tests.
#[must_use]
pub fn scheme_of(provider: &Provider) -> Scheme {
    let text = |text: &str| Some(text.to_owned());
    let tokens = Tokens { issuer: text(ISSUER), audience: text(AUDIENCE), email: text(EMAIL), url: text(AUDIENCE) };
    provider.scheme.clone().for_tokens(&tokens).for_topic(TOPIC)
}

/// A source of that table entry with every default, named after the provider, that hands everything to `to`.
#[must_use]
pub fn source(provider: &'static Provider, path: &str, keys: Option<Keyring>, to: Vec<Arc<Target>>) -> Source {
    Source {
        name: SourceName::parse(provider.name).expect("provider names are source names"),
        path: path.to_owned(),
        provider: Some(provider),
        scheme: scheme_of(provider),
        keys: Keys::fixed(keys),
        confirmer: None,
        agreed: Agreed::default(),
        facts: provider.facts.clone(),
        events: Filter::new(None),
        schema: None,
        split: None,
        batched: Tally::default(),
        dedupe: Rule::Id,
        window: DEFAULT_WINDOW,
        body_limit: DEFAULT_BODY_LIMIT,
        rate: None,
        allow: Vec::new(),
        budget: DEFAULT_BUDGET,
        routes: Routes::new(vec![Route::to(to)]),
        dead_letter: None,
        and: Vec::new(),
        tally: Tally::default(),
    }
}
