//! A handshake that delivers the key.

use std::time::Duration;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::answer::Mute;
use crate::clock::{Clock, within};
use crate::fault::{Cause, Fault};
use crate::secret::Secret;
use crate::{BoxFuture, Rejection};

/// The port that takes such a key.
///
/// # Contract
/// 1. [`Taken::Kept`] only while a registration is pending that an operator began, and once for each: whoever knows the
///    URL can send a key.
/// 2. What was kept outlives the process before it is said.
/// 3. A [`Cause`] holds no byte of the key.
pub trait KeyTaker: Send + Sync + std::fmt::Debug {
    /// Takes `key`, or does not. The one that was kept before is taken again: its sender did not hear of it.
    fn take(&self, key: Captured) -> BoxFuture<'static, Result<Taken, Cause>>;
}

/// A key that a handshake delivers: a secret that has no store yet.
#[derive(Clone, Debug)]
pub struct Captured(pub(super) Secret);

impl Captured {
    /// The bytes, for the store that is to keep them, and for nobody else.
    #[must_use]
    pub fn to_keep(&self) -> &[u8] {
        self.0.expose()
    }

    /// Whether it is the secret that a store has already. Digests are compared: whoever sends keys learns nothing of ours
    /// from the time that it takes.
    #[must_use]
    pub fn is(&self, held: &Secret) -> bool {
        Sha256::digest(self.0.expose()).ct_eq(&Sha256::digest(held.expose())).into()
    }
}

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is the source's key now.
    Kept,
    /// Nobody waits for one.
    NotPending,
}

/// Hands a key over, within `limit`.
pub(super) async fn captured(
    taker: Option<&dyn KeyTaker>,
    key: Captured,
    clock: &dyn Clock,
    limit: Duration,
) -> Result<(), Mute> {
    let not_pending = Mute::Refused(Rejection::NoRegistration);
    let Some(taker) = taker else { return Err(not_pending) };
    let taken = within(clock, limit, taker.take(key)).await;
    match taken.unwrap_or_else(|_elapsed| Err(Cause::new("keep the key: no answer in time"))) {
        Ok(Taken::Kept) => Ok(()),
        Ok(Taken::NotPending) => Err(not_pending),
        Err(cause) => Err(Mute::Failed(Fault::KeyNotKept(cause))),
    }
}
