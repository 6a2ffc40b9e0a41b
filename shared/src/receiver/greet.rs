//! The answer to a handshake.

use std::time::Duration;

use super::Receiver;
use crate::Fault;
use crate::handshake::{Asked, Handshake, Known, Mute};
use crate::keys::Held;
use crate::reply::Outcome;
use crate::source::Source;

impl Receiver {
    /// Keys are fetched for the one that is answered with one: an answer to anybody must not depend on a store.
    pub(super) async fn greet(
        &self,
        handshake: &'static Handshake,
        asked: Asked<'_>,
        source: &Source,
        deadline: Duration,
    ) -> Outcome {
        let clock = self.clock.as_ref();
        let left = || deadline.saturating_sub(clock.monotonic());
        let mut ring = None;
        if handshake.is_keyed() {
            let Held { ring: held, fault } = source.keys.held(clock, left()).await;
            if held.is_none() {
                return Outcome::Failed(fault.unwrap_or(Fault::SecretsMissing));
            }
            ring = held;
        }
        let known = Known { agreed: &source.agreed, confirmer: source.confirmer.as_deref(), ring: ring.as_deref() };
        match handshake.greet(asked, known, clock, left()).await {
            Ok(greeting) => {
                if handshake.delivers_key() {
                    source.keys.renew();
                }
                Outcome::Answered(greeting)
            }
            Err(Mute::Refused(rejection)) => Outcome::Refused(rejection, None),
            Err(Mute::Failed(fault)) => Outcome::Failed(fault),
        }
    }
}
