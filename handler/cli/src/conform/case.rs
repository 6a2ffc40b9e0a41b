//! A case: a signed request, and the verdict that its provider gives it. `tests/vectors/README.md` describes the format.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One case. What nothing is decided by, such as `origin`, is not read.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// What it is called; no other case is.
    pub name: String,
    /// The provider, as the table has it.
    pub provider: String,
    /// What it is signed with.
    pub secret: Secrets,
    /// What its operator configured.
    #[serde(default)]
    pub config: Config,
    /// Unix seconds at which it is judged.
    pub now: i64,
    /// What was sent.
    pub request: Request,
    pub(crate) expect: Expect,
    #[serde(default)]
    tags: Vec<String>,
}

/// The forms in which a case has its secrets.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "Value")]
pub enum Secrets {
    /// None is known yet.
    None,
    /// Any of these may match.
    Texts(Vec<String>),
    /// The sender's public key.
    PublicKey(String),
    /// The issuer's key set, as a document.
    KeySet(String),
    /// What each URL of a certificate returns, in PEM; or roots, each under a name.
    Certificates(BTreeMap<String, String>),
    /// One that signs, and one that the sender of a subscription has to name.
    WithVerifyToken {
        /// The one that signs.
        secret: String,
        /// The other one.
        verify_token: String,
    },
    /// A form that is not known here, by its keys.
    Other(String),
}

/// What an operator would configure.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(crate) mode: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) algorithm: Option<String>,
    pub(crate) json: Option<bool>,
    /// Seconds. `tolerance` and `max_age` say the same; 0 is none.
    pub(crate) tolerance: Option<u64>,
    /// The URL that the sender was given.
    pub public_url: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) issuers: Option<Vec<String>>,
    pub(crate) clock_skew: Option<u64>,
    pub(crate) max_token_lifetime: Option<u64>,
    pub(crate) topic_arn: Option<String>,
    pub(crate) webhook_id: Option<String>,
    pub(crate) secret_query_parameter: Option<String>,
    pub(crate) allowed_origin: Option<String>,
    pub(crate) bundle_id: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) app_apple_id: Option<String>,
    /// Settings that are not known here, and their texts: the provider may name them.
    pub(crate) others: Vec<(String, Option<String>)>,
}

/// What was sent.
#[derive(Clone, Debug, Deserialize)]
pub struct Request {
    /// The method.
    #[serde(deserialize_with = "method")]
    pub method: Method,
    /// The path.
    pub path: String,
    /// The raw query; empty: none.
    #[serde(default)]
    pub query: String,
    /// The headers.
    #[serde(deserialize_with = "headers")]
    pub headers: HeaderMap,
    /// The body.
    #[serde(rename = "body_base64", deserialize_with = "body")]
    pub body: Bytes,
}

/// The verdict and its details.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Expect {
    pub(crate) verdict: Verdict,
    reason: Option<String>,
    #[serde(default)]
    reason_any_of: Vec<String>,
    #[serde(default)]
    alternatives: Vec<IgnoredAny>,
    pub(crate) response: Option<Response>,
    pub(crate) event_id: Option<String>,
    pub(crate) event_type: Option<String>,
}

/// What is to come of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Accept,
    Reject,
    Handshake,
}

/// What a handshake is answered.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Response {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) alt_status: Vec<u16>,
    /// Headers that must be there.
    #[serde(default)]
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<String>,
    #[serde(default)]
    pub(crate) body_alternatives: Vec<String>,
}

/// Tags that leave the verdict open.
const OPEN: &[&str] =
    &["ambiguous", "implementations-differ", "optional-strictness", "upper-case-hex", "vendor-lax", "vendor-strict"];

impl Case {
    /// Whether either verdict counts.
    pub(crate) fn is_open(&self) -> bool {
        !self.expect.alternatives.is_empty() || self.tags.iter().any(|tag| OPEN.contains(&tag.as_str()))
    }
}

impl Expect {
    /// All fair names of the refusal; empty where the case does not mind.
    pub(crate) fn reasons(&self) -> Vec<&str> {
        self.reason_any_of.iter().chain(&self.reason).map(String::as_str).collect()
    }
}

impl Verdict {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Handshake => "handshake",
        }
    }
}

impl TryFrom<Value> for Secrets {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        const TEXTS: &str = "a secret is a text, a list of texts, null, or an object of keys";
        let keys = match value {
            Value::Null => return Ok(Self::None),
            Value::String(text) => return Ok(Self::Texts(vec![text])),
            Value::Array(texts) => {
                let text = |text| if let Value::String(text) = text { Ok(text) } else { Err(TEXTS) };
                return Ok(Self::Texts(texts.into_iter().map(text).collect::<Result<_, _>>()?));
            }
            Value::Object(keys) => keys,
            Value::Bool(_) | Value::Number(_) => return Err(TEXTS),
        };
        let text = |key| keys.get(key).and_then(Value::as_str).map(str::to_owned);
        if let Some(set) = keys.get("jwks") {
            return Ok(Self::KeySet(set.to_string()));
        }
        if let Some(certificates) = keys.get("certs").and_then(Value::as_object) {
            let pem = |(url, pem): (&String, &Value)| Some((url.clone(), pem.as_str()?.to_owned()));
            let all: Option<_> = certificates.iter().map(pem).collect();
            return Ok(Self::Certificates(all.ok_or("certs has a text of PEM under each URL")?));
        }
        if let Some(key) = text("public_key") {
            return Ok(Self::PublicKey(key));
        }
        let roots: BTreeMap<String, String> = keys
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .filter(|(_, text)| text.starts_with("-----BEGIN CERTIFICATE-----"))
            .collect();
        if !roots.is_empty() {
            return Ok(Self::Certificates(roots));
        }
        if let Some(user) = text("user").or_else(|| text("username"))
            && let Some(password) = text("password")
        {
            return Ok(Self::Texts(vec![format!("{user}:{password}")]));
        }
        if keys.get("keys").is_some_and(Value::is_array) {
            return Ok(Self::KeySet(Value::Object(keys).to_string()));
        }
        Ok(match (text("primary"), text("secondary"), text("app_secret"), text("verify_token")) {
            (Some(primary), secondary, None, None) => Self::Texts(std::iter::once(primary).chain(secondary).collect()),
            (None, None, Some(secret), Some(verify_token)) => Self::WithVerifyToken { secret, verify_token },
            _ => Self::Other(keys.keys().map(String::as_str).collect::<Vec<_>>().join(", ")),
        })
    }
}

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ConfigVisitor)
    }
}

/// Reads what is known, and remembers the names of the rest: a case that needs more than is known here must not be run
/// without it.
struct ConfigVisitor;

impl<'de> Visitor<'de> for ConfigVisitor {
    type Value = Config;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of settings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Config, A::Error> {
        let mut config = Config::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "mode" => config.mode = map.next_value()?,
                "version" => config.version = map.next_value()?,
                "algorithm" => config.algorithm = map.next_value()?,
                "json" => config.json = map.next_value()?,
                "tolerance" | "max_age" => config.tolerance = map.next_value::<Option<_>>()?.or(config.tolerance),
                "public_url" => config.public_url = map.next_value()?,
                "audience" => config.audience = map.next_value()?,
                "email" => config.email = map.next_value()?,
                "issuer" => config.issuer = map.next_value()?,
                "issuers" => config.issuers = map.next_value()?,
                "clock_skew" => config.clock_skew = map.next_value()?,
                "max_token_lifetime" => config.max_token_lifetime = map.next_value()?,
                "topic_arn" => config.topic_arn = map.next_value()?,
                "webhook_id" => config.webhook_id = map.next_value()?,
                "secret_query_parameter" => config.secret_query_parameter = map.next_value()?,
                "bundle_id" => config.bundle_id = map.next_value()?,
                "environment" => config.environment = map.next_value()?,
                // Apple writes it as a number.
                "app_apple_id" => {
                    let id = map.next_value::<Option<Value>>()?;
                    config.app_apple_id = id.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
                }
                "allowed_origin" => config.allowed_origin = map.next_value()?,
                // Part of the provider's scheme, so the table says it, and no operator.
                "cert_host_pattern" | "timestamp_field" | "timestamp_unit" => drop(map.next_value::<IgnoredAny>()?),
                _ => {
                    let value = map.next_value::<Value>()?;
                    if !value.is_null() {
                        config.others.push((key, value.as_str().map(str::to_owned)));
                    }
                }
            }
        }
        Ok(config)
    }
}

fn method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// Outer blanks of a value are gone, as HTTP has it (RFC 9110, 5.5).
fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HeaderMap, D::Error> {
    let mut headers = HeaderMap::new();
    for (name, value) in Vec::<(String, String)>::deserialize(deserializer)? {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(D::Error::custom)?;
        let value = HeaderValue::from_bytes(value.trim_matches([' ', '\t']).as_bytes());
        headers.append(name, value.map_err(D::Error::custom)?);
    }
    Ok(headers)
}

fn body<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map(Bytes::from).map_err(|error| D::Error::custom(format!("no base64: {error}")))
}
