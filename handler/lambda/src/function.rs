//! One invocation: event, delivery, reply.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use doorbell_adapters::app::App;
use doorbell_adapters::first_call::FirstCall;
use doorbell_adapters::notice::Notice;
use doorbell_core::receiver::{Admission, Answer, Cut};
use doorbell_core::reply::Outcome;
use doorbell_core::verify::Invoked;
use doorbell_core::{Door, Fault, Head, Peer, Rejection, Timestamp};
use futures_util::{FutureExt, StreamExt, stream};
use http::Method;
use lambda_runtime::{Context, LambdaEvent, Runtime, service_fn};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::batch::{Batch, Kept, Record};
use crate::event::{Knock, Occasion, Request, UnknownEvent, Unreadable};
use crate::reply::ReplyEvent;

/// Records, or groups of them, that are in hand at once.
const AT_ONCE: usize = 64;

/// The function: answers any number of invocations, also at once.
#[derive(Debug)]
pub struct Function {
    app: App,
    first_call: FirstCall,
}

impl Function {
    /// A function that is ready from now on.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { first_call: FirstCall::ready(app.clock.monotonic()), app }
    }

    /// Answers an invocation. When this completes nothing of it is left to do: the environment freezes.
    ///
    /// # Errors
    /// [`Failed`]: there is nobody who could read a reply.
    pub async fn answer(&self, event: &RawValue, context: &Context) -> Result<Said, Failed> {
        let App { clock, log, .. } = &self.app;
        match Occasion::recognise(event) {
            Ok(Occasion::Request(knock)) => Ok(Said::Reply(self.reply(&knock, context).await)),
            Ok(Occasion::Batch(batch)) => self.take(batch, context).await,
            Err(unknown) => {
                let notice = Notice::UnknownEvent { keys: unknown.keys(), request: &context.request_id };
                log.notice(&notice, clock.as_ref());
                Err(Failed::Unknown(unknown))
            }
        }
    }

    async fn reply(&self, knock: &Knock<'_>, context: &Context) -> ReplyEvent {
        let App { clock, ids, log, .. } = &self.app;
        // The chain catches its own panics; here it is the reading of the event that must not end unanswered.
        let answer = AssertUnwindSafe(self.deliver(knock, context)).catch_unwind().await;
        let answer = answer.unwrap_or_else(|_| Answer::headless(ids.next(), &Outcome::Failed(Fault::Panicked)));
        if let Some(record) = &answer.record {
            log.delivery(record, Some(&context.request_id), clock.as_ref());
        }
        ReplyEvent::new(knock.front, answer.into_response())
    }

    /// Takes every record of a batch; what was not taken is told to whom it came from.
    async fn take(&self, batch: Batch<'_>, context: &Context) -> Result<Said, Failed> {
        let service = batch.service;
        let groups = stream::iter(batch.groups()).map(|group| self.take_in_order(group, context));
        let left: Vec<Vec<Left<'_>>> = groups.buffered(AT_ONCE).collect().await;
        let left: Vec<Left<'_>> = left.into_iter().flatten().collect();
        let failed = |left: &[Left<'_>]| Failed::Records(left.iter().find_map(|left| left.why).unwrap_or_default());
        match service {
            Invoked::Sqs => {
                let records: Vec<Record<'_>> = left.iter().map(|left| left.record.clone()).collect();
                Kept::of(&records).map(Said::Kept).ok_or_else(|| failed(&left))
            }
            Invoked::Sns | Invoked::EventBridge if left.is_empty() => Ok(Said::Nothing(())),
            Invoked::Sns | Invoked::EventBridge => Err(failed(&left)),
        }
    }

    /// After the first record that is not taken, none of its group is: they would overtake it.
    async fn take_in_order<'e>(&self, group: Vec<Record<'e>>, context: &Context) -> Vec<Left<'e>> {
        let mut records = group.into_iter();
        for record in records.by_ref() {
            let answer = self.bring(&record, context).await;
            if !(200..300).contains(&answer.status()) {
                let why = answer.record.as_ref().map(|line| line.guard.unwrap_or(line.outcome));
                let first = Left { record, why };
                return std::iter::once(first).chain(records.map(|record| Left { record, why: None })).collect();
            }
        }
        Vec::new()
    }

    /// One record through the chain, and its line in the log.
    async fn bring(&self, record: &Record<'_>, context: &Context) -> Answer {
        let App { receiver, clock, ids, log } = &self.app;
        let received_at = clock.now();
        let remaining = Some(deadline(context).since(received_at));
        let door = Door { id: ids.next(), peer: Peer::Invoker, received_at, remaining, age: Duration::ZERO };
        let headers = Record::headers();
        let head = Head { method: Method::POST, path: record.place.clone(), query: None, headers, door };
        let body = record.body();
        let answer = match receiver.admit(head) {
            Admission::Answered(answer) => *answer,
            Admission::Admitted(admitted) if body.len() > admitted.body_limit() => {
                receiver.refuse(*admitted, Cut::TooLarge)
            }
            Admission::Admitted(admitted) => receiver.receive(*admitted, body).await,
        };
        if let Some(line) = &answer.record {
            log.delivery(line, Some(&context.request_id), clock.as_ref());
        }
        answer
    }

    async fn deliver(&self, knock: &Knock<'_>, context: &Context) -> Answer {
        let App { receiver, clock, ids, .. } = &self.app;
        let (id, received_at) = (ids.next(), clock.now());
        let Request { method, path, query, headers, peer, body } = match knock.read() {
            Ok(request) => request,
            Err(Unreadable) => return Answer::headless(id, &Outcome::Refused(Rejection::MalformedRequest, None)),
        };
        let remaining = Some(deadline(context).since(received_at));
        let door = Door { id, peer, received_at, remaining, age: self.first_call.waited(clock.monotonic()) };
        let admitted = match receiver.admit(Head { method, path, query, headers, door }) {
            Admission::Admitted(admitted) => admitted,
            Admission::Answered(answer) => return *answer,
        };
        match body.decode(admitted.body_limit()) {
            Ok(body) => receiver.receive(*admitted, body).await,
            Err(cut) => receiver.refuse(*admitted, cut),
        }
    }
}

/// A record that was not taken, and the guard or the fault that says why; none where it was not tried.
struct Left<'e> {
    record: Record<'e>,
    why: Option<&'static str>,
}

/// What the platform is told.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Said {
    /// To a front door.
    Reply(ReplyEvent),
    /// To a queue: the messages that it keeps.
    Kept(Kept),
    /// To those who ask for nothing.
    Nothing(()),
}

/// Why an invocation fails. The platform repeats it where it was asynchronous, and then gives it, with these words, to
/// the function's destination for failures.
#[derive(Debug, PartialEq, Eq)]
pub enum Failed {
    /// It came from nobody that the function knows.
    Unknown(UnknownEvent),
    /// An event was not taken: the guard or the fault, as in the log.
    Records(&'static str),
}

impl std::fmt::Display for Failed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown(unknown) => unknown.fmt(formatter),
            Self::Records(why) => write!(formatter, "not taken: {why}; the log has a line for each record"),
        }
    }
}

impl std::error::Error for Failed {}

impl From<Failed> for lambda_runtime::Diagnostic {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Unknown(unknown) => unknown.into(),
            Failed::Records(_) => Self { error_type: "NotTaken".to_owned(), error_message: failed.to_string() },
        }
    }
}

/// Asks the Runtime API for events and answers them, one at a time, until it is gone.
///
/// The runtime is built without its tracing layer: nobody is subscribed, and at TRACE it prints whole events.
///
/// # Errors
/// The Runtime API cannot be reached, or does not speak its protocol.
pub async fn run(app: App) -> Result<(), lambda_runtime::Error> {
    let function = Function::new(app);
    let answer = |event: LambdaEvent<Box<RawValue>>| {
        let function = &function;
        async move { function.answer(&event.payload, &event.context).await }
    };
    Runtime::new(service_fn(answer)).run().await
}

/// `Lambda-Runtime-Deadline-Ms` (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
fn deadline(context: &Context) -> Timestamp {
    Timestamp::from_unix_millis(i64::try_from(context.deadline).unwrap_or(i64::MAX))
}
