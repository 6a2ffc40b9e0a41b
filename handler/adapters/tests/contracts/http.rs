//! The HTTP destination, against a service on this machine.

mod answers;
mod headers;
#[cfg(feature = "google")]
mod identity;
mod opening;
mod relay;
mod secrets;
mod template;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use doorbell_adapters::clock::SystemClock;
use doorbell_adapters::dedupe::memory::Memory;
use doorbell_adapters::destination::{OpenError, Site};
use doorbell_adapters::outward::Outward;
use doorbell_adapters::secret::Vault;
use doorbell_adapters::startup::registry;
use doorbell_core::config::Config;
use doorbell_core::destination::Durability;
use doorbell_core::fault::Cause;
use doorbell_core::{BoxFuture, Destination, Event, Receipt};
use http::{HeaderMap, HeaderName};

use crate::chain::{receiver, send};
use crate::service::Service;

/// Opens a destination with these lines, and `url` where there is a service.
async fn try_open(lines: &str) -> Result<Arc<dyn Destination>, OpenError> {
    let text = format!(
        "[source.bell]\ndangerously_unsigned = true\n[[route]]\nto = [\"out\"]\n[destination.out]\nkind = \"http\"\n{lines}\n"
    );
    let config = Config::parse(&text, "test", &registry()).unwrap();
    doorbell_adapters::destination::open(&config.destinations[0], &site()).await
}

fn site() -> Site {
    Site {
        folder: std::path::PathBuf::new(),
        vault: Arc::new(Vault::new()),
        outward: Outward::default(),
        clock: Arc::new(SystemClock::start()),
    }
}

async fn opened(service: &Service, lines: &str) -> Out {
    let lines = format!("url = \"http://{}/in?token=hidden\"\nallow_private = true\n{lines}", service.address);
    Out::of(try_open(&lines).await.unwrap())
}

/// The destination with a limit of the test's, and what it said.
#[derive(Clone, Debug)]
pub(crate) struct Out {
    inner: Arc<dyn Destination>,
    within: Duration,
    said: Arc<Mutex<Vec<Result<(), String>>>>,
}

impl Out {
    pub(crate) fn of(inner: Arc<dyn Destination>) -> Self {
        Self { inner, within: Duration::from_secs(5), said: Arc::default() }
    }

    pub(crate) fn within(self, within: Duration) -> Self {
        Self { within, ..self }
    }

    /// Hands one event off.
    pub(crate) async fn take(&self, headers: &[(&str, &str)], body: &[u8]) -> Result<(), String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        let receiver = receiver(Arc::new(Memory::new()), Arc::new(self.clone()));
        send(&receiver, map, Bytes::copy_from_slice(body)).await;
        self.said.lock().unwrap().pop().unwrap()
    }
}

impl Destination for Out {
    fn durability(&self) -> Durability {
        self.inner.durability()
    }

    fn hand_off<'a>(&'a self, event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(async move {
            let answer = self.inner.hand_off(event, self.within).await;
            self.said.lock().unwrap().push(answer.as_ref().map(|_| ()).map_err(ToString::to_string));
            answer
        })
    }

    fn ask<'a>(&'a self, event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        self.inner.ask(event, self.within)
    }

    fn reach(&self) -> BoxFuture<'_, Result<(), Cause>> {
        self.inner.reach()
    }
}
