//! Amazon Web Services, as what invokes a function with events, and as what posts them.

use std::borrow::Cow::Borrowed;
use std::time::Duration;

use super::entry::{BASE, NO_FACTS, known};
use super::{After, Contract, Facts, Level, Provider, Retries, Success};
use crate::envelope::Envelope;
use crate::handshake::{Form, HANDSHAKE, Handshake, Is};
use crate::locate::at;
use crate::verify::{Expected, Invoked, Scheme, Sns, Window};

/// A function's longest run (docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html): what is left of it counts,
/// for nobody waits for an answer.
const RUN: Option<Duration> = Some(Duration::from_secs(900));
/// What an invocation may carry (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const PAYLOAD: Option<u64> = Some(6 << 20);

const QUEUE: Provider = Provider {
    name: "aws-sqs",
    title: "Amazon SQS (batches of a queue)",
    docs: "https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html",
    scheme: Scheme::Invoked(Invoked::Sqs),
    facts: NO_FACTS,
    envelope: Some(Envelope::Sqs { plain: false }),
    max_body: PAYLOAD,
    deadline: RUN,
    // Until the queue's retention ends, by default after 4 days, or its redrive policy takes the message
    // (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html).
    retries: Retries::For(Duration::from_secs(4 * 24 * 3600)),
    evidence: known(Level::OfficialDocs, &[]),
    ..BASE
};

/// A queue of events that a Doorbell, or another writer of CloudEvents, put there. Anything else is refused.
pub(super) static SQS: Provider = QUEUE;

/// A queue of whatever messages: each is an event.
pub(super) static SQS_PLAIN: Provider = Provider {
    mode: Some("plain"),
    title: "Amazon SQS (any message of a queue)",
    envelope: Some(Envelope::Sqs { plain: true }),
    ..QUEUE
};

/// A topic's subscription of an HTTPS endpoint. Raw delivery (`x-amz-sns-rawdelivery`) has no signature: 401, so leave it
/// off. What `MessageAttributes` say is not signed. The end of a subscription (`UnsubscribeConfirmation`) is an event:
/// nothing subscribes again by itself. A 4xx is final for SNS.
pub(super) static SNS: Provider = TOPIC;

/// Reports of Amazon SES, which a topic delivers: the event is the report inside, and its type stands there. An event
/// publishing destination writes `eventType`, the feedback notifications of an identity `notificationType`
/// (docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html, notification-contents.html).
pub(super) static SES: Provider = Provider {
    name: "aws-ses",
    title: "Amazon SES (through an SNS topic)",
    docs: "https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns.html",
    facts: Facts { kind: Borrowed(&[at!(json "/eventType"), at!(json "/notificationType")]), ..NO_FACTS },
    ..TOPIC
};

const TOPIC: Provider = Provider {
    name: "aws-sns",
    mode: None,
    title: "Amazon SNS (HTTPS)",
    docs: "https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html",
    scheme: Scheme::Sns(Sns {
        topic: Expected::Configured,
        // A delivery policy may retry for an hour, and no longer
        // (docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html); each attempt takes its time.
        window: Some(Window { max_age: Duration::from_secs(65 * 60), max_future: Duration::from_secs(60) }),
    }),
    envelope: Some(Envelope::SnsMessage),
    handshakes: &[Handshake {
        signed: true,
        when: &[(at!(json "/Type"), Is::Text("SubscriptionConfirmation"))],
        answer: Form::Confirm(at!(json "/SubscribeURL")),
        ..HANDSHAKE
    }],
    // 256 KiB of message (docs.aws.amazon.com/general/latest/gr/sns.html), each byte up to six times as long in JSON.
    max_body: Some(2 << 20),
    // docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html.
    deadline: Some(Duration::from_secs(15)),
    // Three times, 20 s apart, unless a policy says otherwise
    // (docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.retry.html).
    retries: Retries::For(Duration::from_secs(60)),
    contract: Contract { success: Success::Any, refused: After::GivesUp, ..Contract::UNKNOWN },
    ..QUEUE
};

/// A topic's subscription of a function. Lambda tries an asynchronous invocation twice more
/// (docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html), and SNS one that Lambda does not take for
/// longer (docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html).
pub(super) static SNS_LAMBDA: Provider = Provider {
    name: "aws-sns",
    mode: Some("lambda"),
    title: "Amazon SNS (a subscribed function)",
    docs: "https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html",
    scheme: Scheme::Invoked(Invoked::Sns),
    envelope: Some(Envelope::Sns),
    retries: Retries::For(Duration::from_secs(6 * 3600)),
    ..QUEUE
};

/// A rule's target that is a function: six hours of asynchronous invocations at most.
pub(super) static EVENTBRIDGE_LAMBDA: Provider = Provider {
    name: "aws-eventbridge",
    mode: Some("lambda"),
    title: "Amazon EventBridge (a function as a rule's target)",
    docs: "https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html",
    scheme: Scheme::Invoked(Invoked::EventBridge),
    envelope: Some(Envelope::EventBridge),
    retries: Retries::For(Duration::from_secs(6 * 3600)),
    ..QUEUE
};
