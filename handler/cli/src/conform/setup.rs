//! From a case's secret and config to the source that an operator would have configured for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use doorbell_adapters::startup;
use doorbell_core::BoxFuture;
use doorbell_core::config::{Config, SourceConfig, VerifierConfig};
use doorbell_core::dedupe::Rule;
use doorbell_core::destination::Target;
use doorbell_core::fault::Cause;
use doorbell_core::handshake::{Agreed, Captured, Confirmer, Handshake, KeyTaker, Taken};
use doorbell_core::keys::Keys;
use doorbell_core::name::SourceName;
use doorbell_core::provider::{self, Facts, Provider};
use doorbell_core::route::{Filter, Route, Routes};
use doorbell_core::secret::{Keyring, LiveSecret, Secret, SecretVersion};
use doorbell_core::source::{DEFAULT_BODY_LIMIT, DEFAULT_BUDGET, DEFAULT_WINDOW, Source};
use doorbell_core::tally::Tally;
use doorbell_core::verify::jwt::{Audience, Issuer};
use doorbell_core::verify::{Scheme, Tokens, Window, sns};

use super::case::{Case, Secrets, Verdict};

/// Why a case cannot be run: what is missing here, not what is wrong with the case.
#[derive(Debug)]
pub struct Unsupported(pub(crate) String);

/// Values of `mode`, `version` or `algorithm` that name what the table has as the provider's default.
const DEFAULTS: &[(&str, &str)] = &[
    ("adyen", "payments"),
    ("cloudinary", "sha1"),
    ("hubspot", "v3"),
    ("keygen", "ed25519"),
    ("plivo", "v3"),
    ("sumsub", "sha256"),
    ("websub", "sha256"),
];
/// How far ahead a signed time may be, where the entry does not say.
const AHEAD: Duration = Duration::from_secs(60);

/// How deliveries are proven and read, before the case's own settings: a table entry, or a source of the config.
struct Entry {
    provider: Option<&'static Provider>,
    scheme: Scheme,
    facts: Facts,
    body_limit: u64,
    budget: Duration,
    /// The URL that the config says the sender uses.
    url: Option<String>,
}

/// What the operator adds to an entry, besides the secrets.
#[derive(Debug, Default)]
struct Operator {
    /// How old a signed time may be; `None`: as old as it likes.
    max_age: Option<Duration>,
    /// For whom a token must be, and whose.
    tokens: Tokens,
    /// The topic whose messages are taken.
    topic: Option<String>,
    /// The URL that the sender uses, where it signs it.
    public_url: Option<String>,
    /// Values that stand in no delivery, by the name of their setting.
    values: BTreeMap<String, String>,
}

/// The source of a case, handing off to `to`.
pub(crate) fn source(
    case: &Case,
    config: Option<&Config>,
    confirmer: Arc<dyn Confirmer>,
    to: Arc<Target>,
) -> Result<Source, Unsupported> {
    let Entry { provider, scheme, facts, body_limit, budget, url } = Entry::of(case, config)?;
    let operator = Operator::of(case, url, &asked(provider, &scheme))?;
    let agreed = operator.agreed(case)?;
    let scheme = operator.onto(scheme)?;
    as_the_entry_says(case, &scheme)?;
    let keys = keyring(case, &scheme)?;
    let no_name = || Unsupported(format!("{:?} is no name of a source", case.provider));
    Ok(Source {
        name: SourceName::parse(&case.provider).ok_or_else(no_name)?,
        path: case.request.path.clone(),
        provider,
        scheme,
        keys: Keys::fixed(keys),
        confirmer: Some(confirmer),
        facts,
        events: Filter::new(None),
        schema: None,
        split: None,
        batched: Tally::default(),
        // Cases repeat each other's deliveries.
        dedupe: Rule::Off,
        window: DEFAULT_WINDOW,
        body_limit: usize::try_from(body_limit).unwrap_or(usize::MAX),
        // Neither is a rate of arrival in a case, nor an address.
        rate: None,
        allow: Vec::new(),
        budget,
        routes: Routes::new(vec![Route::to(vec![to])]),
        dead_letter: None,
        and: Vec::new(),
        tally: Tally::default(),
        agreed,
    })
}

/// Which of a provider's schemes the case is for; `None`: the default.
fn mode(case: &Case) -> Option<&str> {
    let config = &case.config;
    let named = config.mode.as_ref().or(config.version.as_ref()).or(config.algorithm.as_ref()).map(String::as_str);
    named.or_else(|| config.json.filter(|json| *json).map(|_| "json"))
}

impl Entry {
    /// Out of the table; what that does not have, out of the config: `[source.PROVIDER-MODE]` or `[source.PROVIDER]`.
    fn of(case: &Case, config: Option<&Config>) -> Result<Self, Unsupported> {
        let (name, mode) = (case.provider.as_str(), mode(case));
        if let Some(provider) = known(case, mode) {
            return Ok(Self {
                provider: Some(provider),
                scheme: provider.scheme.clone(),
                facts: provider.facts.clone(),
                body_limit: provider.max_body.unwrap_or(DEFAULT_BODY_LIMIT as u64),
                budget: provider.deadline.unwrap_or(DEFAULT_BUDGET),
                url: None,
            });
        }
        let sources = config.map_or(&[][..], |config| &config.sources);
        let of_mode = mode.map(|mode| format!("{name}-{mode}"));
        let called = |wanted: &str| sources.iter().find(|source| source.name == wanted);
        let described = of_mode.as_deref().and_then(called).or_else(|| called(name));
        if let Some(source) = described.filter(|source| !source.and.is_empty()) {
            return Err(Unsupported(format!(
                "a case has the secrets of one proof, and source {:?} wants more",
                source.name
            )));
        }
        let described = described.map(Self::described);
        described.ok_or_else(|| {
            let which = mode.map(|mode| format!(" of mode {mode:?}")).unwrap_or_default();
            let named = of_mode.as_deref().unwrap_or(name);
            Unsupported(format!("the provider table has no {name}{which}; describe [source.{named}] in --config"))
        })
    }

    fn described(source: &SourceConfig) -> Self {
        let provider = source.provider();
        Self {
            provider,
            // A described scheme is still open, for a case may say another URL.
            scheme: match &source.verifier {
                VerifierConfig::Described(scheme) => Scheme::clone(scheme),
                VerifierConfig::Provider(_) | VerifierConfig::DangerouslyUnsigned => source.scheme(),
            },
            facts: source.facts(),
            body_limit: startup::body_limit(source, provider),
            budget: startup::budget(source, provider),
            url: source.url.clone(),
        }
    }
}

/// How deliveries of a case are proven, with the case's own settings.
///
/// # Errors
/// [`Unsupported`] where what the case needs is not known here.
pub fn scheme(case: &Case, config: Option<&Config>) -> Result<Scheme, Unsupported> {
    let entry = Entry::of(case, config)?;
    Operator::of(case, entry.url, &asked(entry.provider, &entry.scheme))?.onto(entry.scheme)
}

/// The names of the values that a source of it may have.
fn asked(provider: Option<&Provider>, scheme: &Scheme) -> BTreeSet<String> {
    let handshakes = provider.map_or(&[][..], |provider| provider.handshakes);
    let of_scheme = scheme.needs().filter(|need| *need != "public_url").chain(scheme.takes());
    let of_handshakes = handshakes.iter().flat_map(Handshake::values).map(str::to_owned);
    of_scheme.map(str::to_owned).chain(of_handshakes).collect()
}

fn known(case: &Case, mode: Option<&str>) -> Option<&'static Provider> {
    let name = case.provider.as_str();
    // A provider's default stands first.
    let all = || provider::ALL.iter().copied().filter(|provider| provider.name == name);
    let default = || all().next();
    let Some(mode) = mode else {
        // A public key is of one algorithm, and says so where the case does not.
        let takes = |of: &&Provider| !matches!(of.scheme, Scheme::Signature(_)) || keyring(case, &of.scheme).is_ok();
        return all().find(takes).or_else(default);
    };
    provider::find(name, Some(mode)).or_else(|| default().filter(|_| DEFAULTS.contains(&(name, mode))))
}

impl Operator {
    fn of(case: &Case, url: Option<String>, asked: &BTreeSet<String>) -> Result<Self, Unsupported> {
        let config = &case.config;
        let public_url = config.public_url.clone().or(url);
        let mut others = Vec::new();
        for (name, text) in &config.others {
            match text {
                Some(text) if asked.contains(name) => others.push((name.clone(), text.clone())),
                Some(_) | None => return Err(Unsupported(format!("config.{name} is not known"))),
            }
        }
        let tokens = Tokens {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            email: config.email.clone(),
            url: public_url.clone(),
        };
        let values = [
            ("webhook_id", config.webhook_id.as_ref()),
            ("secret_query_parameter", config.secret_query_parameter.as_ref()),
            ("allowed_origins", config.allowed_origin.as_ref()),
            ("bundle_id", config.bundle_id.as_ref().or(config.audience.as_ref())),
            ("environment", config.environment.as_ref()),
            ("app_apple_id", config.app_apple_id.as_ref()),
        ];
        Ok(Self {
            max_age: config.tolerance.filter(|seconds| *seconds > 0).map(Duration::from_secs),
            tokens,
            topic: config.topic_arn.clone(),
            public_url,
            values: values
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?.clone())))
                .chain(others)
                .collect(),
        })
    }

    /// What the provider's handshakes are answered with. Whether a registration is pending, which takes a key that a handshake
    /// delivers, a case says by its verdict alone.
    fn agreed(&self, case: &Case) -> Result<Agreed, Unsupported> {
        let verify_token = if let Secrets::WithVerifyToken { verify_token, .. } = &case.secret {
            Some(secret(verify_token)?)
        } else {
            None
        };
        let values = self.values.clone();
        let taker: Option<Arc<dyn KeyTaker>> =
            if case.expect.verdict == Verdict::Handshake { Some(Arc::new(Pending)) } else { None };
        Ok(Agreed { verify_token, values, url: self.public_url.clone(), taker })
    }

    /// The scheme as it is then configured.
    fn onto(self, scheme: Scheme) -> Result<Scheme, Unsupported> {
        let Self { max_age, tokens, topic, public_url, values } = self;
        let no_place = |setting: &str| Err(Unsupported(format!("its entry has no place for {setting}")));
        let said = tokens.issuer.is_some() || tokens.audience.is_some() || tokens.email.is_some();
        if said && !matches!(scheme, Scheme::Jwt(_) | Scheme::Chained(_)) {
            return no_place("issuer, audience and email");
        }
        if topic.is_some() && !matches!(scheme, Scheme::Sns(_)) {
            return no_place("topic_arn");
        }
        let mut scheme = scheme.for_setup(public_url.as_deref(), &values);
        // A case that does not say for whom it is, is for anybody.
        if let Scheme::Chained(chained) = &mut scheme {
            chained.bound.to_mut().retain(|bound| values.contains_key(bound.value));
        }
        if let Scheme::Signature(signature) = &mut scheme {
            signature.bound = signature.bound.take().filter(|bound| values.contains_key(bound.value));
        }
        let ahead = scheme.window().map_or(AHEAD, |window| window.max_future);
        let scheme = scheme.with_window(max_age.map(|max_age| Window { max_age, max_future: ahead }));
        let mut scheme = scheme.for_tokens(&tokens);
        if let Scheme::Jwt(jwt) = &mut scheme {
            if jwt.issuer.is_open() {
                jwt.issuer = Issuer::Any;
            }
            if let Audience::Configured | Audience::Url = jwt.audience {
                // The same default as in a config.
                let url = tokens.url.filter(|_| jwt.audience == Audience::Url);
                jwt.audience = url.map_or(Audience::Any, |url| Audience::Exactly(url.into()));
            }
        }
        Ok(match topic {
            Some(arn) => scheme.for_topic(arn),
            None => scheme,
        })
    }
}

/// What an entry fixes, and no operator changes, must be what the case was made for.
fn as_the_entry_says(case: &Case, scheme: &Scheme) -> Result<(), Unsupported> {
    let config = &case.config;
    let Scheme::Jwt(jwt) = scheme else {
        let given = config.issuers.is_some() || config.clock_skew.is_some() || config.max_token_lifetime.is_some();
        return if given { Err(Unsupported("its entry takes no tokens".to_owned())) } else { Ok(()) };
    };
    let ours = if let Issuer::OneOf(ours) = &jwt.issuer { Some(*ours) } else { None };
    let seconds = |time: Duration| time.as_secs();
    let fixed = [
        ("issuers", config.issuers.as_ref().zip(ours).is_none_or(|(theirs, ours)| theirs == ours)),
        ("clock_skew", config.clock_skew.is_none_or(|skew| skew == seconds(jwt.life.skew))),
        (
            "max_token_lifetime",
            config.max_token_lifetime.is_none_or(|most| Some(most) == jwt.life.max_lifetime.map(seconds)),
        ),
    ];
    match fixed.into_iter().find(|(_, same)| !same) {
        Some((setting, _)) => Err(Unsupported(format!("its entry fixes another {setting}"))),
        None => Ok(()),
    }
}

/// A registration is pending, and takes the key that comes.
#[derive(Debug)]
struct Pending;

impl KeyTaker for Pending {
    fn take(&self, _key: Captured) -> BoxFuture<'static, Result<Taken, Cause>> {
        Box::pin(std::future::ready(Ok(Taken::Kept)))
    }
}

fn secret(text: &str) -> Result<Secret, Unsupported> {
    Secret::new(text).map_err(|_| Unsupported("a secret is blank".to_owned()))
}

/// The case's secrets under the labels `0`, `1`, ...; certificates under those that their URLs give them.
fn keyring(case: &Case, scheme: &Scheme) -> Result<Option<Keyring>, Unsupported> {
    let unfit = |form: &str| Err(Unsupported(format!("its entry takes no secret in the form of {form}")));
    let live = |label: &str, text: &str| Ok(LiveSecret { version: SecretVersion::new(label), secret: secret(text)? });
    let texts: Vec<&str> = match (&case.secret, scheme) {
        (Secrets::None, Scheme::Chained(_)) => Vec::new(),
        (Secrets::None, _) | (_, Scheme::Invoked(_) | Scheme::Unsigned) => return Ok(None),
        (Secrets::Certificates(all), Scheme::Sns(_) | Scheme::Signature(_)) => {
            let live = all.iter().map(|(url, pem)| live(sns::label(url), pem)).collect::<Result<_, _>>()?;
            return ring(scheme, live).map(Some);
        }
        (Secrets::Certificates(all), Scheme::Chained(_)) => all.values().map(String::as_str).collect(),
        (Secrets::KeySet(document), Scheme::Jwt(_) | Scheme::Detached(_) | Scheme::Signature(_)) => vec![document],
        (Secrets::Texts(_) | Secrets::WithVerifyToken { .. }, Scheme::Sns(_)) => return unfit("a text"),
        (Secrets::Texts(texts), _) => texts.iter().map(String::as_str).collect(),
        (Secrets::WithVerifyToken { secret, .. }, _) => vec![secret],
        (Secrets::PublicKey(key), Scheme::Signature(_)) => vec![key],
        (Secrets::Certificates(_), _) => return unfit("certificates by their URL"),
        (Secrets::KeySet(_), _) => return unfit("a key set"),
        (Secrets::PublicKey(_), _) => return unfit("a public key"),
        (Secrets::Other(keys), _) => return unfit(&format!("an object of {keys}")),
    };
    let live = texts.iter().enumerate().map(|(index, text)| live(&index.to_string(), text));
    ring(scheme, live.collect::<Result<_, _>>()?).map(Some)
}

fn ring(scheme: &Scheme, live: Vec<LiveSecret>) -> Result<Keyring, Unsupported> {
    let shape = |expected| Unsupported(format!("the secret has the wrong shape: it must be {expected}"));
    scheme.keyring(live).map_err(|wrong| shape(wrong.expected))
}
