//! The chain of a config without what is behind it, for whoever asks what would become of a delivery: the proofs are real, the
//! destinations are the asker's, nothing is remembered.

use std::sync::Arc;

use doorbell_core::config::{Config, Problem, Problems};
use doorbell_core::destination::Target;
use doorbell_core::source::Source;
use doorbell_core::{Clock, Receiver};
use futures_util::future::join_all;

use super::{Found, agreed, keys, source};
use crate::dedupe::memory::Memory;
use crate::destination::Site;
use crate::outward::Outward;
use crate::secret::Vault;

/// The chain as `began` has the time, with these targets under the names of the destinations. HTTPS is not asked for: no proxy is
/// trusted.
///
/// # Errors
/// A secret of the wrong shape, at its place in the config. One that cannot be fetched closes its source, as at a start.
pub async fn rehearse(
    found: &Found,
    config: &Config,
    (real, began): (Arc<dyn Clock>, Arc<dyn Clock>),
    targets: &[Arc<Target>],
) -> Result<Receiver, Problems> {
    let site = Site {
        folder: found.folder.clone(),
        vault: Arc::new(Vault::new()),
        outward: Outward::default(),
        clock: Arc::clone(&real),
    };
    let (mut sources, mut problems) = (Vec::new(), Vec::new());
    for each in &config.sources {
        let gates = keys::gates(each);
        let fetched = join_all(gates.iter().map(|gate| keys::keys(gate, &site))).await;
        let (agreed, _) = agreed::agreed(each, &site).await;
        let fetched: Result<Vec<_>, Problem> = fetched.into_iter().map(Option::transpose).collect();
        match fetched.and_then(|fetched| source::ready(each, config, targets, fetched, (began.now(), &found.folder))) {
            Ok((ready, _closed)) => sources.push(Source { agreed, ..ready }),
            Err(problem) => problems.push(problem),
        }
    }
    let receiver = Receiver::new(sources, Arc::new(Memory::new()), began, 0);
    Problems::refuse(&found.origin, problems, receiver)
}
