//! The same event twice: claims, leases and what settles them.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::event::Fact;
use crate::fault::Cause;
use crate::name::DestinationName;
use crate::{BoxFuture, Event, Timestamp};

/// What makes two deliveries of a source the same event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Rule {
    /// The signed id; else the claimed id with the content; else the content. An empty body without
    /// an id is equal by nature, so it is never a duplicate.
    #[default]
    Id,
    /// The content alone.
    Content,
    /// Nothing.
    Off,
}

/// Names one event in a store. A digest: neither ids nor bodies leave through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DedupeKey([u8; 32]);

impl DedupeKey {
    /// The key of an event under a rule; `None`: it is nobody's duplicate.
    ///
    /// A claimed id is hashed together with the content: it can make two deliveries distinct, never equal.
    #[must_use]
    pub fn of(event: &Event, rule: Rule) -> Option<Self> {
        let content = || Some(Self(*event.digest()));
        match (rule, event.id()) {
            (Rule::Off, _) => None,
            (Rule::Content, _) => content(),
            (Rule::Id, Some(Fact::Signed(id))) => {
                Some(Self::hash(&[b"signed", event.source().as_str().as_bytes(), id.as_bytes()]))
            }
            (Rule::Id, Some(Fact::Claimed(id))) => Some(Self::hash(&[b"claimed", event.digest(), id.as_bytes()])),
            (Rule::Id, None) if event.body().is_empty() => None,
            (Rule::Id, None) => Some(Self(*event.nameless())),
        }
    }

    fn hash(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// 64 hex digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().map_or('0', char::from);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// What a claim asks a store for.
#[derive(Debug)]
pub struct Request<'a> {
    /// The event.
    pub key: DedupeKey,
    /// The destinations that must hold it.
    pub destinations: &'a [DestinationName],
    /// Wall time.
    pub now: Timestamp,
    /// How long the claim holds if nobody settles it.
    pub lease: Duration,
}

/// Where dedupe records live. One record per event, with a state per destination; one conditional
/// write to claim, one to settle.
///
/// # Contract
/// 1. Of any number of claims at once, one is [`Granted::Leased`].
/// 2. A lease that ran out, by the `now` of the next claim, can be taken over; its token is stale then.
/// 3. Expiry is tested in the claim itself, never left to a clean-up.
/// 4. Settling with a stale token changes nothing and is no error.
pub trait Dedupe: Send + Sync + std::fmt::Debug {
    /// Claims the event for the destinations that do not hold it yet.
    fn claim<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Granted, Cause>>;

    /// Ends a lease: `delivered` now hold the event until `expires`, the others are free again.
    fn settle<'a>(
        &'a self,
        lease: &'a Lease,
        delivered: &'a [DestinationName],
        expires: Timestamp,
    ) -> BoxFuture<'a, Result<(), Cause>>;

    /// Whether it would take a claim now. Asked at the start, as [`crate::Destination::reach`].
    ///
    /// # Errors
    /// What is missing, the permission, and the command that mends it.
    fn reach(&self) -> BoxFuture<'_, Result<(), Cause>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A store's answer to a claim.
pub enum Granted {
    /// It is ours until the lease ends; these destinations are missing.
    Leased {
        /// Tells this holder from a later one.
        token: u64,
        /// The destinations that do not hold the event yet.
        missing: Vec<DestinationName>,
    },
    /// Every destination asked for holds it.
    Settled,
    /// Somebody else holds the lease. The future completes with its outcome.
    InFlight(BoxFuture<'static, Leader>),
}

impl std::fmt::Debug for Granted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Leased { .. } => "Leased",
            Self::Settled => "Settled",
            Self::InFlight(_) => "InFlight",
        })
    }
}

/// How it went for the holder of a lease that others waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leader {
    /// Every destination it claimed for holds the event.
    Settled,
    /// At least one does not, or the holder is gone.
    Failed,
}

/// The right to hand off, until it is settled or runs out. Dropping it lets it run out.
#[derive(Debug)]
pub struct Lease {
    key: DedupeKey,
    token: u64,
    missing: Vec<DestinationName>,
}

impl Lease {
    /// The event.
    #[must_use]
    pub const fn key(&self) -> DedupeKey {
        self.key
    }
    /// Tells this holder from a later one.
    #[must_use]
    pub const fn token(&self) -> u64 {
        self.token
    }
    /// The destinations that do not hold the event yet.
    #[must_use]
    pub fn missing(&self) -> &[DestinationName] {
        &self.missing
    }
}

/// Every required destination holds this event already. Made here only, from a store's word.
#[derive(Debug)]
pub struct Settled(());

/// A store's answer, with the tokens that the rest of the chain needs.
#[derive(Debug)]
pub(crate) enum Claim {
    Leased(Lease),
    Settled(Settled),
    InFlight(Twin),
}

/// A twin in flight.
pub(crate) struct Twin(BoxFuture<'static, Leader>);

impl std::fmt::Debug for Twin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Twin")
    }
}

impl Twin {
    /// The leader's outcome: settled, or `None` where it failed.
    pub(crate) async fn outcome(self) -> Option<Settled> {
        match self.0.await {
            Leader::Settled => Some(Settled(())),
            Leader::Failed => None,
        }
    }
}

/// Asks the store.
pub(crate) async fn claim(store: &dyn Dedupe, request: Request<'_>) -> Result<Claim, Cause> {
    let key = request.key;
    Ok(match store.claim(request).await? {
        // Nothing is missing, so nothing would be handed off: the store means that it is settled.
        Granted::Leased { missing, .. } if missing.is_empty() => Claim::Settled(Settled(())),
        Granted::Leased { token, missing } => Claim::Leased(Lease { key, token, missing }),
        Granted::Settled => Claim::Settled(Settled(())),
        Granted::InFlight(outcome) => Claim::InFlight(Twin(outcome)),
    })
}
