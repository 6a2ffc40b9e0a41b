//! What each source's handshakes need beside its keys, fetched once at the start.

use std::sync::Arc;

use doorbell_core::clock::within;
use doorbell_core::config::{Problem, SourceConfig};
use doorbell_core::handshake::{Agreed, KeyTaker};

use super::PATIENCE;
use crate::destination::Site;
use crate::registration::Registration;

/// A verify token that does not come is said, and the handshake answered 503; deliveries go on, for it proves none.
pub(super) async fn agreed(config: &SourceConfig, site: &Site) -> (Agreed, Option<Problem>) {
    let taker = Registration::of(config, &site.vault).map(|registration| Arc::new(registration) as Arc<dyn KeyTaker>);
    let mut agreed = Agreed { values: config.values.clone(), url: config.url.clone(), taker, ..Agreed::default() };
    let Some(reference) = &config.verify_token else { return (agreed, None) };
    let fetched = within(site.clock.as_ref(), PATIENCE, site.vault.fetch(&reference.value, false)).await;
    let why = match fetched {
        Ok(Ok(live)) => {
            agreed.verify_token = live.into_iter().next().map(|live| live.secret);
            return (agreed, None);
        }
        Ok(Err(error)) => error.to_string(),
        Err(_elapsed) => format!("no answer in {} s", PATIENCE.as_secs()),
    };
    let what = format!("source {:?} has no verify token: {why}", config.name);
    (agreed, Some(Problem::new(reference.at, what, "until the next start its handshake is answered 503")))
}
