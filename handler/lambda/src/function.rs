//! One invocation: event, delivery, reply.

use std::panic::AssertUnwindSafe;

use doorbell_adapters::app::App;
use doorbell_adapters::first_call::FirstCall;
use doorbell_adapters::notice::Notice;
use doorbell_core::receiver::{Admission, Answer};
use doorbell_core::reply::Outcome;
use doorbell_core::{Door, Fault, Head, Rejection, Timestamp};
use futures_util::FutureExt;
use lambda_runtime::{Context, LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;

use crate::event::{Knock, Occasion, Request, UnknownEvent, Unreadable};
use crate::reply::ReplyEvent;

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
    /// [`UnknownEvent`]: it came through no front door, so there is nobody who could read a reply.
    pub async fn answer(&self, event: &RawValue, context: &Context) -> Result<ReplyEvent, UnknownEvent> {
        let App { clock, ids, log, .. } = &self.app;
        let knock = match Occasion::recognise(event) {
            Ok(Occasion::Request(knock)) => knock,
            Err(unknown) => {
                let notice = Notice::UnknownEvent { keys: unknown.keys(), request: &context.request_id };
                log.notice(&notice, clock.as_ref());
                return Err(unknown);
            }
        };
        // The chain catches its own panics; here it is the reading of the event that must not end unanswered.
        let answer = AssertUnwindSafe(self.deliver(&knock, context)).catch_unwind().await;
        let answer = answer.unwrap_or_else(|_| Answer::headless(ids.next(), &Outcome::Failed(Fault::Panicked)));
        if let Some(record) = &answer.record {
            log.delivery(record, Some(&context.request_id), clock.as_ref());
        }
        Ok(ReplyEvent::new(knock.front, answer.into_response()))
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
