//! A topic of Google Pub/Sub, by Google's own client.

mod lane;
mod message;
mod topic;

use std::sync::Arc;
use std::time::Duration;

use doorbell_core::config::{DestinationConfig, Key, Kind, Shape};
use doorbell_core::destination::{Destination, Durability, Receipt};
use doorbell_core::fault::Cause;
use doorbell_core::{BoxFuture, Event};
use futures_util::future::try_join;
use google_cloud_auth::credentials::Credentials;
use google_cloud_gax::error::Error;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::exponential_backoff::{ExponentialBackoff, ExponentialBackoffBuilder};
use google_cloud_gax::options::RequestOptionsBuilder;
use google_cloud_gax::retry_policy::{Aip194Strict, RetryPolicyExt};
use google_cloud_pubsub::client::{SchemaService, TopicAdmin};
use google_cloud_pubsub::error::PublishError;
use google_cloud_pubsub::model::Message;

use super::{Adapter, OpenError, Site, placeholder};
use crate::google::{emulator, why};
use crate::right::Right;
use crate::template::Template;
use lane::{Lane, Way};
pub use message::MAX_MESSAGE;
pub use topic::Topic;

/// Stands in for Google's own place: the vendor's variable.
const EMULATOR: &str = "PUBSUB_EMULATOR_HOST";
/// What a publisher needs on its topic.
const PERMISSION: &str = "pubsub.topics.publish";
/// How long the client goes on with a message where the destination has no timeout, whether or not somebody waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// One attempt to ask for permissions.
const ASK: Duration = Duration::from_millis(1_500);
const ASKS: u32 = 3;
/// What the attributes of a message may take: a hundred of them, of a key of 256 bytes and a value of 1,024 at the most
/// (cloud.google.com/pubsub/quotas).
const ATTRIBUTES: usize = 100 * (256 + 1024);
const PAUSE: Duration = Duration::from_millis(50);
/// Failures of other messages of the same key that one hand-off outlives.
const RESUMES: u32 = 3;

/// Publishes each event as one message: the body is the data, the attributes are CloudEvents'.
///
/// A receipt means that Pub/Sub gave the message an id. A hand-off that is given up may still be published, within
/// the destination's timeout, else ten seconds.
#[derive(Debug)]
pub struct Pubsub {
    topic: Topic,
    ordering_key: Option<Template>,
    lane: Lane,
    /// It asks for the permissions on any resource of Pub/Sub.
    permissions: SchemaService,
    topics: TopicAdmin,
}

/// What [`Pubsub::open`] is told.
#[derive(Debug)]
pub struct Options {
    /// Where messages go.
    pub topic: Topic,
    /// What becomes the ordering key, read by [`ordering_key`]. A message whose key comes out empty has no order.
    pub ordering_key: Option<Template>,
    /// How long the client goes on with a message.
    pub patience: Duration,
    /// The URL of the service where it is not Google's.
    pub endpoint: Option<String>,
    /// Who we are.
    pub credentials: Credentials,
}

/// Reads the template of an ordering key.
///
/// # Errors
/// What is wrong, and what may stand there.
pub fn ordering_key(text: &str) -> Result<Template, String> {
    Template::parse(text, placeholder::NAMES)
}

impl Pubsub {
    /// Builds the clients; nothing is sent.
    ///
    /// # Errors
    /// The clients cannot be built; the text says why.
    pub async fn open(options: Options) -> Result<Self, String> {
        let Options { topic, ordering_key, patience, endpoint, credentials } = options;
        let mut permissions =
            SchemaService::builder().with_credentials(credentials.clone()).with_backoff_policy(backoff());
        let mut topics = TopicAdmin::builder().with_credentials(credentials.clone()).with_backoff_policy(backoff());
        if let Some(place) = &endpoint {
            permissions = permissions.with_endpoint(place);
            topics = topics.with_endpoint(place);
        }
        let unbuilt = |error| format!("no client: {error}");
        let lane = Lane::new(Way { credentials, patience, endpoint }, topic.name()).await?;
        let permissions = permissions.build().await.map_err(unbuilt)?;
        let topics = topics.build().await.map_err(unbuilt)?;
        Ok(Self { topic, ordering_key, lane, permissions, topics })
    }

    async fn publish(&self, message: Message) -> Result<(), Cause> {
        let publisher = self.lane.publisher(!message.ordering_key.is_empty()).await;
        let (publisher, waiting) =
            publisher.map_err(|why| Cause::new(format!("publish to {}: {why}", self.topic.name())))?;
        let mut outcome = publisher.publish(message.clone()).await;
        for _ in 0..RESUMES {
            // The client holds a key back after a failure of any of its messages. Whoever failed has said so to its own
            // sender; what comes after must not fail for it. Resumed here and not after the failure: the client may
            // hear of a resumption before it has paused.
            if !matches!(outcome, Err(PublishError::OrderingKeyPaused)) {
                break;
            }
            publisher.resume_publish(message.ordering_key.as_str());
            outcome = publisher.publish(message.clone()).await;
        }
        // A call is refused whole for any message in it, such as one that breaks the topic's schema.
        if matches!(&outcome, Err(PublishError::Rpc(error)) if code(error) == Some(Code::InvalidArgument)) {
            outcome = self.lane.alone().await.publish(message).await;
        }
        let unheard = |error| code(error).is_none_or(|code| code == Code::DeadlineExceeded);
        if !matches!(&outcome, Err(PublishError::Rpc(error)) if unheard(error)) {
            waiting.heard();
        }
        outcome.map(|_id| ()).map_err(|error| {
            if let PublishError::Rpc(error) = &error {
                self.refusal("publish to", error)
            } else {
                Cause::new(format!("publish to {}: {error}", self.topic.name()))
            }
        })
    }

    /// Nobody without the permission is told whether the topic exists, and asking needs no permission: an empty answer
    /// means either.
    async fn may_publish(&self) -> Result<(), Cause> {
        let policy = || Aip194Strict.continue_on_client_timeout().with_attempt_limit(ASKS);
        let asked = self.permissions.test_iam_permissions().set_resource(self.topic.name());
        let asked = asked.set_permissions([PERMISSION]).with_attempt_timeout(ASK).with_retry_policy(policy());
        match asked.send().await {
            Ok(answer) if answer.permissions.is_empty() => Err(Cause::new(self.topic.missing())),
            Ok(_granted) => Ok(()),
            // An emulator knows no permissions.
            Err(error) if code(&error) == Some(Code::Unimplemented) => {
                let asked = self.topics.get_topic().set_topic(self.topic.name());
                let asked = asked.with_attempt_timeout(ASK).with_retry_policy(policy());
                asked.send().await.map(|_topic| ()).map_err(|error| self.refusal("look up", &error))
            }
            Err(error) => Err(self.refusal("ask for permissions on", &error)),
        }
    }

    /// Opens the connection that messages use. A message without data and attributes is refused
    /// (cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#pubsubmessage), so it reaches nobody.
    async fn warm(&self) -> Result<(), Cause> {
        match self.lane.alone().await.publish(Message::new()).await {
            Err(PublishError::Rpc(error)) if code(&error) != Some(Code::InvalidArgument) => {
                Err(self.refusal("publish to", &error))
            }
            _ => Ok(()),
        }
    }

    fn refusal(&self, doing: &str, error: &Error) -> Cause {
        match code(error) {
            Some(Code::NotFound | Code::PermissionDenied) => Cause::new(self.topic.missing()),
            _ => Cause::new(format!("{doing} {}: {}", self.topic.name(), why(error))),
        }
    }
}

fn backoff() -> ExponentialBackoff {
    ExponentialBackoffBuilder::new().with_initial_delay(PAUSE).with_maximum_delay(PAUSE * 20).clamp()
}

fn code(error: &Error) -> Option<Code> {
    error.status().map(|status| status.code)
}

impl Destination for Pubsub {
    fn durability(&self) -> Durability {
        Durability::Durable
    }

    fn hand_off<'a>(&'a self, event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(async move {
            let message = message::of(event, self.ordering_key.as_ref()).map_err(|size| {
                let topic = self.topic.name();
                Cause::new(format!("publish to {topic}: the message has {size} bytes, and {MAX_MESSAGE} is the most"))
            })?;
            self.publish(message).await?;
            Ok(Receipt::new(Durability::Durable))
        })
    }

    fn reach(&self) -> BoxFuture<'_, Result<(), Cause>> {
        Box::pin(async { try_join(self.may_publish(), self.warm()).await.map(|_both| ()) })
    }
}

/// A topic, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: Kind {
        name: "pubsub",
        keys: &[
            Key::new("topic", Shape::Text, "the topic's full name: projects/P/topics/T").required(),
            Key::new(
                "ordering_key",
                Shape::Text,
                "what keeps its order, such as {source}; {type}, {action}, {id} and what its routes extract are known, too",
            ),
        ],
        doc: "a topic of Google Pub/Sub, a message an event",
        built: true,
        durability: Durability::Durable,
        danger: None,
        relays: false,
        largest: Some(MAX_MESSAGE - ATTRIBUTES),
        parks: false,
    },
    judge: |config| topic(config).err().into_iter().chain(order(config).err()).collect(),
    open: |config, site| Box::pin(open(config, site)),
    grants,
};

fn grants(config: &DestinationConfig) -> Vec<Right> {
    topic(config).map(|topic| topic.grant().into()).into_iter().collect()
}

fn topic(config: &DestinationConfig) -> Result<Topic, OpenError> {
    let text = config.settings.text("topic").unwrap_or_default();
    let fix = "write its full name: projects/PROJECT/topics/TOPIC";
    Topic::parse(text).ok_or_else(|| OpenError::new(format!("{text:?} is no topic"), fix).about("topic"))
}

fn order(config: &DestinationConfig) -> Result<Option<Template>, OpenError> {
    let text = config.settings.text("ordering_key");
    text.map(|text| placeholder::template(config, "ordering_key", text)).transpose()
}

async fn open(config: &DestinationConfig, site: &Site) -> Result<Arc<dyn Destination>, OpenError> {
    let (topic, ordering_key) = (topic(config)?, order(config)?);
    let endpoint = emulator(EMULATOR);
    let credentials = site.vault.google().credentials_for(endpoint.as_deref());
    let credentials = credentials.map_err(|error| OpenError::new(error, "give this process an identity"))?;
    let patience = config.timeout.unwrap_or(PATIENCE);
    let options = Options { topic, ordering_key, patience, endpoint, credentials };
    let opened = Pubsub::open(options).await;
    Ok(Arc::new(opened.map_err(|error| OpenError::new(error, "look at the machine's certificates"))?))
}
