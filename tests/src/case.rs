//! The case files: signed requests with their verdict.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use doorbell_core::envelope::Envelope;
use doorbell_core::provider::{self, Provider};
use doorbell_core::secret::Keyring;
use doorbell_core::source::Source;
use doorbell_core::verify::jwt::Issuer;
use doorbell_core::verify::{Jwt, Scheme, Tokens, Window, WrongShape};
use doorbell_core::{Receiver, Timestamp};
use http::{HeaderName, HeaderValue};
use serde::Deserialize;

use crate::clock::ManualClock;
use crate::confirm::Confirms;
use crate::dedupe::Forgetful;
use crate::destination::{Scripted, Taken};
use crate::door::{Heard, Request, ring};
use crate::source::{certificates as certificates_ring, keyring, source};

/// One case. Fields that no test reads are not listed.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// `provider/set/what`.
    pub name: String,
    /// The name in the provider table.
    pub provider: String,
    /// One secret, or several of which any may match.
    pub secret: Secrets,
    /// What an operator would configure.
    pub config: Config,
    /// Unix seconds.
    pub now: i64,
    /// What was sent.
    pub request: Sent,
    /// What must come of it.
    pub expect: Expect,
    /// Explained in the README beside the files.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// The secrets of a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Secrets {
    /// One.
    One(String),
    /// Any of these.
    Any(Vec<String>),
    /// A JWKS document under `jwks`, certificates by their URL under `certs`; other keys are for schemes that the table does
    /// not have yet.
    Other(serde_json::Value),
}

/// The config of a case.
#[derive(Clone, Debug, Deserialize)]
pub struct Config {
    /// The provider's mode.
    pub mode: Option<String>,
    /// Seconds; absent or 0: no freshness check.
    pub tolerance: Option<u64>,
    /// Who must have signed a token, where that is the config's to say.
    pub issuer: Option<String>,
    /// For whom it must be.
    pub audience: Option<String>,
    /// Whose it must be.
    pub email: Option<String>,
    /// The URL that senders use.
    pub public_url: Option<String>,
    /// The topic whose messages are taken.
    #[serde(default)]
    pub topic_arn: String,
    /// Who may have signed it.
    #[serde(default)]
    pub issuers: Vec<String>,
    /// Seconds by which its issuer's clock may differ.
    pub clock_skew: Option<u64>,
    /// Seconds since it was issued, at most.
    pub max_age: Option<u64>,
    /// Seconds between its beginning and its end, at most.
    pub max_token_lifetime: Option<u64>,
}

/// The request of a case.
#[derive(Clone, Debug, Deserialize)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query without `?`, often empty.
    #[serde(default)]
    pub query: String,
    /// In order, repeated ones kept.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body_base64: String,
}

/// The verdict and its details.
#[derive(Clone, Debug, Deserialize)]
pub struct Expect {
    /// `accept`, `reject` or `handshake`.
    pub verdict: String,
    /// The reason of a refusal.
    pub reason: Option<String>,
    /// All fair names of it.
    #[serde(default)]
    pub reason_any_of: Vec<String>,
    /// Other readings.
    #[serde(default)]
    pub alternatives: Vec<Expect>,
    /// The answer to a handshake.
    pub response: Option<Expected>,
    /// The provider's id of the event.
    pub event_id: Option<String>,
    /// The provider's type of the event.
    pub event_type: Option<String>,
}

/// The answer to a handshake.
#[derive(Clone, Debug, Deserialize)]
pub struct Expected {
    /// The status.
    pub status: u16,
    /// Headers that must be there.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default)]
    pub body: String,
    /// Other bodies that do as well.
    #[serde(default)]
    pub body_alternatives: Vec<String>,
}

impl Case {
    /// The table entry that it is for.
    #[must_use]
    pub fn provider(&self) -> Option<&'static Provider> {
        provider::find(&self.provider, self.config.mode.as_deref())
    }

    /// Its secrets.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        match &self.secret {
            Secrets::One(secret) => vec![secret.clone()],
            Secrets::Any(secrets) => secrets.clone(),
            Secrets::Other(other) => other.get("jwks").map(ToString::to_string).into_iter().collect(),
        }
    }

    /// The bytes that must leave: those that came, or those in the envelope that its provider puts around them.
    ///
    /// # Panics
    /// When there is no message of base64 in the envelope.
    #[must_use]
    pub fn event_body(&self) -> Bytes {
        let body = self.request().body;
        match self.provider().and_then(|provider| provider.envelope) {
            None => body,
            Some(Envelope::PubSub) => {
                let push: serde_json::Value = serde_json::from_slice(&body).expect("a push is JSON");
                let data = push.pointer("/message/data").and_then(serde_json::Value::as_str).unwrap_or_default();
                STANDARD.decode(data).expect("the data of a push is base64").into()
            }
            Some(Envelope::SnsMessage) => {
                let message: serde_json::Value = serde_json::from_slice(&body).expect("a message is JSON");
                message.get("Message").and_then(serde_json::Value::as_str).expect("a message has one").to_owned().into()
            }
            Some(Envelope::Token | Envelope::TokenAt(_) | Envelope::Sealed(_)) => {
                unreachable!("no case here is a token for a body, or sealed")
            }
            Some(Envelope::Sqs { .. } | Envelope::Sns | Envelope::EventBridge) => {
                unreachable!("no case is an invocation: those prove nothing")
            }
        }
    }

    /// The moment at which it is judged.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(self.now)
    }

    /// Its request. Outer blanks of header values are gone, as HTTP has it.
    #[must_use]
    pub fn request(&self) -> Request {
        let body = STANDARD.decode(&self.request.body_base64).expect("the body of a case is base64");
        let mut request = Request::post(&self.request.path, body);
        request.method = self.request.method.parse().expect("the method of a case is one");
        request.query = Some(self.request.query.clone()).filter(|query| !query.is_empty());
        for (name, value) in &self.request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            let value = value.trim_matches([' ', '\t']);
            request.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
        }
        request
    }

    /// The source that its config describes.
    ///
    /// # Panics
    /// When the table has no such provider, or the secret is not of its form.
    #[must_use]
    pub fn source(&self, destination: &Arc<Scripted>) -> Source {
        let provider = self.provider().expect("the caller looked for the provider");
        let tolerance =
            self.config.tolerance.or(self.config.max_age).filter(|seconds| *seconds > 0).map(Duration::from_secs);
        let window = tolerance.map(|max_age| Window { max_age, max_future: Duration::from_secs(60) });
        let Config { issuer, audience, email, public_url: url, topic_arn, .. } = self.config.clone();
        let tokens = Tokens { issuer, audience, email, url };
        let scheme = provider.scheme.clone().with_window(window).for_tokens(&tokens).for_topic(topic_arn);
        let keys = self.keyring(&scheme).expect("the secret of a case is of its scheme's form");
        let bare = source(provider, &self.request.path, Some(keys), vec![destination.target("kept")]);
        if let Scheme::Jwt(jwt) = &provider.scheme {
            self.fits(jwt);
        }
        Source { scheme, confirmer: Some(Arc::new(Confirms::default())), ..bare }
    }

    /// The secrets under the labels `0`, `1`, ...; certificates under those that their URLs give them.
    fn keyring(&self, scheme: &Scheme) -> Result<Keyring, WrongShape> {
        let certificates = match &self.secret {
            Secrets::Other(other) => other.get("certs").and_then(serde_json::Value::as_object),
            Secrets::One(_) | Secrets::Any(_) => None,
        };
        let Some(certificates) = certificates else { return keyring(scheme, &self.secrets()) };
        certificates_ring(
            scheme,
            certificates.iter().map(|(url, pem)| (url.as_str(), pem.as_str().unwrap_or_default())),
        )
    }

    /// What the table says, and no operator changes, is what the case was made for.
    #[track_caller]
    fn fits(&self, jwt: &Jwt) {
        let Config { issuers, clock_skew, max_age, max_token_lifetime, .. } = &self.config;
        if let (false, Issuer::OneOf(ours)) = (issuers.is_empty(), &jwt.issuer) {
            assert_eq!(issuers, ours, "{}", self.name);
        }
        let seconds = |time: Duration| time.as_secs();
        let life = &jwt.life;
        assert!(clock_skew.is_none_or(|skew| skew == seconds(life.skew)), "{}", self.name);
        assert!(max_age.is_none() || *max_age == life.max_age.map(seconds), "{}", self.name);
        assert!(max_token_lifetime.is_none() || *max_token_lifetime == life.max_lifetime.map(seconds), "{}", self.name);
    }

    /// Sends `request` through the whole live chain of this case's source.
    #[must_use]
    pub fn play(&self, request: Request) -> Played {
        self.bench().play(request)
    }

    /// The chain of this case's source, for more than one request.
    #[must_use]
    pub fn bench(&self) -> Bench {
        let kept = Scripted::new(&[]);
        Bench::new(self.source(&kept), kept, self.now())
    }
}

/// A receiver with one source, a clock that stands still, no memory, and a destination that keeps all.
#[derive(Debug)]
pub struct Bench {
    receiver: Receiver,
    kept: Arc<Scripted>,
    now: Timestamp,
    /// One request at a time: what the destination got must be of that one, whatever other tests share the bench.
    turn: Mutex<()>,
}

/// What came of one request.
#[derive(Debug)]
pub struct Played {
    /// The reply and its record.
    pub heard: Heard,
    /// What the destination got.
    pub taken: Option<Taken>,
}

impl Bench {
    /// `source` hands off to `kept`.
    #[must_use]
    pub fn new(source: Source, kept: Arc<Scripted>, now: Timestamp) -> Self {
        let clock = Arc::new(ManualClock::at(now));
        Self { receiver: Receiver::new(vec![source], Arc::new(Forgetful), clock, 0), kept, now, turn: Mutex::default() }
    }

    /// Sends `request` through.
    #[must_use]
    pub fn play(&self, request: Request) -> Played {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.kept.calls();
        let heard = ring(&self.receiver, request, self.now);
        let taken = (self.kept.calls() > before).then(|| self.kept.taken().pop()).flatten();
        Played { heard, taken }
    }
}

/// One file of cases.
#[derive(Debug)]
pub struct CaseFile {
    /// Its name without `.json`: a provider's.
    pub stem: String,
    /// Its cases.
    pub cases: Vec<Case>,
}

fn read_file(path: &Path) -> CaseFile {
    CaseFile {
        stem: path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
        cases: serde_json::from_slice(&std::fs::read(path).expect("a case file"))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    }
}

/// Providers whose cases this reader knows how to set up; `doorbell conform` knows all.
const READ: &[&str] = &[
    "aws-sns",
    "dialogflow",
    "fusionauth",
    "github",
    "gitlab",
    "gong",
    "google-chat",
    "google-cloud-scheduler",
    "google-cloud-tasks",
    "google-eventarc",
    "google-pubsub",
    "livekit",
    "messagebird",
    "monday",
    "netlify",
    "plaid",
    "shopify",
    "slack",
    "standard-webhooks",
    "stripe",
    "upstash-qstash",
    "vonage",
    "zoho-desk",
];

/// The files of this repository that are read here.
#[must_use]
pub fn ours() -> Vec<CaseFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    READ.iter().map(|stem| read_file(&folder.join(format!("{stem}.json")))).collect()
}
