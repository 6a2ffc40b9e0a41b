//! Dedupe stores: one that remembers nothing, one that is right, one that is broken.

use std::collections::HashMap;
use std::sync::Mutex;

use doorbell_core::dedupe::{DedupeKey, Granted, Leader, Lease, Request};
use doorbell_core::fault::Cause;
use doorbell_core::name::DestinationName;
use doorbell_core::{BoxFuture, Dedupe, Timestamp};
use tokio::sync::watch;

/// Grants every claim for every destination.
#[derive(Clone, Copy, Debug)]
pub struct Forgetful;

impl Dedupe for Forgetful {
    fn claim<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Granted, Cause>> {
        Box::pin(async move { Ok(Granted::Leased { token: 0, missing: request.destinations.to_vec() }) })
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

/// Keeps the contract of [`Dedupe`] in the plainest way: one lock, no clean-up.
#[derive(Debug, Default)]
pub struct Book {
    pages: Mutex<HashMap<DedupeKey, Page>>,
}

#[derive(Debug, Default)]
struct Page {
    /// Who holds the event, and until when that counts.
    held: HashMap<DestinationName, Timestamp>,
    lease: Option<Running>,
    last_token: u64,
}

#[derive(Debug)]
struct Running {
    token: u64,
    until: Timestamp,
    missing: Vec<DestinationName>,
    outcome: watch::Sender<Option<Leader>>,
}

impl Dedupe for Book {
    fn claim<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Granted, Cause>> {
        Box::pin(async move {
            let mut pages = self.pages.lock().expect("the book is never left open by a panic");
            let page = pages.entry(request.key).or_default();
            if let Some(running) = page.lease.as_ref().filter(|running| request.now < running.until) {
                let mut outcome = running.outcome.subscribe();
                return Ok(Granted::InFlight(Box::pin(async move {
                    // A holder that is gone without a word has failed.
                    outcome.wait_for(Option::is_some).await.ok().and_then(|leader| *leader).unwrap_or(Leader::Failed)
                })));
            }
            let is_held = |name: &&DestinationName| page.held.get(*name).is_some_and(|until| request.now < *until);
            let missing: Vec<_> = request.destinations.iter().filter(|name| !is_held(name)).cloned().collect();
            if missing.is_empty() {
                return Ok(Granted::Settled);
            }
            page.last_token += 1;
            let token = page.last_token;
            page.lease = Some(Running {
                token,
                until: request.now.plus(request.lease),
                missing: missing.clone(),
                outcome: watch::Sender::new(None),
            });
            Ok(Granted::Leased { token, missing })
        })
    }

    fn settle<'a>(
        &'a self,
        lease: &'a Lease,
        delivered: &'a [DestinationName],
        expires: Timestamp,
    ) -> BoxFuture<'a, Result<(), Cause>> {
        Box::pin(async move {
            let mut pages = self.pages.lock().expect("the book is never left open by a panic");
            let Some(page) = pages.get_mut(&lease.key()) else { return Ok(()) };
            if let Some(running) = page.lease.take_if(|running| running.token == lease.token()) {
                page.held.extend(delivered.iter().map(|name| (name.clone(), expires)));
                let all = running.missing.iter().all(|name| delivered.contains(name));
                running.outcome.send_replace(Some(if all { Leader::Settled } else { Leader::Failed }));
            }
            Ok(())
        })
    }
}

/// How a call of a broken store goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// As it should.
    Not,
    /// It says why not.
    Fails,
    /// It never completes.
    Hangs,
    /// It panics.
    Panics,
}

impl Break {
    async fn happen(self, call: &str) -> Result<(), Cause> {
        match self {
            Self::Not => Ok(()),
            Self::Fails => Err(Cause::new(format!("{call}: as scripted"))),
            Self::Hangs => std::future::pending().await,
            Self::Panics => panic!("{call}: as scripted"),
        }
    }
}

/// A [`Book`] whose calls break.
#[derive(Debug)]
pub struct Broken {
    book: Book,
    claim: Break,
    settle: Break,
}

impl Broken {
    /// Breaks on claims and on settling as said.
    #[must_use]
    pub fn new(claim: Break, settle: Break) -> Self {
        Self { book: Book::default(), claim, settle }
    }
}

impl Dedupe for Broken {
    fn claim<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Granted, Cause>> {
        Box::pin(async move {
            self.claim.happen("claim").await?;
            self.book.claim(request).await
        })
    }

    fn settle<'a>(
        &'a self,
        lease: &'a Lease,
        delivered: &'a [DestinationName],
        expires: Timestamp,
    ) -> BoxFuture<'a, Result<(), Cause>> {
        Box::pin(async move {
            self.settle.happen("settle").await?;
            self.book.settle(lease, delivered, expires).await
        })
    }
}
