//! Any service that takes HTTP: another webhook receiver, a private Cloud Run service, a function.

mod answer;
mod dress;
mod parts;
mod relay;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use doorbell_core::clock::within;
use doorbell_core::config::{Key, Kind, Shape};
use doorbell_core::destination::{Destination, Durability, Receipt};
use doorbell_core::fault::Cause;
use doorbell_core::{BoxFuture, Clock, Event};
use http::Method;
use reqwest::{Response, Url};

use super::Adapter;
use crate::outward::{Outward, Reach, is_refused, why};
use answer::Verdict;
use dress::{Dress, Worn};
use parts::Form;

/// So often one event is sent, before it is said to have failed. The sender's own retries come on top.
const ATTEMPTS: u32 = 3;
/// The first pause; each one after is three times as long.
const PAUSE: Duration = Duration::from_millis(100);
/// So much of an answer is read, so that its connection can be used again.
const ANSWER: usize = 64 << 10;
/// How long that may take: the receipt is there with the head.
const DRAIN: Duration = Duration::from_millis(250);
/// How much of the time that is left the answer that is relayed may take after its head.
const RELAY: f64 = 0.9;

/// Sends each event as one request, with the bytes that came, or what a template makes of them.
///
/// A 2xx is the receipt: the service took it. What may pass (408, 425, 429, 5xx, no connection, a connection that broke)
/// is tried again within the time there is; every other answer stands. A service that has the request and does not
/// answer is not asked a second time: it may be at work.
#[derive(Debug)]
pub struct Http {
    method: Method,
    url: Url,
    reach: Reach,
    form: Form,
    dress: Dress,
    keep_signature: bool,
    outward: Outward,
    clock: Arc<dyn Clock>,
}

/// Why an attempt gave no receipt.
enum Failure {
    /// It would be the same the next time.
    Final(Cause),
    /// The service did not know us; what we wore.
    Unknown(Cause, Worn),
    /// It may pass; not before this long, where the service said so.
    Passing(Cause, Option<Duration>),
}

impl Http {
    /// For the log: no query, no user, both may be secrets.
    fn place(&self) -> String {
        let (host, path) = (self.url.host_str().unwrap_or_default(), self.url.path());
        let port = self.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{} {host}{port}{path}", self.method)
    }

    fn cause(&self, what: &str) -> Cause {
        Cause::new(format!("{}: {what}", self.place()))
    }

    /// `asks` for the answer, not only for whether the service took the event.
    async fn deliver(&self, event: &Event, limit: Duration, asks: bool) -> Result<Receipt, Cause> {
        let began = self.clock.monotonic();
        let left = || limit.saturating_sub(self.clock.monotonic().saturating_sub(began));
        let (mut attempt, mut renewed) = (0_u32, false);
        loop {
            attempt = attempt.saturating_add(1);
            let failure = match within(self.clock.as_ref(), left(), self.attempt(event)).await {
                Ok(Ok(answer)) => {
                    let receipt = Receipt::new(Durability::Durable);
                    if asks {
                        // What the service has is held, whatever becomes of its answer: so that ends before the time does.
                        let read = within(self.clock.as_ref(), left().mul_f64(RELAY), relay::content(answer)).await;
                        let content = read.unwrap_or(Err("its answer did not end in time".to_owned()));
                        return Ok(receipt.answering(content.map_err(|why| self.cause(&why))));
                    }
                    let _unread = within(self.clock.as_ref(), DRAIN, drain(answer)).await;
                    return Ok(receipt);
                }
                Ok(Err(failure)) => failure,
                Err(_elapsed) => return Err(self.cause("no answer in time; give it more, or put a queue before it")),
            };
            let (cause, said) = match failure {
                Failure::Final(cause) => return Err(cause),
                Failure::Unknown(cause, worn) => {
                    if renewed || attempt >= ATTEMPTS || !self.dress.renewed(&worn).await {
                        return Err(cause);
                    }
                    renewed = true;
                    continue;
                }
                Failure::Passing(cause, said) => (cause, said),
            };
            let pause = said.unwrap_or_else(|| answer::pause(PAUSE, attempt));
            if attempt >= ATTEMPTS || pause >= left() {
                return Err(Cause::new(format!("{cause}; tried {attempt} of {ATTEMPTS} times in the time there was")));
            }
            self.clock.sleep(pause).await;
        }
    }

    /// The answer of a service that took the event, read as far as its head.
    async fn attempt(&self, event: &Event) -> Result<Response, Failure> {
        let mut headers = parts::headers(event, self.form, self.keep_signature);
        let body = parts::body(event, self.form);
        let dressed = self.dress.put_on(&mut headers, event, &body, self.clock.now()).await;
        let worn = dressed.map_err(|why| Failure::Passing(self.cause(&why), None))?;
        let request = self.outward.request(self.method.clone(), &self.url, self.reach);
        let request = request.map_err(|why| Failure::Final(self.cause(&why)))?;
        let sent = request.headers(headers).body(body).send().await;
        let answer = sent.map_err(|error| {
            let cause = self.cause(&why(&error));
            if is_refused(&error) || error.is_builder() { Failure::Final(cause) } else { Failure::Passing(cause, None) }
        })?;
        let status = answer.status();
        let after = answer::retry_after(answer.headers(), self.clock.now());
        let host = self.url.host_str().unwrap_or_default();
        let cause = || self.cause(&answer::said(status, host));
        let failure = match answer::verdict(status) {
            Verdict::Taken => return Ok(answer),
            Verdict::Passing => Failure::Passing(cause(), after),
            Verdict::Unknown => Failure::Unknown(cause(), worn),
            Verdict::Final => Failure::Final(cause()),
        };
        let _unread = within(self.clock.as_ref(), DRAIN, drain(answer)).await;
        Err(failure)
    }
}

/// Reads the rest, up to the cap.
async fn drain(mut answer: Response) {
    let mut read = 0_usize;
    while let Ok(Some(chunk)) = answer.chunk().await {
        read = read.saturating_add(chunk.len());
        if read > ANSWER {
            return;
        }
    }
}

impl Destination for Http {
    fn durability(&self) -> Durability {
        Durability::Durable
    }

    fn hand_off<'a>(&'a self, event: &'a Event, within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(self.deliver(event, within, false))
    }

    fn ask<'a>(&'a self, event: &'a Event, within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(self.deliver(event, within, true))
    }

    /// Looks the host up, and gets what the requests will carry. The service itself is asked nothing.
    fn reach(&self) -> BoxFuture<'_, Result<(), Cause>> {
        Box::pin(async move {
            self.outward.look_up(&self.url, self.reach).await.map_err(|why| self.cause(&why))?;
            self.outward.client(self.reach).map_err(|why| self.cause(&why))?;
            self.dress.ready().await.map_err(|why| self.cause(&why))
        })
    }
}

const BASIC: &[Key] = &[
    Key::new("user", Shape::Text, "the name").required(),
    Key::new("password", Shape::Secret, "where the password lives").required(),
];

/// Any service that takes HTTP, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: Kind {
        name: "http",
        keys: &[
            Key::new("url", Shape::Url, "where the service is; https, unless allow_private").required(),
            Key::new("method", Shape::OneOf(&["POST", "PUT", "PATCH"]), "the method; by default POST"),
            Key::new("headers", Shape::Map(&Shape::Text), "headers to add; a value may be a reference to a secret"),
            Key::new("bearer", Shape::Secret, "the token that the service asks for"),
            Key::new("basic", Shape::Table(BASIC), "the name and password that the service asks for"),
            Key::new("audience", Shape::Text, "for a private Cloud Run service: its URL, for our identity token"),
            Key::new("sign", Shape::Secret, "signs anew, as Standard Webhooks; the secret begins with whsec_"),
            Key::new(
                "body",
                Shape::OneOf(&["event", "cloudevent"]),
                "the bytes as they came, or CloudEvents JSON; by default event",
            ),
            Key::new("allow_private", Shape::Bool, "lets the URL lead to a private address, and be http"),
            Key::new("keep_signature", Shape::Bool, "passes the provider's own signature on"),
        ],
        doc: "a service that takes HTTP; its 2xx is the receipt",
        built: true,
        durability: Durability::Durable,
        danger: None,
        relays: true,
        largest: None,
        parks: false,
    },
    judge: settings::judge,
    open: |config, site| Box::pin(async move { Ok(Arc::new(settings::open(config, site).await?) as _) }),
    grants: settings::grants,
};
