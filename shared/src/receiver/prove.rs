//! From a delivery to a proven one, with keys as fresh as they need be.

use std::sync::Arc;
use std::time::Duration;

use super::Receiver;
use crate::delivery::Delivery;
use crate::handshake::Asked;
use crate::keys::{Fresher, Held, Keys, Want};
use crate::record::Trail;
use crate::reply::Outcome;
use crate::secret::Keyring;
use crate::source::Source;
use crate::verify::{self, Scheme};
use crate::{Fault, Rejection};

/// A fetch of keys may take one part in so many of what is left of the budget.
const KEYS_SHARE: u32 = 3;

impl Receiver {
    pub(super) async fn prove(
        &self,
        delivery: Delivery,
        source: &Source,
        deadline: Duration,
        trail: &mut Trail,
    ) -> Result<verify::Verified, Outcome> {
        if source.scheme.admit(delivery.untrusted_head()) == Err(Rejection::MissingSignature) {
            trail.record.latency.verify = trail.lap(self.clock.as_ref());
            return Err(self.unproven(&delivery, source, deadline).await);
        }
        let proven = self.verify(delivery, source, deadline, trail).await?;
        trail.record.latency.verify = trail.lap(self.clock.as_ref());
        // After the proof: whoever cannot prove anything must not spend the sender's share.
        if proven.is_ok()
            && let Some(Err(wait)) = source.rate.as_ref().map(|rate| rate.take(trail.last))
        {
            return Err(Outcome::Refused(Rejection::TooMany, Some(wait)));
        }
        match proven {
            Ok(verified) => Ok(verified),
            // The evidence is none of the head's.
            Err(refused) if refused.rejection == Rejection::MissingSignature => {
                Err(self.unproven(&refused.delivery, source, deadline).await)
            }
            Err(refused) => Err(Outcome::Refused(refused.rejection, None)),
        }
    }

    /// What becomes of a delivery without evidence. Only such a one can be an unsigned handshake: bad evidence stays
    /// bad.
    async fn unproven(&self, delivery: &Delivery, source: &Source, deadline: Duration) -> Outcome {
        let (head, body) = (delivery.untrusted_head(), delivery.untrusted_body());
        let opened = match (source.envelope(), self.opener(source, deadline).await) {
            (Some(envelope), Some(ring)) => envelope.unsealed(&ring, body),
            _ => None,
        };
        let body = opened.as_deref().unwrap_or(body);
        match source.handshakes().unproven(head, body) {
            Some(handshake) => self.greet(handshake, Asked { head, body, version: None }, source, deadline).await,
            None => Outcome::Refused(Rejection::MissingSignature, None),
        }
    }

    /// The ring, where the source's envelope is opened with it.
    pub(super) async fn opener(&self, source: &Source, deadline: Duration) -> Option<Arc<Keyring>> {
        source.envelope().filter(|envelope| envelope.is_sealed())?;
        let clock = self.clock.as_ref();
        source.keys.held(clock, deadline.saturating_sub(clock.monotonic()) / KEYS_SHARE).await.ring
    }

    /// Every gate of the source, one after the other.
    async fn verify(
        &self,
        delivery: Delivery,
        source: &Source,
        deadline: Duration,
        trail: &mut Trail,
    ) -> Result<Result<verify::Verified, Box<verify::Refused>>, Outcome> {
        let mut proven = self.gate(delivery, (&source.scheme, &source.keys), deadline, trail).await?;
        for factor in &source.and {
            proven = match proven {
                Ok(verified) => self.gate(verified, (&factor.scheme, &factor.keys), deadline, trail).await?,
                Err(refused) => return Ok(Err(refused)),
            };
        }
        Ok(proven)
    }

    /// One gate, and once more where fresher keys could mend a refusal.
    async fn gate(
        &self,
        candidate: impl Into<verify::Candidate>,
        (scheme, keys): (&Scheme, &Keys),
        deadline: Duration,
        trail: &mut Trail,
    ) -> Result<Result<verify::Verified, Box<verify::Refused>>, Outcome> {
        let clock = self.clock.as_ref();
        if !scheme.needs_keys() {
            return Ok(verify::verify(candidate, scheme, None, clock.now()));
        }
        let limit = |deadline: Duration| deadline.saturating_sub(clock.monotonic()) / KEYS_SHARE;
        let Held { ring, fault } = keys.held(clock, limit(deadline)).await;
        trail.record.fault = fault.clone().or(trail.record.fault.take());
        let Some(ring) = ring else { return Err(Outcome::Failed(fault.unwrap_or(Fault::SecretsMissing))) };
        let refused = match verify::verify(candidate, scheme, Some(&ring), clock.now()) {
            Err(refused) if scheme.fresher_keys_may_mend(refused.rejection) => refused,
            done => return Ok(done),
        };
        let named = scheme.named_key(&refused.delivery);
        let want = named.as_deref().map_or(Want::Mismatch, Want::Named);
        match keys.fresher(&ring, want, clock, limit(deadline)).await {
            Fresher::Ring(ring) => match verify::verify(refused, scheme, Some(&ring), clock.now()) {
                // The fetch that it waited for was for another key.
                Err(refused) if named.is_some() && refused.rejection == Rejection::UnknownKey => {
                    Err(Outcome::Failed(Fault::KeysBusy))
                }
                done => Ok(done),
            },
            Fresher::None => Ok(Err(refused)),
            Fresher::Unknown(fault) => Err(Outcome::Failed(fault)),
        }
    }
}
