//! What every part of AWS needs: who we are, where the services are, and one signed call.
//!
//! Signed by AWS's own `aws-sigv4` over the HTTP client that is in the program anyway: the SDK's clients cost twice the
//! start of a function that does nothing, and as many megabytes again, for calls that are one JSON object each.

pub mod arn;
pub mod client;
pub mod credentials;
pub mod message;
pub mod permit;
pub mod refusal;
pub mod service;

use std::sync::Arc;
use std::time::Duration;

use doorbell_core::Clock;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::SystemClock;
use crate::outward::Outward;
pub use arn::Arn;
pub use client::Client;
pub use permit::Permit;
pub use refusal::Refusal;
pub use service::Service;

/// One call, with what is tried again. Whoever waits has a limit of its own, mostly a shorter one.
pub(crate) const LIMIT: Duration = Duration::from_secs(5);
/// What is said where nothing names a region.
pub(crate) const NO_REGION: &str = "no region; set AWS_REGION";

/// The one identity of this process, shared by all clients.
#[derive(Clone, Debug)]
pub struct Aws {
    /// Where all services are, and in which region, whatever the environment says.
    place: Option<(String, String)>,
    credentials: Arc<credentials::Chain>,
    outward: Outward,
    clock: Arc<dyn Clock>,
}

impl Default for Aws {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock::start()))
    }
}

impl Aws {
    /// Asks nobody yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { place: None, credentials: Arc::default(), outward: Outward::default(), clock }
    }

    /// All services at one endpoint, in this region, and these keys, whatever the environment says.
    #[must_use]
    pub fn at(endpoint: &str, region: &str, (id, key): (&str, &str), clock: Arc<dyn Clock>) -> Self {
        let credentials = Arc::new(credentials::Chain::holding(id, key));
        Self { place: Some((endpoint.to_owned(), region.to_owned())), credentials, ..Self::new(clock) }
    }

    /// The region of what names none.
    #[must_use]
    pub fn region(&self) -> Option<String> {
        self.place.as_ref().map(|(_, region)| region.clone()).or_else(region)
    }

    /// The region of what is named: its ARN's, else that of what names none.
    #[must_use]
    pub fn region_of(&self, id: &str) -> Option<String> {
        Arn::parse(id).map(|arn| arn.region().to_owned()).or_else(|| self.region())
    }

    /// One call about what is named, in its region.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        service: Service,
        id: &str,
        operation: &str,
        input: &impl Serialize,
    ) -> Result<T, Refusal> {
        let region = self.region_of(id).ok_or_else(|| Refusal::Nobody(NO_REGION.to_owned()))?;
        self.client(service, &region).map_err(Refusal::Unreadable)?.json(operation, input, LIMIT).await
    }

    pub(crate) const fn outward(&self) -> &Outward {
        &self.outward
    }

    /// A client of one service in one region. It connects with its first call.
    ///
    /// # Errors
    /// The variable that says where the service is holds no URL.
    pub fn client(&self, service: Service, region: &str) -> Result<Client, String> {
        Client::new(self.clone(), service, region)
    }
}

/// The region of this process, where the environment says one: Lambda sets `AWS_REGION`.
#[must_use]
pub fn region() -> Option<String> {
    variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"))
}

/// A variable that is set to something.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
