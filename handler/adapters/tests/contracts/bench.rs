//! Calls of a dedupe store by the number of an event and the second of a claim.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use doorbell_adapters::destination::discard::Discard;
use doorbell_core::dedupe::{Dedupe, DedupeKey, Granted, Leader, Lease, Request};
use doorbell_core::fault::Cause;
use doorbell_core::name::DestinationName;
use doorbell_core::{BoxFuture, Timestamp};

use crate::chain::{name, receiver, ring};

/// A store, and events by number.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) store: Arc<dyn Dedupe>,
}

/// What a claim was granted, comparable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Got {
    Leased(Vec<String>),
    Settled,
    InFlight,
}

pub(crate) const LEASE: i64 = 12;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

pub(crate) fn names(texts: &[&str]) -> Vec<DestinationName> {
    texts.iter().map(|text| name(text)).collect()
}

impl Bench {
    pub(crate) async fn try_claim(&self, event: u32, destinations: &[&str], now: i64) -> Result<Granted, Cause> {
        let (key, destinations) = (key(event).await, names(destinations));
        let lease = Duration::from_secs(LEASE.unsigned_abs());
        self.store.claim(Request { key, destinations: &destinations, now: at(now), lease }).await
    }

    pub(crate) async fn claim(&self, event: u32, destinations: &[&str], now: i64) -> Granted {
        self.try_claim(event, destinations, now).await.unwrap()
    }

    pub(crate) async fn got(&self, event: u32, destinations: &[&str], now: i64) -> Got {
        match self.claim(event, destinations, now).await {
            Granted::Leased { missing, .. } => Got::Leased(missing.iter().map(ToString::to_string).collect()),
            Granted::Settled => Got::Settled,
            Granted::InFlight(_) => Got::InFlight,
        }
    }

    /// Claims what must be free, and gives the token.
    pub(crate) async fn lease(&self, event: u32, destinations: &[&str], now: i64) -> u64 {
        match self.claim(event, destinations, now).await {
            Granted::Leased { token, missing } => {
                assert_eq!(missing, names(destinations));
                token
            }
            other @ (Granted::Settled | Granted::InFlight(_)) => panic!("{other:?}"),
        }
    }

    /// Claims what somebody else holds, and gives its outcome.
    pub(crate) async fn twin(&self, event: u32, destinations: &[&str], now: i64) -> BoxFuture<'static, Leader> {
        match self.claim(event, destinations, now).await {
            Granted::InFlight(outcome) => outcome,
            other @ (Granted::Settled | Granted::Leased { .. }) => panic!("{other:?}"),
        }
    }

    /// Settles a lease of `claimed`: these now hold the event.
    pub(crate) async fn settle(&self, event: u32, (token, claimed): (u64, &[&str]), delivered: &[&str], expires: i64) {
        let forge = Forge {
            store: Arc::clone(&self.store),
            lease: (token, names(claimed)),
            delivered: names(delivered),
            expires: at(expires),
        };
        ring(&receiver(Arc::new(forge), Arc::new(Discard)), body(event)).await;
    }
}

/// A lease is born in the chain only: this store grants the one that the test wants and, when the
/// chain settles it, settles the store under test instead.
#[derive(Debug)]
struct Forge {
    store: Arc<dyn Dedupe>,
    lease: (u64, Vec<DestinationName>),
    delivered: Vec<DestinationName>,
    expires: Timestamp,
}

impl Dedupe for Forge {
    fn claim<'a>(&'a self, _request: Request<'a>) -> BoxFuture<'a, Result<Granted, Cause>> {
        let (token, missing) = self.lease.clone();
        Box::pin(async move { Ok(Granted::Leased { token, missing }) })
    }

    fn settle<'a>(
        &'a self,
        lease: &'a Lease,
        _delivered: &'a [DestinationName],
        _expires: Timestamp,
    ) -> BoxFuture<'a, Result<(), Cause>> {
        Box::pin(async move {
            self.store.settle(lease, &self.delivered, self.expires).await.unwrap();
            Ok(())
        })
    }
}

/// Keeps the key of what it was asked for.
#[derive(Debug, Default)]
struct Ear(Mutex<Option<DedupeKey>>);

impl Dedupe for Ear {
    fn claim<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Granted, Cause>> {
        *self.0.lock().unwrap() = Some(request.key);
        Box::pin(async { Ok(Granted::Settled) })
    }

    fn settle<'a>(
        &'a self,
        _lease: &'a Lease,
        _delivered: &'a [DestinationName],
        _expires: Timestamp,
    ) -> BoxFuture<'a, Result<(), Cause>> {
        Box::pin(async { Ok(()) })
    }
}

fn body(event: u32) -> Bytes {
    Bytes::from(event.to_string())
}

async fn key(event: u32) -> DedupeKey {
    let ear = Arc::new(Ear::default());
    ring(&receiver(Arc::clone(&ear) as Arc<dyn Dedupe>, Arc::new(Discard)), body(event)).await;
    let key = *ear.0.lock().unwrap();
    key.unwrap()
}

pub(crate) const A: &[&str] = &["a"];
pub(crate) const AB: &[&str] = &["a", "b"];

pub(crate) fn leased(names: &[&str]) -> Got {
    Got::Leased(names.iter().map(ToString::to_string).collect())
}
