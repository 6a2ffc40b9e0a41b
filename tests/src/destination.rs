//! A destination that does what a test tells it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use doorbell_core::destination::{Durability, Target};
use doorbell_core::event::Fact;
use doorbell_core::fault::Cause;
use doorbell_core::name::DestinationName;
use doorbell_core::reply::{Content, Yes};
use doorbell_core::verify::Trust;
use doorbell_core::{BoxFuture, Destination, Event, Receipt, Timestamp, cloudevent};
use http::HeaderValue;

/// What one hand-off does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Keeps the event.
    Take,
    /// Keeps the event, and answers this as JSON to whoever asks for it.
    Say(&'static [u8]),
    /// Keeps the event, and answers nothing that a sender could be told.
    Mumble,
    /// Says why not.
    Refuse,
    /// Never completes.
    Hang,
    /// Completes, with the event kept, after as long in real time.
    After(Duration),
    /// Completes, with the event kept, when the test says [`Scripted::release`].
    Wait,
    /// Says why not, when the test says [`Scripted::release`].
    WaitRefuse,
    /// Panics before there is a future.
    PanicInCall,
    /// Panics inside its future.
    PanicInFuture,
}

/// What was kept of one event.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The provider's id.
    pub id: Option<Fact>,
    /// The provider's type.
    pub kind: Option<Fact>,
    /// The provider's action.
    pub action: Option<Fact>,
    /// How much was proven.
    pub trust: Trust,
    /// The label of the secret that matched.
    pub secret_version: Option<String>,
    /// When it happened.
    pub time: Timestamp,
    /// The body.
    pub body: Bytes,
    /// The event in its structured form.
    pub cloudevent: Vec<u8>,
}

/// Follows a script, one step a hand-off, and keeps every event after its end.
#[derive(Debug)]
pub struct Scripted {
    script: Mutex<VecDeque<Step>>,
    calls: Mutex<usize>,
    taken: Mutex<Vec<Taken>>,
    gate: tokio::sync::Semaphore,
}

impl Scripted {
    /// Does these steps in order, then takes everything.
    #[must_use]
    pub fn new(script: &[Step]) -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::new(script.iter().copied().collect()),
            calls: Mutex::default(),
            taken: Mutex::default(),
            gate: tokio::sync::Semaphore::new(0),
        })
    }

    /// The double under a name, as a route holds it.
    #[must_use]
    pub fn target(self: &Arc<Self>, name: &str) -> Arc<Target> {
        self.target_within(name, None)
    }

    /// The same with the operator's own timeout.
    #[must_use]
    pub fn target_within(self: &Arc<Self>, name: &str, timeout: Option<Duration>) -> Arc<Target> {
        let name = DestinationName::parse(name).expect("a test names its destinations well");
        let destination = Arc::clone(self);
        Arc::new(Target { timeout, ..Target::new(name, destination) })
    }

    /// Lets one waiting hand-off complete.
    pub fn release(&self) {
        self.gate.add_permits(1);
    }

    /// How often it was called.
    #[must_use]
    pub fn calls(&self) -> usize {
        *held(&self.calls)
    }

    /// What it holds.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        held(&self.taken).clone()
    }

    fn keep(&self, event: &Event) -> Receipt {
        held(&self.taken).push(Taken {
            id: event.id().cloned(),
            kind: event.kind().cloned(),
            action: event.action().cloned(),
            trust: event.trust(),
            secret_version: event.secret_version().map(|version| version.as_str().to_owned()),
            time: event.time(),
            body: event.body().clone(),
            cloudevent: cloudevent::json(event),
        });
        Receipt::new(Durability::Durable)
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no step panics while it holds this")
}

impl Destination for Scripted {
    fn durability(&self) -> Durability {
        Durability::Durable
    }

    fn hand_off<'a>(&'a self, event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        *held(&self.calls) += 1;
        let step = held(&self.script).pop_front().unwrap_or(Step::Take);
        assert!(step != Step::PanicInCall, "as scripted: in the call");
        Box::pin(async move {
            match step {
                Step::Take | Step::Say(_) | Step::Mumble => Ok(self.keep(event)),
                Step::After(duration) => {
                    tokio::time::sleep(duration).await;
                    Ok(self.keep(event))
                }
                Step::Refuse => Err(Cause::new("as scripted")),
                Step::Hang => std::future::pending().await,
                Step::Wait | Step::WaitRefuse => {
                    self.gate.acquire().await.expect("the gate is never closed").forget();
                    if step == Step::Wait { Ok(self.keep(event)) } else { Err(Cause::new("as scripted, late")) }
                }
                Step::PanicInCall | Step::PanicInFuture => panic!("as scripted: in the future"),
            }
        })
    }

    fn park<'a>(&'a self, event: &'a Event, within: Duration) -> BoxFuture<'a, Result<String, Cause>> {
        let kept = self.hand_off(event, within);
        Box::pin(async move { kept.await.map(|_receipt| format!("kept:{}", event.body_digest())) })
    }

    fn ask<'a>(&'a self, event: &'a Event, within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        let json = HeaderValue::from_static("application/json");
        let answer = match held(&self.script).front() {
            Some(Step::Say(bytes)) => Some(Ok(Content::new(Yes::OK, json, Bytes::from_static(bytes)))),
            Some(Step::Mumble) => Some(Err(Cause::new("as scripted, no answer"))),
            Some(_) | None => None,
        };
        let kept = self.hand_off(event, within);
        Box::pin(async move {
            let receipt = kept.await?;
            Ok(match answer {
                Some(answer) => receipt.answering(answer),
                None => receipt,
            })
        })
    }
}
