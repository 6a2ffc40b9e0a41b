//! A subscription that becomes one when we ask a URL of the sender's.

use std::time::Duration;

use super::{Asked, Greeting, value};
use crate::BoxFuture;
use crate::clock::{Clock, within};
use crate::fault::{Cause, Fault};
use crate::locate::Locate;

/// The port through which subscriptions are confirmed.
///
/// # Contract
/// 1. `Ok` only when the sender said yes.
/// 2. The URL is asked as it stands, over HTTPS, and no other: a redirect is no yes.
/// 3. A [`Cause`] says the host and what it answered, never the URL: whoever knows it can confirm.
pub trait Confirmer: Send + Sync + std::fmt::Debug {
    /// Asks `url`, once.
    fn confirm(&self, url: &str) -> BoxFuture<'static, Result<(), Cause>>;
}

/// A URL of a proven delivery that its sender wants to be asked. No `Debug`: whoever knows it can confirm.
pub(crate) struct Confirmation {
    url: String,
}

impl Confirmation {
    pub(super) fn of(place: &Locate, asked: Asked<'_>) -> Option<Self> {
        value(asked.head, asked.body, place).map(|url| Self { url })
    }

    /// Confirms, within `limit`; the answer to the sender.
    ///
    /// # Errors
    /// [`Fault::ConfirmationFailed`]: the sender should ask again.
    pub(super) async fn made(
        self,
        confirmer: Option<&dyn Confirmer>,
        clock: &dyn Clock,
        limit: Duration,
    ) -> Result<Greeting, Fault> {
        let failed = |cause| Fault::ConfirmationFailed(cause);
        let confirmer = confirmer.ok_or_else(|| failed(Cause::new("confirm: nothing here does")))?;
        let asked = within(clock, limit, confirmer.confirm(&self.url)).await;
        asked.unwrap_or_else(|_elapsed| Err(Cause::new("confirm: no answer in time"))).map_err(failed)?;
        Ok(Greeting::empty())
    }
}
